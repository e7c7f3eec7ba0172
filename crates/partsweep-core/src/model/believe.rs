//! What a store's answer can be believed for (law 13).
//!
//! A value that cannot be true, or that another answer contradicts, is unknown; and unknown is never
//! old, never small, never gone and never complete. The table of all such values is in
//! `docs/safety.md`, "What is believed".

use jiff::{SignedDuration, Timestamp};

/// Amazon S3 was opened to the public on 14 March 2006; no store of its interface is older. What is
/// dated before it is a zero, or a clock that was never set.
const FIRST_DAY_OF_S3: i64 = 1_142_294_400;

/// What moto shows as `Initiated` of every upload, 10 November 2010 (its source, and measured on 5.2.5).
const SAME_FOR_ALL: i64 = 1_289_422_113;

/// How far two clocks of one store may be apart: what S3 allows a client (RequestTimeTooSkewed).
pub const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

/// The largest time zone offset that is in use is +14 h.
const LARGEST_ZONE: SignedDuration = SignedDuration::from_hours(14);

/// A time so close to `Date` proves that documents are not dated behind it: offsets of time zones are
/// whole quarters of an hour, the smallest that is in use is half an hour.
const TOUCHED_NOW: SignedDuration = SignedDuration::from_mins(20);

/// The largest part that is believed: the largest object of any vendor (AWS since December 2025: 50 TB).
const LARGEST_PART: u64 = 50 << 40;

/// The MD5 of nothing: the ETag of a part without bytes.
const ETAG_OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// A time that something can have happened at; none if S3 did not exist then, or if it is a constant in a store's
/// source.
pub fn time(time: Timestamp) -> Option<Timestamp> {
    let second = time.as_second();
    (second >= FIRST_DAY_OF_S3 && second != SAME_FOR_ALL).then_some(time)
}

/// Whether a part can have come at this time: not before its upload was created.
pub fn can_be_of(part: Timestamp, initiated: Option<Timestamp>) -> bool {
    initiated
        .and_then(time)
        .is_none_or(|initiated| initiated.duration_since(part) <= CLOCKS_APART)
}

/// The bytes of a part; none where the size cannot be: 0 with an ETag that is not that of nothing
/// (noobaa/noobaa-core#9202), some with that of nothing, or more than any store takes.
pub fn part_bytes(bytes: u64, etag: Option<&str>) -> Option<u64> {
    let is_of_no_bytes = |etag: &str| bare(etag).eq_ignore_ascii_case(ETAG_OF_NOTHING);
    let is_of_nothing = |etag: &str| bare(etag).is_empty() || is_of_no_bytes(etag);
    match bytes {
        0 if !etag.is_none_or(is_of_nothing) => None,
        bytes if bytes > LARGEST_PART => None,
        1.. if etag.is_some_and(is_of_no_bytes) => None,
        bytes => Some(bytes),
    }
}

fn bare(etag: &str) -> &str {
    etag.trim().trim_matches('"')
}

/// How long before `now` (the server's `Date`) the time was; 0 if it is in the future.
///
/// `Date` has whole seconds and upload times have milliseconds, so an upload made this second
/// can seem to be a little younger than now.
pub fn age(time: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(time).max(SignedDuration::ZERO)
}

/// How the times in a store's documents stand to its `Date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The same time: by the store's profile, or seen on an upload of our own.
    Utc,
    /// Not behind: something was dated a moment ago.
    NotBehind,
    /// Behind by this much, seen on an upload of our own: local time with a `Z`.
    Behind(SignedDuration),
    /// Nothing shows it: what seems old may have happened a moment ago.
    Unproven,
    /// Its dates say nothing: an upload of our own is dated further back than any time zone explains.
    Untrue,
}

impl Clock {
    /// What a profile says.
    pub fn of(times: DocumentTime) -> Self {
        match times {
            DocumentTime::Utc => Self::Utc,
            DocumentTime::MayBeLocal => Self::Unproven,
        }
    }

