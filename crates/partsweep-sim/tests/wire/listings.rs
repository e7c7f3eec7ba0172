//! Listings of uploads and buckets, in each store's way.

use std::collections::BTreeSet;

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::{Habits, Sim};

use crate::client::{Ask, Told, encoded};
use crate::{get, start};

/// Lists as a careful client does: sends back what came, if it is not empty.
async fn listed(sim: &Sim, page: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut markers = String::new();
    loop {
        let told = get(sim, format!("/b?uploads&max-uploads={page}{markers}")).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let of_page = told.elements("Upload").into_iter().map(|upload| {
            let upload = Told {
                body: upload.to_owned(),
                ..told.clone()
            };
            (
                upload.element("Key").unwrap().to_owned(),
                upload.element("UploadId").unwrap().to_owned(),
            )
        });
        found.extend(of_page);
        if told.element("IsTruncated") != Some("true") {
            return found;
        }
        markers.clear();
        for (element, parameter) in [
            ("NextKeyMarker", "key-marker"),
            ("NextUploadIdMarker", "upload-id-marker"),
        ] {
            if let Some(value) = told.element(element).filter(|value| !value.is_empty()) {
                markers.push_str(&format!("&{parameter}={}", encoded(value)));
            }
        }
        assert!(!markers.is_empty(), "a truncated page without markers");
    }
}

#[tokio::test]
async fn paging_with_the_markers_that_came_finds_every_upload_once_on_every_store() {
    for habits in Habits::all() {
        let sim = start(habits).await;
        let mut made = BTreeSet::new();
        for n in 0..300 {
            let key = format!("dir-{}/{} {}", n % 7, n % 40, "ü+".repeat(n % 3));
            let id = sim.create_upload("b", &key).unwrap();
            for part in 1..=(n as u32 % 4) {
                sim.put_part("b", &key, &id, part, 5_000_000).unwrap();
            }
            made.insert((key, id));
        }
        for page in [2, 3, 7, 100, 300, 1_000] {
            let found = listed(&sim, page).await;
            assert_eq!(found.len(), made.len(), "{} {page}", sim.habits().store);
            assert_eq!(
                BTreeSet::from_iter(found),
                made,
                "{} {page}",
                sim.habits().store
            );
        }
    }
}

#[tokio::test]
async fn stores_order_keys_each_in_its_own_way() {
    let order_on = async |habits: Habits| {
        let sim = start(habits).await;
        for key in ["a", "a b", "a-b", "b"] {
            sim.create_upload("b", key).unwrap();
        }
        listed(&sim, 1_000)
            .await
            .into_iter()
            .map(|(key, _)| key)
            .collect::<Vec<_>>()
    };
    assert_eq!(order_on(Habits::aws()).await, ["a", "a b", "a-b", "b"]);
    assert_eq!(order_on(Habits::ceph()).await, ["a b", "a-b", "a", "b"]);
}

#[tokio::test]
async fn pages_are_short_on_ceph_when_there_are_parts() {
    let sim = start(Habits::ceph()).await;
    for n in 0..3_000 {
        let key = format!("k{n:04}");
        let id = sim.create_upload("b", &key).unwrap();
        for part in [1, 2] {
            sim.put_part("b", &key, &id, part, 1).unwrap();
        }
    }
    let told = get(&sim, "/b?uploads").await;
    assert_eq!(told.elements("Upload").len(), 556);
    assert_eq!(told.element("IsTruncated"), Some("true"));
    assert_eq!(listed(&sim, 1_000).await.len(), 3_000);
    for odd in ["0", "-1", "99999999999999999999"] {
        let told = get(&sim, format!("/b?uploads&max-uploads={odd}")).await;
        assert_eq!(told.element("IsTruncated"), Some("true"));
        assert_eq!(told.element("NextKeyMarker"), None);
    }
    assert_eq!(
        get(&sim, "/b?uploads&max-uploads=abc").await.code(),
        (400, "InvalidArgument")
    );
}

#[tokio::test]
async fn a_key_marker_alone_means_something_else_on_each_store() {
    for (habits, expected) in [
        (Habits::aws(), vec!["m"]),
        (Habits::ceph(), vec!["k", "k", "m"]),
        (Habits::seaweedfs(), vec!["k", "k"]),
    ] {
        let sim = start(habits).await;
        for key in ["k", "k", "m"] {
            sim.create_upload("b", key).unwrap();
        }
        let told = get(&sim, "/b?uploads&key-marker=k").await;
        assert_eq!(told.elements("Key"), expected, "{}", sim.habits().store);
    }
}

#[tokio::test]
async fn swift_ends_a_page_of_one_without_markers() {
    let sim = start(Habits::swift()).await;
    sim.create_upload("b", "k").unwrap();
    let told = get(&sim, "/b?uploads&max-uploads=1").await;
    assert_eq!(told.element("IsTruncated"), Some("true"));
    assert_eq!(told.element("NextKeyMarker"), Some(""));
    assert_eq!(
        get(&sim, "/b?uploads&delimiter=")
            .await
            .elements("Upload")
            .len(),
        0
    );
}

