//! Cutting a bucket's listing into ranges that can be walked side by side.
//!
//! A store that lists in a known order can be asked to begin behind any key (`key-marker`), whether
//! there is such a key or not. Where uploads are is not known beforehand, so cuts are guessed from
//! the keys that were seen; a guess that misses costs one empty page and narrows the range.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::upload::UploadAddress;

/// In which order a store lists uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingOrder {
    /// Not known, or none: the listing is walked from its beginning to its end.
    Unknown,
    /// By key, byte by byte.
    Key,
    /// By `<key>.<upload id>.meta`, byte by byte: `a b` comes before `a` (Ceph, measured).
    EntryName,
}

/// A cut between two ranges: everything up to it lies left, the rest right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut(String);

impl Cut {
    /// The `key-marker` that the right range begins with.
    pub fn marker(&self) -> &str {
        &self.0
    }
}

impl ListingOrder {
    /// On which side of a cut an upload lies: `Greater` is right of it.
    pub fn side(self, upload: &UploadAddress, Cut(cut): &Cut) -> Ordering {
        let key = upload.key.as_str();
        match self {
            Self::Unknown | Self::Key => key.cmp(cut),
            // All names of the key `cut` itself, `cut.<id>.meta`, lie left: `.` comes before `/`.
            Self::EntryName => entry_name(upload).cmp(cut.bytes().chain([b'/'])),
        }
    }

    /// Whether one cut lies left of another.
    fn is_before(self, Cut(first): &Cut, Cut(second): &Cut) -> bool {
        match self {
            Self::Unknown | Self::Key => first < second,
            Self::EntryName => {
                let [first, second] = [first, second].map(|cut| cut.bytes().chain([b'/']));
                first.lt(second)
            }
        }
    }

    /// Whether one upload may be listed right after another.
    pub fn is_ascending(self, first: &UploadAddress, second: &UploadAddress) -> bool {
        match self {
            Self::Unknown => false,
            Self::Key => first.key <= second.key,
            Self::EntryName => entry_name(first).le(entry_name(second)),
        }
    }
}

fn entry_name(upload: &UploadAddress) -> impl Iterator<Item = u8> {
    let key = upload.key.as_str().bytes();
    key.chain([b'.'])
        .chain(upload.id.as_str().bytes())
        .chain(*b".meta")
}

/// The characters that keys were seen to be made of.
#[derive(Debug, Clone, Default)]
pub struct Alphabet(BTreeSet<char>);

impl Alphabet {
    /// Characters are remembered up to this many: more are no alphabet.
    const MOST: usize = 4_096;

    /// Learns from a key.
    pub fn learn(&mut self, key: &str) {
        if self.0.len() < Self::MOST {
            self.0.extend(key.chars());
        }
    }

    /// The middle one of the characters strictly between two, of those that were seen if any was.
    fn between(&self, low: u32, high: u32) -> Option<char> {
        let first = char::from_u32(low + 1).unwrap_or('\u{e000}');
        let last = char::from_u32(high).unwrap_or('\u{e000}');
        let seen = || self.0.range(first..last.max(first));
        let count = seen().count();
        if count > 0 {
            return seen().nth(count / 2).copied();
        }
        // Surrogates are no characters.
        let middle = low + high.saturating_sub(low) / 2;
        let middle = char::from_u32(middle).unwrap_or('\u{d7ff}');
        (u32::from(middle) > low && u32::from(middle) < high).then_some(middle)
    }
}

/// Where the rest of a range, behind `last` and up to `end`, may be cut: good guesses first.
///
/// `first` and `last` are the ends of the page that came last. What was measured to work:
/// interpolation over the characters seen, inside what the page's keys have in common and over
/// all, and the ends of the directories that the last key lies in.
pub fn cuts(
    order: ListingOrder,
    first: &UploadAddress,
    last: &UploadAddress,
    end: Option<&Cut>,
    alphabet: &Alphabet,
) -> Vec<Cut> {
    let (cursor, first) = (last.key.as_str(), first.key.as_str());
    let mut cuts = Vec::new();
    let mut add = |cut: Option<String>| {
        let Some(cut) = cut.map(Cut) else { return };
        // By the store's order, not by that of keys: what was seen lies left of the cut.
        let lies_between = order.side(last, &cut) == Ordering::Less
            && end.is_none_or(|end| order.is_before(&cut, end));
        if lies_between && !cuts.contains(&cut) {
            cuts.push(cut);
        }
    };
    let end = end.map(Cut::marker);
    let common = common_prefix(cursor, first);
    add(middle(cursor, end, common, alphabet));
    add(middle(cursor, end, 0, alphabet));
    let directories = cursor.match_indices('/').filter_map(|(at, _)| {
        let directory = cursor.get(..at)?;
        // `0` follows `/`, so every key of the directory comes before this.
        Some(format!("{directory}0"))
    });
    for directory in directories {
        add(Some(directory));
    }
    cuts
}

