//! Room in memory for the pages of a listing, over all buckets of a scan.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Uploads of pages that are asked for, or not sized yet: a page of 1,000 takes about 1 MB while it is
/// read and half of that until its last upload is sized.
const ROOM: u32 = 32_000;

/// Uploads on a page, of which the rest of a large bucket is made.
const PAGE: u32 = 1_000;

/// What is kept for the first page of a bucket at least: so many buckets can be begun at once.
const LEAST: u32 = ROOM / 256;

/// The room of one scan.
#[derive(Debug)]
pub(crate) struct PageBudget {
    left: Arc<Semaphore>,
    /// How long the first page of the next bucket will be, to judge by the last ones: nearly all
    /// buckets of most accounts are small, and ten thousand are not listed 32 at once.
    first: AtomicU32,
    listed: AtomicU64,
}

/// What one page takes of the room; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct BudgetPermit {
    permit: Option<OwnedSemaphorePermit>,
}

impl BudgetPermit {
    /// That of a page without uploads.
    pub(crate) const NONE: Self = Self { permit: None };
}

impl Default for PageBudget {
    fn default() -> Self {
        Self::of_pages(ROOM / PAGE)
    }
}

impl PageBudget {
    /// For so many pages of 1,000 uploads.
    pub(crate) fn of_pages(pages: u32) -> Self {
        Self {
            left: Arc::new(Semaphore::new((pages * PAGE) as usize)),
            first: AtomicU32::new(PAGE),
            listed: AtomicU64::new(0),
        }
    }

    /// Buckets that are begun at once at most: for so many there is room.
    pub(crate) const BUCKETS: usize = (ROOM / LEAST) as usize;

    /// Waits until there is room for a page that is to be asked for; `is_first` of its bucket.
    ///
    /// A bucket that holds a page may wait here for its next: what is held is given back as uploads
    /// are sized, and that needs no room.
    pub(crate) async fn reserve(&self, is_first: bool) -> BudgetPermit {
        let uploads = match is_first {
            true => self.first.load(Ordering::Relaxed),
            false => PAGE,
        };
        let permit = Arc::clone(&self.left).acquire_many_owned(uploads).await;
        // Closed never; without the permit only memory would be at stake.
        BudgetPermit {
            permit: permit.ok(),
        }
    }

    /// Fits what was reserved to the page that came. What is missing is taken if it is there, and not
    /// waited for: pages that wait for each other would wait for ever.
    pub(crate) fn fit(&self, share: &mut BudgetPermit, is_first: bool, uploads: usize) {
        self.listed.fetch_add(uploads as u64, Ordering::Relaxed);
        let uploads = u32::try_from(uploads).unwrap_or(u32::MAX);
        if is_first {
            let before = self.first.load(Ordering::Relaxed);
            let next = uploads.max(before / 8 * 7).clamp(LEAST, PAGE);
            self.first.store(next, Ordering::Relaxed);
        }
        let Some(permit) = &mut share.permit else {
            return;
        };
        let has = u32::try_from(permit.num_permits()).unwrap_or(u32::MAX);
        if let Some(too_much) = has.checked_sub(uploads) {
            drop(permit.split(too_much as usize));
        } else if let Ok(more) = Arc::clone(&self.left).try_acquire_many_owned(uploads - has) {
            permit.merge(more);
        }
    }

    /// How many uploads were on all pages so far, of which most may wait.
    pub(crate) fn listed(&self) -> u64 {
        self.listed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(room: &PageBudget) -> usize {
        room.left.available_permits()
    }

    #[tokio::test]
    async fn what_a_page_did_not_need_is_given_back_and_the_rest_when_it_is_dropped() {
        let room = PageBudget::default();
        let mut share = room.reserve(false).await;
        assert_eq!(left(&room), 31_000);
        room.fit(&mut share, false, 40);
        assert_eq!(left(&room), 31_960);
        drop(share);
        assert_eq!(left(&room), 32_000);
    }

    #[tokio::test]
    async fn a_longer_page_takes_more_and_never_waits() {
        let room = PageBudget::default();
        let mut share = room.reserve(false).await;
        room.fit(&mut share, false, 2_700);
        assert_eq!(left(&room), 29_300);
        let mut shares = vec![share];
        for _ in 0..29 {
            shares.push(room.reserve(false).await);
        }
        let last = shares.last_mut().unwrap();
        room.fit(last, false, 2_700);
        assert_eq!(left(&room), 300, "it is held all the same");
    }

    #[tokio::test]
    async fn many_small_buckets_are_begun_at_once_and_few_large_ones() {
        let room = PageBudget::default();
        for _ in 0..32 {
            let mut share = room.reserve(true).await;
            room.fit(&mut share, true, 3);
        }
        let begin_all = async || {
            let mut shares = Vec::new();
            while left(&room) >= room.first.load(Ordering::Relaxed) as usize {
                shares.push(room.reserve(true).await);
            }
            shares
        };
        let mut small = begin_all().await;
        assert_eq!(small.len(), PageBudget::BUCKETS);
        room.fit(&mut small[0], true, 1_000);
        drop(small);
        assert_eq!(begin_all().await.len(), 32, "one large one is a warning");
    }
}
