//! Names that only have to be new.

/// 128 random bits.
///
/// Each `RandomState` has keys of its own, seeded by the operating system, so two hashes of
/// nothing are as good as numbers for names that only have to be new.
pub(crate) fn random() -> u128 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let half = || u128::from(RandomState::new().build_hasher().finish());
    (half() << 64) | half()
}
