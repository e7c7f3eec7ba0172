//! The question of `apply`, at a terminal.

use partsweep_sim::Operation;

use crate::folder::Folder;
use crate::program::{on, run};
use crate::saved::save;
use crate::store::Store;
use crate::terminal::Terminal;

/// Starts `apply` at a terminal, with its journal in the folder.
fn at_terminal(store: &Store, folder: &Folder, plan: &str) -> Terminal {
    let journal = folder.file("journal");
    Terminal::on(store, &format!("apply '{plan}' --journal '{journal}'"))
}

fn save_bucket(store: &Store, folder: &Folder) -> String {
    let plan = folder.file("old.ndjson");
    let ran = run(&mut on(store), &["scan", "s3://old", "--save", &plan]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    plan
}

#[test]
fn a_bucket_takes_a_y_after_its_numbers_were_shown() {
    let (store, folder) = (Store::filled(), Folder::new());
    store.upload("old", "c", &[10], 30);
    store.upload("old", "d", &[20], 300);
    let plan = save_bucket(&store, &folder);
    let mut terminal = at_terminal(&store, &folder, &plan);
    terminal.wait_for("access key ");
    terminal.wait_for(", scanned ");
    terminal.wait_for(" s ago): 4 uploads to abort, 3.0 MB");
    terminal.wait_for("  old  4 uploads  3.0 MB");
    terminal.wait_for("Last active between ");
    terminal.wait_for("The largest:");
    terminal.wait_for("2.00 MB  b second");
    terminal.wait_for("1.00 MB  a/first");
    terminal.wait_for("20 B  d");
    terminal.wait_for("Aborting permanently deletes the parts already uploaded.");
    terminal.wait_for("Abort these 4 uploads (3.0 MB) in old? [y/N] ");
    assert_eq!(store.changes(), 0);
    terminal.press("y\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("4 uploads  3.0 MB  in 1 bucket"),
        "{screen}"
    );
    assert!(store.left("old").is_empty());
}

#[test]
fn what_is_to_be_swept_is_named_also_if_it_is_little_and_with_its_bucket_if_they_are_several() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save_bucket(&store, &folder);
    let mut terminal = at_terminal(&store, &folder, &plan);
    terminal.wait_for("All of them:");
    terminal.wait_for("2.00 MB  b second");
    terminal.wait_for("1.00 MB  a/first");
    terminal.wait_for("Abort these 2 uploads (3.0 MB) in old? [y/N] ");
    terminal.press("n\n");
    assert_eq!(terminal.end().0, 5);

    let plan = save(&store, &folder, "plan.ndjson");
    let mut terminal = at_terminal(&store, &folder, &plan);
    terminal.wait_for("The largest:");
    terminal.wait_for("4.00 MB  s3://mixed/stale");
    terminal.wait_for("2.00 MB  s3://old/b second");
    terminal.wait_for("1.00 MB  s3://old/a/first");
    terminal.press("\n");
    assert_eq!(terminal.end().0, 5);
}

#[test]
fn the_whole_account_takes_the_number_of_its_uploads() {
    for (typed, agreed) in [
        ("y\n", false),
        ("sweep\n", false),
        ("5\n", false),
        ("4\n", true),
    ] {
        let (store, folder) = (Store::filled(), Folder::new());
        let plan = save(&store, &folder, "plan.ndjson");
        let mut terminal = at_terminal(&store, &folder, &plan);
        terminal.wait_for("  mixed  2 uploads  4.0 MB");
        terminal.wait_for("  old    2 uploads  3.0 MB");
        terminal.wait_for("Abort these 4 uploads (7.0 MB) in 2 buckets, the whole account?");
        terminal.wait_for("Type 4 to confirm: ");
        terminal.press(typed);
        let (code, screen) = terminal.end();
        let aborts = store.sim.count(Operation::AbortMultipartUpload);
        match agreed {
            true => assert_eq!((code, aborts), (0, 4), "{screen}"),
            false => {
                assert_eq!((code, aborts), (5, 0), "{typed:?} {screen}");
                assert!(screen.contains("not confirmed: nothing was changed"));
                assert_eq!(folder.names(), ["plan.ndjson"], "no journal is begun");
            }
        }
    }
}

#[test]
fn a_no_is_one_and_so_is_control_c() {
    for (typed, expected) in [("\n", 5), ("n\n", 5), ("\x04", 5), ("\x03", 130)] {
        let (store, folder) = (Store::filled(), Folder::new());
        let plan = save_bucket(&store, &folder);
        let mut terminal = at_terminal(&store, &folder, &plan);
        terminal.wait_for("[y/N] ");
        terminal.press(typed);
        let (code, screen) = terminal.end();
        assert_eq!(code, expected, "{typed:?}: {screen}");
        assert!(
            screen.contains("nothing was changed"),
            "{typed:?}: {screen}"
        );
        assert_eq!(store.changes(), 0);
    }
}

#[test]
fn an_answer_is_typed_after_its_question() {
    let (store, folder) = (Store::filled(), Folder::new());
    let plan = save_bucket(&store, &folder);
    let slow = partsweep_sim::FaultKind::Slow(std::time::Duration::from_secs(1));
    let listing = Operation::ListBuckets;
    let fault = partsweep_sim::Fault::new(listing, partsweep_sim::Nth::Every, slow);
    store.sim.faults().push(fault);
    store.sim.clear_log();
    let mut terminal = at_terminal(&store, &folder, &plan);
    crate::interrupts::wait_until("it connects", || store.sim.count(listing) == 1);
    terminal.press("y\n");
    terminal.wait_for("[y/N] ");
    terminal.press("n\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 5, "{screen}");
    assert_eq!(store.changes(), 0);
}
