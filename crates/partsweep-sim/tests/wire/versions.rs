//! Buckets that keep versions.

use partsweep_sim::{Habits, StoredVersion, Versioning};

use crate::{ask, copy, delete, get, start, uploaded};

#[tokio::test]
async fn a_bucket_says_whether_it_keeps_versions() {
    let sim = start(Habits::aws()).await;
    for (versioning, status) in [
        (Versioning::Never, None),
        (Versioning::Enabled, Some("Enabled")),
        (Versioning::Suspended, Some("Suspended")),
    ] {
        sim.set_versioning("b", versioning).unwrap();
        let told = get(&sim, "/b?versioning").await;
        assert_eq!((told.status, told.element("Status")), (200, status));
    }
}

#[tokio::test]
async fn what_is_overwritten_and_deleted_stays_and_a_version_is_deleted_for_good() {
    let sim = start(Habits::aws()).await;
    sim.put_object("b", "k", 1).unwrap();
    sim.set_versioning("b", Versioning::Enabled).unwrap();
    let put = ask(&sim, "PUT", "/b/k").body("two").send(&sim).await;
    let second = put.header("x-amz-version-id").unwrap().to_owned();
    let old = get(&sim, "/b/k?versionId=null").await;
    assert_eq!(
        (old.body.len(), old.header("x-amz-version-id")),
        (1, Some("null"))
    );
    let deleted = delete(&sim, "/b/k").await;
    assert_eq!(deleted.header("x-amz-delete-marker"), Some("true"));
    let marker = deleted.header("x-amz-version-id").unwrap().to_owned();
    let told = get(&sim, "/b/k").await;
    assert_eq!(told.code(), (404, "NoSuchKey"));
    assert_eq!(told.header("x-amz-delete-marker"), Some("true"));
    assert_eq!(
        get(&sim, format!("/b/k?versionId={marker}")).await.status,
        405
    );
    assert_eq!((sim.object("b", "k"), sim.objects("b")), (None, Vec::new()));
    assert_eq!(sim.versions("b").len(), 3);
    // Without the marker the object is there again; without that version, the first one.
    for (version, size) in [(marker, 3), (second, 1)] {
        delete(&sim, format!("/b/k?versionId={version}")).await;
        assert_eq!(sim.object("b", "k").unwrap().size, size);
    }
    assert_eq!(
        get(&sim, "/b/k?versionId=none").await.code(),
        (404, "NoSuchVersion")
    );
}

#[tokio::test]
async fn a_suspended_bucket_overwrites_the_version_null_alone() {
    for (habits, told) in [(Habits::aws(), Some("null")), (Habits::ceph(), None)] {
        let sim = start(habits).await;
        sim.set_versioning("b", Versioning::Enabled).unwrap();
        sim.put_object("b", "k", 1).unwrap();
        sim.set_versioning("b", Versioning::Suspended).unwrap();
        sim.put_object("b", "k", 2).unwrap();
        let put = ask(&sim, "PUT", "/b/k").body("abc").send(&sim).await;
        assert_eq!(put.header("x-amz-version-id"), told);
        let head = ask(&sim, "HEAD", "/b/k").send(&sim).await;
        assert_eq!(head.header("x-amz-version-id"), told);
        let sizes: Vec<u64> = sim
            .versions("b")
            .into_iter()
            .filter_map(|version| match version {
                StoredVersion::Object(object) => Some(object.size),
                StoredVersion::Marker { .. } => None,
            })
            .collect();
        assert_eq!(sizes, [1, 3]);
        let deleted = delete(&sim, "/b/k").await;
        assert_eq!(deleted.header("x-amz-version-id"), Some("null"));
        assert_eq!(sim.versions("b").len(), 2);
    }
}

#[tokio::test]
async fn ceph_does_not_tell_the_version_of_a_copy() {
    for habits in [Habits::aws(), Habits::ceph()] {
        let sim = start(habits).await;
        sim.set_versioning("b", Versioning::Enabled).unwrap();
        let id = uploaded(&sim, "k");
        sim.complete("b", "k", &id).unwrap();
        let source = sim.object("b", "k").unwrap().version;
        let told = copy(&sim, &format!("k?versionId={source}"), "spare");
        let told = told.send(&sim).await;
        assert_eq!(told.status, 200);
        let spare = sim.object("b", "spare").unwrap().version;
        let aws = sim.habits().store == "aws";
        let expected = aws.then_some(spare.as_str());
        assert_eq!(told.header("x-amz-version-id"), expected);
        let expected = aws.then_some(source.as_str());
        assert_eq!(told.header("x-amz-copy-source-version-id"), expected);
        let head = ask(&sim, "HEAD", "/b/spare").send(&sim).await;
        assert_eq!(head.header("x-amz-version-id"), Some(spare.as_str()));
        delete(&sim, format!("/b/spare?versionId={spare}")).await;
        assert_eq!(sim.versions("b").len(), 1);
    }
}
