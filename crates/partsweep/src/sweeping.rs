//! A sweep that is running.

use std::io;
use std::sync::Arc;

use partsweep_core::{ApprovedPlan, KeepReason, Outcome};
use partsweep_engine::{SweepOptions, SweptUpload, sweep};
use tokio::sync::mpsc;

use crate::connect::Session;
use crate::console::Console;
use crate::error::Failure;
use crate::exit::Exit;
use crate::figures::{count, counted};
use crate::formats::sweep::OutcomeTotals;
use crate::interrupt::Held;
use crate::progress::Progress;
use crate::report::freed;

/// Outcomes held between the engine and whoever shows them.
const AHEAD: usize = 256;

/// Sweeps plans that were consented to, one after the other.
///
/// Holds the signals to its end, and so until all is told: what was freed is never left unsaid.
pub(crate) struct Sweeping<'a> {
    session: &'a Session,
    console: &'a Console,
    options: SweepOptions,
    /// The signals.
    pub(crate) held: Held,
    /// What became of everything so far.
    pub(crate) totals: OutcomeTotals,
    not_reached: u64,
    /// Kept, because the look could not learn what it had to know.
    unlearned: u64,
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
            held: console.interrupt().hold(),
            totals: OutcomeTotals::default(),
            not_reached: 0,
            unlearned: 0,
        }
    }

    /// Sweeps a plan of `uploads`, telling each outcome.
    ///
    /// A signal, or an outcome that cannot be told any more, ends it early: what is in flight is
    /// finished, and nothing new begun. The inner error is that of the telling.
    pub(crate) async fn sweep(
        &mut self,
        plan: ApprovedPlan,
        uploads: u64,
        mut tell: impl FnMut(SweptUpload) -> io::Result<()>,
    ) -> Result<io::Result<()>, Failure> {
        let stop = self.held.token();
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
            self.count(&swept);
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
        Ok(told)
    }

    fn count(&mut self, swept: &SweptUpload) {
        self.totals.count(swept);
        match &swept.outcome {
            Outcome::NotReached => self.not_reached += 1,
            Outcome::Kept(reason) if !is_known(*reason) => self.unlearned += 1,
            _ => {}
        }
    }

    /// Whether a signal came.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.held.is_signalled()
    }

    /// How it ended: what failed, is left or could not be learned makes it partial, a signal ends
    /// it as interrupted. An upload that is kept for what is known of it is the look at work.
    pub(crate) fn exit(&self) -> Exit {
        let swept = self.totals.swept();
        if self.is_interrupted() {
            Exit::Interrupted
        } else if swept.failed + swept.parts_remain + self.unlearned > 0 {
            Exit::Partial
        } else {
            Exit::Done
        }
    }

    /// Says where it stands after a signal.
    pub(crate) fn tell_interruption(&self) {
        if !self.is_interrupted() {
            return;
        }
        if self.not_reached == 0 {
            let line = format!("interrupted: {}", freed::summary(&self.totals));
            return self.console.warn(&line, &[]);
        }
        let aborted = counted(self.totals.swept().aborted, "upload");
        let left = count(self.not_reached);
        self.console.warn(
            &format!("interrupted: {aborted} aborted, {left} of those chosen not reached"),
            &["the same command again sweeps the rest".to_owned()],
        );
    }

    /// Says on standard error what could not be written to standard output: unlike a scan, a sweep
    /// is never quiet about that. Returns what it makes of the exit code.
    pub(crate) fn tell_unheard(&self, error: &io::Error) -> Exit {
        let gone = error.kind() == io::ErrorKind::BrokenPipe;
        let why = if gone {
            "standard output was closed".to_owned()
        } else {
            format!("standard output cannot be written to ({error})")
        };
        let freed = freed::summary(&self.totals);
        let line = match self.not_reached {
            _ if self.is_interrupted() => format!("{why} before all was told: {freed}"),
            0 => format!("all was done, but {why} before all was told: {freed}"),
            left => format!(
                "stopped, because {why}: {freed}, {} not reached",
                count(left)
            ),
        };
        self.console.warn(&line, &[]);
        match self.not_reached {
            _ if !gone => Exit::Failed,
            0 => Exit::Done,
            _ => Exit::Partial,
        }
    }
}

/// Whether an upload is kept for something that is known, and not because something is not.
fn is_known(reason: KeepReason) -> bool {
    use KeepReason as Why;
    matches!(
        reason,
        Why::ActiveRecently | Why::FinishedObject | Why::TooSmall
    )
}
