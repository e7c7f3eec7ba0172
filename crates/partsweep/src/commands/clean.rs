//! `partsweep clean`: look, show, ask, sweep, verify.

mod asking;
mod buckets;
mod planning;

use std::io;
use std::path::Path;

use asking::Asking;
use buckets::Buckets;
use partsweep_core::{Amount, ApprovedPlan, Consent, ConsentError, Inspect, Limits, Plan, Terms};
use partsweep_engine::{ScanEvent, Sizes, SweepOptions, Totals};
use planning::Planning;

use crate::args::{Format, SelectionArgs, SharedArgs, ShowArgs, Survey, SweepArgs, TargetArg, Top};
use crate::commands::scan;
use crate::report;
use crate::report::seen::Seen;
use crate::report::spool::Spool;
use crate::run::journals::Notebook;
use crate::run::scan::Scanning;
use crate::run::session::{Session, SettingsFor};
use crate::run::sweep::{Job, SAME_AGAIN, Sweeping};
use crate::run::unsettled;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::{counted, rounded_sum};

/// Abort incomplete uploads, asking for confirmation per bucket
#[derive(Debug, clap::Args)]
pub(crate) struct CleanArgs {
    /// Buckets to clean: BUCKET, s3://BUCKET or s3://BUCKET/PREFIX [default: all]
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<TargetArg>,
    /// Show what would be aborted; change nothing, even with --yes
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    sweep: SweepArgs,
    #[command(flatten)]
    show: ShowArgs,
}

impl CleanArgs {
    /// Whether anything was typed that only `clean` has.
    pub(crate) fn is_given(&self, shared: &SharedArgs) -> bool {
        let own = <Self as clap::Args>::augment_args(clap::Command::new("clean"));
        let is_own = |id: &str| own.get_arguments().any(|argument| argument.get_id() == id);
        shared.given.ids().any(is_own)
    }

    /// The first target that is a word by itself: without `clean` in front of it, sooner a command that was
    /// misspelt than a bucket.
    pub(crate) fn bare_word(&self) -> Option<&str> {
        let bare = self.targets.iter().find(|target| target.is_bare);
        bare.map(TargetArg::bucket)
    }

    /// A dry run shows what a scan shows. Before an abort, every bucket is shown.
    fn refuse_what_has_no_effect(&self, shared: &SharedArgs) -> Result<(), Failure> {
        if self.dry_run {
            return self.show.refuse_what_has_no_effect(shared);
        }
        let of_a_scan = ["--summary", "--wide", "--show-skipped"];
        if let Some(option) = shared.given.first_of(&of_a_scan) {
            return Err(Failure::usage(format!(
                "{option} has no effect on what is aborted: it is for `scan` and `clean --dry-run`"
            ))
            .hint(format!("`partsweep scan {option}` changes nothing")));
        }
        let lists_all = self.sweep.yes && shared.output.top == Some(Top::All);
        if lists_all && shared.given.first_of(&["--sort"]).is_some() {
            let line = "--sort has no effect with --yes and --top all, which lists uploads as they are found";
            return Err(Failure::usage(line).hint("leave one of them out"));
        }
        self.show.refuse_what_has_no_effect(shared)
    }

    /// The file for the journal, if one was named.
    pub(crate) fn journal(&self) -> Option<&Path> {
        self.sweep.journal.as_deref()
    }
}

