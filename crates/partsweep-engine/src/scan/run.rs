//! List → size → verdict, for many buckets side by side.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use partsweep_core::decide::verdict::judge;
use partsweep_core::{
    BilledAt, Footprint, Inspect, KeepReason, KeyProof, Listing, StoreError, Upload, Verdict,
};
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::count_ahead::{Ahead, By, Count};
use super::events::ScanEvent;
use super::request::ScanRequest;
use super::size::{self, SizeResult};
use super::sizes::Sizes;
use super::tally::{Judged, Tally};
use super::targets::{BucketTarget, TargetList, Targets};
use super::{index, missing};
use crate::listing::budget::{BudgetPermit, PageBudget};
use crate::listing::page::Listed;
use crate::listing::{parallel, walk};

/// Scans, sending what it finds as it comes.
///
/// Takes [`Inspect`] only, so it cannot abort anything (law 1). Fails only if the buckets cannot
/// be listed at all; what goes wrong in one bucket is told in its summary, and the others go on
/// (law 8). Ends early, without an error, if the receiver of `events` is dropped.
pub async fn scan<S: Inspect>(
    store: Arc<S>,
    request: ScanRequest,
    events: mpsc::Sender<ScanEvent>,
) -> Result<(), StoreError> {
    let targets = match &request.targets {
        Targets::Account(filter) | Targets::AllUsers(filter) => {
            let buckets = match request.is_of_all_users() {
                true => store.list_all_buckets().await?,
                false => store.list_buckets().await?,
            };
            TargetList::Listed(buckets.filtered(|name| filter.admits(name)))
        }
        Targets::Named(targets) => TargetList::Named(BucketTarget::merge(targets)),
    };
    let names = ScanEvent::Buckets(targets.names());
    if events.send(names).await.is_err() {
        return Ok(());
    }
    let missing = match request.targets {
        Targets::Account(_) | Targets::AllUsers(_) => store.buckets_missing(),
        Targets::Named(_) => None,
    };
    if let Some(why) = missing
        && events.send(ScanEvent::BucketsMissing(why)).await.is_err()
    {
        return Ok(());
    }
    let concurrency = request.concurrency.max(1);
    let work = Arc::new(Work {
        store,
        request,
        events,
        room: PageBudget::default(),
        ahead: Ahead::new(targets.len()),
        targets,
        in_flight: Arc::new(Semaphore::new(concurrency)),
        extra_pages: Semaphore::new(concurrency.min(parallel::MOST) - 1),
    });
    let scanning = stream::iter(0..work.targets.len())
        .map(|number| Arc::clone(&work).bucket(number))
        .buffer_unordered(concurrency.min(PageBudget::BUCKETS))
        .take_while(|reader| std::future::ready(reader.is_ok()))
        .for_each(|_| std::future::ready(()));
    // Never ends by itself before the scan does: what it counts is of use only as long as that goes on.
    let counting = async {
        work.count_ahead().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = scanning => {}
        () = counting => {}
    }
    Ok(())
}

/// The receiver of the events is gone.
struct NoReader;

struct Work<S> {
    store: Arc<S>,
    request: ScanRequest,
    targets: TargetList,
    events: mpsc::Sender<ScanEvent>,
    /// What pages take of the memory, over all buckets.
    room: PageBudget,
    /// What is known of the number of uploads.
    ahead: Ahead,
    /// One permit per upload being sized, over all buckets.
    in_flight: Arc<Semaphore>,
    /// One permit per page asked for beside the one that each bucket waits for.
    extra_pages: Semaphore,
}

impl<S: Inspect> Work<S> {
    async fn tell(&self, event: ScanEvent) -> Result<(), NoReader> {
        self.events.send(event).await.map_err(|_| NoReader)
    }

