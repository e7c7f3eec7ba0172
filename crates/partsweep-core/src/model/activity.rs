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
pub enum DurationError {
    /// Not a number with a unit.
    #[error("`{text}` isn't a duration: give a number with a unit, as in 30m, 12h, 1.5h, 7d or 2w")]
    Unreadable {
        /// What was typed.
        text: String,
    },
    /// `1M`: a minute in one tool, a month in another.
    #[error("`{text}` could mean minutes or months: write 30m for minutes, 30d for days")]
    MinutesOrMonths {
        /// What was typed.
        text: String,
    },
    /// Arithmetic with dates ends there.
    #[error("`{text}` is longer than 1,000 years")]
    TooLong {
        /// What was typed.
        text: String,
    },
}

/// A thousand years: beyond it, arithmetic with dates ends.
const LONGEST: f64 = 1_000.0 * 366.0 * 86_400.0;

/// Reads `90s`, `30m`, `1.5h`, `24 hours`, `7d`, `2w`; `1d 12h` adds up. `0` needs no unit.
///
/// Units may be abbreviated, in full, in upper or lower case, and there are no months: in a tool that
/// deletes, `1M` must not mean one thing and `1m` another, so it is refused.
///
/// # Errors
///
/// If the text isn't a number with a unit, could mean two things, or is longer than 1,000 years.
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let said = || text.to_owned();
    let unreadable = || DurationError::Unreadable { text: said() };
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(unreadable());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(unreadable)?;
        let (number, tail) = rest.split_at(end);
        let is_number = number.starts_with(|c: char| c.is_ascii_digit())
            && number.ends_with(|c: char| c.is_ascii_digit());
        let number: f64 = match is_number {
            true => number.parse().map_err(|_| unreadable())?,
            false => return Err(unreadable()),
        };
        let tail = tail.trim_start();
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        if unit == "M" {
            return Err(DurationError::MinutesOrMonths { text: said() });
        }
        total += number * f64::from(seconds(unit).ok_or_else(unreadable)?);
        rest = tail.trim_start();
    }
    if total > LONGEST {
        return Err(DurationError::TooLong { text: said() });
    }
    // Never less than was asked for.
    Ok(SignedDuration::from_secs_f64(total.ceil()))
}

/// Seconds of a unit as people write it.
fn seconds(unit: &str) -> Option<u32> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        _ => return None,
    })
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
            ("1d 12h", 129_600),
            ("0", 0),
            ("24H", 86_400),
            ("7D", 604_800),
            ("7days", 604_800),
            ("24 h", 86_400),
            ("1.5h", 5_400),
            ("1 week", 604_800),
            ("90 Minutes", 5_400),
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
            "3months",
            "1y",
            "-1d",
            "d",
            ".5d",
            "1.d",
            "1.2.3d",
            "1,5h",
            "7d!",
            "1e9d",
            "99999999999999999999d",
            "9999999w",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
