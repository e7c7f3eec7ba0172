//! What a person reads of a sweep: what was freed, and what was not.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::{BucketName, KeepReason, Outcome, escape};
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals, SweptUpload};

use crate::report::SweepReport;
use crate::report::schema::sweep::OutcomeTotals;
use crate::report::spool::{Spool, Stream};
use crate::report::table::{ScanTable, Table};
use crate::run::scan::End;
use crate::text::error::chain;
use crate::text::figures::{bytes, count, counted};
use crate::text::hints;

const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Uploads of a bucket that are named because they were not simply aborted, at most: what can still
/// be scrolled through.
const NAMED: usize = 1_000;

/// What became of the uploads of one bucket.
#[derive(Default)]
pub(crate) struct Freed {
    /// Sums over them.
    pub(crate) totals: OutcomeTotals,
    /// Those that were not simply aborted, with the reason.
    exceptions: Vec<(String, String)>,
    /// So many more.
    more: u64,
    /// What to do about the first that failed: the same for all of them, as a rule.
    hints: Vec<String>,
}

impl Freed {
    /// Takes one more upload.
    pub(crate) fn count(&mut self, swept: &SweptUpload) {
        self.totals.count(swept);
        if self.exceptions.len() >= NAMED {
            self.more += u64::from(exception(&swept.outcome).is_some());
        } else if let Some(reason) = exception(&swept.outcome) {
            let key = swept.planned.upload.address.key.as_str();
            self.exceptions.push((reason, key.to_owned()));
        }
        if let (Outcome::Kept(KeepReason::ObjectNotVisible), true) =
            (&swept.outcome, self.hints.is_empty())
        {
            self.hints = vec![hints::NOT_VISIBLE.to_owned()];
        }
        if let (Outcome::Failed(error), true) = (&swept.outcome, self.hints.is_empty()) {
            self.hints = hints::for_store(error);
        }
    }

    /// Writes the exceptions, then what was freed.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (reason, key) in &self.exceptions {
            let (reason, key) = (escape::for_terminal(reason), escape::for_terminal(key));
            writeln!(out, "  {TROUBLE}{reason}:{TROUBLE:#} {key}")?;
        }
        if self.more > 0 {
            let more = counted(self.more, "other");
            writeln!(
                out,
                "  {more} not aborted either: a format for programs names them"
            )?;
        }
        for hint in &self.hints {
            writeln!(out, "  hint: {}", escape::for_terminal(hint))?;
        }
        writeln!(out, "  {}", summary(&self.totals))
    }
}

/// Why an upload is still there, or was not ours to free. An upload that was not reached is
/// counted only.
fn exception(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Aborted | Outcome::NotReached => None,
        Outcome::AlreadyGone => Some("already gone".to_owned()),
        Outcome::PartsRemain => Some("aborted, but parts remain; sweep again later".to_owned()),
        Outcome::Changed => Some("changed since it was listed, not touched".to_owned()),
        Outcome::Kept(reason) => Some(format!("kept, {}", reason.words())),
        Outcome::Failed(error) => Some(chain(error)),
        Outcome::Repaired(None) => {
            Some("completed while it was aborted; the object was saved".to_owned())
        }
        Outcome::Repaired(Some(spare)) => Some(format!(
            "completed while it was aborted; the object was saved, but its spare copy {} could not \
             be deleted",
            spare.name.key().as_str()
        )),
        Outcome::AtRisk(at_risk) => Some(format!(
            "completed while it was aborted, and the object is in danger ({})",
            chain(&at_risk.error)
        )),
        Outcome::Unverified(error) => Some(format!(
            "aborted, but whether an object was completed meanwhile could not be seen ({})",
            chain(error)
        )),
    }
}

/// The same of sums alone, as a journal has them.
pub(crate) fn of_totals(totals: &SweepTotals) -> String {
    summary(&OutcomeTotals::of(totals))
}

/// `freed 5.54 GB: 12 uploads aborted, 1 already gone`, or `nothing was changed`.
pub(crate) fn summary(totals: &OutcomeTotals) -> String {
    let swept = totals.swept();
    let mut text = if swept.aborted > 0 {
        let freed = match (totals.has_unsized(), swept.bytes_freed) {
            (true, 0) => "an unknown size".to_owned(),
            (true, known) => format!("at least {}", bytes(known)),
            (false, all) => bytes(all),
        };
        format!(
            "freed {freed}: {} aborted",
            counted(swept.aborted, "upload")
        )
    } else if swept.parts_remain + swept.failed + swept.repaired + swept.at_risk + swept.unverified
        == 0
    {
        "nothing was changed".to_owned()
    } else {
        "nothing was freed".to_owned()
    };
    for (n, what) in [
        (swept.already_gone, "already gone"),
        (swept.changed, "changed meanwhile and not touched"),
        (swept.kept, "kept"),
        (swept.not_reached, "not reached"),
        (swept.parts_remain, "with parts that remain"),
        (swept.failed, "failed"),
        (swept.repaired, "completed meanwhile and saved"),
        (swept.at_risk, "completed meanwhile and in danger"),
        (swept.unverified, "not seen again"),
    ] {
        if n > 0 {
            text.push_str(&format!(", {} {what}", count(n)));
        }
    }
    text
}

