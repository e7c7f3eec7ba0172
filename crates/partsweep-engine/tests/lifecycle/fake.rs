//! A store that has nothing but one lifecycle, kept in one of several ways.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::provider::profiles;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketList, BucketName, Inspect, Key, LifecycleChange, LookTime, ManageLifecycle, ObjectHead,
    OlderVersions, Operation, PartPage, Provider, SeenLifecycle, StoreError, StoreErrorKind,
    UploadAddress, UploadPage,
};

pub(crate) const BUCKET: &str = "b";

/// What the store keeps of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Every byte.
    All,
    /// All rules, sorted, in another form.
    Sorted,
    /// Only the last rule.
    LastRule,
    /// No abort; a rule that has nothing else stays without an action.
    NoAbort,
    /// It says yes and does nothing.
    Nothing,
}

pub(crate) fn days(days: u32) -> NonZeroU32 {
    NonZeroU32::new(days).unwrap()
}

pub(crate) fn rule(id: &str, prefix: &str, action: &str) -> String {
    format!(
        "<Rule><ID>{id}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{action}</Rule>"
    )
}

pub(crate) fn document(rules: &[String]) -> String {
    format!(
        "<LifecycleConfiguration>{}</LifecycleConfiguration>",
        rules.concat()
    )
}

pub(crate) fn rules_of(text: Option<&str>) -> Vec<String> {
    let document = text.map(|text| LifecycleDocument::read(text).unwrap());
    document.map_or_else(Vec::new, |document| {
        (0..document.rules().len())
            .map(|index| document.rule_text(index).to_owned())
            .collect()
    })
}

impl Keeps {
    pub(crate) fn kept(self, text: &str) -> Option<String> {
        let mut rules = rules_of(Some(text));
        match self {
            Self::All => return Some(text.to_owned()),
            Self::Nothing => unreachable!("nothing is written"),
            Self::Sorted => {
                rules.sort_unstable();
                for rule in &mut rules {
                    *rule =
                        rule.replace("<Filter><Prefix></Prefix></Filter>", "<Prefix></Prefix>\n");
                }
            }
            Self::LastRule => rules = rules.pop().into_iter().collect(),
            Self::NoAbort => {
                for rule in &mut rules {
                    let (open, close) = (
                        "<AbortIncompleteMultipartUpload>",
                        "</AbortIncompleteMultipartUpload>",
                    );
                    if let (Some(from), Some(to)) = (rule.find(open), rule.find(close)) {
                        rule.replace_range(from..to + close.len(), "");
                    }
                }
            }
        }
        Some(document(&rules))
    }
}

type Hook = Box<dyn FnOnce() + Send>;

struct World {
    text: Option<String>,
    shown_before: Option<String>,
    stale: u32,
    stale_reads: u32,
    /// Every other read shows what was there before the last write.
    flaps: bool,
    busy: u32,
    lost: Option<bool>,
    puts: u32,
    requests: u32,
    scheduled: Vec<(u32, Option<String>)>,
    before_put: Option<Hook>,
    at_request: Option<(u32, Hook)>,
    in_queue: Option<Hook>,
    /// What other buckets have.
    others: BTreeMap<String, String>,
    /// Only the request after a look may be its write: with any other between them, the look is too old.
    is_slow: bool,
    throttled: Option<(u32, bool)>,
    /// From this write on, counted from 1, all are denied.
    denied_from: Option<u32>,
}

pub(crate) struct FakeStore {
    keeps: Keeps,
    world: Mutex<World>,
}

impl FakeStore {
    pub(crate) fn new(keeps: Keeps, text: Option<&str>) -> Self {
        Self {
            keeps,
            world: Mutex::new(World {
                text: text.map(str::to_owned),
                shown_before: None,
                stale: 0,
                stale_reads: 0,
                flaps: false,
                busy: 0,
                lost: None,
                puts: 0,
                requests: 0,
                scheduled: Vec::new(),
                before_put: None,
                at_request: None,
                in_queue: None,
                others: BTreeMap::new(),
                is_slow: false,
                throttled: None,
                denied_from: None,
            }),
        }
    }

