//! One upload: look, write down, abort, verify, until it is gone or stays.

use std::time::Duration;

use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::{
    AbortAnswer, ApprovedUpload, Footprint, Look, LookTime, Mutate, Outcome, PlannedUpload,
    StoreError, StoreErrorKind, UploadAddress,
};

use super::check::look;
use super::error::SweepError;
use super::object::may_have_been_done;
use super::sweeper::{Sent, Sweeper};
use crate::journal::{After, Before};
use crate::scan::size::{self, SizeResult};

/// The longest pause between two rounds of one upload.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Looks at one upload at most that grew too old before its abort could leave. With the pauses between
/// them that is three quarters of a minute, in which a store that was overrun has recovered.
const MOST_LOOKS: u32 = 12;

/// Pages of a listing at most in which an upload is searched that the store still shows without parts.
const WITNESS_PAGES: u32 = 20;

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
        sent_before: Option<Sent>,
    ) -> (Outcome, Option<Sent>) {
        let mut sent = sent_before;
        let outcome = self.abort_until_gone(upload, &mut sent).await;
        (outcome, sent)
    }

    async fn abort_until_gone(&self, upload: &ApprovedUpload, sent: &mut Option<Sent>) -> Outcome {
        let planned = upload.planned();
        let mut answered = false;
        // What is gone after a crash may have been someone else's doing: not proven to be ours.
        let mut ours = false;
        // Its parts were gone before an abort of ours was done: another hand freed them.
        let mut theirs = false;
        let had_parts = planned.footprint.parts.known() > 0;
        let mut pause = self.options.pause;
        let mut outcome = Outcome::PartsRemain;
        let (mut round, mut too_old) = (0, 0);
        while round < self.options.rounds.max(1) {
            if round > 0 {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            let (seen, look) = if answered {
                // Aborted already, but for parts that landed after it: they may be gone by now.
                let look = match rest_of(self.store, planned).await {
                    Ok(Rest::Parts(look)) => look,
                    Ok(Rest::EmptyUpload(look)) => {
                        theirs |= had_parts && !ours;
                        look
                    }
                    Ok(Rest::Nothing) if ours => return Outcome::Aborted,
                    Ok(Rest::Nothing) => return Outcome::AlreadyGone,
                    Err(error) => return Outcome::Failed(error),
                };
                let seen = sent.clone();
                (seen.unwrap_or(Sent::of(ObjectSight::Absent)), look)
            } else {
                let (looked, completed_etag, look) =
                    match look(self.store, planned, sent.is_some()).await {
                        Ok(looked) => looked,
                        Err(error) => return Outcome::Failed(error),
                    };
                let store = self.store.provider_of(&planned.upload.address.bucket);
                match looked.decide(planned, self.terms, &store, self.risk_live) {
                    Look::Abort => {}
                    Look::Gone if ours => return Outcome::Aborted,
                    Look::Gone => return Outcome::AlreadyGone,
                    Look::Changed => return Outcome::Changed,
                    Look::Keep(reason) => return Outcome::Kept(reason),
                }
                let seen = Sent {
                    object: looked.object,
                    completed_etag,
                    is_answered: false,
                    may_be_done: false,
                };
                (seen, look)
            };
            let before = Before::Abort {
                upload,
                object: &seen.object,
            };
            if let Err(error) = self.journal.before(&before).await {
                self.give_up(SweepError::Journal(error));
                return match answered {
                    true => outcome,
                    false => Outcome::NotReached,
                };
            }
            let answer = self.store.abort_upload(upload, look).await;
            if let Err(error) = &answer
                && error.kind == StoreErrorKind::LookTooOld
            {
                // Not sent: whatever it waited for, the upload is looked at again (law 4).
                if sent.is_none() {
                    let number = upload.number();
                    // Lost if the journal is broken: then the abort is in doubt, which is looked at too.
                    let _ = self.journal.after(&After::Untouched { number });
                }
                too_old += 1;
                if too_old >= MOST_LOOKS {
                    return Outcome::Failed(error.clone());
                }
                tokio::time::sleep((self.options.pause * too_old).min(LONGEST_PAUSE)).await;
                continue;
            }
            round += 1;
            let first = sent.get_or_insert(seen);
            match answer {
                Ok(answer) => {
                    answered = true;
                    first.is_answered = true;
                    first.may_be_done = true;
                    ours |= answer == AbortAnswer::Done && !theirs;
                }
                Err(error) if is_worth_another_round(&error) => {
                    first.may_be_done |= may_have_been_done(&error);
                    ours |= may_have_been_done(&error) && !theirs;
                    outcome = Outcome::Failed(error);
                    continue;
                }
                Err(error) => return Outcome::Failed(error),
            }
            outcome = match rest_of(self.store, planned).await {
                Ok(Rest::Nothing) if ours => return Outcome::Aborted,
                Ok(Rest::Nothing) => return Outcome::AlreadyGone,
                Ok(Rest::Parts(_)) => Outcome::PartsRemain,
                Ok(Rest::EmptyUpload(_)) => {
                    theirs |= had_parts && !ours;
                    Outcome::PartsRemain
                }
                Err(error) => return Outcome::Failed(error),
            };
        }
        // The last abort was not answered: what is left tells whether it was done.
        match (&outcome, rest_of(self.store, planned).await) {
            (Outcome::Failed(_), Ok(Rest::Nothing)) if ours => Outcome::Aborted,
            _ => outcome,
        }
    }
}

