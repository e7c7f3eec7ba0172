//! AWS as its clients see it: the simulated store behind TLS and AWS's own host names, which a proxy leads to. A test's
//! own environment cannot be changed safely, so each runs the ignored test below in a process of its own.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use partsweep_core::store::answers::Markers;
use partsweep_core::{
    AbortAnswer, BucketName, Inspect, Key, MissingBuckets, Mutate, StoreErrorKind, UploadAddress,
};
use partsweep_s3::{Settings, Store};
use partsweep_sim::{
    ACCESS_KEY, Fault, FaultKind, Front, Habits, Logged, Nth, Operation, SECRET_KEY, Setup, Sim,
};

use crate::agreed::{FRESH, agreed};

const DIRECTORY: &str = "logs--use1-az4--x-s3";
const ELSEWHERE: &str = "logs--eun1-az1--x-s3";
const PLAIN: &str = "logs";
const POINT: &str = "arn:aws:s3:eu-west-1:123456789012:accesspoint/point";
const ALIAS: &str = "point-8sq3mzk1yq7x-s3alias";

fn bucket(name: &str) -> BucketName {
    BucketName::new(name).unwrap()
}

/// Does what the environment says, with nothing given.
#[tokio::test]
#[ignore = "needs the environment that the other tests start it with"]
async fn child() {
    let store = Store::connect(Settings::default()).await.unwrap();
    match std::env::var("TEST_DOES").unwrap().as_str() {
        "lists buckets" => lists_buckets(&store).await,
        "lists what it may" => lists_what_it_may(&store).await,
        "looks and aborts" => looks_and_aborts(&store).await,
        "looks at once" => looks_at_once(store).await,
        "is refused" => is_refused(&store).await,
        "asks access points" => asks_access_points(&store).await,
        other => panic!("{other}"),
    }
}

/// A store with a bucket of each kind, and what leads there.
struct Aws {
    sim: Sim,
    front: Front,
    authority: tempfile::NamedTempFile,
}

impl Aws {
    async fn start() -> Self {
        let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
        sim.create_bucket_in(PLAIN, "eu-west-1");
        sim.create_bucket_in(DIRECTORY, "us-east-1");
        sim.create_bucket_in(ELSEWHERE, "eu-north-1");
        let front = Front::start(sim.port()).await.unwrap();
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), front.authority()).unwrap();
        Self {
            sim,
            front,
            authority,
        }
    }

    /// Runs [`child`], off the runtime's thread.
    async fn child(&self, does: &str) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "aws::child", "--nocapture"])
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_CA_BUNDLE", self.authority.path())
            .env(
                "HTTPS_PROXY",
                format!("http://127.0.0.1:{}", self.front.port()),
            )
            .env("TEST_DOES", does);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}{:?}", self.sim.log());
    }
}

async fn lists_buckets(store: &Store) {
    let buckets = store.list_buckets().await.unwrap();
    let of = |at| (buckets.get(at), buckets.region(at));
    let buckets: Vec<_> = (0..buckets.len()).map(of).collect();
    let expected = [
        (Some(PLAIN), Some("eu-west-1")),
        (Some(ELSEWHERE), Some("eu-north-1")),
        (Some(DIRECTORY), Some("us-east-1")),
    ];
    assert_eq!(buckets, expected);
    assert_eq!(store.buckets_missing(), None);
    let url = store.url_of(&bucket(ELSEWHERE)).await.unwrap();
    assert_eq!(
        url,
        format!("https://{ELSEWHERE}.s3express-eun1-az1.eu-north-1.amazonaws.com")
    );
}

#[tokio::test]
async fn directory_buckets_of_all_regions_are_in_the_list_of_buckets() {
    let aws = Aws::start().await;
    aws.child("lists buckets").await;
    assert_eq!(aws.sim.count(Operation::ListDirectoryBuckets), 7);
    assert_eq!(aws.sim.count(Operation::CreateSession), 0);
}

async fn lists_what_it_may(store: &Store) {
    let buckets = store.list_buckets().await.unwrap();
    assert_eq!(buckets.len(), 1, "{buckets:?}");
    let missing = store.buckets_missing();
    // Not partial: who has none may have no permission to list them.
    let Some(MissingBuckets::Perhaps(why)) = missing else {
        panic!("{missing:?}");
    };
    assert!(why.contains("s3express:ListAllMyDirectoryBuckets"), "{why}");
}

#[tokio::test]
async fn who_may_not_list_directory_buckets_is_told_and_sees_the_others() {
    let aws = Aws::start().await;
    aws.sim
        .deny(ACCESS_KEY, None, Operation::ListDirectoryBuckets);
    aws.child("lists what it may").await;
}

/// All uploads of a bucket by its pages.
async fn all_uploads(store: &Store, bucket: &BucketName) -> Vec<UploadAddress> {
    let (mut found, mut after) = (Vec::new(), Markers::START);
    loop {
        let page = store.list_uploads(bucket, "", &after).await.unwrap();
        found.extend(page.uploads.into_iter().map(|upload| upload.address));
        if !page.truncated {
            return found;
        }
        assert!(page.next.id.is_none(), "there is no such marker");
        after = page.next;
    }
}

