//! What a bucket's scan adds up to.

use std::collections::HashSet;

use jiff::Timestamp;
use partsweep_core::model::believe::age;
use partsweep_core::{
    Activity, BucketName, Footprint, KeepReason, Listing, StoreError, Upload, UploadAddress,
    Verdict,
};

use super::events::{BucketSummary, Finding, Totals};

/// One upload of a listing, judged.
pub(crate) enum Judged {
    /// What a report shows.
    Found(Box<Finding>),
    /// The store listed it and does not know it.
    Gone(UploadAddress),
    /// So many keys that were not asked for.
    Excluded(u64),
}

impl Judged {
    /// With its last activity and idle time worked out.
    pub(crate) fn found(
        upload: Upload,
        footprint: Footprint,
        verdict: Verdict,
        now: Option<Timestamp>,
        error: Option<StoreError>,
    ) -> Self {
        let last_activity = Activity::of(upload.initiated, &footprint);
        let idle = last_activity
            .at()
            .zip(now)
            .map(|(last, now)| age(last, now));
        Self::Found(Box::new(Finding {
            upload,
            footprint,
            last_activity,
            idle,
            verdict,
            error,
        }))
    }
}

/// Counts while a bucket is scanned.
#[derive(Default)]
pub(crate) struct Tally {
    totals: Totals,
    /// Listed, and unknown when they came to be sized.
    pub(crate) gone: HashSet<UploadAddress>,
    pub(crate) vanished: u64,
    excluded: u64,
    pub(crate) unclear: u64,
}

impl Tally {
    /// Counts it; gives back what is a finding.
    pub(crate) fn count(&mut self, judged: Judged) -> Option<Box<Finding>> {
        match judged {
            Judged::Found(finding) => {
                self.totals.count(&finding);
                self.unclear += u64::from(is_unclear(&finding));
                return Some(finding);
            }
            Judged::Gone(address) => {
                self.gone.insert(address);
            }
            Judged::Excluded(count) => self.excluded += count,
        }
        None
    }

    /// How many uploads were counted, whatever became of them.
    pub(crate) fn listed(&self) -> u64 {
        self.totals.uploads + self.excluded + self.gone.len() as u64
    }

    /// The end of the bucket.
    pub(crate) fn summary(
        self,
        name: BucketName,
        region: Option<String>,
        listing: Listing,
    ) -> BucketSummary {
        let Self {
            totals,
            gone: _,
            vanished,
            excluded,
            unclear,
        } = self;
        BucketSummary {
            name,
            region,
            listing,
            totals,
            vanished,
            excluded,
            unclear,
            asked: None,
            owner: None,
            index: None,
        }
    }
}

/// Whether a finding is kept only because something could not be learned.
fn is_unclear(finding: &Finding) -> bool {
    use KeepReason as Why;
    let unclear = matches!(
        finding.verdict,
        Verdict::Keep(
            Why::AgeUnknown
                | Why::ClockUnproven
                | Why::SizingFailed
                | Why::SizeUnknown
                | Why::CostUnknown
                | Why::KeyUncertain
                | Why::NoSuchUpload
        )
    );
    unclear || finding.error.is_some()
}
