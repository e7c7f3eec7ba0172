//! Sizes, counts, ages and times as people read them.

use jiff::{SignedDuration, Timestamp};
use partsweep_core::Amount;

/// Bytes in decimal units with two digits: `1.09 GB`; below 1,000 as they are: `512 B`.
pub(crate) fn bytes(bytes: u64) -> String {
    scaled(bytes, 2)
}

/// Bytes to one digit, for where many are compared at a glance: `18.3 GB`.
pub(crate) fn rounded(bytes: u64) -> String {
    scaled(bytes, 1)
}

/// A sum of sizes to one digit, some of which may not be known.
pub(crate) fn rounded_sum(known: u64, has_unknown: bool) -> String {
    match (known, has_unknown) {
        (known, false) => rounded(known),
        (0, true) => "size unknown".to_owned(),
        (known, true) => format!("at least {}", rounded(known)),
    }
}

fn scaled(bytes: u64, digits: u32) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let ten = 10_u128.pow(digits);
    let mut unit = 0;
    let mut scale: u128 = 1_000;
    // Rounded first, so that 999,999 bytes are 1.00 MB and not 1000.00 kB.
    let rounded = |scale: u128| (u128::from(bytes) * ten + scale / 2) / scale;
    while rounded(scale) >= 1_000 * ten && unit + 1 < UNITS.len() {
        unit += 1;
        scale *= 1_000;
    }
    let n = rounded(scale);
    let width = digits as usize;
    format!("{}.{:0width$} {}", n / ten, n % ten, UNITS[unit])
}

/// A count that may not be known.
pub(crate) fn amount(amount: Amount) -> String {
    match amount {
        Amount::Exact(n) => count(n),
        Amount::AtLeast(n) => format!("≥ {}", count(n)),
        Amount::Unknown => "?".to_owned(),
    }
}

/// A count with its thousands apart: `12,345`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// US cents as dollars: `$0.61`, `$1,234.50`.
pub(crate) fn cents(cents: u128) -> String {
    let dollars = u64::try_from(cents / 100).unwrap_or(u64::MAX);
    format!("${}.{:02}", count(dollars), cents % 100)
}

/// A count and its noun: `1 upload`, `12 uploads`.
pub(crate) fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// A duration in its largest unit that gives 2 or more, rounded down: `45 s`, `90 min`, `36 h`,
/// `400 d`.
pub(crate) fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A duration that is itself not exact, in the same units, rounded to the nearest: what is
/// 3,599 s by two clocks of whole seconds is an hour, not 59 minutes.
pub(crate) fn about(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let nearest = |unit: i64| (seconds.saturating_add(unit / 2)) / unit;
    match (nearest(60), nearest(3_600)) {
        _ if seconds < 120 => format!("{seconds} s"),
        (minutes @ ..120, _) => format!("{minutes} min"),
        (_, hours @ ..48) => format!("{hours} h"),
        _ => format!("{} d", nearest(86_400)),
    }
}

/// A duration that was given, in the largest unit that it is whole in: `90 min`, `1 h`, `24 h`, `2 d`. One
/// that comes from a date is whole in none: days, hours and minutes, rounded down.
pub(crate) fn exact(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        172_800.. if seconds % 3_600 != 0 => [
            (seconds / 86_400, "d"),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "min"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect::<Vec<_>>()
        .join(" "),
        1.. if seconds % 86_400 == 0 && seconds > 86_400 => format!("{} d", seconds / 86_400),
        1.. if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        1.. if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// A time to the minute, UTC: `2026-01-31 12:34`.
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_told_exactly() {
        let told = |seconds| exact(SignedDuration::from_secs(seconds));
        let cases = [
            (0, "0 s"),
            (90, "90 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (49 * 3_600, "49 h"),
            (28 * 86_400 + 3 * 3_600 + 48 * 60 + 12, "28 d 3 h 48 min"),
            (2 * 86_400 + 5 * 60, "2 d 5 min"),
            (86_400, "24 h"),
            (129_600, "36 h"),
            (172_800, "2 d"),
            (3_601, "3601 s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(told(seconds), text);
        }
    }

    #[test]
    fn bytes_are_decimal_with_two_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (999_994, "999.99 kB"),
            (999_995, "1.00 MB"),
            (1_090_000_000, "1.09 GB"),
            (5_544_999_999, "5.54 GB"),
            (1_099_511_627_776, "1.10 TB"),
            (u64::MAX, "18.45 EB"),
        ];
        for (n, text) in cases {
            assert_eq!(bytes(n), text);
        }
    }

    #[test]
    fn rounded_bytes_have_one_digit() {
        let texts = [0, 999, 18_340_000_000, 999_949, 999_950].map(rounded);
        assert_eq!(texts, ["0 B", "999 B", "18.3 GB", "999.9 kB", "1.0 MB"]);
        assert_eq!(rounded_sum(0, true), "size unknown");
        assert_eq!(rounded_sum(2_000, true), "at least 2.0 kB");
    }

    #[test]
    fn what_is_not_known_is_no_number() {
        assert_eq!(amount(Amount::AtLeast(2_000)), "≥ 2,000");
        assert_eq!(amount(Amount::Unknown), "?");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        let texts = [0, 999, 1_000, 12_345, 1_000_000].map(count);
        assert_eq!(texts, ["0", "999", "1,000", "12,345", "1,000,000"]);
        assert_eq!(counted(1, "upload"), "1 upload");
        assert_eq!(counted(0, "upload"), "0 uploads");
    }

    #[test]
    fn about_is_the_nearest_in_one_unit() {
        let texts = [119, 149, 3_599, 7_169, 7_170, 172_000, 259_100]
            .map(|seconds| about(SignedDuration::from_secs(seconds)));
        let near = ["119 s", "2 min", "60 min", "119 min", "2 h", "2 d", "3 d"];
        assert_eq!(texts, near);
    }

    #[test]
    fn durations_use_one_unit() {
        let texts = [0, 119, 120, 7_199, 7_200, 172_799, 172_800, -5]
            .map(|seconds| duration(SignedDuration::from_secs(seconds)));
        assert_eq!(
            texts,
            [
                "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d", "0 s"
            ]
        );
    }
}
