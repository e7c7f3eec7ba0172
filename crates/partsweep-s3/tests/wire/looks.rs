//! How old a look may be when its abort leaves (law 4), and what a look sees of older versions.

use std::time::{Duration, Instant};

use partsweep_core::store::answers::Markers;
use partsweep_core::{
    ApprovedUpload, BucketName, Inspect, Key, LookTime, Mutate, OlderVersions, StoreErrorKind,
};
use partsweep_s3::{Settings, Store};
use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation, Setup, Sim, Versioning};

use crate::agreed::agreed_to;
use crate::scripted::{Reply, Scripted, answer};
use crate::stores::settings;

const PARTS: &str = "<ListPartsResult><Key>k</Key><UploadId>1</UploadId></ListPartsResult>";

fn upload() -> ApprovedUpload {
    agreed_to("b", "k", "1")
}

fn bucket() -> BucketName {
    BucketName::new("b").unwrap()
}

/// When a look at the upload was answered.
async fn look(store: &Store) -> LookTime {
    let page = store.list_parts(upload().address(), 0).await.unwrap();
    page.answered
}

fn aborts(server: &Scripted) -> usize {
    let seen = server.seen();
    seen.iter().filter(|request| request.has("DELETE")).count()
}

#[tokio::test]
async fn an_abort_is_sent_on_a_look_of_a_moment_ago_and_not_on_an_old_one() {
    let server = Scripted::start(|_, request| match request.has("DELETE") {
        true => answer("204 No Content", "", ""),
        false => answer("200 OK", "", PARTS),
    })
    .await;
    let store = server.store().await;
    let seen = look(&store).await;
    store.abort_upload(&upload(), seen).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    let error = store.abort_upload(&upload(), seen).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::LookTooOld);
    assert_eq!(aborts(&server), 1);
}

/// The parts that a slow body shows were those of the moment at which the store began to answer.
#[tokio::test]
async fn a_look_is_as_old_as_the_head_of_its_answer() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", PARTS.len());
    let server = Scripted::start(move |_, request| match request.has("DELETE") {
        true => answer("204 No Content", "", ""),
        false => Reply::Pieces {
            head: head.clone().into_bytes(),
            piece: PARTS.into(),
            times: 1,
            pause: Duration::from_millis(2_100),
        },
    })
    .await;
    let store = server.store().await;
    let seen = look(&store).await;
    let error = store.abort_upload(&upload(), seen).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::LookTooOld);
    assert_eq!(aborts(&server), 0);
}

/// That it is too old is known before anything is written: the connection stays good for others.
#[tokio::test]
async fn an_abort_on_an_old_look_costs_no_connection() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    let id = sim.create_upload("b", "k").unwrap();
    let store = Store::connect(settings(&sim)).await.unwrap();
    let upload = agreed_to("b", "k", &id);
    for _ in 0..2 {
        store.list_parts(upload.address(), 0).await.unwrap();
        let long_ago = LookTime::default();
        let error = store.abort_upload(&upload, long_ago).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::LookTooOld);
    }
    assert_eq!(sim.connections(), 1);
}

/// Breaker 2: one abort was answered 503 with `Retry-After: 30`, and 63 others left half a minute after
/// their look.
#[tokio::test]
async fn an_abort_that_waits_for_its_turn_too_long_is_not_sent() {
    let server = Scripted::start(|number, request| match (number, request.has("DELETE")) {
        (1, true) => answer("503 Slow Down", "Retry-After: 3\r\n", ""),
        (_, true) => answer("204 No Content", "", ""),
        _ => answer("200 OK", "", PARTS),
    })
    .await;
    let store = server.store().await;
    let seen = look(&store).await;
    let refused = store.abort_upload(&upload(), seen).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Throttled);
    let late = store.abort_upload(&upload(), seen).await.unwrap_err();
    assert_eq!(late.kind, StoreErrorKind::LookTooOld);
    assert_eq!(aborts(&server), 1);
}

