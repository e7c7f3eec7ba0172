//! A sweep that is running.

use std::io;
use std::sync::Arc;

use partsweep_core::{
    ApprovedPlan, AtRisk, BucketName, Clock, Inspect, KeepReason, Mutate, Outcome, OutcomeKind,
    PlanSummary, SpareName, StoreError, UploadAddress,
};
use partsweep_engine::journal::Journal;
use partsweep_engine::{
    Earlier, PlanSource, SweepError, SweepOptions, SweepRequest, SweepTotals, SweptUpload, sweep,
};
use tokio::sync::mpsc;

use crate::args::Format;
use crate::bug;
use crate::report::freed;
use crate::report::schema::sweep::OutcomeTotals;
use crate::run::session::Session;
use crate::run::sole::Sole;
use crate::run::stall::StallNotice;
use crate::terminal::console::Console;
use crate::terminal::interrupt::HeldSignals;
use crate::terminal::progress::Progress;
use crate::text::error::{Failure, chain, is_about_temporary_file};
use crate::text::exit::Exit;
use crate::text::figures::{self, count, counted};
use crate::text::hints::AwsTool;

/// Outcomes held between the engine and whoever shows them.
const AHEAD: usize = 256;

/// Buckets in which saving is tried side by side: about six requests each, one after the other.
const TRIALS: usize = 16;

/// Uploads whose key could not be looked at again that are told at once: a store that is down
/// makes it thousands.
const UNSETTLED_TOLD: u32 = 3;

/// One plan to be swept.
pub(crate) struct Job<P> {
    /// What was agreed to.
    pub(crate) plan: ApprovedPlan,
    /// Brings its uploads.
    pub(crate) source: P,
    /// Where it is written down.
    pub(crate) journal: Journal,
    /// What an interrupted sweep of this plan did.
    pub(crate) earlier: Earlier,
    /// The sums of that.
    pub(crate) done_before: SweepTotals,
    /// Whether further plans of the same run are written to the journal: then whoever has it closes it.
    pub(crate) keeps_journal_open: bool,
}

impl<P> Job<P> {
    /// A plan that was not begun yet.
    pub(crate) fn new(plan: ApprovedPlan, source: P, journal: Journal) -> Self {
        Self {
            plan,
            source,
            journal,
            earlier: Earlier::default(),
            done_before: SweepTotals::default(),
            keeps_journal_open: false,
        }
    }
}

/// How the same command sweeps the rest.
pub(crate) const SAME_AGAIN: &str = "the same command again aborts the rest";

/// Sweeps plans that were consented to, one after the other.
///
/// Holds the signals to its end, and so until all is told: what was freed is never left unsaid.
pub(crate) struct SweepRun<'a> {
    session: &'a Session,
    console: &'a Console,
    options: SweepOptions,
    /// The signals.
    pub(crate) held: HeldSignals,
    /// What became of everything so far.
    pub(crate) totals: OutcomeTotals,
    not_reached: u64,
    /// Why a sweep ended before its plan did.
    stopped: Option<SweepError>,
    /// Kept, because the look could not learn what it had to know.
    unlearned: u64,
    unsettled_told: u32,
    /// That no other sweep of the account is at work here, from the first plan on.
    sole: Option<Sole>,
}

impl<'a> SweepRun<'a> {
    /// Nothing is swept yet.
    pub(crate) fn new(session: &'a Session, console: &'a Console, options: SweepOptions) -> Self {
        Self {
            session,
            console,
            options,
            held: console.interrupt().hold(),
            totals: OutcomeTotals::default(),
            not_reached: 0,
            stopped: None,
            unlearned: 0,
            unsettled_told: 0,
            sole: None,
        }
    }

    /// Whether this is the only sweep of the account on this machine: said once, if it is not and that
    /// makes a difference (law 6).
    async fn is_alone(&mut self) -> bool {
        let store = &self.session.store;
        if self.sole.is_none() {
            let key = store.key_id_end().await;
            self.sole = Sole::claim(store.endpoint(), key.as_deref(), store.account()).await;
        }
        let is_alone = self.sole.is_some();
        if !is_alone && self.options.alone && !store.provider().tells_gone {
            self.console.warn(
                "another partsweep is aborting uploads of this account on this machine, and this store \
                 doesn't say whose abort ended an upload: what this one frees is reported as unknown",
                &[],
            );
        }
        is_alone
    }

