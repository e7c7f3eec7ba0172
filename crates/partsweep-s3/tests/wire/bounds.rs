//! Answers without end: in length, in time, in depth. Each ends in an error that says so.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::{
    BucketName, Inspect, MissingBuckets, StoreError, StoreErrorKind, UploadAddress, UploadPage,
};
use partsweep_s3::{Settings, Store, Timeouts};

use tokio::task::JoinSet;

use crate::failures::{failure_of, list};
use crate::scripted::{Reply, Scripted, answer, ok};

/// The head of an answer whose body ends with the connection.
const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListMultipartUploadsResult>";

/// A client that gives up after so long without progress.
async fn impatient(server: &Scripted, longest: Duration) -> Store {
    let settings = Settings {
        timeouts: Timeouts::default().without_progress(longest),
        ..server.settings()
    };
    Store::connect(settings).await.unwrap()
}

/// How a listing fails, and after how long.
async fn fails(reply: Reply, longest: Duration) -> (StoreError, Duration) {
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let store = impatient(&server, longest).await;
    let began = Instant::now();
    let error = list(&store).await.unwrap_err();
    (error, began.elapsed())
}

#[tokio::test]
async fn a_store_that_takes_requests_and_says_nothing_is_given_up_once_not_with_each_attempt() {
    let longest = Duration::from_millis(1_000);
    let (error, took) = fails(Reply::Silence, longest).await;
    assert_eq!(error.kind, StoreErrorKind::Timeout, "{error}");
    assert!(took < longest * 3 / 2, "{took:?}");
}

#[tokio::test]
async fn all_buckets_of_a_store_that_says_nothing_are_given_up_together() {
    let longest = Duration::from_millis(1_000);
    let server = Scripted::start(|_, _| Reply::Silence).await;
    let store = impatient(&server, longest).await;
    let began = Instant::now();
    for _ in 0..100 {
        list(&store).await.unwrap_err();
    }
    let took = began.elapsed();
    assert!(took < longest * 4, "{took:?}");
    // The first, and one that asked whether it is back.
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_answer_that_comes_in_drips_is_asked_for_anew_and_then_given_up() {
    let longest = Duration::from_millis(1_000);
    let drips = Reply::Pieces {
        head: OPEN.to_vec(),
        piece: b" ".to_vec(),
        times: 500,
        pause: Duration::from_millis(20),
    };
    let server = Scripted::start(move |_, _| drips.clone()).await;
    let store = impatient(&server, longest).await;
    let began = Instant::now();
    let error = list(&store).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.kind, StoreErrorKind::Timeout, "{error}");
    assert!(
        error.to_string().contains("less than 1 kB a second"),
        "{error}"
    );
    assert!(took < longest * 2, "{took:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_answer_that_comes_slowly_but_comes_is_waited_for() {
    let whole = Reply::Pieces {
        head: OPEN.to_vec(),
        piece: " ".repeat(200).into_bytes(),
        times: 100,
        pause: Duration::from_millis(20),
    };
    let server = Scripted::start(move |_, _| whole.clone()).await;
    let store = impatient(&server, Duration::from_millis(1_000)).await;
    // 2 s, in which 20 kB come; it is cut then, which is another error.
    let error = list(&store).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Malformed, "{error}");
}

#[tokio::test]
async fn an_error_text_without_end_is_cut_in_every_field() {
    let long = "é".repeat(50_000);
    let body = format!(
        "<Error><Code>{long}</Code><Message>{long}</Message><RequestId>{long}</RequestId></Error>"
    );
    let (error, _) = failure_of(answer("400 Bad Request", "", &body)).await;
    for text in [&error.code, &error.message, &error.request_id] {
        let text = text.as_deref().unwrap();
        assert!(text.len() <= 1_024 && text.ends_with('…'), "{}", text.len());
    }
    assert!(error.to_string().len() < 4_000);
}

