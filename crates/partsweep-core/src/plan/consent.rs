//! Someone agreed: to one plan, once.

use jiff::SignedDuration;

use super::{CHUNK, Plan, PlanDigest, PlanSummary, PlannedUpload, SAFE_AGE, Terms, digest};
use crate::model::footprint::Amount;
use crate::model::upload::UploadAddress;
use crate::provider::profile::Provider;

/// Someone said yes to one plan. Good for that plan, once.
#[derive(Debug)]
pub struct Consent {
    pub(super) digest: PlanDigest,
    pub(super) risk_live: bool,
}

impl Consent {
    /// Records that the user agreed to this plan: at the prompt, having seen its summary, or
    /// beforehand with `--yes`. Refused if the plan is over a limit, or too young for a store
    /// where nothing can be repaired.
    pub fn to(plan: &Plan, limits: &Limits, store: &Provider) -> Result<Self, ConsentError> {
        limits.check_age(plan.terms().older_than, store)?;
        limits.check(plan.len(), plan.bytes())?;
        Ok(Self {
            digest: plan.digest(),
            risk_live: limits.risk_live,
        })
    }
}

/// A plan that someone consented to: what a sweep takes, and uses up.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Plan,
    risk_live: bool,
    chunk: usize,
}

impl ApprovedPlan {
    pub(super) fn new(plan: Plan, risk_live: bool) -> Self {
        Self {
            plan,
            risk_live,
            chunk: 0,
        }
    }

    /// Whether young uploads are swept also where only age protects them (`--risk-live`).
    pub fn risk_live(&self) -> bool {
        self.risk_live
    }

    /// On what terms.
    pub fn terms(&self) -> Terms {
        self.plan.terms
    }

    /// What was agreed to.
    pub fn digest(&self) -> PlanDigest {
        self.plan.digest()
    }

    /// What was agreed to, summed up.
    pub fn summary(&self) -> &PlanSummary {
        &self.plan.summary
    }

    /// How many uploads were not brought yet.
    pub fn left(&self) -> u64 {
        self.plan.len() - self.brought()
    }

    /// How many the next call of [`admit`](Self::admit) must bring: a thousand, or what is left.
    pub fn next_chunk(&self) -> usize {
        usize::try_from(self.left()).map_or(CHUNK, |left| left.min(CHUNK))
    }

    /// Takes the next uploads, if they are exactly what was agreed to.
    pub fn admit(
        &mut self,
        uploads: Vec<PlannedUpload>,
    ) -> Result<Vec<ApprovedUpload>, NotAsAgreed> {
        let agreed = self.plan.chunks.get(self.chunk).ok_or(NotAsAgreed)?;
        if digest::of_chunk(&uploads) != *agreed {
            return Err(NotAsAgreed);
        }
        let first = self.brought();
        self.chunk += 1;
        let numbered = (first..).zip(uploads);
        Ok(numbered
            .map(|(number, planned)| ApprovedUpload { number, planned })
            .collect())
    }

    fn brought(&self) -> u64 {
        ((self.chunk * CHUNK) as u64).min(self.plan.len())
    }
}

/// One upload that someone agreed to sweep. Cannot be made but from an [`ApprovedPlan`].
#[derive(Debug, Clone)]
pub struct ApprovedUpload {
    number: u64,
    planned: PlannedUpload,
}

impl ApprovedUpload {
    /// Its place in the plan, from 0: how the journal names it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// As planned.
    pub fn planned(&self) -> &PlannedUpload {
        &self.planned
    }

    /// Where it is.
    pub fn address(&self) -> &UploadAddress {
        &self.planned.upload.address
    }
}

/// The uploads that were brought are not those that were agreed to: the file changed in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the plan has changed since it was confirmed")]
pub struct NotAsAgreed;

/// What one run may do. Checked on everything that was chosen, before the first abort.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// More uploads are refused.
    pub max_uploads: Option<u64>,
    /// More bytes are refused, and sizes that are not known.
    pub max_bytes: Option<u64>,
    /// Sweep young uploads also where a lost race cannot be repaired.
    pub risk_live: bool,
}

impl Limits {
    /// Whether there is a limit at all.
    pub fn any(&self) -> bool {
        self.max_uploads.is_some() || self.max_bytes.is_some()
    }

    /// Refuses what is over a limit, or cannot be shown to be under it.
    pub fn check(&self, uploads: u64, bytes: Amount) -> Result<(), ConsentError> {
        if let Some(limit) = self.max_uploads.filter(|limit| uploads > *limit) {
            return Err(ConsentError::TooManyUploads {
                chosen: uploads,
                limit,
            });
        }
        match (self.max_bytes, bytes) {
            (Some(limit), bytes) if bytes.known() > limit => Err(ConsentError::TooManyBytes {
                chosen: bytes.known(),
                limit,
            }),
            (Some(limit), Amount::AtLeast(_) | Amount::Unknown) => {
                Err(ConsentError::BytesUnknown { limit })
            }
            _ => Ok(()),
        }
    }

    /// Refuses an age under an hour where only age protects an upload that is being completed
    /// (law 12).
    pub fn check_age(
        &self,
        older_than: SignedDuration,
        store: &Provider,
    ) -> Result<(), ConsentError> {
        if store.only_age_protects() && older_than < SAFE_AGE && !self.risk_live {
            return Err(ConsentError::TooYoung { store: store.name });
        }
        Ok(())
    }
}

/// Why a plan is not swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// More uploads than allowed.
    #[error("{chosen} uploads selected, over the limit of {limit}")]
    TooManyUploads {
        /// Chosen.
        chosen: u64,
        /// Allowed.
        limit: u64,
    },
    /// More bytes than allowed.
    #[error("{chosen} bytes selected, over the limit of {limit}")]
    TooManyBytes {
        /// Chosen, in bytes.
        chosen: u64,
        /// Allowed, in bytes.
        limit: u64,
    },
    /// The store does not say how large some of them are.
    #[error("some sizes are unknown, so the limit of {limit} bytes cannot be checked")]
    BytesUnknown {
        /// Allowed, in bytes.
        limit: u64,
    },
    /// Too young for a store where nothing can be repaired.
    #[error(
        "on this store ({store}), aborting an upload while its client completes it can destroy the object, so uploads active in the last hour are not aborted"
    )]
    TooYoung {
        /// The store's name.
        store: &'static str,
    },
    /// The consent was given to another plan.
    #[error("another plan was confirmed")]
    OtherPlan,
}
