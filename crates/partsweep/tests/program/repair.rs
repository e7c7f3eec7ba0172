//! The program is killed in the middle of saving an object that an abort put in danger, and goes on.

use std::process::{Child, Stdio};
use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation, Setup, StoredVersion, Versioning};
use serde_json::Value;

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::program::on;
use crate::saved::{apply, save};
use crate::store::Store;

/// Long enough for a complete to end between an abort and the look at the key that follows.
const MEANWHILE: Duration = Duration::from_millis(300);

/// The store does what it is asked, and its answer never comes whole.
const DONE_UNHEARD: FaultKind = FaultKind::Trickle {
    bytes: 1,
    every: Duration::from_secs(600),
};

/// An upload on Ceph whose client completes it just as it is aborted.
struct Crossed {
    store: Store,
    folder: Folder,
    plan: String,
    upload_id: String,
}

impl Crossed {
    fn new(versioning: Versioning) -> Self {
        let (store, folder) = (Store::with(Setup::new(Habits::ceph())), Folder::new());
        let upload_id = store.upload("b", "film", &[6_000_000, 1_000], 100);
        store.sim.set_versioning("b", versioning).unwrap();
        let plan = save(&store, &folder, "plan.ndjson");
        store.sim.clear_log();
        Self {
            store,
            folder,
            plan,
            upload_id,
        }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let args = ["--yes", "--settle", "0s", "--format", "json"];
        [&[&*self.plan], &args[..], more].concat()
    }

    /// Sweeps while the complete crosses the abort: begun before it, ended before the key is
    /// looked at. Gives back how many requests were asked for until then.
    fn sweep(&self, fault: Option<(u64, FaultKind)>) -> (Child, u64) {
        let sim = &self.store.sim;
        let slow = FaultKind::Slow(MEANWHILE);
        // The first is the look before the abort.
        let fault_of_look = Fault::new(Operation::ListParts, Nth::Only(2), slow);
        sim.faults().push(fault_of_look);
        let mut complete = sim.begin_complete("b", "film", &self.upload_id).unwrap();
        let child = on(&self.store)
            .env("XDG_STATE_HOME", self.folder.path())
            .arg("apply")
            .args(self.args(&[]))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("the abort", || sim.count(Operation::ListParts) >= 2);
        complete.link();
        drop(complete);
        if let Some((n, kind)) = fault {
            sim.faults().push(Fault {
                operation: None,
                nth: Nth::Only(n),
                bucket: None,
                kind,
            });
        }
        (child, sim.total())
    }

    /// Kills the sweep when its n-th request after the crossing has come.
    fn killed_at(&self, n: u64, kind: FaultKind) {
        let (mut child, before) = self.sweep(Some((n, kind)));
        wait_until("the request", || self.store.sim.total() >= before + n);
        child.kill().unwrap();
        child.wait().unwrap();
        self.store.sim.faults().clear();
    }

    /// The object is as its client left it, and nothing of ours is beside it.
    fn assert_whole(&self, at: &str) {
        let sim = &self.store.sim;
        sim.collect_garbage();
        sim.collect_garbage();
        let object = sim.object("b", "film").unwrap();
        assert!(object.data.is_readable(), "{at}: it lost its data");
        assert_eq!(object.parts, [6_000_000, 1_000], "{at}");
        for version in sim.versions("b") {
            let (StoredVersion::Object(object), "film") = (&version, key_of(&version)) else {
                panic!("{at}: {version:?} is left");
            };
            assert_eq!(object.size, 6_001_000, "{at}");
        }
        assert!(self.store.left("b").is_empty(), "{at}");
    }
}

fn key_of(version: &StoredVersion) -> &str {
    match version {
        StoredVersion::Object(object) => &object.key,
        StoredVersion::Marker { key, .. } => key,
    }
}

/// What is asked for from the look after the abort on.
fn requests(versioning: Versioning) -> Vec<Operation> {
    let crossed = Crossed::new(versioning);
    let (child, before) = crossed.sweep(None);
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(report["totals"]["repaired"], 1, "{report:#}");
    crossed.assert_whole("undisturbed");
    let log = crossed.store.sim.log().into_iter();
    let after = log.skip(before as usize);
    after.map(|request| request.operation).collect()
}

#[test]
fn without_the_repair_the_object_is_lost() {
    let crossed = Crossed::new(Versioning::Never);
    // Killed before it has seen the object, and not resumed.
    crossed.killed_at(1, FaultKind::NeverAnswers);
    crossed.store.sim.collect_garbage();
    let object = crossed.store.sim.object("b", "film").unwrap();
    assert!(!object.data.is_readable());
}

#[test]
fn a_repair_killed_at_any_request_is_finished_by_resume() {
    for versioning in [Versioning::Never, Versioning::Enabled] {
        let requests = requests(versioning);
        for asked in [Operation::CopyObject, Operation::DeleteObject] {
            assert!(requests.contains(&asked), "{requests:?}");
        }
        for (n, operation) in (1..).zip(&requests) {
            for kind in [FaultKind::NeverAnswers, DONE_UNHEARD] {
                let at = format!("{versioning:?}, {kind:?} at {n}, {operation:?}");
                let crossed = Crossed::new(versioning);
                crossed.killed_at(n, kind);
                let args = crossed.args(&["--resume"]);
                let ran = apply(&crossed.store, &crossed.folder, &args);
                assert_eq!(ran.code, Some(0), "{at}: {ran:?}");
                crossed.assert_whole(&at);
                let report: Value = serde_json::from_str(&ran.out).unwrap();
                let ends = ["repaired", "aborted", "already_gone"];
                let ends = ends.map(|end| report["totals"][end].as_u64().unwrap());
                assert_eq!(ends.iter().sum::<u64>(), 1, "{at}: {report:#}");
            }
        }
    }
}
