//! What the server holds, seen and changed without requests.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::answer::Refusal;
use crate::locks::{read, write};
use crate::server::Shared;
use crate::sim::Sim;
use crate::store::{Bucket, Data, NewPart, NewUpload, Object, Upload};

/// Something that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No such bucket.
    Bucket,
    /// No such upload.
    Upload,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "the bucket does not exist",
            Self::Upload => "the upload does not exist",
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
}

/// A finished object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The key as the store keeps it.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The ETag, without quotes.
    pub etag: String,
    /// When it was finished.
    pub modified: Timestamp,
    /// Whether its data can be read.
    pub data: Data,
}

impl Sim {
    /// Creates a bucket in the server's own region; one that is there stays as it is.
    pub fn create_bucket(&self, bucket: &str) {
        self.create_bucket_in(bucket, &self.shared.region);
    }

    /// Creates a bucket in a region; one that is there stays as it is.
    pub fn create_bucket_in(&self, bucket: &str, region: &str) {
        let now = self.shared.clock.now();
        let order = self.shared.habits.listing.order;
        let made = || Bucket::new(region.to_owned(), now, order);
        write(&self.shared.state)
            .buckets
            .entry(bucket.to_owned())
            .or_insert_with(made);
    }

    /// Begins an upload now, and returns its id.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn create_upload(&self, bucket: &str, key: &str) -> Result<String, Missing> {
        self.create_upload_at(bucket, key, self.shared.clock.now())
    }

    /// Begins an upload at a time, and returns its id.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn create_upload_at(
        &self,
        bucket: &str,
        key: &str,
        initiated: Timestamp,
    ) -> Result<String, Missing> {
        let new = NewUpload {
            key,
            initiated,
            initiator: crate::ACCESS_KEY,
            storage_class: "STANDARD",
        };
        let id = write(&self.shared.state).begin_upload(bucket, new, &self.shared.habits)?;
        Ok(id.to_string())
    }

    /// Uploads a part of `size` bytes now; a part of that number is replaced.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn put_part(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        number: u32,
        size: u64,
    ) -> Result<(), Missing> {
        self.put_part_at(
            bucket,
            key,
            upload_id,
            number,
            size,
            self.shared.clock.now(),
        )
    }

    /// Uploads a part of `size` bytes at a time; a part of that number is replaced.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn put_part_at(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        number: u32,
        size: u64,
        modified: Timestamp,
    ) -> Result<(), Missing> {
        let part = NewPart {
            number,
            size,
            modified,
        };
        write(&self.shared.state).put_part(bucket, key, upload_id, part)?;
        Ok(())
    }

    /// Stores a finished object of `size` bytes.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn put_object(&self, bucket: &str, key: &str, size: u64) -> Result<(), Missing> {
        let Shared {
            state,
            clock,
            habits,
            ..
        } = &*self.shared;
        write(state).put_object(bucket, key, size, clock.now(), habits)?;
        Ok(())
    }

    /// Completes an upload with all its parts, whatever their sizes, as a foreign client would.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn complete(&self, bucket: &str, key: &str, upload_id: &str) -> Result<(), Missing> {
        let mut complete = self.begin_complete(bucket, key, upload_id)?;
        complete.link();
        Ok(())
    }

    /// Begins a complete that answers when the guard is dropped, so that aborts can cross it.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn begin_complete(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<SlowComplete, Missing> {
        let mut state = write(&self.shared.state);
        let habits = &self.shared.habits;
        state
            .bucket_mut(bucket)?
            .begin_complete(key, upload_id, None, habits)?;
        Ok(SlowComplete {
            shared: Arc::clone(&self.shared),
            bucket: bucket.to_owned(),
            upload_id: upload_id.to_owned(),
        })
    }

    /// Aborts an upload as a foreign client would.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn abort(&self, bucket: &str, key: &str, upload_id: &str) -> Result<(), Missing> {
        let Shared {
            state,
            clock,
            habits,
            ..
        } = &*self.shared;
        let mut state = write(state);
        let bucket = state.bucket_mut(bucket)?;
        bucket.uploads.get(key, upload_id).ok_or(Missing::Upload)?;
        Ok(bucket.abort(key, upload_id, clock.now(), habits)?)
    }

    /// Deletes an object; one that is missing is no error.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn delete_object(&self, bucket: &str, key: &str) -> Result<(), Missing> {
        write(&self.shared.state)
            .bucket_mut(bucket)?
            .objects
            .remove(key);
        Ok(())
    }

    /// The names of all buckets, sorted.
    pub fn buckets(&self) -> Vec<String> {
        read(&self.shared.state).buckets.keys().cloned().collect()
    }

    /// The unfinished uploads of a bucket, in the order in which the store lists them; none if
    /// there is no such bucket.
    pub fn uploads(&self, bucket: &str) -> Vec<StoredUpload> {
        self.of_bucket(bucket, |bucket| {
            bucket.uploads.iter().map(stored_upload).collect()
        })
    }

    /// One unfinished upload.
    pub fn upload(&self, bucket: &str, key: &str, upload_id: &str) -> Option<StoredUpload> {
        self.of_bucket(bucket, |bucket| {
            bucket.uploads.get(key, upload_id).map(stored_upload)
        })
    }

    /// How many unfinished uploads a bucket has.
    pub fn count_uploads(&self, bucket: &str) -> usize {
        self.of_bucket(bucket, |bucket| bucket.uploads.len())
    }

    /// The finished objects of a bucket by key; none if there is no such bucket.
    pub fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        self.of_bucket(bucket, |bucket| {
            bucket.objects.iter().map(stored_object).collect()
        })
    }

    /// One finished object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.of_bucket(bucket, |bucket| {
            bucket.objects.get_key_value(key).map(stored_object)
        })
    }

    /// Takes away the data of the objects that an abort has doomed; returns how many.
    pub fn collect_garbage(&self) -> usize {
        let mut collected = 0;
        for bucket in write(&self.shared.state).buckets.values_mut() {
            for object in bucket.objects.values_mut() {
                if object.data == Data::Doomed {
                    object.data = Data::Collected;
                    collected += 1;
                }
            }
        }
        collected
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

/// A complete that has begun and not answered yet.
///
/// Until [`link`](Self::link) the upload is listed and there is no object: an abort is answered
/// 204. From then to the drop there is the object and no upload: an abort is answered as for a
/// completed upload, and yet dooms the object on Ceph.
#[derive(Debug)]
pub struct SlowComplete {
    shared: Arc<Shared>,
    bucket: String,
    upload_id: String,
}

impl SlowComplete {
    /// Makes the object appear and the upload disappear; without it the drop does it.
    pub fn link(&mut self) {
        let mut state = write(&self.shared.state);
        if let Some(bucket) = state.buckets.get_mut(&self.bucket) {
            bucket.link_complete(
                &self.upload_id,
                self.shared.clock.now(),
                &self.shared.habits,
            );
        }
    }
}

impl Drop for SlowComplete {
    fn drop(&mut self) {
        let mut state = write(&self.shared.state);
        if let Some(bucket) = state.buckets.get_mut(&self.bucket) {
            bucket.link_complete(
                &self.upload_id,
                self.shared.clock.now(),
                &self.shared.habits,
            );
            bucket.finish_complete(&self.upload_id);
        }
    }
}

fn stored_upload(upload: &Upload) -> StoredUpload {
    let parts = upload.parts.iter().map(|(number, part)| StoredPart {
        number: *number,
        size: part.size,
        modified: part.modified,
        etag: part.etag.clone(),
    });
    StoredUpload {
        key: upload.key.to_string(),
        upload_id: upload.id.to_string(),
        initiated: upload.initiated,
        parts: parts.collect(),
    }
}

fn stored_object((key, object): (&String, &Object)) -> StoredObject {
    StoredObject {
        key: key.clone(),
        size: object.size,
        etag: object.etag.clone(),
        modified: object.modified,
        data: object.data,
    }
}
