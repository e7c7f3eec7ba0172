//! What a person sees of a plan before agreeing to it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::PlannedUpload;
use crate::model::activity::Activity;
use crate::model::footprint::Amount;
use crate::model::name::BucketName;

/// The largest uploads that are shown by name.
const SHOWN: usize = 3;

/// Sums over a plan, and its largest uploads.
#[derive(Debug, Clone, Default)]
pub struct PlanSummary {
    /// How many uploads.
    pub uploads: u64,
    known_bytes: u64,
    /// Uploads whose size is not known exactly.
    pub unsized_uploads: u64,
    /// The oldest last activity, UTC.
    pub oldest: Option<Timestamp>,
    /// The newest last activity, UTC.
    pub newest: Option<Timestamp>,
    /// The three largest, the largest first.
    pub largest: Vec<PlannedUpload>,
    /// The buckets that they are in.
    pub buckets: BTreeSet<BucketName>,
}

impl PlanSummary {
    /// The sum of their bytes; at least, if a size is not known.
    pub fn bytes(&self) -> Amount {
        if self.unsized_uploads == 0 {
            Amount::Exact(self.known_bytes)
        } else {
            Amount::AtLeast(self.known_bytes)
        }
    }

    /// Counts one more upload.
    pub fn count(&mut self, planned: &PlannedUpload) {
        let bytes = planned.footprint.bytes;
        self.uploads += 1;
        let sum = self.known_bytes.checked_add(bytes.known());
        self.known_bytes = sum.unwrap_or(self.known_bytes);
        // A sum that overflows is no sum: a size was not what it said (law 13).
        self.unsized_uploads += u64::from(bytes.exact().is_none() || sum.is_none());
        let activity = Activity::of(planned.upload.initiated, &planned.footprint).at();
        self.oldest = self.oldest.into_iter().chain(activity).min();
        self.newest = self.newest.max(activity);
        let bucket = &planned.upload.address.bucket;
        if !self.buckets.contains(bucket) {
            self.buckets.insert(bucket.clone());
        }
        let size = |planned: &PlannedUpload| planned.footprint.bytes.known();
        let place = self
            .largest
            .partition_point(|larger| size(larger) >= size(planned));
        if place < SHOWN {
            self.largest.insert(place, planned.clone());
            self.largest.truncate(SHOWN);
        }
    }
}
