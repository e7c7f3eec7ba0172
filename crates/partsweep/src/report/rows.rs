//! Which uploads of a bucket a table shows.

use std::cmp::Ordering;
use std::io;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Amount, Key, StoreError, Verdict};
use partsweep_engine::{Finding, Skipped};

use crate::args::{Filters, ScanOptions, Sort, Top};
use crate::report::columns::UploadColumns;
use crate::report::sorted::{Rank, Sorted, SortedLine};
use crate::report::spool::Spool;

/// Uploads of a bucket that are all shown in a file or a pipe, unless another number is asked for: what
/// can still be scrolled through.
const ALL_UP_TO: usize = 1_000;
/// The first of a bucket with more. At a terminal there are never more, unless they are asked for: the
/// other buckets are to be seen as well.
const FIRST: usize = 20;

/// What a table shows of one upload.
pub(super) struct UploadRow {
    rank: Rank,
    pub(super) key: Key,
    pub(super) initiated: Option<Timestamp>,
    pub(super) bytes: Amount,
    pub(super) parts: Amount,
    pub(super) idle: Option<SignedDuration>,
    pub(super) verdict: Verdict,
    pub(super) error: Option<Box<StoreError>>,
}

impl UploadRow {
    fn new(finding: &Finding, sort: Sort) -> Self {
        Self {
            rank: rank(finding, sort),
            key: finding.upload.address.key.clone(),
            initiated: finding.upload.initiated,
            bytes: finding.footprint.bytes,
            parts: finding.footprint.parts,
            idle: finding.idle,
            verdict: finding.verdict,
            error: finding.error.clone().map(Box::new),
        }
    }

    fn place(&self, other: &Self) -> Ordering {
        (self.rank, &self.key, self.initiated).cmp(&(other.rank, &other.key, other.initiated))
    }
}

/// Where an upload stands among those of its bucket. Of those that are alike in what they are sorted by,
/// the oldest is the first, and what is not known is the last.
fn rank(finding: &Finding, sort: Sort) -> Rank {
    // Seconds since 1970 are above 0 for every time that is believed.
    let age = |time: Timestamp| time.as_second().max(0).unsigned_abs();
    let begun = finding.upload.initiated.map_or(u64::MAX, age);
    let idle = |idle: SignedDuration| u64::MAX - 1 - idle.as_secs().max(0).unsigned_abs();
    match sort {
        Sort::Size => Rank(u64::MAX - finding.footprint.bytes.known(), begun),
        Sort::Age => Rank(finding.idle.map_or(u64::MAX, idle), begun),
        Sort::Count => Rank(u64::MAX - finding.footprint.parts.known(), begun),
        Sort::Key => Rank::default(),
    }
}

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    top: Option<Top>,
    sort: Sort,
    filters: Filters,
    /// No upload at all.
    none: bool,
    /// Uploads of a bucket up to which all are shown.
    all_up_to: usize,
}

impl Choice {
    /// What was asked for; at a terminal, fewer are shown than elsewhere.
    pub(super) fn new(scan_options: &ScanOptions, at_terminal: bool) -> Self {
        Self {
            top: scan_options.top,
            sort: scan_options.show.sort,
            filters: scan_options.filters,
            none: scan_options.show.summary,
            all_up_to: if at_terminal { FIRST } else { ALL_UP_TO },
        }
    }
}

/// Takes the uploads of a bucket as they come, and keeps those that will be shown.
pub(crate) struct UploadRows {
    choice: Choice,
    columns: UploadColumns,
    rows: Vec<UploadRow>,
    /// All of them, where that was asked for: as they will be shown.
    all: Sorted,
    /// Those that could be shown.
    seen: RowSums,
    /// Why parts could not be listed: the first time in this bucket.
    pub(super) failed: Option<StoreError>,
}

/// Uploads that could be shown, summed up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowSums {
    pub(super) uploads: u64,
    pub(super) bytes: u64,
    /// Uploads whose size is not known exactly.
    pub(super) unsized_uploads: u64,
}

impl RowSums {
    fn count(&mut self, bytes: Amount) {
        self.uploads += 1;
        self.bytes = self.bytes.saturating_add(bytes.known());
        self.unsized_uploads += u64::from(bytes.exact().is_none());
    }

    fn without(self, shown: &[UploadRow]) -> Self {
        shown.iter().fold(self, |left, row| Self {
            uploads: left.uploads.saturating_sub(1),
            bytes: left.bytes.saturating_sub(row.bytes.known()),
            unsized_uploads: left
                .unsized_uploads
                .saturating_sub(u64::from(row.bytes.exact().is_none())),
        })
    }
}

impl UploadRows {
    /// None yet. Where all are shown they wait in the spool, as the columns show them.
    pub(super) fn new(choice: Choice, columns: UploadColumns, spool: Spool) -> Self {
        Self {
            choice,
            columns,
            rows: Vec::new(),
            all: Sorted::new(spool),
            seen: RowSums::default(),
            failed: None,
        }
    }

    /// One more.
    pub(crate) fn add(&mut self, finding: &Finding) -> io::Result<()> {
        if self.failed.is_none() {
            self.failed.clone_from(&finding.error);
        }
        if self.choice.none || self.choice.filters.leave_out(finding.verdict) {
            return Ok(());
        }
        self.seen.count(finding.footprint.bytes);
        let row = UploadRow::new(finding, self.choice.sort);
        if self.shows_all() {
            let mut text = Vec::new();
            self.columns.row(&row, &mut text)?;
            return self.all.add(SortedLine {
                rank: row.rank,
                key: row.key.as_str().to_owned(),
                initiated: row.initiated,
                text,
            });
        }
        self.rows.push(row);
        if let Some(most) = self.most()
            && self.rows.len() >= most + ALL_UP_TO.max(most)
        {
            self.keep(most);
        }
        Ok(())
    }

    /// Whether every upload is shown, whatever their number.
    pub(super) fn shows_all(&self) -> bool {
        matches!(self.choice.top, Some(Top::All))
    }

    /// The lines of every upload, in order.
    pub(super) fn all(&mut self) -> &mut Sorted {
        &mut self.all
    }

    /// How many are shown, now that so many were seen; none for all of them.
    fn most(&self) -> Option<usize> {
        match self.choice.top {
            Some(Top::All) => None,
            Some(Top::Largest(most)) => Some(most.get()),
            None if self.seen.uploads <= self.choice.all_up_to as u64 => None,
            None => Some(FIRST),
        }
    }

    fn keep(&mut self, most: usize) {
        if self.rows.len() > most {
            self.rows.select_nth_unstable_by(most, UploadRow::place);
            self.rows.truncate(most);
        }
    }

    /// Whether none are to be shown.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.uploads == 0
    }

    /// How many the filters left out.
    pub(super) fn left_out(&self, skipped: &Skipped) -> u64 {
        self.choice.filters.left_out(skipped)
    }

    /// Those that are shown, in order: ranges that were listed side by side come mixed.
    pub(super) fn shown(&mut self) -> &[UploadRow] {
        if let Some(most) = self.most() {
            self.keep(most);
        }
        self.rows.sort_unstable_by(UploadRow::place);
        &self.rows
    }

    /// The others.
    pub(super) fn hidden(&mut self) -> RowSums {
        let seen = self.seen;
        match self.shows_all() {
            true => RowSums::default(),
            false => seen.without(self.shown()),
        }
    }
}
