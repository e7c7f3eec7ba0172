//! What a bucket's index counts itself, beside what its listing showed.
//!
//! Ceph keeps a sum of uploads beside the entries that it lists. The two differ after an entry was lost or a shard was
//! damaged: then uploads may take space that no listing shows.

use std::future::Future;

use partsweep_core::{BucketName, BucketStats, Inspect, StoreError};
use tokio::sync::mpsc;

use super::targets::BucketTarget;
use crate::listing::budget::PageBudget;
use crate::listing::page::Listed;
use crate::listing::walk::{self, Walked};

/// How a listing stands to the store's own count.
#[derive(Debug, Clone)]
pub enum IndexCheck {
    /// So many were listed, and are counted.
    Agrees(u64),
    /// Two listings and four counts, one before and one after each, said the same.
    Differs {
        /// Uploads that were listed.
        listed: u64,
        /// Uploads that the index counts.
        counted: u64,
    },
    /// Uploads came or went meanwhile, so nothing is known.
    Changed,
    /// The count could not be read.
    Failed(StoreError),
    /// The store gave no number that can be one.
    Unreadable,
}

impl IndexCheck {
    /// Whether there may be uploads that were not listed, as far as is known (law 8). Where fewer are counted than
    /// listed, all were seen.
    pub fn may_hide_uploads(&self) -> bool {
        match self {
            Self::Agrees(_) | Self::Changed => false,
            Self::Differs { listed, counted } => counted > listed,
            Self::Failed(_) | Self::Unreadable => true,
        }
    }
}

/// The counts before and after a listing.
#[derive(Debug)]
pub(super) struct IndexCounts {
    before: Result<BucketStats, StoreError>,
    after: Option<Result<BucketStats, StoreError>>,
}

/// Asks for the count before a listing and again after it, if that is wanted and the listing came to its end.
pub(super) async fn counted<S: Inspect>(
    store: &S,
    bucket: &BucketName,
    is_wanted: bool,
    listing: impl Future<Output = Walked>,
) -> (Walked, Option<IndexCounts>) {
    if !is_wanted {
        return (listing.await, None);
    }
    let before = Box::pin(store.bucket_stats(bucket)).await;
    let walked = listing.await;
    let after = match walked.listing.is_complete() && before.is_ok() {
        true => Some(Box::pin(store.bucket_stats(bucket)).await),
        false => None,
    };
    (walked, Some(IndexCounts { before, after }))
}

/// Lists a bucket once more, and only counts; none if it didn't come to the end.
pub(super) async fn recount<S: Inspect>(
    store: &S,
    target: &BucketTarget,
    room: &PageBudget,
) -> Option<(u64, IndexCounts)> {
    let (pages, mut listed) = mpsc::channel::<Listed>(1);
    let walk = walk::list(
        store,
        &target.bucket,
        &target.prefixes,
        (room, None),
        pages,
        None,
    );
    let counting = async {
        let mut uploads = 0;
        while let Some(page) = listed.recv().await {
            uploads += page.uploads.len() as u64;
        }
        uploads
    };
    let ((walked, counts), uploads) =
        tokio::join!(counted(store, &target.bucket, true, walk), counting);
    let counts = counts.filter(|_| walked.listing.is_complete())?;
    Some((walked.listed_of(uploads), counts))
}

impl IndexCounts {
    /// The owner, as far as it was told.
    pub(super) fn owner(&self) -> Option<String> {
        self.before.as_ref().ok()?.owner.clone()
    }

    /// Compares a complete listing. A difference counts only if a second listing, asked for by `again`, shows the same:
    /// an upload that ends while another begins leaves the sum as it was.
    pub(super) async fn compare<F>(
        self,
        listed: u64,
        again: impl FnOnce() -> F,
    ) -> (Option<String>, Option<IndexCheck>)
    where
        F: Future<Output = Option<(u64, Self)>>,
    {
        let owner = self.owner();
        let first = self.check(listed);
        let IndexCheck::Differs { counted, .. } = first else {
            return (owner, Some(first));
        };
        let check = match again().await {
            Some((relisted, counts)) => match counts.check(relisted) {
                IndexCheck::Differs { counted: now, .. }
                    if (relisted, now) != (listed, counted) =>
                {
                    IndexCheck::Changed
                }
                check => check,
            },
            None => IndexCheck::Changed,
        };
        (owner, Some(check))
    }

    fn check(self, listed: u64) -> IndexCheck {
        let (before, after) = match (self.before, self.after) {
            (Ok(before), Some(Ok(after))) => (before.uploads, after.uploads),
            (Err(error), _) | (_, Some(Err(error))) => return IndexCheck::Failed(error),
            (Ok(_), None) => return IndexCheck::Changed,
        };
        match (before, after) {
            (Some(before), Some(after)) if before == listed || after == listed => {
                IndexCheck::Agrees(listed)
            }
            (Some(before), Some(after)) if before == after => IndexCheck::Differs {
                listed,
                counted: after,
            },
            (Some(_), Some(_)) => IndexCheck::Changed,
            _ => IndexCheck::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use partsweep_core::{Operation, StoreErrorKind};

    use super::*;

    fn counts(before: u64, after: u64) -> IndexCounts {
        let stats = |uploads| BucketStats {
            owner: Some("alice".to_owned()),
            uploads: Some(uploads),
        };
        IndexCounts {
            before: Ok(stats(before)),
            after: Some(Ok(stats(after))),
        }
    }

    async fn compared(first: (u64, u64, u64), second: Option<(u64, u64, u64)>) -> IndexCheck {
        let (before, listed, after) = first;
        let second = second.map(|(before, listed, after)| (listed, counts(before, after)));
        let check = counts(before, after).compare(listed, async || second);
        check.await.1.unwrap()
    }

    #[tokio::test]
    async fn only_a_difference_that_both_counts_and_a_second_listing_show_is_one() {
        let differs = compared((5, 4, 5), Some((5, 4, 5))).await;
        assert!(matches!(
            differs,
            IndexCheck::Differs {
                listed: 4,
                counted: 5
            }
        ));
        assert!(differs.may_hide_uploads());
        let fewer = compared((3, 4, 3), Some((3, 4, 3))).await;
        assert!(matches!(fewer, IndexCheck::Differs { .. }) && !fewer.may_hide_uploads());
        for agrees in [(4, 4, 4), (4, 4, 5), (3, 4, 4)] {
            let check = compared(agrees, None).await;
            assert!(matches!(check, IndexCheck::Agrees(4)), "{agrees:?}");
        }
        let settled = compared((5, 4, 5), Some((5, 5, 5))).await;
        assert!(matches!(settled, IndexCheck::Agrees(5)));
        for moving in [
            compared((3, 4, 6), None).await,
            compared((5, 4, 5), None).await,
            compared((5, 4, 5), Some((6, 5, 6))).await,
            compared((5, 4, 5), Some((6, 5, 7))).await,
        ] {
            assert!(matches!(moving, IndexCheck::Changed), "{moving:?}");
        }
    }

    #[tokio::test]
    async fn what_could_not_be_counted_is_not_taken_for_equal() {
        let kind = StoreErrorKind::Denied;
        let denied = IndexCounts {
            before: Err(StoreError::new(Operation::GetBucketStats, None, kind)),
            after: None,
        };
        let (owner, check) = denied.compare(0, async || None).await;
        assert!(owner.is_none() && check.unwrap().may_hide_uploads());
        let mut unreadable = counts(0, 0);
        unreadable.after = Some(Ok(BucketStats::default()));
        let (_, check) = unreadable.compare(0, async || None).await;
        assert!(check.unwrap().may_hide_uploads());
    }
}
