//! What is typed while a progress bar is drawn isn't shown: it would break the line of the bar, and the piece
//! above it would stay.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid, tcgetpgrp};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// So long at most it takes until a stop holds every thread: the call returns before that.
const STOPPING: Duration = Duration::from_millis(50);

/// The terminal that is typed on. All clones are about the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hush(Arc<Mutex<bool>>);

impl Hush {
    /// What is typed is not shown from now on. Does nothing where nobody types, or where it isn't shown
    /// already.
    pub(crate) fn begin(&self) {
        let mut is_hushed = self.held();
        if !*is_hushed && set_echo(false) {
            *is_hushed = true;
        }
    }

    /// What is typed is shown again; returns whether it was not.
    pub(crate) fn end(&self) -> bool {
        let was_hushed = std::mem::take(&mut *self.held());
        if was_hushed {
            set_echo(true);
        }
        was_hushed
    }

    /// Stops the process as Ctrl-Z does, with the terminal as it was; returns when it goes on.
    pub(crate) fn stop_process(&self) {
        let was_hushed = self.end();
        // It goes on with a signal, or did not stop.
        let _ = kill_process(getpid(), Signal::STOP);
        thread::sleep(STOPPING);
        if was_hushed {
            self.begin();
        }
    }

    fn held(&self) -> MutexGuard<'_, bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether that changed anything. A terminal that is gone shows nothing anyway.
fn set_echo(is_on: bool) -> bool {
    let stdin = io::stdin();
    let Some(mut modes) = tcgetattr(&stdin).ok().filter(|_| is_in_front()) else {
        return false;
    };
    let was_on = modes.local_modes.contains(LocalModes::ECHO);
    modes.local_modes.set(LocalModes::ECHO, is_on);
    was_on != is_on && tcsetattr(&stdin, OptionalActions::Now, &modes).is_ok()
}

/// Whether this process is in the foreground: one in the background is stopped if it sets a terminal.
fn is_in_front() -> bool {
    known(tcgetpgrp(io::stdin())).is_some_and(|group| group == getpgrp())
}

/// Whether a shell started this process as a job of its own: then there is one that lets it go on.
pub(crate) fn is_job() -> bool {
    let parent = getppid();
    let same_session =
        known(getsid(Some(parent))).is_some_and(|session| known(getsid(None)) == Some(session));
    let other_group = known(getpgid(Some(parent))).is_some_and(|group| group != getpgrp());
    same_session && other_group
}

/// A session or a group of this container. The kernel calls those that began outside of it 0, as with
/// `docker exec` or `unshare --pid`.
fn known(id: nix::Result<Pid>) -> Option<Pid> {
    id.ok().filter(|id| id.as_raw() > 0)
}
