//! What a sweep touches, and what it leaves alone. Each test holds a law of `ARCHITECTURE.md`.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::fake::{FakeStore, days_ago, hours_ago};
use jiff::SignedDuration;
use partsweep_core::provider::profiles;
use partsweep_core::{
    ApprovedPlan, Consent, Inspect, KeepReason, Limits, NameFilter, ObjectHead, Operation,
    OutcomeKind, Part, Plan, PlannedUpload, Selection, StoreErrorKind, Terms,
};
use partsweep_engine::journal::{Journal, JournalHeader, Nowhere};
use partsweep_engine::scan;
use partsweep_engine::{
    Earlier, KeySearch, ScanEvent, ScanRequest, Sizes, SweepError, SweepOptions, SweepRequest,
    SweepTotals, SweptUpload, Targets, sweep,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A plan and the uploads that it names.
pub(crate) type Planned = (Plan, Vec<PlannedUpload>);

pub(crate) async fn plan(store: &Arc<FakeStore>, older_than: SignedDuration) -> Planned {
    let (events, mut news) = mpsc::channel(8);
    let request = ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection {
            older_than,
            ..Selection::default()
        },
        sizes: Sizes::All,
        concurrency: 4,
        search: KeySearch::default(),
    };
    let scan = tokio::spawn(scan(Arc::clone(store), request, events));
    let mut planned = Vec::new();
    while let Some(event) = news.recv().await {
        if let ScanEvent::Found(finding) = event {
            planned.extend(finding.planned());
        }
    }
    scan.await.unwrap().unwrap();
    store.world().log.clear();
    (Plan::of(&planned, Terms::older_than(older_than)), planned)
}

async fn run(store: &Arc<FakeStore>, plan: Planned, stop: CancellationToken) -> Vec<SweptUpload> {
    run_beside(store, plan, stop, true).await
}

/// `alone`: no other sweep is at work.
async fn run_beside(
    store: &Arc<FakeStore>,
    (plan, planned): Planned,
    stop: CancellationToken,
    alone: bool,
) -> Vec<SweptUpload> {
    let consent = Consent::to(&plan, &Limits::default(), &store.provider()).unwrap();
    let plan = plan.approve(consent).unwrap();
    let options = SweepOptions {
        concurrency: 3,
        rounds: 3,
        pause: Duration::from_millis(1),
        settle: Duration::from_millis(5),
        alone,
    };
    let (outcomes, mut news) = mpsc::channel(1);
    let request = SweepRequest {
        journal: journal(&plan),
        plan,
        earlier: Earlier::default(),
        options,
    };
    let source = planned.into_iter();
    let task = tokio::spawn(sweep(Arc::clone(store), request, source, outcomes, stop));
    let mut swept = Vec::new();
    while let Some(one) = news.recv().await {
        swept.push(one);
    }
    task.await.unwrap().unwrap();
    swept
}

pub(crate) fn header(plan: &ApprovedPlan) -> JournalHeader {
    JournalHeader {
        endpoint: "http://fake".to_owned(),
        account: None,
        plan: plan.digest().to_string(),
        plan_file: None,
        started: days_ago(0),
        terms: plan.terms(),
    }
}

fn journal(plan: &ApprovedPlan) -> Journal {
    Journal::start(Nowhere, &header(plan)).unwrap()
}

pub(crate) async fn sweep_all(store: &Arc<FakeStore>) -> Vec<SweptUpload> {
    let plan = plan(store, DAY).await;
    run(store, plan, CancellationToken::new()).await
}

pub(crate) fn codes(swept: &[SweptUpload]) -> BTreeMap<&str, &'static str> {
    swept
        .iter()
        .map(|one| (one.planned.upload.address.id.as_str(), one.outcome.code()))
        .collect()
}

#[tokio::test]
async fn what_is_old_is_aborted_verified_and_counted() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10, 20, 30]);
    store.add_old("a", "k", "2", &[]);
    store.add("a", "k", "live", days_ago(30), &[99], hours_ago(1));
    let swept = sweep_all(&store).await;
    assert_eq!(
        codes(&swept),
        BTreeMap::from([("1", "aborted"), ("2", "aborted")])
    );
    assert_eq!(
        store.ids_left(),
        ["live"],
        "a live upload is safe beside old ones of its key"
    );
    let mut totals = SweepTotals::default();
    swept.iter().for_each(|one| totals.count(one));
    assert_eq!((totals[OutcomeKind::Aborted], totals.bytes_freed), (2, 60));
}

