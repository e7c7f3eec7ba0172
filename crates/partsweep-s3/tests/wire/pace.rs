//! The pace against the simulated store's rate limit, in real time.
//!
//! What it settles at is measured in simulated time (`src/pace/adaptive/limit/tests.rs`): here the machine may
//! be too busy to reach a rate, but none is exceeded, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use partsweep_core::Inspect;
use partsweep_s3::{Settings, Store};
use partsweep_sim::{Habits, Setup, Sim};
use tokio::task::JoinSet;

use crate::stores::settings;

/// What came of asking for some seconds.
#[derive(Debug)]
struct Asked {
    /// Answers by second.
    good: Vec<u64>,
    /// Answered and refused after the first five seconds.
    later: (u64, u64),
    /// Refused in all, and questions that got no answer in the end.
    refused: u64,
    lost: u64,
}

impl Asked {
    /// The share that was refused after the first five seconds.
    fn share_refused(&self) -> f64 {
        let (good, refused) = self.later;
        refused as f64 / (good + refused) as f64
    }
}

/// Asks without a pause for so many seconds, 64 at a time.
async fn ask_for(seconds: u64, sim: &Sim, settings: Settings) -> Asked {
    let store = Arc::new(Store::connect(settings).await.unwrap());
    let (good, stop) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut all = JoinSet::new();
    for _ in 0..64 {
        let (store, good, stop) = (store.clone(), good.clone(), stop.clone());
        all.spawn(async move {
            let mut lost = 0;
            while !stop.load(Ordering::Relaxed) {
                match store.list_buckets().await {
                    Ok(_) => _ = good.fetch_add(1, Ordering::Relaxed),
                    Err(_) => lost += 1,
                }
            }
            lost
        });
    }
    let began = Instant::now();
    let (mut before, mut by_second) = (0, Vec::new());
    for second in 1..=seconds {
        let next = began + Duration::from_secs(second);
        tokio::time::sleep_until(next.into()).await;
        let now = good.load(Ordering::Relaxed);
        by_second.push(now - before);
        before = now;
        if second == 5 {
            sim.clear_log();
        }
    }
    let refused = sim.log().iter().filter(|one| one.status == 503).count() as u64;
    let later = (sim.log().len() as u64 - refused, refused);
    stop.store(true, Ordering::Relaxed);
    sim.faults().rate_limit(0);
    let lost = all.join_all().await.into_iter().sum();
    Asked {
        good: by_second,
        later,
        refused: store.requests() - good.load(Ordering::Relaxed),
        lost,
    }
}

async fn limited_sim(limit: usize, latency: Duration) -> Sim {
    let sim = Sim::start(Setup::new(Habits::aws())).await.unwrap();
    sim.create_bucket("bucket");
    sim.latency(latency);
    sim.faults().rate_limit(limit);
    sim
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_what_is_too_much_refuses_little_and_nothing_is_lost() {
    let sim = limited_sim(50, Duration::from_millis(5)).await;
    let asked = ask_for(12, &sim, settings(&sim)).await;
    // Hammering would have most refused; on a busy machine requests come in bursts.
    assert!(asked.share_refused() < 0.1, "{asked:?}");
    assert_eq!(asked.lost, 0, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_that_was_asked_for_is_never_exceeded() {
    // The requests of a second may arrive in a little less than one.
    let sim = limited_sim(110, Duration::from_millis(5)).await;
    let limited = Settings {
        rps: 100,
        ..settings(&sim)
    };
    let asked = ask_for(4, &sim, limited).await;
    assert!(asked.good.iter().sum::<u64>() <= 400, "{asked:?}");
    assert_eq!((asked.refused, asked.lost), (0, 0), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a table of measurements: three minutes"]
#[expect(clippy::print_stdout, reason = "the table")]
async fn table_of_limits() {
    println!("limit, latency | rate after 5 s, refused, lost | answered by second");
    for limit in [20, 100, 500, 2_000] {
        for millis in [0, 20] {
            let sim = limited_sim(limit, Duration::from_millis(millis)).await;
            let asked = ask_for(20, &sim, settings(&sim)).await;
            let rate = asked.later.0 as f64 / 15.0;
            println!(
                "{limit:5}/s {millis:3} ms | {rate:7.1} ({:5.1} %) {:5.2} % {} | {:?} {}",
                100.0 * rate / limit as f64,
                100.0 * asked.share_refused(),
                asked.lost,
                asked.good,
                asked.refused,
            );
        }
    }
}
