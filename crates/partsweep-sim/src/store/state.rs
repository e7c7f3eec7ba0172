//! What the server holds: buckets with uploads and objects. Sizes only, no bytes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::data::{Hold, Trigger};
use super::ids::IdMaker;
use super::lifecycle::Lifecycles;
use super::object::Object;
use super::upload::{About, Part, Upload};
use super::uploads::Uploads;
use super::versions::Objects;
use crate::habits::{Habits, Order};
use crate::hash::{hash64, hex};
use crate::wire::answer::Refusal;

/// The MD5 of no bytes, which is the ETag of a part of none.
const MD5_OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// Everything that the server holds.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// What stands for a bucket in a host's name, and the bucket: access points and their aliases.
    pub(crate) access_points: BTreeMap<String, String>,
    seed: u64,
    pub(crate) ids: IdMaker,
    /// How often the server was restarted.
    pub(crate) run: u32,
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            buckets: BTreeMap::new(),
            access_points: BTreeMap::new(),
            seed,
            ids: IdMaker::new(seed),
            run: 0,
        }
    }

    /// Makes a bucket; one that is there stays as it is.
    pub(crate) fn make_bucket(&mut self, name: &str, region: &str, now: Timestamp, order: Order) {
        let seed = self.seed ^ hash64(name);
        self.buckets
            .entry(name.to_owned())
            .or_insert_with(|| Bucket::new(region.to_owned(), now, order, seed));
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, Refusal> {
        self.buckets.get(name).ok_or_else(Refusal::no_such_bucket)
    }

    pub(crate) fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, Refusal> {
        self.buckets
            .get_mut(name)
            .ok_or_else(Refusal::no_such_bucket)
    }

    /// Creates an upload and returns its id.
    pub(crate) fn begin_upload(
        &mut self,
        bucket: &str,
        new: NewUpload<'_>,
        habits: &Habits,
    ) -> Result<Arc<str>, Refusal> {
        let id: Arc<str> = self
            .ids
            .upload_id(habits.ids, new.key, new.initiated)
            .into();
        let upload = Upload {
            key: new.key.into(),
            id: Arc::clone(&id),
            initiated: new.initiated,
            initiator: new.initiator.into(),
            storage_class: new.storage_class.into(),
            about: new.about.map(Arc::new),
            checksum: None,
            parts: BTreeMap::new(),
            run: self.run,
        };
        self.bucket_mut(bucket)?.uploads.insert(upload);
        Ok(id)
    }

    /// Stores a part of an upload and returns its ETag.
    pub(crate) fn put_part(
        &mut self,
        bucket: &str,
        key: &str,
        id: &str,
        part: NewPart,
    ) -> Result<String, Refusal> {
        let etag = match (self.ids.etag(), part.size, part.md5) {
            (_, 0, _) => MD5_OF_NOTHING.to_owned(),
            (_, _, Some(md5)) => hex(&md5),
            (etag, _, None) => etag,
        };
        let upload = self
            .bucket_mut(bucket)?
            .uploads
            .get_mut(key, id)
            .ok_or_else(Refusal::no_such_upload)?;
        let stored = Part {
            size: part.size,
            modified: part.modified,
            etag: etag.clone(),
            checksum: None,
        };
        upload.parts.insert(part.number, stored);
        Ok(etag)
    }

    /// Stores an object; returns its ETag and its version id.
    pub(crate) fn put_object(
        &mut self,
        bucket: &str,
        key: &str,
        new: NewObject,
        habits: &Habits,
    ) -> Result<(String, Arc<str>), Refusal> {
        let etag = self.ids.etag();
        let bucket = self.bucket_mut(bucket)?;
        if habits.put_ends_uploads {
            bucket.uploads.remove_key(key);
        }
        let object = Object {
            size: new.size,
            etag: etag.clone(),
            modified: new.modified,
            parts: Vec::new(),
            attributes: new.about.attributes,
            tags_lost: false,
            acl: new.about.acl,
            hold: Hold::fresh(),
        };
        let version = bucket.objects.put(key, object);
        Ok((etag, version))
    }
}

/// What an upload is created with.
#[derive(Debug, Clone)]
pub(crate) struct NewUpload<'a> {
    pub(crate) key: &'a str,
    pub(crate) initiated: Timestamp,
    /// The access key of the one who began it.
    pub(crate) initiator: &'a str,
    pub(crate) storage_class: &'a str,
    /// What is said of the object, if anything.
    pub(crate) about: Option<About>,
}

/// What an object is stored with.
#[derive(Debug)]
pub(crate) struct NewObject {
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    pub(crate) about: About,
}

/// What a part is stored with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPart {
    pub(crate) number: u32,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    /// Of its data, if they were seen: its ETag then.
    pub(crate) md5: Option<[u8; 16]>,
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: Timestamp,
    pub(crate) uploads: Uploads,
    pub(crate) objects: Objects,
    /// Uploads that are no more, by id.
    pub(crate) ended: HashMap<Arc<str>, Ended>,
    /// Completes that have begun and not answered yet, by upload id.
    pub(crate) completing: HashMap<Arc<str>, PendingComplete>,
    pub(crate) lifecycle: Lifecycles,
    pub(crate) tags: BTreeMap<String, String>,
    /// The mode and the days that each new object is locked for.
    pub(crate) locks_for: Option<(&'static str, u32)>,
    /// Bytes of parts that no request finds.
    pub(crate) leaked: u64,
    /// By how much the index's count of uploads differs from their number.
    pub(crate) miscount: i64,
}

impl Bucket {
    fn new(region: String, created: Timestamp, order: Order, seed: u64) -> Self {
        Self {
            region,
            created,
            uploads: Uploads::new(order),
            objects: Objects::new(seed),
            ended: HashMap::new(),
            completing: HashMap::new(),
            lifecycle: Lifecycles::default(),
            tags: BTreeMap::new(),
            locks_for: None,
            leaked: 0,
            miscount: 0,
        }
    }
}

/// An upload that is no more.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) at: Timestamp,
    /// The upload with its parts if it was completed; `None` if it was aborted.
    pub(crate) completed: Option<Upload>,
}

/// A complete that has not answered yet.
#[derive(Debug)]
pub(crate) struct PendingComplete {
    /// The upload with the parts that were named.
    pub(super) upload: Upload,
    /// Whether an abort came before it was linked.
    pub(super) crossed: bool,
    pub(super) linked: Option<Linked>,
}

/// What a complete has made.
#[derive(Debug)]
pub(super) struct Linked {
    /// Dooms the data; `None` if no object appeared.
    pub(super) trigger: Option<Trigger>,
    pub(super) version: Option<Arc<str>>,
}
