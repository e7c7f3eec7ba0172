//! Signals that ask for the end (Ctrl-C, SIGTERM, SIGHUP, SIGQUIT): end at once, or finish what is in
//! flight and say where it stands.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::MultiProgress;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::terminal::hush::{Hush, is_job};
use crate::text::exit::Exit;

/// How long a signal waits for what is done last: a terminal may be stopped.
const LAST: Duration = Duration::from_secs(1);

/// SIGHUP and SIGXFSZ, which have these numbers on Linux, macOS and the BSDs.
const HANGUP: i32 = 1;
const FILE_TOO_LARGE: i32 = 25;

type Last = Box<dyn FnOnce() + Send>;

/// What the signals do. All do the same, but that SIGHUP is never the second: a dropped connection sends it
/// more than once.
///
/// Where nothing holds them, they end the process at once: nothing was changed, and what is begun
/// and of no use is put away.
#[derive(Clone, Default)]
pub(crate) struct Interrupt {
    held: Arc<Mutex<Option<CancellationToken>>>,
    /// Whether anything ever held them: then something may have been changed.
    was_held: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Last>>>,
    /// Whether what is typed is shown.
    hush: Hush,
}

impl Interrupt {
    /// Catches the signals from now on, to the end of the process; says by `warn` that they ended it.
    pub(crate) fn catch(&self, warn: impl Fn(&str) + Send + 'static) -> io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // Ctrl-\ is for a program that hangs: at a secret it would leave the terminal without echo, in a
        // sweep keys that nobody has looked at again.
        let mut quit = signal(SignalKind::quit())?;
        // `nohup` is there to let a program go on.
        let mut hangup = match is_ignored(HANGUP) {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        // Caught, it makes a write that is too large for `ulimit -f` fail, as on a full disk.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
        let (held, last) = (Arc::clone(&self.held), Arc::clone(&self.last));
        let was_held = Arc::clone(&self.was_held);
        let hush = self.hush.clone();
        tokio::spawn(async move {
            loop {
                let hung_up = tokio::select! {
                    _ = interrupt.recv() => false,
                    _ = terminate.recv() => false,
                    _ = quit.recv() => false,
                    () = received(&mut hangup) => true,
                };
                let is_first = match &*current(&held) {
                    Some(token) if !token.is_cancelled() => {
                        token.cancel();
                        continue;
                    }
                    Some(_) if hung_up => continue,
                    Some(_) => false,
                    None => true,
                };
                let words = match was_held.load(Ordering::Relaxed) {
                    true => "interrupted",
                    false => "interrupted: nothing was changed",
                };
                let act = current(&last).take();
                let hush = hush.clone();
                in_time(move || {
                    hush.end();
                    if let Some(act) = act {
                        act();
                    }
                    // After a first signal, it was said what goes on.
                    if is_first {
                        warn(words);
                    }
                });
                std::process::exit(Exit::Interrupted.code().into());
            }
        });
        Ok(())
    }

    /// Takes the progress bars away before Ctrl-Z stops the process, to the end of the process: what the shell
    /// writes then stands below them. Only where a shell lets it go on.
    pub(crate) fn catch_stops(&self, bars: MultiProgress) -> io::Result<()> {
        if !is_job() {
            return Ok(());
        }
        let mut stops = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
        let hush = self.hush.clone();
        tokio::spawn(async move {
            while stops.recv().await.is_some() {
                bars.suspend(|| hush.stop_process());
            }
        });
        Ok(())
    }

    /// What is typed while a progress bar is drawn.
    pub(crate) fn hush(&self) -> &Hush {
        &self.hush
    }

    /// Does this before a signal ends the process.
    pub(crate) fn at_last(&self, act: impl FnOnce() + Send + 'static) {
        *current(&self.last) = Some(Box::new(act));
    }

    /// Nothing is to be done any more before a signal ends the process.
    pub(crate) fn nothing_at_last(&self) {
        *current(&self.last) = None;
    }

    /// Ends the command as a signal does, if it holds the signals.
    pub(crate) fn stop(&self) {
        if let Some(token) = &*current(&self.held) {
            token.cancel();
        }
    }

    /// Holds the signals: the first is only told, the second ends the process at once.
    pub(crate) fn hold(&self) -> HeldSignals {
        let token = CancellationToken::new();
        self.was_held.store(true, Ordering::Relaxed);
        *current(&self.held) = Some(token.clone());
        HeldSignals {
            token,
            held: Arc::clone(&self.held),
        }
    }
}

/// While it lives, whoever has it ends the command after a signal.
#[derive(Debug)]
pub(crate) struct HeldSignals {
    token: CancellationToken,
    held: Arc<Mutex<Option<CancellationToken>>>,
}

impl HeldSignals {
    /// Whether a signal came.
    pub(crate) fn is_signalled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits for a signal.
    pub(crate) async fn signalled(&self) {
        self.token.cancelled().await;
    }

    /// A token that a signal cancels; cancelling it by hand is no signal.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.child_token()
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        *current(&self.held) = None;
    }
}

/// On a thread of its own: whoever holds the terminal may be stopped, and the end is not to wait.
fn in_time(act: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    thread::spawn(move || {
        act();
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    });
    // Too long, or it failed: it ends all the same.
    let _ = is_done.recv_timeout(LAST);
}

fn current<T>(held: &Mutex<Option<T>>) -> MutexGuard<'_, Option<T>> {
    // What it holds is whole at every moment.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether the process was started with a signal ignored. Only Linux says so without a call that Rust
/// takes for unsafe; elsewhere it counts as not ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