#[tokio::test]
async fn an_error_of_15_mib_is_an_error_and_no_text() {
    let long = "x".repeat(15 << 20);
    let body = format!("<Error><Code>InternalError</Code><Message>{long}</Message></Error>");
    let (error, _) = failure_of(answer("500 Internal Server Error", "", &body)).await;
    assert!(
        error.to_string().len() < 2_000,
        "{}",
        error.to_string().len()
    );
    assert_eq!(error.kind, StoreErrorKind::Server);
}

#[tokio::test]
async fn a_head_without_end_is_no_answer() {
    let flood = Reply::Pieces {
        head: b"HTTP/1.1 200 OK\r\n".to_vec(),
        piece: b"x-flood: 1234567890123456789012345678901234567890\r\n".to_vec(),
        times: 1_000_000,
        pause: Duration::ZERO,
    };
    let (error, _) = fails(flood, Duration::from_secs(20)).await;
    assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
}

#[tokio::test]
async fn elements_in_elements_without_end_are_no_document() {
    let nest = Reply::Pieces {
        head: OPEN.to_vec(),
        piece: "<a>".repeat(10_000).into_bytes(),
        times: 100,
        pause: Duration::ZERO,
    };
    let (error, _) = fails(nest, Duration::from_secs(20)).await;
    assert_eq!(error.kind, StoreErrorKind::Malformed, "{error}");
    assert!(error.to_string().contains("deep"), "{error}");
}

#[tokio::test]
async fn buckets_too_are_given_up() {
    let server = Scripted::start(|_, _| Reply::Silence).await;
    let longest = Duration::from_millis(500);
    let store = impatient(&server, longest).await;
    let began = Instant::now();
    let error = store.list_buckets().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Timeout, "{error}");
    assert!(began.elapsed() < longest * 2);
}

