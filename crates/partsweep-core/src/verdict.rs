//! Sweep or keep, with the reason.

use jiff::Timestamp;

use crate::activity::{Activity, age};
use crate::footprint::Footprint;
use crate::selection::Selection;
use crate::upload::{KeyProof, Upload};

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
}

impl KeepReason {
    /// The word in machine formats (`docs/formats.md`).
    pub fn code(self) -> &'static str {
        match self {
            Self::ActiveRecently => "active_recently",
            Self::AgeUnknown => "age_unknown",
            Self::NotSized => "not_sized",
            Self::SizingFailed => "sizing_failed",
            Self::TooSmall => "too_small",
            Self::SizeUnknown => "size_unknown",
            Self::KeyUncertain => "key_uncertain",
            Self::NoSuchUpload => "no_such_upload",
            Self::FinishedObject => "finished_object",
            Self::ObjectNotVisible => "object_not_visible",
        }
    }

    /// A few words for people, to follow "kept:".
    pub fn words(self) -> &'static str {
        match self {
            Self::ActiveRecently => "active recently",
            Self::AgeUnknown => "age unknown",
            Self::NotSized => "not sized",
            Self::SizingFailed => "its parts could not be listed",
            Self::TooSmall => "smaller than --min-size",
            Self::SizeUnknown => "size unknown",
            Self::KeyUncertain => "the store does not show its key exactly",
            Self::NoSuchUpload => "the store lists it, but does not know it",
            Self::FinishedObject => "an object at this key may be this upload, completed",
            Self::ObjectNotVisible => "could not see whether it was completed",
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
/// `now` is the server's `Date` at the time of the answer; without it no age is known.
/// `footprint` is `None` if the parts were not asked for.
pub fn judge(
    upload: &Upload,
    footprint: Option<&Footprint>,
    selection: &Selection,
    now: Option<Timestamp>,
) -> Verdict {
    use KeepReason as Why;
    let is_young = |time: Timestamp| now.is_some_and(|now| age(time, now) < selection.older_than);
    if upload.key_proof == KeyProof::Doubtful {
        return Verdict::Keep(Why::KeyUncertain);
    }
    let Some(footprint) = footprint else {
        let young = upload.initiated.is_some_and(is_young);
        return Verdict::Keep(if young {
            Why::ActiveRecently
        } else {
            Why::NotSized
        });
    };
    let why = match Activity::of(upload.initiated, footprint) {
        _ if footprint.parts.exact().is_none() => Why::SizingFailed,
        Activity::Unknown => Why::AgeUnknown,
        Activity::At(_) if now.is_none() => Why::AgeUnknown,
        Activity::At(time) if is_young(time) => Why::ActiveRecently,
        Activity::At(_) => match footprint.bytes.exact() {
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
    use crate::footprint::Amount;
    use crate::name::{BucketName, Key, UploadId};
    use crate::upload::UploadAddress;

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn upload(initiated: Option<i64>) -> Upload {
        Upload {
            address: UploadAddress {
                bucket: BucketName::new("b").unwrap(),
                key: Key::new("k").unwrap(),
                id: UploadId::new("1").unwrap(),
            },
            key_proof: KeyProof::Exact,
            initiated: initiated.map(at),
            storage_class: None,
            owner: None,
            initiator: None,
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
            judge(&upload(Some(1)), Some(&undated), &any_age, Some(at(NOW))),
            kept
        );
        let dated = footprint(Amount::Exact(1), Some(1));
        assert_eq!(
            judge(&upload(Some(1)), Some(&dated), &any_age, None),
            kept,
            "no server date"
        );
        assert_eq!(
            judge(&upload(Some(1)), Some(&dated), &any_age, Some(at(NOW))),
            Verdict::Sweep
        );
    }

    #[test]
    fn what_was_not_sized_or_could_not_be_is_kept() {
        let judged = |footprint| {
            judge(
                &upload(Some(1)),
                footprint,
                &Selection::default(),
                Some(at(NOW)),
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
                &upload(Some(1)),
                Some(&footprint(bytes, Some(1))),
                &large,
                Some(at(NOW)),
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
            ..upload(Some(1))
        };
        let judged = judge(
            &doubtful,
            Some(&footprint(Amount::Exact(1), Some(1))),
            &Selection::default(),
            Some(at(NOW)),
        );
        assert_eq!(judged, Verdict::Keep(KeepReason::KeyUncertain));
    }
}
