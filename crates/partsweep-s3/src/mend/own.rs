//! An upload that this process began.

use partsweep_core::{BucketName, Key, UploadAddress, UploadId};

/// An upload that this process began and has not completed: what may be aborted without a plan.
#[derive(Debug)]
pub(crate) struct OwnUpload {
    address: UploadAddress,
}

impl OwnUpload {
    /// Takes what CreateMultipartUpload answered.
    pub(super) fn begun(bucket: &BucketName, key: &Key, id: UploadId) -> Self {
        let (bucket, key) = (bucket.clone(), key.clone());
        Self {
            address: UploadAddress { bucket, key, id },
        }
    }

    pub(crate) fn address(&self) -> &UploadAddress {
        &self.address
    }
}