    /// Scans one bucket: its listing runs ahead of the sizing by one page.
    async fn bucket(self: Arc<Self>, number: usize) -> Result<(), NoReader> {
        let Some(target) = self.targets.get(number) else {
            return Ok(());
        };
        let target = &target;
        let (pages, listed) = mpsc::channel(1);
        let mut tally = Tally::default();
        let is_counted = self.request.is_of_all_users();
        // Boxed, like what follows a listing only now and then: hundreds of buckets are scanned at once, and
        // each of them would have room for all of it at once.
        let listing = Box::pin(walk::list(
            &*self.store,
            &target.bucket,
            &target.prefixes,
            (
                &self.room,
                (self.request.concurrency > 1).then_some(&self.extra_pages),
            ),
            pages,
            self.request.search(&self.in_flight),
        ));
        let listing = index::counted(&*self.store, &target.bucket, is_counted, listing);
        let judging = async {
            // Dropped when this ends, also early: that ends the listing too.
            let mut listed = listed;
            if self.request.sizes == Sizes::None {
                while let Some(page) = listed.recv().await {
                    self.judge_unsized(number, page, &mut tally).await?;
                }
                return Ok(());
            }
            let chosen = stream::poll_fn(|context| listed.poll_recv(context))
                .then(|page: Listed| Arc::clone(&self).admit(number, page))
                .flat_map(|(uploads, now, excluded, share)| {
                    let share = Arc::new(share);
                    let uploads = uploads
                        .into_iter()
                        .map(move |upload| Seen::Upload(upload, now, Arc::clone(&share)));
                    stream::iter([Seen::Excluded(excluded)].into_iter().chain(uploads))
                })
                .then(|seen| Arc::clone(&self).seat(seen))
                .map(|seated| Arc::clone(&self).judge_seated(seated))
                // They come in order: those that are sized before the first of them wait here, and
                // others begin. How many are sized at once, turns say.
                .buffered(2 * self.request.concurrency.max(1));
            let mut chosen = std::pin::pin!(chosen);
            while let Some(judged) = chosen.next().await {
                let (judged, seat) = judged?;
                if let Some(finding) = tally.count(judged) {
                    // Sent without waiting: whoever waits here does not poll the sizings behind,
                    // and they may hold what the reader needs before it reads on.
                    seat.send(ScanEvent::Found(finding));
                }
            }
            Ok(())
        };
        let ((walked, counts), judged) = tokio::join!(listing, judging);
        judged?;
        let listed = walked.listed_of(tally.listed());
        let (owner, index) = match counts {
            Some(counts) if walked.listing.is_complete() => {
                let again = || index::recount(&*self.store, target, &self.room);
                Box::pin(counts.compare(listed, again)).await
            }
            Some(counts) => (counts.owner(), None),
            None => (None, None),
        };
        tally.unclear += walked.nameless;
        if !tally.gone.is_empty() {
            Box::pin(self.search_the_gone(target, &mut tally)).await?;
        }
        self.ahead.done(number);
        let listing = match self.request.targets {
            Targets::Account(_) | Targets::AllUsers(_) => {
                let hides_buckets = self.store.provider().hides_buckets;
                walked.listing.of_listed_bucket(hides_buckets)
            }
            Targets::Named(_) => walked.listing,
        };
        let region = self.store.region(&target.bucket);
        let mut summary = tally.summary(target.bucket.clone(), region, listing);
        summary.asked = walked.asked;
        (summary.owner, summary.index) = (owner, index);
        self.tell(ScanEvent::BucketDone(Box::new(summary))).await
    }

    /// Tells of uploads that the store does not know and still lists.
    async fn search_the_gone(
        &self,
        target: &BucketTarget,
        tally: &mut Tally,
    ) -> Result<(), NoReader> {
        let gone = std::mem::take(&mut tally.gone);
        let (bucket, prefixes) = (&target.bucket, &target.prefixes);
        let searched = missing::search(&*self.store, bucket, prefixes, &self.room, gone).await;
        tally.vanished = searched.vanished;
        tally.unclear += searched.open;
        for upload in searched.still_listed {
            let verdict = Verdict::Keep(KeepReason::NoSuchUpload);
            let judged = Judged::found(upload, Footprint::UNKNOWN, verdict, None, None);
            if let Some(finding) = tally.count(judged) {
                self.tell(ScanEvent::Found(finding)).await?;
            }
        }
        Ok(())
    }

