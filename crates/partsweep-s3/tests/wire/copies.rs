//! Copies to a spare key and back.

use partsweep_core::{Mutate, StoreErrorKind};
use partsweep_sim::habits::CopyLimit;
use partsweep_sim::{ACCESS_KEY, Acl, Fault, FaultKind, Habits, Nth, Operation};

use crate::rig::{BUCKET, Rig, bucket, described, key, public, spare_name};
use crate::scripted::{Reply, Scripted, answer, error, ok};

fn fault(nth: Nth, kind: FaultKind) -> Fault {
    Fault::new(Operation::CopyObject, nth, kind)
}

#[tokio::test]
async fn all_that_is_said_of_an_object_survives() {
    for habits in [Habits::ceph(), Habits::aws()] {
        let rig = Rig::with_object(habits, 9).await;
        rig.save("k").await;
        let object = rig.object("k");
        let about = (object.size, object.attributes, object.acl);
        assert_eq!(about, (9, described(), public()));
        assert_eq!(rig.keys(), ["k"]);
    }
}

#[tokio::test]
async fn the_spare_copy_itself_is_private() {
    let rig = Rig::with_object(Habits::ceph(), 9).await;
    rig.to_spare("k").await.unwrap();
    let spare = rig.object(spare_name(1).key().as_str());
    assert_eq!((spare.acl, spare.size), (Acl::default(), 9));
}

#[tokio::test]
async fn every_key_is_copied_byte_for_byte() {
    let keys = [
        "a b",
        "a+b",
        "100%",
        "%41%2F",
        "a//b",
        "/lead//",
        "../x/../y",
        "./.",
        "é日\u{1f600}",
        "c\u{1}\t\r\n\u{7f}",
        "k?versionId=3&x=#",
        "  ",
        "=&;,'()*!@:$~",
    ];
    for habits in [Habits::ceph(), Habits::aws()] {
        let rig = Rig::start(habits).await;
        for (size, name) in (1..).zip(keys) {
            rig.sim.put_object(BUCKET, name, size).unwrap();
        }
        for (size, name) in (1..).zip(keys) {
            rig.save(name).await;
            assert_eq!(rig.object(name).size, size, "{name:?}");
        }
        let mut expected: Vec<_> = keys.map(str::to_owned).into();
        expected.sort();
        assert_eq!(rig.keys(), expected);
    }
}

#[tokio::test]
async fn another_object_is_not_copied() {
    for habits in [Habits::ceph(), Habits::aws()] {
        let rig = Rig::with_object(habits, 9).await;
        let old = rig.head("k").await;
        rig.sim.put_object(BUCKET, "k", 10).unwrap();
        let copied = rig
            .store
            .copy_to_spare(&bucket(), &key("k"), &old, &spare_name(1))
            .await;
        assert_eq!(copied.unwrap_err().kind, StoreErrorKind::Changed);
        assert_eq!(rig.keys(), ["k"]);

        let spare = rig.to_spare("k").await.unwrap();
        let (old, copies) = (rig.head("k").await, rig.sim.count(Operation::CopyObject));
        rig.sim.put_object(BUCKET, "k", 11).unwrap();
        let back = rig.store.copy_back(&spare, &key("k"), &old).await;
        assert_eq!(back.unwrap_err().kind, StoreErrorKind::Changed);
        rig.sim.delete_object(BUCKET, "k").unwrap();
        let back = rig.store.copy_back(&spare, &key("k"), &old).await;
        assert_eq!(back.unwrap_err().kind, StoreErrorKind::Changed);
        assert!(!rig.keys().contains(&"k".to_owned()), "it stays deleted");
        assert_eq!(rig.sim.count(Operation::CopyObject), copies);
    }
}

const HEAD: &str = "Content-Length: 9\r\nETag: \"abc-2\"\r\n\
                    Last-Modified: Tue, 24 Nov 2026 00:00:00 GMT\r\n";

fn seen_object(headers: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 200 OK\r\n{HEAD}{headers}\r\n").into_bytes())
}

fn head() -> partsweep_core::ObjectHead {
    partsweep_core::ObjectHead {
        bytes: Some(9),
        last_modified: Some("2026-11-24T00:00:00Z".parse().unwrap()),
        etag: Some("abc-2".to_owned()),
        version: Some("v/1".into()),
    }
}

