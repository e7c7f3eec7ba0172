//! Saved scans: written by `scan --save`, swept by `apply`, refused when they are not what was
//! saved.

use std::path::Path;

use jiff::SignedDuration;
use partsweep_core::{Activity, KeepReason, Verdict};
use partsweep_engine::Finding;
use partsweep_engine::inventory::{self, Entry};
use partsweep_sim::{ACCESS_KEY, Credential, Fault, FaultKind, Habits, Nth, Operation, Setup};

use crate::folder::Folder;
use crate::program::{Run, on, run};
use crate::store::Store;

/// Saves a scan of everything; gives back its path.
pub(crate) fn save(store: &Store, folder: &Folder, name: &str) -> String {
    let plan = folder.file(name);
    let ran = run(&mut on(store), &["scan", "--save", &plan]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    plan
}

/// Applies with a journal in the folder, so that each test has its own.
pub(crate) fn apply(store: &Store, folder: &Folder, args: &[&str]) -> Run {
    let mut command = on(store);
    command.env("XDG_STATE_HOME", folder.path());
    command.arg("apply");
    run(&mut command, args)
}

fn assert_refused(store: &Store, ran: &Run, words: &str) {
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.starts_with("error: "), "{ran:?}");
    assert!(ran.err.contains(words), "{words}: {ran:?}");
    assert!(ran.err.contains("\nhint: "), "{ran:?}");
    assert_eq!(ran.out, "");
    assert_eq!(store.changes(), 0);
}

#[test]
fn a_saved_scan_is_swept_as_it_was_saved_and_nothing_else() {
    for name in ["plan.ndjson", "plan.ndjson.zst"] {
        let (store, folder) = (Store::filled(), Folder::new());
        let plan = folder.file(name);
        let saved = run(&mut on(&store), &["scan", "--save", &plan]);
        assert_eq!(saved.code, Some(0), "{saved:?}");
        let told = format!("Saved to {plan}: 5 uploads, of which 4 can be aborted (7.00 MB)\n");
        assert!(saved.err.contains(&told), "{saved:?}");
        assert!(saved.err.contains("`partsweep apply "), "{saved:?}");
        assert_eq!(folder.names(), [name], "nothing is left beside it");
        // Old, and not in the plan.
        store.upload("old", "later", &[9_000], 500);
        let ran = apply(&store, &folder, &[&plan, "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let freed = "Aborted  4 uploads  7.0 MB  in 2 buckets";
        assert!(ran.out.contains(freed), "{ran:?}");
        assert_eq!(store.left("old"), ["later"]);
        assert_eq!(store.left("mixed"), ["young"]);
    }
}

#[test]
fn a_scan_that_fails_leaves_no_file_and_an_old_one_as_it_was() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let before = std::fs::read(&plan).unwrap();
    let args = ["scan", "--save", &plan];
    let mut unreachable = on(&store);
    unreachable.env("AWS_SECRET_ACCESS_KEY", "wrong");
    assert_eq!(run(&mut unreachable, &args).code, Some(1));
    assert_eq!(std::fs::read(&plan).unwrap(), before);
    assert_eq!(folder.names(), ["plan.ndjson"]);
    let nowhere = folder.file("no/such/plan");
    let ran = run(&mut on(&store), &["scan", "--save", &nowhere]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("no/such/plan: could not write"), "{ran:?}");
}

#[test]
fn what_changed_since_the_scan_is_not_touched() {
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
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        "skipped, changed since the scan: resumed",
        "already gone: gone",
        "skipped, an object at this key may be this upload, completed: done",
        "Aborted  4 uploads  7.0 MB",
    ] {
        assert!(ran.out.contains(told), "{told}: {ran:?}");
    }
    assert_eq!(store.left("old"), ["done", "resumed"]);
}

