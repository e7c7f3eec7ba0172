//! `lifecycle set` and `lifecycle undo`: one rule more, no other touched, and back again.

use std::process::Stdio;

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::habits::{Initiated, LifecycleForm};
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::interrupts::{signal, wait_until};
use crate::program::{Run, on, partsweep, run, told};
use crate::store::Store;
use crate::terminal::Terminal;

const THEIRS: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>theirs</ID>\
    <Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule>\
    </LifecycleConfiguration>";

const OURS: &str = "<Rule><ID>partsweep-abort-incomplete</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

fn store(habits: Habits) -> Store {
    let store = Store::with(Setup::new(habits));
    store.sim.create_bucket("plain");
    store.sim.create_bucket("ruled");
    store.sim.set_lifecycle("ruled", Some(THEIRS)).unwrap();
    store
}

fn lifecycle(store: &Store, args: &[&str]) -> Run {
    run(&mut on(store), &[&["lifecycle"][..], args].concat())
}

/// The writes that were asked for.
fn writes(store: &Store) -> u64 {
    store.sim.count(Operation::PutBucketLifecycle)
        + store.sim.count(Operation::DeleteBucketLifecycle)
}

fn undo_file(ran: &Run) -> String {
    let line = ran
        .err
        .lines()
        .find(|line| line.contains("What was there before is in "));
    line.unwrap_or_else(|| panic!("{ran:?}"))
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_rule_is_added_beside_others_and_undone() {
    for habits in [
        Habits::aws(),
        Habits::ceph(),
        Habits::garage(),
        Habits::seaweedfs(),
    ] {
        let store = store(habits.clone());
        let theirs = store.sim.lifecycle("ruled").unwrap();
        let ran = lifecycle(&store, &["set", "--yes"]);
        assert_eq!(ran.code, Some(0), "{} {ran:?}", habits.store);
        for line in [
            "plain: changed, and read back",
            "ruled: changed, and read back",
            "+ ",
            "2 buckets changed.",
        ] {
            assert!(
                (ran.out.clone() + &ran.err).contains(line),
                "{line}: {ran:?}"
            );
        }
        assert!(
            store
                .sim
                .lifecycle("plain")
                .unwrap()
                .unwrap()
                .contains("partsweep-abort-incomplete")
        );
        let ruled = store.sim.lifecycle("ruled").unwrap().unwrap();
        assert!(
            ruled.contains("<ID>theirs</ID>") && ruled.contains("tmp/"),
            "{ruled}"
        );
        // There is nothing more to do.
        let again = lifecycle(&store, &["set", "--yes"]);
        assert_eq!((again.code, writes(&store)), (Some(0), 2), "{again:?}");
        assert!(
            again.err.contains("2 buckets with such a rule already"),
            "{again:?}"
        );

        let file = undo_file(&ran);
        let undone = lifecycle(&store, &["undo", "--yes", &file]);
        assert_eq!(undone.code, Some(0), "{} {undone:?}", habits.store);
        assert_eq!(store.sim.lifecycle("plain").unwrap(), None);
        let now = store.sim.lifecycle("ruled").unwrap().unwrap();
        assert!(now.contains("theirs") && !now.contains("Abort"), "{now}");
        if habits.lifecycle.form == LifecycleForm::Kept {
            assert_eq!(Some(now), theirs, "byte for byte");
        }
        let again = lifecycle(&store, &["undo", "--yes", &file]);
        assert!(again.err.contains("as it was before already"), "{again:?}");
    }
}

#[test]
fn every_other_rule_stays_byte_for_byte_and_the_header_is_kept() {
    let store = store(Habits::aws());
    store
        .sim
        .set_lifecycle_default_minimum("ruled", "varies_by_storage_class")
        .unwrap();
    let ran = lifecycle(&store, &["set", "-y", "ruled"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let expected = THEIRS.replace(
        "</LifecycleConfiguration>",
        &format!("{OURS}</LifecycleConfiguration>"),
    );
    assert_eq!(store.sim.lifecycle("ruled").unwrap(), Some(expected));
    let kept = store.sim.lifecycle_default_minimum("ruled").unwrap();
    assert_eq!(kept.as_deref(), Some("varies_by_storage_class"));
}

/// A store that takes the rules and sets back what was beside them has changed something.
#[test]
fn a_setting_beside_the_rules_that_a_store_sets_back_is_told() {
    let mut habits = Habits::aws();
    habits.lifecycle.resets_default_minimum = true;
    let store = store(habits);
    for (was, code) in [
        ("all_storage_classes_128K", 0),
        ("varies_by_storage_class", 3),
    ] {
        store.sim.set_lifecycle("ruled", Some(THEIRS)).unwrap();
        let set = store.sim.set_lifecycle_default_minimum("ruled", was);
        set.unwrap();
        let ran = lifecycle(&store, &["set", "-y", "ruled"]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let told = "was `varies_by_storage_class` and is `all_storage_classes_128K`";
        assert_eq!(ran.err.contains(told), code == 3, "{ran:?}");
        assert!(ran.err.contains("lifecycle undo"), "{ran:?}");
    }
}

#[test]
fn a_store_that_refuses_a_second_rule_is_told_with_what_to_do() {
    let mut habits = Habits::aws();
    habits.lifecycle.form = LifecycleForm::OneRule;
    let store = store(habits);
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("plain: changed"), "{ran:?}");
    let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("the rules that were there are unchanged; the store may take only one"),
        "{ran:?}"
    );
    assert_eq!(
        store.sim.lifecycle("ruled").unwrap().as_deref(),
        Some(THEIRS)
    );
}

#[test]
fn a_dry_run_and_no_answer_change_nothing() {
    let store = store(Habits::aws());
    let ran = lifecycle(&store, &["set", "-n", "-y"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 0), "{ran:?}");
    assert!(
        ran.out.contains("+   <Rule>") || ran.out.contains("+ <LifecycleConfiguration>"),
        "{ran:?}"
    );
    assert!(ran.err.contains("nothing was changed"), "{ran:?}");
    let ran = lifecycle(&store, &["set"]);
    assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
}

#[test]
fn the_question_names_what_is_changed_and_only_yes_changes_it() {
    let store = store(Habits::aws());
    let mut terminal = Terminal::on(&store, "lifecycle set --days 3 plain");
    terminal.wait_for("+     <ID>partsweep-abort-incomplete</ID>");
    terminal.wait_for("The store aborts each upload 3 days after its start");
    terminal.wait_for("[y/N] ");
    terminal.press("maybe\n");
    terminal.wait_for("answer y to change it");
    terminal.wait_for("[y/N] ");
    terminal.press("\n");
    let (code, screen) = terminal.end();
    assert_eq!((code, writes(&store)), (5, 0), "{screen}");
    let mut terminal = Terminal::on(&store, "lifecycle set plain");
    terminal.wait_for("[y/N] ");
    terminal.press("y\n");
    terminal.wait_for("plain: changed, and read back");
    let (code, screen) = terminal.end();
    assert_eq!((code, writes(&store)), (0, 1), "{screen}");
}

#[test]
fn a_rule_that_takes_longer_is_shortened_only_if_told() {
    let store = store(Habits::aws());
    let long = format!(
        "<LifecycleConfiguration>{}</LifecycleConfiguration>",
        OURS.replace(">7<", ">30<")
    );
    store.sim.set_lifecycle("plain", Some(&long)).unwrap();
    let ran = lifecycle(&store, &["set", "-y", "plain"]);
    assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
    assert!(
        ran.err.contains("after 30 days") && ran.err.contains("--shorten lowers it to 7 days"),
        "{ran:?}"
    );
    let ran = lifecycle(&store, &["set", "-y", "--shorten", "plain"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        store.sim.lifecycle("plain").unwrap(),
        Some(long.replace(">30<", ">7<"))
    );
}

#[test]
fn stores_that_keep_no_such_rule_are_refused_before_anything_is_sent() {
    for (habits, why) in [
        (
            Habits::minio(),
            "aborts incomplete uploads by itself after 1 day",
        ),
        (Habits::swift(), "has no lifecycle rules"),
    ] {
        let store = Store::with(Setup::new(habits));
        store.sim.create_bucket("b");
        let ran = lifecycle(&store, &["set", "-y"]);
        assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
        assert_eq!(store.sim.count(Operation::GetBucketLifecycle), 0, "{ran:?}");
        assert!(ran.err.contains(why), "{ran:?}");
        assert_eq!(store.sim.count(Operation::DeleteBucket), 0);
    }
}

#[test]
fn what_a_store_drops_is_put_back_and_told() {
    let mut habits = Habits::aws();
    habits.lifecycle.form = LifecycleForm::LastRule;
    let one_rule = store(habits.clone());
    let ran = lifecycle(&one_rule, &["set", "-y", "ruled"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = "warning: bucket `ruled`: the store dropped a part of what was written, so what was there before was put back";
    assert!(ran.err.contains(told), "{ran:?}");
    let now = one_rule.sim.lifecycle("ruled").unwrap().unwrap();
    assert!(now.contains("tmp/") && !now.contains("Abort"), "{now}");
    // RustFS refuses a rule that only aborts, alone or beside others.
    habits.lifecycle.form = LifecycleForm::Rustfs;
    let refusing = store(habits);
    let ran = lifecycle(&refusing, &["set", "-y"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(
        ran.err
            .matches("could not write the lifecycle configuration")
            .count(),
        2,
        "{ran:?}"
    );
    assert_eq!(
        refusing.sim.lifecycle("ruled").unwrap().as_deref(),
        Some(THEIRS)
    );
}

#[test]
fn a_bucket_that_another_tool_manages_is_left_with_the_rule_for_that_tool() {
    let store = store(Habits::aws());
    store
        .sim
        .set_bucket_tags("plain", &[("aws:cloudformation:stack-name", "web")])
        .unwrap();
    store
        .sim
        .set_bucket_tags("ruled", &[("ManagedBy", "terraform")])
        .unwrap();
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
    assert!(
        ran.err.contains("CloudFormation (stack web) manages it"),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("lifecycle set --print cloudformation plain"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("lifecycle set --print terraform ruled"),
        "{ran:?}"
    );
    // The rule that was asked for, and no other.
    let ran = lifecycle(&store, &["set", "-y", "--days", "3", "ruled"]);
    let typed = "lifecycle set --print terraform ruled --days 3`";
    assert!(ran.err.contains(typed), "{ran:?}");
    let tagged = |name: &str, value: &str| {
        store
            .sim
            .set_bucket_tags("ruled", &[(name, value)])
            .unwrap();
        let ran = lifecycle(&store, &["set", "-y", "ruled"]);
        assert_eq!((ran.code, writes(&store)), (Some(5), 0), "{ran:?}");
        ran.err
    };
    let told = tagged("pulumi:stack", "prod");
    assert!(told.contains("Pulumi manages it"), "{told}");
    assert!(
        told.contains("--print pulumi ruled") && !told.contains("erraform"),
        "{told}"
    );
    let told = tagged("Name", "terraform-state");
    assert!(
        told.contains("its tag `Name` = `terraform-state` may mean"),
        "{told}"
    );
    assert!(
        told.contains("--print aws-cli ruled") && !told.contains("--print terraform"),
        "{told}"
    );
    let ran = lifecycle(&store, &["set", "-y", "--even-if-managed"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 2), "{ran:?}");
}

/// What would be copied into another tool would be refused there.
#[test]
fn a_rule_is_printed_for_no_store_that_refuses_it() {
    for (args, code) in [
        ("--print aws-cli --store minio:http://127.0.0.1:9", 5),
        ("--print mc --store minio:http://127.0.0.1:9", 0),
        ("--print terraform --store gcs", 5),
        ("--print s3cmd --store oracle:NS:us-ashburn-1", 5),
        ("--print aws-cli --store wasabi", 0),
        ("--print b2 --store b2:us-west-004", 0),
    ] {
        let line = format!("lifecycle set b {args}");
        let args: Vec<_> = line.split(' ').collect();
        let ran = run(&mut partsweep(), &args);
        assert_eq!(ran.code, Some(code), "{line}: {ran:?}");
        assert_eq!(ran.out.is_empty(), code == 5, "{line}: {ran:?}");
    }
}

#[test]
fn printing_connects_to_nothing() {
    for (tool, says) in [
        ("terraform", "days_after_initiation = 14"),
        ("cloudformation", "DaysAfterInitiation: 14"),
        ("pulumi", "daysAfterInitiation: 14"),
        ("aws-cli", "\"DaysAfterInitiation\": 14"),
        ("s3cmd", "<DaysAfterInitiation>14</DaysAfterInitiation>"),
        ("mc", "stale_uploads_expiry=336h"),
        (
            "b2",
            "\"daysFromStartingToCancelingUnfinishedLargeFiles\": 14",
        ),
    ] {
        let ran = run(
            &mut partsweep(),
            &["lifecycle", "set", "--days", "14", "--print", tool, "logs"],
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(says), "{ran:?}");
        assert!(
            tool == "cloudformation" || tool == "mc" || ran.out.contains("logs"),
            "{ran:?}"
        );
    }
}

#[test]
fn what_cannot_be_done_is_told_with_what_to_do() {
    let store = store(Habits::aws());
    store
        .sim
        .deny(ACCESS_KEY, Some("ruled"), Operation::PutBucketLifecycle);
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("s3:PutLifecycleConfiguration") && ran.out.contains("plain: changed"),
        "{ran:?}"
    );
    assert_eq!(
        store.sim.lifecycle("ruled").unwrap().as_deref(),
        Some(THEIRS)
    );
    store
        .sim
        .deny(ACCESS_KEY, Some("ruled"), Operation::GetBucketLifecycle);
    let ran = lifecycle(&store, &["set", "-y", "ruled"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("s3:GetLifecycleConfiguration"), "{ran:?}");
    for (args, says) in [
        (
            &["set", "-y", "s3://ruled/tmp/"][..],
            "the rule is for a whole bucket",
        ),
        (&["set", "--days", "0"], "a number of days from 1 to 3650"),
        (&["set", "--json"], "--json has no effect"),
        (
            &["undo", "-y", "/nonexistent"],
            "could not read /nonexistent",
        ),
    ] {
        let ran = lifecycle(&store, args);
        assert!(
            ran.code == Some(2) || ran.code == Some(1),
            "{args:?} {ran:?}"
        );
        assert!(ran.err.contains(says), "{args:?} {ran:?}");
    }
}

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
    let undone = lifecycle(&store, &["undo", "-y", &file]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    let now = store.sim.lifecycle("ruled").unwrap();
    assert_eq!(now.as_deref(), Some(THEIRS), "byte for byte");
}

/// What couldn't be read isn't "nothing to change".
#[test]
fn buckets_that_could_not_be_read_are_not_called_finished() {
    let store = store(Habits::aws());
    let file = undo_file(&lifecycle(&store, &["set", "-y", "plain"]));
    let denied = Fault::new(
        Operation::GetBucketLifecycle,
        Nth::Every,
        FaultKind::Refused(403, "AccessDenied"),
    );
    store.sim.faults().push(denied);
    for args in [&["set", "-y"][..], &["undo", "-y", &file]] {
        let ran = lifecycle(&store, args);
        assert_eq!((ran.code, writes(&store)), (Some(3), 1), "{ran:?}");
        assert!(ran.err.ends_with("No bucket was changed.\n"), "{ran:?}");
    }
}

#[test]
fn buckets_with_a_shorter_rule_are_named_in_one_note() {
    let store = store(Habits::aws());
    lifecycle(&store, &["set", "-y", "--days", "3"]);
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 2), "{ran:?}");
    let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "plain, ruled: aborted sooner than 7 days already. A second rule with more days would change nothing";
    assert!(text.contains(told), "{ran:?}");
    for number in 0..5 {
        let name = format!("more-{number}");
        store.sim.create_bucket(&name);
        let short = with_rule(3, "<Filter><Prefix></Prefix></Filter>", "Enabled");
        store.sim.set_lifecycle(&name, Some(&short)).unwrap();
    }
    let ran = lifecycle(&store, &["set", "-y"]);
    assert_eq!(ran.err.matches("A second rule").count(), 1, "{ran:?}");
    assert!(ran.err.contains("7 buckets: aborted sooner"), "{ran:?}");
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

/// Its deletion would be that of the bucket. One had no lifecycle before, which is undone by deleting it; the other had one.
#[test]
fn a_store_without_lifecycles_is_never_sent_a_change_of_one() {
    let store = Store::with(Setup::new(Habits::swift()));
    let folder = Folder::new();
    let file = folder.file("undo");
    let mut text = format!(
        r#"{{"format":"partsweep.lifecycle-undo/1","started":"2026-11-29T12:00:00Z","endpoint":"{}","account":null}}"#,
        store.sim.endpoint()
    );
    for (bucket, before, after) in [
        ("was-none", None, Some(THEIRS)),
        ("was-some", Some(THEIRS), None),
    ] {
        store.sim.create_bucket(bucket);
        let change = serde_json::json!({
            "bucket": bucket,
            "before": before,
            "default_minimum": null,
            "after": after,
        });
        text.push_str(&format!("\n{change}"));
    }
    std::fs::write(&file, text + "\n").unwrap();
    let ran = lifecycle(&store, &["undo", "--yes", &file]);
    assert_eq!((ran.code, writes(&store)), (Some(3), 0), "{ran:?}");
    assert_eq!(store.sim.count(Operation::GetBucketLifecycle), 2);
    assert_eq!(store.sim.buckets(), ["was-none", "was-some"]);
}

#[test]
fn a_busy_store_and_a_lost_answer_are_borne() {
    let store = store(Habits::aws());
    let busy = Fault::new(
        Operation::PutBucketLifecycle,
        Nth::First(2),
        FaultKind::Refused(409, "OperationAborted"),
    );
    store.sim.faults().push(busy);
    let ran = lifecycle(&store, &["set", "-y", "plain"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 3), "{ran:?}");
}

/// "Not now" is no "perhaps": nothing is to be waited for that can't come.
#[test]
fn a_store_that_asks_for_fewer_requests_is_asked_again() {
    for (kind, writes_sent) in [(FaultKind::SlowDown, 2), (FaultKind::TooManyRequests, 4)] {
        let store = store(Habits::aws());
        let refused = writes_sent - 1;
        let fault = Fault::new(Operation::PutBucketLifecycle, Nth::First(refused), kind);
        store.sim.faults().push(fault);
        let ran = lifecycle(&store, &["set", "-y", "plain"]);
        assert_eq!(
            (ran.code, writes(&store)),
            (Some(0), writes_sent),
            "{ran:?}"
        );
        let told = "plain: the store is asking for fewer requests; waiting up to 60 s";
        assert_eq!(ran.err.contains(told), refused > 1, "{ran:?}");
        assert!(!ran.err.contains("busy"), "{ran:?}");
    }
}

/// At two requests a second, five looks beside each other would each be too old for their writes.
#[test]
fn buckets_are_changed_one_at_a_time_where_few_requests_are_allowed() {
    let store = Store::new();
    for number in 0..5 {
        store.sim.create_bucket(&format!("bucket-{number}"));
    }
    let ran = lifecycle(&store, &["set", "-y", "--rps", "2"]);
    assert_eq!((ran.code, writes(&store)), (Some(0), 5), "{ran:?}");
    assert!(!ran.err.contains("waiting"), "{ran:?}");
    // One to show it, one just before the write, two after it: none in vain.
    assert_eq!(store.sim.count(Operation::GetBucketLifecycle), 20);
}

fn with_rule(days: u32, scope: &str, status: &str) -> String {
    format!(
        "<LifecycleConfiguration><Rule><ID>r{days}</ID>{scope}<Status>{status}</Status><AbortIncompleteMultipartUpload>\
         <DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"
    )
}

/// A bucket for each thing that can be the matter.
fn audited() -> Store {
    let store = Store::new();
    let day = 24;
    for (bucket, rule, age) in [
        ("a-none", None, Some(40 * day)),
        (
            "b-protected",
            Some(with_rule(7, "<Filter/>", "Enabled")),
            Some(3 * day),
        ),
        (
            "c-ineffective",
            Some(with_rule(7, "<Filter/>", "Enabled")),
            Some(20 * day),
        ),
        (
            "d-late",
            Some(with_rule(30, "<Filter/>", "Enabled")),
            Some(10 * day),
        ),
        (
            "e-partly",
            Some(with_rule(7, "<Prefix>tmp/</Prefix>", "Enabled")),
            Some(10 * day),
        ),
        (
            "f-disabled",
            Some(with_rule(7, "<Filter/>", "Disabled")),
            Some(day),
        ),
        ("g-empty", None, None),
        ("h-denied", None, Some(40 * day)),
    ] {
        store.sim.create_bucket(bucket);
        store.sim.set_lifecycle(bucket, rule.as_deref()).unwrap();
        if let Some(hours) = age {
            store.upload(bucket, "k", &[1_000_000], hours);
        }
    }
    store
        .sim
        .deny(ACCESS_KEY, Some("h-denied"), Operation::GetBucketLifecycle);
    store
}

#[test]
fn check_says_what_protects_each_bucket_and_what_mends_it() {
    let store = audited();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(3), "one may not be read: {ran:?}");
    for line in [
        "a-none         no",
        "b-protected    yes: rule `r7` after 7 days",
        "c-ineffective  no: rule `r7` after 7 days leaves older uploads",
        "d-late         late: rule `r30` after 30 days",
        "e-partly       partly: only keys that start with `tmp/`",
        "f-disabled     no: rule `r7` is disabled",
        "h-denied       not known: the key needs s3:GetLifecycleConfiguration",
        "1 bucket without a rule and without incomplete uploads (--all lists it)",
        "4 incomplete uploads older than 7 days in 4 buckets, which nothing removes in time; at risk: at least 4.0 MB",
        "Next: partsweep lifecycle set a-none e-partly f-disabled",
        "Next: partsweep lifecycle set --shorten d-late",
        "Next: partsweep clean --older-than 7d c-ineffective",
    ] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
    assert!(!ran.out.contains("g-empty"), "{ran:?}");
    assert!(
        lifecycle(&store, &["check", "--all"])
            .out
            .contains("g-empty")
    );
    assert_eq!((writes(&store), store.changes()), (0, 0), "law 1");
}

/// 0 would be a number, and nothing can be said of what could not be seen (law 8).
#[test]
fn of_uploads_that_can_not_be_listed_no_number_is_told() {
    let store = Store::new();
    store.upload("b", "k", &[1_000_000], 900);
    store
        .sim
        .deny(ACCESS_KEY, Some("b"), Operation::ListMultipartUploads);
    let ran = lifecycle(&store, &["check", "--check", "--json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    let bucket = &value["buckets"][0];
    for field in [
        "uploads",
        "uploads_over_limit",
        "bytes",
        "bytes_at_least",
        "cost",
        "oldest_started",
    ] {
        assert_eq!(bucket[field], serde_json::Value::Null, "{field}: {value:#}");
    }
    let csv = lifecycle(&store, &["check", "--format", "csv"]);
    let row = csv.out.lines().nth(1).unwrap();
    assert!(row.starts_with("b,none,false,,,,,,,,,false,"), "{csv:?}");
    let narrow = lifecycle(&store, &["check"]);
    assert!(narrow.out.contains("?"), "{narrow:?}");
}

/// A command that its store refuses mends nothing. Three of these answer NoSuchLifecycleConfiguration.
#[test]
fn a_rule_is_advised_only_where_the_store_takes_one() {
    for (name, state) in [
        ("swift", "no: the store has no lifecycle rules"),
        ("supabase", "no: the store has no lifecycle rules"),
        ("versitygw", "no: the store has no lifecycle rules"),
        (
            "oracle",
            "not known: the store has such rules in its own API only",
        ),
    ] {
        let ran = run(
            &mut partsweep(),
            &["demo", "lifecycle", "check", "--store", name],
        );
        assert!(!ran.out.contains("lifecycle set"), "{name}: {ran:?}");
        assert!(ran.out.contains(state), "{name}: {ran:?}");
    }
}

/// S3 takes 1,000 rules, of which each may have a long name and many conditions.
#[test]
fn the_largest_lifecycle_that_s3_takes_is_read() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 900);
    let rule = |n: u32| {
        format!(
            "<Rule><ID>{}{n}</ID><Filter><Prefix>p{n}/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>",
            "x".repeat(800)
        )
    };
    let rules: String = (0..999).map(rule).collect();
    let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    assert!(text.len() > 900_000);
    store.sim.set_lifecycle("b", Some(&text)).unwrap();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("partsweep lifecycle set b"), "{ran:?}");
    store
        .sim
        .set_lifecycle("b", Some("<!DOCTYPE x><LifecycleConfiguration/>"))
        .unwrap();
    let ran = lifecycle(&store, &["check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

/// Its rule has fewer days than were asked for, and these are older.
#[test]
fn a_rule_that_leaves_older_uploads_is_mended_also_below_the_limit() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 6 * 24);
    let rule = with_rule(3, "<Filter/>", "Enabled");
    store.sim.set_lifecycle("b", Some(&rule)).unwrap();
    let ran = lifecycle(&store, &["check"]);
    let told = "no: rule `r3` after 3 days leaves older uploads";
    assert!(ran.out.contains(told), "{ran:?}");
    let next = "Next: partsweep clean --older-than 3d b";
    assert!(ran.out.contains(next), "{ran:?}");
}

#[test]
fn a_rule_without_a_clear_number_of_days_is_named() {
    let store = Store::new();
    store.upload("b", "k", &[1_000], 900);
    for days in ["0", "-1", "7.5", "x"] {
        let rule = with_rule(7, "<Filter/>", "Enabled").replace(">7<", &format!(">{days}<"));
        store.sim.set_lifecycle("b", Some(&rule)).unwrap();
        let ran = lifecycle(&store, &["check", "--check"]);
        assert_eq!(ran.code, Some(4), "{ran:?}");
        let told = "no: rule `r7` doesn't say clearly after how many days";
        assert!(ran.out.contains(told), "{ran:?}");
        let json = lifecycle(&store, &["check", "--json"]);
        let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_valid(&schema("lifecycle"), &value);
        assert_eq!(value["buckets"][0]["state"], "unclear", "{value:#}");
    }
}

/// A rule in the words of Amazon S3 is refused there.
#[test]
fn stores_with_their_own_words_for_a_rule_get_it_in_them() {
    for (id, words) in [
        ("gcs", "<Condition><Age>7</Age></Condition>"),
        (
            "alibaba",
            "<AbortMultipartUpload><Days>7</Days></AbortMultipartUpload>",
        ),
    ] {
        let store = Store::with(Setup::new(Habits::of(StoreEntry::named(id).unwrap())));
        store.upload("b", "k", &[1_000_000], 100);
        let named = format!("{id}:{}", store.sim.endpoint());
        let ran = lifecycle(
            &store,
            &["set", "--days", "7", "--yes", "b", "--store", &named],
        );
        assert_eq!(ran.code, Some(0), "{id}: {ran:?}");
        let kept = store.sim.lifecycle("b").unwrap().unwrap();
        assert!(kept.contains(words), "{id}: {kept}");
        let ran = lifecycle(&store, &["check", "--check", "b"]);
        assert_eq!(ran.code, Some(0), "{id}: {ran:?}");
    }
}

/// Ozone's own clean-up comes first, and it refuses a rule that could never do anything.
#[test]
fn a_rule_that_comes_after_the_stores_own_clean_up_is_refused_before_anything_is_sent() {
    let store = Store::with(Setup::new(Habits::of(StoreEntry::named("ozone").unwrap())));
    store.upload("b", "k", &[1_000_000], 100);
    for (days, code) in [("30", 5), ("29", 0)] {
        let ran = lifecycle(&store, &["set", "--days", days, "--yes", "b"]);
        assert_eq!(ran.code, Some(code), "{days}: {ran:?}");
        let is_told = ran.err.contains("takes such a rule only with fewer days");
        assert_eq!(is_told, code == 5, "{ran:?}");
        assert_eq!(writes(&store) > 0, code == 0, "{days}");
    }
}

/// moto gives every upload the same date: whether one is too old isn't known, and nobody is told that none is.
#[test]
fn uploads_whose_start_is_not_known_are_not_called_young() {
    let moto = StoreEntry::named("moto").unwrap();
    let store = Store::with(Setup::new(Habits::of(moto)));
    store.upload("b", "k", &[1_000_000], 100);
    let ran = lifecycle(&store, &["check", "--check"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = "b: the start of 1 upload isn't known, so whether it is too old isn't";
    assert!(ran.err.contains(told), "{ran:?}");
    let value: serde_json::Value =
        serde_json::from_str(&lifecycle(&store, &["check", "--json"]).out).unwrap();
    assert_eq!(
        value["buckets"][0]["oldest_started"],
        serde_json::Value::Null,
        "{value:#}"
    );
}

/// A date from before S3 is none, for `set` as for `check`.
#[test]
fn an_upload_without_a_believable_date_is_old_neither_for_check_nor_for_set() {
    let mut habits = Habits::aws();
    habits.listing.initiated = Initiated::Constant("1970-01-02T00:00:00.000Z");
    let store = Store::with(Setup::new(habits));
    store.upload("b", "k", &[1_000_000], 1);
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["buckets"][0]["uploads_over_limit"], 0, "{value:#}");
    let ran = lifecycle(&store, &["set", "-n", "b"]);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!told.contains("older than 7 days"), "{ran:?}");
    let says = "The start of 1 upload isn't known: it may go as well.";
    assert!(told.contains(says), "{ran:?}");
}

/// One upload dated in the future made those of every bucket older.
#[test]
fn a_date_in_the_future_changes_the_age_of_nothing_else() {
    let store = Store::new();
    store.upload("b", "k", &[1_000_000], 100);
    store.upload("c", "k", &[1_000_000], -960);
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for bucket in value["buckets"].as_array().unwrap() {
        assert_eq!(bucket["uploads_over_limit"], 0, "{value:#}");
    }
    let ran = lifecycle(&store, &["check"]);
    assert!(
        ran.out.contains(" 4 d ") && !ran.out.contains("44 d"),
        "{ran:?}"
    );
}

#[test]
fn check_exits_with_4_where_old_uploads_have_nothing_that_removes_them() {
    let store = audited();
    let check = |args: &[&str]| lifecycle(&store, &[&["check", "--check"][..], args].concat()).code;
    for (bucket, code) in [
        ("a-none", 4),
        ("b-protected", 0),
        ("c-ineffective", 4),
        ("d-late", 4),
        ("e-partly", 4),
        // Its upload is a day old.
        ("f-disabled", 0),
        ("g-empty", 0),
        ("h-denied", 3),
    ] {
        assert_eq!(check(&[bucket]), Some(code), "{bucket}");
    }
    assert_eq!(check(&["--days", "60", "a-none", "d-late"]), Some(0));
    assert_eq!(check(&["--days", "30", "d-late"]), Some(0));
}

#[test]
fn check_is_written_in_every_format() {
    let store = audited();
    let document: serde_json::Value =
        serde_json::from_str(&lifecycle(&store, &["check", "--json"]).out).unwrap();
    let schema = include_str!("../../../../docs/schemas/partsweep.lifecycle-1.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(
        validator.is_valid(&document),
        "{:?}",
        validator.iter_errors(&document).next()
    );
    let states = |records: &[serde_json::Value]| -> Vec<String> {
        let mut states: Vec<_> = records
            .iter()
            .map(|record| {
                format!(
                    "{} {}",
                    record["bucket"].as_str().unwrap(),
                    record["state"].as_str().unwrap()
                )
            })
            .collect();
        states.sort();
        states
    };
    let expected = [
        "a-none none",
        "b-protected protected",
        "c-ineffective ineffective",
        "d-late too_long",
        "e-partly partly",
        "f-disabled disabled",
        "g-empty none",
        "h-denied denied",
    ];
    assert_eq!(states(document["buckets"].as_array().unwrap()), expected);
    assert_eq!(document["totals"]["exposed"], 4);
    let lines = lifecycle(&store, &["check", "-o", "ndjson"]).out;
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines.iter().all(|line| validator.is_valid(line)),
        "each line has its form"
    );
    assert_eq!(states(&lines[1..lines.len() - 1]), expected);
    let csv = lifecycle(&store, &["check", "-o", "csv"]).out;
    assert_eq!(csv.lines().count(), 9, "{csv}");
    assert!(
        csv.contains("c-ineffective,ineffective,false,r7,7,"),
        "{csv}"
    );
}

#[test]
fn the_table_fits_a_narrow_terminal() {
    let store = audited();
    let mut terminal = Terminal::sized(&store, "lifecycle check", 40);
    terminal.wait_for("Next:");
    let (_, screen) = terminal.end();
    for line in crate::glass::lines(&screen, 200) {
        let is_command = line.starts_with("  partsweep ") || line.contains("hint");
        assert!(line.chars().count() <= 40 || is_command, "{line}");
    }
}

#[test]
fn what_nothing_removes_has_its_cost_where_prices_are_known() {
    let store = audited();
    let ran = lifecycle(&store, &["check", "--price", "*=$2000/TB"]);
    // A bucket of those whose rules may not be read may be at risk, too.
    for line in [
        "They cost at least $0.01 a month (estimate, your prices).",
        "An abort saves this at once.",
        "SIZE  COST/MONTH  UPLOADS",
        "1.0 MB      <$0.01        1",
    ] {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
    let ran = lifecycle(&store, &["check", "--price", "*=$2000/TB", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    assert_eq!(value["buckets"][0]["cost"]["currency"], "USD", "{value:#}");
    let at_risk = &value["totals"]["cost_at_risk"];
    assert_eq!(at_risk["month"], "0.008", "{value:#}");
    assert_eq!(at_risk["at_least"], true, "{value:#}");
    let unknown = Store::with(Setup::new(Habits::ceph()));
    unknown.upload("b", "k", &[1_000_000_000], 900);
    let ran = lifecycle(&unknown, &["check", "b"]);
    assert!(!ran.out.contains("cost"), "{ran:?}");
}

#[test]
fn the_stores_own_clean_up_counts() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[1_000], 2);
    let ran = lifecycle(&store, &["check", "b"]);
    assert!(ran.out.contains("yes: by the store after 1 day"), "{ran:?}");
    let swift = Store::with(Setup::new(Habits::swift()));
    swift.upload("b", "k", &[1_000], 900);
    let ran = lifecycle(&swift, &["check", "--check", "b"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.out.contains("no: the store has no lifecycle rules"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("Next: partsweep clean --older-than 7d b"),
        "{ran:?}"
    );
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

#[test]
fn uploads_that_the_first_run_will_abort_are_told_before_anything_is_asked() {
    let store = store(Habits::aws());
    store.upload("plain", "dead", &[1_000], 900);
    let running = store.upload("plain", "nas/backup.img", &[1_000], 200);
    store
        .sim
        .put_part("plain", "nas/backup.img", &running, 2, 1_000)
        .unwrap();
    store.upload("plain", "young", &[1_000], 1);
    let ran = lifecycle(&store, &["set", "-n", "plain"]);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = "2 uploads are older than 7 days and go with its first run. 1 of them was active in the last 24 h: nas/backup.img.";
    assert!(told.contains(says), "{ran:?}");
    let ran = lifecycle(&store, &["set", "-n", "ruled"]);
    assert!(!ran.out.contains("older than"), "{ran:?}");
    store
        .sim
        .deny(ACCESS_KEY, Some("plain"), Operation::ListMultipartUploads);
    let ran = lifecycle(&store, &["set", "-n", "plain"]);
    assert!(ran.out.contains("There may be others"), "{ran:?}");
}

#[test]
fn what_is_at_risk_is_what_is_old() {
    let store = Store::new();
    store.upload("b", "old", &[1_000_000], 900);
    store.upload("b", "young", &[5_000_000], 2);
    let ran = lifecycle(&store, &["check", "b"]);
    assert!(ran.out.contains("at risk: 1.0 MB"), "{ran:?}");
    assert!(ran.out.contains("6.0 MB"), "the row has them all: {ran:?}");
}

#[test]
fn a_command_that_replaces_all_rules_is_printed_as_a_comment_below_its_warning() {
    for tool in ["aws-cli", "s3cmd", "b2"] {
        let ran = run(
            &mut partsweep(),
            &["lifecycle", "set", "--print", tool, "logs"],
        );
        let first = ran.out.lines().next().unwrap();
        assert!(
            first.starts_with("# The last command replaces ALL rules"),
            "{ran:?}"
        );
        for word in ["put-bucket-lifecycle", "setlifecycle", "bucket update"] {
            let lines = ran.out.lines().filter(|line| line.contains(word));
            assert!(lines.clone().all(|line| line.starts_with("# ")), "{ran:?}");
        }
    }
    let ran = run(
        &mut partsweep(),
        &["lifecycle", "set", "--print", "terraform", "s3://a/b"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn every_bucket_is_named_before_anything_is_agreed_to() {
    let store = Store::new();
    let names: Vec<_> = (0..30)
        .map(|number| format!("bucket-{number:02}"))
        .collect();
    for name in &names {
        store.sim.create_bucket(name);
    }
    let ran = lifecycle(&store, &["set", "-n"]);
    for name in &names {
        assert!(ran.out.contains(name), "{name}: {ran:?}");
    }
    assert_eq!(
        ran.out.matches("+ <LifecycleConfiguration>").count(),
        1,
        "once for all: {ran:?}"
    );
}

#[test]
fn the_next_command_is_for_the_buckets_that_need_it_and_for_no_other() {
    let store = Store::new();
    let names: Vec<_> = (0..9).map(|number| format!("bucket-{number}")).collect();
    for name in &names {
        store.upload(name, "old", &[1_000], 900);
        let rule = with_rule(7, "<Filter/>", "Enabled");
        store.sim.set_lifecycle(name, Some(&rule)).unwrap();
    }
    store.upload("another", "old", &[1_000], 900);
    let asked: Vec<_> = names.iter().map(String::as_str).collect();
    let ran = lifecycle(&store, &[&["check"][..], &asked].concat());
    let next = format!(
        "Next: partsweep clean --older-than 7d {}\n",
        names.join(" ")
    );
    assert!(ran.out.contains(&next), "{ran:?}");
}

#[test]
fn a_file_that_is_written_is_no_dash() {
    let store = store(Habits::aws());
    let folder = Folder::new();
    for args in [
        &["lifecycle", "set", "-y", "--undo", "-"][..],
        &["lifecycle", "undo", "-y", "--undo", "-", "file"],
        &["prices", "import", "list", "--save", "-"],
        &["clean", "-y", "--journal", "-"],
    ] {
        let ran = run(on(&store).current_dir(folder.path()), args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("a file is needed here"), "{ran:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(store.changes(), 0);
}

#[test]
fn a_store_that_refuses_such_rules_is_told_with_one_hint() {
    let store = Store::with(Setup::new(Habits::minio()));
    store.upload("b", "k", &[1_000], 2);
    let ran = lifecycle(&store, &["set", "-y", "b"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert_eq!(ran.err.matches("hint:").count(), 1, "{ran:?}");
    let text = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("hint: it aborts incomplete uploads by itself after 1 day"),
        "{ran:?}"
    );
    assert!(
        text.contains("; a rule with nothing else is refused"),
        "{ran:?}"
    );
    assert!(
        text.contains("; `partsweep clean --yes` in cron"),
        "{ran:?}"
    );
}

/// Whoever mends a bucket by its JSON needs the days of a rule that doesn't protect it, too.
#[test]
fn a_rule_that_does_not_protect_has_its_days_in_the_document() {
    let store = Store::new();
    let rule = |scope: &str, status: &str, days: u32| {
        format!(
            "<LifecycleConfiguration><Rule><ID>r</ID><Filter>{scope}</Filter><Status>{status}</Status>\
             <AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation>\
             </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"
        )
    };
    let of = [
        ("partly", rule("<Prefix>tmp/</Prefix>", "Enabled", 3), 3),
        ("disabled", rule("", "Disabled", 5), 5),
        ("too_long", rule("", "Enabled", 90), 90),
        ("ineffective", rule("", "Enabled", 2), 2),
    ];
    for (state, document, _) in &of {
        let bucket = state.replace('_', "-");
        store.upload(&bucket, "k", &[1_000], 24 * 10);
        store.sim.set_lifecycle(&bucket, Some(document)).unwrap();
    }
    let ran = lifecycle(&store, &["check", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    for (state, _, days) in of {
        let mut buckets = value["buckets"].as_array().unwrap().iter();
        let bucket = buckets.find(|bucket| bucket["state"] == state);
        let bucket = bucket.unwrap_or_else(|| panic!("{state}: {value:#}"));
        assert_eq!(bucket["rule_days"], days, "{bucket:#}");
        assert_eq!(bucket["works"], false);
    }
    let csv = lifecycle(&store, &["check", "--format", "csv"]).out;
    assert!(csv.contains("partly,partly,false,r,3,"), "{csv}");
}

#[test]
fn what_is_waited_for_is_said_with_how_long() {
    let mut habits = Habits::aws();
    habits.lifecycle.stale_reads = 4;
    let store = store(habits);
    let ran = lifecycle(&store, &["set", "--yes", "ruled"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let says = "ruled: the store hasn't shown the change twice in a row yet; waiting up to 60 s\n";
    assert_eq!(ran.err.matches(says).count(), 1, "{ran:?}");
    let quick = self::store(Habits::aws());
    let ran = lifecycle(&quick, &["set", "--yes", "ruled"]);
    assert!(!ran.err.contains("waiting"), "{ran:?}");
}

/// What was sent is still read back; the exit code says that it was stopped.
#[test]
fn a_signal_while_a_change_is_read_back_is_told_and_ends_with_130() {
    let mut habits = Habits::aws();
    habits.lifecycle.stale_reads = 5;
    let store = store(habits);
    let child = on(&store)
        .args(["lifecycle", "set", "--yes", "ruled"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the change", || writes(&store) == 1);
    signal(&child, "TERM");
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(
        ran.err
            .contains("Stopping: what was sent is still read back"),
        "{ran:?}"
    );
    assert!(ran.out.contains("ruled: changed, and read back"), "{ran:?}");
}

/// Whoever presses Ctrl-C takes back what they agreed to: a store that was busy isn't asked again.
#[test]
fn a_signal_ends_the_asking_of_a_busy_store_and_counts_what_was_not_changed() {
    let store = store(Habits::aws());
    let busy = Fault::new(
        Operation::PutBucketLifecycle,
        Nth::Every,
        FaultKind::Refused(409, "OperationAborted"),
    );
    store.sim.faults().push(busy);
    for number in 0..20 {
        store.sim.create_bucket(&format!("more-{number}"));
    }
    let child = on(&store)
        .args(["lifecycle", "set", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Some of the 8 that go at once are in their second pause or a later one.
    wait_until("the third write to one of 8 buckets", || {
        writes(&store) >= 17
    });
    signal(&child, "INT");
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(
        ran.err.contains("interrupted: 22 buckets not changed"),
        "{ran:?}"
    );
    let of_others =
        |line: &str| line.contains("\"bucket\":\"plain\"") || line.contains("\"bucket\":\"ruled\"");
    let file = std::fs::read_to_string(undo_file(&ran)).unwrap();
    assert!(
        !file.lines().any(of_others),
        "those after the first 8: {file}"
    );
    assert_eq!(
        file.matches("\"outcome\":\"interrupted\"").count(),
        8,
        "{file}"
    );
}

/// What its own API holds can't be seen by this one: that isn't nothing.
#[test]
fn a_store_with_rules_in_its_own_api_is_refused_before_anything_is_sent() {
    let oracle = StoreEntry::named("oracle").unwrap();
    let store = Store::with(Setup::new(Habits::of(oracle)));
    store.upload("b", "k", &[1_000_000], 24 * 30);
    let named = format!("oracle:{}", store.sim.endpoint());
    for mode in ["-n", "--yes"] {
        let ran = lifecycle(&store, &["set", mode, "--store", &named]);
        assert_eq!((ran.code, store.sim.total()), (Some(5), 0), "{ran:?}");
        for said in [
            "in its own API only",
            "target multipart-uploads, action ABORT",
        ] {
            assert!(ran.err.contains(said), "{said}: {ran:?}");
        }
    }
    let ran = lifecycle(&store, &["check", "--check", "--store", &named]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told = "not known: the store has such rules in its own API only";
    assert!(ran.out.contains(told), "{ran:?}");
    assert!(
        !ran.out.contains("No bucket has incomplete uploads older"),
        "{ran:?}"
    );
    let ran = lifecycle(&store, &["check", "--json", "--store", &named]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("lifecycle"), &value);
    assert_eq!(value["buckets"][0]["state"], "own_api", "{value:#}");
    let ran = run(
        &mut partsweep(),
        &["demo", "--store", "oracle", "lifecycle", "set", "-n"],
    );
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.err.contains("Oracle's own API"), "{ran:?}");
}

/// Dell ECS leaves what is there, and Alibaba OSS counts from the last part: nobody agrees to something else.
#[test]
fn the_question_says_what_the_rule_does_at_this_store() {
    for (id, says, never) in [
        (
            "ecs",
            "Uploads that were started before the rule stay, says Dell ECS.",
            "go with its first run",
        ),
        (
            "alibaba",
            "aborts each upload 7 days after its last part came.",
            "after its start",
        ),
    ] {
        let store = Store::with(Setup::new(Habits::of(StoreEntry::named(id).unwrap())));
        store.upload("b", "k", &[1_000_000], 24 * 30);
        let named = format!("{id}:{}", store.sim.endpoint());
        let ran = lifecycle(&store, &["set", "-n", "--store", &named, "b"]);
        let told = (ran.out.clone() + &ran.err)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            told.contains(says) && !told.contains(never),
            "{id}: {ran:?}"
        );
    }
}

/// Terraform takes no name that begins with a digit, and two buckets need two.
#[test]
fn what_is_printed_for_terraform_has_a_name_that_it_takes() {
    let store = store(Habits::aws());
    let args = ["set", "--print", "terraform", "123-abc", "my-b", "my.b"];
    let ran = lifecycle(&store, &args);
    for name in ["bucket_123-abc", "my-b", "my_b"] {
        let line = format!("resource \"aws_s3_bucket_lifecycle_configuration\" \"{name}\" {{");
        assert!(ran.out.contains(&line), "{ran:?}");
    }
}
