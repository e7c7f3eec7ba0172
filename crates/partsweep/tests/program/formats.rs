//! The machine formats, held to their schemas.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonschema::Validator;
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::program::{Run, on, run};
use crate::store::Store;

pub(crate) fn schema(name: &str) -> Validator {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    let text = std::fs::read_to_string(format!("{folder}/partsweep.{name}-1.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

pub(crate) fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

fn document(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn lines(ran: &Run) -> Vec<Value> {
    let lines = ran.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Stores that make every field take every kind of value.
fn stores() -> Vec<Store> {
    let denied = Store::filled();
    denied.sim.create_bucket("secret");
    denied.sim.deny_all(ACCESS_KEY, "secret");
    let unsized_uploads = Store::filled();
    let broken = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::ListParts, Nth::First(2), broken);
    unsized_uploads.sim.faults().push(fault);
    let minio = Store::with(Setup::new(Habits::minio()));
    minio.upload("b", "k", &[5, 6], 100);
    let undated = Store::with(Setup::new(Habits::seaweedfs()));
    undated.upload("b", "no-date", &[], 100);
    undated.upload("b", "dated-by-its-part", &[7], 100);
    vec![
        Store::filled(),
        Store::new(),
        denied,
        unsized_uploads,
        minio,
        undated,
    ]
}

#[test]
fn every_document_fits_its_schema() {
    let (scan, sweep) = (schema("scan"), schema("sweep"));
    for store in stores() {
        for args in [&["scan"][..], &["scan", "--no-size"], &["--dry-run"]] {
            let ran = run(on(&store).args(["--format", "json"]), args);
            assert_valid(&scan, &document(&ran));
        }
        let ran = run(&mut on(&store), &["--yes", "--format", "json"]);
        assert_valid(&sweep, &document(&ran));
    }
}

#[test]
fn every_line_fits_its_schema() {
    let schema = schema("ndjson");
    for store in stores() {
        for args in [&["scan"][..], &["scan", "--no-size"], &["--yes"]] {
            let lines = lines(&run(on(&store).args(["--format", "ndjson"]), args));
            for line in &lines {
                assert_valid(&schema, line);
            }
            assert_eq!(lines.last().unwrap()["type"], "summary");
        }
    }
}

#[test]
fn what_could_not_be_sized_is_told_where_the_data_is_for_programs() {
    let store = Store::filled();
    let broken = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::ListParts, Nth::First(2), broken);
    store.sim.faults().push(fault);
    let ran = run(&mut on(&store), &["scan", "--format", "ndjson"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("kept because too little is known"),
        "{ran:?}"
    );
}

#[test]
fn what_could_not_be_aborted_is_told_where_the_data_is_for_programs() {
    let store = Store::filled();
    let broken = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::First(2), broken);
    store.sim.faults().push(fault);
    let ran = run(&mut on(&store), &["clean", "--yes", "--format", "json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = "warning: 2 uploads not aborted, since a request failed: the data says which\n";
    assert!(ran.err.contains(told), "{ran:?}");
}

/// Aborts of uploads that were planned: not those by which it is tried whether saving works.
fn aborts_of(store: &Store) -> u64 {
    let log = store.sim.log().into_iter();
    let aborts = log.filter(|request| {
        request.operation == Operation::AbortMultipartUpload
            && !request.key.starts_with(".partsweep-spare-")
    });
    aborts.count() as u64
}

#[test]
fn what_apply_tells_fits_the_schemas_of_a_sweep() {
    let (document_schema, line_schema) = (schema("sweep"), schema("ndjson"));
    for format in ["json", "ndjson", "csv"] {
        for store in stores() {
            let folder = Folder::new();
            let plan = folder.file("plan.zst");
            run(&mut on(&store), &["scan", "--save", &plan]);
            let journal = folder.file("journal");
            let args = ["apply", &plan, "--yes", "--journal", &journal];
            let command = &mut on(&store);
            let ran = run(command.args(["--format", format]), &args);
            let totals = match format {
                "json" => {
                    let report = document(&ran);
                    assert_valid(&document_schema, &report);
                    report["totals"].clone()
                }
                "ndjson" => {
                    let lines = lines(&ran);
                    for line in &lines {
                        assert_valid(&line_schema, line);
                    }
                    lines.last().unwrap()["totals"].clone()
                }
                _ => {
                    let rows = ran.out.lines().filter(|row| row.contains(",aborted,"));
                    let aborts = aborts_of(&store);
                    assert_eq!(rows.count() as u64, aborts);
                    assert!(ran.out.starts_with("bucket,key,upload_id,"), "{ran:?}");
                    continue;
                }
            };
            let aborts = aborts_of(&store);
            assert_eq!(totals["aborted"], aborts, "{totals}");
            assert_eq!(totals["buckets"], store.sim.buckets().len(), "{totals}");
        }
    }
}

#[test]
fn apply_tells_of_each_bucket_what_the_saved_scan_saw() {
    let (store, folder) = (Store::filled(), Folder::new());
    let (plan, journal) = (folder.file("plan"), folder.file("journal"));
    let json = ["--format", "json"];
    let args = ["scan", "--exclude", "*young*", "--save", &plan];
    let scanned = document(&run(on(&store).args(json), &args));
    let args = ["apply", &plan, "--yes", "--journal", &journal];
    let applied = document(&run(on(&store).args(json), &args));
    // A saved scan has its buckets in the order in which they were done.
    let seen = |report: &Value| -> BTreeMap<String, Vec<Value>> {
        let buckets = report["buckets"].as_array().unwrap().iter();
        let fields = ["region", "listing", "vanished", "excluded", "unclear"];
        let known = |bucket: &Value| fields.map(|field| bucket[field].clone()).into();
        buckets
            .map(|bucket| (bucket["name"].to_string(), known(bucket)))
            .collect()
    };
    assert_eq!(seen(&applied), seen(&scanned));
    let buckets = scanned["buckets"].as_array().unwrap();
    assert!(buckets.iter().any(|bucket| bucket["excluded"] == 1));
}

#[test]
fn a_broken_document_does_not_fit() {
    let scan = schema("scan");
    let good = document(&run(
        &mut on(&Store::filled()),
        &["scan", "--format", "json"],
    ));
    assert_valid(&scan, &good);
    let breaks: [(&str, Value); 6] = [
        ("/schema", json!("partsweep.scan/2")),
        ("/started", json!("2026-01-01")),
        ("/totals/buckets", Value::Null),
        ("/buckets/0/listing", json!("empty")),
        ("/buckets/0/uploads/0/bytes", json!(-1)),
        ("/buckets/0/uploads/0/because", json!("whim")),
    ];
    for (place, value) in breaks {
        let mut broken = good.clone();
        *broken.pointer_mut(place).unwrap() = value;
        assert!(!scan.is_valid(&broken), "{place}");
    }
    let mut extra = good.clone();
    extra["buckets"][0]["uploads"][0]["size"] = json!(1);
    assert!(!scan.is_valid(&extra));
    assert!(!schema("sweep").is_valid(&good));
    assert!(!schema("ndjson").is_valid(&good));
}

#[test]
fn a_scan_says_exactly_what_is_there() {
    let store = Store::filled();
    store.upload("more", "k\u{1}", &[10, 20, 30], 100);
    let scan = document(&run(&mut on(&store), &["scan", "--format", "json"]));
    assert_eq!(scan["endpoint"], json!(store.sim.endpoint()));
    assert_eq!(
        scan["totals"],
        json!({"buckets": 3, "uploads": 6, "parts": 8, "bytes": 14_000_060, "unsized": 0,
               "sweepable": {"uploads": 5, "bytes": 7_000_060},
               "skipped": {"active_recently": 1}, "filtered": 0})
    );
    let names: Vec<&Value> = scan["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["name"])
        .collect();
    assert_eq!(names, ["mixed", "more", "old"]);
    for bucket in scan["buckets"].as_array().unwrap() {
        let stored = store.sim.uploads(bucket["name"].as_str().unwrap());
        let uploads = bucket["uploads"].as_array().unwrap();
        assert_eq!(stored.len(), uploads.len());
        for (stored, upload) in stored.iter().zip(uploads) {
            assert_eq!(upload["key"], json!(stored.key));
            assert_eq!(upload["upload_id"], json!(stored.upload_id));
            assert_eq!(upload["parts"], json!(stored.parts.len()));
            assert_eq!(upload["bytes"], json!(stored.bytes()));
            assert_eq!(
                upload["initiated"],
                json!(format!("{:.3}", stored.initiated))
            );
        }
    }
}

#[test]
fn a_document_keeps_the_order_of_the_buckets_whichever_is_scanned_first() {
    let store = Store::new();
    for bucket in ["a", "b", "c", "d"] {
        for n in 0..30 {
            store.upload(bucket, &format!("{bucket}{n}"), &[n], 100);
        }
    }
    for (bucket, slow) in [("a", 800), ("c", 400)] {
        let slow = FaultKind::Slow(Duration::from_millis(slow));
        let listing = Fault::new(Operation::ListMultipartUploads, Nth::Every, slow);
        store.sim.faults().push(listing.in_bucket(bucket));
    }
    for (args, schema) in [
        (["scan", "--format", "json"], schema("scan")),
        (["--yes", "--format", "json"], schema("sweep")),
    ] {
        let read = document(&run(&mut on(&store), &args));
        assert_valid(&schema, &read);
        let buckets = read["buckets"].as_array().unwrap();
        assert_eq!(buckets.len(), 4);
        for (bucket, name) in buckets.iter().zip(["a", "b", "c", "d"]) {
            assert_eq!(bucket["name"], name);
            let uploads = bucket["uploads"].as_array().unwrap();
            assert_eq!(uploads.len(), 30);
            let key = |upload: &Value| upload["key"].as_str().unwrap().starts_with(name);
            assert!(uploads.iter().all(key));
        }
    }
}

#[test]
fn what_is_not_known_is_null() {
    let store = Store::filled();
    let scan = document(&run(
        &mut on(&store),
        &["scan", "--no-size", "--format", "json"],
    ));
    let upload = &scan["buckets"][1]["uploads"][0];
    for field in ["bytes", "parts", "last_activity"] {
        assert_eq!(upload[field], Value::Null, "{field}");
    }
    assert_eq!(upload["because"], "not_sized");
    assert_eq!(scan["totals"]["bytes"], Value::Null);
    assert_eq!(scan["totals"]["unsized"], json!(5));
    let csv = run(&mut on(&store), &["scan", "--no-size", "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(csv.out.as_bytes());
    let row = rows.records().next().unwrap().unwrap();
    assert_eq!((&row[4], &row[5], &row[6]), ("", "", ""));
}

#[test]
fn a_sweep_tells_one_outcome_for_every_upload() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["--yes", "--format", "json"]);
    let sweep = document(&ran);
    assert_eq!(sweep["interrupted"], json!(false));
    assert_eq!(
        sweep["totals"],
        json!({"buckets": 2, "uploads": 5, "bytes_freed": 7_000_000, "unsized": 0, "aborted": 4,
               "already_gone": 0, "parts_remain": 0, "changed": 0, "kept": 1, "failed": 0,
               "repaired": 0, "at_risk": 0, "unverified": 0})
    );
    let mixed = sweep["buckets"][0]["uploads"].as_array().unwrap();
    let kept = mixed
        .iter()
        .find(|upload| upload["key"] == "young")
        .unwrap();
    assert_eq!(
        (&kept["outcome"], &kept["because"]),
        (&json!("kept"), &json!("active_recently"))
    );
    let stale = mixed
        .iter()
        .find(|upload| upload["key"] == "stale")
        .unwrap();
    assert_eq!(stale["bytes_freed"], json!(4_000_000));
}

#[test]
fn a_sweep_in_csv_has_a_row_for_every_upload() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["--yes", "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(ran.out.as_bytes());
    assert_eq!(&rows.headers().unwrap()[10], "outcome");
    let outcomes: Vec<String> = rows
        .records()
        .map(|row| row.unwrap()[10].to_owned())
        .collect();
    assert_eq!(outcomes.iter().filter(|o| *o == "aborted").count(), 4);
    assert_eq!(outcomes.iter().filter(|o| *o == "kept").count(), 1);
    let nothing = run(&mut on(&Store::new()), &["scan", "--format", "csv"]);
    assert_eq!(nothing.out.lines().count(), 1, "the header alone");
}

/// An empty document of a prefix that was misspelt looks like that of a clean bucket.
#[test]
fn a_scan_says_what_was_asked_for() {
    let store = Store::filled();
    let args = [
        "scan",
        "s3://old/typo/",
        "--older-than",
        "2d",
        "--min-size",
        "1kB",
        "--include",
        "*.mov",
        "--exclude",
        "x*",
    ];
    let asked = json!({"targets": ["s3://old/typo/"], "older_than_seconds": 172_800,
                       "min_size": 1_000, "include": ["*.mov"], "exclude": ["x*"],
                       "bucket": [], "exclude_bucket": []});
    let ran = run(on(&store).args(args), &["--json"]);
    let scan = document(&ran);
    assert_valid(&schema("scan"), &scan);
    assert_eq!(scan["selection"], asked);
    let ran = run(on(&store).args(args), &["-o", "ndjson"]);
    let summary: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_valid(&schema("ndjson"), &summary);
    assert_eq!(summary["selection"], asked);
    let ran = run(
        &mut on(&store),
        &["clean", "-n", "--json", "--bucket", "o*"],
    );
    let everywhere = &document(&ran)["selection"];
    assert_eq!(everywhere["targets"], json!([]));
    assert_eq!(everywhere["bucket"], json!(["o*"]));
    assert_eq!(everywhere["older_than_seconds"], json!(86_400));
}

#[test]
fn an_upload_that_was_idle_for_days_is_not_called_active_in_any_format() {
    let store = Store::filled();
    // `young` of `mixed` is live; the others were idle for 2 to 10 days.
    let args = ["scan", "--older-than", "300d", "--show-skipped"];
    let scan = document(&run(on(&store).args(args), &["--json"]));
    let skipped = json!({"active_recently": 1, "idle_too_short": 4});
    assert_eq!(scan["totals"]["skipped"], skipped);
    let uploads = scan["buckets"][0]["uploads"].as_array().unwrap();
    for upload in uploads {
        let because = match upload["key"].as_str() {
            Some("young") => "active_recently",
            _ => "idle_too_short",
        };
        assert_eq!(upload["because"], because, "{upload}");
    }
    let table = run(on(&store).args(args), &[]).out;
    let keys = ["young  active", "stale  recent", "b second  recent"];
    assert!(keys.iter().all(|key| table.contains(key)), "{table}");
    assert!(table.contains("1 active, 4 recent"), "{table}");
    assert!(
        table.contains("Nothing can be aborted: 1 active, 4 recent."),
        "{table}"
    );
}
