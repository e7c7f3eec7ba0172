//! What uploads cost a month, added up as a scan or a sweep goes, and in words.

use std::collections::HashMap;
use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use partsweep_core::model::believe;
use partsweep_core::provider::profile::Provider;
use partsweep_core::provider::profiles::StoreEntry;
use partsweep_core::{
    BucketName, MonthCost, Outcome, PlannedUpload, PriceTable, Saving, StoredBytes, SweptUpload,
    Verdict,
};
use partsweep_engine::{BucketSummary, Finding};

use crate::report::cost_gap;
use crate::report::schema::cost::CostRecord;
use crate::text::figures::{about, counted, rounded};
use crate::text::fit;

/// Bytes of uploads, and of those that can be aborted.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScannedBytes {
    all: StoredBytes,
    sweepable: StoredBytes,
    youngest: Youngest,
}

impl ScannedBytes {
    /// What all of them cost a month.
    pub(crate) fn month(&self, prices: &PriceTable) -> Option<MonthCost> {
        self.all.month(prices)
    }

    /// What those cost a month that can be aborted.
    pub(crate) fn sweepable_month(&self, prices: &PriceTable) -> Option<MonthCost> {
        self.sweepable.month_of_a_part(prices)
    }

    /// The same for programs, with what all of them cost.
    fn record(&self, prices: &PriceTable) -> Option<CostRecord> {
        let is_past = |days| self.youngest.is_older_than(days);
        CostRecord::of_scan(&self.all, &self.sweepable, is_past, prices)
    }

    fn join(&mut self, other: &Self) {
        self.all.join(&other.all);
        self.sweepable.join(&other.sweepable);
        self.youngest.join(&other.youngest);
    }
}

/// What a store has to act on its own clean-up.
const GRACE: SignedDuration = SignedDuration::from_hours(48);

/// The youngest of the uploads that can be aborted: a store that cleans up removes it last.
#[derive(Debug, Clone, Default)]
struct Youngest {
    started: Option<Timestamp>,
    active: Option<Timestamp>,
    now: Option<Timestamp>,
    /// Of one, too little is known.
    is_unclear: bool,
}

impl Youngest {
    fn add(&mut self, finding: &Finding) {
        let started = finding.upload.initiated.and_then(believe::time);
        match (started, finding.last_activity.at(), finding.idle) {
            (Some(started), Some(active), Some(idle)) => {
                self.started = self.started.max(Some(started));
                self.active = self.active.max(Some(active));
                self.now = self.now.max(active.checked_add(idle).ok());
            }
            _ => self.is_unclear = true,
        }
    }

    fn join(&mut self, other: &Self) {
        self.started = self.started.max(other.started);
        self.active = self.active.max(other.active);
        self.now = self.now.max(other.now);
        self.is_unclear |= other.is_unclear;
    }

    /// Whether every part that can be aborted came more than so many days ago.
    fn is_older_than(&self, days: u16) -> bool {
        let ages = self.now.zip(self.active);
        let age = ages.map(|(now, active)| now.duration_since(active));
        let past = SignedDuration::from_hours(24 * i64::from(days));
        !self.is_unclear && age.is_some_and(|age| age > past)
    }

    /// How long until the store has removed it after so many days; negative if it should have. None if that isn't known.
    fn left(&self, store: &StoreEntry, days: u16) -> Option<SignedDuration> {
        let from = match store.rule_counts_from_last_part {
            true => self.active?,
            false => self.started?,
        };
        let after = SignedDuration::from_hours(24 * i64::from(days));
        (!self.is_unclear).then_some(after - self.now?.duration_since(from))
    }
}

/// The bytes of a scan by what they cost.
#[derive(Debug, Default)]
pub(crate) struct ScanCosts {
    open: HashMap<BucketName, ScannedBytes>,
    total: ScannedBytes,
}

impl ScanCosts {
    /// Adds an upload.
    pub(crate) fn found(&mut self, finding: &Finding) {
        let bucket = &finding.upload.address.bucket;
        if !self.open.contains_key(bucket) {
            self.open.insert(bucket.clone(), ScannedBytes::default());
        }
        let Some(open) = self.open.get_mut(bucket) else {
            return;
        };
        let class = finding.upload.storage_class.as_ref();
        open.all.add(class, finding.footprint.bytes);
        if finding.verdict == Verdict::Sweep {
            open.sweepable.add(class, finding.footprint.bytes);
            open.youngest.add(finding);
        }
    }

