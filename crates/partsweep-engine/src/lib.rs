//! The work of partsweep: list, size, choose, sweep, verify, over the two ports of
//! [`partsweep_core::port`].
//!
//! The engine never prints and never asks: it sends events over bounded channels, and whoever
//! reads them decides what a person sees. A reader that stops reading stops the work.
//!
//! | module | what it does |
//! |---|---|
//! | [`target`] | which buckets and prefixes |
//! | [`mod@scan`] | list → size → verdict, for many buckets side by side |
//! | [`mod@sweep`] | look again → abort → verify |
//! | [`finding`] | what a scan tells |
//! | [`inventory`] | a saved scan, and the plan that it makes |
//! | [`harmless`] | JSON for files and reports |
//! | [`journal`] | what a sweep writes down before it acts |

pub mod finding;
pub mod harmless;
pub mod inventory;
pub mod journal;
pub mod scan;
pub mod sweep;
pub mod target;

mod ahead;
mod gone;
mod lines;
mod list;
#[cfg(doctest)]
mod misuse;
mod ranges;
mod record;
mod room;
mod size;
mod tally;

pub use finding::{BucketSummary, Finding, ScanEvent, Totals};
pub use scan::{ScanRequest, Sizes, scan};
pub use sweep::{
    Earlier, PlanSource, SourceError, SweepError, SweepOptions, SweepRequest, SweepTotals,
    SweptUpload, settle, sweep,
};
pub use target::{Target, Targets};

/// 128 random bits.
///
/// Each `RandomState` has keys of its own, seeded by the operating system, so two hashes of
/// nothing are as good as numbers for names that only have to be new.
fn random() -> u128 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let half = || u128::from(RandomState::new().build_hasher().finish());
    (half() << 64) | half()
}
