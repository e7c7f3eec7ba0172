//! How many parts and bytes an upload holds, and its newest part.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::upload::Part;

/// A count that may not be known: never a fake 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// This much, by the store's own word.
    Exact(u64),
    /// The store showed this much and then stopped answering, or left a size out.
    AtLeast(u64),
    /// Not asked, or not shown.
    Unknown,
}

impl Amount {
    /// The number if it is exact.
    pub fn exact(self) -> Option<u64> {
        match self {
            Self::Exact(n) => Some(n),
            Self::AtLeast(_) | Self::Unknown => None,
        }
    }

    /// What is known to be there: a lower bound.
    pub fn known(self) -> u64 {
        match self {
            Self::Exact(n) | Self::AtLeast(n) => n,
            Self::Unknown => 0,
        }
    }
}

/// What an upload holds: the answer of ListParts, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Finished parts, each number counted once.
    pub parts: Amount,
    /// Their sum in bytes.
    pub bytes: Amount,
    /// The newest `LastModified` among them, UTC.
    pub newest_part: Option<Timestamp>,
    /// Every part has a date; true where there are none.
    pub all_dated: bool,
}

impl Footprint {
    /// Nothing is known: the upload was not sized.
    pub const UNKNOWN: Self = Self {
        parts: Amount::Unknown,
        bytes: Amount::Unknown,
        newest_part: None,
        all_dated: false,
    };
}

impl Footprint {
    /// Whether this is what an abort that is at work may have left of `whole`: nothing in it is
    /// more or newer.
    pub fn is_rest_of(&self, whole: &Self) -> bool {
        let at_most = |rest: Amount, whole: Amount| {
            rest.exact()
                .zip(whole.exact())
                .is_some_and(|(rest, whole)| rest <= whole)
        };
        self.all_dated
            && at_most(self.parts, whole.parts)
            && (at_most(self.bytes, whole.bytes) || self.bytes == whole.bytes)
            && self.newest_part <= whole.newest_part
    }
}

/// Sums parts as the pages come.
///
/// A number that comes twice is counted once, the newest winning: SeaweedFS repeats the part at
/// a page's edge and lists re-sent parts next to the old ones (measured).
#[derive(Debug, Default)]
pub struct PartTally {
    by_number: BTreeMap<u32, Part>,
}

impl PartTally {
    /// Adds a page; returns how many part numbers were new.
    pub fn add(&mut self, parts: &[Part]) -> usize {
        let before = self.by_number.len();
        for part in parts {
            let kept = self.by_number.entry(part.number).or_insert(*part);
            if part.last_modified >= kept.last_modified {
                *kept = *part;
            }
        }
        self.by_number.len() - before
    }

    /// How many part numbers were seen.
    pub fn count(&self) -> usize {
        self.by_number.len()
    }

    /// The highest number seen, 0 if none.
    pub fn highest(&self) -> u32 {
        self.by_number.keys().next_back().copied().unwrap_or(0)
    }

    /// The sum when the listing came to its end (`ended`) or broke off.
    pub fn footprint(&self, ended: bool) -> Footprint {
        let parts = self.by_number.values();
        let sized = parts.clone().filter_map(|part| part.bytes);
        let known = sized.clone().fold(0u64, u64::saturating_add);
        let all_sized = sized.count() == self.by_number.len();
        let count = self.by_number.len() as u64;
        let amount = |n: u64, whole: bool| match (ended && whole, n) {
            (true, n) => Amount::Exact(n),
            (false, 0) => Amount::Unknown,
            (false, n) => Amount::AtLeast(n),
        };
        Footprint {
            parts: amount(count, true),
            bytes: amount(known, all_sized),
            newest_part: parts.clone().filter_map(|part| part.last_modified).max(),
            all_dated: ended && parts.clone().all(|part| part.last_modified.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, bytes: Option<u64>, second: i64) -> Part {
        Part {
            number,
            bytes,
            last_modified: Timestamp::from_second(second).ok(),
        }
    }

    #[test]
    fn a_part_that_comes_twice_counts_once_and_the_newest_wins() {
        let mut tally = PartTally::default();
        assert_eq!(tally.add(&[part(1, Some(5), 10), part(2, Some(7), 11)]), 2);
        assert_eq!(tally.add(&[part(2, Some(9), 12), part(1, Some(100), 9)]), 0);
        let footprint = tally.footprint(true);
        assert_eq!(footprint.parts, Amount::Exact(2));
        assert_eq!(footprint.bytes, Amount::Exact(14));
        assert_eq!(footprint.newest_part, Timestamp::from_second(12).ok());
    }

    #[test]
    fn no_parts_is_a_real_zero() {
        let footprint = PartTally::default().footprint(true);
        assert_eq!(
            (footprint.parts, footprint.bytes),
            (Amount::Exact(0), Amount::Exact(0))
        );
        assert!(footprint.all_dated);
    }

    #[test]
    fn a_listing_that_broke_off_gives_at_least_or_unknown_never_zero() {
        let mut tally = PartTally::default();
        assert_eq!(tally.footprint(false).bytes, Amount::Unknown);
        tally.add(&[part(1, Some(5), 1)]);
        assert_eq!(tally.footprint(false).bytes, Amount::AtLeast(5));
        assert!(!tally.footprint(false).all_dated);
    }

    #[test]
    fn a_missing_size_is_not_counted_as_zero() {
        let mut tally = PartTally::default();
        tally.add(&[part(1, Some(5), 1), part(2, None, 1)]);
        assert_eq!(tally.footprint(true).bytes, Amount::AtLeast(5));
        assert_eq!(tally.footprint(true).parts, Amount::Exact(2));
        let mut tally = PartTally::default();
        tally.add(&[part(1, None, 1)]);
        assert_eq!(tally.footprint(true).bytes, Amount::Unknown);
    }
}
