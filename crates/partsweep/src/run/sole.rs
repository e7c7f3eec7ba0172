//! Whether another sweep of the same account is at work on this machine.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Says that a sweep is at work, until it is dropped or the process ends, however that is.
#[derive(Debug)]
pub(crate) struct Sole(#[expect(dead_code, reason = "held, not used")] Held);

impl Sole {
    /// None if another sweep of this account is at work on this machine. Where that cannot be found
    /// out, it is not said that there is none.
    pub(crate) fn claim(endpoint: &str, account: Option<&str>) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        (endpoint, account).hash(&mut hasher);
        let name = format!("partsweep-sweep-{:016x}", hasher.finish());
        hold(&name).map(Self)
    }
}

/// A name that the kernel keeps for the socket that is bound to it: over all users and their
/// directories, and given back with the process.
#[cfg(target_os = "linux")]
type Held = std::os::unix::net::UnixListener;

#[cfg(target_os = "linux")]
fn hold(name: &str) -> Option<Held> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
    Held::bind_addr(&address).ok()
}

/// A locked file in the temporary directory.
#[cfg(not(target_os = "linux"))]
type Held = std::fs::File;

#[cfg(not(target_os = "linux"))]
fn hold(name: &str) -> Option<Held> {
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
        let claim = |account| Sole::claim(&endpoint, Some(account));
        let first = claim("a");
        assert!(first.is_some() && claim("b").is_some());
        assert!(claim("a").is_none());
        drop(first);
        assert!(claim("a").is_some());
    }
}
