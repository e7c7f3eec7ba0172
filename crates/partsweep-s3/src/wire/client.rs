//! What every request to one store needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use partsweep_core::Provider;

use super::session::Sessions;
use super::sign::Signer;
use crate::address::bucket_url::Places;
use crate::address::region::Regions;
use crate::config::credentials::Keys;
use crate::config::in_force::SettingsInForce;
use crate::config::observer::RequestObserver;
use crate::config::settings::Timeouts;
use crate::net::transport::Transport;
use crate::pace::breaker::CircuitBreaker;
use crate::pace::limiter::Pace;
use crate::reply::known::StoreFacts;
use crate::reply::versions::Versions;
use crate::secrets::Secrets;

/// A connection to one store with one set of credentials: sends requests, and knows none.
pub(crate) struct Client {
    pub(crate) transport: Transport,
    pub(crate) keys: Keys,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) signer: Signer,
    pub(crate) places: Places,
    pub(crate) regions: Regions,
    /// Those of directory buckets.
    pub(crate) sessions: Sessions,
    pub(crate) pace: Pace,
    pub(crate) timeouts: Timeouts,
    /// Sent so far, repeats included.
    pub(crate) requests: AtomicU64,
    /// The store wants the length of a request also where there is nothing to be counted (411).
    pub(crate) wants_length: AtomicBool,
    /// A request was answered: the keys are good, whatever one bucket says of them.
    pub(crate) keys_work: AtomicBool,
    pub(crate) known: StoreFacts,
    pub(crate) versions: Versions,
    /// The store's URL, without credentials.
    pub(crate) endpoint: String,
    /// What the pace calls the endpoint where regions share one.
    pub(crate) only_endpoint: Arc<str>,
    pub(crate) life: CircuitBreaker,
    /// Told of each attempt at a request.
    pub(crate) observer: Option<RequestObserver>,
    pub(crate) in_force: SettingsInForce,
}

impl Client {
    /// What is known of the store by now.
    pub(crate) fn provider(&self) -> Provider {
        self.known.provider()
    }
}
