//! A store in which something else happens before each request: what a foreign client does, time
//! that passes, or the end of our process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use partsweep_core::pager::Markers;
use partsweep_core::provider::Provider;
use partsweep_core::{
    AbortAnswer, ApprovedUpload, BucketEntry, BucketName, Inspect, Key, Mutate, ObjectHead,
    PartPage, Spare, SpareName, StoreError, UploadAddress, UploadPage,
};
use partsweep_s3::Store;
use partsweep_sim::{Action, Foreigner};
use tokio_util::sync::CancellationToken;

use crate::history::Dice;
use crate::ledger::Ledger;

/// What happens around our requests.
pub(crate) struct Around {
    pub(crate) ledger: Ledger,
    pub(crate) client: Foreigner,
    pub(crate) dice: Dice,
    /// One in so many requests has something happen before it; 0 for none.
    pub(crate) meddling: u64,
    /// Requests until our process dies.
    pub(crate) crash_in: Option<u64>,
    pub(crate) crashed: CancellationToken,
    /// Completes that were begun and are not answered.
    pending: u64,
    /// HEADs of a key since its last abort.
    heads: HashMap<String, u32>,
}

impl Around {
    pub(crate) fn new(ledger: Ledger, client: Foreigner, dice: Dice) -> Self {
        Self {
            ledger,
            client,
            dice,
            meddling: 0,
            crash_in: None,
            crashed: CancellationToken::new(),
            pending: 0,
            heads: HashMap::new(),
        }
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
        self.ledger.foreign(&done);
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
                let action = self.dice.pick(&Action::ALL);
                self.act(action);
            }
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

    /// Something happens before a request, or after it our process is no more.
    async fn before(&self) {
        let dies = {
            let mut around = self.around();
            around.meddle();
            match &mut around.crash_in {
                Some(0) => {
                    around.crashed.cancel();
                    true
                }
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => false,
            }
        };
        if dies {
            std::future::pending::<()>().await;
        }
    }
}

impl Inspect for Meddled {
    fn provider(&self) -> &'static Provider {
        self.store.provider()
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        self.store.region(bucket)
    }

    async fn list_buckets(&self) -> Result<Vec<BucketEntry>, StoreError> {
        self.store.list_buckets().await
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        self.before().await;
        self.store.list_uploads(bucket, prefix, after).await
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        self.before().await;
        self.around().ledger.shown(upload.id.as_str());
        self.store.list_parts(upload, after).await
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        self.before().await;
        {
            let mut around = self.around();
            let heads = around.heads.entry(key.as_str().to_owned()).or_default();
            *heads += 1;
            // By the settling time, every complete that crossed has come to its end.
            if *heads >= 2 {
                around.answer_all();
            }
        }
        self.store.head_object(bucket, key).await
    }
}

impl Mutate for Meddled {
    async fn abort_upload(&self, upload: &ApprovedUpload) -> Result<AbortAnswer, StoreError> {
        self.before().await;
        {
            let mut around = self.around();
            let now = around.ledger.world.clock().now();
            around.ledger.abort(upload.address().id.as_str(), now);
            let key = upload.address().key.as_str().to_owned();
            around.heads.insert(key, 0);
        }
        self.store.abort_upload(upload).await
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
        self.before().await;
        self.store.copy_to_spare(bucket, key, object, name).await
    }

    /// Nothing happens between the look and this: that instant is the one that cannot be closed
    /// (`docs/safety.md`).
    async fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        self.store.copy_back(spare, key, object).await
    }

    async fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        self.store.rewrite_in_parts(bucket, key, object).await
    }

    async fn delete_spare(&self, spare: &Spare) -> Result<(), StoreError> {
        self.before().await;
        self.store.delete_spare(spare).await
    }
}
