//! AWS by its own host names, which a proxy leads to: directory buckets (S3 Express One Zone) and access points.

use std::collections::BTreeSet;
use std::process::Command;

use partsweep_sim::{ACCESS_KEY, Front, Operation, SECRET_KEY};
use serde_json::Value;

use crate::folder::Folder;
use crate::policies::{actions, grant, printed};
use crate::program::{partsweep, run};
use crate::store::Store;

const DIRECTORY: &str = "fast--use1-az4--x-s3";

/// A store with a plain bucket and a directory bucket, and what leads there.
struct Aws {
    store: Store,
    front: Front,
    files: Folder,
}

impl Aws {
    fn filled() -> Self {
        let store = Store::new();
        store.upload("old", "a", &[1_000_000], 72);
        store.upload(DIRECTORY, "in/a", &[2_000_000], 72);
        store.upload(DIRECTORY, "in/b", &[500_000], 72);
        store.upload(DIRECTORY, "in/young", &[500_000], 0);
        store.upload(DIRECTORY, "other", &[], 72);
        let (front, files) = (store.front(), Folder::new());
        std::fs::write(files.path().join("ca.pem"), front.authority()).unwrap();
        Self {
            store,
            front,
            files,
        }
    }

    /// The binary with keys to it, as they are at AWS: no endpoint is named.
    fn partsweep(&self) -> Command {
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_CA_BUNDLE", self.files.path().join("ca.pem"))
            .env(
                "HTTPS_PROXY",
                format!("http://127.0.0.1:{}", self.front.port()),
            )
            .env("XDG_STATE_HOME", self.store.state.path());
        command
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn directory_buckets_are_scanned_and_swept_with_the_others() {
    let aws = Aws::filled();
    let ran = run(&mut aws.partsweep(), &["scan", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let scan = json(&ran.out);
    assert_eq!(scan["bucket_list"], "complete", "{scan}");
    assert_eq!(scan["totals"]["uploads"], 5, "{scan}");
    assert_eq!(scan["totals"]["bytes"], 4_000_000, "{scan}");
    assert_eq!(aws.store.changes(), 0);
    // A session for reading is enough.
    assert_eq!(aws.store.sim.count(Operation::CreateSession), 1);

    // A prefix that is no folder is asked for as its folder, and filtered here.
    let target = format!("s3://{DIRECTORY}/in/a");
    let ran = run(&mut aws.partsweep(), &["clean", "--yes", &target]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut left = aws.store.left(DIRECTORY);
    left.sort();
    assert_eq!(left, ["in/b", "in/young", "other"]);

    let ran = run(&mut aws.partsweep(), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(aws.store.left(DIRECTORY), ["in/young"]);
    assert_eq!(aws.store.left("old"), [""; 0]);
}

/// Who has none, and no permission to list them, isn't told at each scan that it is partial.
#[test]
fn who_may_not_list_directory_buckets_gets_a_note_and_no_exit_code() {
    let aws = Aws::filled();
    let denied = Operation::ListDirectoryBuckets;
    aws.store.sim.deny(ACCESS_KEY, None, denied);
    let ran = run(&mut aws.partsweep(), &["scan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("s3express:ListAllMyDirectoryBuckets"),
        "{ran:?}"
    );
    let ran = run(&mut aws.partsweep(), &["scan", "--json"]);
    let scan = json(&ran.out);
    assert_eq!(scan["bucket_list"], "unproven", "{scan}");
    assert_eq!(scan["totals"]["uploads"], 1, "{scan}");
    // One that is named is seen all the same.
    let ran = run(&mut aws.partsweep(), &["scan", "--json", DIRECTORY]);
    assert_eq!(
        (ran.code, &json(&ran.out)["totals"]["uploads"]),
        (Some(0), &Value::from(4))
    );
}

#[test]
fn a_directory_bucket_needs_exactly_what_its_policy_grants() {
    let aws = Aws::filled();
    for (job, command) in [
        ("scan", &["scan", DIRECTORY][..]),
        ("clean", &["clean", "--yes", DIRECTORY]),
    ] {
        let policy = printed(&[job, "--store", "aws", DIRECTORY]).out;
        let arn = format!("arn:aws:s3express:*:*:bucket/{DIRECTORY}");
        assert!(policy.contains(&arn), "{policy}");
        let is_for_reading = policy.contains("\"s3express:SessionMode\": \"ReadOnly\"");
        assert_eq!(is_for_reading, job == "scan", "{policy}");
        let granted = actions(&policy);
        assert_eq!(
            granted.iter().collect::<Vec<_>>(),
            ["s3express:CreateSession"]
        );
        grant(&aws.store, &BTreeSet::new());
        let ran = run(&mut aws.partsweep(), command);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let told = ran.out + &ran.err;
        assert!(told.contains("s3express:CreateSession"), "{told}");
        // Here who may not abort gets a session for reading only, as that condition does it.
        match is_for_reading {
            true => grant(&aws.store, &granted),
            false => aws.store.sim.allow_all(ACCESS_KEY),
        }
        let ran = run(&mut aws.partsweep(), command);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(aws.store.left(DIRECTORY), ["in/young"]);
}

#[test]
fn an_access_point_is_named_by_its_arn_or_alias() {
    const ALIAS: &str = "point-8sq3mzk1yq7x-s3alias";
    let aws = Aws::filled();
    let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/point";
    aws.store
        .sim
        .create_access_point("point-123456789012", "old");
    aws.store.sim.create_access_point(ALIAS, "old");
    for target in [arn, ALIAS] {
        let ran = run(&mut aws.partsweep(), &["scan", "--json", target]);
        assert_eq!(ran.code, Some(0), "{target}: {ran:?}");
        assert_eq!(json(&ran.out)["totals"]["uploads"], 1, "{target}: {ran:?}");
    }
    let ran = run(&mut aws.partsweep(), &["clean", "--yes", arn]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(aws.store.left("old"), [""; 0]);
    assert_eq!(aws.store.left(DIRECTORY).len(), 4);
}

#[test]
fn what_asking_for_keys_costs_is_told_before_anything_is_asked() {
    let aws = Aws::filled();
    let told = "--probe-keys can take millions of requests: a million cost about $5.00 in us-east-1 (Amazon S3)";
    let args = ["scan", "old", "--probe-keys"];
    let ran = run(&mut aws.partsweep(), &args);
    assert_eq!(ran.err.matches(told).count(), 1, "once: {ran:?}");
    let ran = run(aws.partsweep().args(args), &["--quiet"]);
    assert!(!ran.err.contains(told), "{ran:?}");
    let elsewhere = Store::filled();
    let ran = run(&mut crate::program::on(&elsewhere), &args);
    assert!(!ran.err.contains('$'), "no price is known: {ran:?}");
}

/// The price depends on the region, which is that of the bucket.
#[test]
fn what_an_upload_costs_is_taken_from_the_region_of_its_bucket() {
    let aws = Aws::filled();
    // 0.0000214 dollars.
    for (least, code) in [("0.00001", Some(4)), ("0.0001", Some(0))] {
        let args = ["scan", "old", "--check", "--min-cost", least];
        let ran = run(&mut aws.partsweep(), &args);
        assert_eq!(ran.code, code, "{ran:?}");
    }
}
