//! Why a store did not do what it was asked.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::name::BucketName;

/// What was asked of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET /`
    ListBuckets,
    /// `GET /admin/metadata/bucket`, of Ceph's gateway
    ListAllBuckets,
    /// `GET /admin/bucket?stats=true`, of Ceph's gateway
    GetBucketStats,
    /// `GET /` of the endpoint of a region for directory buckets
    ListDirectoryBuckets,
    /// `GET /?session` of a directory bucket
    CreateSession,
    /// `HEAD /bucket`
    HeadBucket,
    /// `GET /bucket?location`
    GetBucketLocation,
    /// `GET /bucket?versioning`
    GetBucketVersioning,
    /// `GET /bucket?versions`
    ListObjectVersions,
    /// `GET /bucket?list-type=2`
    ListObjects,
    /// `GET /bucket?uploads`
    ListMultipartUploads,
    /// `GET /bucket/key?uploadId=`
    ListParts,
    /// `HEAD /bucket/key`
    HeadObject,
    /// `DELETE /bucket/key?uploadId=`
    AbortMultipartUpload,
    /// `PUT /bucket/key` with `x-amz-copy-source`
    CopyObject,
    /// `POST /bucket/key?uploads`
    CreateMultipartUpload,
    /// `PUT /bucket/key?partNumber=&uploadId=`
    UploadPart,
    /// `PUT /bucket/key?partNumber=&uploadId=` with `x-amz-copy-source`
    UploadPartCopy,
    /// `POST /bucket/key?uploadId=`
    CompleteMultipartUpload,
    /// `DELETE /bucket/key` of a spare copy of our own
    DeleteObject,
    /// `GET /bucket/key?acl`
    GetObjectAcl,
    /// `GET /bucket/key?tagging`
    GetObjectTagging,
    /// `GET /bucket?tagging`
    GetBucketTagging,
    /// `GET /bucket?object-lock`
    GetObjectLock,
    /// `GET /bucket?lifecycle`
    GetBucketLifecycle,
    /// `PUT /bucket?lifecycle`
    PutBucketLifecycle,
    /// `DELETE /bucket?lifecycle`
    DeleteBucketLifecycle,
}

