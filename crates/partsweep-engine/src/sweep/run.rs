//! Runs a sweep: so many uploads at once, each to its end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use partsweep_core::{ApprovedPlan, ApprovedUpload, Mutate, NotAsAgreed, Outcome, SweptUpload};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::error::SweepError;
use super::request::{Earlier, SweepRequest};
use super::sweeper::{MOST_SETTLING, Step, Sweeper};
use crate::plan_source::PlanSource;

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
                match next_chunk(&mut plan, &mut source).await {
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

/// The next uploads of the plan, if they are as agreed; none at its end.
async fn next_chunk(
    plan: &mut ApprovedPlan,
    source: &mut impl PlanSource,
) -> Result<Vec<ApprovedUpload>, SweepError> {
    let count = plan.next_chunk();
    if count == 0 {
        return Ok(Vec::new());
    }
    let planned = source.next(count).await.map_err(SweepError::Source)?;
    plan.admit(planned)
        .map_err(|NotAsAgreed| SweepError::NotAsAgreed)
}

impl<S: Mutate> Sweeper<'_, S> {
    async fn begin(&self, upload: ApprovedUpload) -> Step {
        if let Some(doubt) = self.in_doubt.get(&upload.number()) {
            // Aside, like repair: what is rare would make every upload's future three times as large.
            return Box::pin(self.take_up(upload, doubt)).await;
        }
        if self.stop.is_cancelled() {
            return Step::Ended(self.swept(&upload, Outcome::NotReached));
        }
        let (outcome, sent) = self.sweep_one(&upload, None).await;
        self.look_after(upload, outcome, sent).await
    }
}
