//! A reference model: random histories of clients, scans, sweeps, crashes and resumes on the real
//! engine and the real wire over the simulated store, compared with what must hold after each.
//!
//! | file | what it holds |
//! |---|---|
//! | `history.rs` | one random history |
//! | `meddled.rs` | a store in which something else happens before each request |
//! | `ledger.rs` | what must hold, and the little that has to be remembered for it |
//!
//! `PARTSWEEP_SEQUENCES` sets how many histories are played (1,000), `PARTSWEEP_SEED` plays one.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]
#![expect(clippy::print_stderr, reason = "seeds and counts are what a run tells")]

mod history;
mod ledger;
mod meddled;

use std::collections::BTreeMap;
use std::env;

use history::{History, Played};
use partsweep_sim::Habits;

/// Histories that found something once.
const REGRESSIONS: &[u64] = &[];

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

fn seeds() -> Vec<u64> {
    match number("PARTSWEEP_SEED") {
        Some(seed) => vec![seed],
        None => {
            let count = number("PARTSWEEP_SEQUENCES").unwrap_or(1_000);
            REGRESSIONS.iter().copied().chain(0..count / 2).collect()
        }
    }
}

async fn play(habits: Habits) -> Played {
    let store = habits.store;
    let mut history = History::begin(habits).await;
    let mut all = Played::default();
    for seed in seeds() {
        let played = history.play(seed).await;
        all.add(&played);
    }
    eprintln!("{store}: {all:?}");
    all
}

/// What every run of the model must have met, or it proves nothing.
fn assert_that_it_happened(played: &Played, mended: bool) {
    if seeds().len() < 400 {
        return;
    }
    let outcomes: &BTreeMap<_, _> = &played.outcomes;
    for outcome in ["aborted", "already_gone", "changed", "kept"] {
        assert!(outcomes.contains_key(outcome), "no upload was {outcome}");
    }
    assert_eq!(outcomes.contains_key("mended"), mended);
    assert!(played.crashes > 0 && played.resumed > 0);
}

#[tokio::test]
async fn on_ceph_where_an_abort_can_hurt() {
    let played = play(Habits::ceph()).await;
    assert_that_it_happened(&played, true);
}

#[tokio::test]
async fn on_aws_where_it_cannot() {
    let played = play(Habits::aws()).await;
    assert_that_it_happened(&played, false);
}
