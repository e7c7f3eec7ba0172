//! What the server holds: buckets with uploads and objects. Sizes only, no bytes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use crate::answer::Refusal;
use crate::completing::Completing;
use crate::habits::{Habits, Order};
use crate::ids::IdMaker;

/// Everything that the server holds.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) ids: IdMaker,
    /// How often the server was restarted.
    pub(crate) run: u32,
}

impl State {
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
        let etag = self.ids.etag();
        let upload = self
            .bucket_mut(bucket)?
            .uploads
            .get_mut(key, id)
            .ok_or_else(Refusal::no_such_upload)?;
        let stored = Part {
            size: part.size,
            modified: part.modified,
            etag: etag.clone(),
        };
        upload.parts.insert(part.number, stored);
        Ok(etag)
    }

    /// Stores an object and returns its ETag.
    pub(crate) fn put_object(
        &mut self,
        bucket: &str,
        key: &str,
        size: u64,
        now: Timestamp,
        habits: &Habits,
    ) -> Result<String, Refusal> {
        let etag = self.ids.etag();
        let bucket = self.bucket_mut(bucket)?;
        if habits.put_ends_uploads {
            bucket.uploads.remove_key(key);
        }
        let object = Object {
            size,
            etag: etag.clone(),
            modified: now,
            data: Data::Whole,
        };
        bucket.objects.insert(key.to_owned(), object);
        Ok(etag)
    }
}

/// What an upload is created with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewUpload<'a> {
    pub(crate) key: &'a str,
    pub(crate) initiated: Timestamp,
    /// The access key of the one who began it.
    pub(crate) initiator: &'a str,
    pub(crate) storage_class: &'a str,
}

/// What a part is stored with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPart {
    pub(crate) number: u32,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: Timestamp,
    pub(crate) uploads: Uploads,
    pub(crate) objects: BTreeMap<String, Object>,
    /// Uploads that are no more, by id.
    pub(crate) ended: HashMap<Arc<str>, Ended>,
    /// Completes that have begun and not answered yet, by upload id.
    pub(crate) completing: HashMap<Arc<str>, Completing>,
}

impl Bucket {
    pub(crate) fn new(region: String, created: Timestamp, order: Order) -> Self {
        Self {
            region,
            created,
            uploads: Uploads {
                order,
                positions: BTreeMap::new(),
            },
            objects: BTreeMap::new(),
            ended: HashMap::new(),
            completing: HashMap::new(),
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

/// An unfinished upload.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) key: Arc<str>,
    pub(crate) id: Arc<str>,
    pub(crate) initiated: Timestamp,
    pub(crate) initiator: Arc<str>,
    pub(crate) storage_class: Arc<str>,
    pub(crate) parts: BTreeMap<u32, Part>,
    /// The run of the server that it was begun in.
    pub(crate) run: u32,
}

/// A finished part.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    /// Without quotes.
    pub(crate) etag: String,
}

/// A finished object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// Bytes.
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) modified: Timestamp,
    pub(crate) data: Data,
}

/// Whether the data of an object can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// It can.
    Whole,
    /// It can until the next garbage collection.
    Doomed,
    /// Collected: HEAD 200, GET 404 NoSuchKey.
    Collected,
    /// Its segments are gone: HEAD 200, GET 409.
    SegmentsGone,
}

/// The uploads of a bucket, in the order in which the store lists them.
#[derive(Debug)]
pub(crate) struct Uploads {
    order: Order,
    positions: BTreeMap<Position, Upload>,
}

/// Where an upload stands in the listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The key, or what the store sorts by instead; empty if it sorts by id alone.
    pub(crate) text: Arc<str>,
    pub(crate) id: Arc<str>,
}

impl Position {
    /// Before all uploads whose text is `text` or greater.
    pub(crate) fn at(text: &str) -> Self {
        Self {
            text: text.into(),
            id: "".into(),
        }
    }
}

impl Uploads {
    pub(crate) fn position(&self, key: &str, id: &str) -> Position {
        let text = match self.order {
            Order::KeyThenId => key.into(),
            Order::MetaName => format!("{key}.{id}.meta").into(),
            Order::Id => "".into(),
        };
        Position {
            text,
            id: id.into(),
        }
    }

    pub(crate) fn insert(&mut self, upload: Upload) {
        let position = match self.order {
            // Shares the key's memory.
            Order::KeyThenId => Position {
                text: Arc::clone(&upload.key),
                id: Arc::clone(&upload.id),
            },
            Order::MetaName | Order::Id => self.position(&upload.key, &upload.id),
        };
        self.positions.insert(position, upload);
    }

    pub(crate) fn get(&self, key: &str, id: &str) -> Option<&Upload> {
        self.positions
            .get(&self.position(key, id))
            .filter(|upload| &*upload.key == key)
    }

    pub(crate) fn get_mut(&mut self, key: &str, id: &str) -> Option<&mut Upload> {
        let position = self.position(key, id);
        self.positions
            .get_mut(&position)
            .filter(|upload| &*upload.key == key)
    }

    pub(crate) fn remove(&mut self, key: &str, id: &str) -> Option<Upload> {
        self.get(key, id)?;
        self.positions.remove(&self.position(key, id))
    }

    /// Removes all uploads of one key, however the store sorts.
    fn remove_key(&mut self, key: &str) {
        let ids: Vec<Arc<str>> = self
            .of_key(key)
            .map(|upload| Arc::clone(&upload.id))
            .collect();
        for id in ids {
            self.remove(key, &id);
        }
    }

    /// The uploads of one key; looks at that key only if the store sorts by key.
    pub(crate) fn of_key(&self, key: &str) -> impl Iterator<Item = &Upload> {
        let start = match self.order {
            Order::KeyThenId => Position::at(key),
            Order::MetaName | Order::Id => Position::at(""),
        };
        let by_key = self.order == Order::KeyThenId;
        self.from(Bound::Included(start))
            .map(|(_, upload)| upload)
            .take_while(move |upload| !by_key || &*upload.key == key)
            .filter(move |upload| &*upload.key == key)
    }

    /// The uploads from a position on.
    pub(crate) fn from(
        &self,
        start: Bound<Position>,
    ) -> impl Iterator<Item = (&Position, &Upload)> {
        self.positions.range((start, Bound::Unbounded))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Upload> {
        self.positions.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.positions.len()
    }
}
