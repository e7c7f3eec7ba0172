//! Finished objects: what is told of them, their tags and ACLs, and conditions.

use partsweep_sim::{Acl, Fault, FaultKind, Habits, Nth, Operation};

use crate::client::encoded;
use crate::{ask, delete, get, start, uploaded};

#[tokio::test]
async fn what_a_client_says_at_the_beginning_is_told_of_the_object() {
    for (habits, tags) in [(Habits::aws(), Some("2")), (Habits::ceph(), Some("0"))] {
        let sim = start(habits).await;
        let created = ask(&sim, "POST", "/b/k?uploads")
            .header("content-type", "video/mp4")
            .header("x-amz-acl", "public-read")
            .header("x-amz-meta-who", "ich")
            .header("x-amz-storage-class", "STANDARD_IA")
            .header("x-amz-tagging", "a=1&b=c%20d")
            .send(&sim)
            .await;
        let id = created.element("UploadId").unwrap();
        sim.put_part("b", "k", id, 1, 70).unwrap();
        sim.complete("b", "k", id).unwrap();
        let head = ask(&sim, "HEAD", "/b/k").send(&sim).await;
        let etag = sim.object("b", "k").unwrap().etag;
        for (name, value) in [
            ("content-type", Some("video/mp4")),
            ("content-length", Some("70")),
            ("etag", Some(&*format!("\"{etag}\""))),
            ("last-modified", Some("Mon, 23 Nov 2026 12:00:00 GMT")),
            ("x-amz-meta-who", Some("ich")),
            ("x-amz-storage-class", Some("STANDARD_IA")),
            ("x-amz-tagging-count", tags),
            ("x-amz-version-id", None),
        ] {
            assert_eq!(head.header(name), value, "{} {name}", sim.habits().store);
        }
        let tagging = get(&sim, "/b/k?tagging").await;
        let ceph = sim.habits().store == "ceph";
        assert_eq!((tagging.status, tagging.body.is_empty()), (200, ceph));
        let acl = get(&sim, "/b/k?acl").await;
        assert_eq!(acl.elements("Permission"), ["FULL_CONTROL", "READ"]);
        assert!(acl.body.contains("global/AllUsers"));
    }
}

#[tokio::test]
async fn a_part_is_read_by_its_number_where_the_store_knows_numbers() {
    for (habits, status, length, count) in [
        (Habits::aws(), 206, "70", Some("2")),
        (Habits::ceph(), 200, "6000070", None),
    ] {
        let sim = start(habits).await;
        let id = uploaded(&sim, "k");
        sim.complete("b", "k", &id).unwrap();
        let head = ask(&sim, "HEAD", "/b/k?partNumber=2").send(&sim).await;
        assert_eq!(head.status, status);
        assert_eq!(head.header("content-length"), Some(length));
        assert_eq!(head.header("x-amz-mp-parts-count"), count);
        let beyond = get(&sim, "/b/k?partNumber=3").await.status;
        assert_eq!(beyond, if status == 206 { 416 } else { 200 });
    }
}

#[tokio::test]
async fn tags_and_acls_come_back_as_they_were_put() {
    let sim = start(Habits::aws()).await;
    sim.put_object("b", "k", 1).unwrap();
    assert_eq!(get(&sim, "/b/k?tagging").await.elements("Tag").len(), 0);
    let tags = "<Tagging><TagSet><Tag><Key>a&amp;b</Key><Value>ü</Value></Tag></TagSet></Tagging>";
    let put = ask(&sim, "PUT", "/b/k?tagging").body(tags);
    assert_eq!(put.send(&sim).await.status, 200);
    let told = get(&sim, "/b/k?tagging").await;
    assert_eq!(
        (told.element("Key"), told.element("Value")),
        (Some("a&amp;b"), Some("ü"))
    );
    let put = ask(&sim, "PUT", "/b/k?acl")
        .header("x-amz-grant-full-control", "id=\"somebody\"")
        .header("x-amz-grant-read", "uri=\"http://group\", id=\"other\"");
    assert_eq!(put.send(&sim).await.status, 200);
    let acl = sim.object("b", "k").unwrap().acl;
    assert_eq!(acl.grants.len(), 3);
    let told = get(&sim, "/b/k?acl").await.body;
    sim.put_object("b", "copy", 1).unwrap();
    let put = ask(&sim, "PUT", "/b/copy?acl").body(told);
    assert_eq!(put.send(&sim).await.status, 200);
    assert_eq!(sim.object("b", "copy").unwrap().acl, acl);
    let bad = ask(&sim, "PUT", "/b/k?acl")
        .body("<nothing/>")
        .send(&sim)
        .await;
    assert_eq!(bad.code(), (400, "MalformedACLError"));
    assert_ne!(acl, Acl::default());
    for target in ["/b/none?acl", "/b/none?tagging"] {
        assert_eq!(get(&sim, target).await.code(), (404, "NoSuchKey"));
    }
    // No sub-resource is mistaken for the object.
    assert_eq!(delete(&sim, "/b/k?tagging").await.status, 501);
    assert!(sim.object("b", "k").is_some());
}

