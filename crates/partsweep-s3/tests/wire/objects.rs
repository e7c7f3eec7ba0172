//! Looking at an object, and what is believed of the answer.

use partsweep_core::{BucketName, Inspect, Key, StoreErrorKind};
use partsweep_s3::Store;

use crate::scripted::{Reply, Request, Scripted, answer, error};

fn bucket(name: &str) -> BucketName {
    BucketName::new(name).unwrap()
}

/// What every answer of most stores has.
const ID: &str = "x-amz-request-id: tx1\r\n";

/// An answer to HEAD.
fn head(status: &str, headers: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes())
}

async fn look(store: &Store, name: &str) -> Result<bool, StoreErrorKind> {
    let looked = store
        .head_object(&bucket(name), &Key::new("k").unwrap())
        .await;
    looked
        .map(|found| found.is_some())
        .map_err(|error| error.kind)
}

fn is_of_bucket(request: &Request) -> bool {
    request.line.matches('/').count() == 1
}

#[tokio::test]
async fn an_object_is_there_or_not_or_not_to_be_seen() {
    let server = Scripted::start(|number, _| match number {
        0 => Reply::Bytes(
            b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"abc-2\"\r\n\
              Last-Modified: Tue, 24 Nov 2026 00:00:00 GMT\r\n\r\n"
                .to_vec(),
        ),
        1 => head("404 Not Found", ID),
        2 => head("200 OK", ""),
        _ => head("403 Forbidden", ""),
    })
    .await;
    let store = server.store().await;
    let key = Key::new("k").unwrap();
    let there = store
        .head_object(&bucket("b"), &key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (there.bytes, there.etag.as_deref()),
        (Some(7), Some("abc-2"))
    );
    assert_eq!(
        there.last_modified,
        Some("2026-11-24T00:00:00Z".parse().unwrap())
    );
    assert_eq!(store.head_object(&bucket("b"), &key).await.unwrap(), None);
    let error = store.head_object(&bucket("b"), &key).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
}

#[tokio::test]
async fn no_such_object_is_believed_once_the_bucket_may_be_looked_at() {
    let server = Scripted::start(|_, request| match request.line.as_str() {
        "HEAD /open" => head("200 OK", ""),
        "HEAD /closed" => head("403 Forbidden", ""),
        "HEAD /hidden" => head("404 Not Found", ID),
        _ => head("404 Not Found", ID),
    })
    .await;
    let store = server.store().await;
    assert!(store.provider().abort_can_hurt());
    for _ in 0..3 {
        assert_eq!(look(&store, "open").await, Ok(false));
        assert_eq!(look(&store, "closed").await, Err(StoreErrorKind::Denied));
        assert_eq!(look(&store, "hidden").await, Err(StoreErrorKind::Denied));
    }
    let of_buckets = server.seen().into_iter().filter(is_of_bucket).count();
    assert_eq!(of_buckets, 3, "each bucket is asked for once");
}

#[tokio::test]
async fn a_bucket_that_could_not_be_looked_at_is_asked_for_again() {
    let server = Scripted::start(|number, request| match is_of_bucket(request) {
        true if number < 5 => head("500 Internal Server Error", "Content-Length: 0\r\n"),
        true => head("200 OK", ""),
        false => head("404 Not Found", ID),
    })
    .await;
    let store = server.store().await;
    assert_eq!(look(&store, "b").await, Err(StoreErrorKind::Server));
    assert_eq!(look(&store, "b").await, Ok(false));
}

