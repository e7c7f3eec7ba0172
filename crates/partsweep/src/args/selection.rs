//! What is to be swept, and which names are looked at.

use bytesize::ByteSize;
use clap::ValueEnum;
use jiff::SignedDuration;
use partsweep_core::{DurationError, GlobError, NameFilter, Selection, parse_duration};

use crate::text::error::{Failure, chain};

/// The options that choose uploads.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Sweep only what has not changed for so long: 0s, 90m, 12h, 7d [default: 24h]
    #[arg(
        long,
        value_name = "AGE",
        global = true,
        allow_hyphen_values = true,
        value_parser = age
    )]
    older_than: Option<SignedDuration>,
    /// Sweep only uploads of at least this size: 1GB, 100MiB
    #[arg(long, value_name = "SIZE", global = true, default_value = "0", value_parser = size)]
    pub(crate) min_size: u64,
    /// Look only at keys that match; `*` matches `/` too; repeatable
    #[arg(long, value_name = "GLOB", global = true)]
    include: Vec<String>,
    /// Leave out keys that match; repeatable
    #[arg(long, value_name = "GLOB", global = true)]
    exclude: Vec<String>,
    /// Look only into buckets that match; repeatable
    #[arg(long, value_name = "GLOB", global = true)]
    bucket: Vec<String>,
    /// Leave out buckets that match; repeatable
    #[arg(long, value_name = "GLOB", global = true)]
    exclude_bucket: Vec<String>,
    /// Take listings that prove nothing (MinIO) for complete
    #[arg(long, value_name = "WHAT", global = true)]
    accept: Option<Accept>,
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

    /// The age, if one was given.
    pub(crate) fn given_age(&self) -> Option<SignedDuration> {
        self.older_than
    }

    /// The first option given that a saved scan has answered already.
    pub(crate) fn chooses(&self) -> Option<&'static str> {
        [
            (!self.include.is_empty(), "--include"),
            (!self.exclude.is_empty(), "--exclude"),
            (!self.bucket.is_empty(), "--bucket"),
            (!self.exclude_bucket.is_empty(), "--exclude-bucket"),
            (self.min_size > 0, "--min-size"),
            (self.accept.is_some(), "--accept"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// What was typed, for a saved scan.
    pub(crate) fn patterns(&self) -> [&[String]; 4] {
        [
            &self.include,
            &self.exclude,
            &self.bucket,
            &self.exclude_bucket,
        ]
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
    #[error("an age cannot be negative")]
    Negative,
    /// Not a duration at all.
    #[error(transparent)]
    Unreadable(DurationError),
}

/// Reads an age: `0s`, `90m`, `7d`.
pub(super) fn age(text: &str) -> Result<SignedDuration, AgeError> {
    match text.trim_start().strip_prefix('-') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => Err(AgeError::Negative),
        _ => parse_duration(text).map_err(AgeError::Unreadable),
    }
}

/// Reads `1GB` (decimal), `100MiB` (binary), `5000` (bytes).
pub(super) fn size(text: &str) -> Result<u64, String> {
    text.parse::<ByteSize>()
        .map(|size| size.as_u64())
        .map_err(|_| format!("`{text}` is not a size: use bytes, or a unit as in 1GB or 100MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
