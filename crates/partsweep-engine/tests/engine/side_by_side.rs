//! A bucket listed side by side shows the same as one listed page after page.
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering as AtomicOrdering};
use std::time::Duration;

use partsweep_core::provider::profiles;
use partsweep_core::{BucketName, NameFilter, Operation, Selection, StoreErrorKind};
use partsweep_engine::scan;
use partsweep_engine::{BucketSummary, KeySearch, ScanEvent, ScanRequest, Sizes, Target, Targets};
use proptest::prelude::*;
use tokio::sync::mpsc;

use crate::fake::{FakeStore, days_ago};

struct Seen {
    names: Vec<(String, String)>,
    done: BucketSummary,
    listings: usize,
}

async fn list(store: &Arc<FakeStore>, prefix: &str, concurrency: usize) -> Seen {
    store.world().log.clear();
    let request = ScanRequest {
        targets: Targets::Named(vec![Target {
            bucket: BucketName::new("b").unwrap(),
            prefix: prefix.to_owned(),
        }]),
        selection: Selection {
            keys: NameFilter::default(),
            ..Selection::default()
        },
        sizes: Sizes::None,
        concurrency,
        search: KeySearch::default(),
    };
    let (events, mut news) = mpsc::channel(64);
    let scan = tokio::spawn(scan(Arc::clone(store), request, events));
    let (mut names, mut done) = (Vec::new(), None);
    while let Some(event) = news.recv().await {
        match event {
            ScanEvent::Found(finding) => {
                let address = finding.upload.address;
                names.push((
                    address.key.as_str().to_owned(),
                    address.id.as_str().to_owned(),
                ));
            }
            ScanEvent::BucketDone(summary) => done = Some(*summary),
            ScanEvent::Buckets(_)
            | ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => {}
        }
    }
    scan.await.unwrap().unwrap();
    names.sort();
    Seen {
        names,
        done: done.unwrap(),
        listings: store.count(Operation::ListMultipartUploads),
    }
}

fn filled(keys: &[String]) -> Arc<FakeStore> {
    let store = FakeStore::new(&["b"]);
    for (n, key) in (0..).zip(keys) {
        store.add("b", key, &format!("{n:04x}"), days_ago(2), &[], days_ago(2));
    }
    store.world().page = 7;
    store
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    let many = |key: &'static str| proptest::collection::vec(key, 0..250);
    prop_oneof![
        many("[a-z]{1,8}"),
        many("[0-9a-f]{8}"),
        many("logs/202[0-9]/[01][0-9]/[a-c]{1,3}"),
        many("(same|same|same|other)"),
        many("[a-c \\-.!/]{1,4}"),
        many("\\PC{1,4}"),
        many("z{1,3}[0-9]{0,2}"),
        many(".{1,3}"),
        many("[\u{1}\u{1f}a\u{7f}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{1,3}"),
        many("(a{1,9}|b)"),
    ]
    // What stands for a lost character is not trusted as a marker, by anyone.
    .prop_map(|mut keys| {
        keys.retain(|key| !key.contains('\u{fffd}'));
        keys
    })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #[test]
    fn side_by_side_shows_the_same_as_one_by_one(
        keys in keys(),
        provider in prop_oneof![Just(&profiles::AWS), Just(&profiles::CEPH), Just(&profiles::GARAGE)],
        skips_marker_key in any::<bool>(),
        prefix in prop_oneof![Just(""), Just("logs/2"), Just("s")],
        workers in 2..20_usize,
    ) {
        let store = filled(&keys);
        {
            let mut world = store.world();
            world.provider = provider;
            // Ceph includes it, and Garage leaves it out only when none of it is left.
            world.skips_marker_key = skips_marker_key && provider == &profiles::AWS
                || provider == &profiles::GARAGE;
        }
        let alone = run(list(&store, prefix, 1));
        let together = run(list(&store, prefix, workers));
        let wanted = keys.iter().filter(|key| key.starts_with(prefix)).count();
        prop_assert_eq!(alone.names.len(), wanted);
        prop_assert_eq!(&together.names, &alone.names);
        prop_assert_eq!(together.done.listing.code(), "complete");
    }

    #[test]
    fn a_store_without_the_order_it_is_known_for_is_listed_one_by_one(
        keys in keys(),
        provider in prop_oneof![Just(&profiles::AWS), Just(&profiles::CEPH), Just(&profiles::GARAGE)],
        workers in 2..20_usize,
    ) {
        let store = filled(&keys);
        store.world().provider = provider;
        store.world().shuffled = true;
        let alone = run(list(&store, "", 1));
        let together = run(list(&store, "", workers));
        prop_assert_eq!(&together.names, &alone.names, "each once");
        prop_assert_eq!(together.done.listing.code(), "complete");
    }
}