    /// Sweeps a plan, telling each outcome.
    ///
    /// A signal, a journal that cannot be written, or an outcome that cannot be told any more, ends
    /// it early: what is in flight is finished, and nothing new begun. The error is that of the
    /// telling.
    pub(crate) async fn sweep(
        &mut self,
        job: Job<impl PlanSource + 'static>,
        mut tell: impl FnMut(&SweptUpload) -> io::Result<()>,
    ) -> Result<io::Result<()>, Failure> {
        let Job {
            plan,
            source,
            journal,
            earlier,
            done_before,
            keeps_journal_open,
        } = job;
        self.options.alone = self.is_alone().await;
        let stop = self.held.token();
        let (sender, mut outcomes) = mpsc::channel(AHEAD);
        let store = Arc::clone(&self.session.store);
        let uploads = plan.summary().uploads;
        let request = SweepRequest {
            plan,
            journal: journal.clone(),
            earlier,
            options: self.options,
        };
        let task = tokio::spawn(sweep(store, request, source, sender, stop.clone()));
        let mut in_all = done_before;
        let reached_before = self.not_reached;
        let mut progress = Progress::of_sweep(self.console, uploads);
        let mut told = Ok(());
        let mut stop_was_told = false;
        let mut stall = StallNotice::new(&self.session.store, self.console);
        loop {
            let swept = tokio::select! {
                swept = stall.watch(outcomes.recv()) => swept,
                () = stop.cancelled(), if !stop_was_told => {
                    stop_was_told = true;
                    for line in [
                        "Stopping: aborts in progress are being finished and verified.",
                        "Press Ctrl-C again to stop at once.",
                    ] {
                        self.console.note(line);
                    }
                    continue;
                }
            };
            let Some(swept) = swept else { break };
            progress.swept(&swept);
            bug::provoke("outcome");
            self.count(&swept);
            in_all.count(&swept);
            if told.is_ok() {
                told = tell(&swept);
                if told.is_err() {
                    stop_was_told = true;
                    stop.cancel();
                }
            }
        }
        drop(progress);
        let ended = task.await.map_err(|error| Failure::of_task(&error))?;
        // Without its last line, the journal can be gone on with.
        if ended.is_ok() && keeps_journal_open {
            return Ok(told);
        }
        if ended.is_ok() && self.not_reached == reached_before {
            self.stopped = journal
                .end(&in_all)
                .await
                .map_err(SweepError::Journal)
                .err();
        } else if let Err(error) = ended {
            self.stopped.get_or_insert(error);
        }
        Ok(told)
    }

    /// Says in which buckets an object that is completed while its upload is aborted could not be
    /// saved, before the first abort (law 12).
    pub(crate) async fn tell_what_cannot_be_repaired(
        &self,
        plan: &PlanSummary,
    ) -> Result<(), Failure> {
        let store = &self.session.store;
        if !store.provider().must_recheck() {
            return Ok(());
        }
        let buckets: Vec<_> = plan.buckets.iter().cloned().collect();
        for some in buckets.chunks(TRIALS) {
            let begin = |bucket: &BucketName| {
                let (store, bucket) = (Arc::clone(store), bucket.clone());
                tokio::spawn(async move { store.try_saving(&bucket).await })
            };
            let trials: Vec<_> = some.iter().map(begin).collect();
            for (bucket, trial) in some.iter().zip(trials) {
                let tried = trial.await.map_err(|error| Failure::of_task(&error))?;
                if let Err(error) = tried {
                    self.tell_unrepairable(bucket, &error);
                }
            }
        }
        match store.clock() {
            Clock::Behind(by) => self.console.note(&format!(
                "this store shows times that are {} behind its own clock, probably local time as if \
                 it were UTC: all ages are taken to be that much shorter",
                figures::about(by)
            )),
            Clock::Untrue => self.console.warn(
                "this store gives a new upload a date that can't be true, so the age of its uploads isn't known",
                &["none of them is aborted".to_owned()],
            ),
            Clock::Utc | Clock::NotBehind | Clock::Unproven => {}
        }
        Ok(())
    }

    fn tell_unrepairable(&self, bucket: &BucketName, error: &StoreError) {
        let line = format!(
            "an object in bucket `{}` that is completed while its upload is aborted could not be \
             saved: {}",
            bucket.as_str(),
            chain(error)
        );
        let hints = [
            "that is rare for uploads that were idle for a day or more".to_owned(),
            "saving takes the permissions s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and \
             s3:DeleteObject (s3:DeleteObjectVersion in a bucket that keeps versions)"
                .to_owned(),
        ];
        self.console.warn(&line, &hints);
    }

    /// Whether something other than a signal ended a sweep before its plan.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Counts what became of one upload.
    pub(crate) fn count(&mut self, swept: &SweptUpload) {
        self.totals.count(swept);
        match &swept.outcome {
            Outcome::NotReached => self.not_reached += 1,
            Outcome::AtRisk(at_risk) => self.tell_danger(&swept.planned.upload.address, at_risk),
            Outcome::Unverified(error) => {
                self.tell_unsettled(&swept.planned.upload.address, error);
            }
            Outcome::Kept(reason) if !is_known(*reason) => self.unlearned += 1,
            _ => {}
        }
    }

