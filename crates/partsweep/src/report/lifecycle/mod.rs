//! What protects each bucket: a table, and `partsweep.lifecycle/1` in its three forms.

mod record;
mod table;

use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::lifecycle::audit::BucketProtection;
use partsweep_core::{Amount, BucketName, MonthCost, PriceTable, Provider, StoredBytes};

use crate::args::Format;
use crate::report::{cost_gap, costs};
use crate::text::sum::Sum;

/// One bucket.
#[derive(Debug)]
pub(crate) struct AuditedBucket {
    pub(crate) bucket: BucketName,
    pub(crate) protection: BucketProtection,
    /// When the oldest incomplete upload was started.
    pub(crate) oldest: Option<Timestamp>,
    /// Incomplete uploads that were seen.
    pub(crate) uploads: u64,
    /// Of these, those that were started longer ago than the limit.
    pub(crate) over_limit: u64,
    /// The size of all.
    pub(crate) bytes: Sum,
    /// The same by what it costs.
    pub(crate) stored: StoredBytes,
    /// The size of those over the limit.
    pub(crate) over_bytes: Sum,
    /// The same by what it costs.
    pub(crate) over_stored: StoredBytes,
    /// Uploads whose start isn't known: they may be over the limit.
    pub(crate) undated: u64,
    /// Why its rules or its uploads can't be seen.
    pub(crate) error: Option<String>,
    /// The uploads in it could not all be listed.
    pub(crate) is_partial: bool,
    /// None of them could: 0 is no number of them.
    pub(crate) is_unseen: bool,
    /// Whether the store takes a rule that would protect it.
    pub(crate) takes_rule: bool,
}

impl AuditedBucket {
    /// Whether it has old uploads, and nothing that removes them, as far as can be seen.
    pub(crate) fn is_exposed(&self) -> bool {
        self.over_limit > 0 && !self.protection.works() && !self.protection.is_unknown()
    }

    /// Whether it may have old uploads, and nothing that removes them: either couldn't be seen (law 8).
    pub(crate) fn may_be_exposed(&self) -> bool {
        let may_have_old = self.undated > 0 || self.is_partial;
        let has_old_perhaps_removed = self.over_limit > 0 && self.protection.is_unknown();
        !self.protection.works() && (may_have_old || has_old_perhaps_removed)
    }

    /// Whether there is nothing to tell of it: no uploads, and no rule that one may trust wrongly.
    fn is_plain(&self) -> bool {
        let has_nothing = matches!(
            self.protection,
            BucketProtection::None | BucketProtection::Unsupported | BucketProtection::NotKept
        );
        has_nothing && self.uploads == 0 && !self.is_partial
    }

    /// What all of them hold: unknown as long as there may be more.
    fn all_bytes(&self) -> Sum {
        let has_unknown = self.bytes.has_unknown || self.is_partial;
        Sum {
            has_unknown,
            ..self.bytes
        }
    }

    /// What all of them cost a month.
    fn cost(&self, prices: &PriceTable) -> Option<MonthCost> {
        let cost = self.stored.month(prices)?;
        Some(MonthCost {
            is_at_least: cost.is_at_least || self.is_partial,
            ..cost
        })
    }

    /// What its old uploads come to where nothing removes them.
    fn at_risk(&self) -> Sum {
        match self.is_exposed() {
            true => self.over_bytes,
            false => Sum::default(),
        }
    }

    /// The command that mends it, without the program in front and the bucket behind; none where nothing is to be done.
    /// `options` lead to the same store.
    fn mends(&self, days: u32, options: &str) -> Option<String> {
        use BucketProtection as Is;
        let set = match days {
            7 => format!("lifecycle set{options}"),
            days => format!("lifecycle set{options} --days {days}"),
        };
        match &self.protection {
            Is::Protected { .. } | Is::StoreCleansUp { .. } => None,
            Is::OwnApi | Is::Denied | Is::Unknown => None,
            Is::None
            | Is::Partly { .. }
            | Is::Disabled { .. }
            | Is::Unclear { .. }
            | Is::TooLong { rule: None, .. }
                if self.takes_rule =>
            {
                Some(set)
            }
            Is::TooLong { rule: Some(_), .. } if self.takes_rule => {
                Some(format!("{set} --shorten"))
            }
            // Its rule has fewer days than were asked for, and leaves older uploads all the same.
            Is::Ineffective { days: own, .. } if *own < days => {
                Some(format!("clean{options} --older-than {own}d"))
            }
            _ if self.over_limit == 0 => None,
            _ => Some(format!("clean{options} --older-than {days}d")),
        }
    }
}

