//! Finished objects, seen and changed without requests.

use jiff::Timestamp;

use super::Missing;
use crate::locks::write;
use crate::store::acl::Acl;
use crate::store::data::Data;
use crate::store::object::{Attributes, Object};
use crate::store::state::NewObject;
use crate::store::upload::About;
use crate::store::versions::{Content, Version, Versioning};
use crate::world::handle::World;

/// A finished object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The key as the store keeps it.
    pub key: String,
    /// The version id; `null` where no versions are kept.
    pub version: String,
    /// Bytes.
    pub size: u64,
    /// The ETag, without quotes.
    pub etag: String,
    /// When it was finished.
    pub modified: Timestamp,
    /// Bytes of each part, if it was made of parts.
    pub parts: Vec<u64>,
    /// What its writer said of it.
    pub attributes: Attributes,
    /// Who may do what with it.
    pub acl: Acl,
    /// Whether its data can be read.
    pub data: Data,
}

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredVersion {
    /// An object.
    Object(StoredObject),
    /// A delete marker.
    Marker {
        /// The key as the store keeps it.
        key: String,
        /// The version id.
        version: String,
        /// When it was made.
        modified: Timestamp,
    },
}

impl World {
    /// Stores a finished object of `size` bytes now.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn put_object(&self, bucket: &str, key: &str, size: u64) -> Result<(), Missing> {
        self.put_object_with(bucket, key, size, Attributes::default(), Acl::default())
    }

    /// Stores a finished object of `size` bytes now, and what is said of it.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn put_object_with(
        &self,
        bucket: &str,
        key: &str,
        size: u64,
        attributes: Attributes,
        acl: Acl,
    ) -> Result<(), Missing> {
        let new = NewObject {
            size,
            modified: self.shared.clock.now(),
            about: About { attributes, acl },
        };
        write(&self.shared.state).put_object(bucket, key, new, &self.shared.habits)?;
        Ok(())
    }

    /// Changes the tags and the ACL of the current object at a key.
    ///
    /// # Errors
    /// The bucket or the object is missing.
    pub fn describe_object(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&mut Attributes, &mut Acl),
    ) -> Result<(), Missing> {
        let mut state = write(&self.shared.state);
        let objects = &mut state.bucket_mut(bucket)?.objects;
        let object = objects
            .find_mut(key, None, &self.shared.habits.objects)
            .map_err(Missing::of_object)?;
        change(&mut object.attributes, &mut object.acl);
        Ok(())
    }

    /// Deletes the current object at a key, as a request without a version id does; one that is
    /// missing is no error.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn delete_object(&self, bucket: &str, key: &str) -> Result<(), Missing> {
        self.delete(bucket, key, None)
    }

    /// Deletes one version for good; one that is missing is no error.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn delete_version(&self, bucket: &str, key: &str, version: &str) -> Result<(), Missing> {
        self.delete(bucket, key, Some(version))
    }

    fn delete(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<(), Missing> {
        let now = self.shared.clock.now();
        let mut state = write(&self.shared.state);
        state.bucket_mut(bucket)?.objects.delete(key, version, now);
        Ok(())
    }

    /// Sets whether a bucket keeps versions.
    ///
    /// # Errors
    /// The bucket is missing.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) -> Result<(), Missing> {
        let mut state = write(&self.shared.state);
        state.bucket_mut(bucket)?.objects.versioning = versioning;
        Ok(())
    }

    /// The finished objects of a bucket by key, as requests without a version id see them; none if
    /// there is no such bucket.
    pub fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        self.of_bucket(bucket, |bucket| {
            let current = bucket.objects.iter_current();
            current
                .filter_map(|(key, version)| stored_object(key, version))
                .collect()
        })
    }

    /// One finished object, as a request without a version id sees it.
    pub fn object(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.of_bucket(bucket, |bucket| {
            let version = bucket.objects.newest(key)?;
            stored_object(key, version)
        })
    }

    /// All versions and delete markers of a bucket by key, the newest of each key last; none if
    /// there is no such bucket.
    pub fn versions(&self, bucket: &str) -> Vec<StoredVersion> {
        self.of_bucket(bucket, |bucket| {
            let versions = bucket.objects.iter();
            versions
                .map(|(key, version)| stored_version(key, version))
                .collect()
        })
    }
}

fn stored_version(key: &str, version: &Version) -> StoredVersion {
    match &version.content {
        Content::Object(object) => StoredVersion::Object(stored(key, version, object)),
        Content::Marker(modified) => StoredVersion::Marker {
            key: key.to_owned(),
            version: version.id.to_string(),
            modified: *modified,
        },
    }
}

fn stored_object(key: &str, version: &Version) -> Option<StoredObject> {
    Some(stored(key, version, version.object()?))
}

fn stored(key: &str, version: &Version, object: &Object) -> StoredObject {
    StoredObject {
        key: key.to_owned(),
        version: version.id.to_string(),
        size: object.size,
        etag: object.etag.clone(),
        modified: object.modified,
        parts: object.parts.clone(),
        attributes: object.attributes.clone(),
        acl: object.acl.clone(),
        data: object.hold.data(),
    }
}
