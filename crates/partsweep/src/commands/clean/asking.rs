//! Bucket by bucket: show, ask, abort.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write};

use jiff::SignedDuration;
use partsweep_core::{BucketName, Inspect, Plan};
use partsweep_engine::SweptUpload;
use partsweep_engine::inventory::Uploads;

use super::Clean;
use super::buckets::{Buckets, ScannedBucket};
use super::planning::Planned;
use crate::report::closing::ClosingTable;
use crate::report::costs::ScanCosts;
use crate::report::fate::Fate;
use crate::report::freed::Freed;
use crate::report::seen::ScanSummary;
use crate::report::spool::{Reader, Spool};
use crate::run::journals::Journals;
use crate::run::sweep::Job;
use crate::run::sweep::{SAME_AGAIN, SweepRun};
use crate::terminal::keyboard;
use crate::terminal::question::{self, Answer};
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::{counted, rounded_sum};
use crate::text::fit::{self, flow};
use crate::text::sum::Sum;

/// Why there is no next bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PromptEnd {
    All,
    Quit,
    /// A signal, or a run that was ended before its plan.
    Stopped,
}

/// What was decided about a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// Abort its uploads.
    This,
    /// Abort its uploads and those of all that follow, whose number was typed.
    All,
    Leave,
    Quit,
}

/// A terminal that is asked about has a width.
const COLUMNS: usize = 80;

/// After a signal, where all that was agreed to is done.
const NOT_ASKED: &str = "interrupted; nothing else was aborted";

/// One run at a terminal.
pub(super) struct InteractiveSweep<'a> {
    clean: &'a Clean<'a>,
    out: Box<dyn Write>,
    sweep_run: SweepRun<'a>,
    journals: Journals,
    /// Store and account (law 14).
    place: String,
    closing: ClosingTable,
    /// What all of it costs.
    costs: ScanCosts,
    /// Buckets that are still to be asked about.
    waiting: VecDeque<ScannedBucket>,
}

impl<'a> InteractiveSweep<'a> {
    /// Nothing is asked yet.
    pub(super) async fn new(clean: &'a Clean<'a>, journals: Journals, buckets: Buckets) -> Self {
        Self {
            clean,
            out: clean.console.styled_output(),
            sweep_run: clean.sweep_run(),
            journals,
            place: clean.session.place().await,
            closing: buckets.closing,
            costs: buckets.costs,
            waiting: buckets.waiting,
        }
    }

    /// Aborts the uploads of each bucket that is agreed to as a plan of its own, then says what became of
    /// all that was scanned: also after a signal.
    pub(super) async fn run(mut self, seen: &ScanSummary) -> Result<Exit, Failure> {
        self.header(seen)?;
        let ended = match self.waiting.is_empty() {
            true => Ok(PromptEnd::All),
            false => self.each().await,
        };
        let fate = match ended {
            Ok(PromptEnd::Quit) => Fate::Quit,
            _ => Fate::NotReached,
        };
        for bucket in std::mem::take(&mut self.waiting) {
            self.left(fate, &bucket);
        }
        let told = self
            .closing
            .write(self.clean.console.width(), &mut self.out);
        let told = told.and_then(|()| self.write_costs());
        let closed = match self.sweep_run.is_done() {
            true => self.journals.end(self.sweep_run.totals.swept()).await,
            // It can be seen what was not come to.
            false => Ok(()),
        };
        // Why it cannot go on comes last, behind what was done.
        ended?;
        closed?;
        told?;
        if self.sweep_run.is_only_interrupted() {
            self.clean.console.warn(NOT_ASKED, &[]);
        } else {
            self.sweep_run.tell_interruption(SAME_AGAIN);
        }
        self.clean.tell_why_partial(seen);
        Ok(self.clean.exit(seen, &self.sweep_run))
    }

