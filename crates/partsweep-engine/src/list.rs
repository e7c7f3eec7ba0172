//! Walks the listing of one bucket, sending pages of uploads as they come.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use partsweep_core::pager::{Pager, Step};
use partsweep_core::provider::{ListingTrust, PrefixMeaning};
use partsweep_core::{
    BucketName, Inspect, Listing, ListingOrder, StoreError, StoreErrorKind, Upload, UploadAddress,
    UploadPage,
};
use tokio::sync::mpsc;

use crate::ranges::{Ended, FirstPage, SideBySide};

/// Uploads that are new, and the server's `Date` when they were listed.
pub(crate) struct Listed {
    pub(crate) uploads: Vec<Upload>,
    pub(crate) now: Option<Timestamp>,
}

/// Remembers which uploads were seen, by 64 bits of each: among 250,000 one in a billion runs would
/// take two for one.
#[derive(Debug, Default)]
pub(crate) struct Names {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl Names {
    /// Adds an upload; false if it was there.
    pub(crate) fn insert(&mut self, upload: &Upload) -> bool {
        let UploadAddress { key, id, .. } = &upload.address;
        self.hashes.insert(self.hasher.hash_one((key, id)))
    }

    pub(crate) fn extend(&mut self, uploads: &[Upload]) {
        for upload in uploads {
            self.insert(upload);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }
}

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Walked {
    /// How far it can be believed.
    pub(crate) listing: Listing,
    /// Entries without a key or id.
    pub(crate) nameless: u64,
}

/// Lists the uploads below each prefix, and says how far the result can be believed (law 8).
///
/// Ends early if the receiver is gone.
pub(crate) async fn list<S: Inspect>(
    store: &S,
    bucket: &BucketName,
    prefixes: &[String],
    workers: usize,
    pages: mpsc::Sender<Listed>,
) -> Walked {
    let mut walk = Walk {
        store,
        bucket,
        workers,
        pages,
        seen: None,
        any_page: false,
        nameless: 0,
    };
    let mut end = Ok(Step::Ended);
    for prefix in prefixes {
        let mut this = walk.through(prefix, prefix).await;
        if matches!(this, Ok(Step::Ended)) && walk.must_filter_here(prefix) {
            this = walk.through("", prefix).await;
        }
        // The first trouble is told; a prefix that is denied does not hide the next.
        if matches!(end, Ok(Step::Ended)) {
            end = this;
        }
        if walk.pages.is_closed() {
            break;
        }
    }
    let listing = match end {
        Ok(Step::Ended) => match store.provider().listing {
            ListingTrust::Whole => Listing::Complete,
            ListingTrust::Gaps(why) => Listing::Unproven { why },
        },
        Ok(Step::Stuck | Step::Ask(_)) => Listing::Partial { error: None },
        Err(error) if walk.any_page => Listing::Partial { error: Some(error) },
        Err(error) => Listing::from_error(error),
    };
    Walked {
        listing,
        nameless: walk.nameless,
    }
}

struct Walk<'a, S> {
    store: &'a S,
    bucket: &'a BucketName,
    /// Pages asked for side by side at most.
    workers: usize,
    pages: mpsc::Sender<Listed>,
    /// Everything sent so far, where two walks can meet the same upload: below an exact key, or
    /// after a listing side by side that proved impossible.
    seen: Option<Names>,
    any_page: bool,
    nameless: u64,
}

impl<S: Inspect> Walk<'_, S> {
    /// Walks one listing; sends on only keys that start with `wanted`.
    async fn through(&mut self, prefix: &str, wanted: &str) -> Result<Step, StoreError> {
        let mut pager = Pager::new(prefix, self.store.provider().key_marker_is_enough);
        let mut is_first = true;
        loop {
            let ask = pager.ask();
            let mut page = match self
                .store
                .list_uploads(self.bucket, &ask.prefix, &ask.after)
                .await
            {
                Ok(page) => page,
                Err(error) if is_refused_marker(&error) && pager.refused().is_some() => continue,
                Err(error) => return Err(error),
            };
            self.any_page = true;
            self.nameless += page.nameless;
            // Only the first page shows all that was sent, if the order proves wrong later.
            let ends = match std::mem::take(&mut is_first) {
                true => self.can_be_cut(&page),
                false => None,
            };
            let step = pager.take(&mut page);
            page.uploads
                .retain(|upload| upload.address.key.as_str().starts_with(wanted));
            if let Some(seen) = &mut self.seen {
                page.uploads.retain(|upload| seen.insert(upload));
            }
            if !prefix.is_empty() && self.store.provider().prefix == PrefixMeaning::ExactKey {
                self.seen.get_or_insert_default().extend(&page.uploads);
            }
            let mut names = Names::default();
            if ends.is_some() {
                names.extend(&page.uploads);
            }
            let listed = Listed {
                uploads: page.uploads,
                now: page.date,
            };
            if !listed.uploads.is_empty() && self.pages.send(listed).await.is_err() {
                return Ok(Step::Stuck);
            }
            if !matches!(step, Step::Ask(_)) {
                return Ok(step);
            }
            if let Some((first, last)) = ends
                && prefix == wanted
                && self.seen.is_none()
            {
                let first = FirstPage {
                    pager,
                    first,
                    last,
                    names,
                };
                return self.side_by_side(prefix, first).await;
            }
        }
    }

    /// The first and last upload of a page of a store whose listings can be cut.
    fn can_be_cut(&self, page: &UploadPage) -> Option<(UploadAddress, UploadAddress)> {
        let order = self.store.provider().order;
        let addresses = page.uploads.iter().map(|upload| &upload.address);
        let can_be = self.workers > 1
            && order != ListingOrder::Unknown
            && addresses.is_sorted_by(|a, b| order.is_ascending(a, b));
        let (first, last) = (page.uploads.first()?, page.uploads.last()?);
        can_be.then(|| (first.address.clone(), last.address.clone()))
    }

    /// Goes on side by side; alone again, from the beginning, if the order proves wrong.
    async fn side_by_side(&mut self, prefix: &str, first: FirstPage) -> Result<Step, StoreError> {
        let place = (self.bucket, prefix);
        let walk = SideBySide::new(self.store, place, &self.pages, self.workers, first);
        let (ended, nameless) = walk.run().await;
        self.nameless += nameless;
        match ended {
            Ended::Walked(walked) => walked,
            Ended::Disordered(None) => Ok(Step::Stuck),
            Ended::Disordered(Some(names)) => {
                self.seen = Some(names);
                Box::pin(self.through(prefix, prefix)).await
            }
        }
    }

    /// Whether the store takes a prefix for the exact key, so that a listing of the whole bucket
    /// has to be filtered here (MinIO). Known only once it has answered.
    fn must_filter_here(&self, prefix: &str) -> bool {
        !prefix.is_empty() && self.store.provider().prefix == PrefixMeaning::ExactKey
    }
}

pub(crate) fn is_refused_marker(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Refused && error.code.as_deref() == Some("InvalidArgument")
}
