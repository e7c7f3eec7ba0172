//! A store in which something else happens before each request: what a foreign client does, time
//! that passes, or the end of our process.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use partsweep_core::provider::profile::Provider;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    AbortAnswer, ApprovedUpload, BucketList, BucketName, Clock, Inspect, Key, LookTime, Mutate,
    ObjectHead, OlderVersions, PartPage, Spare, SpareName, StoreError, StoreErrorKind,
    UploadAddress, UploadPage,
};
use partsweep_s3::Store;
use partsweep_sim::{Action, ForeignWriter};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::liar::Lies;
use crate::played::Played;
use crate::stalls::Moment;

/// How old a look may be when its abort is answered: two seconds when the abort leaves (law 4, `fresh.rs`
/// of the wire), and what the request and its answer may take.
const MOST_AGE: Duration = Duration::from_millis(2_500);

/// What happens around our requests.
pub(crate) struct Around {
    pub(crate) ledger: Ledger,
    pub(crate) client: ForeignWriter,
    pub(crate) dice: Dice,
    /// One in so many requests has something happen before it; 0 for none.
    pub(crate) meddling: u64,
    /// Instants until our process dies: before each request there is one, and one when it was done
    /// and its answer is not seen yet.
    pub(crate) crash_in: Option<u64>,
    /// The same, counted from the first spare copy on.
    pub(crate) crash_in_repair: Option<u64>,
    pub(crate) crashed: CancellationToken,
    pub(crate) played: Played,
    /// How the store lies, if it does.
    pub(crate) lies: Option<Arc<Lies>>,
    /// Everything that happened, in order: told of a history that failed.
    pub(crate) told: Vec<String>,
    /// Requests that the store is at work on.
    pub(crate) in_flight: u64,
    /// Copies over an object that the store is at work on: nothing happens meanwhile.
    copying: u64,
    /// Keys whose object has a spare copy that is not brought back yet.
    pub(crate) repair: HashSet<String>,
    /// Completes that were begun and are not answered.
    pending: u64,
    /// HEADs of a key since its last abort.
    heads: HashMap<String, u32>,
    /// When the first page of each look at an upload had come, by the clock of looks and by ours,
    /// which leaves out what a busy machine takes.
    looks: HashMap<String, Vec<(LookTime, Moment)>>,
    /// The store's clock is not moved beyond ours.
    pub(crate) clock_is_ours: bool,
    /// All that would be shown, written down or saved, if what was sent may come back in it.
    kept: Vec<String>,
}

impl Around {
    pub(crate) fn new(ledger: Ledger, client: ForeignWriter, dice: Dice) -> Self {
        Self {
            ledger,
            client,
            dice,
            meddling: 0,
            crash_in: None,
            crash_in_repair: None,
            crashed: CancellationToken::new(),
            played: Played::default(),
            lies: None,
            told: Vec::new(),
            in_flight: 0,
            copying: 0,
            repair: HashSet::new(),
            pending: 0,
            heads: HashMap::new(),
            looks: HashMap::new(),
            clock_is_ours: false,
            kept: Vec::new(),
        }
    }

    /// The time comes to ours.
    pub(crate) fn set_clock_to_ours(&self) {
        let clock = self.ledger.world.clock();
        clock.advance(Timestamp::now().duration_since(clock.now()));
    }

    /// Keeps a text that would be shown, written down or saved.
    pub(crate) fn keep(&mut self, text: &dyn fmt::Display) {
        if self.lies.as_ref().is_some_and(|lies| lies.echo()) {
            self.kept.push(text.to_string().to_ascii_lowercase());
        }
    }

    /// Nothing that was kept holds one of our secrets, or what a request was signed with (law 9).
    pub(crate) fn check_echoes(&mut self, secrets: &[&str]) {
        let Some(lies) = &self.lies else { return };
        let mut secrets: Vec<_> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        secrets.extend(lies.echoed());
        for secret in secrets.iter().map(|secret| secret.to_ascii_lowercase()) {
            let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for text in &self.kept {
                let is_clean = !text.contains(&secret) && !text.contains(&escaped);
                assert!(is_clean, "{secret} was echoed and is in {text}");
            }
        }
        if self.kept.iter().any(|text| text.contains("[redacted]")) {
            self.played.count("an echo was redacted");
        }
    }

