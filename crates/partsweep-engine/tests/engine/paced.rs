//! A scan whose reader pauses must not keep the store from anyone else.

use std::sync::Arc;
use std::time::Duration;

use partsweep_core::pager::Markers;
use partsweep_core::provider::Provider;
use partsweep_core::{
    BucketEntry, BucketName, Inspect, Key, NameFilter, ObjectHead, PartPage, Selection, StoreError,
    UploadAddress, UploadPage,
};
use partsweep_engine::{ScanRequest, Sizes, Targets, scan};
use tokio::sync::{Semaphore, mpsc};

use crate::fake::FakeStore;

/// A store that lets only so many requests through at once, as one does after throttling.
struct Paced {
    store: Arc<FakeStore>,
    slots: Semaphore,
}

impl Inspect for Paced {
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
