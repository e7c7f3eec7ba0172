//! What a person sees of a bucket before its uploads are aborted: how many they are, the largest, how long
//! they were idle, and what is skipped.

use std::cmp::Reverse;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use partsweep_core::{
    Activity, Amount, KeepReason, Key, MonthCost, PlannedUpload, Selection, Verdict, escape,
};
use partsweep_engine::Finding;

use crate::args::{Sort, Top};
use crate::report::sums;
use crate::text::figures::{count, counted, exact, rounded};
use crate::text::fit::{self, flow};
use crate::text::hints;
use crate::text::sum::Sum;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// Uploads of a bucket that are named, unless another number is asked for: what is seen at a glance.
const SHOWN: usize = 10;

/// Below so many columns, sizes are not indented.
const NARROW: usize = 60;

/// What could be aborted in one bucket, summed up as it is found.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// How many rows are shown; none for every one.
    most: Option<usize>,
    /// Which of them.
    sort: Sort,
    /// The first in order so far.
    rows: Vec<LargestUpload>,
    uploads: u64,
    bytes: Sum,
    idle: Option<(SignedDuration, SignedDuration)>,
    /// When it was scanned, by the store's clock.
    now: Option<Timestamp>,
    /// What they cost a month, if that is known.
    cost: Option<String>,
    /// What is not aborted, by reason.
    pub(crate) skipped: Vec<Skipped>,
}

#[derive(Debug)]
struct LargestUpload {
    bytes: Amount,
    parts: Amount,
    idle: Option<SignedDuration>,
    key: Key,
}

/// Uploads of a bucket that are skipped for one reason.
#[derive(Debug, Clone)]
pub(crate) struct Skipped {
    /// Why.
    pub(crate) reason: KeepReason,
    /// How many.
    pub(crate) uploads: u64,
    /// Their sizes.
    pub(crate) bytes: Sum,
    /// The largest of them.
    largest: (u64, Key),
}

/// What uploads are sorted by before their idle times and keys.
fn first(sort: Sort, bytes: Amount, parts: Amount) -> Reverse<u64> {
    Reverse(match sort {
        Sort::Size => bytes.known(),
        Sort::Count => parts.known(),
        Sort::Age | Sort::Key => 0,
    })
}

/// Why an upload is skipped, with the age that was asked for.
pub(crate) fn why(reason: KeepReason, older_than: SignedDuration) -> String {
    match reason {
        KeepReason::ActiveRecently => {
            let recently = older_than.min(Selection::DEFAULT_OLDER_THAN);
            match exact(recently).as_str() {
                "1 h" => "active in the last hour".to_owned(),
                "1 min" => "active in the last minute".to_owned(),
                recently => format!("active in the last {recently}"),
            }
        }
        KeepReason::IdleTooShort => format!("idle for less than {}", exact(older_than)),
        reason => hints::kept(reason).to_owned(),
    }
}

impl Proposal {
    /// Nothing yet; `top` as it was asked for. Where every one is shown, the plan names them.
    pub(crate) fn new(top: Option<Top>, sort: Sort) -> Self {
        Self {
            sort,
            most: match top {
                None => Some(SHOWN),
                Some(Top::Largest(most)) => Some(most.get()),
                Some(Top::All) => None,
            },
            rows: Vec::new(),
            uploads: 0,
            bytes: Sum::default(),
            idle: None,
            now: None,
            cost: None,
            skipped: Vec::new(),
        }
    }

    /// Whether every upload is shown, whatever their number.
    pub(crate) fn shows_all(&self) -> bool {
        self.most.is_none()
    }

    /// How many can be aborted, and their sizes.
    pub(crate) fn sums(&self) -> (u64, Sum) {
        (self.uploads, self.bytes)
    }

    /// One more upload.
    pub(crate) fn add(&mut self, finding: &Finding) {
        let (bytes, key) = (finding.footprint.bytes, &finding.upload.address.key);
        if let Verdict::Keep(reason) = finding.verdict {
            return self.skip(reason, bytes, key);
        }
        self.uploads += 1;
        self.bytes.add(bytes);
        if let Some(idle) = finding.idle {
            let (least, most) = self.idle.unwrap_or((idle, idle));
            self.idle = Some((least.min(idle), most.max(idle)));
            let active = Activity::of(finding.upload.initiated, &finding.footprint).at();
            self.now = self
                .now
                .max(active.and_then(|at| at.checked_add(idle).ok()));
        }
        let Some(most) = self.most else { return };
        self.rows.push(LargestUpload {
            bytes,
            parts: finding.footprint.parts,
            idle: finding.idle,
            key: key.clone(),
        });
        if self.rows.len() >= most.saturating_mul(2).max(2 * SHOWN) {
            self.keep(most);
        }
    }

