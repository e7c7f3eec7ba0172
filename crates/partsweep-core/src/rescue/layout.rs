//! Which bytes of a file each part of an upload holds, and which parts are missing.

use super::seen::PartLimits;
use crate::model::upload::Part;

/// The highest number of a part (AWS, "Amazon S3 multipart upload limits").
pub(super) const MOST_PARTS: u32 = 10_000;

/// Where a part is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePart {
    /// From 1.
    pub number: u32,
    /// The first byte, from the beginning of the file.
    pub offset: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Why the parts that are there can't be parts of a file that was uploaded in equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMisfit {
    /// There is no part that shows how the file was divided.
    NoParts,
    /// A part has another size than the first one that is there.
    Unequal {
        /// The first that differs.
        number: u32,
        /// Its bytes.
        bytes: u64,
        /// The number of the one that it was compared with.
        first: u32,
        /// Its bytes.
        size: u64,
    },
    /// A part isn't as large as its place in the file.
    OtherPlace {
        /// Its number.
        number: u32,
        /// Its bytes.
        bytes: u64,
        /// What the file has there, in bytes; 0 if the file ends before.
        file: u64,
    },
    /// One part is there, and it fits both as one of equal parts and as the last one.
    Unclear {
        /// Its number.
        number: u32,
        /// Its bytes.
        bytes: u64,
    },
    /// One part is there, and the file in parts of its size would have parts that are smaller than the store takes.
    BelowMinimum {
        /// Its number.
        number: u32,
        /// Its bytes.
        bytes: u64,
        /// The least of each but the last, in bytes.
        minimum: u64,
    },
    /// The file would have more parts than S3 allows.
    TooMany {
        /// How many.
        parts: u64,
        /// Of so many bytes each.
        size: u64,
    },
}

/// A file in parts of one size; the last may be smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLayout {
    size: u64,
    file: u64,
}

impl FileLayout {
    /// Finds out how a file of so many bytes was divided, from the parts that are there, by number and each with its
    /// size.
    ///
    /// # Errors
    ///
    /// Why they can't be parts of that file.
    pub fn of(parts: &[Part], file: u64, limits: PartLimits) -> Result<Self, FileMisfit> {
        let sized = |part: &Part| (part.number, part.bytes.unwrap_or_default());
        let Some(((number, bytes), before)) = parts
            .split_last()
            .map(|(last, before)| (sized(last), before))
            .filter(|((number, _), _)| *number > 0)
        else {
            return Err(FileMisfit::NoParts);
        };
        let Some((first, size)) = before.first().map(sized) else {
            return Self::of_one(number, bytes, file, limits);
        };
        if let Some((number, bytes)) = before.iter().map(sized).find(|part| part.1 != size) {
            return Err(FileMisfit::Unequal {
                number,
                bytes,
                first,
                size,
            });
        }
        let layout = Self { size, file };
        match layout.place(number) {
            // Neither the last of the file nor one like the others.
            Some(place) if place.bytes != bytes && place.bytes == size => {
                Err(FileMisfit::Unequal {
                    number,
                    bytes,
                    first,
                    size,
                })
            }
            Some(place) if place.bytes == bytes => layout.within_limits(),
            place => Err(FileMisfit::OtherPlace {
                number,
                bytes,
                file: place.map_or(0, |place| place.bytes),
            }),
        }
    }

    /// The same where someone says how large each part but the last is, in bytes; at least 1.
    ///
    /// # Errors
    ///
    /// Which part doesn't fit its place then.
    pub fn in_parts_of(
        size: u64,
        parts: &[Part],
        file: u64,
        limits: PartLimits,
    ) -> Result<Self, FileMisfit> {
        let layout = Self {
            size: size.max(1),
            file,
        };
        let minimum = limits.minimum.unwrap_or(1);
        for part in parts {
            let (number, bytes) = (part.number, part.bytes.unwrap_or_default());
            if layout.count() > 1 && layout.size < minimum {
                return Err(FileMisfit::BelowMinimum {
                    number,
                    bytes: layout.size,
                    minimum,
                });
            }
            if !layout.has(number, bytes) {
                let file = layout.place(number).map_or(0, |place| place.bytes);
                return Err(FileMisfit::OtherPlace {
                    number,
                    bytes,
                    file,
                });
            }
        }
        layout.within_limits()
    }

