//! The buckets of all users of a Ceph cluster (`--all-users`).

use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};
use serde_json::Value;

use crate::folder::Folder;
use crate::program::{Run, on, run};
use crate::store::Store;

/// A cluster with a bucket of a user without a tenant, and two of a tenant's, one of the same name.
fn cluster() -> Store {
    let store = Store::with(Setup::new(Habits::ceph()));
    store.upload("logs", "old", &[1_000_000], 72);
    store.upload("acme:logs", "theirs", &[2_000_000], 72);
    store.upload("acme:logs", "young", &[2_000_000], 0);
    store.sim.create_bucket("acme:empty");
    store
}

fn document(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"))
}

fn bucket(ran: &Run, name: &str) -> Value {
    let document = document(ran);
    let buckets = document["buckets"].as_array().unwrap();
    let found = buckets.iter().find(|bucket| bucket["name"] == name);
    found.unwrap_or_else(|| panic!("{ran:?}")).clone()
}

#[test]
fn the_buckets_of_all_users_are_scanned_with_their_owners_and_nothing_is_changed() {
    let store = cluster();
    let own = run(&mut on(&store), &["scan", "--json"]);
    assert_eq!(document(&own)["totals"]["buckets"], 1);
    let ran = run(&mut on(&store), &["scan", "--all-users", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let all = document(&ran);
    assert_eq!(
        (&all["totals"]["buckets"], &all["totals"]["uploads"]),
        (&3.into(), &3.into())
    );
    assert_eq!(all["selection"]["all_users"], true);
    let theirs = bucket(&ran, "acme:logs");
    assert_eq!(theirs["owner"], "acme$owner");
    let index = serde_json::json!({"check": "agrees", "listed": 2, "counted": 2});
    assert_eq!(theirs["index"], index);
    assert_eq!(bucket(&ran, "logs")["owner"], "owner");
    let table = run(&mut on(&store), &["scan", "--all-users"]);
    assert!(
        table
            .out
            .contains("acme:logs · owner acme$owner · 2 uploads"),
        "{table:?}"
    );
    assert!(
        table.out.contains("partsweep clean --all-users"),
        "{table:?}"
    );
    let chosen = ["scan", "--all-users", "--bucket", "acme:*", "--json"];
    assert_eq!(
        document(&run(&mut on(&store), &chosen))["totals"]["buckets"],
        2
    );
    assert_eq!(store.changes(), 0);
}

#[test]
fn what_is_swept_is_the_very_bucket_that_was_listed() {
    let store = cluster();
    let ran = run(
        &mut on(&store),
        &["clean", "--all-users", "--bucket", "acme:*", "--yes"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("acme:logs"), ["young"]);
    assert_eq!(store.left("logs"), ["old"], "the bucket of the same name");
    assert_eq!(
        store.sim.count(Operation::CopyObject),
        0,
        "it would end a gateway"
    );
    let folder = Folder::new();
    let plan = folder.file("plan");
    let saved = run(&mut on(&store), &["scan", "--all-users", "--save", &plan]);
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let applied = run(&mut on(&store), &["apply", &plan, "--yes"]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert!(store.left("logs").is_empty() && store.left("acme:logs") == ["young"]);
}

#[test]
fn an_index_that_counts_more_than_it_lists_is_told_with_the_command_that_repairs_it() {
    let store = cluster();
    store.sim.miscount("acme:logs", 1);
    let repair = "radosgw-admin bucket check --fix --check-objects --bucket=acme/logs";
    let told = "bucket `acme:logs`: its index counts 3 uploads, and lists 2";
    let table = run(&mut on(&store), &["scan", "--all-users"]);
    assert_eq!(table.code, Some(3), "{table:?}");
    assert!(
        table.out.contains(told) && table.out.contains(repair),
        "{table:?}"
    );
    let json = run(&mut on(&store), &["scan", "--all-users", "--json"]);
    assert_eq!(json.code, Some(3), "{json:?}");
    let index =
        serde_json::json!({"check": "differs", "listed": 2, "counted": 3, "repair": repair});
    assert_eq!(bucket(&json, "acme:logs")["index"], index);
    assert!(
        json.err.contains(told) && json.err.contains(repair),
        "{json:?}"
    );
    let cleaned = run(&mut on(&store), &["clean", "--all-users", "--yes"]);
    assert_eq!(cleaned.code, Some(3), "{cleaned:?}");
    assert!(cleaned.err.contains(told), "{cleaned:?}");
    // All that is there was seen.
    store.sim.miscount("acme:logs", -1);
    let fewer = run(&mut on(&store), &["scan", "--all-users", "--json"]);
    assert_eq!(fewer.code, Some(0), "{fewer:?}");
    assert_eq!(bucket(&fewer, "acme:logs")["index"]["check"], "differs");
    // Filters leave uploads out of what is shown, not of what is compared.
    store.sim.miscount("acme:logs", 0);
    let filtered = ["scan", "--all-users", "--json", "--exclude", "*"];
    let filtered = run(&mut on(&store), &filtered);
    assert_eq!(
        bucket(&filtered, "acme:logs")["index"]["check"],
        "agrees",
        "{filtered:?}"
    );
}

#[test]
fn a_key_without_the_capabilities_is_told_how_it_gets_them() {
    let caps = "radosgw-admin caps add --uid=USER --caps=\"buckets=read;metadata=read\"";
    let store = cluster();
    store.sim.deny(ACCESS_KEY, None, Operation::GetBucketStats);
    let ran = run(&mut on(&store), &["scan", "--all-users"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.out.contains("could not be compared") && ran.out.contains(caps),
        "{ran:?}"
    );
    store.sim.deny(ACCESS_KEY, None, Operation::ListAllBuckets);
    let ran = run(&mut on(&store), &["scan", "--all-users"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("could not list the buckets of all users"),
        "{ran:?}"
    );
    assert!(ran.err.contains(caps), "{ran:?}");
    let doctor = run(&mut on(&store), &["doctor", "--all-users"]);
    assert_eq!(doctor.code, Some(3), "{doctor:?}");
    assert!(
        doctor.out.contains("✗ list buckets") && doctor.out.contains(caps),
        "{doctor:?}"
    );
}

#[test]
fn buckets_of_others_that_may_not_be_listed_are_told_with_the_flag_that_it_takes() {
    let store = cluster();
    let operation = Operation::ListMultipartUploads;
    store.sim.deny(ACCESS_KEY, Some("acme:logs"), operation);
    let ran = run(&mut on(&store), &["scan", "--all-users"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err
            .contains("1 bucket of other users may not be listed"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("radosgw-admin user modify --uid=USER --admin"),
        "{ran:?}"
    );
}

#[test]
fn doctor_says_whether_the_key_may_see_all_users() {
    let store = cluster();
    let ran = run(&mut on(&store), &["doctor", "--all-users"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("3 buckets of all users"), "{ran:?}");
    assert!(ran.out.contains("✓ own counts"), "{ran:?}");
    assert!(ran.out.contains("scan --all-users"), "{ran:?}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn all_users_is_refused_where_it_means_nothing() {
    let store = cluster();
    let named = run(&mut on(&store), &["scan", "--all-users", "s3://logs"]);
    assert_eq!(named.code, Some(2), "{named:?}");
    let other = ["scan", "--all-users", "--store", "minio:http://127.0.0.1:1"];
    let other = run(&mut on(&store), &other);
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.err.contains("this store is MinIO"), "{other:?}");
    let aws = ["scan", "--all-users", "--store", "aws"];
    let aws = run(&mut on(&store), &aws);
    assert_eq!(aws.code, Some(2), "{aws:?}");
    assert_eq!(store.sim.total(), 0, "nothing is sent");
    let variable = run(
        on(&store).env("PARTSWEEP_ALL_USERS", "true"),
        &["clean", "--yes"],
    );
    assert_eq!(variable.code, Some(2), "{variable:?}");
    let garage = Store::with(Setup::new(Habits::garage()));
    garage.upload("b", "k", &[1], 72);
    for command in [
        &["scan", "--all-users"][..],
        &["clean", "--all-users", "--yes"],
    ] {
        let ran = run(&mut on(&garage), command);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.err.contains("only Ceph's gateway has a list of them"),
            "{ran:?}"
        );
    }
    assert_eq!(garage.left("b"), ["k"]);
}
