//! The elements of S3's documents that are read.

macro_rules! tags {
    ($($name:ident),* $(,)?) => {
        /// The elements that are read; local names, whatever the namespace.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    Bucket,
    BucketRegion,
    Buckets,
    Code,
    ContinuationToken,
    CreateBucketConfiguration,
    EncodingType,
    Endpoint,
    Error,
    HostId,
    ID,
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
    Region,
    RequestId,
    Size,
    StorageClass,
    Upload,
    UploadId,
);
