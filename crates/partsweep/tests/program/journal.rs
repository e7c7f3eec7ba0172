//! The journal of a sweep: where it is, what is in it, and that nothing is aborted without it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use partsweep_sim::{Operation, Sim};
use serde_json::Value;

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::program::{Run, isolate, on, run};
use crate::saved::{apply, save};
use crate::store::Store;

/// The lines of a journal; the last one may be cut.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The upload ids of the lines with this field.
pub(crate) fn ids(lines: &[Value], field: &str, value: &str) -> Vec<String> {
    let lines = lines.iter().filter(|line| line[field] == value);
    lines
        .map(|line| line["upload_id"].as_str().unwrap().to_owned())
        .collect()
}

/// The uploads that the store was asked to abort, and did; perhaps without an answer.
pub(crate) fn aborted(sim: &Sim) -> Vec<String> {
    let log = sim.log().into_iter();
    let aborts = log.filter(|request| {
        request.operation == Operation::AbortMultipartUpload && matches!(request.status, 204 | 0)
    });
    aborts.filter_map(|request| request.upload_id).collect()
}

/// The only journal in this state directory.
pub(crate) fn only_journal(folder: &Folder) -> std::path::PathBuf {
    let state = folder.path().join("partsweep");
    let mut entries = std::fs::read_dir(state).unwrap();
    let entry = entries.next().unwrap().unwrap();
    assert!(entries.next().is_none(), "one journal");
    entry.path()
}

#[test]
fn a_sweep_writes_down_each_act_before_and_after_it_and_says_where() {
    let schema = schema("journal");
    for command in ["clean", "apply"] {
        let (store, folder) = (Store::filled(), Folder::new());
        let ran = if command == "clean" {
            let mut clean = on(&store);
            clean.env("XDG_STATE_HOME", folder.path());
            run(&mut clean, &["clean", "--yes"])
        } else {
            let plan = save(&store, &folder, "plan.ndjson");
            apply(&store, &folder, &[&plan, "--yes"])
        };
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let journal = only_journal(&folder);
        let told = format!("Journal: {}\n", journal.display());
        assert!(ran.err.contains(&told), "{ran:?}");
        let lines = lines(&journal);
        for line in &lines {
            assert_valid(&schema, line);
        }
        assert_eq!(lines[0]["endpoint"], store.sim.endpoint());
        let end = lines.last().unwrap();
        assert_eq!(
            (&end["type"], &end["totals"]["aborted"]),
            (&"end".into(), &4.into())
        );
        let position = |field: &str, value: &str, id: &str| {
            lines
                .iter()
                .position(|line| line[field] == value && line["upload_id"] == *id)
                .unwrap()
        };
        for id in aborted(&store.sim) {
            let before = position("act", "abort", &id);
            assert!(before < position("event", "outcome", &id));
        }
        assert_eq!(aborted(&store.sim).len(), 4);
    }
}

#[test]
fn a_file_that_is_there_is_never_written_over() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let thesis = folder.file("thesis.txt");
    std::fs::write(&thesis, "my thesis").unwrap();
    for file in [&*thesis, "/dev/full", "/dev/null"] {
        let args = ["--yes", "--journal", file];
        let cleaned = run(&mut on(&store), &args);
        let applied = apply(&store, &folder, &[&[&*plan], &args[..]].concat());
        let resume = [&["--resume", &plan], &args[..]].concat();
        let resumed = apply(&store, &folder, &resume);
        let settled = apply(&store, &folder, &["--resume", "--journal", file]);
        for ran in [cleaned, applied, resumed, settled] {
            assert_eq!(ran.code, Some(5), "{ran:?}");
            assert!(ran.err.contains("error: "), "{ran:?}");
            assert!(ran.err.contains(file), "{ran:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(&thesis).unwrap(), "my thesis");
    assert_eq!(store.changes(), 0);
}

#[test]
fn where_no_journal_can_be_made_nothing_is_swept() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let read_only = folder.file("read-only");
    std::fs::create_dir(&read_only).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    std::fs::set_permissions(&read_only, mode).unwrap();
    // The rights of a folder do not hold for root, so that there the others have to do.
    let is_root = std::fs::create_dir(folder.path().join("read-only/probe")).is_ok();
    let mut places = vec!["/proc/partsweep", "/dev/null/state"];
    if !is_root {
        places.push(&read_only);
    }
    for place in places {
        for args in [&["clean", "--yes"][..], &["apply", &plan, "--yes"]] {
            let ran = run(on(&store).env("XDG_STATE_HOME", place), args);
            assert_eq!(ran.code, Some(1), "{ran:?}");
            assert!(
                ran.err
                    .contains(" cannot be written, so nothing was changed")
            );
            assert!(ran.err.contains("hint: `--journal FILE`"), "{ran:?}");
        }
        // Seen before anything is scanned, and so before anyone is asked.
        store.sim.clear_log();
        run(on(&store).env("XDG_STATE_HOME", place), &["clean", "--yes"]);
        assert_eq!(store.sim.total(), 0);
    }
    assert_eq!(store.changes(), 0);
}

/// Applies with files limited to so many blocks of 512 bytes: a disk that fills up.
fn apply_on_a_small_disk(store: &Store, folder: &Folder, plan: &str, blocks: u32) -> Run {
    let binary = env!("CARGO_BIN_EXE_partsweep");
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks}; \
         exec '{binary}' apply '{plan}' --yes --concurrency 1 --format json"
    );
    let mut command = Command::new("sh");
    isolate(&mut command);
    command
        .env("AWS_ACCESS_KEY_ID", partsweep_sim::ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", partsweep_sim::SECRET_KEY)
        .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint())
        .env("XDG_STATE_HOME", folder.path());
    run(&mut command, &["-c", &line])
}

