//! The decision just before an abort (law 4).

use jiff::{SignedDuration, Timestamp};

use crate::decide::verdict::KeepReason;
use crate::model::activity::Activity;
use crate::model::believe::{Clock, age};
use crate::model::footprint::Footprint;
use crate::plan::{PlannedUpload, SAFE_AGE, Terms};
use crate::provider::profile::Provider;
use crate::store::answers::{ObjectHead, OlderVersions};

/// A complete that was seen at the key so lately may still be at work, where an abort can hurt: on
/// Ceph the object is there before the upload is gone. How long that lasts was not measured; five
/// minutes are longer than most clients wait for the answer, and keep nothing for long.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(5);

/// What was seen at the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectSight {
    /// No object.
    Absent,
    /// An object.
    Present(ObjectHead),
    /// The key may not look.
    NotVisible,
}

impl ObjectSight {
    /// The object that is there now and was not there then: someone completed an upload of this
    /// key, or wrote it anew, since (law 12).
    pub fn appeared<'a>(&self, now: &'a Self) -> Option<&'a ObjectHead> {
        match (self, now) {
            (Self::Present(before), Self::Present(object)) if before == object => None,
            (_, Self::Present(object)) => Some(object),
            (_, Self::Absent | Self::NotVisible) => None,
        }
    }
}

/// What the look found.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The upload's parts now; `None` if the store says that there is no such upload.
    pub footprint: Option<Footprint>,
    /// What is at the key.
    pub object: ObjectSight,
    /// What was at the key before: a finished object may have been overwritten or deleted since.
    pub older: OlderVersions,
    /// The server's `Date`.
    pub now: Option<Timestamp>,
    /// How the times of documents stand to it.
    pub clock: Clock,
}

/// What to do after the look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing has changed and nothing stands against it: abort.
    Abort,
    /// Someone else was first.
    Gone,
    /// It is not what the plan says: not touched.
    Changed,
    /// It is the same, and stays.
    Keep(KeepReason),
}

impl Looked {
    /// Decides whether the upload may be aborted now.
    ///
    /// Where an abort can hurt by the store's profile, an object that cannot be seen is a reason to
    /// keep the upload, because an abort that races with a complete destroys the object. A store that
    /// proved to be more dangerous since the plan was agreed to is judged by what it is now:
    /// `risk_live` says whether the risk to young uploads was accepted.
    pub fn decide(
        &self,
        planned: &PlannedUpload,
        terms: Terms,
        store: &Provider,
        risk_live: bool,
    ) -> Look {
        let Some(footprint) = &self.footprint else {
            return Look::Gone;
        };
        if *footprint != planned.footprint {
            return Look::Changed;
        }
        let initiated = planned.upload.initiated;
        let last = Activity::of(initiated, footprint).at().zip(self.now);
        match last.and_then(|(time, now)| self.clock.age(time, now)) {
            Some(age) if age >= terms.older_than => {}
            Some(age) => return Look::Keep(KeepReason::too_young_by(self.clock, age)),
            None => return Look::Keep(KeepReason::AgeUnknown),
        }
        if store.only_age_protects() && terms.older_than < SAFE_AGE && !risk_live {
            return Look::Keep(KeepReason::OnlyAgeProtects);
        }
        let abort_can_hurt = store.abort_can_hurt();
        let spares_finished = abort_can_hurt || !terms.include_finished;
        // By the clock of `Last-Modified`.
        let initiated = initiated.map(|time| self.clock.earliest(time));
        for object in self.objects() {
            let is_finished = spares_finished && may_be_finished(initiated, footprint, object);
            let is_at_work =
                abort_can_hurt && is_as_new(initiated, object) && may_be_at_work(object, self.now);
            if is_finished || is_at_work {
                return Look::Keep(KeepReason::FinishedObject);
            }
        }
        let sees_all = self.object != ObjectSight::NotVisible
            && self.older != OlderVersions::NotVisible
            && !self.contradicts_its_versions();
        if abort_can_hurt && !sees_all {
            return Look::Keep(KeepReason::ObjectNotVisible);
        }
        Look::Abort
    }

    /// Whether the object says that it is a version, and no version was shown: a listing that hides some, or a
    /// bucket that says wrongly that it has none (law 13).
    fn contradicts_its_versions(&self) -> bool {
        let is_version =
            matches!(&self.object, ObjectSight::Present(object) if object.version.is_some());
        is_version && self.older.shown().is_some_and(<[_]>::is_empty)
    }

