//! What can be known of a store: only what changes what we do.

use crate::listing::ranges::ListingOrder;
use crate::model::believe::DocumentTime;

/// What a store's listing of uploads leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingTrust {
    /// Nothing that is known of.
    Whole,
    /// It is known to leave uploads out, for this reason.
    Gaps(&'static str),
}

/// What `prefix` means to a listing of uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixMeaning {
    /// Keys that start with it.
    Prefix,
    /// The one key that equals it (MinIO): the whole bucket has to be listed and filtered here.
    ExactKey,
    /// Keys that start with it, if it ends in a slash; else it is refused (directory buckets of AWS). The folder that
    /// it is in has to be listed and filtered here.
    Folder,
    /// The one key that equals it; if it ends in a slash, keys that start with it, whose markers lead elsewhere (Storj).
    /// The whole bucket has to be listed and filtered here.
    KeyOrFolder,
}

impl PrefixMeaning {
    /// The prefix to ask for, to list all keys that start with one.
    pub fn to_list(self, wanted: &str) -> &str {
        match self {
            Self::Prefix | Self::ExactKey => wanted,
            Self::Folder => folder(wanted),
            Self::KeyOrFolder => "",
        }
    }

    /// The prefix to ask for, to find the uploads of a key among what is listed.
    pub fn to_find(self, key: &str) -> &str {
        match self {
            Self::Prefix | Self::ExactKey => key,
            Self::KeyOrFolder if !key.ends_with('/') => key,
            Self::Folder => folder(key),
            Self::KeyOrFolder => "",
        }
    }
}

/// What a key is in, up to its last slash.
fn folder(key: &str) -> &str {
    &key[..key.rfind('/').map_or(0, |slash| slash + 1)]
}

/// What a store bills for a request that lists: uploads, or the parts of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPrice {
    /// US cents for a million.
    pub cents_per_million: u32,
    /// For what that holds; empty if for all there is.
    pub holds_for: &'static str,
    /// Where this comes from, and when it was so.
    pub source: &'static str,
}

/// What an abort that races with a complete does to the finished object (law 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortRisk {
    /// Nothing: the object stays whole.
    None,
    /// It can destroy the object, which can be saved by copying it before garbage is collected.
    Repairable,
    /// What it does is not known, or readings of the store differ: saving is tried and not relied on.
    Unproven,
    /// It destroys the object for good.
    Unrepairable,
}

impl AbortRisk {
    /// The more dangerous of two readings.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, risk) | (risk, Self::None) => risk,
            (mine, theirs) if mine == theirs => mine,
            // Saving may help, or not: both precautions hold.
            _ => Self::Unproven,
        }
    }
}

/// One store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The word in machine formats.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whether a listing that came to its end shows everything.
    pub listing: ListingTrust,
    /// What a prefix does.
    pub prefix: PrefixMeaning,
    /// In which order uploads are listed; a known one lets a bucket be listed in parallel.
    pub order: ListingOrder,
    /// Whether a NextKeyMarker without NextUploadIdMarker skips nothing.
    pub key_marker_is_enough: bool,
    /// What an abort that races with a complete does to the finished object.
    pub abort: AbortRisk,
    /// How far `Initiated` and `LastModified` can be believed.
    pub times: DocumentTime,
    /// Whether an abort of an upload that is gone already is answered as such (404). Elsewhere a 204
    /// does not prove that it was this abort that ended the upload (law 6).
    pub tells_gone: bool,
    /// Whether a bucket that the key may not see is answered as one that isn't there (404 NoSuchBucket).
    pub hides_buckets: bool,
    /// Whether every object that was completed from N parts has an ETag that ends in `-N`, and no
    /// other object has one.
    pub etag_counts_parts: bool,
    /// Whether `If-Match` on what a copy overwrites is known to be honoured or overlooked. Elsewhere
    /// it may be refused, or taken for a condition on the source.
    pub if_match_on_copy: bool,
    /// Whether `If-None-Match` and `If-Match` of a complete are known to be honoured. Elsewhere they may be refused.
    pub if_match_on_complete: bool,
    /// Whether a complete refuses an object of another size than `x-amz-mp-object-size` says.
    pub checks_object_size: bool,
    /// Whether the key of a part's source may be decoded twice, so that `%41` is taken for `A`.
    pub decodes_source_twice: bool,
    /// What a request that lists costs; none if it costs nothing, or that is not known.
    pub list_price: Option<RequestPrice>,
    /// Where this comes from.
    pub source: &'static str,
}

impl Provider {
    /// Whether an abort that races with a complete can destroy the finished object.
    pub fn abort_can_hurt(&self) -> bool {
        self.abort != AbortRisk::None
    }

    /// Whether nothing but age is known to protect an upload that is being completed (law 12).
    pub fn only_age_protects(&self) -> bool {
        matches!(self.abort, AbortRisk::Unproven | AbortRisk::Unrepairable)
    }

    /// Whether the key has to be looked at after every abort (law 12).
    pub fn must_recheck(&self) -> bool {
        matches!(self.abort, AbortRisk::Repairable | AbortRisk::Unproven)
    }

    /// The same store for a directory bucket (S3 Express One Zone): uploads in no order, a marker that means nothing to
    /// anyone else and is enough, prefixes that are folders, ETags that tell nothing of the parts.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html>
    #[must_use]
    pub fn of_directory_bucket(self) -> Self {
        Self {
            prefix: PrefixMeaning::Folder,
            order: ListingOrder::Unknown,
            key_marker_is_enough: true,
            etag_counts_parts: false,
            ..self
        }
    }

    /// Whether both ask for the same precautions.
    pub(super) fn is_as_careful_as(&self, other: &Self) -> bool {
        self.abort == other.abort
            && self.listing == other.listing
            && self.prefix == other.prefix
            && self.times == other.times
    }

    /// The precautions of both: wherever two readings of one store differ, the more dangerous holds.
    pub(super) fn or(self, other: &Self) -> Self {
        let is_same = |mine: ListingOrder, theirs| mine == theirs;
        Self {
            id: self.id,
            name: self.name,
            listing: match self.listing {
                ListingTrust::Whole => other.listing,
                gaps @ ListingTrust::Gaps(_) => gaps,
            },
            prefix: match self.prefix {
                PrefixMeaning::Prefix => other.prefix,
                other => other,
            },
            order: if is_same(self.order, other.order) {
                self.order
            } else {
                ListingOrder::Unknown
            },
            key_marker_is_enough: self.key_marker_is_enough && other.key_marker_is_enough,
            abort: self.abort.or(other.abort),
            times: match self.times {
                DocumentTime::Utc => other.times,
                DocumentTime::MayBeLocal => DocumentTime::MayBeLocal,
            },
            tells_gone: self.tells_gone && other.tells_gone,
            hides_buckets: self.hides_buckets || other.hides_buckets,
            etag_counts_parts: self.etag_counts_parts && other.etag_counts_parts,
            if_match_on_copy: self.if_match_on_copy && other.if_match_on_copy,
            if_match_on_complete: self.if_match_on_complete && other.if_match_on_complete,
            checks_object_size: self.checks_object_size && other.checks_object_size,
            decodes_source_twice: self.decodes_source_twice || other.decodes_source_twice,
            list_price: self
                .list_price
                .filter(|price| other.list_price == Some(*price)),
            source: self.source,
        }
    }
}