    /// A look at an upload was answered: its first page.
    fn looked(&mut self, id: &str, look: LookTime) {
        let looks = self.looks.entry(id.to_owned()).or_default();
        looks.push((look, Moment::now()));
    }

    /// An abort was sent: on a look at that very upload, which was not too old (law 4).
    fn aborted(&mut self, id: &str, look: LookTime) {
        let looks = self.looks.get(id).map(Vec::as_slice).unwrap_or_default();
        let seen = looks.iter().rev().find(|(seen, _)| *seen == look);
        let (_, seen) = seen.unwrap_or_else(|| panic!("aborted on no look at it: {look:?}"));
        let age = seen.elapsed();
        assert!(age <= MOST_AGE, "aborted on a look of {age:?} ago");
        self.played.count("aborts of a measured look");
    }

    /// A client does something.
    pub(crate) fn act(&mut self, action: Action) {
        // A client that aborts its own complete loses its object by its own hand, and garbage is
        // collected hours later: not while a sweep or its resumption is at work.
        let own_loss = action == Action::Abort && self.pending > 0;
        if own_loss || action == Action::CollectGarbage {
            return;
        }
        let Some(done) = self.client.act(action) else {
            return;
        };
        match action {
            Action::BeginComplete if done.succeeded => self.pending += 1,
            Action::Answer => self.pending = self.pending.saturating_sub(1),
            _ => {}
        }
        if self.clock_is_ours && self.ledger.world.clock().now() > Timestamp::now() {
            self.set_clock_to_ours();
        }
        self.ledger.foreign(&done);
        self.told.push(format!("  {done:?}"));
        if done.succeeded {
            self.played.count(format!("{action:?}"));
        }
        let writes = matches!(action, Action::PutObject | Action::Complete | Action::Link);
        if writes && self.repair.contains(&done.key) {
            self.played.count("overwritten during a repair");
        }
    }

    /// Every complete that was begun is answered.
    pub(crate) fn answer_all(&mut self) {
        while self.pending > 0 {
            self.act(Action::Answer);
        }
    }

    fn meddle(&mut self) {
        if self.meddling > 0 && self.dice.one_in(self.meddling) {
            for _ in 0..=self.dice.below(2) {
                // Completes that cross our aborts are what matters most.
                let action = match self.dice.below(3) {
                    0 => Action::BeginComplete,
                    _ => self.dice.pick(&Action::ALL),
                };
                self.act(action);
            }
        }
    }

