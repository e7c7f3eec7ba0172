//! What stores do differently when they list uploads.

use super::PageSize;
use crate::percent::Space;

/// How listings of uploads look.
#[derive(Debug, Clone, Copy)]
pub struct ListingHabits {
    /// The order over all pages, and what markers mean.
    pub order: Order,
    /// Whether uploads within a page are sorted by upload id, whatever the order of pages.
    pub page_by_id: bool,
    /// Whether the listing with an empty prefix comes from memory: one page, and nothing that is
    /// older than the last restart; a non-empty prefix is then an exact key.
    pub from_memory: bool,
    /// Whether a prefix is an exact key, unless it ends in a slash, where key-markers are relative to it.
    pub keys_or_folders: bool,
    /// Uploads per page.
    pub page: PageSize,
    /// When `IsTruncated` is true.
    pub truncated: Truncated,
    /// Whether entries of parts count against the page, which makes pages short.
    pub parts_fill_pages: bool,
    /// The markers that are sent.
    pub markers: Markers,
    /// What a delimiter does.
    pub delimiter: Delimiter,
    /// What `encoding-type` does.
    pub encoding: Encoding,
    /// Whether elements that hold nothing are there.
    pub empty_elements: bool,
    /// Who is said to have begun an upload.
    pub people: People,
    /// What is said to be the storage class.
    pub class: Class,
    /// How `Initiated` is written.
    pub initiated: Initiated,
    /// Whether an upload-id-marker must have the form of this store's ids; else 404 NoSuchUpload.
    pub checks_id_marker: bool,
    /// What an upload-id-marker does.
    pub id_marker: IdMarker,
    /// Whether there are no pages: all is on one.
    pub has_one_page: bool,
    /// The most uploads of a bucket that are listed; the others are left out without a word.
    pub most: Option<usize>,
    /// The element that names the bucket.
    pub bucket_element: &'static str,
}

/// What an upload-id-marker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdMarker {
    /// It is where the next page begins within a key.
    Read,
    /// The same, and an empty one is 400 InvalidArgument.
    EmptyRefused,
    /// Nothing.
    Ignored,
}

/// The order of a listing, and what markers mean in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By key, then id. A key-marker alone excludes its key; an id-marker needs a key-marker.
    KeyThenId,
    /// By the bytes of `<key>.<id>.meta`, which prefix and delimiter match too. A key-marker alone
    /// includes its key; an id-marker needs a key-marker.
    MetaName,
    /// By id. A key-marker lists that key alone.
    Id,
    /// By something that neither shows, as encrypted keys are sorted. A key-marker excludes its key.
    Hidden,
}

impl Order {
    /// Whether what uploads are sorted by begins with their keys.
    pub(crate) fn shows_keys(self) -> bool {
        matches!(self, Self::KeyThenId | Self::MetaName)
    }
}

/// When `IsTruncated` is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// When there is more.
    More,
    /// When the page is full, also if nothing follows.
    Full,
}

/// The markers that a listing sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markers {
    /// Both, on every page that is not empty, truncated or not.
    Both,
    /// `NextKeyMarker` when truncated, `NextUploadIdMarker` only if the page ends within a key.
    IdWithinKey,
    /// `NextUploadIdMarker` alone, when truncated.
    IdAlone,
    /// `NextKeyMarker` alone, when truncated.
    KeyAlone,
    /// Both, when truncated.
    BothIfMore,
    /// Both, empty if the page is not truncated.
    EmptyAtEnd,
    /// Both, empty if only one upload is on the page.
    EmptyAtOne,
    /// Both, when truncated, as tokens that nobody else can read.
    Tokens,
    /// Both, when truncated, of the first upload of the next page; `IsTruncated` is there only then, and a bucket that
    /// never had an upload is 404 NoSuchUpload.
    FirstOfNext,
}

/// What a delimiter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// Groups keys in `CommonPrefixes`.
    Groups,
    /// Hides what it matches, without `CommonPrefixes`.
    Hides,
    /// Nothing.
    Ignored,
    /// Groups; an empty one (`delimiter=`) hides everything behind one empty prefix.
    EmptyHidesAll,
}

/// What `encoding-type` does.
#[derive(Debug, Clone, Copy)]
pub struct Encoding {
    /// What is encoded with `encoding-type=url`.
    pub fields: Encoded,
    /// Whether `/` is encoded, too.
    pub slash: bool,
    /// How a space is written.
    pub space: Space,
    /// When `<EncodingType>` is sent.
    pub echo: Echo,
    /// Whether a value other than `url` is 400 InvalidArgument.
    pub strict: bool,
}

/// What is encoded with `encoding-type=url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoded {
    /// Keys, prefix, delimiter and key markers.
    All,
    /// `<Key>` alone.
    Key,
    /// Nothing.
    Nothing,
}

/// When `<EncodingType>` is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// Never.
    Never,
    /// With `encoding-type=url`.
    Url,
    /// With any value.
    Any,
    /// Always, empty without one.
    Always,
}

/// Who is said to have begun an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// The owner of the bucket and the one who began it.
    Real,
    /// Whoever asks.
    Caller,
    /// A constant id and name.
    Dummy(&'static str, &'static str),
    /// Elements that hold nothing.
    Empty,
    /// No elements.
    Absent,
}

/// How `Initiated` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiated {
    /// With milliseconds.
    Millis,
    /// With whole seconds, without a fraction.
    Seconds,
    /// With a fraction that has no zeros at its end.
    ShortFraction,
    /// The same for every upload.
    Constant(&'static str),
    /// Not at all.
    Absent,
}

/// What is said to be the storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The one that the upload was created with.
    Real,
    /// `STANDARD`, whatever it is.
    Standard,
    /// An element that holds nothing.
    Empty,
    /// No element.
    Absent,
}
