//! Exit codes and usage.

use std::io::Read;
use std::process::Stdio;

use partsweep_sim::{ACCESS_KEY, Habits, Operation, Setup};

use crate::program::{on, partsweep, run};
use crate::store::Store;

#[test]
fn a_command_line_that_makes_no_sense_exits_2() {
    let store = Store::filled();
    let cases: [(&[&str], &str); 12] = [
        (&["--older-than", "1M"], "is not a duration"),
        (&["--min-size", "many"], "is not a size"),
        (&["scan", "old"], "s3://old"),
        (&["scna"], "s3://scna"),
        (&["--older-than", "1d", "s3://"], "s3://BUCKET"),
        (&["--yes", "scan"], "--yes stands before the command"),
        (&["scan", "--yes"], "--yes"),
        (&["clean", "--no-size"], "--no-size"),
        (&["clean", "--yes", "--dry-run"], "--dry-run"),
        (&["--concurrency", "0"], "1..=1024"),
        (&["scan", "s3://old", "--bucket", "x"], "leave them out"),
        (&["scan", "--include", "[a"], "is not a pattern"),
    ];
    for (args, words) in cases {
        let ran = run(&mut on(&store), args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains(words), "{args:?} {ran:?}");
        assert_eq!(ran.out, "");
    }
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn help_and_version_exit_0() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["scan", "--help"],
    ] {
        let ran = run(&mut partsweep(), args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        assert!(ran.out.contains("partsweep"), "{args:?}");
    }
}

#[test]
fn options_may_stand_before_the_command() {
    let store = Store::filled();
    let endpoint = store.sim.endpoint();
    let args = [
        "--endpoint-url",
        &endpoint,
        "--older-than",
        "60h",
        "scan",
        "--format",
        "csv",
    ];
    let ran = run(on(&store).env_remove("AWS_ENDPOINT_URL_S3"), &args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out.matches(",sweep,").count(), 3, "{ran:?}");
}

#[test]
fn check_exits_4_while_there_is_something_to_sweep() {
    let store = Store::filled();
    for args in [&["scan", "--check"][..], &["scan", "--check", "--no-size"]] {
        assert_eq!(run(&mut on(&store), args).code, Some(4), "{args:?}");
    }
    run(&mut on(&store), &["--yes"]);
    // What is left is live.
    for args in [&["scan", "--check"][..], &["scan", "--check", "--no-size"]] {
        assert_eq!(run(&mut on(&store), args).code, Some(0), "{args:?}");
    }
}

#[test]
fn a_denied_bucket_is_told_and_the_others_are_done() {
    let store = Store::filled();
    store
        .sim
        .deny(ACCESS_KEY, Some("mixed"), Operation::ListMultipartUploads);
    let ran = run(&mut on(&store), &["scan", "--check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    for words in [
        "denied:",
        "AccessDenied",
        "s3:ListBucketMultipartUploads",
        "b second",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let ran = run(&mut on(&store), &["--yes", "--format", "json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err
            .contains("warning: could not list uploads in bucket `mixed`")
    );
    assert!(store.left("old").is_empty());
    assert_eq!(store.left("mixed").len(), 3);
}

#[test]
fn buckets_that_cannot_be_listed_at_all_exit_1_with_the_way_round() {
    let store = Store::filled();
    store.sim.deny(ACCESS_KEY, None, Operation::ListBuckets);
    let ran = run(&mut on(&store), &["scan", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "");
    for words in [
        "could not list buckets",
        "s3:ListAllMyBuckets",
        "s3://BUCKET",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(run(&mut on(&store), &["scan", "s3://old"]).code, Some(0));
}

#[test]
fn a_listing_that_proves_nothing_exits_3_unless_accepted() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[5], 100);
    store.sim.create_bucket("nothing");
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("unproven:"), "{ran:?}");
    assert!(ran.out.contains("which proves nothing"), "{ran:?}");
    assert!(!ran.out.contains("No unfinished uploads"), "{ran:?}");
    let ran = run(&mut on(&store), &["scan", "--accept", "unproven"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_ends_a_scan_quietly() {
    let store = Store::new();
    for i in 0..2_000 {
        store.upload("many", &format!("{i:0>100}"), &[], 100);
    }
    for format in ["table", "json", "ndjson", "csv"] {
        let mut child = on(&store)
            .args(["scan", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}

#[test]
fn quiet_and_verbose_hold() {
    let store = Store::filled();
    let quiet = run(&mut on(&store), &["--dry-run", "-q"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
    let verbose = run(&mut on(&store), &["scan", "-v"]);
    assert!(verbose.err.contains("Amazon S3, "), "{verbose:?}");
    assert!(verbose.err.contains(" requests in "), "{verbose:?}");
}

#[test]
fn colours_are_used_only_when_asked_for() {
    let store = Store::filled();
    let plain = run(&mut on(&store), &["scan"]);
    assert!(!plain.out.contains('\x1b'), "{plain:?}");
    let always = run(&mut on(&store), &["scan", "--color", "always"]);
    assert!(always.out.contains("\x1b[1m"), "{always:?}");
    let json = run(
        &mut on(&store),
        &["scan", "--color", "always", "--format", "json"],
    );
    assert!(!json.out.contains('\x1b'), "{json:?}");
}
