//! The wire against servers on this machine: scripted ones, byte for byte.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod failures;
mod operations;
mod regions;
mod scripted;
