//! What a sweep that is over left in doubt.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::entries::JournalHeader;
use super::error::{Attempt, JournalError};
use super::file;
use super::line::JournalLine;
use super::read::read;

/// More than a closing line has.
const TAIL: u64 = 4_096;

/// A sweep that left something in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsettledJournal {
    /// Which sweep.
    pub header: JournalHeader,
    /// Uploads whose object may be in danger.
    pub uploads: u64,
}

/// What a sweep at this store left in doubt; `None` if nothing, or if it is still at work.
///
/// A journal that was closed with nothing in danger is not read but for its ends. What is wrong
/// with a journal of another store is no error.
pub fn left(path: &Path, endpoint: &str) -> Result<Option<UnsettledJournal>, JournalError> {
    let header = match file::peek(path) {
        Ok(header) if header.endpoint == endpoint => header,
        _ => return Ok(None),
    };
    if file::is_held(path)? || ended_well(path).map_err(JournalError::io(Attempt::Read))? {
        return Ok(None);
    }
    let journal = File::open(path).map_err(JournalError::io(Attempt::Open))?;
    let recovered = read(BufReader::with_capacity(1 << 16, journal))?;
    let in_danger = recovered.in_doubt.iter().filter(|doubt| !doubt.settled);
    let uploads = in_danger.count() as u64;
    Ok((uploads > 0).then_some(UnsettledJournal { header, uploads }))
}

/// Whether the last line says that the sweep came to its end, and that nothing was in danger.
fn ended_well(path: &Path) -> io::Result<bool> {
    let mut journal = File::open(path)?;
    let length = journal.metadata()?.len();
    journal.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    journal.take(TAIL).read_to_end(&mut tail)?;
    let Some(tail) = tail.strip_suffix(b"\n") else {
        return Ok(false);
    };
    let last = tail.rsplit(|byte| *byte == b'\n').next();
    Ok(last.is_some_and(|line| {
        matches!(serde_json::from_slice(line), Ok(JournalLine::End { totals, .. }) if totals.is_harmless())
    }))
}
