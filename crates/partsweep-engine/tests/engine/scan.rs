//! What a scan finds, and what it says of what it cannot see.
use std::sync::Arc;

use jiff::SignedDuration;

use crate::fake::{FakeStore, days_ago, hours_ago};
use partsweep_core::provider::profiles;
use partsweep_core::{
    BucketName, Footprint, KeepReason, KeyProof, NameFilter, Operation, Selection, StoreErrorKind,
    Verdict,
};
use partsweep_engine::scan;
use partsweep_engine::{
    BucketSummary, Finding, KeySearch, ScanEvent, ScanRequest, Sizes, Target, Targets,
};
use tokio::sync::mpsc;

fn request(targets: Targets) -> ScanRequest {
    ScanRequest {
        targets,
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency: 4,
        search: KeySearch::default(),
    }
}

fn account() -> ScanRequest {
    request(Targets::Account(NameFilter::default()))
}

async fn run(store: &Arc<FakeStore>, request: ScanRequest) -> (Vec<Finding>, Vec<BucketSummary>) {
    let (events, mut news) = mpsc::channel(1);
    let scan = tokio::spawn(scan(Arc::clone(store), request, events));
    let (mut found, mut done) = (Vec::new(), Vec::new());
    while let Some(event) = news.recv().await {
        match event {
            ScanEvent::Found(finding) => found.push(*finding),
            ScanEvent::BucketDone(summary) => done.push(*summary),
            ScanEvent::Buckets(_)
            | ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => {}
        }
    }
    scan.await.unwrap().unwrap();
    done.sort_by(|a, b| a.name.cmp(&b.name));
    (found, done)
}

fn ids(found: &[Finding]) -> Vec<&str> {
    let mut ids: Vec<_> = found
        .iter()
        .map(|finding| finding.upload.address.id.as_str())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn every_upload_of_every_bucket_is_found_with_its_exact_size() {
    let store = FakeStore::new(&["a", "b", "empty"]);
    for n in 0..25 {
        store.add_old(
            "a",
            &format!("key{n:02}"),
            &format!("a{n}"),
            &[5, 6, 7, 8, 9],
        );
    }
    store.add_old("b", "same", "b1", &[1]);
    store.add_old("b", "same", "b2", &[]);
    let (found, done) = run(&store, account()).await;
    assert_eq!(found.len(), 27);
    let totals: Vec<_> = done
        .iter()
        .map(|b| (b.totals.uploads, b.totals.parts, b.totals.bytes))
        .collect();
    assert_eq!(totals, [(25, 125, 875), (2, 1, 1), (0, 0, 0)]);
    assert!(done.iter().all(BucketSummary::is_whole));
    assert_eq!(done[0].totals.sweepable_uploads, 25);
}

#[tokio::test]
async fn a_scan_sends_nothing_but_looks() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    run(&store, account()).await;
    let looks = [
        Operation::ListBuckets,
        Operation::ListMultipartUploads,
        Operation::ListParts,
    ];
    assert!(
        store
            .world()
            .log
            .iter()
            .all(|(operation, _)| looks.contains(operation))
    );
}

#[tokio::test]
async fn a_running_upload_is_kept_and_says_why() {
    let store = FakeStore::new(&["a"]);
    store.add("a", "live", "1", days_ago(30), &[5], hours_ago(23));
    let (found, done) = run(&store, account()).await;
    assert_eq!(found[0].verdict, Verdict::Keep(KeepReason::ActiveRecently));
    assert_eq!(
        (done[0].totals.uploads, done[0].totals.sweepable_uploads),
        (1, 0)
    );
}

