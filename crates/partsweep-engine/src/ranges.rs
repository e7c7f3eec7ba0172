//! Lists one bucket side by side, where the store's order lets it be cut.
//!
//! Each worker walks one range to its end; one that has nothing to do takes the far part of the
//! range with the most left. Ranges share no upload: a cut says of every upload on which side it
//! lies. The order is checked on every page, and at the first doubt all this ends, and the bucket
//! is listed from its beginning by one.

use std::cmp::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use jiff::Timestamp;
use partsweep_core::pager::{Pager, Step};
use partsweep_core::ranges::{Alphabet, Cut, ListingOrder, cuts};
use partsweep_core::{BucketName, Inspect, StoreError, Upload, UploadAddress, UploadPage};
use tokio::sync::{Notify, mpsc};

use crate::list::{self, Listed, Names};

/// Ranges walked side by side at most: 256 were no faster than 32, with twice the requests
/// (measured on 100,000 uploads).
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
    Disordered(Option<Names>),
}

/// A listing whose first page was seen.
pub(crate) struct SideBySide<'a, S> {
    store: &'a S,
    bucket: &'a BucketName,
    prefix: &'a str,
    order: ListingOrder,
    pages: &'a mpsc::Sender<Listed>,
    workers: usize,
    shared: Mutex<Shared>,
    news: Notify,
}

struct Shared {
    ranges: Vec<Range>,
    /// Ranges that are not begun.
    waiting: Vec<usize>,
    working: usize,
    /// Pages seen, over all ranges.
    seen: usize,
    alphabet: Alphabet,
    names: Option<Names>,
    nameless: u64,
    end: Option<End>,
    stuck: bool,
}

enum End {
    Failed(StoreError),
    Disordered,
    NoReader,
}

struct Range {
    pager: Option<Pager>,
    after: Option<Cut>,
    end: Option<Cut>,
    /// The first and the last upload of the last page.
    page: Option<(UploadAddress, UploadAddress)>,
    /// The share of what is left that is guessed to lie here.
    weight: f64,
    /// Cuts taken from it.
    cut: usize,
    done: bool,
}

/// The first page, as the store sent it, and how to go on.
pub(crate) struct FirstPage {
    pub(crate) pager: Pager,
    pub(crate) first: UploadAddress,
    pub(crate) last: UploadAddress,
    pub(crate) names: Names,
}

impl<'a, S: Inspect> SideBySide<'a, S> {
    pub(crate) fn new(
        store: &'a S,
        (bucket, prefix): (&'a BucketName, &'a str),
        pages: &'a mpsc::Sender<Listed>,
        workers: usize,
        first: FirstPage,
    ) -> Self {
        let mut alphabet = Alphabet::default();
        alphabet.learn(first.first.key.as_str());
        alphabet.learn(first.last.key.as_str());
        let range = Range {
            pager: Some(first.pager),
            after: None,
            end: None,
            page: Some((first.first, first.last)),
            weight: 1.0,
            cut: 0,
            done: false,
        };
        Self {
            store,
            bucket,
            prefix,
            order: store.provider().order,
            pages,
            workers: workers.min(MOST),
            shared: Mutex::new(Shared {
                ranges: vec![range],
                waiting: vec![0],
                working: 0,
                seen: 1,
                alphabet,
                names: Some(first.names),
                nameless: 0,
                end: None,
                stuck: false,
            }),
            news: Notify::new(),
        }
    }

