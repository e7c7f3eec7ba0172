//! Which buckets and prefixes a scan looks at.

use partsweep_core::{BucketName, NameFilter};

/// One bucket, or the part of it below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The bucket.
    pub bucket: BucketName,
    /// Only keys that start with this; empty for all.
    pub prefix: String,
}

/// What to look at.
#[derive(Debug, Clone)]
pub enum Targets {
    /// Every bucket that the account lists and the filter admits.
    Account(NameFilter),
    /// These, in this order. Nothing else is asked for: ListBuckets may be denied.
    Named(Vec<Target>),
}
