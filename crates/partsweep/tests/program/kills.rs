//! Faults at every point: the program is killed, or the store fails, at each request of a sweep;
//! then it goes on, and all is as if nothing had happened.

use std::collections::BTreeSet;
use std::process::Stdio;

use partsweep_sim::{Fault, FaultKind, Nth, Operation};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::journal::{aborted, ids, lines, only_journal};
use crate::program::{Run, on};
use crate::saved::{apply, save};
use crate::store::Store;

/// A plan of four uploads, of which one changes and one goes after the scan.
struct Script {
    store: Store,
    folder: Folder,
    plan: String,
}

impl Script {
    fn new() -> Self {
        let (store, folder) = (Store::new(), Folder::new());
        store.upload("b", "one", &[1_000], 100);
        store.upload("b", "two", &[2_000, 500], 100);
        let changing = store.upload("b", "changes", &[10], 100);
        let going = store.upload("b", "goes", &[20], 100);
        store.upload("b", "young", &[30], 0);
        let plan = save(&store, &folder, "plan.ndjson");
        store.sim.put_part("b", "changes", &changing, 2, 5).unwrap();
        store.sim.abort("b", "goes", &going).unwrap();
        store.sim.clear_log();
        let script = Self {
            store,
            folder,
            plan,
        };
        assert_eq!(script.store.sim.total(), 0);
        script
    }

    /// Something goes wrong with the n-th request from now on, whatever it asks for.
    fn fails_at(&self, n: u64, kind: FaultKind) {
        let fault = Fault {
            operation: None,
            nth: Nth::Only(n),
            bucket: None,
            kind,
        };
        self.store.sim.faults().push(fault);
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let args = ["--yes", "--concurrency", "1", "--format", "json"];
        [&[&*self.plan], &args[..], more].concat()
    }

    /// Starts the sweep and kills it when its n-th request has come.
    fn killed_at(&self, n: u64, more: &[&str]) {
        self.fails_at(n, FaultKind::NeverAnswers);
        let already = self.store.sim.total();
        let mut child = on(&self.store)
            .env("XDG_STATE_HOME", self.folder.path())
            .arg("apply")
            .args(self.args(more))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("the request", || self.store.sim.total() >= already + n);
        child.kill().unwrap();
        child.wait().unwrap();
        self.store.sim.faults().clear();
    }

    /// Sweeps, or goes on, and returns the report.
    fn applied(&self, more: &[&str]) -> (Option<i32>, Value) {
        let ran = apply(&self.store, &self.folder, &self.args(more));
        (ran.code, report(&ran))
    }

    /// Goes on, if anything was begun; before its journal nothing is.
    fn resumed(&self) -> (Option<i32>, Value) {
        match self.is_begun() {
            true => self.applied(&["--resume"]),
            false => self.applied(&[]),
        }
    }

    fn is_begun(&self) -> bool {
        self.folder.path().join("partsweep").exists()
    }

    /// All is as after a sweep that nothing happened to. Of what was in flight at an interruption,
    /// at most `in_doubt` uploads, it is not known whose abort it was: they are already gone.
    fn assert_done(&self, at: &str, report: &Value, in_doubt: usize) {
        assert_eq!(self.store.left("b"), ["changes", "young"], "{at}");
        let lines = lines(&only_journal(&self.folder));
        // Every effect is in the journal, and every end once; what failed was tried again.
        let begun: BTreeSet<_> = ids(&lines, "act", "abort").into_iter().collect();
        let effects: BTreeSet<_> = aborted(&self.store.sim).into_iter().collect();
        assert!(effects.is_subset(&begun), "{at}");
        let ends: Vec<_> = lines
            .iter()
            .filter(|line| line["outcome"] != "failed")
            .cloned()
            .collect();
        let outcomes = ids(&ends, "event", "outcome");
        let distinct: BTreeSet<_> = outcomes.iter().collect();
        assert_eq!((outcomes.len(), distinct.len()), (4, 4), "{at}");
        let ours: BTreeSet<_> = ids(&lines, "outcome", "aborted").into_iter().collect();
        assert!(ours.is_subset(&effects), "{at}");
        let unproven = effects.len() - ours.len();
        assert!(unproven <= in_doubt, "{at}: {report:#}");

        let ours = lines.iter().filter(|line| line["outcome"] == "aborted");
        let freed: u64 = ours.filter_map(|line| line["bytes_freed"].as_u64()).sum();
        let mut expected = undisturbed();
        expected["aborted"] = (2 - unproven).into();
        expected["already_gone"] = (1 + unproven).into();
        expected["bytes_freed"] = freed.into();
        assert_eq!(report["totals"], expected, "{at}: {report:#}");
        assert!(
            unproven > 0 || expected == undisturbed(),
            "{at}: {report:#}"
        );
        let end = lines.last().unwrap();
        assert_eq!(end["type"], "end", "{at}");
        for (name, sum) in end["totals"].as_object().unwrap() {
            assert_eq!(*sum, expected[name], "{at}: {name}");
        }
    }
}

