//! What must hold, and the little that has to be remembered for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use partsweep_core::ObjectHead;
use partsweep_engine::journal::Memory;
use partsweep_sim::{Action, Attributes, Done, StoredObject, StoredUpload, StoredVersion, World};

/// The beginning of the names of spare copies.
const SPARE: &str = ".partsweep-spare-";

/// What tells an object from all others, whoever copies it.
const MARK: &str = "x-amz-meta-mark";

fn is_marked(object: &StoredObject) -> bool {
    object.attributes.headers.contains_key(MARK)
}

/// How large an upload was when it was planned; none of what was not known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    pub(crate) parts: Option<usize>,
    pub(crate) bytes: Option<u64>,
    /// As much is counted as freed by its abort.
    pub(crate) counted: u64,
}

impl Planned {
    fn is(self, (parts, bytes): (usize, u64)) -> bool {
        self.parts.is_none_or(|known| known == parts)
            && self.bytes.is_none_or(|known| known == bytes)
    }

    fn can_be_left(self, (parts, bytes): (usize, u64)) -> bool {
        self.parts.is_none_or(|known| parts <= known)
            && self.bytes.is_none_or(|known| bytes <= known)
    }
}

/// Everything that is remembered of one history.
pub(crate) struct Ledger {
    pub(crate) world: World,
    pub(crate) bucket: String,
    /// Objects as their clients left them, by key.
    objects: BTreeMap<String, Option<StoredObject>>,
    /// Versions that clients wrote: key, version id.
    versions: BTreeSet<(String, String)>,
    written: u64,
    /// The plan that is being swept: upload id → parts, bytes.
    pub(crate) planned: HashMap<String, Planned>,
    pub(crate) older_than: SignedDuration,
    /// What the pages of the last look at each upload showed; where two processes are at work, what each has
    /// shown to one of them.
    shown: HashMap<String, Vec<StoredUpload>>,
    /// The journals of all sweeps that are at work.
    pub(crate) journals: Vec<Memory>,
    /// Uploads for which we sent an abort.
    aborted: HashSet<String>,
    /// Uploads that a sweep which died had written down as about to be aborted.
    pub(crate) doubted: HashSet<String>,
    /// Uploads whose abort was done and answered, or done when our process died.
    pub(crate) freed: HashSet<String>,
    /// Aborts whose answer was lost by this machine itself, under load: whether they were done is not known.
    pub(crate) unheard: HashSet<String>,
    /// Objects that were written anew in parts, by key: their ETags are new.
    rewritten: HashSet<String>,
    /// Keys whose object was told to be in danger.
    pub(crate) told: HashSet<String>,
    /// The store shows uploads that are gone, without parts.
    pub(crate) shows_gone: bool,
}

