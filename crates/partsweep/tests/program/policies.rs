//! `doctor --policy`: the least permissions, tried on stores that grant exactly these.

use std::collections::BTreeSet;

use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};
use serde_json::Value;

use crate::folder::Folder;
use crate::program::{Run, on, partsweep, run};
use crate::store::Store;

pub(crate) fn printed(args: &[&str]) -> Run {
    let ran = run(
        &mut partsweep(),
        &[&["doctor", "--policy"][..], args].concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

/// The actions in a policy of IAM.
pub(crate) fn actions(policy: &str) -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let all = statements.iter().flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        statement["Action"].as_array().unwrap()
    });
    all.map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

/// The permission that a request takes at AWS.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn permission(operation: Operation) -> &'static str {
    match operation {
        Operation::ListBuckets => "s3:ListAllMyBuckets",
        Operation::ListDirectoryBuckets => "s3express:ListAllMyDirectoryBuckets",
        Operation::CreateSession => "s3express:CreateSession",
        Operation::GetBucketLocation => "s3:GetBucketLocation",
        Operation::GetBucketVersioning => "s3:GetBucketVersioning",
        Operation::ListObjectVersions => "s3:ListBucketVersions",
        Operation::ListMultipartUploads => "s3:ListBucketMultipartUploads",
        Operation::ListParts => "s3:ListMultipartUploadParts",
        Operation::HeadObject | Operation::GetObject => "s3:GetObject",
        Operation::HeadBucket | Operation::ListObjects => "s3:ListBucket",
        Operation::GetObjectAcl => "s3:GetObjectAcl",
        Operation::GetObjectTagging => "s3:GetObjectTagging",
        Operation::PutObjectAcl => "s3:PutObjectAcl",
        Operation::PutObjectTagging => "s3:PutObjectTagging",
        Operation::GetBucketLifecycle => "s3:GetLifecycleConfiguration",
        Operation::PutBucketLifecycle | Operation::DeleteBucketLifecycle => {
            "s3:PutLifecycleConfiguration"
        }
        Operation::GetBucketTagging => "s3:GetBucketTagging",
        Operation::GetObjectLock => "s3:GetBucketObjectLockConfiguration",
        Operation::ListAllBuckets | Operation::GetBucketStats => "capabilities, not permissions",
        Operation::CreateBucket | Operation::DeleteBucket | Operation::Other => "none of these",
        Operation::AbortMultipartUpload => "s3:AbortMultipartUpload",
        Operation::DeleteObject => "s3:DeleteObject",
        Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::CompleteMultipartUpload
        | Operation::CopyObject
        | Operation::PutObject => "s3:PutObject",
    }
}

/// Denies every request that takes another permission than these.
pub(crate) fn grant(store: &Store, granted: &BTreeSet<String>) {
    store.sim.allow_all(ACCESS_KEY);
    for operation in Operation::ALL {
        if !granted.contains(permission(operation)) {
            store.sim.deny(ACCESS_KEY, None, operation);
        }
    }
}

fn filled(habits: Habits) -> Store {
    let store = Store::with(Setup::new(habits));
    store.upload("old", "a", &[1_000], 72);
    store
}

#[test]
fn with_exactly_the_permissions_of_the_policy_each_command_works_and_with_one_less_it_is_told() {
    for (habits, name, exit) in [
        (Habits::aws(), "aws", 0),
        (Habits::ceph(), "ceph:http://x", 0),
        // Its listing is never proven.
        (Habits::minio(), "minio:http://x", 3),
    ] {
        let is_ceph = name.starts_with("ceph");
        for job in ["scan", "clean"] {
            let mut granted = actions(&printed(&[job, "--store", name, "old"]).out);
            let command = match job {
                "scan" => &["scan", "old"][..],
                _ => &["clean", "--yes", "--settle", "100ms", "old"],
            };
            let store = filled(habits.clone());
            grant(&store, &granted);
            let ran = run(&mut on(&store), command);
            assert_eq!(ran.code, Some(exit), "{name} {job}: {ran:?}");
            assert_eq!(store.left("old").is_empty(), job == "clean", "{ran:?}");

            for missing in granted.clone() {
                granted.remove(&missing);
                let store = filled(habits.clone());
                grant(&store, &granted);
                let ran = run(&mut on(&store), command);
                let told = ran.out.clone() + &ran.err;
                // Versions, access lists and tags are asked for where there are some.
                let is_of_some = ["Version", "Acl", "Tagging"]
                    .iter()
                    .any(|word| missing.contains(word));
                if is_of_some {
                    assert_eq!(ran.code, Some(0), "{name} {job} without {missing}: {ran:?}");
                } else {
                    let is_noticed = ran.code != Some(0) || ran.err.contains("warning: ");
                    assert!(is_noticed, "{name} {job} without {missing}: {ran:?}");
                    assert!(
                        told.contains(&missing),
                        "{name} {job} without {missing}: {told}"
                    );
                }
                granted.insert(missing);
            }
            if job == "clean" && is_ceph {
                // Each of the two stands in for the other in a bucket without versions.
                let mut without = granted.clone();
                without.retain(|action| !action.contains("BucketVersion"));
                let store = filled(habits.clone());
                grant(&store, &without);
                let ran = run(&mut on(&store), &["doctor", "old"]);
                assert!(ran.out.contains("s3:ListBucketVersions"), "{ran:?}");
            }
            let saves = granted.contains("s3:PutObject");
            assert_eq!(saves, is_ceph && job == "clean", "{granted:?}");
        }
    }
}