fn report(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// The sums of a sweep that nothing happens to.
fn undisturbed() -> Value {
    json!({
        "buckets": 1, "uploads": 4, "bytes_freed": 3_500, "unsized": 0, "aborted": 2,
        "already_gone": 1, "parts_remain": 0, "changed": 1, "kept": 0, "failed": 0, "repaired": 0,
        "at_risk": 0, "unverified": 0,
    })
}

/// What the sweep asks for, one after the other.
fn requests() -> Vec<Operation> {
    let script = Script::new();
    let (code, report) = script.applied(&[]);
    assert_eq!(code, Some(0));
    script.assert_done("undisturbed", &report, 0);
    assert!(report.get("earlier").is_none());
    let log = script.store.sim.log().into_iter();
    log.map(|request| request.operation).collect()
}

#[test]
fn a_sweep_killed_at_any_request_is_finished_by_resume_and_counts_nothing_twice() {
    let requests = requests();
    assert!(requests.len() >= 11, "{requests:?}");
    for n in 1..=requests.len() as u64 {
        let script = Script::new();
        script.killed_at(n, &[]);
        let (code, report) = script.resumed();
        assert_eq!(code, Some(0), "{n}: {report:#}");
        script.assert_done(&format!("killed at {n}"), &report, 1);
    }
}

#[test]
fn a_resumed_sweep_that_is_killed_too_is_finished_by_the_next() {
    for n in 1..=requests().len() as u64 {
        let script = Script::new();
        script.killed_at(n, &[]);
        // Lists the buckets, looks at one upload.
        let resume: &[&str] = if script.is_begun() {
            &["--resume"]
        } else {
            &[]
        };
        script.killed_at(3.min(requests_left(n)), resume);
        let (code, report) = script.resumed();
        assert_eq!(code, Some(0), "{n}: {report:#}");
        script.assert_done(&format!("killed at {n} and again"), &report, 2);
    }
}

/// A lower bound: near the end, little is left to be killed at.
fn requests_left(killed_at: u64) -> u64 {
    match killed_at {
        0..=8 => 3,
        _ => 1,
    }
}

#[test]
fn a_store_that_fails_once_at_any_request_changes_nothing_in_the_end() {
    let requests = requests();
    for kind in [
        FaultKind::Reset,
        FaultKind::AnswerLost,
        FaultKind::InternalError,
        FaultKind::SlowDown,
        FaultKind::ErrorInOk("InternalError"),
        FaultKind::HtmlOk,
        FaultKind::EmptyOk,
        FaultKind::CutDocument,
        FaultKind::CutConnection,
    ] {
        for (n, operation) in (1..).zip(&requests) {
            let script = Script::new();
            script.fails_at(n, kind);
            let at = format!("{kind:?} at {n}");
            let ran = apply(&script.store, &script.folder, &script.args(&[]));
            if ran.code == Some(1) && *operation == Operation::ListBuckets {
                // Which store it is, and whose, is not known then: nothing is begun.
                assert_eq!(script.store.changes(), 0, "{at}: {ran:?}");
                script.store.sim.faults().clear();
                script.assert_done(&at, &script.applied(&[]).1, 0);
                continue;
            }
            let mut report = report(&ran);
            let resumed = ran.code != Some(0);
            if resumed {
                script.store.sim.faults().clear();
                report = script.resumed().1;
            }
            let kept = report["totals"]["kept"] == 1;
            if kept && *operation == Operation::HeadObject && says_ok(kind) {
                // For all that a HEAD can tell, this is a finished object: nothing is aborted.
                assert_eq!(aborted(&script.store.sim).len(), 1);
                continue;
            }
            script.assert_done(&at, &report, resumed.into());
        }
    }
}

/// Whether it is a 200 without a length.
fn says_ok(kind: FaultKind) -> bool {
    use FaultKind as Kind;
    matches!(kind, Kind::ErrorInOk(_) | Kind::HtmlOk | Kind::EmptyOk)
}

#[test]
fn what_failed_is_tried_again_by_resume() {
    let script = Script::new();
    let outage = Fault {
        operation: Some(Operation::AbortMultipartUpload),
        nth: Nth::Every,
        bucket: None,
        kind: FaultKind::Refused(403, "AccessDenied"),
    };
    script.store.sim.faults().push(outage);
    let (code, report) = script.applied(&[]);
    assert_eq!(code, Some(3), "{report:#}");
    assert_eq!(report["totals"]["failed"], 2);
    script.store.sim.faults().clear();
    let (code, report) = script.applied(&["--resume"]);
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(report["totals"], undisturbed());
    assert_eq!(report["earlier"]["uploads"], 2);
    assert_eq!(script.store.left("b"), ["changes", "young"]);
}
