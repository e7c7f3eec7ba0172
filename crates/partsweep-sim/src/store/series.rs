//! Uploads that are computed when they are asked for: millions of them in no memory, for benchmarks.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};

use super::ids::mix;
use super::object::STANDARD;
use super::upload::{Part, Position, Upload};
use crate::habits::{IdStyle, Order};

/// Uploads of one kind, all in one bucket, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// What their keys look like.
    pub shape: Shape,
    /// How many there are.
    pub uploads: u32,
    /// How many parts each has.
    pub parts: u32,
    /// When the first was begun; the others follow within [`Series::SPAN`].
    pub since: Timestamp,
}

/// What the keys of a series look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `logs/2024/05/31/23/part-0000007.gz`, over two years.
    DateTree,
    /// 32 hex digits, evenly spread.
    Hex,
    /// `file-000000000007`.
    Sequential,
    /// All but 2 % deep in one directory.
    Skewed,
    /// Letters of many scripts, of one to four bytes.
    Unicode,
    /// All uploads of one key.
    OneKey,
}

impl Shape {
    /// Every shape with its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("date", Self::DateTree),
        ("hex", Self::Hex),
        ("sequential", Self::Sequential),
        ("skewed", Self::Skewed),
        ("unicode", Self::Unicode),
        ("one-key", Self::OneKey),
    ];

    /// Finds a shape by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find_map(|(known, shape)| (known == name).then_some(shape))
    }
}

/// An upload with more parts is held: it would be computed anew for each page of them.
pub(crate) const COMPUTED_PARTS: u32 = 100;

/// Bytes of every part but the last: what aws-cli sends at a time.
const PART_BYTES: u64 = 8 * 1024 * 1024;
/// The last part of the uploads differs in size, so that a sum that leaves out one is wrong.
const LAST_PART_STEP: u64 = 1024;
const LAST_PART_SIZES: u64 = 1_000;

const FIRST_DAY: Date = date(2024, 1, 1);
const HOURS: u64 = 2 * 365 * 24;

/// In the order of their code points, which is that of their bytes.
const LETTERS: [char; 16] = [
    '0', 'K', 'z', 'ß', 'é', 'ő', 'Ω', 'ж', 'א', 'ب', 'क', 'ア', '漢', '語', '한', '🎬',
];

impl Series {
    /// The time over which the uploads of a series were begun.
    pub const SPAN: SignedDuration = SignedDuration::from_hours(300 * 24);

    /// What all their parts add up to, bytes.
    pub fn bytes(&self) -> u64 {
        (0..self.uploads)
            .map(|index| {
                (1..=self.parts)
                    .map(|part| self.size(index, part))
                    .sum::<u64>()
            })
            .sum()
    }

    fn size(&self, index: u32, part: u32) -> u64 {
        if part < self.parts {
            PART_BYTES
        } else {
            (1 + u64::from(index) % LAST_PART_SIZES) * LAST_PART_STEP
        }
    }

    fn initiated(&self, index: u32) -> Timestamp {
        let share = f64::from(index) / f64::from(self.uploads.max(1));
        let after = Self::SPAN.as_millis_f64() * share;
        // Whole milliseconds, as they are shown.
        self.since + SignedDuration::from_millis(after as i64)
    }

    fn key(&self, index: u32) -> String {
        let count = u64::from(self.uploads.max(1));
        let nth = u64::from(index);
        match self.shape {
            Shape::DateTree => {
                let hour = nth * HOURS / count;
                let within = nth - (hour * count).div_ceil(HOURS);
                let day = FIRST_DAY
                    .checked_add(SignedDuration::from_hours((hour / 24 * 24).cast_signed()))
                    .unwrap_or(FIRST_DAY);
                format!(
                    "logs/{:04}/{:02}/{:02}/{:02}/part-{within:07}.gz",
                    day.year(),
                    day.month(),
                    day.day(),
                    hour % 24
                )
            }
            Shape::Hex => {
                let step = u64::MAX / count;
                let high = nth * step + mix(nth) % step;
                format!("{high:016x}{:016x}", mix(high))
            }
            Shape::Sequential => format!("file-{nth:012}"),
            Shape::Skewed if nth < count / 100 => format!("archive/{nth:08}"),
            Shape::Skewed if nth < count - count / 100 => {
                format!("backup/2026/11/import/chunk-{nth:010}.bin")
            }
            Shape::Skewed => format!("photos/{nth:08}"),
            Shape::Unicode => {
                let letters = (0..8).rev().map(|digit| nth >> (4 * digit) & 15);
                let name = letters.map(|letter| LETTERS[letter as usize]);
                format!("фото/{}.mov", name.collect::<String>())
            }
            Shape::OneKey => "videos/live.mp4".to_owned(),
        }
    }
}

/// A series as a bucket has it: some of it may be gone.
#[derive(Debug)]
pub(crate) struct Lineup {
    series: Series,
    style: IdStyle,
    order: Order,
    initiator: Arc<str>,
    storage_class: Arc<str>,
    /// A bit for each that is there no more.
    taken: Vec<u64>,
    left: usize,
}

impl Lineup {
    pub(crate) fn new(series: Series, style: IdStyle, order: Order) -> Self {
        Self {
            series,
            style,
            order,
            initiator: crate::access::rights::ACCESS_KEY.into(),
            storage_class: STANDARD.into(),
            taken: vec![0; (series.uploads as usize).div_ceil(64)],
            left: series.uploads as usize,
        }
    }

    /// How many are there.
    pub(crate) fn len(&self) -> usize {
        self.left
    }

    fn is_there(&self, index: u32) -> bool {
        let word = self.taken.get(index as usize / 64);
        word.is_some_and(|word| word >> (index % 64) & 1 == 0)
    }

