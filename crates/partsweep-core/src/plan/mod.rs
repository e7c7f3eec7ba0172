//! What will be swept, and the consent bound to it (law 2).
//!
//! A plan may name millions of uploads, so it does not hold them: it holds a digest of each
//! thousand and what a person has to see to agree. Whoever sweeps brings the uploads again, a
//! thousand at a time, and only those that are as agreed become [`ApprovedUpload`]s, the only
//! thing that an abort takes.

mod consent;
mod digest;
mod summary;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use crate::model::footprint::{Amount, Footprint};
use crate::model::upload::Upload;

pub use consent::{ApprovedPlan, ApprovedUpload, Consent, ConsentError, Limits, NotAsAgreed};
pub use digest::PlanDigest;
pub use summary::PlanSummary;

/// Uploads whose digest is taken together. At 300 bytes each, 300 kB are held at once.
pub const CHUNK: usize = 1_000;

/// Below this age, a store where a lost race cannot be repaired is swept only with `--risk-live`:
/// nothing but age tells a dead upload from one that is being completed at this moment.
pub const SAFE_AGE: SignedDuration = SignedDuration::from_hours(1);

/// One upload that a plan names, as it was when it was sized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUpload {
    /// The upload.
    pub upload: Upload,
    /// Its parts then. The look before the abort compares with this.
    pub footprint: Footprint,
}

/// What the look just before each abort goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Only uploads whose last activity is at least this long ago.
    pub older_than: SignedDuration,
    /// Also uploads whose key has an object that may be the same data (`--include-finished`);
    /// without effect where an abort can hurt the object.
    pub include_finished: bool,
}

impl Terms {
    /// Of this age, and no finished object's leftover.
    pub fn older_than(older_than: SignedDuration) -> Self {
        Self {
            older_than,
            include_finished: false,
        }
    }
}

/// The uploads that are to be swept, and on what terms. Nothing else is ever aborted.
#[derive(Debug)]
pub struct Plan {
    terms: Terms,
    chunks: Vec<PlanDigest>,
    summary: PlanSummary,
}

impl Plan {
    /// Makes a plan of these uploads.
    pub fn of<'a>(uploads: impl IntoIterator<Item = &'a PlannedUpload>, terms: Terms) -> Self {
        let mut builder = PlanBuilder::new(terms);
        for upload in uploads {
            builder.add(upload);
        }
        builder.finish()
    }

    /// What a person sees before agreeing.
    pub fn summary(&self) -> &PlanSummary {
        &self.summary
    }

    /// On what terms.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// How many uploads.
    pub fn len(&self) -> u64 {
        self.summary.uploads
    }

    /// Whether there is nothing to sweep.
    pub fn is_empty(&self) -> bool {
        self.summary.uploads == 0
    }

    /// The sum of their bytes; at least, if a size is not known.
    pub fn bytes(&self) -> Amount {
        self.summary.bytes()
    }

    /// SHA-256 over everything that decides what is swept: names, sizes, times and the terms.
    pub fn digest(&self) -> PlanDigest {
        digest::of_plan(self.terms, &self.chunks)
    }

    /// Turns the plan into one that may be swept, if the consent was given to this very plan.
    #[expect(clippy::needless_pass_by_value, reason = "a consent is used up")]
    pub fn approve(self, consent: Consent) -> Result<ApprovedPlan, ConsentError> {
        if consent.digest == self.digest() {
            Ok(ApprovedPlan::new(self, consent.risk_live))
        } else {
            Err(ConsentError::OtherPlan)
        }
    }
}

/// Makes a plan of uploads that come one by one, in constant memory.
#[derive(Debug)]
pub struct PlanBuilder {
    terms: Terms,
    open: digest::OpenChunk,
    chunks: Vec<PlanDigest>,
    summary: PlanSummary,
}

impl PlanBuilder {
    /// Nothing yet.
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            open: digest::OpenChunk::default(),
            chunks: Vec::new(),
            summary: PlanSummary::default(),
        }
    }

    /// One more.
    pub fn add(&mut self, planned: &PlannedUpload) {
        self.summary.count(planned);
        self.open.add(planned);
        if self.open.len() == CHUNK {
            self.chunks.push(std::mem::take(&mut self.open).close());
        }
    }

    /// The plan.
    pub fn finish(mut self) -> Plan {
        if self.open.len() > 0 {
            self.chunks.push(self.open.close());
        }
        Plan {
            terms: self.terms,
            chunks: self.chunks,
            summary: self.summary,
        }
    }
}
