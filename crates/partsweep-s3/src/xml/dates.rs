//! Dates in documents, in every form that stores write them in.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Timestamp, fmt::rfc2822, fmt::strtime};
use partsweep_core::model::believe::time;

/// Characters of a date that can't be read that are kept, to be shown.
const LONGEST_ODD: usize = 40;

/// What the dates of one document were like.
#[derive(Debug, Default, Clone)]
pub(crate) struct Dates {
    /// One had no time zone: it is read as UTC, and what seems old by it may have happened a moment ago.
    pub(crate) is_zone_missing: bool,
    /// One that could not be read, or is from before there was S3.
    pub(crate) odd: Option<Box<str>>,
}

impl Dates {
    /// Reads a date; none if it is empty or odd, since a page is not to fail over one date.
    pub(crate) fn read(&mut self, text: &str) -> Option<Timestamp> {
        if let Some(usual) = usual_moment(text.as_bytes()) {
            if time(usual).is_none() {
                self.keep_odd(text);
            }
            return Some(usual);
        }
        let text = text.trim();
        if let Some(moment) = with_zone(text) {
            return Some(moment);
        }
        if let Some(moment) = without_zone(text) {
            self.is_zone_missing = true;
            return Some(moment);
        }
        self.keep_odd(text);
        None
    }

    #[cold]
    fn keep_odd(&mut self, text: &str) {
        if !text.is_empty() && self.odd.is_none() {
            self.odd = Some(text.chars().take(LONGEST_ODD).collect::<String>().into());
        }
    }
}

/// Forms that say which moment they mean.
fn with_zone(text: &str) -> Option<Timestamp> {
    // 2026-11-25T22:34:25Z, with any fraction, any offset, a space for the T.
    if let Ok(moment) = text.parse() {
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        return pieces
            .to_numeric_offset()
            .is_none_or(is_real)
            .then_some(moment);
    }
    // Wed, 25 Nov 2026 22:34:25 GMT (samples of Tencent COS, NVIDIA/aistore#190).
    // Of a day that isn't that of its week, one of the two is wrong (law 13).
    let letters = rfc2822::DateTimeParser::new();
    if let Ok(moment) = letters.parse_zoned_datetime(text) {
        return is_real(moment.offset()).then(|| moment.timestamp());
    }
    let utc = ["UTC", "GMT", "Z"]
        .into_iter()
        .find_map(|zone| text.strip_suffix(zone));
    if let Some(moment) = utc.and_then(|rest| civil(rest.trim_end())) {
        return Offset::UTC.to_timestamp(moment).ok();
    }
    if let Some(moment) = zone_before_year(text) {
        return Offset::UTC.to_timestamp(moment).ok();
    }
    let offset = without_abbreviation(text)?;
    for form in [
        "%Y-%m-%d %H:%M:%S%.f %z",
        "%Y-%m-%d %H:%M:%S%.f %:z",
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y%m%dT%H%M%S%z",
        "%a %b %e %H:%M:%S %z %Y",
    ] {
        if let Ok(parsed) = strtime::parse(form, offset)
            && let Ok(moment) = parsed.to_timestamp()
        {
            return parsed.offset().is_none_or(is_real).then_some(moment);
        }
    }
    of_digits(text)
}

/// Whether a time zone has this offset: from 12 h behind UTC to 14 h ahead of it. By any other a thing could seem older than
/// every zone allows (law 13).
fn is_real(offset: Offset) -> bool {
    (-12 * 3600..=14 * 3600).contains(&offset.seconds())
}

/// Mon Nov 30 14:41:23 UTC 2026, as `date` and Java print it. Another abbreviation may be one of several zones.
fn zone_before_year(text: &str) -> Option<DateTime> {
    let (rest, year) = text.rsplit_once(' ')?;
    let rest = ["UTC", "GMT"]
        .into_iter()
        .find_map(|zone| rest.strip_suffix(zone))?;
    let text = format!("{rest}{year}");
    strtime::parse("%a %b %e %H:%M:%S %Y", text)
        .and_then(|parsed| parsed.to_datetime())
        .ok()
}

/// 2026-11-25 22:34:25 +0000 UTC, as Go prints it, up to its offset: the abbreviation behind it says nothing more, nor does
/// the clock of the process behind that (` m=+0.01`). None if it contradicts the offset.
fn without_abbreviation(text: &str) -> Option<&str> {
    let text = match text.rsplit_once(" m=") {
        Some((before, clock)) if clock.starts_with(['+', '-']) => before,
        _ => text,
    };
    let Some((before, last)) = text.rsplit_once(' ') else {
        return Some(text);
    };
    let is_offset = |word: &str| word.len() == 5 && word.starts_with(['+', '-']);
    let offset = before.rsplit(' ').next().filter(|word| is_offset(word));
    match (offset, last) {
        (Some(offset), "UTC" | "GMT") if offset.trim_start_matches(['+', '-']) != "0000" => None,
        // A zone without a name, as Go calls it: `+0300 +03`.
        (Some(offset), digits) if digits.starts_with(['+', '-']) => {
            let is_same = offset == digits || offset.strip_suffix("00") == Some(digits);
            is_same.then_some(before)
        }
        (Some(_), name) if name.bytes().all(|byte| byte.is_ascii_uppercase()) => Some(before),
        _ => Some(text),
    }
}

