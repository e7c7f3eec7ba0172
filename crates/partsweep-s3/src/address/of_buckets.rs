//! A word kept for each of many buckets.

use std::collections::HashMap;
use std::sync::Arc;

use partsweep_core::{BucketList, BucketName};

/// Words that are told apart by a number; more than any store has regions.
const MOST_WORDS: usize = 1_000;

/// A word for each bucket: two bytes for one of the list of buckets, where a map would take two hundred.
#[derive(Debug, Default)]
pub(super) struct OfBuckets {
    list: BucketList,
    /// By the bucket's place in the list, the word's number counted from 1.
    of_listed: Vec<u16>,
    words: Vec<Arc<str>>,
    /// Of buckets that are not in the list.
    others: HashMap<BucketName, Arc<str>>,
}

impl OfBuckets {
    pub(super) fn get(&self, bucket: &BucketName) -> Option<Arc<str>> {
        let of_listed = || {
            let at = self.list.position(bucket.as_str())?;
            let number = usize::from(*self.of_listed.get(at)?);
            self.words.get(number.checked_sub(1)?)
        };
        of_listed().or_else(|| self.others.get(bucket)).cloned()
    }

    pub(super) fn put(&mut self, bucket: &BucketName, word: &str) {
        match self.list.position(bucket.as_str()) {
            Some(at) => self.put_at(at, word),
            None => {
                let word = self
                    .word(word)
                    .map_or_else(|| Arc::from(word), |(word, _)| word);
                self.others.insert(bucket.clone(), word);
            }
        }
    }

    /// Takes this list from now on, with the regions that it names if they are wanted; what is known of buckets stays.
    pub(super) fn take_list(&mut self, list: &BucketList, with_regions: bool) {
        let before = std::mem::replace(&mut self.list, list.clone());
        let numbers = std::mem::take(&mut self.of_listed);
        for (at, number) in numbers.into_iter().enumerate() {
            let word = usize::from(number)
                .checked_sub(1)
                .and_then(|at| self.words.get(at));
            if let (Some(word), Some(bucket)) = (word.cloned(), before.bucket(at)) {
                self.put(&bucket, &word);
            }
        }
        for (bucket, word) in std::mem::take(&mut self.others) {
            self.put(&bucket, &word);
        }
        for at in (0..list.len()).filter(|_| with_regions) {
            if let Some(region) = list.region(at) {
                self.put_at(at, region);
            }
        }
    }

    fn put_at(&mut self, at: usize, word: &str) {
        let number = match self.word(word) {
            Some((_, number)) => number,
            None => {
                // Not of this bucket any more.
                let bucket = self.list.bucket(at);
                let word = Arc::from(word);
                self.others.extend(bucket.map(|bucket| (bucket, word)));
                0
            }
        };
        if self.of_listed.len() <= at {
            self.of_listed.resize(self.list.len(), 0);
        }
        if let Some(kept) = self.of_listed.get_mut(at) {
            *kept = number;
        }
    }

    /// A word and its number; none if there are too many.
    fn word(&mut self, word: &str) -> Option<(Arc<str>, u16)> {
        let at = match self.words.iter().position(|known| **known == *word) {
            Some(at) => at,
            None if self.words.len() < MOST_WORDS => {
                self.words.push(Arc::from(word));
                self.words.len() - 1
            }
            None => return None,
        };
        let number = u16::try_from(at + 1).ok()?;
        Some((Arc::clone(self.words.get(at)?), number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_when_a_list_comes_and_when_there_are_too_many_of_them() {
        let bucket = |n: usize| BucketName::new(format!("b{n}")).unwrap();
        let mut list = BucketList::default();
        for n in 0..3_000 {
            list.push(bucket(n).as_str(), (n == 7).then_some("of the list"));
        }
        let mut kept = OfBuckets::default();
        kept.put(&bucket(1), "early");
        kept.put(&bucket(9_999), "elsewhere");
        for _ in 0..2 {
            kept.take_list(&list, true);
            assert_eq!(kept.get(&bucket(1)).as_deref(), Some("early"));
            assert_eq!(kept.get(&bucket(7)).as_deref(), Some("of the list"));
            assert_eq!(kept.get(&bucket(9_999)).as_deref(), Some("elsewhere"));
            assert_eq!(kept.get(&bucket(2_999)), None);
        }
        for n in 0..3_000 {
            kept.put(&bucket(n), &format!("word {n}"));
        }
        let mut short = BucketList::default();
        short.push("b5", None);
        for list in [list, short] {
            kept.take_list(&list, false);
            for n in [0, 5, 900, 1_500, 2_999] {
                let word = format!("word {n}");
                assert_eq!(kept.get(&bucket(n)).as_deref(), Some(&*word));
            }
        }
        kept.put(&bucket(5), "word 5b");
        assert_eq!(kept.get(&bucket(5)).as_deref(), Some("word 5b"));
    }
}
