//! Many buckets at once, small and large: how many are listed side by side, and how many pages wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use partsweep_core::pager::Markers;
use partsweep_core::provider::Provider;
use partsweep_core::{
    BucketEntry, BucketName, Inspect, Key, NameFilter, ObjectHead, PartPage, Selection, StoreError,
    UploadAddress, UploadPage,
};
use partsweep_engine::{ScanEvent, ScanRequest, Sizes, Targets, scan};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::fake::FakeStore;

/// A store whose every answer takes a while, and which counts the uploads that it listed.
struct Slow {
    store: Arc<FakeStore>,
    listing: Duration,
    sizing: Duration,
    listed: AtomicUsize,
}

impl Inspect for Slow {
    fn provider(&self) -> &'static Provider {
        self.store.provider()
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        self.store.region(bucket)
    }

    async fn list_buckets(&self) -> Result<Vec<BucketEntry>, StoreError> {
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

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        tokio::time::sleep(self.sizing).await;
        self.store.list_parts(upload, after).await
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        self.store.head_object(bucket, key).await
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
    })
}

fn request(concurrency: usize) -> ScanRequest {
    ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency,
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
    assert!((16_000..=32_000).contains(&listed), "{listed}");
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
