//! Sweep or keep, with the reason.

use jiff::Timestamp;

use crate::decide::selection::Selection;
use crate::model::activity::Activity;
use crate::model::believe::{CLOCKS_APART, Clock, age};
use crate::model::footprint::Footprint;
use crate::model::upload::{KeyProof, Upload};

/// What is to become of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is old, large and certain enough.
    Sweep,
    /// It stays.
    Keep(KeepReason),
}

/// Why an upload stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepReason {
    /// Something happened to it within `--older-than`.
    ActiveRecently,
    /// The store does not say when something last happened to it: unknown is never old (law 3).
    AgeUnknown,
    /// It is old enough only if the store's documents show UTC, and some small stores show local
    /// time as if it were (law 13).
    ClockUnproven,
    /// Its parts were not asked for (`--no-size`), so its last activity is not known either.
    NotSized,
    /// Its parts could not be listed.
    SizingFailed,
    /// It is smaller than `--min-size`.
    TooSmall,
    /// `--min-size` was given and the store does not say how large it is.
    SizeUnknown,
    /// The store does not show its key exactly (law 11).
    KeyUncertain,
    /// The store lists it, twice, and answers that there is no such upload: an index entry without
    /// an upload, or a key that the listing shows changed (law 11).
    NoSuchUpload,
    /// An object at the key may be this very upload, completed (law 4).
    FinishedObject,
    /// Whether there is such an object could not be seen, and on this store an abort can hurt it.
    ObjectNotVisible,
    /// The store proved to be one where nothing but age protects an upload that is being completed,
    /// it is young, and nobody accepted that risk (law 12).
    OnlyAgeProtects,
}

impl KeepReason {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ActiveRecently,
        Self::AgeUnknown,
        Self::ClockUnproven,
        Self::NotSized,
        Self::SizingFailed,
        Self::TooSmall,
        Self::SizeUnknown,
        Self::KeyUncertain,
        Self::NoSuchUpload,
        Self::FinishedObject,
        Self::ObjectNotVisible,
        Self::OnlyAgeProtects,
    ];

    /// The word in machine formats (`docs/formats.md`).
    pub fn code(self) -> &'static str {
        match self {
            Self::ActiveRecently => "active_recently",
            Self::AgeUnknown => "age_unknown",
            Self::ClockUnproven => "clock_unproven",
            Self::NotSized => "not_sized",
            Self::SizingFailed => "sizing_failed",
            Self::TooSmall => "too_small",
            Self::SizeUnknown => "size_unknown",
            Self::KeyUncertain => "key_uncertain",
            Self::NoSuchUpload => "no_such_upload",
            Self::FinishedObject => "finished_object",
            Self::ObjectNotVisible => "object_not_visible",
            Self::OnlyAgeProtects => "only_age_protects",
        }
    }

    /// A few words for people, to follow "kept:".
    pub fn words(self) -> &'static str {
        match self {
            Self::ActiveRecently => "active too recently",
            Self::AgeUnknown => "age unknown",
            Self::ClockUnproven => "this store may show local time as UTC, so it may be younger",
            Self::NotSized => "not sized",
            Self::SizingFailed => "its parts could not be listed",
            Self::TooSmall => "too small",
            Self::SizeUnknown => "size unknown",
            Self::KeyUncertain => "the store does not show its key exactly",
            Self::NoSuchUpload => "the store lists it, but does not know it",
            Self::FinishedObject => "an object at this key may be this upload, completed",
            Self::ObjectNotVisible => "could not see whether it was completed",
            Self::OnlyAgeProtects => "on this store only age protects an upload, and it is young",
        }
    }
}

impl Verdict {
    /// The word that says why, in machine formats.
    pub fn because(self) -> &'static str {
        match self {
            Self::Sweep => "inactive",
            Self::Keep(reason) => reason.code(),
        }
    }
}

