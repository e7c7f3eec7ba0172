//! Two sweeps of one account at once (law 6).

use std::process::{Child, Stdio};
use std::time::Duration;

use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::program::{on, told};
use crate::store::Store;

/// Breaker 13: on a store that answers an abort of what is gone with 204, both claimed everything.
#[test]
fn two_sweeps_at_once_claim_no_more_than_was_there() {
    // The same store by any name of this machine.
    for second in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        claim_no_more_than_was_there(second);
    }
}

fn claim_no_more_than_was_there(second: &str) {
    let store = Store::new();
    let endpoint = store.sim.endpoint();
    let endpoints = [endpoint.clone(), endpoint.replace("127.0.0.1", second)];
    for i in 0..40 {
        store.upload("shared", &format!("{i:02}"), &[1_000], 100);
    }
    let slow = FaultKind::Slow(Duration::from_millis(100));
    let fault = Fault::new(Operation::AbortMultipartUpload, Nth::Every, slow);
    store.sim.faults().push(fault);
    let folders = [Folder::new(), Folder::new()];
    // Each with a home of its own, as two users of a machine have.
    let children: Vec<Child> = folders
        .iter()
        .zip(endpoints)
        .map(|(folder, endpoint)| {
            on(&store)
                .env("AWS_ENDPOINT_URL_S3", endpoint)
                .args(["clean", "--yes", "--concurrency", "4", "--format", "json"])
                .env("XDG_STATE_HOME", folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let runs: Vec<_> = children
        .into_iter()
        .map(|child| told(child.wait_with_output().unwrap()))
        .collect();
    let freed = |out: &str| {
        let document: serde_json::Value = serde_json::from_str(out).unwrap();
        document["totals"]["bytes_freed"].as_u64()
    };
    let claimed: u64 = runs.iter().filter_map(|run| freed(&run.out)).sum();
    assert!((1..=40_000).contains(&claimed), "{claimed}: {runs:?}");
    let warned = |err: &str| err.contains("another partsweep is aborting uploads of this account");
    let warned = runs.iter().filter(|run| warned(&run.err)).count();
    assert_eq!(warned, 1, "{runs:?}");
    assert!(store.left("shared").is_empty());
}
