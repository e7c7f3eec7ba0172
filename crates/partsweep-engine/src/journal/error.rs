//! Why a journal cannot be written or read.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::files::lines::LONGEST_LINE;

/// What was tried with a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Making the file, or a folder above it.
    Create,
    /// Opening a file that is there.
    Open,
    /// Locking it.
    Lock,
    /// Reading it.
    Read,
    /// Adding lines to it.
    Write,
    /// Bringing what was written to disk.
    Sync,
    /// Starting the thread that writes.
    Start,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create the journal",
            Self::Open => "open the journal",
            Self::Lock => "lock the journal",
            Self::Read => "read the journal",
            Self::Write => "write the journal",
            Self::Sync => "bring the journal to disk",
            Self::Start => "start writing the journal",
        })
    }
}

/// Why a journal cannot be written or read. The same for everyone who waits for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The disk is full, the folder cannot be written, and the like. A journal that could not be
    /// written once is never written again.
    #[error("could not {doing}")]
    Io {
        /// What was tried.
        doing: Attempt,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// Another process is sweeping with this journal.
    #[error("another partsweep is using this journal")]
    Held,
    /// A line is too long for a journal to be read again.
    #[error("a line of the journal would have {bytes} bytes, more than {LONGEST_LINE}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The closing line was asked for already.
    #[error("the journal is closed")]
    Ended,
    /// The thread that writes is gone.
    #[error("nothing writes the journal any more")]
    Unattended,
    /// There is not even a whole first line: nothing was done under this journal.
    #[error("the journal has no header: nothing was done yet")]
    NoHeader,
    /// The first line is that of something else.
    #[error("this is no journal that this version can read")]
    OtherSchema,
    /// A line that is not the last one cannot be read.
    #[error("line {line} of the journal is broken")]
    Broken {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// A line says something that cannot have happened after the lines before it.
    #[error("line {line} of the journal cannot be: {misfit}")]
    Misfit {
        /// Its number, from 1.
        line: u64,
        /// Why.
        misfit: Misfit,
    },
}

impl JournalError {
    pub(super) fn io(doing: Attempt) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            source: Arc::new(source),
        }
    }
}

/// What is wrong with a line that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A second header.
    #[error("the journal has a header already")]
    SecondHeader,
    /// Something after the closing line.
    #[error("the journal was closed before")]
    AfterEnd,
    /// An act or an end for an upload that came to its end.
    #[error("upload {0} came to its end before")]
    AfterOutcome(u64),
    /// Something about an upload that was never about to be aborted.
    #[error("upload {0} was never about to be aborted")]
    NeverBegun(u64),
    /// One more plan whose uploads would have numbers of those before it.
    #[error("uploads from {0} belong to an earlier plan")]
    OtherPlan(u64),
    /// Two uploads with one number.
    #[error("upload {0} was another one before")]
    OtherUpload(u64),
}
