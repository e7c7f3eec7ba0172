//! What is believed of a bucket's lifecycle: a document, or the one code for none (law 10).

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use partsweep_core::lifecycle::change::RuleDialect;
use partsweep_core::{
    BucketName, Inspect, LifecycleChange, ManageLifecycle, SeenLifecycle, StoreError,
    StoreErrorKind,
};
use partsweep_s3::{Settings, Store};
use partsweep_sim::{Habits, Operation, Setup, Sim};

use crate::scripted::{Scripted, answer, error, ok};
use crate::stores::settings;

const NONE: &str = "NoSuchLifecycleConfiguration";

const RULES: &str = "<LifecycleConfiguration><Rule><ID>a</ID><Prefix/><Status>Enabled</Status>\
    <Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";

async fn seen(server: &Scripted) -> Result<SeenLifecycle, StoreError> {
    let bucket = BucketName::new("b").unwrap();
    server.store().await.lifecycle(&bucket).await
}

#[tokio::test]
async fn a_lifecycle_is_a_document_or_the_one_code_for_none() {
    let server = Scripted::start(|_, _| ok(RULES)).await;
    let found = seen(&server).await.unwrap().document.unwrap();
    assert_eq!(found.text(), RULES);
    let server = Scripted::start(|_, _| error("404 Not Found", NONE)).await;
    assert_eq!(seen(&server).await.unwrap().document, None);
}

/// Who doesn't know lifecycles answers as if asked for the bucket, and takes the deletion of one for that of the bucket.
#[tokio::test]
async fn nothing_else_is_believed_to_be_a_bucket_without_a_lifecycle() {
    let listing =
        "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>";
    let none_as_success = format!("<Error><Code>{NONE}</Code></Error>");
    for (status, body) in [
        ("200 OK", ""),
        ("200 OK", listing),
        ("200 OK", "<!doctype html><html><body>Hello</body></html>"),
        ("200 OK", "<html><LifecycleConfiguration/></html>"),
        ("200 OK", &*none_as_success),
        ("200 OK", "<LifecycleConfiguration><Rule>"),
        ("204 No Content", ""),
        ("400 Bad Request", &*none_as_success),
        ("404 Not Found", ""),
        ("404 Not Found", "<html>NoSuchLifecycleConfiguration</html>"),
        ("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"),
        ("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"),
        ("404 Not Found", "<Error><Code>NoSuchTagSet</Code></Error>"),
        ("405 Method Not Allowed", ""),
        (
            "501 Not Implemented",
            "<Error><Code>NotImplemented</Code></Error>",
        ),
    ] {
        let body = body.to_owned();
        let server = Scripted::start(move |_, _| answer(status, "", &body)).await;
        let seen = seen(&server).await;
        assert!(seen.is_err(), "{status}: {seen:?}");
    }
}

/// Whoever stops a run while a write waits for its turn, stops the write, too (law 2).
#[tokio::test]
async fn whether_a_change_may_begin_is_asked_once_its_turn_has_come() {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("b");
    let paced = Settings {
        rps: 1,
        ..settings(&sim)
    };
    let store = Store::connect(paced).await.unwrap();
    let bucket = BucketName::new("b").unwrap();
    for may_begin in [false, true] {
        let seen = store.lifecycle(&bucket).await.unwrap();
        let days = NonZeroU32::new(7).unwrap();
        let change = LifecycleChange::protect(seen, days, RuleDialect::S3, false).unwrap();
        let began = Instant::now();
        let is_asked = || may_begin && began.elapsed() > Duration::from_millis(500);
        let changed = store.change_lifecycle(&change, &is_asked).await;
        match changed {
            Ok(()) => assert!(may_begin),
            Err(error) => {
                assert!(!may_begin, "asked too early: {error}");
                assert_eq!(error.kind, StoreErrorKind::LookTooOld);
            }
        }
        assert_eq!(
            sim.count(Operation::PutBucketLifecycle),
            u64::from(may_begin)
        );
    }
}
