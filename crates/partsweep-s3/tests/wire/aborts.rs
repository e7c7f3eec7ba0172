//! Aborts: sent once for each look, whatever becomes of them.

use std::time::{Duration, Instant};

use partsweep_core::{AbortAnswer, ApprovedUpload, Inspect, Mutate, StoreErrorKind};
use partsweep_s3::{Settings, StaticKeys, Store, Timeouts};
use partsweep_sim::{Credential, Fault, FaultKind, Habits, Nth, Operation, Setup, Sim};

use crate::agreed::{FRESH, agreed_to};
use crate::scripted::{Reply, Scripted, answer, error, ok};

fn upload(key: &str, id: &str) -> ApprovedUpload {
    agreed_to("b", key, id)
}

#[tokio::test]
async fn an_abort_names_bucket_key_and_upload_id() {
    for status in ["200 OK", "202 Accepted", "204 No Content"] {
        let server = Scripted::start(move |_, _| answer(status, "", "")).await;
        let store = server.store().await;
        let aborted = store
            .abort_upload(&upload("/..//a b", "2~x&y="), FRESH)
            .await;
        assert_eq!(aborted.unwrap(), AbortAnswer::Done);
        assert_eq!(
            server.seen()[0].line,
            "DELETE /b//..//a%20b?uploadId=2~x%26y%3D"
        );
    }
}

#[tokio::test]
async fn a_success_that_carries_an_error_or_a_page_is_no_abort() {
    let denied = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>";
    for (body, kind) in [
        (denied, StoreErrorKind::Denied),
        (
            "<!DOCTYPE html><html>log in first</html>",
            StoreErrorKind::NotS3,
        ),
    ] {
        let server = Scripted::start(move |_, _| ok(body)).await;
        let aborted = server
            .store()
            .await
            .abort_upload(&upload("k", "1"), FRESH)
            .await;
        assert_eq!(aborted.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn an_abort_that_may_have_been_done_is_not_sent_again() {
    use StoreErrorKind as Kind;
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<".to_vec();
    let cases = [
        (Reply::Close(Vec::new()), Kind::Unreachable),
        (Reply::Close(cut), Kind::Malformed),
        (Reply::Silence, Kind::Timeout),
        (error("503 Slow Down", "SlowDown"), Kind::Throttled),
        (answer("503 Busy", "", "<html>busy</html>"), Kind::Throttled),
        (error("429 Too Many", "TooManyRequests"), Kind::Throttled),
        (error("500 Error", "InternalError"), Kind::Server),
        (answer("502 Bad Gateway", "", "<html>"), Kind::Server),
        (answer("504 Gateway Timeout", "", ""), Kind::Server),
        (error("200 OK", "InternalError"), Kind::Server),
        (error("400 Bad Request", "RequestTimeout"), Kind::Timeout),
    ];
    for (reply, kind) in cases {
        let shown = format!("{reply:?}");
        let server = Scripted::start(move |_, _| reply.clone()).await;
        let timeouts = Timeouts {
            abort: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let store = Store::connect(Settings {
            timeouts,
            ..server.settings()
        })
        .await
        .unwrap();
        let aborted = store.abort_upload(&upload("k", "1"), FRESH).await;
        assert_eq!(aborted.unwrap_err().kind, kind, "{shown}");
        assert_eq!(server.seen().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn an_abort_over_a_kept_connection_that_closes_is_not_sent_again() {
    let empty = "<ListAllMyBucketsResult/>";
    let server = Scripted::start(move |_, request| match request.has("DELETE") {
        true => Reply::Close(Vec::new()),
        false => ok(empty),
    })
    .await;
    let store = server.store().await;
    store.list_buckets().await.unwrap();
    let aborted = store.abort_upload(&upload("k", "1"), FRESH).await;
    assert_eq!(aborted.unwrap_err().kind, StoreErrorKind::Unreachable);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_abort_refused_for_its_region_is_sent_to_the_right_one() {
    let server = Scripted::start(|_, request| match request.head.contains("/garage/s3/") {
        true => answer("204 No Content", "", ""),
        false => answer(
            "400 Bad Request",
            "",
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>garage</Region></Error>",
        ),
    })
    .await;
    let aborted = server
        .store()
        .await
        .abort_upload(&upload("k", "1"), FRESH)
        .await;
    assert_eq!(aborted.unwrap(), AbortAnswer::Done);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_abort_without_a_connection_is_tried_again() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let settings = crate::scripted::settings(format!("http://{address}"));
    let store = Store::connect(settings).await.unwrap();
    let aborted = store.abort_upload(&upload("k", "1"), FRESH).await;
    assert_eq!(aborted.unwrap_err().kind, StoreErrorKind::Unreachable);
    assert_eq!(store.requests(), 3);
}

#[tokio::test]
async fn a_throttled_abort_holds_the_next_request_for_as_long_as_the_store_asks() {
    let slow = "<Error><Code>SlowDown</Code></Error>";
    let server = Scripted::start(move |number, _| match number {
        0 => answer("503 Slow Down", "Retry-After: 1\r\n", slow),
        _ => ok("<ListAllMyBucketsResult/>"),
    })
    .await;
    let store = server.store().await;
    let began = Instant::now();
    let aborted = store.abort_upload(&upload("k", "1"), FRESH).await;
    assert_eq!(aborted.unwrap_err().kind, StoreErrorKind::Throttled);
    assert!(
        began.elapsed() < Duration::from_millis(500),
        "the abort itself ends at once"
    );
    store.list_buckets().await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

/// What the network and the store do to an abort, and what the store holds after one call.
#[tokio::test]
async fn one_call_is_one_abort_on_a_store_that_fails() {
    let faults = [
        (FaultKind::SlowDown, StoreErrorKind::Throttled, 1),
        (FaultKind::TooManyRequests, StoreErrorKind::Throttled, 1),
        (FaultKind::InternalError, StoreErrorKind::Server, 1),
        (FaultKind::HtmlBadGateway, StoreErrorKind::Server, 1),
        (FaultKind::Reset, StoreErrorKind::Unreachable, 1),
        (FaultKind::AnswerLost, StoreErrorKind::Unreachable, 0),
    ];
    for (kind, told, left) in faults {
        let sim = Sim::start(Setup::new(Habits::ceph())).await.unwrap();
        let credential = Credential::simulated();
        let store = Store::connect(Settings {
            keys: Some(StaticKeys::new(
                credential.access_key,
                credential.secret_key,
                None,
            )),
            ..crate::scripted::settings(sim.endpoint())
        })
        .await
        .unwrap();
        sim.create_bucket("b");
        let id = sim.create_upload("b", "k").unwrap();
        sim.faults().push(Fault::new(
            Operation::AbortMultipartUpload,
            Nth::Only(1),
            kind,
        ));
        let aborted = store.abort_upload(&upload("k", &id), FRESH).await;
        assert_eq!(aborted.unwrap_err().kind, told, "{kind:?}");
        assert_eq!(sim.count_uploads("b"), left, "{kind:?}");
        let answer = match left {
            0 => AbortAnswer::AlreadyGone,
            _ => AbortAnswer::Done,
        };
        assert_eq!(
            store.abort_upload(&upload("k", &id), FRESH).await.unwrap(),
            answer,
            "{kind:?}: the next look may be followed by another"
        );
    }
}