/// The whole audit.
#[derive(Debug)]
pub(crate) struct Audit {
    pub(crate) buckets: Vec<AuditedBucket>,
    /// The most days that an upload is to stay.
    pub(crate) days: u32,
    pub(crate) endpoint: String,
    pub(crate) started: Timestamp,
    /// By the store's clock, as far as it told the time.
    pub(crate) now: Timestamp,
    /// What is typed in front of a command to be on the same store.
    pub(crate) program: &'static str,
    /// Options that lead to the same store, each with a space before it.
    pub(crate) options: String,
    /// Whether plain buckets are listed, too.
    pub(crate) shows_all: bool,
    /// Why the list of buckets isn't whole.
    pub(crate) missing: Option<&'static str>,
    /// What parts cost at this store.
    pub(crate) prices: PriceTable,
    /// The store.
    pub(crate) store: Provider,
}

impl Audit {
    /// Sorts by what is at risk, then by name.
    pub(crate) fn sort(&mut self) {
        self.buckets.sort_by(|one, other| {
            let key = |bucket: &AuditedBucket| (bucket.is_exposed(), bucket.at_risk().known);
            key(other)
                .cmp(&key(one))
                .then_with(|| one.bucket.cmp(&other.bucket))
        });
    }

    /// What the uploads come to that nothing removes.
    fn at_risk(&self) -> Sum {
        let mut all = Sum::default();
        for bucket in self.buckets.iter().filter(|bucket| bucket.is_exposed()) {
            let bytes = bucket.at_risk();
            all.add(Amount::Exact(bytes.known));
            all.has_unknown |= bytes.has_unknown;
        }
        all.has_unknown |= self.buckets.iter().any(AuditedBucket::may_be_exposed);
        all
    }

    /// The uploads that nothing removes, by what they cost.
    fn stored_at_risk(&self) -> StoredBytes {
        let mut all = StoredBytes::default();
        for bucket in self.buckets.iter().filter(|bucket| bucket.is_exposed()) {
            all.join(&bucket.over_stored);
        }
        all
    }

    /// What they cost a month, on top of the other uploads; at least that where more may be at risk.
    fn month_at_risk(&self) -> Option<MonthCost> {
        let at_risk = self.stored_at_risk();
        let mut all = StoredBytes::default();
        for bucket in &self.buckets {
            all.join(&bucket.stored);
        }
        let cost = at_risk.month_above(&all.without(&at_risk), &self.prices)?;
        Some(MonthCost {
            is_at_least: cost.is_at_least || self.at_risk().has_unknown,
            ..cost
        })
    }

    /// The same in words: a line, and when an abort saves it; or why it isn't known.
    fn cost_at_risk(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(cost) = self.month_at_risk() {
            lines.push(format!("They cost {} ({}).", cost.words(), cost.basis()));
            let is_ineffective = |bucket: &AuditedBucket| {
                matches!(
                    bucket.protection,
                    BucketProtection::Ineffective { rule: None, .. }
                )
            };
            // Some of them show that it doesn't.
            let ends = match self.buckets.iter().any(is_ineffective) {
                true => String::new(),
                false => costs::removed_by(&cost.saving, &self.prices, &self.store),
            };
            lines.push(cost.saving.words() + &ends);
        }
        let all = self.stored_at_risk();
        lines.extend(cost_gap::words(&all, &self.prices, &self.store));
        lines
    }

    /// Writes it in a format.
    pub(crate) fn write(
        &self,
        format: Format,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match format {
            Format::Table => table::write(self, width, out),
            Format::Json => record::write_json(self, out),
            Format::Ndjson => record::write_ndjson(self, out),
            Format::Csv => record::write_csv(self, out),
        }
    }
}
