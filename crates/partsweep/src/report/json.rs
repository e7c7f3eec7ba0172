//! One JSON document: a bucket's uploads are written as they come when it is its turn, and wait in a
//! [`Spool`] until then.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::{BucketList, BucketName, Listing, PriceTable};
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals};
use serde::Serialize;

use crate::args::{Filters, ScanOptions};
use crate::report::costs::{ScanCosts, SweepCosts};
use crate::report::order::InTurn;
use crate::report::schema::cost::CostRecord;
use crate::report::schema::json::{write, write_fields};
use crate::report::schema::scan::{self, BucketRecord, FindingRecord, Head, TotalsRecord};
use crate::report::schema::sweep::{self, OutcomeRecord, OutcomeTotals};
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::{Billing, ScanReport, SweepEvent, SweepReport};

/// Begins a document, whose buckets are an array of objects with an array of uploads each.
fn begin(out: &mut dyn Write, head: &Head) -> io::Result<()> {
    out.write_all(b"{")?;
    write_fields(out, head)?;
    out.write_all(b",\"buckets\":[\n")
}

fn begin_bucket(out: &mut dyn Write, name: &str) -> io::Result<()> {
    out.write_all(b"{\"name\":")?;
    write(out, &name)?;
    out.write_all(b",\"uploads\":[")
}

fn upload(out: &mut dyn Write, is_first: bool, record: &impl Serialize) -> io::Result<()> {
    out.write_all(if is_first { b"\n" } else { b",\n" })?;
    write(out, record)
}

fn end_bucket(
    out: &mut dyn Write,
    record: &impl Serialize,
    totals: &impl Serialize,
) -> io::Result<()> {
    out.write_all(b"],")?;
    write_fields(out, record)?;
    out.write_all(b",")?;
    write_fields(out, totals)?;
    out.write_all(b"}")
}

fn end(out: &mut dyn Write, tail: &impl Serialize) -> io::Result<()> {
    out.write_all(b"],")?;
    write_fields(out, tail)?;
    out.write_all(b"}\n")?;
    out.flush()
}

/// `partsweep.scan/1`
pub(crate) struct ScanDocument {
    out: Box<dyn Write>,
    head: Head,
    turns: InTurn,
    /// The first bucket. Nothing is written before something is known of one: a command that fails
    /// earlier leaves standard output empty.
    first: Option<BucketName>,
    /// Buckets of which something is written, to standard output or to where they wait.
    begun: HashSet<BucketName>,
    filters: Filters,
    costs: ScanCosts,
    prices: PriceTable,
}

impl ScanDocument {
    /// A document about this store.
    pub(crate) fn new(
        out: Box<dyn Write>,
        endpoint: &str,
        started: Timestamp,
        scan_options: &ScanOptions,
    ) -> Self {
        Self {
            out,
            filters: scan_options.filters,
            head: Head::new(scan::SCHEMA, endpoint, started).of(&scan_options.asked),
            turns: InTurn::new(Spool::default()),
            first: None,
            begun: HashSet::new(),
            costs: ScanCosts::default(),
            prices: PriceTable::default(),
        }
    }

    /// Where this bucket is written, with its beginning written; and whether that was just now.
    fn bucket(&mut self, bucket: &BucketName) -> io::Result<(&mut dyn Write, bool)> {
        let out = self.turns.place(bucket, &mut self.out);
        let is_new = !self.begun.contains(bucket);
        if is_new {
            self.begun.insert(bucket.clone());
            match self.first.as_ref() == Some(bucket) {
                true => begin(out, &self.head)?,
                false => out.write_all(b",\n")?,
            }
            begin_bucket(out, bucket.as_str())?;
        }
        Ok((out, is_new))
    }
}

