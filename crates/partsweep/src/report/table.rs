//! What a person reads of a scan: bucket by bucket, a line per upload.
//!
//! Keys come last on their line and are never cut: a key that cannot be read whole cannot be
//! recognised.

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::{Amount, BucketName, KeepReason, Listing, StoreError, Verdict, escape};
use partsweep_engine::{BucketSummary, ScanEvent, Totals};

use crate::args::{Survey, Top};
use crate::report::ScanReport;
use crate::report::order::InTurn;
use crate::report::rows::{Row, Rows};
use crate::report::spool::Spool;
use crate::report::sums::{no_match, sum, total};
use crate::run::scan::{End, Seen};
use crate::text::error::chain;
use crate::text::figures::{amount, amount_of_bytes, count, counted, duration, minute};
use crate::text::hints;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Writes buckets as tables.
pub(crate) struct Table {
    /// How many uploads of a bucket are shown, if that was asked for.
    top: Option<Top>,
    /// Where all of them wait, if all are shown.
    spool: Spool,
    /// Whether a listing that proves nothing was accepted beforehand.
    accepts_unproven: bool,
    /// Buckets without uploads, told in one line at the end.
    empty: u64,
    /// Those among them whose listing proves nothing, and why.
    empty_unproven: (u64, &'static str),
}

impl Table {
    /// An empty table.
    pub(crate) fn new(survey: &Survey) -> Self {
        Self {
            top: survey.top,
            spool: Spool::default(),
            accepts_unproven: survey.accept_unproven,
            empty: 0,
            empty_unproven: (0, ""),
        }
    }

    /// For the uploads of one more bucket.
    pub(crate) fn rows(&self) -> Rows {
        Rows::new(self.top, self.spool.clone())
    }

