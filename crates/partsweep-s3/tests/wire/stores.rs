//! The wire against the simulated server, in every store's habits.

use std::collections::BTreeSet;

use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::{AbortAnswer, BucketName, Inspect, Key, KeyProof, Mutate, StoreErrorKind};
use partsweep_s3::{Settings, StaticKeys, Store};
use partsweep_sim::{Credential, Fault, FaultKind, Habits, Nth, Operation, Setup, Sim};

const KEYS: [&str; 12] = [
    "plain",
    "a b+c%d",
    "100%41",
    "é/日本",
    "new\nline",
    "ctl\u{1}x",
    "car\rriage",
    "/lead",
    "trail/",
    "a//b/../c",
    "<&>\"'",
    " ",
];

fn keys() -> StaticKeys {
    let credential = Credential::simulated();
    StaticKeys::new(credential.access_key, credential.secret_key, None)
}

pub(crate) fn settings(sim: &Sim) -> Settings {
    Settings {
        endpoint_url: Some(sim.endpoint()),
        keys: Some(keys()),
        isolated: true,
        ..Settings::default()
    }
}

async fn start(habits: Habits) -> (Sim, Store) {
    let sim = Sim::start(Setup::new(habits)).await.unwrap();
    let store = Store::connect(settings(&sim)).await.unwrap();
    (sim, store)
}

fn bucket() -> BucketName {
    BucketName::new("bucket").unwrap()
}

/// Lists a bucket to its end.
async fn list_all(store: &Store) -> Vec<partsweep_core::Upload> {
    let mut pager = Pager::new("", store.provider().key_marker_is_enough);
    let mut uploads = Vec::new();
    loop {
        let ask = pager.ask().clone();
        let mut page = store
            .list_uploads(&bucket(), &ask.prefix, &ask.after)
            .await
            .unwrap();
        let step = pager.take(&mut page);
        uploads.append(&mut page.uploads);
        match step {
            Step::Ask(_) => {}
            Step::Ended => return uploads,
            Step::Stuck => panic!("the listing is stuck"),
        }
    }
}

#[tokio::test]
async fn every_key_that_a_store_takes_is_listed_sized_and_aborted() {
    for habits in Habits::all() {
        let name = habits.store;
        let (sim, store) = start(habits).await;
        sim.create_bucket("bucket");
        // Kept under another key than was asked for: over the wire these are not those uploads.
        let folds = matches!(name, "seaweedfs" | "minio");
        for key in KEYS {
            if folds && (key.starts_with('/') || key.ends_with('/') || key.contains("//")) {
                continue;
            }
            if let Ok(id) = sim.create_upload("bucket", key) {
                sim.put_part("bucket", key, &id, 1, 7 << 20).unwrap();
                sim.put_part("bucket", key, &id, 2, 1234).unwrap();
            }
        }
        let stored = sim.uploads("bucket");
        assert!(stored.len() >= 8, "{name} took only {}", stored.len());
        let listed = list_all(&store).await;
        assert_eq!(listed.len(), stored.len(), "{name}");
        for upload in &listed {
            let id = upload.address.id.as_str();
            let known = stored.iter().find(|stored| stored.upload_id == id).unwrap();
            if upload.key_proof == KeyProof::Doubtful {
                assert_eq!((name, known.key.as_str()), ("seaweedfs", "ctl\u{1}x"));
                continue;
            }
            assert_eq!(upload.address.key.as_str(), known.key, "{name}");
            if name == "swift" && known.key == "ctl\u{1}x" {
                // The simulated Swift cannot write this key into a list of parts, encoded or not.
                let aborted = store
                    .abort_upload(
                        &crate::agreed::agreed(upload.address.clone()),
                        crate::agreed::FRESH,
                    )
                    .await;
                assert_eq!(aborted.unwrap(), AbortAnswer::Done);
                continue;
            }
            let page = store.list_parts(&upload.address, 0).await;
            let page = page.unwrap_or_else(|error| panic!("{name}, {:?}: {error}", upload.address));
            let bytes: u64 = page.parts.iter().filter_map(|part| part.bytes).sum();
            assert_eq!(
                (page.parts.len(), bytes, page.truncated),
                (2, known.bytes(), false),
                "{name}"
            );
            assert!(page.date.is_some(), "{name}");
            let aborted = store
                .abort_upload(
                    &crate::agreed::agreed(upload.address.clone()),
                    crate::agreed::FRESH,
                )
                .await;
            assert_eq!(aborted.unwrap(), AbortAnswer::Done, "{name}");
            let gone = store.list_parts(&upload.address, 0).await.unwrap_err();
            assert_eq!(gone.kind, StoreErrorKind::NoSuchUpload, "{name}");
        }
        assert!(sim.count_uploads("bucket") <= 1, "{name}");
    }
}

#[tokio::test]
async fn listings_of_many_pages_are_whole_in_every_store() {
    for habits in Habits::all() {
        let name = habits.store;
        let (sim, store) = start(habits).await;
        sim.create_bucket("bucket");
        for number in 0..2_300 {
            sim.create_upload("bucket", &format!("k {}", number / 2))
                .unwrap();
        }
        let listed: BTreeSet<_> = list_all(&store)
            .await
            .into_iter()
            .map(|upload| upload.address)
            .collect();
        assert_eq!(listed.len(), 2_300, "{name}");
    }
}