    /// An object is in danger: said at once, whatever the format, with the command that saves it.
    fn tell_danger(&self, address: &UploadAddress, at_risk: &AtRisk) {
        let line = format!(
            "an upload of `{}` in bucket `{}` was completed while it was aborted, and its object will \
             lose its data within hours: {}",
            address.key.as_str(),
            address.bucket.as_str(),
            chain(&at_risk.error)
        );
        let command = match &at_risk.spare {
            Some(spare) => self.aws().rescue(address, &spare.name, true),
            None => self.aws().rescue(address, &SpareName::random(), false),
        };
        self.console
            .warn(&line, &[format!("save it now: {command}")]);
    }

    /// Whether an object is in danger is not known: said at once, with what can be done, for the
    /// first few; the report names all.
    fn tell_unsettled(&mut self, address: &UploadAddress, error: &StoreError) {
        self.unsettled_told += 1;
        if self.unsettled_told > UNSETTLED_TOLD {
            return;
        }
        let line = format!(
            "an upload of `{}` in bucket `{}` was aborted, and whether it was completed at that \
             moment could not be seen: {}",
            address.key.as_str(),
            address.bucket.as_str(),
            chain(error)
        );
        let command = self.aws().rescue(address, &SpareName::random(), false);
        let hints = [
            "`partsweep apply --resume --journal` with the journal named above looks again"
                .to_owned(),
            format!("if an object was written there just now, save it within hours: {command}"),
        ];
        self.console.warn(&line, &hints);
    }

    fn aws(&self) -> AwsTool<'_> {
        AwsTool {
            endpoint: self.session.store.endpoint(),
            profile: self.session.profile.as_deref(),
        }
    }

    /// Whether a signal came.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.held.is_signalled()
    }

    /// Whether all that was agreed to came to its end.
    pub(crate) fn is_done(&self) -> bool {
        self.not_reached == 0 && !self.is_stopped()
    }

    /// Whether a signal came, and all that was agreed to before it is done.
    pub(crate) fn is_only_interrupted(&self) -> bool {
        self.is_interrupted() && self.is_done()
    }

    /// How it ended: what failed, is left or could not be learned makes it partial, a signal ends
    /// it as interrupted. An upload that is kept for what is known of it is the look at work.
    pub(crate) fn exit(&self) -> Exit {
        let trouble = self.totals.swept().trouble() + self.unlearned;
        if self.is_interrupted() {
            return Exit::Interrupted;
        }
        match &self.stopped {
            Some(SweepError::NotAsAgreed) => Exit::Refused,
            Some(_) => Exit::Failed,
            None if trouble > 0 => Exit::Partial,
            None => Exit::Done,
        }
    }

    /// Says how many were not aborted, where the data on standard output is not for people.
    pub(crate) fn tell_failures(&self, format: Format) {
        let failed = self.totals.swept()[OutcomeKind::Failed];
        if failed > 0 && format != Format::Table {
            let uploads = counted(failed, "upload");
            self.console.warn(
                &format!("{uploads} not aborted, since a request failed: the data says which"),
                &[SAME_AGAIN.to_owned()],
            );
        }
    }

    /// Says where it stands after a signal, or when it ended before its plan. `go_on` says how to
    /// sweep the rest.
    pub(crate) fn tell_interruption(&self, go_on: &str) {
        if let Some(error) = &self.stopped {
            let freed = freed::summary(&self.totals);
            let line = format!("stopped, because {}: {freed}", chain(error));
            self.console.warn(&line, &[go_on.to_owned()]);
        }
        if !self.is_interrupted() {
            return;
        }
        if self.not_reached == 0 {
            let line = format!("interrupted: {}", freed::summary(&self.totals));
            return self.console.warn(&line, &[]);
        }
        let aborted = counted(self.totals.swept()[OutcomeKind::Aborted], "upload");
        let left = count(self.not_reached);
        self.console.warn(
            &format!("interrupted: {aborted} aborted, {left} of those chosen not reached"),
            &[go_on.to_owned()],
        );
    }

    /// Says on standard error what could not be written to standard output: unlike a scan, a sweep
    /// is never quiet about that. Returns what it makes of the exit code.
    pub(crate) fn tell_output_failure(&self, error: &io::Error) -> Exit {
        let gone = error.kind() == io::ErrorKind::BrokenPipe;
        let why = if gone {
            "standard output was closed".to_owned()
        } else if is_about_temporary_file(error) {
            chain(error)
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
pub(crate) fn is_known(reason: KeepReason) -> bool {
    use KeepReason as Why;
    matches!(
        reason,
        Why::ActiveRecently
            | Why::IdleTooShort
            | Why::FinishedObject
            | Why::TooSmall
            | Why::TooCheap
    )
}