#[tokio::test]
async fn nothing_outside_the_plan_is_aborted() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    let plan = plan(&store, DAY).await;
    store.add_old("a", "k", "2", &[1]);
    run(&store, plan, CancellationToken::new()).await;
    let aborted: Vec<_> = store
        .world()
        .log
        .iter()
        .filter(|(op, _)| *op == Operation::AbortMultipartUpload)
        .cloned()
        .collect();
    assert_eq!(aborted, [(Operation::AbortMultipartUpload, "1".to_owned())]);
}

#[tokio::test]
async fn an_upload_that_got_a_part_since_the_plan_is_kept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    let plan = plan(&store, DAY).await;
    let part = Part {
        number: 2,
        bytes: Some(5),
        last_modified: Some(hours_ago(0)),
        etag: None,
    };
    store.world().uploads[0].1.push(part);
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "changed")]));
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

#[tokio::test]
async fn a_finished_object_that_may_be_the_upload_keeps_it() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10, 20]);
    store.put_object("a", "k", 30, days_ago(29));
    let swept = sweep_all(&store).await;
    assert_eq!(
        swept[0].outcome.because(),
        Some(KeepReason::FinishedObject.code())
    );
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

#[tokio::test]
async fn an_upload_completed_between_the_looks_is_kept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10, 20]);
    let plan = plan(&store, DAY).await;
    store.before_each(|world, operation, _| {
        if operation == Operation::HeadObject {
            let now = world.now;
            let head = partsweep_core::ObjectHead {
                bytes: Some(30),
                last_modified: Some(now),
                etag: None,
                version: None,
            };
            world.objects.insert(("a".into(), "k".into()), head);
        }
    });
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "kept")]));
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

/// Its client sends the parts and completes them behind the empty list: the key tells. Seen on the model, on
/// Ceph (seed 574,861); Garage and Swift can't even repair the object.
#[tokio::test]
async fn the_key_of_an_upload_without_parts_is_checked_wherever_an_abort_can_hurt() {
    for (profile, expected) in [
        (&profiles::CEPH, "kept"),
        (&profiles::GARAGE, "kept"),
        (&profiles::SWIFT, "kept"),
        (&profiles::UNKNOWN, "kept"),
        (&profiles::AWS, "aborted"),
    ] {
        let store = FakeStore::new(&["a"]);
        store.world().provider = profile;
        store.add_old("a", "k", "1", &[]);
        let plan = plan(&store, DAY).await;
        store.before_each(|world, operation, _| {
            if operation == Operation::HeadObject {
                let head = partsweep_core::ObjectHead {
                    bytes: Some(77),
                    last_modified: Some(world.now),
                    etag: Some("abc-2".to_owned()),
                    version: None,
                };
                world.objects.insert(("a".into(), "k".into()), head);
            }
        });
        let swept = run(&store, plan, CancellationToken::new()).await;
        assert_eq!(codes(&swept)["1"], expected, "{}", profile.id);
    }
}

#[tokio::test]
async fn an_unrelated_older_object_does_not_keep_it() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10, 20]);
    store.put_object("a", "k", 30, days_ago(31));
    assert_eq!(
        codes(&sweep_all(&store).await),
        BTreeMap::from([("1", "aborted")])
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_seen_is_kept_where_an_abort_can_hurt() {
    for (profile, expected) in [(&profiles::CEPH, "kept"), (&profiles::AWS, "aborted")] {
        let store = FakeStore::new(&["a"]);
        store.world().provider = profile;
        store.add_old("a", "k", "1", &[1]);
        store
            .world()
            .failing
            .insert((Operation::HeadObject, "a".into()), StoreErrorKind::Denied);
        assert_eq!(
            codes(&sweep_all(&store).await),
            BTreeMap::from([("1", expected)]),
            "{}",
            profile.id
        );
    }
}

#[tokio::test]
async fn a_look_that_fails_stops_the_abort() {
    for operation in [Operation::ListParts, Operation::HeadObject] {
        let store = FakeStore::new(&["a"]);
        store.add_old("a", "k", "1", &[1]);
        let plan = plan(&store, DAY).await;
        store
            .world()
            .failing
            .insert((operation, "a".into()), StoreErrorKind::Server);
        let swept = run(&store, plan, CancellationToken::new()).await;
        assert_eq!(codes(&swept), BTreeMap::from([("1", "failed")]));
        assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
    }
}

#[tokio::test]
async fn an_abort_is_repeated_while_parts_remain() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.world().sticky.insert("1".into(), 2);
    assert_eq!(
        codes(&sweep_all(&store).await),
        BTreeMap::from([("1", "aborted")])
    );
    assert_eq!(store.count(Operation::AbortMultipartUpload), 3);
}

