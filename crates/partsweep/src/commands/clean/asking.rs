//! Bucket by bucket: show, ask, sweep.

use std::io::{self, Write};

use partsweep_core::Plan;

use super::buckets::Buckets;
use super::{Clean, plan};
use crate::error::Failure;
use crate::exit::Exit;
use crate::keyboard;
use crate::order::BucketScan;
use crate::question::{self, Answer};
use crate::report::freed::{self, Freed};
use crate::report::table::Table;
use crate::sweeping::Sweeping;

/// Whether the next bucket is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    FirstTime,
    Again,
    NoMore,
}

/// Why there is no next bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    All,
    Quit,
    Interrupted,
}

/// One run at a terminal.
pub(super) struct Asking<'a> {
    clean: &'a Clean<'a>,
    table: Table,
    sweeping: Sweeping<'a>,
    asks: Asks,
}

impl<'a> Asking<'a> {
    /// Nothing is asked yet.
    pub(super) fn new(clean: &'a Clean<'a>) -> Self {
        Self {
            clean,
            table: Table::new(clean.console.styled_output(), clean.survey),
            sweeping: clean.sweeping(),
            asks: Asks::FirstTime,
        }
    }

    /// Sweeps each bucket that is agreed to as a plan of its own, then says what was freed in all:
    /// also after a signal.
    pub(super) async fn run(mut self, mut buckets: Buckets) -> Result<Exit, Failure> {
        let end = self.each(&mut buckets).await?;
        let seen = buckets.seen();
        if end == End::All {
            self.table.end(&seen)?;
        }
        if self.asks != Asks::FirstTime {
            let freed = freed::summary(&self.sweeping.totals);
            writeln!(self.table.out, "In all: {freed}")?;
        }
        self.table.out.flush()?;
        self.sweeping.tell_interruption();
        Ok(self.clean.exit(&seen, &self.sweeping))
    }

    async fn each(&mut self, buckets: &mut Buckets) -> Result<End, Failure> {
        loop {
            let scan = tokio::select! {
                biased;
                () = self.sweeping.held.signalled() => return Ok(End::Interrupted),
                scan = buckets.next() => scan?,
            };
            let Some(scan) = scan else {
                return Ok(End::All);
            };
            self.table.bucket(&scan)?;
            let older_than = self.clean.survey.request.selection.older_than;
            let plan = plan(&scan.findings, older_than);
            if plan.is_empty() {
                continue;
            }
            self.table.out.flush()?;
            match self.agree(&scan, &plan).await? {
                Some(Answer::Yes | Answer::All) => self.sweep(plan).await?,
                Some(Answer::No) => writeln!(self.table.out, "  nothing was changed\n")?,
                Some(Answer::Quit) => return Ok(End::Quit),
                None => {
                    // The cursor stands behind the question.
                    writeln!(self.table.out)?;
                    return Ok(End::Interrupted);
                }
            }
        }
    }

    /// Asks about one bucket, unless all are agreed to; `None` after a signal.
    async fn agree(&mut self, scan: &BucketScan, plan: &Plan) -> Result<Option<Answer>, Failure> {
        let console = self.clean.console;
        if self.asks == Asks::NoMore {
            return Ok(Some(Answer::All));
        }
        if self.asks == Asks::FirstTime {
            self.asks = Asks::Again;
            console.warn(
                "an aborted upload is gone for good: this cannot be undone",
                &[],
            );
            console.note(question::ANSWERS);
        }
        let question = question::text(&scan.summary.name, plan);
        console.clear_bars().map_err(|error| unasked(&error))?;
        let ask = move || {
            let (mut input, mut output) = (io::stdin().lock(), io::stderr());
            question::ask(&question, &mut input, &mut output, keyboard::forget_typed)
        };
        let answer = keyboard::wait(&self.sweeping.held, ask).await;
        let answer = answer.map_err(|error| unasked(&error))?;
        if answer == Some(Answer::All) {
            self.asks = Asks::NoMore;
        }
        Ok(answer)
    }

    async fn sweep(&mut self, plan: Plan) -> Result<(), Failure> {
        let uploads = plan.len() as u64;
        let plan = self.clean.consent(plan)?;
        let mut freed = Freed::default();
        let count = |swept| {
            freed.count(&swept);
            Ok(())
        };
        self.sweeping.sweep(plan, uploads, count).await??;
        freed.write(&mut self.table.out)?;
        Ok(writeln!(self.table.out)?)
    }
}

fn unasked(error: &io::Error) -> Failure {
    Failure::told(Exit::Failed, format!("could not ask: {error}"))
}
