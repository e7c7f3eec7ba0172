//! What a scan tells.

use jiff::SignedDuration;
use partsweep_core::{
    Activity, BucketList, BucketName, Footprint, KeepReason, Listing, MissingBuckets,
    PlannedUpload, StoreError, Upload, Verdict,
};

use super::index::IndexCheck;
use crate::listing::search::KeysAsked;

/// News from a running scan. Events of several buckets come mixed; those of one bucket come in
/// order, its [`BucketDone`](ScanEvent::BucketDone) last.
#[derive(Debug)]
pub enum ScanEvent {
    /// These buckets will be listed, in the order in which the account or the user named them.
    /// Sent once, first.
    Buckets(BucketList),
    /// The account may have more buckets than were shown, for this reason. Sent right after
    /// [`Buckets`](ScanEvent::Buckets).
    BucketsMissing(MissingBuckets),
    /// So many more uploads were seen in a listing. Where there are many, a second listing runs ahead
    /// of the sizing, so that this comes early; what changes meanwhile makes it inexact.
    Listed {
        /// All that are looked at.
        uploads: u64,
        /// Those that are asked for their parts.
        to_size: u64,
    },
    /// All uploads have been told by [`Listed`](ScanEvent::Listed), and there are many left to size.
    AllListed,
    /// So many more keys were asked for one by one.
    KeysAsked(u64),
    /// One upload, sized and judged.
    Found(Box<Finding>),
    /// A bucket is finished.
    BucketDone(Box<BucketSummary>),
}

/// An upload with what is known of it, and what is to become of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The upload as listed.
    pub upload: Upload,
    /// Its parts; [`Footprint::UNKNOWN`] if they were not asked for or could not be listed.
    pub footprint: Footprint,
    /// When something last happened to it.
    pub last_activity: Activity,
    /// How long ago that was, by the store's own clock; none if either is unknown.
    pub idle: Option<SignedDuration>,
    /// Sweep or keep.
    pub verdict: Verdict,
    /// Why its parts could not be listed.
    pub error: Option<StoreError>,
}

impl Finding {
    /// The upload as a plan names it, if it is to be swept.
    pub fn planned(&self) -> Option<PlannedUpload> {
        (self.verdict == Verdict::Sweep).then(|| PlannedUpload {
            upload: self.upload.clone(),
            footprint: self.footprint,
        })
    }
}

/// Sums over findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Uploads found.
    pub uploads: u64,
    /// Their parts, as far as known.
    pub parts: u64,
    /// Their bytes, as far as known.
    pub bytes: u64,
    /// Uploads whose size is not known exactly: if above 0, `bytes` is a lower bound.
    pub unsized_uploads: u64,
    /// Uploads to be swept.
    pub sweepable_uploads: u64,
    /// Their bytes, as far as known.
    pub sweepable_bytes: u64,
    /// Uploads to be swept whose size is not known exactly.
    pub sweepable_unsized: u64,
    /// The other uploads.
    pub skipped: Skipped,
}

/// How many uploads are not to be swept, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped([u64; KeepReason::ALL.len()]);

impl Skipped {
    /// The reasons that there are, with the number of uploads.
    pub fn iter(&self) -> impl Iterator<Item = (KeepReason, u64)> {
        let all = KeepReason::ALL.into_iter().zip(self.0);
        all.filter(|(_, uploads)| *uploads > 0)
    }

    fn count(&mut self, reason: KeepReason) {
        if let Some(uploads) = self.0.get_mut(reason as usize) {
            *uploads += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        for (uploads, more) in self.0.iter_mut().zip(other.0) {
            *uploads += more;
        }
    }
}

impl Totals {
    /// Counts one more finding.
    pub fn count(&mut self, finding: &Finding) {
        let Footprint { parts, bytes, .. } = finding.footprint;
        let unsized_uploads = u64::from(bytes.exact().is_none());
        let is_swept = u64::from(finding.verdict == Verdict::Sweep);
        if let Verdict::Keep(reason) = finding.verdict {
            self.skipped.count(reason);
        }
        self.sum_up(&Self {
            uploads: 1,
            parts: parts.known(),
            bytes: bytes.known(),
            unsized_uploads,
            sweepable_uploads: is_swept,
            sweepable_bytes: is_swept * bytes.known(),
            sweepable_unsized: is_swept * unsized_uploads,
            skipped: Skipped::default(),
        });
    }

    /// Adds the totals of another bucket.
    pub fn add(&mut self, other: &Self) {
        self.skipped.add(&other.skipped);
        self.sum_up(other);
    }

    fn sum_up(&mut self, other: &Self) {
        self.uploads += other.uploads;
        self.parts = self.parts.saturating_add(other.parts);
        self.unsized_uploads += other.unsized_uploads;
        self.sweepable_uploads += other.sweepable_uploads;
        self.sweepable_unsized += other.sweepable_unsized;
        // A sum that overflows is no sum: a size was not what it said (law 13).
        if !sum(&mut self.bytes, other.bytes) {
            self.unsized_uploads += 1;
        }
        if !sum(&mut self.sweepable_bytes, other.sweepable_bytes) {
            self.sweepable_unsized += 1;
        }
    }
}

/// Adds, unless that overflows.
fn sum(total: &mut u64, bytes: u64) -> bool {
    let sum = total.checked_add(bytes);
    *total = sum.unwrap_or(*total);
    sum.is_some()
}

/// The end of one bucket's scan.
#[derive(Debug, Clone)]
pub struct BucketSummary {
    /// The bucket.
    pub name: BucketName,
    /// Its region, where it is known.
    pub region: Option<String>,
    /// How far the listing can be believed.
    pub listing: Listing,
    /// Sums over its findings.
    pub totals: Totals,
    /// Uploads that were listed and gone when they came to be sized: completed or aborted in
    /// between. They are no findings.
    pub vanished: u64,
    /// Uploads left out by `--include` and `--exclude`. They are no findings.
    pub excluded: u64,
    /// Findings that are kept only because something about them could not be learned: their
    /// parts, their age, their key. Above 0, the scan is partial.
    pub unclear: u64,
    /// What asking for keys one by one came to, if that was done.
    pub asked: Option<KeysAsked>,
    /// The user who owns it, in a scan of all users: hostile text.
    pub owner: Option<String>,
    /// How what was listed stands to the store's own count, in a scan of all users that listed it completely.
    pub index: Option<IndexCheck>,
}

impl BucketSummary {
    /// Whether all there is was seen and understood (law 8): in a bucket that is gone, nothing is.
    pub fn is_whole(&self) -> bool {
        let is_seen = matches!(self.listing, Listing::Complete | Listing::Gone(_));
        let hides_some = self
            .index
            .as_ref()
            .is_some_and(IndexCheck::may_hide_uploads);
        is_seen && self.unclear == 0 && !hides_some
    }
}
