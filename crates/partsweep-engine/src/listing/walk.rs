//! Walks the listing of one bucket, sending pages of uploads as they come.

use std::sync::Mutex;

use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::listing::ranges::Ranges;
use partsweep_core::provider::profile::{ListingTrust, PrefixMeaning};
use partsweep_core::provider::profiles::UNKNOWN;
use partsweep_core::{BucketName, Inspect, Listing, ListingOrder, StoreError, UploadPage};
use tokio::sync::{Semaphore, mpsc};

use super::budget::PageBudget;
use super::page::{Listed, is_refused_marker};
use super::parallel::{Ended, SideBySide};
use super::search::{KeysAsked, Search, SearchEnd, SearchLimits};
use super::seen::{Names, Noted};

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Walked {
    /// How far it can be believed.
    pub(crate) listing: Listing,
    /// Entries without a key or id.
    pub(crate) nameless: u64,
    /// What asking for keys one by one came to, if that was done.
    pub(crate) asked: Option<KeysAsked>,
}

/// Of a store whose listing is known for being whole.
const LEFT_OUT: &str = "its listing left out uploads that were found by their keys";

/// Lists the uploads below each prefix, and says how far the result can be believed (law 8).
///
/// With `search`, asks for keys one by one afterwards. Ends early if the receiver is gone.
pub(crate) async fn list<S: Inspect>(
    store: &S,
    bucket: &BucketName,
    prefixes: &[String],
    (room, extra): (&PageBudget, Option<&Semaphore>),
    pages: mpsc::Sender<Listed>,
    search: Option<SearchLimits<'_>>,
) -> Walked {
    let mut walk = Walk {
        store,
        bucket,
        room,
        extra,
        pages,
        // What the search finds is new only if the listing did not show it.
        seen: search.is_some().then(Names::default),
        any_page: false,
        shows_longer: false,
        nameless: 0,
    };
    let mut end = Ok(Step::Ended);
    for prefix in prefixes {
        let to_ask = store.provider_of(bucket).prefix.to_list(prefix);
        walk.shows_longer = false;
        let mut this = walk.through(to_ask, prefix).await;
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
    let mut walked = Walked {
        listing,
        nameless: walk.nameless,
        asked: None,
    };
    if let Some(limits) = search
        && !walk.pages.is_closed()
        // What is refused or can't be reached isn't so by a key.
        && !matches!(walked.listing, Listing::Denied(_) | Listing::Failed(_))
    {
        let search = Search {
            store,
            bucket,
            room,
            limits,
            pages: &walk.pages,
            seen: Mutex::new(walk.seen.take().unwrap_or_default()),
        };
        walked.search(search.run(prefixes).await);
    }
    walked
}

impl Walked {
    /// How many entries the listing itself had, if so many uploads were found in all.
    pub(crate) fn listed_of(&self, found: u64) -> u64 {
        let by_key = self.asked.map_or(0, |asked| asked.found);
        found.saturating_sub(by_key) + self.nameless
    }

    /// Adds what was found by key. It proves nothing of the other keys; and a search that failed, or found what a
    /// whole listing should have shown, makes the listing worth less (laws 8, 13).
    fn search(&mut self, searched: SearchEnd) {
        let SearchEnd {
            asked,
            nameless,
            error,
        } = searched;
        self.nameless += nameless;
        self.asked = Some(asked);
        let is_seen = matches!(self.listing, Listing::Complete | Listing::Unproven { .. });
        match (error, asked.found) {
            (Some(error), _) if is_seen => self.listing = Listing::Partial { error: Some(error) },
            (_, 1..) if self.listing.is_complete() => {
                self.listing = Listing::Unproven { why: LEFT_OUT };
            }
            (None, 1..) if !is_seen => {
                let error = self.listing.error().cloned();
                self.listing = Listing::Partial { error };
            }
            _ => {}
        }
    }
}

struct Walk<'a, S> {
    store: &'a S,
    bucket: &'a BucketName,
    room: &'a PageBudget,
    /// Pages that may be asked for beside the one that each bucket waits for, over all buckets;
    /// `None` to list one page after the other.
    extra: Option<&'a Semaphore>,
    pages: mpsc::Sender<Listed>,
    /// Everything sent so far, where two walks can meet the same upload: below an exact key, or
    /// after a listing side by side that proved impossible.
    seen: Option<Names>,
    any_page: bool,
    /// Whether a key is longer than the prefix that was asked for: then it isn't taken for an exact key.
    shows_longer: bool,
    nameless: u64,
}