/// Scans, and sweeps what was consented to (law 2).
pub(crate) async fn run(
    args: &CleanArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    notebook: Notebook,
    console: &Console,
) -> Result<Exit, Failure> {
    // An age needs the parts of an upload, so there is no `--no-size` here. What began too recently is
    // kept anyway: a person sees how large it is, and unattended its parts need not be asked for.
    let sizes = match args.sweep.yes {
        true => Sizes::ToDecide,
        false => Sizes::All,
    };
    let mut survey = Survey::new(&args.targets, &args.selection, shared, sizes)?;
    args.refuse_what_has_no_effect(shared)?;
    survey.show = args.show;
    if args.dry_run {
        survey.filters = args.show.filters(&args.selection);
    }
    if !args.sweep.yes && !args.dry_run {
        refuse_if_nobody_can_agree(&survey, console)?;
    }
    if !args.dry_run {
        notebook.try_out()?;
    }
    let session = Session::connect(settings, console).await?;
    let doubts = match notebook.is_kept() {
        true => unsettled::tell(&session, None, console).await,
        false => Exit::Done,
    };
    let clean = Clean {
        session: &session,
        survey: &survey,
        args: &args.sweep,
        limits: args.sweep.limits(),
        console,
    };
    let exit = if args.dry_run {
        clean.dry_run().await?
    } else if args.sweep.yes {
        clean.without_asking(notebook).await?
    } else {
        clean.asking(notebook).await?
    };
    session.tell_details(console);
    Ok(exit.worst(doubts))
}

fn refuse_if_nobody_can_agree(survey: &Survey, console: &Console) -> Result<(), Failure> {
    let line = if !console.can_ask() {
        "can't ask for confirmation: there is no terminal"
    } else if survey.format != Format::Table {
        "can't ask for confirmation: only a table shows what you would confirm"
    } else if !console.shows_data() {
        "can't ask for confirmation: stdout is not a terminal"
    } else {
        return Ok(());
    };
    Err(Failure::told(Exit::Refused, line)
        .hint("`--yes` aborts without asking, `--dry-run` shows what that would do")
        .hint("`partsweep scan` changes nothing"))
}

struct Clean<'a> {
    session: &'a Session,
    survey: &'a Survey,
    args: &'a SweepArgs,
    limits: Limits,
    console: &'a Console,
}

