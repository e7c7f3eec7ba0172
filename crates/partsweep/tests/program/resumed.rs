//! Going on with a sweep: what was begun is found, and nothing is believed that is not proven.

use std::process::Stdio;
use std::time::Duration;

use partsweep_sim::{Data, Fault, FaultKind, Habits, Nth, Operation, Setup};
use serde_json::Value;

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::journal::only_journal;
use crate::program::{Run, on, run};
use crate::saved::{apply, save};
use crate::store::Store;

/// A store where an abort can hurt, with two uploads of 1 kB in bucket `b`.
fn ceph() -> Store {
    let store = Store::with(Setup::new(Habits::ceph()));
    for key in ["one", "two"] {
        store.upload("b", key, &[1_000], 100);
    }
    store
}

fn deny(store: &Store, operation: Operation) {
    let kind = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(operation, Nth::Every, kind);
    store.sim.faults().push(fault);
}

fn report(ran: &Run) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// The first abort that is no trial: whether an object could be saved is tried with two of nobody's
/// uploads.
const FIRST_ABORT: u64 = 3;

const AT_ONCE: [&str; 3] = ["--yes", "--settle", "0s"];

/// Starts a command that sweeps one upload, completes the upload across its abort, and kills the
/// command before it can look.
fn killed_across_a_complete(store: &Store, folder: &Folder, args: &[&str]) {
    let faults = store.sim.faults();
    let slow = FaultKind::Slow(Duration::from_millis(500));
    faults.push(Fault::new(
        Operation::AbortMultipartUpload,
        Nth::Every,
        slow,
    ));
    let mut child = on(store)
        .env("XDG_STATE_HOME", folder.path())
        .args(args)
        .args(["--concurrency", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the abort", || {
        store.sim.count(Operation::AbortMultipartUpload) >= FIRST_ABORT
    });
    let upload = store.sim.uploads("b").remove(0);
    let mut complete = store
        .sim
        .begin_complete("b", &upload.key, &upload.upload_id)
        .unwrap();
    complete.link();
    let never = FaultKind::NeverAnswers;
    faults.push(Fault::new(Operation::HeadObject, Nth::Every, never));
    wait_until("the end of the abort", || {
        let objects = store.sim.objects("b");
        objects.iter().any(|object| object.data == Data::Doomed)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    drop(complete);
    faults.clear();
    store.sim.clear_log();
}

/// A sweep on Amazon S3 that was killed at an abort: no object is in danger there, and nobody is told so.
#[test]
fn where_an_abort_is_harmless_a_killed_sweep_is_not_said_to_lose_objects() {
    for (habits, first, said, not_said) in [
        (
            Habits::aws(),
            1,
            "what became of them was not seen",
            "losing its data",
        ),
        (
            Habits::ceph(),
            FIRST_ABORT,
            "its object may be losing its data",
            "what became of them",
        ),
    ] {
        let (store, folder) = (Store::with(Setup::new(habits)), Folder::new());
        store.upload("b", "k", &[1_000], 100);
        let never = FaultKind::NeverAnswers;
        let abort = Operation::AbortMultipartUpload;
        let fault = Fault::new(abort, Nth::Only(first), never);
        store.sim.faults().push(fault);
        let mut child = on(&store)
            .env("XDG_STATE_HOME", folder.path())
            .args(AT_ONCE)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("the abort", || store.sim.count(abort) >= first);
        child.kill().unwrap();
        child.wait().unwrap();
        store.sim.faults().clear();
        let again = run(
            on(&store).env("XDG_STATE_HOME", folder.path()),
            &["clean", "--yes"],
        );
        assert_eq!(again.code, Some(3), "{again:?}");
        assert!(again.err.contains("1 upload in doubt"), "{again:?}");
        assert!(again.err.contains(said), "{again:?}");
        assert!(!again.err.contains(not_said), "{again:?}");
    }
}

/// A key that may not abort, at a store that stops showing objects: nothing was aborted, and nothing else is said.
#[test]
fn what_was_refused_is_not_called_aborted_where_its_key_cannot_be_seen_again() {
    for (is_refused, word) in [(true, "failed"), (false, "unverified")] {
        let store = Store::with(Setup::new(Habits::ceph()));
        store.upload("b", "one", &[1_000], 100);
        let refused = |operation, nth| {
            let kind = FaultKind::Refused(403, "AccessDenied");
            store.sim.faults().push(Fault::new(operation, nth, kind));
        };
        if is_refused {
            let abort = Operation::AbortMultipartUpload;
            refused(abort, Nth::Only(FIRST_ABORT));
        }
        // The first one is the look before the abort.
        refused(Operation::HeadObject, Nth::Only(2));
        let args = ["clean", "--settle", "0s", "--yes", "--format", "json"];
        let ran = run(&mut on(&store), &args);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert_eq!(report(&ran)["totals"][word], 1, "{ran:?}");
        let is_left = store.left("b").len() == 1;
        assert_eq!(is_left, is_refused, "{ran:?}");
    }
}

#[test]
fn what_failed_is_swept_by_resume_where_the_key_is_looked_at_again() {
    let (store, folder) = (ceph(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    deny(&store, Operation::AbortMultipartUpload);
    let ran = apply(&store, &folder, &[&[&*plan], &AT_ONCE[..]].concat());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    store.sim.faults().clear();
    let journal = only_journal(&folder);
    let settle = ["--resume", "--journal", journal.to_str().unwrap()];
    let args = [&settle[..], &["--settle", "0s", "--format", "json"]].concat();
    let settled = apply(&store, &folder, &args);
    assert_eq!(report(&settled)["totals"]["aborted"], 0, "{settled:?}");
    assert!(
        settled.err.contains("2 uploads still there, not aborted"),
        "{settled:?}"
    );
    assert_eq!(store.left("b"), ["one", "two"]);
    let args = [&["--resume", &*plan, "--format", "json"], &AT_ONCE[..]].concat();
    let resumed = apply(&store, &folder, &args);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(report(&resumed)["totals"]["aborted"], 2, "{resumed:?}");
    assert!(store.left("b").is_empty());
}

#[test]
fn resume_without_a_journal_begins_nothing_and_names_the_file() {
    let (store, folder) = (ceph(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let begun = apply(&store, &folder, &[&[&*plan], &AT_ONCE[..]].concat());
    assert_eq!(begun.code, Some(0), "{begun:?}");
    let name = only_journal(&folder);
    let name = name.file_name().unwrap().to_str().unwrap();
    store.upload("b", "three", &[1_000], 100);
    store.sim.clear_log();
    let elsewhere = Folder::new();
    let mistyped = folder.file("mistyped");
    let resume = [&["--resume", &*plan], &AT_ONCE[..]].concat();
    let named = [&resume[..], &["--journal", &mistyped]].concat();
    for (ran, path) in [
        (apply(&store, &elsewhere, &resume), name),
        (apply(&store, &folder, &named), &*mistyped),
        (
            apply(&store, &folder, &["--resume", "--journal", &mistyped]),
            &*mistyped,
        ),
    ] {
        assert_eq!(ran.code, Some(5), "{ran:?}");
        let line = ran.err.lines().next().unwrap();
        assert!(line.starts_with("error: "), "{ran:?}");
        assert!(line.contains(path), "{ran:?}");
    }
    assert_eq!(store.changes(), 0);
    assert!(elsewhere.names().is_empty());
}

#[test]
fn a_sweep_goes_on_on_the_terms_it_was_begun_on_and_on_no_others() {
    let terms = ["--older-than", "2d", "--include-finished"];
    for begun_with in [&[][..], &terms] {
        let store = ceph();
        store.sim.abort("b", "two", &id(&store, "two")).unwrap();
        let folder = Folder::new();
        let plan = save(&store, &folder, "plan.ndjson");
        let args = [&["apply", &*plan], &AT_ONCE[..], begun_with].concat();
        killed_across_a_complete(&store, &folder, &args);
        let resume = [&["--resume", &*plan], &AT_ONCE[..]].concat();
        let others = match begun_with.is_empty() {
            true => &[&["--older-than", "2d"][..], &["--include-finished"]][..],
            false => &[&["--older-than", "3d"][..]],
        };
        for other in others {
            let ran = apply(&store, &folder, &[&resume[..], other].concat());
            assert_eq!(ran.code, Some(5), "{ran:?}");
            assert!(ran.err.contains("this plan was started with"), "{ran:?}");
        }
        assert_eq!(store.sim.total(), 0, "refused before anything is asked");
        let ran = apply(&store, &folder, &resume);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("Repaired  1 upload"), "{ran:?}");
        assert_eq!(store.sim.objects("b")[0].data, Data::Whole);
    }
}

fn id(store: &Store, key: &str) -> String {
    let mut uploads = store.sim.uploads("b").into_iter();
    uploads.find(|upload| upload.key == key).unwrap().upload_id
}

#[test]
fn what_could_not_be_seen_is_swept_by_resume_or_by_a_new_scan() {
    for by_resume in [true, false] {
        let (store, folder) = (ceph(), Folder::new());
        let plan = save(&store, &folder, "plan.ndjson");
        deny(&store, Operation::HeadObject);
        let ran = apply(&store, &folder, &[&[&*plan], &AT_ONCE[..]].concat());
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert_eq!(store.left("b"), ["one", "two"]);
        store.sim.faults().clear();
        let ran = if by_resume {
            let resume = [&["--resume", &*plan], &AT_ONCE[..]].concat();
            apply(&store, &folder, &resume)
        } else {
            let again = save(&store, &folder, "again.ndjson");
            apply(&store, &folder, &[&[&*again], &AT_ONCE[..]].concat())
        };
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("Aborted  2 uploads"), "{ran:?}");
        assert!(store.left("b").is_empty());
    }
}

#[test]
fn an_object_in_danger_is_saved_by_resume_once_that_is_allowed() {
    for with_plan in [true, false] {
        let store = ceph();
        store.sim.abort("b", "two", &id(&store, "two")).unwrap();
        let folder = Folder::new();
        let plan = save(&store, &folder, "plan.ndjson");
        let args = [&["apply", &*plan], &AT_ONCE[..]].concat();
        killed_across_a_complete(&store, &folder, &args);
        let journal = only_journal(&folder);
        let settle = ["--resume", "--journal", journal.to_str().unwrap()];
        let settle = [&settle[..], &["--settle", "0s"]].concat();
        let resume = [&["--resume", &*plan], &AT_ONCE[..]].concat();
        let again = || match with_plan {
            true => apply(&store, &folder, &resume),
            false => apply(&store, &folder, &settle),
        };
        deny(&store, Operation::CopyObject);
        for _ in 0..2 {
            let ran = again();
            assert_eq!(ran.code, Some(3), "{ran:?}");
            assert!(ran.err.contains("save it now: aws "), "{ran:?}");
        }
        store.sim.faults().clear();
        let ran = again();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("Repaired  1 upload"), "{ran:?}");
        let objects = store.sim.objects("b");
        assert_eq!((objects.len(), objects[0].data), (1, Data::Whole));
    }
}

#[test]
fn what_a_killed_clean_left_in_doubt_is_told_by_the_next_until_it_is_settled() {
    let store = ceph();
    store.sim.abort("b", "two", &id(&store, "two")).unwrap();
    let folder = Folder::new();
    let clean = [&["clean"], &AT_ONCE[..]].concat();
    killed_across_a_complete(&store, &folder, &clean);
    let journal = only_journal(&folder);
    let journal = journal.to_str().unwrap();
    let command = format!("partsweep apply --resume --journal {journal}");
    let run_here = |args: &[&str]| {
        let mut command = on(&store);
        run(command.env("XDG_STATE_HOME", folder.path()), args)
    };
    store.upload("b", "later", &[10], 100);
    let plan = save(&store, &folder, "plan.ndjson");
    let applying = [&["apply", &*plan], &AT_ONCE[..]].concat();
    for args in [&clean[..], &["clean", "--dry-run"], &applying] {
        let ran = run_here(args);
        assert_eq!(ran.err.matches(&command).count(), 1, "{ran:?}");
        assert_eq!(ran.code, Some(3), "{ran:?}");
    }
    // Of another store it says nothing.
    let elsewhere = ceph();
    let mut other = on(&elsewhere);
    let ran = run(other.env("XDG_STATE_HOME", folder.path()), &clean);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let settled = run_here(&["apply", "--resume", "--journal", journal, "--settle", "0s"]);
    assert_eq!(settled.code, Some(0), "{settled:?}");
    store.sim.collect_garbage();
    assert_eq!(store.sim.object("b", "one").unwrap().data, Data::Whole);
    let ran = run_here(&clean);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.err.contains("--resume"), "{ran:?}");
}

#[test]
fn what_is_left_untouched_is_in_doubt_no_more_once_it_was_settled() {
    let (store, folder) = (ceph(), Folder::new());
    let faults = store.sim.faults();
    let never = FaultKind::NeverAnswers;
    faults.push(Fault::new(
        Operation::AbortMultipartUpload,
        Nth::Only(FIRST_ABORT),
        never,
    ));
    let mut command = on(&store);
    let mut child = command
        .env("XDG_STATE_HOME", folder.path())
        .args(["clean", "--yes", "--concurrency", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the abort", || {
        store.sim.count(Operation::AbortMultipartUpload) >= FIRST_ABORT
    });
    child.kill().unwrap();
    child.wait().unwrap();
    faults.clear();
    let journal = only_journal(&folder);
    let journal = journal.to_str().unwrap();
    let settle = ["--resume", "--journal", journal, "--settle", "0s"];
    // Settling copies and deletes, so what it is not asked for is not overlooked.
    store.sim.clear_log();
    for option in ["--dry-run", "--include-finished", "--max-uploads=1"] {
        let ran = apply(&store, &folder, &[&settle[..], &[option]].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    assert_eq!(store.sim.total(), 0);
    let settled = apply(&store, &folder, &settle);
    assert_eq!(settled.code, Some(0), "{settled:?}");
    assert!(
        settled.err.contains("1 upload still there, not aborted"),
        "{settled:?}"
    );
    let again = apply(&store, &folder, &settle);
    assert!(again.err.contains("Nothing is in doubt"), "{again:?}");
    let mut clean = on(&store);
    clean.env("XDG_STATE_HOME", folder.path());
    let ran = run(&mut clean, &["clean", "--yes", "--settle", "0s"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(store.left("b").is_empty());
}
