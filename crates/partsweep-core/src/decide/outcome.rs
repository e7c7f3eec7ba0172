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

/// An outcome without its details: what sums count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// [`Outcome::Aborted`]
    Aborted,
    /// [`Outcome::AlreadyGone`]
    AlreadyGone,
    /// [`Outcome::PartsRemain`]
    PartsRemain,
    /// [`Outcome::Changed`]
    Changed,
    /// [`Outcome::Kept`]
    Kept,
    /// [`Outcome::NotReached`]
    NotReached,
    /// [`Outcome::Failed`]
    Failed,
    /// [`Outcome::Repaired`]
    Repaired,
    /// [`Outcome::AtRisk`]
    AtRisk,
    /// [`Outcome::Unverified`]
    Unverified,
}

impl OutcomeKind {
    /// All of them, in the order in which sums are written.
    pub const ALL: [Self; 10] = [
        Self::Aborted,
        Self::AlreadyGone,
        Self::PartsRemain,
        Self::Changed,
        Self::Kept,
        Self::NotReached,
        Self::Failed,
        Self::Repaired,
        Self::AtRisk,
        Self::Unverified,
    ];

    /// The word in machine formats. An upload that was not reached is written as `kept`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AlreadyGone => "already_gone",
            Self::PartsRemain => "parts_remain",
            Self::Changed => "changed",
            Self::Kept | Self::NotReached => "kept",
            Self::Failed => "failed",
            Self::Repaired => "repaired",
            Self::AtRisk => "at_risk",
            Self::Unverified => "unverified",
        }
    }
}

impl Outcome {
    /// Which outcome it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Aborted => OutcomeKind::Aborted,
            Self::AlreadyGone => OutcomeKind::AlreadyGone,
            Self::PartsRemain => OutcomeKind::PartsRemain,
            Self::Changed => OutcomeKind::Changed,
            Self::Kept(_) => OutcomeKind::Kept,
            Self::NotReached => OutcomeKind::NotReached,
            Self::Failed(_) => OutcomeKind::Failed,
            Self::Repaired(_) => OutcomeKind::Repaired,
            Self::AtRisk(_) => OutcomeKind::AtRisk,
            Self::Unverified(_) => OutcomeKind::Unverified,
        }
    }

    /// The word in machine formats.
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// Why a request failed, for the outcomes that come of that.
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::Failed(error) | Self::Unverified(error) => Some(error),
            Self::AtRisk(at_risk) => Some(&at_risk.error),
            _ => None,
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
