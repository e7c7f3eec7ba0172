//! A store without a wire: uploads in a list, a log of what was asked, and a hook before each
//! answer for whatever else happens in the world.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::profile::{PrefixMeaning, Provider};
use partsweep_core::provider::profiles;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    AbortAnswer, ApprovedUpload, BucketEntry, BucketList, BucketName, Clock, Inspect, Key,
    ListingOrder, LookTime, Mutate, ObjectHead, OlderVersions, Operation, Part, PartPage, Spare,
    SpareName, StoreError, StoreErrorKind, Upload, UploadAddress, UploadPage,
};

/// What is in the store.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) provider: &'static Provider,
    /// Versions below the current one, by bucket and key.
    pub(crate) older: HashMap<(String, String), OlderVersions>,
    /// How the times of documents stand to `now`.
    pub(crate) clock: Option<Clock>,
    /// ListParts so far: what a page says of when it was answered.
    pub(crate) answers: u64,
    /// The looks that aborts were sent on, by the number of their ListParts.
    pub(crate) looks: Vec<u64>,
    /// ListParts does not say which upload it is about.
    pub(crate) names_nothing: bool,
    /// Aborts that are refused as too late, so many.
    pub(crate) too_old: u32,
    /// ListParts shows an upload without parts for what is gone.
    pub(crate) gone_is_empty: bool,
    pub(crate) buckets: Vec<String>,
    pub(crate) uploads: Vec<(Upload, Vec<Part>)>,
    pub(crate) objects: HashMap<(String, String), ObjectHead>,
    /// Requests that fail, by operation and bucket.
    pub(crate) failing: HashMap<(Operation, String), StoreErrorKind>,
    /// key-marker alone leaves out the uploads of that key, as on AWS.
    pub(crate) skips_marker_key: bool,
    /// The listing has another order than the store is known for.
    pub(crate) shuffled: bool,
    /// A listing that begins behind a key leaves out the first upload there, so many times.
    pub(crate) skips_first: u32,
    /// How long a page of uploads takes.
    pub(crate) latency: Duration,
    /// Uploads on a page.
    pub(crate) page: usize,
    /// Parts on a page.
    pub(crate) parts_page: usize,
    /// Aborts leave the parts of these ids in place so many times.
    pub(crate) sticky: HashMap<String, u32>,
    /// Ids that ListParts does not know although they are listed.
    pub(crate) ghosts: HashSet<String>,
    /// Uploads on their way to being emptied by another hand.
    pub(crate) emptied: Vec<(Upload, Vec<Part>)>,
    /// Parts of each page whose number cannot be read.
    pub(crate) nameless_parts: u64,
    /// Objects that will lose their data when garbage is collected.
    pub(crate) doomed: HashSet<(String, String)>,
    /// The largest object that is copied at once, in bytes.
    pub(crate) largest_copy: Option<u64>,
    pub(crate) log: Vec<(Operation, String)>,
}

type Hook = Box<dyn Fn(&mut World, Operation, &str) + Send + Sync>;

pub(crate) struct FakeStore {
    world: Mutex<World>,
    hook: Mutex<Option<Hook>>,
}

pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn days_ago(days: i64) -> Timestamp {
    hours_ago(24 * days)
}

pub(crate) fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::from_second(NOW).unwrap() - SignedDuration::from_hours(hours)
}

impl FakeStore {
    pub(crate) fn new(buckets: &[&str]) -> Arc<Self> {
        let world = World {
            now: Timestamp::from_second(NOW).unwrap(),
            provider: &profiles::AWS,
            older: HashMap::new(),
            clock: None,
            answers: 0,
            looks: Vec::new(),
            names_nothing: false,
            too_old: 0,
            gone_is_empty: false,
            buckets: buckets.iter().map(ToString::to_string).collect(),
            uploads: Vec::new(),
            objects: HashMap::new(),
            failing: HashMap::new(),
            skips_marker_key: false,
            shuffled: false,
            skips_first: 0,
            latency: Duration::ZERO,
            page: 2,
            parts_page: 2,
            sticky: HashMap::new(),
            ghosts: HashSet::new(),
            emptied: Vec::new(),
            nameless_parts: 0,
            doomed: HashSet::new(),
            largest_copy: None,
            log: Vec::new(),
        };
        Arc::new(Self {
            world: Mutex::new(world),
            hook: Mutex::new(None),
        })
    }

    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Runs before each answer, with the operation and the upload id, key or bucket it is about.
    pub(crate) fn before_each(
        &self,
        hook: impl Fn(&mut World, Operation, &str) + Send + Sync + 'static,
    ) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    /// Adds an upload with parts of these sizes, the newest sent at `newest`.
    pub(crate) fn add(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        initiated: Timestamp,
        parts: &[u64],
        newest: Timestamp,
    ) {
        let part = |(index, bytes): (usize, &u64)| Part {
            number: index as u32 + 1,
            bytes: Some(*bytes),
            last_modified: Some(newest),
            etag: None,
        };
        let upload = Upload {
            initiated: Some(initiated),
            ..Upload::named(UploadAddress::new(bucket, key, id).unwrap())
        };
        self.world()
            .uploads
            .push((upload, parts.iter().enumerate().map(part).collect()));
    }

