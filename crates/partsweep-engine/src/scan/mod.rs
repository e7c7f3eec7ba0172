//! Scans: which buckets, listing and sizing them side by side, and what is reported of them.

pub(crate) mod count_ahead;
pub mod events;
pub mod index;
pub(crate) mod missing;
pub mod request;
pub mod run;
pub(crate) mod size;
pub(crate) mod sizes;
pub(crate) mod tally;
pub mod targets;
