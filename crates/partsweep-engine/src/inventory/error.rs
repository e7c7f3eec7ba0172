//! Why a saved scan is not swept.

use std::io;

use super::Removed;

/// Why a saved scan cannot be read, or is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The file cannot be opened, read or written.
    #[error("could not {doing} the saved scan")]
    Io {
        /// What was tried: `open`, `read`, `write`.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is compressed in the file cannot be read.
    #[error("the saved scan is damaged")]
    Damaged(#[source] io::Error),
    /// The first line is not that of a saved scan.
    #[error("this is no saved scan")]
    NotAnInventory,
    /// Written by a later version, in a form that this one does not know.
    #[error("this saved scan has the form `{0}`, which this version does not know")]
    OtherSchema(String),
    /// There is no closing line: the scan was interrupted, or the file was cut.
    #[error("the saved scan is cut off {}", behind(*line))]
    Truncated {
        /// The last whole line, from 1.
        line: u64,
    },
    /// A line was changed, added, repeated, moved, or comes from another file.
    #[error("line {} of the saved scan was changed or does not belong there", seen_by(*line))]
    Altered {
        /// Its number, from 1.
        line: u64,
    },
    /// Something follows the closing line.
    #[error("something follows the end of the saved scan, in line {line}")]
    AfterEnd {
        /// Its number, from 1.
        line: u64,
    },
    /// Lines were removed; all others are as they were written.
    #[error("lines were removed from the saved scan")]
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