#[test]
fn without_yes_and_without_a_terminal_nothing_is_asked_of_the_store() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    store.sim.clear_log();
    let ran = apply(&store, &folder, &[&plan]);
    assert_refused(&store, &ran, "there is no terminal");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn a_limit_refuses_the_whole_plan() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let ran = apply(&store, &folder, &[&plan, "--yes", "--max-uploads", "3"]);
    assert_refused(
        &store,
        &ran,
        "4 uploads selected, over the --max-uploads limit of 3",
    );
    let ran = apply(&store, &folder, &[&plan, "--yes", "--max-bytes", "6.9MB"]);
    assert_refused(&store, &ran, "7.0 MB selected");
    assert_eq!(folder.names(), ["plan.ndjson"], "and no journal is begun");
    let limits = ["--max-uploads", "4", "--max-bytes", "7MB"];
    let ran = apply(&store, &folder, &[&[&*plan, "--yes"][..], &limits].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn an_age_given_to_apply_only_keeps_more() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = folder.file("plan.ndjson");
    let saved = ["scan", "--older-than", "60h", "--save", &plan];
    assert_eq!(run(&mut on(&store), &saved).code, Some(0));
    let ran = apply(&store, &folder, &[&plan, "--yes", "--older-than", "100h"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("2 uploads to abort, 4.0 MB"), "{ran:?}");
    assert!(ran.out.contains("Aborted  2 uploads"), "{ran:?}");
    assert_eq!(store.left("old"), ["a/first", "b second"]);
    assert_eq!(store.left("mixed"), ["young"]);
    let ran = apply(&store, &folder, &[&plan, "--yes", "--older-than", "59h"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("that was scanned for"), "{ran:?}");
    assert_eq!(store.left("old"), ["a/first", "b second"]);
}

#[test]
fn what_chooses_a_scan_is_refused_at_apply() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    store.sim.clear_log();
    for option in [
        "--include",
        "--exclude",
        "--bucket",
        "--exclude-bucket",
        "--min-size",
        "--min-cost",
        "--accept",
    ] {
        let value = match option {
            "--min-size" | "--min-cost" => "1",
            "--accept" => "unproven",
            _ => "x*",
        };
        let ran = apply(&store, &folder, &[&plan, "--yes", option, value]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(option), "{ran:?}");
    }
    for args in [&[][..], &["--yes"]] {
        assert_eq!(apply(&store, &folder, args).code, Some(2), "{args:?}");
    }
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn the_plan_of_another_store_or_account_is_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let other = Store::filled();
    let ran = apply(&other, &folder, &[&plan, "--yes"]);
    assert_refused(&other, &ran, &other.sim.endpoint());
    assert!(ran.err.contains(&store.sim.endpoint()), "{ran:?}");

    store
        .sim
        .add_credential(Credential::new("somebody-else", "their-secret"));
    let mut theirs = on(&store);
    theirs
        .env("AWS_ACCESS_KEY_ID", "somebody-else")
        .env("AWS_SECRET_ACCESS_KEY", "their-secret");
    let ran = run(&mut theirs, &["apply", &plan, "--yes"]);
    assert_refused(&store, &ran, "of account");
    assert!(ran.err.contains("somebody-else"), "{ran:?}");
}

#[test]
fn a_wrong_key_or_a_dead_store_is_a_failure_and_begins_no_journal() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let mut wrong = on(&store);
    wrong
        .env("AWS_SECRET_ACCESS_KEY", "wrong")
        .env("XDG_STATE_HOME", folder.path());
    let ran = run(&mut wrong, &["apply", &plan, "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(folder.names(), ["plan.ndjson"]);
}

#[test]
fn lines_that_were_changed_added_or_cut_are_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let other = save(&store, &folder, "other.ndjson");
    let [text, other] = [plan, other].map(|path| std::fs::read_to_string(path).unwrap());
    let lines: Vec<&str> = text.lines().collect();
    let is_upload = |line: &&&str| line.contains("\"type\":\"upload\"");
    let foreign = other.lines().find(|line| is_upload(&line)).unwrap();
    let first = lines.iter().position(|line| is_upload(&line)).unwrap();
    let whole = |lines: &[&str]| lines.join("\n") + "\n";
    let mut foreign_added = lines.clone();
    foreign_added.insert(first, foreign);
    let mut twice = lines.clone();
    twice.insert(first, lines[first]);
    let cases = [
        (text.replace("a/first", "a/other"), "was changed"),
        (text.replace("\"keep\"", "\"sweep\""), "was changed"),
        (whole(&foreign_added), "was changed or doesn't belong"),
        (whole(&twice), "was changed or doesn't belong"),
        (whole(&lines[..lines.len() - 1]), "truncated"),
        (text[..text.len() / 2].to_owned(), "truncated"),
        (text[..30].to_owned(), "isn't a plan"),
        (
            text.replace("\"include\":[]", "\"include\":[\"x\"]"),
            "line 1 or 2",
        ),
        (text.trim_end().to_owned(), "truncated"),
        (text.clone() + "{}\n", "something follows"),
        (String::new(), "isn't a plan"),
        ("{\"some\": \"json\"}\n".to_owned(), "isn't a plan"),
        (
            text.replace("partsweep.inventory/1", "partsweep.inventory/9"),
            "doesn't support",
        ),
    ];
    let changed = folder.file("changed.ndjson");
    for (text, words) in cases {
        std::fs::write(&changed, text).unwrap();
        for more in [&[][..], &["--allow-edited"], &["--stale-plan-ok"]] {
            let args = [&[&*changed, "--yes"], more].concat();
            assert_refused(&store, &apply(&store, &folder, &args), words);
        }
    }
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let (store, folder) = (Store::filled(), Folder::new());
    let none = folder.file("none");
    let ran = apply(&store, &folder, &[&none, "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.starts_with("error: "), "{ran:?}");
    assert!(!ran.err.contains("refused"), "{ran:?}");
    assert!(ran.err.contains("partsweep scan --save"), "{ran:?}");
    // Nor is a folder a journal.
    let lone = ["--resume", "--journal", folder.path().to_str().unwrap()];
    let ran = apply(&store, &folder, &lone);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("not a file"), "{ran:?}");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn a_damaged_compressed_file_is_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.zst");
    let whole = std::fs::read(&plan).unwrap();
    let mut damaged = whole.clone();
    // The header of the first block.
    damaged[8] ^= 0xff;
    let behind = [&whole[..], b"junk behind it"].concat();
    for bytes in [damaged, behind] {
        std::fs::write(&plan, bytes).unwrap();
        let ran = apply(&store, &folder, &[&plan, "--yes"]);
        assert_refused(&store, &ran, "plan.zst: the plan is damaged");
    }
    std::fs::write(&plan, &whole[..6]).unwrap();
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_refused(&store, &ran, "truncated in its first line");
}

/// Else as root a device, a pipe or a link would be gone.
#[test]
fn a_scan_is_saved_over_a_file_and_over_nothing_else() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let (store, folder) = (Store::filled(), Folder::new());
    let pipe = folder.file("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    std::fs::create_dir(folder.file("folder")).unwrap();
    symlink("pipe", folder.file("to-pipe")).unwrap();
    symlink("nothing", folder.file("to-nothing")).unwrap();
    let names = folder.names();
    for name in ["pipe", "folder", "to-pipe", "to-nothing"] {
        let ran = run(&mut on(&store), &["scan", "--save", &folder.file(name)]);
        assert_eq!(ran.code, Some(1), "{name}: {ran:?}");
        assert!(ran.err.contains("nothing was saved"), "{ran:?}");
        assert_eq!(folder.names(), names);
    }
    let metadata = |name: &str| std::fs::symlink_metadata(folder.file(name)).unwrap();
    assert!(metadata("pipe").file_type().is_fifo());
    std::fs::create_dir(folder.file("far")).unwrap();
    save(&store, &folder, "far/plan.ndjson");
    std::fs::write(folder.file("far/plan.ndjson"), "old").unwrap();
    symlink("far/plan.ndjson", folder.file("near")).unwrap();
    let near = save(&store, &folder, "near");
    assert!(metadata("near").is_symlink());
    assert!(metadata("far/plan.ndjson").is_file());
    let far = std::fs::read_to_string(folder.file("far/plan.ndjson")).unwrap();
    assert!(far.starts_with("{\"type\":\"header\""), "{far}");
    let ran = apply(&store, &folder, &[&near, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn the_command_that_is_told_can_be_typed() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = folder.file("my plan;x.ndjson");
    let ran = run(&mut on(&store), &["scan", "--save", &plan]);
    assert!(
        ran.err.contains(&format!("`partsweep apply '{plan}'` ")),
        "{ran:?}"
    );
    let mut here = on(&store);
    here.current_dir(folder.path());
    let ran = run(&mut here, &["scan", "--save=-x"]);
    assert!(ran.err.contains("`partsweep apply ./-x` "), "{ran:?}");
}

/// A store where nothing can be repaired, and an upload that may be in use.
fn young_on_swift() -> Store {
    let store = Store::with(Setup::new(Habits::swift()));
    store.upload("b", "live", &[1_000], 0);
    store
}

#[test]
fn a_store_that_does_not_say_what_it_is_is_not_swept() {
    let (store, folder) = (young_on_swift(), Folder::new());
    let plan = folder.file("plan.ndjson");
    let scan = ["scan", "s3://b", "--older-than", "0s", "--save", &plan];
    assert_eq!(run(&mut on(&store), &scan).code, Some(0));
    let listing = |kind| Fault::new(Operation::ListBuckets, Nth::Every, kind);
    store.sim.faults().push(listing(FaultKind::Reset));
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("could not list buckets"), "{ran:?}");
    assert_eq!(store.left("b"), ["live"]);
    // That the key may not list them is an answer, by which the store is known.
    store.sim.faults().clear();
    let denied = FaultKind::Refused(403, "AccessDenied");
    store.sim.faults().push(listing(denied));
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("--risk-live"), "{ran:?}");
    assert_eq!(store.left("b"), ["live"]);
    let ran = apply(&store, &folder, &[&plan, "--yes", "--risk-live"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(store.left("b").is_empty());
}

#[test]
fn saving_is_tried_also_in_a_bucket_whose_line_was_removed() {
    let (store, folder) = (Store::with(Setup::new(Habits::ceph())), Folder::new());
    store.upload("b", "old", &[1_000], 100);
    let plan = save(&store, &folder, "plan.ndjson");
    let text = std::fs::read_to_string(&plan).unwrap();
    let lines = text.lines();
    let kept = lines.filter(|line| !line.contains("\"type\":\"bucket\""));
    let trimmed: String = kept.flat_map(|line| [line, "\n"]).collect();
    assert_ne!(trimmed, text);
    std::fs::write(&plan, trimmed).unwrap();
    let denied = Operation::DeleteObject;
    store.sim.deny(ACCESS_KEY, Some("b"), denied);
    let args = [&*plan, "--yes", "--allow-edited", "--settle", "0s"];
    let ran = apply(&store, &folder, &args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("could not be saved"), "{ran:?}");
}

#[test]
fn lines_that_were_removed_are_told_and_accepted_when_asked_to() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let text = std::fs::read_to_string(&plan).unwrap();
    let kept = text.lines().filter(|line| !line.contains("b second"));
    let trimmed: String = kept.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&plan, trimmed).unwrap();
    let what = "1 upload less, of which 1 could be aborted (2.00 MB)";
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_refused(&store, &ran, what);
    let ran = apply(&store, &folder, &[&plan, "--yes", "--allow-edited"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains(what), "{ran:?}");
    assert_eq!(store.left("old"), ["b second"]);
    assert_eq!(store.left("mixed"), ["young"]);
}

#[test]
fn a_bucket_whose_line_was_removed_is_named() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    let text = std::fs::read_to_string(&plan).unwrap();
    let is_of_old = |line: &&str| line.contains("\"bucket\",") && line.contains("\"name\":\"old\"");
    assert_eq!(text.lines().filter(is_of_old).count(), 1);
    let kept = text.lines().filter(|line| !is_of_old(line));
    let trimmed: String = kept.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&plan, trimmed).unwrap();
    let what = "0 uploads less, of which 0 could be aborted (0 B), 1 bucket less";
    assert_refused(&store, &apply(&store, &folder, &[&plan, "--yes"]), what);
    let ran = apply(&store, &folder, &[&plan, "--yes", "--allow-edited"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let named = "the line of bucket `old` was removed: how far it was listed is not known";
    assert!(ran.err.contains(what) && ran.err.contains(named), "{ran:?}");
    assert!(!ran.err.contains("`mixed`"), "{ran:?}");
    assert!(store.left("old").is_empty());
}

#[test]
fn a_cut_compressed_file_is_refused() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.zst");
    let bytes = std::fs::read(&plan).unwrap();
    assert!(bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    for length in [5, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&plan, &bytes[..length]).unwrap();
        let ran = apply(&store, &folder, &[&plan, "--yes"]);
        assert_refused(&store, &ran, "the plan is truncated");
    }
}

/// Writes a saved scan anew, as if it had been made so many hours earlier.
fn make_older(plan: &str, hours: i64) {
    let plan = Path::new(plan);
    let mut reader = inventory::file::open(plan).unwrap();
    let mut header = reader.header().clone();
    header.started -= SignedDuration::from_hours(hours);
    let mut older = inventory::file::create(plan, &header).unwrap();
    while let Some(entry) = reader.next_entry().unwrap() {
        let Entry::Upload(saved) = entry else {
            continue;
        };
        let finding = Finding {
            upload: saved.planned.upload,
            footprint: saved.planned.footprint,
            last_activity: Activity::Unknown,
            idle: None,
            verdict: match saved.sweep {
                true => Verdict::Sweep,
                false => Verdict::Keep(KeepReason::ActiveRecently),
            },
            error: None,
        };
        older.finding(&finding).unwrap();
    }
    older.finish().unwrap();
}

#[test]
fn a_scan_of_more_than_a_week_ago_is_refused_unless_it_is_accepted() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save(&store, &folder, "plan.ndjson");
    make_older(&plan, 7 * 24 - 1);
    let ran = apply(&store, &folder, &[&plan, "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    make_older(&plan, 24);
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_refused(&store, &ran, "this scan is 8 d old");
    assert!(ran.err.contains("--stale-plan-ok"), "{ran:?}");
    let ran = apply(&store, &folder, &[&plan, "--yes", "--stale-plan-ok"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Aborted  4 uploads"), "{ran:?}");
}

#[test]
fn a_scan_that_found_nothing_to_sweep_makes_a_plan_that_sweeps_nothing() {
    let (store, folder) = (Store::filled(), Folder::new());
    let denied = FaultKind::Refused(403, "AccessDenied");
    let fault = Fault::new(Operation::ListParts, Nth::Every, denied);
    store.sim.faults().push(fault);
    let plan = folder.file("plan.ndjson");
    let ran = run(&mut on(&store), &["scan", "--save", &plan]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("5 uploads, of which 0 can be aborted"),
        "{ran:?}"
    );
    assert!(!ran.err.contains("partsweep apply"), "{ran:?}");
    let ran = apply(&store, &folder, &[&plan]);
    assert_eq!(ran.code, Some(5), "nobody was asked: {ran:?}");
    let ran = apply(&store, &folder, &[&plan, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("\nAborted  0\n"), "{ran:?}");
    assert_eq!(store.changes(), 0);
    assert_eq!(folder.names(), ["plan.ndjson"], "and no journal is begun");
}