    /// What a time that a document shows proves beside the `Date` of the same answer.
    pub fn shown_by(time: Timestamp, date: Timestamp) -> Option<Self> {
        let age = date.duration_since(time);
        (-CLOCKS_APART..TOUCHED_NOW)
            .contains(&age)
            .then_some(Self::NotBehind)
    }

    /// What the time of something that was made a moment ago proves. More than the clocks of a store
    /// may be apart is taken for what it seems to be.
    pub fn shown_by_ours(time: Timestamp, date: Timestamp) -> Self {
        let behind = date.duration_since(time);
        if behind > LARGEST_ZONE + CLOCKS_APART {
            Self::Untrue
        } else if behind > CLOCKS_APART {
            Self::Behind(behind)
        } else if behind < -CLOCKS_APART {
            Self::NotBehind
        } else {
            Self::Utc
        }
    }

    /// Whether it is known how old a thing is.
    pub fn is_proven(self) -> bool {
        !matches!(self, Self::Unproven | Self::Untrue)
    }

    /// By how much a thing may be younger than it looks; none if by any length of time.
    fn margin(self) -> Option<SignedDuration> {
        match self {
            Self::Utc | Self::NotBehind => Some(SignedDuration::ZERO),
            Self::Behind(by) => Some(by),
            Self::Unproven => Some(LARGEST_ZONE),
            Self::Untrue => None,
        }
    }

    /// How long ago a time in a document was at least, by the store's `Date`; 0 if it is in the future, none if that
    /// time says nothing.
    pub fn age(self, time: Timestamp, now: Timestamp) -> Option<SignedDuration> {
        let least = age(time, now).saturating_sub(self.margin()?);
        Some(least.max(SignedDuration::ZERO))
    }

    /// Whether a time in a document can be true at `now` (the server's `Date`): later than that by more than clocks and
    /// time zones explain, it can't.
    pub fn can_be(self, time: Timestamp, now: Timestamp) -> bool {
        let ahead = match self {
            Self::Utc | Self::Behind(_) => CLOCKS_APART,
            Self::NotBehind | Self::Unproven | Self::Untrue => LARGEST_ZONE + CLOCKS_APART,
        };
        time.duration_since(now) <= ahead
    }

    /// The earliest that a time in a document can be, by the clock of `Date` and `Last-Modified`.
    pub fn earliest(self, time: Timestamp) -> Timestamp {
        let slack = match self {
            Self::Utc => SignedDuration::ZERO,
            Self::NotBehind | Self::Behind(_) | Self::Unproven => LARGEST_ZONE,
            Self::Untrue => return Timestamp::MIN,
        };
        time.checked_sub(slack).unwrap_or(Timestamp::MIN)
    }
}

