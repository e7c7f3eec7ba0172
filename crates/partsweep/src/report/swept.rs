//! What a person reads of a run that was agreed to beforehand: `clean --yes`, and `apply`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

use jiff::SignedDuration;
use partsweep_core::provider::profile::Provider;
use partsweep_core::{BucketName, Look, PriceTable, escape};
use partsweep_engine::{BucketSummary, CheckedUpload, ScanEvent, SweptUpload};

use crate::args::{Sort, Top};
use crate::report::closing::ClosingTable;
use crate::report::confirm::Proposal;
use crate::report::costs::ScanCosts;
use crate::report::freed::{Freed, exception};
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::{SweepEvent, SweepReport};
use crate::text::figures::counted;
use crate::text::sum::Sum;

/// What became of a plan: what was not simply aborted, bucket by bucket, then the closing table.
struct Outcomes {
    order: Vec<BucketName>,
    ordered: HashSet<BucketName>,
    freed: HashMap<BucketName, Freed>,
    closing: ClosingTable,
    width: Option<usize>,
}

impl Outcomes {
    fn new(older_than: SignedDuration, width: Option<usize>) -> Self {
        Self {
            order: Vec::new(),
            ordered: HashSet::new(),
            freed: HashMap::new(),
            closing: ClosingTable::new(older_than),
            width,
        }
    }

    /// Buckets are shown in this order, not in that in which aborts happen to end.
    fn expect(&mut self, bucket: &BucketName) {
        if self.ordered.insert(bucket.clone()) {
            self.order.push(bucket.clone());
        }
    }

    fn count(&mut self, swept: &SweptUpload) {
        self.closing.swept(swept);
        if exception(&swept.outcome).is_none() {
            return;
        }
        let bucket = &swept.planned.upload.address.bucket;
        match self.freed.get_mut(bucket) {
            Some(freed) => freed.count(swept),
            None => {
                self.expect(bucket);
                self.freed.entry(bucket.clone()).or_default().count(swept);
            }
        }
    }

    fn write(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        for name in &self.order {
            if let Some(freed) = self.freed.get(name).filter(|freed| freed.is_exceptional()) {
                writeln!(out, "{}:", escape::for_terminal(name.as_str()))?;
                freed.exceptions(self.width, out)?;
                writeln!(out)?;
            }
        }
        self.closing.write(self.width, out)?;
        let place = (&end.prices, &end.provider);
        self.closing.costs.write(true, place, self.width, out)?;
        self.closing.costs.write_gaps(place, self.width, out)?;
        out.flush()
    }
}

/// What is shown of a run that was agreed to beforehand: what is about to be aborted, bucket by bucket (of a
/// saved scan that was shown when it was saved), then what became of it.
pub(crate) struct SweepTable {
    older_than: SignedDuration,
    top: Option<Top>,
    sort: Sort,
    /// Buckets that are being scanned, with the lines of every upload where all are shown.
    open: HashMap<BucketName, (Proposal, Stream)>,
    /// The others, until the sweep begins.
    found: Vec<Found>,
    /// What is in the buckets that are being scanned.
    costs: ScanCosts,
    /// None until it is known which store this is.
    prices: Option<PriceTable>,
    spool: Spool,
    out: Box<dyn Write>,
    outcomes: Outcomes,
}

/// A bucket in which something will be aborted, and what is shown of it.
struct Found {
    name: BucketName,
    bytes: u64,
    text: Stream,
}

impl SweepTable {
    /// For a terminal of this width, or for a file.
    pub(crate) fn new(
        older_than: SignedDuration,
        (top, sort): (Option<Top>, Sort),
        width: Option<usize>,
        out: Box<dyn Write>,
    ) -> Self {
        Self {
            older_than,
            top,
            sort,
            open: HashMap::new(),
            found: Vec::new(),
            costs: ScanCosts::default(),
            prices: None,
            spool: Spool::default(),
            out,
            outcomes: Outcomes::new(older_than, width),
        }
    }

    fn bucket(&mut self, summary: &BucketSummary) -> io::Result<()> {
        self.outcomes.closing.bucket(summary);
        let stored = self.costs.close(summary);
        let name = &summary.name;
        if let Some((mut proposal, lines)) = self.open.remove(name) {
            let cost = self
                .prices
                .as_ref()
                .and_then(|prices| stored?.sweepable_month(prices));
            proposal.priced(cost.as_ref());
            for skipped in &proposal.skipped {
                self.outcomes.closing.skipped(skipped);
            }
            let (uploads, bytes) = proposal.sums();
            if uploads > 0 {
                let (mut text, width) = (self.spool.stream(), self.outcomes.width);
                proposal.heading("", name.as_str(), width, &mut text)?;
                if proposal.shows_all() {
                    Proposal::whole_heading(&mut text)?;
                }
                lines.read().copy_to(&mut text)?;
                proposal.rows(self.older_than, width, &mut text)?;
                writeln!(text)?;
                self.found.push(Found {
                    name: name.clone(),
                    bytes: bytes.known,
                    text,
                });
            }
        }
        Ok(())
    }
}