/// Decides on one upload from what the store showed (law 3).
///
/// `now` is the server's `Date` at the time of the answer; without it no age is known. `clock` says
/// how the times of its documents stand to that. `footprint` is `None` if the parts were not asked
/// for.
pub fn judge(
    upload: &Upload,
    footprint: Option<&Footprint>,
    selection: &Selection,
    now: Option<Timestamp>,
    clock: Clock,
) -> Verdict {
    use KeepReason as Why;
    let is_young = |time: Timestamp| now.is_some_and(|now| age(time, now) < selection.older_than);
    // Whatever else there is: the newest of all dates counts.
    let seen_young = |time: Option<Timestamp>| time.is_some_and(is_young);
    if upload.key_proof == KeyProof::Doubtful {
        return Verdict::Keep(Why::KeyUncertain);
    }
    let Some(footprint) = footprint else {
        return Verdict::Keep(match seen_young(upload.initiated) {
            true => Why::ActiveRecently,
            false => Why::NotSized,
        });
    };
    let why = match (Activity::of(upload.initiated, footprint), now) {
        _ if footprint.parts.exact().is_none() => Why::SizingFailed,
        (Activity::Unknown, _) if seen_young(upload.initiated.max(footprint.newest_part)) => {
            Why::ActiveRecently
        }
        (Activity::Unknown, _) | (_, None) => Why::AgeUnknown,
        // It cannot have happened yet.
        (Activity::At(time), Some(now)) if time.duration_since(now) > CLOCKS_APART => {
            Why::AgeUnknown
        }
        (Activity::At(time), _) if is_young(time) => Why::ActiveRecently,
        (Activity::At(time), Some(now)) if clock.age(time, now) < selection.older_than => {
            match clock {
                Clock::Unproven => Why::ClockUnproven,
                Clock::Utc | Clock::NotBehind | Clock::Behind(_) => Why::ActiveRecently,
            }
        }
        (Activity::At(_), Some(_)) => match footprint.bytes.exact() {
            _ if footprint.bytes.known() >= selection.min_size => return Verdict::Sweep,
            Some(_) => Why::TooSmall,
            None => Why::SizeUnknown,
        },
    };
    Verdict::Keep(why)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::model::footprint::Amount;

    use crate::model::upload::UploadAddress;

    #[test]
    fn all_reasons_are_listed_once_in_the_order_of_their_numbers() {
        use KeepReason as Why;
        for (place, reason) in KeepReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            // A new reason does not compile until it is here, and belongs into ALL as well.
            match reason {
                Why::ActiveRecently | Why::AgeUnknown | Why::ClockUnproven | Why::NotSized => {}
                Why::SizingFailed | Why::TooSmall | Why::SizeUnknown | Why::KeyUncertain => {}
                Why::NoSuchUpload | Why::FinishedObject | Why::ObjectNotVisible => {}
                Why::OnlyAgeProtects => {}
            }
        }
    }

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 86_400;
    const LONG_AGO: i64 = 1_300_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn upload(initiated: Option<i64>) -> Upload {
        Upload {
            initiated: initiated.map(at),
            ..Upload::named(UploadAddress::new("b", "k", "1").unwrap())
        }
    }

    fn footprint(bytes: Amount, newest_part: Option<i64>) -> Footprint {
        Footprint {
            parts: Amount::Exact(1),
            bytes,
            newest_part: newest_part.map(at),
            all_dated: true,
        }
    }

    fn verdict(initiated: Option<i64>, newest: Option<i64>) -> Verdict {
        let footprint = footprint(Amount::Exact(10), newest);
        judge(
            &upload(initiated),
            Some(&footprint),
            &Selection::default(),
            Some(at(NOW)),
            Clock::Utc,
        )
    }

    #[test]
    fn a_part_in_the_last_24_hours_keeps_an_upload_started_a_month_ago() {
        let month_ago = Some(NOW - 30 * DAY);
        assert_eq!(
            verdict(month_ago, Some(NOW - DAY + 1)),
            Verdict::Keep(KeepReason::ActiveRecently)
        );
        assert_eq!(verdict(month_ago, Some(NOW - DAY)), Verdict::Sweep);
    }

    #[test]
    fn a_young_upload_with_an_old_clock_on_its_part_is_kept() {
        assert_eq!(
            verdict(Some(NOW - 10), Some(NOW - 90 * DAY)),
            Verdict::Keep(KeepReason::ActiveRecently)
        );
    }

    #[test]
    fn unknown_age_is_never_old_even_with_0s() {
        let any_age = Selection {
            older_than: SignedDuration::ZERO,
            ..Selection::default()
        };
        let undated = Footprint {
            all_dated: false,
            ..footprint(Amount::Exact(1), None)
        };
        let kept = Verdict::Keep(KeepReason::AgeUnknown);
        assert_eq!(
            judge(
                &upload(Some(LONG_AGO)),
                Some(&undated),
                &any_age,
                Some(at(NOW)),
                Clock::Utc
            ),
            kept
        );
        let dated = footprint(Amount::Exact(1), Some(LONG_AGO));
        assert_eq!(
            judge(
                &upload(Some(LONG_AGO)),
                Some(&dated),
                &any_age,
                None,
                Clock::Utc
            ),
            kept,
            "no server date"
        );
        assert_eq!(
            judge(
                &upload(Some(LONG_AGO)),
                Some(&dated),
                &any_age,
                Some(at(NOW)),
                Clock::Utc
            ),
            Verdict::Sweep
        );
    }

    #[test]
    fn what_was_not_sized_or_could_not_be_is_kept() {
        let judged = |footprint| {
            judge(
                &upload(Some(LONG_AGO)),
                footprint,
                &Selection::default(),
                Some(at(NOW)),
                Clock::Utc,
            )
        };
        assert_eq!(judged(None), Verdict::Keep(KeepReason::NotSized));
        assert_eq!(
            judged(Some(&Footprint::UNKNOWN)),
            Verdict::Keep(KeepReason::SizingFailed)
        );
    }

    #[test]
    fn min_size_needs_a_proven_size() {
        let large = Selection {
            min_size: 100,
            ..Selection::default()
        };
        let judged = |bytes| {
            judge(
                &upload(Some(LONG_AGO)),
                Some(&footprint(bytes, Some(LONG_AGO))),
                &large,
                Some(at(NOW)),
                Clock::Utc,
            )
        };
        assert_eq!(
            judged(Amount::Exact(99)),
            Verdict::Keep(KeepReason::TooSmall)
        );
        assert_eq!(
            judged(Amount::AtLeast(99)),
            Verdict::Keep(KeepReason::SizeUnknown)
        );
        assert_eq!(judged(Amount::Exact(100)), Verdict::Sweep);
    }

    #[test]
    fn a_doubtful_key_is_kept_whatever_its_age() {
        let doubtful = Upload {
            key_proof: KeyProof::Doubtful,
            ..upload(Some(LONG_AGO))
        };
        let judged = judge(
            &doubtful,
            Some(&footprint(Amount::Exact(1), Some(LONG_AGO))),
            &Selection::default(),
            Some(at(NOW)),
            Clock::Utc,
        );
        assert_eq!(judged, Verdict::Keep(KeepReason::KeyUncertain));
    }

    #[test]
    fn what_is_old_only_by_a_clock_that_may_be_local_is_kept() {
        let judged = |age_hours: i64, clock| {
            let time = NOW - age_hours * 3_600;
            let selection = Selection {
                older_than: SignedDuration::from_hours(6),
                ..Selection::default()
            };
            let footprint = footprint(Amount::Exact(1), Some(time));
            judge(
                &upload(Some(time)),
                Some(&footprint),
                &selection,
                Some(at(NOW)),
                clock,
            )
        };
        let unproven = Verdict::Keep(KeepReason::ClockUnproven);
        assert_eq!(judged(8, Clock::Unproven), unproven);
        assert_eq!(judged(8, Clock::NotBehind), Verdict::Sweep);
        assert_eq!(judged(20, Clock::Unproven), Verdict::Sweep);
        let young = Verdict::Keep(KeepReason::ActiveRecently);
        assert_eq!(judged(5, Clock::Unproven), young);
        assert_eq!(
            judged(13, Clock::Behind(SignedDuration::from_hours(8))),
            young
        );
        assert_eq!(
            judged(14, Clock::Behind(SignedDuration::from_hours(8))),
            Verdict::Sweep
        );
    }

    #[test]
    fn a_time_that_is_yet_to_come_is_no_age() {
        let kept = Verdict::Keep(KeepReason::AgeUnknown);
        assert_eq!(verdict(Some(NOW - DAY), Some(NOW + DAY)), kept);
        let any_age = Selection {
            older_than: SignedDuration::ZERO,
            ..Selection::default()
        };
        let parts = footprint(Amount::Exact(1), Some(NOW + 1));
        let judged = judge(
            &upload(Some(NOW)),
            Some(&parts),
            &any_age,
            Some(at(NOW)),
            Clock::Utc,
        );
        assert_eq!(judged, Verdict::Sweep, "whole seconds");
    }
}
