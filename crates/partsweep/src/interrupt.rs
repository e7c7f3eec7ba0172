//! Ctrl-C and SIGTERM: end at once, or finish what is in flight and say where it stands.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// What the signals do. Both do the same.
///
/// Where nothing holds them, they end the process at once: nothing was changed, and nothing is
/// left to be told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    held: Arc<Mutex<Option<CancellationToken>>>,
}

impl Interrupt {
    /// Catches the signals from now on, to the end of the process.
    pub(crate) fn catch(&self) -> io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let held = Arc::clone(&self.held);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                match &*current(&held) {
                    Some(token) if !token.is_cancelled() => token.cancel(),
                    _ => std::process::exit(Exit::Interrupted.code().into()),
                }
            }
        });
        Ok(())
    }

    /// Holds the signals: the first is only told, the second ends the process at once.
    pub(crate) fn hold(&self) -> Held {
        let token = CancellationToken::new();
        *current(&self.held) = Some(token.clone());
        Held {
            token,
            held: Arc::clone(&self.held),
        }
    }
}

/// While it lives, whoever has it ends the command after a signal.
#[derive(Debug)]
pub(crate) struct Held {
    token: CancellationToken,
    held: Arc<Mutex<Option<CancellationToken>>>,
}

impl Held {
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

impl Drop for Held {
    fn drop(&mut self) {
        *current(&self.held) = None;
    }
}

fn current(held: &Mutex<Option<CancellationToken>>) -> MutexGuard<'_, Option<CancellationToken>> {
    // What it holds is whole at every moment.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
