//! Many buckets at once, small and large: how many are listed side by side, how many pages wait, and
//! when it is known how much there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use partsweep_core::provider::profile::Provider;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketList, BucketName, Inspect, Key, NameFilter, ObjectHead, OlderVersions, PartPage,
    Selection, StoreError, UploadAddress, UploadPage,
};
use partsweep_engine::{KeySearch, ScanEvent, ScanRequest, Sizes, Targets, scan};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::fake::FakeStore;

/// A store whose every answer takes a while, and which counts the uploads that it listed.
struct Slow {
    store: Arc<FakeStore>,
    listing: Duration,
    sizing: Duration,
    listed: AtomicUsize,
    sized: AtomicUsize,
}

impl Inspect for Slow {
    fn provider(&self) -> Provider {
        self.store.provider()
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        self.store.region(bucket)
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        self.store.list_buckets().await
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        tokio::time::sleep(self.listing).await;
        let page = self.store.list_uploads(bucket, prefix, after).await?;
        self.listed.fetch_add(page.uploads.len(), Ordering::Relaxed);
        Ok(page)
    }

    /// None: nothing here depends on them, and the fake store would search for each upload.
    async fn list_parts(&self, _: &UploadAddress, _: u32) -> Result<PartPage, StoreError> {
        tokio::time::sleep(self.sizing).await;
        self.sized.fetch_add(1, Ordering::Relaxed);
        Ok(PartPage {
            date: Some(self.store.world().now),
            ..PartPage::default()
        })
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        self.store.head_object(bucket, key).await
    }

    async fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        self.store.older_versions(bucket, key).await
    }
}

const LATENCY: Duration = Duration::from_millis(20);

fn slow(buckets: usize, uploads: usize, sizing: Duration) -> Arc<Slow> {
    let names: Vec<String> = (0..buckets).map(|n| format!("bucket-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let store = FakeStore::new(&names);
    for name in &names {
        for n in 0..uploads {
            store.add_old(name, &format!("k{n:05}"), &format!("{name}-{n}"), &[1]);
        }
    }
    store.world().page = 1_000;
    Arc::new(Slow {
        store,
        listing: LATENCY,
        sizing,
        listed: AtomicUsize::new(0),
        sized: AtomicUsize::new(0),
    })
}

fn request(concurrency: usize) -> ScanRequest {
    ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency,
        search: KeySearch::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn pages_of_many_large_buckets_are_not_held_all_at_once() {
    // No size is ever told, so all that is listed waits.
    let store = slow(100, 1_500, Duration::from_secs(100_000));
    let (events, mut news) = mpsc::channel(4_096);
    let scan = tokio::spawn(scan(Arc::clone(&store), request(256), events));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let listed = store.listed.load(Ordering::Relaxed);
    // All once to count them, and what there is room for.
    assert!((166_000..=182_000).contains(&listed), "{listed}");
    scan.abort();
    while news.recv().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn many_small_buckets_take_no_more_round_trips_than_their_requests_fill() {
    let store = slow(2_000, 1, LATENCY);
    let (events, mut news) = mpsc::channel(4_096);
    let began = Instant::now();
    let scan = tokio::spawn(scan(store, request(256), events));
    let mut done = 0;
    while let Some(event) = news.recv().await {
        done += usize::from(matches!(event, ScanEvent::BucketDone(_)));
    }
    scan.await.unwrap().unwrap();
    assert_eq!(done, 2_000);
    // 4,000 requests: 16 round trips at 256 at once, and each bucket has two, one after the other.
    let round_trips = began.elapsed().as_millis() / LATENCY.as_millis();
    assert!(round_trips <= 24, "{round_trips}");
}

/// Scans; returns how many were sized when the last upload was told as listed, and when all were.
async fn known_after(
    store: &Arc<Slow>,
    request: ScanRequest,
    uploads: u64,
) -> (usize, Option<usize>) {
    let (events, mut news) = mpsc::channel(4_096);
    let scan = tokio::spawn(scan(Arc::clone(store), request, events));
    let (mut told, mut at_last, mut at_all) = (0, 0, None);
    while let Some(event) = news.recv().await {
        let sized = store.sized.load(Ordering::Relaxed);
        match event {
            ScanEvent::Listed { uploads, to_size } => {
                assert_eq!(uploads, to_size);
                (told, at_last) = (told + uploads, sized);
            }
            ScanEvent::AllListed => {
                at_all = Some(sized);
                assert_eq!(told, uploads);
            }
            _ => {}
        }
    }
    scan.await.unwrap().unwrap();
    assert_eq!(told, uploads);
    (at_last, at_all)
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_sized_is_known_long_before_it_is() {
    for buckets in [1, 4] {
        let store = slow(buckets, 60_000 / buckets, LATENCY);
        let (at_last, at_all) = known_after(&store, request(64), 60_000).await;
        assert!(at_last <= 6_000, "{at_last}");
        assert!(at_all.is_some_and(|sized| sized <= 6_000), "{at_all:?}");
        // Once to size them, once to count them.
        let listed = store.listed.load(Ordering::Relaxed);
        assert!((80_000..=145_000).contains(&listed), "{listed}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_small_buckets_are_not_listed_twice_to_count_them() {
    let store = slow(3_000, 10, LATENCY);
    let (_, at_all) = known_after(&store, request(64), 30_000).await;
    assert_eq!(at_all, None);
    assert_eq!(store.listed.load(Ordering::Relaxed), 30_000);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_sizes_nothing_counts_nothing_ahead() {
    let store = slow(1, 30_000, LATENCY);
    let (events, mut news) = mpsc::channel(4_096);
    let sizes = Sizes::None;
    let request = ScanRequest {
        sizes,
        ..request(64)
    };
    let scan = tokio::spawn(scan(Arc::clone(&store), request, events));
    while let Some(event) = news.recv().await {
        assert!(!matches!(
            event,
            ScanEvent::AllListed | ScanEvent::Listed { to_size: 1.., .. }
        ));
    }
    scan.await.unwrap().unwrap();
    // Where ranges meet, some pages come twice.
    let listed = store.listed.load(Ordering::Relaxed);
    assert!((30_000..=40_000).contains(&listed), "{listed}");
}
