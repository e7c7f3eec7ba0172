//! `lifecycle undo`: what a bucket had before is put back, if it still has what was written.

use partsweep_sim::habits::LifecycleForm;
use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation};

use crate::folder::Folder;
use crate::lifecycle::{THEIRS, lifecycle, store, undo_file, writes};
use crate::program::{partsweep, run};
use crate::store::Store;
use crate::terminal::Terminal;

#[test]
fn an_undo_file_is_for_its_own_store_and_for_what_was_written() {
    let store = store(Habits::aws());
    let file = undo_file(&lifecycle(&store, &["set", "-y"]));
    let other = Store::new();
    let ran = lifecycle(&other, &["undo", "-y", &file]);
    assert_eq!((ran.code, writes(&other)), (Some(5), 0), "{ran:?}");
    assert!(
        ran.err.contains("this undo file is of http://127.0.0.1:"),
        "{ran:?}"
    );
    let more = store
        .sim
        .lifecycle("plain")
        .unwrap()
        .unwrap()
        .replace(">7<", ">9<");
    store.sim.set_lifecycle("plain", Some(&more)).unwrap();
    let before = writes(&store);
    let ran = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!((ran.code, writes(&store)), (Some(5), before + 1), "{ran:?}");
    assert!(
        ran.err
            .contains("bucket `plain` is left as it is: the lifecycle was changed since"),
        "{ran:?}"
    );
    assert!(ran.err.contains("shows the others"), "{ran:?}");
    let again = lifecycle(&store, &["undo", "-y", &file]);
    assert!(!again.err.contains("the others"), "none is left: {again:?}");
    assert_eq!(store.sim.lifecycle("plain").unwrap(), Some(more));
    assert_eq!(
        store.sim.lifecycle("ruled").unwrap().as_deref(),
        Some(THEIRS)
    );
}

/// Where the store damaged a lifecycle, a command leads back: also if the run was killed before it could see that.
#[test]
fn what_a_store_dropped_is_undone_though_it_was_not_put_back() {
    let mut habits = Habits::aws();
    habits.lifecycle.form = LifecycleForm::LastRule;
    let store = store(habits);
    let denied = Fault::new(
        Operation::PutBucketLifecycle,
        Nth::Only(2),
        FaultKind::Refused(403, "AccessDenied"),
    );
    store.sim.faults().push(denied);
    let ran = lifecycle(&store, &["set", "-y", "ruled"]);
    assert_eq!((ran.code, writes(&store)), (Some(3), 2), "{ran:?}");
    let told = "what was there before could not be put back";
    assert!(ran.err.contains(told), "{ran:?}");
    assert!(ran.err.contains("`partsweep lifecycle undo "), "{ran:?}");
    let ruined = store.sim.lifecycle("ruled").unwrap().unwrap();
    assert!(!ruined.contains("theirs"), "{ruined}");
    let file = undo_file(&ran);
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<serde_json::Value> = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[2]["outcome"], "ruined");
    assert_eq!(lines[2]["shown"], *ruined, "what was read is in it");
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    let now = store.sim.lifecycle("ruled").unwrap().unwrap();
    assert!(now.ends_with(THEIRS), "{now}");

    // As a run leaves it that was killed just after the write.
    store.sim.set_lifecycle("ruled", Some(&ruined)).unwrap();
    let cut = whole.lines().take(2).collect::<Vec<_>>().join("\n") + "\n";
    std::fs::write(&file, cut).unwrap();
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(undone.code, Some(3), "it has no end: {undone:?}");
    let told = "ruled: less is there than was written";
    assert!(undone.err.contains(told), "{undone:?}");
    let now = store.sim.lifecycle("ruled").unwrap().unwrap();
    assert!(now.ends_with(THEIRS), "{now}");

    // Somebody else's stays, and what was there before can be seen.
    let theirs = ruined.replace(">7<", ">8<");
    store.sim.set_lifecycle("ruled", Some(&theirs)).unwrap();
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(undone.code, Some(5), "{undone:?}");
    let next = format!("`partsweep lifecycle undo {file} --print ruled` prints what it had before");
    assert!(undone.err.contains(&next), "{undone:?}");
    assert_eq!(store.sim.lifecycle("ruled").unwrap(), Some(theirs));
}

