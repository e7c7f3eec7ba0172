//! How many files the process may open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::terminal::console::Console;
use crate::text::figures::{count, counted};

/// Files beside connections: the streams, a saved scan, a journal, what waits on disk, the runtime's own,
/// the names that are looked up.
const OTHERS: u64 = 32;

/// Makes room for so many requests at once, each of which takes so many files: raises the limit of this
/// process as far as it may. Returns how many requests there is room for, at least one.
pub(crate) fn room_for(requests: u16, files_of_each: u64, console: &Console) -> u16 {
    let wanted = u64::from(requests) * files_of_each + OTHERS;
    let limit = raised(getrlimit(Resource::Nofile), wanted);
    let room = limit.saturating_sub(OTHERS) / files_of_each.max(1);
    let room = u16::try_from(room).unwrap_or(u16::MAX).clamp(1, requests);
    if room < requests {
        console.note(&format!(
            "{} at once, not {}: this process may open only {} files (see `ulimit -Hn`)",
            counted(room.into(), "request"),
            count(requests.into()),
            count(limit)
        ));
    }
    room
}

/// The limit, raised to what is wanted if it may be. `None` in it is no limit.
fn raised(now: Rlimit, wanted: u64) -> u64 {
    let has = now.current.unwrap_or(u64::MAX);
    if has >= wanted {
        return has;
    }
    let most = now.maximum.unwrap_or(u64::MAX).min(wanted);
    let more = Rlimit {
        current: Some(most),
        maximum: now.maximum,
    };
    // What is not allowed leaves it as it was.
    match setrlimit(Resource::Nofile, more) {
        Ok(()) => most,
        Err(_) => has,
    }
}
