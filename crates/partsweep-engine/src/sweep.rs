//! Look again → abort → verify.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use partsweep_core::look::ObjectSight;
use partsweep_core::{
    AbortAnswer, ApprovedPlan, ApprovedUpload, Footprint, Look, Looked, Mutate, NotAsAgreed,
    Outcome, PlannedUpload, StoreError, StoreErrorKind, Terms,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::size::{self, Sizing};

/// How to sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepOptions {
    /// Uploads worked on at once, at most.
    pub concurrency: usize,
    /// Aborts of one upload at most, while parts remain (law 6).
    pub rounds: u32,
    /// The pause before the second round; doubled each round, up to 8 s.
    pub pause: Duration,
}

impl Default for SweepOptions {
    /// 64 at once; eight rounds with pauses of 0.5, 1, 2, 4 and then 8 s: a part that was in flight
    /// at the abort has usually landed within seconds, and then needs one abort more; a store that
    /// asks for fewer requests has half a minute to recover.
    fn default() -> Self {
        Self {
            concurrency: 64,
            rounds: 8,
            pause: Duration::from_millis(500),
        }
    }
}

/// One upload of the plan, and what became of it.
#[derive(Debug, Clone)]
pub struct SweptUpload {
    /// Its place in the plan, from 0.
    pub number: u64,
    /// The upload as planned.
    pub planned: PlannedUpload,
    /// What became of it.
    pub outcome: Outcome,
}

impl SweptUpload {
    /// Bytes that are proven freed by us: the upload's size if we aborted it, else 0. `None` if
    /// the size was never known.
    pub fn bytes_freed(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Aborted => self.planned.footprint.bytes.exact(),
            _ => Some(0),
        }
    }
}

/// Sums over a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepTotals {
    /// Aborted by us and proven gone.
    pub aborted: u64,
    /// Gone when we came.
    pub already_gone: u64,
    /// Aborted, with parts still listed.
    pub parts_remain: u64,
    /// Changed since the plan, not touched.
    pub changed: u64,
    /// Kept by the look, or not reached before an interruption.
    pub kept: u64,
    /// A request failed.
    pub failed: u64,
    /// Crossed by a complete, and the object was saved.
    pub mended: u64,
    /// Crossed by a complete, and the object could not be saved.
    pub raced: u64,
    /// Aborted, and whether an object was hurt could not be seen.
    pub unsettled: u64,
    /// Bytes proven freed by us.
    pub bytes_freed: u64,
}

impl SweepTotals {
    /// Counts one more upload.
    pub fn count(&mut self, swept: &SweptUpload) {
        let count = match swept.outcome {
            Outcome::Aborted => &mut self.aborted,
            Outcome::AlreadyGone => &mut self.already_gone,
            Outcome::PartsRemain => &mut self.parts_remain,
            Outcome::Changed => &mut self.changed,
            Outcome::Kept(_) | Outcome::NotReached => &mut self.kept,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Mended => &mut self.mended,
            Outcome::Raced(_) => &mut self.raced,
            Outcome::Unsettled(_) => &mut self.unsettled,
        };
        *count += 1;
        self.bytes_freed = self
            .bytes_freed
            .saturating_add(swept.bytes_freed().unwrap_or(0));
    }
}

/// Brings the uploads of a plan again, in its order.
pub trait PlanSource: Send {
    /// The next `count` uploads; fewer are taken for a plan that changed since it was agreed to.
    fn next(
        &mut self,
        count: usize,
    ) -> impl Future<Output = Result<Vec<PlannedUpload>, SourceError>> + Send;
}

/// A plan that cannot be read again.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

impl PlanSource for std::vec::IntoIter<PlannedUpload> {
    async fn next(&mut self, count: usize) -> Result<Vec<PlannedUpload>, SourceError> {
        Ok(self.by_ref().take(count).collect())
    }
}

