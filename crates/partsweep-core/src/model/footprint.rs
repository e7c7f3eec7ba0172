//! How many parts and bytes an upload holds, and its newest part.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::model::believe;
use crate::model::upload::Part;

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
/// A number that comes twice is counted once, the newest winning: SeaweedFS lists re-sent
/// parts next to the old ones (measured), and by its source may repeat the part at a page's edge. What the entries of one
/// number contradict each other in is unknown (law 13).
#[derive(Debug, Default)]
pub struct PartTally {
    by_number: BTreeMap<u32, Part>,
    unclear: BTreeSet<u32>,
}

impl PartTally {
    /// Adds a page; returns how many part numbers were new.
    pub fn add(&mut self, parts: &[Part]) -> usize {
        let before = self.by_number.len();
        for part in parts {
            let part = Part {
                last_modified: part.last_modified.and_then(believe::time),
                ..*part
            };
            let entry = self.by_number.entry(part.number);
            entry
                .and_modify(|kept| {
                    let both = joined(*kept, part);
                    if has_lost(both, [*kept, part]) {
                        self.unclear.insert(part.number);
                    } else if both == part {
                        self.unclear.remove(&part.number);
                    }
                    *kept = both;
                })
                .or_insert(part);
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

    /// The number before the highest, 0 if none.
    pub fn second_highest(&self) -> u32 {
        self.by_number.keys().rev().nth(1).copied().unwrap_or(0)
    }

    /// The ETag that an object has which is completed from all these parts: the MD5 of their ETags, by
    /// number, and `-N` (measured on Ceph; AWS user guide, "Checking object integrity"). None if a part
    /// has another ETag than an MD5, as where the store encrypts with keys of its own.
    pub fn completed_etag(&self) -> Option<Box<str>> {
        let mut md5 = Md5::new();
        for part in self.by_number.values() {
            md5.update(part.etag?);
        }
        let hex: String = md5
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(format!("{hex}-{}", self.by_number.len()).into())
    }

    /// Whether a part is dated before its upload of that date.
    pub fn has_part_before(&self, initiated: Option<Timestamp>) -> bool {
        let mut dates = self
            .by_number
            .values()
            .filter_map(|part| part.last_modified);
        dates.any(|date| !believe::can_be_of(date, initiated))
    }

    /// The numbers of parts that were listed more than once, with sizes or ETags that contradict each other.
    pub fn unclear(&self) -> Vec<u32> {
        self.unclear.iter().copied().collect()
    }

    /// The parts, by number.
    pub fn into_parts(self) -> Vec<Part> {
        self.by_number.into_values().collect()
    }

    /// The sum when the listing came to its end (`ended`) or broke off, for an upload of that date.
    pub fn footprint(&self, ended: bool, initiated: Option<Timestamp>) -> Footprint {
        let parts = self.by_number.values();
        let (mut known, mut all_sized) = (0u64, true);
        for part in parts.clone() {
            match part.bytes.and_then(|bytes| known.checked_add(bytes)) {
                Some(sum) => known = sum,
                None => all_sized = false,
            }
        }
        let count = self.by_number.len() as u64;
        let amount = |n: u64, whole: bool| match (ended && whole, n) {
            (true, n) => Amount::Exact(n),
            (false, 0) => Amount::Unknown,
            (false, n) => Amount::AtLeast(n),
        };
        let is_dated = |part: &Part| {
            let time = part.last_modified;
            time.is_some_and(|time| believe::can_be_of(time, initiated))
        };
        Footprint {
            parts: amount(count, true),
            bytes: amount(known, all_sized),
            newest_part: parts.clone().filter_map(|part| part.last_modified).max(),
            all_dated: ended && parts.clone().all(is_dated),
        }
    }
}

/// Two entries of one part number: the newer one, if that can be told.
fn joined(kept: Part, other: Part) -> Part {
    let (Some(mine), Some(theirs)) = (kept.last_modified, other.last_modified) else {
        // The one without a date may be the newer.
        return Part {
            bytes: kept.bytes.filter(|_| kept.bytes == other.bytes),
            last_modified: None,
            etag: kept.etag.filter(|_| kept.etag == other.etag),
            ..kept
        };
    };
    match mine.cmp(&theirs) {
        Ordering::Less => other,
        Ordering::Greater => kept,
        Ordering::Equal => Part {
            bytes: kept.bytes.filter(|_| kept.bytes == other.bytes),
            etag: kept.etag.filter(|_| kept.etag == other.etag),
            ..kept
        },
    }
}

/// Whether a size or an ETag that one of two entries has isn't known of both together.
fn has_lost(both: Part, entries: [Part; 2]) -> bool {
    entries.iter().any(|entry| {
        (entry.bytes.is_some() && both.bytes.is_none())
            || (entry.etag.is_some() && both.etag.is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, bytes: Option<u64>, second: i64) -> Part {
        Part {
            number,
            bytes,
            last_modified: Timestamp::from_second(1_700_000_000 + second).ok(),
            etag: None,
        }
    }

    #[test]
    fn a_part_that_comes_twice_counts_once_and_the_newest_wins() {
        let mut tally = PartTally::default();
        assert_eq!(tally.add(&[part(1, Some(5), 10), part(2, Some(7), 11)]), 2);
        assert_eq!(tally.add(&[part(2, Some(9), 12), part(1, Some(100), 9)]), 0);
        let footprint = tally.footprint(true, None);
        assert_eq!(footprint.parts, Amount::Exact(2));
        assert_eq!(footprint.bytes, Amount::Exact(14));
        assert_eq!(footprint.newest_part, part(0, None, 12).last_modified);
    }

    #[test]
    fn the_etag_of_the_completed_object_is_that_of_all_its_parts_by_number() {
        let with_etag = |number, byte| Part {
            etag: Some([byte; 16]),
            ..part(number, Some(5), 1)
        };
        let mut tally = PartTally::default();
        tally.add(&[with_etag(2, 0xbb), with_etag(1, 0xaa)]);
        let expected = "8039a288fc27346c4ebd08f17995e8bc-2";
        assert_eq!(tally.completed_etag().as_deref(), Some(expected));
        tally.add(&[part(3, Some(5), 1)]);
        assert_eq!(tally.completed_etag(), None, "one has no MD5");
    }

    #[test]
    fn no_parts_is_a_real_zero() {
        let footprint = PartTally::default().footprint(true, None);
        assert_eq!(
            (footprint.parts, footprint.bytes),
            (Amount::Exact(0), Amount::Exact(0))
        );
        assert!(footprint.all_dated);
    }

    #[test]
    fn a_listing_that_broke_off_gives_at_least_or_unknown_never_zero() {
        let mut tally = PartTally::default();
        assert_eq!(tally.footprint(false, None).bytes, Amount::Unknown);
        tally.add(&[part(1, Some(5), 1)]);
        assert_eq!(tally.footprint(false, None).bytes, Amount::AtLeast(5));
        assert!(!tally.footprint(false, None).all_dated);
    }

    #[test]
    fn a_missing_size_is_not_counted_as_zero() {
        let mut tally = PartTally::default();
        tally.add(&[part(1, Some(5), 1), part(2, None, 1)]);
        assert_eq!(tally.footprint(true, None).bytes, Amount::AtLeast(5));
        assert_eq!(tally.footprint(true, None).parts, Amount::Exact(2));
        let mut tally = PartTally::default();
        tally.add(&[part(1, None, 1)]);
        assert_eq!(tally.footprint(true, None).bytes, Amount::Unknown);
    }

    /// Breaker 7: the one without a date was dropped, and the other believed.
    #[test]
    fn a_part_that_is_shown_with_and_without_a_date_has_none() {
        for order in [[0, 1], [1, 0]] {
            let dated = part(1, Some(5), 10);
            let undated = Part {
                last_modified: None,
                ..dated
            };
            let mut tally = PartTally::default();
            for index in order {
                tally.add(&[[dated, undated][index]]);
            }
            let footprint = tally.footprint(true, None);
            assert!(!footprint.all_dated);
            assert_eq!(footprint.bytes, Amount::Exact(5));
        }
    }

    #[test]
    fn sizes_that_contradict_each_other_are_unknown() {
        let mut tally = PartTally::default();
        tally.add(&[part(1, Some(5), 10), part(1, Some(6), 10)]);
        assert_eq!(tally.footprint(true, None).bytes, Amount::Unknown);
        assert_eq!(tally.unclear(), [1]);
        // The same once more says nothing new; a newer one does.
        tally.add(&[part(1, Some(6), 10), part(2, None, 10), part(2, None, 10)]);
        assert_eq!(tally.unclear(), [1]);
        tally.add(&[part(1, Some(7), 11)]);
        assert!(tally.unclear().is_empty());
    }

    #[test]
    fn a_sum_that_overflows_is_at_least() {
        let mut tally = PartTally::default();
        tally.add(&[part(1, Some(u64::MAX), 1), part(2, Some(1), 1)]);
        assert_eq!(tally.footprint(true, None).bytes, Amount::AtLeast(u64::MAX));
        assert_eq!(tally.footprint(true, None).parts, Amount::Exact(2));
    }

    /// Report 6: `Initiated` three days ago, its part in 1970.
    #[test]
    fn a_part_with_a_zero_date_or_from_before_its_upload_is_not_dated() {
        let upload = part(0, None, 0).last_modified;
        let zero = Part {
            last_modified: Timestamp::from_second(0).ok(),
            ..part(1, Some(5), 0)
        };
        let mut tally = PartTally::default();
        tally.add(&[zero, part(2, Some(5), 60)]);
        assert!(!tally.footprint(true, upload).all_dated);
        assert!(
            !tally.footprint(true, None).all_dated,
            "nor without `Initiated`"
        );
        let mut tally = PartTally::default();
        tally.add(&[part(1, Some(5), -3_600), part(2, Some(5), 60)]);
        assert!(!tally.footprint(true, upload).all_dated);
        assert!(tally.footprint(true, None).all_dated);
    }
}
