//! What stores do differently, as data.
//!
//! The values are measured on running servers (November 2026; the constructors say on which
//! version). Where a behaviour was not measured, the store is taken to do what AWS does.

mod ending;
mod lifecycle;
mod listing;
mod objects;
mod profile;
mod stores;

pub use ending::{AbortHabits, CompleteHabits, Crossing, EmptyId, Gone, LatePart};
pub use lifecycle::{LifecycleForm, LifecycleHabits};
pub use listing::{
    Class, Delimiter, Echo, Encoded, Encoding, IdMarker, Initiated, ListingHabits, Markers, Order,
    People, Truncated,
};
pub use objects::{CopiedData, CopiedTags, CopyHabits, CopyLimit, ObjectHabits, SourceConditions};

/// Everything in which one store differs from another.
#[derive(Debug, Clone)]
pub struct Habits {
    /// The store's name, as people type it.
    pub store: &'static str,
    /// The `Server` header; `None` sends none.
    pub server: Option<&'static str>,
    /// How the ids of requests look, in `x-amz-request-id`.
    pub request_ids: RequestIds,
    /// Which regions a signature may name.
    pub regions: Regions,
    /// Whether HeadBucket tells `x-amz-bucket-region`, also when it refuses.
    pub head_bucket_region: bool,
    /// What GetBucketLocation says.
    pub location: Location,
    /// How ListBuckets answers.
    pub buckets: BucketHabits,
    /// Whether it has the administration of Ceph's gateway, and buckets of tenants.
    pub has_admin_api: bool,
    /// How requests are refused that may not be done.
    pub refusals: RefusalHabits,
    /// How keys are taken.
    pub keys: KeyRule,
    /// How upload ids look.
    pub ids: IdStyle,
    /// How characters are written that XML 1.0 cannot hold.
    pub control: ControlText,
    /// How listings of uploads look.
    pub listing: ListingHabits,
    /// How ListParts answers.
    pub parts: PartsHabits,
    /// How AbortMultipartUpload answers.
    pub abort: AbortHabits,
    /// How CompleteMultipartUpload answers.
    pub complete: CompleteHabits,
    /// What it makes of lifecycles.
    pub lifecycle: LifecycleHabits,
    /// How finished objects are told of and copied.
    pub objects: ObjectHabits,
    /// Sub-resources of a bucket that DELETE overlooks: the (empty) bucket itself is deleted.
    ///
    /// `uploadId` stands for an abort with an empty key.
    pub delete_overlooks: &'static [&'static str],
    /// Whether a PutObject ends the older unfinished uploads of its key.
    pub put_ends_uploads: bool,
}

/// How the ids of requests look, in `x-amz-request-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestIds {
    /// None is sent.
    None,
    /// `5155000000000000`.
    Hex,
    /// `tx000005155000000000000-006927216c-1067-default`: with the time, the process and the zone.
    Rgw,
    /// `tx51550000000000000000a-006927216c`, also in `x-trans-id` and `x-openstack-request-id`.
    Swift,
}

/// Which regions a signature may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regions {
    /// Any.
    Any,
    /// The server's own; else 400 AuthorizationHeaderMalformed with `<Region>`.
    Own,
    /// The bucket's. Else 301 PermanentRedirect for a path, 400 AuthorizationHeaderMalformed for a
    /// virtual host; both tell the right one.
    OfBucket,
}

/// What GetBucketLocation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// The bucket's region; nothing for `us-east-1`.
    Region,
    /// A constant.
    Constant(&'static str),
    /// The region, in a root element that is named otherwise.
    OddRoot(&'static str),
}

/// How ListBuckets answers.
#[derive(Debug, Clone, Copy)]
pub struct BucketHabits {
    /// Whether `max-buckets` and `continuation-token` are honoured, and `BucketRegion` told then.
    pub paged: bool,
    /// Whether it has pages of 1,000 by a `NextContinuationToken`, beside which the token that was asked is repeated.
    pub by_token: bool,
    /// Whether the document has the S3 namespace.
    pub namespace: bool,
    /// A `CreationDate` for all buckets, if the store has one constant.
    pub created: Option<&'static str>,
    /// The most buckets that are listed; the others are left out without a word.
    pub most: Option<usize>,
}

/// How requests are refused that may not be done.
#[derive(Debug, Clone, Copy)]
pub struct RefusalHabits {
    /// What a stranger or a bad signature is told.
    pub strangers: Strangers,
    /// How far the date of a signature may be off.
    pub skew: Skew,
    /// What a caller is told who may do nothing at all in a bucket.
    pub no_rights: NoRights,
    /// What a request without a signature gets.
    pub unsigned: Unsigned,
    /// Whether errors have a `<Message>` and a `<Resource>`.
    pub explained: bool,
    /// The code of the 403 for a bucket in the path, where it belongs into the host's name.
    pub paths: Option<&'static str>,
    /// Headers that are 501 NotImplemented.
    pub headers: &'static [&'static str],
    /// Headers that spoil a signature that they are in.
    pub signed_headers: &'static [&'static str],
}

