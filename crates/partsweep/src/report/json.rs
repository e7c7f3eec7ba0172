//! One JSON document, written bucket by bucket: one bucket of a scan is in memory, not all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{Finding, ScanEvent, SweepTotals, SweptUpload};
use serde::Serialize;

use crate::formats::json::{write, write_fields};
use crate::formats::scan::{self, BucketRecord, FindingRecord, Head, SweptBucket};
use crate::formats::sweep::{self, OutcomeRecord, OutcomeTotals};
use crate::order::{BucketScan, InOrder};
use crate::report::{ScanReport, SweepReport};
use crate::scanning::End;

/// A document whose buckets are an array of objects with an array of uploads each.
struct Document {
    out: Box<dyn Write>,
    head: Head,
    begun: bool,
}

impl Document {
    fn new(out: Box<dyn Write>, head: Head) -> Self {
        Self {
            out,
            head,
            begun: false,
        }
    }

    /// Begins the document, or goes on to the next bucket.
    ///
    /// Nothing is written before the first bucket is known: a command that fails earlier leaves
    /// standard output empty.
    fn begin_bucket(&mut self, name: &str) -> io::Result<()> {
        if self.begun {
            self.out.write_all(b",\n")?;
        } else {
            self.begin()?;
        }
        self.out.write_all(b"{\"name\":")?;
        write(&mut self.out, &name)?;
        self.out.write_all(b",\"uploads\":[")
    }

    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        self.out.write_all(b"{")?;
        write_fields(&mut self.out, &self.head)?;
        self.out.write_all(b",\"buckets\":[\n")
    }

    fn upload(&mut self, first: bool, record: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if first { b"\n" } else { b",\n" })?;
        write(&mut self.out, record)
    }

    fn end_bucket(&mut self, record: &impl Serialize, totals: &impl Serialize) -> io::Result<()> {
        self.out.write_all(b"],")?;
        write_fields(&mut self.out, record)?;
        self.out.write_all(b",")?;
        write_fields(&mut self.out, totals)?;
        self.out.write_all(b"}")
    }

    fn end(&mut self, tail: &impl Serialize) -> io::Result<()> {
        if !self.begun {
            self.begin()?;
        }
        self.out.write_all(b"],")?;
        write_fields(&mut self.out, tail)?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

/// `partsweep.scan/1`
pub(crate) struct ScanDocument {
    document: Document,
    buckets: InOrder,
}

impl ScanDocument {
    /// A document about this store.
    pub(crate) fn new(out: Box<dyn Write>, endpoint: &str, started: Timestamp) -> Self {
        Self {
            document: Document::new(out, Head::new(scan::SCHEMA, endpoint, started)),
            buckets: InOrder::default(),
        }
    }
}

impl ScanReport for ScanDocument {
    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        self.buckets.take(event);
        while let Some(BucketScan { findings, summary }) = self.buckets.next() {
            self.document.begin_bucket(summary.name.as_str())?;
            for (i, finding) in findings.iter().enumerate() {
                self.document
                    .upload(i == 0, &FindingRecord::from(finding))?;
            }
            let totals = scan::BucketTotals {
                totals: (&summary.totals).into(),
            };
            self.document
                .end_bucket(&BucketRecord::from(&summary), &totals)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.document.out.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        self.document.end(&scan::Tail::from(end))
    }
}

/// `partsweep.sweep/1`
pub(crate) struct SweepDocument {
    document: Document,
    buckets: Vec<(SweptBucket, Vec<Finding>)>,
    swept: BTreeMap<String, Vec<SweptUpload>>,
    earlier: Option<SweepTotals>,
}

impl SweepDocument {
    /// A document about this store.
    pub(crate) fn new(out: Box<dyn Write>, endpoint: &str, started: Timestamp) -> Self {
        Self {
            document: Document::new(out, Head::new(sweep::SCHEMA, endpoint, started)),
            buckets: Vec::new(),
            swept: BTreeMap::new(),
            earlier: None,
        }
    }

    fn write_bucket(
        &mut self,
        bucket: &SweptBucket,
        findings: &[Finding],
        all: &mut OutcomeTotals,
    ) -> io::Result<()> {
        let swept = self.swept.remove(bucket.name()).unwrap_or_default();
        let mut totals = OutcomeTotals::default();
        self.document.begin_bucket(bucket.name())?;
        let kept = findings.iter().filter_map(OutcomeRecord::kept);
        let records = kept.chain(swept.iter().map(Into::into));
        for (i, record) in records.enumerate() {
            self.document.upload(i == 0, &record)?;
        }
        totals.count_kept(findings);
        all.count_kept(findings);
        for swept in &swept {
            totals.count(swept);
            all.count(swept);
        }
        let totals = sweep::BucketTotals {
            totals: totals.record(),
        };
        self.document.end_bucket(&bucket.record(), &totals)
    }
}

impl SweepReport for SweepDocument {
    fn bucket(&mut self, BucketScan { findings, summary }: BucketScan) -> io::Result<()> {
        let bucket = SweptBucket::Scanned(Box::new(summary));
        self.buckets.push((bucket, findings));
        Ok(())
    }

    fn saved_bucket(&mut self, bucket: SavedBucket) {
        self.buckets.push((SweptBucket::Saved(bucket), Vec::new()));
    }

    fn earlier(&mut self, totals: SweepTotals) {
        self.earlier = Some(totals);
    }

    fn swept(&mut self, swept: SweptUpload) -> io::Result<()> {
        let bucket = swept.planned.upload.address.bucket.as_str();
        match self.swept.get_mut(bucket) {
            Some(others) => others.push(swept),
            None => {
                self.swept.insert(bucket.to_owned(), vec![swept]);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.document.out.flush()
    }

    fn end(&mut self, end: &End, interrupted: bool) -> io::Result<()> {
        let mut totals = OutcomeTotals::default();
        for (bucket, findings) in std::mem::take(&mut self.buckets) {
            self.write_bucket(&bucket, &findings, &mut totals)?;
        }
        while let Some(name) = self.swept.keys().next().cloned() {
            self.write_bucket(&SweptBucket::unknown(&name), &[], &mut totals)?;
        }
        let earlier = self.earlier.as_ref();
        self.document
            .end(&sweep::Tail::new(end, totals, earlier, interrupted))
    }
}
