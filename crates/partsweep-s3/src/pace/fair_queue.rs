//! Who waits for a slot, and whose turn it is.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use partsweep_core::{BucketName, Operation};

/// The queue that a request waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// An abort, which was decided on a look of a moment ago (law 4).
    Abort,
    /// What a look that was begun still needs, and what saves an object (law 12): neither can wait for
    /// looks that are yet to begin, or every look would be too old before its abort.
    Begun,
    /// One for the pages of a bucket's listing, one for the parts of its uploads. By 64 bits: two
    /// buckets that share one share their turns.
    Of(u64),
}

impl Lane {
    /// Where a request of this kind waits.
    pub(crate) fn of(operation: Operation, bucket: Option<&BucketName>) -> Self {
        use Operation as Op;
        match operation {
            Op::AbortMultipartUpload => Self::Abort,
            Op::ListMultipartUploads => Self::new(bucket, true),
            Op::ListBuckets | Op::GetBucketLocation | Op::ListParts => Self::new(bucket, false),
            _ => Self::Begun,
        }
    }

    pub(super) fn new(bucket: Option<&BucketName>, is_listing: bool) -> Self {
        let mut hasher = DefaultHasher::new();
        (bucket, is_listing).hash(&mut hasher);
        Self::Of(hasher.finish())
    }
}

/// Queues that take turns, so that a bucket with a million uploads delays one with ten by one request
/// at a time, and a page of a listing never waits behind the sizing of those before it.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    aborts: VecDeque<T>,
    begun: VecDeque<T>,
    queues: HashMap<Lane, VecDeque<T>>,
    /// With the place of each among the turns of all endpoints.
    turns: VecDeque<(u64, Lane)>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            aborts: VecDeque::new(),
            begun: VecDeque::new(),
            queues: HashMap::new(),
            turns: VecDeque::new(),
        }
    }
}

impl<T> FairQueue<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.aborts.is_empty() && self.begun.is_empty() && self.turns.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let others: usize = self.queues.values().map(VecDeque::len).sum();
        self.aborts.len() + self.begun.len() + others
    }

    /// The place of the next in turn; the smaller it is, the longer that lane has waited.
    pub(super) fn next_place(&self) -> Option<u64> {
        if !self.aborts.is_empty() || !self.begun.is_empty() {
            return Some(0);
        }
        self.turns.front().map(|(place, _)| *place)
    }

    /// Waits in a lane, which gets that place if none waited in it.
    pub(super) fn push(&mut self, lane: Lane, waiter: T, place: u64) {
        match lane {
            Lane::Abort => return self.aborts.push_back(waiter),
            Lane::Begun => return self.begun.push_back(waiter),
            Lane::Of(_) => {}
        }
        let queue = self.queues.entry(lane).or_default();
        if queue.is_empty() {
            self.turns.push_back((place, lane));
        }
        queue.push_back(waiter);
    }

    /// The next in turn; its lane gets that place for the one behind it.
    pub(super) fn pop(&mut self, place: u64) -> Option<T> {
        if let Some(first) = self.aborts.pop_front().or_else(|| self.begun.pop_front()) {
            return Some(first);
        }
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
        let mut lanes = FairQueue::default();
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

    #[test]
    fn what_was_begun_goes_before_what_is_yet_to_begin_and_aborts_go_first() {
        let bucket = BucketName::new("b").unwrap();
        let mut lanes = FairQueue::default();
        for waiter in ["parts 1", "parts 2"] {
            lanes.push(Lane::new(Some(&bucket), false), waiter, 1);
        }
        lanes.push(Lane::Begun, "head 1", 2);
        lanes.push(Lane::Abort, "abort 1", 3);
        lanes.push(Lane::Begun, "head 2", 4);
        assert_eq!((lanes.next_place(), lanes.len()), (Some(0), 5));
        let order: Vec<_> = std::iter::from_fn(|| lanes.pop(5)).collect();
        assert_eq!(order, ["abort 1", "head 1", "head 2", "parts 1", "parts 2"]);
        assert!(lanes.is_empty());
    }
}