    /// Says where this is, what can be aborted, and where the journal will be.
    fn header(&mut self, seen: &ScanSummary) -> Result<(), Failure> {
        let width = self.clean.console.width();
        let out = &mut self.out;
        let place = fit::place(&self.place, 0, width);
        writeln!(out, "{place}")?;
        let totals = &seen.totals;
        if self.waiting.is_empty() {
            let what = match totals.uploads {
                0 => nothing(seen),
                1 => "The only incomplete upload can't be aborted.".to_owned(),
                n => format!(
                    "None of the {} can be aborted.",
                    counted(n, "incomplete upload")
                ),
            };
            writeln!(out, "{}\n", flow(what.split(' '), " ", 0, 0, width))?;
            return Ok(());
        }
        let of = match totals.uploads {
            1 => "1 incomplete upload can be aborted".to_owned(),
            2 if totals.sweepable_uploads == 2 => {
                "Both incomplete uploads can be aborted".to_owned()
            }
            all if all == totals.sweepable_uploads => {
                format!("All {} can be aborted", counted(all, "incomplete upload"))
            }
            all => format!(
                "{} of {} can be aborted",
                crate::text::figures::count(totals.sweepable_uploads),
                counted(all, "incomplete upload")
            ),
        };
        let bytes = rounded_sum(totals.sweepable_bytes, totals.sweepable_unsized > 0);
        let buckets = counted(self.waiting.len() as u64, "bucket");
        let mut what = format!("{of}: {bytes} in {buckets}.");
        if seen.excluded > 0 {
            let excluded = counted(seen.excluded, "other upload");
            what.push_str(&format!(" {excluded} excluded by --include and --exclude."));
        }
        writeln!(out, "{}", flow(what.split(' '), " ", 0, 0, width))?;
        let session = self.clean.session;
        for line in self
            .costs
            .words(&session.prices(), &session.store.provider())
        {
            writeln!(out, "{}", flow(line.split(' '), " ", 0, 0, width))?;
        }
        let warning = "Aborting permanently deletes the parts already uploaded.";
        writeln!(out, "{}", flow(warning.split(' '), " ", 0, 0, width))?;
        if let Some(journal) = self.journals.shown(self.clean.session)? {
            writeln!(out, "Journal: {journal}")?;
        }
        Ok(writeln!(out)?)
    }

    fn write_costs(&mut self) -> io::Result<()> {
        let Clean {
            session, console, ..
        } = self.clean;
        let (prices, store) = (session.prices(), session.store.provider());
        let costs = &self.closing.costs;
        costs.write(true, (&prices, &store), console.width(), &mut self.out)?;
        self.out.flush()
    }

    fn left(&mut self, fate: Fate, bucket: &ScannedBucket) {
        let (uploads, bytes) = bucket.proposal.sums();
        self.closing.left(fate, &bucket.name, uploads, bytes);
    }

    fn older_than(&self) -> SignedDuration {
        self.clean.scan_options.request.selection.older_than
    }

    fn width(&self) -> usize {
        self.clean.console.width().unwrap_or(COLUMNS)
    }

    async fn each(&mut self) -> Result<PromptEnd, Failure> {
        let all = self.waiting.len();
        while let Some(mut bucket) = self.waiting.pop_front() {
            let place = format!("[{}/{all}] ", all - self.waiting.len());
            let (older_than, width) = (self.older_than(), self.clean.console.width());
            bucket
                .show(&place, older_than, width, &mut self.out)
                .await?;
            match self.decide(&bucket).await? {
                Some(Decision::This) => self.abort(bucket).await?,
                Some(Decision::All) => self.abort_all(bucket).await?,
                Some(Decision::Leave) => self.left(Fate::Declined, &bucket),
                Some(Decision::Quit) => {
                    writeln!(self.out)?;
                    self.waiting.push_front(bucket);
                    return Ok(PromptEnd::Quit);
                }
                None => {
                    // The cursor stands behind the question.
                    writeln!(self.out, "\n")?;
                    self.waiting.push_front(bucket);
                    return Ok(PromptEnd::Stopped);
                }
            }
            writeln!(self.out)?;
            if self.sweep_run.is_stopped() || self.sweep_run.is_interrupted() {
                return Ok(PromptEnd::Stopped);
            }
        }
        Ok(PromptEnd::All)
    }

    /// Asks about one bucket until there is an answer to act on; `None` after a signal.
    async fn decide(&mut self, bucket: &ScannedBucket) -> Result<Option<Decision>, Failure> {
        loop {
            self.out.flush()?;
            match self.agree(&bucket.planned.plan).await? {
                Some(Answer::Yes) => return Ok(Some(Decision::This)),
                Some(Answer::No) => return Ok(Some(Decision::Leave)),
                Some(Answer::Quit) => return Ok(Some(Decision::Quit)),
                Some(Answer::List) => bucket.list(&mut self.out).await?,
                Some(Answer::All) => match self.agree_to_all(bucket).await? {
                    Some(true) => return Ok(Some(Decision::All)),
                    Some(false) => {
                        let line = "  not confirmed; nothing more aborted";
                        writeln!(self.out, "{line}")?;
                    }
                    None => return Ok(None),
                },
                None => return Ok(None),
            }
        }
    }

    /// Asks about one bucket; `None` after a signal.
    async fn agree(&mut self, plan: &Plan) -> Result<Option<Answer>, Failure> {
        let store = self.clean.session.store.provider();
        let question = question::text(plan, &store, self.width());
        let ask = move |question: &str| {
            let (mut input, mut output) = (io::stdin().lock(), io::stderr());
            question::ask(question, &mut input, &mut output, keyboard::forget_typed)
        };
        let answer = keyboard::ask(&self.sweep_run.held, question, ask).await;
        answer.map_err(|error| prompt_failure(&error))
    }