/// At one request a second the parts, the key and the abort of an upload still leave within the two
/// seconds, one after the other, whatever else waits.
#[tokio::test]
async fn at_one_request_a_second_an_upload_is_looked_at_and_aborted() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    sim.latency(Duration::from_millis(3));
    let id = sim.create_upload("b", "k").unwrap();
    let store = Store::connect(Settings {
        rps: 1,
        ..settings(&sim)
    })
    .await
    .unwrap();
    let upload = agreed_to("b", "k", &id);
    let busy = async {
        // Looks at others that are yet to begin: there is always one more.
        let other = agreed_to("b", "k", "other");
        loop {
            let _ = store.list_parts(other.address(), 0).await;
        }
    };
    let swept = async {
        for _ in 0..4 {
            let page = store.list_parts(upload.address(), 0).await.unwrap();
            let _ = store.head_object(&bucket(), &Key::new("k").unwrap()).await;
            match store.abort_upload(&upload, page.answered).await {
                Ok(_) => return true,
                Err(error) => assert_eq!(error.kind, StoreErrorKind::LookTooOld, "{error}"),
            }
        }
        false
    };
    let began = Instant::now();
    let swept = tokio::select! {
        swept = swept => swept,
        () = busy => false,
    };
    assert!(swept, "no progress in {:?}", began.elapsed());
}

#[tokio::test]
async fn a_bucket_without_versions_is_asked_once_whether_it_has_any() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    let store = Store::connect(settings(&sim)).await.unwrap();
    for key in ["k", "l", "m"] {
        let older = store
            .older_versions(&bucket(), &Key::new(key).unwrap())
            .await;
        assert_eq!(older.unwrap(), OlderVersions::NONE);
    }
    assert_eq!(sim.count(Operation::GetBucketVersioning), 1);
    assert_eq!(sim.count(Operation::ListObjectVersions), 0);
}

#[tokio::test]
async fn all_versions_of_a_key_are_seen_and_no_others() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    sim.set_versioning("b", Versioning::Enabled).unwrap();
    for (key, bytes) in [("k", 30), ("k", 31), ("k/longer", 5), ("j", 6), ("k", 32)] {
        sim.put_object("b", key, bytes).unwrap();
    }
    let store = Store::connect(settings(&sim)).await.unwrap();
    let older = store
        .older_versions(&bucket(), &Key::new("k").unwrap())
        .await;
    let OlderVersions::Seen(mut older) = older.unwrap() else {
        panic!("not visible");
    };
    older.sort_by_key(|version| version.bytes);
    let sizes: Vec<_> = older.iter().map(|version| version.bytes).collect();
    // The current one too: a write between this and HEAD puts it below another.
    assert_eq!(sizes, [Some(30), Some(31), Some(32)]);
}