    /// Every version that was seen at the key.
    fn objects(&self) -> impl Iterator<Item = &ObjectHead> {
        let current = match &self.object {
            ObjectSight::Present(object) => Some(object),
            ObjectSight::Absent | ObjectSight::NotVisible => None,
        };
        let older = self.older.shown().unwrap_or_default();
        current.into_iter().chain(older)
    }
}

/// Whether an object that appeared at the key of an aborted upload may lose its data (law 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// It was not completed from parts: nothing that an abort takes away is in it.
    None,
    /// It is the upload, completed: of as many parts and bytes.
    Proven,
    /// It may be. Without proof it is reported and not written: whoever wrote it last may be right.
    Possible,
}

impl Danger {
    /// What an object that appeared since the look may have to do with the upload that was aborted.
    ///
    /// `completed_etag`: what the ETag of its object would be, by the parts that the look saw. Without
    /// it the number of parts and the size have to do: another upload can have both.
    pub fn of(
        object: &ObjectHead,
        upload: &Footprint,
        completed_etag: Option<&str>,
        store: &Provider,
    ) -> Self {
        let (parts, bytes) = (upload.parts.exact(), upload.bytes.exact());
        let has_bytes = bytes.is_some() && object.bytes == bytes;
        let etag = object.etag.as_deref().map(|etag| etag.trim_matches('"'));
        let has_etag = completed_etag.is_none() || etag == completed_etag;
        match made_of(object) {
            Some(count) if parts == Some(count) && has_bytes && has_etag => Self::Proven,
            // Parts may have been sent or left out at the last moment.
            Some(_) => Self::Possible,
            None if store.etag_counts_parts && object.etag.is_some() => Self::None,
            None if is_md5(object) && object.bytes.is_some() && bytes.is_some() && !has_bytes => {
                Self::None
            }
            None => Self::Possible,
        }
    }
}

/// Whether an object may be this upload, completed: as new as the upload, and of the same size or
/// made of as many parts.
///
/// A date or size that is missing on either side does not clear the object of suspicion. An upload
/// without parts cannot have been completed.
fn may_be_finished(
    initiated: Option<Timestamp>,
    footprint: &Footprint,
    object: &ObjectHead,
) -> bool {
    let parts = footprint.parts.exact();
    if parts == Some(0) {
        return false;
    }
    let as_new = is_as_new(initiated, object);
    let same_size = footprint.bytes.exact().is_some() && object.bytes == footprint.bytes.exact();
    let made_of = made_of(object);
    // A size that is missing on either side clears nothing.
    let unknown = footprint.bytes.exact().is_none() || object.bytes.is_none();
    as_new && (same_size || unknown || (parts.is_some() && made_of == parts))
}

/// Whether an object is as new as an upload. HTTP dates have whole seconds: an object finished in
/// the second in which its upload began seems older than it.
fn is_as_new(initiated: Option<Timestamp>, object: &ObjectHead) -> bool {
    match (initiated, object.last_modified) {
        (Some(initiated), Some(modified)) => modified.as_second() >= initiated.as_second(),
        _ => true,
    }
}

/// How many parts an object was made of, if its ETag says so.
fn made_of(object: &ObjectHead) -> Option<u64> {
    let etag = object.etag.as_deref()?.trim_matches('"');
    etag.rsplit_once('-')?.1.parse().ok()
}

/// Whether an object's ETag is an MD5: that of data that were sent at once.
fn is_md5(object: &ObjectHead) -> bool {
    let etag = object.etag.as_deref().unwrap_or_default().trim_matches('"');
    etag.len() == 32 && etag.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether the object may be of a complete of this very upload that has not ended, whatever its
/// size: parts that are sent beside the complete, or left out of it, make it differ. Then the
/// object is there before the abort and after it, so that nothing would be repaired (law 12). Nor does a
/// list without parts clear it: they may have been sent and completed since that list, and some stores
/// answer an empty one for an upload that is gone.
fn may_be_at_work(object: &ObjectHead, now: Option<Timestamp>) -> bool {
    let is_of_parts = object.etag.is_none() || made_of(object).is_some();
    let is_fresh = match (object.last_modified, now) {
        (Some(modified), Some(now)) => age(modified, now) < JUST_NOW,
        _ => true,
    };
    is_of_parts && is_fresh
}

#[cfg(test)]
mod tests;
