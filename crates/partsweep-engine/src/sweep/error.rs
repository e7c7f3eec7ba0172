//! Why a sweep ends before its plan does.

use crate::journal::JournalError;
use crate::plan_source::SourceError;

/// Why a sweep ended before its plan did.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The plan cannot be read again.
    #[error("the plan could not be read on")]
    Source(#[source] SourceError),
    /// What was read is not what was agreed to.
    #[error("the plan has changed since it was confirmed")]
    NotAsAgreed,
    /// Nothing is aborted that is not in the journal before (law 7).
    #[error("the journal cannot be written")]
    Journal(#[source] JournalError),
}
