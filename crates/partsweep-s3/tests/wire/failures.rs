//! What each kind of failure is called, how often it is asked again, and what it shows.

use std::time::{Duration, Instant};

use partsweep_core::provider::profile::PrefixMeaning;
use partsweep_core::provider::profiles::CEPH;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketName, Inspect, Key, Mutate, StoreError, StoreErrorKind, UploadAddress, UploadId,
};
use partsweep_s3::{Settings, Store, Timeouts};
use partsweep_sim::{Habits, Setup, Sim};
use tokio::net::TcpStream;

use crate::agreed::agreed;
use crate::scripted::{Reply, Scripted, answer, error, ok};
use crate::stores::settings;

fn bucket() -> BucketName {
    BucketName::new("b").unwrap()
}

fn upload() -> UploadAddress {
    UploadAddress {
        bucket: bucket(),
        key: Key::new("k").unwrap(),
        id: UploadId::new("1").unwrap(),
    }
}

/// Asks for the first page of uploads.
pub(crate) async fn list(store: &Store) -> Result<partsweep_core::UploadPage, StoreError> {
    store.list_uploads(&bucket(), "", &Markers::START).await
}

/// How it fails if every answer is this, and after how many requests.
pub(crate) async fn failure_of(reply: Reply) -> (StoreError, usize) {
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let error = list(&server.store().await).await.unwrap_err();
    (error, server.seen().len())
}

const EMPTY: &str = "<ListMultipartUploadsResult></ListMultipartUploadsResult>";

#[tokio::test]
async fn refusals_have_their_kind_and_are_asked_once() {
    use StoreErrorKind as Kind;
    let cases = [
        ("403 Forbidden", "AccessDenied", Kind::Denied),
        ("403 Forbidden", "AllAccessDisabled", Kind::Denied),
        (
            "403 Forbidden",
            "SignatureDoesNotMatch",
            Kind::BadCredentials,
        ),
        ("403 Forbidden", "InvalidAccessKeyId", Kind::BadCredentials),
        ("403 Forbidden", "UserSuspended", Kind::BadCredentials),
        ("400 Bad Request", "ExpiredToken", Kind::BadCredentials),
        ("404 Not Found", "NoSuchBucket", Kind::NoSuchBucket),
        ("501 Not Implemented", "NotImplemented", Kind::Unsupported),
        (
            "405 Method Not Allowed",
            "MethodNotAllowed",
            Kind::Unsupported,
        ),
        ("400 Bad Request", "InvalidArgument", Kind::Refused),
    ];
    for (status, code, kind) in cases {
        let (error, asked) = failure_of(error(status, code)).await;
        assert_eq!((error.kind, asked), (kind, 1), "{code}");
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.status.unwrap().to_string(), status[..3]);
    }
}

#[tokio::test]
async fn what_is_not_s3_is_never_an_empty_list() {
    let pages = [
        "<!DOCTYPE html><html><body>Welcome</body></html>",
        "<html><p>It works",
        "{\"ok\":true}",
        "hello",
        "<ListAllMyBucketsResult></ListAllMyBucketsResult>",
        "<ListBucketResult/>",
    ];
    for page in pages {
        let (error, asked) = failure_of(ok(page)).await;
        assert_eq!((error.kind, asked), (StoreErrorKind::NotS3, 1), "{page}");
    }
    let (error, _) = failure_of(answer("403 Forbidden", "", "<html>proxy</html>")).await;
    assert_eq!(error.kind, StoreErrorKind::NotS3);
}

