//! `partsweep clean`: look, show, ask, sweep, verify.

mod asking;
mod buckets;
mod planning;

use std::io;
use std::path::Path;

use asking::InteractiveSweep;
use buckets::Buckets;
use partsweep_core::{Amount, ApprovedPlan, Consent, ConsentError, Inspect, Limits, Plan, Terms};
use partsweep_engine::{ScanEvent, Sizes, SweepOptions, SweptUpload, Totals};
use planning::PlanDraft;

use crate::args::{
    Format, KeyArgs, PriceArgs, ScanOptions, SelectionArgs, SharedArgs, ShowArgs, SweepArgs,
    TargetArg, Top,
};
use crate::commands::scan;
use crate::report::seen::ScanSummary;
use crate::report::spool::Spool;
use crate::report::{self, SweepEvent};
use crate::run::journals::Journals;
use crate::run::keys;
use crate::run::prices;
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::run::sweep::{Job, SAME_AGAIN, SweepRun};
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
    keys: KeyArgs,
    #[command(flatten)]
    sweep: SweepArgs,
    #[command(flatten)]
    prices: PriceArgs,
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
            .hint("`scan` with the same options changes nothing"));
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
    journals: Journals,
    console: &Console,
) -> Result<Exit, Failure> {
    // An age needs the parts of an upload, so there is no `--no-size` here. What began too recently is
    // kept anyway: a person sees how large it is, and unattended its parts need not be asked for.
    let sizes = match args.sweep.yes {
        true => Sizes::ToDecide,
        false => Sizes::All,
    };
    let mut scan_options = ScanOptions::new(&args.targets, &args.selection, shared, sizes)?;
    args.refuse_what_has_no_effect(shared)?;
    scan_options.show = args.show;
    if args.dry_run {
        scan_options.filters = args.show.filters(&args.selection);
    }
    if !args.sweep.yes && !args.dry_run {
        if args.keys.is_stdin() {
            return Err(Failure::usage(
                "stdin gives the keys, so nobody can be asked for confirmation",
            )
            .hint("put the keys into a file: `--keys-from FILE`"));
        }
        let can_confirm = console.check_can_confirm(scan_options.format == Format::Table, true);
        can_confirm.map_err(|refused| {
            refused.hint("to see them without changing anything: `partsweep scan`")
        })?;
    }
    let own_prices = prices::read(&args.prices, shared)?;
    scan_options.request.selection.min_cost = args.selection.min_cost(&own_prices);
    scan_options.request.search = keys::search(&args.keys, &scan_options.request.targets, console)?;
    if !args.dry_run {
        journals.try_out()?;
    }
    let session = Session::connect(settings, console)
        .await?
        .with_prices(own_prices);
    session.refuse_least_cost(&scan_options.request.selection)?;
    session.refuse_all_users_elsewhere(&scan_options.request.targets)?;
    let doubts = match journals.is_kept() {
        true => unsettled::tell(&session, None, console).await,
        false => Exit::Done,
    };
    let clean = Clean {
        session: &session,
        scan_options: &scan_options,
        args: &args.sweep,
        limits: args.sweep.limits(),
        console,
    };
    let exit = if args.dry_run {
        clean.dry_run().await?
    } else if args.sweep.yes {
        clean.without_asking(journals).await?
    } else {
        clean.asking(journals).await?
    };
    session.tell_details(console);
    Ok(exit.worst(doubts))
}

struct Clean<'a> {
    session: &'a Session,
    scan_options: &'a ScanOptions,
    args: &'a SweepArgs,
    limits: Limits,
    console: &'a Console,
}