#[tokio::test]
async fn odd_keys_are_written_as_each_store_writes_them() {
    let key = "a b+%/\u{1}ü";
    for (habits, plain, url) in [
        (
            Habits::aws(),
            Some("a b+%/&#x1;ü"),
            Some("a+b%2B%25/%01%C3%BC"),
        ),
        (
            Habits::ceph(),
            Some("a b+%/&#x01;ü"),
            Some("a%20b%2B%25/%01%C3%BC"),
        ),
        (
            Habits::garage(),
            Some("a b+%/\u{1}ü"),
            Some("a%20b%2B%25%2F%01%C3%BC"),
        ),
        (
            Habits::seaweedfs(),
            Some("a b+%/\u{fffd}ü"),
            Some("a b+%/\u{fffd}ü"),
        ),
        (
            Habits::minio(),
            Some("a b+%/\u{fffd}ü"),
            Some("a+b%2B%25/%01%C3%BC"),
        ),
        (Habits::swift(), None, Some("a%20b%2B%25/%01%C3%BC")),
    ] {
        let sim = start(habits).await;
        sim.create_upload("b", key).unwrap();
        let store = sim.habits().store;
        assert_eq!(
            get(&sim, "/b?uploads").await.element("Key"),
            plain,
            "{store}"
        );
        let told = get(&sim, "/b?uploads&encoding-type=url").await;
        assert_eq!(told.element("Key"), url, "{store}");
        assert_eq!(
            told.element("EncodingType").is_some(),
            store != "ceph",
            "{store}"
        );
    }
}

#[tokio::test]
async fn minio_forgets_its_listing_and_takes_a_prefix_for_a_key() {
    let sim = start(Habits::minio()).await;
    for key in ["x/1", "x/2", "x/2"] {
        sim.create_upload("b", key).unwrap();
    }
    let found = async |target: &str| get(&sim, target).await.elements("Upload").len();
    assert_eq!(found("/b?uploads&max-uploads=1").await, 3);
    assert_eq!(found("/b?uploads&prefix=x/").await, 0);
    assert_eq!(found("/b?uploads&prefix=x%2F2").await, 2);
    sim.restart();
    assert_eq!(found("/b?uploads").await, 0);
    assert_eq!(found("/b?uploads&prefix=x%2F2").await, 2);
    assert_eq!(sim.count_uploads("b"), 3);
}

#[tokio::test]
async fn buckets_come_in_pages_where_they_do() {
    let sim = start(Habits::aws()).await;
    for name in ["c", "d"] {
        sim.create_bucket(name);
    }
    let told = get(&sim, "/?max-buckets=2").await;
    assert_eq!(told.elements("Name"), ["b", "c"]);
    assert_eq!(told.element("BucketRegion"), Some("us-east-1"));
    let token = told.element("ContinuationToken").unwrap();
    let told = get(&sim, format!("/?continuation-token={token}&max-buckets=2")).await;
    assert_eq!(
        (told.elements("Name"), told.element("ContinuationToken")),
        (vec!["d"], None)
    );
    let ceph = start(Habits::ceph()).await;
    ceph.create_bucket("c");
    assert_eq!(
        get(&ceph, "/?max-buckets=1").await.elements("Name"),
        ["b", "c"]
    );
}

