//! A scan whose reader pauses must not keep the store from anyone else.

use std::sync::Arc;
use std::time::Duration;

use partsweep_core::provider::profile::Provider;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketList, BucketName, Inspect, Key, NameFilter, ObjectHead, OlderVersions, PartPage,
    Selection, StoreError, UploadAddress, UploadPage,
};
use partsweep_engine::{KeySearch, ScanEvent, ScanRequest, Sizes, Targets, scan};
use tokio::sync::{Semaphore, mpsc};

use crate::fake::FakeStore;

/// A store that lets only so many requests through at once, as one does after throttling.
struct Paced {
    store: Arc<FakeStore>,
    slots: Semaphore,
}

impl Inspect for Paced {
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
        let _slot = self.slots.acquire().await.unwrap();
        self.store.list_uploads(bucket, prefix, after).await
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        let _slot = self.slots.acquire().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.store.list_parts(upload, after).await
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

#[tokio::test(start_paused = true)]
async fn a_scan_that_waits_for_its_reader_holds_no_request() {
    let store = FakeStore::new(&["asked", "behind"]);
    store.add_old("asked", "k", "0", &[1]);
    for n in 1..=200 {
        store.add_old("behind", &format!("k{n}"), &format!("{n}"), &[1]);
    }
    store.world().page = 1_000;
    let address = store.world().uploads[0].0.address.clone();
    let slots = Semaphore::new(4);
    let paced = Arc::new(Paced { store, slots });
    let request = ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency: 16,
        search: KeySearch::default(),
    };
    let (events, mut news) = mpsc::channel(8);
    let scan = tokio::spawn(scan(Arc::clone(&paced), request, events));
    // The reader asks a question; the scan runs on until nothing more fits.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let look = paced.list_parts(&address, 0);
    tokio::time::timeout(Duration::from_secs(5), look)
        .await
        .expect("the paused scan held every slot")
        .unwrap();
    while news.recv().await.is_some() {}
    scan.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn small_buckets_are_done_early_while_a_huge_one_is_at_work() {
    let small: Vec<String> = (0..200).map(|n| format!("small-{n}")).collect();
    let mut names = vec!["huge"];
    names.extend(small.iter().map(String::as_str));
    let store = FakeStore::new(&names);
    for n in 1..=5_000 {
        store.add_old("huge", &format!("k{n}"), &format!("{n}"), &[1]);
    }
    for name in &small {
        for n in 1..=2 {
            store.add_old(name, "k", &format!("{name}-{n}"), &[1]);
        }
    }
    store.world().page = 1_000;
    let slots = Semaphore::new(2);
    let paced = Arc::new(Paced { store, slots });
    let request = ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency: 64,
        search: KeySearch::default(),
    };
    let (events, mut news) = mpsc::channel(256);
    let scan = tokio::spawn(scan(paced, request, events));
    let (mut done, mut of_huge) = (0, 0);
    while done < small.len() {
        match news.recv().await.unwrap() {
            ScanEvent::Found(finding) => {
                of_huge += usize::from(finding.upload.address.bucket.as_str() == "huge");
            }
            ScanEvent::BucketDone(summary) => {
                assert_ne!(summary.name.as_str(), "huge");
                done += 1;
            }
            _ => {}
        }
    }
    // 600 requests for the small ones, and a share of the slots for the huge one meanwhile.
    assert!(of_huge < 1_500, "{of_huge}");
    drop(news);
    scan.await.unwrap().unwrap();
}
