//! The rate that `--rps` sets, in a sweep, and a process that may open few files.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{Run, isolate, on, run};
use crate::store::Store;

#[test]
fn a_sweep_stays_below_the_rate_that_was_asked_for() {
    let store = Store::new();
    for number in 0..8 {
        store.upload("old", &format!("key {number}"), &[1_000], 72);
    }
    // Who asks faster is refused, and waits.
    store.sim.faults().rate_limit(22);
    let began = Instant::now();
    let ran = run(&mut on(&store), &["clean", "--yes", "--rps", "20"]);
    let passed = began.elapsed();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("old"), [""; 0]);
    let requests = store.sim.log();
    let refused = requests.iter().filter(|request| request.status == 503);
    assert_eq!(refused.count(), 0);
    // Listed, sized, looked at twice, aborted, verified.
    assert!(requests.len() >= 8 * 5, "{}", requests.len());
    let least = Duration::from_millis(50) * (requests.len() as u32 - 1);
    assert!(passed >= least, "{passed:?} for {}", requests.len());
}

/// Scans with 256 requests at once, in a process with this limit of open files.
fn scan_with_limit(store: &Store, limit: &str) -> Run {
    let mut command = Command::new("sh");
    isolate(&mut command);
    let keys = on(store);
    let keys = keys
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command.envs(keys).args([
        "-c",
        &format!(r#"ulimit {limit}; exec "$0" "$@""#),
        env!("CARGO_BIN_EXE_partsweep"),
    ]);
    run(
        &mut command,
        &["scan", "--concurrency", "256", "--format", "ndjson"],
    )
}

#[test]
fn a_process_that_may_open_few_files_asks_for_less_at_once() {
    let store = Store::new();
    for number in 0..300 {
        store.upload("old", &format!("key {number}"), &[1_000], 72);
    }
    store.sim.latency(Duration::from_millis(5));
    let ran = scan_with_limit(&store, "-n 40");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err
            .starts_with("8 requests at once, not 256: this process may open only 40 files"),
        "{ran:?}"
    );
    assert!(store.sim.most_in_flight() <= 8);
    // Where it may open more, it does.
    let ran = scan_with_limit(&store, "-Sn 40");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(store.sim.most_in_flight() > 40);
}