/// A text between two: as long as needed, its first `kept` bytes those of `low`.
fn middle(low: &str, high: Option<&str>, kept: usize, alphabet: &Alphabet) -> Option<String> {
    let mut text = low.get(..kept)?.to_owned();
    let mut highs = high.filter(|high| high.starts_with(&text)).map(|high| {
        let rest = high.get(kept..).unwrap_or_default();
        rest.chars()
    });
    for low in low.get(kept..)?.chars().map(Some).chain([None; 2]) {
        let low_at = low.map_or(0x1f, u32::from);
        let high_at = match highs.as_mut().map(Iterator::next) {
            Some(Some(high)) => u32::from(high),
            // `high` ends here, so nothing longer lies below it.
            Some(None) => return None,
            None => top_above(low_at),
        };
        if let Some(between) = alphabet.between(low_at, high_at) {
            text.push(between);
            return Some(text);
        }
        text.push(low?);
        if low_at != high_at {
            highs = None;
        }
    }
    None
}

/// What stands for "no end" above a character: the end of ASCII, or twice as far as it is.
fn top_above(low: u32) -> u32 {
    if low < 0x7e {
        0x7f
    } else {
        (low * 2).min(0x10_ffff)
    }
}

fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.char_indices().zip(b.chars());
    same.take_while(|((_, a), b)| a == b)
        .last()
        .map_or(0, |((at, c), _)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::{BucketName, Key, UploadId};

    fn upload(key: &str, id: &str) -> UploadAddress {
        UploadAddress {
            bucket: BucketName::new("b").unwrap(),
            key: Key::new(key).unwrap(),
            id: UploadId::new(id).unwrap(),
        }
    }

    #[test]
    fn on_ceph_a_key_lies_left_of_the_cut_that_is_its_own() {
        let cut = Cut("a".to_owned());
        let side = |key| ListingOrder::EntryName.side(&upload(key, "2~x"), &cut);
        assert_eq!(side("a"), Ordering::Less);
        assert_eq!(side("a b"), Ordering::Less, "`a b.` is listed before `a.`");
        assert_eq!(side("a-b"), Ordering::Less);
        assert_eq!(side("a/b"), Ordering::Greater);
        assert_eq!(side("ab"), Ordering::Greater);
        assert!(ListingOrder::EntryName.is_ascending(&upload("a b", "1"), &upload("a", "1")));
        assert!(!ListingOrder::Key.is_ascending(&upload("a b", "1"), &upload("a", "1")));
    }

    #[test]
    fn cuts_are_guessed_from_the_keys_seen() {
        let mut alphabet = Alphabet::default();
        (0..10).for_each(|n| alphabet.learn(&format!("logs/{n}")));
        let [first, last] = ["logs/0", "logs/2"].map(|key| upload(key, "1"));
        let cuts = cuts(ListingOrder::Key, &first, &last, None, &alphabet);
        let markers: Vec<_> = cuts.iter().map(Cut::marker).collect();
        assert_eq!(markers, ["logs/8", "s", "logs0"]);
    }

    #[test]
    fn nothing_lies_between_neighbours() {
        let alphabet = Alphabet::default();
        assert_eq!(middle("a", Some("a"), 0, &alphabet), None);
        assert_eq!(middle("a", Some("a "), 0, &alphabet), None);
        let deeper = middle("a", Some("b"), 0, &alphabet).unwrap();
        assert!("a" < deeper.as_str() && deeper.as_str() < "b", "{deeper}");
    }

    proptest! {
        #[test]
        fn every_cut_lies_between_its_ends(
            mut ends in proptest::collection::vec("[a-c/é\u{1}\u{10ffff}日]{1,6}", 3),
            learned in "\\PC{0,20}",
        ) {
            ends.sort();
            let mut alphabet = Alphabet::default();
            alphabet.learn(&learned);
            let [first, last] = [&ends[0], &ends[1]].map(|key| upload(key, "1"));
            let end = Cut(ends[2].clone());
            for order in [ListingOrder::Key, ListingOrder::EntryName] {
                for cut in cuts(order, &first, &last, Some(&end), &alphabet) {
                    prop_assert_eq!(order.side(&last, &cut), Ordering::Less);
                    prop_assert!(order.is_before(&cut, &end));
                }
            }
        }
    }
}