/// Habits that a store's file states, and that no measured store has.
#[tokio::test]
async fn what_the_file_of_a_store_states_is_done() {
    let of = |id: &str| Habits::of(StoreEntry::named(id).unwrap());
    let begun = async |id: &str| {
        let sim = start(of(id)).await;
        for key in ["a b", "c"] {
            let upload = sim.create_upload("b", key).unwrap();
            sim.put_part("b", key, &upload, 1, 10).unwrap();
        }
        sim
    };
    let gcs = begun("gcs").await;
    let told = get(&gcs, "/b?uploads&upload-id-marker=".to_owned()).await;
    assert_eq!(told.status, 400, "{}", told.body);
    let told = Ask::new("GET", "/b?uploads").header("accept-encoding", "identity");
    let told = told.send(&gcs).await;
    assert_eq!(told.status, 403, "{}", told.body);

    let b2 = begun("b2").await;
    let header = Ask::new("GET", "/b?uploads").header("x-amz-sdk-checksum-algorithm", "CRC32");
    assert_eq!(header.send(&b2).await.status, 501);

    let storj = begun("storj").await;
    let told = get(&storj, "/b?uploads&max-uploads=1".to_owned()).await;
    assert!(told.element("NextKeyMarker").is_some(), "{}", told.body);
    assert!(
        told.element("NextUploadIdMarker").is_none(),
        "{}",
        told.body
    );
    for (prefix, keys) in [("a", 0), ("a%20b", 1), ("", 2)] {
        let told = get(&storj, format!("/b?uploads&prefix={prefix}")).await;
        assert_eq!(told.elements("Upload").len(), keys, "{prefix}");
    }
    let abort = Ask::new("DELETE", "/b/nothing?uploadId=x");
    assert_eq!(abort.send(&storj).await.status, 204);

    let supabase = begun("supabase").await;
    let told = get(&supabase, "/b?uploads&encoding-type=url".to_owned()).await;
    assert_eq!(
        (told.element("Name"), told.element("Bucket")),
        (Some("b"), None)
    );
    let id = told.element("UploadId").unwrap().to_owned();
    let told = get(&supabase, format!("/b/a%20b?uploadId={id}")).await;
    assert!(told.element("ETag").is_some() && told.element("Size").is_none());

    let told = get(&supabase, "/b?uploads&max-uploads=1".to_owned()).await;
    assert_eq!(told.element("NextKeyMarker"), Some("bDphIGI="));
    for (marker, status, key) in [("bDphIGI%3D", 200, Some("c")), ("a%20b", 400, None)] {
        let path = format!("/b?uploads&key-marker={marker}&upload-id-marker=bDp6");
        let told = get(&supabase, path).await;
        assert_eq!(
            (told.status, told.element("Key")),
            (status, key),
            "{marker}"
        );
    }

    let r2 = start(of("r2")).await;
    for number in 0..1_500 {
        r2.create_bucket(&format!("bucket-{number:04}"));
    }
    let told = get(&r2, "/".to_owned()).await;
    assert_eq!(told.elements("Name").len(), 1_000);
    assert_eq!(told.element("ContinuationToken"), None);
    let token = told.element("NextContinuationToken").unwrap().to_owned();
    let path = format!("/?continuation-token={}", token.replace('=', "%3D"));
    let told = get(&r2, path).await;
    assert_eq!(told.element("ContinuationToken"), Some(&*token));
    assert_eq!(told.element("IsTruncated"), Some("false"));
    assert_eq!(told.element("NextContinuationToken"), None);

    let ozone = begun("ozone").await;
    let told = get(
        &ozone,
        "/b?uploads&encoding-type=url&delimiter=%20".to_owned(),
    )
    .await;
    assert_eq!(told.element("Key"), Some("a b"), "{}", told.body);
    let versitygw = begun("versitygw").await;
    let told = get(&versitygw, "/b?uploads".to_owned()).await;
    assert!(told.element("NextKeyMarker").is_none(), "{}", told.body);
    let huawei = begun("huawei").await;
    let told = get(&huawei, "/b?uploads".to_owned()).await;
    assert_eq!(told.element("Code"), Some("VirtualHostDomainRequired"));
    let told = Ask::new("GET", "/?uploads&max-uploads=0").at("b.localhost");
    let told = told.send(&huawei).await;
    assert_eq!(told.elements("Upload").len(), 2, "{}", told.body);

    let moto = begun("moto").await;
    let told = get(&moto, "/b?uploads".to_owned()).await;
    assert_eq!(told.element("Initiated"), Some("2010-11-10T20:48:33.000Z"));
    let rclone = begun("rclone").await;
    let told = get(&rclone, "/b?uploads&max-uploads=1".to_owned()).await;
    assert_eq!(told.element("NextKeyMarker"), Some("c"), "the next one");
    assert_eq!(told.element("IsTruncated"), Some("true"));
    let told = get(&rclone, "/b?uploads".to_owned()).await;
    assert_eq!(told.element("IsTruncated"), None);
    rclone.create_bucket("untouched");
    assert_eq!(
        get(&rclone, "/untouched?uploads".to_owned()).await.status,
        404
    );
    let time = "2026-11-01T01:02:03.5Z".parse().unwrap();
    rclone.create_upload_at("b", "0", time).unwrap();
    let told = get(&rclone, "/b?uploads".to_owned()).await;
    assert_eq!(told.element("Initiated"), Some("2026-11-01T01:02:03.5Z"));
    let tencent = begun("tencent").await;
    let told = Ask::new("GET", "/?uploads").at("b.localhost");
    let told = told.send(&tencent).await;
    let id = told.element("UploadId").unwrap().to_owned();
    let told = Ask::new("GET", format!("/a%20b?uploadId={id}")).at("b.localhost");
    let told = told.send(&tencent).await;
    assert_eq!(
        told.element("LastModified"),
        Some("Mon Nov 23 12:00:00 2026")
    );

    let ecs = start(of("ecs")).await;
    for number in 0..1_003 {
        ecs.create_upload("b", &format!("{number:04}")).unwrap();
    }
    assert_eq!(
        listed(&ecs, 1_000).await.len(),
        1_000,
        "and no word of more"
    );
}
