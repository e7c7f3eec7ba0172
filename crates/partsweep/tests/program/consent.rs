//! What is swept, and what is not, without a terminal.

use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup};

use crate::interrupts::wait_until;
use crate::program::{on, run, run_with_input, told};
use crate::store::Store;

const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

#[test]
fn a_scan_changes_nothing_in_any_format() {
    let store = Store::filled();
    for format in FORMATS {
        let ran = run(&mut on(&store), &["scan", "--format", format]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let ran = run(&mut on(&store), &["scan", "--no-size", "--format", format]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert!(store.sim.count(Operation::ListParts) >= 20);
    assert_eq!(store.changes(), 0);
}

#[test]
fn a_dry_run_shows_what_would_be_aborted_and_changes_nothing() {
    let store = Store::filled();
    for format in FORMATS {
        let ran = run(&mut on(&store), &["--dry-run", "--format", format]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("b second"), "{ran:?}");
        let said = "4 uploads (7.0 MB) would be aborted. This was a dry run: nothing was changed.";
        assert!(ran.err.contains(said), "{ran:?}");
    }
    let ran = run(
        &mut on(&store),
        &["clean", "--dry-run", "--max-uploads", "3"],
    );
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn yes_sweeps_what_is_old_and_keeps_what_is_young() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("Aborted  4 uploads  7.0 MB        in 2 buckets"),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("Skipped  1 upload   not measured  active in the last 24 h"),
        "{ran:?}"
    );
    // Four to be swept, twice more each for the sweep; not the one that is too young.
    assert_eq!(store.sim.count(Operation::ListParts), 3 * 4);
    assert_eq!(store.left("mixed"), ["young"]);
    let again = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("\nAborted  0\n"), "{again:?}");
    let all = run(&mut on(&store), &["clean", "--yes", "--older-than", "0s"]);
    assert_eq!(all.code, Some(0), "{all:?}");
    assert!(store.left("mixed").is_empty());
}

#[test]
fn an_upload_that_got_a_part_lately_is_kept_however_old_it_is() {
    let store = Store::filled();
    let id = store.upload("old", "resumed", &[1], 2_000);
    store.sim.put_part("old", "resumed", &id, 2, 5).unwrap();
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("old"), ["resumed"]);
}

#[test]
fn a_limit_refuses_before_the_first_abort_and_says_the_numbers() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["clean", "--yes", "--max-uploads", "3"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(
        ran.err
            .contains("4 uploads selected, over the --max-uploads limit of 3")
    );
    let ran = run(
        &mut on(&store),
        &["--yes", "--max-bytes", "6.9MB", "--format", "json"],
    );
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains(
        "7.0 MB (7000000 bytes) selected, over the --max-bytes limit of 6.9 MB (6900000"
    ));
    let ran = run(&mut on(&store), &["--yes", "--max-bytes", "6.9MB"]);
    let line = "7.0 MB selected, over the --max-bytes limit of 6.9 MB: nothing was aborted\n";
    assert!(ran.err.contains(line), "{ran:?}");
    assert_eq!(ran.out, "");
    let selected = [
        "clean",
        "--yes",
        "--older-than",
        "25h",
        "old",
        "--max-bytes",
        "1MB",
    ];
    let ran = run(&mut on(&store), &selected);
    let hint = "hint: `partsweep scan --older-than 25h s3://old` shows them\n";
    assert!(ran.err.ends_with(hint), "{ran:?}");
    assert_eq!(store.changes(), 0);
    let limits = ["--yes", "--max-bytes", "7MB", "--max-uploads", "4"];
    assert_eq!(run(&mut on(&store), &limits).code, Some(0));
    assert_eq!(store.sim.count(Operation::AbortMultipartUpload), 4);
}

