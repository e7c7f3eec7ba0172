//! Objects written anew from themselves, in parts.

use std::collections::BTreeMap;
use std::time::Duration;

use partsweep_core::{Inspect, Mutate, StoreError, StoreErrorKind};
use partsweep_sim::{
    ACCESS_KEY, Acl, Attributes, Fault, FaultKind, Habits, Nth, Operation, Versioning,
};

use crate::rig::{BUCKET, Rig, bucket, described, key, public};
use crate::scripted::{Reply, Scripted, answer, error, ok};

const MIB: u64 = 1 << 20;

async fn rewrite(rig: &Rig) -> Result<(), StoreError> {
    let head = rig.head("k").await;
    rig.store
        .rewrite_in_parts(&bucket(), &key("k"), &head)
        .await
}

fn set(rig: &Rig, operation: Operation, kind: FaultKind) {
    let fault = Fault::new(operation, Nth::Only(1), kind);
    rig.sim.faults().push(fault);
}

#[tokio::test]
async fn an_object_over_the_limit_of_copies_is_written_anew_as_it_was() {
    let bytes = 5 * 1024 * MIB + 1;
    let rig = Rig::with_object(Habits::aws(), bytes).await;
    let copied = rig.to_spare("k").await;
    assert_eq!(copied.unwrap_err().kind, StoreErrorKind::TooLarge);
    rewrite(&rig).await.unwrap();
    let object = rig.object("k");
    assert_eq!((object.size, object.parts.len()), (bytes, 641));
    assert_eq!((object.attributes, object.acl), (described(), public()));
    assert_eq!(rig.sim.count_uploads(BUCKET), 0);
    assert_eq!(rig.keys(), ["k"]);
}

#[tokio::test]
async fn on_ceph_all_but_the_tags_survives() {
    let rig = Rig::with_object(Habits::ceph(), 20 * MIB).await;
    rewrite(&rig).await.unwrap();
    let object = rig.object("k");
    let expected = Attributes {
        tags: BTreeMap::new(),
        ..described()
    };
    assert_eq!((object.attributes, object.acl), (expected, public()));
}

#[tokio::test]
async fn keys_and_versions_are_kept_apart() {
    for habits in [Habits::ceph(), Habits::aws()] {
        let rig = Rig::start(habits).await;
        rig.sim.set_versioning(BUCKET, Versioning::Enabled).unwrap();
        let name = "a //..//é+\u{1}";
        rig.sim.put_object(BUCKET, name, 20 * MIB).unwrap();
        let head = rig.head(name).await;
        assert!(head.version.is_some());
        let rewritten = rig
            .store
            .rewrite_in_parts(&bucket(), &key(name), &head)
            .await;
        rewritten.unwrap();
        assert_eq!(rig.object(name).parts, [8 * MIB, 8 * MIB, 4 * MIB]);
        assert_eq!(rig.sim.versions(BUCKET).len(), 2);
    }
}

/// Ceph's UploadPartCopy decodes the key of its source twice.
#[tokio::test]
async fn a_key_that_could_be_taken_for_another_is_not_written_anew() {
    for (habits, told) in [
        (Habits::ceph(), Some(StoreErrorKind::Unsupported)),
        (Habits::aws(), None),
    ] {
        let rig = Rig::start(habits).await;
        // An answer with a document says which store it is.
        rig.store.list_buckets().await.unwrap();
        for name in ["%41", "k?x"] {
            rig.sim.put_object(BUCKET, name, 20 * MIB).unwrap();
            let head = rig.head(name).await;
            let rewritten = rig
                .store
                .rewrite_in_parts(&bucket(), &key(name), &head)
                .await;
            assert_eq!(rewritten.err().map(|error| error.kind), told, "{name}");
        }
        let begun = rig.sim.count(Operation::CreateMultipartUpload);
        assert_eq!(begun == 0, told.is_some());
    }
}

#[tokio::test]
async fn an_object_that_is_written_meanwhile_is_not_overwritten() {
    for habits in [Habits::ceph(), Habits::aws()] {
        let rig = Rig::with_object(habits, 20 * MIB).await;
        let slow = FaultKind::Slow(Duration::from_millis(300));
        set(&rig, Operation::UploadPartCopy, slow);
        let foreigner = async {
            while rig.sim.count_uploads(BUCKET) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            rig.sim.put_object(BUCKET, "k", 21 * MIB).unwrap();
        };
        let (rewritten, ()) = tokio::join!(rewrite(&rig), foreigner);
        assert_eq!(rewritten.unwrap_err().kind, StoreErrorKind::Changed);
        assert_eq!(rig.object("k").size, 21 * MIB);
        assert_eq!(
            rig.sim.count_uploads(BUCKET),
            0,
            "its own upload is aborted"
        );
    }
}

