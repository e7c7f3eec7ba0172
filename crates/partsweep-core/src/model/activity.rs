//! When something last happened to an upload, and durations as people type them.

use jiff::{SignedDuration, Timestamp};

use crate::model::believe;
use crate::model::footprint::Footprint;

/// The last time that something is known to have happened to an upload (law 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// The newest of `Initiated` and the newest part's `LastModified`, UTC.
    At(Timestamp),
    /// A date is missing that could be newer than all the others: never old.
    Unknown,
}

impl Activity {
    /// Works out the last activity from what the store showed.
    ///
    /// An upload without parts is dated by `Initiated` alone, one with parts by the newest of
    /// both; if a part has no date, or the parts were not all listed, nothing is known.
    pub fn of(initiated: Option<Timestamp>, footprint: &Footprint) -> Self {
        if footprint.parts.exact().is_none() || !footprint.all_dated {
            return Self::Unknown;
        }
        initiated
            .and_then(believe::time)
            .max(footprint.newest_part)
            .map_or(Self::Unknown, Self::At)
    }

    /// The time, if it is known.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::Unknown => None,
        }
    }
}

/// A duration that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration: use a whole number with a unit, as in 30m, 12h, 7d or 2w")]
pub struct DurationError {
    /// What was typed.
    pub text: String,
}

/// Reads `90s`, `30m`, `12h`, `7d`, `2w`; `1d12h` adds up. `0s` is allowed.
///
/// Lower case only and no months: in a tool that deletes, `1M` must not mean one thing and `1m`
/// another.
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let error = || DurationError {
        text: text.to_owned(),
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(error());
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let (number, tail) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| error())?;
        let seconds = match tail.as_bytes().first() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            Some(b'w') => 7 * 86_400,
            _ => return Err(error()),
        };
        total = number
            .checked_mul(seconds)
            .and_then(|n| total.checked_add(n))
            // A thousand years: beyond it, arithmetic with dates ends.
            .filter(|n| *n <= 1_000 * 366 * 86_400)
            .ok_or_else(error)?;
        rest = &tail[1..];
    }
    Ok(SignedDuration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::footprint::Amount;

    /// Seconds after a moment when S3 existed.
    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_700_000_000 + second).ok()
    }

    fn footprint(parts: u64, newest_part: Option<Timestamp>, all_dated: bool) -> Footprint {
        Footprint {
            parts: Amount::Exact(parts),
            bytes: Amount::Exact(0),
            newest_part,
            all_dated,
        }
    }

    #[test]
    fn activity_is_the_newest_of_initiated_and_the_newest_part() {
        assert_eq!(Activity::of(at(5), &footprint(1, at(9), true)).at(), at(9));
        assert_eq!(Activity::of(at(9), &footprint(1, at(5), true)).at(), at(9));
        assert_eq!(Activity::of(None, &footprint(1, at(5), true)).at(), at(5));
        assert_eq!(Activity::of(at(9), &footprint(0, None, true)).at(), at(9));
    }

    #[test]
    fn a_missing_date_that_could_be_newer_makes_it_unknown() {
        assert_eq!(
            Activity::of(at(5), &footprint(2, at(9), false)),
            Activity::Unknown
        );
        assert_eq!(
            Activity::of(None, &footprint(0, None, true)),
            Activity::Unknown
        );
        assert_eq!(Activity::of(at(5), &Footprint::UNKNOWN), Activity::Unknown);
    }

    #[test]
    fn a_zero_date_of_an_upload_is_none() {
        let zero = Timestamp::from_second(0).ok();
        let empty = footprint(0, None, true);
        assert_eq!(Activity::of(zero, &empty), Activity::Unknown);
        assert_eq!(Activity::of(zero, &footprint(1, at(5), true)).at(), at(5));
    }

    #[test]
    fn durations_as_people_type_them() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1_800),
            ("12h", 43_200),
            ("7d", 604_800),
            ("2w", 1_209_600),
            ("1d12h", 129_600),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        for text in [
            "",
            "7",
            "1M",
            "7D",
            "-1d",
            "1.5d",
            "d",
            "1 d",
            "7days",
            "99999999999999999999d",
            "9999999w",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
