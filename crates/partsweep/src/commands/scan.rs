//! `partsweep scan`: look only.

use std::path::PathBuf;

use partsweep_engine::{BucketSummary, ScanEvent, Sizes};

use crate::args::{Format, SharedArgs, Survey, TargetArg};
use crate::report;
use crate::run::save::Saving;
use crate::run::scan::{End, Scanning, Seen};
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;
use crate::text::hints;

/// Look at unfinished uploads; change nothing
#[derive(Debug, clap::Args)]
pub(crate) struct ScanArgs {
    /// Buckets to look into, as s3://BUCKET or s3://BUCKET/PREFIX [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// Do not ask for sizes: faster, but without them nothing is known to be fit to sweep
    #[arg(long)]
    no_size: bool,
    /// Exit with 4 if uploads were found that match; asks for no size that does not decide it.
    /// With --no-size, by when they began
    #[arg(long)]
    check: bool,
    /// Save what is found to FILE, for `partsweep apply`; .zst compresses it
    #[arg(long, value_name = "FILE", conflicts_with = "no_size")]
    save: Option<PathBuf>,
}

impl ScanArgs {
    /// A check wants to know whether, not how much.
    fn sizes(&self) -> Sizes {
        match (self.no_size, self.check) {
            (true, _) => Sizes::None,
            (false, true) => Sizes::ToDecide,
            (false, false) => Sizes::All,
        }
    }

    /// A scan of every bucket.
    pub(crate) fn of_everything() -> Self {
        Self {
            targets: Vec::new(),
            no_size: false,
            check: false,
            save: None,
        }
    }
}

/// Scans and shows. Never sends a request that changes anything (law 1).
pub(crate) async fn run(
    args: &ScanArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let survey = Survey::new(&args.targets, shared, args.sizes())?;
    let session = Session::connect(settings, console).await?;
    let saving = match &args.save {
        Some(path) => {
            // The file begins with the account. One that cannot be seen is not named.
            let _ = session.introduce().await;
            Some(Saving::begin(
                path,
                &args.targets,
                shared,
                &session,
                console,
            )?)
        }
        None => None,
    };
    let seen = show(&session, &survey, saving, console).await?;
    let exit = seen.exit(survey.accept_unproven);
    Ok(if args.check {
        exit.worst(seen.check())
    } else {
        exit
    })
}

/// Scans, shows what was found, and saves it if it is to be saved.
pub(crate) async fn show(
    session: &Session,
    survey: &Survey,
    mut saving: Option<Saving>,
    console: &Console,
) -> Result<Seen, Failure> {
    let mut report = report::of_scan(survey, session, console);
    let mut scanning = Scanning::start(session, survey, console);
    loop {
        let event = match scanning.ready()? {
            Some(event) => event,
            None => {
                report.flush()?;
                match scanning.next().await? {
                    Some(event) => event,
                    None => break,
                }
            }
        };
        if let ScanEvent::BucketDone(summary) = &event {
            warn_of_trouble(summary, survey, console);
        }
        if let Some(saving) = &mut saving {
            saving.event(&event)?;
        }
        report.event(event)?;
    }
    let seen = scanning.seen;
    drop(scanning);
    report.end(&End::now(session, seen))?;
    if let Some(saving) = saving {
        saving.finish(session, console)?;
    }
    session.tell_details(console);
    Ok(seen)
}

/// Says what is wrong with a bucket, where the data on standard output is not for people.
pub(crate) fn warn_of_trouble(summary: &BucketSummary, survey: &Survey, console: &Console) {
    use partsweep_core::Listing;
    if survey.format == Format::Table {
        return;
    }
    let bucket = summary.name.as_str();
    let text = match &summary.listing {
        Listing::Complete if summary.unclear == 0 => return,
        Listing::Complete => {
            let uploads = counted(summary.unclear, "upload");
            format!("bucket `{bucket}`: {uploads} kept because too little is known")
        }
        Listing::Unproven { .. } if survey.accept_unproven => return,
        Listing::Unproven { why } => format!("bucket `{bucket}` is unproven: {why}"),
        Listing::Partial { error: None } => {
            format!("bucket `{bucket}` is listed in part: the store repeats itself")
        }
        Listing::Partial { error: Some(error) }
        | Listing::Denied(error)
        | Listing::Unsupported(error)
        | Listing::Failed(error) => chain(error),
    };
    console.warn(&text, &hints::for_listing(&summary.listing));
}
