//! What became of each upload that a plan named.

use crate::store_error::StoreError;
use crate::verdict::KeepReason;

/// The end of one upload in a sweep.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Aborted by us, and proven gone (law 6).
    Aborted,
    /// Gone when we came: completed or aborted by someone else.
    AlreadyGone,
    /// Aborted, but the store still lists parts after several rounds: still billed.
    PartsRemain,
    /// Something happened to it since it was listed: not touched (law 4).
    Changed,
    /// The look just before the abort found a reason to keep it.
    Kept(KeepReason),
    /// A request failed. After an abort was sent, its effect is not known.
    Failed(StoreError),
    /// The sweep was interrupted before its turn: not touched.
    NotReached,
}

impl Outcome {
    /// The word in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AlreadyGone => "already_gone",
            Self::PartsRemain => "parts_remain",
            Self::Changed => "changed",
            Self::Kept(_) | Self::NotReached => "kept",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it stays, for the outcomes that say so in a word.
    pub fn because(&self) -> Option<&'static str> {
        match self {
            Self::Kept(reason) => Some(reason.code()),
            Self::NotReached => Some("interrupted"),
            _ => None,
        }
    }
}
