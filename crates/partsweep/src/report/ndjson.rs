//! One JSON object a line, each written as soon as it is known.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::{BucketName, PriceTable};
use partsweep_engine::files::json;
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals};
use serde::Serialize;

use crate::args::{Filters, ScanOptions};
use crate::report::costs::{ScanCosts, SweepCosts};
use crate::report::schema::scan::{self, BucketRecord, FindingRecord, Head, TotalsRecord};
use crate::report::schema::sweep::{self, OutcomeRecord, OutcomeTotals};
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::{Billing, ScanReport, SweepEvent, SweepReport};

/// An upload of either schema.
#[derive(Serialize)]
struct UploadLine<'a, R: Serialize> {
    r#type: &'static str,
    bucket: &'a str,
    #[serde(flatten)]
    record: R,
}

/// The end of a bucket.
#[derive(Serialize)]
struct BucketLine<'a, T: Serialize> {
    r#type: &'static str,
    name: &'a str,
    #[serde(flatten)]
    record: BucketRecord<'a>,
    #[serde(flatten)]
    totals: T,
}

/// The end of everything.
#[derive(Serialize)]
struct SummaryLine<'a, T: Serialize> {
    r#type: &'static str,
    #[serde(flatten)]
    head: &'a Head,
    #[serde(flatten)]
    tail: T,
}

/// Lines about uploads, buckets and the whole.
struct Lines {
    out: Box<dyn Write>,
    head: Head,
    /// The line being written: kept for its space.
    line: Vec<u8>,
}

impl Lines {
    fn new(out: Box<dyn Write>, head: Head) -> Self {
        Self {
            out,
            head,
            line: Vec::with_capacity(1024),
        }
    }

    fn upload(&mut self, bucket: &BucketName, record: impl Serialize) -> io::Result<()> {
        upload(&mut self.out, &mut self.line, bucket, record)
    }

    fn bucket(
        &mut self,
        name: &str,
        record: BucketRecord<'_>,
        totals: impl Serialize,
    ) -> io::Result<()> {
        self.line(&BucketLine {
            r#type: "bucket",
            name,
            record,
            totals,
        })
    }

    fn summary(&mut self, tail: impl Serialize) -> io::Result<()> {
        let head = &self.head.clone();
        self.line(&SummaryLine {
            r#type: "summary",
            head,
            tail,
        })?;
        self.out.flush()
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        line(&mut self.out, &mut self.line, value)
    }
}

fn upload(
    out: &mut dyn Write,
    space: &mut Vec<u8>,
    bucket: &BucketName,
    record: impl Serialize,
) -> io::Result<()> {
    let value = UploadLine {
        r#type: "upload",
        bucket: bucket.as_str(),
        record,
    };
    line(out, space, &value)
}

/// Writes a line in one piece, put together in `space`.
fn line(out: &mut dyn Write, space: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    space.clear();
    json::write(&mut *space, value)?;
    space.push(b'\n');
    out.write_all(space)
}

/// The lines of a scan.
pub(crate) struct ScanLines {
    lines: Lines,
    filters: Filters,
    costs: ScanCosts,
    prices: PriceTable,
}

impl ScanLines {
    /// Lines about this store.
    pub(crate) fn new(
        out: Box<dyn Write>,
        endpoint: &str,
        started: Timestamp,
        scan_options: &ScanOptions,
    ) -> Self {
        let head = Head::new(scan::SCHEMA, endpoint, started).of(&scan_options.asked);
        Self {
            lines: Lines::new(out, head),
            filters: scan_options.filters,
            costs: ScanCosts::default(),
            prices: PriceTable::default(),
        }
    }
}

impl ScanReport for ScanLines {
    fn place(&mut self, _place: &str, billing: Billing) -> io::Result<()> {
        self.prices = billing.prices;
        Ok(())
    }

    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        if let ScanEvent::Found(finding) = &event {
            self.costs.found(finding);
        }
        match event {
            ScanEvent::Found(finding) if self.filters.leave_out(finding.verdict) => Ok(()),
            ScanEvent::Found(finding) => self.lines.upload(
                &finding.upload.address.bucket,
                FindingRecord::from(&*finding),
            ),
            ScanEvent::BucketDone(summary) => {
                let totals = scan::ScannedBucketTotals {
                    totals: TotalsRecord::new(&summary.totals, self.filters),
                    cost: self.costs.done(&summary, &self.prices),
                };
                let bucket = SavedBucket::from(&*summary);
                self.lines.bucket(&bucket.name, (&bucket).into(), totals)
            }
            ScanEvent::Buckets(_)
            | ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.out.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        let cost = self.costs.record(&end.prices);
        self.lines
            .summary(scan::ScanTail::new(end, self.filters, cost))
    }
}

