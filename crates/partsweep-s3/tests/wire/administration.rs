//! The buckets of all users, by the administration of Ceph's gateway.

use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Inspect, MissingBuckets, Operation as Asked, StoreErrorKind};
use partsweep_s3::{Settings, StaticKeys, Store};
use partsweep_sim::{ACCESS_KEY, Credential, Habits, Operation};

use crate::rig::{BUCKET, Rig};
use crate::scripted::{Scripted, answer, settings};

async fn names(store: &Store) -> Vec<String> {
    let buckets = store.list_all_buckets().await.unwrap();
    let names = buckets.into_iter();
    names
        .map(|bucket| bucket.name.as_str().to_owned())
        .collect()
}

fn named(name: &str) -> BucketName {
    BucketName::new(name).unwrap()
}

/// A store as another caller sees it.
async fn as_caller(rig: &Rig, caller: &str) -> Store {
    let credential = Credential::new(caller, "secret-of-the-caller");
    let keys = StaticKeys::new(&credential.access_key, &credential.secret_key, None);
    rig.sim.add_credential(credential);
    let settings = Settings {
        keys: Some(keys),
        ..settings(rig.sim.endpoint())
    };
    Store::connect(settings).await.unwrap()
}

#[tokio::test]
async fn the_buckets_of_all_tenants_are_listed_in_pages() {
    let rig = Rig::start(Habits::ceph()).await;
    let mut all = vec![BUCKET.to_owned()];
    for number in 0..2_400 {
        let name = format!("t{}:logs-{number:04}", number % 3);
        rig.sim.create_bucket(&name);
        all.push(name);
    }
    all.sort();
    assert_eq!(names(&rig.store).await, all);
    assert_eq!(rig.store.buckets_missing(), None);
    assert_eq!(rig.sim.count(Operation::ListAllBuckets), 3);
}

/// A caller of a tenant means its tenant's bucket by a name without one, so another bucket would be swept (law 14).
#[tokio::test]
async fn a_caller_of_a_tenant_asks_for_the_very_bucket_that_was_listed() {
    let rig = Rig::start(Habits::ceph()).await;
    for name in ["logs", "acme:logs"] {
        rig.sim.create_bucket(name);
    }
    rig.sim.create_upload("logs", "untenanted").unwrap();
    rig.sim.create_upload("acme:logs", "acme's").unwrap();
    for (caller, expected) in [("root", "logs"), ("acme$boss", ":logs")] {
        let store = as_caller(&rig, caller).await;
        let listed = names(&store).await;
        assert!(listed.contains(&expected.to_owned()), "{listed:?}");
        for (bucket, key) in [(expected, "untenanted"), ("acme:logs", "acme's")] {
            let bucket = named(bucket);
            let page = store.list_uploads(&bucket, "", &Markers::START).await;
            let page = page.unwrap();
            assert_eq!(page.uploads[0].address.key.as_str(), key, "{caller}");
            let stats = store.bucket_stats(&bucket).await.unwrap();
            assert_eq!(stats.uploads, Some(1));
            let owner = stats.owner.unwrap();
            assert_eq!(owner.contains("acme$"), key == "acme's", "{owner}");
        }
    }
}

#[tokio::test]
async fn a_missing_capability_is_told_as_denied_with_its_code() {
    let rig = Rig::start(Habits::ceph()).await;
    for operation in [Operation::ListAllBuckets, Operation::GetBucketStats] {
        rig.sim.deny(ACCESS_KEY, None, operation);
    }
    let error = rig.store.list_all_buckets().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert_eq!(error.code.as_deref(), Some("AccessDenied"));
    assert!(error.request_id.is_some());
    let error = rig.store.bucket_stats(&named(BUCKET)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert_eq!(error.bucket, Some(named(BUCKET)));
}

/// Elsewhere that would be a request for the object `metadata/bucket` in a bucket named `admin`.
#[tokio::test]
async fn another_store_is_never_asked_for_its_administration() {
    for habits in [Habits::aws(), Habits::minio(), Habits::garage()] {
        let rig = Rig::start(habits).await;
        let error = rig.store.list_all_buckets().await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unsupported);
        assert_eq!(error.operation, Asked::ListAllBuckets);
        let own = rig.sim.count(Operation::ListBuckets);
        assert_eq!(rig.sim.total(), own, "only the list of its own buckets");
    }
}

#[tokio::test]
async fn the_count_is_that_of_the_index() {
    let rig = Rig::start(Habits::ceph()).await;
    let count = async || {
        rig.store
            .bucket_stats(&named(BUCKET))
            .await
            .unwrap()
            .uploads
    };
    assert_eq!(count().await, Some(0));
    let id = rig.sim.create_upload(BUCKET, "k").unwrap();
    rig.sim.put_part(BUCKET, "k", &id, 1, 5).unwrap();
    assert_eq!(count().await, Some(1), "parts are not counted");
    rig.sim.miscount(BUCKET, 2);
    assert_eq!(count().await, Some(3));
    rig.sim.miscount(BUCKET, -2);
    assert_eq!(count().await, None, "less than none");
}

/// The store's own list of buckets, which shows that it is Ceph's gateway, and then these answers; the last again and
/// again.
async fn scripted(answers: &[&str]) -> Store {
    let own = "<ListAllMyBucketsResult><Owner><ID>root</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>";
    let answers: Vec<String> = answers.iter().map(|text| (*text).to_owned()).collect();
    let server = Scripted::start(move |number, request| {
        let body = match request.has("/admin/") {
            true => &answers[(number - 1).min(answers.len() - 1)],
            false => own,
        };
        answer("200 OK", "x-amz-request-id: tx0-1-2-default\r\n", body)
    })
    .await;
    server.store().await
}

#[tokio::test]
async fn a_list_that_leads_nowhere_is_not_taken_for_complete() {
    let page = |keys: &str, rest: &str| format!(r#"{{"keys":[{keys}],{rest}}}"#);
    let more = r#""truncated":"true","marker":"m""#;
    let cases = [
        (vec![page("\"a\"", r#""truncated":"true""#)], 1),
        (vec![page("\"a\"", r#""truncated":"perhaps""#)], 1),
        (vec![page("\"a\"", more), page("\"b\"", more)], 2),
        (
            vec![page("\"a\",7,\"x/y/z\",\"\"", r#""truncated":"false""#)],
            1,
        ),
        (vec![page("\"a\"", more), "{}".to_owned()], 1),
    ];
    for (answers, buckets) in cases {
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        let store = scripted(&answers).await;
        assert_eq!(names(&store).await.len(), buckets, "{answers:?}");
        let missing = store.buckets_missing();
        assert!(
            matches!(missing, Some(MissingBuckets::Some(_))),
            "{answers:?}"
        );
    }
    for odd in ["[]", "<html></html>", r#"{"keys":["#, ""] {
        let store = scripted(&[odd, odd, odd, odd, odd, odd]).await;
        let error = store.list_all_buckets().await.unwrap_err();
        let kinds = [StoreErrorKind::NotS3, StoreErrorKind::Malformed];
        assert!(kinds.contains(&error.kind), "{odd}: {error}");
    }
}

#[tokio::test]
async fn the_numbers_of_another_bucket_are_not_believed() {
    let other = r#"{"bucket":"b","tenant":"other","owner":"x","usage":{}}"#;
    let store = scripted(&[other, other, other, other, other, other]).await;
    store.list_buckets().await.unwrap();
    let error = store.bucket_stats(&named("acme:b")).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Malformed);
}
