//! The table at the end: what was aborted, what is left and why. About the state after it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::SignedDuration;
use partsweep_core::{Amount, BucketName, KeepReason, Listing, Look, OutcomeKind, escape};
use partsweep_engine::{BucketSummary, CheckedUpload, SweepTotals, SweptUpload};

use crate::report::confirm::{Skipped, why};
use crate::report::costs::SweepCosts;
use crate::report::fate::Fate;
use crate::text::error::chain;
use crate::text::figures::{count, counted};
use crate::text::fit::{self, flow};
use crate::text::hints;
use crate::text::sum::Sum;

const LABEL: Style = Style::new().bold();
const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Buckets that are named in a row.
const NAMED: usize = 8;

/// Columns that an explanation needs to stand on the line of its number.
const ROOM: usize = 24;

#[derive(Debug)]
struct FateRow {
    fate: Fate,
    /// Uploads; of fates of buckets, none.
    uploads: u64,
    bytes: Sum,
    buckets: BTreeSet<BucketName>,
    /// The first that are named in the order of the questions.
    in_order: Vec<BucketName>,
    /// The first error.
    error: Option<String>,
}

/// The rows of the table, as they come about.
#[derive(Debug)]
pub(crate) struct ClosingTable {
    older_than: SignedDuration,
    /// Whether nothing is aborted, and it is said what would be.
    is_check: bool,
    rows: Vec<FateRow>,
    /// What was aborted, by what it cost.
    pub(crate) costs: SweepCosts,
    /// What to do about what was not seen, each once.
    hints: Vec<String>,
}

/// How many hints are shown: the same trouble has the same.
const MOST_HINTS: usize = 6;

impl ClosingTable {
    /// Nothing yet; `older_than` as it was asked for.
    pub(crate) fn new(older_than: SignedDuration) -> Self {
        Self {
            older_than,
            is_check: false,
            rows: Vec::new(),
            costs: SweepCosts::default(),
            hints: Vec::new(),
        }
    }

    /// The same of a plan that is only checked.
    pub(crate) fn of_check(older_than: SignedDuration) -> Self {
        Self {
            is_check: true,
            ..Self::new(older_than)
        }
    }

    fn row(&mut self, fate: Fate) -> &mut FateRow {
        let at = match self.rows.iter().position(|row| row.fate == fate) {
            Some(at) => at,
            None => {
                let at = self
                    .rows
                    .partition_point(|row| row.fate.rank() <= fate.rank());
                let row = FateRow {
                    fate,
                    uploads: 0,
                    bytes: Sum::default(),
                    buckets: BTreeSet::new(),
                    in_order: Vec::new(),
                    error: None,
                };
                self.rows.insert(at, row);
                at
            }
        };
        &mut self.rows[at]
    }

    /// What became of one upload of a plan.
    pub(crate) fn swept(&mut self, swept: &SweptUpload) {
        self.costs.swept(swept);
        let bucket = &swept.planned.upload.address.bucket;
        let fate = Fate::of(&swept.outcome);
        let row = self.row(fate);
        row.uploads += 1;
        row.bytes.add(match fate {
            // Another sweep may have aborted it: then not all of it was freed by this one.
            Fate::Aborted if swept.bytes_freed().is_none() => Amount::Unknown,
            _ => swept.planned.footprint.bytes,
        });
        if row.error.is_none() {
            row.error = swept.outcome.error().map(|error| chain(error));
        }
        if !row.buckets.contains(bucket) {
            row.buckets.insert(bucket.clone());
        }
    }

    /// What would become of one upload of a plan.
    pub(crate) fn checked(&mut self, checked: &CheckedUpload) {
        let fate = match &checked.would {
            Ok(Look::Abort) => {
                self.costs.add(&checked.planned);
                Fate::Aborted
            }
            Ok(Look::Gone) => Fate::Gone,
            Ok(Look::Changed) => Fate::Changed,
            Ok(Look::Keep(reason)) => Fate::Skipped(*reason),
            Err(_) => Fate::Failed,
        };
        let row = self.row(fate);
        row.uploads += 1;
        row.bytes.add(checked.planned.footprint.bytes);
        if let (Err(error), None) = (&checked.would, &row.error) {
            row.error = Some(chain(error));
        }
        let bucket = &checked.planned.upload.address.bucket;
        if !row.buckets.contains(bucket) {
            row.buckets.insert(bucket.clone());
        }
    }

