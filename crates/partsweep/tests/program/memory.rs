//! Memory does not grow with the number of uploads, whatever is asked for.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::program::{on, run};
use crate::store::Store;

/// Enough to fill the buffers: 4,096 events, and what waits in memory before it goes to disk.
const FEW: usize = 6_000;
/// Few pages in flight: as many as there may be would come in with the greater number only.
const IN_FLIGHT: [&str; 2] = ["--concurrency", "2"];
/// One upload takes 900 bytes as the engine tells it. The peak of the same run differs by up to
/// 5 MB: how full the buffers are is a matter of luck.
const LEEWAY_BYTES_EACH: u64 = 400;

/// A bucket that is listed late, and one behind it with so many uploads.
fn store(uploads: usize, late: Duration) -> Store {
    let store = Store::new();
    store.upload("a-late", "k", &[1], 100);
    for n in 0..uploads {
        store.upload("b", &format!("backups/2026/{n:08}.tar"), &[1_000], 100);
    }
    let late = FaultKind::Slow(late);
    let listing = Fault::new(Operation::ListMultipartUploads, Nth::Every, late).in_bucket("a-late");
    store.sim.faults().push(listing);
    store
}

/// The most memory that this process had so far, in KiB; none once it has ended.
pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
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
        peak = peak_kib(child.id()).unwrap_or(peak);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    (ended.code().unwrap(), 1_024 * peak)
}

/// Runs a command on a few uploads, then on so many more.
fn memory_does_not_grow(args: &[&str], more: usize, code: i32) {
    let [few, many] = [FEW, FEW + more].map(|uploads| {
        let args = [args, &IN_FLIGHT].concat();
        let (ended, peak) = peak(&store(uploads, Duration::from_secs(2)), &args);
        assert_eq!(ended, code, "{args:?}");
        peak
    });
    let grown = many.saturating_sub(few);
    assert!(
        grown < LEEWAY_BYTES_EACH * more as u64,
        "{args:?}: {few} bytes, then {grown} more"
    );
}

/// Those that wait for the first bucket too.
#[test]
fn of_a_scan_that_is_shown() {
    for format in ["table", "json", "ndjson"] {
        let args = ["scan", "--no-size", "--format", format];
        memory_does_not_grow(&args, 24_000, 0);
    }
}

/// Everything is scanned, and nothing aborted, before the limit is checked (law 2). What the engine
/// found and what is planned of it would take 1,400 bytes each.
#[test]
fn of_a_plan_that_must_be_known_whole_before_the_first_abort() {
    memory_does_not_grow(&["clean", "--yes", "--max-uploads", "1"], 12_000, 5);
}

#[test]
fn where_nothing_can_be_kept_it_is_told_and_is_no_trouble_of_standard_output() {
    // Longer than it takes until there is too much: the scan ends then.
    let store = store(FEW, Duration::from_secs(120));
    let mut command = on(&store);
    command.env("TMPDIR", "/nonexistent");
    let ran = run(&mut command, &["scan", "--no-size", "--format", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(
        ran.err
            .contains("can't write a temporary file: No such file")
            && ran.err.contains("TMPDIR"),
        "{ran:?}"
    );
}
