//! A failure as the program tells it: one line, then hints.

use std::error::Error;
use std::io;

use partsweep_core::{ConsentError, StoreError};
use tokio::task::JoinError;

use crate::text::exit::Exit;
use crate::text::figures::{count, counted, rounded};
use crate::text::hints;

/// Why a command did not end as it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read standard output is gone (`| head`): nothing is left to say.
    ReaderGone,
    /// A signal came while something was asked for, and nothing was done yet.
    Interrupted,
    /// A panic, which was told when it happened.
    Bug,
    /// Something to tell.
    Told(Box<Told>),
}

/// What is told, and how the program then ends.
#[derive(Debug)]
pub(crate) struct Told {
    /// One line, without `error:`; may hold hostile text, which the console escapes.
    pub(crate) line: String,
    /// What to do about it, one line each.
    pub(crate) hints: Vec<String>,
    /// The exit code.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure with these words.
    pub(crate) fn told(exit: Exit, line: impl Into<String>) -> Self {
        Self::Told(Box::new(Told {
            line: line.into(),
            hints: Vec::new(),
            exit,
        }))
    }

    /// An unexpected failure: the error, and what caused it.
    pub(crate) fn unexpected(error: &dyn Error) -> Self {
        Self::told(Exit::Failed, chain(error))
    }

    /// A task that did not come to its end.
    pub(crate) fn of_task(error: &JoinError) -> Self {
        match error.is_panic() {
            true => Self::Bug,
            false => Self::unexpected(error),
        }
    }

    /// The command line makes no sense.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self::told(Exit::Usage, line)
    }

    /// A plan is not swept. People read decimal units; `exact` adds the bytes, for programs. `shows` is the
    /// command that shows what was selected.
    pub(crate) fn refused(error: ConsentError, exact: bool, shows: &str) -> Self {
        let line = match error {
            ConsentError::TooManyUploads { chosen, limit } => format!(
                "{} selected, over the --max-uploads limit of {}",
                counted(chosen, "upload"),
                count(limit)
            ),
            ConsentError::TooManyBytes { chosen, limit } => {
                // 7,000,001 bytes are more than 7.0 MB, but do not look it.
                let exact = exact || rounded(chosen) == rounded(limit);
                let size = |n| match exact {
                    true => format!("{} ({n} bytes)", rounded(n)),
                    false => rounded(n),
                };
                format!(
                    "{} selected, over the --max-bytes limit of {}",
                    size(chosen),
                    size(limit)
                )
            }
            ConsentError::BytesUnknown { limit } => format!(
                "some sizes are unknown, so --max-bytes {} can't be checked",
                rounded(limit)
            ),
            ConsentError::TooYoung { .. } => {
                return Self::told(Exit::Refused, error.to_string())
                    .hint("nothing was changed; `--older-than 1h` or more is accepted")
                    .hint("`--risk-live` aborts them all the same");
            }
            ConsentError::OtherPlan => error.to_string(),
        };
        Self::told(Exit::Refused, format!("{line}: nothing was aborted"))
            .hint(format!("`{shows}` shows them"))
    }

    /// Says where what is wrong stands.
    #[must_use]
    pub(crate) fn of(mut self, whence: &str) -> Self {
        if let Self::Told(told) = &mut self {
            told.line = format!("{whence}: {}", told.line);
        }
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Told(told) = &mut self {
            told.hints.push(hint.into());
        }
        self
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        Self::Told(Box::new(Told {
            line: chain(error),
            hints: hints::for_store(error),
            exit: Exit::Failed,
        }))
    }
}

/// A failure to write to standard output; nothing else in the commands gives an [`io::Error`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        if is_about_temporary_file(&error) {
            return Self::told(Exit::Failed, chain(&error))
                .hint("TMPDIR names another folder for temporary files");
        }
        Self::told(
            Exit::Failed,
            format!("could not write to standard output: {error}"),
        )
    }
}

/// What waits could not be written to disk, or not read again.
#[derive(Debug, thiserror::Error)]
#[error("can't write a temporary file")]
pub(crate) struct TemporaryFileError(#[source] io::Error);

/// A failure to keep what waits: about a temporary file, and not about standard output.
pub(crate) fn temporary_file_error(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), TemporaryFileError(error))
}

/// Whether this is about a temporary file, and not about standard output.
pub(crate) fn is_about_temporary_file(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<TemporaryFileError>)
}

/// An error and its causes on one line, joined by `: `.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some libraries repeat their cause in their own words.
        if !line.ends_with(&words) {
            line.push_str(": ");
            line.push_str(&words);
        }
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use partsweep_core::{Operation, StoreErrorKind};

    use super::*;

    #[test]
    fn a_chain_names_every_cause_once() {
        let error = StoreError::new(Operation::ListBuckets, None, StoreErrorKind::Unreachable)
            .with_source(io::Error::other("connection refused"));
        assert_eq!(chain(&error), "could not list buckets: connection refused");
        let repeated = StoreError::new(Operation::ListBuckets, None, StoreErrorKind::Unreachable)
            .with_message("connection refused")
            .with_source(io::Error::other("connection refused"));
        assert_eq!(chain(&repeated), chain(&error));
    }

    #[test]
    fn a_limit_is_told_in_units_and_to_programs_exactly() {
        let line = |chosen, exact| {
            let error = ConsentError::TooManyBytes {
                chosen,
                limit: 7_000_000,
            };
            match Failure::refused(error, exact, "partsweep scan") {
                Failure::Told(told) => told.line,
                other => panic!("{other:?}"),
            }
        };
        let people = "47.3 GB selected, over the --max-bytes limit of 7.0 MB: nothing was aborted";
        assert_eq!(line(47_300_000_000, false), people);
        let exactly = line(47_300_000_000, true);
        assert!(exactly.contains("47.3 GB (47300000000 bytes)"), "{exactly}");
        // Else it would say that 7.0 MB are more than 7.0 MB.
        let close = line(7_000_001, false);
        assert!(close.contains("7.0 MB (7000001 bytes)"), "{close}");
    }

    #[test]
    fn only_a_broken_pipe_is_quiet() {
        let gone = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(gone, Failure::ReaderGone));
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, Failure::Told(told) if told.exit == Exit::Failed));
    }
}
