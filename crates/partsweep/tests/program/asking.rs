//! `clean` at a terminal.

use std::time::Duration;

use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Nth, Operation, SECRET_KEY};

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::store::Store;
use crate::terminal::Terminal;

const QUESTION: &str = "[y/N/list/all/quit/?] ";

#[test]
fn each_bucket_is_asked_about_and_only_a_yes_is_swept() {
    let store = Store::new();
    for (bucket, key, bytes, hours) in [
        ("old", "a/first", 1_000_000, 84),
        ("old", "b second", 2_000_000, 60),
        ("mixed", "stale", 4_000_000, 250),
        ("mixed", "empty", 1, 250),
        ("mixed", "young", 7_000_000, 0),
    ] {
        store.upload(bucket, key, &[bytes], hours);
    }
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for("4 of 5 incomplete uploads can be aborted: 7.0 MB in 2 buckets.");
    terminal.wait_for("Aborting permanently deletes the parts already uploaded.");
    terminal.wait_for("[1/2] ");
    terminal.wait_for("mixed");
    terminal.wait_for(" · 2 uploads, 4.0 MB · idle 10 days");
    terminal.wait_for("4.0 MB   10 d  stale");
    terminal.wait_for("1 skipped: active in the last 24 h (young)");
    terminal.wait_for("Abort these 2 uploads?");
    terminal.wait_for(QUESTION);
    terminal.press("n\n");
    terminal.wait_for("[2/2] ");
    terminal.wait_for(" · 2 uploads, 3.0 MB · idle 2 to 3 days");
    terminal.wait_for("Abort these 2 uploads?");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("aborted 2 uploads, freed 3.0 MB");
    // Also what is too young to be aborted has its size.
    for (label, rest) in [
        ("Aborted", "  2 uploads  3.0 MB  in 1 bucket"),
        ("Left", "     2 uploads  4.0 MB  you answered no: mixed"),
        ("Skipped", "  1 upload   7.0 MB  active in the last 24 h"),
        ("Failed", "   0"),
    ] {
        terminal.wait_for(label);
        terminal.wait_for(rest);
    }
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(screen.matches("permanently").count(), 1);
    assert_eq!(store.left("mixed").len(), 3);
    assert!(store.left("old").is_empty());
}

#[test]
fn enter_means_no_and_nothing_is_changed() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    for _ in 0..2 {
        terminal.wait_for(QUESTION);
        terminal.press("\n");
    }
    terminal.wait_for("4 uploads  7.0 MB  you answered no: mixed, old");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.changes(), 0);
}

#[test]
fn all_goes_on_without_asking() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean");
    terminal.wait_for(QUESTION);
    terminal.press("all\n");
    terminal.wait_for("Type 4 to confirm: ");
    terminal.press("4\n");
    terminal.wait_for("4 uploads  7.0 MB  in 2 buckets");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("[2/2]"), "{screen}");
    assert!(
        screen.contains("This aborts the remaining 4 uploads (7.0 MB) in 2 buckets:\r\n"),
        "{screen}"
    );
    assert!(
        screen.contains("  mixed, old\r\n"),
        "each bucket is named: {screen}"
    );
    assert_eq!(
        screen.matches(&store.sim.endpoint()).count(),
        2,
        "the place is named here again: {screen}"
    );
    assert_eq!(store.left("mixed"), ["young"]);
    assert!(store.left("old").is_empty());
    assert_eq!(
        screen.matches("Journal: ").count(),
        1,
        "one plan, one journal: {screen}"
    );
}

#[test]
fn all_is_nothing_without_its_number() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for(QUESTION);
    for typed in ["y\n", "\n", "5\n", "all\n"] {
        terminal.press("all\n");
        terminal.wait_for("Type 4 to confirm: ");
        terminal.press(typed);
        terminal.wait_for("not confirmed; nothing more aborted");
        terminal.wait_for(QUESTION);
    }
    assert_eq!(store.changes(), 0);
    // The buckets that were scanned for it are still asked about.
    terminal.press("n\n");
    terminal.wait_for("[2/2] ");
    terminal.wait_for(QUESTION);
    terminal.press("all\n");
    terminal.wait_for("Type 2 to confirm: ");
    terminal.press("2\n");
    terminal.wait_for("2 uploads  3.0 MB  in 1 bucket");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.left("mixed").len(), 3);
}

