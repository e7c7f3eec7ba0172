//! What a store does that changes nothing of what we do, but that a simulated one has to do like it: its file says it.

/// What the simulated store does like a store, beside what follows from its [`Provider`](super::profile::Provider).
#[derive(Debug, Clone, Copy)]
pub struct Simulated {
    /// Headers that are answered with 501 NotImplemented, in lower case.
    pub refused_headers: &'static [&'static str],
    /// Headers that spoil a signature that they are in: 403 SignatureDoesNotMatch.
    pub unsigned_headers: &'static [&'static str],
    /// An `upload-id-marker` that is empty is 400 InvalidArgument.
    pub refuses_empty_id_marker: bool,
    /// No `NextUploadIdMarker` is sent, and none is read.
    pub ignores_id_marker: bool,
    /// Uploads come in an order that keys and ids don't show.
    pub hides_order: bool,
    /// Markers are sent only if there is more.
    pub markers_if_more: bool,
    /// Markers are tokens, which show neither keys nor ids.
    pub markers_are_tokens: bool,
    /// Markers name the first upload of the next page, a page that is the last says nothing of that, and a bucket that
    /// never had an upload is 404 NoSuchUpload.
    pub markers_name_next: bool,
    /// ListBuckets has pages, each with a `NextContinuationToken` and the token that was asked.
    pub buckets_by_token: bool,
    /// A bucket in the path is 403 with this code: it belongs into the host's name.
    pub path_refusal: Option<&'static str>,
    /// What `encoding-type=url` does.
    pub encoding: SimulatedEncoding,
    /// A delimiter does nothing.
    pub ignores_delimiter: bool,
    /// A `max-uploads` or `max-parts` that can't be counts as the usual one.
    pub odd_size_is_usual: bool,
    /// A listing has no pages: all uploads are on one, however many are asked for.
    pub has_one_page: bool,
    /// Of a bucket with more uploads, only so many are listed, as if there were no others.
    pub lists_most: Option<u32>,
    /// Of more buckets, only so many are listed, as if there were no others.
    pub buckets_most: Option<u32>,
    /// The largest part number.
    pub most_parts: Option<u32>,
    /// UploadPartCopy is 501 NotImplemented.
    pub copies_no_parts: bool,
    /// An abort of an upload that there is not is answered with 204.
    pub aborts_what_is_unknown: bool,
    /// The bucket of a listing is in `<Name>` instead of `<Bucket>`.
    pub bucket_is_name: bool,
    /// ListParts has no sizes.
    pub parts_without_size: bool,
    /// The same `Initiated` for every upload.
    pub constant_initiated: Option<&'static str>,
    /// The fraction of `Initiated` has no zeros at its end: one to three digits.
    pub short_fractions: bool,
    /// ListParts has times such as `Tue Jan 17 16:43:37 2017`.
    pub part_times_without_zone: bool,
}

/// What `encoding-type=url` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedEncoding {
    /// Keys, prefixes and markers are encoded.
    AsAsked,
    /// Nothing, and nothing is said.
    Ignored,
    /// It is said that it is done, and it isn't.
    OnlySaid,
    /// Keys are encoded, and markers are not.
    KeysOnly,
    /// The slash is encoded, too.
    SlashToo,
}