#[test]
fn a_disk_that_fills_up_stops_the_sweep_before_the_next_abort() {
    let mut stopped_after = BTreeSet::new();
    for blocks in 1.. {
        let (store, folder) = (Store::filled(), Folder::new());
        let plan = save(&store, &folder, "plan.ndjson");
        store.sim.clear_log();
        let ran = apply_on_a_small_disk(&store, &folder, &plan, blocks);
        if ran.code == Some(0) {
            assert!(blocks > 6, "the limit holds");
            break;
        }
        assert_eq!(ran.code, Some(1), "{ran:?}");
        // Where not even the first line could be written, the file is gone again.
        let is_begun = std::fs::read_dir(folder.path().join("partsweep"))
            .unwrap()
            .count()
            > 0;
        let lines = match is_begun {
            true => lines(&only_journal(&folder)),
            false => Vec::new(),
        };
        let begun: BTreeSet<_> = ids(&lines, "act", "abort").into_iter().collect();
        let aborted = aborted(&store.sim);
        assert!(aborted.iter().all(|id| begun.contains(id)), "{ran:?}");
        stopped_after.insert(aborted.len());
        if !is_begun {
            assert!(ran.err.contains("nothing was changed"), "{ran:?}");
        } else {
            let why = "stopped, because the journal cannot be written: could not write the journal";
            assert_eq!(ran.err.matches(why).count(), 1, "{ran:?}");
            assert!(ran.err.contains("--resume"), "{ran:?}");
            let report: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(report["totals"]["aborted"], aborted.len(), "{ran:?}");
        }
        let args = [&plan, "--yes", "--format", "json", "--resume"];
        let ran = apply(&store, &folder, &args[..if is_begun { 5 } else { 4 }]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(store.left("mixed"), ["young"]);
        assert!(store.left("old").is_empty());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        // Whose abort the last one was is not known, if its outcome was not written.
        let [ours, gone] =
            ["aborted", "already_gone"].map(|name| report["totals"][name].as_u64().unwrap());
        assert!(ours + gone == 4 && gone <= 1, "{blocks}: {ran:?}");
    }
    let before_each = (0..4).all(|aborted| stopped_after.contains(&aborted));
    assert!(before_each, "{stopped_after:?}");
}

#[test]
fn a_plan_is_begun_once_and_then_only_gone_on_with() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    assert_eq!(apply(&store, &folder, &[&plan, "--yes"]).code, Some(0));
    store.sim.clear_log();
    let again = apply(&store, &folder, &[&plan, "--yes"]);
    assert_eq!(again.code, Some(5), "{again:?}");
    assert!(
        again
            .err
            .contains("this plan is finished: 4 uploads were aborted on "),
        "{again:?}"
    );
    let resumed = apply(&store, &folder, &["--resume", &plan, "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(resumed.err.contains("this plan is finished"), "{resumed:?}");
    assert_eq!(store.sim.count(Operation::AbortMultipartUpload), 0);
    let journal = only_journal(&folder);
    let journal = journal.to_str().unwrap();
    let settled = apply(&store, &folder, &["--resume", "--journal", journal]);
    assert_eq!(settled.code, Some(0), "{settled:?}");
    assert!(settled.err.contains("Nothing is in doubt"), "{settled:?}");
}

#[test]
fn the_journal_of_another_plan_store_or_account_is_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let journal = folder.file("journal");
    let named = ["--yes", "--journal", &journal];
    let begun = apply(&store, &folder, &[&[&*plan], &named[..]].concat());
    assert_eq!(begun.code, Some(0), "{begun:?}");
    let before = std::fs::read(&journal).unwrap();
    store.upload("old", "new", &[5], 100);
    let other = save(&store, &folder, "other.ndjson");
    store.sim.clear_log();
    let resume = [&["--resume", &other], &named[..]].concat();
    let ran = apply(&store, &folder, &resume);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(
        ran.err.contains("is the journal of another plan"),
        "{ran:?}"
    );
    let elsewhere = Store::filled();
    let ran = apply(&elsewhere, &folder, &["--resume", "--journal", &journal]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("this journal is of http"), "{ran:?}");
    assert_eq!(std::fs::read(&journal).unwrap(), before);
    assert_eq!(store.changes() + elsewhere.changes(), 0);
}
