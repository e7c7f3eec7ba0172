//! What the lines of a journal add up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{ObjectHead, PlannedUpload, SpareName, SweepTotals};

use super::done::Done;
use super::entries::JournalHeader;
use super::error::{JournalError, Misfit};
use super::line::{AfterLine, BeforeLine, JournalLine};
use super::outcome::OutcomeLine;

/// What a journal tells.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// Which sweep.
    pub header: JournalHeader,
    /// Sums over the uploads that came to their end.
    pub totals: SweepTotals,
    /// Which these are.
    pub done: Done,
    /// Uploads that something was about to be done to, and whose end is not known, in the order of
    /// the plan: as many as were worked on at once, and those that failed, have parts left, could
    /// not be looked at again, or whose object is in danger.
    pub in_doubt: Vec<InDoubt>,
    /// How many plans of one run are in it. Only a journal of one plan can be gone on with by that plan.
    pub plans: u64,
    /// When the sweep closed the journal; none where it was killed.
    pub ended: Option<Timestamp>,
    /// The last line was cut. What it announced was not done.
    pub cut: bool,
    open: bool,
}

impl Recovered {
    /// Whether the sweep came to its end with nothing left to be done: going on with it does nothing.
    ///
    /// `uploads`: how many its plan has. An upload that failed is not done: it is tried again.
    pub fn is_finished(&self, uploads: u64) -> bool {
        self.ended.is_some() && self.in_doubt.is_empty() && self.done.len() >= uploads
    }

    /// Whether the last line, cut or not, has no end.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }
}

/// An upload whose end is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InDoubt {
    /// Its place in the plan.
    pub number: u64,
    /// As planned.
    pub planned: PlannedUpload,
    /// What the look before the first abort saw at the key: an object that appeared since then is
    /// in danger, whichever abort it crossed.
    pub object: ObjectSight,
    /// How far it came.
    pub stage: Stage,
    /// It failed or has parts left, and its key was looked at since: nothing there is in danger.
    pub settled: bool,
}

/// How far an upload came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// An abort was sent, or was about to be.
    AbortSent,
    /// Proven gone; what is at the key is to be looked at.
    Aborted,
    /// An object was about to be saved.
    Repair {
        /// The object.
        object: ObjectHead,
        /// Spare copies that were made, or were about to be, and are not known to be deleted.
        spares: Vec<SpareName>,
    },
}

/// Lines on their way to what they add up to.
#[derive(Debug)]
pub(super) struct Replay {
    header: JournalHeader,
    totals: SweepTotals,
    done: Done,
    open: BTreeMap<u64, InDoubt>,
    plans: u64,
    /// Above every number so far.
    above: u64,
    ended: Option<Timestamp>,
}

impl Replay {
    pub(super) fn new(header: JournalHeader) -> Self {
        Self {
            header,
            totals: SweepTotals::default(),
            done: Done::default(),
            open: BTreeMap::new(),
            plans: 1,
            above: 0,
            ended: None,
        }
    }

    pub(super) fn finish(self, cut: bool, open: bool) -> Recovered {
        Recovered {
            header: self.header,
            totals: self.totals,
            done: self.done,
            in_doubt: self.open.into_values().collect(),
            plans: self.plans,
            ended: self.ended.filter(|_| !cut),
            cut,
            open,
        }
    }