    /// Whether our process is dead, now or since a while.
    fn is_dead(&mut self, when: &str, request: &str) -> bool {
        if self.crashed.is_cancelled() {
            return true;
        }
        match &mut self.crash_in {
            Some(0) => {
                self.played.count(format!("died {when} {request}"));
                self.told.push(format!("died {when} {request}"));
                self.crashed.cancel();
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}

/// The store as the engine sees it.
pub(crate) struct Meddled {
    pub(crate) store: Arc<Store>,
    pub(crate) around: Arc<Mutex<Around>>,
}

impl Meddled {
    pub(crate) fn around(&self) -> MutexGuard<'_, Around> {
        self.around.lock().unwrap()
    }

    /// Something happens, then a request is sent, unless our process dies before or right after.
    ///
    /// `check` is what must hold when the request leaves. A process that is dead sees no answer,
    /// and what it has sent is done before it is started again.
    async fn request<T>(
        &self,
        (name, about): (&str, &str),
        meddled: bool,
        check: impl FnOnce(&mut Around),
        send: impl Future<Output = T>,
    ) -> T {
        // A copy over an object is let come to its end.
        while self.around().copying > 0 {
            tokio::task::yield_now().await;
        }
        let dead = {
            let mut around = self.around();
            if meddled {
                around.meddle();
            }
            let dead = around.is_dead("before", name);
            if !dead {
                around.told.push(format!("{name} {about}"));
                check(&mut around);
                around.in_flight += 1;
                around.copying += u64::from(!meddled);
            }
            dead
        };
        if dead {
            return std::future::pending().await;
        }
        let answer = send.await;
        let dead = {
            let mut around = self.around();
            around.told.push(format!("{name} {about} is done"));
            around.in_flight -= 1;
            around.copying -= u64::from(!meddled);
            around.is_dead("after", name)
        };
        if dead {
            return std::future::pending().await;
        }
        answer
    }
}

impl Inspect for Meddled {
    fn provider(&self) -> Provider {
        self.store.provider()
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        self.store.region(bucket)
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        self.store.list_buckets().await
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        let send = self.store.list_uploads(bucket, prefix, after);
        self.request(("ListMultipartUploads", prefix), true, |_| {}, send)
            .await
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        let shown = |around: &mut Around| around.ledger.shown(upload.id.as_str(), after == 0);
        let send = async {
            let page = self.store.list_parts(upload, after).await;
            if after == 0
                && let Ok(page) = &page
            {
                self.around().looked(upload.id.as_str(), page.answered);
            }
            page
        };
        self.request(("ListParts", upload.id.as_str()), true, shown, send)
            .await
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        let settled = |around: &mut Around| {
            let heads = around.heads.entry(key.as_str().to_owned()).or_default();
            *heads += 1;
            // By the settling time, every complete that crossed has come to its end.
            if *heads >= 2 {
                around.answer_all();
            }
        };
        let send = self.store.head_object(bucket, key);
        self.request(("HeadObject", key.as_str()), true, settled, send)
            .await
    }

    fn clock(&self) -> Clock {
        self.store.clock()
    }

    async fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        self.store.older_versions(bucket, key).await
    }
}

impl Mutate for Meddled {
    async fn abort_upload(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> Result<AbortAnswer, StoreError> {
        let id = upload.address().id.as_str();
        let aborts = |around: &mut Around| {
            let now = around.ledger.world.clock().now();
            around.ledger.abort(id, now);
            let key = upload.address().key.as_str().to_owned();
            around.heads.insert(key, 0);
        };
        let send = async {
            let answer = self.store.abort_upload(upload, look).await;
            let mut around = self.around();
            if matches!(answer, Ok(AbortAnswer::Done)) {
                around.ledger.freed.insert(id.to_owned());
            }
            match &answer {
                Err(error) if error.kind == StoreErrorKind::LookTooOld => {
                    around.played.count("aborts that came too late");
                }
                Err(error) if error.status.is_none() => {
                    around.ledger.unheard.insert(id.to_owned());
                    around.aborted(id, look);
                }
                _ => around.aborted(id, look),
            }
            answer
        };
        self.request(("AbortMultipartUpload", id), true, aborts, send)
            .await
    }

    async fn try_saving(&self, bucket: &BucketName) -> Result<(), StoreError> {
        self.store.try_saving(bucket).await
    }

    async fn copy_to_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> Result<Spare, StoreError> {
        let copies = |around: &mut Around| {
            around.ledger.copies(name.key().as_str());
            Ledger::repairs(object);
            around.repair.insert(key.as_str().to_owned());
            let crash_in = around.crash_in_repair.take();
            around.crash_in = crash_in.or(around.crash_in);
        };
        let send = self.store.copy_to_spare(bucket, key, object, name);
        self.request(("copy to a spare", key.as_str()), true, copies, send)
            .await
    }

    /// Nothing happens between the look and this: that instant is the one that cannot be closed
    /// (`docs/safety.md`).
    async fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        let brings = |around: &mut Around| {
            if !around.ledger.brings_back(key.as_str(), object) {
                around.played.count("overwritten in the last instant");
            }
            around.repair.remove(key.as_str());
        };
        let send = self.store.copy_back(spare, key, object);
        self.request(("copy back", key.as_str()), false, brings, send)
            .await
    }

    async fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        let rewrites = |around: &mut Around| {
            around.ledger.rewrites(key.as_str(), object);
            around.played.count("rewritten in parts");
            around.repair.remove(key.as_str());
        };
        let send = self.store.rewrite_in_parts(bucket, key, object);
        self.request(("rewriting in parts", key.as_str()), false, rewrites, send)
            .await
    }

    async fn delete_spare(&self, spare: &Spare) -> Result<(), StoreError> {
        // The name is one of ours: the journal has it.
        let deletes = |around: &mut Around| around.ledger.copies(spare.name.key().as_str());
        let send = self.store.delete_spare(spare);
        self.request(
            ("deletion of a spare", spare.name.key().as_str()),
            true,
            deletes,
            send,
        )
        .await
    }
}