#[tokio::test]
async fn a_small_bucket_costs_no_more_requests_than_pages_and_a_few() {
    let keys: Vec<_> = (0..10).map(|n| format!("key{n}")).collect();
    let seen = list(&filled(&keys), "", 32).await;
    assert_eq!(seen.names.len(), 10);
    assert!(seen.listings <= 4, "{} for two pages", seen.listings);
}

fn date_tree() -> Vec<String> {
    (0..700)
        .map(|n| format!("logs/{}/{:02}/{n:04}", 2020 + n % 7, 1 + n % 28))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_pages_take_a_fifth_of_the_time_and_at_most_twice_the_pages() {
    let latency = Duration::from_millis(20);
    for (workers, rounds) in [(8, 30), (32, 20), (64, 20)] {
        let store = filled(&date_tree());
        store.world().latency = latency;
        let began = tokio::time::Instant::now();
        let seen = list(&store, "", workers).await;
        let took = began.elapsed().as_millis() / latency.as_millis();
        assert_eq!(seen.names.len(), 700);
        assert!(
            took <= rounds && seen.listings <= 200,
            "{took} latencies and {} listings by {workers}",
            seen.listings
        );
    }
}

#[tokio::test]
async fn a_page_that_fails_in_one_range_makes_the_listing_partial() {
    for fails in 2..60 {
        let store = filled(&date_tree());
        let listings = AtomicU32::new(0);
        store.before_each(move |world, operation, bucket| {
            let nth = listings.fetch_add(1, AtomicOrdering::Relaxed) + 1;
            let at = (operation, bucket.to_owned());
            if nth == fails {
                world.failing.insert(at, StoreErrorKind::Denied);
            } else {
                world.failing.remove(&at);
            }
        });
        let seen = list(&store, "", 32).await;
        assert_eq!(seen.done.listing.code(), "partial", "page {fails}");
        let told: HashSet<_> = seen.names.iter().collect();
        assert_eq!(told.len(), seen.names.len(), "each once");
        assert!(seen.names.len() >= 7, "what was seen is told");
    }
}

/// Each page alone is in order there: only the seams show that something is missing.
#[tokio::test]
async fn a_store_that_skips_behind_a_key_marker_is_listed_one_by_one() {
    let store = filled(&date_tree());
    store.world().skips_first = u32::MAX;
    let seen = list(&store, "", 32).await;
    assert_eq!(seen.done.listing.code(), "complete");
    let keys: HashSet<_> = seen.names.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, date_tree().into_iter().collect());
    assert_eq!(seen.names.len(), 700, "each once");
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_appears_at_a_seam_is_no_disorder() {
    let store = filled(&date_tree());
    store.world().latency = Duration::from_millis(20);
    // As if it had begun just after the first of two ranges was listed.
    store.world().skips_first = 1;
    let seen = list(&store, "", 32).await;
    assert_eq!(seen.done.listing.code(), "complete");
    assert_eq!(seen.names.len(), 699);
    // Begun again, it would be there.
    let calm = list(&store, "", 32).await;
    assert_eq!(calm.names.len(), 700);
    // Begun anew, it would take the hundred pages once more.
    assert!(
        seen.listings < calm.listings + 50,
        "{} listings, {} without",
        seen.listings,
        calm.listings
    );
}