#[test]
fn control_c_at_the_number_changes_nothing() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("all\n");
    terminal.wait_for("Type 4 to confirm: ");
    terminal.press("\x03");
    assert_eq!(terminal.end().0, 130);
    assert_eq!(store.changes(), 0);
}

#[test]
fn quit_leaves_this_bucket_and_the_rest() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("maybe\n");
    terminal.wait_for("y, n, list, all or quit; ? explains");
    terminal.wait_for(QUESTION);
    terminal.press("q\n");
    terminal.wait_for("4 uploads  7.0 MB  you quit: mixed, old");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0);
    assert!(!screen.contains("[2/2]"), "{screen}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn the_end_of_the_input_is_no_consent() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("\x04");
    terminal.wait_for("you quit: mixed, old");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.changes(), 0);
}

#[test]
fn control_c_at_the_question_leaves_at_once() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("\x03");
    assert_eq!(terminal.end().0, 130);
    assert_eq!(store.changes(), 0);
}

#[test]
fn control_c_at_a_later_question_leaves_at_once_too() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("freed 4.0 MB");
    terminal.wait_for(QUESTION);
    terminal.press("\x03");
    terminal.wait_for("2 uploads  4.0 MB  in 1 bucket");
    terminal.wait_for("2 uploads  3.0 MB  not reached: old");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("interrupted; nothing else was aborted"));
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn a_journal_that_cannot_be_begun_aborts_nothing_and_says_what_is_left() {
    let (store, folder) = (Store::filled(), Folder::new());
    let journal = folder.file("jj");
    let mut terminal = Terminal::on(&store, &format!("--no-progress --journal '{journal}'"));
    terminal.wait_for(&format!("Journal: {journal}"));
    terminal.wait_for(QUESTION);
    // Somebody else's, since it was tried.
    std::fs::write(&journal, "another").unwrap();
    terminal.press("y\n");
    terminal.wait_for("4 uploads  7.0 MB  not reached: mixed, old");
    terminal.wait_for("jj exists already");
    let (code, screen) = terminal.end();
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("nothing was changed"), "{screen}");
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), "another");
    assert_eq!(store.changes(), 0);
}