    /// The same from one part, which may be the last one of the file.
    fn of_one(number: u32, bytes: u64, file: u64, limits: PartLimits) -> Result<Self, FileMisfit> {
        let as_any = Some(Self { size: bytes, file });
        let as_any = as_any.filter(|layout| layout.has(number, bytes));
        let as_last = file.checked_sub(bytes).and_then(|before| {
            let others = u64::from(number - 1);
            let size = before.checked_div(others)?;
            let layout = Self { size, file };
            let is_whole = size * others == before && size > bytes;
            (is_whole && layout.has(number, bytes)).then_some(layout)
        });
        // Only the last part of all may be smaller than that.
        let minimum = limits.minimum.unwrap_or(1);
        let is_allowed = |layout: &Self| layout.count() == 1 || layout.size >= minimum;
        let (any, last) = (as_any.filter(is_allowed), as_last.filter(is_allowed));
        match (any, last) {
            (Some(layout), None) | (None, Some(layout)) => layout.within_limits(),
            (Some(_), Some(_)) => Err(FileMisfit::Unclear { number, bytes }),
            (None, None) if as_any.is_some() => Err(FileMisfit::BelowMinimum {
                number,
                bytes,
                minimum,
            }),
            (None, None) => Err(FileMisfit::OtherPlace {
                number,
                bytes,
                file: file.saturating_sub(bytes.saturating_mul(u64::from(number - 1))),
            }),
        }
    }

    fn within_limits(self) -> Result<Self, FileMisfit> {
        let (parts, size) = (self.count(), self.size);
        match parts > u64::from(MOST_PARTS) {
            true => Err(FileMisfit::TooMany { parts, size }),
            false => Ok(self),
        }
    }

    fn has(&self, number: u32, bytes: u64) -> bool {
        self.place(number).is_some_and(|place| place.bytes == bytes)
    }

    /// The bytes of each part but the last.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of the file.
    pub fn file(&self) -> u64 {
        self.file
    }

    /// How many parts the file has; an empty file has one.
    pub fn count(&self) -> u64 {
        self.file.div_ceil(self.size.max(1)).max(1)
    }

    /// Where a part is; none if the file ends before.
    pub fn place(&self, number: u32) -> Option<FilePart> {
        let offset = u64::from(number).checked_sub(1)?.checked_mul(self.size)?;
        (u64::from(number) <= self.count()).then(|| FilePart {
            number,
            offset,
            bytes: self.size.min(self.file - offset),
        })
    }

