//! Memory does not grow with the number of uploads, whatever is asked for.
#![cfg(target_os = "linux")]

use std::process::{Child, Stdio};
use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::program::on;
use crate::store::Store;

/// Enough to fill every buffer: 4,096 events, and what waits in memory before it goes to disk.
const FEW: usize = 6_000;
/// So many more.
const MORE: usize = 12_000;
/// One upload takes 900 bytes as the engine tells it, and 250 in its shortest form.
const LEEWAY_BYTES_EACH: u64 = 150;

/// A bucket that is listed late, and one behind it with so many uploads.
fn store(uploads: usize) -> Store {
    let store = Store::new();
    store.upload("a-late", "k", &[1], 100);
    for n in 0..uploads {
        store.upload("b", &format!("backups/2026/{n:08}.tar"), &[1_000], 100);
    }
    let late = FaultKind::Slow(Duration::from_secs(2));
    let listing = Fault::new(Operation::ListMultipartUploads, Nth::Every, late).in_bucket("a-late");
    store.sim.faults().push(listing);
    store
}

/// The most memory that this process had so far, in KiB; none once it has ended.
fn peak_kib(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// Runs a command to its end; returns its exit code and its peak of memory in bytes.
fn peak(store: &Store, args: &[&str]) -> (i32, u64) {
    let mut child = on(store)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let ended = loop {
        peak = peak_kib(&child).unwrap_or(peak);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    (ended.code().unwrap(), 1_024 * peak)
}

fn memory_does_not_grow(args: &[&str], code: i32) {
    let [few, more] = [FEW, FEW + MORE].map(|uploads| {
        let (ended, peak) = peak(&store(uploads), args);
        assert_eq!(ended, code, "{args:?}");
        peak
    });
    let grown = more.saturating_sub(few);
    assert!(
        grown < LEEWAY_BYTES_EACH * MORE as u64,
        "{args:?}: {few} bytes, then {grown} more"
    );
}

#[test]
fn a_scan_shown_in_any_form() {
    for format in ["table", "json", "ndjson", "csv"] {
        memory_does_not_grow(&["scan", "--no-size", "--format", format], 0);
    }
}

#[test]
fn a_scan_that_is_saved() {
    let folder = Folder::new();
    let file = folder.file("plan.ndjson");
    memory_does_not_grow(&["scan", "--save", &file], 0);
}

/// Everything is scanned, and nothing aborted, before the limit is checked (law 2).
#[test]
fn a_plan_that_must_be_known_whole_before_the_first_abort() {
    memory_does_not_grow(&["clean", "--yes", "--max-uploads", "1"], 5);
}
