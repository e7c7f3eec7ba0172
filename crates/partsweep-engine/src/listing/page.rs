//! One page of a listing, on its way to be sized.

use jiff::Timestamp;
use partsweep_core::{StoreError, StoreErrorKind, Upload};

use super::budget::BudgetPermit;

/// Uploads that are new, and the server's `Date` when they were listed.
pub(crate) struct Listed {
    pub(crate) uploads: Vec<Upload>,
    pub(crate) now: Option<Timestamp>,
    /// What they take of the room for pages.
    pub(crate) share: BudgetPermit,
    /// Keys that were asked for one by one since the last page that says so.
    pub(crate) asked: u64,
}

impl Listed {
    /// A page with these uploads.
    pub(crate) fn found(uploads: Vec<Upload>, now: Option<Timestamp>, share: BudgetPermit) -> Self {
        Self {
            uploads,
            now,
            share,
            asked: 0,
        }
    }

    /// The news that so many keys were asked for.
    pub(crate) fn asked(keys: u64) -> Self {
        Self {
            asked: keys,
            ..Self::found(Vec::new(), None, BudgetPermit::NONE)
        }
    }
}

/// Whether the store refused a marker, so that it is to be asked otherwise.
pub(crate) fn is_refused_marker(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Refused && error.code.as_deref() == Some("InvalidArgument")
}
