//! What the user asked for: how old, how large, how costly, which names.

use globset::{Glob, GlobMatcher};
use jiff::SignedDuration;

use crate::money::filter::CostFilter;

/// Which uploads are to be swept.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Only uploads whose last activity is at least this long ago.
    pub older_than: SignedDuration,
    /// Only uploads of at least this many bytes; 0 takes those without parts too.
    pub min_size: u64,
    /// Only uploads that cost at least so much a month; none takes all, whatever they cost.
    pub min_cost: Option<CostFilter>,
    /// Which keys are looked at.
    pub keys: NameFilter,
}

impl Selection {
    /// Nothing active in the last 24 hours is swept unless the user lowers it (law 3): long
    /// uploads pause over night, rarely over a day.
    pub const DEFAULT_OLDER_THAN: SignedDuration = SignedDuration::from_hours(24);
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            older_than: Self::DEFAULT_OLDER_THAN,
            min_size: 0,
            min_cost: None,
            keys: NameFilter::default(),
        }
    }
}

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` isn't a valid pattern")]
pub struct GlobError {
    /// What was typed.
    pub pattern: String,
    /// What is wrong with it.
    #[source]
    pub source: globset::Error,
}

/// Patterns on names: a name passes if an include matches (or there is none) and no exclude does.
///
/// `*` matches any characters, `/` too, as in aws-cli; `?` one; `[a-z]`, `{a,b}` as in a shell.
///
/// One matcher for each pattern: a `GlobSet` takes the part after the last dot for a file's
/// extension, and then misses `a/..` for `*.` (globset 0.4).
#[derive(Debug, Clone, Default)]
pub struct NameFilter {
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
}

impl NameFilter {
    /// Compiles the patterns.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, GlobError> {
        Ok(Self {
            include: compile(include)?,
            exclude: compile(exclude)?,
        })
    }

    /// Whether there is no pattern, so that every name passes.
    pub fn admits_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether a name passes.
    pub fn admits(&self, name: &str) -> bool {
        let matches = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(name));
        (self.include.is_empty() || matches(&self.include)) && !matches(&self.exclude)
    }
}

fn compile(patterns: &[String]) -> Result<Vec<GlobMatcher>, GlobError> {
    let matcher = |pattern: &String| {
        let glob = Glob::new(pattern).map_err(|source| GlobError {
            pattern: pattern.clone(),
            source,
        })?;
        Ok(glob.compile_matcher())
    };
    patterns.iter().map(matcher).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> NameFilter {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        NameFilter::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn no_pattern_admits_all() {
        assert!(filter(&[], &[]).admits("anything/at all"));
    }

    #[test]
    fn a_star_crosses_slashes_as_in_aws_cli() {
        assert!(filter(&["*.iso"], &[]).admits("images/linux/debian.iso"));
        assert!(!filter(&["*.iso"], &[]).admits("images/linux/debian.img"));
    }

    #[test]
    fn a_name_of_dots_is_a_name_like_any_other() {
        for name in ["a/..", "..", "a/."] {
            assert!(!filter(&[], &["*."]).admits(name), "{name}");
            assert!(filter(&["*."], &[]).admits(name), "{name}");
        }
    }

    #[test]
    fn an_exclude_beats_an_include() {
        let filter = filter(&["tmp/*"], &["*.keep"]);
        assert!(filter.admits("tmp/a"));
        assert!(!filter.admits("tmp/a.keep"));
        assert!(!filter.admits("other"));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        assert_eq!(
            NameFilter::new(&["[a".into()], &[]).unwrap_err().pattern,
            "[a"
        );
    }
}