    fn with<T>(&self, of: impl FnOnce(&mut World) -> T) -> T {
        of(&mut self.world.lock().unwrap())
    }

    pub(crate) fn text(&self) -> Option<String> {
        self.with(|world| world.text.clone())
    }

    pub(crate) fn puts(&self) -> u32 {
        self.with(|world| world.puts)
    }

    pub(crate) fn requests(&self) -> u32 {
        self.with(|world| world.requests)
    }

    pub(crate) fn stale_reads(&self, reads: u32) {
        self.with(|world| world.stale_reads = reads);
    }

    pub(crate) fn flaps(&self) {
        self.with(|world| world.flaps = true);
    }

    pub(crate) fn busy(&self, times: u32) {
        self.with(|world| world.busy = times);
    }

    /// A write is too late for its look if another request came between them.
    pub(crate) fn is_slow(&self) {
        self.with(|world| world.is_slow = true);
    }

    /// So many writes are answered with SlowDown; the last of them is done all the same, or not.
    pub(crate) fn throttles(&self, times: u32, is_done: bool) {
        self.with(|world| world.throttled = Some((times, is_done)));
    }

    /// The first write is done, and no other allowed.
    pub(crate) fn denies_all_but_one_write(&self) {
        self.with(|world| world.denied_from = Some(world.puts + 2));
    }

    /// All writes are allowed again.
    pub(crate) fn allows_writes(&self) {
        self.with(|world| world.denied_from = None);
    }

    /// How many other buckets have a lifecycle.
    pub(crate) fn others(&self) -> usize {
        self.with(|world| world.others.len())
    }

    /// The next write is not answered; it is done, or not.
    pub(crate) fn lose_answer(&self, is_done: bool) {
        self.with(|world| world.lost = Some(is_done));
    }

    pub(crate) fn before_put(&self, hook: impl FnOnce() + Send + 'static) {
        self.with(|world| world.before_put = Some(Box::new(hook)));
    }

    /// While the next write waits for its turn.
    pub(crate) fn in_queue(&self, hook: impl FnOnce() + Send + 'static) {
        self.with(|world| world.in_queue = Some(Box::new(hook)));
    }

    /// Just before the request of this number, counted from 1, is answered.
    pub(crate) fn at_request(&self, request: u32, hook: impl FnOnce() + Send + 'static) {
        self.with(|world| world.at_request = Some((request, Box::new(hook))));
    }

    pub(crate) fn someone_writes(&self, text: Option<&str>) {
        self.with(|world| world.text = text.map(str::to_owned));
    }

    /// Someone writes just before the request of this number, counted from 1, is answered.
    pub(crate) fn someone_writes_at(&self, request: u32, text: Option<&str>) {
        self.with(|world| world.scheduled.push((request, text.map(str::to_owned))));
    }

    pub(crate) fn means(&self, text: Option<&str>) -> bool {
        let read = |text: &str| LifecycleDocument::read(text).unwrap();
        match (self.text(), text) {
            (Some(here), Some(there)) => read(&here).means_the_same_as(&read(there)),
            (here, there) => here.is_none() && there.is_none(),
        }
    }
}

fn error(operation: Operation, kind: StoreErrorKind) -> StoreError {
    StoreError::new(operation, None, kind)
}

/// When the request of this number was answered.
fn look_time(number: u32) -> LookTime {
    LookTime::new(Duration::from_secs(number.into()))
}

impl World {
    fn count_request(&mut self) {
        self.requests += 1;
        let now = self.requests;
        if let Some((_, hook)) = self.at_request.take_if(|(at, _)| *at == now) {
            hook();
        }
        let due = self.scheduled.iter().position(|(at, _)| *at == now);
        if let Some(due) = due {
            self.text = self.scheduled.remove(due).1;
            self.stale = 0;
        }
    }
}

impl Inspect for FakeStore {
    fn provider(&self) -> Provider {
        profiles::UNKNOWN
    }

    fn region(&self, _: &BucketName) -> Option<String> {
        None
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        Ok(BucketList::default())
    }

