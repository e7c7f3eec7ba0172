//! Reads a saved scan, line by line, in constant memory.

use std::io::{self, BufRead};

use partsweep_core::{PlanDigest, PlannedUpload};
use sha2::{Digest as _, Sha256};

use super::InventoryError;
use super::line::{EndLine, Header, InventoryLine, SCHEMA, SavedBucket, SavedVerdict, Seal, hex};
use crate::files::lines::Lines;

/// One line of a saved scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An upload.
    Upload(SavedUpload),
    /// A bucket that was done.
    Bucket(SavedBucket),
}

/// An upload as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedUpload {
    /// As it was seen.
    pub planned: PlannedUpload,
    /// Whether it is to be swept.
    pub sweep: bool,
    /// Why, or why not.
    pub because: String,
}

/// Reads the lines of a saved scan, each as it was written or not at all.
#[derive(Debug)]
pub struct InventoryReader<R> {
    lines: Lines<R>,
    header: Header,
    seal: Seal,
    hash: Sha256,
    line: u64,
    n: u64,
    end: Option<EndLine>,
    digest_holds: bool,
}

impl<R: BufRead> InventoryReader<R> {
    /// Reads the header.
    pub fn open(input: R) -> Result<Self, InventoryError> {
        let mut lines = Lines::new(input);
        let line = lines.next().map_err(read_error(0))?;
        let Some(line) = line else {
            return Err(InventoryError::NotAnInventory);
        };
        if let Ok(schema) = serde_json::from_slice::<Schema>(line.bytes)
            && schema.schema != SCHEMA
            && schema.schema.starts_with("partsweep.inventory/")
        {
            return Err(InventoryError::OtherSchema(schema.schema));
        }
        let header = match serde_json::from_slice(line.bytes) {
            Ok(InventoryLine::Header(header)) if header.schema == SCHEMA => header.into(),
            _ => return Err(InventoryError::NotAnInventory),
        };
        if !line.closed {
            return Err(InventoryError::Truncated { line: 0 });
        }
        let seal = Seal::of(line.bytes);
        let hash = Sha256::new().chain_update(line.bytes).chain_update(b"\n");
        Ok(Self {
            lines,
            header,
            seal,
            hash,
            line: 1,
            n: 0,
            end: None,
            digest_holds: false,
        })
    }

    /// What was scanned.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Names this file and these uploads of it.
    pub(super) fn id_with(&self, uploads: PlanDigest) -> String {
        self.seal.with(uploads.to_string().as_bytes())
    }

    /// The next line; `None` after the closing one.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, InventoryError> {
        if self.end.is_some() {
            return Ok(None);
        }
        let cut = InventoryError::Truncated { line: self.line };
        let line = self.lines.next().map_err(read_error(self.line))?;
        let Some(line) = line.filter(|line| line.closed) else {
            return Err(cut);
        };
        self.line += 1;
        let altered = || InventoryError::Altered { line: self.line };
        if !self.seal.holds(line.bytes) {
            return Err(altered());
        }
        let read = serde_json::from_slice(line.bytes).map_err(|_| altered())?;
        let (n, entry) = match read {
            InventoryLine::Header(_) => return Err(altered()),
            InventoryLine::Bucket { n, bucket } => (n, Some(Entry::Bucket(bucket))),
            InventoryLine::Upload {
                n,
                upload,
                verdict,
                because,
            } => {
                let upload = SavedUpload {
                    planned: upload.planned().map_err(|_| altered())?,
                    sweep: verdict == SavedVerdict::Sweep,
                    because: because.into_owned(),
                };
                (n, Some(Entry::Upload(upload)))
            }
            InventoryLine::End(end) => {
                self.digest_holds = hex(&self.hash.clone().finalize()) == end.sha256;
                let n = end.n;
                self.end = Some(end);
                (n, None)
            }
        };
        // Each line has a number, so none comes twice or out of its place.
        if n <= self.n {
            return Err(altered());
        }
        self.n = n;
        self.hash.update(line.bytes);
        self.hash.update(b"\n");
        if entry.is_none() {
            let after = InventoryError::AfterEnd {
                line: self.line + 1,
            };
            let line = self.lines.next().map_err(read_error(self.line))?;
            if line.is_some() {
                return Err(after);
            }
        }
        Ok(entry)
    }

    /// The closing line, and whether every byte before it is as it was.
    pub(super) fn end(&self) -> Option<(&EndLine, bool)> {
        self.end.as_ref().map(|end| (end, self.digest_holds))
    }

    /// The line that was read last, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

/// A compressed file that was cut ends in the middle of a frame. What the system did not say, the
/// decoder did.
fn read_error(line: u64) -> impl FnOnce(io::Error) -> InventoryError {
    move |error| match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::UnexpectedEof, _) => InventoryError::Truncated { line },
        (_, None) => InventoryError::Damaged(error),
        (_, Some(_)) => InventoryError::io("read")(error),
    }
}

#[derive(serde::Deserialize)]
struct Schema {
    schema: String,
}
