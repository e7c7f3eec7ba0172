//! `partsweep rescue`: completes an upload instead of aborting it.

mod find;
mod list;
mod outcome;
mod resume;
mod show;
mod words;

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{
    AgreedRescue, BucketName, Inspect, Key, Obstacle, RescueConsent, RescueLook, RescuePlan,
    RescueTerms, StoreError, StoreErrorKind, escape,
};
use partsweep_engine::rescue::{
    FileComparison, RescueFile, RescueHeader, RescueOptions, compare_file, rescue,
};

use crate::args::{Format, SharedArgs, TargetArg, age_or_date, size_in_bytes};
use crate::paths;
use crate::report::rescue::{RescueEnding, RescueReport};
use crate::run::session::{Session, SettingsFor};
use crate::terminal::confirm::confirm;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{self, counted};
use crate::text::hints;

/// Between the two looks: parts that come one after the other would show.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// The same where the upload need not have been quiet for long.
const BETWEEN_HASTY_LOOKS: Duration = Duration::from_secs(10);

/// Below this, `--quiet-for` says little: what is sent in parts of an hour looks quiet, too.
const LONG_QUIET: SignedDuration = SignedDuration::from_hours(1);

/// Complete an incomplete upload instead of aborting it
///
/// Shows its parts, what is at the key, and what the object would be. Refuses if anything stands against it: a missing
/// part, recent activity, an object at the key, anything that the store doesn't show.
#[derive(Debug, clap::Args)]
pub(crate) struct RescueArgs {
    /// The key of the upload: s3://BUCKET/KEY; with --list, buckets or prefixes [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// The upload, if the key has several; needed with --yes
    #[arg(long, value_name = "ID")]
    upload_id: Option<String>,
    /// Size of the whole object, if you know it: the parts must add up to exactly this
    #[arg(long, value_name = "SIZE", value_parser = size_in_bytes)]
    size: Option<u64>,
    /// Compare the MD5 of each part with the local file that was uploaded
    #[arg(long, value_name = "FILE")]
    verify: Option<PathBuf>,
    /// Send the parts that are missing from the local file that was being uploaded, then complete
    #[arg(long, value_name = "FILE", conflicts_with_all = ["size", "verify"])]
    resume_from: Option<PathBuf>,
    /// With --resume-from: the size of each part but the last, if the parts that are there don't show it
    #[arg(hide_short_help = true, long, value_name = "SIZE", requires = "resume_from", value_parser = size_in_bytes)]
    part_size: Option<u64>,
    /// Refuse an upload with activity in the last AGE
    #[arg(long, value_name = "AGE", default_value = "24h", allow_hyphen_values = true, value_parser = age_or_date)]
    quiet_for: SignedDuration,
    /// Replace the object at the key, or one that was deleted there
    #[arg(long)]
    overwrite: bool,
    /// List the uploads that look complete; complete nothing
    #[arg(long, conflicts_with_all = ["upload_id", "size", "verify", "resume_from", "part_size", "overwrite", "yes", "dry_run"])]
    list: bool,
    /// Don't ask for confirmation
    #[arg(short = 'y', long)]
    yes: bool,
    /// With --yes, also complete an upload that was active in the last hour: its client may still be sending
    #[arg(hide_short_help = true, long, requires = "yes")]
    risk_live: bool,
    /// Show the upload and what stands against completing it; complete nothing, even with --yes
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Looks twice, shows, asks, looks again, completes, verifies.
pub(crate) async fn run(
    args: &RescueArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    if shared.given.first_of(&["--top"]).is_some() {
        return Err(Failure::usage("--top has no effect with rescue").hint("leave it out"));
    }
    let format = shared.output.format();
    format.check_one_document("rescue")?;
    let is_table = format == Format::Table;
    if args.list {
        return list::run(&args.targets, args.quiet_for, shared, settings, console).await;
    }
    let (bucket, key) = args.place()?;
    args.check_file()?;
    args.check_consent(is_table, console)?;
    let session = Session::connect(settings, console).await?;
    if let Err(error) = session.introduce().await
        && !matches!(
            error.kind,
            StoreErrorKind::Denied | StoreErrorKind::Unsupported
        )
    {
        return Err(session.failure(&error));
    }
    let command = RescueCommand {
        args,
        session: &session,
        console,
        is_table,
        report: RefCell::new(RescueReport::new(session.store.endpoint())),
    };
    let ended = command.run(bucket, key).await;
    if !is_table {
        let mut report = command.report.into_inner();
        if let Err(Failure::Told(told)) = &ended {
            report.failed(told.line.clone());
        }
        report.write(&mut *console.plain_output())?;
    }
    session.tell_details(console);
    ended
}

impl RescueArgs {
    /// Whether it changes nothing, and leaves no file.
    pub(crate) fn only_looks(&self) -> bool {
        self.list || self.dry_run
    }