    /// Writes a bucket; one without uploads is only counted, unless something is wrong with it.
    pub(crate) fn bucket(
        &mut self,
        mut rows: Rows,
        summary: &BucketSummary,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let silent = rows.is_empty() && summary.unclear == 0 && summary.excluded == 0;
        match summary.listing {
            Listing::Complete if silent => self.empty += 1,
            Listing::Unproven { why } if silent => {
                self.empty_unproven = (self.empty_unproven.0 + 1, why);
            }
            _ => {
                heading(summary, &mut rows, out)?;
                if !rows.is_empty() {
                    uploads(&mut rows, &summary.totals, out)?;
                }
                self.remarks(summary, out)?;
                // The same for all of them, as a rule: told once.
                let failed = rows.failed.as_ref();
                hints(&failed.map(hints::for_store).unwrap_or_default(), out)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }

    /// What follows the uploads of a bucket: the total, and what is to be known about the listing.
    fn remarks(&self, summary: &BucketSummary, out: &mut dyn Write) -> io::Result<()> {
        let listing = &summary.listing;
        if summary.totals.uploads > 0 {
            writeln!(out, "  total: {}", total(&summary.totals))?;
        }
        for (n, what) in [
            (summary.excluded, "left out by --include and --exclude"),
            (summary.vanished, "gone before it could be sized"),
            (summary.unclear, "kept because too little is known"),
        ] {
            if n > 0 {
                writeln!(out, "  {}: {what}", counted(n, "upload"))?;
            }
        }
        let trouble = match listing {
            Listing::Complete => return Ok(()),
            Listing::Unproven { why } => (*why).to_owned(),
            Listing::Partial { error: None } => {
                "the store repeats itself: there may be more".to_owned()
            }
            Listing::Partial { error: Some(error) } => {
                format!("there may be more: {}", chain(error))
            }
            Listing::Denied(error) | Listing::Unsupported(error) | Listing::Failed(error) => {
                chain(error)
            }
        };
        let trouble = escape::for_terminal(&trouble);
        let code = listing.code();
        writeln!(out, "  {TROUBLE}{code}:{TROUBLE:#} {trouble}")?;
        if self.accepts_unproven && matches!(listing, Listing::Unproven { .. }) {
            return Ok(());
        }
        hints(&hints::for_listing(listing), out)
    }

    /// Writes what holds for all buckets together.
    pub(crate) fn end(&self, seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
        let (unproven, why) = self.empty_unproven;
        if unproven > 0 {
            let buckets = counted(unproven, "bucket");
            writeln!(
                out,
                "{buckets} without listed uploads, which proves nothing: {why}"
            )?;
        }
        let with_uploads = seen.buckets_with_uploads;
        if with_uploads == 0 && seen.excluded > 0 {
            let no_match = no_match(seen.excluded);
            writeln!(out, "In all: {no_match} --include and --exclude")?;
        }
        if seen.buckets == 0 {
            writeln!(out, "The store lists no buckets for this key")?;
        } else if self.empty > 0 && with_uploads + seen.excluded > 0 {
            let buckets = counted(self.empty, "other bucket");
            writeln!(out, "{buckets} without incomplete uploads")?;
        } else if self.empty > 0 {
            let buckets = counted(self.empty, "bucket");
            writeln!(out, "No incomplete uploads in {buckets}")?;
        }
        if with_uploads > 0 && seen.buckets > 1 {
            let of = format!(
                "{} of {}",
                count(with_uploads),
                counted(seen.buckets, "bucket")
            );
            writeln!(
                out,
                "{HEADING}In all:{HEADING:#} {}, in {of}",
                total(&seen.totals)
            )?;
        }
        out.flush()
    }
}

fn heading(summary: &BucketSummary, rows: &mut Rows, out: &mut dyn Write) -> io::Result<()> {
    let name = escape::for_terminal(summary.name.as_str());
    write!(out, "{HEADING}{name}{HEADING:#}")?;
    if let Some(region) = &summary.region {
        write!(out, " ({})", escape::for_terminal(region))?;
    }
    match &summary.listing {
        // No number: 0 would look like a result.
        Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_) => {
            writeln!(out, ": not listed")
        }
        _ if summary.totals.uploads == 0 && summary.excluded > 0 => {
            writeln!(out, ": {}", no_match(summary.excluded))
        }
        _ => {
            write!(out, ": {}", counted(summary.totals.uploads, "upload"))?;
            if rows.hidden() > 0 {
                let shown = rows.shown();
                let sized = shown.iter().any(|row| row.bytes != Amount::Unknown);
                let which = if sized { "largest" } else { "oldest" };
                match shown.len() as u64 {
                    1 => write!(out, ", the {which}")?,
                    shown => write!(out, ", the {} {which}", count(shown))?,
                }
            }
            writeln!(out)
        }
    }
}

fn uploads(rows: &mut Rows, totals: &Totals, out: &mut dyn Write) -> io::Result<()> {
    let titles = ["initiated (UTC)", "size", "parts", "idle", "key"];
    let [initiated, size, parts, idle, key] = titles;
    writeln!(
        out,
        "{FAINT}  {initiated:16} {size:>10} {parts:>6} {idle:>6}  {key}{FAINT:#}"
    )?;
    if rows.shows_all() {
        return rows.all().give(&mut |line| out.write_all(&line.text));
    }
    let hidden = rows.hidden();
    let (mut bytes, mut unsized_uploads, mut told) = (totals.bytes, totals.unsized_uploads, false);
    for row in rows.shown() {
        upload(row, out)?;
        bytes = bytes.saturating_sub(row.bytes.known());
        unsized_uploads -= u64::from(row.bytes.exact().is_none()).min(unsized_uploads);
        told |= row.error.is_some();
    }
    if hidden > 0 {
        let (hidden, sum) = (counted(hidden, "other"), sum(bytes, unsized_uploads));
        writeln!(
            out,
            "{FAINT}  {hidden}, {sum}: `--top all`, or a format for programs, shows them{FAINT:#}"
        )?;
        if let (Some(error), false) = (&rows.failed, told) {
            trouble(error, out)?;
        }
    }
    Ok(())
}

pub(super) fn upload(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let initiated = row.initiated.map_or_else(|| "unknown".to_owned(), minute);
    let idle = row.idle.map_or_else(|| "?".to_owned(), duration);
    let size = match row.verdict {
        // Whose parts could not be listed is kept for another reason.
        Verdict::Keep(KeepReason::ActiveRecently | KeepReason::NotSized)
            if row.bytes == Amount::Unknown =>
        {
            "not asked".to_owned()
        }
        _ => amount_of_bytes(row.bytes),
    };
    writeln!(
        out,
        "  {initiated:16} {size:>10} {:>6} {idle:>6}  {}",
        amount(row.parts),
        escape::for_terminal(row.key.as_str()),
    )?;
    // That nothing was asked for, the column of sizes says.
    if let Verdict::Keep(reason) = row.verdict
        && reason != KeepReason::NotSized
    {
        writeln!(out, "{FAINT}    kept: {}{FAINT:#}", reason.words())?;
    }
    row.error
        .as_ref()
        .map_or(Ok(()), |error| trouble(error, out))
}

fn trouble(error: &StoreError, out: &mut dyn Write) -> io::Result<()> {
    let error = chain(error);
    let error = escape::for_terminal(&error);
    writeln!(out, "    {TROUBLE}{error}{TROUBLE:#}")
}

fn hints(hints: &[String], out: &mut dyn Write) -> io::Result<()> {
    hints.iter().try_for_each(|hint| {
        let hint = escape::for_terminal(hint);
        writeln!(out, "  hint: {hint}")
    })
}

/// The table of a scan.
pub(crate) struct ScanTable<W> {
    pub(crate) table: Table,
    pub(crate) out: W,
    turns: InTurn,
    open: HashMap<BucketName, Rows>,
}

impl<W: Write> ScanTable<W> {
    /// Fills this table; what waits for its turn does so in the spool.
    pub(crate) fn new(table: Table, out: W, spool: Spool) -> Self {
        Self {
            table,
            out,
            turns: InTurn::new(spool),
            open: HashMap::new(),
        }
    }

    /// Takes what the engine tells.
    pub(crate) fn take(&mut self, event: &ScanEvent) -> io::Result<()> {
        match event {
            ScanEvent::Buckets(names) => self.turns.expect(names),
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
            ScanEvent::BucketDone(summary) => {
                let rows = self.open.remove(&summary.name);
                let rows = rows.unwrap_or_else(|| self.table.rows());
                let place = self.turns.place(&summary.name, &mut self.out);
                self.table.bucket(rows, summary, place)?;
                self.turns.end(&summary.name, &mut self.out)?;
            }
        }
        Ok(())
    }
}

impl<W: Write> ScanReport for ScanTable<W> {
    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        self.take(&event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        self.table.end(&end.seen, &mut self.out)
    }
}
