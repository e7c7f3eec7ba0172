//! Sweeps on a store whose answers cannot all be true, or come too late. Each test holds a law of
//! `ARCHITECTURE.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use partsweep_core::provider::profiles;
use partsweep_core::{
    Clock, Inspect as _, ObjectHead, OlderVersions, Operation, Outcome, Part, StoreErrorKind,
};

use crate::fake::{FakeStore, World, days_ago};
use crate::sweep::{ceph, codes, spares, sweep_all};

fn name(key: &str) -> (String, String) {
    ("a".to_owned(), key.to_owned())
}

fn object(bytes: u64, etag: &str) -> ObjectHead {
    ObjectHead {
        bytes: Some(bytes),
        last_modified: Some(days_ago(0)),
        etag: Some(etag.to_owned()),
        version: None,
    }
}

/// A store whose hook does this at the abort of upload `1`, once.
fn at_the_abort(store: &FakeStore, act: impl Fn(&mut World) + Send + Sync + 'static) {
    store.before_each(move |world, operation, id| {
        if operation == Operation::AbortMultipartUpload && id == "1" {
            act(world);
        }
    });
}

/// Breaker 2: a part came in the half minute that an abort waited for its turn.
#[tokio::test(start_paused = true)]
async fn an_abort_that_comes_too_late_is_looked_at_again() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    store.world().too_old = 3;
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept)["1"], "aborted");
    assert_eq!(store.count(Operation::AbortMultipartUpload), 1);
    // Four looks and the proof.
    assert_eq!(store.count(Operation::ListParts), 5);
    assert_eq!(store.count(Operation::HeadObject), 4);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_goes_on_while_its_abort_waits_is_kept() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    store.world().too_old = 1;
    store.before_each(|world, operation, _| {
        // While the first abort waits.
        if operation == Operation::ListParts && world.too_old == 0 {
            let last_modified = Some(world.now);
            let part = |number| Part {
                number,
                bytes: Some(1),
                last_modified,
                etag: None,
            };
            world.uploads[0].1.push(part(2));
        }
    });
    assert_eq!(codes(&sweep_all(&store).await)["1"], "changed");
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_too_slow_for_any_look_is_given_up_without_an_abort() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    store.world().too_old = u32::MAX;
    let swept = sweep_all(&store).await;
    let Outcome::Failed(error) = &swept[0].outcome else {
        panic!("{swept:?}");
    };
    assert_eq!(error.kind, StoreErrorKind::LookTooOld);
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

/// Breaker 3: on a real Ceph a tenth of such writes were undone.
#[tokio::test]
async fn what_a_plain_writer_puts_at_the_key_is_not_written_over() {
    let store = ceph(&[("k", "1")]);
    at_the_abort(&store, |world| {
        let plain = object(30, "9e107d9d372bb6826bd81d3542a419d6");
        world.objects.insert(name("k"), plain);
    });
    assert_eq!(codes(&sweep_all(&store).await)["1"], "aborted");
    assert_eq!(store.count(Operation::CopyObject), 0);
    assert_eq!(spares(&store), 0);
}

/// It may be the upload, completed from other parts than were seen: nobody can tell.
#[tokio::test]
async fn an_object_that_may_be_the_upload_is_reported_and_not_written_over() {
    for (bytes, etag) in [(31, "abc-3"), (30, "abc-7"), (99, "abc-1")] {
        let store = ceph(&[("k", "1")]);
        at_the_abort(&store, move |world| {
            world.objects.insert(name("k"), object(bytes, etag));
        });
        let swept = sweep_all(&store).await;
        let Outcome::AtRisk(at_risk) = &swept[0].outcome else {
            panic!("{etag}: {swept:?}");
        };
        assert_eq!(at_risk.object.etag.as_deref(), Some(etag));
        assert_eq!(store.count(Operation::CopyObject), 0, "{etag}");
    }
}

/// The first object was in danger; what took its place before the copy is someone's own.
#[tokio::test]
async fn what_takes_the_place_of_an_object_in_danger_is_not_written_over() {
    let store = ceph(&[("k", "1")]);
    store.before_each(|world, operation, about| {
        if operation == Operation::AbortMultipartUpload {
            world.cross("1");
        }
        if operation == Operation::CopyObject && about.starts_with(".partsweep-spare-") {
            let plain = object(30, "9e107d9d372bb6826bd81d3542a419d6");
            world.objects.insert(name("k"), plain);
        }
    });
    assert_eq!(codes(&sweep_all(&store).await)["1"], "already_gone");
    let left = store.world().objects[&name("k")].clone();
    assert_eq!(
        left.etag.as_deref(),
        Some("9e107d9d372bb6826bd81d3542a419d6")
    );
    assert_eq!(spares(&store), 0);
}

/// Report 4: nine aborts and 37 s for each upload.
#[tokio::test]
async fn no_parts_and_no_listing_is_gone_for_an_upload_that_never_had_parts() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[]);
    store.world().gone_is_empty = true;
    assert_eq!(codes(&sweep_all(&store).await)["1"], "aborted");
    assert_eq!(store.count(Operation::AbortMultipartUpload), 1);
}