#[tokio::test]
async fn one_denied_bucket_does_not_stop_the_others() {
    let store = FakeStore::new(&["a", "b", "c", "d"]);
    store.add_old("d", "k", "1", &[1]);
    store.world().failing.insert(
        (Operation::ListMultipartUploads, "a".into()),
        StoreErrorKind::Denied,
    );
    store.world().failing.insert(
        (Operation::ListMultipartUploads, "b".into()),
        StoreErrorKind::Unsupported,
    );
    store.world().failing.insert(
        (Operation::ListMultipartUploads, "c".into()),
        StoreErrorKind::Timeout,
    );
    let (found, done) = run(&store, account()).await;
    let listings: Vec<_> = done.iter().map(|bucket| bucket.listing.code()).collect();
    assert_eq!(listings, ["denied", "unsupported", "failed", "complete"]);
    assert_eq!(ids(&found), ["1"]);
    assert!(!done[0].is_whole());
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_partial_and_keeps_what_was_seen() {
    let store = FakeStore::new(&["a"]);
    for n in 0..5 {
        store.add_old("a", &format!("k{n}"), &format!("{n}"), &[1]);
    }
    store.before_each(|world, operation, _| {
        let pages = world
            .log
            .iter()
            .filter(|(logged, _)| *logged == Operation::ListMultipartUploads)
            .count();
        if operation == Operation::ListMultipartUploads && pages == 2 {
            world
                .failing
                .insert((operation, "a".into()), StoreErrorKind::Server);
        }
    });
    let (found, done) = run(&store, account()).await;
    assert_eq!(
        (ids(&found), done[0].listing.code()),
        (vec!["0", "1"], "partial")
    );
    assert_eq!(
        done[0].listing.error().map(|error| error.kind),
        Some(StoreErrorKind::Server)
    );
}

#[tokio::test]
async fn an_empty_listing_of_a_forgetful_store_is_unproven_not_empty() {
    let store = FakeStore::new(&["a"]);
    store.world().provider = &profiles::MINIO;
    let (_, done) = run(&store, account()).await;
    assert_eq!(done[0].listing.code(), "unproven");
    assert!(!done[0].is_whole());
}

#[tokio::test]
async fn an_upload_that_is_gone_when_sized_is_no_upload() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.add_old("a", "k", "2", &[1]);
    store.before_each(|world, operation, about| {
        if operation == Operation::ListParts && about == "2" {
            world
                .uploads
                .retain(|(upload, _)| upload.address.id.as_str() != "2");
        }
    });
    let (found, done) = run(&store, account()).await;
    assert_eq!(
        (ids(&found), done[0].vanished, done[0].totals.uploads),
        (vec!["1"], 1, 1)
    );
    assert!(done[0].is_whole());
}

#[tokio::test]
async fn an_upload_that_is_unknown_and_still_listed_is_told() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "a%20b", "1", &[1]);
    store.add_old("a", "k", "2", &[1]);
    store.world().ghosts.insert("1".into());
    let (found, done) = run(&store, account()).await;
    assert_eq!(ids(&found), ["1", "2"]);
    let unknown = found.iter().find(|f| f.upload.address.id.as_str() == "1");
    assert_eq!(
        unknown.unwrap().verdict,
        Verdict::Keep(KeepReason::NoSuchUpload)
    );
    assert_eq!((done[0].vanished, done[0].unclear), (0, 1));
    assert!(!done[0].is_whole());
}

#[tokio::test]
async fn an_unknown_upload_that_could_not_be_searched_for_is_open() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.world().ghosts.insert("1".into());
    store.before_each(|world, operation, _| {
        let sized = world
            .log
            .iter()
            .any(|(logged, _)| *logged == Operation::ListParts);
        if operation == Operation::ListMultipartUploads && sized {
            world
                .failing
                .insert((operation, "a".into()), StoreErrorKind::Server);
        }
    });
    let (_, done) = run(&store, account()).await;
    assert_eq!((done[0].vanished, done[0].unclear), (0, 1));
}

