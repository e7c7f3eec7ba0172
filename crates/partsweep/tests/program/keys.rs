//! Uploads that a listing leaves out, found by asking for their keys (`--keys-from`, `--probe-keys`).

use std::fs;

use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};
use serde_json::Value;

use crate::folder::Folder;
use crate::program::{Run, on, run, run_with_input};
use crate::store::Store;

/// A MinIO that was restarted: it lists `fresh` only, and has three older uploads, two of them at a key and at a
/// prefix of its objects.
fn restarted(habits: Habits) -> Store {
    let store = Store::with(Setup::new(habits));
    for key in ["photos/2025/a.jpg", "photos/2025", "nobody/knows"] {
        store.upload("b", key, &[1_000_000], 72);
    }
    store.sim.restart();
    store.upload("b", "fresh", &[1_000_000], 48);
    store.sim.put_object("b", "photos/2025/a.jpg", 5).unwrap();
    store.sim.put_object("b", "photos/2025/b.jpg", 5).unwrap();
    store.sim.put_object("b", "other/fresh", 5).unwrap();
    store
}

fn bucket(ran: &Run) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    document["buckets"][0].clone()
}

/// The keys of the uploads that were found, each as often as it was.
fn keys(ran: &Run) -> Vec<String> {
    let bucket = bucket(ran);
    let uploads = bucket["uploads"].as_array().unwrap();
    let mut keys: Vec<_> = uploads
        .iter()
        .map(|upload| upload["key"].as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    keys
}

#[test]
fn uploads_at_keys_and_prefixes_of_objects_are_found_and_prove_nothing() {
    let store = restarted(Habits::minio());
    let listed = run(&mut on(&store), &["scan", "b", "--json"]);
    assert_eq!(
        (listed.code, keys(&listed)),
        (Some(3), vec!["fresh".to_owned()])
    );
    store.sim.clear_log();
    let args = ["scan", "b", "--json", "--probe-keys", "--concurrency", "4"];
    let probed = run(&mut on(&store), &args);
    assert_eq!(probed.code, Some(3), "{probed:?}");
    assert_eq!(keys(&probed), ["fresh", "photos/2025", "photos/2025/a.jpg"]);
    let bucket = bucket(&probed);
    assert_eq!(bucket["listing"], "unproven");
    let asked = &bucket["keys_asked"];
    assert_eq!(
        (&asked["of_objects"], &asked["given"]),
        (&true.into(), &false.into())
    );
    // other, other/, other/fresh, photos, photos/, photos/2025, photos/2025/, and two objects there.
    assert_eq!((&asked["keys"], &asked["found"]), (&9.into(), &2.into()));
    assert_eq!(store.sim.count(Operation::ListObjects), 1);
    assert!(
        store.sim.most_in_flight() <= 4,
        "{}",
        store.sim.most_in_flight()
    );
    let told = "which found 2 more uploads";
    assert!(probed.err.contains(told), "{probed:?}");
    assert_eq!(store.changes(), 0);
    let table = run(&mut on(&store), &["scan", "b", "--probe-keys"]);
    let told =
        "9 keys and prefixes of its objects were asked for one by one, which found 2 more uploads";
    assert!(table.out.contains(told), "{table:?}");
    assert!(
        table.err.contains("a request for each 1,000 objects"),
        "{table:?}"
    );
    let cleaned = run(&mut on(&store), &["clean", "b", "--yes", "--probe-keys"]);
    assert_eq!(cleaned.code, Some(3), "{cleaned:?}");
    assert_eq!(store.left("b"), ["nobody/knows"]);
}

#[test]
fn keys_that_are_given_are_asked_for_and_found_once() {
    let store = restarted(Habits::minio());
    let folder = Folder::new();
    let file = folder.file("keys");
    let lines = "nobody/knows\r\n\nfresh\ns3://b/photos/2025/a.jpg\nphotos\n";
    fs::write(&file, lines).unwrap();
    let expected = ["fresh", "nobody/knows", "photos/2025/a.jpg"];
    let from_file = run(
        &mut on(&store),
        &["scan", "b", "--json", "--keys-from", &file],
    );
    let args = ["scan", "b", "--json", "--keys-from", "-"];
    let from_pipe = run_with_input(&mut on(&store), &args, lines);
    for ran in [from_file, from_pipe] {
        assert_eq!(
            (ran.code, keys(&ran)),
            (Some(3), expected.map(str::to_owned).to_vec())
        );
        let asked = &bucket(&ran)["keys_asked"];
        assert_eq!((&asked["keys"], &asked["found"]), (&4.into(), &2.into()));
        assert!(ran.err.contains("--keys-from has 4 keys"), "{ran:?}");
    }
    // Of a whole account each line names its bucket.
    let lines = "s3://b/nobody/knows\n";
    let ran = run_with_input(
        &mut on(&store),
        &["scan", "--json", "--keys-from", "-"],
        lines,
    );
    assert_eq!(keys(&ran), ["fresh", "nobody/knows"]);
    let both = ["scan", "b", "--json", "--probe-keys", "--keys-from", "-"];
    let ran = run_with_input(&mut on(&store), &both, "nobody/knows\nphotos/2025\n");
    assert_eq!(
        keys(&ran),
        ["fresh", "nobody/knows", "photos/2025", "photos/2025/a.jpg"]
    );
}

#[test]
fn only_keys_that_are_looked_at_are_asked_for() {
    let store = restarted(Habits::minio());
    let in_prefix = ["scan", "s3://b/photos/", "--json", "--probe-keys"];
    let ran = run(&mut on(&store), &in_prefix);
    assert_eq!(keys(&ran), ["photos/2025", "photos/2025/a.jpg"]);
    // photos/, photos/2025, photos/2025/, and two objects there.
    assert_eq!(bucket(&ran)["keys_asked"]["keys"], 5);
    let included = ["scan", "b", "--json", "--probe-keys", "--include", "*.jpg"];
    let ran = run(&mut on(&store), &included);
    assert_eq!(keys(&ran), ["photos/2025/a.jpg"]);
    assert_eq!(bucket(&ran)["keys_asked"]["keys"], 2);
    let prefix = ["scan", "s3://b/photos/", "--json", "--keys-from", "-"];
    let ran = run_with_input(&mut on(&store), &prefix, "nobody/knows\nphotos/2025\n");
    assert_eq!(keys(&ran), ["photos/2025"]);
}

#[test]
fn a_search_that_is_denied_makes_the_listing_partial_and_names_the_permission() {
    let store = restarted(Habits::minio());
    store
        .sim
        .deny(ACCESS_KEY, Some("b"), Operation::ListObjects);
    let ran = run(&mut on(&store), &["scan", "b", "--json", "--probe-keys"]);
    assert_eq!(
        (ran.code, &bucket(&ran)["listing"]),
        (Some(3), &"partial".into())
    );
    assert!(
        ran.err.contains("could not list the objects in bucket `b`"),
        "{ran:?}"
    );
    assert!(ran.err.contains("s3:ListBucket"), "{ran:?}");
    let accepted = [
        "scan",
        "b",
        "--json",
        "--probe-keys",
        "--accept",
        "unproven",
    ];
    assert_eq!(
        run(&mut on(&store), &accepted).code,
        Some(3),
        "it is no listing that is known to be so"
    );
}

#[test]
fn a_listing_that_leaves_out_what_is_found_by_key_is_not_complete() {
    let mut forgetful = Habits::aws();
    forgetful.listing.from_memory = true;
    let store = restarted(forgetful);
    let listed = run(&mut on(&store), &["scan", "b", "--json"]);
    assert_eq!(
        (listed.code, &bucket(&listed)["listing"]),
        (Some(0), &"complete".into())
    );
    let probed = run(&mut on(&store), &["scan", "b", "--json", "--probe-keys"]);
    assert_eq!(
        (probed.code, &bucket(&probed)["listing"]),
        (Some(3), &"unproven".into())
    );
    assert!(
        probed
            .err
            .contains("left out uploads that were found by their keys"),
        "{probed:?}"
    );
    // Where a prefix is a prefix, all is listed, and nothing is found twice.
    let store = Store::filled();
    store.sim.put_object("mixed", "stale", 5).unwrap();
    store.sim.put_object("mixed", "stale/behind", 5).unwrap();
    store.upload("mixed", "stale/behind", &[1], 72);
    let ran = run(
        &mut on(&store),
        &["scan", "mixed", "--json", "--probe-keys"],
    );
    assert_eq!(
        (ran.code, &bucket(&ran)["listing"]),
        (Some(0), &"complete".into())
    );
    assert_eq!(keys(&ran), ["empty", "stale", "stale/behind", "young"]);
    assert_eq!(bucket(&ran)["keys_asked"]["found"], 0);
}

#[test]
fn a_list_of_keys_that_cannot_be_meant_is_refused_before_anything_is_asked() {
    let store = Store::filled();
    for (args, lines, told) in [
        (
            &["scan", "old"][..],
            "s3://mixed/stale\n",
            "has keys of bucket `mixed`, which isn't scanned",
        ),
        (&["scan"], "k\n", "line 1: give s3://BUCKET/KEY"),
        (
            &["scan", "old", "mixed"],
            "s3://old/k\nk\n",
            "line 2: give s3://BUCKET/KEY",
        ),
        (
            &["clean", "old", "--yes"],
            "k\ns3://old/\n",
            "line 2: s3://BUCKET/ without a key",
        ),
    ] {
        let args: Vec<_> = args.iter().copied().chain(["--keys-from", "-"]).collect();
        let ran = run_with_input(&mut on(&store), &args, lines);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
    let ran = run(
        &mut on(&store),
        &["scan", "old", "--keys-from", "/nonexistent/keys"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("--keys-from /nonexistent/keys: "),
        "{ran:?}"
    );
    assert_eq!(store.sim.total(), 0);
}

/// What can't be reached isn't asked for keys either: it fails as without them.
#[test]
fn a_store_that_is_down_fails_as_without_keys() {
    let (store, folder) = (Store::new(), crate::folder::Folder::new());
    let keys = folder.file("keys");
    std::fs::write(&keys, "a\nb\n").unwrap();
    let mut command = on(&store);
    command.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    let ran = run(
        &mut command,
        &["scan", "b", "--keys-from", &keys, "--timeout", "2s"],
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(!ran.out.contains("were asked for"), "{ran:?}");
    std::fs::write(&keys, "\n").unwrap();
    let ran = run(&mut on(&store), &["scan", "b", "--keys-from", &keys]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("has no keys"), "{ran:?}");
    let ran = run(&mut on(&store), &["clean", "b", "--keys-from", "-"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("put the keys into a file"), "{ran:?}");
}
