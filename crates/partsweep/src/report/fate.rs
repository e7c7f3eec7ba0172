//! What became of uploads: the rows of the table at the end.

use partsweep_core::{KeepReason, Outcome};

/// What became of uploads, or why a bucket's are not known: a row each, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Aborted and proven gone.
    Aborted,
    /// Someone answered no.
    Declined,
    /// Someone answered quit before, or at, their bucket.
    Quit,
    /// A signal, or an error, came first.
    NotReached,
    /// Not chosen, or kept by the check before the abort.
    Skipped(KeepReason),
    /// Not as they were when they were scanned.
    Changed,
    /// Gone before they were aborted.
    Gone,
    /// Buckets that were listed, and deleted before they could be scanned.
    Deleted,
    /// Completed while they were aborted, and the object was saved.
    Repaired,
    /// A request failed.
    Failed,
    /// Aborted, but parts are still listed.
    PartsRemain,
    /// Completed while they were aborted, and the object is in danger.
    AtRisk,
    /// Aborted, and what is at the key could not be seen again.
    Unverified,
    /// Buckets that could not be listed.
    NotListed,
    /// Buckets that were listed in part.
    InPart,
}

impl Fate {
    /// What became of an upload that was to be aborted.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Aborted => Self::Aborted,
            Outcome::AlreadyGone => Self::Gone,
            Outcome::Changed => Self::Changed,
            Outcome::Kept(reason) => Self::Skipped(*reason),
            Outcome::NotReached => Self::NotReached,
            Outcome::Repaired(_) => Self::Repaired,
            Outcome::PartsRemain => Self::PartsRemain,
            Outcome::Failed(_) => Self::Failed,
            Outcome::AtRisk(_) => Self::AtRisk,
            Outcome::Unverified(_) => Self::Unverified,
        }
    }

    /// The word of its row; `is_check`: of a plan that is only checked, it is said what would be.
    pub(super) fn label(self, is_check: bool) -> &'static str {
        match self {
            Self::Aborted if is_check => "Would abort",
            Self::Changed if is_check => "Changed",
            Self::Gone if is_check => "Gone",
            Self::Aborted => "Aborted",
            Self::Declined | Self::Quit | Self::NotReached => "Left",
            Self::Skipped(_) | Self::Changed | Self::Gone | Self::Deleted => "Skipped",
            Self::Repaired => "Repaired",
            Self::Failed | Self::PartsRemain | Self::AtRisk | Self::Unverified => "Failed",
            Self::NotListed | Self::InPart => "Not seen",
        }
    }

    /// Where its row stands.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Aborted => 0,
            Self::Declined => 1,
            Self::Quit => 2,
            Self::NotReached => 3,
            Self::Skipped(_) => 4,
            Self::Changed => 5,
            Self::Gone => 6,
            Self::Deleted => 7,
            Self::Repaired => 8,
            Self::Failed => 9,
            Self::PartsRemain => 10,
            Self::AtRisk => 11,
            Self::Unverified => 12,
            Self::NotListed => 13,
            Self::InPart => 14,
        }
    }
}