    fn skip(&mut self, reason: KeepReason, bytes: Amount, key: &Key) {
        let size = bytes.known();
        if let Some(skipped) = self.skipped.iter_mut().find(|other| other.reason == reason) {
            skipped.uploads += 1;
            skipped.bytes.add(bytes);
            if size > skipped.largest.0 {
                skipped.largest = (size, key.clone());
            }
            return;
        }
        self.skipped.push(Skipped {
            reason,
            uploads: 1,
            bytes: bytes.into(),
            largest: (size, key.clone()),
        });
    }

    fn keep(&mut self, most: usize) {
        let sort = self.sort;
        let place = |row: &LargestUpload| {
            let idle = row.idle.filter(|_| sort != Sort::Key);
            (first(sort, row.bytes, row.parts), Reverse(idle))
        };
        self.rows
            .sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.key.cmp(&b.key)));
        self.rows.truncate(most);
    }

    /// The line above uploads that are listed whole.
    pub(crate) fn whole_heading(out: &mut dyn Write) -> io::Result<()> {
        let (size, idle, started) = ("SIZE", "IDLE", "STARTED");
        writeln!(
            out,
            "{FAINT}{size:>12}  {idle:>6}  {started:<10}  KEY{FAINT:#}"
        )
    }

    /// One upload of a plan, with its whole key.
    pub(crate) fn whole(&self, planned: &PlannedUpload, out: &mut dyn Write) -> io::Result<()> {
        let upload = &planned.upload;
        let active = Activity::of(upload.initiated, &planned.footprint).at();
        let idle = self.now.zip(active).map(|(now, at)| now.duration_since(at));
        let started = upload.initiated.map_or_else(
            || "unknown".to_owned(),
            |time| time.strftime("%Y-%m-%d").to_string(),
        );
        let times = format!("{:>6}  {started:<10}", short_idle(idle));
        line(
            planned.footprint.bytes,
            &times,
            18,
            &upload.address.key,
            None,
            out,
        )
    }

    /// Puts uploads into the order in which they are shown.
    pub(crate) fn sort(&self, uploads: &mut [PlannedUpload]) {
        let activity = |planned: &PlannedUpload| {
            let activity = Activity::of(planned.upload.initiated, &planned.footprint);
            // What is not known is the last.
            activity
                .at()
                .map_or((true, None), |time| (false, Some(time)))
        };
        let place = |planned: &PlannedUpload| {
            let footprint = &planned.footprint;
            let idle = (self.sort != Sort::Key).then(|| activity(planned));
            (first(self.sort, footprint.bytes, footprint.parts), idle)
        };
        uploads.sort_by(|a, b| {
            let keys = (&a.upload.address.key, &b.upload.address.key);
            place(a).cmp(&place(b)).then_with(|| keys.0.cmp(keys.1))
        });
    }

    /// They cost this, if that is known.
    pub(crate) fn priced(&mut self, cost: Option<&MonthCost>) {
        self.cost = cost.map(MonthCost::words);
    }

    /// `[1/6] workbackup · 5 uploads, 30.5 GB · idle 30 to 269 days · ≈ $0.65 a month`; `place` is what stands before the name.
    pub(crate) fn heading(
        &self,
        place: &str,
        bucket: &str,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let bucket = escape::for_terminal(bucket);
        let name = format!("{place}{bucket}");
        let uploads = counted(self.uploads, "upload");
        let sums = format!("{uploads}, {}", self.bytes.words());
        let rest = [Some(sums), self.idle.map(idle), self.cost.clone()];
        let items = std::iter::once(name.clone()).chain(rest.into_iter().flatten());
        let line = flow(items, " · ", 0, 2, width);
        let (_, rest) = line.split_at_checked(name.len()).unwrap_or(("", &line));
        writeln!(out, "{HEADING}{name}{HEADING:#}{rest}")
    }

    /// The largest uploads, how many more there are, and what is skipped.
    pub(crate) fn rows(
        &mut self,
        older_than: SignedDuration,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if let Some(most) = self.most {
            self.keep(most);
            let idles: Vec<_> = self.rows.iter().map(|row| short_idle(row.idle)).collect();
            let wide = idles.iter().map(|idle| fit::width(idle)).max().unwrap_or(0);
            for (row, idle) in self.rows.iter().zip(idles) {
                line(row.bytes, &idle, wide.max(5), &row.key, width, out)?;
            }
            let more = self.uploads - self.rows.len() as u64;
            if more > 0 {
                let shown = self.rows.iter().map(|row| row.bytes.known()).sum();
                let rest = self.bytes.without(shown).words();
                let (more, indent) = (count(more), indent(width));
                writeln!(out, "{FAINT}{indent}{more} more, {rest}{FAINT:#}")?;
            }
        }
        self.skipped_rows(older_than, width, out)
    }

    /// What is skipped: a line for each reason, with the largest upload.
    pub(crate) fn skipped_rows(
        &self,
        older_than: SignedDuration,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let indent = indent(width);
        for skipped in &self.skipped {
            let why = why(skipped.reason, older_than);
            let mut text = format!("{indent}{} skipped: {why}", count(skipped.uploads));
            let key = escape::for_terminal(skipped.largest.1.as_str());
            let before = match skipped.uploads {
                1 => "(",
                _ => "(largest: ",
            };
            let room =
                width.map(|width| width.saturating_sub(fit::width(&text) + before.len() + 2));
            match room {
                // A key of which a few letters are seen is not recognised.
                Some(room) if room < 8 && fit::width(&key) > room => {}
                room => {
                    let key = fit::middle(skipped.largest.1.as_str(), room);
                    text.push_str(&format!(" {before}{key})"));
                }
            }
            let words = text.trim_start().split(' ');
            let text = flow(words, " ", indent.len(), indent.len(), width);
            writeln!(out, "{FAINT}{indent}{text}{FAINT:#}")?;
        }
        Ok(())
    }
}

