//! `partsweep apply`: sweep exactly what a saved scan lists, if it is still so.

mod asking;
mod dry_run;
mod plan;
mod settle;

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use partsweep_core::{ApprovedPlan, Consent, Inspect, OutcomeKind, escape};
use partsweep_engine::inventory::Uploads;
use partsweep_engine::inventory::file::Input;
use partsweep_engine::journal::{self, Journal, JournalError, Recovered};
use partsweep_engine::{Earlier, SweepOptions, SweepTotals, SweptUpload};

use crate::args::{Format, PriceArgs, SharedArgs, Sort, SweepArgs, age_or_date};
use crate::commands::apply::plan::SavedPlan;
use crate::report::seen::ScanSummary;
use crate::report::{self, SweepEvent};
use crate::run::journals;
use crate::run::prices::{self, PlanPlaces};
use crate::run::session::{Session, SettingsFor};
use crate::run::sweep::{Job, SweepRun};
use crate::run::unsettled;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{counted, minute};

/// Abort the uploads in a plan, skipping any that have changed
///
/// Each upload is checked again just before its abort. What has changed since the scan is skipped and
/// reported.
#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    /// A plan saved with `partsweep scan --save`
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Continue a run that was interrupted; without PLAN, only check what was left unverified
    #[arg(long)]
    resume: bool,
    /// Check each upload and show what would be aborted now; change nothing, even with --yes
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Accept a plan from which lines were removed
    #[arg(long)]
    allow_edited: bool,
    /// Accept a plan that is older than 7 days
    #[arg(long)]
    stale_plan_ok: bool,
    /// Abort only uploads with no activity for at least AGE or since a date; no less than what was scanned for
    /// [default: what was scanned for]
    #[arg(
        long,
        value_name = "AGE",
        aliases = ["before", "min-age"],
        allow_hyphen_values = true,
        value_parser = age_or_date,
        help_heading = "Selection"
    )]
    older_than: Option<SignedDuration>,
    #[command(flatten)]
    sweep: SweepArgs,
    #[command(flatten)]
    prices: PriceArgs,
}

/// What has no meaning where only what is in doubt is settled.
const NEEDS_A_PLAN: [&str; 10] = [
    "--price",
    "--prices",
    "--dry-run",
    "--allow-edited",
    "--stale-plan-ok",
    "--older-than",
    "--max-uploads",
    "--max-bytes",
    "--include-finished",
    "--risk-live",
];

/// Sweeps a saved scan that was consented to (law 2), or goes on with one.
pub(crate) async fn run(
    args: &ApplyArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    if shared.given.first_of(&["--top"]).is_some() {
        return Err(Failure::usage(
            "--top has no effect with apply, which shows what it frees bucket by bucket",
        )
        .hint("leave it out"));
    }
    if args.dry_run && shared.output.format() != Format::Table {
        return Err(
            Failure::usage("--dry-run says what would be aborted in words only")
                .hint("the plan itself is the data"),
        );
    }
    let options = SweepOptions {
        concurrency: shared.connection.concurrency.into(),
        settle: args.sweep.settle(),
        ..SweepOptions::default()
    };
    let Some(path) = &args.plan else {
        if !args.resume {
            return Err(
                Failure::usage("apply needs a PLAN, the file that a scan was saved to").hint(
                    "`partsweep scan --save FILE` saves one, `partsweep apply FILE` applies it",
                ),
            );
        }
        if let Some(option) = shared.given.first_of(&NEEDS_A_PLAN) {
            return Err(Failure::usage(format!("{option} makes no sense without the PLAN"))
                .hint("`apply --resume --journal FILE` looks at what is in doubt, saves objects and aborts nothing"));
        }
        return settle::run(
            args.sweep.journal.as_deref(),
            options,
            shared,
            settings,
            console,
        )
        .await;
    };
    let plan = SavedPlan::read(path, args, console)?;
    if !args.sweep.yes && !args.dry_run {
        let is_table = shared.output.format() == Format::Table;
        console.check_can_confirm(is_table, false)?;
    }
    let own_prices = prices::read(&args.prices, shared)?;
    let session = Session::connect_to(Some(plan.endpoint()), settings, console)
        .await?
        .with_prices(own_prices);
    plan.fits(&session).await?;
    let own = plan::journal_of(args, &plan.id)?;
    let doubts = unsettled::tell(&session, Some(&own), console).await;
    let exit = Apply {
        args,
        format: shared.output.format(),
        session: &session,
        console,
        options,
    }
    .sweep(path, plan)
    .await?;
    Ok(exit.worst(doubts))
}

