//! Lists one bucket side by side, where the store's order lets it be cut.
//!
//! Which ranges there are is decided by [`Ranges`], page by page; here they are asked for. The order
//! is checked on every page and at every seam, and at the first doubt all this ends, and the bucket
//! is listed from its beginning by one.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use partsweep_core::listing::pager::{Ask, Pager, Step};
use partsweep_core::listing::ranges::{Boundary, BoundaryCheck, Disorder, RangeId, Ranges};
use partsweep_core::{BucketName, Inspect, ListingOrder, StoreError, UploadPage};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

use super::budget::{BudgetPermit, PageBudget};
use super::page::{Listed, is_refused_marker};
use super::seen::Noted;

/// Pages asked for side by side at most, over all buckets: 256 were no faster than 32, with more
/// pages that showed nothing new (measured on 100,000 uploads).
pub(crate) const MOST: usize = 32;

/// Names that are remembered, so that none is sent twice if the order proves wrong. Beyond that
/// many the order was seen to hold on hundreds of pages, and a doubt makes the listing partial.
const REMEMBERED: usize = 250_000;

/// How a listing side by side ended.
pub(crate) enum Ended {
    /// Every range came to its end, or one did not.
    Walked(Result<Step, StoreError>),
    /// The store does not list in the order that it is known for. These were sent already; none
    /// if there are too many to tell.
    Disordered(Option<Noted>),
}

/// A listing whose first page was seen.
pub(crate) struct SideBySide<'a, S> {
    lister: BucketLister<'a, S>,
    pages: &'a mpsc::Sender<Listed>,
    extra: Option<&'a Semaphore>,
    ranges: Ranges,
    /// What each range that is over asked last: to ask again, if its seam is in doubt.
    last_asks: HashMap<RangeId, Ask>,
    names: Option<Noted>,
    nameless: u64,
    stuck: bool,
}

/// One range on its way.
struct RangeWalk<'a> {
    id: RangeId,
    pager: Pager,
    /// `None` for the one page that every bucket may wait for.
    _permit: Option<SemaphorePermit<'a>>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "moved once per page, and kept nowhere"
)]
enum News<'a> {
    Page(RangeWalk<'a>, BudgetPermit, Result<UploadPage, StoreError>),
    /// Whether a seam held when it was looked at again.
    BoundaryCheck(Result<bool, StoreError>),
}

enum End {
    Failed(StoreError),
    Disordered,
    NoReader,
}

impl From<Disorder> for End {
    fn from(Disorder: Disorder) -> Self {
        Self::Disordered
    }
}

impl<'a, S: Inspect> SideBySide<'a, S> {
    pub(crate) fn new(
        store: &'a S,
        (bucket, prefix): (&'a BucketName, &'a str),
        pages: &'a mpsc::Sender<Listed>,
        (room, extra): (&'a PageBudget, Option<&'a Semaphore>),
        ranges: Ranges,
        names: Noted,
    ) -> Self {
        Self {
            lister: BucketLister {
                store,
                bucket,
                prefix,
                room,
                order: store.provider_of(bucket).order,
            },
            pages,
            extra,
            ranges,
            last_asks: HashMap::new(),
            names: Some(names),
            nameless: 0,
            stuck: false,
        }
    }

    /// Lists the rest, from where the first page led. Gives back how many entries had no name, too.
    pub(crate) async fn run(mut self, first: Pager) -> (Ended, u64) {
        let walked = self.walk(first).await;
        let ended = match walked {
            Err(End::Disordered) => Ended::Disordered(self.names),
            Err(End::Failed(error)) => Ended::Walked(Err(error)),
            Err(End::NoReader) => Ended::Walked(Ok(Step::Stuck)),
            Ok(()) if self.stuck => Ended::Walked(Ok(Step::Stuck)),
            Ok(()) => Ended::Walked(Ok(Step::Ended)),
        };
        (ended, self.nameless)
    }

    async fn walk(&mut self, first: Pager) -> Result<(), End> {
        let lister = self.lister;
        let mut asked = FuturesUnordered::new();
        let mut sending = FuturesUnordered::new();
        let first = RangeWalk {
            id: Ranges::FIRST,
            pager: first,
            _permit: None,
        };
        asked.push(lister.either(Question::Page(first)));
        for walk in self.split(1) {
            asked.push(lister.either(Question::Page(walk)));
        }
        let end = loop {
            let news = tokio::select! {
                biased;
                Some(news) = asked.next() => news,
                Some(sent) = sending.next() => match sent {
                    Ok(Some(walk)) => {
                        asked.push(lister.either(Question::Page(walk)));
                        continue;
                    }
                    Ok(None) => continue,
                    Err(end) => return Err(end),
                },
                else => return Ok(()),
            };
            let taken = match news {
                News::Page(walk, share, Ok(page)) => self.take(walk, share, page),
                News::Page(mut walk, _, Err(error)) => {
                    if is_refused_marker(&error) && walk.pager.refused().is_some() {
                        asked.push(lister.either(Question::Page(walk)));
                        continue;
                    }
                    Err(End::Failed(error))
                }
                News::BoundaryCheck(Ok(true)) => continue,
                News::BoundaryCheck(Ok(false)) => Err(End::Disordered),
                News::BoundaryCheck(Err(error)) => Err(End::Failed(error)),
            };
            let taken = match taken {
                Ok(taken) => taken,
                Err(end) => break end,
            };
            if let Some(seam) = taken.seam.and_then(|seam| self.doubt(seam)) {
                asked.push(lister.either(Question::BoundaryCheck(seam)));
            }
            sending.push(send(self.pages, taken.listed, taken.walk));
            // A range that waits for its reader counts, too: it holds a page in memory.
            for walk in self.split(asked.len() + sending.len()) {
                asked.push(lister.either(Question::Page(walk)));
            }
        };
        // What was taken was remembered as sent, so it is sent whatever comes.
        while let Some(sent) = sending.next().await {
            sent?;
        }
        Err(end)
    }

