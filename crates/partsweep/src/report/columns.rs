//! The columns of the uploads in a table, and how much of them there is room for.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use partsweep_core::{StoreError, Verdict, escape};

use crate::args::Sort;
use crate::report::rows::UploadRow;
use crate::report::sums::{idle, is_unclear, size_of, status};
use crate::text::error::chain;
use crate::text::figures::amount;
use crate::text::fit;

/// What is said of less important things.
pub(super) const FAINT: Style = Style::new().dimmed();
/// What went wrong, or is not known.
pub(super) const TROUBLE: Style = AnsiColor::Yellow.on_default();

/// From so many columns on there is room for the number of parts, and for the date.
const ROOM_FOR_PARTS: usize = 52;
const ROOM_FOR_DATES: usize = 64;

/// How much there is room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// The columns of the terminal; none in a file or a pipe, where nothing is cut.
    pub(super) width: Option<usize>,
    /// Whether keys and times are shown whole at a terminal too.
    pub(super) is_wide: bool,
}

/// The columns of the uploads.
#[derive(Debug, Clone, Copy)]
pub(super) struct UploadColumns {
    screen: Screen,
    /// The columns of the sizes, with those in front of them.
    size: usize,
    has_parts: bool,
    has_idle: bool,
    /// The columns of the dates; none if there is no room for them.
    date: usize,
}

impl UploadColumns {
    /// Those that fit.
    pub(super) fn new(screen: Screen, sort: Sort) -> Self {
        let has_room =
            |columns| screen.is_wide || screen.width.is_none_or(|width| width >= columns);
        Self {
            screen,
            size: if has_room(ROOM_FOR_PARTS) { 12 } else { 10 },
            // What they are sorted by is seen, if anything is.
            has_parts: has_room(ROOM_FOR_PARTS) || sort == Sort::Count,
            has_idle: has_room(ROOM_FOR_PARTS) || sort != Sort::Count,
            date: match has_room(ROOM_FOR_DATES) {
                false => 0,
                true if screen.is_wide => "2026-01-31T12:34:56Z".len(),
                true => "2026-01-31".len(),
            },
        }
    }

    /// Their titles.
    pub(super) fn titles(&self, out: &mut dyn Write) -> io::Result<()> {
        let line = self.cells(["SIZE", "PARTS", "IDLE", "STARTED"]);
        writeln!(out, "{FAINT}{line}  KEY{FAINT:#}")
    }

    fn cells(&self, [size, parts, idle, started]: [&str; 4]) -> String {
        let columns = self.size;
        let mut line = format!("{size:>columns$}");
        if self.has_parts {
            line.push_str(&format!(" {parts:>6}"));
        }
        if self.has_idle {
            line.push_str(&format!(" {idle:>6}"));
        }
        if self.date > 0 {
            let columns = self.date;
            line.push_str(&format!("  {started:columns$}"));
        }
        line
    }

    /// The line of one upload, and one below it for an error.
    pub(super) fn row(&self, row: &UploadRow, out: &mut dyn Write) -> io::Result<()> {
        let unknown = || "?".to_owned();
        let line = self.cells([
            &size_of(row.bytes),
            &amount(row.parts),
            &row.idle.map_or_else(unknown, idle),
            &row.initiated
                .map_or_else(unknown, |time| self.started(time)),
        ]);
        let status = match row.verdict {
            Verdict::Sweep => "",
            Verdict::Keep(reason) => status(reason),
        };
        let room = self.screen.width.map(|width| {
            let behind = if status.is_empty() {
                0
            } else {
                2 + status.len()
            };
            width.saturating_sub(fit::width(&line) + 2 + behind)
        });
        let key = fit::middle(row.key.as_str(), room.filter(|_| !self.screen.is_wide));
        match (row.verdict, room) {
            (Verdict::Sweep, _) => writeln!(out, "{line}  {key}")?,
            (Verdict::Keep(reason), room) => {
                let spaces = room.map_or(0, |room| room.saturating_sub(fit::width(&key)));
                let style = if is_unclear(reason) { TROUBLE } else { FAINT };
                writeln!(out, "{line}  {key}{:spaces$}  {style}{status}{style:#}", "")?;
            }
        }
        let error = row.error.as_ref();
        error.map_or(Ok(()), |error| self.trouble(error, out))
    }

    fn started(&self, time: Timestamp) -> String {
        let form = if self.screen.is_wide { "%FT%TZ" } else { "%F" };
        time.strftime(form).to_string()
    }

    /// What is said of a bucket below its uploads.
    pub(super) fn note(&self, style: Style, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = if self.size > 10 { 9 } else { 4 };
        let text = fit::wrapped(text, self.screen.width, indent);
        writeln!(out, "{:indent$}{style}{text}{style:#}", "")
    }

    /// An error, likewise.
    pub(super) fn trouble(&self, error: &StoreError, out: &mut dyn Write) -> io::Result<()> {
        self.note(TROUBLE, &escape::for_terminal(&chain(error)), out)
    }
}