    /// Counts the uploads of all buckets, as soon as it is known that there are many.
    async fn count_ahead(&self) {
        self.ahead.worth_it().await;
        let all_listed = stream::iter(0..self.targets.len())
            .map(|number| self.count_bucket(number))
            .buffer_unordered(Ahead::BUCKETS)
            .fold(true, async |all, this| all && this)
            .await;
        if all_listed {
            // A reader that is gone is noticed with the first finding.
            let _ = self.tell(ScanEvent::AllListed).await;
        }
    }

    /// Counts the uploads of one bucket; says whether it came to the end.
    async fn count_bucket(&self, number: usize) -> bool {
        if self.ahead.is_done(number) {
            return true;
        }
        let (pages, mut listed) = mpsc::channel::<Listed>(1);
        let Some(BucketTarget { bucket, prefixes }) = self.targets.get(number) else {
            return true;
        };
        let extra = (self.request.concurrency > 1).then_some(&self.ahead.extra_pages);
        let limits = (&self.ahead.room, extra);
        let counting = async {
            while let Some(mut page) = listed.recv().await {
                self.keep_admitted(&mut page.uploads);
                self.tell_listed(number, By::Ahead, &page.uploads, page.now)
                    .await;
            }
        };
        let (walked, ()) = tokio::join!(
            walk::list(&*self.store, &bucket, &prefixes, limits, pages, None),
            counting
        );
        // What cannot be listed at all is not sized either; the scan itself tells of it.
        !matches!(walked.listing, Listing::Partial { .. })
    }

    /// Tells how many uploads were listed, if that was not known.
    async fn tell_listed(&self, number: usize, by: By, uploads: &[Upload], now: Option<Timestamp>) {
        let is_sized = |upload: &&Upload| self.verdict_unsized(upload, now).is_none();
        let to_size = match self.request.sizes {
            Sizes::None => 0,
            Sizes::ToDecide => uploads.iter().filter(is_sized).count(),
            Sizes::All => uploads.len(),
        };
        let page = Count {
            uploads: uploads.len() as u64,
            to_size: to_size as u64,
        };
        let Count { uploads, to_size } = self.ahead.add(number, by, page, self.room.listed());
        if uploads > 0 {
            // A reader that is gone is noticed with the first finding.
            let _ = self.tell(ScanEvent::Listed { uploads, to_size }).await;
        }
    }

    fn verdict(
        &self,
        upload: &Upload,
        footprint: Option<&Footprint>,
        now: Option<Timestamp>,
    ) -> Verdict {
        let (clock, selection) = (self.store.clock(), &self.request.selection);
        let mut verdict = judge(upload, footprint, selection, now, clock);
        if let (Some(least), Some(footprint)) = (&selection.min_cost, footprint) {
            // Its bucket was listed, so the region is known by now if it ever is.
            let region = self.store.region(&upload.address.bucket);
            let billed = BilledAt {
                store: self.store.provider().id,
                region: region.as_deref(),
                class: upload.storage_class.as_deref(),
            };
            verdict = verdict.with_cost(least.compare(footprint.bytes, billed));
        }
        self.request.sizes.common(verdict, selection.older_than)
    }

    /// The verdict on an upload whose size is not asked for.
    fn verdict_unsized(&self, upload: &Upload, listed_at: Option<Timestamp>) -> Option<Verdict> {
        let verdict = || self.verdict(upload, None, listed_at);
        match self.request.sizes {
            Sizes::None => Some(verdict()),
            Sizes::ToDecide => Some(verdict()).filter(|verdict| {
                let Verdict::Keep(reason) = verdict else {
                    return false;
                };
                reason.is_too_young()
            }),
            Sizes::All => None,
        }
    }

    fn keep_admitted(&self, uploads: &mut Vec<Upload>) {
        let keys = &self.request.selection.keys;
        uploads.retain(|upload| keys.admits(upload.address.key.as_str()));
    }

    /// Drops the keys that were not asked for; counts them.
    async fn admit(
        self: Arc<Self>,
        number: usize,
        page: Listed,
    ) -> (Vec<Upload>, Option<Timestamp>, u64, BudgetPermit) {
        let Listed {
            mut uploads,
            now,
            share,
            asked,
        } = page;
        if asked > 0 {
            // A reader that is gone is noticed with the first finding.
            let _ = self.tell(ScanEvent::KeysAsked(asked)).await;
        }
        let listed = uploads.len();
        self.keep_admitted(&mut uploads);
        let excluded = (listed - uploads.len()) as u64;
        self.tell_listed(number, By::Scan, &uploads, now).await;
        (uploads, now, excluded, share)
    }

