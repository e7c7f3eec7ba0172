//! Bucket by bucket: show, ask, sweep.

use std::io::{self, Write};

use partsweep_core::{BucketName, Inspect, Plan};

use super::Clean;
use super::buckets::Buckets;
use super::planning::Planned;
use crate::report::freed::{self, Freed};
use crate::run::journals::Notebook;
use crate::run::scan::Seen;
use crate::run::sweep::Job;
use crate::run::sweep::{SAME_AGAIN, Sweeping};
use crate::terminal::keyboard;
use crate::terminal::question::{self, Answer};
use crate::text::error::Failure;
use crate::text::exit::Exit;

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

/// After a signal, where all that was agreed to is done.
const NOT_ASKED: &str = "interrupted: what was not agreed to is as it was";

/// One run at a terminal.
pub(super) struct Asking<'a> {
    clean: &'a Clean<'a>,
    out: Box<dyn Write>,
    sweeping: Sweeping<'a>,
    notebook: Notebook,
    asks: Asks,
}

impl<'a> Asking<'a> {
    /// Nothing is asked yet.
    pub(super) fn new(clean: &'a Clean<'a>, notebook: Notebook) -> Self {
        Self {
            clean,
            out: clean.console.styled_output(),
            sweeping: clean.sweeping(),
            notebook,
            asks: Asks::FirstTime,
        }
    }

    /// Sweeps each bucket that is agreed to as a plan of its own, then says what was freed in all:
    /// also after a signal.
    pub(super) async fn run(mut self, mut buckets: Buckets<'_>) -> Result<Exit, Failure> {
        let ended = self.each(&mut buckets).await;
        let seen = buckets.seen();
        let told = self.tell_sums(matches!(ended, Ok(End::All)).then_some((&buckets, &seen)));
        // Why it cannot go on comes last, behind what was freed.
        ended?;
        told?;
        if self.asks != Asks::FirstTime && self.sweeping.is_only_interrupted() {
            // The sums are above.
            self.clean.console.warn(NOT_ASKED, &[]);
        } else {
            self.sweeping.tell_interruption(SAME_AGAIN);
        }
        Ok(self.clean.exit(&seen, &self.sweeping))
    }

    /// Says what was seen, if that was all, and what was freed.
    fn tell_sums(&mut self, all: Option<(&Buckets<'_>, &Seen)>) -> io::Result<()> {
        if let Some((buckets, seen)) = all {
            buckets.table().end(seen, &mut self.out)?;
        }
        if self.asks != Asks::FirstTime {
            let freed = freed::summary(&self.sweeping.totals);
            writeln!(self.out, "In all: {freed}")?;
        }
        self.out.flush()
    }

    async fn each(&mut self, buckets: &mut Buckets<'_>) -> Result<End, Failure> {
        loop {
            let bucket = tokio::select! {
                biased;
                () = self.sweeping.held.signalled() => return Ok(End::Interrupted),
                bucket = buckets.next() => bucket?,
            };
            let Some(bucket) = bucket else {
                return Ok(End::All);
            };
            bucket.text.read().copy_to(&mut self.out)?;
            let (name, planned) = (bucket.name, bucket.planned);
            if planned.plan.is_empty() {
                continue;
            }
            self.out.flush()?;
            match self.agree(&name, &planned.plan).await? {
                Some(Answer::Yes | Answer::All) => {
                    self.sweep(planned).await?;
                    if self.sweeping.is_stopped() {
                        return Ok(End::Quit);
                    }
                }
                Some(Answer::No) => writeln!(self.out, "  nothing was changed\n")?,
                Some(Answer::Quit) => {
                    let line = "Nothing was changed here, nor in the buckets that were not shown.";
                    self.clean.console.note(line);
                    return Ok(End::Quit);
                }
                None => {
                    // The cursor stands behind the question.
                    writeln!(self.out)?;
                    return Ok(End::Interrupted);
                }
            }
        }
    }

    /// Asks about one bucket, unless all are agreed to; `None` after a signal.
    async fn agree(&mut self, bucket: &BucketName, plan: &Plan) -> Result<Option<Answer>, Failure> {
        let console = self.clean.console;
        if self.asks == Asks::NoMore {
            return Ok(Some(Answer::All));
        }
        let is_first = self.asks == Asks::FirstTime;
        if is_first {
            self.asks = Asks::Again;
            console.warn(
                "an aborted upload is gone for good: this cannot be undone",
                &[],
            );
            console.note(question::ANSWERS);
        }
        let store = self.clean.session.store.provider();
        let mut question = question::text(bucket, plan, &store);
        if is_first {
            // Also with --quiet: nobody agrees to what was not named (law 14).
            let place = self.clean.session.place().await;
            question = format!("{place}\n{question}");
        }
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

    async fn sweep(&mut self, planned: Planned) -> Result<(), Failure> {
        let Clean {
            session, console, ..
        } = self.clean;
        let Some(uploads) = planned.uploads else {
            return Ok(());
        };
        let plan = self.clean.consent(planned.plan)?;
        let summary = plan.summary();
        self.sweeping.tell_what_cannot_be_mended(summary).await?;
        let journal = self.notebook.begin(session, &plan, None, console)?;
        let job = Job::new(plan, uploads, journal);
        let mut freed = Freed::default();
        let count = |swept| {
            freed.count(&swept);
            Ok(())
        };
        self.sweeping.sweep(job, count).await??;
        freed.write(&mut self.out)?;
        Ok(writeln!(self.out)?)
    }
}

fn unasked(error: &io::Error) -> Failure {
    Failure::told(Exit::Failed, format!("could not ask: {error}"))
}
