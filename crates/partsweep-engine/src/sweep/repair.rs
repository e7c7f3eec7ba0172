//! Saves an object that a crossing abort put in danger, before the store collects garbage.
//!
//! On Ceph its parts are on the list of garbage. A copy to another key takes references of its own
//! to them, and the copy back makes the key's object one that has them too (36 of 36 whole,
//! measured); a copy onto itself does not help, nor does a copy that is not brought back.

use std::time::Duration;

use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    AtRisk, Danger, Footprint, Mutate, ObjectHead, Outcome, Spare, SpareName, StoreError,
    StoreErrorKind, UploadAddress,
};

use super::object::{is_throttled, look, may_have_been_done};
use crate::journal::{After, Before, Journal};

/// Attempts to repair one object; each begins anew with what is at the key.
const ATTEMPTS: u32 = 4;

/// One upload whose key holds an object in danger.
pub(super) struct Repair<'a, S> {
    pub(super) store: &'a S,
    pub(super) journal: &'a Journal,
    /// The upload's place in the plan.
    pub(super) number: u64,
    pub(super) address: &'a UploadAddress,
    /// The upload's parts, as planned: what its object would be made of.
    pub(super) footprint: &'a Footprint,
    /// The ETag of that object, if it is known.
    pub(super) completed_etag: Option<&'a str>,
    /// The pause before a second attempt; doubled each time.
    pub(super) pause: Duration,
}

/// How an attempt ended that did not save the object.
enum Failed {
    /// Someone wrote or deleted the object meanwhile: what is there now is to be looked at.
    Changed,
    /// A request failed.
    Error(StoreError, Option<Spare>),
}

/// Saves `object`, which is proven to be in danger. Gives back what is at the key in the end.
///
/// What takes its place meanwhile is saved only if that is proven to be in danger, too: else nothing is
/// left to be saved, and the outcome is `otherwise`.
///
/// The journal is written as far as it can be: an object in danger is saved also when the disk is
/// full.
pub(super) async fn repair_object<S: Mutate>(
    repair: &Repair<'_, S>,
    mut object: ObjectHead,
    otherwise: Outcome,
) -> (Outcome, ObjectSight) {
    let mut pause = repair.pause;
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(pause).await;
            pause *= 2;
            match look(repair.store, repair.address).await {
                Ok(ObjectSight::Present(now)) if now == object => {}
                Ok(ObjectSight::Present(now)) => match repair.danger(&now) {
                    Danger::Proven => object = now,
                    Danger::Possible => {
                        return (repair.reported(&now), ObjectSight::Present(now));
                    }
                    Danger::None => return (otherwise, ObjectSight::Present(now)),
                },
                // Deleted by someone else: there is nothing to be saved.
                Ok(seen) => return (otherwise, seen),
                Err(error) => {
                    last = Some((error, None));
                    continue;
                }
            }
        }
        match repair.try_once(&object).await {
            Ok((left, seen)) => return (Outcome::Repaired(left), seen),
            Err(Failed::Changed) => {}
            Err(Failed::Error(error, spare)) => {
                let may_pass = may_have_been_done(&error) || is_throttled(&error);
                let kept = spare.is_some();
                last = Some((error, spare));
                // A spare that is kept holds the data: no second one is made beside it.
                if !may_pass || kept {
                    break;
                }
            }
        }
    }
    let (error, spare) = last.unwrap_or_else(|| (repair.never_still(), None));
    let at_risk = AtRisk {
        object: object.clone(),
        spare,
        error,
    };
    let seen = ObjectSight::Present(object);
    (Outcome::AtRisk(Box::new(at_risk)), seen)
}

