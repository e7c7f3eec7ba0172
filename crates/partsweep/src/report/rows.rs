//! Which uploads of a bucket a table shows.

use std::cmp::{Ordering, Reverse};
use std::io;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Amount, Key, StoreError, Verdict};
use partsweep_engine::Finding;

use crate::args::Top;
use crate::report::sorted::{Line, Sorted};
use crate::report::spool::Spool;
use crate::report::table;

/// Uploads of a bucket that are all shown, unless another number is asked for: what can still be
/// scrolled through.
const ALL_UP_TO: usize = 1_000;
/// The largest of a bucket with more.
const LARGEST: usize = 20;

/// What a table shows of one upload.
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) initiated: Option<Timestamp>,
    pub(super) bytes: Amount,
    pub(super) parts: Amount,
    pub(super) idle: Option<SignedDuration>,
    pub(super) verdict: Verdict,
    pub(super) error: Option<Box<StoreError>>,
}

impl From<&Finding> for Row {
    fn from(finding: &Finding) -> Self {
        Self {
            key: finding.upload.address.key.clone(),
            initiated: finding.upload.initiated,
            bytes: finding.footprint.bytes,
            parts: finding.footprint.parts,
            idle: finding.idle,
            verdict: finding.verdict,
            error: finding.error.clone().map(Box::new),
        }
    }
}

impl Row {
    /// The largest first; of those that are alike in this, the oldest.
    fn by_size(&self, other: &Self) -> Ordering {
        let rank = |row: &Self| {
            let age = (row.initiated.is_none(), row.initiated);
            (Reverse(row.bytes.known()), age)
        };
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.key.cmp(&other.key))
    }

    fn by_key(&self, other: &Self) -> Ordering {
        (&self.key, self.initiated).cmp(&(&other.key, other.initiated))
    }
}

/// Takes the uploads of a bucket as they come, and keeps those that will be shown.
pub(crate) struct Rows {
    top: Option<Top>,
    rows: Vec<Row>,
    /// All of them, where that was asked for: as they will be shown.
    all: Sorted,
    seen: u64,
    /// Why parts could not be listed: the first time in this bucket.
    pub(super) failed: Option<StoreError>,
}

impl Rows {
    /// None yet; `top` as it was asked for. Where all are shown they wait in the spool.
    pub(crate) fn new(top: Option<Top>, spool: Spool) -> Self {
        Self {
            top,
            rows: Vec::new(),
            all: Sorted::new(spool),
            seen: 0,
            failed: None,
        }
    }

    /// One more.
    pub(crate) fn add(&mut self, finding: &Finding) -> io::Result<()> {
        self.seen += 1;
        if self.failed.is_none() {
            self.failed.clone_from(&finding.error);
        }
        if self.shows_all() {
            let row = Row::from(finding);
            let mut text = Vec::new();
            table::upload(&row, &mut text)?;
            return self.all.add(Line {
                key: row.key.as_str().to_owned(),
                initiated: row.initiated,
                text,
            });
        }
        self.rows.push(finding.into());
        if let Some(most) = self.most()
            && self.rows.len() >= most + ALL_UP_TO.max(most)
        {
            self.keep(most);
        }
        Ok(())
    }

    /// Whether every upload is shown, whatever their number.
    pub(super) fn shows_all(&self) -> bool {
        matches!(self.top, Some(Top::All))
    }

    /// The lines of every upload, by key.
    pub(super) fn all(&mut self) -> &mut Sorted {
        &mut self.all
    }

    /// How many are shown, now that so many were seen; none for all of them.
    fn most(&self) -> Option<usize> {
        match self.top {
            Some(Top::All) => None,
            Some(Top::Largest(most)) => Some(most.get()),
            None if self.seen <= ALL_UP_TO as u64 => None,
            None => Some(LARGEST),
        }
    }

    fn keep(&mut self, most: usize) {
        if self.rows.len() > most {
            self.rows.select_nth_unstable_by(most, Row::by_size);
            self.rows.truncate(most);
        }
    }

    /// Whether none came.
    pub(super) fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// Those that are shown, in the order in which they are: the largest first where only these
    /// are shown or asked for, else by key, since ranges that were listed side by side come mixed.
    pub(super) fn shown(&mut self) -> &[Row] {
        let most = self.most();
        if let Some(most) = most {
            self.keep(most);
        }
        match most {
            Some(_) => self.rows.sort_unstable_by(Row::by_size),
            None => self.rows.sort_unstable_by(Row::by_key),
        }
        &self.rows
    }

    /// How many are not shown.
    pub(super) fn hidden(&self) -> u64 {
        let most = self.most().map_or(self.seen, |most| most as u64);
        self.seen.saturating_sub(most)
    }
}
