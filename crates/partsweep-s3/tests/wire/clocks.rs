//! How the times in a store's documents stand to its `Date` (law 13).

use jiff::{SignedDuration, Timestamp};
use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Clock, Inspect, Mutate};

use crate::scripted::{Request, Scripted, answer};

fn bucket() -> BucketName {
    BucketName::new("b").unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// What a server at this offset from UTC says, which writes its local time with a `Z`; its `Date` is
/// right. Uploads that are begun are listed as begun now.
async fn server(offset: SignedDuration, headers: &'static str) -> Scripted {
    let begun = std::sync::Mutex::new(None::<String>);
    Scripted::start(move |_, request: &Request| {
        let now = Timestamp::now();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
        let local = (now + offset).strftime("%Y-%m-%dT%H:%M:%S.000Z");
        let headers = format!("Date: {date}\r\n{headers}");
        let key = |line: &str| {
            let path = line.split_once("/b/").map_or("", |(_, path)| path);
            path.split('?').next().unwrap_or_default().to_owned()
        };
        if request.line.starts_with("POST") {
            *begun.lock().unwrap() = Some(key(&request.line));
            let id = "<InitiateMultipartUploadResult><UploadId>own</UploadId></InitiateMultipartUploadResult>";
            return answer("200 OK", &headers, id);
        }
        if request.has("DELETE") {
            return answer("204 No Content", &headers, "");
        }
        if request.has("uploads") {
            let begun = begun.lock().unwrap().clone().unwrap_or_else(|| "k".to_owned());
            let page = format!(
                "<ListMultipartUploadsResult><Upload><Key>{begun}</Key><UploadId>own</UploadId>\
                 <Initiated>{local}</Initiated></Upload></ListMultipartUploadsResult>"
            );
            return answer("200 OK", &headers, &page);
        }
        let missing = "<Error><Code>NoSuchKey</Code></Error>";
        answer("404 Not Found", &headers, missing)
    })
    .await
}

/// Report 8.
#[tokio::test]
async fn an_upload_of_our_own_shows_by_how_much_a_clock_is_behind() {
    for (offset, shown) in [
        (hours(-8), Clock::Behind(hours(8))),
        (
            hours(-5) - SignedDuration::from_mins(30),
            Clock::Behind(hours(5) + SignedDuration::from_mins(30)),
        ),
        (hours(-15), Clock::Untrue),
        (hours(-24 * 365 * 16), Clock::Untrue),
        (hours(0), Clock::Utc),
        (hours(8), Clock::NotBehind),
    ] {
        let server = server(offset, "").await;
        let store = server.store().await;
        store
            .list_uploads(&bucket(), "", &Markers::START)
            .await
            .unwrap();
        if offset < hours(0) {
            assert_eq!(store.clock(), Clock::Unproven, "{offset}");
        }
        let _ = store.try_saving(&bucket()).await;
        let clock = store.clock();
        match (clock, shown) {
            // `Date` has whole seconds.
            (Clock::Behind(by), Clock::Behind(expected)) => {
                assert!((by - expected).abs() < SignedDuration::from_secs(3), "{by}");
            }
            (clock, shown) => assert_eq!(clock, shown, "{offset}"),
        }
    }
}

#[tokio::test]
async fn a_listing_in_which_something_began_a_moment_ago_shows_that_the_clock_is_not_behind() {
    let server = server(hours(0), "").await;
    let store = server.store().await;
    assert_eq!(store.clock(), Clock::Unproven, "nothing was seen yet");
    store
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(store.clock(), Clock::NotBehind);
}

#[tokio::test]
async fn a_store_that_is_known_to_write_utc_needs_no_proof() {
    let server = server(hours(-8), "Server: Ceph Object Gateway\r\n").await;
    let store = server.store().await;
    store
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(store.clock(), Clock::Utc);
}

/// Breaker 15: `Date` two days ahead made an upload of ten seconds two days old.
#[tokio::test]
async fn a_date_ahead_of_our_clock_and_of_every_document_is_not_now() {
    let days = SignedDuration::from_hours(48);
    for (documents, is_now) in [(SignedDuration::ZERO, false), (days, true)] {
        let server = Scripted::start(move |_, _| {
            let now = Timestamp::now();
            let date = (now + days).strftime("%a, %d %b %Y %H:%M:%S GMT");
            let time = (now + documents).strftime("%Y-%m-%dT%H:%M:%S.000Z");
            let page = format!(
                "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>1</UploadId>\
                 <Initiated>{time}</Initiated></Upload></ListMultipartUploadsResult>"
            );
            answer("200 OK", &format!("Date: {date}\r\n"), &page)
        })
        .await;
        let store = server.store().await;
        let page = store
            .list_uploads(&bucket(), "", &Markers::START)
            .await
            .unwrap();
        let ahead = page.date.unwrap().duration_since(Timestamp::now());
        assert_eq!(ahead > hours(47), is_now, "{ahead}");
        let age = page
            .date
            .unwrap()
            .duration_since(page.uploads[0].initiated.unwrap());
        assert!(age < SignedDuration::from_mins(1), "{age}");
    }
}
