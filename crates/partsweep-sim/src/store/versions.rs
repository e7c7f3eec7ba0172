//! The finished objects of a bucket, with their versions and delete markers.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use crate::habits::ObjectHabits;
use crate::store::ids::IdMaker;
use crate::store::object::Object;
use crate::wire::answer::Refusal;

/// Whether a bucket keeps what is overwritten and deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versioning {
    /// It never did.
    #[default]
    Never,
    /// It does.
    Enabled,
    /// It did: what is written now has the version `null`, older versions stay.
    Suspended,
}

/// The version id of what is written while a bucket keeps no versions.
pub(crate) const NULL: &str = "null";

/// An object or a delete marker, with its version id.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) id: Arc<str>,
    pub(crate) content: Content,
}

/// What a version is.
#[derive(Debug)]
pub(crate) enum Content {
    Object(Object),
    Marker(Timestamp),
}

/// What a delete did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// The version that was deleted, or the marker that was made; `None` without versioning.
    pub(crate) version: Option<Arc<str>>,
    /// Whether that is a delete marker.
    pub(crate) marker: bool,
}

/// The objects of a bucket.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) versioning: Versioning,
    ids: IdMaker,
    /// By key, the newest version last; no key without a version.
    keys: BTreeMap<String, Vec<Version>>,
}

impl Objects {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            versioning: Versioning::Never,
            ids: IdMaker::new(seed),
            keys: BTreeMap::new(),
        }
    }

    /// The object that a request without a version id means.
    pub(crate) fn current(&self, key: &str) -> Option<&Object> {
        self.newest(key)?.object()
    }

    /// The newest version of a key, which may be a delete marker.
    pub(crate) fn newest(&self, key: &str) -> Option<&Version> {
        self.keys.get(key)?.last()
    }

    /// The version that a request means.
    pub(crate) fn find(
        &self,
        key: &str,
        version: Option<&str>,
        habits: &ObjectHabits,
    ) -> Result<(&Arc<str>, &Object), Refusal> {
        let versions = self.keys.get(key).map(Vec::as_slice).unwrap_or_default();
        let found = match version {
            None => versions.last().ok_or_else(Refusal::no_such_key)?,
            Some(id) => versions
                .iter()
                .find(|version| &*version.id == id)
                .ok_or_else(|| Refusal::new(404, habits.missing_version))?,
        };
        let told = |refusal: Refusal| {
            if habits.tells_marker {
                refusal.header("x-amz-delete-marker", "true")
            } else {
                refusal
            }
        };
        match (&found.content, version) {
            (Content::Object(object), _) => Ok((&found.id, object)),
            (Content::Marker(_), None) => Err(told(Refusal::no_such_key())),
            (Content::Marker(_), Some(_)) => Err(told(Refusal::new(405, "MethodNotAllowed"))),
        }
    }

    /// As [`find`](Self::find), to change the object.
    pub(crate) fn find_mut(
        &mut self,
        key: &str,
        version: Option<&str>,
        habits: &ObjectHabits,
    ) -> Result<&mut Object, Refusal> {
        let id = Arc::clone(self.find(key, version, habits)?.0);
        self.keys
            .get_mut(key)
            .and_then(|versions| versions.iter_mut().rev().find(|version| version.id == id))
            .and_then(|version| match &mut version.content {
                Content::Object(object) => Some(object),
                Content::Marker(_) => None,
            })
            .ok_or_else(Refusal::no_such_key)
    }

    /// Stores an object, and returns its version id.
    pub(crate) fn put(&mut self, key: &str, object: Object) -> Arc<str> {
        self.push(key, Content::Object(object))
    }

    fn push(&mut self, key: &str, content: Content) -> Arc<str> {
        let id: Arc<str> = match self.versioning {
            Versioning::Enabled => self.ids.version_id().into(),
            Versioning::Never | Versioning::Suspended => NULL.into(),
        };
        let versions = self.keys.entry(key.to_owned()).or_default();
        versions.retain(|version| version.id != id);
        versions.push(Version {
            id: Arc::clone(&id),
            content,
        });
        id
    }

    /// Deletes a version for good; or what is current, which leaves a marker in a bucket that keeps
    /// versions. Nothing to delete is no error.
    pub(crate) fn delete(&mut self, key: &str, version: Option<&str>, now: Timestamp) -> Deleted {
        let Some(id) = version else {
            return self.delete_current(key, now);
        };
        let versions = self.keys.entry(key.to_owned()).or_default();
        let marker = versions
            .iter()
            .any(|version| &*version.id == id && version.object().is_none());
        versions.retain(|version| &*version.id != id);
        if versions.is_empty() {
            self.keys.remove(key);
        }
        Deleted {
            version: Some(id.into()),
            marker,
        }
    }

    fn delete_current(&mut self, key: &str, now: Timestamp) -> Deleted {
        let version = match self.versioning {
            Versioning::Never => {
                self.keys.remove(key);
                None
            }
            Versioning::Enabled | Versioning::Suspended => {
                Some(self.push(key, Content::Marker(now)))
            }
        };
        Deleted {
            marker: version.is_some(),
            version,
        }
    }

    /// What is written next has this id, if it replaces what has it now.
    pub(crate) fn overwrites(&self, id: &str) -> bool {
        self.versioning != Versioning::Enabled && id == NULL
    }

    /// Whether there is nothing, not even a delete marker.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// All versions by key, the newest of each key last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Version)> {
        self.keys
            .iter()
            .flat_map(|(key, versions)| versions.iter().map(move |version| (key, version)))
    }

    /// The objects behind a key, by key, of those that start with a prefix.
    pub(crate) fn behind<'a>(
        &'a self,
        key: Option<&'a str>,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Object)> {
        let from = match key {
            Some(key) if key >= prefix => Bound::Excluded(key),
            _ => Bound::Included(prefix),
        };
        let keys = self.keys.range::<str, _>((from, Bound::Unbounded));
        let keys = keys.take_while(move |(key, _)| key.starts_with(prefix));
        keys.filter_map(|(key, versions)| Some((key, versions.last()?.object()?)))
    }

    /// What requests without a version id see, by key.
    pub(crate) fn iter_current(&self) -> impl Iterator<Item = (&String, &Version)> {
        self.keys.iter().filter_map(|(key, versions)| {
            let version = versions.last()?;
            version.object().map(|_| (key, version))
        })
    }
}

impl Version {
    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.content {
            Content::Object(object) => Some(object),
            Content::Marker(_) => None,
        }
    }
}