/// A page with so many uploads, which says that it is all there is.
fn page(uploads: usize, lost: bool) -> String {
    let mut page = String::from("<ListMultipartUploadsResult>");
    for number in 0..uploads {
        // Every third key has a character that could not be shown.
        let odd = if lost && number % 3 == 0 {
            "\u{fffd}"
        } else {
            ""
        };
        write!(
            page,
            "<Upload><Key>backups/{number:07}{odd}</Key><UploadId>{number}</UploadId></Upload>"
        )
        .unwrap();
    }
    page.push_str("<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
    page
}

/// Lists a bucket to its end; returns the lengths of the pages and all upload ids.
async fn walk(store: &Store) -> (Vec<usize>, Vec<String>) {
    let mut pager = Pager::new("", false);
    let (mut lengths, mut ids) = (Vec::new(), Vec::new());
    loop {
        let ask = pager.ask().clone();
        let bucket = BucketName::new("b").unwrap();
        let page = store.list_uploads(&bucket, &ask.prefix, &ask.after).await;
        let mut page: UploadPage = page.unwrap();
        lengths.push(page.uploads.len());
        let step = pager.take(&mut page);
        let shown = page.uploads.iter();
        ids.extend(shown.map(|upload| upload.address.id.as_str().to_owned()));
        match step {
            Step::Ask(_) => {}
            Step::Ended => return (lengths, ids),
            Step::Stuck => panic!("stuck after {}", ids.len()),
        }
    }
}

#[tokio::test]
async fn a_listing_of_any_length_is_handed_on_in_pieces_of_the_usual_length() {
    // From memory, and from a file.
    for (uploads, lost) in [(5_000, false), (80_000, false), (80_000, true)] {
        let body = page(uploads, lost);
        let server = Scripted::start(move |_, _| ok(&body)).await;
        let (lengths, ids) = walk(&server.store().await).await;
        let expected: Vec<String> = (0..uploads).map(|number| number.to_string()).collect();
        assert_eq!(ids.len(), uploads);
        assert!(ids == expected, "each once, in order");
        assert!(lengths.iter().all(|length| *length <= 2_000), "{lengths:?}");
        assert_eq!(server.seen().len(), 1, "asked for once");
    }
}

#[tokio::test]
async fn two_walks_through_a_long_listing_do_not_take_each_others_pieces() {
    let body = page(80_000, false);
    let server = Scripted::start(move |_, _| ok(&body)).await;
    let store = server.store().await;
    let (one, other) = tokio::join!(walk(&store), walk(&store));
    assert_eq!((one.1.len(), other.1.len()), (80_000, 80_000));
}

#[tokio::test]
async fn a_long_listing_that_ends_in_its_middle_is_an_error_after_what_was_read() {
    let whole = page(80_000, false);
    let body = whole[..whole.len() - 60].to_owned();
    let server = Scripted::start(move |_, _| ok(&body)).await;
    let store = server.store().await;
    let bucket = BucketName::new("b").unwrap();
    let (mut pager, mut seen) = (Pager::new("", false), 0);
    let error = loop {
        let ask = pager.ask().clone();
        match store.list_uploads(&bucket, &ask.prefix, &ask.after).await {
            Ok(mut page) => {
                seen += page.uploads.len();
                pager.take(&mut page);
            }
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, StoreErrorKind::Malformed, "{error}");
    assert!(seen >= 78_000, "{seen}");
}

/// A body of so many MiB that is no document yet.
fn mebibytes(count: usize) -> Reply {
    Reply::Pieces {
        head: OPEN.to_vec(),
        piece: " ".repeat(1 << 20).into_bytes(),
        times: count,
        pause: Duration::ZERO,
    }
}

#[tokio::test]
async fn a_listing_without_end_is_given_up() {
    let (error, _) = fails(mebibytes(2_000), Duration::from_secs(60)).await;
    assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
    assert!(error.to_string().contains("longer than 512 MiB"), "{error}");
}

#[tokio::test]
async fn parts_and_buckets_without_end_are_given_up() {
    let server = Scripted::start(|_, _| mebibytes(2_000)).await;
    let store = server.store().await;
    let upload = UploadAddress::new("b", "k", "1").unwrap();
    let error = store.list_parts(&upload, 0).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
    assert!(error.to_string().contains("longer than 8 MiB"), "{error}");
    let error = store.list_buckets().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotS3, "{error}");
    assert!(error.to_string().contains("longer than 32 MiB"), "{error}");
}

#[tokio::test]
async fn a_list_of_buckets_without_end_is_partial() {
    let server = Scripted::start(move |number, _| {
        let bucket = |n| format!("<Bucket><Name>b-{number}-{n}</Name></Bucket>");
        let buckets: String = (0..20_000).map(bucket).collect();
        ok(&format!(
            "<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>\
             <IsTruncated>true</IsTruncated><ContinuationToken>{number}</ContinuationToken>\
             <NextContinuationToken>{number}</NextContinuationToken></ListAllMyBucketsResult>"
        ))
    })
    .await;
    let store = server.store().await;
    let buckets = store.list_buckets().await.unwrap();
    assert_eq!(buckets.len(), 51 * 20_000);
    let missing = store.buckets_missing();
    assert!(
        matches!(missing, Some(MissingBuckets::Some(why)) if why.contains("has no end")),
        "{missing:?}"
    );
    assert_eq!(server.seen().len(), 51);
}

#[tokio::test]
async fn long_answers_wait_for_each_other_and_all_are_read() {
    // 3 MiB each, thirty at once: more than there is room for.
    let mut body = String::from("<ListPartsResult>");
    for number in 1..=10_000 {
        let etag = "0".repeat(200);
        write!(
            body,
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag><Size>5</Size></Part>"
        )
        .unwrap();
    }
    body.push_str("<IsTruncated>false</IsTruncated></ListPartsResult>");
    let server = Scripted::start(move |_, _| ok(&body)).await;
    let store = Arc::new(server.store().await);
    let upload = UploadAddress::new("b", "k", "1").unwrap();
    let asked: JoinSet<_> = (0..30)
        .map(|_| {
            let (store, upload) = (Arc::clone(&store), upload.clone());
            async move { store.list_parts(&upload, 0).await.unwrap().parts.len() }
        })
        .collect();
    assert_eq!(asked.join_all().await, [10_000; 30]);
}