    pub(crate) fn add_old(&self, bucket: &str, key: &str, id: &str, parts: &[u64]) {
        self.add(bucket, key, id, days_ago(30), parts, days_ago(29));
    }

    pub(crate) fn put_object(&self, bucket: &str, key: &str, bytes: u64, modified: Timestamp) {
        let head = ObjectHead {
            bytes: Some(bytes),
            last_modified: Some(modified),
            etag: None,
            version: None,
        };
        self.world()
            .objects
            .insert((bucket.to_owned(), key.to_owned()), head);
    }

    pub(crate) fn ids_left(&self) -> Vec<String> {
        self.world()
            .uploads
            .iter()
            .map(|(upload, _)| upload.address.id.as_str().to_owned())
            .collect()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.world()
            .log
            .iter()
            .filter(|(logged, _)| *logged == operation)
            .count()
    }

    fn enter(&self, operation: Operation, bucket: &str, about: &str) -> Result<(), StoreError> {
        let mut world = self.world();
        world.log.push((operation, about.to_owned()));
        if let Some(hook) = &*self.hook.lock().unwrap() {
            hook(&mut world, operation, about);
        }
        match world.failing.get(&(operation, bucket.to_owned())) {
            Some(kind) => Err(StoreError::new(
                operation,
                BucketName::new(bucket).ok().as_ref(),
                *kind,
            )),
            None => Ok(()),
        }
    }
}

impl Inspect for FakeStore {
    fn provider(&self) -> Provider {
        *self.world().provider
    }

    fn clock(&self) -> Clock {
        let world = self.world();
        world.clock.unwrap_or(Clock::of(world.provider.times))
    }

    fn hear_of_part_before_upload(&self) {
        self.world().clock = Some(Clock::Unproven);
    }

