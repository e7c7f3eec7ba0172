//! `partsweep.lifecycle/1`: one document, a line a bucket, or a row a bucket.

use std::io::{self, Write};

use partsweep_core::escape;
use partsweep_core::lifecycle::audit::BucketProtection;
use serde::Serialize;

use super::{Audit, AuditedBucket};
use crate::report::schema::cost::CostRecord;
use crate::report::schema::json::{self, Moment};

const SCHEMA: &str = "partsweep.lifecycle/1";

#[derive(Serialize)]
struct HeadRecord<'a> {
    schema: &'static str,
    endpoint: &'a str,
    started: Moment,
    /// The most days that an upload is to stay.
    days: u32,
    /// Why the list of buckets isn't whole.
    buckets_missing: Option<&'a str>,
}

#[derive(Serialize)]
struct BucketAuditRecord<'a> {
    bucket: &'a str,
    state: &'static str,
    works: bool,
    rule: Option<&'a str>,
    rule_days: Option<u32>,
    only: Option<String>,
    oldest_started: Option<Moment>,
    /// None where they could not be listed.
    uploads: Option<u64>,
    uploads_over_limit: Option<u64>,
    bytes: Option<u64>,
    bytes_at_least: Option<u64>,
    /// What its uploads cost a month.
    cost: Option<CostRecord>,
    complete: bool,
    command: Option<String>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct AuditTotalsRecord {
    buckets: usize,
    working: usize,
    unknown: usize,
    exposed: usize,
    bytes_at_risk: u64,
    bytes_at_risk_exact: bool,
    /// What these cost a month.
    cost_at_risk: Option<CostRecord>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum AuditLineRecord<'a> {
    Start(HeadRecord<'a>),
    Bucket(Box<BucketAuditRecord<'a>>),
    End(AuditTotalsRecord),
}

#[derive(Serialize)]
struct LifecycleDocumentRecord<'a> {
    #[serde(flatten)]
    head: HeadRecord<'a>,
    buckets: Vec<BucketAuditRecord<'a>>,
    totals: AuditTotalsRecord,
}

impl Audit {
    fn head(&self) -> HeadRecord<'_> {
        HeadRecord {
            schema: SCHEMA,
            endpoint: &self.endpoint,
            started: Moment(self.started),
            days: self.days,
            buckets_missing: self.missing,
        }
    }

    fn record<'a>(&'a self, bucket: &'a AuditedBucket) -> BucketAuditRecord<'a> {
        let protection = &bucket.protection;
        let bytes = bucket.all_bytes();
        let seen = |n: u64| (!bucket.is_unseen).then_some(n);
        BucketAuditRecord {
            bucket: bucket.bucket.as_str(),
            state: protection.code(),
            works: protection.works(),
            rule: protection.rule(),
            rule_days: protection.days(),
            only: match protection {
                BucketProtection::Partly { scope, .. } => Some(scope.to_string()),
                _ => None,
            },
            oldest_started: bucket.oldest.map(Moment),
            uploads: seen(bucket.uploads),
            uploads_over_limit: seen(bucket.over_limit),
            bytes: (!bytes.has_unknown).then_some(bytes.known),
            bytes_at_least: seen(bytes.known).filter(|_| bytes.has_unknown),
            cost: bucket.cost(&self.prices).map(|cost| CostRecord::new(&cost)),
            complete: !bucket.is_partial,
            command: self.command(bucket),
            error: bucket.error.as_deref(),
        }
    }

    fn totals(&self) -> AuditTotalsRecord {
        let count = |of: &dyn Fn(&AuditedBucket) -> bool| {
            self.buckets.iter().filter(|bucket| of(bucket)).count()
        };
        let at_risk = self.at_risk();
        AuditTotalsRecord {
            buckets: self.buckets.len(),
            working: count(&|bucket| bucket.protection.works()),
            unknown: count(&|bucket| bucket.protection.is_unknown()),
            exposed: count(&AuditedBucket::is_exposed),
            bytes_at_risk: at_risk.known,
            bytes_at_risk_exact: !at_risk.has_unknown,
            cost_at_risk: self.month_at_risk().map(|cost| CostRecord::new(&cost)),
        }
    }

    /// The command that mends a bucket, as it is typed.
    pub(super) fn command(&self, bucket: &AuditedBucket) -> Option<String> {
        let target = escape::for_shell(bucket.bucket.as_str());
        let command = bucket.mends(self.days, &self.options)?;
        Some(format!("{} {command} {target}", self.program))
    }
}

/// Writes one document.
pub(super) fn write_json(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let document = LifecycleDocumentRecord {
        head: audit.head(),
        buckets: audit
            .buckets
            .iter()
            .map(|bucket| audit.record(bucket))
            .collect(),
        totals: audit.totals(),
    };
    json::write(out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes a line for the beginning, each bucket and the end.
pub(super) fn write_ndjson(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let buckets = audit
        .buckets
        .iter()
        .map(|bucket| AuditLineRecord::Bucket(Box::new(audit.record(bucket))));
    let lines = std::iter::once(AuditLineRecord::Start(audit.head()))
        .chain(buckets)
        .chain(std::iter::once(AuditLineRecord::End(audit.totals())));
    for line in lines {
        json::write(out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a row a bucket below a header. Text cells cannot start a formula (law 9).
pub(super) fn write_csv(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record([
        "bucket",
        "state",
        "works",
        "rule",
        "rule_days",
        "only",
        "oldest_started",
        "uploads",
        "uploads_over_limit",
        "bytes",
        "bytes_at_least",
        "complete",
        "error",
        "cost_month",
        "cost_at_least",
        "currency",
        "cost_at_most",
        "prices_of",
    ])
    .map_err(io::Error::other)?;
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    for bucket in &audit.buckets {
        let record = audit.record(bucket);
        let text = |text: Option<&str>| escape::for_csv(text.unwrap_or_default()).into_owned();
        let oldest = record
            .oldest_started
            .map(|Moment(time)| format!("{time:.3}"));
        let cost = record.cost.as_ref();
        // In one of three columns: what may be more, or less, is no amount to add up.
        let month = |flags: (bool, bool)| {
            let cost = cost.filter(|cost| (cost.at_least, cost.at_most && !cost.at_least) == flags);
            cost.map(|cost| cost.month.clone()).unwrap_or_default()
        };
        let cells = [
            text(Some(record.bucket)),
            record.state.to_owned(),
            record.works.to_string(),
            text(record.rule),
            number(record.rule_days.map(u64::from)),
            text(record.only.as_deref()),
            oldest.unwrap_or_default(),
            number(record.uploads),
            number(record.uploads_over_limit),
            number(record.bytes),
            number(record.bytes_at_least),
            record.complete.to_string(),
            text(record.error),
            month((false, false)),
            month((true, false)),
            cost.map(|cost| cost.currency.clone()).unwrap_or_default(),
            month((false, true)),
            cost.and_then(|cost| cost.prices_of.clone())
                .unwrap_or_default(),
        ];
        rows.write_record(cells).map_err(io::Error::other)?;
    }
    rows.flush()
}
