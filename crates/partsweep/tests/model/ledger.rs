//! What must hold, and the little that has to be remembered for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use partsweep_engine::journal::Memory;
use partsweep_sim::{Action, Done, StoredUpload, World};

/// An object as its client left it: bytes.
type Left = Option<u64>;

/// Everything that is remembered of one history.
pub(crate) struct Ledger {
    pub(crate) world: World,
    pub(crate) bucket: String,
    /// What clients wrote last, by key.
    objects: BTreeMap<String, Left>,
    /// The plan that is being swept: upload id → parts, bytes.
    pub(crate) planned: HashMap<String, (usize, u64)>,
    pub(crate) older_than: SignedDuration,
    /// What the last ListParts of each upload showed.
    shown: HashMap<String, Option<StoredUpload>>,
    pub(crate) journal: Memory,
    /// Uploads that we aborted.
    pub(crate) aborted: HashSet<String>,
    /// Keys whose object was told to be in danger.
    pub(crate) told: HashSet<String>,
}

impl Ledger {
    pub(crate) fn new(world: World, bucket: String) -> Self {
        Self {
            world,
            bucket,
            objects: BTreeMap::new(),
            planned: HashMap::new(),
            older_than: SignedDuration::ZERO,
            shown: HashMap::new(),
            journal: Memory::default(),
            aborted: HashSet::new(),
            told: HashSet::new(),
        }
    }

    /// A client did something: what it left at the key is what must stay there.
    pub(crate) fn foreign(&mut self, done: &Done) {
        let writes = matches!(
            done.action,
            Action::Complete
                | Action::Link
                | Action::Answer
                | Action::PutObject
                | Action::DeleteObject
        );
        if writes && done.succeeded {
            let now = self.size_at(&done.key);
            self.objects.insert(done.key.clone(), now);
        }
    }

    fn size_at(&self, key: &str) -> Left {
        let objects = self.world.objects(&self.bucket);
        objects
            .iter()
            .find(|object| object.key == key)
            .map(|object| object.size)
    }

    fn upload(&self, id: &str) -> Option<StoredUpload> {
        let uploads = self.world.uploads(&self.bucket);
        uploads.into_iter().find(|upload| upload.upload_id == id)
    }

    /// ListParts is about to be answered.
    pub(crate) fn shown(&mut self, id: &str) {
        let upload = self.upload(id);
        self.shown.insert(id.to_owned(), upload);
    }

    /// An abort is about to be sent.
    pub(crate) fn abort(&mut self, id: &str, now: Timestamp) {
        let (parts, bytes) = self.planned[id];
        if self.aborted.contains(id) {
            // Again, because parts remain: what was in flight has landed.
            return;
        }
        let shown = self.shown.get(id).cloned().flatten();
        let shown = shown.expect("aborted without a look that saw it");
        assert!(shown.parts.len() <= parts, "a part came since the plan");
        assert!(shown.bytes() <= bytes, "it grew since the plan");
        let newest = shown.parts.iter().map(|part| part.modified).max();
        let active = newest.max(Some(shown.initiated)).unwrap();
        assert!(
            now.duration_since(active) >= self.older_than,
            "younger than the floor"
        );
        let journal = String::from_utf8(self.journal.bytes()).unwrap();
        let written = journal
            .lines()
            .any(|line| line.contains("\"act\":\"abort\"") && line.contains(id));
        assert!(written, "the journal does not know of it");
        self.aborted.insert(id.to_owned());
    }

    /// Everything that clients finished is there and stays readable when garbage is collected.
    pub(crate) fn check_objects(&self) {
        self.world.collect_garbage();
        self.world.collect_garbage();
        let objects = self.world.objects(&self.bucket);
        for (key, left) in &self.objects {
            if self.told.contains(key) {
                continue;
            }
            let object = objects.iter().find(|object| object.key == *key);
            assert_eq!(object.map(|object| object.size), *left, "object {key}");
            if let Some(object) = object {
                assert!(object.data.is_readable(), "object {key} lost its data");
            }
        }
        let spare = objects
            .iter()
            .find(|object| object.key.starts_with(".partsweep-spare-"));
        assert!(spare.is_none() || !self.told.is_empty(), "a spare is left");
    }
}