    /// The id of an upload: in the form of the store, rising, with its index at a known place.
    fn id(&self, index: u32) -> String {
        let filler = [1, 2, 3, 4].map(|salt| mix(u64::from(index) << 3 | salt));
        let [a, b, c, d] = filler;
        match self.style {
            IdStyle::Rising => {
                let time = self.series.initiated(index).as_millisecond();
                format!("{time:013}.{index:010}.{a:016x}{b:016x}{:08x}", c >> 32)
            }
            IdStyle::Ceph => format!("2~{index:08x}{a:016x}{:08x}", b >> 32),
            IdStyle::Hex => format!("{index:08x}{a:016x}{b:016x}{c:016x}{:08x}", d >> 32),
            IdStyle::KeyHash => format!(
                "{index:08x}{a:032x}_{:08x}-{:08x}-{b:016x}",
                c >> 32,
                d >> 32
            ),
            IdStyle::Base64 => format!("{index:08x}{a:016x}{b:016x}{:08x}", c >> 32),
        }
    }

    /// Reads the index out of an id; whether it is that upload's id is not said.
    fn index_in(&self, id: &str) -> Option<u32> {
        let (range, radix) = match self.style {
            IdStyle::Rising => (14..24, 10),
            IdStyle::Ceph => (2..10, 16),
            IdStyle::Hex | IdStyle::Base64 | IdStyle::KeyHash => (0..8, 16),
        };
        u32::from_str_radix(id.get(range)?, radix).ok()
    }

    /// Finds an upload that is there.
    fn find(&self, key: &str, id: &str) -> Option<u32> {
        let index = self.index_in(id).filter(|index| self.is_there(*index))?;
        (self.series.key(index) == key && self.id(index) == id).then_some(index)
    }

    fn position(&self, index: u32) -> Position {
        Position::of(self.order, &self.series.key(index), &self.id(index))
    }

    fn upload(&self, index: u32, parts: bool) -> Upload {
        let initiated = self.series.initiated(index);
        let count = if parts { self.series.parts } else { 0 };
        let parts = (1..=count).map(|number| {
            let part = Part {
                size: self.series.size(index, number),
                modified: initiated + SignedDuration::from_secs(i64::from(number)),
                etag: format!(
                    "{:032x}",
                    u128::from(mix(u64::from(index) << 16 | u64::from(number)))
                ),
                checksum: None,
            };
            (number, part)
        });
        Upload {
            key: self.series.key(index).into(),
            id: self.id(index).into(),
            initiated,
            initiator: Arc::clone(&self.initiator),
            storage_class: Arc::clone(&self.storage_class),
            about: None,
            checksum: None,
            parts: parts.collect::<BTreeMap<_, _>>(),
            run: 0,
        }
    }

    /// An upload that is there.
    pub(crate) fn get(&self, key: &str, id: &str) -> Option<Upload> {
        self.find(key, id).map(|index| self.upload(index, true))
    }

    /// Takes an upload away.
    pub(crate) fn take(&mut self, key: &str, id: &str) -> Option<Upload> {
        let index = self.find(key, id)?;
        if let Some(word) = self.taken.get_mut(index as usize / 64) {
            *word |= 1 << (index % 64);
            self.left -= 1;
        }
        Some(self.upload(index, true))
    }

    /// The uploads from a position on, with their parts or without.
    pub(crate) fn from<'a>(
        &'a self,
        start: &Bound<Position>,
        parts: bool,
    ) -> impl Iterator<Item = (Position, Upload)> + use<'a> {
        let (mut low, mut high) = (0, self.series.uploads);
        while low < high {
            let middle = low + (high - low) / 2;
            let before = match start {
                Bound::Unbounded => false,
                Bound::Included(start) => self.position(middle) < *start,
                Bound::Excluded(start) => self.position(middle) <= *start,
            };
            (low, high) = if before {
                (middle + 1, high)
            } else {
                (low, middle)
            };
        }
        (low..self.series.uploads)
            .filter(|index| self.is_there(*index))
            .map(move |index| {
                let upload = self.upload(index, parts);
                (Position::of_upload(self.order, &upload), upload)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::Habits;

    fn series(shape: Shape, uploads: u32) -> Series {
        Series {
            shape,
            uploads,
            parts: 3,
            since: "2025-11-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_series_is_in_the_order_of_its_store_and_each_upload_is_found() {
        for habits in Habits::all() {
            for (name, shape) in Shape::ALL {
                let lineup = Lineup::new(series(shape, 3_000), habits.ids, habits.listing.order);
                let all: Vec<_> = lineup.from(&Bound::Unbounded, true).collect();
                assert_eq!(all.len(), 3_000);
                let rising = all.windows(2).all(|pair| pair[0].0 < pair[1].0);
                assert!(rising, "{name} on {}", habits.store);
                for (_, upload) in &all {
                    assert!(
                        crate::store::ids::has_form(habits.ids, &upload.id),
                        "{}",
                        upload.id
                    );
                    let found = lineup.get(&upload.key, &upload.id).unwrap();
                    assert_eq!((&found.key, &found.id), (&upload.key, &upload.id));
                }
            }
        }
    }

    #[test]
    fn a_series_is_listed_from_any_position_on() {
        for (name, shape) in Shape::ALL {
            let lineup = Lineup::new(series(shape, 500), IdStyle::Ceph, Order::KeyThenId);
            let all: Vec<_> = lineup.from(&Bound::Unbounded, true).collect();
            for (index, (position, _)) in all.iter().enumerate() {
                let after = lineup
                    .from(&Bound::Excluded(position.clone()), false)
                    .next();
                let next = all.get(index + 1).map(|(next, _)| next);
                assert_eq!(after.as_ref().map(|(next, _)| next), next, "{name}");
            }
        }
    }
}
