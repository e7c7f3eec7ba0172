//! What stores do differently with finished objects.

/// How finished objects are told of and copied.
#[derive(Debug, Clone, Copy)]
pub struct ObjectHabits {
    /// How they are copied.
    pub copy: CopyHabits,
    /// Whether `partNumber` of HEAD and GET means a part, with `x-amz-mp-parts-count`; else it is
    /// overlooked.
    pub part_numbers: bool,
    /// Whether the `x-amz-tagging` of a CreateMultipartUpload reaches the object; if not, its
    /// GetObjectTagging answers 200 without a document until tags are put.
    pub tags_of_uploads: bool,
    /// Whether the version id `null` is told in a bucket with versioning.
    pub tells_null: bool,
    /// Whether a refusal says that it met a delete marker.
    pub tells_marker: bool,
    /// The error code, with 404, for a version that is not there.
    pub missing_version: &'static str,
    /// Whether DeleteObject honours `If-Match`.
    pub conditional_delete: bool,
}

/// How objects are copied.
#[derive(Debug, Clone, Copy)]
pub struct CopyHabits {
    /// Whether UploadPartCopy is there; else it is 501 NotImplemented.
    pub parts: bool,
    /// The largest object that is copied; `None` for any.
    pub limit: Option<CopyLimit>,
    /// Whether a source that is not there is told before a missing right to write the copy.
    pub source_first: bool,
    /// Where the data of a copy is.
    pub data: CopiedData,
    /// Which conditions on the source are honoured.
    pub conditions: SourceConditions,
    /// Whether `If-Match` and `If-None-Match` on the target are honoured.
    pub conditional: bool,
    /// Whether the copy of an object of parts is one of the same parts, with the same ETag; else it
    /// is one piece.
    pub keeps_parts: bool,
    /// Which tags a copy has.
    pub tags: CopiedTags,
    /// Whether the answer tells the version ids of source and copy.
    pub tells_versions: bool,
    /// Whether the ETag in the answer has quotes.
    pub quoted_etag: bool,
    /// The refusal of a range of a source that is not in it: HTTP status and code.
    pub bad_range: (u16, &'static str),
}

/// The largest object that can be copied, and what is said of larger ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimit {
    /// Bytes.
    pub most: u64,
    /// The error code, with 400.
    pub code: &'static str,
}

/// Where the data of a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedData {
    /// A copy has its own.
    Own,
    /// A copy refers to that of its source, which stays as long as something refers to it; a copy
    /// onto itself refers as it did before. Copied parts have their own.
    Shared,
}

/// Which conditions on the source of a copy are honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceConditions {
    /// `x-amz-copy-source-if-*`, by CopyObject and UploadPartCopy.
    AsDocumented,
    /// `x-amz-copy-if-*` instead, by CopyObject; none by UploadPartCopy.
    Misnamed,
}

/// Which tags a copy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedTags {
    /// Those of the source; those of the request if `x-amz-tagging-directive` is `REPLACE`.
    ByDirective,
    /// Those of the source; none if `x-amz-metadata-directive` is `REPLACE`.
    WithMetadata,
}
