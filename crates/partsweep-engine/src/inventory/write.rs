//! Writes a scan as it comes.

use std::io::{self, ErrorKind, Write};

use partsweep_core::model::random::random;
use partsweep_core::{PlannedUpload, Verdict};
use sha2::{Digest as _, Sha256};

use super::line::{
    EndLine, Header, InventoryHeaderLine, InventoryLine, SavedVerdict, Seal, Sums, hex,
};
use crate::files::json;
use crate::files::lines::LONGEST_LINE;
use crate::files::records::UploadRecord;
use crate::scan::events::{BucketSummary, Finding};

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Uploads.
    pub uploads: u64,
    /// Those to be swept.
    pub sweep_uploads: u64,
    /// Their bytes, as far as known.
    pub sweep_bytes: u64,
}

/// Writes a saved scan, line by line.
#[derive(Debug)]
pub struct InventoryWriter<W> {
    out: W,
    seal: Seal,
    hash: Sha256,
    n: u64,
    sums: Sums,
}

impl<W: Write> InventoryWriter<W> {
    /// Writes the header.
    pub fn new(out: W, header: &Header) -> io::Result<Self> {
        let id = format!("{:032x}", random());
        let mut line = Vec::new();
        json::write(
            &mut line,
            &InventoryLine::Header(InventoryHeaderLine::new(header, id)),
        )?;
        let mut writer = Self {
            out,
            seal: Seal::of(&line),
            hash: Sha256::new(),
            n: 0,
            sums: Sums::default(),
        };
        writer.line(line)?;
        Ok(writer)
    }

    /// Writes one upload.
    pub fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let planned = PlannedUpload {
            upload: finding.upload.clone(),
            footprint: finding.footprint,
        };
        let sweep = finding.verdict == Verdict::Sweep;
        self.sums.uploads += 1;
        if sweep {
            self.sums.sweep_uploads += 1;
            let bytes = finding.footprint.bytes.known();
            self.sums.sweep_bytes = self.sums.sweep_bytes.saturating_add(bytes);
        }
        let n = self.next();
        self.sealed(&InventoryLine::Upload {
            n,
            upload: Box::new(UploadRecord::from(&planned)),
            verdict: match sweep {
                true => SavedVerdict::Sweep,
                false => SavedVerdict::Keep,
            },
            because: finding.verdict.because().into(),
        })
    }

    /// Writes that a bucket is done, and how far it was seen.
    pub fn bucket(&mut self, summary: &BucketSummary) -> io::Result<()> {
        self.sums.buckets += 1;
        let n = self.next();
        let bucket = summary.into();
        self.sealed(&InventoryLine::Bucket { n, bucket })
    }

    /// Writes the closing line. Without it, the file is refused.
    pub fn finish(mut self) -> io::Result<(W, Saved)> {
        let sums = self.sums;
        let end = EndLine {
            n: self.next(),
            sums,
            sha256: hex(&self.hash.clone().finalize()),
        };
        self.sealed(&InventoryLine::End(end))?;
        self.out.flush()?;
        let saved = Saved {
            uploads: sums.uploads,
            sweep_uploads: sums.sweep_uploads,
            sweep_bytes: sums.sweep_bytes,
        };
        Ok((self.out, saved))
    }

    fn next(&mut self) -> u64 {
        self.n += 1;
        self.n
    }

    fn sealed(&mut self, line: &InventoryLine<'_>) -> io::Result<()> {
        let mut object = Vec::with_capacity(512);
        json::write(&mut object, line)?;
        self.seal.close(&mut object);
        self.line(object)
    }

    /// Refuses a line that is too long to be read again: better no saved scan than one that cannot
    /// be applied.
    fn line(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        if line.len() > LONGEST_LINE {
            let why = format!("a line would have {} bytes, above 1 MiB", line.len());
            return Err(io::Error::new(ErrorKind::InvalidData, why));
        }
        self.hash.update(&line);
        self.out.write_all(&line)
    }
}
