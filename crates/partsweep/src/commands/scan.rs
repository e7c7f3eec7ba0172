//! `partsweep scan`: look only.

use std::path::PathBuf;

use partsweep_core::escape;
use partsweep_engine::{BucketSummary, ScanEvent, Sizes, Targets};

use crate::args::{
    Format, KeyArgs, NextCommand, PriceArgs, ScanOptions, SelectionArgs, SharedArgs, ShowArgs,
    TargetArg,
};
use crate::report;
use crate::report::seen::ScanSummary;
use crate::run::keys;
use crate::run::prices;
use crate::run::save::{self, PlanFile};
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;
use crate::text::hints;
use crate::text::keys_asked::came_to;

/// List incomplete uploads and their sizes; change nothing
#[derive(Debug, clap::Args)]
pub(crate) struct ScanArgs {
    /// Buckets to scan: BUCKET, s3://BUCKET or s3://BUCKET/PREFIX [default: all]
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<TargetArg>,
    /// Don't fetch part sizes: faster, but partsweep can't tell which uploads can be aborted
    #[arg(long)]
    no_size: bool,
    /// Exit with 4 if any upload can be aborted; fetches only the sizes that decide it. With --no-size, by
    /// when they were started
    #[arg(long)]
    check: bool,
    /// Save a plan to FILE, for `partsweep apply`; - for stdout; .zst compresses it
    #[arg(long, value_name = "FILE", conflicts_with = "no_size")]
    save: Option<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    prices: PriceArgs,
    #[command(flatten)]
    show: ShowArgs,
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

    fn saves_to_output(&self) -> bool {
        self.save.as_deref().is_some_and(save::is_output)
    }

    /// A scan of every bucket.
    pub(crate) fn of_everything() -> Self {
        Self {
            targets: Vec::new(),
            no_size: false,
            check: false,
            save: None,
            selection: SelectionArgs::default(),
            keys: KeyArgs::default(),
            prices: PriceArgs::default(),
            show: ShowArgs::default(),
        }
    }

