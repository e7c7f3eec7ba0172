//! Asking for the keys of objects: how many wait in memory, and what a store that leads nowhere comes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use partsweep_core::provider::profile::Provider;
use partsweep_core::provider::profiles;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketList, BucketName, Inspect, Key, KeyPage, Listing, ObjectHead, OlderVersions, PartPage,
    Selection, StoreError, Upload, UploadAddress, UploadPage,
};
use partsweep_engine::{
    BucketSummary, KeySearch, ScanEvent, ScanRequest, Sizes, Target, Targets, scan,
};
use tokio::sync::mpsc;

/// Keys on a page of objects.
const PAGE: usize = 1_000;

/// A store with many objects, which lists no uploads but those of an exact key: one for each thousandth.
struct ManyObjects {
    pages: usize,
    end: End,
    shown: AtomicUsize,
    asked: AtomicUsize,
    /// The most keys that were shown and not asked for.
    most_waiting: AtomicUsize,
}

/// How its pages end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With the last one.
    Last,
    /// Never: the first page comes again, by its token.
    First,
    /// Never: each page is the first, with a new token.
    Same,
    /// Never: behind the last one they are empty, each with a new token.
    Empty,
}

impl Inspect for ManyObjects {
    fn provider(&self) -> Provider {
        profiles::MINIO
    }

    fn region(&self, _: &BucketName) -> Option<String> {
        None
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        Ok(BucketList::default())
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        _: &Markers,
    ) -> Result<UploadPage, StoreError> {
        tokio::task::yield_now().await;
        if prefix.is_empty() {
            return Ok(UploadPage::default());
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let uploads = match prefix.ends_with("000") {
            true => vec![Upload::named(
                UploadAddress::new(bucket.as_str(), prefix, "1").unwrap(),
            )],
            false => Vec::new(),
        };
        Ok(UploadPage {
            uploads,
            ..UploadPage::default()
        })
    }

    async fn list_keys(
        &self,
        _: &BucketName,
        _: &str,
        after: Option<&str>,
    ) -> Result<KeyPage, StoreError> {
        let page: usize = after.map_or(0, |after| after.parse().unwrap());
        let shown = self.shown.fetch_add(PAGE, Ordering::Relaxed) + PAGE;
        let waiting = shown.saturating_sub(self.asked.load(Ordering::Relaxed));
        self.most_waiting.fetch_max(waiting, Ordering::Relaxed);
        let next = match (page + 1 < self.pages, self.end) {
            (true, _) | (_, End::Same | End::Empty) => Some(page + 1),
            (false, End::First) => Some(0),
            (false, End::Last) => None,
        };
        let number = match self.end {
            End::Same => 0,
            _ => page * PAGE,
        };
        let length = match self.end {
            End::Empty if page >= self.pages => 0,
            _ => PAGE,
        };
        Ok(KeyPage {
            keys: (number..number + length)
                .map(|n| format!("k{n:09}"))
                .collect(),
            next: next.map(|next| next.to_string()),
            hides_some: false,
        })
    }

    async fn list_parts(&self, _: &UploadAddress, _: u32) -> Result<PartPage, StoreError> {
        Ok(PartPage::default())
    }

    async fn head_object(&self, _: &BucketName, _: &Key) -> Result<Option<ObjectHead>, StoreError> {
        Ok(None)
    }

    async fn older_versions(&self, _: &BucketName, _: &Key) -> Result<OlderVersions, StoreError> {
        Ok(OlderVersions::NONE)
    }
}

async fn probe(store: &Arc<ManyObjects>) -> (usize, u64, BucketSummary) {
    let request = ScanRequest {
        targets: Targets::Named(vec![Target {
            bucket: BucketName::new("b").unwrap(),
            prefix: String::new(),
        }]),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency: 8,
        search: KeySearch {
            objects: true,
            given: None,
        },
    };
    let (events, mut news) = mpsc::channel(1);
    let scan = tokio::spawn(scan(Arc::clone(store), request, events));
    let (mut found, mut told, mut done) = (0, 0, None);
    while let Some(event) = news.recv().await {
        match event {
            ScanEvent::Found(_) => found += 1,
            ScanEvent::KeysAsked(keys) => told += keys,
            ScanEvent::BucketDone(summary) => done = Some(*summary),
            _ => {}
        }
    }
    scan.await.unwrap().unwrap();
    (found, told, done.unwrap())
}

fn store(pages: usize, end: End) -> Arc<ManyObjects> {
    Arc::new(ManyObjects {
        pages,
        end,
        shown: AtomicUsize::new(0),
        asked: AtomicUsize::new(0),
        most_waiting: AtomicUsize::new(0),
    })
}

#[tokio::test]
async fn of_many_objects_two_pages_of_keys_wait_at_most() {
    let store = store(100, End::Last);
    let (found, told, summary) = probe(&store).await;
    let asked = summary.asked.unwrap();
    assert_eq!(
        (found, told, asked.keys, asked.found),
        (100, 100_000, 100_000, 100)
    );
    assert!(
        matches!(summary.listing, Listing::Unproven { .. }),
        "{summary:?}"
    );
    let most = store.most_waiting.load(Ordering::Relaxed);
    assert!(most <= 2 * PAGE, "{most}");
}

#[tokio::test]
async fn pages_of_objects_that_lead_in_a_circle_end_and_are_partial() {
    for (end, uploads, keys) in [
        // The first page comes again once.
        (End::First, 3, 4_000),
        (End::Same, 1, 2_000),
        (End::Empty, 3, 3_000),
    ] {
        let store = store(3, end);
        let (found, told, summary) = probe(&store).await;
        assert_eq!((found, told), (uploads, keys));
        let Listing::Partial { error: Some(error) } = summary.listing else {
            panic!("{summary:?}");
        };
        assert!(error.to_string().contains("keys of all objects"), "{error}");
    }
}
