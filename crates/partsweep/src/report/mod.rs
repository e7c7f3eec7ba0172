//! What a scan or a sweep tells, in each form that it can be shown in.
//!
//! | module | form |
//! |---|---|
//! | [`screen`] | what a person reads of a scan |
//! | [`confirm`] | what a person reads of a bucket before its uploads are aborted |
//! | [`freed`], [`closing`], [`swept`] | what a person reads of what became of them |
//! | [`json`] | one document |
//! | [`ndjson`] | one object a line, as they come |
//! | [`csv`] | one upload a line |
//!
//! A report writes data to standard output and nothing else; an error to write ends the command.

pub(crate) mod closing;
mod columns;
pub(crate) mod confirm;
mod csv;
pub(crate) mod freed;
mod json;
mod ndjson;
pub(crate) mod order;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod seen;
mod sorted;
pub(crate) mod spool;
mod summary;
mod sums;
pub(crate) mod swept;
pub(crate) mod table;

use std::io;

use jiff::{SignedDuration, Timestamp};
use partsweep_engine::inventory::SavedBucket;
use partsweep_engine::{ScanEvent, SweepTotals, SweptUpload};

use crate::args::{Format, Survey};
use crate::report::seen::End;
use crate::report::spool::Spool;
use crate::report::table::Table;
use crate::terminal::console::Console;

/// Shows a scan.
pub(crate) trait ScanReport {
    /// Says where this is: store, keys and account. Comes once, before the first upload and bucket.
    fn place(&mut self, _place: &str) -> io::Result<()> {
        Ok(())
    }

    /// Shows what the engine tells, now or when its bucket is done.
    fn event(&mut self, event: ScanEvent) -> io::Result<()>;

    /// Lets the reader see everything shown so far: called when there is nothing else to do.
    fn flush(&mut self) -> io::Result<()>;

    /// Shows the totals, and ends.
    fn end(&mut self, end: &End) -> io::Result<()>;
}

/// Shows a sweep that was consented to beforehand, as data.
pub(crate) trait SweepReport {
    /// Takes what the scan before the sweep tells. Shows nothing yet: nothing is agreed to.
    fn scanned(&mut self, event: &ScanEvent) -> io::Result<()>;

    /// Shows what the scan found, or keeps: the sweep begins.
    fn begin(&mut self) -> io::Result<()>;

    /// Takes a bucket of a saved scan, before the sweep.
    fn saved_bucket(&mut self, bucket: SavedBucket);

    /// Takes what was done before an interruption: it is counted with the rest.
    fn earlier(&mut self, totals: SweepTotals);

    /// Shows what became of one upload of the plan.
    fn swept(&mut self, swept: SweptUpload) -> io::Result<()>;

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
pub(crate) struct Source<'a> {
    /// Its endpoint.
    pub(crate) endpoint: &'a str,
    /// When the command began, by this machine's clock.
    pub(crate) started: Timestamp,
}

/// The report of a scan in this form.
pub(crate) fn of_scan(
    survey: &Survey,
    source: Source<'_>,
    console: &Console,
) -> Box<dyn ScanReport> {
    let Source { endpoint, started } = source;
    if !survey.is_shown {
        return Box::new(Unshown);
    }
    match survey.format {
        Format::Table => Box::new(screen::ScanTable::new(
            Table::new(survey, console.width()),
            console.styled_output(),
            Spool::default(),
        )),
        Format::Json => Box::new(json::ScanDocument::new(
            console.plain_output(),
            endpoint,
            started,
            survey,
        )),
        Format::Ndjson => Box::new(ndjson::ScanLines::new(
            console.plain_output(),
            endpoint,
            started,
            survey,
        )),
        Format::Csv => Box::new(csv::ScanRows::new(console.plain_output(), survey.filters)),
    }
}

/// The report of a sweep that follows a scan, in this form.
pub(crate) fn of_sweep(
    survey: &Survey,
    source: Source<'_>,
    console: &Console,
) -> Box<dyn SweepReport> {
    match survey.format {
        Format::Table => Box::new(swept::SweepTable::new(
            survey,
            console.width(),
            console.styled_output(),
        )),
        format => of_saved(format, survey.request.selection.older_than, source, console),
    }
}

/// The report of the sweep of a saved scan, in this form. `older_than`: the age that it was made for.
pub(crate) fn of_saved(
    format: Format,
    older_than: SignedDuration,
    source: Source<'_>,
    console: &Console,
) -> Box<dyn SweepReport> {
    let Source { endpoint, started } = source;
    match format {
        Format::Table => Box::new(swept::FreedTable::new(
            older_than,
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
