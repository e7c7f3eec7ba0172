//! An upload as a store lists it, and where it is.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::name::{BucketName, EmptyName, Key, UploadId};

/// Where one upload is: all that an abort needs, and none of it can be empty (law 5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadAddress {
    /// The bucket.
    pub bucket: BucketName,
    /// The key that the object will have when the upload is completed. Several uploads can share it.
    pub key: Key,
    /// The upload's id.
    pub id: UploadId,
}

impl UploadAddress {
    /// Takes the three names as they are; refuses an empty one.
    pub fn new(
        bucket: impl AsRef<str>,
        key: impl AsRef<str>,
        id: impl AsRef<str>,
    ) -> Result<Self, EmptyName> {
        Ok(Self {
            bucket: BucketName::new(bucket)?,
            key: Key::new(key)?,
            id: UploadId::new(id)?,
        })
    }
}

/// Whether the listing showed the key byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProof {
    /// The key can be used as it is.
    Exact,
    /// The store replaced characters (U+FFFD: MinIO, SeaweedFS) or it is open whether it encoded
    /// them. Until ListParts knows the upload under this key, nothing is believed of it (law 11).
    Doubtful,
}

/// An unfinished upload as ListMultipartUploads shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Bucket, key and id.
    pub address: UploadAddress,
    /// Whether the key is exact.
    pub key_proof: KeyProof,
    /// When the upload was created, UTC, by the store's clock. SeaweedFS before September 2026
    /// sends none.
    pub initiated: Option<Timestamp>,
    /// The storage class as the store spells it. This and the next two are the same for most uploads
    /// of a page, and are kept once.
    pub storage_class: Option<Arc<str>>,
    /// Who owns the upload. Ceph and Swift name the caller here, Garage a dummy.
    pub owner: Option<Arc<str>>,
    /// Who created the upload; as unreliable as `owner`.
    pub initiator: Option<Arc<str>>,
}

impl Upload {
    /// Returns an upload of which nothing is known but its exact name.
    pub fn named(address: UploadAddress) -> Self {
        Self {
            address,
            key_proof: KeyProof::Exact,
            initiated: None,
            storage_class: None,
            owner: None,
            initiator: None,
        }
    }
}

/// One finished part as ListParts shows it. Parts still being sent are in no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// 1 to 10,000 at S3; Ceph also takes 0 and 10,001.
    pub number: u32,
    /// Bytes. Supabase sends none.
    pub bytes: Option<u64>,
    /// When the part arrived, UTC, by the store's clock.
    pub last_modified: Option<Timestamp>,
    /// Its ETag, if that is an MD5: 16 bytes in hexadecimal.
    pub etag: Option<[u8; 16]>,
}