impl Operation {
    /// The name that vendors' pages and policies use.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListBuckets => "ListBuckets",
            Self::ListAllBuckets => "GetMetadata",
            Self::GetBucketStats => "GetBucketInfo",
            Self::ListDirectoryBuckets => "ListDirectoryBuckets",
            Self::CreateSession => "CreateSession",
            Self::HeadBucket => "HeadBucket",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::GetBucketVersioning => "GetBucketVersioning",
            Self::ListObjectVersions => "ListObjectVersions",
            Self::ListObjects => "ListObjectsV2",
            Self::ListMultipartUploads => "ListMultipartUploads",
            Self::ListParts => "ListParts",
            Self::HeadObject => "HeadObject",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::CopyObject => "CopyObject",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::UploadPartCopy => "UploadPartCopy",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::DeleteObject => "DeleteObject",
            Self::GetObjectAcl => "GetObjectAcl",
            Self::GetObjectTagging => "GetObjectTagging",
            Self::GetBucketTagging => "GetBucketTagging",
            Self::GetObjectLock => "GetObjectLockConfiguration",
            Self::GetBucketLifecycle => "GetBucketLifecycleConfiguration",
            Self::PutBucketLifecycle => "PutBucketLifecycleConfiguration",
            Self::DeleteBucketLifecycle => "DeleteBucketLifecycle",
        }
    }

    /// What could not be done, to follow "could not".
    pub fn words(self) -> &'static str {
        match self {
            Self::ListBuckets => "list buckets",
            Self::ListAllBuckets => "list the buckets of all users",
            Self::GetBucketStats => "read the store's own count of uploads",
            Self::ListDirectoryBuckets => "list directory buckets",
            Self::CreateSession => "create a session",
            Self::HeadBucket => "check the bucket",
            Self::GetBucketLocation => "find the region of the bucket",
            Self::GetBucketVersioning => "check whether the bucket has versioning",
            Self::ListObjectVersions => "list the versions of an object",
            Self::ListObjects => "list the objects",
            Self::ListMultipartUploads => "list uploads",
            Self::ListParts => "list the parts of an upload",
            Self::HeadObject => "check an object",
            Self::AbortMultipartUpload => "abort an upload",
            Self::CopyObject => "copy an object",
            Self::CreateMultipartUpload => "start a multipart upload",
            Self::UploadPart => "send a part of an upload",
            Self::UploadPartCopy => "copy a part of an object",
            Self::CompleteMultipartUpload => "complete an upload",
            Self::DeleteObject => "delete a spare copy",
            Self::GetObjectAcl => "read the ACL of an object",
            Self::GetObjectTagging => "read the tags of an object",
            Self::GetBucketTagging => "read the tags of the bucket",
            Self::GetObjectLock => "read the object lock configuration",
            Self::GetBucketLifecycle => "read the lifecycle configuration",
            Self::PutBucketLifecycle => "write the lifecycle configuration",
            Self::DeleteBucketLifecycle => "delete the lifecycle configuration",
        }
    }

    /// The right that a policy must grant (AWS user guide, "Multipart upload API and permissions"), or the
    /// capability that a user of Ceph's gateway needs (measured on 16.2.15).
    pub fn right(self) -> &'static str {
        match self {
            Self::ListBuckets => "s3:ListAllMyBuckets",
            Self::ListAllBuckets => "metadata=read",
            Self::GetBucketStats => "buckets=read",
            Self::ListDirectoryBuckets => "s3express:ListAllMyDirectoryBuckets",
            Self::CreateSession => "s3express:CreateSession",
            Self::HeadBucket | Self::ListObjects => "s3:ListBucket",
            Self::GetBucketLocation => "s3:GetBucketLocation",
            Self::GetBucketVersioning => "s3:GetBucketVersioning",
            Self::ListObjectVersions => "s3:ListBucketVersions",
            Self::ListMultipartUploads => "s3:ListBucketMultipartUploads",
            Self::ListParts => "s3:ListMultipartUploadParts",
            Self::HeadObject => "s3:GetObject",
            Self::AbortMultipartUpload => "s3:AbortMultipartUpload",
            Self::CopyObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload => "s3:PutObject",
            Self::DeleteObject => "s3:DeleteObject",
            Self::GetObjectAcl => "s3:GetObjectAcl",
            Self::GetObjectTagging => "s3:GetObjectTagging",
            Self::GetBucketTagging => "s3:GetBucketTagging",
            Self::GetObjectLock => "s3:GetBucketObjectLockConfiguration",
            Self::GetBucketLifecycle => "s3:GetLifecycleConfiguration",
            Self::PutBucketLifecycle | Self::DeleteBucketLifecycle => {
                "s3:PutLifecycleConfiguration"
            }
        }
    }
}

/// The classes of failure that a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// No credentials were found anywhere.
    NoCredentials,
    /// The store knows the key but not this right.
    Denied,
    /// The access key is unknown, or the secret is wrong.
    BadCredentials,
    /// This machine's clock is off; how far, if the answer had a date (positive: ours is ahead).
    ClockSkew(Option<SignedDuration>),
    /// There is no such bucket, or none that this key may see (Garage answers so).
    NoSuchBucket,
    /// There is no such upload (NoSuchUpload; NoSuchKey on Ceph). The only proof of "gone" (law 11).
    NoSuchUpload,
    /// There is no object at the key (NoSuchKey).
    NoSuchObject,
    /// The object is not the one that was asked about any more (412 PreconditionFailed).
    Changed,
    /// The object is too large to be copied at once (400 InvalidRequest, EntityTooLarge).
    TooLarge,
    /// The bucket lives in another region that could not be found or used.
    WrongRegion,
    /// The store takes the bucket in the host's name only, or not there.
    WrongAddressing,
    /// The bucket's region isn't enabled for this account, or its keys don't hold there: elsewhere they work.
    RegionNotEnabled,
    /// The store does not have this operation.
    Unsupported,
    /// The store is asking for fewer requests (503 SlowDown, 429), again and again.
    Throttled,
    /// The store failed (5xx), again and again.
    Server,
    /// The answer was not S3: a page, an empty body, another document.
    NotS3,
    /// The answer was cut, or its XML cannot be read, again and again.
    Malformed,
    /// No connection: name, address, port, network, proxy.
    Unreachable,
    /// A connection but no trust, or no TLS on the other side.
    Tls,
    /// No answer, or not all of it, in time.
    Timeout,
    /// Anything else that the store refused (4xx).
    Refused,
    /// The abort was not sent: too much time had passed since the look at its upload (law 4).
    LookTooOld,
    /// The request could not be made from what was given: an endpoint, a region, a name.
    BadRequest,
}

