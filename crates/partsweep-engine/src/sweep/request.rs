//! What to sweep, and how.

use std::collections::HashMap;
use std::time::Duration;

use partsweep_core::ApprovedPlan;

use crate::journal::{Done, InDoubt, Journal, Recovered};

/// How to sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepOptions {
    /// Uploads worked on at once, at most.
    pub concurrency: usize,
    /// Aborts of one upload at most, while parts remain (law 6).
    pub rounds: u32,
    /// The pause before the second round; doubled each round, up to 8 s.
    pub pause: Duration,
    /// How long after an abort the key is looked at again, where an abort can hurt (law 12).
    pub settle: Duration,
    /// Whether no other sweep of the same account is at work. Where the store does not tell whose abort
    /// ended an upload ([`Provider::tells_gone`](partsweep_core::Provider::tells_gone)), nothing else
    /// proves what was freed by this one (law 6).
    pub alone: bool,
}

impl Default for SweepOptions {
    /// 64 at once; eight rounds with pauses of 0.5, 1, 2, 4 and then 8 s: a part that was in flight
    /// at the abort has usually landed within seconds, and then needs one abort more; a store that
    /// asks for fewer requests has half a minute to recover. An object completed across an abort
    /// was seen within 10 ms on Ceph; 5 s leave room for a busy one.
    fn default() -> Self {
        Self {
            concurrency: 64,
            rounds: 8,
            pause: Duration::from_millis(500),
            settle: Duration::from_secs(5),
            alone: true,
        }
    }
}

/// What to sweep, and where it is written down.
#[derive(Debug)]
pub struct SweepRequest {
    /// What was agreed to.
    pub plan: ApprovedPlan,
    /// Written before and after each act (law 7).
    pub journal: Journal,
    /// What an earlier sweep of this plan did already, if this one goes on with it.
    pub earlier: Earlier,
    /// How.
    pub options: SweepOptions,
}

/// What the journal of an interrupted sweep tells.
#[derive(Debug, Default)]
pub struct Earlier {
    pub(super) done: Done,
    pub(super) in_doubt: HashMap<u64, InDoubt>,
}

impl From<Recovered> for Earlier {
    fn from(recovered: Recovered) -> Self {
        let by_number = |doubt: InDoubt| (doubt.number, doubt);
        Self {
            done: recovered.done,
            in_doubt: recovered.in_doubt.into_iter().map(by_number).collect(),
        }
    }
}