impl SweepReport for SweepTable {
    fn event(&mut self, event: SweepEvent<'_>) -> io::Result<()> {
        match event {
            SweepEvent::Priced(prices) => self.prices = Some(prices),
            SweepEvent::Scanned(ScanEvent::Found(finding)) => {
                self.costs.found(finding);
                let bucket = &finding.upload.address.bucket;
                let (proposal, lines) = match self.open.get_mut(bucket) {
                    Some(open) => open,
                    None => {
                        let proposal = Proposal::new(self.top, self.sort);
                        let open = (proposal, self.spool.stream());
                        self.open.entry(bucket.clone()).or_insert(open)
                    }
                };
                proposal.add(finding);
                if proposal.shows_all()
                    && let Some(planned) = finding.planned()
                {
                    proposal.whole(&planned, lines)?;
                }
            }
            SweepEvent::Scanned(ScanEvent::BucketDone(summary)) => self.bucket(summary)?,
            SweepEvent::SavedBucket(bucket) => {
                let region = bucket.region.as_deref();
                self.outcomes.closing.costs.region(&bucket.name, region);
            }
            SweepEvent::Scanned(_) => {}
            SweepEvent::Begun => {
                let mut found = std::mem::take(&mut self.found);
                found.sort_by(|a, b| (Reverse(a.bytes), &a.name).cmp(&(Reverse(b.bytes), &b.name)));
                for Found { name, text, .. } in found {
                    self.outcomes.expect(&name);
                    text.read().copy_to(&mut self.out)?;
                }
            }
            SweepEvent::Earlier(totals) => self.outcomes.closing.earlier(&totals),
            SweepEvent::Swept(swept) => self.outcomes.count(swept),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, end: &End, _interrupted: bool) -> io::Result<()> {
        self.outcomes.write(end, &mut self.out)
    }
}

/// What a plan would do now, bucket by bucket, then in one table.
pub(crate) struct CheckTable {
    buckets: BTreeMap<BucketName, CheckedBucket>,
    pub(crate) closing: ClosingTable,
    width: Option<usize>,
}

#[derive(Default)]
struct CheckedBucket {
    uploads: u64,
    bytes: Sum,
    others: Freed,
}

impl CheckTable {
    /// For a terminal of this width, or for a file.
    pub(crate) fn new(older_than: SignedDuration, width: Option<usize>) -> Self {
        Self {
            buckets: BTreeMap::new(),
            closing: ClosingTable::of_check(older_than),
            width,
        }
    }

    /// Takes one more upload.
    pub(crate) fn count(&mut self, checked: &CheckedUpload) {
        self.closing.checked(checked);
        let name = &checked.planned.upload.address.bucket;
        if !self.buckets.contains_key(name) {
            self.buckets.insert(name.clone(), CheckedBucket::default());
        }
        let Some(bucket) = self.buckets.get_mut(name) else {
            return;
        };
        if matches!(checked.would, Ok(Look::Abort)) {
            bucket.uploads += 1;
            bucket.bytes.add(checked.planned.footprint.bytes);
        }
        bucket.others.checked(checked);
    }

    /// Writes all of it.
    pub(crate) fn write(
        &mut self,
        place: (&PriceTable, &Provider),
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for (bucket_name, bucket) in &self.buckets {
            let name = escape::for_terminal(bucket_name.as_str());
            let cost = self.closing.costs.words_of_bucket(bucket_name, place.0);
            let cost = cost.map_or_else(String::new, |cost| format!(", {cost}"));
            let would = match bucket.uploads {
                0 => "would abort nothing".to_owned(),
                n => format!(
                    "would abort {}, {}{cost}",
                    counted(n, "upload"),
                    bucket.bytes.words()
                ),
            };
            writeln!(out, "{name}: {would}")?;
            bucket.others.exceptions(self.width, out)?;
        }
        writeln!(out)?;
        self.closing.write(self.width, out)?;
        let costs = &self.closing.costs;
        costs.write(false, place, self.width, out)?;
        costs.write_gaps(place, self.width, out)?;
        out.flush()
    }
}