#[test]
fn a_run_has_one_journal_whatever_the_number_of_its_plans_and_none_without_a_yes() {
    let (store, folder) = (Store::filled(), Folder::new());
    let journal = folder.file("jj.ndjson");
    let args = format!("--no-progress --journal '{journal}'");
    let mut terminal = Terminal::on(&store, &args);
    for _ in 0..2 {
        terminal.wait_for(QUESTION);
        terminal.press("n\n");
    }
    assert_eq!(terminal.end().0, 0);
    assert_eq!(folder.names(), [""; 0], "no empty file is left");
    let mut terminal = Terminal::on(&store, &args);
    for _ in 0..2 {
        terminal.wait_for(QUESTION);
        terminal.press("y\n");
    }
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(screen.matches("Journal: ").count(), 1, "{screen}");
    assert_eq!(folder.names(), ["jj.ndjson"]);
    let lines = crate::journal::lines(journal.as_ref());
    let schema = crate::formats::schema("journal");
    for line in &lines {
        crate::formats::assert_valid(&schema, line);
    }
    let numbers: std::collections::BTreeSet<_> = lines
        .iter()
        .filter(|line| line["act"] == "abort")
        .map(|line| line["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..4).collect(), "each upload has one number");
    assert_eq!(
        lines.iter().filter(|line| line["type"] == "plan").count(),
        1
    );
    let end = lines.last().unwrap();
    assert_eq!(
        (&end["type"], &end["totals"]["aborted"]),
        (&"end".into(), &4.into())
    );
    // Nothing is in doubt, and no plan goes on with it.
    let args = ["apply", "--resume", "--journal", &journal];
    let settled = crate::program::run(&mut crate::program::on(&store), &args);
    assert_eq!(settled.code, Some(0), "{settled:?}");
    assert!(settled.err.contains("Nothing is in doubt"), "{settled:?}");
}

#[test]
fn list_shows_every_upload_with_its_whole_key_and_asks_again() {
    let store = Store::new();
    let long = |n: u64| format!("{}/{n:02}/{}", "a long folder ".repeat(8), "b".repeat(40));
    for n in 0..12 {
        store.upload("many", &long(n), &[1_000 * (n + 1)], 100);
    }
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for("12.0 kB");
    terminal.wait_for("…");
    terminal.wait_for("2 more, 3.0 kB");
    terminal.wait_for(QUESTION);
    terminal.press("list\n");
    terminal.wait_for("SIZE    IDLE  STARTED     KEY");
    for n in (0..12).rev() {
        terminal.wait_for(&long(n));
    }
    terminal.wait_for(QUESTION);
    terminal.press("?\n");
    terminal.wait_for("every upload that would be");
    terminal.wait_for(QUESTION);
    terminal.press("n\n");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.changes(), 0);
    for (top, shown) in [("1", 1), ("all", 12)] {
        let mut terminal = Terminal::on(&store, &format!("clean --no-progress --top {top}"));
        terminal.wait_for(QUESTION);
        terminal.press("q\n");
        let (_, screen) = terminal.end();
        let is_row = |line: &&str| line.contains("a long folder") && line.contains(".0 kB");
        assert_eq!(screen.lines().filter(is_row).count(), shown, "{screen}");
    }
}

#[test]
fn a_bucket_that_was_not_seen_whole_is_told_before_the_first_question() {
    let store = Store::filled();
    store.sim.create_bucket("locked");
    store
        .sim
        .deny(ACCESS_KEY, Some("locked"), Operation::ListMultipartUploads);
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for("could not list uploads in bucket `locked`");
    terminal.wait_for("s3:ListBucketMultipartUploads");
    terminal.wait_for("4 of 5 incomplete uploads");
    terminal.wait_for(QUESTION);
    terminal.press("q\n");
    terminal.wait_for("Not seen");
    terminal.wait_for("1 bucket");
    terminal.wait_for("locked: ");
    assert_eq!(terminal.end().0, 3);
}

#[test]
fn the_question_is_shown_again_when_the_program_goes_on_after_control_z() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for(QUESTION);
    terminal.signal("CONT");
    terminal.wait_for(&format!("Abort these 2 uploads? {QUESTION}"));
    terminal.press("q\n");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn sigterm_at_a_question_says_what_was_freed_too() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("freed 4.0 MB");
    terminal.wait_for(QUESTION);
    terminal.terminate();
    terminal.wait_for("2 uploads  4.0 MB  in 1 bucket");
    assert_eq!(terminal.end().0, 130);
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn what_is_typed_during_a_sweep_answers_nothing() {
    let store = Store::filled();
    let slow = FaultKind::Slow(Duration::from_secs(1));
    let abort = Fault::new(Operation::AbortMultipartUpload, Nth::Every, slow);
    store.sim.faults().push(abort);
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    wait_until("an abort in flight", || {
        store.sim.count(Operation::AbortMultipartUpload) >= 1
    });
    // What the terminal has got, it shows.
    terminal.press("yes\nyes");
    terminal.wait_for("yes\r\nyes");
    terminal.wait_for("freed 4.0 MB");
    terminal.wait_for("[2/2] ");
    terminal.wait_for(QUESTION);
    terminal.press("n\n");
    terminal.wait_for("2 uploads  4.0 MB  in 1 bucket");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn a_table_that_nobody_sees_is_not_asked_about() {
    let store = Store::filled();
    let (code, screen) = Terminal::on(&store, "> /dev/null").end();
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("stdout is not a terminal"), "{screen}");
    assert!(
        screen.contains("`--yes` goes ahead without asking"),
        "{screen}"
    );
    assert_eq!(store.sim.total(), 0);
    // There, the demo only scans.
    let (code, screen) = Terminal::on(&store, "demo > /dev/null").end();
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("That was the demo. On a real account: `partsweep scan`."),
        "{screen}"
    );
}