    /// Cuts what is left, if more may be asked for than these.
    fn split(&mut self, busy: usize) -> Vec<RangeWalk<'a>> {
        let room = MOST.saturating_sub(busy);
        let permits: Vec<_> = (0..room)
            .map_while(|_| self.extra?.try_acquire().ok())
            .collect();
        let new = self.ranges.split(permits.len());
        let walks = new.into_iter().zip(permits).map(|(id, permit)| {
            let start = self.ranges.start(id).map(Boundary::marker);
            RangeWalk {
                id,
                pager: self.lister.behind(start.unwrap_or_default()),
                _permit: Some(permit),
            }
        });
        walks.collect()
    }

    fn take(
        &mut self,
        mut walk: RangeWalk<'a>,
        share: BudgetPermit,
        mut page: UploadPage,
    ) -> Result<Taken<'a>, End> {
        let look = self.ranges.look(walk.id, &mut page.uploads)?;
        let ask = walk.pager.ask().clone();
        let step = walk.pager.take(&mut page);
        let is_end = step == Step::Ended;
        let taken = self.ranges.take(walk.id, look, &mut page.uploads, is_end);
        self.nameless += page.nameless;
        if let Some(names) = &mut self.names {
            names.extend(&page.uploads);
            if names.len() > REMEMBERED {
                self.names = None;
            }
        }
        let is_stuck = step == Step::Stuck && !taken.is_over;
        self.stuck |= is_stuck;
        if taken.is_over {
            self.last_asks.insert(walk.id, ask);
        }
        Ok(Taken {
            listed: Listed::found(page.uploads, page.date, share),
            walk: (!taken.is_over && !is_stuck).then_some(walk),
            seam: taken.seam,
        })
    }

    fn doubt(&self, seam: BoundaryCheck) -> Option<Doubt> {
        let cut = self.ranges.start(seam.right)?.clone();
        let left = self.last_asks.get(&seam.left)?.clone();
        Some(Doubt { left, cut })
    }
}

struct Taken<'a> {
    listed: Listed,
    /// The range, if it goes on.
    walk: Option<RangeWalk<'a>>,
    seam: Option<BoundaryCheck>,
}

/// A seam that two ranges were shown differently.
struct Doubt {
    /// What the range that ends there asked last.
    left: Ask,
    cut: Boundary,
}

async fn send<'a>(
    pages: &mpsc::Sender<Listed>,
    listed: Listed,
    walk: Option<RangeWalk<'a>>,
) -> Result<Option<RangeWalk<'a>>, End> {
    if !listed.uploads.is_empty() && pages.send(listed).await.is_err() {
        return Err(End::NoReader);
    }
    Ok(walk)
}

#[expect(
    clippy::large_enum_variant,
    reason = "moved once per page, and kept nowhere"
)]
enum Question<'a> {
    Page(RangeWalk<'a>),
    BoundaryCheck(Doubt),
}

/// Asks one bucket of a store.
struct BucketLister<'a, S> {
    store: &'a S,
    bucket: &'a BucketName,
    prefix: &'a str,
    room: &'a PageBudget,
    order: ListingOrder,
}

impl<S> Clone for BucketLister<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for BucketLister<'_, S> {}

impl<'a, S: Inspect> BucketLister<'a, S> {
    /// How a range is walked that begins behind a key.
    fn behind(self, marker: &str) -> Pager {
        let store = self.store.provider_of(self.bucket);
        Pager::new(self.prefix, store.key_marker_is_enough).behind(marker)
    }

    async fn page(self, ask: &Ask) -> Result<UploadPage, StoreError> {
        let Ask { prefix, after } = ask;
        self.store.list_uploads(self.bucket, prefix, after).await
    }

    async fn either(self, question: Question<'a>) -> News<'a> {
        match question {
            Question::Page(walk) => {
                let mut share = self.room.reserve(false).await;
                let page = self.page(walk.pager.ask()).await;
                if let Ok(page) = &page {
                    self.room.fit(&mut share, false, page.uploads.len());
                }
                News::Page(walk, share, page)
            }
            Question::BoundaryCheck(doubt) => News::BoundaryCheck(self.holds(&doubt).await),
        }
    }

    /// Whether the two sides of a seam agree by now: an upload that was begun or ended there in
    /// between is no disorder. Asked twice, in case another comes between.
    async fn holds(self, Doubt { left, cut }: &Doubt) -> Result<bool, StoreError> {
        for _ in 0..2 {
            let mut before = self.page(left).await?;
            let mut behind = self.page(self.behind(cut.marker()).ask()).await?;
            let [told, shown] = [&mut before, &mut behind].map(|page| {
                self.order.arrange(&mut page.uploads);
                self.order.first_behind(&page.uploads, cut)
            });
            // What lies beyond an unfinished page is not told by it.
            if told == shown || (told.is_none() && before.truncated) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