#[tokio::test]
async fn parts_that_remain_after_all_rounds_are_told() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.world().sticky.insert("1".into(), 99);
    let swept = sweep_all(&store).await;
    assert_eq!(
        (codes(&swept)["1"], swept[0].bytes_freed()),
        ("parts_remain", Some(0))
    );
    assert_eq!(store.count(Operation::AbortMultipartUpload), 3);
}

#[tokio::test]
async fn gone_by_another_hand_is_counted_apart_and_frees_nothing() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "look", &[1]);
    store.add_old("a", "k", "abort", &[1]);
    let plan = plan(&store, DAY).await;
    store.before_each(|world, operation, about| {
        let foreign = (operation == Operation::ListParts && about == "look")
            || (operation == Operation::AbortMultipartUpload && about == "abort");
        if foreign {
            world
                .uploads
                .retain(|(upload, _)| upload.address.id.as_str() != about);
        }
    });
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(
        codes(&swept),
        BTreeMap::from([("look", "already_gone"), ("abort", "already_gone")])
    );
    assert!(swept.iter().all(|one| one.bytes_freed() == Some(0)));
}

#[tokio::test]
async fn an_abort_without_an_answer_is_settled_by_looking() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[7]);
    let plan = plan(&store, DAY).await;
    store.world().failing.insert(
        (Operation::AbortMultipartUpload, "a".into()),
        StoreErrorKind::Timeout,
    );
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(
        (codes(&swept)["1"], swept[0].bytes_freed()),
        ("aborted", Some(7))
    );
}

#[tokio::test]
async fn an_abort_without_an_answer_beside_another_sweep_claims_no_bytes() {
    for (alone, freed) in [(true, Some(30)), (false, None)] {
        let store = ceph(&[("k", "1")]);
        let plan = plan(&store, DAY).await;
        store.world().failing.insert(
            (Operation::AbortMultipartUpload, "a".into()),
            StoreErrorKind::Timeout,
        );
        let swept = run_beside(&store, plan, CancellationToken::new(), alone).await;
        let became = (codes(&swept)["1"], swept[0].bytes_freed());
        assert_eq!(became, ("aborted", freed), "alone: {alone}");
    }
    let store = ceph(&[("k", "1")]);
    let plan = plan(&store, DAY).await;
    let swept = run_beside(&store, plan, CancellationToken::new(), false).await;
    assert_eq!(swept[0].bytes_freed(), Some(30), "this store tells");
}

#[tokio::test]
async fn a_denied_abort_is_a_failure_and_the_others_go_on() {
    let store = FakeStore::new(&["a", "b"]);
    store.add_old("a", "k", "1", &[1]);
    store.add_old("b", "k", "2", &[1]);
    store.world().failing.insert(
        (Operation::AbortMultipartUpload, "a".into()),
        StoreErrorKind::Denied,
    );
    let swept = sweep_all(&store).await;
    assert_eq!(
        codes(&swept),
        BTreeMap::from([("1", "failed"), ("2", "aborted")])
    );
}

#[tokio::test]
async fn an_interrupted_sweep_finishes_what_is_in_flight_and_tells_the_rest() {
    let store = FakeStore::new(&["a"]);
    for n in 0..50 {
        store.add_old("a", &format!("k{n}"), &format!("{n}"), &[1]);
    }
    let plan = plan(&store, DAY).await;
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    store.before_each(move |_, operation, _| {
        if operation == Operation::AbortMultipartUpload {
            cancel.cancel();
        }
    });
    let swept = run(&store, plan, stop).await;
    assert_eq!(swept.len(), 50, "one outcome for every upload of the plan");
    let aborted = swept
        .iter()
        .filter(|one| one.outcome.code() == "aborted")
        .count();
    assert!((1..=3).contains(&aborted), "{aborted} were in flight");
    assert_eq!(store.ids_left().len(), 50 - aborted);
    assert!(
        swept
            .iter()
            .all(|one| matches!(one.outcome.code(), "aborted" | "kept"))
    );
}

