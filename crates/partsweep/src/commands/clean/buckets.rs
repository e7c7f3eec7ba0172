//! Scanned buckets, one after the other.

use std::collections::HashMap;
use std::io::{self, Write};

use partsweep_core::BucketName;
use partsweep_engine::{BucketSummary, Finding, ScanEvent};

use super::Clean;
use super::planning::{Planned, Planning};
use crate::report::order::InOrder;
use crate::report::rows::Rows;
use crate::report::spool::{Spool, Stream};
use crate::report::table::Table;
use crate::run::scan::{Scanning, Seen};
use crate::text::error::Failure;

/// A bucket that was scanned: as text, and as a plan.
pub(super) struct ScannedBucket {
    pub(super) name: BucketName,
    /// What is shown of it, until it was.
    text: Option<Stream>,
    /// Whether all there is in it was seen and understood.
    pub(super) is_whole: bool,
    /// What is to be swept in it.
    pub(super) planned: Planned,
}

impl ScannedBucket {
    /// Shows it, once.
    pub(super) fn show(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text
            .take()
            .map_or(Ok(()), |text| text.read().copy_to(out))
    }
}

/// Scanned buckets, in order. What is known of them waits in a spool; the scan goes on while a
/// question waits.
pub(super) struct Buckets<'a> {
    clean: &'a Clean<'a>,
    scanning: Scanning<'a>,
    table: Table,
    spool: Spool,
    open: HashMap<BucketName, OpenBucket>,
    done: InOrder<ScannedBucket>,
}

/// A bucket that is being scanned.
struct OpenBucket {
    rows: Rows,
    planning: Planning,
}

impl<'a> Buckets<'a> {
    /// The buckets of a scan, as they come.
    pub(super) fn new(clean: &'a Clean<'a>, scanning: Scanning<'a>) -> Self {
        Self {
            clean,
            scanning,
            table: Table::new(clean.survey, clean.console.width()),
            spool: Spool::default(),
            open: HashMap::new(),
            done: InOrder::new(),
        }
    }

    /// Scans all of them.
    pub(super) async fn scan_all(&mut self) -> Result<(), Failure> {
        while let Some(event) = self.scanning.next().await? {
            self.take(event)?;
        }
        Ok(())
    }

    /// The next bucket; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<ScannedBucket>, Failure> {
        loop {
            if let Some(bucket) = self.done.next() {
                return Ok(Some(bucket));
            }
            match self.scanning.next().await? {
                Some(event) => self.take(event)?,
                None => return Ok(None),
            }
        }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.scanning.seen
    }

    /// What holds for all buckets together.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    fn take(&mut self, event: ScanEvent) -> Result<(), Failure> {
        match event {
            ScanEvent::Buckets(names) => self.done.expect(&names),
            ScanEvent::Listed { .. } | ScanEvent::BucketsMissing(_) | ScanEvent::AllListed => {}
            ScanEvent::Found(finding) => self.found(&finding)?,
            ScanEvent::BucketDone(summary) => {
                let bucket = self.scanned(&summary)?;
                self.done.put(summary.name, bucket);
            }
        }
        Ok(())
    }

    fn found(&mut self, finding: &Finding) -> io::Result<()> {
        let bucket = &finding.upload.address.bucket;
        let open = match self.open.get_mut(bucket) {
            Some(open) => open,
            None => {
                let open = self.opened();
                self.open.entry(bucket.clone()).or_insert(open)
            }
        };
        open.rows.add(finding)?;
        open.planning.add(finding)
    }

    fn scanned(&mut self, summary: &BucketSummary) -> Result<ScannedBucket, Failure> {
        let open = self.open.remove(&summary.name);
        let open = open.unwrap_or_else(|| self.opened());
        let mut text = self.spool.stream();
        self.table.bucket(open.rows, summary, &mut text)?;
        Ok(ScannedBucket {
            name: summary.name.clone(),
            text: Some(text),
            is_whole: summary.is_whole(),
            planned: open.planning.finish()?,
        })
    }

    fn opened(&self) -> OpenBucket {
        OpenBucket {
            rows: self.table.rows(),
            planning: self.clean.planning(&self.spool),
        }
    }
}
