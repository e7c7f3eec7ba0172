//! The uploads of a plan that came to their end.

use std::collections::BTreeMap;

const WORD: u64 = 64;
const BLOCK: u64 = 64 * WORD;

/// Numbers of uploads, a bit each: 1.3 MB for ten million.
///
/// In blocks, so that a number that no plan has costs 512 bytes and not the memory of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    blocks: BTreeMap<u64, Box<[u64; 64]>>,
    count: u64,
}

impl Done {
    /// Whether the upload with this place in the plan came to its end.
    pub fn contains(&self, number: u64) -> bool {
        let word = self.blocks.get(&(number / BLOCK));
        let word = word.and_then(|block| block.get(place(number)));
        word.is_some_and(|word| word & bit(number) != 0)
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether none did.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a number; false if it was there.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        let block = self.blocks.entry(number / BLOCK);
        let block = block.or_insert_with(|| Box::new([0; 64]));
        let Some(word) = block.get_mut(place(number)) else {
            return false;
        };
        let new = *word & bit(number) == 0;
        *word |= bit(number);
        self.count += u64::from(new);
        new
    }
}

fn place(number: u64) -> usize {
    // Below 64.
    (number % BLOCK / WORD) as usize
}

fn bit(number: u64) -> u64 {
    1 << (number % WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_in_it_once_it_was_added_and_counted_once() {
        let numbers = [0, 63, 64, 4_095, 4_096, 10_000_000, u64::MAX - 1, u64::MAX];
        let mut done = Done::default();
        for number in numbers {
            assert!(!done.contains(number));
            assert!(done.insert(number));
            assert!(!done.insert(number), "twice");
        }
        assert!(numbers.into_iter().all(|number| done.contains(number)));
        assert_eq!(done.len(), 8);
        for other in [1, 62, 65, 4_094, 4_097, u64::MAX - 2] {
            assert!(!done.contains(other), "{other}");
        }
    }
}