#[test]
fn control_c_at_the_hidden_prompt_leaves_the_terminal_as_it_was() {
    let store = Store::filled();
    let mut terminal = Terminal::start_then_stty(&store, "scan --no-progress");
    terminal.wait_for("Access key ID: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("half a secret\x03");
    terminal.wait_for(" echo ");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!screen.contains("half a secret"), "{screen}");
    assert!(!screen.contains("error:"), "{screen}");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn no_key_at_the_hidden_prompt_leaves_the_terminal_without_echo() {
    let store = Store::filled();
    let mut terminal = Terminal::start_then_stty(&store, "scan --no-progress");
    terminal.wait_for("Access key ID: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("half a secret\x1c");
    terminal.wait_for(" echo ");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!screen.contains("half a secret"), "{screen}");

    // Ctrl-Z does nothing there.
    let mut terminal = Terminal::start_then_stty(&store, "scan --no-progress");
    terminal.wait_for("Access key ID: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press(&format!("\x1a{SECRET_KEY}\n"));
    terminal.wait_for("Total");
    terminal.wait_for("susp = ^Z");
    terminal.wait_for(" echo ");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn a_limit_that_holds_asks_and_sweeps_to_the_end() {
    for limit in ["--max-uploads 100", "--max-bytes 1TB"] {
        let store = Store::filled();
        let mut terminal = Terminal::on(&store, limit);
        terminal.wait_for(QUESTION);
        terminal.press("all\n");
        terminal.wait_for("Type 4 to confirm: ");
        terminal.press("4\n");
        terminal.wait_for("4 uploads  7.0 MB  in 2 buckets");
        let (code, screen) = terminal.end();
        assert_eq!(code, 0, "{screen}");
    }
}

#[test]
fn a_limit_holds_for_all_buckets_before_the_first_question() {
    let store = Store::filled();
    let (code, screen) = Terminal::on(&store, "--max-uploads 3").end();
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("4 uploads selected, over the --max-uploads limit of 3"));
    assert!(!screen.contains(QUESTION));
    assert_eq!(store.changes(), 0);
    let mut terminal = Terminal::on(&store, "--max-uploads 4");
    terminal.wait_for(QUESTION);
    terminal.press("q\n");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn missing_keys_are_asked_for_and_the_secret_is_not_shown() {
    let store = Store::filled();
    let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
    terminal.wait_for("Access key ID: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret access key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press(&format!("{SECRET_KEY}\n"));
    terminal.wait_for("Total");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains(ACCESS_KEY), "{screen}");
    assert!(!screen.contains(SECRET_KEY), "{screen}");
}

#[test]
fn machine_formats_are_not_asked_about() {
    let store = Store::filled();
    let (code, screen) = Terminal::on(&store, "clean --format json").end();
    assert_eq!(code, 5, "{screen}");
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn whoever_was_asked_for_keys_is_not_told_to_go_to_a_terminal() {
    let store = Store::filled();
    for refused in ["\n", "\x04"] {
        let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
        terminal.wait_for("Access key ID: ");
        terminal.press(refused);
        let (code, screen) = terminal.end();
        assert_eq!(code, 1, "{screen}");
        assert!(screen.contains("AWS_ACCESS_KEY_ID"), "{screen}");
        assert!(!screen.contains("at a terminal to be asked"), "{screen}");
    }
}

#[test]
fn all_of_400_buckets_asks_the_store_no_more_than_yes_does_and_writes_one_journal_of_one_plan() {
    let store = |folder: &Folder| {
        let store = Store::new();
        for n in 0..400 {
            store.upload(&format!("bucket-{n:03}"), "k", &[1_000], 100);
        }
        store.sim.clear_log();
        (store, folder.file("journal.ndjson"))
    };
    let folders = [Folder::new(), Folder::new()];
    let (unasked, journal) = store(&folders[0]);
    let begun = std::time::Instant::now();
    let args = ["--yes", "--journal", &journal];
    let ran = crate::program::run(&mut crate::program::on(&unasked), &args);
    let yes = begun.elapsed();
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let (asked, journal) = store(&folders[1]);
    let begun = std::time::Instant::now();
    let mut terminal = Terminal::on(&asked, &format!("--no-progress --journal '{journal}'"));
    terminal.wait_for(QUESTION);
    terminal.press("all\n");
    terminal.wait_for("Type 400 to confirm: ");
    terminal.press("400\n");
    let (code, screen) = terminal.end();
    let all = begun.elapsed();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("in 400 buckets"), "{screen}");
    assert_eq!(
        asked.sim.total(),
        unasked.sim.total(),
        "{all:?} and {yes:?}"
    );
    assert_eq!(folders[1].names(), ["journal.ndjson"]);
    let lines = crate::journal::lines(journal.as_ref());
    assert_eq!(
        lines.iter().filter(|line| line["type"] == "header").count(),
        1
    );
    assert!(!lines.iter().any(|line| line["type"] == "plan"), "one plan");
    assert_eq!(lines.last().unwrap()["totals"]["aborted"], 400);
}

/// What could not be seen, or was left out, is not called empty (law 8).
#[test]
fn nothing_to_ask_about_says_why() {
    let store = Store::filled();
    store.sim.create_bucket("empty");
    for (options, said) in [
        (
            "clean nosuch",
            "Nothing to abort was found: 1 bucket couldn't be listed",
        ),
        (
            "clean nosuch empty",
            "No incomplete uploads in 1 bucket; 1 bucket couldn't be",
        ),
        ("clean empty", "No incomplete uploads in 1 bucket."),
        ("clean --include nothing*", "No incomplete upload matches: "),
        ("clean 's3://old/*.mov'", "a prefix is taken literally"),
        (
            "clean --yes 's3://old/*.mov'",
            "a prefix is taken literally",
        ),
    ] {
        let mut terminal = Terminal::on(&store, options);
        terminal.wait_for(said);
        terminal.end();
    }
    assert_eq!(store.changes(), 0);
}

/// `all` takes the number also where one bucket is left: not all of it need have been shown.
#[test]
fn all_takes_the_number_of_the_last_bucket_too() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "clean old --top 1");
    terminal.wait_for(QUESTION);
    terminal.press("all\n");
    terminal.wait_for("to confirm:");
    assert_eq!(store.changes(), 0);
    terminal.press("q\n");
    terminal.wait_for("nothing more aborted");
    // What is typed before a question is dropped.
    terminal.wait_for(QUESTION);
    terminal.press("q\n");
    terminal.end();
    assert_eq!(store.changes(), 0);
}

/// One may stop at any question: the first is about what is worth most.
#[test]
fn the_largest_bucket_is_asked_about_first_and_its_uploads_are_sorted_as_asked_for() {
    let store = Store::new();
    store.upload("small", "k", &[1], 100);
    store.upload("large", "big", &[5_000], 100);
    store.upload("large", "old", &[10], 1_000);
    store.upload("large", "parts", &[20, 20], 100);
    for (sort, keys) in [
        ("size", ["big", "parts", "old"]),
        ("age", ["old", "big", "parts"]),
        ("count", ["parts", "old", "big"]),
        ("key", ["big", "old", "parts"]),
    ] {
        let mut terminal = Terminal::on(
            &store,
            &format!("clean --no-progress --color never --sort {sort}"),
        );
        terminal.wait_for("large · 3 uploads");
        for key in keys {
            terminal.wait_for(&format!("  {key}\r\n"));
        }
        terminal.wait_for(QUESTION);
        terminal.press("list\n");
        for key in keys {
            terminal.wait_for(&format!("  {key}\r\n"));
        }
        terminal.wait_for(QUESTION);
        terminal.press("n\n");
        terminal.wait_for("[2/2]");
        terminal.wait_for("small · 1 upload");
        terminal.wait_for(QUESTION);
        terminal.press("q\n");
        assert_eq!(terminal.end().0, 0);
    }
}
