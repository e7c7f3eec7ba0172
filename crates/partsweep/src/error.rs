//! A failure as the program tells it: one line, then hints.

use std::error::Error;
use std::io;

use partsweep_core::{ConsentError, StoreError};

use crate::exit::Exit;
use crate::hints;

/// Why a command did not end as it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read standard output is gone (`| head`): nothing is left to say.
    ReaderGone,
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

    /// The command line makes no sense.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self::told(Exit::Usage, line)
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

impl From<ConsentError> for Failure {
    fn from(error: ConsentError) -> Self {
        Self::told(Exit::Refused, format!("refused: {error}"))
            .hint("nothing was changed; `partsweep scan` shows what would be swept")
    }
}

/// A failure to write to standard output; nothing else in the commands gives an [`io::Error`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::told(
            Exit::Failed,
            format!("could not write to standard output: {error}"),
        )
    }
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
    fn only_a_broken_pipe_is_quiet() {
        let gone = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(gone, Failure::ReaderGone));
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, Failure::Told(told) if told.exit == Exit::Failed));
    }
}
