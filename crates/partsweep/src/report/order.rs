//! Buckets one by one, in the order in which they were named.
//!
//! They are scanned side by side, so a fast one waits for those before it: as text, in a [`Spool`],
//! where it takes no memory by the upload.

use std::collections::HashMap;
use std::io::{self, Write};

use partsweep_core::{BucketList, BucketName};

use crate::report::spool::{Spool, Stream};

/// What was made of each bucket, in order.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    order: BucketList,
    /// How many of them are through.
    through: usize,
    done: HashMap<BucketName, T>,
}

impl<T> InOrder<T> {
    /// No bucket is named yet.
    pub(crate) fn new() -> Self {
        Self {
            order: BucketList::default(),
            through: 0,
            done: HashMap::new(),
        }
    }

    /// These buckets will come.
    pub(crate) fn expect(&mut self, names: &BucketList) {
        self.order = names.clone();
    }

    /// Whether it is the turn of this bucket.
    pub(crate) fn is_next(&self, bucket: &BucketName) -> bool {
        self.order.get(self.through) == Some(bucket.as_str())
    }

    /// The bucket whose turn it is needs nothing to wait for it.
    pub(crate) fn pass(&mut self) {
        self.through += 1;
    }

    /// A bucket is done.
    pub(crate) fn put(&mut self, bucket: BucketName, made: T) {
        self.done.insert(bucket, made);
    }

    /// The next bucket in order, if it is done.
    pub(crate) fn next(&mut self) -> Option<T> {
        let made = self.done.remove(self.order.get(self.through)?)?;
        self.through += 1;
        Some(made)
    }
}

/// Text about buckets, written in order: that of the bucket whose turn it is goes straight through.
pub(crate) struct InTurn {
    order: BucketList,
    /// How many of them are through.
    through: usize,
    spool: Spool,
    waiting: HashMap<BucketName, WaitingText>,
}

struct WaitingText {
    text: Stream,
    done: bool,
}

impl InTurn {
    /// No bucket is named yet. What waits does so here.
    pub(crate) fn new(spool: Spool) -> Self {
        Self {
            order: BucketList::default(),
            through: 0,
            spool,
            waiting: HashMap::new(),
        }
    }

    /// These buckets will come.
    pub(crate) fn expect(&mut self, names: &BucketList) {
        self.order = names.clone();
    }

    /// Where the text of this bucket goes at the moment.
    pub(crate) fn place<'a>(
        &'a mut self,
        bucket: &BucketName,
        out: &'a mut dyn Write,
    ) -> &'a mut dyn Write {
        if self.order.get(self.through) == Some(bucket.as_str()) {
            return out;
        }
        &mut self.waiting(bucket).text
    }

    /// A bucket is done: those that waited for it alone follow.
    pub(crate) fn end(&mut self, bucket: &BucketName, out: &mut dyn Write) -> io::Result<()> {
        if self.order.get(self.through) != Some(bucket.as_str()) {
            self.waiting(bucket).done = true;
            return Ok(());
        }
        self.through += 1;
        while let Some(next) = self.order.get(self.through)
            && let Some(waited) = self.waiting.remove(next)
        {
            waited.text.read().copy_to(out)?;
            if !waited.done {
                break;
            }
            self.through += 1;
        }
        Ok(())
    }

    fn waiting(&mut self, bucket: &BucketName) -> &mut WaitingText {
        self.waiting
            .entry(bucket.clone())
            .or_insert_with(|| WaitingText {
                text: self.spool.stream(),
                done: false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<BucketName> {
        let names = names.iter();
        names.map(|name| BucketName::new(name).unwrap()).collect()
    }

    #[test]
    fn a_fast_bucket_waits_for_those_before_it() {
        let mut buckets = InOrder::new();
        let mut seen = Vec::new();
        buckets.expect(&names(&["a", "b", "c"]).iter().collect());
        for bucket in ["c", "a", "b"] {
            buckets.put(BucketName::new(bucket).unwrap(), bucket);
            while let Some(made) = buckets.next() {
                seen.push(format!("{made} after {bucket}"));
            }
        }
        assert_eq!(seen, ["a after a", "b after b", "c after b"]);
    }

    #[test]
    fn the_bucket_whose_turn_it_is_is_written_at_once_and_the_others_behind_it() {
        let all = names(&["a", "b", "c"]);
        let [a, b, c] = &all[..] else { unreachable!() };
        let mut turns = InTurn::new(Spool::default());
        let mut out = Vec::new();
        turns.expect(&all.iter().collect());
        let mut write = |turns: &mut InTurn, bucket, text: &str| {
            let place = turns.place(bucket, &mut out);
            place.write_all(text.as_bytes()).unwrap();
            String::from_utf8(out.clone()).unwrap()
        };
        assert_eq!(write(&mut turns, b, "b1"), "");
        assert_eq!(write(&mut turns, a, "a1"), "a1");
        assert_eq!(write(&mut turns, c, "c1"), "a1");
        turns.end(c, &mut out).unwrap();
        turns.end(a, &mut out).unwrap();
        assert_eq!(out, b"a1b1");
        turns.place(b, &mut out).write_all(b"b2").unwrap();
        assert_eq!(out, b"a1b1b2");
        turns.end(b, &mut out).unwrap();
        assert_eq!(out, b"a1b1b2c1");
    }
}
