//! The undo file: what each bucket had before its lifecycle was changed, on disk before the change is sent.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use partsweep_core::lifecycle::change::{FormerLifecycle, NoChange};
use partsweep_core::lifecycle::document::{LONGEST_DOCUMENT, LifecycleDocument};
use partsweep_core::lifecycle::undo::{PastChange, PastEnd, Undo};
use partsweep_core::{BucketName, LifecycleChange, SeenLifecycle};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::files::on_disk::LineFile;

/// The name of the format, and its version.
const FORMAT: &str = "partsweep.lifecycle-undo/1";

/// The longest line, in bytes: three documents, each character of which may be an escape.
const LONGEST_LINE: u64 = 3 * 6 * LONGEST_DOCUMENT as u64 + (1 << 16);

/// Why an undo file can't be written or read.
#[derive(Debug, Error)]
pub enum UndoError {
    /// The file system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is another file.
    #[error("it isn't an undo file of partsweep")]
    OtherFile,
    /// It was written by a later partsweep.
    #[error("it is of format {0}, which this partsweep doesn't know")]
    OtherVersion(String),
    /// A line of it can't be read.
    #[error("line {0} can't be read")]
    Line(usize),
}

/// The first line: of which store it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoHeader {
    format: String,
    /// When it was begun: RFC 3339, UTC.
    pub started: String,
    /// The store's URL.
    pub endpoint: String,
    /// The id of the account, where the store names it.
    pub account: Option<String>,
}

impl UndoHeader {
    /// A header.
    pub fn new(started: Timestamp, endpoint: &str, account: Option<&str>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            started: started.to_string(),
            endpoint: endpoint.to_owned(),
            account: account.map(str::to_owned),
        }
    }
}

/// A line: a change that may have been sent, or how one ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum UndoLine {
    Closed(UndoClosed),
    Change(UndoChange),
    End(UndoEnd),
}

/// The last line: that nothing is missing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoClosed {
    /// How many changes there are.
    changes: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoChange {
    bucket: String,
    /// The document; null for none.
    before: Option<String>,
    default_minimum: Option<String>,
    after: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoEnd {
    bucket: String,
    outcome: String,
    /// The document that the store showed then; null for none, or where it couldn't be read.
    shown: Option<String>,
}

/// An undo file that is being written. Only this user can read it.
#[derive(Debug)]
pub struct UndoFile {
    lines: LineFile,
    /// Written so far.
    changes: AtomicUsize,
}

impl UndoFile {
    /// Makes the file, with the folders above it. Fails if there is one by this name.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn create(path: &Path, header: &UndoHeader) -> Result<Self, UndoError> {
        let lines = LineFile::create(path, header)?;
        Ok(Self {
            lines,
            changes: AtomicUsize::new(0),
        })
    }

    /// Goes on with a file that is open for appending.
    pub fn on(file: File) -> Self {
        Self {
            lines: LineFile::on(file),
            changes: AtomicUsize::new(0),
        }
    }

    /// Writes down what a bucket has, and what it is to have. On disk when this returns.
    pub(super) fn will_write(&self, change: &LifecycleChange) -> Result<(), UndoError> {
        let text = |document: Option<&LifecycleDocument>| document.map(|it| it.text().to_owned());
        let before = change.before();
        self.add(&UndoLine::Change(UndoChange {
            bucket: change.bucket().as_str().to_owned(),
            before: text(before.document.as_ref()),
            default_minimum: before.default_minimum.clone(),
            after: text(change.after()),
        }))?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Writes the last line: all changes are there.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn close(&self) -> Result<(), UndoError> {
        let changes = self.changes.load(Ordering::Relaxed);
        self.add(&UndoLine::Closed(UndoClosed { changes }))
    }

    /// Writes down how a change ended, and what the bucket has now.
    pub(super) fn ended(
        &self,
        bucket: &BucketName,
        outcome: &str,
        shown: Option<&SeenLifecycle>,
    ) -> Result<(), UndoError> {
        let shown = shown.and_then(|seen| seen.document.as_ref());
        self.add(&UndoLine::End(UndoEnd {
            bucket: bucket.as_str().to_owned(),
            outcome: outcome.to_owned(),
            shown: shown.map(|document| document.text().to_owned()),
        }))
    }

    fn add(&self, line: &impl Serialize) -> Result<(), UndoError> {
        Ok(self.lines.add(line)?)
    }
}

/// An undo file that was read.
#[derive(Debug)]
pub struct UndoRead {
    /// Of which store it is.
    pub header: UndoHeader,
    /// The changes in their order.
    pub entries: Vec<LifecycleEntry>,
    /// Its end is there: without it, the run was interrupted or the file was cut, and buckets may be missing.
    pub is_whole: bool,
}

/// A change of an undo file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleEntry {
    /// The bucket.
    pub bucket: BucketName,
    /// What it had before.
    pub before: FormerLifecycle,
    /// What was written.
    pub written: Option<LifecycleDocument>,
    /// What the store showed at the end, if it showed a document.
    pub shown: Option<LifecycleDocument>,
    /// How it ended; none if partsweep was interrupted.
    pub outcome: Option<String>,
}