#[tokio::test]
async fn an_end_of_versions_that_cannot_be_believed_hides_some() {
    const VERSION: &str = "<Version><Key>k</Key><VersionId>1</VersionId><Size>5</Size></Version>";
    const ANOTHER: &str = "<Version><Key>k</Key><VersionId>2</VersionId><Size>5</Size></Version>";
    const DELETED: &str = "<DeleteMarker><Key>k</Key><VersionId>3</VersionId></DeleteMarker>";
    const MARKER: &str = "<NextKeyMarker>k</NextKeyMarker>";
    let more = format!("<IsTruncated>true</IsTruncated>{MARKER}");
    // First page, second page, how many are seen; none if some may be hidden.
    for (first, second, seen) in [
        (
            format!("{VERSION}<IsTruncated>false</IsTruncated>"),
            "",
            Some(1),
        ),
        (String::new(), "", Some(0)),
        (format!("{VERSION}{more}"), ANOTHER, Some(2)),
        (format!("{VERSION}{MARKER}"), ANOTHER, Some(2)),
        (format!("{VERSION}{more}"), DELETED, Some(1)),
        (format!("{VERSION}<IsTruncated/>"), "", None),
        (format!("{VERSION}<IsTruncated> </IsTruncated>"), "", None),
        // The first page again, or its end, shows no more than an empty one.
        (format!("{VERSION}{more}"), VERSION, None),
        (format!("{VERSION}{ANOTHER}{more}"), ANOTHER, None),
        (format!("{VERSION}{DELETED}{more}"), DELETED, None),
        (
            format!("{VERSION}<IsTruncated>maybe</IsTruncated>"),
            "",
            None,
        ),
        (format!("{VERSION}{more}"), "", None),
        (more.clone(), VERSION, None),
    ] {
        let shown = first.clone();
        let server = Scripted::start(move |_, request| {
            let of = |inside: &str| answer("200 OK", "", inside);
            if request.has("?versioning") {
                return of(
                    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
                );
            }
            let inside = if request.has("key-marker") {
                second
            } else {
                &first
            };
            of(&format!(
                "<ListVersionsResult>{inside}</ListVersionsResult>"
            ))
        })
        .await;
        let store = server.store().await;
        let older = store
            .older_versions(&bucket(), &Key::new("k").unwrap())
            .await;
        let older = older.unwrap();
        let count = older.shown().map(<[_]>::len);
        let is_deleted = matches!(older, OlderVersions::Deleted { at: None, .. });
        assert_eq!(is_deleted, count.is_some() && second == DELETED, "{shown}");
        assert_eq!(count, seen, "{shown} {second}");
    }
}

#[tokio::test]
async fn a_delete_marker_in_a_bucket_that_is_said_to_keep_no_versions_hides_some() {
    for (header, hides) in [("x-amz-delete-marker: true\r\n", true), ("", false)] {
        let server = Scripted::start(move |_, request| match request.has("HEAD /b/k") {
            true => answer("404 Not Found", header, ""),
            false => answer("200 OK", "", "<VersioningConfiguration/>"),
        })
        .await;
        let store = server.store().await;
        let key = Key::new("k").unwrap();
        let older = store.older_versions(&bucket(), &key).await;
        assert_eq!(older.unwrap(), OlderVersions::NONE);
        assert_eq!(store.head_object(&bucket(), &key).await.unwrap(), None);
        assert_eq!(store.may_hide_versions(&bucket()), hides, "{header}");
    }
}

#[tokio::test]
async fn versions_that_may_not_be_listed_are_not_visible() {
    for (denied, head_hints) in [
        (&[Operation::ListObjectVersions][..], false),
        (
            &[
                Operation::ListObjectVersions,
                Operation::GetBucketVersioning,
            ],
            true,
        ),
    ] {
        let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
        sim.create_bucket("b");
        sim.set_versioning("b", Versioning::Enabled).unwrap();
        sim.put_object("b", "k", 30).unwrap();
        for operation in denied {
            sim.deny(partsweep_sim::ACCESS_KEY, Some("b"), *operation);
        }
        let store = Store::connect(settings(&sim)).await.unwrap();
        let key = Key::new("k").unwrap();
        let older = store.older_versions(&bucket(), &key).await.unwrap();
        let head = store.head_object(&bucket(), &key).await;
        if head_hints {
            // Only the object itself shows that there are versions.
            assert_eq!(older, OlderVersions::NONE);
            assert_eq!(head.unwrap_err().kind, StoreErrorKind::Denied);
        } else {
            assert_eq!(older, OlderVersions::NotVisible);
        }
    }
}

#[tokio::test]
async fn a_store_that_knows_no_versions_has_none() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    sim.faults().push(Fault::new(
        Operation::GetBucketVersioning,
        Nth::Every,
        FaultKind::Refused(501, "NotImplemented"),
    ));
    let store = Store::connect(settings(&sim)).await.unwrap();
    let after = Markers::START;
    store.list_uploads(&bucket(), "", &after).await.unwrap();
    let older = store
        .older_versions(&bucket(), &Key::new("k").unwrap())
        .await;
    assert_eq!(older.unwrap(), OlderVersions::NONE);
}
