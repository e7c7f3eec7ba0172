//! Who waits for a slot, and whose turn it is.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use partsweep_core::{BucketName, Operation};

use crate::ask::Ask;

/// The queue that a request waits in: one for the pages of a bucket's listing, one for all else that
/// is asked of the bucket. By 64 bits: two buckets that share one share their turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lane(u64);

impl Lane {
    pub(crate) fn of(ask: &Ask<'_>) -> Self {
        let is_listing = ask.operation == Operation::ListMultipartUploads;
        Self::new(ask.bucket, is_listing)
    }

    pub(super) fn new(bucket: Option<&BucketName>, is_listing: bool) -> Self {
        let mut hasher = DefaultHasher::new();
        (bucket, is_listing).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Queues that take turns, so that a bucket with a million uploads delays one with ten by one request
/// at a time, and a page of a listing never waits behind the sizing of those before it.
#[derive(Debug)]
pub(super) struct Lanes<T> {
    queues: HashMap<Lane, VecDeque<T>>,
    /// With the place of each among the turns of all endpoints.
    turns: VecDeque<(u64, Lane)>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self {
            queues: HashMap::new(),
            turns: VecDeque::new(),
        }
    }
}

impl<T> Lanes<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }

    /// The place of the next in turn; the smaller it is, the longer that lane has waited.
    pub(super) fn next_place(&self) -> Option<u64> {
        self.turns.front().map(|(place, _)| *place)
    }

    /// Waits in a lane, which gets that place if none waited in it.
    pub(super) fn push(&mut self, lane: Lane, waiter: T, place: u64) {
        let queue = self.queues.entry(lane).or_default();
        if queue.is_empty() {
            self.turns.push_back((place, lane));
        }
        queue.push_back(waiter);
    }

    /// The next in turn; its lane gets that place for the one behind it.
    pub(super) fn pop(&mut self, place: u64) -> Option<T> {
        let (_, lane) = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&lane)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&lane);
        } else {
            self.turns.push_back((place, lane));
        }
        waiter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_take_turns_and_a_listing_does_not_wait_for_the_sizing_of_its_bucket() {
        let (big, small) = (
            BucketName::new("big").unwrap(),
            BucketName::new("small").unwrap(),
        );
        let mut lanes = Lanes::default();
        for waiter in ["big 1", "big 2", "big 3"] {
            lanes.push(Lane::new(Some(&big), false), waiter, 0);
        }
        lanes.push(Lane::new(Some(&big), true), "page of big", 0);
        lanes.push(Lane::new(Some(&small), false), "small 1", 0);
        lanes.push(Lane::new(Some(&small), false), "small 2", 0);
        let order: Vec<_> = std::iter::from_fn(|| lanes.pop(0)).collect();
        let expected = [
            "big 1",
            "page of big",
            "small 1",
            "big 2",
            "small 2",
            "big 3",
        ];
        assert_eq!(order, expected);
        assert!(lanes.is_empty() && lanes.queues.is_empty());
    }
}
