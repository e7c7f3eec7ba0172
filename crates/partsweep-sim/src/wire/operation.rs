//! The operations that the server knows.

use std::fmt;

/// One S3 operation, as counters, the log, faults and rights name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// `GET /`.
    ListBuckets,
    /// `GET /` at an endpoint for directory buckets.
    ListDirectoryBuckets,
    /// `GET /?session` of a directory bucket.
    CreateSession,
    /// `HEAD /bucket`.
    HeadBucket,
    /// `GET /bucket?location`.
    GetBucketLocation,
    /// `PUT /bucket`.
    CreateBucket,
    /// `DELETE /bucket`, also with a sub-resource that the store overlooks.
    DeleteBucket,
    /// `GET /bucket?uploads`.
    ListMultipartUploads,
    /// `POST /bucket/key?uploads`.
    CreateMultipartUpload,
    /// `PUT /bucket/key?partNumber&uploadId`.
    UploadPart,
    /// `GET /bucket/key?uploadId`.
    ListParts,
    /// `POST /bucket/key?uploadId`.
    CompleteMultipartUpload,
    /// `DELETE /bucket/key?uploadId`.
    AbortMultipartUpload,
    /// `PUT /bucket/key`.
    PutObject,
    /// `HEAD /bucket/key`.
    HeadObject,
    /// `GET /bucket/key`.
    GetObject,
    /// `DELETE /bucket/key`, also an abort with an empty upload id where the store takes it as that.
    DeleteObject,
    /// `PUT /bucket/key` with `x-amz-copy-source`.
    CopyObject,
    /// `PUT /bucket/key?partNumber&uploadId` with `x-amz-copy-source`.
    UploadPartCopy,
    /// `GET /bucket/key?tagging`.
    GetObjectTagging,
    /// `PUT /bucket/key?tagging`.
    PutObjectTagging,
    /// `GET /bucket/key?acl`.
    GetObjectAcl,
    /// `PUT /bucket/key?acl`.
    PutObjectAcl,
    /// `GET /bucket?versioning`.
    GetBucketVersioning,
    /// `GET /bucket?versions`.
    ListObjectVersions,
    /// `GET /bucket?list-type=2`.
    ListObjects,
    /// `GET /bucket?lifecycle`.
    GetBucketLifecycle,
    /// `PUT /bucket?lifecycle`.
    PutBucketLifecycle,
    /// `DELETE /bucket?lifecycle`.
    DeleteBucketLifecycle,
    /// `GET /bucket?tagging`.
    GetBucketTagging,
    /// `GET /bucket?object-lock`.
    GetObjectLock,
    /// `GET /admin/metadata/bucket`, where the store has it.
    ListAllBuckets,
    /// `GET /admin/bucket`, where the store has it.
    GetBucketStats,
    /// Anything else: answered 501 NotImplemented.
    Other,
}

impl Operation {
    /// Every operation, in the order of their discriminants.
    pub const ALL: [Self; 34] = [
        Self::ListBuckets,
        Self::ListDirectoryBuckets,
        Self::CreateSession,
        Self::HeadBucket,
        Self::GetBucketLocation,
        Self::CreateBucket,
        Self::DeleteBucket,
        Self::ListMultipartUploads,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::ListParts,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
        Self::PutObject,
        Self::HeadObject,
        Self::GetObject,
        Self::DeleteObject,
        Self::CopyObject,
        Self::UploadPartCopy,
        Self::GetObjectTagging,
        Self::PutObjectTagging,
        Self::GetObjectAcl,
        Self::PutObjectAcl,
        Self::GetBucketVersioning,
        Self::ListObjectVersions,
        Self::ListObjects,
        Self::GetBucketLifecycle,
        Self::PutBucketLifecycle,
        Self::DeleteBucketLifecycle,
        Self::GetBucketTagging,
        Self::GetObjectLock,
        Self::ListAllBuckets,
        Self::GetBucketStats,
        Self::Other,
    ];

    /// Whether it is of the store's administration, whose answers are JSON.
    pub fn administers(self) -> bool {
        matches!(self, Self::ListAllBuckets | Self::GetBucketStats)
    }

    /// Whether it takes data away: what a scan must never send (law 1).
    pub fn destroys(self) -> bool {
        matches!(
            self,
            Self::DeleteBucket
                | Self::AbortMultipartUpload
                | Self::DeleteObject
                | Self::PutBucketLifecycle
                | Self::DeleteBucketLifecycle
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_in_the_order_of_the_discriminants() {
        for (index, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation as usize, index);
        }
    }
}
