//! Copies of objects and of parts.

use partsweep_sim::habits::{CopyLimit, Habits};
use partsweep_sim::{
    Acl, Attributes, Credential, Fault, FaultKind, Nth, Operation, SECRET_KEY, Sim,
};

use crate::client::exchange;
use crate::{ask, copy, get, start, uploaded};

fn described() -> Attributes {
    let pairs = |pairs: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    };
    Attributes {
        headers: pairs(&[("content-type", "video/mp4"), ("x-amz-meta-who", "me")]),
        tags: pairs(&[("a", "1")]),
        storage_class: "STANDARD_IA".to_owned(),
    }
}

/// A bucket with an object of two parts at `k`, which has all there is to say of it.
async fn with_object(habits: Habits) -> Sim {
    let sim = start(habits).await;
    let id = uploaded(&sim, "k");
    sim.complete("b", "k", &id).unwrap();
    let acl = Acl::canned("public-read").unwrap();
    sim.describe_object("b", "k", |attributes, old| {
        *attributes = described();
        *old = acl;
    })
    .unwrap();
    sim
}

#[tokio::test]
async fn a_copy_takes_all_but_the_acl_and_the_storage_class() {
    for (habits, keeps_etag) in [(Habits::aws(), false), (Habits::ceph(), true)] {
        let sim = with_object(habits).await;
        let told = copy(&sim, "k", "copy").send(&sim).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let (old, new) = (
            sim.object("b", "k").unwrap(),
            sim.object("b", "copy").unwrap(),
        );
        let etag = told.element("ETag").unwrap().replace("&quot;", "");
        assert_eq!(etag, new.etag);
        assert_eq!(
            told.element("LastModified"),
            Some("2026-11-23T12:00:00.000Z")
        );
        assert_eq!((new.etag == old.etag, new.size), (keeps_etag, old.size));
        assert_eq!(new.parts == old.parts, keeps_etag);
        let expected = Attributes {
            storage_class: "STANDARD".to_owned(),
            ..described()
        };
        assert_eq!((new.attributes, new.acl), (expected, Acl::default()));
    }
}

#[tokio::test]
async fn a_copy_can_replace_what_is_said_of_the_object() {
    for (habits, tag) in [(Habits::aws(), Some("9")), (Habits::ceph(), None)] {
        let sim = with_object(habits).await;
        let told = copy(&sim, "k", "copy")
            .header("x-amz-metadata-directive", "REPLACE")
            .header("x-amz-tagging-directive", "REPLACE")
            .header("x-amz-tagging", "z=9")
            .header("x-amz-meta-new", "1")
            .header("x-amz-storage-class", "STANDARD_IA")
            .header("x-amz-acl", "public-read")
            .send(&sim)
            .await;
        assert_eq!(told.status, 200, "{}", told.body);
        let new = sim.object("b", "copy").unwrap();
        let names: Vec<&String> = new.attributes.headers.keys().collect();
        assert_eq!(names, ["x-amz-meta-new"]);
        assert_eq!(new.attributes.tags.get("z").map(String::as_str), tag);
        assert_eq!(new.attributes.storage_class, "STANDARD_IA");
        assert_eq!(Some(new.acl), Acl::canned("public-read"));
    }
}

#[tokio::test]
async fn ceph_overlooks_the_conditions_on_the_source_and_on_the_target() {
    for (habits, header, status) in [
        (Habits::aws(), "x-amz-copy-source-if-match", 412),
        (Habits::aws(), "x-amz-copy-if-match", 200),
        (Habits::aws(), "if-match", 412),
        (Habits::ceph(), "x-amz-copy-source-if-match", 200),
        (Habits::ceph(), "x-amz-copy-if-match", 412),
        (Habits::ceph(), "if-match", 200),
    ] {
        let sim = with_object(habits).await;
        sim.put_object("b", "copy", 5).unwrap();
        let store = sim.habits().store;
        let wrong = copy(&sim, "k", "copy").header(header, "\"00\"");
        assert_eq!(wrong.send(&sim).await.status, status, "{store} {header}");
        let size = sim.object("b", "copy").unwrap().size;
        assert_eq!(size == 5, status == 412, "{store} {header}");
        let key = if header == "if-match" { "copy" } else { "k" };
        let etag = sim.object("b", key).unwrap().etag;
        let right = copy(&sim, "k", "copy").header(header, format!("\"{etag}\""));
        assert_eq!(right.send(&sim).await.status, 200, "{store} {header}");
    }
    let sim = with_object(Habits::ceph()).await;
    let id = sim.create_upload("b", "p").unwrap();
    let part = ask(&sim, "PUT", format!("/b/p?partNumber=1&uploadId={id}"))
        .header("x-amz-copy-source", "b/k")
        .header("x-amz-copy-if-match", "\"00\"");
    assert_eq!(part.send(&sim).await.status, 200);
}

#[tokio::test]
async fn a_copy_onto_itself_must_change_something() {
    for habits in Habits::all() {
        let sim = with_object(habits).await;
        let plain = copy(&sim, "k", "k").send(&sim).await;
        assert_eq!(plain.code(), (400, "InvalidRequest"));
        let replacing = copy(&sim, "k", "k").header("x-amz-metadata-directive", "REPLACE");
        assert_eq!(replacing.send(&sim).await.status, 200);
        let object = sim.object("b", "k").unwrap();
        assert!(object.attributes.headers.is_empty());
    }
}

