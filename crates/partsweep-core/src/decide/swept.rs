//! What became of the uploads of a plan.

use crate::decide::outcome::Outcome;
use crate::plan::{ApprovedUpload, PlannedUpload};

/// One upload of the plan, and what became of it.
#[derive(Debug, Clone)]
pub struct SweptUpload {
    /// Its place in the plan, from 0.
    pub number: u64,
    /// The upload as planned.
    pub planned: PlannedUpload,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether another sweep may have aborted it at the same moment, and the store does not tell whose
    /// abort it was.
    pub shared: bool,
}

impl SweptUpload {
    /// What became of an upload that a person agreed to.
    pub fn new(upload: &ApprovedUpload, outcome: Outcome, shared: bool) -> Self {
        Self {
            number: upload.number(),
            planned: upload.planned().clone(),
            outcome,
            shared,
        }
    }

    /// Bytes that are proven freed by us: the upload's size if we aborted it, else 0. `None` if
    /// the size was never known, or it may have been another sweep that freed them (law 6).
    pub fn bytes_freed(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Aborted if self.shared => None,
            Outcome::Aborted => self.planned.footprint.bytes.exact(),
            _ => Some(0),
        }
    }
}

/// Sums over a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepTotals {
    /// Aborted by us and proven gone.
    pub aborted: u64,
    /// Gone when we came.
    pub already_gone: u64,
    /// Aborted, with parts still listed.
    pub parts_remain: u64,
    /// Changed since the plan, not touched.
    pub changed: u64,
    /// Kept by the look.
    pub kept: u64,
    /// Not come to before the sweep was ended.
    pub not_reached: u64,
    /// A request failed.
    pub failed: u64,
    /// Crossed by a complete, and the object was saved.
    pub repaired: u64,
    /// Crossed by a complete, and the object could not be saved.
    pub at_risk: u64,
    /// Aborted, and whether an object was hurt could not be seen.
    pub unverified: u64,
    /// Bytes proven freed by us, as far as sizes are known.
    pub bytes_freed: u64,
    /// Aborted by us, of a size that was never known: `bytes_freed` leaves them out.
    pub unsized_aborted: u64,
}

impl SweepTotals {
    /// Counts one more upload.
    pub fn count(&mut self, swept: &SweptUpload) {
        let count = match swept.outcome {
            Outcome::Aborted => &mut self.aborted,
            Outcome::AlreadyGone => &mut self.already_gone,
            Outcome::PartsRemain => &mut self.parts_remain,
            Outcome::Changed => &mut self.changed,
            Outcome::Kept(_) => &mut self.kept,
            Outcome::NotReached => &mut self.not_reached,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Repaired(_) => &mut self.repaired,
            Outcome::AtRisk(_) => &mut self.at_risk,
            Outcome::Unverified(_) => &mut self.unverified,
        };
        *count += 1;
        self.count_freed(swept.bytes_freed());
    }

    /// Counts the bytes of one more upload; `None` if its size was never known.
    pub fn count_freed(&mut self, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => self.bytes_freed = self.bytes_freed.saturating_add(bytes),
            None => self.unsized_aborted += 1,
        }
    }

    /// Uploads that make a sweep partial (law 8): a request failed, parts are left, or an object is
    /// in danger or may be.
    pub fn trouble(&self) -> u64 {
        self.failed + self.parts_remain + self.at_risk + self.unverified
    }

    /// Adds what another sweep did.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.aborted, other.aborted),
            (&mut self.already_gone, other.already_gone),
            (&mut self.parts_remain, other.parts_remain),
            (&mut self.changed, other.changed),
            (&mut self.kept, other.kept),
            (&mut self.not_reached, other.not_reached),
            (&mut self.failed, other.failed),
            (&mut self.repaired, other.repaired),
            (&mut self.at_risk, other.at_risk),
            (&mut self.unverified, other.unverified),
            (&mut self.bytes_freed, other.bytes_freed),
            (&mut self.unsized_aborted, other.unsized_aborted),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }
}
