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
//! | [`journal`] | what a sweep writes down before it acts |
//! | [`finding`] | what a scan tells |

pub mod finding;
pub mod journal;
pub mod scan;
pub mod sweep;
pub mod target;

mod gone;
mod list;
mod size;
mod tally;

pub use finding::{BucketSummary, Finding, ScanEvent, Totals};
pub use scan::{ScanRequest, scan};
pub use sweep::{
    PlanSource, SourceError, SweepError, SweepOptions, SweepTotals, SweptUpload, sweep,
};
pub use target::{Target, Targets};
