//! The characters that keys were seen to be made of, place by place

use std::collections::{BTreeSet, HashMap};

/// Where in a key a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// How many `/` came before.
    segment: u8,
    /// How many characters since.
    offset: u8,
    /// The character before, if it is ASCII: after the `1` of a month come other digits than after
    /// the `0`.
    before: u8,
}

impl Place {
    /// Deeper segments and longer names share the last place.
    const MOST_SEGMENTS: u8 = 24;
    const MOST_OFFSETS: u8 = 48;

    pub(super) const START: Self = Self {
        segment: 0,
        offset: 0,
        before: 0,
    };

    /// The place behind this character.
    pub(super) fn after(self, c: char) -> Self {
        let before = u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0);
        if c == '/' {
            let segment = (self.segment + 1).min(Self::MOST_SEGMENTS);
            return Self {
                segment,
                offset: 0,
                before,
            };
        }
        Self {
            offset: (self.offset + 1).min(Self::MOST_OFFSETS),
            before,
            ..self
        }
    }
}

/// The places along a key, by its bytes: the next key has most of them in common, and a listing is
/// learned from as fast as it is read.
#[derive(Debug, Default)]
struct Trail(Vec<Place>);

impl Trail {
    /// Goes back to where so many bytes are in common.
    fn keep(&mut self, shared: usize) {
        self.0.truncate(shared);
    }

    /// The place behind the last character.
    fn end(&self) -> Place {
        self.0.last().copied().unwrap_or(Place::START)
    }

    /// Goes on by one character.
    fn go(&mut self, c: char) {
        let place = self.end().after(c);
        self.0.extend(std::iter::repeat_n(place, c.len_utf8()));
    }
}

/// The characters that keys were seen to be made of, place by place.
#[derive(Debug, Default)]
pub(super) struct KeyModel {
    seen: Vec<Vec<Seen>>,
    tops: HashMap<Place, Top>,
    /// Characters beyond ASCII that are remembered, over all places.
    others: usize,
}

#[derive(Debug, Default)]
struct Seen {
    ascii: u128,
    others: BTreeSet<char>,
}

/// At a place nothing comes from this character on.
#[derive(Debug, Clone, Copy)]
struct Top {
    top: char,
    /// What comes just before was seen; else only that nothing comes from there on.
    is_exact: bool,
}

/// The characters that can be expected at one place, in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letters<'a> {
    ascii: u128,
    /// Not seen there, and less likely.
    guessed: u128,
    others: Option<&'a BTreeSet<char>>,
    top: Option<char>,
}

const fn range(first: u8, last: u8) -> u128 {
    let above = u128::MAX << first;
    above & (u128::MAX >> (127 - last))
}

const DIGITS: u128 = range(b'0', b'9');
const HEX: u128 = range(b'a', b'f');
const LOWER: u128 = range(b'a', b'z');
const UPPER: u128 = range(b'A', b'Z');
const ALPHANUMERIC: u128 = DIGITS | LOWER | UPPER;

impl KeyModel {
    /// Characters beyond ASCII are remembered up to this many.
    const MOST_OTHERS: usize = 4_096;
    /// Ends of directories are remembered up to this many.
    const MOST_TOPS: usize = 4_096;