impl Ledger {
    pub(crate) fn new(world: World, bucket: String) -> Self {
        Self {
            world,
            bucket,
            objects: BTreeMap::new(),
            versions: BTreeSet::new(),
            written: 0,
            planned: HashMap::new(),
            older_than: SignedDuration::ZERO,
            shown: HashMap::new(),
            journals: Vec::new(),
            aborted: HashSet::new(),
            doubted: HashSet::new(),
            freed: HashSet::new(),
            unheard: HashSet::new(),
            rewritten: HashSet::new(),
            told: HashSet::new(),
            shows_gone: false,
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
        if !writes || !done.succeeded {
            return;
        }
        let is_end = matches!(done.action, Action::Link | Action::Answer);
        if is_end && self.object_at(&done.key).is_some_and(|now| is_marked(&now)) {
            // It had appeared before, or something else has taken its place.
            return;
        }
        self.mark(&done.key);
        let now = self.object_at(&done.key);
        if let Some(object) = &now {
            let version = (done.key.clone(), object.version.clone());
            self.versions.insert(version);
        }
        self.rewritten.remove(&done.key);
        self.objects.insert(done.key.clone(), now);
    }

    /// Gives what was just written metadata that nothing else has.
    fn mark(&mut self, key: &str) {
        self.written += 1;
        let mark = self.written.to_string();
        let mark = |about: &mut Attributes, _: &mut _| {
            about.headers.insert(MARK.to_owned(), mark);
        };
        // Of a key that was deleted there is nothing to be said.
        let _ = self.world.describe_object(&self.bucket, key, mark);
    }

    fn object_at(&self, key: &str) -> Option<StoredObject> {
        self.world.object(&self.bucket, key)
    }

    fn upload(&self, id: &str) -> Option<StoredUpload> {
        let uploads = self.world.uploads(&self.bucket);
        uploads.into_iter().find(|upload| upload.upload_id == id)
    }

    /// A page of ListParts is about to be answered, the first of a look or one behind it: a part whose page
    /// had been shown by then is not seen any more (`docs/safety.md`, law 4).
    pub(crate) fn shown(&mut self, id: &str, is_first: bool) {
        let upload = self.upload(id);
        let shown = self.shown.entry(id.to_owned()).or_default();
        if is_first && self.journals.len() < 2 {
            shown.clear();
        }
        shown.extend(upload);
    }

    /// An abort is about to be sent.
    pub(crate) fn abort(&mut self, id: &str, now: Timestamp) {
        let planned = self.planned[id];
        if self.aborted.contains(id) {
            // Again, because parts remain: what was in flight has landed.
            return;
        }
        if self.shows_gone && self.upload(id).is_none() {
            // What is gone is shown as empty: an abort of it changes nothing.
            return self.assert_written("abort", id);
        }
        let shown = self.shown.get(id).map(Vec::as_slice).unwrap_or_default();
        assert!(!shown.is_empty(), "aborted without a look that saw it");
        // What an abort before the crash may have left of it is no change.
        let is_doubted = self.doubted.contains(id);
        let as_planned = shown.iter().rev().find(|shown| {
            let was = (shown.parts.len(), shown.bytes());
            planned.is(was) || (is_doubted && planned.can_be_left(was))
        });
        let shown = as_planned.unwrap_or_else(|| {
            panic!(
                "changed since the plan: {planned:?}, now {:?}",
                shown.last()
            )
        });
        let newest = shown.parts.iter().map(|part| part.modified).max();
        let active = newest.max(Some(shown.initiated)).unwrap();
        assert!(
            now.duration_since(active) >= self.older_than,
            "younger than the floor"
        );
        self.assert_written("abort", id);
        self.aborted.insert(id.to_owned());
    }

    /// The journal has a line of this act and name (law 7).
    fn assert_written(&self, act: &str, name: &str) {
        let act = format!("\"act\":\"{act}\"");
        let written = self.journals.iter().any(|journal| {
            let journal = String::from_utf8(journal.bytes()).unwrap();
            let mut lines = journal.lines();
            lines.any(|line| line.contains(&act) && line.contains(name))
        });
        assert!(written, "the journal does not know of {act} of {name}");
    }

    /// Our process has died: of which objects it had told that they are in danger, by its journal.
    pub(crate) fn read_what_was_told(&mut self) {
        let journals = self.journals.iter().map(Memory::bytes);
        let journal: Vec<u8> = journals.flatten().collect();
        for line in journal.split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else {
                continue;
            };
            if line["outcome"] == "at_risk" || line["outcome"] == "unverified" {
                self.told.insert(line["key"].as_str().unwrap().to_owned());
            }
        }
    }

    /// A spare copy is about to be made.
    pub(crate) fn copies(&self, spare: &str) {
        assert!(spare.starts_with(SPARE));
        self.assert_written("repair", spare);
    }

    /// An object is about to be repaired: one that was completed from parts, which alone can be in danger.
    pub(crate) fn repairs(object: &ObjectHead) {
        let etag = object.etag.as_deref().unwrap_or_default();
        let is_of_parts = etag.trim_matches('"').contains('-');
        assert!(
            is_of_parts,
            "what was written in one piece is repaired: {etag}"
        );
    }

    /// An object is about to be written anew from itself.
    pub(crate) fn rewrites(&mut self, key: &str, object: &ObjectHead) {
        self.assert_written("rewrite", object.etag.as_deref().unwrap());
        self.rewritten.insert(key.to_owned());
    }

    /// A spare copy is about to be brought back: whether it is over the object that was looked at.
    /// Written in the instant between the look and the copy, it is lost and nobody's fault
    /// (`docs/safety.md`).
    pub(crate) fn brings_back(&mut self, key: &str, object: &ObjectHead) -> bool {
        let now = self.object_at(key);
        let is_same = now.is_some_and(|now| object.etag.as_ref() == Some(&now.etag));
        if !is_same {
            self.objects.remove(key);
        }
        is_same
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
            if let Some(object) = object {
                assert!(object.data.is_readable(), "object {key} lost its data");
            }
            let what = |object: &StoredObject| {
                let mut object = object.clone();
                if self.rewritten.contains(key) {
                    object.etag.clear();
                    object.parts.clear();
                }
                (object.size, object.etag, object.parts, object.attributes)
            };
            let is_as_left = object.map(what) == left.as_ref().map(what);
            assert!(is_as_left, "object {key} was {left:?} and is {object:?}");
        }
        self.check_spares();
    }

    /// No spare copy is left, no version of one and no marker; what clients wrote is still there.
    fn check_spares(&self) {
        let versions = self.world.versions(&self.bucket);
        let name = |version: &StoredVersion| match version {
            StoredVersion::Object(object) => (object.key.clone(), object.version.clone()),
            StoredVersion::Marker { key, version, .. } => (key.clone(), version.clone()),
        };
        let names: BTreeSet<_> = versions.iter().map(name).collect();
        let spare = names.iter().find(|(key, _)| key.starts_with(SPARE));
        assert!(
            spare.is_none() || !self.told.is_empty(),
            "{spare:?} is left"
        );
        let gone = |(_, version): &&(String, String)| version != "null";
        let gone = self.versions.difference(&names).find(gone);
        assert!(gone.is_none(), "version {gone:?} is gone");
    }
}