/// Why a sweep ended before its plan did.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The plan cannot be read again.
    #[error("the plan could not be read on")]
    Source(#[source] SourceError),
    /// What was read is not what was agreed to.
    #[error(transparent)]
    NotAsAgreed(#[from] NotAsAgreed),
}

/// Sweeps a plan, sending each upload's outcome as it comes; one for every upload of the plan.
///
/// When `stop` is cancelled, what is in flight is finished and the rest is told as
/// [`Outcome::NotReached`].
pub async fn sweep<S: Mutate>(
    store: Arc<S>,
    plan: ApprovedPlan,
    source: impl PlanSource,
    options: SweepOptions,
    outcomes: mpsc::Sender<SweptUpload>,
    stop: CancellationToken,
) -> Result<(), SweepError> {
    let sweeper = Sweeper {
        store: &*store,
        terms: plan.terms(),
        options,
    };
    let sweeper = &sweeper;
    // Kept aside, so that what is in flight is finished when the plan cannot be read on.
    let broken = OnceLock::new();
    let uploads = stream::unfold(
        (plan, source),
        async |(mut plan, mut source)| match next_chunk(&mut plan, &mut source).await {
            Ok(chunk) if chunk.is_empty() => None,
            Ok(chunk) => Some((stream::iter(chunk), (plan, source))),
            Err(error) => {
                let _ = broken.set(error);
                None
            }
        },
    );
    let mut swept = Box::pin(
        uploads
            .flatten()
            .map(|upload| {
                let stop = &stop;
                async move {
                    let outcome = match stop.is_cancelled() {
                        true => Outcome::NotReached,
                        false => sweeper.sweep_one(&upload).await,
                    };
                    SweptUpload {
                        number: upload.number(),
                        planned: upload.planned().clone(),
                        outcome,
                    }
                }
            })
            .buffer_unordered(options.concurrency.max(1)),
    );
    while let Some(swept) = swept.next().await {
        if outcomes.send(swept).await.is_err() {
            // Nobody listens any more: start nothing new, finish what is in flight.
            stop.cancel();
        }
    }
    drop(swept);
    broken.into_inner().map_or(Ok(()), Err)
}

async fn next_chunk(
    plan: &mut ApprovedPlan,
    source: &mut impl PlanSource,
) -> Result<Vec<ApprovedUpload>, SweepError> {
    let count = plan.next_chunk();
    if count == 0 {
        return Ok(Vec::new());
    }
    let planned = source.next(count).await.map_err(SweepError::Source)?;
    Ok(plan.admit(planned)?)
}

/// The longest pause between two rounds of one upload.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

struct Sweeper<'a, S> {
    store: &'a S,
    terms: Terms,
    options: SweepOptions,
}

