//! Look again → journal → abort → verify → look at the key, mend.
//!
//! | file | what it holds |
//! |---|---|
//! | `upload.rs` | one upload: look, abort, verify, until it is gone or stays |
//! | `settle.rs` | the key after an abort: has an object appeared? |
//! | `mend.rs` | an object that a crossing abort put in danger, saved |
//! | `source.rs` | the uploads of a plan, brought again |

mod mend;
pub(crate) mod settle;
mod source;
pub(crate) mod upload;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use partsweep_core::{ApprovedPlan, ApprovedUpload, Mutate, Outcome, SweptUpload, Terms};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::journal::{After, Done, InDoubt, Journal, JournalError, Recovered};

pub use settle::settle;
pub use source::{PlanSource, SourceError};

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

/// Why a sweep ended before its plan did.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The plan cannot be read again.
    #[error("the plan could not be read on")]
    Source(#[source] SourceError),
    /// What was read is not what was agreed to.
    #[error("the plan is not what was agreed to any more")]
    NotAsAgreed,
    /// Nothing is aborted that is not in the journal before (law 7).
    #[error("the journal cannot be written")]
    Journal(#[source] JournalError),
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
    done: Done,
    in_doubt: HashMap<u64, InDoubt>,
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

/// Sweeps a plan, sending each upload's outcome as it comes: one for every upload of the plan that
/// an earlier sweep has not finished.
///
/// When `stop` is cancelled, what is in flight is finished, looked at again after the settling
/// time, and the rest is told as [`Outcome::NotReached`]. The same when the plan cannot be read on
/// or the journal cannot be written, and then the error is returned.
pub async fn sweep<S: Mutate>(
    store: Arc<S>,
    request: SweepRequest,
    mut source: impl PlanSource,
    outcomes: mpsc::Sender<SweptUpload>,
    stop: CancellationToken,
) -> Result<(), SweepError> {
    let SweepRequest {
        mut plan,
        journal,
        earlier: Earlier { done, in_doubt },
        options,
    } = request;
    let sweeper = Sweeper {
        store: &*store,
        journal: &journal,
        terms: plan.terms(),
        risk_live: plan.risk_live(),
        options,
        stop: &stop,
        in_doubt: &in_doubt,
        broken: Mutex::new(None),
    };
    let sweeper = &sweeper;
    let mut queue = VecDeque::new();
    let mut readable = true;
    let mut working = FuturesUnordered::new();
    let mut settling = FuturesUnordered::new();
    loop {
        while working.len() < options.concurrency.max(1) && settling.len() < MOST_SETTLING {
            if queue.is_empty() && readable {
                match source::next_chunk(&mut plan, &mut source).await {
                    Ok(chunk) => queue.extend(chunk),
                    Err(error) => {
                        readable = false;
                        sweeper.give_up(error);
                    }
                }
            }
            let Some(upload) = queue.pop_front() else {
                break;
            };
            if !done.contains(upload.number()) {
                working.push(sweeper.begin(upload));
            }
        }
        let swept = tokio::select! {
            Some(step) = working.next() => match step {
                Step::Ended(swept) => swept,
                Step::Settles(open) => {
                    settling.push(sweeper.settle(open));
                    continue;
                }
            },
            Some(swept) = settling.next() => swept,
            else => break,
        };
        sweeper.note(&swept);
        if outcomes.send(swept).await.is_err() {
            // Nobody listens any more: start nothing new, finish what is in flight.
            stop.cancel();
        }
    }
    sweeper.broken().take().map_or(Ok(()), Err)
}

/// Uploads that wait to be looked at again, at most; each about 500 bytes. More are waited for
/// before another abort is sent.
const MOST_SETTLING: usize = 50_000;

struct Sweeper<'a, S> {
    store: &'a S,
    journal: &'a Journal,
    terms: Terms,
    risk_live: bool,
    options: SweepOptions,
    stop: &'a CancellationToken,
    in_doubt: &'a HashMap<u64, InDoubt>,
    /// Kept aside, so that what is in flight is finished when nothing new can be begun.
    broken: Mutex<Option<SweepError>>,
}

/// How far one upload is.
enum Step {
    /// Finished.
    Ended(SweptUpload),
    /// Aborted; the key is to be looked at again.
    Settles(settle::Open),
}

/// Whether what is gone after our abort may have been aborted by another sweep at the same moment.
fn is_shared<S: Mutate>(store: &S, options: SweepOptions) -> bool {
    !options.alone && !store.provider().tells_gone
}

impl<S: Mutate> Sweeper<'_, S> {
    /// The end of one upload.
    fn swept(&self, upload: &ApprovedUpload, outcome: Outcome) -> SweptUpload {
        SweptUpload::new(upload, outcome, is_shared(self.store, self.options))
    }

    fn broken(&self) -> std::sync::MutexGuard<'_, Option<SweepError>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins nothing new; the first reason is told.
    fn give_up(&self, error: SweepError) {
        self.broken().get_or_insert(error);
        self.stop.cancel();
    }

    /// Writes down how one upload ended. One that was not reached is not done.
    fn note(&self, swept: &SweptUpload) {
        if matches!(swept.outcome, Outcome::NotReached) {
            return;
        }
        if let Err(error) = self.journal.after(&After::Outcome(swept)) {
            self.give_up(SweepError::Journal(error));
        }
    }

    async fn begin(&self, upload: ApprovedUpload) -> Step {
        if let Some(doubt) = self.in_doubt.get(&upload.number()) {
            // Aside, like mending: what is rare would make every upload's future three times as large.
            return Box::pin(self.take_up(upload, doubt)).await;
        }
        if self.stop.is_cancelled() {
            return Step::Ended(self.swept(&upload, Outcome::NotReached));
        }
        let (outcome, sent) = self.sweep_one(&upload, None).await;
        self.look_after(upload, outcome, sent).await
    }
}
