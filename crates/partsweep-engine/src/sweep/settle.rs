//! The key after an abort: has an object appeared that was not there before? (law 12)
//!
//! A look just before cannot close the window between it and the abort. On Ceph a complete and an
//! abort that cross both succeed, and the object loses its data hours later; it is seen at the key
//! within milliseconds, and can be saved by copying it.

use futures_util::future;
use futures_util::stream::{self, Stream, StreamExt};
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{ApprovedUpload, Danger, Mutate, Outcome, PlannedUpload, SweptUpload};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::object::look;
use super::repair::{Repair, repair_object};
use super::request::SweepOptions;
use super::sweeper::{MOST_SETTLING, Open, Sent, Step, Sweeper, is_shared};
use super::upload::{Rest, rest_of};
use crate::journal::{After, InDoubt, Journal, Stage};

impl<S: Mutate> Sweeper<'_, S> {
    /// Looks at the key right after an abort, if one was sent (`before`: what was there until
    /// then), and repairs what appeared.
    pub(super) async fn look_after(
        &self,
        upload: ApprovedUpload,
        outcome: Outcome,
        before: Option<Sent>,
    ) -> Step {
        let is_answered = before.as_ref().is_none_or(|sent| sent.is_answered);
        let Some(before) = before.filter(|_| self.store.provider().must_recheck()) else {
            return Step::Ended(self.swept_as(&upload, outcome, is_answered));
        };
        let number = upload.number();
        let Sent {
            object,
            completed_etag,
            may_be_done,
            ..
        } = before;
        let repair = self.repair(number, upload.planned(), completed_etag.as_deref());
        let (outcome, object) = saved(&repair, outcome, object, may_be_done).await;
        if is_final(&outcome) {
            return Step::Ended(self.swept_as(&upload, outcome, is_answered));
        }
        // Nothing else is proven to be gone by our hand: a sweep that goes on asks again.
        if matches!(outcome, Outcome::Aborted) {
            // Lost if the journal is broken: then the abort is in doubt, which is looked at too.
            let _ = self.journal.after(&After::Aborted { number });
        }
        Step::Settles(Open {
            upload,
            outcome,
            seen: Sent {
                object,
                completed_etag,
                is_answered,
                may_be_done,
            },
            due: Instant::now() + self.options.settle,
        })
    }

    /// Waits for the settling time and looks again.
    pub(super) async fn settle(&self, open: Open) -> SweptUpload {
        let Open {
            upload,
            outcome,
            seen,
            due,
        } = open;
        tokio::time::sleep_until(due).await;
        let etag = seen.completed_etag.as_deref();
        let repair = self.repair(upload.number(), upload.planned(), etag);
        let (outcome, _) = saved(&repair, outcome, seen.object, seen.may_be_done).await;
        self.swept_as(&upload, outcome, seen.is_answered)
    }

    /// Goes on with an upload that an interrupted sweep had begun: first what may be in danger.
    pub(super) async fn take_up(&self, upload: ApprovedUpload, doubt: &InDoubt) -> Step {
        let number = upload.number();
        let (outcome, seen) = match &doubt.stage {
            Stage::AbortSent => return self.abort_again(upload, doubt).await,
            Stage::Aborted => match rest_of(self.store, upload.planned()).await {
                Ok(Rest::Nothing) => (Outcome::Aborted, doubt.object.clone()),
                // Whatever the journal says: it is there.
                Ok(Rest::EmptyUpload(_) | Rest::Parts(_)) => {
                    return self.abort_again(upload, doubt).await;
                }
                Err(error) => (Outcome::Failed(error), doubt.object.clone()),
            },
            Stage::Repair { .. } => {
                finish_repair(&self.repair(number, upload.planned(), None), doubt).await
            }
        };
        if is_final(&outcome) {
            return Step::Ended(self.swept(&upload, outcome));
        }
        self.look_after(upload, outcome, Some(Sent::of(seen))).await
    }

    /// Goes on with an upload that an abort may have been sent for: from the look on.
    async fn abort_again(&self, upload: ApprovedUpload, doubt: &InDoubt) -> Step {
        if self.stop.is_cancelled() {
            return Step::Ended(self.swept(&upload, Outcome::NotReached));
        }
        let before = Some(Sent::of(doubt.object.clone()));
        let (outcome, sent) = self.sweep_one(&upload, before).await;
        self.look_after(upload, outcome, sent).await
    }

    fn repair<'b>(
        &'b self,
        number: u64,
        planned: &'b PlannedUpload,
        completed_etag: Option<&'b str>,
    ) -> Repair<'b, S> {
        Repair {
            store: self.store,
            journal: self.journal,
            number,
            address: &planned.upload.address,
            footprint: &planned.footprint,
            completed_etag,
            pause: self.options.pause,
        }
    }
}

/// Settles what an interrupted sweep left in doubt, without its plan: looks at each upload, then at
/// its key, at once and after the settling time, and repairs. Aborts nothing: what is still there is
/// told as [`Outcome::NotReached`].
///
/// When `stop` is cancelled, no further upload is begun.
pub fn settle<'a, S: Mutate>(
    store: &'a S,
    journal: &'a Journal,
    in_doubt: Vec<InDoubt>,
    options: SweepOptions,
    stop: &'a CancellationToken,
) -> impl Stream<Item = SweptUpload> + 'a {
    let settle_run = SettleRun {
        store,
        journal,
        options,
    };
    stream::iter(in_doubt)
        .take_while(|_| future::ready(!stop.is_cancelled()))
        .map(move |doubt| settle_run.look(doubt))
        .buffer_unordered(options.concurrency.max(1))
        .map(move |open| settle_run.look_again(open))
        .buffer_unordered(MOST_SETTLING)
}

