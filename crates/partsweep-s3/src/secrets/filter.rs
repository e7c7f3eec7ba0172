//! Tells quickly that a text holds no secret.

use super::view::ESCAPES;

/// Shorter ones are words of a message as well (`test`).
pub(super) const SHORTEST: usize = 6;

/// Tells quickly, and without a search for each of them, that none of some needles is in a text: nearly
/// every text of a store is without secrets, and each abort is proven by an error.
#[derive(Default, Clone)]
pub(super) struct Filter {
    /// Groups of four bytes that begin anywhere in a needle, by hash.
    groups: Vec<u64>,
    /// Bytes of the shortest needle.
    shortest: usize,
}

impl Filter {
    /// Groups have as many hashes.
    const HASHES: usize = 1 << 18;

    pub(super) fn of<'a>(needles: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut groups, mut shortest) = (vec![0; Self::HASHES / 64], usize::MAX);
        for needle in needles {
            shortest = shortest.min(needle.len());
            for group in needle.windows(4) {
                let bit = Self::hash(group);
                groups[bit / 64] |= 1 << (bit % 64);
            }
        }
        Self { groups, shortest }
    }

    /// Every needle that stands in a text covers one of the groups that are looked at: of a key of 60
    /// characters these are a few.
    pub(super) fn may_find_in(&self, text: &[u8]) -> bool {
        if text.len() < self.shortest {
            return false;
        }
        // Encoded, a needle is longer.
        let [url, json, xml] = ESCAPES;
        if memchr::memchr3(url, json, xml, text).is_some() {
            return true;
        }
        text.windows(4).step_by(self.shortest - 3).any(|group| {
            let bit = Self::hash(group);
            self.groups[bit / 64] >> (bit % 64) & 1 == 1
        })
    }

    /// The same for either case.
    fn hash(group: &[u8]) -> usize {
        let four = group.first_chunk().copied().unwrap_or_default();
        // In ASCII this bit makes a lower-case letter.
        let four = u32::from_le_bytes(four) | 0x2020_2020;
        (four.wrapping_mul(0x9e37_79b1) >> 14) as usize
    }
}

/// Whether a text may hold a signature of this length.
pub(super) fn may_hold_hex(text: &str, length: usize) -> bool {
    let mut run = 0;
    length >= SHORTEST
        && text.bytes().any(|byte| {
            run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
            run == length || ESCAPES.contains(&byte)
        })
}