/// A lifecycle is checked, set and undone with exactly these.
#[test]
fn with_the_permissions_for_lifecycles_each_command_works_and_with_one_less_it_is_told() {
    for (habits, name) in [
        (Habits::aws(), "aws"),
        (Habits::ceph(), "ceph:http://x"),
        (Habits::seaweedfs(), "wasabi"),
    ] {
        let granted = actions(&printed(&["lifecycle", "--store", name, "old"]).out);
        let folder = Folder::new();
        let ran = |granted: &BTreeSet<String>, undo: &str| {
            let store = filled(habits.clone());
            grant(&store, granted);
            let undo = folder.file(undo);
            let check = run(&mut on(&store), &["lifecycle", "check", "old"]);
            let set = run(
                &mut on(&store),
                &["lifecycle", "set", "--yes", "--undo", &undo, "old"],
            );
            let undone = run(&mut on(&store), &["lifecycle", "undo", "--yes", &undo]);
            (check, set, undone)
        };
        let (check, set, undone) = ran(&granted, "all");
        for ran in [&check, &set, &undone] {
            assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
        }
        for (number, missing) in granted.iter().enumerate() {
            let mut less = granted.clone();
            less.remove(missing);
            let (check, set, _) = ran(&less, &number.to_string());
            let told = [&check, &set]
                .map(|ran| ran.out.clone() + &ran.err)
                .concat();
            // Who owns a bucket is looked at where that can be seen.
            if missing == "s3:GetBucketTagging" {
                assert_eq!((check.code, set.code), (Some(0), Some(0)), "{name} {told}");
            } else {
                assert!(told.contains(missing), "{name} without {missing}: {told}");
                let codes = [check.code, set.code];
                assert!(codes.contains(&Some(3)), "{name} without {missing}: {told}");
            }
        }
    }
}

/// An upload is completed with exactly these.
#[test]
fn with_the_permissions_for_a_rescue_it_works_and_with_one_less_it_is_told() {
    // Of the two about versions, each stands in for the other in a bucket without any; and the simulated store says 404
    // for no object also where it may not be listed. Whether an object will be locked is only told.
    const MAY_NOT_MATTER: [&str; 4] = [
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketVersioning",
        "s3:ListBucket",
        "s3:ListBucketVersions",
    ];
    for (habits, name) in [
        (Habits::aws(), "aws"),
        (Habits::ceph(), "ceph:http://x"),
        (Habits::minio(), "minio:http://x"),
    ] {
        let granted = actions(&printed(&["rescue", "--store", name, "old"]).out);
        let ran = |granted: &BTreeSet<String>| {
            let store = filled(habits.clone());
            grant(&store, granted);
            let id = store.sim.uploads("old")[0].upload_id.clone();
            // Which uploads the key has is asked for where none is named.
            let dry = run(&mut on(&store), &["rescue", "-n", "s3://old/a"]);
            let named = ["rescue", "s3://old/a", "--yes", "--upload-id", &id];
            let ran = run(&mut on(&store), &named);
            assert_eq!(store.left("old").is_empty(), ran.code == Some(0), "{ran:?}");
            let code = if dry.code == Some(0) {
                ran.code
            } else {
                dry.code
            };
            (code, dry.err + &ran.err)
        };
        let (code, told) = ran(&granted);
        assert_eq!(code, Some(0), "{name}: {told}");
        for missing in &granted {
            let mut less = granted.clone();
            less.remove(missing);
            let (code, told) = ran(&less);
            if !MAY_NOT_MATTER.contains(&&**missing) || code != Some(0) {
                assert_ne!(code, Some(0), "{name} without {missing}: {told}");
                assert!(told.contains(missing), "{name} without {missing}: {told}");
            }
        }
    }
}

/// What names no bucket has to be able to list them.
#[test]
fn a_policy_for_all_buckets_lists_them_too() {
    let store = filled(Habits::aws());
    let granted = actions(&printed(&["clean"]).out);
    grant(&store, &granted);
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(store.left("old").is_empty());
    let named = actions(&printed(&["clean", "old"]).out);
    let more: Vec<_> = granted.difference(&named).collect();
    assert_eq!(more, ["s3:ListAllMyBuckets"]);
}

