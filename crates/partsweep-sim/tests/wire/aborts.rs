//! The life and death of uploads.

use jiff::SignedDuration;
use partsweep_sim::{Data, Habits};

use crate::{ask, delete, get, start};

#[tokio::test]
async fn an_abort_without_an_id_harms_where_it_was_seen_to() {
    for (habits, status, left) in [
        (Habits::aws(), 404, true),
        (Habits::minio(), 204, true),
        (Habits::ceph(), 204, false),
        (Habits::garage(), 204, false),
    ] {
        let sim = start(habits).await;
        sim.put_object("b", "k", 10).unwrap();
        assert_eq!(delete(&sim, "/b/k?uploadId=").await.status, status);
        assert_eq!(
            sim.object("b", "k").is_some(),
            left,
            "{}",
            sim.habits().store
        );
        assert_eq!(delete(&sim, "/b/k?uploadid=x").await.status, 204);
        assert_eq!(sim.object("b", "k"), None);
        // Without a key: the bucket goes, now that it is empty, on two of them.
        delete(&sim, "/b/?uploadId=x").await;
        let gone = matches!(sim.habits().store, "minio" | "garage");
        assert_eq!(sim.buckets().is_empty(), gone, "{}", sim.habits().store);
    }
}

#[tokio::test]
async fn what_an_abort_says_that_finds_nothing_depends_on_the_store() {
    for (habits, again, unknown, parts) in [
        (Habits::aws(), 204, 404, "NoSuchUpload"),
        (Habits::ceph(), 404, 404, "NoSuchKey"),
        (Habits::garage(), 404, 404, "NoSuchUpload"),
        (Habits::seaweedfs(), 204, 404, "NoSuchUpload"),
        (Habits::minio(), 204, 204, "NoSuchUpload"),
        (Habits::swift(), 404, 404, "NoSuchUpload"),
    ] {
        let sim = start(habits).await;
        let store = sim.habits().store;
        let id = sim.create_upload("b", "k").unwrap();
        assert_eq!(
            delete(&sim, format!("/b/other?uploadId={id}")).await.status,
            unknown
        );
        assert_eq!(sim.count_uploads("b"), 1, "{store}");
        let target = format!("/b/k?uploadId={id}");
        assert_eq!(delete(&sim, &target).await.status, 204);
        assert_eq!(delete(&sim, &target).await.status, again, "{store}");
        assert_eq!(
            delete(&sim, "/b/k?uploadId=none").await.status,
            unknown,
            "{store}"
        );
        assert_eq!(get(&sim, &target).await.code(), (404, parts), "{store}");
        sim.clock().advance(SignedDuration::from_hours(25));
        let later = if store == "aws" { 404 } else { again };
        assert_eq!(delete(&sim, &target).await.status, later, "{store}");
    }
}

#[tokio::test]
async fn an_abort_that_crosses_a_complete_harms_as_measured() {
    for (habits, at_once, collected) in [
        (Habits::ceph(), Some(Data::Doomed), Some(Data::Collected)),
        (
            Habits::swift(),
            Some(Data::SegmentsGone),
            Some(Data::SegmentsGone),
        ),
        (Habits::garage(), None, None),
        (Habits::minio(), Some(Data::Whole), Some(Data::Whole)),
    ] {
        let sim = start(habits).await;
        let id = sim.create_upload("b", "k").unwrap();
        sim.put_part("b", "k", &id, 1, 70).unwrap();
        let complete = sim.begin_complete("b", "k", &id).unwrap();
        assert_eq!(
            delete(&sim, format!("/b/k?uploadId={id}")).await.status,
            204
        );
        assert_eq!(sim.object("b", "k"), None);
        drop(complete);
        let data = || sim.object("b", "k").map(|object| object.data);
        assert_eq!(data(), at_once, "{}", sim.habits().store);
        sim.collect_garbage();
        assert_eq!(data(), collected, "{}", sim.habits().store);
    }
}

#[tokio::test]
async fn on_ceph_an_abort_that_is_answered_404_can_doom_the_object_too() {
    let sim = start(Habits::ceph()).await;
    let id = sim.create_upload("b", "k").unwrap();
    sim.put_part("b", "k", &id, 1, 70).unwrap();
    let mut complete = sim.begin_complete("b", "k", &id).unwrap();
    complete.link();
    let target = format!("/b/k?uploadId={id}");
    assert_eq!(delete(&sim, &target).await.code(), (404, "NoSuchUpload"));
    drop(complete);
    assert_eq!(get(&sim, "/b/k").await.body.len(), 70);
    assert_eq!(sim.collect_garbage(), 1);
    assert_eq!(
        ask(&sim, "HEAD", "/b/k")
            .send(&sim)
            .await
            .header("content-length"),
        Some("70")
    );
    assert_eq!(get(&sim, "/b/k").await.code(), (404, "NoSuchKey"));
    // After the answer nothing can happen any more.
    sim.put_object("b", "k", 5).unwrap();
    delete(&sim, &target).await;
    assert_eq!(sim.collect_garbage(), 0);
}

#[tokio::test]
async fn a_whole_upload_goes_over_the_wire() {
    for habits in Habits::all() {
        let sim = start(habits).await;
        let created = ask(&sim, "POST", "/b/dir/a%20b?uploads").send(&sim).await;
        let id = created.element("UploadId").unwrap().to_owned();
        let target = format!("/b/dir/a%20b?uploadId={id}");
        for (number, size) in [(1, 5_242_880), (2, 100)] {
            let put = ask(
                &sim,
                "PUT",
                format!("/b/dir/a%20b?partNumber={number}&uploadId={id}"),
            )
            .body("x".repeat(size));
            assert_eq!(put.send(&sim).await.status, 200);
        }
        let told = get(&sim, format!("{target}&max-parts=1")).await;
        assert_eq!(told.element("Size"), Some("5242880"));
        assert_eq!(told.element("IsTruncated"), Some("true"));
        let next = told.element("NextPartNumberMarker").unwrap();
        let told = get(&sim, format!("{target}&part-number-marker={next}")).await;
        assert_eq!(told.elements("PartNumber"), ["2"]);
        let parts: String = sim
            .upload("b", "dir/a b", &id)
            .unwrap()
            .parts
            .iter()
            .map(|part| {
                format!(
                    "<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>",
                    part.number, part.etag
                )
            })
            .collect();
        let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let done = ask(&sim, "POST", &target).body(document).send(&sim).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let object = sim.object("b", "dir/a b").unwrap();
        assert_eq!(
            (object.size, object.etag.ends_with("-2")),
            (5_242_980, true)
        );
        assert_eq!(sim.count_uploads("b"), 0);
        let still = get(&sim, &target).await.status;
        assert_eq!(still == 200, sim.habits().store == "swift");
    }
}