    fn region(&self, _bucket: &BucketName) -> Option<String> {
        Some("fake-1".into())
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        self.enter(Operation::ListBuckets, "", "")?;
        let entry = |name: &String| BucketEntry {
            name: BucketName::new(name).unwrap(),
            region: None,
        };
        Ok(self.world().buckets.iter().map(entry).collect())
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        tokio::task::yield_now().await;
        let latency = self.world().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        self.enter(
            Operation::ListMultipartUploads,
            bucket.as_str(),
            bucket.as_str(),
        )?;
        let mut world = self.world();
        let by_name = world.provider.order == ListingOrder::EntryName;
        // What a listing is sorted by, as the store does it.
        let place = |key: &str, id: &str| match by_name {
            true => (format!("{key}.{id}.meta"), String::new()),
            false => (key.to_owned(), id.to_owned()),
        };
        let is_own = world.provider.prefix == PrefixMeaning::KeyOrFolder && !prefix.is_empty();
        let is_key = is_own && !prefix.ends_with('/');
        let start = match (&after.key, &after.id) {
            // Relative to the folder.
            (Some(key), _) if is_own => place(&format!("{prefix}{key}"), ""),
            (None, _) => (String::new(), String::new()),
            (Some(key), None) if world.skips_marker_key => place(key, "\u{10ffff}"),
            (Some(key), None) if by_name => (format!("{key}."), String::new()),
            (Some(key), id) => place(key, id.as_deref().unwrap_or_default()),
        };
        let mut all: Vec<_> = world
            .uploads
            .iter()
            .map(|(upload, _)| upload)
            .filter(|upload| {
                let key = upload.address.key.as_str();
                let fits = if is_key {
                    key == prefix
                } else {
                    key.starts_with(prefix)
                };
                upload.address.bucket == *bucket && fits
            })
            .map(|upload| {
                let UploadAddress { key, id, .. } = &upload.address;
                let name = (key.as_str().to_owned(), id.as_str().to_owned());
                (place(key.as_str(), id.as_str()), name, upload)
            })
            .collect();
        if world.shuffled {
            // In an order of its own, which its markers follow.
            all.sort_by_key(|(_, (key, id), _)| (key.len(), id.clone(), key.clone()));
            let skip = all
                .iter()
                .position(|(_, (key, id), _)| {
                    Some(key) == after.key.as_ref() && Some(id) == after.id.as_ref()
                })
                .map_or(0, |at| at + 1);
            all.drain(..skip);
        } else {
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all.retain(|(place, ..)| *place > start);
        }
        let is_behind_a_key = after.key.is_some() && after.id.is_none();
        let skipped = is_behind_a_key && world.skips_first > 0 && !all.is_empty();
        if skipped {
            all.remove(0);
        }
        let truncated = all.len() > world.page;
        let behind = all.get(world.page).map(|(_, (key, _), _)| key.clone());
        all.truncate(world.page);
        let next = all
            .last()
            .map(|(_, name, _)| name.clone())
            .unwrap_or_default();
        let mut next = Markers {
            key: Some(next.0),
            id: Some(next.1),
        };
        if world.provider.order == ListingOrder::KeyByPage {
            // Garage: an id only where the page stops in the middle of a key, and a page by ids.
            next.id = next.id.filter(|_| world.shuffled || behind == next.key);
            all.sort_by(|(_, (_, a), _), (_, (_, b), _)| a.cmp(b));
        }
        let page = Ok(UploadPage {
            uploads: all.into_iter().map(|(.., upload)| upload.clone()).collect(),
            truncated,
            next,
            date: Some(world.now),
            nameless: 0,
            end_unclear: false,
            may_go_on: false,
        });
        world.skips_first -= u32::from(skipped);
        page
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        tokio::task::yield_now().await;
        self.enter(
            Operation::ListParts,
            upload.bucket.as_str(),
            upload.id.as_str(),
        )?;
        let mut world = self.world();
        world.answers += 1;
        let found = world
            .uploads
            .iter()
            .find(|(known, _)| known.address == *upload);
        if found.is_none() && world.gone_is_empty {
            return Ok(PartPage {
                date: Some(world.now),
                ..PartPage::default()
            });
        }
        let Some((_, parts)) = found.filter(|_| !world.ghosts.contains(upload.id.as_str())) else {
            return Err(StoreError::new(
                Operation::ListParts,
                Some(&upload.bucket),
                StoreErrorKind::NoSuchUpload,
            ));
        };
        let rest: Vec<Part> = parts
            .iter()
            .filter(|part| part.number > after)
            .copied()
            .collect();
        let page: Vec<Part> = rest.iter().take(world.parts_page).copied().collect();
        let truncated = rest.len() > page.len();
        Ok(PartPage {
            nameless: world.nameless_parts,
            next: page.last().map(|part| part.number),
            parts: page,
            truncated,
            date: Some(world.now),
            names_upload: !world.names_nothing,
            answered: LookTime::new(Duration::from_secs(world.answers)),
            ..PartPage::default()
        })
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        tokio::task::yield_now().await;
        self.enter(Operation::HeadObject, bucket.as_str(), key.as_str())?;
        Ok(self
            .world()
            .objects
            .get(&(bucket.as_str().to_owned(), key.as_str().to_owned()))
            .cloned())
    }

    async fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        let name = (bucket.as_str().to_owned(), key.as_str().to_owned());
        let older = self.world().older.get(&name).cloned();
        Ok(older.unwrap_or(OlderVersions::NONE))
    }
}

