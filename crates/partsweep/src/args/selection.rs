//! What is to be swept, and which names are looked at.

use bytesize::ByteSize;
use clap::ValueEnum;
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Timestamp};
use partsweep_core::{
    CostFilter, Currency, DurationError, GlobError, Money, NameFilter, OwnPrices, Selection,
    parse_duration,
};
use partsweep_engine::inventory::{SavedCost, SavedSelection};

use crate::args::{Filters, TargetArg, prices};
use crate::text::error::{Failure, chain};

/// The options that choose uploads.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Select uploads with no activity for at least AGE (30m, 12h, 7d) or since a date
    /// (2026-11-01, 2026-11-01T12:00:00Z) [default: 24h]
    #[arg(
        long,
        value_name = "AGE",
        aliases = ["before", "min-age"],
        allow_hyphen_values = true,
        value_parser = age_or_date
    )]
    older_than: Option<SignedDuration>,
    /// Select uploads of at least this size: 1GB, 100MiB
    #[arg(long, value_name = "SIZE", default_value = "0", value_parser = size)]
    pub(crate) min_size: u64,
    /// Select uploads that cost at least this much a month, by the known prices or --price: 1USD, $1, 0.50
    #[arg(long, value_name = "AMOUNT", value_parser = least_cost)]
    min_cost: Option<LeastCost>,
    /// Select keys that match; `*` matches `/` too; repeatable
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Skip keys that match; repeatable
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Select buckets that match; repeatable
    #[arg(long, value_name = "GLOB")]
    bucket: Vec<String>,
    /// Skip buckets that match; repeatable
    #[arg(hide_short_help = true, long, value_name = "GLOB")]
    exclude_bucket: Vec<String>,
    /// Every bucket of every user and tenant of a Ceph cluster, by its admin API; compares what is listed with the
    /// cluster's own count
    #[arg(hide_short_help = true, long)]
    pub(crate) all_users: bool,
    /// Treat listings that may be incomplete (MinIO) as complete
    #[arg(hide_short_help = true, long, value_name = "WHAT")]
    accept: Option<Accept>,
}

/// What an upload has to cost a month, as it was typed.
#[derive(Debug, Clone, Copy)]
struct LeastCost {
    amount: Money,
    /// None for that of the prices.
    currency: Option<Currency>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Accept {
    /// Listings of stores that are known to leave uploads out
    Unproven,
}

impl SelectionArgs {
    /// The age, or what is safe for most.
    pub(crate) fn older_than(&self) -> SignedDuration {
        self.older_than.unwrap_or(Selection::DEFAULT_OLDER_THAN)
    }

    /// The filters that were set.
    pub(crate) fn filters(&self) -> Filters {
        Filters {
            by_age: self.older_than.is_some(),
            by_size: self.min_size > 0,
            by_cost: self.least_cost().is_some(),
        }
    }

    /// The least cost; an amount of 0 is as none.
    fn least_cost(&self) -> Option<LeastCost> {
        self.min_cost.filter(|least| least.amount > Money::ZERO)
    }

    /// The filter on what uploads cost, by these prices of the user and those that are known.
    pub(crate) fn min_cost(&self, prices: &OwnPrices) -> Option<CostFilter> {
        self.least_cost().map(|least| CostFilter {
            least: least.amount,
            currency: least.currency,
            prices: prices.clone(),
        })
    }

    /// What was typed, for a saved scan and for data.
    pub(crate) fn asked(&self, targets: &[TargetArg]) -> SavedSelection {
        SavedSelection {
            older_than_seconds: self.older_than().as_secs(),
            min_size: self.min_size,
            min_cost: self.least_cost().map(|least| SavedCost {
                amount: least.amount.price(),
                currency: least.currency.map(|code| code.to_string()),
            }),
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            bucket: self.bucket.clone(),
            exclude_bucket: self.exclude_bucket.clone(),
            targets: targets.iter().map(ToString::to_string).collect(),
            all_users: self.all_users,
        }
    }

    /// The filter on keys.
    pub(crate) fn keys(&self) -> Result<NameFilter, Failure> {
        NameFilter::new(&self.include, &self.exclude).map_err(|error| pattern(&error))
    }

    /// The filter on buckets.
    pub(crate) fn buckets(&self) -> Result<NameFilter, Failure> {
        NameFilter::new(&self.bucket, &self.exclude_bucket).map_err(|error| pattern(&error))
    }

    /// Whether there is a filter on buckets.
    pub(crate) fn names_buckets(&self) -> bool {
        !self.bucket.is_empty() || !self.exclude_bucket.is_empty()
    }

