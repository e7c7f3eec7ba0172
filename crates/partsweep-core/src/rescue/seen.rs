//! What is seen of an upload, and of what is around it, before it may be completed.

use jiff::{SignedDuration, Timestamp};

use super::own::OwnParts;
use crate::decide::recheck::ObjectSight;
use crate::model::activity::Activity;
use crate::model::believe::{self, Clock};
use crate::model::checksum::PartChecksums;
use crate::model::footprint::Footprint;
use crate::model::upload::{Part, Upload};
use crate::provider::profile::Provider;
use crate::provider::profiles::StoreEntry;
use crate::store::answers::{LookTime, ObjectHead, OlderVersions};

/// S3's own least size of a part but the last, in bytes; a store that isn't recognized is taken to have it.
const S3_MINIMUM: u64 = 5 << 20;

/// One look.
#[derive(Debug, Clone)]
pub struct RescueLook {
    /// The upload, as it is listed; of one that isn't, only its name is known.
    pub upload: Upload,
    /// Its parts, by number.
    pub parts: Vec<Part>,
    /// The numbers of those that were listed more than once and contradict themselves.
    pub unclear: Vec<u32>,
    /// Their additional checksums.
    pub checksums: PartChecksums,
    /// Their sum, which also says whether they are all.
    pub footprint: Footprint,
    /// The ETag that the object would have, if the parts' ETags are MD5s.
    pub completed_etag: Option<Box<str>>,
    /// The store named this very upload with its parts (law 11).
    pub names_upload: bool,
    /// Other uploads of the same key; none if that is not known.
    pub others: Option<Vec<Upload>>,
    /// What is at the key.
    pub object: ObjectSight,
    /// What was there before.
    pub older: OlderVersions,
    /// The server's `Date`.
    pub now: Option<Timestamp>,
    /// How the times of documents stand to it.
    pub clock: Clock,
    /// When the first answer about the parts had come (law 4).
    pub answered: LookTime,
}

impl RescueLook {
    /// How long ago something last happened to it: the newest of `Initiated` and the newest part, against the server's
    /// `Date` (law 3). None if that isn't known.
    pub fn idle(&self) -> Option<SignedDuration> {
        self.idle_but_for(&OwnParts::default())
    }

    /// The same where parts that this program sent itself are no activity: without them, its oldest parts may be the
    /// newest of anybody else.
    pub fn idle_but_for(&self, own: &OwnParts) -> Option<SignedDuration> {
        let last = self.last_activity_but_for(own)?;
        self.clock.age(last, self.now?)
    }

    /// The newest date that is shown of it but for those parts, if that can't be true (law 13).
    pub fn future_but_for(&self, own: &OwnParts) -> Option<Timestamp> {
        let (last, now) = self.last_activity_but_for(own).zip(self.now)?;
        (!self.clock.can_be(last, now)).then_some(last)
    }

    fn last_activity_but_for(&self, own: &OwnParts) -> Option<Timestamp> {
        let mut footprint = self.footprint;
        if self.parts.iter().any(|part| own.has(part)) {
            let foreign = self.parts.iter().filter(|part| !own.has(part));
            let times = foreign.map(|part| part.last_modified.and_then(believe::time));
            footprint.all_dated = times.clone().all(|time| time.is_some());
            footprint.newest_part = times.flatten().max();
        }
        Activity::of(self.upload.initiated, &footprint).at()
    }
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RescueTerms {
    /// Nothing may have happened to the upload for so long.
    pub quiet_for: SignedDuration,
    /// The size of the whole object, if someone knows it, in bytes.
    pub size: Option<u64>,
    /// Also where there is, or was, an object at the key.
    pub overwrite: bool,
    /// Someone chose this upload by its id.
    pub chosen: bool,
}

/// What the store asks of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartLimits {
    /// The least size of each but the last, in bytes; none if it isn't known to have any.
    pub minimum: Option<u64>,
    /// All but the last must have the same size, and the last may not be larger (Cloudflare R2).
    pub equal: bool,
}

impl PartLimits {
    /// Those of a store.
    pub fn of(provider: &Provider) -> Self {
        let Some(entry) = StoreEntry::named(provider.id) else {
            return Self {
                minimum: Some(S3_MINIMUM),
                equal: false,
            };
        };
        let like = entry.like.and_then(StoreEntry::named);
        Self {
            minimum: entry
                .minimum_part
                .or(like.and_then(|like| like.minimum_part)),
            equal: entry.equal_parts || like.is_some_and(|like| like.equal_parts),
        }
    }
}

/// Whether an object is the one that an upload was to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectMatch {
    /// Its size and its ETag are as computed.
    Same,
    /// Its size is, and its ETag is that of the store's answer, which isn't the one that was computed from the parts.
    Answered,
    /// Its size, and how many parts its ETag says; the rest of the ETag is the store's own.
    Alike,
    /// It is another one, or too little is shown of it.
    Other,
}

impl ObjectMatch {
    /// Compares an object with what is expected of it: bytes, ETag, parts.
    pub fn of(object: &ObjectHead, bytes: u64, etags: &[Option<&str>], parts: usize) -> Self {
        let Some(etag) = object.etag.as_deref().map(|etag| etag.trim_matches('"')) else {
            return Self::Other;
        };
        let is = |expected: &str| expected.trim_matches('"').eq_ignore_ascii_case(etag);
        if object.bytes != Some(bytes) || etag.is_empty() {
            Self::Other
        } else if etags.iter().flatten().any(|expected| is(expected)) {
            Self::Same
        } else if etag.ends_with(&format!("-{parts}")) {
            Self::Alike
        } else {
            Self::Other
        }
    }
}
