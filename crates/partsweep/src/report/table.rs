//! What a person reads of buckets: the uploads of each, the table of all of them, and what can be done next.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use anstyle::Style;
use jiff::SignedDuration;
use partsweep_core::{BucketName, Listing, MonthCost, Selection, escape};
use partsweep_engine::{BucketSummary, Sizes, Targets};

use crate::args::{NextCommand, ScanOptions};
use crate::report::columns::{FAINT, Screen, TROUBLE, UploadColumns};
use crate::report::costs::write_lines;
use crate::report::rows::{Choice, UploadRows};
use crate::report::seen::{BucketList, End, ScanSummary};
use crate::report::spool::Spool;
use crate::report::summary::Summary;
use crate::report::sums::abortable;
use crate::text::error::chain;
use crate::text::figures::{count, counted, duration, exact, rounded, rounded_sum};
use crate::text::fit;
use crate::text::hints;
use crate::text::keys_asked::came_to;

const HEADING: Style = Style::new().bold();

/// Different hints at the end, at most: many buckets fail for few reasons.
const HINTS: usize = 5;

/// Writes buckets as tables.
pub(crate) struct Table {
    pub(super) screen: Screen,
    choice: Choice,
    pub(super) columns: UploadColumns,
    /// Where all uploads wait, if all are shown.
    spool: Spool,
    /// The names of buckets of which only some prefixes are scanned.
    prefixes: HashMap<BucketName, String>,
    /// What can be aborted, in words.
    rule: String,
    sizes: Sizes,
    /// Whether a listing that proves nothing was accepted beforehand.
    accepts_unproven: bool,
    /// Whether nothing but the buckets is shown.
    only_summary: bool,
    /// The command that aborts what can be aborted, if it is to be told.
    next: Option<NextCommand>,
    /// Buckets that were named and could not be listed.
    failed: HashSet<BucketName>,
    summary: Summary,
    /// Buckets whose index doesn't count what was listed: the first few, and how many there are.
    miscounted: (Vec<(String, Vec<String>)>, u64),
    /// What to do about buckets that could not be listed.
    hints: Vec<String>,
    /// Why they could not, where no bucket is shown: each kind of failure, with the first of it.
    causes: Vec<(String, String)>,
}

impl Table {
    /// An empty table, for a terminal of so many columns or for a file.
    pub(crate) fn new(scan_options: &ScanOptions, width: Option<usize>) -> Self {
        let screen = Screen {
            width,
            is_wide: scan_options.show.wide,
        };
        let selection = &scan_options.request.selection;
        Self {
            screen,
            choice: Choice::new(scan_options, screen.width.is_some()),
            columns: UploadColumns::new(screen, scan_options.show.sort),
            spool: Spool::default(),
            prefixes: prefixes(&scan_options.request.targets),
            rule: rule(selection, scan_options.since.as_deref()),
            sizes: scan_options.request.sizes,
            accepts_unproven: scan_options.accept_unproven,
            only_summary: scan_options.show.summary,
            next: scan_options.next.clone(),
            summary: Summary::default(),
            miscounted: (Vec::new(), 0),
            hints: Vec::new(),
            causes: Vec::new(),
            failed: HashSet::new(),
        }
    }

    /// For the uploads of one more bucket.
    pub(crate) fn rows(&self) -> UploadRows {
        UploadRows::new(self.choice, self.columns, self.spool.clone())
    }

    /// Whether anything is written of a bucket, other than in the table of the buckets.
    pub(super) fn shows(&self, rows: &UploadRows, summary: &BucketSummary) -> bool {
        !self.only_summary && (!rows.is_empty() || trouble(&summary.listing).is_some())
    }

