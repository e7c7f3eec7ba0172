//! Completes of uploads that somebody else began: sent once, whatever becomes of them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    ApprovedRescue, Clock, Complete, Inspect, LookTime, OlderVersions, Part, PartChecksums,
    PartLimits, PartTally, RescueConsent, RescueLook, RescuePlan, RescueTerms, StoreErrorKind,
    Upload, UploadAddress,
};
use partsweep_s3::{Settings, Store, Timeouts};
use partsweep_sim::{Habits, Operation};

use crate::agreed::FRESH;
use crate::rig::{BUCKET, Rig, bucket, key};
use crate::scripted::{Reply, Scripted, answer, error, ok};

const DONE: &str =
    "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag></CompleteMultipartUploadResult>";

/// An upload with these parts, agreed to and confirmed by a look of then.
fn confirmed(
    address: &UploadAddress,
    parts: &[Part],
    checksums: PartChecksums,
    answered: LookTime,
) -> ApprovedRescue {
    let mut tally = PartTally::default();
    tally.add(parts);
    let look = RescueLook {
        footprint: tally.footprint(true, None),
        completed_etag: tally.completed_etag(),
        parts: tally.into_parts(),
        checksums,
        upload: Upload::named(address.clone()),
        names_upload: true,
        others: None,
        object: ObjectSight::Absent,
        older: OlderVersions::NONE,
        unclear: Vec::new(),
        now: Some(Timestamp::now()),
        clock: Clock::Utc,
        answered,
    };
    let terms = RescueTerms {
        quiet_for: SignedDuration::ZERO,
        size: look.footprint.bytes.exact(),
        overwrite: false,
        chosen: true,
    };
    let limits = PartLimits {
        minimum: None,
        equal: false,
    };
    let plan = RescuePlan::of(&look, look.clone(), terms, limits).unwrap();
    let consent = RescueConsent::to(&plan);
    plan.approve(consent).unwrap().confirm(look).unwrap()
}

fn of_one_part(key: &str, id: &str, answered: LookTime) -> ApprovedRescue {
    let part = Part {
        number: 1,
        bytes: Some(5),
        last_modified: Some(Timestamp::now()),
        etag: Some([7; 16]),
    };
    confirmed(
        &UploadAddress::new("b", key, id).unwrap(),
        &[part],
        PartChecksums::default(),
        answered,
    )
}

#[tokio::test]
async fn a_complete_names_bucket_key_and_upload_id_and_no_condition_that_a_store_may_not_know() {
    let server = Scripted::start(|_, _| ok(DONE)).await;
    let rescue = of_one_part("/..//a b", "2~x&y=", FRESH);
    let completed = server.store().await.complete_upload(&rescue).await.unwrap();
    assert_eq!(completed.etag.as_deref(), Some("e-1"));
    let [request] = &server.seen()[..] else {
        panic!("once")
    };
    assert_eq!(request.line, "POST /b//..//a%20b?uploadId=2~x%26y%3D");
    let head = request.head.to_lowercase();
    assert!(
        !head.contains("if-none-match") && !head.contains("mp-object-size"),
        "{head}"
    );
}