impl ScanReport for ScanDocument {
    fn place(&mut self, _place: &str, billing: Billing) -> io::Result<()> {
        self.prices = billing.prices;
        Ok(())
    }

    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        if let ScanEvent::Found(finding) = &event {
            self.costs.found(finding);
        }
        match event {
            ScanEvent::Buckets(names) => {
                self.turns.expect(&names);
                self.first = names.bucket(0);
            }
            ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => {}
            ScanEvent::Found(finding) if self.filters.leave_out(finding.verdict) => {}
            ScanEvent::Found(finding) => {
                let (out, is_new) = self.bucket(&finding.upload.address.bucket)?;
                upload(out, is_new, &FindingRecord::from(&*finding))?;
            }
            ScanEvent::BucketDone(summary) => {
                let totals = scan::ScannedBucketTotals {
                    totals: TotalsRecord::new(&summary.totals, self.filters),
                    cost: self.costs.done(&summary, &self.prices),
                };
                let (out, _) = self.bucket(&summary.name)?;
                let bucket = SavedBucket::from(&*summary);
                end_bucket(out, &BucketRecord::from(&bucket), &totals)?;
                self.turns.end(&summary.name, &mut self.out)?;
                self.begun.remove(&summary.name);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, tail: &End) -> io::Result<()> {
        if self.first.is_none() {
            begin(&mut self.out, &self.head)?;
        }
        let cost = self.costs.record(&tail.prices);
        end(
            &mut self.out,
            &scan::ScanTail::new(tail, self.filters, cost),
        )
    }
}

/// `partsweep.sweep/1`: buckets with what the scan kept and what became of the rest, in one array
/// each. It is written when all is done; until then it waits in a spool.
pub(crate) struct SweepDocument {
    out: Box<dyn Write>,
    head: Head,
    spool: Spool,
    /// Buckets in order, as far as that is known.
    order: BucketList,
    buckets: HashMap<String, BucketPart>,
    totals: OutcomeTotals,
    costs: SweepCosts,
    earlier: Option<SweepTotals>,
}

/// One bucket of the document.
#[derive(Default)]
struct BucketPart {
    known: Option<Known>,
    of_uploads: Option<Box<UploadsPart>>,
}

/// The uploads of a bucket, which most have none of.
struct UploadsPart {
    text: Stream,
    totals: OutcomeTotals,
}

/// What is known of a bucket: of one that was seen whole and has nothing, a word. Accounts have up to a million.
enum Known {
    Empty { region: Option<Box<str>> },
    Other(Box<SavedBucket>),
}

impl Known {
    fn of(bucket: SavedBucket) -> Self {
        let empty = empty(&bucket.name, bucket.region.as_deref());
        match bucket == empty {
            true => Self::Empty {
                region: bucket.region.map(Into::into),
            },
            false => Self::Other(Box::new(bucket)),
        }
    }

    fn into_bucket(self, name: &str) -> SavedBucket {
        match self {
            Self::Empty { region } => empty(name, region.as_deref()),
            Self::Other(bucket) => *bucket,
        }
    }
}

/// A bucket that was seen whole, and has no uploads.
fn empty(name: &str, region: Option<&str>) -> SavedBucket {
    SavedBucket {
        name: name.to_owned(),
        listing: Listing::Complete.code().to_owned(),
        error: None,
        uploads: 0,
        sweep_uploads: 0,
        unclear: 0,
        region: region.map(str::to_owned),
        vanished: Some(0),
        excluded: Some(0),
        keys_asked: None,
        owner: None,
        index: None,
    }
}

impl BucketPart {
    /// Adds the line of an upload, and what it counts as.
    fn upload(
        &mut self,
        spool: &Spool,
        record: &OutcomeRecord<'_>,
        count: impl FnOnce(&mut OutcomeTotals),
    ) -> io::Result<()> {
        let is_first = self.of_uploads.is_none();
        let of_uploads = self.of_uploads.get_or_insert_with(|| {
            Box::new(UploadsPart {
                text: spool.stream(),
                totals: OutcomeTotals::default(),
            })
        });
        count(&mut of_uploads.totals);
        upload(&mut of_uploads.text, is_first, record)
    }

