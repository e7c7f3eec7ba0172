//! The words of partsweep and every decision that is pure: no I/O, no clock, no runtime.
//!
//! | module | what it holds |
//! |---|---|
//! | [`name`] | bucket, key and upload id: never empty |
//! | [`upload`] | an upload as a store lists it, and where it is |
//! | [`footprint`] | how many parts and bytes it holds, and its newest part |
//! | [`believe`] | what a store's answer can be believed for |
//! | [`activity`] | when something last happened to it, and durations as people type them |
//! | [`selection`] | what the user asked for |
//! | [`verdict`] | sweep or keep, with the reason |
//! | [`pager`] | walking a listing on stores that page oddly |
//! | [`ranges`] | cutting a listing into ranges that can be walked side by side |
//! | [`listing`] | how far a listing can be believed |
//! | [`look`] | the decision just before an abort |
//! | [`plan`] | what will be swept, and the consent bound to it |
//! | [`outcome`] | what became of each upload |
//! | [`provider`] | what is known of each store, as data |
//! | [`spare`] | the spare copy that saves an object: the only object that is ever deleted |
//! | [`port`] | the two traits between the engine and a store |
//! | [`store_error`] | why a store did not do what it was asked |
//! | [`escape`] | text from a server made harmless for a terminal and for CSV |
//!
//! The numbered laws that the comments name are those of `ARCHITECTURE.md`.

pub mod activity;
pub mod believe;
pub mod escape;
pub mod footprint;
pub mod listing;
pub mod look;
pub mod name;
pub mod outcome;
pub mod pager;
pub mod plan;
pub mod port;
pub mod provider;
pub mod ranges;
pub mod selection;
pub mod spare;
pub mod store_error;
pub mod upload;
pub mod verdict;

#[cfg(doctest)]
mod misuse;

pub use activity::{Activity, DurationError, parse_duration};
pub use believe::Clock;
pub use footprint::{Amount, Footprint, PartTally};
pub use listing::Listing;
pub use look::{Danger, Look, Looked, OlderVersions};
pub use name::{BucketName, EmptyName, Key, UploadId};
pub use outcome::{Outcome, Raced};
pub use plan::{
    ApprovedPlan, ApprovedUpload, Consent, ConsentError, Limits, NotAsAgreed, Plan, PlanBuilder,
    PlanDigest, PlanSummary, PlannedUpload, Terms,
};
pub use port::{
    AbortAnswer, BucketEntry, Inspect, LookTime, MissingBuckets, Mutate, ObjectHead, PartPage,
    UploadPage,
};
pub use provider::Provider;
pub use ranges::ListingOrder;
pub use selection::{GlobError, NameFilter, Selection};
pub use spare::{Spare, SpareName};
pub use store_error::{Operation, StoreError, StoreErrorKind};
pub use upload::{KeyProof, Part, Upload, UploadAddress};
pub use verdict::{KeepReason, Verdict};