impl Clean<'_> {
    /// Shows what would be aborted. Makes no consent, so nothing can be.
    async fn dry_run(&self) -> Result<Exit, Failure> {
        let seen = scan::show(self.session, self.scan_options, None, self.console).await?;
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
            let age = self.scan_options.request.selection.older_than;
            self.limits
                .check_age(age, &self.session.store.provider())
                .map_err(|error| self.refused(error))?;
        }
        Ok(seen.exit(self.scan_options.accept_unproven))
    }

    /// Scans everything, checks the limits, sweeps everything as one plan.
    async fn without_asking(&self, mut journals: Journals) -> Result<Exit, Failure> {
        let mut report = report::of_sweep(
            self.scan_options.format,
            self.scan_options.request.selection.older_than,
            (self.scan_options.top, self.scan_options.show.sort),
            self.session.source(),
            self.console,
        );
        let mut draft = self.plan_draft(&Spool::default());
        let mut scan_run = self.start_scan();
        let mut is_first = true;
        while let Some(event) = scan_run.next().await? {
            if is_first && matches!(event, ScanEvent::Found(_) | ScanEvent::BucketDone(_)) {
                is_first = false;
                let prices = self.session.prices();
                report
                    .event(SweepEvent::Priced(prices))
                    .map_err(output_failure)?;
            }
            report
                .event(SweepEvent::Scanned(&event))
                .map_err(output_failure)?;
            match event {
                ScanEvent::Found(finding) => draft.add(&finding).map_err(output_failure)?,
                ScanEvent::BucketDone(summary) => {
                    scan::warn_of_index(&summary, self.console);
                    scan::warn_of_trouble(&summary, self.scan_options, self.console);
                    scan::warn_of_nothing(&summary, self.scan_options, self.console);
                }
                ScanEvent::Buckets(_)
                | ScanEvent::Listed { .. }
                | ScanEvent::BucketsMissing(_)
                | ScanEvent::AllListed
                | ScanEvent::KeysAsked(_) => {}
            }
        }
        let seen = scan_run.seen;
        drop(scan_run);
        let planned = draft.finish()?;
        let uploads = planned.uploads()?;
        if seen.excluded > 0 {
            let excluded = counted(seen.excluded, "upload");
            self.console
                .note(&format!("{excluded} excluded by --include and --exclude"));
        }
        let plan = self.consent(planned.plan)?;
        let is_table = self.scan_options.format == Format::Table;
        let place = self.session.place().await;
        let named = self.console.place(&place, is_table);
        named.map_err(output_failure)?;
        let mut sweep_run = self.sweep_run();
        sweep_run
            .tell_what_cannot_be_repaired(plan.summary())
            .await?;
        report.event(SweepEvent::Begun).map_err(output_failure)?;
        report.flush().map_err(output_failure)?;
        let mut told = Ok(());
        if let Some(uploads) = uploads {
            let tell = |swept: &SweptUpload| {
                report.event(SweepEvent::Swept(swept))?;
                report.flush()
            };
            let journal = journals.begin(self.session, &plan, self.console)?;
            let job = Job::new(plan, uploads, journal);
            told = sweep_run.sweep(job, tell).await?;
        }
        let end = self.session.end(seen);
        let told = told.and_then(|()| report.end(&end, sweep_run.is_interrupted()));
        sweep_run.tell_failures(self.scan_options.format);
        sweep_run.tell_interruption(SAME_AGAIN);
        let output_exit = told.map_or_else(
            |error| sweep_run.tell_output_failure(&error),
            |()| Exit::Done,
        );
        self.tell_why_partial(&seen);
        Ok(self.exit(&seen, &sweep_run).worst(output_exit))
    }

    /// Scans everything, then shows bucket by bucket, asks, and aborts what is agreed to.
    async fn asking(&self, journals: Journals) -> Result<Exit, Failure> {
        let buckets = Buckets::scan(self).await?;
        let seen = buckets.seen;
        self.check(&seen.totals)?;
        buckets.tell_trouble(self.console);
        InteractiveSweep::new(self, journals, buckets)
            .await
            .run(&seen)
            .await
    }

    fn start_scan(&self) -> ScanRun<'_> {
        ScanRun::start(self.session, self.scan_options, self.console)
    }

    fn sweep_run(&self) -> SweepRun<'_> {
        let options = SweepOptions {
            concurrency: self.scan_options.request.concurrency,
            settle: self.args.settle(),
            ..SweepOptions::default()
        };
        SweepRun::new(self.session, self.console, options)
    }

    /// A plan to be made, whose uploads wait in this spool.
    fn plan_draft(&self, spool: &Spool) -> PlanDraft {
        let terms = Terms {
            older_than: self.scan_options.request.selection.older_than,
            include_finished: self.args.include_finished,
        };
        PlanDraft::new(self.session, terms, spool)
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
        let exact = self.scan_options.format != Format::Table;
        Failure::refused(error, exact, "partsweep scan")
    }

    /// Says why the exit code is 3 though all that was agreed to may be done: what led to it is far above by then.
    fn tell_why_partial(&self, seen: &ScanSummary) {
        if self.scan_options.format != Format::Table {
            return;
        }
        if let Some(why) = seen.why_partial(self.scan_options.accept_unproven) {
            self.console.note(&format!("Exit code 3: {why}."));
        }
    }

    fn exit(&self, seen: &ScanSummary, sweep_run: &SweepRun<'_>) -> Exit {
        seen.exit(self.scan_options.accept_unproven)
            .worst(sweep_run.exit())
    }
}

/// Standard output cannot be written to before the sweep began. A scan is quiet if its reader is
/// gone, a sweep never: what was asked for is not done.
fn output_failure(error: io::Error) -> Failure {
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
