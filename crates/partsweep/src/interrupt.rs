//! Ctrl-C and SIGTERM during a sweep: finish what is in flight, then say where it stands.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// Catches the signals, from the first sweep on.
///
/// Before it, and so at the first prompt, a signal ends the process at once as it does by
/// default. A handler cannot be taken out again, so between two sweeps it ends the process itself.
#[derive(Default)]
pub(crate) struct Interrupt {
    sweep: Arc<Mutex<Option<CancellationToken>>>,
    installed: bool,
}

impl Interrupt {
    /// Begins a sweep: the first signal cancels the token, the second ends the process.
    pub(crate) fn guard(&mut self) -> io::Result<SweepGuard> {
        if !self.installed {
            self.install()?;
            self.installed = true;
        }
        let token = CancellationToken::new();
        *current(&self.sweep) = Some(token.clone());
        Ok(SweepGuard {
            token,
            sweep: Arc::clone(&self.sweep),
        })
    }

    fn install(&self) -> io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let sweep = Arc::clone(&self.sweep);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                match &*current(&sweep) {
                    Some(token) if !token.is_cancelled() => token.cancel(),
                    _ => std::process::exit(Exit::Interrupted.code().into()),
                }
            }
        });
        Ok(())
    }
}

/// A sweep during which signals are caught.
pub(crate) struct SweepGuard {
    /// Cancelled by the first signal.
    pub(crate) token: CancellationToken,
    sweep: Arc<Mutex<Option<CancellationToken>>>,
}

impl Drop for SweepGuard {
    fn drop(&mut self) {
        *current(&self.sweep) = None;
    }
}

fn current(
    sweep: &Mutex<Option<CancellationToken>>,
) -> std::sync::MutexGuard<'_, Option<CancellationToken>> {
    // What it holds is whole at every moment.
    sweep.lock().unwrap_or_else(PoisonError::into_inner)
}
