//! Bucket by bucket: show, ask, sweep.

use std::collections::VecDeque;
use std::io::{self, Write};

use partsweep_core::{BucketName, Inspect, Plan};

use super::Clean;
use super::buckets::{Buckets, ScannedBucket};
use super::planning::Planned;
use crate::report::freed::{self, Freed};
use crate::report::spool::Spool;
use crate::run::journals::Notebook;
use crate::run::scan::Seen;
use crate::run::sweep::Job;
use crate::run::sweep::{SAME_AGAIN, Sweeping};
use crate::terminal::keyboard;
use crate::terminal::question::{self, Answer};
use crate::text::error::Failure;
use crate::text::exit::Exit;

/// What became of the answer `all`.
enum ToAll {
    Swept,
    NotConfirmed(Box<ScannedBucket>),
    Interrupted,
}

/// Why there is no next bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    All,
    Quit,
    Interrupted,
}

/// After a signal, where all that was agreed to is done.
const NOT_ASKED: &str = "interrupted; nothing else was aborted";

/// One run at a terminal.
pub(super) struct Asking<'a> {
    clean: &'a Clean<'a>,
    out: Box<dyn Write>,
    sweeping: Sweeping<'a>,
    notebook: Notebook,
    /// Whether anything was asked.
    has_asked: bool,
    /// Buckets that were scanned while `all` was asked about, and are not agreed to.
    waiting: VecDeque<ScannedBucket>,
}

impl<'a> Asking<'a> {
    /// Nothing is asked yet.
    pub(super) fn new(clean: &'a Clean<'a>, notebook: Notebook) -> Self {
        Self {
            clean,
            out: clean.console.styled_output(),
            sweeping: clean.sweeping(),
            notebook,
            has_asked: false,
            waiting: VecDeque::new(),
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
        if self.has_asked && self.sweeping.is_only_interrupted() {
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
        if self.has_asked {
            let freed = freed::summary(&self.sweeping.totals);
            writeln!(self.out, "In all: {freed}")?;
        }
        self.out.flush()
    }

    /// The next bucket that was scanned; `None` after a signal.
    async fn next(
        &mut self,
        buckets: &mut Buckets<'_>,
    ) -> Result<Option<Option<ScannedBucket>>, Failure> {
        if let Some(bucket) = self.waiting.pop_front() {
            return Ok(Some(Some(bucket)));
        }
        tokio::select! {
            biased;
            () = self.sweeping.held.signalled() => Ok(None),
            bucket = buckets.next() => bucket.map(Some),
        }
    }

    async fn each(&mut self, buckets: &mut Buckets<'_>) -> Result<End, Failure> {
        loop {
            let Some(bucket) = self.next(buckets).await? else {
                return Ok(End::Interrupted);
            };
            let Some(mut bucket) = bucket else {
                return Ok(End::All);
            };
            bucket.show(&mut self.out)?;
            if bucket.planned.plan.is_empty() {
                continue;
            }
            self.out.flush()?;
            loop {
                match self.agree(&bucket.name, &bucket.planned.plan).await? {
                    Some(Answer::Yes) => self.sweep(bucket.planned).await?,
                    Some(Answer::All) => match self.all(bucket, buckets).await? {
                        ToAll::Swept => {}
                        ToAll::NotConfirmed(again) => {
                            bucket = *again;
                            continue;
                        }
                        ToAll::Interrupted => return self.interrupted(),
                    },
                    Some(Answer::No) => writeln!(self.out, "  nothing was changed\n")?,
                    Some(Answer::Quit) => {
                        let line =
                            "Nothing was changed here, nor in the buckets that were not shown.";
                        self.clean.console.note(line);
                        return Ok(End::Quit);
                    }
                    None => return self.interrupted(),
                }
                break;
            }
            if self.sweeping.is_stopped() {
                return Ok(End::Quit);
            }
        }
    }

    fn interrupted(&mut self) -> Result<End, Failure> {
        // The cursor stands behind the question.
        writeln!(self.out)?;
        Ok(End::Interrupted)
    }

    /// Asks about one bucket; `None` after a signal.
    async fn agree(&mut self, bucket: &BucketName, plan: &Plan) -> Result<Option<Answer>, Failure> {
        let console = self.clean.console;
        let is_first = !self.has_asked;
        if is_first {
            self.has_asked = true;
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
        answer.map_err(|error| unasked(&error))
    }

    /// Scans to the end, names all that is left with its number and size, and sweeps it as one plan once the
    /// number was typed: nobody agrees to what was neither shown nor named.
    async fn all(
        &mut self,
        bucket: ScannedBucket,
        buckets: &mut Buckets<'_>,
    ) -> Result<ToAll, Failure> {
        let mut rest = VecDeque::new();
        loop {
            match self.next(buckets).await? {
                None => return Ok(ToAll::Interrupted),
                Some(None) => break,
                // Nothing in it is agreed to: what there is to know of it is shown now.
                Some(Some(mut other)) if other.planned.plan.is_empty() || !other.is_whole => {
                    other.show(&mut self.out)?;
                    rest.push_back(other);
                }
                Some(Some(other)) => rest.push_back(other),
            }
        }
        rest.retain(|other| !other.planned.plan.is_empty());
        self.out.flush()?;
        let plans: Vec<_> = [&bucket]
            .into_iter()
            .chain(&rest)
            .map(|bucket| (&bucket.name, &bucket.planned.plan))
            .collect();
        if let [_] = plans[..] {
            self.sweep(bucket.planned).await?;
            return Ok(ToAll::Swept);
        }
        let (question, count) = question::text_of_all(&plans, &self.clean.session.store.provider());
        self.clean
            .console
            .clear_bars()
            .map_err(|error| unasked(&error))?;
        let ask = move || {
            let (mut input, mut output) = (io::stdin().lock(), io::stderr());
            question::ask_of_all(
                &question,
                count,
                &mut input,
                &mut output,
                keyboard::forget_typed,
            )
        };
        let confirmed = keyboard::wait(&self.sweeping.held, ask).await;
        match confirmed.map_err(|error| unasked(&error))? {
            None => return Ok(ToAll::Interrupted),
            Some(false) => {
                let line =
                    format!("Not confirmed: nothing was changed. `all` takes the number {count}.");
                self.clean.console.note(&line);
                self.waiting = rest;
                return Ok(ToAll::NotConfirmed(Box::new(bucket)));
            }
            Some(true) => {}
        }
        let mut planning = self.clean.planning(&Spool::default());
        planning.take(bucket.planned).await?;
        for other in rest {
            planning.take(other.planned).await?;
        }
        let planned = planning.finish()?;
        // Typed was the number of exactly these.
        if planned.plan.len() != count {
            return Err(Failure::told(
                Exit::Failed,
                "what was confirmed can't be read again: nothing more was changed",
            ));
        }
        self.sweep(planned).await?;
        Ok(ToAll::Swept)
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
        self.sweeping.tell_what_cannot_be_repaired(summary).await?;
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