#[tokio::test]
async fn the_store_is_told_which_object_is_meant_in_both_spellings() {
    let server = Scripted::start(|_, request| match request.has("HEAD") {
        true => seen_object(""),
        false => error("412 Precondition Failed", "PreconditionFailed"),
    })
    .await;
    let copied = server
        .store()
        .await
        .copy_to_spare(&bucket(), &key("a b"), &head(), &spare_name(1))
        .await;
    assert_eq!(copied.unwrap_err().kind, StoreErrorKind::Changed);
    let seen = server.seen();
    let sent = seen.last().unwrap();
    assert!(sent.has("PUT /b/.partsweep-spare-0"), "{}", sent.line);
    for header in [
        "x-amz-copy-source: b/a%20b?versionId=v%2F1\r\n",
        "x-amz-copy-source-if-match: \"abc-2\"\r\n",
        "x-amz-copy-if-match: \"abc-2\"\r\n",
        "x-amz-metadata-directive: COPY\r\n",
    ] {
        assert!(sent.head.contains(header), "{header}: {}", sent.head);
    }
}

#[tokio::test]
async fn what_is_overwritten_is_named_only_where_that_is_known_to_do_no_harm() {
    let stores = [
        ("Server: partsweep-sim\r\n", true),
        ("Server: AmazonS3\r\n", false),
        ("x-rgw-x: 1\r\n", true),
        ("", false),
        ("Server: SeaweedFS\r\n", false),
    ];
    for (headers, named) in stores {
        let server = Scripted::start(move |_, request| {
            if request.has("HEAD") {
                seen_object(headers)
            } else if request.has("GET") {
                answer(
                    "403 Forbidden",
                    headers,
                    "<Error><Code>AccessDenied</Code></Error>",
                )
            } else {
                ok("<CopyObjectResult/>")
            }
        })
        .await;
        let spare = partsweep_core::Spare {
            bucket: bucket(),
            name: spare_name(1),
            version: None,
        };
        let store = server.store().await;
        store.copy_back(&spare, &key("k"), &head()).await.unwrap();
        let seen = server.seen();
        let sent = &seen.last().unwrap().head;
        let condition = "\r\nif-match: \"abc-2\"\r\n";
        assert_eq!(sent.contains(condition), named, "{headers}: {sent}");
    }
}

