//! What a sweep tells its journal.

use jiff::Timestamp;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{ApprovedUpload, ObjectHead, SpareName, SweptUpload, Terms};

/// Which sweep a journal belongs to: its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalHeader {
    /// The store, without credentials.
    pub endpoint: String,
    /// The account, as far as it is known.
    pub account: Option<String>,
    /// The digest of the plan that was agreed to, in hexadecimal.
    pub plan: String,
    /// The file that the plan was read from.
    pub plan_file: Option<String>,
    /// When the sweep began, by the clock of this machine.
    pub started: Timestamp,
    /// On what terms. The age is kept in whole seconds.
    pub terms: Terms,
}

/// What is about to be done.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// An abort. May come again for one upload, once for each round.
    Abort {
        /// The upload.
        upload: &'a ApprovedUpload,
        /// What the look saw at the key.
        object: &'a ObjectSight,
    },
    /// An object is to be saved by a copy.
    Repair {
        /// The upload whose abort crossed a complete.
        number: u64,
        /// The object that is in danger.
        object: &'a ObjectHead,
        /// The name that the copy will have.
        spare: &'a SpareName,
    },
    /// An object is too large to be copied at once: it is to be written anew in parts.
    Rewrite {
        /// The upload whose abort crossed a complete.
        number: u64,
        /// The object that is in danger.
        object: &'a ObjectHead,
    },
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub enum After<'a> {
    /// Proven gone; the key is yet to be looked at again after the settling time.
    Aborted {
        /// The upload.
        number: u64,
    },
    /// The object under this name was deleted again, or never made.
    SpareGone {
        /// The upload whose object it saved.
        number: u64,
        /// The name.
        spare: &'a SpareName,
    },
    /// Still there, and nothing at its key is in danger: without its plan it is not aborted, and it
    /// is in doubt no more.
    Untouched {
        /// The upload.
        number: u64,
    },
    /// The end of one upload, also of one that was never touched. Nothing is written for
    /// [`Outcome::NotReached`](partsweep_core::Outcome::NotReached): it is not done.
    Outcome(&'a SweptUpload),
}