    /// The same as [`Self::close`]; returns what its uploads cost, by these prices.
    pub(crate) fn done(
        &mut self,
        summary: &BucketSummary,
        prices: &PriceTable,
    ) -> Option<CostRecord> {
        self.close(summary)?.record(prices)
    }

    /// A bucket is done, and its region known. Returns what is in it; none if no upload was found.
    pub(crate) fn close(&mut self, summary: &BucketSummary) -> Option<ScannedBytes> {
        let bytes = self.open.remove(&summary.name)?;
        let region = summary.region.as_deref();
        let bytes = ScannedBytes {
            all: bytes.all.in_region(region),
            sweepable: bytes.sweepable.in_region(region),
            youngest: bytes.youngest,
        };
        self.total.join(&bytes);
        Some(bytes)
    }

    /// What all uploads cost.
    pub(crate) fn record(&self, prices: &PriceTable) -> Option<CostRecord> {
        self.total.record(prices)
    }

    /// The same, to be put in words.
    pub(crate) fn month(&self, prices: &PriceTable) -> Option<MonthCost> {
        self.total.month(prices)
    }

    /// Sentences: a line of money and one of when an abort saves it; and why what has no price has none.
    pub(crate) fn words(&self, prices: &PriceTable, store: &Provider) -> Vec<String> {
        let gaps = cost_gap::words(&self.total.all, prices, store);
        let Some(all) = self.total.all.month(prices) else {
            return gaps;
        };
        let rest = self.total.all.without(&self.total.sweepable);
        let sweepable = self.total.sweepable.month_above(&rest, prices);
        let part = match &sweepable {
            None => String::new(),
            // Of an account that is rounded up, a part may cost as much as all.
            Some(part) if part.amount == all.amount && rest.has_no_bytes() => {
                "; all of it for uploads that can be aborted".to_owned()
            }
            Some(part) => format!(
                "; {} of it for uploads that can be aborted",
                part.amount.words(part.currency)
            ),
        };
        let mut lines = vec![format!(
            "Cost: {} ({}){part}.{}",
            all.words(),
            all.basis(),
            unpriced(&all)
        )];
        if let Some(mut sweepable) = sweepable {
            let youngest = &self.total.youngest;
            sweepable
                .saving
                .forget_minimum(|days| youngest.is_older_than(days));
            // "This" is the sum in the line before.
            let text = match sweepable.amount == all.amount && rest.has_no_bytes() {
                true => sweepable.saving.words(),
                false => sweepable.saving.words_of(&sweepable.words()),
            };
            let soon = cleaning(prices, store)
                .and_then(|(entry, days)| Some((entry, days, youngest.left(entry, days)?)));
            lines.push(match soon {
                Some((entry, _, left)) if left > SignedDuration::ZERO => format!(
                    "{text} {} removes the last of them itself in {}, unless that was changed: {}.",
                    entry.profile.name,
                    about(left),
                    then(&sweepable.saving)
                ),
                Some((entry, days, left)) if left < -GRACE => format!(
                    "{text} {} is to remove incomplete uploads itself after {}, and didn't remove these.",
                    entry.profile.name,
                    counted(days.into(), "day")
                ),
                _ => text + &removed_by(&sweepable.saving, prices, store),
            });
        }
        lines.extend(gaps);
        lines
    }
}

/// The bytes that a sweep freed, by what they cost.
#[derive(Debug, Default)]
pub(crate) struct SweepCosts {
    by_bucket: HashMap<BucketName, StoredBytes>,
    regions: HashMap<String, String>,
}

impl SweepCosts {
    /// The region of a bucket.
    pub(crate) fn region(&mut self, bucket: &str, region: Option<&str>) {
        if let Some(region) = region {
            self.regions.insert(bucket.to_owned(), region.to_owned());
        }
    }

    /// Adds an upload, if it was freed by us.
    pub(crate) fn swept(&mut self, swept: &SweptUpload) {
        // Of one that another sweep may have aborted, it isn't known what was freed.
        if matches!(swept.outcome, Outcome::Aborted) && swept.bytes_freed().is_some() {
            self.add(&swept.planned);
        }
    }