impl<S: Mutate> Repair<'_, S> {
    /// What an object at the key may have to do with the upload that was aborted.
    pub(super) fn danger(&self, object: &ObjectHead) -> Danger {
        let store = self.store.provider();
        Danger::of(object, self.footprint, self.completed_etag, &store)
    }

    /// An object that may be in danger, without the proof that would allow it to be written anew.
    pub(super) fn reported(&self, object: &ObjectHead) -> Outcome {
        let message = "an object appeared at the key during the abort: it does not have the parts and \
                       the size of this upload, so it was not rewritten";
        Outcome::AtRisk(Box::new(AtRisk {
            object: object.clone(),
            spare: None,
            error: self.error(message.to_owned()),
        }))
    }

    /// Copy to a spare key, look at both, copy back, look, delete the spare. Gives back a spare
    /// that could not be deleted.
    async fn try_once(&self, object: &ObjectHead) -> Result<(Option<Spare>, ObjectSight), Failed> {
        let UploadAddress { bucket, key, .. } = self.address;
        let name = SpareName::random();
        let _ = self
            .journal
            .before(&Before::Repair {
                number: self.number,
                object,
                spare: &name,
            })
            .await;
        let spare = match self.store.copy_to_spare(bucket, key, object, &name).await {
            Ok(spare) => spare,
            Err(error) if error.kind == StoreErrorKind::TooLarge => {
                self.tell_gone(&name);
                return self.rewrite(object).await;
            }
            Err(error) => {
                // The store may have made it all the same.
                let unsure = may_have_been_done(&error);
                let spare = self.spare(name);
                if unsure {
                    self.delete(&spare).await;
                } else {
                    self.tell_gone(&spare.name);
                }
                return Err(match error.kind {
                    StoreErrorKind::Changed | StoreErrorKind::NoSuchObject => Failed::Changed,
                    _ => Failed::Error(error, None),
                });
            }
        };
        let mut spare = spare;
        match self.bring_back(&mut spare, object).await {
            Ok(seen) => Ok((self.delete(&spare).await, seen)),
            Err(Failed::Changed) => {
                self.delete(&spare).await;
                Err(Failed::Changed)
            }
            // The spare keeps the data as long as it is there.
            Err(Failed::Error(error, _)) => Err(Failed::Error(error, Some(spare))),
        }
    }

    /// Copies the spare back if both are as they should be, and looks whether it came.
    async fn bring_back(
        &self,
        spare: &mut Spare,
        object: &ObjectHead,
    ) -> Result<ObjectSight, Failed> {
        let failed = |error| Failed::Error(error, None);
        let at_spare = UploadAddress {
            key: spare.name.key().clone(),
            ..self.address.clone()
        };
        let copy = match look(self.store, &at_spare).await.map_err(failed)? {
            ObjectSight::Present(copy) if copy.bytes == object.bytes => copy,
            _ => return Err(failed(self.not_whole("the spare copy"))),
        };
        // Ceph does not tell the version with the copy.
        spare.version = spare.version.take().or_else(|| copy.version.clone());
        let mut pause = self.pause;
        for attempt in 1..=ATTEMPTS {
            // Last, so that as little time as can be passes until it is copied back.
            let now = look(self.store, self.address).await.map_err(failed)?;
            if now != ObjectSight::Present(object.clone()) {
                // An answer that was lost may have been the copy itself.
                return match now {
                    ObjectSight::Present(now) if attempt > 1 && is_copy_of(&now, &copy) => {
                        Ok(ObjectSight::Present(now))
                    }
                    _ => Err(Failed::Changed),
                };
            }
            let copied = self.store.copy_back(spare, &self.address.key, object).await;
            match copied {
                Ok(()) => break,
                Err(error) if error.kind == StoreErrorKind::Changed => return Err(Failed::Changed),
                Err(error)
                    if attempt < ATTEMPTS
                        && (may_have_been_done(&error) || is_throttled(&error)) =>
                {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(failed(error)),
            }
        }
        match look(self.store, self.address).await.map_err(failed)? {
            ObjectSight::Present(now) if is_copy_of(&now, &copy) => Ok(ObjectSight::Present(now)),
            // Written or deleted by someone else since.
            _ => Err(Failed::Changed),
        }
    }

    /// An object that is too large to be copied at once is written anew from itself, in parts.
    async fn rewrite(&self, object: &ObjectHead) -> Result<(Option<Spare>, ObjectSight), Failed> {
        let UploadAddress { bucket, key, .. } = self.address;
        let _ = self
            .journal
            .before(&Before::Rewrite {
                number: self.number,
                object,
            })
            .await;
        let failed = |error| Failed::Error(error, None);
        match self.store.rewrite_in_parts(bucket, key, object).await {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind,
                    StoreErrorKind::Changed | StoreErrorKind::NoSuchObject
                ) =>
            {
                return Err(Failed::Changed);
            }
            Err(error) => return Err(failed(error)),
        }
        match look(self.store, self.address).await.map_err(failed)? {
            ObjectSight::Present(now) if now.bytes == object.bytes => {
                Ok((None, ObjectSight::Present(now)))
            }
            _ => Err(Failed::Changed),
        }
    }

    /// Deletes a spare; gives it back if that could not be done.
    async fn delete(&self, spare: &Spare) -> Option<Spare> {
        let mut pause = self.pause;
        for _ in 0..ATTEMPTS {
            match self.store.delete_spare(spare).await {
                Ok(()) => {
                    self.tell_gone(&spare.name);
                    return None;
                }
                Err(error) if may_have_been_done(&error) || is_throttled(&error) => {}
                Err(_) => break,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Some(spare.clone())
    }

    /// Deletes the spares of an interrupted run, if they are there; gives back one that stays.
    ///
    /// Their versions are not known any more, so they are looked up.
    pub(super) async fn delete_old(&self, names: &[SpareName]) -> Option<Spare> {
        let mut left = None;
        for name in names {
            let mut spare = self.spare(name.clone());
            let at_spare = UploadAddress {
                key: name.key().clone(),
                ..self.address.clone()
            };
            match look(self.store, &at_spare).await {
                Ok(ObjectSight::Present(copy)) => {
                    spare.version = copy.version;
                    left = self.delete(&spare).await.or(left);
                }
                Ok(_) => self.tell_gone(name),
                Err(_) => left = Some(spare),
            }
        }
        left
    }

    fn spare(&self, name: SpareName) -> Spare {
        Spare {
            bucket: self.address.bucket.clone(),
            name,
            version: None,
        }
    }

    fn tell_gone(&self, spare: &SpareName) {
        let _ = self.journal.after(&After::SpareGone {
            number: self.number,
            spare,
        });
    }

    fn not_whole(&self, what: &str) -> StoreError {
        self.error(format!("{what} isn't the size of the object"))
    }

    fn never_still(&self) -> StoreError {
        self.error("the object keeps being overwritten".to_owned())
    }

    fn error(&self, message: String) -> StoreError {
        StoreError::new(
            partsweep_core::Operation::CopyObject,
            Some(&self.address.bucket),
            StoreErrorKind::Changed,
        )
        .with_message(message)
    }
}

/// Whether what is at the key is the spare, copied back: the same bytes by size and ETag. The
/// spare's, since a store that copies in one piece gives an object that came in parts a new ETag.
fn is_copy_of(now: &ObjectHead, spare: &ObjectHead) -> bool {
    now.bytes == spare.bytes && now.etag == spare.etag
}