/// The lines of a sweep: first what is kept, then outcomes as they come, then the buckets.
pub(crate) struct SweepLines {
    lines: Lines,
    /// What the scan kept, until the sweep begins.
    kept: Option<Stream>,
    buckets: Vec<SavedBucket>,
    totals: BTreeMap<String, OutcomeTotals>,
    all: OutcomeTotals,
    costs: SweepCosts,
    earlier: Option<SweepTotals>,
}

impl SweepLines {
    /// Lines about this store.
    pub(crate) fn new(out: Box<dyn Write>, endpoint: &str, started: Timestamp) -> Self {
        let head = Head::new(sweep::SCHEMA, endpoint, started);
        Self {
            lines: Lines::new(out, head),
            kept: None,
            buckets: Vec::new(),
            totals: BTreeMap::new(),
            all: OutcomeTotals::default(),
            costs: SweepCosts::default(),
            earlier: None,
        }
    }

    fn bucket(
        &mut self,
        name: &str,
        record: BucketRecord<'_>,
        totals: OutcomeTotals,
        prices: &PriceTable,
    ) -> io::Result<()> {
        let totals = sweep::SweptBucketTotals {
            totals: totals.record(),
            cost: self.costs.of_bucket(name, prices),
        };
        self.lines.bucket(name, record, totals)
    }

    fn totals(&mut self, bucket: &BucketName) -> &mut OutcomeTotals {
        self.totals.entry(bucket.as_str().to_owned()).or_default()
    }
}

impl SweepReport for SweepLines {
    fn event(&mut self, event: SweepEvent<'_>) -> io::Result<()> {
        match event {
            SweepEvent::Scanned(ScanEvent::Found(finding)) => {
                if let Some(record) = OutcomeRecord::kept(finding) {
                    let bucket = &finding.upload.address.bucket;
                    self.all.count_kept();
                    self.totals(bucket).count_kept();
                    let kept = self.kept.get_or_insert_with(|| Spool::default().stream());
                    upload(kept, &mut self.lines.line, bucket, record)?;
                }
            }
            SweepEvent::Scanned(ScanEvent::BucketDone(summary)) => {
                let name = summary.name.as_str();
                self.costs.region(name, summary.region.as_deref());
                self.buckets.push((&**summary).into());
            }
            SweepEvent::Scanned(_) | SweepEvent::Priced(_) => {}
            SweepEvent::Begun => {
                if let Some(kept) = self.kept.take() {
                    kept.read().copy_to(&mut self.lines.out)?;
                }
            }
            SweepEvent::SavedBucket(bucket) => {
                self.costs.region(&bucket.name, bucket.region.as_deref());
                self.buckets.push(*bucket);
            }
            SweepEvent::Earlier(totals) => self.earlier = Some(totals),
            SweepEvent::Swept(swept) => {
                self.costs.swept(swept);
                let bucket = &swept.planned.upload.address.bucket;
                self.totals(bucket).count(swept);
                self.all.count(swept);
                self.lines.upload(bucket, OutcomeRecord::from(swept))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.out.flush()
    }

    fn end(&mut self, end: &End, interrupted: bool) -> io::Result<()> {
        for bucket in &std::mem::take(&mut self.buckets) {
            let totals = self.totals.remove(&bucket.name).unwrap_or_default();
            self.bucket(&bucket.name, bucket.into(), totals, &end.prices)?;
        }
        // The others are those whose line was removed from a saved scan.
        for (name, totals) in std::mem::take(&mut self.totals) {
            self.bucket(&name, BucketRecord::of_removed(), totals, &end.prices)?;
        }
        let cost = self.costs.record(&end.prices);
        let earlier = self.earlier.as_ref();
        self.lines.summary(sweep::SweepTail::new(
            end,
            self.all,
            earlier,
            interrupted,
            cost,
        ))
    }
}
