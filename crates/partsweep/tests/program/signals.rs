//! Signals and readers that go away while a plan is swept, and how it goes on.

use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Nth, Operation};
use serde_json::Value;

use crate::folder::Folder;
use crate::interrupts::{signal, wait_until};
use crate::journal::{aborted, only_journal};
use crate::program::{Run, on, told};
use crate::saved::{apply, save};
use crate::store::Store;

const UPLOADS: usize = 8;

/// Eight uploads of 1 kB, and aborts that take a while, one at a time.
struct Slow {
    store: Store,
    folder: Folder,
    plan: String,
}

impl Slow {
    fn new() -> Self {
        let (store, folder) = (Store::new(), Folder::new());
        for i in 0..UPLOADS {
            store.upload("slow", &format!("{i}"), &[1_000], 100);
        }
        let plan = save(&store, &folder, "plan.ndjson");
        store.sim.clear_log();
        let slow = FaultKind::Slow(Duration::from_millis(300));
        let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Every, slow);
        store.sim.faults().push(fault);
        Self {
            store,
            folder,
            plan,
        }
    }

    /// Starts a sweep, and waits until its second abort is in flight.
    fn started(&self, args: &[&str]) -> Child {
        let child = on(&self.store)
            .env("XDG_STATE_HOME", self.folder.path())
            .args(args)
            .args(["--yes", "--concurrency", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("the second abort", || {
            self.store.sim.count(Operation::AbortMultipartUpload) >= 2
        });
        child
    }

    fn resumed(&self) -> Run {
        self.store.sim.faults().clear();
        let args = ["--resume", &self.plan, "--yes", "--format", "json"];
        apply(&self.store, &self.folder, &args)
    }

    /// What is left of it, is finished; the report counts all of it once.
    fn assert_resumable(&self, before: usize) {
        let ran = self.resumed();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["totals"]["aborted"], UPLOADS, "{report:#}");
        assert_eq!(report["totals"]["uploads"], UPLOADS, "{report:#}");
        assert_eq!(report["totals"]["bytes_freed"], UPLOADS * 1_000);
        assert_eq!(report["earlier"]["aborted"], before, "{report:#}");
        assert!(
            ran.err.contains("Before the interruption: freed"),
            "{ran:?}"
        );
        assert!(self.store.left("slow").is_empty());
        assert_eq!(aborted(&self.store.sim).len(), UPLOADS, "each once");
    }
}

#[test]
fn a_signal_during_apply_finishes_what_is_in_flight_and_resume_the_rest() {
    for name in ["INT", "TERM"] {
        let slow = Slow::new();
        let child = slow.started(&["apply", &slow.plan, "--format", "json"]);
        signal(&child, name);
        let ran = told(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(130), "{ran:?}");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["interrupted"], true);
        let done = aborted(&slow.store.sim).len();
        assert!((2..UPLOADS).contains(&done), "{ran:?}");
        assert_eq!(report["totals"]["aborted"], done);
        let left = UPLOADS - done;
        let stands =
            format!("interrupted: {done} uploads aborted, {left} of those chosen not reached");
        assert!(ran.err.contains(&stands), "{ran:?}");
        let hint = format!("`partsweep apply --resume {}`", slow.plan);
        assert!(ran.err.contains(&hint), "{ran:?}");
        slow.assert_resumable(done);
    }
}

#[test]
fn a_reader_that_goes_away_stops_apply_and_resume_finishes_it() {
    for format in ["ndjson", "csv"] {
        let slow = Slow::new();
        let mut child = slow.started(&["apply", &slow.plan, "--format", format]);
        drop(child.stdout.take());
        let ran = told(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let stopped = "warning: stopped, because standard output was closed: freed";
        assert!(ran.err.contains(stopped), "{ran:?}");
        let done = aborted(&slow.store.sim).len();
        assert!((2..UPLOADS).contains(&done), "{ran:?}");
        slow.assert_resumable(done);
    }
}

#[test]
fn a_reader_that_goes_away_before_the_end_is_told_that_all_was_done() {
    let slow = Slow::new();
    let mut child = slow.started(&["apply", &slow.plan]);
    drop(child.stdout.take());
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("all was done, but standard output"),
        "{ran:?}"
    );
    assert!(slow.store.left("slow").is_empty());
}

#[test]
fn a_clean_that_was_killed_is_settled_by_its_journal_alone() {
    let slow = Slow::new();
    let mut child = slow.started(&["clean", "--older-than", "2h"]);
    child.kill().unwrap();
    child.wait().unwrap();
    // What was in flight when it was killed was done or not.
    wait_until("the store is at rest", || {
        std::thread::sleep(Duration::from_millis(400));
        aborted(&slow.store.sim).len() == UPLOADS - slow.store.left("slow").len()
    });
    slow.store.sim.faults().clear();
    let left = slow.store.left("slow");
    let aborts = slow.store.sim.count(Operation::AbortMultipartUpload);
    let journal = only_journal(&slow.folder);
    let journal = journal.to_str().unwrap();
    let args = ["--resume", "--journal", journal, "--format", "json"];
    // Again: it is counted once.
    for _ in 0..2 {
        let settled = apply(&slow.store, &slow.folder, &args);
        assert_eq!(settled.code, Some(0), "{settled:?}");
        let report: Value = serde_json::from_str(&settled.out).unwrap();
        let [ours, gone] =
            ["aborted", "already_gone"].map(|name| report["totals"][name].as_u64().unwrap());
        assert_eq!(ours + gone, (UPLOADS - left.len()) as u64, "{report:#}");
        assert!(gone <= 1, "only what was in flight: {report:#}");
    }
    assert_eq!(slow.store.left("slow"), left, "nothing is aborted");
    let now = slow.store.sim.count(Operation::AbortMultipartUpload);
    assert_eq!(now, aborts);
}

#[test]
fn a_journal_is_used_by_one_process_at_a_time() {
    let slow = Slow::new();
    let child = slow.started(&["apply", &slow.plan]);
    let args = ["--resume", &slow.plan, "--yes"];
    let second = apply(&slow.store, &slow.folder, &args);
    assert_eq!(second.code, Some(5), "{second:?}");
    let held = "another partsweep is using this journal";
    assert!(second.err.contains(held), "{second:?}");
    let first = told(child.wait_with_output().unwrap());
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(aborted(&slow.store.sim).len(), UPLOADS);
}

#[test]
fn a_second_signal_ends_apply_at_once_and_resume_finishes_it() {
    let slow = Slow::new();
    let mut child = slow.started(&["apply", &slow.plan]);
    wait_until("the end", || {
        signal(&child, "INT");
        std::thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap().is_some()
    });
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    let ran = slow.resumed();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(slow.store.left("slow").is_empty());
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["totals"]["uploads"], UPLOADS, "{report:#}");
    let gone = report["totals"]["already_gone"].as_u64().unwrap();
    assert!(gone <= 1, "only what was in flight: {report:#}");
}
