//! The work of partsweep: list, size, choose, sweep, verify, over the two ports of
//! [`partsweep_core::port`].
//!
//! The engine never prints and never asks: it sends events over bounded channels, and whoever
//! reads them decides what a person sees. A reader that stops reading stops the work.
//!
//! | module | what it does |
//! |---|---|
//! | [`mod@scan`] | which buckets and prefixes; list → size → verdict, for many buckets side by side; what is reported |
//! | [`mod@sweep`] | look again → abort → verify |
//! | [`inventory`] | a saved scan, and the plan that it makes |
//! | [`journal`] | what a sweep writes down before it acts |
//! | [`files`] | what both files have in common, and JSON for reports |

pub mod files;
pub mod inventory;
pub mod journal;
mod listing;
#[cfg(doctest)]
mod misuse;
pub mod scan;
pub mod sweep;

pub use partsweep_core::{SweepTotals, SweptUpload};
pub use scan::events::{BucketSummary, Finding, ScanEvent, Totals};
pub use scan::run::{ScanRequest, Sizes, scan};
pub use scan::targets::{Target, Targets};
pub use sweep::{
    Earlier, PlanSource, SourceError, SweepError, SweepOptions, SweepRequest, settle, sweep,
};

/// 128 random bits.
///
/// Each `RandomState` has keys of its own, seeded by the operating system, so two hashes of
/// nothing are as good as numbers for names that only have to be new.
fn random() -> u128 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let half = || u128::from(RandomState::new().build_hasher().finish());
    (half() << 64) | half()
}