    /// Bucket and key.
    fn place(&self) -> Result<(BucketName, Key), Failure> {
        let example = "for example: partsweep rescue s3://backups/db/2026-11-01.tar";
        let [target] = &self.targets[..] else {
            let line = match self.targets.len() {
                0 => "give the key of the upload: s3://BUCKET/KEY",
                _ => "one upload is rescued at a time",
            };
            return Err(Failure::usage(line)
                .hint(example)
                .hint("`partsweep rescue --list` lists the uploads that look complete"));
        };
        match (BucketName::new(target.bucket()), Key::new(target.prefix())) {
            (Ok(bucket), Ok(key)) => Ok((bucket, key)),
            _ => Err(
                Failure::usage(format!("{target} is a bucket: give the whole key, too"))
                    .hint(example),
            ),
        }
    }

    /// Refuses a file that isn't there, a folder, and what else has no bytes to compare with, before anything is asked
    /// of the store.
    fn check_file(&self) -> Result<(), Failure> {
        if self.part_size == Some(0) {
            return Err(Failure::usage("--part-size: a part has a byte at least"));
        }
        let named = [
            ("--verify", &self.verify),
            ("--resume-from", &self.resume_from),
        ];
        for (option, path) in named {
            let Some(path) = path else { continue };
            let hint = match path.as_os_str() == "-" {
                true => "the file is read more than once, so it can't come from standard input",
                false => "name the local file that was uploaded",
            };
            let failure = match path.metadata() {
                Ok(about) if about.is_file() => continue,
                Err(error) if path.as_os_str() != "-" => unreadable(path, &error),
                _ => Failure::usage(format!("{option}: `{}` isn't a file", shown(path))),
            };
            return Err(failure.hint(hint));
        }
        Ok(())
    }

    /// Refuses a run in which nobody could agree, or to something that nobody named.
    fn check_consent(&self, is_table: bool, console: &Console) -> Result<(), Failure> {
        if self.dry_run {
            return Ok(());
        }
        if self.yes && self.upload_id.is_none() {
            return Err(Failure::usage("--yes needs --upload-id")
                .hint("--dry-run shows the uploads of this key with their ids"));
        }
        match self.yes {
            true => Ok(()),
            false => console
                .check_can_confirm(is_table, true)
                .map_err(|refused| refused.hint("with --yes, --upload-id names the upload")),
        }
    }
}

/// What is at hand while a rescue runs.
struct RescueCommand<'a> {
    args: &'a RescueArgs,
    session: &'a Session,
    console: &'a Console,
    /// Whether people read it, or programs.
    is_table: bool,
    /// What programs read.
    report: RefCell<RescueReport>,
}

