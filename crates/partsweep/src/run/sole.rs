//! Whether another sweep of the same account is at work on this machine.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, ToSocketAddrs, UdpSocket};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// How long a name may take to be looked up. The store has just answered, so that this takes long only
/// where a proxy looks names up and this machine cannot.
const LONGEST_LOOKUP: Duration = Duration::from_secs(1);

/// Says that a sweep is at work, until it is dropped or the process ends, however that is.
#[derive(Debug)]
pub(crate) struct Sole(#[expect(dead_code, reason = "held, not used")] Vec<SoleLock>);

impl Sole {
    /// None if another sweep of this account is at work on this machine. Where that cannot be found
    /// out, it is not said that there is none.
    ///
    /// Two sweeps are of one account if they have one access key, or the store has named the same account
    /// to both: it names none where buckets are named.
    pub(crate) async fn claim(
        endpoint: &str,
        key: Option<&str>,
        account: Option<&str>,
    ) -> Option<Self> {
        let places = places(endpoint).await;
        let of_account = account.map(|account| ("account", account));
        let names = [Some(("key", key.unwrap_or_default())), of_account];
        let names = names.into_iter().flatten();
        let held = names.flat_map(|name| places.iter().map(move |place| (place, name)));
        let held = held.map(|of| {
            let mut hasher = DefaultHasher::new();
            of.hash(&mut hasher);
            hold(&format!("partsweep-sweep-{:016x}", hasher.finish()))
        });
        held.collect::<Option<_>>().map(Self)
    }
}

/// What an endpoint is, by its name and by each address of it, with all addresses of this machine as one.
/// Two endpoints that have one of these in common are one store.
async fn places(endpoint: &str) -> BTreeSet<(String, u16, String)> {
    let endpoint = endpoint.trim_end_matches('/').to_ascii_lowercase();
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", &endpoint));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    let port = port.unwrap_or(if scheme == "http" { 80 } else { 443 });
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = addresses(host.to_owned()).await;
    let addresses = addresses.into_iter().map(|address| match is_here(address) {
        true => "here".to_owned(),
        false => address.to_canonical().to_string(),
    });
    let hosts = addresses.chain([host.to_owned()]);
    hosts.map(|host| (host, port, path.to_owned())).collect()
}

/// The addresses of a host; none if they cannot be found out soon. In a thread of its own: nothing waits
/// for one that hangs.
async fn addresses(host: String) -> Vec<IpAddr> {
    let (found, answer) = oneshot::channel();
    thread::spawn(move || {
        let addresses = (host.as_str(), 0).to_socket_addrs();
        let addresses = addresses.map(|all| all.map(|address| address.ip()).collect());
        let _ = found.send(addresses.unwrap_or_default());
    });
    match tokio::time::timeout(LONGEST_LOOKUP, answer).await {
        Ok(Ok(addresses)) => addresses,
        _ => Vec::new(),
    }
}

/// Whether an address is this machine's: no other can be bound.
fn is_here(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

/// A name that the kernel keeps for the socket that is bound to it: over all users and their
/// directories, and given back with the process.
#[cfg(target_os = "linux")]
type SoleLock = std::os::unix::net::UnixListener;

#[cfg(target_os = "linux")]
fn hold(name: &str) -> Option<SoleLock> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
    SoleLock::bind_addr(&address).ok()
}

/// A locked file in the temporary directory.
#[cfg(not(target_os = "linux"))]
type SoleLock = std::fs::File;

#[cfg(not(target_os = "linux"))]
fn hold(name: &str) -> Option<SoleLock> {
    let path = std::env::temp_dir().join(name);
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .ok()?;
    file.try_lock().ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_sweep_of_an_account_is_alone_and_the_next_is_not() {
        let endpoint = format!("http://127.0.0.1:{}", std::process::id() % 60_000);
        let claim = |key, account| Sole::claim(&endpoint, Some(key), account);
        let first = claim("AKIA1", Some("a")).await;
        assert!(first.is_some() && claim("AKIA2", Some("b")).await.is_some());
        let other_key = claim("AKIA3", Some("a")).await;
        assert!(other_key.is_none(), "another key of the account");
        let unnamed = claim("AKIA1", None).await;
        assert!(unnamed.is_none(), "the account was not named");
        drop(first);
        assert!(claim("AKIA1", Some("a")).await.is_some());
    }

    /// This machine's own address in its network, if it has one: a store is reached by it, too.
    fn own_address() -> Option<String> {
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        // Sends nothing.
        socket.connect("192.0.2.1:9").ok()?;
        Some(socket.local_addr().ok()?.ip().to_string())
    }

    #[tokio::test]
    async fn all_names_of_this_machine_are_one_place_and_others_are_not() {
        let of = |host: &str| {
            let endpoint = format!("http://{host}:9000");
            async move { places(&endpoint).await }
        };
        let here = of("127.0.0.1").await;
        let mut names = vec![
            "LOCALHOST".to_owned(),
            "127.0.0.2".to_owned(),
            "0.0.0.0".to_owned(),
            "[::1]".to_owned(),
            "[::ffff:127.0.0.1]".to_owned(),
            "[::ffff:7f00:1]".to_owned(),
        ];
        names.extend(own_address());
        let host_name = std::fs::read_to_string("/proc/sys/kernel/hostname");
        let host_name = host_name.unwrap_or_default().trim().to_owned();
        if (host_name.as_str(), 0).to_socket_addrs().is_ok() {
            names.push(host_name);
        }
        for name in names {
            assert!(!of(&name).await.is_disjoint(&here), "{name}");
        }
        for other in ["192.0.2.1", "[2001:db8::1]", "[::ffff:192.0.2.1]"] {
            assert!(of(other).await.is_disjoint(&here), "{other}");
        }
        let mapped = of("[::ffff:192.0.2.1]").await;
        assert!(!of("192.0.2.1").await.is_disjoint(&mapped));
        let other_port = places("http://127.0.0.1:9001").await;
        assert!(other_port.is_disjoint(&here));
        // The port that is meant, and what comes behind it.
        let named = places("https://127.0.0.1:443/a/").await;
        assert!(!places("https://localhost/a").await.is_disjoint(&named));
        assert!(places("https://localhost/b").await.is_disjoint(&named));
    }
}
