//! Walks the listing of one bucket, sending pages of uploads as they come.

use std::collections::HashSet;

use jiff::Timestamp;
use partsweep_core::pager::{Pager, Step};
use partsweep_core::provider::{ListingTrust, PrefixMeaning};
use partsweep_core::{
    BucketName, Inspect, Key, Listing, StoreError, StoreErrorKind, Upload, UploadId,
};
use tokio::sync::mpsc;

/// Uploads that are new, and the server's `Date` when they were listed.
pub(crate) struct Listed {
    pub(crate) uploads: Vec<Upload>,
    pub(crate) now: Option<Timestamp>,
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
    pages: mpsc::Sender<Listed>,
) -> Walked {
    let mut walk = Walk {
        store,
        bucket,
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
    pages: mpsc::Sender<Listed>,
    /// Everything sent so far, where two walks can meet the same upload: below an exact key.
    seen: Option<HashSet<(Key, UploadId)>>,
    any_page: bool,
    nameless: u64,
}

impl<S: Inspect> Walk<'_, S> {
    /// Walks one listing; sends on only keys that start with `wanted`.
    async fn through(&mut self, prefix: &str, wanted: &str) -> Result<Step, StoreError> {
        let mut pager = Pager::new(prefix, self.store.provider().key_marker_is_enough);
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
            let step = pager.take(&mut page);
            page.uploads
                .retain(|upload| upload.address.key.as_str().starts_with(wanted));
            if let Some(seen) = &mut self.seen {
                page.uploads.retain(|Upload { address, .. }| {
                    seen.insert((address.key.clone(), address.id.clone()))
                });
            }
            if !prefix.is_empty() && self.store.provider().prefix == PrefixMeaning::ExactKey {
                let name =
                    |upload: &Upload| (upload.address.key.clone(), upload.address.id.clone());
                self.seen
                    .get_or_insert_default()
                    .extend(page.uploads.iter().map(name));
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
        }
    }

    /// Whether the store takes a prefix for the exact key, so that a listing of the whole bucket
    /// has to be filtered here (MinIO). Known only once it has answered.
    fn must_filter_here(&self, prefix: &str) -> bool {
        !prefix.is_empty() && self.store.provider().prefix == PrefixMeaning::ExactKey
    }
}

fn is_refused_marker(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Refused && error.code.as_deref() == Some("InvalidArgument")
}