impl StoreErrorKind {
    /// The word for it in machine formats.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::Denied => "denied",
            Self::BadCredentials => "bad_credentials",
            Self::ClockSkew(_) => "clock_skew",
            Self::NoSuchBucket => "no_such_bucket",
            Self::NoSuchUpload => "no_such_upload",
            Self::NoSuchObject => "no_such_object",
            Self::Changed => "changed",
            Self::TooLarge => "too_large",
            Self::WrongRegion => "wrong_region",
            Self::WrongAddressing => "wrong_addressing",
            Self::RegionNotEnabled => "region_not_enabled",
            Self::Unsupported => "unsupported",
            Self::Throttled => "throttled",
            Self::Server => "server",
            Self::NotS3 => "not_s3",
            Self::Malformed => "malformed",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::LookTooOld => "look_too_old",
            Self::BadRequest => "bad_request",
        }
    }
}

/// A request that failed, with all that a vendor's support will ask for.
#[derive(Debug, Clone)]
pub struct StoreError {
    /// What was asked.
    pub operation: Operation,
    /// Of which bucket.
    pub bucket: Option<BucketName>,
    /// What class of failure it is.
    pub kind: StoreErrorKind,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The S3 error code, as sent: hostile text.
    pub code: Option<Box<str>>,
    /// The S3 message, or what is wrong in our words.
    pub message: Option<Box<str>>,
    /// The store's request id, as sent.
    pub request_id: Option<Box<str>>,
    /// The cause on our side: connection, TLS, XML.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error without an answer.
    pub fn new(operation: Operation, bucket: Option<&BucketName>, kind: StoreErrorKind) -> Self {
        Self {
            operation,
            bucket: bucket.cloned(),
            kind,
            status: None,
            code: None,
            message: None,
            request_id: None,
            source: None,
        }
    }

    /// Adds what is wrong, in words.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Box<str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Adds more words to what is wrong.
    #[must_use]
    pub fn with_more(mut self, more: &str) -> Self {
        self.message = Some(match self.message {
            Some(message) if !message.is_empty() => format!("{message}; {more}").into(),
            _ => more.into(),
        });
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

/// One line: what failed, on which bucket, and the store's own words.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.operation.words())?;
        if let Some(bucket) = &self.bucket {
            write!(f, " in bucket `{}`", bucket.as_str())?;
        }
        match (&self.code, &self.message) {
            (Some(code), Some(message)) if !message.is_empty() => write!(f, ": {code}: {message}")?,
            (Some(code), _) => write!(f, ": {code}")?,
            (None, Some(message)) if !message.is_empty() => write!(f, ": {message}")?,
            _ => {}
        }
        match (self.status, &self.request_id) {
            (Some(status), Some(id)) => write!(f, " (HTTP {status}, request {id})"),
            (Some(status), None) => write!(f, " (HTTP {status})"),
            (None, _) => Ok(()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_operation_bucket_code_status_and_request_id() {
        let bucket = BucketName::new("logs").unwrap();
        let mut error = StoreError::new(
            Operation::ListMultipartUploads,
            Some(&bucket),
            StoreErrorKind::Denied,
        );
        assert_eq!(error.to_string(), "could not list uploads in bucket `logs`");
        error.code = Some("AccessDenied".into());
        error.status = Some(403);
        error.request_id = Some("tx1".into());
        assert_eq!(
            error.to_string(),
            "could not list uploads in bucket `logs`: AccessDenied (HTTP 403, request tx1)"
        );
    }
}
