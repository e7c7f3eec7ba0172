//! Why a saved scan is not swept.

use std::io;

use super::Removed;

/// Why a saved scan cannot be read, or is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The file cannot be opened, read or written.
    #[error("could not {doing} the plan")]
    Io {
        /// What was tried: `open`, `read`, `write`.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is compressed in the file cannot be read.
    #[error("the plan is damaged")]
    Damaged(#[source] io::Error),
    /// The first line is not that of a saved scan.
    #[error("this isn't a plan")]
    NotAnInventory,
    /// Written by a later version, in a form that this one does not know.
    #[error("this plan has format `{0}`, which this version doesn't support")]
    OtherSchema(String),
    /// There is no closing line: the scan was interrupted, or the file was cut.
    #[error("the plan is truncated {}", behind(*line))]
    Truncated {
        /// The last whole line, from 1.
        line: u64,
    },
    /// A line was changed, added, repeated, moved, or comes from another file.
    #[error("line {} of the plan was changed or doesn't belong there", seen_by(*line))]
    Altered {
        /// Its number, from 1.
        line: u64,
    },
    /// Something follows the closing line.
    #[error("something follows the end of the plan, in line {line}")]
    AfterEnd {
        /// Its number, from 1.
        line: u64,
    },
    /// Lines were removed; all others are as they were written.
    #[error("lines were removed from the plan")]
    Edited(Removed),
}

fn behind(line: u64) -> String {
    match line {
        0 => "in its first line".to_owned(),
        line => format!("after line {line}"),
    }
}

/// The first line is sealed by those behind it: that it was changed is seen in the second.
fn seen_by(line: u64) -> String {
    match line {
        2 => "1 or 2".to_owned(),
        line => line.to_string(),
    }
}

impl InventoryError {
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
