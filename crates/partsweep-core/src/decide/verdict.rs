//! Sweep or keep, with the reason.

use jiff::{SignedDuration, Timestamp};

use crate::decide::selection::Selection;
use crate::model::activity::Activity;
use crate::model::believe::{CLOCKS_APART, Clock, age};
use crate::model::footprint::Footprint;
use crate::model::upload::{KeyProof, Upload};
use crate::money::filter::CostMatch;

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
    /// Something happened to it in the last 24 hours, and within `--older-than`.
    ActiveRecently,
    /// Something happened to it within `--older-than`, a day or more ago.
    IdleTooShort,
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
    /// `--min-size` or `--min-cost` was given and the store does not say how large it is.
    SizeUnknown,
    /// It costs less than `--min-cost`.
    TooCheap,
    /// `--min-cost` was given, and what it costs is not known: no price of its class and region is.
    CostUnknown,
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
    pub const ALL: [Self; 15] = [
        Self::ActiveRecently,
        Self::IdleTooShort,
        Self::AgeUnknown,
        Self::ClockUnproven,
        Self::NotSized,
        Self::SizingFailed,
        Self::TooSmall,
        Self::SizeUnknown,
        Self::TooCheap,
        Self::CostUnknown,
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
            Self::IdleTooShort => "idle_too_short",
            Self::AgeUnknown => "age_unknown",
            Self::ClockUnproven => "clock_unproven",
            Self::NotSized => "not_sized",
            Self::SizingFailed => "sizing_failed",
            Self::TooSmall => "too_small",
            Self::SizeUnknown => "size_unknown",
            Self::TooCheap => "too_cheap",
            Self::CostUnknown => "cost_unknown",
            Self::KeyUncertain => "key_uncertain",
            Self::NoSuchUpload => "no_such_upload",
            Self::FinishedObject => "finished_object",
            Self::ObjectNotVisible => "object_not_visible",
            Self::OnlyAgeProtects => "only_age_protects",
        }
    }

    /// Why an upload is kept that something happened to so long ago, which is not long enough.
    pub(crate) fn too_young(age: SignedDuration) -> Self {
        match age < Selection::DEFAULT_OLDER_THAN {
            true => Self::ActiveRecently,
            false => Self::IdleTooShort,
        }
    }

    /// The same of an age that a clock makes shorter: by one that isn't proven, it may only look younger.
    pub(crate) fn too_young_by(clock: Clock, age: SignedDuration) -> Self {
        match clock {
            Clock::Unproven => Self::ClockUnproven,
            Clock::Utc | Clock::NotBehind | Clock::Behind(_) | Clock::Untrue => {
                Self::too_young(age)
            }
        }
    }

    /// Whether it is idle for less than `--older-than`.
    pub fn is_too_young(self) -> bool {
        matches!(self, Self::ActiveRecently | Self::IdleTooShort)
    }

    /// A few words for people, to follow "kept:".
    pub fn words(self) -> &'static str {
        match self {
            Self::ActiveRecently => "active too recently",
            Self::IdleTooShort => "idle for too short a time",
            Self::AgeUnknown => "age unknown",
            Self::ClockUnproven => "this store may show local time as UTC, so it may be younger",
            Self::NotSized => "not sized",
            Self::SizingFailed => "its parts could not be listed",
            Self::TooSmall => "too small",
            Self::SizeUnknown => "size unknown",
            Self::TooCheap => "costs too little",
            Self::CostUnknown => "cost unknown",
            Self::KeyUncertain => "the store does not show its key exactly",
            Self::NoSuchUpload => "the store lists it, but does not know it",
            Self::FinishedObject => "an object at this key may be this upload, completed",
            Self::ObjectNotVisible => "could not see whether it was completed",
            Self::OnlyAgeProtects => "on this store only age protects an upload, and it is young",
        }
    }
}

impl Verdict {
    /// The same, unless the upload was to be chosen by what it costs: a filter only ever keeps more.
    pub fn with_cost(self, cost: CostMatch) -> Self {
        match (self, cost) {
            (verdict, CostMatch::Enough) => verdict,
            (Self::Sweep, CostMatch::TooLittle) => Self::Keep(KeepReason::TooCheap),
            (Self::Sweep, CostMatch::Unknown) => Self::Keep(KeepReason::CostUnknown),
            (Self::Sweep, CostMatch::SizeUnknown) => Self::Keep(KeepReason::SizeUnknown),
            // It is both, and would not be chosen at any age.
            (Self::Keep(reason), CostMatch::TooLittle) if reason.is_too_young() => {
                Self::Keep(KeepReason::TooCheap)
            }
            (keep, _) => keep,
        }
    }

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
    // Whatever else there is: the newest of all dates counts.
    let young = |time: Option<Timestamp>| {
        let age = age(time?, now?);
        (age < selection.older_than).then(|| Why::too_young(age))
    };
    if upload.key_proof == KeyProof::Doubtful {
        return Verdict::Keep(Why::KeyUncertain);
    }
    let Some(footprint) = footprint else {
        return Verdict::Keep(young(upload.initiated).unwrap_or(Why::NotSized));
    };
    let why = match (Activity::of(upload.initiated, footprint), now) {
        _ if footprint.parts.exact().is_none() => Why::SizingFailed,
        (Activity::Unknown, _)
            if let Some(why) = young(upload.initiated.max(footprint.newest_part)) =>
        {
            why
        }
        (Activity::Unknown, _) | (_, None) => Why::AgeUnknown,
        // It cannot have happened yet.
        (Activity::At(time), Some(now)) if time.duration_since(now) > CLOCKS_APART => {
            Why::AgeUnknown
        }
        (Activity::At(time), _) if let Some(why) = young(Some(time)) => why,
        (Activity::At(time), Some(now)) => match clock.age(time, now) {
            None => Why::AgeUnknown,
            Some(age) if age < selection.older_than => Why::too_young_by(clock, age),
            Some(_) => match footprint.bytes.exact() {
                _ if footprint.bytes.known() >= selection.min_size => return Verdict::Sweep,
                Some(_) => Why::TooSmall,
                None => Why::SizeUnknown,
            },
        },
    };
    let is_small = footprint
        .bytes
        .exact()
        .is_some_and(|bytes| bytes < selection.min_size);
    Verdict::Keep(match why.is_too_young() && is_small {
        // It is both, and would not be chosen at any age.
        true => Why::TooSmall,
        false => why,
    })
}

#[cfg(test)]
mod tests;