#[tokio::test]
async fn no_such_object_is_believed_at_once_where_an_abort_cannot_hurt() {
    let server = Scripted::start(|_, request| match request.line.as_str() {
        "HEAD /b/k" => head("404 Not Found", ID),
        _ => answer(
            "200 OK",
            "Server: MinIO\r\n",
            "<ListMultipartUploadsResult/>",
        ),
    })
    .await;
    let store = server.store().await;
    let after = partsweep_core::store::answers::Markers::START;
    store.list_uploads(&bucket("b"), "", &after).await.unwrap();
    assert_eq!(look(&store, "b").await, Ok(false));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_object_encrypted_with_a_customers_key_is_not_visible() {
    let server = Scripted::start(|_, request| match request.line.as_str() {
        "HEAD /b/k" => head("400 Bad Request", ""),
        _ => answer("200 OK", "", "<ListMultipartUploadsResult/>"),
    })
    .await;
    let store = server.store().await;
    let after = partsweep_core::store::answers::Markers::START;
    store.list_uploads(&bucket("b"), "", &after).await.unwrap();
    assert_eq!(look(&store, "b").await, Err(StoreErrorKind::Denied));
    assert_eq!(server.seen().len(), 3, "the region is known to be right");
}

#[tokio::test]
async fn an_object_that_is_refused_in_the_right_region_too_is_not_visible() {
    let server = Scripted::start(|_, request| match is_of_bucket(request) {
        true => head("403 Forbidden", "x-amz-bucket-region: eu-west-1\r\n"),
        false if request.has("?tagging") => error("400 Bad Request", "InvalidRequest"),
        false => head("400 Bad Request", ""),
    })
    .await;
    let store = server.store().await;
    assert_eq!(look(&store, "b").await, Err(StoreErrorKind::Denied));
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen[2].head.contains("/eu-west-1/s3/"), "{seen:?}");
}

/// A store that refuses HEAD with a 400, whose header may name a code, and the tags of the key with another
/// answer; what a look at this key tells.
async fn look_refused(key: &str, header: &str, tags: Reply) -> Result<bool, StoreErrorKind> {
    let header = header.to_owned();
    let server = Scripted::start(move |_, request| match request.line.split(' ').next() {
        Some("HEAD") => head("400 Bad Request", &header),
        _ if request.has("?tagging") => tags.clone(),
        _ => answer("200 OK", "", "<ListMultipartUploadsResult/>"),
    })
    .await;
    let store = server.store().await;
    let after = partsweep_core::store::answers::Markers::START;
    store.list_uploads(&bucket("b"), "", &after).await.unwrap();
    assert!(store.provider().abort_can_hurt());
    let key = Key::new(key).unwrap();
    let looked = store.head_object(&bucket("b"), &key).await;
    looked
        .map(|found| found.is_some())
        .map_err(|error| error.kind)
}

#[tokio::test]
async fn a_key_that_no_object_can_have_by_the_stores_word_has_none() {
    let long = "k".repeat(1_025);
    let refused = |code| error("400 Bad Request", code);
    for code in ["KeyTooLongError", "KeyTooLong", "InvalidObjectName"] {
        assert_eq!(
            look_refused(&long, "", refused(code)).await,
            Ok(false),
            "{code}"
        );
    }
    let minio = "x-minio-error-code: XMinioInvalidObjectName\r\n";
    assert_eq!(
        look_refused("a//b", minio, error("403 Forbidden", "AccessDenied")).await,
        Ok(false)
    );
}

#[tokio::test]
async fn a_refused_look_is_no_proof_without_the_code_that_fits_the_key() {
    let long = "k".repeat(1_025);
    for (key, header, tags) in [
        // An object with a key of its own, however long its name.
        (&*long, "", error("400 Bad Request", "InvalidRequest")),
        (
            &long,
            "",
            answer("200 OK", "", "<Tagging><TagSet/></Tagging>"),
        ),
        (&long, "", error("403 Forbidden", "AccessDenied")),
        (
            &long,
            "",
            answer("400 Bad Request", "", "<html>KeyTooLongError</html>"),
        ),
        (&long, "", error("404 Not Found", "KeyTooLongError")),
        (
            &long,
            "x-minio-error-code: InvalidRequest\r\n",
            error("400 Bad Request", "KeyTooLongError"),
        ),
        // Not long at all.
        ("k", "", error("400 Bad Request", "KeyTooLongError")),
        (
            "k",
            "x-minio-error-code: KeyTooLongError\r\n",
            error("400 Bad Request", "KeyTooLongError"),
        ),
    ] {
        let looked = look_refused(key, header, tags.clone()).await;
        assert_eq!(looked, Err(StoreErrorKind::Denied), "{header} {tags:?}");
    }
}