#[tokio::test]
async fn stores_are_recognised_and_their_buckets_listed() {
    for habits in Habits::all() {
        let name = habits.store;
        let (sim, store) = start(habits).await;
        sim.create_bucket("one");
        sim.create_bucket("two");
        let names: Vec<_> = store
            .list_buckets()
            .await
            .unwrap()
            .into_iter()
            .map(|b| b.name)
            .collect();
        assert_eq!(
            names,
            [
                BucketName::new("one").unwrap(),
                BucketName::new("two").unwrap()
            ],
            "{name}"
        );
        // Garage is known by the form of its keys, and this is not one.
        // Nor is this a host of Amazon S3.
        let known_as = match name {
            "garage" => "unknown",
            "aws" => "sim",
            name => name,
        };
        assert_eq!(store.provider().id, known_as);
    }
}

#[tokio::test]
async fn finished_objects_are_seen() {
    for habits in Habits::all() {
        let name = habits.store;
        let (sim, store) = start(habits).await;
        sim.create_bucket("bucket");
        sim.put_object("bucket", "here", 42).unwrap();
        let head = async |key| {
            store
                .head_object(&bucket(), &Key::new(key).unwrap())
                .await
                .unwrap()
        };
        let here = head("here").await.unwrap();
        assert_eq!(here.bytes, Some(42), "{name}");
        assert!(
            here.last_modified.is_some() && here.etag.is_some(),
            "{name}"
        );
        assert_eq!(head("not here").await, None, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_session_token_are_told_apart() {
    for habits in Habits::all() {
        let name = habits.store;
        let (sim, _) = start(habits).await;
        sim.create_bucket("bucket");
        let access_key = Credential::simulated().access_key;
        let wrong = Settings {
            keys: Some(StaticKeys::new(access_key, "wrong", None)),
            ..settings(&sim)
        };
        let store = Store::connect(wrong).await.unwrap();
        let error = store.list_buckets().await.unwrap_err();
        let kind = if name == "garage" {
            StoreErrorKind::Denied
        } else {
            StoreErrorKind::BadCredentials
        };
        assert_eq!(error.kind, kind, "{name}: {error}");

        let mut temporary = Credential::new("TEMPORARY", "secret");
        temporary.session_token = Some("to/ken+==".to_owned());
        sim.add_credential(temporary);
        let given = StaticKeys::new("TEMPORARY", "secret", Some("to/ken+==".to_owned()));
        let store = Store::connect(Settings {
            keys: Some(given),
            ..settings(&sim)
        })
        .await
        .unwrap();
        store.list_buckets().await.unwrap();
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_denied() {
    let (sim, store) = start(Habits::ceph()).await;
    sim.create_bucket("bucket");
    sim.deny(
        &Credential::simulated().access_key,
        Some("bucket"),
        Operation::ListMultipartUploads,
    );
    let asked = store
        .list_uploads(
            &bucket(),
            "",
            &partsweep_core::store::answers::Markers::START,
        )
        .await;
    assert_eq!(asked.unwrap_err().kind, StoreErrorKind::Denied);
}

#[tokio::test]
async fn a_listing_that_is_cut_is_never_shorter() {
    for kind in [
        FaultKind::CutDocument,
        FaultKind::CutConnection,
        FaultKind::ErrorInOk("InternalError"),
    ] {
        let (sim, store) = start(Habits::aws()).await;
        sim.create_bucket("bucket");
        for number in 0..10 {
            sim.create_upload("bucket", &format!("k{number}")).unwrap();
        }
        sim.faults().push(Fault::new(
            Operation::ListMultipartUploads,
            Nth::Only(1),
            kind,
        ));
        assert_eq!(list_all(&store).await.len(), 10, "{kind:?}");
        sim.faults().push(Fault::new(
            Operation::ListMultipartUploads,
            Nth::Every,
            kind,
        ));
        let asked = store
            .list_uploads(
                &bucket(),
                "",
                &partsweep_core::store::answers::Markers::START,
            )
            .await;
        assert!(asked.is_err(), "{kind:?}");
    }
}

#[tokio::test]
async fn requests_in_flight_stay_below_the_limit_and_connections_are_kept() {
    let (sim, _) = start(Habits::aws()).await;
    sim.create_bucket("bucket");
    sim.latency(std::time::Duration::from_millis(2));
    let limited = Settings {
        concurrency: 5,
        ..settings(&sim)
    };
    let store = std::sync::Arc::new(Store::connect(limited).await.unwrap());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = store.clone();
        all.spawn(async move { store.list_buckets().await.unwrap() });
    }
    all.join_all().await;
    assert!(sim.most_in_flight() <= 5, "{}", sim.most_in_flight());
    assert!(sim.connections() <= 5, "{}", sim.connections());
}

#[tokio::test]
async fn a_store_that_limits_requests_is_slowed_down_for() {
    let (sim, store) = start(Habits::aws()).await;
    sim.create_bucket("bucket");
    sim.faults().rate_limit(150);
    let store = std::sync::Arc::new(store);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let store = store.clone();
        all.spawn(async move { store.list_buckets().await });
    }
    let answers = all.join_all().await;
    let failed: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{failed:?}");
    // Hammering would take many times the requests that are needed.
    assert!(store.requests() < 900, "{}", store.requests());
}
