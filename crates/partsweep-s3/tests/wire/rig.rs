//! A simulated store with one bucket, and a client of it.

use std::time::Duration;

use partsweep_core::{BucketName, Inspect, Key, Mutate, ObjectHead, Spare, SpareName, StoreError};
use partsweep_s3::{Settings, StaticKeys, Store, Timeouts};
use partsweep_sim::{Acl, Attributes, Credential, Habits, Setup, Sim, StoredObject};

/// The one bucket.
pub(crate) const BUCKET: &str = "b";

/// A store and its client.
pub(crate) struct Rig {
    pub(crate) sim: Sim,
    pub(crate) store: Store,
}

/// All that can be said of an object.
pub(crate) fn described() -> Attributes {
    let pairs = |pairs: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    };
    Attributes {
        headers: pairs(&[
            ("cache-control", "max-age=60, public"),
            ("content-disposition", "attachment; filename=\"a b.mp4\""),
            ("content-encoding", "gzip"),
            ("content-language", "de"),
            ("content-type", "video/mp4"),
            ("expires", "Tue, 24 Nov 2026 00:00:00 GMT"),
            ("x-amz-meta-who", "me & \"you\" = é"),
        ]),
        tags: pairs(&[("a b", "1&2=3"), ("é", "")]),
        storage_class: "STANDARD_IA".to_owned(),
    }
}

/// Readable by everybody.
pub(crate) fn public() -> Acl {
    let mut acl = Acl::canned("public-read").unwrap();
    // The order in which the store reads them from headers; it means nothing.
    acl.grants.reverse();
    acl
}

pub(crate) fn bucket() -> BucketName {
    BucketName::new(BUCKET).unwrap()
}

pub(crate) fn key(key: &str) -> Key {
    Key::new(key).unwrap()
}

pub(crate) fn spare_name(number: u128) -> SpareName {
    SpareName::fresh(number)
}

impl Rig {
    /// An empty bucket on a store with these habits.
    pub(crate) async fn start(habits: Habits) -> Self {
        let sim = Sim::start(Setup::new(habits)).await.unwrap();
        let credential = Credential::simulated();
        let keys = StaticKeys::new(credential.access_key, credential.secret_key, None);
        let store = Store::connect(Settings {
            keys: Some(keys),
            ..crate::scripted::settings(sim.endpoint())
        })
        .await
        .unwrap();
        sim.create_bucket(BUCKET);
        Self { sim, store }
    }

    /// Connects anew, and gives up after so long without progress.
    pub(crate) async fn restart_with_patience(&mut self, patience: Duration) {
        let credential = Credential::simulated();
        let keys = StaticKeys::new(credential.access_key, credential.secret_key, None);
        self.store = Store::connect(Settings {
            keys: Some(keys),
            timeouts: Timeouts::default().without_progress(patience),
            ..crate::scripted::settings(self.sim.endpoint())
        })
        .await
        .unwrap();
    }

    /// The same with an object of so many bytes at `k`, of which all is said.
    pub(crate) async fn with_object(habits: Habits, bytes: u64) -> Self {
        let rig = Self::start(habits).await;
        rig.sim
            .put_object_with(BUCKET, "k", bytes, described(), public())
            .unwrap();
        rig
    }

    pub(crate) async fn head(&self, name: &str) -> ObjectHead {
        let head = self.store.head_object(&bucket(), &key(name)).await;
        head.unwrap().unwrap()
    }

    pub(crate) async fn to_spare(&self, name: &str) -> Result<Spare, StoreError> {
        let head = self.head(name).await;
        self.store
            .copy_to_spare(&bucket(), &key(name), &head, &spare_name(1))
            .await
    }

    pub(crate) async fn back(&self, spare: &Spare, name: &str) -> Result<(), StoreError> {
        let head = self.head(name).await;
        self.store.copy_back(spare, &key(name), &head).await
    }

    /// Copy, copy back, delete the copy.
    pub(crate) async fn save(&self, name: &str) {
        let spare = self.to_spare(name).await.unwrap();
        self.back(&spare, name).await.unwrap();
        self.store.delete_spare(&spare).await.unwrap();
    }

    pub(crate) fn object(&self, name: &str) -> StoredObject {
        self.sim.object(BUCKET, name).unwrap()
    }

    /// All keys that have an object.
    pub(crate) fn keys(&self) -> Vec<String> {
        let objects = self.sim.objects(BUCKET);
        objects.into_iter().map(|object| object.key).collect()
    }
}