#[test]
fn each_store_gets_the_form_that_it_takes() {
    for (args, expected) in [
        (
            &["clean", "--store", "garage:h", "b", "s3://c"][..],
            "garage bucket allow --read --write b --key KEY\ngarage bucket allow --read --write c --key KEY\n",
        ),
        (
            &["scan", "--store", "garage:h", "b"],
            "garage bucket allow --read b --key KEY\n",
        ),
        (
            &["clean", "--store", "seaweedfs:h", "b", "c"],
            "s3.configure -user USER -access_key KEY -secret_key SECRET -buckets b -actions Read,List,Write,ReadAcp -apply\n\
             s3.configure -user USER -access_key KEY -secret_key SECRET -buckets c -actions Read,List,Write,ReadAcp -apply\n",
        ),
        (
            &["scan", "--store", "seaweedfs:h", "b"],
            "-buckets b -actions Read -apply\n",
        ),
        (
            &["scan", "--store", "seaweedfs:h"],
            "-secret_key SECRET -actions Read,List -apply\n",
        ),
        (
            &["scan", "--store", "r2:0a", "b"],
            "Permissions: Object Read only\nSpecify buckets: b\n",
        ),
        (
            &["clean", "--store", "r2:0a"],
            "Permissions: Admin Read & Write\n",
        ),
        (
            &["clean", "--store", "b2:us-west-004", "b", "c"],
            "b2 key create --bucket b --bucket c partsweep ",
        ),
        (
            &["scan", "--store", "gcs"],
            "storage.multipartUploads.listParts",
        ),
        (
            &["lifecycle", "--store", "garage:h", "b"],
            "garage bucket allow --read --owner b --key KEY\n",
        ),
        (
            &["lifecycle", "--store", "seaweedfs:h", "b"],
            "-buckets b -actions Read,Write -apply\n",
        ),
        (
            &["lifecycle", "--store", "r2:0a", "b"],
            "Permissions: Admin Read & Write\n",
        ),
        (
            &["lifecycle", "--store", "b2:us-west-004", "b"],
            "readBuckets,writeBuckets",
        ),
        (
            &["lifecycle", "--store", "gcs", "b"],
            "--permissions=storage.buckets.get,storage.buckets.update,",
        ),
        (
            &["rescue", "--store", "garage:h", "b"],
            "garage bucket allow --read --write b --key KEY\n",
        ),
        (
            &["rescue", "--store", "seaweedfs:h", "b"],
            "-buckets b -actions Read,List,Write -apply\n",
        ),
        (
            &["rescue", "--store", "r2:0a", "b"],
            "Permissions: Object Read & Write\nSpecify buckets: b\n",
        ),
        (
            &["rescue", "--store", "b2:us-west-004", "b"],
            "partsweep listAllBucketNames,listBuckets,listFiles,readFiles,writeFiles\n",
        ),
        (
            &["rescue", "--store", "gcs", "b"],
            "storage.multipartUploads.create,",
        ),
        (
            &["lifecycle", "--store", "aws", "b--usw2-az1--x-s3"],
            "s3express:PutLifecycleConfiguration",
        ),
        (
            &[
                "scan",
                "--endpoint-url",
                "https://0a.r2.cloudflarestorage.com",
            ],
            "Permissions: Admin Read only\n",
        ),
        (
            &["scan", "--store", "dreamobjects", "b"],
            "arn:aws:iam:::user/USER",
        ),
        (&["scan", "--store", "wasabi", "b"], "\"arn:aws:s3:::b/*\""),
    ] {
        let ran = printed(args);
        assert!(ran.out.contains(expected), "{args:?}: {ran:?}");
    }
    let other = printed(&["scan", "--store", "rustfs:h"]);
    assert!(
        other
            .err
            .contains("look up how permissions are set at RustFS"),
        "{other:?}"
    );
    // The default is what most want.
    assert_eq!(printed(&[]).out, printed(&["clean"]).out);
    for refused in [
        &["doctor", "--policy", "scan", "--store", "ceph:h", "b", "c"][..],
        &["doctor", "--policy", "scan", "--settings"],
        &["doctor", "--policy", "--json"],
        &["doctor", "--policy", "sweep"],
    ] {
        let ran = run(&mut partsweep(), refused);
        assert_eq!(ran.code, Some(2), "{refused:?}: {ran:?}");
    }
}

/// The policy in the docs is the one that is printed.
#[test]
fn the_page_on_permissions_shows_what_is_printed() {
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/permissions.md"
    ))
    .unwrap();
    for job in ["scan", "clean"] {
        assert!(
            page.contains(&printed(&[job, "--store", "aws"]).out),
            "{job}"
        );
    }
}