    /// What an interrupted run of the same plan did: of that, counts are known and what was freed.
    pub(crate) fn earlier(&mut self, totals: &SweepTotals) {
        for (kind, fate) in [
            (OutcomeKind::Aborted, Fate::Aborted),
            (OutcomeKind::AlreadyGone, Fate::Gone),
            (OutcomeKind::Changed, Fate::Changed),
            (OutcomeKind::Repaired, Fate::Repaired),
            (OutcomeKind::PartsRemain, Fate::PartsRemain),
            (OutcomeKind::Failed, Fate::Failed),
            (OutcomeKind::AtRisk, Fate::AtRisk),
            (OutcomeKind::Unverified, Fate::Unverified),
        ] {
            if totals[kind] > 0 {
                let row = self.row(fate);
                row.uploads += totals[kind];
                row.bytes.add(match fate {
                    Fate::Aborted => Amount::Exact(totals.bytes_freed),
                    _ => Amount::Unknown,
                });
                row.bytes.has_unknown |= fate == Fate::Aborted && totals.unsized_aborted > 0;
            }
        }
    }

    /// Uploads that were not chosen.
    pub(crate) fn skipped(&mut self, skipped: &Skipped) {
        self.skip(skipped.reason, skipped.uploads, skipped.bytes);
    }

    /// Uploads that were not chosen for this reason.
    pub(crate) fn skip(&mut self, reason: KeepReason, uploads: u64, bytes: Sum) {
        if reason == KeepReason::SizingFailed {
            self.hint(hints::NOT_SIZED.to_owned());
        }
        let row = self.row(Fate::Skipped(reason));
        row.uploads += uploads;
        add(&mut row.bytes, bytes);
    }

    /// Uploads of a bucket that were chosen and are left.
    pub(crate) fn left(&mut self, fate: Fate, bucket: &BucketName, uploads: u64, bytes: Sum) {
        let row = self.row(fate);
        row.uploads += uploads;
        add(&mut row.bytes, bytes);
        if row.buckets.insert(bucket.clone()) && row.in_order.len() < NAMED {
            row.in_order.push(bucket.clone());
        }
    }

