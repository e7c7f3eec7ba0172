//! What the store holds, seen and changed without requests.

mod lifecycle;
mod objects;
mod series;
mod slow;
mod steps;

use std::fmt;

use jiff::Timestamp;

use super::handle::World;
use crate::locks::{read, write};
use crate::store::state::Bucket;
use crate::store::upload::Upload;
use crate::wire::answer::Refusal;

pub use objects::{StoredObject, StoredVersion};
pub use slow::{SlowComplete, SlowPart};

/// Something that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No such bucket.
    Bucket,
    /// No such upload.
    Upload,
    /// No such object, or its data are gone.
    Object,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "the bucket does not exist",
            Self::Upload => "the upload does not exist",
            Self::Object => "the object does not exist, or its data are gone",
        })
    }
}

impl std::error::Error for Missing {}

impl From<Refusal> for Missing {
    fn from(refusal: Refusal) -> Self {
        if refusal.code == "NoSuchBucket" {
            Self::Bucket
        } else {
            Self::Upload
        }
    }
}

impl Missing {
    /// What a refusal of a request about an object means.
    fn of_object(refusal: Refusal) -> Self {
        match Self::from(refusal) {
            Self::Bucket => Self::Bucket,
            Self::Upload | Self::Object => Self::Object,
        }
    }
}

/// An unfinished upload, as it is and not as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpload {
    /// The key as the store keeps it.
    pub key: String,
    /// The upload id.
    pub upload_id: String,
    /// When it was begun.
    pub initiated: Timestamp,
    /// Its finished parts, by number.
    pub parts: Vec<StoredPart>,
}

impl StoredUpload {
    /// What its parts add up to, bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
    }
}

/// A finished part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// The part number.
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// When it was uploaded.
    pub modified: Timestamp,
    /// The ETag, without quotes.
    pub etag: String,
    /// The additional checksum, in base64.
    pub checksum: Option<String>,
}

impl World {
    /// Creates a bucket in the server's own region; one that is there stays as it is.
    pub fn create_bucket(&self, bucket: &str) {
        self.create_bucket_in(bucket, &self.shared.region);
    }

    /// Creates a bucket in a region; one that is there stays as it is.
    pub fn create_bucket_in(&self, bucket: &str, region: &str) {
        let now = self.shared.clock.now();
        let order = self.shared.habits.listing.order;
        write(&self.shared.state).make_bucket(bucket, region, now, order);
    }

    /// Lets a host name stand for a bucket: `NAME-ACCOUNT` of an access point, or its alias.
    pub fn create_access_point(&self, host: &str, bucket: &str) {
        let mut state = write(&self.shared.state);
        state
            .access_points
            .insert(host.to_owned(), bucket.to_owned());
    }

    /// Takes away all buckets with all that is in them.
    pub fn empty(&self) {
        write(&self.shared.state).buckets.clear();
    }

    /// The names of all buckets, sorted.
    pub fn buckets(&self) -> Vec<String> {
        read(&self.shared.state).buckets.keys().cloned().collect()
    }

    /// The unfinished uploads of a bucket, in the order in which the store lists them; none if
    /// there is no such bucket.
    pub fn uploads(&self, bucket: &str) -> Vec<StoredUpload> {
        self.of_bucket(bucket, |bucket| {
            bucket
                .uploads
                .iter()
                .map(|upload| stored_upload(&upload))
                .collect()
        })
    }

    /// One unfinished upload.
    pub fn upload(&self, bucket: &str, key: &str, upload_id: &str) -> Option<StoredUpload> {
        self.of_bucket(bucket, |bucket| {
            bucket
                .uploads
                .get(key, upload_id)
                .map(|upload| stored_upload(&upload))
        })
    }

    /// How many unfinished uploads a bucket has.
    pub fn count_uploads(&self, bucket: &str) -> usize {
        self.of_bucket(bucket, |bucket| bucket.uploads.len())
    }

    /// Bytes of parts that landed where no request finds them (Ceph, when an abort crosses a part).
    pub fn leaked(&self, bucket: &str) -> u64 {
        self.of_bucket(bucket, |bucket| bucket.leaked)
    }

    /// Takes away the data that nothing refers to any more; returns how many objects had it.
    ///
    /// On Ceph these are the objects that an abort has doomed, and those that were whole only
    /// thanks to a copy that is deleted now. It happens about two hours after.
    pub fn collect_garbage(&self) -> usize {
        let state = read(&self.shared.state);
        let objects = state
            .buckets
            .values()
            .flat_map(|bucket| bucket.objects.iter())
            .filter_map(|(_, version)| version.object());
        objects
            .filter(|object| {
                let readable = object.hold.data().is_readable();
                object.hold.collect();
                readable && !object.hold.data().is_readable()
            })
            .count()
    }

    /// Restarts the server as far as its data goes: what it holds in memory alone is forgotten.
    ///
    /// On MinIO that is the listing with an empty prefix.
    pub fn restart(&self) {
        write(&self.shared.state).run += 1;
    }

    fn of_bucket<T: Default>(&self, bucket: &str, look: impl FnOnce(&Bucket) -> T) -> T {
        read(&self.shared.state)
            .buckets
            .get(bucket)
            .map(look)
            .unwrap_or_default()
    }
}

fn stored_upload(upload: &Upload) -> StoredUpload {
    let parts = upload.parts.iter().map(|(number, part)| StoredPart {
        number: *number,
        size: part.size,
        modified: part.modified,
        etag: part.etag.clone(),
        checksum: part.checksum.as_deref().map(str::to_owned),
    });
    StoredUpload {
        key: upload.key.to_string(),
        upload_id: upload.id.to_string(),
        initiated: upload.initiated,
        parts: parts.collect(),
    }
}