#[tokio::test]
async fn an_error_inside_a_success_is_an_error_and_what_its_code_says() {
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    assert_eq!(failure_of(ok(denied)).await.0.kind, StoreErrorKind::Denied);
    let server = Scripted::start(|number, _| match number {
        0 => ok("<Error><Code>InternalError</Code></Error>"),
        1 => ok("<Error><Code>SlowDown</Code></Error>"),
        _ => ok(EMPTY),
    })
    .await;
    list(&server.store().await).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let broken: Vec<Reply> = vec![
        error("500 Internal Server Error", "InternalError"),
        answer("502 Bad Gateway", "", "<html>bad gateway</html>"),
        error("503 Slow Down", "SlowDown"),
        answer("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        Reply::Close(Vec::new()),
        Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<ListMultip".to_vec()),
        ok("<ListMultipartUploadsResult><Upload>"),
    ];
    for reply in broken {
        let shown = format!("{reply:?}");
        let server = Scripted::start(move |number, _| {
            if number == 0 {
                reply.clone()
            } else {
                ok(EMPTY)
            }
        })
        .await;
        list(&server.store().await).await.unwrap();
        assert_eq!(server.seen().len(), 2, "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_given_up_on() {
    let (error, asked) = failure_of(error("500 Internal Server Error", "InternalError")).await;
    // Four tries plain and, since the page may be what it fails over, as many encoded.
    assert_eq!((error.kind, asked), (StoreErrorKind::Server, 8));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_not_a_failure() {
    // Each connection answers once and then closes without a word.
    let server = Scripted::start(|number, _| match number % 2 {
        0 => ok(EMPTY),
        _ => Reply::Close(Vec::new()),
    })
    .await;
    let store = server.store().await;
    let began = Instant::now();
    for _ in 0..10 {
        list(&store).await.unwrap();
    }
    // Back-off would take 50 ms on average for each of the nine.
    assert!(
        began.elapsed() < Duration::from_millis(200),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let server = Scripted::start(|_, _| Reply::Silence).await;
    let timeouts = Timeouts {
        read: Duration::from_millis(50),
        total: Duration::from_millis(400),
        ..Timeouts::default()
    };
    let store = Store::connect(Settings {
        timeouts,
        ..server.settings()
    })
    .await
    .unwrap();
    let began = Instant::now();
    assert_eq!(
        list(&store).await.unwrap_err().kind,
        StoreErrorKind::Timeout
    );
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

/// A store on a port of its own, with its client, which waits so long for it.
async fn mortal(silence: Duration) -> (Setup, Store) {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket(bucket().as_str());
    let port = sim.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let store = Store::connect(Settings {
        timeouts: Timeouts {
            silence,
            ..Timeouts::default()
        },
        ..settings(&sim)
    })
    .await
    .unwrap();
    list(&store).await.unwrap();
    drop(sim);
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let setup = Setup {
        port,
        ..Setup::new(Habits::aws())
    };
    (setup, store)
}

#[tokio::test]
async fn a_store_that_restarts_is_waited_for_but_not_by_an_abort_or_its_look() {
    let (setup, store) = mortal(Duration::from_secs(30)).await;
    let began = Instant::now();
    let error = store.head_object(&bucket(), &upload().key).await;
    assert_eq!(error.unwrap_err().kind, StoreErrorKind::Unreachable);
    let error = store
        .abort_upload(&agreed(upload()), crate::agreed::FRESH)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unreachable);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let restarts = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let sim = Sim::start(setup).await.unwrap();
        sim.create_bucket(bucket().as_str());
        sim
    };
    let (listed, _sim) = tokio::join!(list(&store), restarts);
    listed.unwrap();
    assert_eq!(store.silent(), None);
}

#[tokio::test]
async fn a_store_that_stays_away_is_given_up_for_all_that_is_much() {
    let (setup, store) = mortal(Duration::from_millis(300)).await;
    let began = Instant::now();
    let mut errors = Vec::new();
    for _ in 0..1_000 {
        errors.push(list(&store).await.unwrap_err());
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let last = errors.last().unwrap();
    assert_eq!(last.kind, StoreErrorKind::Unreachable);
    assert!(
        last.to_string().contains("no response to any request for"),
        "{last}"
    );
    // What may save an object is tried all the same.
    let error = store.head_object(&bucket(), &upload().key).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("connection refused"), "{error}");
    // It is still asked now and then.
    let sim = Sim::start(setup).await.unwrap();
    sim.create_bucket(bucket().as_str());
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    list(&store).await.unwrap();
}

#[tokio::test]
async fn only_listings_may_be_long() {
    let spaces = " ".repeat(17 << 20);
    let long = ok(&format!("{EMPTY}{spaces}"));
    let server = Scripted::start(move |_, _| long.clone()).await;
    let store = server.store().await;
    list(&store).await.unwrap();
    let error = store
        .abort_upload(&agreed(upload()), crate::agreed::FRESH)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotS3);
    assert!(error.to_string().contains("longer than 512 KiB"), "{error}");
}

#[tokio::test]
async fn errors_and_stores_show_no_credentials() {
    let server = Scripted::start(|_, _| error("403 Forbidden", "SignatureDoesNotMatch")).await;
    let store = server.store().await;
    let error = list(&store).await.unwrap_err();
    let shown = format!("{error} {error:?} {store:?}");
    for secret in ["AKIDEXAMPLE", "sec-ret", "Signature=", "AWS4-HMAC"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_later_answer_of_the_store_makes_it_only_more_careful() {
    let server = Scripted::start(|number, _| match number {
        0 => answer("200 OK", "Server: MinIO\r\n", EMPTY),
        1 => answer("200 OK", "Server: Ceph Object Gateway\r\n", EMPTY),
        _ => answer("200 OK", "Server: MinIO\r\n", EMPTY),
    })
    .await;
    let store = server.store().await;
    for (id, can_hurt) in [("minio", false), ("ceph", true), ("ceph", true)] {
        list(&store).await.unwrap();
        let provider = store.provider();
        assert_eq!(provider.abort_can_hurt(), can_hurt, "{id}");
        assert_eq!(provider.prefix, PrefixMeaning::ExactKey, "{id}");
    }
}

/// Breaker 6: a page of a CDN or of a gateway made the store another one for the whole run.
#[tokio::test]
async fn what_is_no_answer_of_s3_says_nothing_about_the_store() {
    let page = "<html><body>503</body></html>";
    for (status, server, body) in [
        ("503 Service Unavailable", "AmazonS3", page),
        ("502 Bad Gateway", "MinIO", page),
        ("502 Bad Gateway", "MinIO", ""),
        ("404 Not Found", "MinIO", "{\"error\": \"none\"}"),
    ] {
        let scripted = Scripted::start(move |number, _| match number {
            0 => answer(status, &format!("Server: {server}\r\n"), body),
            _ => answer("200 OK", "Server: Ceph Object Gateway\r\n", EMPTY),
        })
        .await;
        let store = scripted.store().await;
        let first = list(&store).await;
        if first.is_err() {
            assert_eq!(store.provider().id, "unknown", "{status}");
            list(&store).await.unwrap();
        }
        assert_eq!(store.provider(), CEPH, "{status}, {server}");
    }
}

/// Breaker 9: a proxy's 404 to a HEAD counted as "no object".
#[tokio::test]
async fn a_404_to_a_head_counts_only_if_it_looks_like_the_stores_answers() {
    for (headers, counts) in [
        ("x-amz-request-id: tx2\r\n", true),
        ("Content-Type: text/html\r\nServer: nginx\r\n", false),
        ("Content-Type: application/xml\r\n", false),
        ("", false),
    ] {
        let scripted = Scripted::start(move |_, request| match request.line.as_str() {
            "HEAD /b/k" => answer("404 Not Found", headers, ""),
            "HEAD /b" => answer("200 OK", "x-amz-request-id: tx3\r\n", ""),
            _ => answer("200 OK", "x-amz-request-id: tx1\r\n", EMPTY),
        })
        .await;
        let store = scripted.store().await;
        list(&store).await.unwrap();
        let bucket = BucketName::new("b").unwrap();
        let looked = store.head_object(&bucket, &Key::new("k").unwrap()).await;
        match counts {
            true => assert_eq!(looked.unwrap(), None),
            false => assert_eq!(looked.unwrap_err().kind, StoreErrorKind::NotS3, "{headers}"),
        }
    }
}

/// A gzip of a listing, and of an error: a proxy that compresses for whoever did not ask for it.
#[tokio::test]
async fn a_compressed_response_that_was_not_requested_is_named() {
    for status in ["200 OK", "404 Not Found"] {
        let server = Scripted::start(move |_, _| {
            let body = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xb3\xf1\xc9,.\x09-\xc8\xc9O";
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            Reply::Bytes([head.as_bytes(), body].concat())
        })
        .await;
        let store = server.store().await;
        let bucket = BucketName::new("b").unwrap();
        let listed = store.list_uploads(&bucket, "", &Markers::START).await;
        let error = listed.unwrap_err().to_string();
        let told = "the response is compressed (gzip), which wasn't requested";
        assert!(error.contains(told), "{status}: {error}");
    }
    // What a HEAD tells of is the object: it may be compressed.
    let server = Scripted::start(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n";
        Reply::Bytes(head.as_bytes().to_vec())
    });
    let store = server.await.store().await;
    let bucket = BucketName::new("b").unwrap();
    let key = partsweep_core::Key::new("k").unwrap();
    let object = store.head_object(&bucket, &key).await.unwrap();
    assert_eq!(object.and_then(|object| object.bytes), Some(5));
}