    /// Judges a page as it is listed. Nothing is asked for, so nothing has to go side by side.
    async fn judge_unsized(
        self: &Arc<Self>,
        number: usize,
        page: Listed,
        tally: &mut Tally,
    ) -> Result<(), NoReader> {
        let (uploads, now, excluded, _share) = Arc::clone(self).admit(number, page).await;
        tally.count(Judged::Excluded(excluded));
        for upload in uploads {
            let verdict = self.verdict(&upload, None, now);
            let judged = Judged::found(upload, Footprint::UNKNOWN, verdict, now, None);
            if let Some(finding) = tally.count(judged) {
                self.tell(ScanEvent::Found(finding)).await?;
            }
        }
        Ok(())
    }

    /// Waits for a seat among the events, and then for its turn to be sized.
    ///
    /// In this order, so that a scan whose reader pauses (at a question, say) comes to rest
    /// holding nothing else: no request, no slot of the store's pace. Seats are given in the order
    /// in which they were asked for, so the first upload of a bucket is never behind the next. One
    /// upload of each bucket waits here: those behind it are no futures yet, which would take more
    /// memory than the uploads do.
    async fn seat(self: Arc<Self>, seen: Seen) -> Result<Ready, NoReader> {
        let seat = self.events.clone().reserve_owned().await;
        let seat = seat.map_err(|_| NoReader)?;
        let turn = Arc::clone(&self.in_flight).acquire_owned().await;
        Ok(Ready {
            seen,
            seat,
            // Never closed; the store's pace bounds the requests, too.
            turn: turn.ok(),
        })
    }

    async fn judge_seated(
        self: Arc<Self>,
        seated: Result<Ready, NoReader>,
    ) -> Result<(Judged, OwnedPermit<ScanEvent>), NoReader> {
        let Ready {
            seen,
            seat,
            turn: _turn,
        } = seated?;
        Ok((self.judge(seen).await, seat))
    }

    /// Sizes one upload and decides on it.
    async fn judge(self: Arc<Self>, seen: Seen) -> Judged {
        let (upload, listed_at, _share) = match seen {
            Seen::Upload(upload, listed_at, share) => (upload, listed_at, share),
            Seen::Excluded(count) => return Judged::Excluded(count),
        };
        if let Some(verdict) = self.verdict_unsized(&upload, listed_at) {
            return Judged::found(upload, Footprint::UNKNOWN, verdict, listed_at, None);
        }
        match size::size(&*self.store, &upload).await {
            SizeResult::Sized {
                footprint,
                now,
                names_upload,
                ..
            } => {
                // The store knows the upload under this key, and says so: the key is right (law 11).
                let key_proof = match names_upload {
                    true => KeyProof::Exact,
                    false => upload.key_proof,
                };
                let upload = Upload {
                    key_proof,
                    ..upload
                };
                let now = now.or(listed_at);
                let verdict = self.verdict(&upload, Some(&footprint), now);
                Judged::found(upload, footprint, verdict, now, None)
            }
            SizeResult::Gone if upload.key_proof == KeyProof::Exact => Judged::Gone(upload.address),
            SizeResult::Gone => {
                let verdict = Verdict::Keep(KeepReason::KeyUncertain);
                Judged::found(upload, Footprint::UNKNOWN, verdict, listed_at, None)
            }
            SizeResult::Failed { footprint, error } => {
                let verdict = self.verdict(&upload, Some(&footprint), listed_at);
                Judged::found(upload, footprint, verdict, listed_at, Some(error))
            }
        }
    }
}

enum Seen {
    Upload(Upload, Option<Timestamp>, Arc<BudgetPermit>),
    Excluded(u64),
}

/// What is to be judged, with a seat for what is found, and its turn.
struct Ready {
    seen: Seen,
    seat: OwnedPermit<ScanEvent>,
    turn: Option<OwnedSemaphorePermit>,
}
