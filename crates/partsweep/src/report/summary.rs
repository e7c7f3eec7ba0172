//! The table of the buckets at the end of a scan, and what it comes to.

use std::cmp::Reverse;
use std::io::{self, Write};

use anstyle::Style;
use partsweep_core::{Amount, Listing, MonthCost, escape};
use partsweep_engine::{BucketSummary, KeysAsked, Totals};

use crate::report::columns::{FAINT, TROUBLE};
use crate::report::sums::{is_unclear, size_of, skipped, sum};
use crate::text::figures::{count, counted};
use crate::text::fit;

/// Buckets without uploads that have a line each; if there are more, all of them have one.
const NAMED_EMPTY: usize = 5;
/// The columns of the names, if none is longer.
const NAMES: usize = 22;
/// Room that is left for the reasons, however long the names are.
const REASONS: usize = 12;
/// From so many columns on there is room for the number of uploads, and for their size.
const ROOM_FOR_UPLOADS: usize = 52;
const ROOM_FOR_SIZE: usize = 66;
const ROOM_FOR_COST: usize = 78;

/// What [`Listing::code`] says of a bucket that isn't there any more.
const GONE: &str = "gone";

const BOLD: Style = Style::new().bold();

/// Takes buckets as they are done.
#[derive(Default)]
pub(super) struct Summary {
    lines: Vec<SummaryRow>,
    /// Buckets without uploads, the first few by name.
    empty: Vec<String>,
    empties: u64,
    total: SummaryRow,
    /// Buckets that could not be seen whole, by what came in the way.
    troubles: Vec<(&'static str, u64)>,
    /// Buckets whose listing proves nothing.
    pub(super) unproven: u64,
    /// What asking for keys one by one came to, over all buckets.
    pub(super) asked: Option<KeysAsked>,
}

/// What is said of a bucket, or of all of them.
#[derive(Default)]
struct SummaryRow {
    name: String,
    totals: Totals,
    vanished: u64,
    excluded: u64,
    /// Those of which too little is known to count them for a reason.
    unclear: u64,
    /// What its uploads cost a month; empty if that isn't known.
    cost: String,
    /// Why it could not be seen whole.
    trouble: Option<&'static str>,
    /// Whether nothing at all could be seen, so that 0 is not true.
    is_unknown: bool,
}

impl Summary {
    /// One more bucket, under this name; `cost`: of its uploads.
    pub(super) fn add(&mut self, name: String, summary: &BucketSummary, cost: Option<&MonthCost>) {
        let trouble = match &summary.listing {
            Listing::Complete => None,
            Listing::Unproven { .. } => {
                self.unproven += 1;
                None
            }
            listing => Some(listing.code()),
        };
        if let Some(asked) = &summary.asked {
            match &mut self.asked {
                Some(all) => all.add(asked),
                None => self.asked = Some(*asked),
            }
        }
        let told = summary.totals.skipped.iter();
        let told = told.filter(|(reason, _)| is_unclear(*reason));
        let told: u64 = told.map(|(_, uploads)| uploads).sum();
        let line = SummaryRow {
            name,
            unclear: summary.unclear.saturating_sub(told),
            totals: summary.totals,
            vanished: summary.vanished,
            excluded: summary.excluded,
            cost: brief(cost),
            trouble,
            is_unknown: matches!(
                summary.listing,
                Listing::Denied(_) | Listing::Unsupported(_) | Listing::Failed(_)
            ),
        };
        self.total.totals.add(&line.totals);
        self.total.vanished += line.vanished;
        self.total.excluded += line.excluded;
        self.total.unclear += line.unclear;
        if let Some(trouble) = trouble {
            match self
                .troubles
                .iter_mut()
                .find(|(known, _)| *known == trouble)
            {
                Some((_, buckets)) => *buckets += 1,
                None => self.troubles.push((trouble, 1)),
            }
        }
        let all = line.totals.uploads + line.excluded + line.vanished + line.unclear;
        if all > 0 || trouble.is_some() {
            return self.lines.push(line);
        }
        self.empties += 1;
        if self.empty.len() <= NAMED_EMPTY {
            self.empty.push(line.name);
        }
    }

    /// How many buckets there are.
    pub(super) fn buckets(&self) -> u64 {
        self.lines.len() as u64 + self.empties
    }

    /// Buckets that could not be listed, or only in part.
    pub(super) fn not_whole(&self) -> u64 {
        let troubles = self.troubles.iter().filter(|(what, _)| *what != GONE);
        troubles.map(|(_, buckets)| buckets).sum()
    }

    /// Buckets that were deleted since they were listed.
    pub(super) fn gone(&self) -> u64 {
        let gone = self.troubles.iter().find(|(what, _)| *what == GONE);
        gone.map_or(0, |(_, buckets)| *buckets)
    }

    /// Whether there is anything to be said of any bucket.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What all buckets add up to.
    pub(super) fn totals(&self) -> &Totals {
        &self.total.totals
    }

    /// Why uploads are skipped and buckets not seen: `3 active`, `2 buckets denied`.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = self.total.reasons();
        let troubles = self.troubles.iter();
        reasons.extend(troubles.map(|(what, n)| format!("{} {what}", counted(*n, "bucket"))));
        reasons
    }