    /// Writes the uploads of a bucket, if any are to be shown, and what is wrong with it. `cost`: what they cost a month,
    /// if that is known.
    pub(crate) fn bucket(
        &mut self,
        mut rows: UploadRows,
        summary: &BucketSummary,
        cost: Option<&MonthCost>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let name = self.prefixes.get(&summary.name);
        let name = name.map_or_else(|| summary.name.as_str().to_owned(), Clone::clone);
        self.summary.add(name.clone(), summary, cost);
        if let Some(told) = hints::for_index(summary) {
            self.miscounted.1 += 1;
            if self.miscounted.0.len() < HINTS {
                self.miscounted.0.push(told);
            }
        }
        let listing = &summary.listing;
        let is_gone = matches!(listing, Listing::Gone(_));
        let of_listing = listing.error().filter(|_| !is_gone);
        for error in of_listing.into_iter().chain(&rows.failed) {
            for hint in hints::for_bucket(error) {
                if self.hints.len() < HINTS && !self.hints.contains(&hint) {
                    self.hints.push(hint);
                }
            }
            if self.only_summary {
                self.tell_cause(&format!("{:?} {:?}", error.kind, error.code), chain(error));
            }
        }
        if self.only_summary && matches!(listing, Listing::Partial { error: None }) {
            let name = summary.name.as_str();
            let why = trouble(listing).unwrap_or_default();
            self.tell_cause("", format!("bucket `{name}`: {why}"));
        }
        let is_listed = !matches!(
            listing,
            Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_)
        );
        let names = self.next.as_ref().map_or(0, |next| next.targets.len());
        if !is_listed && names > 0 {
            self.failed.insert(summary.name.clone());
        }
        if !self.shows(&rows, summary) {
            return Ok(());
        }
        let trouble = trouble(listing);
        let region = summary.region.as_ref().filter(|_| self.screen.is_wide);
        let region = region.map_or_else(String::new, |region| {
            format!(" ({})", escape::for_terminal(region))
        });
        let totals = &summary.totals;
        let uploads = match listing {
            // No number: 0 would look like a result.
            Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_) => {
                "not listed".to_owned()
            }
            Listing::Gone(_) => "deleted meanwhile".to_owned(),
            _ => format!(
                "{}, {}",
                counted(totals.uploads, "upload"),
                rounded_sum(totals.bytes, totals.unsized_uploads > 0)
            ),
        };
        let owner = summary.owner.as_ref().map_or_else(String::new, |owner| {
            format!(" · owner {}", escape::for_terminal(owner))
        });
        let behind = format!("{region}{owner} · {uploads}");
        let room = self.screen.width.filter(|_| !self.screen.is_wide);
        let room = room.map(|width| width.saturating_sub(fit::width(&behind)));
        let name = fit::middle(&name, room);
        writeln!(out, "{HEADING}{name}{behind}{HEADING:#}")?;
        self.uploads(&mut rows, summary, out)?;
        if let Some(trouble) = trouble {
            let text = format!("{}: {}", listing.code(), escape::for_terminal(&trouble));
            self.columns.note(TROUBLE, &text, out)?;
        }
        Ok(())
    }

    fn uploads(
        &self,
        rows: &mut UploadRows,
        summary: &BucketSummary,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if rows.shows_all() {
            rows.all().give(&mut |line| out.write_all(&line.text))?;
        }
        let mut is_told = rows.shows_all();
        for row in rows.shown() {
            self.columns.row(row, out)?;
            is_told |= row.error.is_some();
        }
        let hidden = rows.hidden();
        if hidden.uploads > 0 {
            let sizes = rounded_sum(hidden.bytes, hidden.unsized_uploads > 0);
            let uploads = count(hidden.uploads);
            let text = format!("{uploads} more, {sizes} (--top all to list them)");
            self.columns.note(FAINT, &text, out)?;
            if let (Some(error), false) = (&rows.failed, is_told) {
                self.columns.trouble(error, out)?;
            }
        }
        let left_out = rows.left_out(&summary.totals.skipped);
        if left_out > 0 {
            let uploads = count(left_out);
            let text = format!("{uploads} skipped (shown by --show-skipped)");
            self.columns.note(FAINT, &text, out)?;
        }
        Ok(())
    }

    /// Keeps why a bucket isn't listed whole, where nothing else is written of it: the first of its kind.
    fn tell_cause(&mut self, kind: &str, why: String) {
        let is_new = self.causes.iter().all(|(known, _)| known != kind);
        if is_new && self.causes.len() < HINTS {
            self.causes.push((kind.to_owned(), why));
        }
    }

    /// Writes what holds for all buckets together.
    fn end(
        &self,
        seen: &ScanSummary,
        cost: Option<&MonthCost>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if seen.buckets == 0 && matches!(seen.bucket_list, BucketList::Partial(_)) {
            writeln!(out, "No bucket was scanned.")?;
        } else if seen.buckets == 0 {
            writeln!(out, "The store lists no buckets for this key.")?;
        } else if !self.summary.is_empty() {
            self.summary.write(cost, self.screen.width, out)?;
        } else if self.summary.unproven == 0 {
            let buckets = counted(seen.buckets, "bucket");
            writeln!(out, "No incomplete uploads in {buckets}.")?;
        }
        out.flush()
    }

    /// Writes the same with what was scanned, by which rule, and what can be done next.
    /// `costs`: what it costs, and that in sentences.
    pub(super) fn finish(
        &self,
        end: &End,
        (cost, costs): (Option<&MonthCost>, &[String]),
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if end.seen.buckets > 0 {
            let (scanned, took) = (self.scanned(end.seen.buckets), self.took(end.took));
            let text = format!(
                "Scanned {scanned} in {took}. Can be aborted: {}.",
                self.rule
            );
            self.sentence(&text, out)?;
            writeln!(out)?;
        }
        self.end(&end.seen, cost, out)?;
        write_lines(costs, self.screen.width, out)?;
        let has_table = !self.summary.is_empty();
        if has_table
            && (self.summary.unproven > 0 || !self.hints.is_empty() || !self.causes.is_empty())
        {
            writeln!(out)?;
        }
        if self.summary.unproven > 0 {
            self.unproven(end.provider.name, out)?;
        }
        if let Some(asked) = &self.summary.asked {
            self.sentence(&format!("{}.", came_to(asked)), out)?;
        }
        for (_, why) in &self.causes {
            self.sentence(&escape::for_terminal(why), out)?;
        }
        for hint in &self.hints {
            let hint = escape::for_terminal(hint);
            self.sentence(&format!("hint: {hint}"), out)?;
        }
        self.miscounted(out)?;
        if let Some(next) = self.next.as_ref().filter(|_| !self.summary.is_empty()) {
            writeln!(out)?;
            self.next_step(&next.without(&self.failed), out)?;
        }
        out.flush()
    }

    /// Where the store's own count differs from what was listed.
    fn miscounted(&self, out: &mut dyn Write) -> io::Result<()> {
        let (told, buckets) = &self.miscounted;
        if !told.is_empty() {
            writeln!(out)?;
        }
        for (line, hints) in told {
            self.sentence(&escape::for_terminal(line), out)?;
            for hint in hints {
                self.sentence(&format!("hint: {}", escape::for_terminal(hint)), out)?;
            }
        }
        let more = buckets.saturating_sub(told.len() as u64);
        if more > 0 {
            let more = counted(more, "more bucket");
            self.sentence(&format!("{more}; --format json has all of them"), out)?;
        }
        Ok(())
    }

    /// What holds for all listings of a store that may omit uploads: told once (law 8).
    fn unproven(&self, store: &str, out: &mut dyn Write) -> io::Result<()> {
        let buckets = counted(self.summary.unproven, "bucket");
        let what = match (self.summary.is_empty(), self.summary.unproven) {
            (false, _) => format!("{store} may omit some uploads ({buckets})"),
            (true, 1) => format!("{buckets} lists no uploads, but {store} may omit some"),
            (true, _) => format!("{buckets} list no uploads, but {store} may omit some"),
        };
        let hint = match self.accepts_unproven {
            true => "",
            false => ". To accept that: --accept unproven",
        };
        self.sentence(&format!("{what}{hint}"), out)
    }

    fn next_step(&self, next: &str, out: &mut dyn Write) -> io::Result<()> {
        let totals = self.summary.totals();
        if totals.sweepable_uploads > 0 {
            let uploads = abortable(totals);
            let text = format!("{uploads} can be aborted. To review and abort them:");
            let is_short = |width| fit::width(&text) + 1 + fit::width(next) <= width;
            if self.screen.width.is_none_or(is_short) {
                return writeln!(out, "{text} {next}");
            }
            self.sentence(&text, out)?;
            // In one piece, so that it can be copied.
            return writeln!(out, "  {next}");
        }
        let text = match (self.sizes, totals.uploads) {
            (Sizes::None, 1..) => {
                "Without sizes, nothing can be aborted: leave out --no-size.".to_owned()
            }
            (_, 0) if self.summary.not_whole() > 0 => {
                let buckets = counted(self.summary.not_whole(), "bucket");
                format!(
                    "No incomplete uploads were found: {buckets} couldn't be listed completely."
                )
            }
            (_, 0) if self.summary.gone() > 0 => {
                let gone = counted(self.summary.gone(), "bucket");
                let all = match self.summary.gone() {
                    all @ 2.. if all == self.summary.buckets() => {
                        " These are all that the store listed, which is hardly true: check the endpoint and the permissions."
                    }
                    _ => "",
                };
                format!(
                    "No incomplete uploads were found; {gone} deleted since the buckets were listed.{all}"
                )
            }
            _ => format!(
                "Nothing can be aborted: {}.",
                self.summary.reasons().join(", ")
            ),
        };
        self.sentence(&text, out)
    }

    fn sentence(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", fit::wrapped(text, self.screen.width, 0))
    }

    fn scanned(&self, buckets: u64) -> String {
        let mut prefixes = self.prefixes.values();
        match (buckets, prefixes.next(), prefixes.len()) {
            (1, Some(name), _) => escape::for_terminal(name).into_owned(),
            (_, None, _) => counted(buckets, "bucket"),
            (_, Some(_), others) => format!(
                "{} ({} by prefix)",
                counted(buckets, "bucket"),
                count(others as u64 + 1)
            ),
        }
    }

    fn took(&self, took: SignedDuration) -> String {
        match took.as_secs_f64() {
            // Never 0: it took some time.
            seconds @ ..100.0 => format!("{:.1} s", seconds.max(0.1)),
            _ => duration(took),
        }
    }
}