/// Ceph refuses to copy a part without it: 411 MissingContentLength.
#[tokio::test]
async fn the_length_of_an_empty_body_is_said() {
    let server = Scripted::start(|_, request| match request.line.split(' ').next() {
        Some("HEAD") => {
            Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: \"e\"\r\n\r\n".to_vec())
        }
        Some("POST") => ok(
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>",
        ),
        Some("PUT") => error("403 Forbidden", "AccessDenied"),
        Some("DELETE") => answer("204 No Content", "", ""),
        _ => error("403 Forbidden", "AccessDenied"),
    })
    .await;
    let store = server.store().await;
    let head = store.head_object(&bucket(), &key("k")).await.unwrap();
    let rewritten = store
        .rewrite_in_parts(&bucket(), &key("k"), &head.unwrap())
        .await;
    assert_eq!(rewritten.unwrap_err().kind, StoreErrorKind::Denied);
    let seen = server.seen();
    let writes = seen
        .iter()
        .filter(|request| request.has("POST") || request.has("PUT"));
    let lengths: Vec<_> = writes
        .map(|request| request.head.contains("\r\ncontent-length: 0\r\n"))
        .collect();
    assert_eq!(lengths, [true, true], "{seen:?}");
    assert!(seen.last().unwrap().has("DELETE /b/k?uploadId=1"));
}

#[tokio::test]
async fn a_part_that_cannot_be_copied_ends_it_without_a_leftover() {
    for (kind, told) in [
        (
            FaultKind::Refused(404, "NoSuchKey"),
            StoreErrorKind::NoSuchObject,
        ),
        (
            FaultKind::Refused(412, "PreconditionFailed"),
            StoreErrorKind::Changed,
        ),
        (FaultKind::ErrorInOk("AccessDenied"), StoreErrorKind::Denied),
    ] {
        let rig = Rig::with_object(Habits::ceph(), 100 * MIB).await;
        set(&rig, Operation::UploadPartCopy, kind);
        assert_eq!(rewrite(&rig).await.unwrap_err().kind, told);
        assert_eq!(rig.sim.count_uploads(BUCKET), 0);
        assert_eq!(rig.sim.leaked(BUCKET), 0);
        assert_eq!(rig.sim.count(Operation::CompleteMultipartUpload), 0);
        assert!(rig.object("k").parts.is_empty(), "as it was");
    }
}

#[tokio::test]
async fn parts_are_asked_for_again() {
    for kind in [
        FaultKind::AnswerLost,
        FaultKind::CutDocument,
        FaultKind::ErrorInOk("InternalError"),
    ] {
        let rig = Rig::with_object(Habits::ceph(), 20 * MIB).await;
        set(&rig, Operation::UploadPartCopy, kind);
        rewrite(&rig).await.unwrap();
        assert_eq!(rig.object("k").parts.len(), 3);
        assert_eq!(rig.sim.count(Operation::UploadPartCopy), 4);
    }
}

/// An abort that crosses a complete is what this saves objects from.
#[tokio::test]
async fn an_upload_whose_complete_may_still_be_at_work_is_never_aborted() {
    for (kind, told, left) in [
        (FaultKind::AnswerLost, None, 0),
        (FaultKind::CutDocument, None, 0),
        (FaultKind::Reset, Some(StoreErrorKind::Unreachable), 1),
        (FaultKind::InternalError, Some(StoreErrorKind::Server), 1),
        (
            FaultKind::ErrorInOk("InternalError"),
            Some(StoreErrorKind::Server),
            1,
        ),
        (FaultKind::HtmlBadGateway, Some(StoreErrorKind::Server), 1),
    ] {
        let rig = Rig::with_object(Habits::ceph(), 20 * MIB).await;
        set(&rig, Operation::CompleteMultipartUpload, kind);
        let rewritten = rewrite(&rig).await;
        assert_eq!(rewritten.err().map(|error| error.kind), told, "{kind:?}");
        assert_eq!(rig.sim.count(Operation::AbortMultipartUpload), 0);
        assert_eq!(rig.sim.count(Operation::CompleteMultipartUpload), 1);
        assert_eq!(rig.sim.count_uploads(BUCKET), left, "{kind:?}");
    }
}

#[tokio::test]
async fn an_upload_whose_complete_was_refused_is_aborted() {
    for (status, code, told) in [
        (412, "PreconditionFailed", StoreErrorKind::Changed),
        (409, "ConditionalRequestConflict", StoreErrorKind::Changed),
        (403, "AccessDenied", StoreErrorKind::Denied),
        (400, "InvalidPart", StoreErrorKind::Refused),
    ] {
        let rig = Rig::with_object(Habits::aws(), 20 * MIB).await;
        let refused = FaultKind::Refused(status, code);
        set(&rig, Operation::CompleteMultipartUpload, refused);
        assert_eq!(rewrite(&rig).await.unwrap_err().kind, told);
        assert_eq!(rig.sim.count_uploads(BUCKET), 0);
    }
}

#[tokio::test]
async fn a_store_that_knows_no_condition_on_a_complete_is_asked_without() {
    let rig = Rig::with_object(Habits::aws(), 20 * MIB).await;
    let refused = FaultKind::Refused(501, "NotImplemented");
    set(&rig, Operation::CompleteMultipartUpload, refused);
    rewrite(&rig).await.unwrap();
    assert_eq!(rig.object("k").parts.len(), 3);
}

#[tokio::test]
async fn the_data_are_saved_also_where_the_access_list_cannot_be() {
    for denied in [Operation::GetObjectAcl, Operation::PutObjectAcl] {
        let rig = Rig::with_object(Habits::aws(), 20 * MIB).await;
        rig.sim.deny(ACCESS_KEY, None, denied);
        rewrite(&rig).await.unwrap();
        let object = rig.object("k");
        let about = (object.attributes, object.acl);
        assert_eq!(about, (described(), Acl::default()), "{denied}");
    }
}