struct Apply<'a> {
    args: &'a ApplyArgs,
    format: Format,
    session: &'a Session,
    console: &'a Console,
    options: SweepOptions,
}

impl Apply<'_> {
    async fn sweep(&self, path: &Path, saved: SavedPlan) -> Result<Exit, Failure> {
        let provider = self.session.store.provider();
        let shows = format!("{} --dry-run", self.again(path, ""));
        let exact = self.format != Format::Table;
        let refused = |error| Failure::refused(error, exact, &shows);
        let consent = Consent::to(&saved.plan, &self.args.sweep.limits(), &provider);
        let consent = consent.map_err(refused)?;
        // Told before anyone is asked.
        let file = plan::journal_of(self.args, &saved.id)?;
        let mut is_finished = false;
        if !saved.plan.is_empty() && file.try_exists().unwrap_or(false) {
            match (self.finished(&file, &saved), self.args.resume) {
                (None, true) => {}
                (None, false) => return Err(self.begun(path, &file)),
                // Whoever repeats --resume until it ends well gets the report once more.
                (Some(line), true) => {
                    is_finished = true;
                    self.console.note(&line);
                }
                (Some(line), false) => {
                    return Err(Failure::told(Exit::Refused, line)
                        .hint("a new scan shows what is left: `partsweep scan --save FILE`"));
                }
            }
        }
        let is_agreed = saved.plan.is_empty() || self.args.sweep.yes || is_finished;
        if is_agreed || self.args.dry_run {
            let place = self.session.place().await;
            self.console.place(&place, self.format == Format::Table)?;
            self.console.note(&saved.words(path));
        }
        if self.args.dry_run {
            return self.dry_run(path, &saved).await;
        }
        let mut sweep_run = SweepRun::new(self.session, self.console, self.options);
        if !is_agreed && !self.agree(path, &saved, &sweep_run).await? {
            return Err(match sweep_run.is_interrupted() {
                true => Failure::Interrupted,
                false => Failure::told(Exit::Refused, "not confirmed: nothing was changed"),
            });
        }
        let mut report = report::of_sweep(
            self.format,
            saved.plan.terms().older_than,
            (None, Sort::default()),
            self.session.source(),
            self.console,
        );
        let seen = ScanSummary::saved(saved.buckets.len());
        let id = saved.id.clone();
        let mut places = PlanPlaces::of(&saved.buckets);
        for bucket in saved.buckets {
            report.event(SweepEvent::SavedBucket(Box::new(bucket)))?;
        }
        let mut told = Ok(());
        if !saved.plan.is_empty() {
            let plan = saved.plan.approve(consent).map_err(refused)?;
            sweep_run
                .tell_what_cannot_be_repaired(plan.summary())
                .await?;
            let (job, earlier) = self.job(path, &id, plan)?;
            if let Some(earlier) = earlier {
                if !is_finished {
                    let freed = report::freed::of_totals(&earlier);
                    self.console
                        .note(&format!("Before the interruption: {freed}"));
                }
                report.event(SweepEvent::Earlier(earlier))?;
            }
            let tell = |swept: &SweptUpload| {
                places.add(&swept.planned);
                report.event(SweepEvent::Swept(swept))?;
                report.flush()
            };
            told = sweep_run.sweep(job, tell).await?;
        }
        let end = self.session.end(seen);
        let told = told.and_then(|()| report.end(&end, sweep_run.is_interrupted()));
        sweep_run.tell_failures(self.format);
        sweep_run.tell_interruption(&format!("`{}` aborts the rest", self.resume(path)));
        let output_exit = told.map_or_else(
            |error| sweep_run.tell_output_failure(&error),
            |()| Exit::Done,
        );
        self.session.warn_of_prices(&places.places, self.console);
        self.session.tell_details(self.console);
        Ok(sweep_run.exit().worst(output_exit))
    }

    /// The plan with its journal, and what was done of it before.
    fn job(
        &self,
        path: &Path,
        id: &str,
        plan: ApprovedPlan,
    ) -> Result<(Job<Uploads<Input>>, Option<SweepTotals>), Failure> {
        let source = Uploads::of(plan::open(path)?, plan.terms());
        let (journal, recovered) = self.journal(path, id, &plan)?;
        let done_before = recovered.as_ref().map(|recovered| recovered.totals);
        let job = Job {
            plan,
            source,
            journal,
            earlier: recovered.map(Earlier::from).unwrap_or_default(),
            done_before: done_before.unwrap_or_default(),
            keeps_journal_open: false,
        };
        Ok((job, done_before))
    }

    /// The command that goes on with this sweep.
    fn resume(&self, path: &Path) -> String {
        let mut command = self.again(path, " --resume");
        if let Some(journal) = &self.args.sweep.journal {
            let journal = journal.to_string_lossy();
            command.push_str(&format!(" --journal {}", escape::for_shell(&journal)));
        }
        command
    }

    /// The command that applies the same plan to the same store.
    fn again(&self, path: &Path, option: &str) -> String {
        let path = path.to_string_lossy();
        let (path, store) = (escape::for_shell(&path), self.session.options());
        format!("partsweep apply{option} {path}{store}")
    }

    /// A new journal, or the one of the sweep that was interrupted.
    fn journal(
        &self,
        path: &Path,
        id: &str,
        plan: &ApprovedPlan,
    ) -> Result<(Journal, Option<Recovered>), Failure> {
        let file = plan::journal_of(self.args, id)?;
        let header = journals::header(self.session, plan, Some(path));
        let new = |sink| journals::start(sink, &file, &header, self.console);
        if !file.try_exists().unwrap_or(false) {
            if self.args.resume {
                return Err(plan::empty_journal_failure(&file));
            }
            return Ok((new(journal::file::create(&file))?, None));
        }
        if !self.args.resume {
            return Err(self.begun(path, &file));
        }
        let (recovered, sink) = match journal::file::resume(&file) {
            // Interrupted before its first line was whole: nothing was done.
            Err(JournalError::NoHeader) => {
                return Ok((new(journal::file::restart(&file))?, None));
            }
            resumed => resumed.map_err(|error| journal_failure(&file, &error))?,
        };
        if recovered.header.plan != plan.digest().to_string() || recovered.plans > 1 {
            let line = format!("{} is the journal of another plan", file.display());
            return Err(
                Failure::told(Exit::Refused, line).hint("the plan must be the same as before")
            );
        }
        let journal = Journal::resume(sink, &recovered);
        let journal = journal.map_err(|error| journal_failure(&file, &error))?;
        self.console.note(&format!("Journal: {}", file.display()));
        Ok((journal, Some(recovered)))
    }

    /// What there is to say of a plan of which nothing is left to be done, before anyone is asked. What is wrong
    /// with the journal is told where it is taken up again.
    fn finished(&self, file: &Path, saved: &SavedPlan) -> Option<String> {
        let recovered = journal::file::recover(file).ok()?;
        let is_same = recovered.plans == 1
            && recovered.header.plan == saved.plan.digest().to_string()
            && recovered.is_finished(saved.plan.len());
        let ended = recovered.ended.filter(|_| is_same)?;
        let aborted = match recovered.totals[OutcomeKind::Aborted] {
            1 => "1 upload was".to_owned(),
            n => format!("{} were", counted(n, "upload")),
        };
        Some(format!(
            "this plan is finished: {aborted} aborted on {} UTC (journal: {})",
            minute(ended),
            file.display()
        ))
    }

    /// This plan was swept before, to its end or not; or the file is another one.
    fn begun(&self, path: &Path, file: &Path) -> Failure {
        let file = file.display();
        let line = match &self.args.sweep.journal {
            None => format!("this plan was started before (journal: {file})"),
            Some(_) => format!("{file} exists already"),
        };
        let go_on = self.resume(path);
        Failure::told(Exit::Refused, line).hint(format!(
            "if it is the journal of this plan, `{go_on}` goes on with it; a new scan sees what is left"
        ))
    }
}

/// A journal that cannot be gone on with: nothing is swept. What the system refuses is a failure.
fn journal_failure(file: &Path, error: &JournalError) -> Failure {
    let line = format!("{}: {}", file.display(), chain(error));
    match error {
        // Else it is no file at all.
        JournalError::Io { source, .. } if source.raw_os_error().is_some() => {
            Failure::told(Exit::Failed, line)
                .hint("nothing was changed; the same command again goes on when that is repaired")
        }
        JournalError::Held => Failure::told(Exit::Refused, line)
            .hint("nothing was changed; wait until the other one has ended"),
        _ => Failure::told(Exit::Refused, line)
            .hint("nothing was changed; `partsweep scan` shows what is there")
            .hint("without its journal, what was in doubt is not looked at again"),
    }
}
