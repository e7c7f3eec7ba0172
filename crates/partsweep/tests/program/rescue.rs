//! `rescue`: an upload that is whole becomes its object, and any doubt leaves everything as it is.

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup, Versioning};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::program::{Run, on, run};
use crate::store::Store;
use crate::terminal::Terminal;

const MIB: u64 = 1 << 20;
const WHOLE: [u64; 3] = [8 * MIB, 8 * MIB, MIB];
const QUESTION: &str = "[y/N] ";

/// A store with one upload at `b/k` that looks complete, and its id.
fn whole() -> (Store, String) {
    let store = Store::new();
    let id = store.upload("b", "k", &WHOLE, 72);
    (store, id)
}

/// A store whose answers don't show which it is.
fn unrecognized() -> Store {
    let r2 = StoreEntry::named("r2").unwrap();
    Store::with(Setup::new(Habits::of(r2)))
}

fn rescue(store: &Store, args: &[&str]) -> Run {
    let args = [&["rescue", "s3://b/k"], args].concat();
    run(&mut on(store), &args)
}

/// Tries to complete without being asked, which has to be refused for this reason.
fn is_refused(store: &Store, id: &str, args: &[&str], why: &str) {
    let ran = rescue(store, &[&["--yes", "--upload-id", id], args].concat());
    assert_eq!(ran.code, Some(5), "{why}: {ran:?}");
    assert!(ran.err.contains(why), "{why}: {ran:?}");
    assert!(ran.err.contains("nothing was changed"), "{ran:?}");
    assert_eq!(store.changes(), 0, "{why}");
}

/// The records of rescues, as text.
fn records(store: &Store) -> String {
    let folder = store.state.path().join("partsweep");
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect()
}

#[test]
fn a_dry_run_shows_the_upload_and_changes_nothing() {
    let (store, id) = whole();
    let ran = rescue(&store, &["-n", "--yes", "--upload-id", &id]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        "\ns3://b/k\n",
        &format!("  Upload ID    {id}\n"),
        " UTC, 3 d ago\n",
        "  Parts        3, numbered 1 to 3, none missing; 8.39 MB each, the last 1.05 MB\n",
        "  Size         17.83 MB (17825792 bytes)\n",
        "-3 (computed)\n",
        "  At the key   no object\n",
    ] {
        assert!(ran.out.contains(told), "{told}: {ran:?}");
    }
    assert!(ran.err.contains("This was a dry run"), "{ran:?}");
    assert_eq!(store.changes(), 0);
    assert_eq!(records(&store), "");
}