    fn write(self, name: &str, cost: Option<CostRecord>, out: &mut dyn Write) -> io::Result<()> {
        begin_bucket(out, name)?;
        let mut totals = OutcomeTotals::default();
        if let Some(of_uploads) = self.of_uploads {
            totals = of_uploads.totals;
            of_uploads.text.read().copy_to(out)?;
        }
        let known = self.known.map(|known| known.into_bucket(name));
        let bucket = known.as_ref();
        let bucket = bucket.map_or_else(BucketRecord::of_removed, Into::into);
        let totals = sweep::SweptBucketTotals {
            totals: totals.record(),
            cost,
        };
        end_bucket(out, &bucket, &totals)
    }
}

impl SweepDocument {
    /// A document about this store.
    pub(crate) fn new(out: Box<dyn Write>, endpoint: &str, started: Timestamp) -> Self {
        Self {
            out,
            head: Head::new(sweep::SCHEMA, endpoint, started),
            spool: Spool::default(),
            order: BucketList::default(),
            buckets: HashMap::new(),
            totals: OutcomeTotals::default(),
            costs: SweepCosts::default(),
            earlier: None,
        }
    }

    fn bucket(&mut self, name: &str) -> &mut BucketPart {
        self.buckets.entry(name.to_owned()).or_default()
    }
}

impl SweepReport for SweepDocument {
    fn event(&mut self, event: SweepEvent<'_>) -> io::Result<()> {
        let spool = self.spool.clone();
        match event {
            SweepEvent::Scanned(ScanEvent::Buckets(names)) => {
                self.order = names.clone();
            }
            SweepEvent::Scanned(ScanEvent::Found(finding)) => {
                if let Some(record) = OutcomeRecord::kept(finding) {
                    self.totals.count_kept();
                    let bucket = self.bucket(finding.upload.address.bucket.as_str());
                    bucket.upload(&spool, &record, OutcomeTotals::count_kept)?;
                }
            }
            SweepEvent::Scanned(ScanEvent::BucketDone(summary)) => {
                let name = summary.name.as_str();
                let region = summary.region.as_deref();
                let region = region.filter(|_| summary.totals.uploads > 0);
                self.costs.region(name, region);
                self.bucket(name).known = Some(Known::of((&**summary).into()));
            }
            SweepEvent::Scanned(_) | SweepEvent::Priced(_) | SweepEvent::Begun => {}
            SweepEvent::SavedBucket(bucket) => {
                self.costs.region(&bucket.name, bucket.region.as_deref());
                let name = bucket.name.clone();
                self.bucket(&name).known = Some(Known::of(*bucket));
                self.order.push(&name, None);
            }
            SweepEvent::Earlier(totals) => self.earlier = Some(totals),
            SweepEvent::Swept(swept) => {
                self.costs.swept(swept);
                self.totals.count(swept);
                let bucket = self.bucket(swept.planned.upload.address.bucket.as_str());
                let record = OutcomeRecord::from(swept);
                bucket.upload(&spool, &record, |totals| totals.count(swept))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, tail: &End, interrupted: bool) -> io::Result<()> {
        begin(&mut self.out, &self.head)?;
        let mut buckets = std::mem::take(&mut self.buckets);
        let mut others: Vec<String> = buckets.keys().cloned().collect();
        others.sort_unstable();
        let mut is_first = true;
        // The others are those whose line was removed from a saved scan.
        let order = std::mem::take(&mut self.order);
        let others = others.iter().map(String::as_str);
        for name in order.names().chain(others) {
            let Some(bucket) = buckets.remove(name) else {
                continue;
            };
            if !std::mem::take(&mut is_first) {
                self.out.write_all(b",\n")?;
            }
            let cost = self.costs.of_bucket(name, &tail.prices);
            bucket.write(name, cost, &mut self.out)?;
        }
        let earlier = self.earlier.as_ref();
        let cost = self.costs.record(&tail.prices);
        let tail = sweep::SweepTail::new(tail, self.totals, earlier, interrupted, cost);
        end(&mut self.out, &tail)
    }
}
