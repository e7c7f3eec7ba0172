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
    /// The first line is not that of a saved scan.
    #[error("this is no saved scan")]
    NotAnInventory,
    /// Written by a later version, in a form that this one does not know.
    #[error("this saved scan has the form `{0}`, which this version does not know")]
    OtherSchema(String),
    /// There is no closing line: the scan was interrupted, or the file was cut.
    #[error("the saved scan is cut off after line {line}")]
    Truncated {
        /// The last whole line, from 1.
        line: u64,
    },
    /// A line was changed, added, repeated, moved, or comes from another file.
    #[error("line {line} of the saved scan was changed or does not belong there")]
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

impl InventoryError {
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
