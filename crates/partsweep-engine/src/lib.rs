//! The work of partsweep: list, size, choose, sweep, verify, over the ports of
//! [`partsweep_core::port`].
//!
//! The engine never prints and never asks: it sends events over bounded channels, and whoever
//! reads them decides what a person sees. A reader that stops reading stops the work.
//!
//! | module | what it does |
//! |---|---|
//! | [`mod@scan`] | which buckets and prefixes; list → size → verdict, for many buckets side by side; what is reported |
//! | [`mod@sweep`] | look again → abort → verify |
//! | [`doctor`] | what a key may do, found out by looking |
//! | [`lifecycle`] | changing the lifecycle of buckets, and undoing it |
//! | [`rescue`] | completing an upload instead of aborting it: look, look again, complete, verify |
//! | [`inventory`] | a saved scan, and the plan that it makes |
//! | [`journal`] | what a sweep writes down before it acts |
//! | [`files`] | what both files have in common, and JSON for reports |

pub mod doctor;
pub mod files;
pub mod inventory;
pub mod journal;
pub mod lifecycle;
mod listing;
#[cfg(doctest)]
mod misuse;
mod plan_source;
pub mod rescue;
pub mod scan;
pub mod sweep;

pub use listing::given::{GivenKeys, GivenKeysError};
pub use listing::search::{KeySearch, KeysAsked};
pub use partsweep_core::{SweepTotals, SweptUpload};
pub use plan_source::{PlanSource, SourceError};
pub use scan::events::{BucketSummary, Finding, ScanEvent, Skipped, Totals};
pub use scan::index::IndexCheck;
pub use scan::request::ScanRequest;
pub use scan::run::scan;
pub use scan::sizes::Sizes;
pub use scan::targets::{Target, Targets};
pub use sweep::{
    CheckOptions, CheckedUpload, Earlier, SweepError, SweepOptions, SweepRequest, check, settle,
    sweep,
};
