//! Cutting a bucket's listing into ranges that can be walked side by side.
//!
//! A store that lists in a known order can be asked to begin behind any key (`key-marker`), whether
//! there is such a key or not. Where uploads are is not known beforehand, so cuts are guessed from
//! the keys that were seen; a guess that misses costs one page that shows nothing new, and narrows
//! the range.

mod alphabet;
mod cutting;
mod order;
mod ruler;

pub use cutting::{BoundaryCheck, Disorder, RangeId, RangeLook, Ranges, Taken};
pub use order::{Boundary, ListingOrder};

#[cfg(test)]
mod tests;
