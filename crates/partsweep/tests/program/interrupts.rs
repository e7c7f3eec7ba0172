//! Signals: before, during and after a sweep.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::program::{Run, on, told};
use crate::store::Store;

/// Forty uploads, and aborts that take a second each, two at a time.
fn slow_sweep() -> (Store, Child) {
    let store = Store::new();
    for i in 0..40 {
        store.upload("slow", &format!("{i:02}"), &[1_000], 100);
    }
    let slow = FaultKind::Slow(Duration::from_secs(1));
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Every, slow);
    store.sim.faults().push(fault);
    let child = on(&store)
        .args(["--yes", "--concurrency", "2", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    (store, child)
}

pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn stopped_by(name: &str) -> (Store, Run) {
    let (store, child) = slow_sweep();
    wait_until("an abort in flight", || {
        store.sim.count(Operation::AbortMultipartUpload) >= 1
    });
    signal(&child, name);
    (store, told(child.wait_with_output().unwrap()))
}

#[test]
fn a_signal_finishes_what_is_in_flight_says_where_it_stands_and_exits_130() {
    for name in ["INT", "TERM", "HUP", "QUIT"] {
        let (store, ran) = stopped_by(name);
        assert_eq!(ran.code, Some(130), "{ran:?}");
        let sweep: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(sweep["interrupted"], true);
        let aborted = sweep["totals"]["aborted"].as_u64().unwrap();
        let begun = store.sim.count(Operation::AbortMultipartUpload);
        assert!((1..40).contains(&aborted), "{sweep}");
        assert_eq!(aborted, begun, "every abort that was sent is finished");
        assert_eq!(store.left("slow").len() as u64, 40 - aborted);
        let uploads = sweep["buckets"][0]["uploads"].as_array().unwrap();
        let not_reached = uploads.iter().filter(|u| u["because"] == "interrupted");
        assert_eq!(not_reached.count() as u64, 40 - aborted);
        let stands = format!("interrupted: {aborted} upload");
        assert!(ran.err.contains(&stands), "{ran:?}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (store, child) = slow_sweep();
    store.sim.faults().clear();
    let never = FaultKind::NeverAnswers;
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Every, never);
    store.sim.faults().push(fault);
    wait_until("an abort in flight", || {
        store.sim.count(Operation::AbortMultipartUpload) >= 1
    });
    signal(&child, "INT");
    // The first only stops; the second may come too early to be told from it.
    let mut child = child;
    wait_until("the end", || {
        std::thread::sleep(Duration::from_millis(50));
        if child.try_wait().unwrap().is_none() {
            signal(&child, "INT");
            return false;
        }
        true
    });
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_signal_during_a_scan_ends_it_with_130() {
    for (name, args) in [
        ("INT", &["scan"][..]),
        ("TERM", &["scan"]),
        ("INT", &["clean", "--yes"]),
        ("TERM", &["clean", "--yes"]),
        ("HUP", &["scan"]),
        ("QUIT", &["clean", "--yes"]),
    ] {
        let store = Store::filled();
        let never = FaultKind::NeverAnswers;
        let fault = Fault::new(Operation::ListMultipartUploads, Nth::Every, never);
        store.sim.faults().push(fault);
        let child = on(&store)
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("a listing in flight", || {
            store.sim.count(Operation::ListMultipartUploads) >= 1
        });
        signal(&child, name);
        let ran = told(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(130), "{name} {args:?}");
        assert_eq!(ran.err, "warning: interrupted: nothing was changed\n");
        assert_eq!(store.changes(), 0);
    }
}

#[test]
fn a_signal_during_a_scan_that_is_saved_leaves_no_part_of_the_file() {
    for name in ["INT", "TERM"] {
        let (store, folder) = (Store::filled(), Folder::new());
        let never = FaultKind::NeverAnswers;
        let fault = Fault::new(Operation::ListMultipartUploads, Nth::Every, never);
        store.sim.faults().push(fault);
        let plan = folder.file("plan.ndjson");
        std::fs::write(&plan, "old").unwrap();
        let child = on(&store)
            .args(["scan", "--save", &plan])
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("a part of the file", || folder.names().len() == 2);
        wait_until("a listing in flight", || {
            store.sim.count(Operation::ListMultipartUploads) >= 1
        });
        signal(&child, name);
        let ran = told(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(130), "{ran:?}");
        assert_eq!(folder.names(), ["plan.ndjson"]);
        assert_eq!(std::fs::read_to_string(&plan).unwrap(), "old");
        let line = format!("interrupted: nothing was saved to {plan}");
        assert!(ran.err.contains(&line), "{ran:?}");
    }
}

#[test]
fn a_signal_between_the_sweep_and_its_end_leaves_a_whole_document() {
    let store = Store::new();
    store.upload("b", "old", &[1_000], 100);
    // A document that no pipe holds, so that the program waits for its reader in the middle.
    for i in 0..600 {
        store.upload("b", &format!("{i:0>900}"), &[], 0);
    }
    let mut child = on(&store)
        .args(["--yes", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut document = vec![0; 10];
    out.read_exact(&mut document).unwrap();
    signal(&child, "TERM");
    out.read_to_end(&mut document).unwrap();
    let ran = told(child.wait_with_output().unwrap());
    let sweep: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(sweep["totals"]["aborted"], 1);
    assert_eq!(sweep["totals"]["kept"], 600);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(
        ran.err
            .contains("interrupted: freed 1.0 kB: 1 upload aborted"),
        "{ran:?}"
    );
}

#[test]
fn a_connection_that_drops_is_one_signal_however_often_it_is_told() {
    let (store, child) = slow_sweep();
    wait_until("an abort in flight", || {
        store.sim.count(Operation::AbortMultipartUpload) >= 1
    });
    for _ in 0..3 {
        signal(&child, "HUP");
        std::thread::sleep(Duration::from_millis(50));
    }
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let sweep: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let begun = store.sim.count(Operation::AbortMultipartUpload);
    assert_eq!(sweep["totals"]["aborted"].as_u64().unwrap(), begun);
}

#[test]
fn under_nohup_a_dropped_connection_changes_nothing() {
    let store = Store::filled();
    let slow = FaultKind::Slow(Duration::from_millis(300));
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Every, slow);
    store.sim.faults().push(fault);
    let mut ignoring = Command::new("/bin/sh");
    let given = on(&store);
    ignoring.env_clear();
    ignoring.envs(
        given
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let line = format!(
        "trap '' HUP; exec '{}' --yes",
        env!("CARGO_BIN_EXE_partsweep")
    );
    let child = ignoring
        .args(["-c", &line])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("an abort in flight", || {
        store.sim.count(Operation::AbortMultipartUpload) >= 1
    });
    signal(&child, "HUP");
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(store.left("old").is_empty());
}

#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
    let store = Store::new();
    for i in 0..60 {
        store.upload("b", &format!("{i:0>200}"), &[1_000], 100);
    }
    let mut limited = Command::new("/bin/sh");
    let given = on(&store);
    limited.env_clear();
    limited.envs(
        given
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let line = format!(
        "ulimit -f 16; exec '{}' --yes --concurrency 2 --format json",
        env!("CARGO_BIN_EXE_partsweep")
    );
    let ran = told(limited.args(["-c", &line]).output().unwrap());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let sweep: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let aborted = sweep["totals"]["aborted"].as_u64().unwrap();
    assert!((1..60).contains(&aborted), "{sweep}");
    assert_eq!(store.left("b").len() as u64, 60 - aborted);
    assert!(ran.err.contains("stopped, because"), "{ran:?}");
    assert!(ran.err.contains("File too large"), "{ran:?}");
}
