//! The addresses of host names: looked up once in a while, and used in turn.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long addresses are kept: stores that steer by DNS change theirs every minute or so (AWS
/// gives 5 to 60 s), and the system does not say for how long they are good.
const KEPT: Duration = Duration::from_secs(30);

/// How long it is kept that a name is unknown, so that requests that all wait for it ask once.
const UNKNOWN_KEPT: Duration = Duration::from_secs(1);

/// How long an address that failed is used only after the others.
const SHUNNED: Duration = Duration::from_secs(30);

/// Names that are remembered before those that are out of date are dropped: on AWS each bucket has
/// its own.
const MANY: usize = 1_000;

/// Looks names up.
pub(crate) type Lookup = Arc<dyn Fn(String, u16) -> LookupFuture + Send + Sync>;
type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// A name that has no address.
#[derive(Debug, Clone, thiserror::Error)]
#[error("dns error: {why}")]
pub(crate) struct Unknown {
    why: String,
}

/// What is known of host names.
#[derive(Clone)]
pub(crate) struct Names {
    lookup: Lookup,
    known: Arc<Mutex<HashMap<(String, u16), Entry>>>,
}

type Entry = Arc<tokio::sync::Mutex<Option<NameEntry>>>;

struct NameEntry {
    found: Result<Vec<SocketAddr>, Unknown>,
    until: Instant,
    /// How often they were asked for.
    turn: usize,
    failed: HashMap<SocketAddr, Instant>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

impl Names {
    /// Asks the system.
    pub(crate) fn of_system() -> Self {
        Self::new(Arc::new(|host, port| {
            Box::pin(async move {
                // Whatever the system makes of it, it is this machine (RFC 6761, 6.3): a bucket of a store here.
                if host.to_ascii_lowercase().ends_with(".localhost") {
                    let here = [
                        Ipv4Addr::LOCALHOST.into(),
                        IpAddr::from(Ipv6Addr::LOCALHOST),
                    ];
                    return Ok(here.map(|address| SocketAddr::new(address, port)).to_vec());
                }
                Ok(tokio::net::lookup_host((host, port)).await?.collect())
            })
        }))
    }

    pub(crate) fn new(lookup: Lookup) -> Self {
        Self {
            lookup,
            known: Arc::default(),
        }
    }

    /// The addresses of a host, another one first each time. Those of the family that the system
    /// prefers come before the others, and those that failed of late come last.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Unknown> {
        let entry = self.entry(host, port);
        // One looks up, the others wait for it.
        let mut entry = entry.lock().await;
        let now = Instant::now();
        if entry.as_ref().is_none_or(|known| known.until <= now) {
            let found = (self.lookup)(host.to_owned(), port).await;
            let found = match found {
                Ok(found) if found.is_empty() => Err("there is no address".to_owned()),
                Ok(found) => Ok(found),
                Err(error) => Err(error.to_string()),
            };
            let kept = if found.is_ok() { KEPT } else { UNKNOWN_KEPT };
            let before = entry.take();
            *entry = Some(NameEntry {
                found: found.map_err(|why| Unknown { why }),
                until: Instant::now() + kept,
                turn: before.as_ref().map_or(0, |before| before.turn),
                failed: before.map(|before| before.failed).unwrap_or_default(),
            });
        }
        match entry.as_mut() {
            Some(known) => known.in_turn(now),
            None => Ok(Vec::new()),
        }
    }

    /// An address did not take a connection: others first.
    pub(crate) async fn shun(&self, host: &str, port: u16, address: SocketAddr) {
        if let Some(known) = self.entry(host, port).lock().await.as_mut() {
            known.failed.insert(address, Instant::now() + SHUNNED);
        }
    }

    fn entry(&self, host: &str, port: u16) -> Entry {
        let mut known = self.known();
        if known.len() > MANY {
            let now = Instant::now();
            known.retain(|_, entry| {
                entry.try_lock().map_or(true, |entry| {
                    entry.as_ref().is_some_and(|known| known.until > now)
                })
            });
        }
        known.entry((host.to_owned(), port)).or_default().clone()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(String, u16), Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NameEntry {
    fn in_turn(&mut self, now: Instant) -> Result<Vec<SocketAddr>, Unknown> {
        let found = self.found.as_ref().map_err(Clone::clone)?;
        let prefers_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
        let (mut first, mut then): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|address| address.is_ipv6() == prefers_v6);
        for family in [&mut first, &mut then] {
            let turn = self.turn.checked_rem(family.len()).unwrap_or_default();
            family.rotate_left(turn);
        }
        self.turn = self.turn.wrapping_add(1);
        first.append(&mut then);
        self.failed.retain(|_, until| *until > now);
        first.sort_by_key(|address| self.failed.contains_key(address));
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn names(found: &'static [&'static str]) -> (Names, Arc<AtomicUsize>) {
        let lookups = Arc::new(AtomicUsize::new(0));
        let count = lookups.clone();
        let names = Names::new(Arc::new(move |_, port| {
            count.fetch_add(1, Ordering::Relaxed);
            let all = found
                .iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
            let all: Vec<_> = all.collect();
            Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(all)
            })
        }));
        (names, lookups)
    }

    async fn first(names: &Names) -> String {
        let addresses = names.addresses("host", 1).await.unwrap();
        addresses[0].ip().to_string()
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_and_its_addresses_are_used_in_turn() {
        let (names, lookups) = names(&["10.0.0.1", "10.0.0.2", "::1"]);
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(first(&names).await);
        }
        assert_eq!(seen, ["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2"]);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let names = names.clone();
            all.spawn(async move { names.addresses("other", 1).await.unwrap().len() });
        }
        assert_eq!(all.join_all().await, [3; 50]);
        assert_eq!(lookups.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn an_address_that_failed_comes_last() {
        let (names, _) = names(&["10.0.0.1", "10.0.0.2"]);
        first(&names).await;
        let failed = "10.0.0.2:1".parse().unwrap();
        names.shun("host", 1, failed).await;
        for _ in 0..3 {
            let addresses = names.addresses("host", 1).await.unwrap();
            assert_eq!(addresses.last(), Some(&failed));
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_unknown() {
        let (names, lookups) = names(&[]);
        for _ in 0..2 {
            let error = names.addresses("host", 1).await.unwrap_err();
            assert_eq!(error.to_string(), "dns error: there is no address");
        }
        assert_eq!(lookups.load(Ordering::Relaxed), 1);
    }
}