/// How far the times in a store's documents can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentTime {
    /// They are UTC, as they say: measured, or documented by the vendor.
    Utc,
    /// Some small servers write local time with a `Z` (rclone/gofakes3#14, basho/riak_cs#197).
    MayBeLocal,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_in_the_future_has_age_zero() {
        let now = at("2026-11-28T20:00:00Z");
        assert_eq!(age(at("2026-11-28T20:00:01Z"), now), SignedDuration::ZERO);
        assert_eq!(
            age(at("2026-11-28T19:59:50Z"), now),
            SignedDuration::from_secs(10)
        );
    }

    #[test]
    fn a_time_before_s3_is_no_time() {
        for text in [
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "2006-03-13T23:59:59Z",
        ] {
            assert_eq!(time(at(text)), None, "{text}");
        }
        let first = at("2006-03-14T00:00:00Z");
        assert_eq!(time(first), Some(first));
    }

    #[test]
    fn a_part_is_not_older_than_its_upload() {
        let initiated = Some(at("2026-11-20T12:00:00.500Z"));
        assert!(
            can_be_of(at("2026-11-20T12:00:00Z"), initiated),
            "whole seconds"
        );
        assert!(
            can_be_of(at("2026-11-20T11:46:00Z"), initiated),
            "another clock"
        );
        assert!(!can_be_of(at("2026-11-20T11:44:00Z"), initiated));
        assert!(can_be_of(at("2026-11-20T11:44:00Z"), None));
        let zero = Some(at("1970-01-01T00:00:00Z"));
        assert!(can_be_of(at("2026-11-20T11:44:00Z"), zero));
    }

    #[test]
    fn a_size_of_0_with_the_etag_of_data_is_unknown() {
        let data = "9e107d9d372bb6826bd81d3542a419d6";
        assert_eq!(part_bytes(0, Some(data)), None);
        assert_eq!(part_bytes(0, Some(&format!("\"{data}\""))), None);
        assert_eq!(
            part_bytes(0, Some("\"D41D8CD98F00B204E9800998ECF8427E\"")),
            Some(0)
        );
        assert_eq!(part_bytes(0, None), Some(0));
        assert_eq!(part_bytes(0, Some("\"\"")), Some(0));
        assert_eq!(part_bytes(5, Some(data)), Some(5));
        assert_eq!(
            part_bytes(5, Some("\"d41d8cd98f00b204e9800998ecf8427e\"")),
            None
        );
        assert_eq!(part_bytes(5, Some("")), Some(5));
        assert_eq!(part_bytes(u64::MAX, Some(data)), None);
    }

    /// Report 8: the server is at UTC-8 and says so by no offset.
    #[test]
    fn local_time_with_a_z_makes_nothing_old() {
        let (now, shown) = (at("2026-11-28T20:00:00Z"), at("2026-11-28T12:00:00Z"));
        let hours = SignedDuration::from_hours;
        assert_eq!(Clock::Unproven.age(shown, now), Some(hours(0)));
        assert_eq!(Clock::shown_by_ours(shown, now), Clock::Behind(hours(8)));
        assert_eq!(Clock::Behind(hours(8)).age(shown, now), Some(hours(0)));
        assert_eq!(Clock::Utc.age(shown, now), Some(hours(8)));
        assert_eq!(Clock::shown_by(shown, now), None);
        assert_eq!(
            Clock::shown_by(at("2026-11-28T19:59:00Z"), now),
            Some(Clock::NotBehind)
        );
        assert_eq!(Clock::NotBehind.age(shown, now), Some(hours(8)));
        // Ahead of UTC all looks younger than it is.
        let ahead = at("2026-11-29T04:00:00Z");
        assert_eq!(Clock::shown_by_ours(ahead, now), Clock::NotBehind);
        assert_eq!(Clock::NotBehind.earliest(ahead), at("2026-11-28T14:00:00Z"));
        assert_eq!(Clock::Utc.earliest(ahead), ahead);
    }
    #[test]
    fn a_date_that_a_store_gives_to_everything_is_no_time() {
        assert_eq!(time(at("2010-11-10T20:48:33Z")), None);
        let real = at("2010-11-10T20:48:34Z");
        assert_eq!(time(real), Some(real));
    }

    #[test]
    fn a_date_that_no_time_zone_explains_says_nothing() {
        let now = at("2026-11-28T20:00:00Z");
        for shown in ["2010-11-10T20:48:33Z", "2026-11-28T05:44:59Z"] {
            let clock = Clock::shown_by_ours(at(shown), now);
            assert_eq!(clock, Clock::Untrue, "{shown}");
        }
        let zone = Clock::shown_by_ours(at("2026-11-28T05:45:00Z"), now);
        assert!(matches!(zone, Clock::Behind(_)), "{zone:?}");
        assert_eq!(Clock::Untrue.age(at("2010-11-10T20:48:33Z"), now), None);
        assert_eq!(Clock::Untrue.earliest(now), Timestamp::MIN);
    }
}