#[test]
fn what_a_bucket_had_before_is_printed_without_a_store() {
    let store = store(Habits::aws());
    let file = undo_file(&lifecycle(&store, &["set", "-y"]));
    let offline = |args: &[&str]| {
        run(
            &mut partsweep(),
            &[&["lifecycle", "undo", &file][..], args].concat(),
        )
    };
    let ran = offline(&["--print", "ruled"]);
    assert_eq!(
        (ran.code, &*ran.out),
        (Some(0), &*format!("{THEIRS}\n")),
        "{ran:?}"
    );
    let ran = offline(&["--print", "s3://plain"]);
    assert_eq!((ran.code, &*ran.out), (Some(0), ""), "{ran:?}");
    assert!(
        ran.err.contains("plain: there was no lifecycle before"),
        "{ran:?}"
    );
    let ran = offline(&["--print", "other"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(
        ran.err.contains("bucket `other` isn't in this file"),
        "{ran:?}"
    );
}

/// Nobody can tell a store that changes values from somebody who does. A command puts back what was there, if it is wanted.
#[test]
fn what_differs_from_what_was_written_is_called_nobodys() {
    let mut habits = Habits::aws();
    habits.lifecycle.form = LifecycleForm::OneDay;
    let store = store(habits);
    let ran = lifecycle(&store, &["set", "-y", "ruled"]);
    assert_eq!((ran.code, writes(&store)), (Some(3), 1), "{ran:?}");
    let told = "warning: bucket `ruled`: what is there differs from what was written: the store or somebody else changed it; it is left as it is";
    let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(told), "{ran:?}");
    assert!(
        !text.contains("lifecycle check"),
        "it can't show that: {ran:?}"
    );
    let file = undo_file(&ran);
    let next = format!("lifecycle undo {file}` puts it back");
    assert!(text.contains(&next), "{ran:?}");
    let now = store.sim.lifecycle("ruled").unwrap().unwrap();
    assert!(now.contains("<Days>1</Days>"), "{now}");
    // It may be somebody's whole lifecycle: not without being asked.
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!((undone.code, writes(&store)), (Some(5), 1), "{undone:?}");
    assert!(undone.err.contains("may be somebody else's"), "{undone:?}");
    let mut terminal = Terminal::on(&store, &format!("lifecycle undo {file}"));
    terminal.wait_for("[y/N] ");
    terminal.press("y\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    let seen = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(seen.contains("somebody else changed it"), "{seen}");
    let now = store.sim.lifecycle("ruled").unwrap();
    assert_eq!(now.as_deref(), Some(THEIRS), "byte for byte");
}

/// Somebody's rule that came after ours was thrown away with it.
#[test]
fn a_rule_that_somebody_added_since_stays() {
    let store = store(Habits::aws());
    let file = undo_file(&lifecycle(&store, &["set", "-y"]));
    let added = "<Rule><ID>new</ID><Filter><Prefix>007</Prefix></Filter><Status>Enabled</Status>\
        <Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>";
    for bucket in ["plain", "ruled"] {
        let now = store.sim.lifecycle(bucket).unwrap().unwrap();
        let now = now.replace("</LifecycleConfiguration>", added);
        store.sim.set_lifecycle(bucket, Some(&now)).unwrap();
    }
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    let words = "plain: someone has changed other rules since; these stay";
    assert!(undone.err.contains(words), "{undone:?}");
    let theirs = THEIRS.replace("</LifecycleConfiguration>", added);
    for (bucket, left) in [("plain", added), ("ruled", &*theirs)] {
        let now = store.sim.lifecycle(bucket).unwrap().unwrap();
        assert!(now.ends_with(left) && !now.contains("partsweep"), "{now}");
    }
}

/// A typo in a path makes no folders, and is found before anything is sent.
#[test]
fn an_undo_file_in_a_folder_that_is_not_there_is_refused_before_anything_is_sent() {
    let store = store(Habits::aws());
    let folder = Folder::new();
    let file = folder.file("nowhere/deep/undo");
    let undo = undo_file(&lifecycle(&store, &["set", "-y", "plain"]));
    let sent = store.sim.count(Operation::ListBuckets);
    for args in [&["set", "-y"][..], &["undo", "-y", &undo]] {
        let ran = lifecycle(&store, &[args, &["--undo", &file]].concat());
        assert_eq!((ran.code, writes(&store)), (Some(1), 1), "{ran:?}");
        assert!(ran.err.contains("nothing was changed"), "{ran:?}");
        assert_eq!(store.sim.count(Operation::ListBuckets), sent, "{ran:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_undo_file_without_its_end_is_told_and_is_no_success() {
    let store = store(Habits::aws());
    let ran = lifecycle(&store, &["set", "-y"]);
    let file = undo_file(&ran);
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    assert_eq!(
        lines.len(),
        6,
        "a head, two lines for each bucket, an end: {whole}"
    );
    // Within the second bucket's first line.
    let cut = whole.find(lines[2]).unwrap() + 20;
    std::fs::write(&file, &whole[..cut]).unwrap();
    let ran = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("has no end"), "{ran:?}");
    // Nothing of it may be used that isn't there.
    let header_alone = lines[0].to_owned() + "\n";
    std::fs::write(&file, header_alone).unwrap();
    let ran = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
}
