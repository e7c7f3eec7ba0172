//! A simulated store for one test.

use jiff::{SignedDuration, Timestamp};
use partsweep_sim::{Front, Habits, Operation, Setup, Sim};
use tokio::runtime::Runtime;

use crate::folder::Folder;

/// A store with its own runtime, gone when dropped.
pub(crate) struct Store {
    pub(crate) sim: Sim,
    /// Where the program keeps its journals, unless a test says otherwise: another store may come
    /// to have the same port.
    pub(crate) state: Folder,
    runtime: Runtime,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self::with(Setup::new(Habits::aws()))
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sim = runtime.block_on(Sim::start(setup)).unwrap();
        Self {
            sim,
            state: Folder::new(),
            runtime,
        }
    }

    /// The store behind TLS and whatever host name is asked for.
    pub(crate) fn front(&self) -> Front {
        let front = self.runtime.block_on(Front::start(self.sim.port()));
        front.unwrap()
    }

    /// Bucket `old` with two uploads of 3 MB in all that were left days ago, and bucket `mixed`
    /// with one such of 4 MB, one without parts, and one that is live.
    pub(crate) fn filled() -> Self {
        let store = Self::new();
        store.upload("old", "a/first", &[1_000_000], 72);
        store.upload("old", "b second", &[1_500_000, 500_000], 48);
        store.upload("mixed", "stale", &[4_000_000], 240);
        store.upload("mixed", "empty", &[], 240);
        store.upload("mixed", "young", &[7_000_000], 0);
        store
    }

    /// Begins an upload that many hours ago, with parts from the same time; returns its id.
    pub(crate) fn upload(&self, bucket: &str, key: &str, parts: &[u64], hours_ago: i64) -> String {
        let time = Timestamp::now() - SignedDuration::from_hours(hours_ago);
        self.sim.create_bucket(bucket);
        let id = self.sim.create_upload_at(bucket, key, time).unwrap();
        for (number, size) in (1..).zip(parts) {
            self.sim
                .put_part_at(bucket, key, &id, number, *size, time)
                .unwrap();
        }
        id
    }

    /// The keys of the uploads that are left in a bucket.
    pub(crate) fn left(&self, bucket: &str) -> Vec<String> {
        let uploads = self.sim.uploads(bucket);
        uploads.into_iter().map(|upload| upload.key).collect()
    }

    /// Requests that change something.
    pub(crate) fn changes(&self) -> u64 {
        [
            Operation::AbortMultipartUpload,
            Operation::DeleteBucket,
            Operation::DeleteObject,
            Operation::CompleteMultipartUpload,
            Operation::CreateBucket,
            Operation::CreateMultipartUpload,
            Operation::UploadPart,
            Operation::PutObject,
            Operation::Other,
        ]
        .map(|operation| self.sim.count(operation))
        .iter()
        .sum()
    }
}
