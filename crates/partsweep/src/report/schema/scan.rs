//! `partsweep.scan/1`: what a scan saw.

use jiff::Timestamp;
use partsweep_core::Verdict;
use partsweep_engine::inventory::{SavedBucket, SavedCost, SavedIndex, SavedSelection};
use partsweep_engine::{Finding, KeysAsked, Skipped, Totals};
use serde::{Serialize, Serializer};

use crate::args::Filters;
use crate::report::costs::cleaning;
use crate::report::schema::cost::CostRecord;
use crate::report::schema::json::Moment;
use crate::report::schema::upload::{ErrorRecord, UploadRecord};
use crate::report::seen::End;
use crate::text::ceph_admin;

/// The name and version of the format.
pub(crate) const SCHEMA: &str = "partsweep.scan/1";

/// The beginning of a document, of either schema.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Head {
    pub(crate) schema: &'static str,
    pub(crate) endpoint: String,
    pub(crate) started: Moment,
    /// Of a scan: an empty document is no clean bucket if a prefix was misspelt.
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<SelectionRecord>,
}

/// What was asked for, as it was typed.
#[derive(Debug, Clone, Serialize)]
struct SelectionRecord {
    targets: Vec<String>,
    older_than_seconds: i64,
    min_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_cost: Option<SavedCost>,
    include: Vec<String>,
    exclude: Vec<String>,
    bucket: Vec<String>,
    exclude_bucket: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    all_users: bool,
}

impl Head {
    /// The head of a document about this store.
    pub(crate) fn new(schema: &'static str, endpoint: &str, started: Timestamp) -> Self {
        Self {
            schema,
            endpoint: endpoint.to_owned(),
            started: Moment(started),
            selection: None,
        }
    }

    /// The same with what was asked for.
    pub(crate) fn of(self, asked: &SavedSelection) -> Self {
        let SavedSelection {
            older_than_seconds,
            min_size,
            min_cost,
            include,
            exclude,
            bucket,
            exclude_bucket,
            targets,
            all_users,
        } = asked.clone();
        Self {
            selection: Some(SelectionRecord {
                targets,
                older_than_seconds,
                min_size,
                min_cost,
                include,
                exclude,
                bucket,
                exclude_bucket,
                all_users,
            }),
            ..self
        }
    }
}

/// An upload with its verdict.
#[derive(Debug, Serialize)]
pub(crate) struct FindingRecord<'a> {
    #[serde(flatten)]
    pub(crate) upload: UploadRecord<'a>,
    pub(crate) verdict: &'static str,
    pub(crate) because: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
}

impl<'a> From<&'a Finding> for FindingRecord<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            upload: UploadRecord::new(&finding.upload, &finding.footprint),
            verdict: match finding.verdict {
                Verdict::Sweep => "sweep",
                Verdict::Keep(_) => "keep",
            },
            because: finding.verdict.because(),
            error: finding.error.as_ref().map(Into::into),
        }
    }
}

/// What is known of a bucket when it is done.
#[derive(Debug, Serialize)]
pub(crate) struct BucketRecord<'a> {
    region: Option<&'a str>,
    listing: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
    /// `null` where it is not known, as in a scan that was saved by an earlier version.
    vanished: Option<u64>,
    excluded: Option<u64>,
    unclear: u64,
    /// How uploads were looked for beside the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_asked: Option<KeysAsked>,
    /// In a scan of all users.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexRecord<'a>>,
}

/// How a listing stands to the store's own count.
#[derive(Debug, Serialize)]
struct IndexRecord<'a> {
    check: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
    /// The command that counts the index anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<String>,
}

impl<'a> IndexRecord<'a> {
    fn new(bucket: &str, index: &'a SavedIndex) -> Self {
        Self {
            check: &index.check,
            listed: index.listed,
            counted: index.counted,
            error: index.error.as_ref().map(Into::into),
            repair: (index.check == "differs").then(|| ceph_admin::repair_index(bucket)),
        }
    }
}

impl<'a> From<&'a SavedBucket> for BucketRecord<'a> {
    fn from(bucket: &'a SavedBucket) -> Self {
        Self {
            region: bucket.region.as_deref(),
            listing: &bucket.listing,
            error: bucket.error.as_ref().map(Into::into),
            vanished: bucket.vanished,
            excluded: bucket.excluded,
            unclear: bucket.unclear,
            keys_asked: bucket.keys_asked,
            owner: bucket.owner.as_deref(),
            index: (bucket.index.as_ref()).map(|index| IndexRecord::new(&bucket.name, index)),
        }
    }
}

