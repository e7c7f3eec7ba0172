//! The wire against servers on this machine: scripted ones, byte for byte,
//! and the simulated one, in every store's habits.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod aborts;
mod administration;
mod agreed;
mod aws;
mod bounds;
mod clocks;
mod completes;
mod copies;
mod echoes;
mod environment;
mod failures;
mod lifecycles;
mod looks;
mod lost_races;
mod messages;
mod object_keys;
mod objects;
mod observed;
mod operations;
mod pace;
mod parts_sent;
mod regions;
mod reported;
mod rewrites;
mod rig;
mod scripted;
mod spares;
mod stores;
mod trials;