#[tokio::test(start_paused = true)]
async fn no_parts_is_not_gone_while_the_upload_is_listed() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[]);
    store.world().sticky.insert("1".into(), 99);
    assert_eq!(codes(&sweep_all(&store).await)["1"], "parts_remain");
}

/// Report 4: the same of an upload that had parts. Where they are gone and it is still listed, it is
/// aborted again.
#[tokio::test(start_paused = true)]
async fn an_upload_that_lost_its_parts_is_not_gone_while_it_is_listed() {
    for (aborts_that_fail, outcome, freed) in [
        (u32::MAX, "parts_remain", 0),
        (2, "aborted", 30),
        (0, "aborted", 30),
    ] {
        let store = FakeStore::new(&["a"]);
        store.add_old("a", "k", "1", &[10, 20]);
        store.world().gone_is_empty = true;
        // Each of these aborts only empties it.
        store.world().sticky.insert("1".into(), aborts_that_fail);
        store.before_each(|world, operation, _| {
            let aborts = world.log.iter();
            let is_aborted = aborts
                .filter(|(operation, _)| *operation == Operation::AbortMultipartUpload)
                .count();
            if is_aborted > 0 && operation == Operation::ListParts {
                world
                    .uploads
                    .iter_mut()
                    .for_each(|(_, parts)| parts.clear());
            }
        });
        let swept = sweep_all(&store).await;
        assert_eq!(codes(&swept)["1"], outcome, "{aborts_that_fail}");
        assert_eq!(swept[0].bytes_freed(), Some(freed), "{aborts_that_fail}");
    }
}

/// The second witness costs a request only where the first one leaves doubt.
#[tokio::test(start_paused = true)]
async fn what_the_store_does_not_know_any_more_is_not_searched_for() {
    for (gone_is_empty, listings) in [(false, 0), (true, 1)] {
        let store = FakeStore::new(&["a"]);
        store.add_old("a", "k", "1", &[10]);
        store.world().gone_is_empty = gone_is_empty;
        assert_eq!(codes(&sweep_all(&store).await)["1"], "aborted");
        let listed = store.count(Operation::ListMultipartUploads);
        assert_eq!(listed, listings, "{gone_is_empty}");
        assert_eq!(store.count(Operation::AbortMultipartUpload), 1);
    }
}

/// Breaker 8.
#[tokio::test]
async fn a_finished_object_below_the_current_version_keeps_its_upload() {
    for profile in [&profiles::AWS, &profiles::CEPH] {
        let store = FakeStore::new(&["a"]);
        store.world().provider = profile;
        store.add_old("a", "k", "1", &[10, 20]);
        let older = OlderVersions::Seen(vec![object(30, "abc-2")]);
        store.world().older.insert(name("k"), older);
        assert_eq!(
            codes(&sweep_all(&store).await)["1"],
            "kept",
            "{}",
            profile.id
        );
        assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
    }
}

/// Report 8: the store proves to be behind only when the sweep begins.
#[tokio::test]
async fn an_offset_of_the_clock_that_is_found_before_the_abort_keeps_what_is_young() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    store.before_each(|world, operation, _| {
        if operation == Operation::ListParts {
            let behind = SignedDuration::from_hours(24 * 365);
            world.clock = Some(Clock::Behind(behind));
        }
    });
    // Its plan was made before.
    let swept = sweep_all(&store).await;
    assert_eq!(codes(&swept), BTreeMap::new(), "a scan sees it, too");
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    let looks = Arc::new(std::sync::atomic::AtomicU32::new(0));
    store.before_each(move |world, operation, _| {
        if operation == Operation::ListParts {
            let looks = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let behind = SignedDuration::from_hours(24 * 365);
            world.clock = (looks > 0).then_some(Clock::Behind(behind));
        }
    });
    assert_eq!(codes(&sweep_all(&store).await)["1"], "kept");
    assert_eq!(store.count(Operation::AbortMultipartUpload), 0);
}

/// Uploads in UTC and parts in local time: a fresh upload seems to prove the dates of both, and the part of another that
/// came a moment ago is 8 hours old. A part from before its upload shows it.
#[tokio::test]
async fn a_part_from_before_its_upload_shows_that_dates_come_from_two_clocks() {
    for (part, is_shown) in [(days_ago(2), true), (days_ago(0), false)] {
        let store = FakeStore::new(&["a"]);
        store.world().clock = Some(Clock::NotBehind);
        store.add("a", "k", "1", days_ago(1), &[10], part);
        sweep_all(&store).await;
        assert_eq!(store.clock() == Clock::Unproven, is_shown, "{part}");
    }
}

/// Breaker 6: an answer of another store came in the middle of a sweep that only age protected from.
#[tokio::test]
async fn a_store_that_proves_to_be_more_dangerous_is_treated_so_from_then_on() {
    let store = FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10]);
    store.before_each(|world, operation, _| {
        if operation == Operation::HeadObject {
            world.provider = &profiles::CEPH;
        }
        if operation == Operation::AbortMultipartUpload {
            world.cross("1");
        }
    });
    assert_eq!(codes(&sweep_all(&store).await)["1"], "repaired");
}