impl BucketRecord<'_> {
    /// That of a bucket whose line was removed from a saved scan.
    pub(crate) fn of_removed() -> Self {
        Self {
            region: None,
            listing: "partial",
            error: None,
            vanished: None,
            excluded: None,
            unclear: 0,
            keys_asked: None,
            owner: None,
            index: None,
        }
    }
}

/// Sums over uploads.
#[derive(Debug, Serialize)]
pub(crate) struct TotalsRecord {
    uploads: u64,
    /// `null` if it is not known of any upload.
    parts: Option<u64>,
    /// The known ones added up; `null` if it is not known of any upload.
    bytes: Option<u64>,
    /// Uploads that `bytes` leaves out, wholly or in part.
    #[serde(rename = "unsized")]
    unsized_uploads: u64,
    sweepable: SweepableRecord,
    /// The other uploads, by the reason.
    skipped: SkippedRecord,
    /// Those among them that the filters left out of `uploads`.
    filtered: u64,
}

#[derive(Debug)]
struct SkippedRecord(Skipped);

impl Serialize for SkippedRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(reason, n)| (reason.code(), n)))
    }
}

#[derive(Debug, Serialize)]
struct SweepableRecord {
    uploads: u64,
    bytes: Option<u64>,
}

impl TotalsRecord {
    /// The record of these sums, of which the filters left some uploads out.
    pub(crate) fn new(totals: &Totals, filters: Filters) -> Self {
        let all_unknown = totals.unsized_uploads > 0 && totals.unsized_uploads == totals.uploads;
        let known = |sum: u64, of_none: bool| (sum > 0 || !of_none).then_some(sum);
        Self {
            uploads: totals.uploads,
            parts: known(totals.parts, all_unknown),
            bytes: known(totals.bytes, all_unknown),
            unsized_uploads: totals.unsized_uploads,
            sweepable: SweepableRecord {
                uploads: totals.sweepable_uploads,
                bytes: known(totals.sweepable_bytes, totals.sweepable_unsized > 0),
            },
            skipped: SkippedRecord(totals.skipped),
            filtered: filters.left_out(&totals.skipped),
        }
    }
}

/// A bucket's totals, or those of the whole scan.
#[derive(Debug, Serialize)]
pub(crate) struct ScannedBucketTotals {
    pub(crate) totals: TotalsRecord,
    /// What its uploads cost; `null` where nothing is known.
    pub(crate) cost: Option<CostRecord>,
}

/// The end of the document.
#[derive(Debug, Serialize)]
pub(crate) struct ScanTail {
    provider: &'static str,
    own_cleanup_days: Option<u16>,
    bucket_list: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_list_why: Option<&'static str>,
    finished: Moment,
    totals: ScanTotals,
    cost: Option<CostRecord>,
}

#[derive(Debug, Serialize)]
struct ScanTotals {
    buckets: u64,
    #[serde(flatten)]
    totals: TotalsRecord,
}

impl ScanTail {
    /// The end of a scan.
    pub(crate) fn new(end: &End, filters: Filters, cost: Option<CostRecord>) -> Self {
        Self {
            provider: end.provider.id,
            own_cleanup_days: cleaning(&end.prices, &end.provider).map(|(_, days)| days),
            bucket_list: end.seen.bucket_list.code(),
            bucket_list_why: end.seen.bucket_list.why(),
            finished: Moment(end.finished),
            totals: ScanTotals {
                buckets: end.seen.buckets,
                totals: TotalsRecord::new(&end.seen.totals, filters),
            },
            cost,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(totals: Totals) -> Value {
        serde_json::to_value(TotalsRecord::new(&totals, Filters::default())).unwrap()
    }

    #[test]
    fn a_sum_of_nothing_known_is_null() {
        let unsized_scan = record(Totals {
            uploads: 3,
            unsized_uploads: 3,
            ..Totals::default()
        });
        assert_eq!(unsized_scan["bytes"], Value::Null);
        assert_eq!(unsized_scan["parts"], Value::Null);
        assert_eq!(unsized_scan["unsized"], json!(3));
        let nothing = record(Totals::default());
        assert_eq!(nothing["bytes"], json!(0));
        assert_eq!(nothing["sweepable"], json!({"uploads": 0, "bytes": 0}));
        let without_parts = record(Totals {
            uploads: 2,
            unsized_uploads: 1,
            ..Totals::default()
        });
        assert_eq!(without_parts["bytes"], json!(0));
    }
}