/// What was freed, bucket by bucket.
#[derive(Default)]
struct ByBucket {
    order: Vec<BucketName>,
    ordered: HashSet<BucketName>,
    freed: HashMap<BucketName, Freed>,
    totals: OutcomeTotals,
    /// What was done before an interruption.
    earlier: Option<SweepTotals>,
}

impl ByBucket {
    /// Buckets are shown in this order, not in that in which aborts happen to end.
    fn expect(&mut self, bucket: &BucketName) {
        if self.ordered.insert(bucket.clone()) {
            self.order.push(bucket.clone());
        }
    }

    fn count(&mut self, swept: &SweptUpload) {
        self.totals.count(swept);
        let bucket = &swept.planned.upload.address.bucket;
        match self.freed.get_mut(bucket) {
            Some(freed) => freed.count(swept),
            None => {
                self.expect(bucket);
                self.freed.entry(bucket.clone()).or_default().count(swept);
            }
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for name in &self.order {
            if let Some(freed) = self.freed.get(name) {
                writeln!(out, "\n{}:", escape::for_terminal(name.as_str()))?;
                freed.write(out)?;
            }
        }
        let mut totals = self.totals;
        if let Some(earlier) = &self.earlier {
            totals.add(earlier);
            let all = summary(&totals);
            writeln!(out, "\nIn all, with what was done before: {all}")?;
        } else if self.freed.len() != 1 {
            writeln!(out, "\nIn all: {}", summary(&totals))?;
        }
        out.flush()
    }
}

/// The tables of a sweep that was consented to beforehand: first what was found, then what was
/// freed.
pub(crate) struct SweepTable {
    /// Waits until the sweep begins.
    found: ScanTable<Stream>,
    out: Box<dyn Write>,
    freed: ByBucket,
}

impl SweepTable {
    /// Fills this table.
    pub(crate) fn new(table: Table, out: Box<dyn Write>) -> Self {
        let spool = Spool::default();
        Self {
            found: ScanTable::new(table, spool.stream(), spool),
            out,
            freed: ByBucket::default(),
        }
    }
}

impl SweepReport for SweepTable {
    fn scanned(&mut self, event: &ScanEvent) -> io::Result<()> {
        if let ScanEvent::Buckets(names) = event {
            names.iter().for_each(|name| self.freed.expect(name));
        }
        self.found.take(event)
    }

    fn begin(&mut self) -> io::Result<()> {
        let nothing = self.found.out.another();
        let found = std::mem::replace(&mut self.found.out, nothing);
        found.read().copy_to(&mut self.out)
    }

    fn saved_bucket(&mut self, _bucket: SavedBucket) {}

    fn earlier(&mut self, totals: SweepTotals) {
        self.freed.earlier = Some(totals);
    }

    fn swept(&mut self, swept: SweptUpload) -> io::Result<()> {
        self.freed.count(&swept);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, end: &End, _interrupted: bool) -> io::Result<()> {
        self.found.table.end(&end.seen, &mut self.out)?;
        self.freed.write(&mut self.out)
    }
}

/// What the sweep of a saved scan freed: what was found was shown when it was saved.
pub(crate) struct FreedTable {
    out: Box<dyn Write>,
    freed: ByBucket,
}

impl FreedTable {
    /// Writes here.
    pub(crate) fn new(out: Box<dyn Write>) -> Self {
        Self {
            out,
            freed: ByBucket::default(),
        }
    }
}

impl SweepReport for FreedTable {
    fn scanned(&mut self, _event: &ScanEvent) -> io::Result<()> {
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn saved_bucket(&mut self, _bucket: SavedBucket) {}

    fn earlier(&mut self, totals: SweepTotals) {
        self.freed.earlier = Some(totals);
    }

    fn swept(&mut self, swept: SweptUpload) -> io::Result<()> {
        self.freed.count(&swept);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, _end: &End, _interrupted: bool) -> io::Result<()> {
        self.freed.write(&mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::{
        Amount, Footprint, Key, KeyProof, PlannedUpload, Upload, UploadAddress, UploadId,
    };

    use super::*;

    fn aborted(bytes: Amount) -> SweptUpload {
        let upload = Upload {
            address: UploadAddress {
                bucket: BucketName::new("b").unwrap(),
                key: Key::new("k").unwrap(),
                id: UploadId::new("1").unwrap(),
            },
            key_proof: KeyProof::Exact,
            initiated: None,
            storage_class: None,
            owner: None,
            initiator: None,
        };
        let footprint = Footprint {
            bytes,
            ..Footprint::UNKNOWN
        };
        SweptUpload {
            number: 0,
            planned: PlannedUpload { upload, footprint },
            outcome: Outcome::Aborted,
            shared: false,
        }
    }

    #[test]
    fn what_was_freed_of_unknown_size_is_not_0() {
        let mut totals = OutcomeTotals::default();
        totals.count(&aborted(Amount::Unknown));
        assert_eq!(summary(&totals), "freed an unknown size: 1 upload aborted");
        totals.count(&aborted(Amount::Exact(2_000)));
        let text = "freed at least 2.00 kB: 2 uploads aborted";
        assert_eq!(summary(&totals), text);
    }
}
