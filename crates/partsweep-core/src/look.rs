//! The decision just before an abort (law 4).

use jiff::{SignedDuration, Timestamp};

use crate::activity::{Activity, age};
use crate::footprint::Footprint;
use crate::plan::{PlannedUpload, Terms};
use crate::port::ObjectHead;
use crate::verdict::KeepReason;

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
    /// The server's `Date`.
    pub now: Option<Timestamp>,
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
    /// `abort_can_hurt` is the store's profile: there an object that cannot be seen is a reason
    /// to keep the upload, because an abort that crosses a complete destroys the object.
    pub fn decide(&self, planned: &PlannedUpload, terms: Terms, abort_can_hurt: bool) -> Look {
        let Some(footprint) = &self.footprint else {
            return Look::Gone;
        };
        if *footprint != planned.footprint {
            return Look::Changed;
        }
        match (Activity::of(planned.upload.initiated, footprint), self.now) {
            (Activity::At(time), Some(now)) if age(time, now) >= terms.older_than => {}
            (Activity::At(_), Some(_)) => return Look::Keep(KeepReason::ActiveRecently),
            (Activity::Unknown, _) | (_, None) => return Look::Keep(KeepReason::AgeUnknown),
        }
        let spares_finished = abort_can_hurt || !terms.include_finished;
        match &self.object {
            ObjectSight::Present(object)
                if spares_finished
                    && may_be_finished(planned.upload.initiated, footprint, object) =>
            {
                Look::Keep(KeepReason::FinishedObject)
            }
            ObjectSight::Present(object)
                if abort_can_hurt
                    && is_as_new(planned.upload.initiated, object)
                    && may_be_at_work(footprint, object, self.now) =>
            {
                Look::Keep(KeepReason::FinishedObject)
            }
            ObjectSight::NotVisible if abort_can_hurt => Look::Keep(KeepReason::ObjectNotVisible),
            ObjectSight::Absent | ObjectSight::Present(_) | ObjectSight::NotVisible => Look::Abort,
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

/// Whether the object may be of a complete of this very upload that has not ended, whatever its
/// size: parts that are sent beside the complete, or left out of it, make it differ. Then the
/// object is there before the abort and after it, so that nothing would be mended (law 12).
fn may_be_at_work(footprint: &Footprint, object: &ObjectHead, now: Option<Timestamp>) -> bool {
    let has_parts = footprint.parts.exact() != Some(0);
    let is_of_parts = object.etag.is_none() || made_of(object).is_some();
    let is_fresh = match (object.last_modified, now) {
        (Some(modified), Some(now)) => age(modified, now) < JUST_NOW,
        _ => true,
    };
    has_parts && is_of_parts && is_fresh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::footprint::Amount;
    use crate::name::{BucketName, Key, UploadId};
    use crate::upload::{KeyProof, Upload, UploadAddress};

    const HOUR: i64 = 3_600;
    const NOW: i64 = 1_800_000_000;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    fn footprint() -> Footprint {
        let newest_part = at(NOW - 49 * HOUR);
        Footprint {
            parts: Amount::Exact(3),
            bytes: Amount::Exact(30),
            newest_part,
            all_dated: true,
        }
    }

    fn planned() -> PlannedUpload {
        PlannedUpload {
            upload: Upload {
                address: UploadAddress {
                    bucket: BucketName::new("b").unwrap(),
                    key: Key::new("k").unwrap(),
                    id: UploadId::new("1").unwrap(),
                },
                key_proof: KeyProof::Exact,
                initiated: at(NOW - 50 * HOUR),
                storage_class: None,
                owner: None,
                initiator: None,
            },
            footprint: footprint(),
        }
    }

    fn decide(footprint: Option<Footprint>, object: ObjectSight) -> Look {
        let looked = Looked {
            footprint,
            object,
            now: at(NOW),
        };
        looked.decide(
            &planned(),
            Terms::older_than(SignedDuration::from_hours(24)),
            true,
        )
    }

    fn object(bytes: u64, modified: i64, etag: &str) -> ObjectSight {
        ObjectSight::Present(ObjectHead {
            bytes: Some(bytes),
            last_modified: at(modified),
            etag: Some(etag.to_owned()),
            version: None,
        })
    }

    #[test]
    fn an_unchanged_upload_without_an_object_is_aborted() {
        assert_eq!(decide(Some(footprint()), ObjectSight::Absent), Look::Abort);
    }

    #[test]
    fn an_object_of_parts_that_was_written_just_now_keeps_it_where_an_abort_can_hurt() {
        let at_work = |modified, etag, abort_can_hurt| {
            let looked = Looked {
                footprint: Some(footprint()),
                object: object(77, modified, etag),
                now: at(NOW),
            };
            let terms = Terms::older_than(SignedDuration::from_hours(24));
            looked.decide(&planned(), terms, abort_can_hurt)
        };
        let kept = Look::Keep(KeepReason::FinishedObject);
        assert_eq!(at_work(NOW - 299, "abc-2", true), kept);
        assert_eq!(at_work(NOW - 300, "abc-2", true), Look::Abort);
        assert_eq!(at_work(NOW - 299, "abc", true), Look::Abort, "sent at once");
        assert_eq!(at_work(NOW - 299, "abc-2", false), Look::Abort);
    }

    #[test]
    fn a_gone_upload_is_gone() {
        assert_eq!(decide(None, ObjectSight::Absent), Look::Gone);
    }

    #[test]
    fn an_upload_that_got_a_part_since_the_plan_is_kept() {
        let grown = Footprint {
            parts: Amount::Exact(4),
            bytes: Amount::Exact(40),
            ..footprint()
        };
        assert_eq!(decide(Some(grown), ObjectSight::Absent), Look::Changed);
        let resent = Footprint {
            newest_part: at(NOW - 48 * HOUR),
            ..footprint()
        };
        assert_eq!(decide(Some(resent), ObjectSight::Absent), Look::Changed);
    }

    #[test]
    fn an_object_as_new_as_the_upload_with_its_size_or_part_count_keeps_it() {
        let kept = Look::Keep(KeepReason::FinishedObject);
        assert_eq!(
            decide(Some(footprint()), object(30, NOW - HOUR, "abc")),
            kept
        );
        assert_eq!(
            decide(Some(footprint()), object(31, NOW - HOUR, "abc-3")),
            kept
        );
        assert_eq!(
            decide(Some(footprint()), object(30, NOW - 50 * HOUR, "abc")),
            kept,
            "same second"
        );
    }

    #[test]
    fn a_missing_size_clears_no_object() {
        let kept = Look::Keep(KeepReason::FinishedObject);
        let unsized_object = ObjectSight::Present(ObjectHead {
            bytes: None,
            last_modified: at(NOW - HOUR),
            etag: Some("abc".to_owned()),
            version: None,
        });
        assert_eq!(decide(Some(footprint()), unsized_object), kept);
        let footprint = Footprint {
            bytes: Amount::Unknown,
            ..footprint()
        };
        let planned = PlannedUpload {
            footprint,
            ..planned()
        };
        let looked = Looked {
            footprint: Some(footprint),
            object: object(30, NOW - HOUR, "abc"),
            now: at(NOW),
        };
        let decided = looked.decide(
            &planned,
            Terms::older_than(SignedDuration::from_hours(24)),
            true,
        );
        assert_eq!(decided, kept);
    }

    #[test]
    fn an_older_or_different_object_does_not_keep_it() {
        assert_eq!(
            decide(Some(footprint()), object(30, NOW - 51 * HOUR, "abc-3")),
            Look::Abort
        );
        assert_eq!(
            decide(Some(footprint()), object(31, NOW - HOUR, "abc-2")),
            Look::Abort
        );
    }

    #[test]
    fn an_object_that_cannot_be_seen_keeps_it_only_where_an_abort_can_hurt() {
        let looked = Looked {
            footprint: Some(footprint()),
            object: ObjectSight::NotVisible,
            now: at(NOW),
        };
        let day = Terms::older_than(SignedDuration::from_hours(24));
        assert_eq!(
            looked.decide(&planned(), day, true),
            Look::Keep(KeepReason::ObjectNotVisible)
        );
        assert_eq!(looked.decide(&planned(), day, false), Look::Abort);
    }

    #[test]
    fn without_the_servers_date_nothing_is_aborted() {
        let looked = Looked {
            footprint: Some(footprint()),
            object: ObjectSight::Absent,
            now: None,
        };
        let decided = looked.decide(&planned(), Terms::older_than(SignedDuration::ZERO), false);
        assert_eq!(decided, Look::Keep(KeepReason::AgeUnknown));
    }

    #[test]
    fn the_age_is_counted_again_at_the_look() {
        let looked = Looked {
            footprint: Some(footprint()),
            object: ObjectSight::Absent,
            now: at(NOW),
        };
        let decided = looked.decide(
            &planned(),
            Terms::older_than(SignedDuration::from_hours(72)),
            false,
        );
        assert_eq!(decided, Look::Keep(KeepReason::ActiveRecently));
    }

    #[test]
    fn a_finished_object_is_no_reason_only_if_asked_for_and_where_it_is_safe() {
        let looked = Looked {
            footprint: Some(footprint()),
            object: object(30, NOW - HOUR, "abc-3"),
            now: at(NOW),
        };
        let terms = Terms {
            include_finished: true,
            ..Terms::older_than(SignedDuration::from_hours(24))
        };
        let kept = Look::Keep(KeepReason::FinishedObject);
        assert_eq!(looked.decide(&planned(), terms, false), Look::Abort);
        assert_eq!(looked.decide(&planned(), terms, true), kept);
    }

    #[test]
    fn an_object_that_was_not_there_or_is_another_has_appeared() {
        let old = object(30, NOW - HOUR, "abc");
        let new = object(30, NOW, "abc");
        assert!(ObjectSight::Absent.appeared(&new).is_some());
        assert!(old.appeared(&new).is_some(), "the same again, newer");
        assert!(ObjectSight::NotVisible.appeared(&new).is_some());
        assert!(old.appeared(&old).is_none());
        assert!(old.appeared(&ObjectSight::Absent).is_none());
    }
}
