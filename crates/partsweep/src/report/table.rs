//! What a person reads of a scan: bucket by bucket, a line per upload.
//!
//! Keys come last on their line and are never cut: a key that cannot be read whole cannot be
//! recognised.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use partsweep_core::{Listing, Verdict, escape};
use partsweep_engine::{BucketSummary, Finding, ScanEvent};

use crate::args::Survey;
use crate::error::chain;
use crate::figures::{amount, amount_of_bytes, count, counted, duration, minute};
use crate::hints;
use crate::order::{BucketScan, InOrder};
use crate::report::ScanReport;
use crate::report::sums::{no_match, total};
use crate::scanning::{End, Seen};

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Writes buckets as tables.
pub(crate) struct Table {
    pub(crate) out: Box<dyn Write>,
    /// Whether a listing that proves nothing was accepted beforehand.
    accepts_unproven: bool,
    /// Buckets without uploads, told in one line at the end.
    empty: u64,
    /// Those among them whose listing proves nothing, and why.
    empty_unproven: (u64, &'static str),
}

impl Table {
    /// An empty table.
    pub(crate) fn new(out: Box<dyn Write>, survey: &Survey) -> Self {
        Self {
            out,
            accepts_unproven: survey.accept_unproven,
            empty: 0,
            empty_unproven: (0, ""),
        }
    }

    /// Writes a bucket; one without uploads is only counted, unless something is wrong with it.
    pub(crate) fn bucket(&mut self, scan: &BucketScan) -> io::Result<()> {
        let BucketScan { findings, summary } = scan;
        let silent = findings.is_empty() && summary.unclear == 0 && summary.excluded == 0;
        match summary.listing {
            Listing::Complete if silent => self.empty += 1,
            Listing::Unproven { why } if silent => {
                self.empty_unproven = (self.empty_unproven.0 + 1, why);
            }
            _ => {
                self.heading(summary)?;
                if !findings.is_empty() {
                    self.uploads(findings)?;
                }
                self.remarks(summary)?;
                // The same for all of them, as a rule: told once.
                let failed = findings.iter().find_map(|finding| finding.error.as_ref());
                self.hints(&failed.map(hints::for_store).unwrap_or_default())?;
                writeln!(self.out)?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, summary: &BucketSummary) -> io::Result<()> {
        let name = escape::for_terminal(summary.name.as_str());
        write!(self.out, "{HEADING}{name}{HEADING:#}")?;
        if let Some(region) = &summary.region {
            write!(self.out, " ({})", escape::for_terminal(region))?;
        }
        match &summary.listing {
            // No number: 0 would look like a result.
            Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_) => {
                writeln!(self.out, ": not listed")
            }
            _ if summary.totals.uploads == 0 && summary.excluded > 0 => {
                writeln!(self.out, ": {}", no_match(summary.excluded))
            }
            _ => writeln!(self.out, ": {}", counted(summary.totals.uploads, "upload")),
        }
    }

    fn uploads(&mut self, findings: &[Finding]) -> io::Result<()> {
        let titles = ["initiated (UTC)", "size", "parts", "idle", "key"];
        let [initiated, size, parts, idle, key] = titles;
        writeln!(
            self.out,
            "{FAINT}  {initiated:16} {size:>10} {parts:>6} {idle:>6}  {key}{FAINT:#}"
        )?;
        for finding in findings {
            self.upload(finding)?;
        }
        Ok(())
    }

    fn upload(&mut self, finding: &Finding) -> io::Result<()> {
        let initiated = finding
            .upload
            .initiated
            .map_or_else(|| "unknown".to_owned(), minute);
        let idle = finding.idle.map_or_else(|| "?".to_owned(), duration);
        writeln!(
            self.out,
            "  {initiated:16} {:>10} {:>6} {idle:>6}  {}",
            amount_of_bytes(finding.footprint.bytes),
            amount(finding.footprint.parts),
            escape::for_terminal(finding.upload.address.key.as_str()),
        )?;
        if let Verdict::Keep(reason) = finding.verdict {
            writeln!(self.out, "{FAINT}    kept: {}{FAINT:#}", reason.words())?;
        }
        if let Some(error) = &finding.error {
            let error = chain(error);
            let error = escape::for_terminal(&error);
            writeln!(self.out, "    {TROUBLE}{error}{TROUBLE:#}")?;
        }
        Ok(())
    }

    /// What follows the uploads of a bucket: the total, and what is to be known about the listing.
    fn remarks(&mut self, summary: &BucketSummary) -> io::Result<()> {
        let listing = &summary.listing;
        if summary.totals.uploads > 0 {
            writeln!(self.out, "  total: {}", total(&summary.totals))?;
        }
        for (n, what) in [
            (summary.excluded, "left out by --include and --exclude"),
            (summary.vanished, "gone before it could be sized"),
            (summary.unclear, "kept because too little is known"),
        ] {
            if n > 0 {
                writeln!(self.out, "  {}: {what}", counted(n, "upload"))?;
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
        writeln!(self.out, "  {TROUBLE}{code}:{TROUBLE:#} {trouble}")?;
        if self.accepts_unproven && matches!(listing, Listing::Unproven { .. }) {
            return Ok(());
        }
        self.hints(&hints::for_listing(listing))
    }

    fn hints(&mut self, hints: &[String]) -> io::Result<()> {
        hints.iter().try_for_each(|hint| {
            let hint = escape::for_terminal(hint);
            writeln!(self.out, "  hint: {hint}")
        })
    }

    /// Writes what holds for all buckets together.
    pub(crate) fn end(&mut self, seen: &Seen) -> io::Result<()> {
        let (unproven, why) = self.empty_unproven;
        if unproven > 0 {
            let buckets = counted(unproven, "bucket");
            writeln!(
                self.out,
                "{buckets} without listed uploads, which proves nothing: {why}"
            )?;
        }
        let with_uploads = seen.buckets_with_uploads;
        if with_uploads == 0 && seen.excluded > 0 {
            let no_match = no_match(seen.excluded);
            writeln!(self.out, "In all: {no_match} --include and --exclude")?;
        }
        if seen.buckets == 0 {
            writeln!(self.out, "The store lists no buckets for this key")?;
        } else if self.empty > 0 && with_uploads + seen.excluded > 0 {
            let buckets = counted(self.empty, "other bucket");
            writeln!(self.out, "{buckets} without unfinished uploads")?;
        } else if self.empty > 0 {
            let buckets = counted(self.empty, "bucket");
            writeln!(self.out, "No unfinished uploads in {buckets}")?;
        }
        if with_uploads > 0 && seen.buckets > 1 {
            let of = format!(
                "{} of {}",
                count(with_uploads),
                counted(seen.buckets, "bucket")
            );
            writeln!(
                self.out,
                "{HEADING}In all:{HEADING:#} {}, in {of}",
                total(&seen.totals)
            )?;
        }
        self.out.flush()
    }
}

/// The table of a scan.
pub(crate) struct ScanTable {
    table: Table,
    buckets: InOrder,
}

impl ScanTable {
    /// Fills this table.
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            buckets: InOrder::default(),
        }
    }
}

impl ScanReport for ScanTable {
    fn event(&mut self, event: ScanEvent) -> io::Result<()> {
        self.buckets.take(event);
        while let Some(scan) = self.buckets.next() {
            self.table.bucket(&scan)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.table.out.flush()
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        self.table.end(&end.seen)
    }
}
