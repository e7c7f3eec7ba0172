//! The store without its socket: what it holds, its clock, its faults and its log.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::clock::Clock;
use super::faults::Faults;
use super::log::{Log, Logged};
use super::setup::Setup;
use super::shared::{Dates, Shared};
use crate::access::rights::{Credential, Rights};
use crate::access::signature::Verifier;
use crate::habits::Habits;
use crate::locks::write;
use crate::store::state::State;
use crate::wire::operation::Operation;

/// A store in memory that no socket leads to; [`Sim`](crate::server::sim::Sim) puts it on one.
///
/// Its methods look at and change what it holds, without a request: as a foreign client would, or
/// as a test must. Clones are the same store.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) shared: Arc<Shared>,
}

impl World {
    /// An empty store; it needs no runtime. The setup's port has no meaning here.
    pub fn new(setup: Setup) -> Self {
        let shared = Shared {
            habits: setup.habits,
            clock: setup.clock,
            region: setup.region,
            checks_time: setup.checks_time,
            state: RwLock::new(State::new(setup.seed)),
            rights: RwLock::new(Rights::new(setup.credentials)),
            sessions: RwLock::default(),
            faults: Faults::default(),
            log: Log::new(setup.log_capacity),
            verifier: Verifier::default(),
            request_ids: AtomicU64::new(0x5155_0000_0000_0000),
            dates: Dates::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The store that it behaves like.
    pub fn habits(&self) -> &Habits {
        &self.shared.habits
    }

    /// Faults, rate limit and latency.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Waits that long before each request is done.
    pub fn latency(&self, latency: Duration) {
        self.shared.faults.latency(latency);
    }

    /// Lets one more caller in, with all rights.
    pub fn add_credential(&self, credential: Credential) {
        write(&self.shared.rights).add(credential);
    }

    /// Denies a caller an operation in one bucket, or in all.
    pub fn deny(&self, access_key: &str, bucket: Option<&str>, operation: Operation) {
        write(&self.shared.rights).deny(access_key, bucket, operation);
    }

    /// Denies a caller everything in one bucket.
    pub fn deny_all(&self, access_key: &str, bucket: &str) {
        let mut rights = write(&self.shared.rights);
        for operation in Operation::ALL {
            rights.deny(access_key, Some(bucket), operation);
        }
    }

    /// Gives a caller all rights back.
    pub fn allow_all(&self, access_key: &str) {
        write(&self.shared.rights).allow_all(access_key);
    }

    /// Makes the index of a bucket count so many uploads more than it lists, as that of a Ceph gateway does after
    /// an entry was lost.
    pub fn miscount(&self, bucket: &str, by: i64) {
        if let Some(bucket) = write(&self.shared.state).buckets.get_mut(bucket) {
            bucket.miscount = by;
        }
    }

    /// The last requests, oldest first; at most [`Setup::log_capacity`].
    ///
    /// A request is there when its answer is sent.
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log.last()
    }

    /// Forgets the log and sets its counters to 0.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// How often an operation was asked for.
    pub fn count(&self, operation: Operation) -> u64 {
        self.shared.log.count(operation)
    }

    /// How many requests came.
    pub fn total(&self) -> u64 {
        self.shared.log.total()
    }

    /// The most requests that were in flight at once.
    pub fn most_in_flight(&self) -> u64 {
        self.shared.log.most_in_flight()
    }

    /// How many requests were answered 503 or 429.
    pub fn refused(&self) -> u64 {
        self.shared.log.refused()
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.shared.log.connections()
    }
}