impl<S: Mutate> Sweeper<'_, S> {
    /// Looks, aborts and verifies, again while parts remain or the store does not answer.
    ///
    /// A part that was being sent at the abort may land after it, and is billed until someone
    /// aborts again. A 204 proves nothing (MinIO gives one for any id), so only ListParts does
    /// (law 6). A look is good for one abort: as long as no abort was answered, there is a new one
    /// before each, since the upload's owner may have come back while the store was silent.
    async fn sweep_one(&self, upload: &ApprovedUpload) -> Outcome {
        let planned = upload.planned();
        let abort_can_hurt = self.store.provider().abort_can_hurt;
        let (mut ours, mut answered) = (false, false);
        let mut pause = self.options.pause;
        let mut outcome = Outcome::PartsRemain;
        for round in 0..self.options.rounds.max(1) {
            if round > 0 {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            if !answered {
                let looked = match self.look(planned, ours).await {
                    Ok(looked) => looked,
                    Err(error) => return Outcome::Failed(error),
                };
                match looked.decide(planned, self.terms, abort_can_hurt) {
                    Look::Abort => {}
                    Look::Gone if ours => return Outcome::Aborted,
                    Look::Gone => return Outcome::AlreadyGone,
                    Look::Changed => return Outcome::Changed,
                    Look::Keep(reason) => return Outcome::Kept(reason),
                }
            }
            match self.store.abort_upload(upload).await {
                Ok(answer) => {
                    answered = true;
                    ours |= answer == AbortAnswer::Done;
                }
                Err(error) if is_worth_another_round(&error) => {
                    ours |= error.kind != StoreErrorKind::Throttled;
                    outcome = Outcome::Failed(error);
                    continue;
                }
                Err(error) => return Outcome::Failed(error),
            }
            outcome = match self.left_of(planned).await {
                Ok(Left::Nothing) if ours => return Outcome::Aborted,
                Ok(Left::Nothing) => return Outcome::AlreadyGone,
                Ok(Left::EmptyUpload) if ours => Outcome::Aborted,
                Ok(Left::EmptyUpload) => Outcome::AlreadyGone,
                Ok(Left::Parts) => Outcome::PartsRemain,
                Err(error) => return Outcome::Failed(error),
            };
        }
        // The last abort was not answered: what is left tells whether it was done.
        match (&outcome, self.left_of(planned).await) {
            (Outcome::Failed(_), Ok(Left::Nothing)) if ours => Outcome::Aborted,
            _ => outcome,
        }
    }

    /// Looks at the upload and then at its key (law 4).
    ///
    /// In this order: a complete between the two requests is seen as an object. An upload without
    /// parts cannot have been completed, so its key is not looked at.
    ///
    /// `being_aborted`: an abort of ours may be at work, so fewer parts than planned are no change.
    async fn look(
        &self,
        planned: &PlannedUpload,
        being_aborted: bool,
    ) -> Result<Looked, StoreError> {
        let address = &planned.upload.address;
        let (footprint, now) = match size::size(self.store, address).await {
            Sizing::Sized { footprint, now }
                if being_aborted && footprint.is_rest_of(&planned.footprint) =>
            {
                (planned.footprint, now)
            }
            Sizing::Sized { footprint, now } => (footprint, now),
            Sizing::Gone => {
                return Ok(Looked {
                    footprint: None,
                    object: ObjectSight::Absent,
                    now: None,
                });
            }
            Sizing::Failed { error, .. } => return Err(error),
        };
        let object = if footprint.parts.exact() == Some(0) {
            ObjectSight::Absent
        } else {
            match self.store.head_object(&address.bucket, &address.key).await {
                Ok(Some(object)) => ObjectSight::Present(object),
                Ok(None) => ObjectSight::Absent,
                Err(error) if error.kind == StoreErrorKind::Denied => ObjectSight::NotVisible,
                Err(error) => return Err(error),
            }
        };
        Ok(Looked {
            footprint: Some(footprint),
            object,
            now,
        })
    }

    async fn left_of(&self, planned: &PlannedUpload) -> Result<Left, StoreError> {
        let had_parts = planned.footprint.parts.known() > 0;
        match size::size(self.store, &planned.upload.address).await {
            Sizing::Gone => Ok(Left::Nothing),
            Sizing::Sized {
                footprint: Footprint { parts, .. },
                ..
            } if parts.exact() == Some(0) => Ok(if had_parts {
                Left::EmptyUpload
            } else {
                Left::Parts
            }),
            Sizing::Sized { .. } => Ok(Left::Parts),
            Sizing::Failed { error, .. } => Err(error),
        }
    }
}

/// What ListParts shows after an abort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// No such upload.
    Nothing,
    /// The upload, without the parts that it had: they are freed.
    EmptyUpload,
    /// Parts; or an upload that never had any and is still there.
    Parts,
}

/// Whether an abort failed in a way that may pass; except for throttling, the store may have done
/// it although there is no good answer.
fn is_worth_another_round(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Throttled
            | Kind::Timeout
            | Kind::Server
            | Kind::Malformed
            | Kind::NotS3
            | Kind::Unreachable
    )
}
