//! What became of the uploads of a plan.

use std::ops::{Index, IndexMut};

use crate::decide::outcome::{Outcome, OutcomeKind};
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

/// Sums over a sweep: how many uploads came to each outcome, and what was freed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepTotals {
    uploads: [u64; OutcomeKind::ALL.len()],
    /// Bytes proven freed by us, as far as sizes are known.
    pub bytes_freed: u64,
    /// Aborted by us, of a size that was never known: `bytes_freed` leaves them out.
    pub unsized_aborted: u64,
}

impl Index<OutcomeKind> for SweepTotals {
    type Output = u64;

    fn index(&self, kind: OutcomeKind) -> &u64 {
        &self.uploads[kind as usize]
    }
}

impl IndexMut<OutcomeKind> for SweepTotals {
    fn index_mut(&mut self, kind: OutcomeKind) -> &mut u64 {
        &mut self.uploads[kind as usize]
    }
}

impl SweepTotals {
    /// Counts one more upload.
    pub fn count(&mut self, swept: &SweptUpload) {
        self[swept.outcome.kind()] += 1;
        self.count_freed(swept.bytes_freed());
    }

    /// Counts the bytes of one more upload; `None` if its size was never known.
    pub fn count_freed(&mut self, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => self.bytes_freed = self.bytes_freed.saturating_add(bytes),
            None => self.unsized_aborted += 1,
        }
    }

    /// All uploads.
    pub fn uploads(&self) -> u64 {
        self.uploads.iter().sum()
    }

    /// Uploads by the word of their outcome, as they are written.
    pub fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let kinds = OutcomeKind::ALL.into_iter();
        let written = kinds.filter(|kind| *kind != OutcomeKind::NotReached);
        written.map(|kind| match kind {
            OutcomeKind::Kept => (kind.code(), self[kind] + self[OutcomeKind::NotReached]),
            kind => (kind.code(), self[kind]),
        })
    }

    /// Uploads that make a sweep partial (law 8): a request failed, parts are left, or an object is
    /// in danger or may be.
    pub fn trouble(&self) -> u64 {
        use OutcomeKind::{AtRisk, Failed, PartsRemain, Unverified};
        self[Failed] + self[PartsRemain] + self[AtRisk] + self[Unverified]
    }

    /// Adds what another sweep did.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.uploads.iter_mut().zip(other.uploads) {
            *mine = mine.saturating_add(theirs);
        }
        self.bytes_freed = self.bytes_freed.saturating_add(other.bytes_freed);
        self.unsized_aborted = self.unsized_aborted.saturating_add(other.unsized_aborted);
    }
}
