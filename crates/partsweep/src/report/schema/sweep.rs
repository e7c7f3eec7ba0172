//! `partsweep.sweep/1`: what became of every upload.

use partsweep_core::{Outcome, OutcomeKind, Verdict};
use partsweep_engine::{Finding, SweepTotals, SweptUpload};
use serde::{Serialize, Serializer};

use crate::report::schema::cost::CostRecord;
use crate::report::schema::json::Moment;
use crate::report::schema::upload::{ErrorRecord, ObjectRecord, UploadRecord};
use crate::report::seen::End;

/// The name and version of the format.
pub(crate) const SCHEMA: &str = "partsweep.sweep/1";

/// An upload with its outcome.
#[derive(Debug, Serialize)]
pub(crate) struct OutcomeRecord<'a> {
    #[serde(flatten)]
    pub(crate) upload: UploadRecord<'a>,
    pub(crate) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) because: Option<&'static str>,
    pub(crate) bytes_freed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
    /// A spare copy that is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    spare: Option<&'a str>,
    /// The object in danger.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<ObjectRecord<'a>>,
}

impl<'a> OutcomeRecord<'a> {
    /// An upload that the scan found reason to keep; `None` if it was to be swept.
    pub(crate) fn kept(finding: &'a Finding) -> Option<Self> {
        let Verdict::Keep(reason) = finding.verdict else {
            return None;
        };
        Some(Self {
            upload: UploadRecord::new(&finding.upload, &finding.footprint),
            outcome: Outcome::Kept(reason).code(),
            because: Some(reason.code()),
            bytes_freed: Some(0),
            error: finding.error.as_ref().map(Into::into),
            spare: None,
            object: None,
        })
    }
}

impl<'a> From<&'a SweptUpload> for OutcomeRecord<'a> {
    fn from(swept: &'a SweptUpload) -> Self {
        Self {
            upload: UploadRecord::new(&swept.planned.upload, &swept.planned.footprint),
            outcome: swept.outcome.code(),
            because: swept.outcome.because(),
            bytes_freed: swept.bytes_freed(),
            error: swept.outcome.error().map(Into::into),
            spare: match &swept.outcome {
                Outcome::Repaired(spare) => spare.as_ref(),
                Outcome::AtRisk(at_risk) => at_risk.spare.as_ref(),
                _ => None,
            }
            .map(|spare| spare.name.key().as_str()),
            object: match &swept.outcome {
                Outcome::AtRisk(at_risk) => Some((&at_risk.object).into()),
                _ => None,
            },
        }
    }
}

/// Sums over outcomes. Their `kept` counts those that the scan kept, too.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutcomeTotals {
    swept: SweepTotals,
    kept_by_scan: u64,
}

impl OutcomeTotals {
    /// Sums of a sweep that is over.
    pub(crate) fn of(swept: &SweepTotals) -> Self {
        Self {
            swept: *swept,
            ..Self::default()
        }
    }

    /// Counts an upload that the scan kept.
    pub(crate) fn count_kept(&mut self) {
        self.kept_by_scan += 1;
    }

    /// Counts an upload of the plan.
    pub(crate) fn count(&mut self, swept: &SweptUpload) {
        self.swept.count(swept);
    }

    /// Adds what an interrupted sweep of the same plan did.
    pub(crate) fn add(&mut self, earlier: &SweepTotals) {
        self.swept.add(earlier);
    }

    /// What became of the plan.
    pub(crate) fn swept(&self) -> &SweepTotals {
        &self.swept
    }

    /// Whether something was freed whose size was never known.
    pub(crate) fn has_unsized(&self) -> bool {
        self.swept.unsized_aborted > 0
    }

    /// The sum as it is written.
    pub(crate) fn record(&self) -> OutcomeTotalsRecord {
        let mut totals = self.swept;
        totals[OutcomeKind::Kept] += self.kept_by_scan;
        let unsized_aborted = totals.unsized_aborted;
        let nothing_known = unsized_aborted > 0 && unsized_aborted == totals[OutcomeKind::Aborted];
        OutcomeTotalsRecord {
            uploads: totals.uploads(),
            bytes_freed: (!nothing_known).then_some(totals.bytes_freed),
            unsized_aborted,
            outcomes: OutcomeCounts(totals),
        }
    }
}