#[test]
fn store_and_key_are_named_above_the_table_before_an_abort_even_if_it_is_quiet() {
    let store = Store::filled();
    for args in [&["--yes", "--quiet"][..], &["--yes"]] {
        let ran = run(&mut on(&store), args);
        let first = ran.out.lines().next().unwrap_or_default();
        let is_named = first.contains(&store.sim.endpoint()) && first.contains("access key …");
        assert!(is_named, "{ran:?}");
        assert!(!ran.err.contains("access key …"), "{ran:?}");
    }
    let ran = run(&mut on(&store), &["--yes", "--format", "csv"]);
    assert!(!ran.out.contains("access key …"), "{ran:?}");
    assert!(ran.err.contains("access key …"), "{ran:?}");
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_even_asked_of_the_store() {
    let store = Store::filled();
    for args in [&["clean"][..], &[], &["--older-than", "0s", "s3://old"]] {
        let ran = run_with_input(&mut on(&store), args, "y\ny\n");
        assert_eq!(ran.code, Some(5), "{ran:?}");
        assert!(
            ran.err.contains("--yes") && ran.err.contains("scan"),
            "{ran:?}"
        );
    }
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn targets_and_patterns_choose_what_is_swept() {
    let store = Store::filled();
    let args = ["s3://old/a/", "s3://mixed", "--exclude", "empt*", "--yes"];
    assert_eq!(run(&mut on(&store), &args).code, Some(0));
    assert_eq!(store.left("old"), ["b second"]);
    assert_eq!(store.left("mixed"), ["empty", "young"]);
    assert_eq!(store.sim.count(Operation::ListBuckets), 0);
    let args = ["--yes", "--exclude-bucket", "o*", "--min-size", "1"];
    assert_eq!(run(&mut on(&store), &args).code, Some(0));
    assert_eq!(store.left("old"), ["b second"]);
    assert_eq!(store.left("mixed"), ["empty", "young"]);
}

#[test]
fn an_upload_that_may_be_the_finished_object_is_kept_and_told() {
    let store = Store::filled();
    store.upload("old", "done", &[9_000], 100);
    store.sim.clock().advance(SignedDuration::from_secs(1));
    store.sim.put_object("old", "done", 9_000).unwrap();
    let ran = run(&mut on(&store), &["clean", "--yes", "s3://old"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("skipped, an object at this key may be this upload, completed: done")
    );
    assert_eq!(store.left("old"), ["done"]);
    assert!(store.sim.object("old", "done").is_some());
}

#[test]
fn an_upload_that_changed_is_kept_and_told_and_is_no_failure() {
    let store = Store::filled();
    let id = store.upload("old", "resumed", &[1], 100);
    // The scan ends when its last bucket does; the sweep does not begin before.
    store.sim.create_bucket("z-slow");
    let slow = FaultKind::Slow(Duration::from_secs(2));
    let listing = Fault::new(Operation::ListMultipartUploads, Nth::Every, slow).in_bucket("z-slow");
    store.sim.faults().push(listing);
    let child = on(&store)
        .args(["clean", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("everything is sized", || {
        store.sim.count(Operation::ListParts) >= 5
    });
    // A request is counted when it comes: this is the time for its answer.
    std::thread::sleep(Duration::from_millis(500));
    store.sim.put_part("old", "resumed", &id, 2, 5).unwrap();
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("changed since the scan: resumed"),
        "{ran:?}"
    );
    assert_eq!(store.left("old"), ["resumed"]);
}

#[test]
fn an_upload_that_is_kept_for_what_could_not_be_learned_exits_3() {
    let store = Store::with(Setup::new(Habits::ceph()));
    store.upload("old", "a", &[5_000], 100);
    let denied = FaultKind::Refused(403, "AccessDenied");
    let head = Fault::new(Operation::HeadObject, Nth::Every, denied);
    store.sim.faults().push(head);
    let ran = run(&mut on(&store), &["clean", "--yes", "s3://old"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let why = "skipped, could not see whether it was completed: a";
    assert!(ran.out.contains(why), "{ran:?}");
    assert_eq!(store.left("old"), ["a"]);
}

#[test]
fn a_right_that_saving_takes_is_missed_and_told_before_the_first_abort() {
    let rights = [
        (
            &[Operation::CopyObject, Operation::CreateMultipartUpload][..],
            "start a multipart upload",
        ),
        (&[Operation::DeleteObject], "delete a spare copy"),
        (&[], ""),
    ];
    for (denied, words) in rights {
        let store = Store::with(Setup::new(Habits::ceph()));
        store.upload("b", "old", &[1_000], 100);
        for operation in denied {
            store.sim.deny(ACCESS_KEY, Some("b"), *operation);
        }
        let ran = run(&mut on(&store), &["clean", "--yes", "--settle", "0s"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let told = ran.err.contains("an object in bucket `b`") && ran.err.contains("s3:PutObject");
        assert_eq!(told, !denied.is_empty(), "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
        assert!(store.left("b").is_empty(), "and the sweep goes on");
        assert!(store.sim.objects("b").is_empty());
    }
}
