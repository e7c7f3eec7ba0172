//! What a scan or a sweep tells, in each form that it can be shown in.
//!
//! | module | form |
//! |---|---|
//! | [`screen`] | what a person reads of a scan |
//! | [`confirm`] | what a person reads of a bucket before its uploads are aborted |
//! | [`freed`], [`closing`], [`swept`] | what a person reads of what became of them |
//! | [`costs`], [`cost_gap`] | what uploads cost a month, and when an abort saves it; or why that isn't known |
//! | [`json`] | one document |
//! | [`ndjson`] | one object a line, as they come |
//! | [`csv`] | one upload a line |
//! | [`prices`] | prices, as lines and as a file |
//! | [`rescue`] | one upload and what came of it, or the uploads that look complete, as a document |
//! | [`doctor`] | what `partsweep doctor` found out, as lines and as a document |
//!
//! A report writes data to standard output and nothing else; an error to write ends the command.

pub(crate) mod closing;
mod columns;
pub(crate) mod confirm;
mod cost_gap;
pub(crate) mod costs;
mod csv;
pub(crate) mod doctor;
pub(crate) mod fate;
pub(crate) mod freed;
mod json;
pub(crate) mod lifecycle;
mod ndjson;
pub(crate) mod order;
pub(crate) mod prices;
pub(crate) mod rescue;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod seen;
mod sorted;
pub(crate) mod spool;
mod summary;
pub(crate) mod sums;
pub(crate) mod swept;
pub(crate) mod table;

use std::io;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{BucketName, PriceTable};
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals, SweptUpload};

use crate::args::{Format, ScanOptions, Sort, Top};
use crate::report::seen::End;
use crate::report::spool::Spool;
use crate::report::table::Table;
use crate::terminal::console::Console;

/// Looks up the region of a bucket that was listed.
pub(crate) type RegionOf = dyn Fn(&BucketName) -> Option<String>;

/// What uploads are billed by.
pub(crate) struct Billing {
    /// What parts cost at this store.
    pub(crate) prices: PriceTable,
    /// None where it isn't known.
    pub(crate) region_of: Box<RegionOf>,
}

/// Shows a scan.
pub(crate) trait ScanReport {
    /// Says where this is (store, keys and account), and what it costs there. Comes once, before the first upload and
    /// bucket.
    fn place(&mut self, _place: &str, _billing: Billing) -> io::Result<()> {
        Ok(())
    }

    /// Shows what the engine tells, now or when its bucket is done.
    fn event(&mut self, event: ScanEvent) -> io::Result<()>;

    /// Lets the reader see everything shown so far: called when there is nothing else to do.
    fn flush(&mut self) -> io::Result<()>;

    /// Shows the totals, and ends.
    fn end(&mut self, end: &End) -> io::Result<()>;
}

/// News of a sweep that was consented to beforehand, in the order in which they come.
pub(crate) enum SweepEvent<'a> {
    /// Of the scan before the sweep. Shows nothing yet: nothing is agreed to.
    Scanned(&'a ScanEvent),
    /// What parts cost at the store. Comes once, before the first upload and bucket of a scan.
    Priced(PriceTable),
    /// The sweep begins: what the scan found, or keeps, is shown.
    Begun,
    /// A bucket of a saved scan, before the sweep.
    SavedBucket(Box<SavedBucket>),
    /// What was done before an interruption: it is counted with the rest.
    Earlier(SweepTotals),
    /// What became of one upload of the plan.
    Swept(&'a SweptUpload),
}

/// Shows a sweep that was consented to beforehand.
pub(crate) trait SweepReport {
    /// Shows what happens, or takes it for later.
    fn event(&mut self, event: SweepEvent<'_>) -> io::Result<()>;

    /// Lets the reader see everything shown so far.
    fn flush(&mut self) -> io::Result<()>;

    /// Shows the totals, and ends.
    fn end(&mut self, end: &End, interrupted: bool) -> io::Result<()>;
}

/// No report: standard output is for something else.
struct Unshown;

impl ScanReport for Unshown {
    fn event(&mut self, _: ScanEvent) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: &End) -> io::Result<()> {
        Ok(())
    }
}

/// Which store a report is about, and since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportSource<'a> {
    /// Its endpoint.
    pub(crate) endpoint: &'a str,
    /// When the command began, by this machine's clock.
    pub(crate) started: Timestamp,
}

/// The report of a scan in this form.
pub(crate) fn of_scan(
    scan_options: &ScanOptions,
    source: ReportSource<'_>,
    console: &Console,
) -> Box<dyn ScanReport> {
    let ReportSource { endpoint, started } = source;
    if !scan_options.is_shown {
        return Box::new(Unshown);
    }
    match scan_options.format {
        Format::Table => Box::new(screen::ScanTable::new(
            Table::new(scan_options, console.width()),
            console.styled_output(),
            Spool::default(),
        )),
        Format::Json => Box::new(json::ScanDocument::new(
            console.plain_output(),
            endpoint,
            started,
            scan_options,
        )),
        Format::Ndjson => Box::new(ndjson::ScanLines::new(
            console.plain_output(),
            endpoint,
            started,
            scan_options,
        )),
        Format::Csv => Box::new(csv::ScanRows::new(
            console.plain_output(),
            scan_options.filters,
        )),
    }
}

/// The report of a sweep in this form. `older_than`: the age for which uploads were chosen; `shown`: how many
/// of a bucket's, and in which order.
pub(crate) fn of_sweep(
    format: Format,
    older_than: SignedDuration,
    shown: (Option<Top>, Sort),
    source: ReportSource<'_>,
    console: &Console,
) -> Box<dyn SweepReport> {
    let ReportSource { endpoint, started } = source;
    match format {
        Format::Table => Box::new(swept::SweepTable::new(
            older_than,
            shown,
            console.width(),
            console.styled_output(),
        )),
        Format::Json => Box::new(json::SweepDocument::new(
            console.plain_output(),
            endpoint,
            started,
        )),
        Format::Ndjson => Box::new(ndjson::SweepLines::new(
            console.plain_output(),
            endpoint,
            started,
        )),
        Format::Csv => Box::new(csv::SweepRows::new(console.plain_output())),
    }
}