#[tokio::test]
async fn more_than_5_gib_is_copied_in_parts() {
    let mut strict = Habits::ceph();
    strict.objects.copy.limit = Some(CopyLimit {
        most: 5 << 30,
        code: "EntityTooLarge",
    });
    for (habits, code) in [
        (Habits::aws(), (400, "InvalidRequest")),
        (strict, (400, "EntityTooLarge")),
        (Habits::ceph(), (200, "")),
    ] {
        let sim = start(habits).await;
        sim.put_object("b", "k", (5 << 30) + 1).unwrap();
        assert_eq!(copy(&sim, "k", "c").send(&sim).await.code(), code);
        let id = sim.create_upload("b", "c").unwrap();
        let part = |number: u32, range: &str| {
            ask(
                &sim,
                "PUT",
                format!("/b/c?partNumber={number}&uploadId={id}"),
            )
            .header("x-amz-copy-source", "/b/k")
            .header("x-amz-copy-source-range", range)
        };
        let told = part(1, "bytes=0-5368709119").send(&sim).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let etag = told.element("ETag").unwrap().replace("&quot;", "");
        part(2, "bytes=5368709120-5368709120").send(&sim).await;
        let ceph = sim.habits().store == "ceph";
        let outside = if ceph {
            (416, "InvalidRange")
        } else {
            (400, "InvalidArgument")
        };
        let told = part(3, "bytes=0-5368709121").send(&sim).await;
        assert_eq!(told.code(), outside);
        let parts = sim.upload("b", "c", &id).unwrap().parts;
        let sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
        assert_eq!((sizes, &parts[0].etag), (vec![5 << 30, 1], &etag));
        sim.complete("b", "c", &id).unwrap();
        assert_eq!(sim.object("b", "c").unwrap().size, (5 << 30) + 1);
    }
}

#[tokio::test]
async fn what_is_not_there_cannot_be_copied() {
    let sim = with_object(Habits::aws()).await;
    assert_eq!(
        copy(&sim, "none", "c").send(&sim).await.code(),
        (404, "NoSuchKey")
    );
    let elsewhere = ask(&sim, "PUT", "/b/c").header("x-amz-copy-source", "none/k");
    assert_eq!(elsewhere.send(&sim).await.code(), (404, "NoSuchBucket"));
    let nonsense = ask(&sim, "PUT", "/b/c").header("x-amz-copy-source", "k");
    assert_eq!(nonsense.send(&sim).await.code(), (400, "InvalidArgument"));
    let version = copy(&sim, "k?versionId=x", "c").send(&sim).await;
    assert_eq!(version.code(), (404, "NoSuchVersion"));
    let odd = "dir/ü ?versionId+%";
    sim.put_object("b", odd, 3).unwrap();
    let told = copy(&sim, "dir/%C3%BC%20%3FversionId+%25", "c")
        .send(&sim)
        .await;
    assert_eq!(told.status, 200);
}

#[tokio::test]
async fn a_copy_needs_the_rights_to_read_and_to_say_what_it_says() {
    let sim = with_object(Habits::aws()).await;
    sim.add_credential(Credential::new("copier", SECRET_KEY));
    for (denied, header) in [
        (Operation::CopyObject, None),
        (Operation::GetObject, None),
        (Operation::PutObjectAcl, Some(("x-amz-acl", "private"))),
        (Operation::PutObjectTagging, Some(("x-amz-tagging", "a=1"))),
    ] {
        let mut request = copy(&sim, "k", "c");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.access_key = "copier".to_owned();
        assert_eq!(request.send(&sim).await.status, 200);
        sim.deny("copier", Some("b"), denied);
        assert_eq!(
            request.send(&sim).await.code(),
            (403, "AccessDenied"),
            "{denied}"
        );
        sim.allow_all("copier");
    }
}

#[tokio::test]
async fn a_copy_can_go_wrong_in_every_way() {
    let sim = with_object(Habits::aws()).await;
    for (nth, kind) in [
        FaultKind::ErrorInOk("InternalError"),
        FaultKind::InternalError,
        FaultKind::SlowDown,
        FaultKind::HtmlOk,
        FaultKind::CutConnection,
        FaultKind::AnswerLost,
    ]
    .into_iter()
    .enumerate()
    {
        let nth = Nth::Only(nth as u64 + 1);
        sim.faults()
            .push(Fault::new(Operation::CopyObject, nth, kind));
    }
    let request = || copy(&sim, "k", "c");
    let made = || sim.object("b", "c").is_some();
    for code in [
        (200, "InternalError"),
        (500, "InternalError"),
        (503, "SlowDown"),
        (200, ""),
    ] {
        assert_eq!(request().send(&sim).await.code(), code);
        assert!(!made());
    }
    let cut = request().send(&sim).await;
    assert!(!cut.body.contains("</CopyObjectResult>") && made());
    sim.delete_object("b", "c").unwrap();
    exchange(&sim, &request().signed(&sim)).await.unwrap_err();
    assert!(made());
    let logged = sim.log();
    let last = logged.last().unwrap();
    assert_eq!(
        (last.operation, last.copy_source.as_deref(), last.status),
        (Operation::CopyObject, Some("/b/k"), 0)
    );
    assert_eq!(sim.count(Operation::PutObject), 0);
    assert_eq!(get(&sim, "/b/c").await.status, 200);
}