impl LifecycleEntry {
    /// The change that takes this one back, by what is there now.
    ///
    /// # Errors
    ///
    /// Where it is as before already, or was changed by someone since.
    pub fn undo(&self, now: SeenLifecycle) -> Result<Undo, NoChange> {
        let past = PastChange {
            before: self.before.clone(),
            written: self.written.clone(),
            shown: self.shown.clone(),
            end: match self.outcome.as_deref() {
                None | Some("unverified") => PastEnd::Unseen,
                Some("ruined") => PastEnd::Ruined,
                Some("changed_by_another") => PastEnd::Foreign,
                Some(_) => PastEnd::Seen,
            },
        };
        past.undo(now)
    }
}

/// Reads an undo file.
///
/// # Errors
///
/// If it isn't an undo file, or a line of it can't be read.
pub fn read_undo(path: &Path) -> Result<UndoRead, UndoError> {
    let mut input = BufReader::new(File::open(path)?);
    let mut number = 0;
    let mut next = || -> Result<Option<Vec<u8>>, UndoError> {
        number += 1;
        let mut line = Vec::new();
        (&mut input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        Ok((line.pop() == Some(b'\n')).then_some(line))
    };
    let first = next()?.ok_or(UndoError::OtherFile)?;
    let named: serde_json::Value =
        serde_json::from_slice(&first).map_err(|_| UndoError::OtherFile)?;
    match named.get("format").and_then(|format| format.as_str()) {
        Some(FORMAT) => {}
        Some(other) if other.starts_with("partsweep.lifecycle-undo/") => {
            return Err(UndoError::OtherVersion(other.to_owned()));
        }
        _ => return Err(UndoError::OtherFile),
    }
    let header = serde_json::from_value(named).map_err(|_| UndoError::OtherFile)?;
    let mut entries: Vec<LifecycleEntry> = Vec::new();
    let mut at = 1;
    let mut is_whole = false;
    while let Some(line) = next()? {
        at += 1;
        is_whole = false;
        let bad = || UndoError::Line(at);
        let document = |text: Option<String>| {
            let read = text.map(LifecycleDocument::read).transpose();
            read.map_err(|_| bad())
        };
        match serde_json::from_slice(&line).map_err(|_| bad())? {
            UndoLine::Closed(closed) => is_whole = closed.changes == entries.len(),
            UndoLine::Change(change) => entries.push(LifecycleEntry {
                bucket: BucketName::new(change.bucket).map_err(|_| bad())?,
                before: FormerLifecycle {
                    document: document(change.before)?,
                    default_minimum: change.default_minimum,
                },
                written: document(change.after)?,
                shown: None,
                outcome: None,
            }),
            UndoLine::End(end) => {
                let is_of = |entry: &&mut LifecycleEntry| {
                    entry.bucket.as_str() == end.bucket && entry.outcome.is_none()
                };
                let entry = entries.iter_mut().rev().find(is_of).ok_or_else(bad)?;
                entry.shown = document(end.shown)?;
                entry.outcome = Some(end.outcome);
            }
        }
    }
    Ok(UndoRead {
        header,
        entries,
        is_whole,
    })
}
