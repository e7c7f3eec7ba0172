//! A panic, which the program provokes where a test asks it to.

use std::process::Command;

use partsweep_sim::Operation;
use serde_json::Value;

use crate::folder::Folder;
use crate::journal::only_journal;
use crate::program::{Run, on, run};
use crate::saved::{apply, save};
use crate::store::Store;

fn panicking(store: &Store, place: &str) -> Command {
    let mut command = on(store);
    command.env("PARTSWEEP_PANIC_AT", place);
    command
}

fn assert_told_once(ran: &Run) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("error: partsweep {version} stopped because of a bug: wanted at ");
    assert_eq!(ran.err.matches(&line).count(), 1, "{ran:?}");
    assert_eq!(ran.err.matches("error:").count(), 1, "{ran:?}");
    assert!(
        ran.err.contains("hint: please report this line at "),
        "{ran:?}"
    );
    for spilled in ["panicked", "RUST_BACKTRACE", "   0: ", "\nby a test"] {
        assert!(!ran.err.contains(spilled), "{spilled}: {ran:?}");
    }
}

#[test]
fn a_panic_is_one_line_with_what_to_do() {
    for (place, args) in [
        ("connect", &["scan"][..]),
        ("scan", &["scan"]),
        ("scan", &["--yes"]),
        ("scan", &["scan", "--format", "json"]),
    ] {
        let store = Store::filled();
        let ran = run(&mut panicking(&store, place), args);
        assert_told_once(&ran);
        assert!(ran.err.contains("hint: nothing was aborted"), "{ran:?}");
        assert_eq!(store.changes(), 0);
    }
}

#[test]
fn a_backtrace_comes_only_if_it_is_asked_for() {
    let store = Store::filled();
    let ran = run(
        panicking(&store, "scan").env("RUST_BACKTRACE", "1"),
        &["scan"],
    );
    assert!(ran.err.contains("partsweep::"), "{ran:?}");
    let ran = run(
        panicking(&store, "scan").env("RUST_BACKTRACE", "0"),
        &["scan"],
    );
    assert_told_once(&ran);
}

#[test]
fn a_panic_in_a_sweep_loses_nothing_and_names_what_settles_it() {
    let (store, folder) = (Store::new(), Folder::new());
    for i in 0..6 {
        store.upload("b", &format!("{i}"), &[1_000], 100);
    }
    let plan = save(&store, &folder, "plan.ndjson");
    let mut command = panicking(&store, "outcome");
    command.env("XDG_STATE_HOME", folder.path());
    let ran = run(
        &mut command,
        &["apply", &plan, "--yes", "--concurrency", "1"],
    );
    assert_told_once(&ran);
    let journal = only_journal(&folder);
    let settles = format!(
        "hint: nothing is lost; `partsweep apply --resume --journal {}`",
        journal.display()
    );
    assert!(ran.err.contains(&settles), "{ran:?}");
    let ran = apply(
        &store,
        &folder,
        &["--resume", &plan, "--yes", "--format", "json"],
    );
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["totals"]["aborted"], 6, "{ran:?}");
    assert_eq!(
        store.sim.count(Operation::AbortMultipartUpload),
        6,
        "each once"
    );
    assert!(store.left("b").is_empty());
}
