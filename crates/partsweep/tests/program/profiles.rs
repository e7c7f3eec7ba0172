//! Every store of `stores/`, simulated by what its file says: what is there is found and freed, and nothing else.

use std::collections::BTreeSet;

use partsweep_core::provider::profiles::{ALL, StoreEntry};
use partsweep_sim::{Habits, Operation, Setup};
use serde_json::Value;

use crate::program::{on, run};
use crate::store::Store;

/// Uploads on a page, so that every listing has several.
const PAGE: usize = 7;

/// Keys that a listing has to bring back exactly, encoded or not.
const KEYS: [&str; 12] = [
    "a b", "a+b", "a%20b", "b/c/d", "b/c.d", "b/ü", "c&d<e>", "d\"e'f", "e=f?g#h", "f~g_h-i",
    "漢語", "z",
];

fn filled(entry: &StoreEntry) -> Store {
    let mut habits = Habits::of(entry);
    habits.listing.page.most = PAGE;
    // Of several uploads of one key, a store that reads no id-marker can hide some at the end of a page.
    let of_one_key = if entry.simulated.ignores_id_marker {
        1
    } else {
        9
    };
    let store = Store::with(Setup::new(habits));
    for bucket in ["one", "two"] {
        for key in KEYS {
            store.upload(bucket, &format!("old/{key}"), &[5_000_000, 1_000], 100);
        }
        for _ in 0..of_one_key {
            store.upload(bucket, "old/same", &[1_000], 100);
        }
        store.upload(bucket, "young/k", &[1_000], 0);
    }
    store.upload("three", "young/k", &[1_000], 0);
    store
}

/// Bucket, key and upload id of what the store holds.
fn held(store: &Store) -> BTreeSet<[String; 3]> {
    let of_bucket = |bucket: &'static str| {
        let uploads = store.sim.uploads(bucket).into_iter();
        uploads.map(move |upload| [bucket.to_owned(), upload.key, upload.upload_id])
    };
    ["one", "two", "three"]
        .into_iter()
        .flat_map(of_bucket)
        .collect()
}

/// The same as a document shows it.
fn shown(document: &Value) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let buckets = document["buckets"].as_array().unwrap().iter();
    let uploads = buckets.flat_map(|bucket| {
        let uploads = bucket["uploads"].as_array().unwrap().iter();
        uploads.map(|upload| {
            [
                text(&bucket["name"]),
                text(&upload["key"]),
                text(&upload["upload_id"]),
            ]
        })
    });
    uploads.collect()
}

/// Whatever a prefix means there: keys that begin with it, an exact key (MinIO), a key or a folder (Storj).
#[test]
fn at_every_store_a_prefix_shows_all_keys_that_begin_with_it() {
    for entry in ALL {
        let (id, store) = (entry.profile.id, filled(entry));
        let there = held(&store);
        for prefix in ["o", "old/s", "old/same", "young/", "y", "none"] {
            let target = format!("s3://one/{prefix}");
            let scan = ["scan", "--json", "--accept", "unproven", &target];
            let ran = run(&mut on(&store), &scan);
            let document: Value = serde_json::from_str(&ran.out).unwrap();
            let found = shown(&document);
            let begins =
                |[bucket, key, _]: &&[String; 3]| bucket == "one" && key.starts_with(prefix);
            let expected: BTreeSet<_> = there.iter().filter(begins).cloned().collect();
            assert_eq!(found.len(), expected.len(), "{id} {prefix}: each once");
            assert_eq!(
                found.into_iter().collect::<BTreeSet<_>>(),
                expected,
                "{id} {prefix}"
            );
        }
    }
}

/// R2 leads on by a token, and repeats the one that it was asked.
#[test]
fn all_pages_of_buckets_are_seen_where_a_token_leads_on() {
    let store = Store::with(Setup::new(Habits::of(StoreEntry::named("r2").unwrap())));
    for number in 0..2_500 {
        store.sim.create_bucket(&format!("bucket-{number:04}"));
    }
    store.upload("bucket-2499", "k", &[1_000], 100);
    let ran = run(&mut on(&store), &["scan", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(shown(&document).len(), 1);
    assert_eq!(store.sim.count(Operation::ListBuckets), 3);
}

#[test]
fn at_every_store_what_is_there_is_found_and_freed_and_nothing_else() {
    for entry in ALL {
        let (id, store) = (entry.profile.id, filled(entry));
        let there = held(&store);
        let scan = ["scan", "--json", "--accept", "unproven"];
        let ran = run(&mut on(&store), &scan);
        // Where no size can be seen, that is all that is missing.
        let code = match entry.simulated.parts_without_size {
            true => Some(3),
            false => Some(0),
        };
        assert_eq!(ran.code, code, "{id}: {ran:?}");
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        let found = shown(&document);
        assert_eq!(found.len(), there.len(), "{id}: each once");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), there, "{id}");

        let clean = [
            "clean", "--yes", "--json", "--accept", "unproven", "--settle", "50ms",
        ];
        let ran = run(&mut on(&store), &clean);
        assert_eq!(ran.code, code, "{id}: {ran:?}");
        let is_young = |[_, key, _]: &[String; 3]| key.starts_with("young/");
        let left: BTreeSet<_> = there.into_iter().filter(is_young).collect();
        assert_eq!(left.len(), 3, "{id}");
        assert_eq!(held(&store), left, "{id}");
    }
}
