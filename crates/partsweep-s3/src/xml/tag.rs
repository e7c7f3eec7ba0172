//! The elements of S3's documents that are read.

macro_rules! tags {
    ($($name:ident),* $(,)?) => {
        /// The elements that are read; local names, whatever the namespace.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(
            clippy::enum_variant_names,
            clippy::upper_case_acronyms,
            reason = "the names are S3's"
        )]
        pub(crate) enum Tag {
            /// Any other element.
            Other,
            $(#[doc = stringify!($name)] $name),*
        }

        impl Tag {
            /// Every element but [`Other`](Self::Other), by its name.
            pub(super) const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),*];
        }
    };
}

/// Slots of the table: few names share one.
const SLOTS: usize = 256;

/// Where a name is looked for first.
const fn slot(name: &[u8]) -> usize {
    match name {
        [] => 0,
        [first, .., last] => (*first as usize * 7 + *last as usize * 31 + name.len() * 13) % SLOTS,
        [only] => *only as usize % SLOTS,
    }
}

/// Of each slot the place in [`Tag::ALL`], counted from 1. A listing has eleven elements an upload:
/// comparing each with every name took a tenth of the reading.
const TABLE: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut number = 0;
    while number < Tag::ALL.len() {
        let mut at = slot(Tag::ALL[number].0.as_bytes());
        while table[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        number += 1;
        table[at] = number as u8;
    }
    table
};

impl Tag {
    pub(super) fn of(name: &str) -> Self {
        let mut at = slot(name.as_bytes());
        while let Some(number) = usize::from(TABLE[at]).checked_sub(1) {
            let (this, tag) = Self::ALL[number];
            if this == name {
                return tag;
            }
            at = (at + 1) % SLOTS;
        }
        Self::Other
    }
}

tags!(
    AccessControlList,
    AccessControlPolicy,
    AccessKeyId,
    Bucket,
    BucketRegion,
    Buckets,
    ChecksumAlgorithm,
    ChecksumCRC32,
    ChecksumCRC32C,
    ChecksumCRC64NVME,
    ChecksumMD5,
    ChecksumSHA1,
    ChecksumSHA256,
    ChecksumSHA512,
    ChecksumXXHASH128,
    ChecksumXXHASH3,
    ChecksumXXHASH64,
    Code,
    CommonPrefixes,
    ContinuationToken,
    CompleteMultipartUploadResult,
    Contents,
    CopyObjectResult,
    CopyPartResult,
    CreateBucketConfiguration,
    CreateSessionOutput,
    CreateSessionResult,
    Credentials,
    Days,
    DefaultRetention,
    DeleteMarker,
    ETag,
    EmailAddress,
    EncodingType,
    Endpoint,
    Error,
    Expiration,
    Grant,
    Grantee,
    HostId,
    ID,
    InitiateMultipartUploadResult,
    Initiated,
    Initiator,
    IsTruncated,
    Key,
    KeyMarker,
    LastModified,
    ListAllMyBucketsResponse,
    ListAllMyBucketsResult,
    ListAllMyDirectoryBucketsResult,
    ListBucketResponse,
    ListBucketResult,
    ListBucketsResult,
    ListDirectoryBucketsOutput,
    ListMultipartUploadsResponse,
    ListMultipartUploadsResult,
    ListPartsResponse,
    ListPartsResult,
    ListVersionsResponse,
    ListVersionsResult,
    LocationConstraint,
    MaxBuckets,
    MaxParts,
    MaxUploads,
    Message,
    Mode,
    Name,
    NextContinuationToken,
    NextKeyMarker,
    NextMarker,
    NextPartNumberMarker,
    NextUploadIdMarker,
    NextVersionIdMarker,
    ObjectLockConfiguration,
    Owner,
    Part,
    PartNumber,
    PartNumberMarker,
    Permission,
    Prefix,
    Region,
    RequestId,
    Rule,
    SecretAccessKey,
    SessionToken,
    Size,
    Status,
    StorageClass,
    Tag,
    TagSet,
    Tagging,
    URI,
    Upload,
    UploadId,
    Value,
    Version,
    VersionId,
    VersioningConfiguration,
    Years,
);