    /// A bucket of which more may be there than was seen (law 8).
    pub(crate) fn bucket(&mut self, summary: &BucketSummary) {
        // Of a bucket without uploads, nothing costs anything.
        let region = summary.region.as_deref();
        let region = region.filter(|_| summary.totals.uploads > 0);
        self.costs.region(summary.name.as_str(), region);
        let fate = match &summary.listing {
            Listing::Complete | Listing::Unproven { .. } => return,
            Listing::Gone(_) => Fate::Deleted,
            Listing::Partial { .. } => Fate::InPart,
            Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_) => Fate::NotListed,
        };
        for hint in hints::for_listing(&summary.listing) {
            self.hint(hint);
        }
        let row = self.row(fate);
        row.buckets.insert(summary.name.clone());
        if row.error.is_none() {
            row.error = summary.listing.error().map(|error| chain(error));
        }
    }

    fn hint(&mut self, hint: String) {
        if self.hints.len() < MOST_HINTS && !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// Writes the table.
    pub(crate) fn write(&mut self, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
        self.row(Fate::Aborted);
        if !self
            .rows
            .iter()
            .any(|row| row.fate.label(self.is_check) == "Failed")
        {
            self.row(Fate::Failed);
        }
        let cells: Vec<_> = self
            .rows
            .iter()
            .map(|row| (row.number(), row.noun(), row.size(), self.note(row)))
            .collect();
        let widest = |of: &dyn Fn(&FateRow) -> usize| self.rows.iter().map(of).max().unwrap_or(0);
        let label = widest(&|row| row.fate.label(self.is_check).len());
        let number = widest(&|row| fit::width(&row.number()));
        let noun = widest(&|row| row.noun().len());
        let size = widest(&|row| fit::width(&row.size()));
        let mut last = "";
        for (row, (n, what, bytes, note)) in self.rows.iter().zip(&cells) {
            let name = row.fate.label(self.is_check);
            let shown = if name == last { "" } else { name };
            last = name;
            let style = match name {
                "Failed" if row.uploads > 0 => TROUBLE.bold(),
                "Not seen" => TROUBLE.bold(),
                _ => LABEL,
            };
            let mut text = format!("{n:>number$} {what:<noun$}  {bytes:<size$}");
            let before = label + 2 + fit::width(&text) + 2;
            let words = note.split(' ');
            let note = match width {
                Some(width) if width < before + ROOM && !note.is_empty() => {
                    text.truncate(text.trim_end().len());
                    let indent = label + 2;
                    let note = flow(words, " ", indent, indent, Some(width));
                    format!("\n{}{note}", " ".repeat(indent))
                }
                width => format!("  {}", flow(words, " ", before, before, width)),
            };
            let line = format!("{text}{note}");
            let pad = label + 2 - shown.len();
            writeln!(out, "{style}{shown}{style:#}{:pad$}{}", "", line.trim_end())?;
        }
        let indent = label + 2;
        for hint in &self.hints {
            let hint = format!("→ {}", escape::for_terminal(hint));
            writeln!(out, "{:indent$}{}", "", fit::wrapped(&hint, width, indent))?;
        }
        out.flush()
    }

    /// What is to be said of a row.
    fn note(&self, row: &FateRow) -> String {
        let names = || row.names();
        let error = |what: &str| match &row.error {
            None => what.to_owned(),
            Some(error) => {
                let error = escape::for_terminal(error);
                let first = if row.uploads > 1 { "the first: " } else { "" };
                format!(
                    "{what}{}{first}{error}",
                    if what.is_empty() { "" } else { ": " }
                )
            }
        };
        match row.fate {
            Fate::Aborted if row.buckets.is_empty() => String::new(),
            Fate::Aborted => format!("in {}", counted(row.buckets.len() as u64, "bucket")),
            Fate::Declined => format!("you answered no: {}", names()),
            Fate::Quit => format!("you quit: {}", names()),
            Fate::NotReached => format!("not reached: {}", names()),
            Fate::Skipped(reason) => why(reason, self.older_than),
            Fate::Changed if self.is_check => "since the plan; would be skipped".to_owned(),
            Fate::Changed => "changed since the scan".to_owned(),
            Fate::Gone if self.is_check => "nothing is left to abort".to_owned(),
            Fate::Gone => "already gone".to_owned(),
            Fate::Repaired => "completed during the abort; the object was saved".to_owned(),
            Fate::Failed => error(""),
            Fate::PartsRemain => {
                "not all of it is gone after the abort; run again later".to_owned()
            }
            Fate::AtRisk => error("completed during the abort; the object is in danger"),
            Fate::Unverified => error("aborted, but the object couldn't be checked"),
            Fate::NotListed => match row.buckets.len() {
                1 => error(&names()),
                _ => error(&format!("{}; first error", names())),
            },
            Fate::InPart => format!("listed in part: {}", names()),
            Fate::Deleted => format!("deleted meanwhile: {}", names()),
        }
    }
}

impl FateRow {
    fn counts_buckets(&self) -> bool {
        matches!(self.fate, Fate::NotListed | Fate::InPart | Fate::Deleted)
    }

    /// Some names, in the order of the questions where there is one, and how many more there are.
    fn names(&self) -> String {
        let rest = self.buckets.iter();
        let rest = rest.filter(|name| !self.in_order.contains(name));
        let all = self.in_order.iter().chain(rest).take(NAMED);
        let mut names: Vec<_> = all
            .map(|name| escape::for_terminal(name.as_str()).into_owned())
            .collect();
        if self.buckets.len() > NAMED {
            let more = count((self.buckets.len() - NAMED) as u64);
            names.push(format!("and {more} more"));
        }
        names.join(", ")
    }

    fn is_not_sized(&self) -> bool {
        let is_too_young = matches!(self.fate, Fate::Skipped(reason) if reason.is_too_young());
        is_too_young && self.bytes.has_unknown && self.bytes.known == 0
    }

    fn number(&self) -> String {
        match self.counts_buckets() {
            true => count(self.buckets.len() as u64),
            false => count(self.uploads),
        }
    }

    fn noun(&self) -> &'static str {
        match (self.counts_buckets(), self.uploads, self.buckets.len()) {
            (true, _, 1) => "bucket",
            (true, _, _) => "buckets",
            (false, 0, _) => "",
            (false, 1, _) => "upload",
            (false, _, _) => "uploads",
        }
    }

    fn size(&self) -> String {
        match self.counts_buckets() || self.uploads == 0 {
            true => String::new(),
            // Nothing failed: what is too young is not sized where that can't change its verdict.
            false if self.is_not_sized() => "not measured".to_owned(),
            false => self.bytes.words(),
        }
    }
}

fn add(sum: &mut Sum, more: Sum) {
    sum.add(match more.has_unknown {
        true => Amount::AtLeast(more.known),
        false => Amount::Exact(more.known),
    });
}