    /// The parts of the file that are not among these, which are by number.
    pub fn missing(&self, parts: &[Part]) -> Vec<FilePart> {
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        let is_there = |number: &u32| parts.binary_search_by_key(number, |part| part.number);
        (1..=count)
            .filter(|number| is_there(number).is_err())
            .filter_map(|number| self.place(number))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    const LIMITS: PartLimits = PartLimits {
        minimum: Some(5 * MIB),
        equal: false,
    };

    fn parts(sizes: &[(u32, u64)]) -> Vec<Part> {
        let part = |&(number, bytes): &(u32, u64)| Part {
            number,
            bytes: Some(bytes),
            last_modified: None,
            etag: Some([1; 16]),
        };
        sizes.iter().map(part).collect()
    }

    fn missing(sizes: &[(u32, u64)], file: u64) -> Result<Vec<(u32, u64, u64)>, FileMisfit> {
        let parts = parts(sizes);
        let layout = FileLayout::of(&parts, file, LIMITS)?;
        let missing = layout.missing(&parts).into_iter();
        Ok(missing
            .map(|part| (part.number, part.offset, part.bytes))
            .collect())
    }

    #[test]
    fn gaps_and_the_tail_are_missing_and_every_byte_has_one_place() {
        let size = 8 * MIB;
        let file = 4 * size + 3;
        let gaps = missing(&[(2, size), (4, size)], file).unwrap();
        assert_eq!(gaps, [(1, 0, size), (3, 2 * size, size), (5, 4 * size, 3)]);
        let tail = missing(&[(1, size)], file).unwrap();
        assert_eq!(tail.len(), 4);
        assert_eq!(tail[3], (5, 4 * size, 3));
        let of_last = missing(&[(2, size), (5, 3)], file).unwrap();
        assert_eq!(
            of_last.iter().map(|part| part.0).collect::<Vec<_>>(),
            [1, 3, 4]
        );
        assert_eq!(missing(&[(1, size), (2, size)], 2 * size), Ok(Vec::new()));
        assert_eq!(missing(&[(1, 0)], 0), Ok(Vec::new()));
        for file in [1, size - 1, size, size + 1, 7 * size, 7 * size + 5] {
            let layout = FileLayout { size, file };
            let all = layout.missing(&[]);
            let mut next = 0;
            for (number, part) in (1..).zip(&all) {
                assert_eq!((part.number, part.offset), (number, next), "{file}");
                next += part.bytes;
            }
            assert_eq!(next, file);
        }
    }

    #[test]
    fn parts_of_several_sizes_are_refused_by_the_first_that_differs() {
        let size = 8 * MIB;
        let differs = missing(&[(1, size), (2, 6 * MIB), (3, size)], 9 * size);
        let unequal = |number, bytes| FileMisfit::Unequal {
            number,
            bytes,
            first: 1,
            size,
        };
        assert_eq!(differs, Err(unequal(2, 6 * MIB)));
        let in_the_middle = missing(&[(1, size), (2, 6 * MIB)], 9 * size);
        assert_eq!(in_the_middle, Err(unequal(2, 6 * MIB)));
    }

    #[test]
    fn a_part_that_does_not_fit_the_file_is_named() {
        let size = 8 * MIB;
        let of = |number, bytes, file| FileMisfit::OtherPlace {
            number,
            bytes,
            file,
        };
        assert_eq!(
            missing(&[(1, size), (3, 7)], 2 * size + 9),
            Err(of(3, 7, 9))
        );
        assert_eq!(
            missing(&[(1, size), (4, size)], 2 * size),
            Err(of(4, size, 0))
        );
        assert_eq!(missing(&[(1, size)], size - 1), Err(of(1, size, size - 1)));
        assert_eq!(missing(&[], size), Err(FileMisfit::NoParts));
    }

    #[test]
    fn one_part_alone_may_be_the_last() {
        let size = 8 * MIB;
        // Of 1 MiB each, they would be too small.
        let last = missing(&[(3, MIB)], 2 * size + MIB).unwrap();
        assert_eq!(last, [(1, 0, size), (2, size, size)]);
        let unclear = missing(&[(2, 6 * MIB)], 14 * MIB);
        let of = FileMisfit::Unclear {
            number: 2,
            bytes: 6 * MIB,
        };
        assert_eq!(unclear, Err(of));
        assert_eq!(missing(&[(1, 3)], 3), Ok(Vec::new()));
        let small = FileMisfit::BelowMinimum {
            number: 2,
            bytes: 1,
            minimum: 5 * MIB,
        };
        assert_eq!(missing(&[(2, 1)], 2), Err(small));
    }

    #[test]
    fn the_size_of_the_parts_can_be_given() {
        let of = |size, sizes: &[(u32, u64)], file| {
            let parts = parts(sizes);
            let layout = FileLayout::in_parts_of(size, &parts, file, LIMITS)?;
            Ok(layout.missing(&parts).len())
        };
        let six = 6 * MIB;
        assert_eq!(of(six, &[(2, six)], 14 * MIB), Ok(2), "of three");
        assert_eq!(of(8 * MIB, &[(2, six)], 14 * MIB), Ok(1), "the last of two");
        assert_eq!(of(six, &[(1, six), (2, 3)], six + 3), Ok(0));
        let other = |number, bytes, file| FileMisfit::OtherPlace {
            number,
            bytes,
            file,
        };
        assert_eq!(
            of(8 * MIB, &[(1, six)], 14 * MIB),
            Err(other(1, six, 8 * MIB))
        );
        assert_eq!(of(six, &[(4, six)], 14 * MIB), Err(other(4, six, 0)));
        for size in [0, MIB] {
            let refused = of(size, &[(1, MIB)], 2 * MIB);
            assert!(matches!(refused, Err(FileMisfit::BelowMinimum { .. })));
        }
    }

    #[test]
    fn a_file_of_more_than_ten_thousand_parts_is_refused() {
        let size = 5 * MIB;
        assert!(missing(&[(1, size)], 10_000 * size).is_ok());
        let many = FileMisfit::TooMany {
            parts: 10_001,
            size,
        };
        assert_eq!(missing(&[(1, size)], 10_000 * size + 1), Err(many));
    }
}
