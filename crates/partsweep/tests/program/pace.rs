//! The rate that `--rps` sets, in a scan and in a sweep.

use std::time::{Duration, Instant};

use crate::program::{on, run};
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
