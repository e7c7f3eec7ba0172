//! `apply --dry-run`: what would happen now, and a plan that has nothing left to be done.

use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::program::{on, run};
use crate::saved::{apply, save};
use crate::store::Store;
use crate::terminal::Terminal;

#[test]
fn each_upload_is_checked_and_nothing_is_sent_that_changes_anything() {
    let (store, folder) = (Store::filled(), Folder::new());
    let id = store.upload("old", "resumed", &[1], 100);
    store.upload("old", "gone", &[1], 100);
    store.upload("old", "done", &[9_000], 100);
    let plan = save(&store, &folder, "plan.ndjson");
    store.sim.put_part("old", "resumed", &id, 2, 5).unwrap();
    let mut uploads = store.sim.uploads("old").into_iter();
    let gone = uploads.find(|upload| upload.key == "gone").unwrap();
    store.sim.abort("old", "gone", &gone.upload_id).unwrap();
    store.sim.put_object("old", "done", 9_000).unwrap();
    store.sim.clear_log();
    let ran = apply(&store, &folder, &[&plan, "--dry-run", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        "mixed: would abort 2 uploads, 4.0 MB\n",
        "old: would abort 2 uploads, 3.0 MB\n",
        "  changed since the plan: resumed\n",
        "  already gone: gone\n",
        "  would be skipped, an object at this key may be this upload, completed: done\n",
        "\nWould abort  4 uploads  7.0 MB  in 2 buckets\n",
        "\nSkipped      1 upload   9.0 kB  ",
        "\nChanged      1 upload   1 B     since the plan; would be skipped\n",
        "\nGone         1 upload   1 B     nothing is left to abort\n",
        "\nFailed       0\n",
    ] {
        assert!(ran.out.contains(told), "{told}: {ran:?}");
    }
    assert!(
        ran.err.contains("This was a dry run: nothing was changed."),
        "{ran:?}"
    );
    assert!(
        ran.err.contains(": 7 uploads to abort, 7.0 MB\n"),
        "{ran:?}"
    );
    assert_eq!(store.changes(), 0);
    assert!(
        store.sim.count(Operation::ListParts) >= 7,
        "each is checked"
    );
    let asks = [
        Operation::ListBuckets,
        Operation::ListParts,
        Operation::HeadObject,
        Operation::ListMultipartUploads,
        Operation::GetBucketVersioning,
        Operation::ListObjectVersions,
    ];
    for request in store.sim.log() {
        assert!(asks.contains(&request.operation), "{request:?}");
    }
    assert_eq!(folder.names(), ["plan.ndjson"], "and no journal is begun");
    // What it said is what is then done.
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert!(ran.out.contains("Aborted  4 uploads  7.0 MB"), "{ran:?}");
}

#[test]
fn what_another_run_aborted_would_be_gone() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let other = folder.file("other");
    let applied = apply(&store, &folder, &[&plan, "--yes", "--journal", &other]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let ran = apply(&store, &folder, &[&plan, "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("old: would abort nothing\n"), "{ran:?}");
    assert!(ran.out.contains("already gone: b second\n"), "{ran:?}");
    assert!(ran.out.contains("\nWould abort  0\n"), "{ran:?}");
    assert!(ran.out.contains("\nGone         4 uploads"), "{ran:?}");
}

#[test]
fn a_check_that_fails_makes_it_partial() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let denied = FaultKind::Refused(403, "AccessDenied");
    let faults = store.sim.faults();
    faults.push(Fault::new(Operation::ListParts, Nth::Every, denied));
    let ran = apply(&store, &folder, &[&plan, "--dry-run"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("could not be checked, "), "{ran:?}");
    assert!(ran.out.contains("\nFailed       4 uploads"), "{ran:?}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn a_finished_plan_says_so_before_it_asks_and_frees_nothing_twice() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    assert_eq!(apply(&store, &folder, &[&plan, "--yes"]).code, Some(0));
    let journals = folder.file("partsweep");
    for args in [&["--yes"][..], &["-n"], &["-n", "--yes"]] {
        let ran = apply(&store, &folder, &[&[&*plan][..], args].concat());
        assert_eq!(ran.code, Some(5), "{args:?} {ran:?}");
        let told = "error: this plan is finished: 4 uploads were aborted on ";
        assert!(ran.err.starts_with(told), "{args:?} {ran:?}");
        assert!(ran.err.contains(&journals), "{args:?} {ran:?}");
        assert!(ran.err.contains("\nhint: a new scan "), "{args:?} {ran:?}");
        assert!(!ran.err.contains("freed"), "{args:?} {ran:?}");
        assert_eq!(ran.out, "", "{args:?} {ran:?}");
    }
    // Repeated until it ends with 0, also if it was killed right behind its end.
    let ran = apply(
        &store,
        &folder,
        &[&plan, "--resume", "--yes", "--format", "json"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("this plan is finished: 4 uploads"),
        "{ran:?}"
    );
    assert!(!ran.err.contains("Before the interruption"), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["totals"]["aborted"], 4, "once: {report:#}");
    assert_eq!(store.changes(), 4);
    let ran = run(
        on(&store).env("XDG_STATE_HOME", folder.path()),
        &["clean", "--yes"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.err.contains("in doubt"), "{ran:?}");

    let journal = folder.file("journal");
    let plan = {
        store.upload("old", "later", &[1], 100);
        save(&store, &folder, "second.ndjson")
    };
    let args = [&*plan, "--yes", "--journal", &journal];
    assert_eq!(apply(&store, &folder, &args).code, Some(0));
    let line = format!("apply '{plan}' --journal '{journal}'");
    let (code, screen) = Terminal::on(&store, &line).end();
    assert_eq!(code, 5, "{screen}");
    assert!(
        screen.contains("this plan is finished: 1 upload was aborted on"),
        "{screen}"
    );
    assert!(!screen.contains("Abort this"), "{screen}");
}

#[test]
fn a_plan_of_which_something_failed_is_not_finished() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let denied = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Only(1), denied);
    store.sim.faults().push(fault);
    assert_eq!(apply(&store, &folder, &[&plan, "--yes"]).code, Some(3));
    let ran = apply(&store, &folder, &[&plan, "-n"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("was started before"), "{ran:?}");
    let ran = apply(&store, &folder, &["--resume", &plan, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(store.left("old").is_empty());
}
