//! Regions that are found out from what a store answers.

use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Inspect, StoreErrorKind};

use crate::scripted::{Reply, Request, Scripted, answer, error, ok};

fn bucket(name: &str) -> BucketName {
    BucketName::new(name).unwrap()
}

fn is_signed_for(request: &Request, region: &str) -> bool {
    request.head.contains(&format!("/{region}/s3/aws4_request"))
}

const EMPTY: &str = "<ListMultipartUploadsResult></ListMultipartUploadsResult>";

fn malformed(inside: &str) -> Reply {
    let body = format!("<Error><Code>AuthorizationHeaderMalformed</Code>{inside}</Error>");
    answer("400 Bad Request", "", &body)
}

#[tokio::test]
async fn a_region_that_the_answer_names_is_used_for_all_buckets_of_the_store() {
    for named in [
        "<Region>garage</Region>",
        "<Message>is wrong; expecting 'garage'</Message>",
    ] {
        let server = Scripted::start(move |_, request| match is_signed_for(request, "garage") {
            true => ok(EMPTY),
            false => malformed(named),
        })
        .await;
        let store = server.store().await;
        for name in ["a", "b"] {
            store
                .list_uploads(&bucket(name), "", &Markers::START)
                .await
                .unwrap();
        }
        assert_eq!(server.seen().len(), 3, "only the first request was wrong");
        assert_eq!(store.region(&bucket("a")).as_deref(), Some("garage"));
    }
}

#[tokio::test]
async fn a_region_that_the_answer_does_not_name_is_asked_for() {
    let server = Scripted::start(|_, request| {
        if request.line.starts_with("HEAD /b") {
            Reply::Bytes(
                b"HTTP/1.1 403 Forbidden\r\nx-amz-bucket-region: eu-west-1\r\n\r\n".to_vec(),
            )
        } else if is_signed_for(request, "eu-west-1") {
            ok(EMPTY)
        } else {
            answer("301 Moved Permanently", "", "")
        }
    })
    .await;
    let store = server.store().await;
    store
        .list_uploads(&bucket("b"), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn the_location_is_asked_for_last() {
    for body in [
        "<LocationConstraint xmlns=\"x\">EU</LocationConstraint>",
        "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>",
    ] {
        let server = Scripted::start(move |_, request| {
            if request.line.starts_with("HEAD") {
                Reply::Bytes(b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec())
            } else if request.has("?location") {
                ok(body)
            } else if is_signed_for(request, "eu-west-1") {
                ok(EMPTY)
            } else {
                error("400 Bad Request", "AuthorizationHeaderMalformed")
            }
        })
        .await;
        let store = server.store().await;
        store
            .list_uploads(&bucket("b"), "", &Markers::START)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_region_that_nobody_names_ends_in_an_error() {
    let server = Scripted::start(|_, request| match request.line.starts_with("HEAD") {
        true => Reply::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        false => answer("301 Moved Permanently", "", "<html></html>"),
    })
    .await;
    let asked = server
        .store()
        .await
        .list_uploads(&bucket("b"), "", &Markers::START)
        .await;
    let error = asked.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::WrongRegion);
    let words = "the bucket is in another region, and the store doesn't say which";
    assert!(error.to_string().contains(words), "{error}");
}