/// What a stranger or a bad signature is told, always with 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// InvalidAccessKeyId and SignatureDoesNotMatch.
    Told,
    /// AccessDenied for both.
    AccessDenied,
    /// SignatureDoesNotMatch for both.
    SignatureDoesNotMatch,
}

/// How far the date of a signature may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// 15 minutes; then 403 RequestTimeTooSkewed.
    QuarterHour,
    /// A day; then 400 InvalidRequest "Date is too old".
    Day,
}

/// What a caller is told who may do nothing at all in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRights {
    /// 403 AccessDenied.
    AccessDenied,
    /// 404 NoSuchBucket, as if it were not there.
    NoSuchBucket,
}

/// What a request without a signature gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// 403 AccessDenied.
    AccessDenied,
    /// 200 and no buckets for ListBuckets, 403 AccessDenied for the rest.
    NoBuckets,
    /// 412 with an HTML page.
    Html,
}

/// How keys are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// Byte for byte, at most 1,024 bytes; the code of the refusal otherwise.
    AsIs(&'static str),
    /// As paths: one leading `/` is dropped; `//`, a trailing `/`, `.` and `..` are refused.
    Minio,
    /// As paths: slashes are merged, leading ones dropped; `.` and `..` are refused.
    Seaweed,
    /// Byte for byte, but creating an upload with a control character answers 500 and creates it.
    Swift,
}

/// How upload ids look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdStyle {
    /// Opaque, rising with the time of initiation: then order by time and markers by id agree.
    Rising,
    /// `2~` and 32 random characters.
    Ceph,
    /// 64 hex digits.
    Hex,
    /// 40 hex digits that depend on the key, `_` and a UUID: the order is by a hash of the key.
    KeyHash,
    /// Random characters, as base64 makes them.
    Base64,
}

/// How characters are written that XML 1.0 cannot hold, and CR, in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlText {
    /// `&#x1;`.
    Reference,
    /// `&#x01;`, CR and DEL too.
    PaddedReference,
    /// As they are, CR too.
    Raw,
    /// As U+FFFD; line ends and tabs as references.
    Replaced,
    /// Not at all: the answer is 500 InternalError.
    Fails,
}

/// How many entries a page has, and how the number that was asked for is read.
#[derive(Debug, Clone, Copy)]
pub struct PageSize {
    /// Entries when nothing is asked for, and at most.
    pub most: usize,
    /// What a number does that cannot be.
    pub odd: OddNumber,
}

/// What a number of entries does that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddNumber {
    /// 0, negative and junk are 400 InvalidArgument.
    Refused,
    /// Junk is 400 InvalidArgument; 0, negative and huge are a truncated page without entries.
    Endless,
    /// 0, negative and junk are 1.
    One,
    /// 0, negative, huge and junk are the usual number.
    Usual,
}

/// How ListParts answers.
#[derive(Debug, Clone, Copy)]
pub struct PartsHabits {
    /// Parts per page.
    pub page: PageSize,
    /// The order of parts, and what the marker means.
    pub order: PartOrder,
    /// The error code, with 404, for an upload that is not there.
    pub missing: &'static str,
    /// Whether the id of a completed upload still answers, with its parts.
    pub after_complete: bool,
    /// Who is said to own it. `Caller` is an empty owner and no initiator here.
    pub people: People,
    /// Whether `NextPartNumberMarker` is 0 on the last page.
    pub zero_at_end: bool,
    /// Whether each page says that it is the last, also where parts come behind it.
    pub each_page_is_last: bool,
    /// The largest part number that UploadPart takes.
    pub last_number: u32,
    /// Whether sizes are told.
    pub sizes: bool,
    /// What comes of beginning an upload with a checksum.
    pub checksums: Checksums,
    /// Whether times are those of a clock without its zone: `Tue Jan 17 16:43:37 2017`.
    pub zoneless_times: bool,
}

/// What comes of beginning an upload with a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksums {
    /// Nothing.
    Ignored,
    /// Each part has to have it, and has to be completed with it, unless it is of the whole object: then the store
    /// computes it itself.
    OfParts,
    /// Also if it is of the whole object.
    Always,
}

/// The order of parts, and what the marker means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOrder {
    /// By number.
    Number,
    /// By the text of the number in four digits: 10000 comes after 1000, and markers lose it.
    Text,
}
