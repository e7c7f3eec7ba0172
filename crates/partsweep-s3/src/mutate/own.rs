//! An upload that this process began.

use partsweep_core::{BucketName, Key, SpareName, UploadAddress, UploadId};

/// An upload that this process began and has not completed, or that nobody began under a spare
/// name: what may be aborted without a plan.
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

    /// An upload that nobody began, at a key that nobody has: the answer to its abort tells whether
    /// there is the right, and nothing is ended.
    pub(super) fn nobodys(bucket: &BucketName, name: &SpareName, random: u128) -> Option<Self> {
        let id = UploadId::new(format!("{random:032x}")).ok()?;
        Some(Self::begun(bucket, name.key(), id))
    }

    pub(crate) fn address(&self) -> &UploadAddress {
        &self.address
    }
}
