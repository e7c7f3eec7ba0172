//! What became of each upload that a plan named.

use crate::decide::verdict::KeepReason;
use crate::store::answers::ObjectHead;
use crate::store::error::StoreError;
use crate::store::spare::Spare;

/// An object that is in danger, and what stood against saving it.
#[derive(Debug, Clone)]
pub struct AtRisk {
    /// The object.
    pub object: ObjectHead,
    /// A spare copy of it, if one was made: it stays whole as long as it is there.
    pub spare: Option<Spare>,
    /// What failed.
    pub error: StoreError,
}

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
    /// Our abort crossed a complete, and the object was saved by copying it (law 12). The spare
    /// copy, if it could not be deleted again.
    Repaired(Option<Spare>),
    /// Our abort crossed a complete, and the object could not be saved: it will lose its data when
    /// the store collects garbage, unless it is copied before.
    AtRisk(Box<AtRisk>),
    /// Aborted, but whether an object was hurt could not be seen afterwards.
    Unverified(StoreError),
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
            Self::Repaired(_) => "repaired",
            Self::AtRisk(_) => "at_risk",
            Self::Unverified(_) => "unverified",
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