impl Clean<'_> {
    /// Shows what would be aborted. Makes no consent, so nothing can be.
    async fn dry_run(&self) -> Result<Exit, Failure> {
        let seen = scan::show(self.session, self.survey, None, self.console).await?;
        let Totals {
            sweepable_uploads: uploads,
            sweepable_bytes: bytes,
            sweepable_unsized: unsized_uploads,
            ..
        } = seen.totals;
        let would = match uploads {
            0 => "Nothing would be aborted.".to_owned(),
            uploads => format!(
                "{} ({}) would be aborted.",
                counted(uploads, "upload"),
                rounded_sum(bytes, unsized_uploads > 0)
            ),
        };
        self.console
            .note(&format!("{would} This was a dry run: nothing was changed."));
        self.check(&seen.totals)?;
        if seen.totals.sweepable_uploads > 0 {
            let age = self.survey.request.selection.older_than;
            self.limits
                .check_age(age, &self.session.store.provider())
                .map_err(|error| self.refused(error))?;
        }
        Ok(seen.exit(self.survey.accept_unproven))
    }

    /// Scans everything, checks the limits, sweeps everything as one plan.
    async fn without_asking(&self, mut notebook: Notebook) -> Result<Exit, Failure> {
        let mut report = report::of_sweep(self.survey, self.session.source(), self.console);
        let mut planning = self.planning(&Spool::default());
        let mut scanning = self.scanning();
        while let Some(event) = scanning.next().await? {
            report.scanned(&event).map_err(unheard)?;
            match event {
                ScanEvent::Found(finding) => planning.add(&finding).map_err(unheard)?,
                ScanEvent::BucketDone(summary) => {
                    scan::warn_of_trouble(&summary, self.survey, self.console);
                    scan::warn_of_nothing(&summary, self.survey, self.console);
                }
                ScanEvent::Buckets(_)
                | ScanEvent::Listed { .. }
                | ScanEvent::BucketsMissing(_)
                | ScanEvent::AllListed => {}
            }
        }
        let seen = scanning.seen;
        drop(scanning);
        let planned = planning.finish()?;
        let uploads = planned.uploads()?;
        if seen.excluded > 0 {
            let excluded = counted(seen.excluded, "upload");
            self.console
                .note(&format!("{excluded} excluded by --include and --exclude"));
        }
        let plan = self.consent(planned.plan)?;
        self.console.place(&self.session.place().await);
        let mut sweeping = self.sweeping();
        sweeping
            .tell_what_cannot_be_repaired(plan.summary())
            .await?;
        report.begin().map_err(unheard)?;
        report.flush().map_err(unheard)?;
        let mut told = Ok(());
        if let Some(uploads) = uploads {
            let tell = |swept| report.swept(swept).and_then(|()| report.flush());
            let journal = notebook.begin(self.session, &plan, self.console)?;
            let job = Job::new(plan, uploads, journal);
            told = sweeping.sweep(job, tell).await?;
        }
        let end = self.session.end(seen);
        let told = told.and_then(|()| report.end(&end, sweeping.is_interrupted()));
        sweeping.tell_failures(self.survey.format);
        sweeping.tell_interruption(SAME_AGAIN);
        let unheard = told.map_or_else(|error| sweeping.tell_unheard(&error), |()| Exit::Done);
        Ok(self.exit(&seen, &sweeping).worst(unheard))
    }

    /// Scans everything, then shows bucket by bucket, asks, and aborts what is agreed to.
    async fn asking(&self, notebook: Notebook) -> Result<Exit, Failure> {
        let buckets = Buckets::scan(self).await?;
        let seen = buckets.seen;
        self.check(&seen.totals)?;
        buckets.tell_trouble(self.console);
        Asking::new(self, notebook, buckets).await.run(&seen).await
    }

    fn scanning(&self) -> Scanning<'_> {
        Scanning::start(self.session, self.survey, self.console)
    }

    fn sweeping(&self) -> Sweeping<'_> {
        let options = SweepOptions {
            concurrency: self.survey.request.concurrency,
            settle: self.args.settle(),
            ..SweepOptions::default()
        };
        Sweeping::new(self.session, self.console, options)
    }

    /// A plan to be made, whose uploads wait in this spool.
    fn planning(&self, spool: &Spool) -> Planning {
        let terms = Terms {
            older_than: self.survey.request.selection.older_than,
            include_finished: self.args.include_finished,
        };
        Planning::new(self.session, terms, spool)
    }

    /// Someone agreed: at the prompt, or beforehand with `--yes`.
    fn consent(&self, plan: Plan) -> Result<ApprovedPlan, Failure> {
        Consent::to(&plan, &self.limits, &self.session.store.provider())
            .and_then(|consent| plan.approve(consent))
            .map_err(|error| self.refused(error))
    }

    /// Checks the limits on everything that was chosen, before there is a plan.
    fn check(&self, chosen: &Totals) -> Result<(), Failure> {
        let bytes = if chosen.sweepable_unsized == 0 {
            Amount::Exact(chosen.sweepable_bytes)
        } else {
            Amount::AtLeast(chosen.sweepable_bytes)
        };
        self.limits
            .check(chosen.sweepable_uploads, bytes)
            .map_err(|error| self.refused(error))
    }

    fn refused(&self, error: ConsentError) -> Failure {
        Failure::refused(error, self.survey.format != Format::Table)
    }

    fn exit(&self, seen: &Seen, sweeping: &Sweeping<'_>) -> Exit {
        seen.exit(self.survey.accept_unproven)
            .worst(sweeping.exit())
    }
}

/// Standard output cannot be written to before the sweep began. A scan is quiet if its reader is
/// gone, a sweep never: what was asked for is not done.
fn unheard(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::InvalidData {
        let line = format!("nothing was changed: an upload cannot be planned: {error}");
        return Failure::told(Exit::Failed, line);
    }
    match Failure::from(error) {
        Failure::ReaderGone => Failure::told(
            Exit::Partial,
            "nothing was changed, because standard output was closed",
        )
        .hint("`partsweep scan` shows what there is"),
        Failure::Told(mut told) => {
            told.line = format!("nothing was changed: {}", told.line);
            Failure::Told(told)
        }
        other => other,
    }
}
