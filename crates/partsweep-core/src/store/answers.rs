//! What a store answers, in our words.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::checksum::PageChecksums;
use crate::model::name::BucketName;
use crate::model::upload::{Part, Upload};

/// A bucket as ListBuckets shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketEntry {
    /// Its name.
    pub name: BucketName,
    /// Its region, where the store says so.
    pub region: Option<String>,
}

/// What a store's administration says of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketStats {
    /// The user who owns it (`alice`, `acme$alice` of a tenant): hostile text.
    pub owner: Option<String>,
    /// The incomplete uploads that the bucket's index counts; none if that can't be read (law 13).
    pub uploads: Option<u64>,
}

/// Why a list of buckets is not known to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingBuckets {
    /// There are more, by the store's own word: the scan is partial.
    Some(&'static str),
    /// Nothing but its length makes one wonder: worth a note.
    Perhaps(&'static str),
}

/// One page of ListMultipartUploads.
#[derive(Debug, Clone, Default)]
pub struct UploadPage {
    /// The uploads, in the store's order.
    pub uploads: Vec<Upload>,
    /// `IsTruncated`: whether there is more. Where it is absent or cannot be read, a `Next*` element
    /// says so.
    pub truncated: bool,
    /// `IsTruncated` cannot be read, and nothing else says whether there is more: the end is not the
    /// end (law 13).
    pub end_unclear: bool,
    /// It is full, and there is no `IsTruncated`, or it is false at a store that isn't recognized: a store that cuts there
    /// without saying so would hide the rest, so that one more page is worth asking for (law 13).
    pub may_go_on: bool,
    /// The `Next*` elements that came, each only if it was not empty.
    pub next: Markers,
    /// The server's `Date`: the "now" that ages are counted from (law 3).
    pub date: Option<Timestamp>,
    /// Entries without a key or an upload id, which nothing can be done with.
    pub nameless: u64,
}

/// One page of the keys of a bucket's objects.
#[derive(Debug, Clone, Default)]
pub struct KeyPage {
    /// What the keys are, or may be: where the store doesn't show clearly how it writes one, each reading of it.
    pub keys: Vec<String>,
    /// What leads to the next page; none at the end.
    pub next: Option<String>,
    /// Something on it couldn't be read, or it doesn't lead on: there are more keys than it shows (law 13).
    pub hides_some: bool,
}

/// One page of ListParts.
#[derive(Debug, Clone, Default)]
pub struct PartPage {
    /// The parts, in the store's order.
    pub parts: Vec<Part>,
    /// `IsTruncated`; where that is absent or cannot be read, whether there is a
    /// `NextPartNumberMarker`.
    pub truncated: bool,
    /// Nothing that can be read says whether there is more (law 13).
    pub end_unclear: bool,
    /// It is full, and says that it is the last: a store that cuts there without saying so would hide the newest parts,
    /// so that one more page is worth asking for (law 13).
    pub may_go_on: bool,
    /// The answer names the very upload that was asked about, by its key and its id. One that names
    /// another is an error.
    pub names_upload: bool,
    /// When the answer had come, by the clock that [`Mutate::abort_upload`](crate::port::Mutate::abort_upload) compares with.
    pub answered: LookTime,
    /// Additional checksums; of most stores and uploads none.
    pub checksums: PageChecksums,
    /// Entries whose part number could not be read: the parts are not all known then.
    pub nameless: u64,
    /// `NextPartNumberMarker`, if it was a number.
    pub next: Option<u32>,
    /// The server's `Date`.
    pub date: Option<Timestamp>,
}

/// When a look was answered, by a clock of this machine that goes on while it is suspended (law 4).
/// Only the port that made it can tell how long ago that was; the default is long ago.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookTime(Duration);

impl LookTime {
    /// So long after the clock began.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// How long before `now` that was; 0 if it was later.
    pub fn until(self, now: Self) -> Duration {
        now.0.saturating_sub(self.0)
    }
}

/// What HeadObject tells of a finished object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Bytes.
    pub bytes: Option<u64>,
    /// UTC, whole seconds.
    pub last_modified: Option<Timestamp>,
    /// Without its quotes. Ends in `-N` if the object was made of N parts (AWS and most others).
    pub etag: Option<String>,
    /// Its version, in a bucket that has versions.
    pub version: Option<Box<str>>,
}

/// How a bucket locks each new object (Object Lock): nobody may delete it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRetention {
    /// Compliance mode: nobody at all may delete it; else whoever has a special permission.
    pub is_compliance: bool,
    /// For how long.
    pub length: RetentionLength,
}

/// For how long an object is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionLength {
    /// So many days.
    Days(u32),
    /// So many years.
    Years(u32),
}

/// How the store answered an abort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortAnswer {
    /// It was done (204).
    Done,
    /// There was no such upload any more (404): someone else was first.
    AlreadyGone,
}

/// What a store answers to a complete that it has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completed {
    /// The ETag of the object, without its quotes, if the answer names it.
    pub etag: Option<String>,
    /// Its version, in a bucket that has versions.
    pub version: Option<Box<str>>,
}

/// The versions of a key below the current one, in a bucket that has versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OlderVersions {
    /// These; none in a bucket without versions.
    Seen(Vec<ObjectHead>),
    /// These, and delete markers: if no object is at the key, it was deleted there.
    Deleted {
        /// When it was deleted last; none if the store doesn't say.
        at: Option<Timestamp>,
        /// The versions that are left, often none.
        left: Vec<ObjectHead>,
    },
    /// The key may not look.
    NotVisible,
}

impl OlderVersions {
    /// No version but the current one.
    pub const NONE: Self = Self::Seen(Vec::new());

    /// The versions that are shown; none if the key may not look.
    pub fn shown(&self) -> Option<&[ObjectHead]> {
        match self {
            Self::Seen(versions) | Self::Deleted { left: versions, .. } => Some(versions),
            Self::NotVisible => None,
        }
    }
}

/// Where a page starts: exactly the elements that the store sent, each only if it was not empty.
///
/// Opaque. Markers rebuilt from the last entry lost 1,700 of 2,700 uploads on SeaweedFS
/// (measured), so that is done only where a store sends none at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Markers {
    /// `key-marker`
    pub key: Option<String>,
    /// `upload-id-marker`
    pub id: Option<String>,
}

impl Markers {
    /// The start of the listing.
    pub const START: Self = Self {
        key: None,
        id: None,
    };

    pub(crate) fn is_empty(&self) -> bool {
        self.key.is_none() && self.id.is_none()
    }
}
