//! Where the data of objects is, and who still refers to it.
//!
//! On Ceph a copy refers to the data of its source instead of having its own, and what nobody
//! refers to any more goes at the next garbage collection, not before. Which object is whole after
//! an abort that crossed its complete, and after a copy to another key and back, follows from that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::locks::lock;
use crate::wire::answer::Refusal;

/// Whether the data of an object can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// It can.
    Whole,
    /// It can as long as a copy of it exists.
    Borrowed,
    /// It can until the next garbage collection.
    Doomed,
    /// Collected: HEAD 200, GET 404 NoSuchKey.
    Collected,
    /// Its segments are gone: HEAD 200, GET 409.
    SegmentsGone,
}

impl Data {
    /// Whether GetObject gives it now.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Whole | Self::Borrowed | Self::Doomed)
    }

    /// How GetObject and copies refuse what cannot be read.
    pub(crate) fn readable(self) -> Result<(), Refusal> {
        match self {
            Self::Whole | Self::Borrowed | Self::Doomed => Ok(()),
            Self::Collected => Err(Refusal::no_such_key()),
            Self::SegmentsGone => Err(Refusal::new(409, "Conflict")),
        }
    }
}

/// Data, and how many objects hold it.
#[derive(Debug, Default)]
struct Extent(Mutex<Holders>);

#[derive(Debug, Default)]
struct Holders {
    count: usize,
    lost: Option<Data>,
}

/// What an object has of its data; dropping it is what a store does with an object's data when the
/// object is deleted or overwritten.
#[derive(Debug)]
pub(crate) struct Hold(Arc<ExtentRef>);

#[derive(Debug)]
struct ExtentRef {
    stretch: Arc<Extent>,
    /// Whether the store still counts it.
    counts: AtomicBool,
}

impl Hold {
    /// Data of its own.
    pub(crate) fn fresh() -> Self {
        Self::on(Arc::default())
    }

    /// Data whose segments are gone.
    pub(crate) fn segments_gone() -> Self {
        let hold = Self::fresh();
        lock(&hold.0.stretch.0).lost = Some(Data::SegmentsGone);
        hold
    }

    /// Another hold on the same data.
    pub(crate) fn share(&self) -> Self {
        Self::on(Arc::clone(&self.0.stretch))
    }

    fn on(stretch: Arc<Extent>) -> Self {
        lock(&stretch.0).count += 1;
        Self(Arc::new(ExtentRef {
            stretch,
            counts: AtomicBool::new(true),
        }))
    }

    /// What can make it count no more, even after the object has moved on.
    pub(crate) fn trigger(&self) -> Trigger {
        Trigger(Arc::clone(&self.0))
    }

    pub(crate) fn data(&self) -> Data {
        let holders = lock(&self.0.stretch.0);
        match holders.lost {
            Some(lost) => lost,
            None if self.0.counts.load(Ordering::Relaxed) => Data::Whole,
            None if holders.count > 0 => Data::Borrowed,
            None => Data::Doomed,
        }
    }

    /// Takes the data away if nothing that counts holds it.
    pub(crate) fn collect(&self) {
        let mut holders = lock(&self.0.stretch.0);
        if holders.count == 0 && holders.lost.is_none() {
            holders.lost = Some(Data::Collected);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl ExtentRef {
    fn give_up(&self) {
        if self.counts.swap(false, Ordering::Relaxed) {
            lock(&self.stretch.0).count -= 1;
        }
    }
}

/// What an abort pulls that dooms the data of an object.
#[derive(Debug)]
pub(crate) struct Trigger(Arc<ExtentRef>);

impl Trigger {
    pub(crate) fn pull(&self) {
        self.0.give_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_to_a_spare_key_and_back_outlives_the_collection() {
        let object = Hold::fresh();
        object.trigger().pull();
        assert_eq!(object.data(), Data::Doomed);
        let spare = object.share();
        assert_eq!(object.data(), Data::Borrowed);
        let back = spare.share();
        drop((object, spare));
        back.collect();
        assert_eq!(back.data(), Data::Whole);
    }

    #[test]
    fn a_copy_alone_keeps_the_original_only_while_it_is_there() {
        let object = Hold::fresh();
        object.trigger().pull();
        let copy = object.share();
        object.collect();
        assert!(object.data().is_readable());
        drop(copy);
        object.collect();
        assert_eq!(object.data(), Data::Collected);
    }
}
