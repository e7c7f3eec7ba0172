//! From a saved scan to a plan, and from the plan back to its uploads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use jiff::SignedDuration;
use partsweep_core::model::believe::age;
use partsweep_core::{Activity, Amount, BucketName, Plan, PlanBuilder, PlannedUpload, Terms};

use super::line::Sums;
use super::{Entry, Header, InventoryError, InventoryReader, SavedBucket, SavedUpload};
use crate::plan_source::{PlanSource, SourceError};

/// A saved scan that is as it was written, apart from lines that were removed.
#[derive(Debug)]
pub struct Checked {
    /// What was scanned.
    pub header: Header,
    /// Names this scan and what it says is to be swept, on whatever terms: 64 hexadecimal digits.
    /// Another scan has another, also of the same uploads.
    pub id: String,
    /// What it says is to be swept.
    pub plan: Plan,
    /// The same by bucket: how many uploads, and their bytes.
    pub by_bucket: BTreeMap<BucketName, (u64, Amount)>,
    /// Uploads that the scan kept.
    pub kept: u64,
    /// How far each bucket was seen.
    pub buckets: Vec<SavedBucket>,
    /// Buckets of which there are uploads and no line: how far they were seen is not known.
    pub untold_buckets: BTreeSet<BucketName>,
    /// What was removed by hand.
    pub removed: Removed,
}

/// Lines that were removed from a saved scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Buckets.
    pub buckets: u64,
    /// Uploads, those that were kept included.
    pub uploads: u64,
    /// Uploads that were to be swept.
    pub sweep_uploads: u64,
    /// Their bytes, as far as known.
    pub sweep_bytes: u64,
}

/// Reads a saved scan once, in constant memory but for the names and the line of each bucket.
///
/// Anything changed, added, repeated or out of its place is refused. Lines that were removed are
/// refused as [`InventoryError::Edited`], which says what they were, unless `allow_edited`.
pub fn check<R: BufRead>(
    mut reader: InventoryReader<R>,
    allow_edited: bool,
    terms: Terms,
) -> Result<Checked, InventoryError> {
    let mut plan = PlanBuilder::new(terms);
    let mut whole = PlanBuilder::new(Terms::older_than(SignedDuration::ZERO));
    let mut seen = Sums::default();
    let mut by_bucket = BTreeMap::new();
    let mut buckets = Vec::new();
    let mut untold_buckets = BTreeSet::new();
    while let Some(entry) = reader.next_entry()? {
        match entry {
            Entry::Bucket(bucket) => {
                seen.buckets += 1;
                buckets.push(bucket);
            }
            Entry::Upload(upload) => {
                seen.uploads += 1;
                let bucket = &upload.planned.upload.address.bucket;
                note(&mut untold_buckets, bucket);
                if upload.sweep {
                    seen.sweep_uploads += 1;
                    let bytes = upload.planned.footprint.bytes.known();
                    seen.sweep_bytes = seen.sweep_bytes.saturating_add(bytes);
                    if is_old_enough(&upload, reader.header(), terms) {
                        plan.add(&upload.planned);
                        add(&mut by_bucket, &upload.planned);
                    }
                    whole.add(&upload.planned);
                }
            }
        }
    }
    let line = reader.line();
    let (end, digest_holds) = reader.end().ok_or(InventoryError::Truncated { line })?;
    let removed = removed(&end.sums, &seen).ok_or(InventoryError::Altered { line })?;
    // Nothing is missing by count, and still it is not the same file.
    if !digest_holds && removed == Removed::default() {
        return Err(InventoryError::Altered { line });
    }
    if removed != Removed::default() && !allow_edited {
        return Err(InventoryError::Edited(removed));
    }
    for bucket in &buckets {
        // A name that cannot be is that of no upload.
        if let Ok(name) = BucketName::new(&bucket.name) {
            untold_buckets.remove(&name);
        }
    }
    Ok(Checked {
        id: reader.id_with(whole.finish().digest()),
        header: reader.header().clone(),
        plan: plan.finish(),
        by_bucket,
        kept: seen.uploads - seen.sweep_uploads,
        buckets,
        untold_buckets,
        removed,
    })
}

/// Adds a name, copied once only.
fn note(names: &mut BTreeSet<BucketName>, name: &BucketName) {
    if !names.contains(name) {
        names.insert(name.clone());
    }
}

/// Adds an upload to the sums of its bucket.
fn add(by_bucket: &mut BTreeMap<BucketName, (u64, Amount)>, planned: &PlannedUpload) {
    let bucket = &planned.upload.address.bucket;
    let more = planned.footprint.bytes;
    match by_bucket.get_mut(bucket) {
        Some((uploads, bytes)) => {
            *uploads += 1;
            let exact = bytes.exact().zip(more.exact());
            *bytes = match exact.and_then(|(sum, more)| sum.checked_add(more)) {
                Some(sum) => Amount::Exact(sum),
                None => Amount::AtLeast(bytes.known().saturating_add(more.known())),
            };
        }
        None => {
            by_bucket.insert(bucket.clone(), (1, more));
        }
    }
}

/// Whether an upload was old enough, at the time of the scan, for an age that is higher than the
/// scan's own. What got older since is left for a new scan.
fn is_old_enough(upload: &SavedUpload, header: &Header, terms: Terms) -> bool {
    let SavedUpload { planned, .. } = upload;
    terms.older_than <= header.selection.older_than()
        || match Activity::of(planned.upload.initiated, &planned.footprint) {
            Activity::At(time) => age(time, header.started) >= terms.older_than,
            Activity::Unknown => false,
        }
}

fn removed(written: &Sums, seen: &Sums) -> Option<Removed> {
    Some(Removed {
        buckets: written.buckets.checked_sub(seen.buckets)?,
        uploads: written.uploads.checked_sub(seen.uploads)?,
        sweep_uploads: written.sweep_uploads.checked_sub(seen.sweep_uploads)?,
        sweep_bytes: written.sweep_bytes.checked_sub(seen.sweep_bytes)?,
    })
}

/// The uploads of a saved scan that are to be swept, read again for the sweep.
#[derive(Debug)]
pub struct Uploads<R> {
    reader: InventoryReader<R>,
    terms: Terms,
}

impl<R: BufRead> Uploads<R> {
    /// Reads from the beginning, those that a plan on these terms names.
    pub fn of(reader: InventoryReader<R>, terms: Terms) -> Self {
        Self { reader, terms }
    }
}

impl<R: BufRead + Send> PlanSource for Uploads<R> {
    async fn next(&mut self, count: usize) -> Result<Vec<PlannedUpload>, SourceError> {
        let mut uploads = Vec::with_capacity(count);
        while uploads.len() < count {
            match self.reader.next_entry()? {
                Some(Entry::Upload(upload))
                    if upload.sweep && is_old_enough(&upload, self.reader.header(), self.terms) =>
                {
                    uploads.push(upload.planned);
                }
                Some(_) => {}
                None => break,
            }
        }
        Ok(uploads)
    }
}
