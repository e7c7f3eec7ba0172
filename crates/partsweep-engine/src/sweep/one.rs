//! One upload: look, write down, abort, verify, until it is gone or stays.

use std::time::Duration;

use partsweep_core::look::ObjectSight;
use partsweep_core::{
    AbortAnswer, ApprovedUpload, Footprint, Look, Looked, Mutate, Outcome, PlannedUpload,
    StoreError, StoreErrorKind,
};

use super::{SweepError, Sweeper};
use crate::journal::Before;
use crate::size::{self, Sizing};

/// The longest pause between two rounds of one upload.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

impl<S: Mutate> Sweeper<'_, S> {
    /// Looks, aborts and verifies, again while parts remain or the store does not answer. Tells
    /// what was at the key before the first abort, if one was sent.
    ///
    /// A part that was being sent at the abort may land after it, and is billed until someone
    /// aborts again. A 204 proves nothing (MinIO gives one for any id), so only ListParts does
    /// (law 6). A look is good for one abort: as long as no abort was answered, there is a new one
    /// before each, since the upload's owner may have come back while the store was silent.
    ///
    /// `sent_before`: an interrupted sweep may have sent an abort; what was at the key then.
    pub(super) async fn sweep_one(
        &self,
        upload: &ApprovedUpload,
        sent_before: Option<ObjectSight>,
    ) -> (Outcome, Option<ObjectSight>) {
        let mut sent = sent_before;
        let outcome = self.abort_until_gone(upload, &mut sent).await;
        (outcome, sent)
    }

    async fn abort_until_gone(
        &self,
        upload: &ApprovedUpload,
        sent: &mut Option<ObjectSight>,
    ) -> Outcome {
        let planned = upload.planned();
        let mut answered = false;
        // What is gone after a crash may have been someone else's doing: not proven to be ours.
        let mut ours = false;
        let mut pause = self.options.pause;
        let mut outcome = Outcome::PartsRemain;
        for round in 0..self.options.rounds.max(1) {
            if round > 0 {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            let object = if answered {
                // Aborted already: the same again, without a new look.
                sent.clone().unwrap_or(ObjectSight::Absent)
            } else {
                let looked = match self.look(planned, sent.is_some()).await {
                    Ok(looked) => looked,
                    Err(error) => return Outcome::Failed(error),
                };
                let abort_can_hurt = self.store.provider().abort_can_hurt;
                match looked.decide(planned, self.terms, abort_can_hurt) {
                    Look::Abort => {}
                    Look::Gone if ours => return Outcome::Aborted,
                    Look::Gone => return Outcome::AlreadyGone,
                    Look::Changed => return Outcome::Changed,
                    Look::Keep(reason) => return Outcome::Kept(reason),
                }
                looked.object
            };
            let before = Before::Abort {
                upload,
                object: &object,
            };
            if let Err(error) = self.journal.before(&before).await {
                self.give_up(SweepError::Journal(error));
                return match answered {
                    true => outcome,
                    false => Outcome::NotReached,
                };
            }
            sent.get_or_insert(object);
            match self.store.abort_upload(upload).await {
                Ok(answer) => {
                    answered = true;
                    ours |= answer == AbortAnswer::Done;
                }
                Err(error) if is_worth_another_round(&error) => {
                    ours |= may_have_been_done(&error);
                    outcome = Outcome::Failed(error);
                    continue;
                }
                Err(error) => return Outcome::Failed(error),
            }
            outcome = match left_of(self.store, planned).await {
                Ok(Left::Nothing) if ours => return Outcome::Aborted,
                Ok(Left::Nothing) => return Outcome::AlreadyGone,
                Ok(Left::EmptyUpload) if ours => Outcome::Aborted,
                Ok(Left::EmptyUpload) => Outcome::AlreadyGone,
                Ok(Left::Parts) => Outcome::PartsRemain,
                Err(error) => return Outcome::Failed(error),
            };
        }
        // The last abort was not answered: what is left tells whether it was done.
        match (&outcome, left_of(self.store, planned).await) {
            (Outcome::Failed(_), Ok(Left::Nothing)) if ours => Outcome::Aborted,
            _ => outcome,
        }
    }

    /// Looks at the upload and then at its key (law 4).
    ///
    /// In this order: a complete between the two requests is seen as an object. Where an abort
    /// cannot hurt, the key of an upload without parts is not looked at: it cannot have been
    /// completed.
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
        let is_empty = footprint.parts.exact() == Some(0);
        let object = if is_empty && !self.store.provider().must_look_after() {
            ObjectSight::Absent
        } else {
            self.see_object(address).await?
        };
        Ok(Looked {
            footprint: Some(footprint),
            object,
            now,
        })
    }
}

/// Looks what is left of an upload after an abort (law 6).
pub(super) async fn left_of<S: Mutate>(
    store: &S,
    planned: &PlannedUpload,
) -> Result<Left, StoreError> {
    let had_parts = planned.footprint.parts.known() > 0;
    match size::size(store, &planned.upload.address).await {
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

/// What ListParts shows after an abort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// No such upload.
    Nothing,
    /// The upload, without the parts that it had: they are freed.
    EmptyUpload,
    /// Parts; or an upload that never had any and is still there.
    Parts,
}

/// Whether an abort failed in a way that may pass.
fn is_worth_another_round(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Throttled || may_have_been_done(error)
}

/// Whether the store may have done what it was asked although there is no good answer.
pub(super) fn may_have_been_done(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Timeout | Kind::Server | Kind::Malformed | Kind::NotS3 | Kind::Unreachable
    )
}
