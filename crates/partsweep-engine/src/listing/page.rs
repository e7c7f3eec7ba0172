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
}

/// Whether the store refused a marker, so that it is to be asked otherwise.
pub(crate) fn is_refused_marker(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Refused && error.code.as_deref() == Some("InvalidArgument")
}