    /// Writes the table: the buckets of which most can be aborted first. `cost`: of all uploads.
    pub(super) fn write(
        &self,
        cost: Option<&MonthCost>,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let place = |line: &SummaryRow| {
            (
                Reverse(line.totals.sweepable_bytes),
                Reverse(line.totals.bytes),
            )
        };
        let by_place =
            |a: &SummaryRow, b: &SummaryRow| (place(a), &a.name).cmp(&(place(b), &b.name));
        let few_are_empty = self.empty.len() <= NAMED_EMPTY;
        let empty = self.empty.iter().filter(|_| few_are_empty);
        let empty: Vec<SummaryRow> = empty.map(|name| SummaryRow::of_empty(name)).collect();
        let mut lines: Vec<&SummaryRow> = self.lines.iter().collect();
        lines.sort_by(|a, b| by_place(a, b));
        lines.extend(&empty);
        let names = lines.iter().map(|line| escape::for_terminal(&line.name));
        let longest = names.map(|name| fit::width(&name));
        let has_costs = lines.iter().any(|line| !line.cost.is_empty());
        let columns = SummaryColumns::new(width, longest.max().unwrap_or(0), has_costs);
        let titles = ["UPLOADS", "SIZE", "COST/MONTH", "CAN ABORT"].map(str::to_owned);
        let titles = columns.line("BUCKET", &titles, &["SKIPPED".to_owned()]);
        writeln!(out, "{FAINT}{titles}{FAINT:#}")?;
        for line in lines {
            let text = columns.line(&line.name, &line.cells(), &line.reasons());
            match line.trouble {
                Some(_) => writeln!(out, "{TROUBLE}{text}{TROUBLE:#}")?,
                None => writeln!(out, "{text}")?,
            }
        }
        if !few_are_empty {
            let empties = counted(self.empties, "bucket");
            writeln!(out, "{empties} have no incomplete uploads")?;
        }
        if self.buckets() > 1 {
            let [uploads, size, _, abort] = self.total.cells();
            let cells = [uploads, size, brief(cost), abort];
            let text = columns.line("Total", &cells, &self.reasons());
            writeln!(out, "{BOLD}{text}{BOLD:#}")?;
        }
        Ok(())
    }
}

impl SummaryRow {
    fn of_empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn cells(&self) -> [String; 4] {
        let Totals {
            uploads,
            bytes,
            unsized_uploads,
            sweepable_uploads,
            sweepable_bytes,
            sweepable_unsized,
            ..
        } = self.totals;
        let amount = |of: u64, amount: Amount| match of {
            _ if self.is_unknown => "?".to_owned(),
            0 => "–".to_owned(),
            _ => size_of(amount),
        };
        [
            match self.is_unknown {
                true => "?".to_owned(),
                false => count(uploads),
            },
            amount(uploads, sum(bytes, unsized_uploads)),
            match uploads {
                0 => amount(0, Amount::Unknown),
                _ if self.cost.is_empty() => "?".to_owned(),
                _ => self.cost.clone(),
            },
            amount(sweepable_uploads, sum(sweepable_bytes, sweepable_unsized)),
        ]
    }

    fn reasons(&self) -> Vec<String> {
        let trouble = self.trouble.map(str::to_owned);
        let skipped = skipped(&self.totals.skipped);
        let others = [
            (self.unclear, "unclear"),
            (self.excluded, "excluded"),
            (self.vanished, "gone"),
        ];
        let others = others.into_iter().filter(|(n, _)| *n > 0);
        let others = others.map(|(n, what)| format!("{} {what}", count(n)));
        trouble.into_iter().chain(skipped).chain(others).collect()
    }
}

/// The columns that fit.
struct SummaryColumns {
    names: usize,
    has_uploads: bool,
    has_size: bool,
    has_costs: bool,
    /// The columns of the terminal.
    width: Option<usize>,
    /// The room for names.
    room: Option<usize>,
}

impl SummaryColumns {
    fn new(width: Option<usize>, longest: usize, has_costs: bool) -> Self {
        let has_room = |columns| width.is_none_or(|width| width >= columns);
        let (has_uploads, has_size) = (has_room(ROOM_FOR_UPLOADS), has_room(ROOM_FOR_SIZE));
        let has_costs = has_costs && has_room(ROOM_FOR_COST);
        let columns = |is_there: bool, columns: usize| if is_there { 2 + columns } else { 0 };
        let behind =
            2 + 9 + columns(has_uploads, 7) + columns(has_size, 9) + columns(has_costs, 10);
        let least = if has_size { NAMES } else { "BUCKET".len() };
        let room = width.map(|width| width.saturating_sub(behind + 2 + REASONS));
        let names = longest.max(least).min(room.unwrap_or(usize::MAX));
        Self {
            names,
            has_uploads,
            has_size,
            has_costs,
            width,
            room,
        }
    }

    fn line(
        &self,
        name: &str,
        [uploads, size, cost, abort]: &[String; 4],
        reasons: &[String],
    ) -> String {
        let mut line = fit::padded(&fit::middle(name, self.room), self.names);
        if self.has_uploads {
            line.push_str(&format!("  {uploads:>7}"));
        }
        if self.has_size {
            line.push_str(&format!("  {size:>9}"));
        }
        if self.has_costs {
            line.push_str(&format!("  {cost:>10}"));
        }
        line.push_str(&format!("  {abort:>9}"));
        if !reasons.is_empty() {
            line.push_str("  ");
            let reasons = reasons.iter().map(String::as_str);
            let indent = fit::width(&line);
            line.push_str(&fit::joined(reasons, ", ", self.width, indent));
        }
        line
    }
}

/// A cost for its column; empty if it isn't known.
fn brief(cost: Option<&MonthCost>) -> String {
    cost.map(MonthCost::brief).unwrap_or_default()
}