#[tokio::test]
async fn an_unknown_store_is_one_where_an_abort_can_hurt() {
    let store = FakeStore::new(&["a"]);
    store.world().provider = &profiles::UNKNOWN;
    assert!(store.provider().abort_can_hurt());
    store.add_old("a", "k", "1", &[1]);
    store
        .world()
        .failing
        .insert((Operation::HeadObject, "a".into()), StoreErrorKind::Denied);
    assert_eq!(
        codes(&sweep_all(&store).await),
        BTreeMap::from([("1", "kept")])
    );
}

#[tokio::test]
async fn an_upload_emptied_by_another_hand_is_not_counted_as_ours() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    let plan = plan(&store, DAY).await;
    // Someone else's abort crosses ours and leaves the entry without its part.
    store.before_each(|world, operation, _| {
        let has_parts = world.uploads.iter().any(|(_, parts)| !parts.is_empty());
        if operation == Operation::AbortMultipartUpload && has_parts {
            world.emptied.append(&mut world.uploads);
        } else if let Some((upload, _)) = world.emptied.pop() {
            world.uploads.push((upload, Vec::new()));
        }
    });
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "already_gone")]));
    assert_eq!(swept[0].bytes_freed(), Some(0));
    // The second one ends the entry, which holds nothing any more.
    assert_eq!(store.count(Operation::AbortMultipartUpload), 2);
}

#[tokio::test]
async fn an_upload_that_comes_back_to_life_between_two_unanswered_aborts_is_kept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    let plan = plan(&store, DAY).await;
    store.world().failing.insert(
        (Operation::AbortMultipartUpload, "a".into()),
        StoreErrorKind::Throttled,
    );
    store.before_each(|world, operation, _| {
        let aborts = world
            .log
            .iter()
            .filter(|(op, _)| *op == Operation::AbortMultipartUpload);
        if aborts.count() == 1 && operation == Operation::AbortMultipartUpload {
            let part = Part {
                number: 2,
                bytes: Some(5),
                last_modified: Some(world.now),
                etag: None,
            };
            world.uploads[0].1.push(part);
        }
    });
    let swept = run(&store, plan, CancellationToken::new()).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "changed")]));
    assert_eq!(store.count(Operation::AbortMultipartUpload), 1);
}

pub(crate) fn ceph(uploads: &[(&str, &str)]) -> Arc<FakeStore> {
    let store = FakeStore::new(&["a"]);
    store.world().provider = &profiles::CEPH;
    for (key, id) in uploads {
        store.add_old("a", key, id, &[10, 20]);
    }
    store
}

/// Completes upload `id` at the moment of its `nth` abort.
fn cross_at_abort(store: &FakeStore, id: &'static str) {
    store.before_each(move |world, operation, about| {
        if operation == Operation::AbortMultipartUpload && about == id {
            world.cross(id);
        }
    });
}

pub(crate) fn spares(store: &FakeStore) -> usize {
    let world = store.world();
    let is_spare = |(_, key): &&(String, String)| key.starts_with(".partsweep-spare-");
    world.objects.keys().filter(is_spare).count()
}

#[tokio::test]
async fn an_object_completed_across_the_abort_is_repaired() {
    let store = ceph(&[("k", "1"), ("other", "2")]);
    cross_at_abort(&store, "1");
    let swept = sweep_all(&store).await;
    assert_eq!(
        codes(&swept),
        BTreeMap::from([("1", "repaired"), ("2", "aborted")])
    );
    assert!(store.world().doomed.is_empty(), "the data would be lost");
    assert_eq!(spares(&store), 0);
    let mut totals = SweepTotals::default();
    swept.iter().for_each(|one| totals.count(one));
    assert_eq!((totals[OutcomeKind::Repaired], totals.bytes_freed), (1, 30));
}

