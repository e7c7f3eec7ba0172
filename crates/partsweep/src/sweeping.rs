//! A sweep that is running.

use std::io;
use std::sync::Arc;

use partsweep_core::{ApprovedPlan, Outcome};
use partsweep_engine::{SweepOptions, SweptUpload, sweep};
use tokio::sync::mpsc;

use crate::connect::Session;
use crate::console::Console;
use crate::error::Failure;
use crate::exit::Exit;
use crate::figures::{count, counted};
use crate::formats::sweep::OutcomeTotals;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Outcomes held between the engine and whoever shows them.
const AHEAD: usize = 256;

/// Sweeps plans that were consented to, one after the other.
pub(crate) struct Sweeping<'a> {
    session: &'a Session,
    console: &'a Console,
    options: SweepOptions,
    interrupt: Interrupt,
    /// What became of everything so far.
    pub(crate) totals: OutcomeTotals,
    /// Whether a signal stopped a sweep.
    pub(crate) interrupted: bool,
    not_reached: u64,
}

impl<'a> Sweeping<'a> {
    /// Nothing is swept yet.
    pub(crate) fn new(session: &'a Session, console: &'a Console, concurrency: usize) -> Self {
        Self {
            session,
            console,
            options: SweepOptions {
                concurrency,
                ..SweepOptions::default()
            },
            interrupt: Interrupt::default(),
            totals: OutcomeTotals::default(),
            interrupted: false,
            not_reached: 0,
        }
    }

    /// Sweeps a plan of `uploads`, telling each outcome.
    ///
    /// A signal, or an outcome that cannot be told any more, ends it early: what is in flight is
    /// finished, and nothing new begun.
    pub(crate) async fn sweep(
        &mut self,
        plan: ApprovedPlan,
        uploads: u64,
        mut tell: impl FnMut(SweptUpload) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let guard = self.interrupt.guard().map_err(|error| {
            let line = format!("could not prepare for Ctrl-C, so nothing was changed: {error}");
            Failure::told(Exit::Failed, line)
        })?;
        let stop = guard.token.clone();
        let (sender, mut outcomes) = mpsc::channel(AHEAD);
        let store = Arc::clone(&self.session.store);
        let task = tokio::spawn(sweep(store, plan, self.options, sender, stop.clone()));
        let mut progress = Progress::of_sweep(self.console, uploads);
        let mut told = Ok(());
        let mut stop_was_told = false;
        loop {
            let swept = tokio::select! {
                swept = outcomes.recv() => swept,
                () = stop.cancelled(), if !stop_was_told => {
                    stop_was_told = true;
                    self.console.note("Stopping: what is in flight is being finished.");
                    continue;
                }
            };
            let Some(swept) = swept else { break };
            progress.swept(&swept);
            self.totals.count(&swept);
            self.not_reached += u64::from(matches!(swept.outcome, Outcome::NotReached));
            if told.is_ok() {
                told = tell(swept);
                if told.is_err() {
                    stop_was_told = true;
                    stop.cancel();
                }
            }
        }
        drop(progress);
        task.await.map_err(|panic| Failure::unexpected(&panic))?;
        match told {
            Ok(()) => self.interrupted |= stop.is_cancelled(),
            Err(error) => return Err(self.unheard(&error)),
        }
        Ok(())
    }

    /// How it ended: what failed or is left makes it partial, a signal ends it as interrupted.
    pub(crate) fn exit(&self) -> Exit {
        let swept = self.totals.swept();
        if self.interrupted {
            Exit::Interrupted
        } else if swept.failed + swept.parts_remain > 0 {
            Exit::Partial
        } else {
            Exit::Done
        }
    }

    /// Says where it stands after a signal.
    pub(crate) fn tell_interruption(&self) {
        if self.interrupted {
            let swept = self.totals.swept();
            self.console.warn(
                &format!(
                    "interrupted: {} aborted, {} of those chosen not reached",
                    counted(swept.aborted, "upload"),
                    count(self.not_reached)
                ),
                &["the same command again sweeps the rest".to_owned()],
            );
        }
    }

    /// Outcomes could not be written: unlike a scan, that is never quiet.
    fn unheard(&self, error: &io::Error) -> Failure {
        let swept = self.totals.swept();
        let stands = format!(
            "{} aborted, {} not reached",
            counted(swept.aborted, "upload"),
            count(self.not_reached)
        );
        let line = format!("stopped, because standard output was closed ({error}): {stands}");
        Failure::told(Exit::Partial, line)
    }
}
