//! Identifies what a plan names.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{PlannedUpload, Terms};
use crate::model::footprint::Amount;

/// Identifies the exact contents of a plan, or of a thousand uploads of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlanDigest([u8; 32]);

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Up to a thousand uploads on their way into a digest.
#[derive(Debug, Default)]
pub(super) struct OpenChunk {
    hash: Sha256,
    uploads: usize,
}

impl OpenChunk {
    pub(super) fn add(&mut self, PlannedUpload { upload, footprint }: &PlannedUpload) {
        self.uploads += 1;
        let address = &upload.address;
        for name in [
            address.bucket.as_str(),
            address.key.as_str(),
            address.id.as_str(),
        ] {
            self.hash.update((name.len() as u64).to_be_bytes());
            self.hash.update(name);
        }
        for amount in [footprint.parts, footprint.bytes] {
            self.hash
                .update([matches!(amount, Amount::Exact(_)).into()]);
            self.hash.update(amount.known().to_be_bytes());
        }
        for time in [upload.initiated, footprint.newest_part] {
            let time = time.map_or(i128::MIN, Timestamp::as_nanosecond);
            self.hash.update(time.to_be_bytes());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.uploads
    }

    pub(super) fn close(self) -> PlanDigest {
        PlanDigest(self.hash.finalize().into())
    }
}

/// The digest of a chunk that is at hand whole.
pub(super) fn of_chunk(uploads: &[PlannedUpload]) -> PlanDigest {
    let mut chunk = OpenChunk::default();
    uploads.iter().for_each(|planned| chunk.add(planned));
    chunk.close()
}

pub(super) fn of_plan(terms: Terms, chunks: &[PlanDigest]) -> PlanDigest {
    let mut hash = Sha256::new();
    hash.update(terms.older_than.as_secs().to_be_bytes());
    hash.update([u8::from(terms.include_finished)]);
    for PlanDigest(chunk) in chunks {
        hash.update(chunk);
    }
    PlanDigest(hash.finalize().into())
}
