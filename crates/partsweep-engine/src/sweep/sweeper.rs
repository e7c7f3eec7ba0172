//! What all uploads of a sweep share, and how far one of them is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{ApprovedUpload, Mutate, Outcome, SweptUpload, Terms};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::SweepError;
use super::request::SweepOptions;
use crate::journal::{After, InDoubt, Journal};

/// Uploads that wait to be looked at again, at most; each about 500 bytes. More are waited for
/// before another abort is sent.
pub(super) const MOST_SETTLING: usize = 50_000;

/// A sweep that is running: what each upload is worked on with.
pub(super) struct Sweeper<'a, S> {
    pub(super) store: &'a S,
    pub(super) journal: &'a Journal,
    pub(super) terms: Terms,
    pub(super) risk_live: bool,
    pub(super) options: SweepOptions,
    pub(super) stop: &'a CancellationToken,
    pub(super) in_doubt: &'a HashMap<u64, InDoubt>,
    /// Kept aside, so that what is in flight is finished when nothing new can be begun.
    pub(super) broken: Mutex<Option<SweepError>>,
}

/// How far one upload is.
pub(super) enum Step {
    /// Finished.
    Ended(SweptUpload),
    /// Aborted; the key is to be looked at again.
    Settles(Open),
}

/// Whether what is gone after our abort may have been aborted by another sweep at the same moment: where
/// the store does not tell, or did not answer.
pub(super) fn is_shared<S: Mutate>(store: &S, options: SweepOptions, is_answered: bool) -> bool {
    !(options.alone || store.provider().tells_gone && is_answered)
}

impl<S: Mutate> Sweeper<'_, S> {
    /// The end of one upload, of which an abort was answered, or none was sent.
    pub(super) fn swept(&self, upload: &ApprovedUpload, outcome: Outcome) -> SweptUpload {
        self.swept_as(upload, outcome, true)
    }

    /// The end of one upload; `is_answered` is false where the store told of no abort that it was done.
    pub(super) fn swept_as(
        &self,
        upload: &ApprovedUpload,
        outcome: Outcome,
        is_answered: bool,
    ) -> SweptUpload {
        let shared = is_shared(self.store, self.options, is_answered);
        SweptUpload::new(upload, outcome, shared)
    }

    pub(super) fn broken(&self) -> std::sync::MutexGuard<'_, Option<SweepError>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins nothing new; the first reason is told.
    pub(super) fn give_up(&self, error: SweepError) {
        self.broken().get_or_insert(error);
        self.stop.cancel();
    }

    /// Writes down how one upload ended. One that was not reached is not done.
    pub(super) fn note(&self, swept: &SweptUpload) {
        if matches!(swept.outcome, Outcome::NotReached) {
            return;
        }
        if let Err(error) = self.journal.after(&After::Outcome(swept)) {
            self.give_up(SweepError::Journal(error));
        }
    }
}

/// An upload that was aborted, and whose key is to be looked at once more.
pub(super) struct Open {
    pub(super) upload: ApprovedUpload,
    pub(super) outcome: Outcome,
    pub(super) seen: Sent,
    pub(super) due: Instant,
}

/// What was seen of an upload before its first abort was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// What was at its key.
    pub(super) object: ObjectSight,
    /// The ETag that its object would have, by its parts. Not known after a crash: no journal has it.
    pub(super) completed_etag: Option<Box<str>>,
    /// Whether the store answered an abort of ours since. Without an answer, another sweep may have done it.
    pub(super) is_answered: bool,
    /// Whether an abort may have been done by now: not if the store refused each of them clearly.
    pub(super) may_be_done: bool,
}

impl Sent {
    /// By what a journal tells.
    pub(super) fn of(object: ObjectSight) -> Self {
        Self {
            object,
            completed_etag: None,
            is_answered: true,
            may_be_done: true,
        }
    }
}