impl<S: Inspect> Walk<'_, S> {
    /// Walks one listing; sends on only keys that start with `wanted`.
    async fn through(&mut self, prefix: &str, wanted: &str) -> Result<Step, StoreError> {
        let store = self.store.provider_of(self.bucket);
        let mut pager = Pager::new(prefix, store.key_marker_is_enough);
        let mut is_first = true;
        loop {
            let ask = pager.ask();
            let mut share = self.room.reserve(is_first).await;
            let mut page = match self
                .store
                .list_uploads(self.bucket, &ask.prefix, &ask.after)
                .await
            {
                Ok(page) => page,
                Err(error) if is_refused_marker(&error) && pager.refused().is_some() => continue,
                Err(error) => return Err(error),
            };
            self.room.fit(&mut share, is_first, page.uploads.len());
            self.any_page = true;
            self.nameless += page.nameless;
            // Only the first page shows all that was sent, if the order proves wrong later.
            let ranges = match std::mem::take(&mut is_first) {
                true if page.truncated && prefix == wanted && self.seen.is_none() => {
                    self.ranges(prefix, &page)
                }
                _ => None,
            };
            let step = pager.take(&mut page);
            page.uploads
                .retain(|upload| upload.address.key.as_str().starts_with(wanted));
            let length = prefix.len();
            let mut keys = page
                .uploads
                .iter()
                .map(|upload| upload.address.key.as_str());
            self.shows_longer |= keys.any(|key| key.len() > length);
            if let Some(seen) = &mut self.seen {
                page.uploads.retain(|upload| seen.insert(upload));
            }
            if self.must_filter_here(prefix) {
                self.seen.get_or_insert_default().extend(&page.uploads);
            }
            let mut names = Noted::default();
            if ranges.is_some() {
                names.extend(&page.uploads);
            }
            let listed = Listed::found(page.uploads, page.date, share);
            if !listed.uploads.is_empty() && self.pages.send(listed).await.is_err() {
                return Ok(Step::Stuck);
            }
            if !matches!(step, Step::Ask(_)) {
                return Ok(step);
            }
            if let Some(ranges) = ranges {
                return self.side_by_side(prefix, ranges, pager, names).await;
            }
        }
    }

    /// What a listing is cut into, if this is the first page of one that can be cut.
    fn ranges(&self, prefix: &str, first: &UploadPage) -> Option<Ranges> {
        let order = self.store.provider_of(self.bucket).order;
        if order == ListingOrder::Unknown {
            return None;
        }
        self.extra?;
        Ranges::new(order, prefix, first.uploads.clone())
    }

    /// Goes on side by side; alone again, from the beginning, if the order proves wrong.
    async fn side_by_side(
        &mut self,
        prefix: &str,
        ranges: Ranges,
        pager: Pager,
        names: Noted,
    ) -> Result<Step, StoreError> {
        let place = (self.bucket, prefix);
        let limits = (self.room, self.extra);
        let walk = SideBySide::new(self.store, place, &self.pages, limits, ranges, names);
        let (ended, nameless) = walk.run(pager).await;
        self.nameless += nameless;
        match ended {
            Ended::Walked(walked) => walked,
            Ended::Disordered(None) => Ok(Step::Stuck),
            Ended::Disordered(Some(names)) => {
                self.seen = Some(names.names());
                Box::pin(self.through(prefix, prefix)).await
            }
        }
    }

    /// Whether the store takes a prefix for the exact key, so that a listing of the whole bucket
    /// has to be filtered here (MinIO). Known only once it has answered; of a store that isn't known, nothing
    /// but a longer key shows that it doesn't (law 13).
    fn must_filter_here(&self, prefix: &str) -> bool {
        let store = self.store.provider_of(self.bucket);
        let may_be_key = match store.prefix {
            PrefixMeaning::ExactKey => true,
            PrefixMeaning::Prefix => store.id == UNKNOWN.id && !self.shows_longer,
            PrefixMeaning::Folder | PrefixMeaning::KeyOrFolder => false,
        };
        may_be_key && !prefix.is_empty()
    }
}
