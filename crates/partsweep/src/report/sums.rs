//! Sizes, sums and reasons in few words, for the columns of a table.

use jiff::SignedDuration;
use partsweep_core::{Amount, KeepReason};
use partsweep_engine::{Skipped, Totals};

use crate::text::figures::{count, counted, rounded, rounded_sum};

/// A size that may not be known.
pub(super) fn size_of(amount: Amount) -> String {
    match amount {
        Amount::Exact(n) => rounded(n),
        Amount::AtLeast(n) => format!("≥ {}", rounded(n)),
        Amount::Unknown => "?".to_owned(),
    }
}

/// A sum of sizes of which so many are not known exactly.
pub(super) fn sum(known: u64, unknown: u64) -> Amount {
    match unknown {
        0 => Amount::Exact(known),
        _ if known == 0 => Amount::Unknown,
        _ => Amount::AtLeast(known),
    }
}

/// `20 uploads (47.0 GB)`: what can be aborted.
pub(super) fn abortable(totals: &Totals) -> String {
    format!(
        "{} ({})",
        counted(totals.sweepable_uploads, "upload"),
        rounded_sum(totals.sweepable_bytes, totals.sweepable_unsized > 0)
    )
}

/// How long an upload was idle, in one unit: `45 s`, `59 min`, `1 h`, `47 h`, `2 d`.
pub(crate) fn idle(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    // The store tells its time in whole seconds, rounded down, so up to one is missing.
    let whole = |unit: i64| seconds.saturating_add(1) / unit;
    match (whole(60), whole(3_600)) {
        (0, _) => format!("{seconds} s"),
        (minutes @ ..60, _) => format!("{minutes} min"),
        (_, hours @ ..48) => format!("{hours} h"),
        _ => format!("{} d", whole(86_400)),
    }
}

/// Why uploads are skipped, in a word or two behind a key or a number.
pub(super) fn status(reason: KeepReason) -> &'static str {
    match reason {
        KeepReason::ActiveRecently => "active",
        KeepReason::IdleTooShort => "recent",
        KeepReason::AgeUnknown => "age unknown",
        KeepReason::ClockUnproven => "age uncertain",
        KeepReason::NotSized => "not sized",
        KeepReason::SizingFailed => "parts unknown",
        KeepReason::TooSmall => "small",
        KeepReason::SizeUnknown => "size unknown",
        KeepReason::TooCheap => "low cost",
        KeepReason::CostUnknown => "cost unknown",
        KeepReason::KeyUncertain => "key uncertain",
        KeepReason::NoSuchUpload => "not found",
        KeepReason::FinishedObject => "finished?",
        KeepReason::ObjectNotVisible => "not visible",
        KeepReason::OnlyAgeProtects => "too young",
    }
}

/// Whether uploads are skipped because something about them is not known.
pub(super) fn is_unclear(reason: KeepReason) -> bool {
    match reason {
        KeepReason::ActiveRecently
        | KeepReason::IdleTooShort
        | KeepReason::NotSized
        | KeepReason::TooSmall
        | KeepReason::TooCheap
        | KeepReason::FinishedObject
        | KeepReason::OnlyAgeProtects => false,
        KeepReason::AgeUnknown
        | KeepReason::ClockUnproven
        | KeepReason::SizingFailed
        | KeepReason::SizeUnknown
        | KeepReason::CostUnknown
        | KeepReason::KeyUncertain
        | KeepReason::NoSuchUpload
        | KeepReason::ObjectNotVisible => true,
    }
}

/// Why so many uploads are skipped: `3 active`, `1 small`.
pub(super) fn skipped(skipped: &Skipped) -> impl Iterator<Item = String> {
    let reasons = skipped.iter();
    reasons.map(|(reason, uploads)| format!("{} {}", count(uploads), status(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_unknown_sizes_is_no_zero() {
        assert_eq!(size_of(sum(0, 2)), "?");
        assert_eq!(size_of(sum(2_000, 1)), "≥ 2.0 kB");
        let totals = Totals {
            sweepable_uploads: 2,
            sweepable_unsized: 2,
            ..Totals::default()
        };
        assert_eq!(abortable(&totals), "2 uploads (size unknown)");
    }

    #[test]
    fn idle_times_have_one_unit() {
        let texts = [0, 58, 59, 3_598, 3_599, 7_198, 172_798, 172_799, -5]
            .map(|seconds| idle(SignedDuration::from_secs(seconds)));
        let told = [
            "0 s", "58 s", "1 min", "59 min", "1 h", "1 h", "47 h", "2 d", "0 s",
        ];
        assert_eq!(texts, told);
    }
}