/// What came in the way of a listing.
pub(crate) fn trouble(listing: &Listing) -> Option<String> {
    match listing {
        Listing::Complete | Listing::Unproven { .. } | Listing::Gone(_) => None,
        Listing::Partial { error: None } => {
            Some("the store repeats itself: there may be more".to_owned())
        }
        Listing::Partial { error: Some(error) } => {
            Some(format!("there may be more: {}", chain(error)))
        }
        Listing::Denied(error) | Listing::Unsupported(error) | Listing::Failed(error) => {
            Some(chain(error))
        }
    }
}

/// What can be aborted: `idle for 24 h or more`.
fn rule(selection: &Selection, since: Option<&str>) -> String {
    let age = match since {
        // An age in days, hours and minutes is not what was typed.
        Some(since) => format!("idle since before {}", escape::for_terminal(since)),
        None if selection.older_than.is_zero() => "any age".to_owned(),
        None => format!("idle for {} or more", exact(selection.older_than)),
    };
    let size = match selection.min_size {
        0 => String::new(),
        least => format!(", {} or larger", rounded(least)),
    };
    let cost = selection
        .min_cost
        .as_ref()
        .map_or_else(String::new, |cost| {
            let least = match cost.currency {
                Some(currency) => currency.put(&cost.least.price()),
                None => cost.least.price(),
            };
            format!(", costing {least} a month or more")
        });
    format!("{age}{size}{cost}")
}

/// Buckets that are scanned in part, named by their prefixes: `s3://b/2025/`.
pub(crate) fn prefixes(targets: &Targets) -> HashMap<BucketName, String> {
    let Targets::Named(targets) = targets else {
        return HashMap::new();
    };
    let mut names: HashMap<BucketName, Vec<String>> = HashMap::new();
    for target in targets {
        let name = format!("s3://{}/{}", target.bucket.as_str(), target.prefix);
        let names = names.entry(target.bucket.clone()).or_default();
        names.push(name);
    }
    let whole = targets.iter().filter(|target| target.prefix.is_empty());
    for target in whole {
        names.remove(&target.bucket);
    }
    let named = names.into_iter();
    named
        .map(|(bucket, names)| (bucket, names.join(" ")))
        .collect()
}