    async fn list_uploads(
        &self,
        _: &BucketName,
        _: &str,
        _: &Markers,
    ) -> Result<UploadPage, StoreError> {
        Ok(UploadPage::default())
    }

    async fn list_parts(&self, _: &UploadAddress, _: u32) -> Result<PartPage, StoreError> {
        Err(error(Operation::ListParts, StoreErrorKind::NoSuchUpload))
    }

    async fn head_object(&self, _: &BucketName, _: &Key) -> Result<Option<ObjectHead>, StoreError> {
        Ok(None)
    }

    async fn older_versions(&self, _: &BucketName, _: &Key) -> Result<OlderVersions, StoreError> {
        Ok(OlderVersions::NONE)
    }

    async fn lifecycle(&self, bucket: &BucketName) -> Result<SeenLifecycle, StoreError> {
        tokio::task::yield_now().await;
        let (text, number) = self.with(|world| {
            world.count_request();
            let text = match world.stale {
                _ if bucket.as_str() != BUCKET => world.others.get(bucket.as_str()).cloned(),
                0 if world.flaps && world.puts > 0 && world.requests % 2 == 0 => {
                    world.shown_before.clone()
                }
                0 => world.text.clone(),
                _ => {
                    world.stale -= 1;
                    world.shown_before.clone()
                }
            };
            (text, world.requests)
        });
        Ok(SeenLifecycle {
            bucket: bucket.clone(),
            document: text.map(|text| LifecycleDocument::read(text).unwrap()),
            default_minimum: None,
            answered: look_time(number),
        })
    }
}

impl ManageLifecycle for FakeStore {
    async fn change_lifecycle(
        &self,
        change: &LifecycleChange,
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), StoreError> {
        let operation = Operation::PutBucketLifecycle;
        if let Some(queue) = self.with(|world| world.in_queue.take()) {
            queue();
            if !may_begin() {
                return Err(error(operation, StoreErrorKind::LookTooOld));
            }
        }
        let hook = self.with(|world| world.before_put.take());
        if let Some(hook) = hook {
            hook();
        }
        self.with(|world| {
            if world.is_slow && change.before().answered != look_time(world.requests) {
                return Err(error(operation, StoreErrorKind::LookTooOld));
            }
            world.puts += 1;
            // Nobody writes between a look and its write: that window no client can close.
            world.requests += 1;
            if world.denied_from.is_some_and(|from| world.puts >= from) {
                return Err(error(operation, StoreErrorKind::Denied));
            }
            if world.busy > 0 {
                world.busy -= 1;
                let mut busy = error(operation, StoreErrorKind::Server);
                busy.code = Some("OperationAborted".into());
                return Err(busy);
            }
            if change.bucket().as_str() != BUCKET {
                let name = change.bucket().as_str().to_owned();
                let text = change.after().map(|document| document.text().to_owned());
                match text {
                    Some(text) => drop(world.others.insert(name, text)),
                    None => drop(world.others.remove(&name)),
                }
                return Ok(());
            }
            let mut lost = world.lost.take();
            let mut slow_down = None;
            if let Some((times, is_done)) = &mut world.throttled
                && *times > 0
            {
                *times -= 1;
                lost = Some(*is_done && *times == 0);
                let mut refused = error(operation, StoreErrorKind::Throttled);
                refused.status = Some(503);
                refused.code = Some("SlowDown".into());
                slow_down = Some(refused);
            }
            if self.keeps != Keeps::Nothing && lost != Some(false) {
                let new = change
                    .after()
                    .and_then(|document| self.keeps.kept(document.text()));
                world.shown_before = std::mem::replace(&mut world.text, new);
                world.stale = world.stale_reads;
            }
            match (lost, slow_down) {
                (_, Some(refused)) => Err(refused),
                (Some(_), None) => Err(error(operation, StoreErrorKind::Timeout)),
                (None, None) => Ok(()),
            }
        })?;
        // A place to be cut off at.
        tokio::task::yield_now().await;
        Ok(())
    }
}
