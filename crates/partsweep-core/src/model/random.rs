//! Names that only have to be new.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Returns 128 random bits.
///
/// The keys of each `RandomState` are 128 bits from the operating system, drawn once a thread and
/// counted up, so two hashes of nothing are as good as numbers for names that only have to be new.
pub fn random() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    (half() << 64) | half()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_half_of_a_number_comes_again() {
        let numbers = (0..10_000).map(|_| random());
        let halves: HashSet<u64> = numbers.flat_map(|n| [(n >> 64) as u64, n as u64]).collect();
        assert_eq!(halves.len(), 20_000);
    }
}
