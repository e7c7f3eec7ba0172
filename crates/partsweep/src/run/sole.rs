//! Whether another sweep of the same account is at work on this machine.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Says that a sweep is at work, until it is dropped or the process ends, however that is.
#[derive(Debug)]
pub(crate) struct Sole(#[expect(dead_code, reason = "held, not used")] Vec<SoleLock>);

impl Sole {
    /// None if another sweep of this account is at work on this machine. Where that cannot be found
    /// out, it is not said that there is none.
    ///
    /// Two sweeps are of one account if they have one access key, or the store has named the same account
    /// to both: it names none where buckets are named.
    pub(crate) fn claim(endpoint: &str, key: Option<&str>, account: Option<&str>) -> Option<Self> {
        let endpoint = as_one(endpoint);
        let of_account = account.map(|account| ("account", account));
        let names = [Some(("key", key.unwrap_or_default())), of_account];
        let held = names.into_iter().flatten().map(|name| {
            let mut hasher = DefaultHasher::new();
            (&endpoint, name).hash(&mut hasher);
            hold(&format!("partsweep-sweep-{:016x}", hasher.finish()))
        });
        held.collect::<Option<_>>().map(Self)
    }
}

/// An endpoint, with all names of this machine as one.
fn as_one(endpoint: &str) -> String {
    let endpoint = endpoint.to_ascii_lowercase();
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", &endpoint));
    let here = ["localhost", "[::1]", "127.0.0.1"];
    let port = here.into_iter().find_map(|name| {
        let port = rest.strip_prefix(name)?;
        (port.is_empty() || port.starts_with([':', '/'])).then_some(port)
    });
    match port {
        Some(port) => format!("{scheme}://here{port}"),
        None => endpoint,
    }
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

    #[test]
    fn one_sweep_of_an_account_is_alone_and_the_next_is_not() {
        let endpoint = format!("http://127.0.0.1:{}", std::process::id());
        let claim = |key, account| Sole::claim(&endpoint, Some(key), account);
        let first = claim("AKIA1", Some("a"));
        assert!(first.is_some() && claim("AKIA2", Some("b")).is_some());
        assert!(
            claim("AKIA3", Some("a")).is_none(),
            "another key of the account"
        );
        assert!(claim("AKIA1", None).is_none(), "the account was not named");
        let by_name = endpoint.replace("127.0.0.1", "LOCALHOST");
        assert!(Sole::claim(&by_name, Some("AKIA1"), None).is_none());
        drop(first);
        assert!(claim("AKIA1", Some("a")).is_some());
    }
}