    /// What is shown of the scan.
    fn refuse_what_has_no_effect(&self, shared: &SharedArgs) -> Result<(), Failure> {
        let first_of = |options: &[&'static str]| shared.given.first_of(options);
        if self.saves_to_output() {
            let shown = [
                "--format",
                "--json",
                "--top",
                "--sort",
                "--wide",
                "--summary",
                "--show-skipped",
            ];
            if let Some(option) = first_of(&shown) {
                return Err(Failure::usage(format!(
                    "{option} has no effect with --save -: stdout gets the plan"
                ))
                .hint("name a file for the plan, or leave one of them out"));
            }
        }
        self.show.refuse_what_has_no_effect(shared)
    }

    /// The command that aborts what this one shows as fit for it.
    fn next(&self, console: &Console, shared: &SharedArgs) -> NextCommand {
        let given = &shared.given;
        let (store, mut chosen) = (console.store_again(), given.chosen_again());
        if self.keys.is_stdin() {
            // There it would be read as what is typed.
            chosen = chosen.replace(" --keys-from -", " --keys-from FILE");
        }
        let probe = if self.keys.probe_keys {
            " --probe-keys"
        } else {
            ""
        };
        NextCommand {
            command: format!("{} clean{store}{chosen}{probe}", console.program()),
            targets: self.targets.clone(),
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
    let mut scan_options = ScanOptions::new(&args.targets, &args.selection, shared, args.sizes())?;
    args.refuse_what_has_no_effect(shared)?;
    scan_options.is_shown = !args.saves_to_output();
    scan_options.show = args.show;
    scan_options.filters = args.show.filters(&args.selection);
    if args.save.is_some() && args.no_size {
        return Err(Failure::usage(
            "a plan needs sizes, and no-size is set by PARTSWEEP_NO_SIZE or the configuration file",
        ));
    }
    let own_prices = prices::read(&args.prices, shared)?;
    if args.no_size && args.selection.min_cost(&own_prices).is_some() {
        return Err(Failure::usage(
            "--min-cost needs sizes: leave out --no-size",
        ));
    }
    scan_options.request.selection.min_cost = args.selection.min_cost(&own_prices);
    scan_options.request.search = keys::search(&args.keys, &scan_options.request.targets, console)?;
    let session = Session::connect(settings, console)
        .await?
        .with_prices(own_prices);
    session.refuse_least_cost(&scan_options.request.selection)?;
    session.refuse_all_users_elsewhere(&scan_options.request.targets)?;
    scan_options.next = (!shared.output.quiet).then(|| args.next(console, shared));
    let plan_file = match &args.save {
        Some(path) => {
            // The file begins with the account. One that cannot be seen is not named.
            let _ = session.introduce().await;
            Some(PlanFile::begin(
                path,
                &scan_options.asked,
                &session,
                console,
            )?)
        }
        None => None,
    };
    let seen = show(&session, &scan_options, plan_file, console).await?;
    let exit = seen.exit(scan_options.accept_unproven);
    Ok(if args.check {
        exit.worst(seen.check())
    } else {
        exit
    })
}

/// Scans, shows what was found, and saves it if it is to be saved.
pub(crate) async fn show(
    session: &Session,
    scan_options: &ScanOptions,
    mut plan_file: Option<PlanFile>,
    console: &Console,
) -> Result<ScanSummary, Failure> {
    let mut report = report::of_scan(scan_options, session.source(), console);
    let mut scan_run = ScanRun::start(session, scan_options, console);
    let mut is_first = true;
    loop {
        let event = match scan_run.ready()? {
            Some(event) => event,
            None => {
                report.flush()?;
                match scan_run.next().await? {
                    Some(event) => event,
                    None => break,
                }
            }
        };
        if let ScanEvent::BucketDone(summary) = &event {
            if scan_options.format != Format::Table || !scan_options.is_shown {
                warn_of_index(summary, console);
            }
            warn_of_trouble(summary, scan_options, console);
            warn_of_nothing(summary, scan_options, console);
        }
        if let Some(plan_file) = &mut plan_file {
            plan_file.event(&event)?;
        }
        if is_first && matches!(event, ScanEvent::Found(_) | ScanEvent::BucketDone(_)) {
            // Before its first answer it is not known which store this is.
            is_first = false;
            report.place(&session.place().await, session.billing())?;
        }
        report.event(event)?;
    }
    let seen = scan_run.seen;
    drop(scan_run);
    if is_first {
        report.place(&session.place().await, session.billing())?;
    }
    report.end(&session.end(seen))?;
    if let Some(plan_file) = plan_file {
        plan_file.finish(console)?;
    }
    session.tell_details(console);
    Ok(seen)
}

/// Says that no key begins with a prefix: a prefix that was misspelt, or meant as a pattern, looks like a
/// clean bucket else.
pub(crate) fn warn_of_nothing(
    summary: &BucketSummary,
    scan_options: &ScanOptions,
    console: &Console,
) {
    let Targets::Named(targets) = &scan_options.request.targets else {
        return;
    };
    let is_clean = summary.listing.is_complete() && summary.excluded == 0 && summary.vanished == 0;
    if !is_clean || summary.totals.uploads > 0 {
        return;
    }
    let of_bucket = targets
        .iter()
        .filter(|target| target.bucket == summary.name);
    for prefix in of_bucket
        .map(|target| &target.prefix)
        .filter(|prefix| !prefix.is_empty())
    {
        let bucket = summary.name.as_str();
        let line =
            format!("no incomplete upload in `{bucket}` has a key that starts with `{prefix}`");
        let hints = match prefix.contains(['*', '?', '[']) {
            true => vec![format!(
                "a prefix is taken literally; for a pattern: partsweep scan s3://{bucket} --include {}",
                escape::for_shell(prefix)
            )],
            false => Vec::new(),
        };
        console.warn(&line, &hints);
    }
}

/// Says that the store's own count differs from what was listed.
pub(crate) fn warn_of_index(summary: &BucketSummary, console: &Console) {
    if let Some((line, hints)) = hints::for_index(summary) {
        console.warn(&line, &hints);
    }
}

/// Says what is wrong with a bucket, where the data on standard output is not for people.
pub(crate) fn warn_of_trouble(
    summary: &BucketSummary,
    scan_options: &ScanOptions,
    console: &Console,
) {
    use partsweep_core::Listing;
    if scan_options.format == Format::Table {
        return;
    }
    let bucket = summary.name.as_str();
    let text = match &summary.listing {
        Listing::Complete if summary.unclear == 0 => return,
        Listing::Complete => {
            let uploads = counted(summary.unclear, "upload");
            format!("bucket `{bucket}`: {uploads} kept because too little is known")
        }
        Listing::Unproven { .. } if scan_options.accept_unproven => return,
        Listing::Unproven { why } => {
            let asked = summary
                .asked
                .as_ref()
                .map(|asked| format!("; {}", came_to(asked)));
            let asked = asked.unwrap_or_default();
            format!("bucket `{bucket}` is unproven: {why}{asked}")
        }
        Listing::Gone(_) => format!("bucket `{bucket}` was deleted since the buckets were listed"),
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