/// The idle time of a bucket's uploads.
fn idle((least, most): (SignedDuration, SignedDuration)) -> String {
    let [short, long] = [least, most].map(sums::idle);
    match (short.strip_suffix(" d"), long.strip_suffix(" d")) {
        (Some(short), Some(long)) if short == long => format!("idle {long} days"),
        (Some(short), Some(long)) => format!("idle {short} to {long} days"),
        (None, Some(long)) => format!("idle {short} to {long} days"),
        _ if short == long => format!("idle {long}"),
        _ => format!("idle {short} to {long}"),
    }
}

fn short_idle(idle: Option<SignedDuration>) -> String {
    idle.map_or_else(|| "?".to_owned(), sums::idle)
}

/// `     18.3 GB  269 d  laptop/2026-02-14T020000.tar.zst`
fn line(
    bytes: Amount,
    idle: &str,
    idle_width: usize,
    key: &Key,
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let size = match bytes {
        Amount::Exact(bytes) => rounded(bytes),
        Amount::AtLeast(bytes) => format!("≥ {}", rounded(bytes)),
        Amount::Unknown => "unknown".to_owned(),
    };
    let size_width = match width {
        Some(width) if width < NARROW => 9,
        _ => 12,
    };
    let before = format!("{size:>size_width$}  {idle:>idle_width$}  ");
    let room = width.map(|width| width.saturating_sub(fit::width(&before)));
    writeln!(out, "{before}{}", fit::middle(key.as_str(), room))
}

fn indent(width: Option<usize>) -> &'static str {
    match width {
        Some(width) if width < NARROW => "    ",
        _ => "         ",
    }
}

/// What stands in front of a result.
pub(crate) fn mark(is_good: bool) -> String {
    match is_good {
        true => format!("{}✓{:#}", AnsiColor::Green.on_default(), Style::new()),
        false => format!("{TROUBLE}!{TROUBLE:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_plain_words() {
        let why = |hours| {
            why(
                KeepReason::ActiveRecently,
                SignedDuration::from_hours(hours),
            )
        };
        assert_eq!(why(1), "active in the last hour");
        assert_eq!(why(2), "active in the last 2 h");
        assert_eq!(why(240), "active in the last 24 h");
        let hours = |least, most| {
            idle((
                SignedDuration::from_hours(least),
                SignedDuration::from_hours(most),
            ))
        };
        assert_eq!(hours(1, 24 * 269), "idle 1 h to 269 days");
        assert_eq!(hours(24 * 30, 24 * 269), "idle 30 to 269 days");
    }
}