#[tokio::test]
async fn an_object_that_appears_only_after_a_while_is_repaired_too() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, _| {
        let heads = world
            .log
            .iter()
            .filter(|(op, _)| *op == Operation::HeadObject);
        // The look, the look right after the abort, then the one after the settling time.
        if operation == Operation::AbortMultipartUpload {
            world.emptied = world.uploads.clone();
        } else if operation == Operation::HeadObject && heads.count() == 3 {
            world.uploads = std::mem::take(&mut world.emptied);
            world.cross("1");
        }
    });
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "repaired")]));
    assert!(store.world().doomed.is_empty());
}

#[tokio::test]
async fn where_an_abort_cannot_hurt_the_key_is_not_looked_at_again() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    sweep_all(&store).await;
    assert_eq!(store.count(Operation::HeadObject), 1);
}

#[tokio::test]
async fn an_object_too_large_to_be_copied_is_written_anew_in_parts() {
    let store = ceph(&[("k", "1")]);
    store.world().largest_copy = Some(29);
    cross_at_abort(&store, "1");
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "repaired")]));
    assert!(store.world().doomed.is_empty());
    assert_eq!(store.count(Operation::UploadPartCopy), 1);
}

#[tokio::test]
async fn an_object_that_cannot_be_saved_is_told() {
    let store = ceph(&[("k", "1")]);
    let failing = (Operation::CopyObject, "a".to_owned());
    store
        .world()
        .failing
        .insert(failing, StoreErrorKind::Denied);
    cross_at_abort(&store, "1");
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "at_risk")]));
    assert_eq!(swept[0].bytes_freed(), Some(0));
}

#[tokio::test]
async fn a_copy_back_whose_answer_is_lost_is_found_by_looking() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, about| {
        if operation == Operation::AbortMultipartUpload {
            world.cross("1");
        }
        let failing = (Operation::CopyObject, "a".to_owned());
        if operation == Operation::CopyObject && about == "k" {
            world.now += SignedDuration::from_secs(1);
            world.failing.insert(failing, StoreErrorKind::Timeout);
        } else {
            world.failing.remove(&failing);
        }
    });
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept), BTreeMap::from([("1", "repaired")]));
    assert!(store.world().doomed.is_empty());
    assert_eq!(spares(&store), 0);
}

#[tokio::test]
async fn what_someone_else_writes_during_the_repair_stays() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, about| {
        if operation == Operation::AbortMultipartUpload {
            world.cross("1");
        }
        if operation == Operation::CopyObject && about.starts_with(".partsweep-spare-") {
            world.now += SignedDuration::from_secs(1);
        }
        // After the copy to the spare was made, before the object is looked at again.
        let copies = world
            .log
            .iter()
            .filter(|(op, _)| *op == Operation::CopyObject);
        if operation == Operation::HeadObject && about == "k" && copies.count() == 1 {
            let foreign = ObjectHead {
                bytes: Some(7),
                last_modified: Some(world.now),
                etag: Some("foreign".to_owned()),
                version: None,
            };
            world
                .objects
                .insert(("a".to_owned(), "k".to_owned()), foreign);
        }
    });
    sweep_all(&store).await;
    let world = store.world();
    let object = &world.objects[&("a".to_owned(), "k".to_owned())];
    assert_eq!(object.etag.as_deref(), Some("foreign"));
    drop(world);
    assert_eq!(spares(&store), 0);
}

#[tokio::test]
async fn a_plan_that_changed_since_it_was_agreed_to_is_not_swept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[1]);
    store.add_old("a", "k", "2", &[1]);
    let (plan, mut planned) = plan(&store, DAY).await;
    planned.swap(0, 1);
    let consent = Consent::to(&plan, &Limits::default(), &store.provider()).unwrap();
    let plan = plan.approve(consent).unwrap();
    let request = SweepRequest {
        journal: journal(&plan),
        plan,
        earlier: Earlier::default(),
        options: SweepOptions::default(),
    };
    let (outcomes, _news) = mpsc::channel(8);
    let stop = CancellationToken::new();
    let error = sweep(
        Arc::clone(&store),
        request,
        planned.into_iter(),
        outcomes,
        stop,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, SweepError::NotAsAgreed));
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}