    /// Takes the next line after the header.
    pub(super) fn apply(&mut self, at: u64, line: JournalLine<'_>) -> Result<(), JournalError> {
        let misfit = |misfit| JournalError::Misfit { line: at, misfit };
        let broken = |source| JournalError::Broken {
            line: at,
            source: std::sync::Arc::new(source),
        };
        match line {
            JournalLine::Resumed { .. } => {
                self.ended = None;
                Ok(())
            }
            JournalLine::Header(_) => Err(misfit(Misfit::SecondHeader)),
            _ if self.ended.is_some() => Err(misfit(Misfit::AfterEnd)),
            JournalLine::Plan(plan) if plan.first < self.above => {
                Err(misfit(Misfit::OtherPlan(plan.first)))
            }
            JournalLine::Plan(_) => {
                self.plans += 1;
                Ok(())
            }
            JournalLine::Before(BeforeLine::Abort {
                number,
                upload,
                object,
                ..
            }) => {
                let planned = upload.planned().map_err(broken)?;
                self.abort(number, planned, object.into()).map_err(misfit)
            }
            JournalLine::Before(BeforeLine::Repair {
                number,
                object,
                spare,
                ..
            }) => self
                .repair(number, object.into(), Some(spare.0))
                .map_err(misfit),
            JournalLine::Before(BeforeLine::Rewrite { number, object, .. }) => {
                self.repair(number, object.into(), None).map_err(misfit)
            }
            JournalLine::After(AfterLine::Aborted { number, .. }) => {
                let upload = self.in_doubt(number).map_err(misfit)?;
                if upload.stage == Stage::AbortSent {
                    upload.stage = Stage::Aborted;
                }
                Ok(())
            }
            JournalLine::After(AfterLine::Untouched { number, .. }) => {
                self.in_doubt(number).map_err(misfit)?;
                self.open.remove(&number);
                Ok(())
            }
            JournalLine::After(AfterLine::SpareGone { number, spare, .. }) => {
                self.spare_gone(number, &spare.0).map_err(misfit)
            }
            JournalLine::After(AfterLine::Outcome(line)) => self.end_of(&line).map_err(misfit),
            JournalLine::End { at, .. } => {
                self.ended = Some(at.0);
                Ok(())
            }
        }
    }

    fn abort(
        &mut self,
        number: u64,
        planned: PlannedUpload,
        object: ObjectSight,
    ) -> Result<(), Misfit> {
        if self.done.contains(number) {
            return Err(Misfit::AfterOutcome(number));
        }
        self.above = self.above.max(number.saturating_add(1));
        let new = InDoubt {
            number,
            planned,
            object,
            stage: Stage::AbortSent,
            settled: false,
        };
        match self.open.get_mut(&number) {
            Some(upload) if upload.planned != new.planned => Err(Misfit::OtherUpload(number)),
            Some(upload) => {
                upload.settled = false;
                if upload.stage == Stage::Aborted {
                    upload.stage = Stage::AbortSent;
                }
                Ok(())
            }
            None => {
                self.open.insert(number, new);
                Ok(())
            }
        }
    }

    fn repair(
        &mut self,
        number: u64,
        object: ObjectHead,
        spare: Option<SpareName>,
    ) -> Result<(), Misfit> {
        let upload = self.in_doubt(number)?;
        let mut spares = match &mut upload.stage {
            Stage::Repair { spares, .. } => std::mem::take(spares),
            Stage::AbortSent | Stage::Aborted => Vec::new(),
        };
        spares.extend(spare);
        upload.stage = Stage::Repair { object, spares };
        upload.settled = false;
        Ok(())
    }

    fn spare_gone(&mut self, number: u64, gone: &SpareName) -> Result<(), Misfit> {
        // Also one that was left behind at the end, and deleted later.
        if self.done.contains(number) {
            return Ok(());
        }
        if let Stage::Repair { spares, .. } = &mut self.in_doubt(number)?.stage {
            spares.retain(|spare| spare != gone);
        }
        Ok(())
    }

    fn end_of(&mut self, line: &OutcomeLine<'_>) -> Result<(), Misfit> {
        self.above = self.above.max(line.number.saturating_add(1));
        if !line.is_final() && !self.done.contains(line.number) {
            if let Some(upload) = self.open.get_mut(&line.number) {
                upload.settled = !line.is_danger();
            }
            return Ok(());
        }
        if !self.done.insert(line.number) {
            return Err(Misfit::AfterOutcome(line.number));
        }
        self.open.remove(&line.number);
        self.totals[line.outcome.0] += 1;
        self.totals.count_freed(line.bytes_freed);
        Ok(())
    }

    fn in_doubt(&mut self, number: u64) -> Result<&mut InDoubt, Misfit> {
        if self.done.contains(number) {
            return Err(Misfit::AfterOutcome(number));
        }
        let upload = self.open.get_mut(&number);
        upload.ok_or(Misfit::NeverBegun(number))
    }
}