    /// Names all that is left with its number and size, and takes the number for a yes: nobody agrees to what
    /// was neither shown nor named. `None` after a signal.
    async fn agree_to_all(&mut self, bucket: &ScannedBucket) -> Result<Option<bool>, Failure> {
        let plans: Vec<_> = [bucket]
            .into_iter()
            .chain(&self.waiting)
            .map(|bucket| (&bucket.name, &bucket.planned.plan))
            .collect();
        let store = self.clean.session.store.provider();
        let (question, count) = question::text_of_all(&self.place, &plans, &store, self.width());
        let ask = move |question: &str| {
            let (mut input, mut output) = (io::stdin().lock(), io::stderr());
            let forget = keyboard::forget_typed;
            question::ask_of_all(question, count, &mut input, &mut output, forget)
        };
        let confirmed = keyboard::ask(&self.sweep_run.held, question, ask).await;
        confirmed.map_err(|error| prompt_failure(&error))
    }

    async fn abort(&mut self, bucket: ScannedBucket) -> Result<(), Failure> {
        let (uploads, bytes) = bucket.proposal.sums();
        let left = [(bucket.name, uploads, bytes)];
        self.sweep(bucket.planned, &left, false).await
    }

    /// Aborts what was confirmed by its number as one plan.
    async fn abort_all(&mut self, bucket: ScannedBucket) -> Result<(), Failure> {
        let count: u64 = self
            .waiting
            .iter()
            .map(|other| other.planned.plan.len())
            .sum();
        let count = count + bucket.planned.plan.len();
        let mut draft = self.clean.plan_draft(&Spool::default());
        let mut left = Vec::new();
        self.waiting.push_front(bucket);
        for bucket in &self.waiting {
            draft.take(&bucket.planned).await?;
            let (uploads, bytes) = bucket.proposal.sums();
            left.push((bucket.name.clone(), uploads, bytes));
        }
        let planned = draft.finish()?;
        // Typed was the number of exactly these.
        if planned.plan.len() != count {
            return Err(Failure::told(
                Exit::Failed,
                "what was confirmed can't be read again: nothing more was aborted",
            ));
        }
        self.waiting.clear();
        self.sweep(planned, &left, true).await
    }

    /// Aborts a plan. `left`: what it has of each bucket, for where it cannot be begun.
    async fn sweep(
        &mut self,
        planned: Planned,
        left: &[(BucketName, u64, Sum)],
        names_buckets: bool,
    ) -> Result<(), Failure> {
        let job = match self.job(planned).await {
            Ok(Some(job)) => job,
            Ok(None) => return Ok(()),
            Err(error) => {
                for (bucket, uploads, bytes) in left {
                    self.closing
                        .left(Fate::NotReached, bucket, *uploads, *bytes);
                }
                return Err(error);
            }
        };
        let mut freed = Freed::new(names_buckets);
        let closing = &mut self.closing;
        let count = |swept: &SweptUpload| {
            freed.count(swept);
            closing.swept(swept);
            Ok(())
        };
        self.sweep_run.sweep(job, count).await??;
        Ok(freed.write(self.clean.console.width(), &mut self.out)?)
    }

    /// The plan with its uploads, and its part of the journal.
    async fn job(
        &mut self,
        planned: Planned,
    ) -> Result<Option<Job<Uploads<BufReader<Reader>>>>, Failure> {
        let Some(uploads) = planned.uploads()? else {
            return Ok(None);
        };
        let Clean {
            session, console, ..
        } = self.clean;
        let plan = self.clean.consent(planned.plan)?;
        let summary = plan.summary();
        self.sweep_run.tell_what_cannot_be_repaired(summary).await?;
        let journal = self.journals.begin(session, &plan, console)?;
        Ok(Some(Job {
            keeps_journal_open: true,
            ..Job::new(plan, uploads, journal)
        }))
    }
}

fn prompt_failure(error: &io::Error) -> Failure {
    Failure::told(Exit::Failed, format!("could not ask: {error}"))
}

/// Why there is nothing to ask about. A bucket that was not seen whole is not called empty (law 8).
fn nothing(seen: &ScanSummary) -> String {
    let whole = seen.buckets.saturating_sub(seen.not_whole());
    let unseen = counted(seen.not_whole(), "bucket");
    match (seen.excluded, whole, seen.not_whole()) {
        (1.., _, _) => format!(
            "No incomplete upload matches: {} excluded by --include and --exclude.",
            counted(seen.excluded, "upload")
        ),
        (0, 0, 1..) => {
            format!("Nothing to abort was found: {unseen} couldn't be listed completely.")
        }
        (0, _, 0) => format!("No incomplete uploads in {}.", counted(whole, "bucket")),
        (0, _, _) => format!(
            "No incomplete uploads in {}; {unseen} couldn't be listed completely.",
            counted(whole, "bucket")
        ),
    }
}
