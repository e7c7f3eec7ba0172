//! Counts what is to be sized ahead of the sizing: a large scan says what it costs while it has cost
//! little.
//!
//! Pages wait for the sizing of those before them, so the listing itself learns of a million uploads
//! only when most are sized.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use crate::listing::budget::PageBudget;

/// Uploads listed, from which on it is worth a second listing to know how many more there are: near what
/// waits for its size at most.
const MANY: u64 = 20_000;

/// Uploads to size for each page so far, at least: then the second listing is a hundredth of the
/// requests. Ten thousand buckets of one upload are not listed twice.
const PER_PAGE: u64 = 100;

/// Pages that are counted at once: 4 MB, and a hundred times as fast as their uploads are sized.
const PAGES: u32 = 4;

/// Uploads seen in a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// All that are looked at.
    pub(crate) uploads: u64,
    /// Those that are asked for their parts.
    pub(crate) to_size: u64,
}

/// Who counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The listing whose uploads are sized.
    Scan,
    /// The one that runs ahead.
    Ahead,
}

/// What is known of the number of uploads, bucket by bucket.
#[derive(Debug)]
pub(crate) struct Ahead {
    known: Mutex<Known>,
    is_worth_it: Notify,
    /// Its pages have room of their own: they would wait for the sizing otherwise.
    pub(crate) room: PageBudget,
    pub(crate) extra_pages: Semaphore,
}

#[derive(Debug)]
struct Known {
    /// By number, those in which uploads were seen: most of a million have none.
    buckets: HashMap<usize, Bucket>,
    /// Whether each was scanned to its end.
    is_done: Vec<bool>,
    /// By the scan itself, over all buckets, of pages that wait no longer.
    to_size: u64,
    pages: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    by_scan: Count,
    ahead: Count,
}

impl Bucket {
    fn count(&self) -> Count {
        Count {
            uploads: self.by_scan.uploads.max(self.ahead.uploads),
            to_size: self.by_scan.to_size.max(self.ahead.to_size),
        }
    }
}

impl Ahead {
    /// Of so many buckets.
    pub(crate) fn new(buckets: usize) -> Self {
        Self {
            known: Mutex::new(Known {
                buckets: HashMap::new(),
                is_done: vec![false; buckets],
                to_size: 0,
                pages: 0,
            }),
            is_worth_it: Notify::new(),
            room: PageBudget::of_pages(PAGES),
            extra_pages: Semaphore::new(PAGES as usize - 1),
        }
    }

    /// Buckets that are counted at once.
    pub(crate) const BUCKETS: usize = PAGES as usize;

    /// Adds a page of a bucket; `listed` are those on all pages of the scan so far, of which many may
    /// wait. Returns what was not known before.
    pub(crate) fn add(&self, bucket: usize, by: By, page: Count, listed: u64) -> Count {
        let mut known = self.known();
        if by == By::Scan {
            known.to_size += page.to_size;
            known.pages += 1;
            if listed > MANY && known.to_size >= PER_PAGE.saturating_mul(known.pages) {
                self.is_worth_it.notify_one();
            }
        }
        if page == Count::default() {
            return page;
        }
        let bucket = known.buckets.entry(bucket).or_default();
        let before = bucket.count();
        let count = match by {
            By::Scan => &mut bucket.by_scan,
            By::Ahead => &mut bucket.ahead,
        };
        count.uploads += page.uploads;
        count.to_size += page.to_size;
        let after = bucket.count();
        Count {
            uploads: after.uploads - before.uploads,
            to_size: after.to_size - before.to_size,
        }
    }

    /// A bucket was scanned to its end.
    pub(crate) fn done(&self, bucket: usize) {
        let mut known = self.known();
        let seen = known.buckets.get(&bucket);
        // An empty page is a request, too.
        let is_empty = seen.is_none_or(|seen| seen.by_scan.uploads == 0);
        known.pages += u64::from(is_empty);
        if let Some(is_done) = known.is_done.get_mut(bucket) {
            *is_done = true;
        }
    }

    pub(crate) fn is_done(&self, bucket: usize) -> bool {
        let known = self.known();
        known.is_done.get(bucket) == Some(&true)
    }

    /// Waits until there is so much to size that counting all of it costs little beside.
    pub(crate) async fn worth_it(&self) {
        self.is_worth_it.notified().await;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
