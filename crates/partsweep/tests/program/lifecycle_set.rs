//! `lifecycle set`: one rule more, no other touched, and back again.

use std::process::Stdio;

use partsweep_core::provider::profiles::StoreEntry;
use partsweep_sim::habits::LifecycleForm;
use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Habits, Nth, Operation, Setup};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::interrupts::{signal, wait_until};
use crate::lifecycle::{OURS, THEIRS, lifecycle, store, undo_file, with_rule, writes};
use crate::program::{on, partsweep, run, told};
use crate::store::Store;
use crate::terminal::Terminal;

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
        // Undoing sends it as it was before, and a store that sets it back again is told again.
        let undone = lifecycle(&store, &["undo", "-y", &undo_file(&ran)]);
        assert_eq!(undone.code, Some(code), "{undone:?}");
        assert_eq!(undone.err.contains(told), code == 3, "{undone:?}");
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