#[tokio::test]
async fn a_success_that_turns_into_an_error_is_no_complete() {
    use StoreErrorKind as Kind;
    let late =
        |code: &str| format!("  \n \n<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
    for (body, kind) in [
        (late("InternalError"), Kind::Server),
        (late("InvalidPart"), Kind::Refused),
        (late("PreconditionFailed"), Kind::Changed),
        (late("NoSuchUpload"), Kind::NoSuchUpload),
        (
            "<!DOCTYPE html><html>log in first</html>".to_owned(),
            Kind::NotS3,
        ),
        ("   \n\n  ".to_owned(), Kind::Malformed),
    ] {
        let server = Scripted::start(move |_, _| ok(&body)).await;
        let rescue = of_one_part("k", "1", FRESH);
        let completed = server.store().await.complete_upload(&rescue).await;
        assert_eq!(completed.unwrap_err().kind, kind);
        assert_eq!(server.seen().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_complete_that_may_have_been_done_is_not_sent_again() {
    use StoreErrorKind as Kind;
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n <".to_vec();
    let cases = [
        (Reply::Close(Vec::new()), Kind::Unreachable),
        (Reply::Close(cut), Kind::Malformed),
        (Reply::Silence, Kind::Timeout),
        (error("503 Slow Down", "SlowDown"), Kind::Throttled),
        (error("500 Error", "InternalError"), Kind::Server),
        (answer("504 Gateway Timeout", "", ""), Kind::Server),
        (
            error("409 Conflict", "ConditionalRequestConflict"),
            Kind::Changed,
        ),
    ];
    for (reply, kind) in cases {
        let shown = format!("{reply:?}");
        let server = Scripted::start(move |_, _| reply.clone()).await;
        let timeouts = Timeouts {
            copy: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let store = Store::connect(Settings {
            timeouts,
            ..server.settings()
        });
        let rescue = of_one_part("k", "1", FRESH);
        let completed = store.await.unwrap().complete_upload(&rescue).await;
        assert_eq!(completed.unwrap_err().kind, kind, "{shown}");
        assert_eq!(server.seen().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn a_complete_on_a_look_that_is_too_old_is_not_sent() {
    let server = Scripted::start(|_, _| ok(DONE)).await;
    let rescue = of_one_part("k", "1", LookTime::default());
    let completed = server.store().await.complete_upload(&rescue).await;
    assert_eq!(completed.unwrap_err().kind, StoreErrorKind::LookTooOld);
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_upload_is_completed_with_the_parts_and_etags_that_its_list_shows() {
    for habits in [
        Habits::aws(),
        Habits::ceph(),
        Habits::garage(),
        Habits::minio(),
    ] {
        let rig = Rig::start(habits).await;
        let id = rig.sim.create_upload(BUCKET, "k").unwrap();
        for (number, bytes) in [(1, 6 << 20), (2, 6 << 20), (3, 1_000)] {
            rig.sim.put_part(BUCKET, "k", &id, number, bytes).unwrap();
        }
        let address = UploadAddress::new(BUCKET, "k", &id).unwrap();
        let page = rig.store.list_parts(&address, 0).await.unwrap();
        let rescue = confirmed(&address, &page.parts, PartChecksums::default(), FRESH);
        let completed = rig.store.complete_upload(&rescue).await.unwrap();
        let head = rig
            .store
            .head_object(&bucket(), &key("k"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(head.bytes, Some((12 << 20) + 1_000));
        assert_eq!(head.etag.as_deref(), rescue.etag());
        assert_eq!(completed.etag, head.etag);
        assert_eq!(rig.sim.count(Operation::CompleteMultipartUpload), 1);
    }
}

/// What AWS's SDKs have begun since January 2025. Amazon S3 wants those of the parts again unless one is of the whole
/// object, and MinIO always.
#[tokio::test]
async fn the_checksums_that_an_upload_was_begun_with_are_named_with_its_parts() {
    let (of_parts, of_object) = (("CRC32", false), ("CRC64NVME", true));
    for (habits, checksum, is_needed) in [
        (Habits::aws(), of_parts, true),
        (Habits::aws(), of_object, false),
        (Habits::minio(), of_parts, true),
        (Habits::minio(), of_object, true),
    ] {
        let rig = Rig::start(habits).await;
        for with in [false, true] {
            let id = rig.sim.create_upload(BUCKET, "k").unwrap();
            for (number, bytes) in [(1, 6 << 20), (2, 1_000)] {
                rig.sim.put_part(BUCKET, "k", &id, number, bytes).unwrap();
            }
            let values = [(1, "NSRBwg=="), (2, "gQ/+gQ==")];
            let set = rig.sim.set_checksum(BUCKET, "k", &id, checksum, &values);
            set.unwrap();
            let address = UploadAddress::new(BUCKET, "k", &id).unwrap();
            let page = rig.store.list_parts(&address, 0).await.unwrap();
            let mut checksums = PartChecksums::default();
            if with {
                checksums.add(&page.checksums);
            }
            let rescue = confirmed(&address, &page.parts, checksums, FRESH);
            let completed = rig.store.complete_upload(&rescue).await;
            let refused = completed.err().and_then(|error| error.code);
            let expected = (is_needed && !with).then_some("InvalidRequest");
            assert_eq!(refused.as_deref(), expected, "{checksum:?}");
            // There is one if it was completed.
            let _ = rig.sim.delete_object(BUCKET, "k");
        }
    }
}