#[tokio::test]
async fn a_key_that_the_store_does_not_show_exactly_is_proven_by_its_parts_or_kept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "right\u{fffd}", "1", &[1]);
    store.add_old("a", "wrong\u{fffd}", "2", &[1]);
    for (upload, _) in &mut store.world().uploads {
        upload.key_proof = KeyProof::Doubtful;
    }
    store.world().ghosts.insert("2".into());
    let (found, done) = run(&store, account()).await;
    let verdict = |id: &str| {
        found
            .iter()
            .find(|f| f.upload.address.id.as_str() == id)
            .unwrap()
            .verdict
    };
    assert_eq!(
        verdict("1"),
        Verdict::Sweep,
        "ListParts knows it: U+FFFD is in the key itself"
    );
    assert_eq!(verdict("2"), Verdict::Keep(KeepReason::KeyUncertain));
    assert_eq!((done[0].vanished, done[0].unclear), (0, 1));
}

/// Breaker 7: any answer with parts proved a key, whichever upload it was about.
#[tokio::test]
async fn a_doubtful_key_that_the_answer_does_not_name_stays_doubtful() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "right\u{fffd}", "1", &[1]);
    store.world().uploads[0].0.key_proof = KeyProof::Doubtful;
    store.world().names_nothing = true;
    let (found, _) = run(&store, account()).await;
    let kept = Verdict::Keep(KeepReason::KeyUncertain);
    assert_eq!(found[0].verdict, kept);
}

#[tokio::test]
async fn parts_that_cannot_be_listed_make_the_size_unknown_not_zero() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1, 2, 3]);
    store
        .world()
        .failing
        .insert((Operation::ListParts, "a".into()), StoreErrorKind::Denied);
    let (found, done) = run(&store, account()).await;
    assert_eq!(found[0].verdict, Verdict::Keep(KeepReason::SizingFailed));
    assert_eq!(found[0].footprint.bytes.exact(), None);
    assert_eq!((done[0].totals.unsized_uploads, done[0].unclear), (1, 1));
}

#[tokio::test]
async fn a_part_whose_number_cannot_be_read_makes_the_size_unknown() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1, 2]);
    store.world().nameless_parts = 1;
    let (found, done) = run(&store, account()).await;
    assert_eq!(found[0].verdict, Verdict::Keep(KeepReason::SizingFailed));
    assert_eq!(found[0].footprint.bytes.exact(), None);
    assert_eq!(done[0].unclear, 1);
}

#[tokio::test]
async fn without_sizing_no_parts_are_asked_for_and_nothing_is_fit_to_sweep() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    let (found, _) = run(
        &store,
        ScanRequest {
            sizes: Sizes::None,
            ..account()
        },
    )
    .await;
    assert_eq!(found[0].verdict, Verdict::Keep(KeepReason::NotSized));
    assert_eq!(store.count(Operation::ListParts), 0);
}

#[tokio::test]
async fn what_began_too_recently_is_not_sized_where_only_the_verdict_counts() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "old", "1", &[1]);
    store.add("a", "young", "2", hours_ago(1), &[1], hours_ago(1));
    let to_decide = ScanRequest {
        sizes: Sizes::ToDecide,
        ..account()
    };
    let (mut found, done) = run(&store, to_decide).await;
    found.sort_by(|a, b| a.upload.address.cmp(&b.upload.address));
    assert_eq!(found[0].verdict, Verdict::Sweep);
    assert_eq!(found[1].verdict, Verdict::Keep(KeepReason::ActiveRecently));
    assert_eq!(found[1].footprint, Footprint::UNKNOWN, "never a fake 0");
    assert_eq!(store.count(Operation::ListParts), 1);
    assert!(done[0].is_whole(), "nothing is unclear about it");
}

#[tokio::test]
async fn what_is_not_sized_has_one_reason_with_what_is_and_was_active_as_recently() {
    let store = FakeStore::new(&["a"]);
    store.add("a", "begun today", "1", hours_ago(1), &[1], hours_ago(1));
    store.add(
        "a",
        "begun this week",
        "2",
        hours_ago(72),
        &[1],
        hours_ago(1),
    );
    store.add("a", "active today", "3", hours_ago(999), &[1], hours_ago(1));
    let reasons = async |sizes, hours| {
        let selection = Selection {
            older_than: SignedDuration::from_hours(hours),
            ..Selection::default()
        };
        let request = ScanRequest {
            sizes,
            selection,
            ..account()
        };
        let (found, _) = run(&store, request).await;
        assert_eq!(found.len(), 3);
        let first = found[0].verdict;
        assert!(
            found.iter().all(|other| other.verdict == first),
            "{found:?}"
        );
        first
    };
    let [active, idle] = [KeepReason::ActiveRecently, KeepReason::IdleTooShort].map(Verdict::Keep);
    assert_eq!(reasons(Sizes::ToDecide, 168).await, idle);
    assert_eq!(reasons(Sizes::All, 168).await, active);
    assert_eq!(reasons(Sizes::ToDecide, 24).await, active);
}