struct SettleRun<'a, S> {
    store: &'a S,
    journal: &'a Journal,
    options: SweepOptions,
}

impl<S> Clone for SettleRun<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for SettleRun<'_, S> {}

/// An upload that was looked at once.
struct LookedAt {
    doubt: InDoubt,
    outcome: Outcome,
    /// What was at the key, and when it is looked at again; `None` if that can change nothing.
    again: Option<(ObjectSight, Instant)>,
}

impl<'a, S: Mutate> SettleRun<'a, S> {
    async fn look(self, doubt: InDoubt) -> LookedAt {
        let repair = self.repair(&doubt);
        let seen = || doubt.object.clone();
        let (outcome, seen) = match &doubt.stage {
            stage @ (Stage::AbortSent | Stage::Aborted) => {
                let outcome = match rest_of(self.store, &doubt.planned).await {
                    Ok(Rest::Nothing) if *stage == Stage::Aborted => Outcome::Aborted,
                    // By our abort or by another hand: not proven to be ours.
                    Ok(Rest::Nothing) => Outcome::AlreadyGone,
                    Ok(Rest::EmptyUpload(_) | Rest::Parts(_)) => Outcome::NotReached,
                    Err(error) => Outcome::Failed(error),
                };
                (outcome, seen())
            }
            Stage::Repair { .. } => finish_repair(&repair, &doubt).await,
        };
        let (outcome, again) = match self.store.provider().must_recheck() {
            true if !is_final(&outcome) => {
                let (outcome, seen) = saved(&repair, outcome, seen, true).await;
                let due = Instant::now() + self.options.settle;
                let again = (!is_final(&outcome)).then_some((seen, due));
                (outcome, again)
            }
            _ => (outcome, None),
        };
        LookedAt {
            doubt,
            outcome,
            again,
        }
    }

    async fn look_again(self, open: LookedAt) -> SweptUpload {
        let LookedAt {
            doubt,
            outcome,
            again,
        } = open;
        let outcome = match again {
            Some((seen, due)) => {
                tokio::time::sleep_until(due).await;
                saved(&self.repair(&doubt), outcome, seen, true).await.0
            }
            None => outcome,
        };
        SweptUpload {
            number: doubt.number,
            outcome,
            planned: doubt.planned,
            shared: is_shared(self.store, self.options, true),
        }
    }

    fn repair<'b>(&self, doubt: &'b InDoubt) -> Repair<'b, S>
    where
        'a: 'b,
    {
        Repair {
            store: self.store,
            journal: self.journal,
            number: doubt.number,
            address: &doubt.planned.upload.address,
            footprint: &doubt.planned.footprint,
            completed_etag: None,
            pause: self.options.pause,
        }
    }
}

/// Repairs again what was being repaired at the interruption, and deletes the spares that were made.
async fn finish_repair<S: Mutate>(
    repair: &Repair<'_, S>,
    doubt: &InDoubt,
) -> (Outcome, ObjectSight) {
    let Stage::Repair { object, spares } = &doubt.stage else {
        return (Outcome::Aborted, doubt.object.clone());
    };
    // The object itself, or a copy of it that was brought back: a copy of it and back makes it whole.
    // Only then are the old spares deleted, which may be all that keeps its data. What someone wrote
    // in its place is not touched, and needs no spare.
    let (outcome, seen) = match look(repair.store, repair.address).await {
        Ok(ObjectSight::Present(now))
            if now == *object || repair.danger(&now) == Danger::Proven =>
        {
            repair_object(repair, now, Outcome::Repaired(None)).await
        }
        Ok(seen) => (Outcome::Repaired(None), seen),
        Err(error) => return (Outcome::Unverified(error), doubt.object.clone()),
    };
    if !matches!(outcome, Outcome::Repaired(_)) {
        return (outcome, seen);
    }
    let left = repair.delete_old(spares).await;
    match (outcome, left) {
        (Outcome::Repaired(None), Some(left)) => (Outcome::Repaired(Some(left)), seen),
        (outcome, _) => (outcome, seen),
    }
}

/// Looks at the key, and repairs what has appeared since `before`, if it is proven to be the upload,
/// completed. Gives back what is there now.
///
/// Whatever else appeared is someone's own write: to copy it and back could undo a newer one, or bring
/// back what was deleted meanwhile. Where it cannot be told apart, it is reported and not written.
async fn saved<S: Mutate>(
    repair: &Repair<'_, S>,
    outcome: Outcome,
    before: ObjectSight,
    may_be_done: bool,
) -> (Outcome, ObjectSight) {
    let now = match look(repair.store, repair.address).await {
        Ok(now) => now,
        // Nothing was aborted that could have done harm.
        Err(_) if !may_be_done => return (outcome, before),
        Err(error) => return (Outcome::Unverified(error), before),
    };
    let Some(object) = before.appeared(&now) else {
        return (outcome, now);
    };
    match repair.danger(object) {
        Danger::None => (outcome, now),
        Danger::Possible => (repair.reported(object), now),
        Danger::Proven => {
            let object = object.clone();
            // Aside: it is rare, and would make the future of every upload larger.
            Box::pin(repair_object(repair, object, outcome)).await
        }
    }
}

/// Whether looking again at the key can change nothing.
fn is_final(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::AtRisk(_) | Outcome::Unverified(_))
}
