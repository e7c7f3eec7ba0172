//! The words of partsweep and every decision that is pure: no I/O, no clock, no runtime.
//!
//! | module | what it holds |
//! |---|---|
//! | [`model`] | an upload as a store lists it: names that are never empty, parts, bytes, age, and what of it can be believed |
//! | [`store`] | what a store answers, why it does not, and the spare copy that saves an object |
//! | [`provider`] | what is known of each store, as data, and how it is recognised |
//! | [`listing`] | walking listings on stores that page oddly, side by side, and how far they can be believed |
//! | [`decide`] | what to abort and what to skip, the decision just before an abort, and what became of each upload |
//! | [`plan`] | what will be aborted, and the consent bound to it |
//! | [`money`] | what parts cost a month, by whose prices, and when an abort saves it |
//! | [`lifecycle`] | lifecycle rules: what they protect, and changes that keep all others |
//! | [`rescue`] | when an upload may be completed instead of aborted, and the consent bound to it |
//! | [`port`] | the traits between the engine and a store |
//! | [`escape`] | text from a server made harmless for a terminal and for CSV |
//!
//! The numbered laws that the comments name are those of `ARCHITECTURE.md`.

pub mod decide;
pub mod escape;
pub mod lifecycle;
pub mod listing;
pub mod model;
pub mod money;
pub mod plan;
pub mod port;
pub mod provider;
pub mod rescue;
pub mod store;

#[cfg(doctest)]
mod misuse;

pub use decide::outcome::{AtRisk, Outcome, OutcomeKind};
pub use decide::recheck::{Danger, Look, Looked};
pub use decide::selection::{GlobError, NameFilter, Selection};
pub use decide::swept::{SweepTotals, SweptUpload};
pub use decide::verdict::{KeepReason, Verdict};
pub use lifecycle::change::{LifecycleChange, SeenLifecycle};
pub use listing::completeness::{Listing, is_deleted_bucket};
pub use listing::ranges::ListingOrder;
pub use model::activity::{Activity, DurationError, parse_duration};
pub use model::believe::Clock;
pub use model::checksum::{ChecksumAlgorithm, PartChecksums, UploadChecksum};
pub use model::footprint::{Amount, Footprint, PartTally};
pub use model::name::{BucketName, EmptyName, Key, UploadId};
pub use model::upload::{KeyProof, Part, Upload, UploadAddress};
pub use money::amount::{Currency, Money};
pub use money::cost::{MonthCost, StoredBytes};
pub use money::filter::{BilledAt, CostFilter, CostMatch};
pub use money::gap::PriceGap;
pub use money::price::Price;
pub use money::saving::Saving;
pub use money::table::{OwnPrices, PriceTable};
pub use plan::{
    ApprovedPlan, ApprovedUpload, Consent, ConsentError, Limits, NotAsAgreed, Plan, PlanBuilder,
    PlanDigest, PlanSummary, PlannedUpload, Terms,
};
pub use port::{AddParts, Complete, Inspect, ManageLifecycle, Mutate};
pub use provider::profile::Provider;
pub use rescue::layout::{FileLayout, FileMisfit, FilePart};
pub use rescue::obstacle::Obstacle;
pub use rescue::own::OwnParts;
pub use rescue::plan::{AgreedRescue, ApprovedRescue, NamedPart, RescueConsent, RescuePlan};
pub use rescue::resume::{
    AgreedResume, ApprovedPart, ApprovedResume, FileSeen, ResumeConsent, ResumePlan,
};
pub use rescue::seen::{ObjectMatch, PartLimits, RescueLook, RescueTerms};
pub use store::answers::{
    AbortAnswer, BucketEntry, BucketStats, Completed, DefaultRetention, KeyPage, LookTime,
    MissingBuckets, ObjectHead, OlderVersions, PartPage, RetentionLength, UploadPage,
};
pub use store::bucket_list::BucketList;
pub use store::error::{Operation, StoreError, StoreErrorKind};
pub use store::spare::{Spare, SpareName};