    /// Learns from keys in their order.
    pub(super) fn learn<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        let mut before: Option<&str> = None;
        let mut trail = Trail::default();
        for key in keys {
            let shared = before.map_or(0, |before| common_prefix(before, key));
            trail.keep(shared);
            for c in key.get(shared..).unwrap_or_default().chars() {
                self.see(trail.end(), c);
                trail.go(c);
            }
            if let Some(before) = before
                && let Some(directory) = before.rfind('/')
                && shared < directory
            {
                self.learn_end(before.get(..directory).unwrap_or_default(), shared, true);
            }
            before = Some(key);
        }
    }

    /// Learns that nothing lies behind `end`, nor below it if not `is_exact`, as far as it begins
    /// with the same `shared` bytes and one more character.
    pub(super) fn learn_end(&mut self, end: &str, shared: usize, is_exact: bool) {
        let mut place = Place::START;
        let mut chars = end.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let is_last = chars.peek().is_none();
            if at > shared && self.tops.len() < Self::MOST_TOPS {
                let next = || char::from_u32(u32::from(c) + 1);
                let top = if is_last && !is_exact {
                    Some(c)
                } else {
                    next()
                };
                if let Some(top) = top {
                    self.bound(place, top, is_exact);
                }
            }
            place = place.after(c);
        }
    }

    fn bound(&mut self, place: Place, top: char, is_exact: bool) {
        let new = Top { top, is_exact };
        let old = self.tops.entry(place).or_insert(new);
        *old = match (old.is_exact, is_exact) {
            (true, true) if old.top >= top => *old,
            (true, false) => *old,
            (false, false) if old.top <= top => *old,
            _ => new,
        };
    }

    /// Takes back what a key shows to be wrong.
    pub(super) fn correct(&mut self, key: &str) {
        if self.tops.is_empty() {
            return;
        }
        let mut place = Place::START;
        for c in key.chars() {
            if let Some(top) = self.tops.get_mut(&place)
                && c >= top.top
                && let Some(next) = char::from_u32(u32::from(c) + 1)
            {
                *top = Top {
                    top: next,
                    is_exact: true,
                };
            }
            place = place.after(c);
        }
    }

    fn see(&mut self, place: Place, c: char) {
        let (segment, offset) = (usize::from(place.segment), usize::from(place.offset));
        if self.seen.len() <= segment {
            self.seen.resize_with(segment + 1, Vec::new);
        }
        let Some(places) = self.seen.get_mut(segment) else {
            return;
        };
        if places.len() <= offset {
            places.resize_with(offset + 1, Seen::default);
        }
        let Some(seen) = places.get_mut(offset) else {
            return;
        };
        if c.is_ascii() {
            seen.ascii |= 1 << u32::from(c);
        } else if self.others < Self::MOST_OTHERS && seen.others.insert(c) {
            self.others += 1;
        }
    }

    fn seen(&self, segment: u8, offset: u8) -> Option<&Seen> {
        self.seen
            .get(usize::from(segment))?
            .get(usize::from(offset))
    }

    /// What can be expected at a place: what was seen there, and what goes with it.
    pub(super) fn at(&self, place: Place) -> Letters<'_> {
        let here = self.seen(place.segment, place.offset);
        let next = self.seen(place.segment, place.offset.saturating_add(1));
        let mut ascii = here.map_or(0, |here| here.ascii);
        let next_ascii = next.map_or(0, |next| next.ascii);
        let mut others = here
            .map(|here| &here.others)
            .filter(|others| !others.is_empty());
        let is_alike = ascii & next_ascii & ALPHANUMERIC != 0
            || others
                .is_some_and(|others| next.is_some_and(|next| !next.others.is_disjoint(others)));
        let next_is_mixed = next_ascii & DIGITS != 0 && next_ascii & LOWER != 0;
        if is_alike {
            ascii |= next_ascii & ALPHANUMERIC;
            others = match (others, next) {
                (Some(here), Some(next)) if next.others.len() <= here.len() => Some(here),
                (here, Some(next)) if next.others.is_empty() => here,
                (_, next) => next.map(|next| &next.others),
            };
        }
        let mut guessed = 0;
        if ascii & DIGITS != 0 {
            ascii |= DIGITS;
            if next_is_mixed {
                ascii |= next_ascii & LOWER;
            }
        } else if ascii & HEX != 0 && next_is_mixed && next_ascii & LOWER & !HEX == 0 {
            ascii |= DIGITS | HEX;
        } else if ascii & LOWER != 0 {
            guessed |= LOWER & !ascii;
        }
        if ascii & UPPER != 0 {
            guessed |= UPPER & !ascii;
        }
        let top = self.tops.get(&place).map(|top| top.top);
        if let Some(top) = top {
            let below = match u32::from(top) {
                top @ 0..128 => !(u128::MAX << top),
                _ => u128::MAX,
            };
            ascii &= below;
            guessed &= below;
            others = others.filter(|_| !top.is_ascii());
        }
        Letters {
            ascii,
            guessed,
            others,
            top,
        }
    }
}

impl Letters<'_> {
    /// How likely a character is that was not seen, against one that was.
    const GUESSED: f64 = 0.1;

    /// What all weigh.
    pub(super) fn all(&self) -> f64 {
        self.below(self.top.unwrap_or(char::MAX))
    }

    /// What those before a character weigh.
    pub(super) fn below(&self, c: char) -> f64 {
        let below = if c.is_ascii() {
            !(u128::MAX << u32::from(c))
        } else {
            u128::MAX
        };
        let others = match self.others {
            Some(others) if !c.is_ascii() => others.range(..c).count(),
            _ => 0,
        };
        weight(self.ascii & below, self.guessed & below) + others as f64
    }

    /// What a character weighs.
    pub(super) fn one(&self, c: char) -> f64 {
        let is_seen = if c.is_ascii() {
            self.ascii & (1 << u32::from(c)) != 0
        } else {
            self.others.is_some_and(|others| others.contains(&c))
        };
        if is_seen { 1.0 } else { Self::GUESSED }
    }

    /// The character at this weight.
    pub(super) fn find(&self, at: f64) -> Option<char> {
        let mut rest = self.ascii | self.guessed;
        let mut sum = 0.0;
        let mut last = None;
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            rest &= !bit;
            last = char::from_u32(bit.trailing_zeros());
            sum += weight(self.ascii & bit, self.guessed & bit);
            if sum > at {
                return last;
            }
        }
        let others = self.others.into_iter().flatten();
        let others = others.take_while(|c| self.top.is_none_or(|top| **c < top));
        others
            .take((at - sum) as usize + 1)
            .last()
            .copied()
            .or(last)
    }
}

fn weight(seen: u128, guessed: u128) -> f64 {
    f64::from(seen.count_ones()) + Letters::GUESSED * f64::from(guessed.count_ones())
}

/// How many bytes two texts begin with in common, in whole characters.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same)
        .rev()
        .find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at))
        .unwrap_or(0)
}