impl RescueCommand<'_> {
    async fn run(&self, bucket: BucketName, key: Key) -> Result<Exit, Failure> {
        let Self {
            args,
            session,
            console,
            is_table,
            report,
        } = self;
        let store = &*session.store;
        let address = self.choose(bucket, key).await?;
        let (first, retention) = tokio::join!(
            self.look(&address),
            store.default_retention(&address.bucket)
        );
        let first = first?;
        console.place(&session.place().await, *is_table)?;
        report.borrow_mut().seen(&first);
        report.borrow_mut().locks(&retention);
        if *is_table {
            show::upload(&first, retention.as_ref().ok().copied().flatten(), console)?;
        }
        if let Err(error) = &retention
            && error.kind == StoreErrorKind::Denied
        {
            let right = error.operation.right();
            console.note(&format!(
                "Whether the bucket locks new objects can't be seen: the access key needs {right}."
            ));
        }
        if let Some(path) = &args.resume_from {
            return self.resume(path, first).await;
        }
        let compared = self.compare(&first).await?;
        let mut terms = RescueTerms {
            quiet_for: args.quiet_for,
            size: args.size,
            overwrite: args.overwrite,
            chosen: args.upload_id.is_some(),
        };
        if compared == Some(FileComparison::Same) && terms.size.is_none() {
            terms.size = first.footprint.bytes.exact();
        }
        let limits = self.session.part_limits();
        // What stands against it at the first look does so at the second.
        let at_first = RescuePlan::of(&first, first.clone(), terms, limits);
        let file_trouble = compared.as_ref().and_then(words::of_file);
        if at_first.is_err() || file_trouble.is_some() {
            let obstacles = at_first.err().unwrap_or_default();
            return Err(self.refuse(&obstacles, file_trouble));
        }
        self.refuse_hasty_yes(&first, first.idle())?;
        self.pause().await;
        let second = self.look(&address).await?;
        let plan = RescuePlan::of(&first, second, terms, limits)
            .map_err(|obstacles| self.refuse(&obstacles, None))?;
        if args.dry_run {
            return Ok(self.dry_run());
        }
        if !args.yes {
            self.ask(&plan).await?;
        }
        let consent = RescueConsent::to(&plan);
        let agreed = plan
            .approve(consent)
            .map_err(|error| Failure::told(Exit::Refused, error.to_string()))?;
        let is_proven = compared == Some(FileComparison::Same);
        self.complete(&agreed, is_proven).await
    }

    /// Ends a run that found nothing against it, and was to change nothing.
    fn dry_run(&self) -> Exit {
        self.report.borrow_mut().ended(&RescueEnding {
            outcome: "dry_run",
            ..RescueEnding::default()
        });
        self.console
            .note("Nothing stands against it. This was a dry run: nothing was changed.");
        Exit::Done
    }

    /// Refuses to complete unasked what was active in the last hour, however small --quiet-for is: whoever agrees to
    /// that has to see how lately it was. It only grows older until it is completed: a new part is a change.
    fn refuse_hasty_yes(
        &self,
        look: &RescueLook,
        idle: Option<SignedDuration>,
    ) -> Result<(), Failure> {
        match idle {
            Some(idle) if idle >= LONG_QUIET => Ok(()),
            idle if self.args.yes && !self.args.risk_live => {
                let came = match idle.filter(|_| look.clock.is_proven()) {
                    Some(idle) => format!("the last part came {} ago", figures::about(idle)),
                    None => "how long ago the last part came isn't known".to_owned(),
                };
                let line = format!(
                    "{came}, and --yes completes nothing that was active in the last hour: nothing was changed"
                );
                self.report.borrow_mut().refused("active_recently", &line);
                Err(Failure::told(Exit::Refused, line).hint(
                    "its client may go on: wait, or leave out --yes and agree at the question (--risk-live accepts the risk)",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Waits between the two looks.
    async fn pause(&self) {
        if self.args.quiet_for >= LONG_QUIET {
            return tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let seconds = BETWEEN_HASTY_LOOKS.as_secs();
        self.console.note(&format!(
            "Looking again in {seconds} s, because --quiet-for is less than an hour."
        ));
        tokio::time::sleep(BETWEEN_HASTY_LOOKS).await;
    }

    /// Compares the parts with the file, if one was named.
    async fn compare(&self, seen: &RescueLook) -> Result<Option<FileComparison>, Failure> {
        let Some(path) = &self.args.verify else {
            return Ok(None);
        };
        let (file, parts) = (path.clone(), seen.parts.clone());
        let compared = tokio::task::spawn_blocking(move || compare_file(&file, &parts)).await;
        let compared = compared.map_err(|error| Failure::of_task(&error))?;
        let compared = compared.map_err(|error| unreadable(path, &error))?;
        if compared == FileComparison::Same {
            let line = format!("Every part has the MD5 of its place in {}.", shown(path));
            self.console.note(&line);
        }
        Ok(Some(compared))
    }

    /// Says every reason against it.
    fn refuse(&self, obstacles: &[Obstacle], file_trouble: Option<(String, String)>) -> Failure {
        for obstacle in obstacles {
            let (line, hints) = words::among(obstacle, obstacles);
            self.console.warn(&line, &hints);
            self.report.borrow_mut().refused(obstacle.code(), &line);
        }
        let count = obstacles.len() + usize::from(file_trouble.is_some());
        if let Some((line, hint)) = file_trouble {
            self.console.warn(&line, &[hint]);
            self.report.borrow_mut().refused("differs_from_file", &line);
        }
        let reasons = counted(count as u64, "reason");
        let line = match self.args.dry_run {
            true => format!(
                "can't be completed as it is, for {reasons}; this was a dry run: nothing was changed"
            ),
            false => format!("not completed, for {reasons}: nothing was changed"),
        };
        Failure::told(Exit::Refused, line)
    }

    async fn ask(&self, plan: &RescuePlan) -> Result<(), Failure> {
        let key = escape::for_terminal(plan.address().key.as_str()).into_owned();
        let look = plan.look();
        let idle = look.idle().filter(|_| look.clock.is_proven());
        let last = idle.map_or_else(String::new, |idle| {
            format!("The last part came {} ago.\n", figures::about(idle))
        });
        let question = format!(
            "{last}A part that is being sent at this moment can't be seen, and would be missing.\n\
             Complete this upload, so that {key} becomes an object of {}? [y/N] ",
            figures::bytes(plan.bytes())
        );
        let explained = "  answer y to complete it, n or Enter to change nothing";
        confirm(self.console, question, explained).await
    }

    async fn complete(&self, agreed: &AgreedRescue, is_proven: bool) -> Result<Exit, Failure> {
        let (record, path) = self.new_record()?;
        // What has begun is brought to its end: only then is it known what came of it.
        let _held = self.console.interrupt().hold();
        self.complete_on(agreed, &record, &path, is_proven).await
    }

    /// Completes, while signals are held. `is_proven`: the parts' ETags are the MD5s of the file.
    async fn complete_on(
        &self,
        agreed: &AgreedRescue,
        record: &RescueFile,
        path: &Path,
        is_proven: bool,
    ) -> Result<Exit, Failure> {
        let store = &*self.session.store;
        let rescued = rescue(store, agreed, record, RescueOptions::default()).await;
        let mut report = self.report.borrow_mut();
        report.recorded(path.display().to_string());
        outcome::note(&rescued, is_proven, &mut report);
        let screen = (self.console, self.is_table);
        outcome::tell(&rescued, agreed.plan(), path, is_proven, screen)
    }

    /// The record of this run, and where it is.
    fn new_record(&self) -> Result<(RescueFile, PathBuf), Failure> {
        let path = paths::new_state_file("rescue")?;
        let store = &*self.session.store;
        let header = RescueHeader::new(Timestamp::now(), store.endpoint(), store.account());
        let record =
            RescueFile::create(&path, &header).map_err(|error| record_failure(&path, &error))?;
        Ok((record, path))
    }
}

/// The name of a file, for a line.
fn shown(path: &Path) -> String {
    escape::for_terminal(&path.display().to_string()).into_owned()
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let line = format!("could not read {}: {error}", shown(path));
    Failure::told(Exit::Failed, line)
}

fn record_failure(path: &Path, error: &io::Error) -> Failure {
    let line = format!(
        "could not create {}: {error}: nothing was changed",
        path.display()
    );
    Failure::told(Exit::Failed, line).hint("XDG_STATE_HOME names another folder for it")
}

/// A failed request, as a line with its hints.
fn of_store(error: &StoreError) -> (String, Vec<String>) {
    (chain(error), hints::for_store(error))
}
