//! Look again → journal → abort → verify → look at the key, repair.
//!
//! | file | what it holds |
//! |---|---|
//! | `request.rs`, `error.rs` | what to sweep and how, and why a sweep ends early |
//! | `run.rs` | all uploads of a plan, so many at once |
//! | `sweeper.rs` | what they share |
//! | `check.rs` | the check before an abort, and of a whole plan without any |
//! | `upload.rs` | one upload: look, abort, verify, until it is gone or stays |
//! | `settle.rs` | the key after an abort: has an object appeared? |
//! | `object.rs` | a look at the key |
//! | `repair.rs` | an object that a crossing abort put in danger, saved |

mod check;
mod error;
pub(crate) mod object;
mod repair;
mod request;
mod run;
mod settle;
mod sweeper;
mod upload;

pub use check::{CheckOptions, CheckedUpload, check};
pub use error::SweepError;
pub use request::{Earlier, SweepOptions, SweepRequest};
pub use run::sweep;
pub use settle::settle;