#[tokio::test]
async fn a_copy_to_a_spare_is_asked_for_again() {
    for kind in [
        FaultKind::ErrorInOk("InternalError"),
        FaultKind::ErrorInOk("SlowDown"),
        FaultKind::CutDocument,
        FaultKind::CutConnection,
        FaultKind::AnswerLost,
        FaultKind::EmptyOk,
        FaultKind::SlowDown,
        FaultKind::Reset,
    ] {
        let rig = Rig::with_object(Habits::ceph(), 9).await;
        rig.sim.faults().push(fault(Nth::Only(1), kind));
        rig.to_spare("k").await.unwrap();
        assert_eq!(rig.sim.count(Operation::CopyObject), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn a_copy_back_that_may_have_been_done_is_not_sent_again() {
    use StoreErrorKind as Kind;
    for (kind, told) in [
        (FaultKind::ErrorInOk("InternalError"), Kind::Server),
        (FaultKind::ErrorInOk("NoSuchKey"), Kind::NoSuchObject),
        (FaultKind::CutDocument, Kind::Malformed),
        (FaultKind::CutConnection, Kind::Malformed),
        (FaultKind::AnswerLost, Kind::Unreachable),
        (FaultKind::EmptyOk, Kind::Malformed),
        (FaultKind::HtmlOk, Kind::NotS3),
        (FaultKind::SlowDown, Kind::Throttled),
    ] {
        let rig = Rig::with_object(Habits::ceph(), 9).await;
        let spare = rig.to_spare("k").await.unwrap();
        rig.sim.faults().push(fault(Nth::Only(1), kind));
        let back = rig.back(&spare, "k").await;
        assert_eq!(back.unwrap_err().kind, told, "{kind:?}");
        assert_eq!(rig.sim.count(Operation::CopyObject), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn an_object_that_is_too_large_is_told_from_other_refusals() {
    const GIB: u64 = 1 << 30;
    let mut strict = Habits::ceph();
    strict.objects.copy.limit = Some(CopyLimit {
        most: 5 * GIB,
        code: "EntityTooLarge",
    });
    for habits in [Habits::aws(), strict] {
        let rig = Rig::with_object(habits, 5 * GIB + 1).await;
        let copied = rig.to_spare("k").await;
        assert_eq!(copied.unwrap_err().kind, StoreErrorKind::TooLarge);
    }
    let rig = Rig::with_object(Habits::ceph(), 50 * GIB).await;
    rig.to_spare("k").await.unwrap();
    let refused = FaultKind::Refused(400, "InvalidRequest");
    rig.sim.faults().push(fault(Nth::Every, refused));
    rig.sim.put_object(BUCKET, "small", 7).unwrap();
    let copied = rig.to_spare("small").await;
    assert_eq!(copied.unwrap_err().kind, StoreErrorKind::Refused);
}

#[tokio::test]
async fn an_object_whose_data_or_name_is_gone_is_gone() {
    let rig = Rig::with_object(Habits::ceph(), 9).await;
    let head = rig.head("k").await;
    let lost = FaultKind::Refused(404, "NoSuchKey");
    rig.sim.faults().push(fault(Nth::Only(1), lost));
    assert_eq!(
        rig.to_spare("k").await.unwrap_err().kind,
        StoreErrorKind::NoSuchObject
    );
    rig.sim.delete_object(BUCKET, "k").unwrap();
    let copied = rig
        .store
        .copy_to_spare(&bucket(), &key("k"), &head, &spare_name(1))
        .await;
    assert_eq!(copied.unwrap_err().kind, StoreErrorKind::NoSuchObject);
}

#[tokio::test]
async fn the_data_are_saved_also_where_the_access_list_cannot_be() {
    for denied in [Operation::GetObjectAcl, Operation::PutObjectAcl] {
        let rig = Rig::with_object(Habits::ceph(), 9).await;
        rig.sim.deny(ACCESS_KEY, None, denied);
        rig.save("k").await;
        let object = rig.object("k");
        let about = (object.attributes, object.acl);
        assert_eq!(about, (described(), Acl::default()), "{denied}");
    }
}

#[tokio::test]
async fn no_grants_are_sent_for_an_object_that_has_the_usual_ones() {
    let rig = Rig::start(Habits::aws()).await;
    rig.sim.deny(ACCESS_KEY, None, Operation::PutObjectAcl);
    rig.sim.put_object(BUCKET, "k", 9).unwrap();
    rig.save("k").await;
    assert_eq!(rig.sim.count(Operation::CopyObject), 2);
}

#[tokio::test]
async fn trying_to_copy_tells_what_is_missing_and_changes_nothing() {
    use StoreErrorKind as Kind;
    for habits in [Habits::seaweedfs(), Habits::aws()] {
        let rig = Rig::with_object(habits, 9).await;
        rig.store.try_saving(&bucket()).await.unwrap();
        for (status, code, kind) in [
            (501, "NotImplemented", Kind::Unsupported),
            (405, "MethodNotAllowed", Kind::Unsupported),
            (403, "AccessDenied", Kind::Denied),
        ] {
            let refused = FaultKind::Refused(status, code);
            rig.sim.faults().push(fault(Nth::Only(1), refused));
            let tried = rig.store.try_saving(&bucket()).await;
            assert_eq!(tried.unwrap_err().kind, kind);
        }
        assert_eq!(rig.keys(), ["k"]);
    }
}

#[tokio::test]
async fn a_store_that_copies_what_does_not_exist_has_no_copies() {
    let server = Scripted::start(|_, request| match request.line.split(' ').next() {
        Some("PUT") => ok("<CopyObjectResult/>"),
        _ => answer("404 Not Found", "", ""),
    })
    .await;
    let tried = server.store().await.try_saving(&bucket()).await;
    assert_eq!(tried.unwrap_err().kind, StoreErrorKind::Unsupported);
}
