//! `clean` at a terminal.

use std::time::Duration;

use partsweep_sim::{ACCESS_KEY, Fault, FaultKind, Nth, Operation, SECRET_KEY};

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::store::Store;
use crate::terminal::Terminal;

const QUESTION: &str = "[y/N/q/all] ";

#[test]
fn each_bucket_is_asked_about_and_only_a_yes_is_swept() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for("mixed");
    terminal.wait_for(" · 3 uploads, 11.0 MB");
    // Also what is too young to be aborted has its size.
    terminal.wait_for("7.0 MB      1");
    terminal.wait_for("  young");
    terminal.wait_for("active");
    terminal.wait_for("4.0 MB      1");
    terminal.wait_for("cannot be undone");
    terminal.wait_for("Abort these 2 uploads (4.00 MB) in mixed?");
    terminal.wait_for(QUESTION);
    terminal.press("n\n");
    terminal.wait_for("nothing was changed");
    terminal.wait_for("Abort these 2 uploads (3.00 MB) in old?");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("freed 3.00 MB: 2 uploads aborted");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(screen.matches("cannot be undone").count(), 1);
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
    terminal.wait_for("In all: nothing was changed");
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
    terminal.wait_for("In all: freed 7.00 MB: 4 uploads aborted");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("in old?"), "{screen}");
    assert!(
        screen.contains("This aborts 4 uploads (7.00 MB) in 2 buckets:"),
        "{screen}"
    );
    assert!(screen.contains("old"), "each bucket is named: {screen}");
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
        terminal.wait_for("Not confirmed: nothing was changed");
        terminal.wait_for(QUESTION);
    }
    assert_eq!(store.changes(), 0);
    // The buckets that were scanned for it are still asked about.
    terminal.press("n\n");
    terminal.wait_for("in old?");
    terminal.press("all\n");
    terminal.wait_for("In all: freed 3.00 MB: 2 uploads aborted");
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
    terminal.wait_for("y = abort");
    terminal.wait_for(QUESTION);
    terminal.press("q\n");
    terminal.wait_for("nor in the buckets that were not shown");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0);
    assert!(!screen.contains("in old?"), "{screen}");
    assert_eq!(store.changes(), 0);
}

#[test]
fn the_end_of_the_input_is_no_consent() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("\x04");
    terminal.wait_for("nothing was changed");
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
    terminal.wait_for("freed 4.00 MB");
    terminal.wait_for(QUESTION);
    terminal.press("\x03");
    terminal.wait_for("In all: freed 4.00 MB: 2 uploads aborted");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("interrupted; nothing else was aborted"));
    assert_eq!(
        screen.matches("freed 4.00 MB").count(),
        2,
        "here and in all: {screen}"
    );
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn a_journal_that_cannot_be_begun_in_the_middle_ends_it_with_what_was_freed() {
    let (store, folder) = (Store::filled(), Folder::new());
    let journal = folder.file("jj");
    std::fs::write(folder.file("jj-2"), "another").unwrap();
    let mut terminal = Terminal::on(&store, &format!("--no-progress --journal '{journal}'"));
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("in old?");
    terminal.press("y\n");
    terminal.wait_for("In all: freed 4.00 MB: 2 uploads aborted");
    terminal.wait_for("jj-2 exists already");
    let (code, screen) = terminal.end();
    assert_eq!(code, 5, "{screen}");
    assert!(!screen.contains("nothing was changed"), "{screen}");
    assert!(
        screen.contains("those behind it were not swept"),
        "{screen}"
    );
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn sigterm_at_a_question_says_what_was_freed_too() {
    let store = Store::filled();
    let mut terminal = Terminal::on(&store, "--no-progress");
    terminal.wait_for(QUESTION);
    terminal.press("y\n");
    terminal.wait_for("freed 4.00 MB");
    terminal.wait_for(QUESTION);
    terminal.terminate();
    terminal.wait_for("In all: freed 4.00 MB: 2 uploads aborted");
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
    terminal.wait_for("freed 4.00 MB");
    terminal.wait_for("in old?");
    terminal.wait_for(QUESTION);
    terminal.press("n\n");
    terminal.wait_for("In all: freed 4.00 MB: 2 uploads aborted");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(store.left("old").len(), 2);
}

#[test]
fn a_table_that_nobody_sees_is_not_asked_about() {
    let store = Store::filled();
    let (code, screen) = Terminal::on(&store, "> /dev/null").end();
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("stdout is not a terminal"), "{screen}");
    assert!(screen.contains("`--yes` aborts without asking"), "{screen}");
    assert_eq!(store.sim.total(), 0);
    // There, the demo only scans.
    let (code, screen) = Terminal::on(&store, "demo > /dev/null").end();
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("Next: `partsweep demo clean --yes`"),
        "{screen}"
    );
}

#[test]
fn control_c_at_the_hidden_prompt_leaves_the_terminal_as_it_was() {
    let store = Store::filled();
    let mut terminal = Terminal::start_then_stty(&store, "scan --no-progress");
    terminal.wait_for("Access key: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret key (not shown): ");
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
    terminal.wait_for("Access key: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret key (not shown): ");
    terminal.wait_until_hidden();
    terminal.press("half a secret\x1c");
    terminal.wait_for(" echo ");
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!screen.contains("half a secret"), "{screen}");

    // Ctrl-Z does nothing there.
    let mut terminal = Terminal::start_then_stty(&store, "scan --no-progress");
    terminal.wait_for("Access key: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret key (not shown): ");
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
        terminal.wait_for("In all: freed 7.00 MB: 4 uploads aborted");
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
    terminal.wait_for("Access key: ");
    terminal.press(&format!("{ACCESS_KEY}\n"));
    terminal.wait_for("Secret key (not shown): ");
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