#[tokio::test]
async fn conditions_are_honoured_where_the_store_honours_them() {
    for habits in [Habits::aws(), Habits::ceph()] {
        let aws = habits.store == "aws";
        let sim = start(habits).await;
        sim.put_object("b", "k", 1).unwrap();
        let put = ask(&sim, "PUT", "/b/k").header("if-none-match", "*");
        assert_eq!(put.send(&sim).await.code(), (412, "PreconditionFailed"));
        let read = ask(&sim, "GET", "/b/k").header("if-match", "\"00\"");
        assert_eq!(read.send(&sim).await.code(), (412, "PreconditionFailed"));
        let id = uploaded(&sim, "k");
        let parts: String = sim
            .upload("b", "k", &id)
            .unwrap()
            .parts
            .iter()
            .map(|part| format!("<Part><PartNumber>{}</PartNumber></Part>", part.number))
            .collect();
        let complete = ask(&sim, "POST", format!("/b/k?uploadId={}", encoded(&id)))
            .header("if-match", "\"00\"")
            .body(format!(
                "<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
            ));
        let told = complete.send(&sim).await.status;
        assert_eq!(
            (told, sim.count_uploads("b")),
            if aws { (412, 1) } else { (200, 0) }
        );
        let delete = ask(&sim, "DELETE", "/b/k").header("if-match", "\"00\"");
        let told = delete.send(&sim).await.status;
        assert_eq!(told, if aws { 412 } else { 204 });
        assert_eq!(sim.object("b", "k").is_some(), aws);
    }
}

#[tokio::test]
async fn deletes_and_aborts_are_counted_apart() {
    let sim = start(Habits::ceph()).await;
    sim.put_object("b", "k", 1).unwrap();
    let id = sim.create_upload("b", "k").unwrap();
    delete(&sim, format!("/b/k?uploadId={id}")).await;
    delete(&sim, "/b/k?versionId=x").await;
    delete(&sim, "/b/k").await;
    assert_eq!(sim.count(Operation::AbortMultipartUpload), 1);
    assert_eq!(sim.count(Operation::DeleteObject), 2);
    sim.deny(
        partsweep_sim::ACCESS_KEY,
        Some("b"),
        Operation::DeleteObject,
    );
    assert_eq!(delete(&sim, "/b/k").await.code(), (403, "AccessDenied"));
}

#[tokio::test]
async fn data_can_end_in_its_middle() {
    let sim = start(Habits::aws()).await;
    sim.put_object("b", "k", 100).unwrap();
    sim.faults().push(Fault::new(
        Operation::GetObject,
        Nth::Every,
        FaultKind::CutConnection,
    ));
    let told = get(&sim, "/b/k").await;
    assert_eq!(
        (told.body.len(), told.header("content-length")),
        (50, Some("100"))
    );
}

#[tokio::test]
async fn the_keys_of_objects_are_listed_by_pages() {
    let sim = start(Habits::minio()).await;
    for key in ["a/1", "a/2 é", "a/3", "b", "c\u{1}"] {
        sim.put_object("b", key, 1).unwrap();
    }
    let page = get(&sim, "/b?list-type=2&max-keys=2&prefix=a%2F").await;
    assert_eq!(page.elements("Key"), ["a/1", "a/2 é"]);
    assert_eq!(page.element("IsTruncated"), Some("true"));
    let token = page.element("NextContinuationToken").unwrap();
    assert_eq!(token, "after-a/2 é");
    let next = "continuation-token=after-a%2F2%20%C3%A9&list-type=2&max-keys=2&prefix=a%2F";
    let page = get(&sim, format!("/b?{next}")).await;
    assert_eq!(page.elements("Key"), ["a/3"]);
    assert_eq!(page.element("IsTruncated"), Some("false"));
    let encoded = get(&sim, "/b?encoding-type=url&list-type=2").await;
    let keys = ["a/1", "a/2+%C3%A9", "a/3", "b", "c%01"];
    assert_eq!(encoded.elements("Key"), keys);
    let other = get(&sim, "/b?continuation-token=mine&list-type=2").await;
    assert_eq!(other.code(), (400, "InvalidArgument"));
}