/// Sums over outcomes, as written.
#[derive(Debug, Serialize)]
pub(crate) struct OutcomeTotalsRecord {
    uploads: u64,
    /// The known ones added up; `null` if it is not known of any.
    bytes_freed: Option<u64>,
    /// Aborted uploads that `bytes_freed` leaves out.
    #[serde(rename = "unsized")]
    unsized_aborted: u64,
    #[serde(flatten)]
    outcomes: OutcomeCounts,
}

/// How many uploads came to each outcome, by its word.
#[derive(Debug)]
struct OutcomeCounts(SweepTotals);

impl Serialize for OutcomeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.by_code())
    }
}

/// A bucket's totals.
#[derive(Debug, Serialize)]
pub(crate) struct SweptBucketTotals {
    pub(crate) totals: OutcomeTotalsRecord,
    /// What was freed in it cost; `null` where nothing is known.
    pub(crate) cost: Option<CostRecord>,
}

/// The end of the document.
#[derive(Debug, Serialize)]
pub(crate) struct SweepTail {
    provider: &'static str,
    bucket_list: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_list_why: Option<&'static str>,
    finished: Moment,
    interrupted: bool,
    /// What was done before an interruption, and is in `totals` too.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<OutcomeTotalsRecord>,
    totals: SweepTotalsRecord,
    cost: Option<CostRecord>,
}

#[derive(Debug, Serialize)]
struct SweepTotalsRecord {
    buckets: u64,
    #[serde(flatten)]
    totals: OutcomeTotalsRecord,
}

impl SweepTail {
    /// The end of a sweep. `earlier`: what an interrupted sweep of the same plan did before it.
    pub(crate) fn new(
        end: &End,
        mut totals: OutcomeTotals,
        earlier: Option<&SweepTotals>,
        interrupted: bool,
        cost: Option<CostRecord>,
    ) -> Self {
        if let Some(earlier) = earlier {
            totals.add(earlier);
        }
        Self {
            provider: end.provider.id,
            bucket_list: end.seen.bucket_list.code(),
            bucket_list_why: end.seen.bucket_list.why(),
            finished: Moment(end.finished),
            interrupted,
            earlier: earlier.map(|earlier| OutcomeTotals::of(earlier).record()),
            totals: SweepTotalsRecord {
                buckets: end.seen.buckets,
                totals: totals.record(),
            },
            cost,
        }
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::{
        AtRisk, BucketName, Footprint, ObjectHead, Operation, PlannedUpload, Spare, SpareName,
        StoreError, StoreErrorKind, Upload, UploadAddress,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_in_danger_is_told_with_its_spare_copy() {
        let bucket = BucketName::new("b").unwrap();
        let spare = Spare {
            bucket: bucket.clone(),
            name: SpareName::fresh(7),
            version: None,
        };
        let object = ObjectHead {
            bytes: Some(9),
            last_modified: None,
            etag: Some("e-1".to_owned()),
            version: None,
        };
        let error = StoreError::new(Operation::CopyObject, Some(&bucket), StoreErrorKind::Denied);
        let upload = Upload::named(UploadAddress::new("b", "k", "1").unwrap());
        let swept = |outcome| SweptUpload {
            number: 0,
            planned: PlannedUpload {
                upload: upload.clone(),
                footprint: Footprint::UNKNOWN,
            },
            outcome,
            shared: false,
        };
        let at_risk = swept(Outcome::AtRisk(Box::new(AtRisk {
            object,
            spare: Some(spare.clone()),
            error,
        })));
        let written = serde_json::to_value(OutcomeRecord::from(&at_risk)).unwrap();
        let name = spare.name.key().as_str();
        assert_eq!(written["spare"], name);
        let object = json!({"bytes": 9, "last_modified": null, "etag": "e-1", "version": null});
        assert_eq!(written["object"], object);
        let repaired = swept(Outcome::Repaired(Some(spare.clone())));
        let written = serde_json::to_value(OutcomeRecord::from(&repaired)).unwrap();
        assert_eq!(written["spare"], name);
        assert!(written.get("object").is_none());
        let aborted = swept(Outcome::Aborted);
        let written = serde_json::to_value(OutcomeRecord::from(&aborted)).unwrap();
        assert!(written.get("spare").is_none());
    }
}
