//! What a person reads of a scan: where it was, and its buckets in order.

use std::collections::HashMap;
use std::io::{self, Write};

use partsweep_core::BucketName;
use partsweep_engine::{BucketSummary, ScanEvent};

use crate::report::ScanReport;
use crate::report::order::InOrder;
use crate::report::rows::UploadRows;
use crate::report::seen::End;
use crate::report::spool::{Spool, Stream};
use crate::report::table::Table;
use crate::text::fit;

/// The table of a scan.
pub(crate) struct ScanTable<W> {
    pub(crate) table: Table,
    pub(crate) out: W,
    spool: Spool,
    order: InOrder<Block>,
    open: HashMap<BucketName, UploadRows>,
    written: Written,
}

/// What stands above the next line.
#[derive(Default)]
struct Written {
    /// Where this is.
    place: bool,
    /// A bucket.
    bucket: bool,
    /// The titles of the uploads' columns: once, above the first upload.
    titles: bool,
}

/// A bucket as text, until it is its turn.
struct Block {
    text: Stream,
    is_shown: bool,
    has_uploads: bool,
}

impl<W: Write> ScanTable<W> {
    /// Fills this table; what waits for its turn does so in the spool.
    pub(crate) fn new(table: Table, out: W, spool: Spool) -> Self {
        Self {
            table,
            out,
            spool,
            order: InOrder::new(),
            open: HashMap::new(),
            written: Written::default(),
        }
    }

    /// Takes what the engine tells.
    pub(crate) fn take(&mut self, event: &ScanEvent) -> io::Result<()> {
        match event {
            ScanEvent::Buckets(names) => self.order.expect(names),
            ScanEvent::Listed { .. } | ScanEvent::BucketsMissing(_) | ScanEvent::AllListed => {}
            ScanEvent::Found(finding) => {
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
        let rows = self.open.remove(&summary.name);
        let rows = rows.unwrap_or_else(|| self.table.rows());
        let is_shown = self.table.shows(&rows, summary);
        let has_uploads = !rows.is_empty();
        if !self.order.is_next(&summary.name) {
            let mut text = self.spool.stream();
            self.table.bucket(rows, summary, &mut text)?;
            let block = Block {
                text,
                is_shown,
                has_uploads,
            };
            self.order.put(summary.name.clone(), block);
            return Ok(());
        }
        self.begin(is_shown, has_uploads)?;
        self.table.bucket(rows, summary, &mut self.out)?;
        self.order.pass();
        while let Some(block) = self.order.next() {
            self.begin(block.is_shown, block.has_uploads)?;
            block.text.read().copy_to(&mut self.out)?;
        }
        Ok(())
    }

    /// What stands above a bucket.
    fn begin(&mut self, is_shown: bool, has_uploads: bool) -> io::Result<()> {
        if is_shown && !self.written.bucket {
            self.written.bucket = true;
            if self.written.place {
                writeln!(self.out)?;
            }
        }
        if has_uploads && !self.written.titles {
            self.written.titles = true;
            self.table.columns.titles(&mut self.out)?;
        }
        Ok(())
    }
}

impl<W: Write> ScanReport for ScanTable<W> {
    fn place(&mut self, place: &str) -> io::Result<()> {
        self.written.place = true;
        let place = fit::joined(place.split(" · "), " · ", self.table.screen.width, 0);
        writeln!(self.out, "{place}")
    }

    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        self.take(&event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        if self.written.place || self.written.bucket {
            writeln!(self.out)?;
        }
        self.table.finish(end, &mut self.out)
    }
}
