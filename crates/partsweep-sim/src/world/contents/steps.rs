//! What foreign clients do with uploads.

use jiff::Timestamp;
use md5::{Digest as _, Md5};

use super::{Missing, SlowComplete, SlowPart};
use crate::locks::{read, write};
use crate::store::object::STANDARD;
use crate::store::state::{NewPart, NewUpload};
use crate::store::upload::{CHECKSUMS, Checksum};
use crate::world::handle::World;
use crate::world::shared::Shared;

impl World {
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
        self.create_upload_of_class_at(bucket, key, STANDARD, initiated)
    }

    /// The same, for an object of another storage class.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn create_upload_of_class_at(
        &self,
        bucket: &str,
        key: &str,
        storage_class: &str,
        initiated: Timestamp,
    ) -> Result<String, Missing> {
        let new = NewUpload {
            key,
            initiated,
            initiator: crate::access::rights::ACCESS_KEY,
            storage_class,
            about: None,
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
            md5: None,
        };
        write(&self.shared.state).put_part(bucket, key, upload_id, part)?;
        Ok(())
    }

    /// Uploads a part with these data at a time; its ETag is their MD5, and a part of that number is replaced.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn put_data_at(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        (number, data): (u32, &[u8]),
        modified: Timestamp,
    ) -> Result<(), Missing> {
        let part = NewPart {
            number,
            size: data.len() as u64,
            modified,
            md5: Some(Md5::digest(data).into()),
        };
        write(&self.shared.state).put_part(bucket, key, upload_id, part)?;
        Ok(())
    }

    /// Makes an upload one that was begun with an additional checksum, of which its parts have these: by number, in
    /// base64.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    ///
    /// # Panics
    /// Amazon S3 had no checksum of that name before 2026.
    pub fn set_checksum(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        (name, is_of_object): (&str, bool),
        parts: &[(u32, &str)],
    ) -> Result<(), Missing> {
        let known = CHECKSUMS.into_iter().find(|known| *known == name);
        let name = known.expect("a checksum of Amazon S3");
        let mut state = write(&self.shared.state);
        let uploads = &mut state.bucket_mut(bucket)?.uploads;
        let upload = uploads.get_mut(key, upload_id).ok_or(Missing::Upload)?;
        upload.checksum = Some(Checksum { name, is_of_object });
        for (number, value) in parts {
            if let Some(part) = upload.parts.get_mut(number) {
                part.checksum = Some((*value).into());
            }
        }
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
        Ok(SlowComplete::new(self.clone(), bucket, upload_id))
    }

    /// Begins to send a part now, so that anything can happen before it is there.
    ///
    /// # Errors
    /// The bucket or the upload is missing.
    pub fn begin_part(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        number: u32,
        size: u64,
    ) -> Result<SlowPart, Missing> {
        let state = read(&self.shared.state);
        let found = state.bucket(bucket)?.uploads.get(key, upload_id);
        let upload = found.ok_or(Missing::Upload)?.into_owned();
        Ok(SlowPart::new(self.clone(), bucket, upload, (number, size)))
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
}