/// Seconds since 1970, or thousandths, millionths, billionths of them: how many digits there are says which.
fn of_digits(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match (whole.len(), fraction.len()) {
        // 1_142_294_400 is when S3 was opened; with 11 digits it would be the year 2286.
        (10, _) => Timestamp::from_second(number).ok(),
        (13, 0) => Timestamp::from_millisecond(number).ok(),
        (16, 0) => Timestamp::from_microsecond(number).ok(),
        (19, 0) => Timestamp::from_nanosecond(number.into()).ok(),
        _ => None,
    }
}

/// Forms that name a day and a time, and not where: read as UTC.
fn without_zone(text: &str) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(civil(text)?).ok()
}

fn civil(text: &str) -> Option<DateTime> {
    // Sorted by how often they are seen; day and month in figures that could be either are no date.
    const FORMS: [&str; 7] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S",
        "%Y%m%dT%H%M%S",
        "%a, %d %b %Y %H:%M:%S",
        "%A, %d-%b-%y %H:%M:%S",
        "%a %b %e %H:%M:%S %Y",
    ];
    let form = |form: &&str| {
        strtime::parse(form, text)
            .and_then(|parsed| parsed.to_datetime())
            .ok()
    };
    FORMS.iter().find_map(form)
}

/// A moment as nearly every store writes it: `2026-11-25T22:34:25.000Z`, or without the fraction.
/// Read here, since a listing has one in each entry; what is not exactly so is left to the parser
/// of all forms.
fn usual_moment(text: &[u8]) -> Option<Timestamp> {
    let (second, fraction) = match text {
        [second @ .., b'.', a, b, c, b'Z'] if second.len() == 19 => (second, [a, b, c]),
        [second @ .., b'Z'] if second.len() == 19 => (second, [&b'0'; 3]),
        _ => return None,
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0, |number: i16, digit| {
            let digit = i16::from(**digit);
            (48..58).contains(&digit).then(|| number * 10 + digit - 48)
        })
    };
    let [
        y,
        e,
        a,
        r,
        b'-',
        m,
        o,
        b'-',
        d,
        i,
        b'T',
        h,
        u,
        b':',
        n,
        t,
        b':',
        s,
        c,
    ] = second
    else {
        return None;
    };
    let small = |digits: &[&u8]| i8::try_from(number(digits)?).ok();
    let date = jiff::civil::Date::new(number(&[y, e, a, r])?, small(&[m, o])?, small(&[d, i])?);
    let milliseconds = i32::from(number(&fraction)?);
    let (hour, minute, second) = (small(&[h, u])?, small(&[n, t])?, small(&[s, c])?);
    let time = jiff::civil::Time::new(hour, minute, second, milliseconds * 1_000_000);
    let datetime = jiff::civil::DateTime::from_parts(date.ok()?, time.ok()?);
    jiff::tz::Offset::UTC.to_timestamp(datetime).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 24 November 2026 is a Tuesday: it is another day, or another week.
    #[test]
    fn a_day_that_is_not_that_of_its_week_is_no_date() {
        for text in [
            "Tue, 24 Nov 2026 11:00:00 GMT",
            "Tue, 24 Nov 2026 11:00:00 +0000",
        ] {
            assert!(Dates::default().read(text).is_some(), "{text}");
            let mut dates = Dates::default();
            assert_eq!(dates.read(&text.replace("Tue", "Mon")), None, "{text}");
            assert!(dates.odd.is_some());
        }
    }

    #[test]
    fn an_offset_that_no_time_zone_has_is_no_date() {
        for text in [
            "2026-11-27T19:56:23+23:59",
            "2026-11-27T19:56:23-12:15",
            "2026-11-27 19:56:23 +1415",
            "2026-11-27T19:56:23.000+1500",
            "Fri, 27 Nov 2026 19:56:23 +2359",
            "2026-11-27 19:56:23 -2359 -2359",
        ] {
            let mut dates = Dates::default();
            assert_eq!(dates.read(text), None, "{text}");
            assert_eq!(dates.odd.as_deref(), Some(text));
        }
        for text in ["2026-11-27T19:56:23+14:00", "2026-11-27 19:56:23 -1200"] {
            assert!(Dates::default().read(text).is_some(), "{text}");
        }
    }

    fn read(text: &str) -> (Option<Timestamp>, bool, Option<String>) {
        let mut dates = Dates::default();
        let moment = dates.read(text);
        (moment, dates.is_zone_missing, dates.odd.map(String::from))
    }

    /// Report 7: they were unreadable, and their uploads kept for ever without a word.
    #[test]
    fn every_form_that_names_its_zone_is_read() {
        let moment = "2026-11-25T22:34:25Z".parse().ok();
        for text in [
            "2026-11-25T22:34:25.000Z",
            "2026-11-25T22:34:25.000000000Z",
            "2026-11-25t22:34:25z",
            "2026-11-25 22:34:25Z",
            " 2026-11-25T22:34:25+00:00\n",
            "2026-11-26T06:34:25+08:00",
            "2026-11-26T06:34:25+0800",
            "2026-11-25 22:34:25 UTC",
            "2026-11-25 22:34:25 +0000 UTC",
            "2026-11-26 06:34:25.000 +0800 CST",
            "Wed, 25 Nov 2026 22:34:25 GMT",
            "Wed, 25 Nov 2026 22:34:25 +0000",
            "Thu, 26 Nov 2026 06:34:25 +0800",
            "25 Nov 2026 22:34:25 GMT",
            "Wed, 25 Nov 2026 22:34:25 GMT",
            "Wednesday, 25-Nov-26 22:34:25 GMT",
            "Wed Nov 25 22:34:25 2026 UTC",
            "2026-11-25 22:34:25.123456 +0000 UTC",
            "2026-11-25 22:34:25.123456789 +0000 UTC m=+0.000012345",
            "2026-11-26 01:34:25 +0300 +03",
            "2026-11-26 04:04:25 +0530 +0530",
            "2026-11-25 22:34:25.5+00:00",
            "2026-11-26 06:34:25 +08:00",
            "Wed Nov 25 22:34:25 UTC 2026",
            "Wed Nov 25 22:34:25 GMT 2026",
            "Thu Nov 26 06:34:25 +0800 2026",
            "20261125T223425Z",
            "1795646065",
            "1795646065000",
            "1795646065000000",
            "1795646065000000000",
            "1795646065.25",
        ] {
            let (read, is_zone_missing, odd) = read(text);
            let seconds = |moment: Option<Timestamp>| moment.map(Timestamp::as_second);
            assert_eq!(seconds(read), seconds(moment), "{text}");
            assert_eq!((is_zone_missing, odd), (false, None), "{text}");
        }
    }

    #[test]
    fn a_date_without_its_zone_is_read_and_noted() {
        for text in [
            "2026-11-25T22:34:25",
            "2026-11-25T22:34:25.123",
            "2026-11-25 22:34:25",
            "2026/11/25 22:34:25",
            "20261125T223425",
            "Wed, 25 Nov 2026 22:34:25",
            "Wed Nov 25 22:34:25 2026",
        ] {
            let (read, is_zone_missing, odd) = read(text);
            assert_eq!(
                read.map(Timestamp::as_second),
                Some(1_795_646_065),
                "{text}"
            );
            assert_eq!((is_zone_missing, odd), (true, None), "{text}");
        }
    }

    #[test]
    fn what_can_mean_several_moments_is_no_date_and_is_kept_to_be_shown() {
        for text in [
            "25/11/2026 22:34:25",
            "11/25/2026",
            "2026-11-25",
            "yesterday",
            "22:34:25",
            "Wed Nov 25 22:34:25 CET 2026",
            "Wed Nov 25 22:34:25 EST 2026",
            "Thu Nov 25 22:34:25 UTC 2026",
            "2026-11-25 22:34:25 CST",
            "2026-11-26 06:34:25 +0800 UTC",
            "2026-11-26 06:34:25 +0800 +03",
            "11/25/26 10:34:25 PM UTC",
            "179564606",
            "17956460651",
            "1.795646065e9",
            "0",
            "-1",
            "12",
        ] {
            assert_eq!(read(text), (None, false, Some(text.to_owned())), "{text}");
        }
        assert_eq!(read(" "), (None, false, None));
        let long = read(&"x".repeat(1 << 20)).2.unwrap();
        assert_eq!(long.len(), LONGEST_ODD);
    }

    proptest! {
        #[test]
        fn the_usual_form_is_what_the_parser_of_all_forms_says(
            digits in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,4})?Z",
            likely in (0..4_000_000_000i64, 0..1_000i32),
        ) {
            let (second, millisecond) = likely;
            let likely = Timestamp::new(second, millisecond * 1_000_000).unwrap();
            for text in [digits, format!("{likely:.3}"), format!("{likely:.0}")] {
                prop_assert_eq!(read(&text).0, text.trim().parse().ok(), "{}", text);
            }
        }

        #[test]
        fn no_text_is_trouble(text in ".{0,60}") {
            read(&text);
        }
    }
}