async fn looks_and_aborts(store: &Store) {
    let bucket = bucket(DIRECTORY);
    let profile = store.provider_of(&bucket);
    assert_eq!(profile, store.provider().of_directory_bucket());
    let found = all_uploads(store, &bucket).await;
    let unique: BTreeSet<_> = found.iter().map(|address| address.key.as_str()).collect();
    assert_eq!((found.len(), unique.len()), (1_500, 1_500));
    let is_sorted = found.is_sorted_by_key(|address| address.key.as_str().to_owned());
    assert!(!is_sorted, "they come in no order");
    let upload = found.into_iter().next().unwrap();
    let parts = store.list_parts(&upload, 0).await.unwrap();
    assert_eq!(parts.parts.len(), 1);
    assert_eq!(store.head_object(&bucket, &upload.key).await.unwrap(), None);
    let object = store
        .head_object(&bucket, &Key::new("whole").unwrap())
        .await;
    assert_eq!(object.unwrap().unwrap().bytes, Some(7));
    // Asks nothing: there are no versions, and no such request.
    store.older_versions(&bucket, &upload.key).await.unwrap();
    let address = upload.clone();
    let aborted = store.abort_upload(&agreed(upload), FRESH).await.unwrap();
    assert_eq!(aborted, AbortAnswer::Done);
    let gone = store.list_parts(&address, 0).await.unwrap_err();
    assert_eq!(gone.kind, StoreErrorKind::NoSuchUpload);
}

#[tokio::test]
async fn a_directory_bucket_is_read_with_a_session_for_reading_and_changed_with_another() {
    let aws = Aws::start().await;
    for number in 0..1_500 {
        let key = format!("folder/{number:04}");
        let id = aws.sim.create_upload(DIRECTORY, &key).unwrap();
        aws.sim.put_part(DIRECTORY, &key, &id, 1, 5).unwrap();
    }
    aws.sim.put_object(DIRECTORY, "whole", 7).unwrap();
    aws.child("looks and aborts").await;
    assert_eq!(aws.sim.count_uploads(DIRECTORY), 1_499);
    // One that may change nothing, and one for the abort.
    let log = aws.sim.log();
    let asked: Vec<_> = log.iter().map(|logged| logged.operation).collect();
    assert_eq!(aws.sim.count(Operation::CreateSession), 2, "{asked:?}");
    let abort = asked
        .iter()
        .position(|asked| *asked == Operation::AbortMultipartUpload);
    assert_eq!(asked[abort.unwrap() - 1], Operation::CreateSession);
    assert!(
        log.iter()
            .all(|logged| logged.status < 400 || is_absence(logged)),
        "{log:?}"
    );
}

fn is_absence(logged: &Logged) -> bool {
    logged.status == 404
}

async fn looks_at_once(store: Store) {
    let store = Arc::new(store);
    let upload = all_uploads(&store, &bucket(DIRECTORY)).await.remove(0);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (store, upload) = (Arc::clone(&store), upload.clone());
        all.spawn(async move { store.list_parts(&upload, 0).await.is_ok() });
    }
    assert_eq!(all.join_all().await, [true; 40]);
}

#[tokio::test]
async fn a_session_that_the_store_calls_expired_is_renewed_once_for_all() {
    let aws = Aws::start().await;
    aws.sim.create_upload(DIRECTORY, "k").unwrap();
    aws.sim.faults().push(Fault::new(
        Operation::ListParts,
        Nth::Only(1),
        FaultKind::Refused(400, "ExpiredToken"),
    ));
    aws.child("looks at once").await;
    assert_eq!(aws.sim.count(Operation::CreateSession), 2);
    assert_eq!(aws.sim.count(Operation::ListParts), 41);
}

async fn is_refused(store: &Store) {
    let bucket = bucket(DIRECTORY);
    let asked = store.list_uploads(&bucket, "", &Markers::START);
    let error = asked.await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "could not create a session in bucket `{DIRECTORY}`"
        )),
        "{text}"
    );
    assert_eq!(error.operation.right(), "s3express:CreateSession");
}

#[tokio::test]
async fn a_session_that_is_denied_names_its_own_permission() {
    let aws = Aws::start().await;
    aws.sim.deny(ACCESS_KEY, None, Operation::CreateSession);
    aws.child("is refused").await;
    assert_eq!(aws.sim.count(Operation::CreateSession), 1);
    assert_eq!(aws.sim.count(Operation::ListMultipartUploads), 0);
}

async fn asks_access_points(store: &Store) {
    for name in [POINT, ALIAS] {
        let found = all_uploads(store, &bucket(name)).await;
        let [upload] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((upload.bucket.as_str(), upload.key.as_str()), (name, "k"));
        assert!(store.list_parts(upload, 0).await.unwrap().names_upload);
        let head = store.head_object(&upload.bucket, &upload.key).await;
        assert_eq!(head.unwrap(), None);
    }
    let upload = all_uploads(store, &bucket(POINT)).await.remove(0);
    let aborted = store.abort_upload(&agreed(upload), FRESH).await.unwrap();
    assert_eq!(aborted, AbortAnswer::Done);
}

/// By its ARN, wherever the region is that is configured, and by its alias.
#[tokio::test]
async fn uploads_are_found_and_aborted_through_an_access_point() {
    let aws = Aws::start().await;
    aws.sim.create_upload(PLAIN, "k").unwrap();
    aws.sim.create_access_point("point-123456789012", PLAIN);
    aws.sim.create_access_point(ALIAS, PLAIN);
    aws.child("asks access points").await;
    assert_eq!(aws.sim.count_uploads(PLAIN), 0);
}
