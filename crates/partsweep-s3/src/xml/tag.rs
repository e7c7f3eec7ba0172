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
            pub(super) fn of(name: &str) -> Self {
                match name {
                    $(stringify!($name) => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

tags!(
    AccessControlList,
    AccessControlPolicy,
    Bucket,
    BucketRegion,
    Buckets,
    Code,
    ContinuationToken,
    CompleteMultipartUploadResult,
    CopyObjectResult,
    CopyPartResult,
    CreateBucketConfiguration,
    ETag,
    EmailAddress,
    EncodingType,
    Endpoint,
    Error,
    Grant,
    Grantee,
    HostId,
    ID,
    InitiateMultipartUploadResult,
    Initiated,
    Initiator,
    IsTruncated,
    Key,
    LastModified,
    ListAllMyBucketsResponse,
    ListAllMyBucketsResult,
    ListBucketsResult,
    ListMultipartUploadsResponse,
    ListMultipartUploadsResult,
    ListPartsResponse,
    ListPartsResult,
    LocationConstraint,
    Message,
    Name,
    NextKeyMarker,
    NextPartNumberMarker,
    NextUploadIdMarker,
    Owner,
    Part,
    PartNumber,
    Permission,
    Region,
    RequestId,
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
    VersioningConfiguration,
);