impl Mutate for FakeStore {
    async fn abort_upload(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> Result<AbortAnswer, StoreError> {
        let upload = upload.address();
        tokio::task::yield_now().await;
        {
            let mut world = self.world();
            world.looks.push(LookTime::default().until(look).as_secs());
            if world.too_old > 0 {
                world.too_old -= 1;
                let operation = Operation::AbortMultipartUpload;
                return Err(refused(operation, StoreErrorKind::LookTooOld));
            }
        }
        let entered = self.enter(
            Operation::AbortMultipartUpload,
            upload.bucket.as_str(),
            upload.id.as_str(),
        );
        let mut world = self.world();
        if let Err(error) = entered {
            // A time-out is one of ours: the store has done it.
            if error.kind == StoreErrorKind::Timeout {
                world.uploads.retain(|(known, _)| known.address != *upload);
            }
            return Err(error);
        }
        if let Some(times) = world
            .sticky
            .get_mut(upload.id.as_str())
            .filter(|times| **times > 0)
        {
            *times -= 1;
            return Ok(AbortAnswer::Done);
        }
        let before = world.uploads.len();
        world.uploads.retain(|(known, _)| known.address != *upload);
        Ok(if world.uploads.len() < before {
            AbortAnswer::Done
        } else {
            AbortAnswer::AlreadyGone
        })
    }

    async fn try_saving(&self, bucket: &BucketName) -> Result<(), StoreError> {
        self.enter(Operation::CopyObject, bucket.as_str(), "")
    }

    async fn copy_to_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> Result<Spare, StoreError> {
        tokio::task::yield_now().await;
        self.enter(Operation::CopyObject, bucket.as_str(), name.key().as_str())?;
        let mut world = self.world();
        if world
            .largest_copy
            .is_some_and(|largest| object.bytes > Some(largest))
        {
            return Err(refused(Operation::CopyObject, StoreErrorKind::TooLarge));
        }
        world.copy(bucket, key, name.key(), object)?;
        Ok(Spare {
            bucket: bucket.clone(),
            name: name.clone(),
            version: None,
        })
    }

    async fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        let entered = self.enter(Operation::CopyObject, spare.bucket.as_str(), key.as_str());
        let mut world = self.world();
        // A time-out is one of ours: the store has done it.
        if let Err(error) = entered
            && error.kind != StoreErrorKind::Timeout
        {
            return Err(error);
        }
        let name = (
            spare.bucket.as_str().to_owned(),
            spare.name.key().as_str().to_owned(),
        );
        let Some(mut copy) = world.objects.get(&name).cloned() else {
            return Err(refused(Operation::CopyObject, StoreErrorKind::NoSuchObject));
        };
        copy.last_modified = Some(world.now);
        let _ = object;
        let at = (spare.bucket.as_str().to_owned(), key.as_str().to_owned());
        world.doomed.remove(&at);
        world.objects.insert(at, copy);
        let failing = (Operation::CopyObject, spare.bucket.as_str().to_owned());
        match world.failing.get(&failing) {
            Some(kind) => Err(refused(Operation::CopyObject, *kind)),
            None => Ok(()),
        }
    }

    async fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        self.enter(Operation::UploadPartCopy, bucket.as_str(), key.as_str())?;
        let mut world = self.world();
        let new = ObjectHead {
            etag: Some("rewritten-2".to_owned()),
            last_modified: Some(world.now),
            ..object.clone()
        };
        let at = (bucket.as_str().to_owned(), key.as_str().to_owned());
        world.doomed.remove(&at);
        world.objects.insert(at, new);
        Ok(())
    }

    async fn delete_spare(&self, spare: &Spare) -> Result<(), StoreError> {
        let key = spare.name.key().as_str();
        self.enter(Operation::DeleteObject, spare.bucket.as_str(), key)?;
        let name = (spare.bucket.as_str().to_owned(), key.to_owned());
        self.world().objects.remove(&name);
        Ok(())
    }
}

impl World {
    /// A client completes an upload while our abort is at work: both succeed, and the object will
    /// lose its data.
    pub(crate) fn cross(&mut self, id: &str) {
        let Some(at) = self
            .uploads
            .iter()
            .position(|(upload, _)| upload.address.id.as_str() == id)
        else {
            return;
        };
        let (upload, parts) = self.uploads.swap_remove(at);
        let name = (
            upload.address.bucket.as_str().to_owned(),
            upload.address.key.as_str().to_owned(),
        );
        let head = ObjectHead {
            bytes: Some(parts.iter().filter_map(|part| part.bytes).sum()),
            last_modified: Some(self.now),
            etag: Some(format!("{id}-{}", parts.len())),
            version: None,
        };
        self.doomed.insert(name.clone());
        self.objects.insert(name, head);
    }

    fn copy(
        &mut self,
        bucket: &BucketName,
        from: &Key,
        to: &Key,
        expected: &ObjectHead,
    ) -> Result<(), StoreError> {
        let name = |key: &Key| (bucket.as_str().to_owned(), key.as_str().to_owned());
        let Some(head) = self.objects.get(&name(from)).cloned() else {
            return Err(refused(Operation::CopyObject, StoreErrorKind::NoSuchObject));
        };
        if head.etag != expected.etag {
            return Err(refused(Operation::CopyObject, StoreErrorKind::Changed));
        }
        let copy = ObjectHead {
            last_modified: Some(self.now),
            ..head
        };
        self.objects.insert(name(to), copy);
        Ok(())
    }
}

fn refused(operation: Operation, kind: StoreErrorKind) -> StoreError {
    StoreError::new(operation, None, kind)
}
