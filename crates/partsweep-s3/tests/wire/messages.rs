//! What a failure says to whoever has to repair it.

use std::time::{Duration, Instant};

use partsweep_core::{Inspect, StoreErrorKind};
use partsweep_s3::Store;

use crate::failures::{failure_of, list};
use crate::scripted::{Reply, Scripted, answer, error, ok, settings};

#[tokio::test]
async fn an_answer_that_leads_elsewhere_says_where() {
    let found = "Location: https://login.example/in?token=sec-ret\r\n";
    let (error, asked) = failure_of(answer("302 Found", found, "<html></html>")).await;
    assert_eq!((error.kind, asked), (StoreErrorKind::NotS3, 1), "{error}");
    let words = "redirects to https://login.example/in: a login page";
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.to_string().contains("sec-ret"), "{error}");
}

/// No region explains it, so none is to be typed.
#[tokio::test]
async fn a_redirect_to_another_host_is_no_matter_of_regions() {
    for status in [
        "301 Moved Permanently",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = "Location: https://s3.example/b?uploads\r\n";
        let (error, _) = failure_of(answer(status, location, "<html></html>")).await;
        assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
        let words = "the endpoint redirects to https://s3.example/b";
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Alibaba OSS refuses a bucket at another of its endpoints as if a permission were missing.
#[tokio::test]
async fn an_endpoint_that_a_refusal_names_is_told() {
    let elsewhere = "<Error><Code>AccessDenied</Code><Message>The bucket you are attempting to access must be addressed \
        using the specified endpoint. Please send all future requests to this endpoint.</Message>\
        <Endpoint>oss-cn-hangzhou.aliyuncs.com</Endpoint></Error>";
    let (error, _) = failure_of(answer("403 Forbidden", "", elsewhere)).await;
    assert_eq!(error.kind, StoreErrorKind::WrongRegion, "{error}");
    let words = "(its endpoint: oss-cn-hangzhou.aliyuncs.com)";
    assert!(error.to_string().contains(words), "{error}");
    let unnamed = elsewhere.replace("<Endpoint>oss-cn-hangzhou.aliyuncs.com</Endpoint>", "");
    let (error, _) = failure_of(answer("403 Forbidden", "", &unnamed)).await;
    assert_eq!(error.kind, StoreErrorKind::WrongRegion, "{error}");
    let denied =
        "<Error><Code>AccessDenied</Code><Message>no</Message><Endpoint>h</Endpoint></Error>";
    let (error, _) = failure_of(answer("403 Forbidden", "", denied)).await;
    assert_eq!(error.kind, StoreErrorKind::Denied, "{error}");
}

/// The servers' own words came with "this is no S3 endpoint".
#[tokio::test]
async fn a_port_that_expects_tls_is_told_with_its_address() {
    for body in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
    ] {
        let server = Scripted::start(move |_, _| answer("400 Bad Request", "", body)).await;
        let url = server.url();
        let store = Store::connect(settings(url.clone())).await.unwrap();
        let error = list(&store).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
        let at = url.replace("http://", "https://");
        let words = format!("this port expects TLS: the store is at {at}");
        assert!(error.to_string().contains(&words), "{error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_path_in_the_endpoint_is_told_where_it_may_be_the_cause() {
    let server = Scripted::start(|number, _| match number {
        0 => ok("<ListBucketResult/>"),
        1 => error("403 Forbidden", "SignatureDoesNotMatch"),
        _ => error("403 Forbidden", "AccessDenied"),
    })
    .await;
    let endpoint = format!("{}/my-bucket/", server.url());
    let store = Store::connect(settings(endpoint)).await.unwrap();
    let words = "the endpoint URL has the path /my-bucket: leave it out if it names a bucket";
    for told in [true, true, false] {
        let error = store.list_buckets().await.unwrap_err().to_string();
        assert_eq!(error.contains(words), told, "{error}");
    }
    // The bucket is named, too: then the store takes it for a key.
    for code in ["NoSuchKey", "MethodNotAllowed", "InvalidRequest"] {
        let server = Scripted::start(move |_, _| error("400 Bad Request", code)).await;
        let endpoint = format!("{}/my-bucket/", server.url());
        let store = Store::connect(settings(endpoint)).await.unwrap();
        let error = list(&store).await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_told_with_what_to_do() {
    let (error, asked) = failure_of(answer("407 Proxy Authentication Required", "", "")).await;
    assert_eq!((error.kind, asked), (StoreErrorKind::Unreachable, 1));
    assert!(
        error.to_string().contains("http://USER:PASSWORD@"),
        "{error}"
    );
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_with_how_far() {
    let date = "Date: Tue, 24 Nov 2020 00:00:00 GMT\r\n";
    let cases = [
        (
            "403 Forbidden",
            "<Error><Code>RequestTimeTooSkewed</Code></Error>",
        ),
        (
            "400 Bad Request",
            "<Error><Code>InvalidRequest</Code><Message>Bad request: Date is too old</Message></Error>",
        ),
        (
            "400 Bad Request",
            "<Error><Code>AccessDenied</Code></Error>",
        ),
    ];
    for (status, body) in cases {
        let (error, _) = failure_of(answer(status, date, body)).await;
        let StoreErrorKind::ClockSkew(Some(skew)) = error.kind else {
            panic!("{error:?}")
        };
        assert!(skew.as_hours() > 24 * 365, "ours is ahead: {skew:?}");
    }
}

#[tokio::test]
async fn an_error_keeps_code_status_request_id_and_message() {
    let body = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>";
    let (error, _) = failure_of(answer("403 Forbidden", "x-amz-request-id: tx1\r\n", body)).await;
    let line =
        "could not list uploads in bucket `b`: AccessDenied: no & no (HTTP 403, request tx1)";
    assert_eq!(error.to_string(), line);
}

#[tokio::test]
async fn no_network_is_told_within_seconds() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let cases = [
        (
            format!("http://{free}"),
            format!("in bucket `b`: http://{free}: connection refused"),
        ),
        (
            "http://no-such-host.invalid".to_owned(),
            "http://no-such-host.invalid: the host name can't be resolved".to_owned(),
        ),
    ];
    for (endpoint, words) in cases {
        let store = Store::connect(settings(endpoint)).await.unwrap();
        let began = Instant::now();
        let error = list(&store).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unreachable, "{error}");
        assert!(error.to_string().contains(&words), "{error}");
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "{:?}",
            began.elapsed()
        );
    }
}

/// As a proxy may leave it: what a length or a chunk says twice, or wrongly, is named.
#[tokio::test]
async fn a_response_whose_end_cannot_be_known_says_why() {
    const LIST: &str =
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
    let length = format!("Content-Length: {}\r\n", LIST.len());
    let chunked = "Transfer-Encoding: chunked\r\n";
    let chunk = format!("{:x}\r\n{LIST}\r\n0\r\n\r\n", LIST.len());
    let lengths = "two different lengths, or one that isn't a number (Content-Length)";
    let encoding = "has a Transfer-Encoding that HTTP/1.0 doesn't have";
    let size = "one of its chunks has no valid size";
    let chunks = "its chunks aren't valid";
    for (headers, body, words) in [
        (format!("{length}Content-Length: 7\r\n"), LIST, lengths),
        ("Content-Length: 5, 9\r\n".to_owned(), LIST, lengths),
        ("Content-Length: -1\r\n".to_owned(), LIST, lengths),
        ("Content-Length: many\r\n".to_owned(), LIST, lengths),
        (format!("{length}{length}"), LIST, ""),
        (format!("{chunked}{length}"), &chunk, ""),
        (format!("{length}{chunked}"), &chunk, ""),
        ("Transfer-Encoding: chunked, gzip\r\n".to_owned(), LIST, ""),
        (chunked.to_owned(), "zz\r\n<L", size),
        (chunked.to_owned(), "\r\n<L", size),
        (chunked.to_owned(), "FFFFFFFFFFFFFFFFFF\r\n<L", size),
        (chunked.to_owned(), "2\r\n<List>\r\n0\r\n\r\n", chunks),
        (chunked.to_owned(), "5\r\n<L", "the response was cut off"),
        (
            "na me: x\r\n".to_owned(),
            LIST,
            "one of the response's headers isn't valid HTTP",
        ),
    ] {
        let reply = Reply::Close(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into_bytes());
        let server = Scripted::start(move |_, _| reply.clone()).await;
        let listed = list(&server.store().await).await;
        match (listed, words) {
            (Ok(_), "") => {}
            (Err(error), words) if !words.is_empty() => {
                assert_eq!(error.kind, StoreErrorKind::Malformed, "{headers} {error}");
                assert!(
                    error.to_string().contains(words),
                    "{headers}{body}: {error}"
                );
            }
            (listed, _) => panic!("{headers}{body}: {listed:?}"),
        }
    }
    let old = format!("HTTP/1.0 200 OK\r\n{chunked}\r\n{chunk}");
    let (error, _) = failure_of(Reply::Close(old.into_bytes())).await;
    assert_eq!(error.kind, StoreErrorKind::Malformed, "{error}");
    assert!(error.to_string().contains(encoding), "{error}");
    let status = Reply::Close(b"HTTP/1.1 2x0 OK\r\n\r\n".to_vec());
    let server = Scripted::start(move |_, _| status.clone()).await;
    let error = list(&server.store().await).await.unwrap_err();
    assert!(
        error.to_string().contains("no valid HTTP status code"),
        "{error}"
    );
    let other = Reply::Close(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
    let server = Scripted::start(move |_, _| other.clone()).await;
    let error = list(&server.store().await).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotS3);
    assert!(error.to_string().contains("isn't HTTP"), "{error}");
}