/// Looks what is left of an upload after an abort (law 6).
pub(super) async fn rest_of<S: Mutate>(
    store: &S,
    planned: &PlannedUpload,
) -> Result<Rest, StoreError> {
    match size::size(store, &planned.upload).await {
        SizeResult::Gone => Ok(Rest::Nothing),
        SizeResult::Sized {
            footprint: Footprint { parts, .. },
            answered,
            ..
        } => match parts.exact() {
            // Some stores say so of what is gone (seaweedfs/seaweedfs#11081, adobe/S3Mock#475): one more
            // request there, and none where it is NoSuchUpload. Still listed it is not gone, whether or not
            // it had parts before.
            Some(0) if is_unlisted(store, &planned.upload.address).await? => Ok(Rest::Nothing),
            Some(0) => Ok(Rest::EmptyUpload(answered)),
            _ => Ok(Rest::Parts(answered)),
        },
        // Said in other words: by the status alone, as an id that isn't valid, with nothing in the answer.
        SizeResult::Failed { error, .. } if may_mean_gone(&error) => {
            match is_unlisted(store, &planned.upload.address).await {
                Ok(true) => Ok(Rest::Nothing),
                _ => Err(error),
            }
        }
        SizeResult::Failed { error, .. } => Err(error),
    }
}

/// Whether an answer to ListParts may say that there is no such upload, though it has no code for that.
fn may_mean_gone(error: &StoreError) -> bool {
    let is_of_id = |code: &str| matches!(code, "InvalidUploadId" | "InvalidUploadID");
    matches!(error.status, Some(204 | 404 | 410)) || error.code.as_deref().is_some_and(is_of_id)
}

/// Whether a new listing by its key does not show an upload any more: the second witness for what the
/// store shows without parts. An end that is in doubt, or a listing that is longer than is followed,
/// proves nothing.
async fn is_unlisted<S: Mutate>(store: &S, upload: &UploadAddress) -> Result<bool, StoreError> {
    let profile = store.provider_of(&upload.bucket);
    let prefix = profile.prefix.to_find(upload.key.as_str());
    let mut pager = Pager::new(prefix, profile.key_marker_is_enough);
    for _ in 0..WITNESS_PAGES {
        let ask = pager.ask();
        let page = store.list_uploads(&upload.bucket, &ask.prefix, &ask.after);
        let mut page = page.await?;
        if page.nameless > 0 || page.uploads.iter().any(|listed| listed.address == *upload) {
            return Ok(false);
        }
        match pager.take(&mut page) {
            Step::Ask(_) => {}
            Step::Ended => return Ok(true),
            Step::Stuck => return Ok(false),
        }
    }
    Ok(false)
}

/// What ListParts shows after an abort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// No such upload.
    Nothing,
    /// No parts, when that was seen, and the listing by its key still shows the upload.
    EmptyUpload(LookTime),
    /// Parts, when they were seen.
    Parts(LookTime),
}

/// Whether an abort failed in a way that may pass.
fn is_worth_another_round(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Throttled || may_have_been_done(error)
}
