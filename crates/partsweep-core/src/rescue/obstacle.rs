//! Why an upload is not completed.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::layout::FileMisfit;
use crate::model::upload::Upload;
use crate::store::answers::ObjectHead;

/// A reason against completing an upload, with what a person has to know to do something about it.
///
/// What can't be known is a reason, too: unknown is never complete (law 13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no part.
    NoParts,
    /// The store did not list all parts, or not clearly.
    PartsUnknown,
    /// The store did not name this very upload, by key and id, when it listed the parts (law 11).
    NotNamed,
    /// Numbers are missing between 1 and the highest: the object would lack their data.
    Gaps {
        /// The numbers that are missing.
        missing: Vec<RangeInclusive<u32>>,
        /// How many they are.
        count: u64,
        /// The highest number that is there.
        highest: u32,
    },
    /// A part has a number that S3 does not take: 0, or above 10,000.
    OddNumber(u32),
    /// These parts were listed more than once, with sizes or ETags that contradict each other.
    ListedTwice(Vec<u32>),
    /// The sizes of these parts are not known.
    SizeUnknown(Vec<u32>),
    /// The ETags of these parts are not known, or are none that can be named exactly.
    EtagUnknown(Vec<u32>),
    /// Parts before the last are smaller than the store takes.
    TooSmall {
        /// Number and bytes of each.
        parts: Vec<(u32, u64)>,
        /// The least that it takes, in bytes.
        minimum: u64,
    },
    /// The store takes only equal parts, but for the last, which may be smaller.
    Unequal {
        /// The first that differs.
        number: u32,
        /// Its bytes.
        bytes: u64,
        /// Those of part 1.
        first: u64,
    },
    /// When something last happened to the upload is not known (law 3).
    AgeUnknown,
    /// Its newest date is in the future, so that it can't be true: when something last happened is not known.
    FutureDate(Timestamp),
    /// Something happened to it too lately: its client may go on.
    TooYoung {
        /// How long ago that was, at least.
        idle: SignedDuration,
        /// How long it must have been.
        quiet_for: SignedDuration,
        /// Whether it is known how the store's dates stand to its clock: else it was that long ago only at the least.
        is_proven: bool,
    },
    /// Two looks did not show the same parts.
    PartsChanged,
    /// Two looks did not show the same at the key.
    ObjectChanged,
    /// There are other uploads of this key, and nobody chose between them.
    OtherUploads(Vec<Upload>),
    /// Whether there are other uploads of this key is not known, and nobody chose this one.
    OthersUnknown,
    /// There is an object at the key, which would be replaced.
    ObjectThere {
        /// The object.
        object: ObjectHead,
        /// Its size and ETag are those that this upload would have.
        is_same: bool,
    },
    /// The key may not see whether there is an object.
    ObjectNotVisible,
    /// There was an object at the key, and it was deleted: someone did not want it.
    WasDeleted {
        /// Versions that are left of it.
        versions: usize,
        /// When; none if the store doesn't say.
        at: Option<Timestamp>,
    },
    /// The key may not see whether there are older versions.
    VersionsNotVisible,
    /// The last part is as large as the others, so that nothing shows that it is the last.
    LastAsLarge {
        /// Its number.
        number: u32,
        /// Its bytes.
        bytes: u64,
        /// Those of all parts.
        total: u64,
    },
    /// The parts before the last have several sizes, so that a smaller one shows nothing.
    SizesVary {
        /// The number of the last.
        number: u32,
        /// Its bytes.
        bytes: u64,
    },
    /// The object would have another size than was said.
    OtherSize {
        /// As was said, in bytes.
        said: u64,
        /// As the parts are, in bytes.
        seen: u64,
    },
    /// The parts can't be those of the file that the upload is to be finished from.
    NotOfFile(FileMisfit),
    /// The upload was begun with a checksum of this name, which can't be computed for the parts that are missing.
    ChecksumNotComputed(Box<str>),
    /// The store took these parts from this program, and doesn't list them.
    SentNotListed(Vec<u32>),
    /// These parts have other ETags than the MD5s of their places in that file.
    DiffersFromFile(Vec<u32>),
}

impl Obstacle {
    /// Whether all that it says is that nothing shows the last part to be the last: the size of the whole object does.
    pub fn is_of_last_part(&self) -> bool {
        matches!(self, Self::LastAsLarge { .. } | Self::SizesVary { .. })
    }

    /// The word for it in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoParts => "no_parts",
            Self::PartsUnknown => "parts_unknown",
            Self::NotNamed => "not_confirmed",
            Self::Gaps { .. } => "parts_missing",
            Self::OddNumber(_) => "odd_part_number",
            Self::ListedTwice(_) => "part_listed_twice",
            Self::SizeUnknown(_) => "part_size_unknown",
            Self::EtagUnknown(_) => "part_etag_unknown",
            Self::TooSmall { .. } => "part_too_small",
            Self::Unequal { .. } => "parts_unequal",
            Self::AgeUnknown => "age_unknown",
            Self::FutureDate(_) => "date_in_future",
            Self::TooYoung { .. } => "active_recently",
            Self::PartsChanged => "parts_changed",
            Self::ObjectChanged => "object_changed",
            Self::OtherUploads(_) => "other_uploads",
            Self::OthersUnknown => "other_uploads_unknown",
            Self::ObjectThere { .. } => "object_at_key",
            Self::ObjectNotVisible => "object_not_visible",
            Self::WasDeleted { .. } => "object_was_deleted",
            Self::VersionsNotVisible => "versions_not_visible",
            Self::LastAsLarge { .. } => "last_part_not_smaller",
            Self::SizesVary { .. } => "part_sizes_vary",
            Self::OtherSize { .. } => "other_size",
            Self::NotOfFile(_) => "parts_not_of_file",
            Self::ChecksumNotComputed(_) => "checksum_not_computed",
            Self::SentNotListed(_) => "sent_part_not_listed",
            Self::DiffersFromFile(_) => "differs_from_file",
        }
    }
}