#[tokio::test]
async fn excluded_keys_are_counted_and_not_sized() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "x.iso", "1", &[1]);
    store.add_old("a", "x.tmp", "2", &[1]);
    let keys = NameFilter::new(&[], &["*.tmp".into()]).unwrap();
    let selection = Selection {
        keys,
        ..Selection::default()
    };
    let (found, done) = run(
        &store,
        ScanRequest {
            selection,
            ..account()
        },
    )
    .await;
    assert_eq!(
        (
            ids(&found),
            done[0].excluded,
            store.count(Operation::ListParts)
        ),
        (vec!["1"], 1, 1)
    );
}

#[tokio::test]
async fn named_targets_ask_for_no_list_of_buckets() {
    let store = FakeStore::new(&["a", "b"]);
    store.add_old("a", "x/1", "1", &[1]);
    store.add_old("a", "y/1", "2", &[1]);
    store.add_old("b", "z", "3", &[1]);
    let bucket = BucketName::new("a").unwrap();
    let target = Target {
        bucket,
        prefix: "x/".into(),
    };
    let (found, done) = run(&store, request(Targets::Named(vec![target]))).await;
    assert_eq!(
        (ids(&found), done.len(), store.count(Operation::ListBuckets)),
        (vec!["1"], 1, 0)
    );
}

#[tokio::test]
async fn where_a_prefix_is_an_exact_key_the_bucket_is_filtered_here() {
    let store = FakeStore::new(&["a"]);
    store.world().provider = &profiles::MINIO;
    for (key, id) in [("x/1", "1"), ("x/2", "2"), ("y", "3")] {
        store.add_old("a", key, id, &[1]);
    }
    let target = Target {
        bucket: BucketName::new("a").unwrap(),
        prefix: "x/".into(),
    };
    let (found, _) = run(&store, request(Targets::Named(vec![target]))).await;
    assert_eq!(
        ids(&found),
        ["1", "2"],
        "each once, and nothing outside the prefix"
    );
    let asked = store.count(Operation::ListMultipartUploads);
    assert!(asked >= 3, "the prefix, then the whole bucket: {asked}");
}

/// At Storj markers lead elsewhere below a prefix, and one without a slash at its end is a key.
#[tokio::test]
async fn where_a_prefix_is_a_key_or_a_folder_none_is_asked_for() {
    let store = FakeStore::new(&["a"]);
    store.world().provider = &profiles::STORJ;
    store.world().page = 1;
    for (key, id) in [("x/1", "1"), ("x/2", "2"), ("y", "3")] {
        store.add_old("a", key, id, &[1]);
    }
    for prefix in ["x/", "x"] {
        let target = Target {
            bucket: BucketName::new("a").unwrap(),
            prefix: prefix.into(),
        };
        let (found, _) = run(&store, request(Targets::Named(vec![target]))).await;
        assert_eq!(ids(&found), ["1", "2"], "{prefix}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_scan() {
    let store = FakeStore::new(&["a", "b"]);
    for n in 0..50 {
        store.add_old("a", &format!("k{n:02}"), &format!("{n}"), &[1]);
    }
    let (events, mut news) = mpsc::channel(1);
    let scan = tokio::spawn(scan(Arc::clone(&store), account(), events));
    news.recv().await.unwrap();
    drop(news);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), scan).await;
    ended.expect("the scan ends").unwrap().unwrap();
}