    /// Lists the rest. Gives back how many entries had no name, too.
    pub(crate) async fn run(self) -> (Ended, u64) {
        join_all((0..self.workers).map(|_| self.work())).await;
        let shared = self.shared.into_inner();
        let shared = shared.unwrap_or_else(PoisonError::into_inner);
        let ended = match shared.end {
            Some(End::Disordered) => Ended::Disordered(shared.names),
            Some(End::Failed(error)) => Ended::Walked(Err(error)),
            Some(End::NoReader) => Ended::Walked(Ok(Step::Stuck)),
            None if shared.stuck => Ended::Walked(Ok(Step::Stuck)),
            None => Ended::Walked(Ok(Step::Ended)),
        };
        (ended, shared.nameless)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(&self) {
        while let Some((index, pager)) = self.next_range().await {
            let walked = self.walk(index, pager).await;
            let mut shared = self.shared();
            shared.working -= 1;
            shared.finish(index);
            if let Err(end) = walked {
                shared.end.get_or_insert(end);
            }
            drop(shared);
            self.news.notify_waiters();
        }
    }

    /// A range to walk: one that waits, else the far part of another; `None` when all is done.
    async fn next_range(&self) -> Option<(usize, Pager)> {
        loop {
            // Before the look, so that no news between the two is missed.
            let news = self.news.notified();
            let mut news = std::pin::pin!(news);
            news.as_mut().enable();
            {
                let mut shared = self.shared();
                if shared.end.is_some() {
                    return None;
                }
                let index = shared.waiting.pop().or_else(|| shared.steal(self.order));
                if let Some(index) = index
                    && let Some(range) = shared.ranges.get_mut(index)
                {
                    let pager = range.pager.take().unwrap_or_else(|| {
                        let enough = self.store.provider().key_marker_is_enough;
                        let pager = Pager::new(self.prefix, enough);
                        match &range.after {
                            Some(cut) => pager.behind(cut.marker()),
                            None => pager,
                        }
                    });
                    shared.working += 1;
                    return Some((index, pager));
                }
                if shared.working == 0 {
                    return None;
                }
            }
            news.await;
        }
    }

    async fn walk(&self, index: usize, mut pager: Pager) -> Result<(), End> {
        loop {
            let ask = pager.ask();
            let asked = self
                .store
                .list_uploads(self.bucket, &ask.prefix, &ask.after)
                .await;
            let mut page = match asked {
                Ok(page) => page,
                Err(error) if list::is_refused_marker(&error) && pager.refused().is_some() => {
                    continue;
                }
                Err(error) => return Err(End::Failed(error)),
            };
            let ends = ends_of(&page);
            let in_order = self.is_in_order(&page);
            let step = pager.take(&mut page);
            let (uploads, is_over) = {
                let mut shared = self.shared();
                if shared.end.is_some() {
                    return Ok(());
                }
                if !in_order {
                    return Err(End::Disordered);
                }
                shared.take(index, self.order, page.uploads, ends, page.nameless)?
            };
            self.news.notify_waiters();
            self.send(uploads, page.date).await?;
            match step {
                _ if is_over => return Ok(()),
                Step::Ask(_) => {}
                Step::Ended => return Ok(()),
                Step::Stuck => {
                    self.shared().stuck = true;
                    return Ok(());
                }
            }
        }
    }

    fn is_in_order(&self, page: &UploadPage) -> bool {
        let addresses = page.uploads.iter().map(|upload| &upload.address);
        addresses.is_sorted_by(|a, b| self.order.is_ascending(a, b))
    }

    async fn send(&self, uploads: Vec<Upload>, now: Option<Timestamp>) -> Result<(), End> {
        let listed = Listed { uploads, now };
        if !listed.uploads.is_empty() && self.pages.send(listed).await.is_err() {
            return Err(End::NoReader);
        }
        Ok(())
    }
}

fn ends_of(page: &UploadPage) -> Option<(UploadAddress, UploadAddress)> {
    let (first, last) = (page.uploads.first()?, page.uploads.last()?);
    Some((first.address.clone(), last.address.clone()))
}

impl Shared {
    /// Takes a page of a range: what of it lies in the range, and whether it goes beyond its end.
    fn take(
        &mut self,
        index: usize,
        order: ListingOrder,
        mut uploads: Vec<Upload>,
        ends: Option<(UploadAddress, UploadAddress)>,
        nameless: u64,
    ) -> Result<(Vec<Upload>, bool), End> {
        self.seen += 1;
        self.nameless += nameless;
        let Some(range) = self.ranges.get_mut(index) else {
            return Ok((Vec::new(), true));
        };
        let Some((first, last)) = ends else {
            return Ok((Vec::new(), false));
        };
        // A page that begins before its marker shows that the marker was not understood.
        let goes_on = match (&range.page, &range.after) {
            (Some((_, before)), _) => order.is_ascending(before, &first),
            (None, Some(cut)) => {
                order.side(&first, cut) == Ordering::Greater || first.key.as_str() == cut.marker()
            }
            (None, None) => true,
        };
        if !goes_on {
            return Err(End::Disordered);
        }
        let is_over = range
            .end
            .as_ref()
            .is_some_and(|end| order.side(&last, end) == Ordering::Greater);
        uploads.retain(|upload| {
            let side = |cut| order.side(&upload.address, cut) == Ordering::Greater;
            range.after.as_ref().is_none_or(side) && !range.end.as_ref().is_some_and(side)
        });
        self.alphabet.learn(first.key.as_str());
        self.alphabet.learn(last.key.as_str());
        range.page = Some((first, last));
        if let Some(names) = &mut self.names {
            names.extend(&uploads);
            if names.len() > REMEMBERED {
                self.names = None;
            }
        }
        Ok((uploads, is_over))
    }

    /// Cuts the range with the most left; the far part is a new range.
    ///
    /// One range for every two pages that were seen, over the whole listing: each costs up to a page
    /// that shows nothing new. Without this bound, idle workers cut what was left below a page, and
    /// asked for 7 to 12 times the pages needed (measured on 100,000 date-tree keys).
    fn steal(&mut self, order: ListingOrder) -> Option<usize> {
        if self.ranges.len() > 1 + self.seen / 2 {
            return None;
        }
        let mut candidates: Vec<_> = (0..)
            .zip(&self.ranges)
            .filter(|(_, range)| !range.done && range.weight > 0.0 && range.page.is_some())
            .map(|(index, range)| (index, range.weight))
            .collect();
        candidates.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let new = self.ranges.len();
        candidates
            .into_iter()
            .find_map(|(index, _)| self.cut(index, order))
            .map(|range| {
                self.ranges.push(range);
                new
            })
    }

    fn cut(&mut self, index: usize, order: ListingOrder) -> Option<Range> {
        let range = self.ranges.get_mut(index)?;
        let (first, last) = range.page.as_ref()?;
        let guesses = cuts(order, first, last, range.end.as_ref(), &self.alphabet);
        let guess = range.cut.checked_rem(guesses.len())?;
        let cut = guesses.into_iter().nth(guess)?;
        range.cut += 1;
        range.weight /= 2.0;
        let end = range.end.replace(cut.clone());
        Some(Range {
            pager: None,
            after: Some(cut),
            end,
            page: None,
            weight: range.weight,
            cut: 0,
            done: false,
        })
    }

    /// A range is done. What was guessed to lie in it and did not lies in the one before it.
    fn finish(&mut self, index: usize) {
        let Some(range) = self.ranges.get_mut(index) else {
            return;
        };
        range.done = true;
        let (weight, was_empty) = (range.weight, range.page.is_none());
        let after = range.after.clone();
        if was_empty
            && let Some(before) = self
                .ranges
                .iter_mut()
                .find(|before| before.end.is_some() && before.end == after)
        {
            before.weight += weight;
        }
    }
}
