//! What a person reads of a scan: where it was, and its buckets.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};

use partsweep_core::{BucketName, PriceTable};
use partsweep_engine::{BucketSummary, ScanEvent};

use crate::report::columns::UploadColumns;
use crate::report::costs::ScanCosts;
use crate::report::order::InOrder;
use crate::report::rows::UploadRows;
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::table::Table;
use crate::report::{Billing, ScanReport};
use crate::text::fit;

/// Text that waits for the end of the scan, so that the largest buckets come first, at most: some
/// hundred uploads. Of more, the first are shown while the rest is scanned.
const HELD: usize = 64 << 10;

/// The table of a scan.
pub(crate) struct ScanTable<W> {
    table: Table,
    spool: Spool,
    order: InOrder<Block>,
    open: HashMap<BucketName, UploadRows>,
    costs: ScanCosts,
    /// None until it is known which store this is.
    prices: Option<PriceTable>,
    blocks: Blocks<W>,
}

/// A bucket as text, until it is its turn.
struct Block {
    text: Stream,
    kind: Kind,
}

/// What is known of a bucket before its text.
#[derive(Clone, Copy)]
struct Kind {
    is_shown: bool,
    has_uploads: bool,
    /// Where it stands, as in the table of the buckets.
    place: Reverse<(u64, u64)>,
}

/// The text of the buckets that are shown: the largest first if all of them are few lines, else in order.
struct Blocks<W> {
    out: W,
    titles: UploadColumns,
    /// None once there are too many of them.
    held: Option<Vec<(Kind, Vec<u8>)>>,
    bytes: usize,
    has_place: bool,
    has_bucket: bool,
    /// Once, above the first upload.
    has_titles: bool,
}

impl<W: Write> Blocks<W> {
    fn begin(&mut self, kind: Kind) -> io::Result<()> {
        match &mut self.held {
            Some(held) => held.push((kind, Vec::new())),
            None => self.head(kind)?,
        }
        Ok(())
    }

    /// What stands above a bucket.
    fn head(&mut self, kind: Kind) -> io::Result<()> {
        if kind.is_shown && !self.has_bucket {
            self.has_bucket = true;
            if self.has_place {
                writeln!(self.out)?;
            }
        }
        if kind.has_uploads && !self.has_titles {
            self.has_titles = true;
            self.titles.titles(&mut self.out)?;
        }
        Ok(())
    }

    fn give(&mut self, held: Vec<(Kind, Vec<u8>)>) -> io::Result<()> {
        for (kind, text) in held {
            self.head(kind)?;
            self.out.write_all(&text)?;
        }
        Ok(())
    }

    /// No bucket follows.
    fn end(&mut self) -> io::Result<()> {
        let mut held = self.held.take().unwrap_or_default();
        held.sort_by_key(|(kind, _)| kind.place);
        self.give(held)
    }
}

impl<W: Write> Write for Blocks<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let Some((_, text)) = self.held.as_mut().and_then(|held| held.last_mut()) else {
            return self.out.write(data);
        };
        text.extend_from_slice(data);
        self.bytes += data.len();
        if self.bytes > HELD {
            let held = self.held.take().unwrap_or_default();
            self.give(held)?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> ScanTable<W> {
    /// Fills this table; what waits for its turn does so in the spool.
    pub(crate) fn new(table: Table, out: W, spool: Spool) -> Self {
        Self {
            blocks: Blocks {
                out,
                titles: table.columns,
                held: Some(Vec::new()),
                bytes: 0,
                has_place: false,
                has_bucket: false,
                has_titles: false,
            },
            table,
            spool,
            order: InOrder::new(),
            open: HashMap::new(),
            costs: ScanCosts::default(),
            prices: None,
        }
    }

    /// Takes what the engine tells.
    fn take(&mut self, event: &ScanEvent) -> io::Result<()> {
        match event {
            ScanEvent::Buckets(names) => self.order.expect(names),
            ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => {}
            ScanEvent::Found(finding) => {
                self.costs.found(finding);
                let bucket = &finding.upload.address.bucket;
                match self.open.get_mut(bucket) {
                    Some(rows) => rows.add(finding)?,
                    None => {
                        let mut rows = self.table.rows();
                        rows.add(finding)?;
                        self.open.insert(bucket.clone(), rows);
                    }
                }
            }
            ScanEvent::BucketDone(summary) => self.done(summary)?,
        }
        Ok(())
    }

    fn done(&mut self, summary: &BucketSummary) -> io::Result<()> {
        let stored = self.costs.close(summary);
        let cost = self
            .prices
            .as_ref()
            .and_then(|prices| stored?.month(prices));
        let rows = self.open.remove(&summary.name);
        let rows = rows.unwrap_or_else(|| self.table.rows());
        let totals = &summary.totals;
        let kind = Kind {
            is_shown: self.table.shows(&rows, summary),
            has_uploads: !rows.is_empty(),
            place: Reverse((totals.sweepable_bytes, totals.bytes)),
        };
        if !self.order.is_next(&summary.name) {
            let mut text = self.spool.stream();
            self.table.bucket(rows, summary, cost.as_ref(), &mut text)?;
            self.order.put(summary.name.clone(), Block { text, kind });
            return Ok(());
        }
        if kind.is_shown {
            self.blocks.begin(kind)?;
        }
        self.table
            .bucket(rows, summary, cost.as_ref(), &mut self.blocks)?;
        self.order.pass();
        while let Some(Block { text, kind }) = self.order.next() {
            if kind.is_shown {
                self.blocks.begin(kind)?;
            }
            text.read().copy_to(&mut self.blocks)?;
        }
        Ok(())
    }
}

impl<W: Write> ScanReport for ScanTable<W> {
    fn place(&mut self, place: &str, billing: Billing) -> io::Result<()> {
        self.prices = Some(billing.prices);
        self.blocks.has_place = true;
        let place = fit::place(place, 0, self.table.screen.width);
        writeln!(self.blocks.out, "{place}")
    }

    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        self.take(&event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.blocks.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        self.blocks.end()?;
        let Blocks {
            out,
            has_place,
            has_bucket,
            ..
        } = &mut self.blocks;
        if *has_place || *has_bucket {
            writeln!(out)?;
        }
        let costs = self.costs.words(&end.prices, &end.provider);
        let total = self.costs.month(&end.prices);
        self.table.finish(end, (total.as_ref(), &costs), out)
    }
}
