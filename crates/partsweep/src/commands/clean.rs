//! `partsweep clean`: look, show, ask, sweep, verify.

use std::collections::VecDeque;
use std::io::{self, Write};

use jiff::SignedDuration;
use partsweep_core::{Amount, Consent, Limits, Plan};
use partsweep_engine::{Finding, Totals};

use crate::args::{Format, SharedArgs, Survey, TargetArg, size};
use crate::commands::scan;
use crate::connect::{Session, SettingsFor};
use crate::console::Console;
use crate::error::Failure;
use crate::exit::Exit;
use crate::order::{BucketScan, InOrder};
use crate::progress::Progress;
use crate::question::{self, Answer};
use crate::report;
use crate::report::freed::{self, Freed};
use crate::report::table::Table;
use crate::scanning::{End, Scanning, Seen};
use crate::sweeping::Sweeping;

/// Look, show, ask bucket by bucket, and abort what was agreed to
#[derive(Debug, clap::Args)]
pub(crate) struct CleanArgs {
    /// Buckets to sweep, as s3://BUCKET or s3://BUCKET/PREFIX [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Show what would be aborted; change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Abort nothing at all if more uploads than this would be aborted
    #[arg(long, value_name = "N")]
    max_uploads: Option<u64>,
    /// Abort nothing at all if more bytes than this would be freed: 500GB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_bytes: Option<u64>,
}

impl CleanArgs {
    /// The first thing given, if anything is.
    pub(crate) fn first_given(&self) -> Option<&'static str> {
        [
            (!self.targets.is_empty(), "a target"),
            (self.yes, "--yes"),
            (self.dry_run, "--dry-run"),
            (self.max_uploads.is_some(), "--max-uploads"),
            (self.max_bytes.is_some(), "--max-bytes"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    fn limits(&self) -> Limits {
        Limits {
            max_uploads: self.max_uploads,
            max_bytes: self.max_bytes,
        }
    }
}

/// Scans, and sweeps what was consented to (law 2).
pub(crate) async fn run(
    args: &CleanArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    // An age needs the parts of each upload, so there is no `--no-size` here.
    let survey = Survey::new(&args.targets, shared, true)?;
    if !args.yes && !args.dry_run {
        refuse_if_nobody_can_agree(&survey, console)?;
    }
    let session = Session::connect(settings, console).await?;
    let clean = Clean {
        session: &session,
        survey: &survey,
        limits: args.limits(),
        console,
    };
    let exit = if args.dry_run {
        clean.dry_run().await?
    } else if args.yes {
        clean.without_asking().await.map_err(unheard)?
    } else {
        clean.asking().await.map_err(unheard)?
    };
    session.tell_details(console);
    Ok(exit)
}

fn refuse_if_nobody_can_agree(survey: &Survey, console: &Console) -> Result<(), Failure> {
    let line = if !console.can_ask() {
        "refused: there is no terminal to ask at"
    } else if survey.format != Format::Table {
        "refused: what is to be agreed to is shown only as a table"
    } else {
        return Ok(());
    };
    Err(Failure::told(Exit::Refused, line)
        .hint("`--yes` sweeps without asking, `--dry-run` shows what that would do")
        .hint("`partsweep scan` looks only"))
}

struct Clean<'a> {
    session: &'a Session,
    survey: &'a Survey,
    limits: Limits,
    console: &'a Console,
}

impl Clean<'_> {
    /// Shows what would be aborted. Makes no consent, so nothing can be.
    async fn dry_run(&self) -> Result<Exit, Failure> {
        let seen = scan::show(self.session, self.survey, self.console).await?;
        self.console
            .note("This was a dry run: nothing was changed.");
        check(&self.limits, &seen.totals)?;
        Ok(seen.exit(self.survey.accept_unproven))
    }

    /// Scans everything, checks the limits, sweeps everything as one plan.
    async fn without_asking(&self) -> Result<Exit, Failure> {
        let (scans, seen) = self.collect().await?;
        let plan = plan(
            scans.iter().flat_map(|scan| &scan.findings),
            self.survey.request.selection.older_than,
        );
        let uploads = plan.len() as u64;
        let consent = Consent::to(&plan, &self.limits)?;
        let plan = plan.approve(consent)?;
        let mut report = report::of_sweep(self.survey, self.session, self.console);
        for scan in scans {
            report.bucket(scan)?;
        }
        report.flush()?;
        let mut sweeping = self.sweeping();
        if uploads > 0 {
            sweeping
                .sweep(plan, uploads, |swept| {
                    report.swept(swept).and_then(|()| report.flush())
                })
                .await?;
        }
        report.end(&End::now(self.session, seen), sweeping.interrupted)?;
        sweeping.tell_interruption();
        Ok(self.exit(&seen, &sweeping))
    }