    /// Whether `--accept unproven` was given.
    pub(crate) fn accepts_unproven(&self) -> bool {
        self.accept == Some(Accept::Unproven)
    }
}

fn pattern(error: &GlobError) -> Failure {
    Failure::usage(chain(error)).hint("`*` is any text, `?` one character, `[a-z]` one of them")
}

/// Why text is no age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum AgeError {
    /// `-1d`: it would take uploads that begin in the future, which is none or all of them.
    #[error("an age can't be negative")]
    Negative,
    /// Not a duration at all.
    #[error(transparent)]
    Unreadable(DurationError),
}

/// What the clocks of a client and a store may be apart before S3 refuses its requests
/// (RequestTimeTooSkewed). A date is compared by our clock, ages by the store's.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

/// Reads an age, or a date: what was active since then is too young.
pub(crate) fn age_or_date(text: &str) -> Result<SignedDuration, String> {
    let Some(date) = date(text.trim()) else {
        return age(text).map_err(|error| match error {
            AgeError::Unreadable(DurationError::Unreadable { .. }) => {
                format!("{error}; or a date as in 2026-11-01 or 2026-11-01T12:00:00Z")
            }
            error => error.to_string(),
        });
    };
    let age = Timestamp::now().duration_since(date);
    match age.is_negative() {
        true => Err("the date is in the future".to_owned()),
        false => Ok(SignedDuration::from_secs(age.as_secs()) + CLOCKS_APART),
    }
}

/// The date that was typed as an age, if it was one.
pub(super) fn typed_date(text: &str) -> Option<String> {
    let text = text.trim();
    date(text).map(|_| text.to_owned())
}

/// A day in UTC, or a moment.
fn date(text: &str) -> Option<Timestamp> {
    let day = text
        .parse::<jiff::civil::Date>()
        .ok()
        .filter(|_| text.len() == "2026-11-01".len());
    match day {
        Some(day) => jiff::tz::TimeZone::UTC
            .to_timestamp(day.at(0, 0, 0, 0))
            .ok(),
        None => {
            // A zone is at most 14 hours from UTC; beyond that it is a slip.
            let pieces = Pieces::parse(text).ok()?;
            let offset = pieces.to_numeric_offset();
            let is_zone = offset.is_none_or(|offset| offset.seconds().abs() <= 14 * 3_600);
            text.parse().ok().filter(|_| is_zone)
        }
    }
}

/// Reads an age: `0s`, `90m`, `7d`.
pub(super) fn age(text: &str) -> Result<SignedDuration, AgeError> {
    match text.trim_start().strip_prefix('-') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => Err(AgeError::Negative),
        _ => parse_duration(text).map_err(AgeError::Unreadable),
    }
}

/// Reads the least that an upload has to cost: `1USD`, `$1`, `1 EUR`, `0.50`.
fn least_cost(text: &str) -> Result<LeastCost, String> {
    let (amount, currency) = prices::amount_of(text)?;
    Ok(LeastCost { amount, currency })
}

/// Reads `1GB` (decimal), `100MiB` (binary), `5000` (bytes).
pub(crate) fn size(text: &str) -> Result<u64, String> {
    text.parse::<ByteSize>()
        .map(|size| size.as_u64())
        .map_err(|_| format!("`{text}` isn't a size: give bytes, or a unit as in 1GB or 100MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_an_age_with_a_margin_for_clocks() {
        let now = Timestamp::now();
        let hour = SignedDuration::from_hours(1);
        let then = (now - hour * 48).to_string();
        let age = age_or_date(&then).unwrap();
        let least = hour * 48 + CLOCKS_APART - SignedDuration::from_secs(1);
        assert!((least..least + hour).contains(&age), "{age}");
        let days = age_or_date("2026-11-01").unwrap() - age_or_date("2026-11-02").unwrap();
        assert!(
            (days - hour * 24).abs() < SignedDuration::from_secs(2),
            "{days}"
        );
        assert!(age_or_date("2999-01-01").unwrap_err().contains("future"));
        assert_eq!(age_or_date("7days"), Ok(hour * 168));
        let zone = |zone: &str| age_or_date(&format!("2026-01-01T00:00:00{zone}"));
        assert!(zone("+14:00").is_ok() && zone("-12:00").is_ok() && zone("Z").is_ok());
        for zone in [zone("+25:00"), zone("-14:01")] {
            assert!(zone.unwrap_err().contains("isn't a duration"));
        }
        for text in ["2026-13-01", "yesterday", "2026", "01.11.2026"] {
            let why = age_or_date(text).unwrap_err();
            assert!(why.contains("2026-11-01T12:00:00Z"), "{text}: {why}");
        }
    }

    #[test]
    fn sizes_are_decimal_unless_they_say_binary() {
        let cases = [
            ("0", 0),
            ("5000", 5_000),
            ("1GB", 1_000_000_000),
            ("100MiB", 104_857_600),
            ("1.5 kB", 1_500),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "1 parsec", "-1"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