#[test]
fn an_upload_whose_parts_may_not_be_listed_is_named_in_the_list() {
    let (store, id) = whole();
    store.sim.deny(ACCESS_KEY, Some("b"), Operation::ListParts);
    let ran = run(&mut on(&store), &["rescue", "--list", "--json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("rescue"), &value);
    let upload = &value["uploads"][0];
    assert_eq!(
        (&upload["looks"], &upload["upload_id"]),
        (&"unknown".into(), &(&*id).into())
    );
    let ran = run(&mut on(&store), &["rescue", "--list"]);
    assert!(ran.err.contains("AccessDenied"), "{ran:?}");
}

/// With fewer permissions more would be allowed: a deleted object would come back.
#[test]
fn where_neither_versioning_nor_versions_may_be_seen_nothing_is_completed() {
    let (store, id) = whole();
    for operation in [
        Operation::GetBucketVersioning,
        Operation::ListObjectVersions,
    ] {
        store.sim.deny(ACCESS_KEY, Some("b"), operation);
    }
    let why = "whether there was an object at the key can't be seen";
    is_refused(&store, &id, &[], why);
}

#[test]
fn a_whole_upload_becomes_its_object_and_is_verified_and_on_record() {
    let (store, id) = whole();
    let ran = rescue(&store, &["--yes", "--upload-id", &id]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("Completed s3://b/k: 17.83 MB, verified by its size and ETag"),
        "{ran:?}"
    );
    assert_eq!(store.sim.object("b", "k").unwrap().size, 17 * MIB);
    assert!(store.left("b").is_empty());
    assert_eq!(store.changes(), 1);
    let records = records(&store);
    for told in [
        "\"format\":\"partsweep.rescue-record/1\"",
        "\"bytes\":17825792",
        "\"outcome\":\"done\"",
    ] {
        assert!(records.contains(told), "{told}: {records}");
    }
    let again = rescue(&store, &["--yes", "--upload-id", &id]);
    assert_eq!(again.code, Some(5), "{again:?}");
    assert!(
        again.err.contains("has no upload with this id"),
        "{again:?}"
    );
}

#[test]
fn each_reason_against_it_is_told_and_nothing_is_sent() {
    let store = Store::new();
    let id = store.upload("b", "k", &WHOLE, 72);
    let time = store.sim.uploads("b")[0].initiated;
    store.sim.put_part_at("b", "k", &id, 7, MIB, time).unwrap();
    let gaps = "3 parts are missing below part 7: 4 to 6";
    is_refused(&store, &id, &[], gaps);

    let store = Store::new();
    let id = store.upload("b", "k", &[8 * MIB, 3, MIB], 72);
    is_refused(&store, &id, &[], "part 2 (3 bytes)");

    let store = Store::new();
    let id = store.upload("b", "k", &WHOLE, 3);
    is_refused(
        &store,
        &id,
        &[],
        "the upload was active 3 h ago, within the last 24 h",
    );

    let store = Store::new();
    let id = store.upload("b", "k", &[], 72);
    is_refused(&store, &id, &[], "the upload has no parts");

    let (store, id) = whole();
    store.sim.put_part("b", "k", &id, 3, MIB).unwrap();
    is_refused(&store, &id, &[], "within the last 24 h");

    let (store, id) = whole();
    let size = "--size is 17825793 bytes, and the parts add up to 17825792";
    is_refused(&store, &id, &["--size", "17825793"], size);
}

/// Whoever sends parts of several sizes may send a smaller one anywhere.
#[test]
fn parts_of_several_sizes_look_complete_to_whoever_knows_the_size_only() {
    let store = Store::new();
    let id = store.upload("b", "k", &[20 * MIB, 6 * MIB, 30 * MIB, 5 * MIB], 72);
    let why = "the parts have several sizes: nothing shows that part 4 (5.24 MB) is the last";
    is_refused(&store, &id, &[], why);
    let listed = run(&mut on(&store), &["rescue", "--list", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_valid(&schema("rescue"), &value);
    let upload = &value["uploads"][0];
    assert_eq!(upload["looks"], "may_be_complete", "{upload}");
    assert_eq!(upload["reasons"][0], "part_sizes_vary", "{upload}");
    let ran = rescue(&store, &["--yes", "--upload-id", &id, "--size", "63963136"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// Its client may be at work, or not: no date shows it.
#[test]
fn an_upload_with_a_date_in_the_future_is_of_unknown_age() {
    let (store, id) = whole();
    let future = "2100-01-01T00:00:00Z".parse().unwrap();
    store
        .sim
        .put_part_at("b", "k", &id, 3, MIB, future)
        .unwrap();
    let why = "can't be true, it is in the future (2100-01-01 00:00)";
    is_refused(&store, &id, &[], why);
    let shown = rescue(&store, &["-n"]).out;
    assert!(
        shown.contains("  Newest part  2100-01-01 00:00 UTC\n"),
        "{shown}"
    );
    let listed = run(&mut on(&store), &["rescue", "--list", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_valid(&schema("rescue"), &value);
    assert_eq!(value["active"], 0, "{value}");
    assert_eq!(
        value["uploads"][0]["reasons"][0], "date_in_future",
        "{value}"
    );
}

/// Nothing shows how old an upload is at a store whose dates may be local time: one age and not two.
#[test]
fn at_a_store_whose_dates_prove_nothing_no_age_is_shown() {
    let store = unrecognized();
    let id = store.upload("b", "k", &WHOLE, 8);
    let why = "the upload may have been active within the last 24 h: nothing shows that this store's dates are UTC, so they may be up to 14 h behind";
    is_refused(&store, &id, &[], why);
    let ran = rescue(&store, &["-n", "--upload-id", &id]);
    assert!(ran.out.contains(" by the store's dates"), "{ran:?}");
    assert!(!ran.out.contains(" ago"), "{ran:?}");
}

/// A run that was killed after the store had completed: the next one says so.
#[test]
fn an_upload_that_an_earlier_run_completed_is_told_from_one_that_is_gone() {
    let (store, id) = whole();
    let gone = rescue(&store, &["-n", "--upload-id", "no-such-id"]);
    assert_eq!(gone.code, Some(5), "{gone:?}");
    assert!(
        gone.err.contains("it may have been completed or aborted"),
        "{gone:?}"
    );
    let args = ["--yes", "--upload-id", &*id];
    assert_eq!(rescue(&store, &args).code, Some(0));
    let again = rescue(&store, &args);
    assert_eq!(again.code, Some(5), "{again:?}");
    assert!(again.err.contains("an object of 17.83 MB"), "{again:?}");
    let text = again.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("set out to complete it, and the object has the ETag"),
        "{again:?}"
    );
}

/// Whoever reads that it can only be aborted aborts it, and its client may be at work on that very part.
#[test]
fn an_upload_that_may_be_active_is_not_said_to_be_one_to_abort() {
    for (hours, is_said) in [(2, false), (72, true)] {
        let store = Store::new();
        let id = store.upload("b", "k", &[8 * MIB, 5 * MIB - 1, MIB], hours);
        let ran = rescue(&store, &["--yes", "--upload-id", &id]);
        assert_eq!(ran.code, Some(5), "{ran:?}");
        let small = "smaller than the 5,242,880 bytes that a part before the last must have: part 2 (5,242,879 bytes)";
        assert!(ran.err.contains(small), "{ran:?}");
        let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains("can only be aborted"), is_said, "{ran:?}");
    }
}

/// Its answers show no store, and who named it knows that it wants parts of one size.
#[test]
fn what_a_named_store_asks_of_parts_is_asked_of_them() {
    let store = unrecognized();
    let id = store.upload("b", "k", &[6 * MIB, 8 * MIB, MIB], 72);
    let named = format!("r2:{}", store.sim.endpoint());
    let r2 = ["-n", "--upload-id", &*id, "--store", &named];
    let ran = rescue(&store, &r2);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let why = "part 2 has 8,388,608 bytes, and part 1 has 6,291,456";
    assert!(ran.err.contains(why), "{ran:?}");
    let ran = rescue(&store, &r2[..3]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// A target is a prefix: `clean s3://b/k` would also abort what is at `k2`.
#[test]
fn no_hint_names_a_command_that_aborts_other_uploads_too() {
    let store = Store::new();
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(72);
    let gap = store.upload("b", "k", &WHOLE, 72);
    store.sim.put_part_at("b", "k", &gap, 7, MIB, time).unwrap();
    let small = store.upload("b", "k", &[8 * MIB, 3, MIB], 72);
    let empty = store.upload("b", "k", &[], 72);
    store.upload("b", "k2", &WHOLE, 72);
    for id in [gap, small, empty] {
        let ran = rescue(&store, &["-n", "--upload-id", &id]);
        assert_eq!(ran.code, Some(5), "{ran:?}");
        assert!(!ran.err.contains("partsweep clean"), "{ran:?}");
        let shows = "shows all uploads that begin with this key, and clean would abort every one of them that it may";
        assert!(ran.err.contains(shows), "{ran:?}");
    }
}

#[test]
fn yes_completes_nothing_that_was_active_in_the_last_hour() {
    let store = Store::new();
    let id = store.upload("b", "k", &WHOLE, 0);
    let args = ["--quiet-for", "0s"];
    let why = "ago, and --yes completes nothing that was active in the last hour";
    is_refused(&store, &id, &args, why);
    let ran = rescue(
        &store,
        &["-n", "--yes", "--upload-id", &id, "--quiet-for", "0s"],
    );
    assert_eq!(ran.code, Some(5), "{ran:?}");
}

#[test]
fn a_size_is_told_once_and_one_of_nothing_is_known() {
    let store = Store::new();
    store.upload("b", "k", &[8 * MIB, 8 * MIB], 72);
    let out = rescue(&store, &["-n"]).out;
    assert!(out.contains("none missing; 8.39 MB each\n"), "{out}");
    let store = Store::new();
    store.upload("b", "k", &[8 * MIB, 8 * MIB - 1], 72);
    let out = rescue(&store, &["-n"]).out;
    assert!(
        out.contains("; 8.39 MB each, the last 8,388,607 bytes\n"),
        "{out}"
    );
    let store = Store::new();
    store.upload("b", "k", &[0], 72);
    let ran = rescue(&store, &["-n"]);
    assert!(
        ran.out.contains("  Size         0 B (0 bytes)\n"),
        "{ran:?}"
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let out = run(&mut on(&store), &["rescue", "--list"]).out;
    assert!(out.contains("  1 part   idle"), "{out}");
}

#[test]
fn whoever_loses_a_race_is_told_what_is_there() {
    let (store, id) = whole();
    let refused = FaultKind::Refused(412, "PreconditionFailed");
    let fault = Fault::new(Operation::CompleteMultipartUpload, Nth::Every, refused);
    store.sim.faults().push(fault);
    let ran = rescue(&store, &["--yes", "--upload-id", &id]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let there = "the store refused; no object is at the key, and the upload is still there";
    assert!(ran.err.contains(there), "{ran:?}");
}

#[test]
fn an_object_at_the_key_is_replaced_only_with_overwrite() {
    let (store, id) = whole();
    store.sim.put_object("b", "k", 5).unwrap();
    is_refused(&store, &id, &[], "an object of 5 B is at the key");
    let ran = rescue(&store, &["--yes", "--upload-id", &id, "--overwrite"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.sim.object("b", "k").unwrap().size, 17 * MIB);
}

#[test]
fn an_object_that_was_deleted_is_not_brought_back_unasked() {
    let (store, id) = whole();
    store.sim.set_versioning("b", Versioning::Enabled).unwrap();
    store.sim.put_object("b", "k", 5).unwrap();
    store.sim.delete_object("b", "k").unwrap();
    let why = "there was an object at the key, and it was deleted 20";
    is_refused(&store, &id, &[], why);
    is_refused(&store, &id, &[], "UTC (1 version left)");
}

/// Nothing but its delete marker is left: older versions expired, or were deleted for good.
#[test]
fn an_object_of_which_a_delete_marker_is_left_is_not_brought_back_unasked() {
    let (store, id) = whole();
    store.sim.set_versioning("b", Versioning::Enabled).unwrap();
    store.sim.delete_object("b", "k").unwrap();
    is_refused(&store, &id, &[], "UTC (no version left)");
    let shown = rescue(&store, &["-n"]).out;
    assert!(
        shown.contains("  At the key   no object: it was deleted\n"),
        "{shown}"
    );
    let ran = rescue(&store, &["--yes", "--upload-id", &id, "--overwrite"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn what_the_key_may_not_see_is_no_reason_to_go_on() {
    let (store, id) = whole();
    store.sim.deny(ACCESS_KEY, None, Operation::HeadObject);
    let why = "whether there is an object at the key can't be seen";
    is_refused(&store, &id, &["--overwrite"], why);
}

#[test]
fn a_last_part_as_large_as_the_others_takes_the_size() {
    let store = Store::new();
    let id = store.upload("b", "k", &[8 * MIB, 8 * MIB], 72);
    let why = "nothing shows that it is the last";
    is_refused(&store, &id, &[], why);
    let ran = rescue(&store, &["--yes", "--upload-id", &id, "--size", "16MiB"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.sim.object("b", "k").unwrap().size, 16 * MIB);
}

#[test]
fn of_several_uploads_one_is_chosen_by_its_id() {
    let (store, id) = whole();
    let other = store.upload("b", "k", &WHOLE, 48);
    store.upload("b", "k2", &WHOLE, 48);
    let ran = rescue(&store, &["-n"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.out.contains(&id) && ran.out.contains(&other), "{ran:?}");
    assert!(ran.err.contains("2 uploads of s3://b/k"), "{ran:?}");
    let ran = rescue(&store, &["--yes", "--upload-id", &other]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("b"), ["k", "k2"]);
}

#[test]
fn a_file_that_differs_is_a_reason_against_it() {
    let ((store, id), folder) = (whole(), Folder::new());
    let file = folder.file("file");
    std::fs::write(&file, b"short").unwrap();
    let length = "the file has 5 bytes, and the parts add up to 17825792";
    is_refused(&store, &id, &["--verify", &file], length);
    let zeros = std::fs::File::create(&file).unwrap();
    zeros.set_len(17 * MIB).unwrap();
    let differs = "the MD5 of the file differs in parts 1, 2, 3";
    is_refused(&store, &id, &["--verify", &file], differs);
    let ran = rescue(&store, &["-n", "--verify", "."]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("`.` isn't a file"), "{ran:?}");
    let ran = rescue(&store, &["-n", "--verify", &folder.file("none")]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn nobody_agrees_who_cannot_be_asked_or_named_no_upload() {
    let (store, _) = whole();
    let ran = rescue(&store, &[]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("there is no terminal"), "{ran:?}");
    let ran = rescue(&store, &["--yes"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--yes needs --upload-id"), "{ran:?}");
    for targets in [&["s3://b"][..], &[], &["s3://b/k", "s3://b/l"]] {
        let ran = run(&mut on(&store), &[&["rescue", "-n"], targets].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    let ran = run(on(&store).env("PARTSWEEP_OVERWRITE", "true"), &["scan"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn at_a_terminal_only_a_yes_completes() {
    for (typed, code, left) in [("\n", 5, 1), ("y\n", 0, 0)] {
        let (store, _) = whole();
        let mut terminal = Terminal::on(&store, "rescue s3://b/k");
        terminal.wait_for("The last part came 3 d ago.");
        terminal.wait_for("A part that is being sent at this moment can't be seen");
        terminal.wait_for("becomes an object of 17.83 MB?");
        terminal.wait_for(QUESTION);
        terminal.press(typed);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, code, "{screen}");
        assert_eq!(store.left("b").len(), left);
    }
}

#[test]
fn what_changes_while_the_question_waits_is_not_completed() {
    let (store, id) = whole();
    let mut terminal = Terminal::on(&store, "rescue s3://b/k");
    terminal.wait_for(QUESTION);
    store.sim.put_part("b", "k", &id, 4, MIB).unwrap();
    terminal.press("y\n");
    terminal.wait_for("something changed since it was shown");
    assert_eq!(terminal.end().0, 5);
    assert_eq!(store.changes(), 0);
}

#[test]
fn an_answer_that_is_lost_is_looked_for_and_the_request_is_not_repeated() {
    for habits in [Habits::aws(), Habits::ceph(), Habits::minio()] {
        let store = Store::with(Setup::new(habits));
        let id = store.upload("b", "k", &WHOLE, 72);
        let lost = Fault::new(
            Operation::CompleteMultipartUpload,
            Nth::Every,
            FaultKind::AnswerLost,
        );
        store.sim.faults().push(lost);
        let ran = rescue(&store, &["--yes", "--upload-id", &id]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("Completed s3://b/k"), "{ran:?}");
        assert_eq!(store.sim.count(Operation::CompleteMultipartUpload), 1);
    }
}

/// It would stay for as long as the bucket says, whoever regrets it.
#[test]
fn whoever_completes_an_upload_is_told_that_nobody_can_delete_the_object() {
    let (store, id) = whole();
    let dry = |args: &[&str]| rescue(&store, &[&["-n", "--upload-id", &id], args].concat());
    let ran = dry(&[]);
    assert!(
        !ran.out.contains("Object Lock") && ran.err.contains("dry run"),
        "{ran:?}"
    );
    let lock = || {
        let value = document(&dry(&["--json"]));
        assert_valid(&schema("rescue"), &value);
        value["object_lock"].clone()
    };
    assert_eq!(lock()["state"], "none");
    for (mode, told) in [
        ("COMPLIANCE", "nobody can delete the object for 30 days"),
        (
            "GOVERNANCE",
            "can be deleted for 30 days only by s3:BypassGovernanceRetention",
        ),
    ] {
        store.sim.set_default_retention("b", mode, 30).unwrap();
        let ran = dry(&[]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(told), "{ran:?}");
        let lock = lock();
        assert_eq!(lock["state"], "locks");
        assert_eq!(lock["mode"], mode.to_lowercase(), "{lock:#}");
        assert_eq!(lock["days"], 30);
    }
    store
        .sim
        .deny(ACCESS_KEY, Some("b"), Operation::GetObjectLock);
    let ran = dry(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let right = "the access key needs s3:GetBucketObjectLockConfiguration";
    assert!(ran.err.contains(right), "{ran:?}");
    let lock = lock();
    assert_eq!(lock["state"], "not_visible", "and not as if it had none");
    assert!(lock["mode"].is_null() && lock["days"].is_null(), "{lock:#}");
}

#[test]
fn the_list_shows_what_looks_complete_and_the_command_for_it() {
    let (store, _) = whole();
    store.upload("b", "large last", &[8 * MIB, 8 * MIB], 72);
    store.upload("b", "small", &[MIB, MIB, MIB], 72);
    let gap = store.upload("b", "gap", &[8 * MIB], 72);
    let time = store.sim.uploads("b")[0].initiated;
    let part = store.sim.put_part_at("b", "gap", &gap, 4, 8 * MIB, time);
    part.unwrap();
    store.upload("b", "young", &WHOLE, 1);
    store.upload("b", "empty", &[], 72);
    let twice = store.upload("b", "twice", &WHOLE, 72);
    store.upload("b", "twice", &[MIB, MIB, MIB], 72);
    let ran = run(&mut on(&store), &["rescue", "--list"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let complete = "    17.83 MB       3 parts  idle     3 d  partsweep rescue s3://b/k\n";
    assert!(ran.out.contains(complete), "{ran:?}");
    assert!(
        ran.out
            .contains("partsweep rescue --size SIZE 's3://b/large last'"),
        "{ran:?}"
    );
    let chosen = format!("partsweep rescue --upload-id {twice} s3://b/twice\n");
    assert!(ran.out.contains(&chosen), "{ran:?}");
    for left_out in ["small", "young", "empty"] {
        assert!(!ran.out.contains(left_out), "{ran:?}");
    }
    let unfinished = "Parts are missing: if you still have the file, give it\n";
    let (_, unfinished) = ran.out.split_once(unfinished).unwrap();
    assert!(
        unfinished.ends_with("partsweep rescue --resume-from FILE s3://b/gap\n"),
        "{ran:?}"
    );
    assert!(ran.err.contains("2 uploads can't be completed"), "{ran:?}");
    let active = "1 upload with parts was active in the last 24 h, and not looked at";
    assert!(ran.err.contains(active), "{ran:?}");
    assert_eq!(store.changes(), 0);
}

fn document(ran: &Run) -> serde_json::Value {
    let value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_valid(&schema("rescue"), &value);
    value
}

#[test]
fn programs_get_one_document_of_what_was_seen_and_what_came_of_it() {
    let (store, id) = whole();
    let named = ["--yes", "--upload-id", &id, "--json"];
    let dry = document(&rescue(&store, &[&named[..], &["-n"]].concat()));
    assert_eq!(dry["outcome"], "dry_run", "{dry:#}");
    assert_eq!(dry["upload"]["bytes"], 17 * MIB);
    assert_eq!(dry["at_key"]["state"], "none");
    store.sim.put_object("b", "k", 5).unwrap();
    let ran = rescue(&store, &named);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let refused = document(&ran);
    assert_eq!(refused["outcome"], "refused", "{refused:#}");
    assert_eq!(refused["reasons"][0]["code"], "object_at_key");
    assert_eq!(refused["at_key"]["object"]["bytes"], 5);
    let ran = rescue(&store, &[&named[..], &["--overwrite"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let done = document(&ran);
    assert_eq!(done["outcome"], "done", "{done:#}");
    assert_eq!(done["verified_by"], "size_and_etag");
    assert_eq!(done["object"]["etag"], done["upload"]["etag"]);
    assert!(done["record"].is_string());
    let gone = rescue(&store, &named);
    assert_eq!((gone.code, &*gone.out), (Some(5), ""), "{gone:?}");
    let ran = rescue(&store, &["--json"]);
    assert_eq!((ran.code, &*ran.out), (Some(5), ""), "{ran:?}");
    for option in [&["--format", "csv"][..], &["--top", "3"]] {
        let ran = rescue(&store, &[&["-n"], option].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    store.upload("b", "two", &WHOLE, 72);
    store.upload("b", "two", &WHOLE, 48);
    let ran = run(&mut on(&store), &["rescue", "-n", "--json", "s3://b/two"]);
    assert_eq!(document(&ran)["choice"].as_array().unwrap().len(), 2);
}

#[test]
fn programs_get_the_list_with_every_reason() {
    let (store, id) = whole();
    store.upload("b", "large last", &[8 * MIB, 8 * MIB], 72);
    store.upload("b", "small", &[MIB, MIB, MIB], 72);
    store.upload("b", "young", &WHOLE, 1);
    let ran = run(&mut on(&store), &["rescue", "--list", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let list = document(&ran);
    assert_eq!(list["active"], 1, "{list:#}");
    assert_eq!(list["listing_complete"], true);
    let uploads = list["uploads"].as_array().unwrap();
    let looks: Vec<_> = uploads
        .iter()
        .map(|upload| (&upload["key"], &upload["looks"]))
        .collect();
    assert_eq!(
        serde_json::json!(looks),
        serde_json::json!([
            ["k", "complete"],
            ["large last", "may_be_complete"],
            ["small", "not_complete"]
        ])
    );
    assert_eq!(uploads[0]["upload_id"], *id);
    assert_eq!(uploads[0]["command"], "partsweep rescue s3://b/k");
    assert_eq!(uploads[2]["reasons"], serde_json::json!(["part_too_small"]));
}

/// A word that is cut by the edge of the terminal can't be read; a command that is broken can't be copied.
#[test]
fn on_a_narrow_terminal_words_stay_whole_and_commands_too() {
    let (store, id) = whole();
    store.upload("b", "young", &WHOLE, 1);
    let mut terminal = Terminal::sized(&store, "rescue --list", 40);
    terminal.wait_for("idle     3 d\r\n    partsweep rescue s3://b/k\r\n");
    assert_eq!(terminal.end().0, 0);
    let mut terminal = Terminal::sized(&store, "rescue s3://b/k", 40);
    terminal.wait_for(QUESTION);
    terminal.press("\n");
    let (_, screen) = terminal.end();
    for line in crate::glass::lines(&screen, 200) {
        let is_copied = line.contains(&id) || line.contains("ETag");
        assert!(line.chars().count() <= 40 || is_copied, "{line}: {screen}");
    }
    let store = Store::new();
    store.upload("a-bucket-with-a-long-name", "k", &WHOLE, 72);
    let mut terminal = Terminal::sized(&store, "lifecycle check", 40);
    terminal.wait_for("Next:\r\n  partsweep lifecycle set a-bucket-with-a-long-name\r\n");
    terminal.end();
}
