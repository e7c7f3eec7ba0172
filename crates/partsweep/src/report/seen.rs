//! What a scan saw, summed up, and what its end means.

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::profile::Provider;
use partsweep_core::{KeepReason, Listing, PriceTable, Verdict};
use partsweep_engine::{BucketSummary, Finding, Totals};

use crate::text::exit::Exit;

/// How far the list of buckets can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BucketList {
    /// There is none: buckets were named, or come from a plan.
    #[default]
    Named,
    /// All buckets of the account.
    Complete,
    /// Perhaps all of them: why it is not certain.
    Unproven(&'static str),
    /// Not all of them: why.
    Partial(&'static str),
}

impl BucketList {
    /// The word for it in machine formats.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Complete => "complete",
            Self::Unproven(_) => "unproven",
            Self::Partial(_) => "partial",
        }
    }

    /// What there is to say about it.
    pub(crate) fn why(self) -> Option<&'static str> {
        match self {
            Self::Named | Self::Complete => None,
            Self::Unproven(why) | Self::Partial(why) => Some(why),
        }
    }
}

/// What a scan saw, summed up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScanSummary {
    /// Buckets looked at.
    pub(crate) buckets: u64,
    /// Those with uploads.
    pub(crate) buckets_with_uploads: u64,
    /// Sums over all of them.
    pub(crate) totals: Totals,
    /// Uploads that `--include` and `--exclude` left out.
    pub(crate) excluded: u64,
    /// Uploads that are kept only because `--no-size` did not ask for more.
    not_sized: u64,
    /// How far the list of buckets can be believed (law 14).
    pub(crate) bucket_list: BucketList,
    /// Buckets that were not seen whole.
    not_whole: u64,
    /// Of these, those whose listing merely proves nothing.
    unproven: u64,
    /// Buckets that were listed, and are not there.
    gone: u64,
}

impl ScanSummary {
    /// Nothing yet, of this list of buckets.
    pub(crate) fn of(bucket_list: BucketList) -> Self {
        Self {
            bucket_list,
            ..Self::default()
        }
    }

    /// What a saved scan saw, as far as a sweep tells it: so many buckets.
    pub(crate) fn saved(buckets: usize) -> Self {
        Self {
            buckets: buckets as u64,
            ..Self::default()
        }
    }

    /// Counts an upload.
    pub(crate) fn finding(&mut self, finding: &Finding) {
        let not_sized = finding.verdict == Verdict::Keep(KeepReason::NotSized);
        self.not_sized += u64::from(not_sized);
    }

    /// Counts a bucket that is done.
    pub(crate) fn bucket(&mut self, summary: &BucketSummary) {
        self.buckets += 1;
        self.buckets_with_uploads += u64::from(summary.totals.uploads > 0);
        self.totals.add(&summary.totals);
        self.excluded += summary.excluded;
        self.not_whole += u64::from(!summary.is_whole());
        let unproven = matches!(summary.listing, Listing::Unproven { .. }) && summary.unclear == 0;
        self.unproven += u64::from(unproven);
        self.gone += u64::from(matches!(summary.listing, Listing::Gone(_)));
    }

    /// How many uploads there are, where there are more than a few and none has a part: uploads are begun and
    /// left without parts now and then, but not all of them (minio/minio#4401, tus/tusd#156).
    pub(crate) fn all_without_parts(&self) -> Option<u64> {
        const A_FEW: u64 = 5;
        let Totals {
            uploads,
            parts,
            unsized_uploads,
            ..
        } = self.totals;
        let sized = uploads.saturating_sub(unsized_uploads);
        (parts == 0 && sized > A_FEW).then_some(sized)
    }

    /// Buckets of which it is not known whether they hold more than was seen.
    pub(crate) fn not_whole(&self) -> u64 {
        self.not_whole
    }

    /// Whether something was denied, failed or stayed unknown (law 8).
    pub(crate) fn exit(&self, accept_unproven: bool) -> Exit {
        let accepted = if accept_unproven { self.unproven } else { 0 };
        let is_partial = matches!(self.bucket_list, BucketList::Partial(_))
            || self.not_whole > accepted
            || self.totals.sweepable_unsized > 0
            // One is deleted now and then; that all of them are, and still listed, is sooner a wrong address or a
            // permission that is missing.
            || (self.buckets > 1 && self.gone == self.buckets);
        match is_partial {
            true => Exit::Partial,
            false => Exit::Done,
        }
    }

    /// Why a run is partial that did all it was asked to, in words.
    pub(crate) fn why_partial(&self, accept_unproven: bool) -> Option<&'static str> {
        if self.exit(accept_unproven) == Exit::Done {
            return None;
        }
        let is_only_unproven = self.exit(true) == Exit::Done;
        Some(match is_only_unproven {
            true => {
                "the store may hold more uploads than it lists (--accept unproven accepts that)"
            }
            false => "not everything could be seen",
        })
    }

    /// What `--check` says: whether there is anything to sweep. Of what was not sized, that is not
    /// known: there it is what began longer ago than `--older-than`.
    pub(crate) fn check(&self) -> Exit {
        if self.totals.sweepable_uploads + self.not_sized > 0 {
            Exit::Found
        } else {
            Exit::Done
        }
    }
}

/// The end of a run, for the reports.
pub(crate) struct End {
    /// What was seen.
    pub(crate) seen: ScanSummary,
    /// Which store it was.
    pub(crate) provider: Provider,
    /// When, by this machine's clock.
    pub(crate) finished: Timestamp,
    /// How long it took.
    pub(crate) took: SignedDuration,
    /// What parts cost there.
    pub(crate) prices: PriceTable,
}

impl End {
    /// The end, now, of what began then.
    pub(crate) fn now(
        (provider, prices): (Provider, PriceTable),
        started: Timestamp,
        seen: ScanSummary,
    ) -> Self {
        let finished = Timestamp::now();
        Self {
            seen,
            provider,
            finished,
            took: finished.duration_since(started),
            prices,
        }
    }
}