    /// Shows bucket by bucket, asks, and sweeps each bucket that is agreed to as a plan of its own.
    async fn asking(&self) -> Result<Exit, Failure> {
        let mut buckets = self.buckets().await?;
        let mut table = Table::new(self.console.styled_output(), self.survey);
        let mut sweeping = self.sweeping();
        let mut asks = Asking::FirstTime;
        while let Some(scan) = buckets.next().await? {
            table.bucket(&scan)?;
            let plan = plan(&scan.findings, self.survey.request.selection.older_than);
            if plan.is_empty() {
                continue;
            }
            table.out.flush()?;
            match self.agree(&scan, &plan, &mut asks)? {
                Answer::Yes | Answer::All => {}
                Answer::No => {
                    writeln!(table.out, "  nothing was changed\n")?;
                    continue;
                }
                Answer::Quit => {
                    asks = Asking::Quit;
                    break;
                }
            }
            let uploads = plan.len() as u64;
            let consent = Consent::to(&plan, &self.limits)?;
            let mut freed = Freed::default();
            sweeping
                .sweep(plan.approve(consent)?, uploads, |swept| {
                    freed.count(&swept);
                    Ok(())
                })
                .await?;
            freed.write(&mut table.out)?;
            writeln!(table.out)?;
            if sweeping.interrupted {
                break;
            }
        }
        let seen = buckets.seen();
        if asks != Asking::Quit && !sweeping.interrupted {
            table.end(&seen)?;
        }
        if asks != Asking::FirstTime {
            writeln!(table.out, "In all: {}", freed::summary(&sweeping.totals))?;
        }
        table.out.flush()?;
        sweeping.tell_interruption();
        Ok(self.exit(&seen, &sweeping))
    }

    /// Asks about one bucket, unless all are agreed to.
    fn agree(&self, scan: &BucketScan, plan: &Plan, asks: &mut Asking) -> Result<Answer, Failure> {
        if *asks == Asking::NoMore {
            return Ok(Answer::All);
        }
        if *asks == Asking::FirstTime {
            *asks = Asking::Again;
            self.console.warn(
                "an aborted upload is gone for good: this cannot be undone",
                &[],
            );
            self.console.note(question::ANSWERS);
        }
        let question = question::text(&scan.summary.name, plan);
        let answer = self
            .console
            .beside_bars(|| question::ask(&question, &mut io::stdin().lock(), &mut io::stderr()));
        let answer = answer
            .map_err(|error| Failure::told(Exit::Failed, format!("could not ask: {error}")))?;
        if answer == Answer::All {
            *asks = Asking::NoMore;
        }
        Ok(answer)
    }

    /// The buckets to be asked about: as they come, or all at once if a limit must hold for all.
    async fn buckets(&self) -> Result<Buckets, Failure> {
        if !self.limits.any() {
            return Ok(Buckets::Coming(self.scanning(), InOrder::default()));
        }
        let (scans, seen) = self.collect().await?;
        check(&self.limits, &seen.totals)?;
        Ok(Buckets::Collected(scans.into(), seen))
    }

    async fn collect(&self) -> Result<(Vec<BucketScan>, Seen), Failure> {
        let mut buckets = Buckets::Coming(self.scanning(), InOrder::default());
        let mut scans = Vec::new();
        while let Some(scan) = buckets.next().await? {
            scan::warn_of_trouble(&scan.summary, self.survey, self.console);
            scans.push(scan);
        }
        Ok((scans, buckets.seen()))
    }

    fn scanning(&self) -> Scanning {
        Scanning::start(
            self.session,
            self.survey.request.clone(),
            Progress::of_scan(self.console),
        )
    }

    fn sweeping(&self) -> Sweeping<'_> {
        Sweeping::new(self.session, self.console, self.survey.request.concurrency)
    }

    fn exit(&self, seen: &Seen, sweeping: &Sweeping<'_>) -> Exit {
        seen.exit(self.survey.accept_unproven)
            .worst(sweeping.exit())
    }
}

/// Whether the next bucket is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    FirstTime,
    Again,
    NoMore,
    Quit,
}

/// Scanned buckets, in order.
enum Buckets {
    /// The scan goes on while a question waits.
    Coming(Scanning, InOrder),
    Collected(VecDeque<BucketScan>, Seen),
}

impl Buckets {
    async fn next(&mut self) -> Result<Option<BucketScan>, Failure> {
        match self {
            Self::Collected(scans, _) => Ok(scans.pop_front()),
            Self::Coming(scanning, order) => loop {
                if let Some(scan) = order.next() {
                    return Ok(Some(scan));
                }
                match scanning.next().await? {
                    Some(event) => order.take(event),
                    None => return Ok(None),
                }
            },
        }
    }

    fn seen(&self) -> Seen {
        match self {
            Self::Collected(_, seen) => *seen,
            Self::Coming(scanning, _) => scanning.seen,
        }
    }
}

fn plan<'a>(findings: impl IntoIterator<Item = &'a Finding>, older_than: SignedDuration) -> Plan {
    let planned = findings.into_iter().filter_map(Finding::planned);
    Plan::new(planned.collect(), older_than)
}

/// Checks the limits on everything that was chosen, before there is a plan.
fn check(limits: &Limits, chosen: &Totals) -> Result<(), Failure> {
    let bytes = if chosen.sweepable_unsized == 0 {
        Amount::Exact(chosen.sweepable_bytes)
    } else {
        Amount::AtLeast(chosen.sweepable_bytes)
    };
    Ok(limits.check(chosen.sweepable_uploads, bytes)?)
}

/// A closed standard output ends a scan quietly, a sweep never: not all that was asked for is done.
fn unheard(failure: Failure) -> Failure {
    match failure {
        Failure::ReaderGone => {
            Failure::told(Exit::Partial, "stopped, because standard output was closed")
                .hint("`partsweep scan` shows what is left")
        }
        told @ Failure::Told(_) => told,
    }
}