    /// Adds an upload.
    pub(crate) fn add(&mut self, planned: &PlannedUpload) {
        let bucket = &planned.upload.address.bucket;
        if !self.by_bucket.contains_key(bucket) {
            self.by_bucket
                .insert(bucket.clone(), StoredBytes::default());
        }
        if let Some(bytes) = self.by_bucket.get_mut(bucket) {
            let class = planned.upload.storage_class.as_ref();
            bytes.add(class, planned.footprint.bytes);
        }
    }

    fn total(&self) -> StoredBytes {
        let mut total = StoredBytes::default();
        for (bucket, bytes) in &self.by_bucket {
            let region = self.regions.get(bucket.as_str());
            total.join(&bytes.clone().in_region(region.map(String::as_str)));
        }
        total
    }

    /// What was freed in a bucket.
    fn freed_in(&self, bucket: &BucketName) -> Option<StoredBytes> {
        let region = self.regions.get(bucket.as_str());
        let bytes = self.by_bucket.get(bucket)?.clone();
        Some(bytes.in_region(region.map(String::as_str)))
    }

    /// What that cost.
    pub(crate) fn of_bucket(&self, bucket: &str, prices: &PriceTable) -> Option<CostRecord> {
        let name = BucketName::new(bucket).ok()?;
        CostRecord::of_a_part(&self.freed_in(&name)?, prices)
    }

    /// The same in words: `up to $2.05 a month`.
    pub(crate) fn words_of_bucket(
        &self,
        bucket: &BucketName,
        prices: &PriceTable,
    ) -> Option<String> {
        let cost = self.freed_in(bucket)?.month_of_a_part(prices)?;
        Some(cost.words())
    }

    /// What all that was freed cost.
    pub(crate) fn record(&self, prices: &PriceTable) -> Option<CostRecord> {
        CostRecord::of_a_part(&self.total(), prices)
    }

    /// Writes what was aborted costs, and from when on no longer; nothing where nothing is known. `is_done`: it is
    /// aborted already.
    pub(crate) fn write(
        &self,
        is_done: bool,
        (prices, store): (&PriceTable, &Provider),
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(cost) = self.total().month_of_a_part(prices) else {
            return Ok(());
        };
        let (what, when) = match is_done {
            true => ("Aborted", cost.saving.words_afterwards()),
            false => ("Would be aborted", {
                let saving = &cost.saving;
                saving.words() + &removed_by(saving, prices, store)
            }),
        };
        let line = format!(
            "{what}: {} ({}).{}",
            cost.words(),
            cost.basis(),
            unpriced(&cost)
        );
        write_lines(&[line, when], width, out)
    }
}

impl SweepCosts {
    /// Writes why what was aborted has no price, for whom no scan has said it.
    pub(crate) fn write_gaps(
        &self,
        (prices, store): (&PriceTable, &Provider),
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        write_lines(&cost_gap::words(&self.total(), prices, store), width, out)
    }
}

/// Writes these lines below a table.
pub(crate) fn write_lines(
    lines: &[String],
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for line in lines {
        writeln!(out, "{}", fit::wrapped(line, width, 0))?;
    }
    Ok(())
}

fn unpriced(cost: &MonthCost) -> String {
    match cost.unpriced_bytes {
        0 => String::new(),
        bytes => format!(" Not counted: {} whose price isn't known.", rounded(bytes)),
    }
}

/// The store that cleans up by itself, and after how many days: the one that was named, where its answers show none.
pub(crate) fn cleaning(
    prices: &PriceTable,
    store: &Provider,
) -> Option<(&'static StoreEntry, u16)> {
    let entry = StoreEntry::named(prices.store().unwrap_or(store.id))?;
    Some((entry, entry.cleans_up_after_days?))
}

/// What the store's own clean-up does for the cost.
fn then(saving: &Saving) -> &'static str {
    match saving.minimum_days {
        0 => "that ends the cost, too",
        _ => "that is billed like an abort",
    }
}

/// When the store itself removes uploads that cost this, with a space before it.
pub(crate) fn removed_by(saving: &Saving, prices: &PriceTable, store: &Provider) -> String {
    let Some((entry, days)) = cleaning(prices, store) else {
        return String::new();
    };
    let (name, days) = (entry.profile.name, counted(days.into(), "day"));
    format!(
        " {name} removes incomplete uploads itself after {days}, unless that was changed: {}.",
        then(saving)
    )
}
