//! How a bucket locks new objects.

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::{BucketName, DefaultRetention, Operation, StoreError};

use super::inspector::Inspector;
use crate::wire::request::S3Request;
use crate::xml::retention;

/// What a store says of a bucket without Object Lock.
const NONE: [&str; 2] = [
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
];

impl Inspector {
    /// How long a bucket locks each new object; none if it doesn't.
    pub(crate) async fn default_retention(
        &self,
        bucket: &BucketName,
    ) -> Result<Option<DefaultRetention>, StoreError> {
        let ask = S3Request::new(Operation::GetObjectLock, Method::GET, Some(bucket))
            .with_query("object-lock");
        let read = |_: &HeaderMap, body: &Bytes| retention::read(body);
        match self.client.send(&ask, read).await {
            Err(error)
                if error
                    .code
                    .as_deref()
                    .is_some_and(|code| NONE.contains(&code)) =>
            {
                Ok(None)
            }
            answer => answer,
        }
    }
}
