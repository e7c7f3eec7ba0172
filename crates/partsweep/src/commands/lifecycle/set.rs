//! `partsweep lifecycle set`: one rule more, and no other touched (law 10).

use std::num::NonZeroU32;
use std::path::PathBuf;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use partsweep_core::lifecycle::change::{NoChange, RuleDialect};
use partsweep_core::lifecycle::owner::BucketOwner;
use partsweep_core::provider::profiles::{AbortRule, StoreEntry};
use partsweep_core::{
    BucketList, BucketName, Inspect, LifecycleChange, MissingBuckets, StoreError, StoreErrorKind,
};
use partsweep_engine::{ScanEvent, Sizes, Target, Targets};

use super::agreeing::{AgreedChanges, Agreement, at_once, check_undo_file, nothing_to_change};
use super::old_uploads::OldUploads;
use super::owner_of;
use super::print::{self, PrintForm};
use crate::args::{ScanOptions, SelectionArgs, SharedArgs, TargetArg, file_name};
use crate::run::scan::ScanRun;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;
use crate::text::hints;

/// Buckets that are looked at side by side.
const AT_ONCE: usize = 16;

/// Add a rule that aborts incomplete uploads to the lifecycle of buckets
///
/// Shows the difference, asks, saves what was there before, writes, and reads back what the store made of it. Every
/// other rule stays as it is, byte for byte.
#[derive(Debug, clap::Args)]
pub(crate) struct SetArgs {
    /// Buckets: BUCKET or s3://BUCKET [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<TargetArg>,
    /// Days after which an incomplete upload is aborted, counted from its start
    #[arg(long, value_name = "N", default_value = "7", value_parser = days)]
    days: NonZeroU32,
    /// Lower the days of a rule that is there and takes longer
    #[arg(long)]
    shorten: bool,
    /// Also in buckets that CloudFormation, Terraform or Pulumi manages; their next deployment may undo it
    #[arg(long)]
    even_if_managed: bool,
    /// File for what was there before [default: in ~/.local/state/partsweep]
    #[arg(long, value_name = "FILE", value_parser = file_name)]
    undo: Option<PathBuf>,
    /// Print the rule for another tool; connect to no store
    #[arg(long, value_name = "TOOL", value_enum, conflicts_with_all = ["shorten", "yes", "dry_run", "undo"])]
    print: Option<PrintForm>,
    /// Don't ask for confirmation
    #[arg(short = 'y', long)]
    yes: bool,
    /// Show the difference; change nothing, even with --yes
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// A number of days as stores take it.
pub(super) fn days(text: &str) -> Result<NonZeroU32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    match number.parse::<u32>().ok().and_then(NonZeroU32::new) {
        // S3 names no limit; ten years say that the rule is meant for nothing.
        Some(days) if days.get() <= 3_650 => Ok(days),
        _ => Err("a number of days from 1 to 3650, for example 7".to_owned()),
    }
}

/// What is to be done in one bucket.
enum Step {
    Change(Box<LifecycleChange>),
    /// It has a rule.
    Nothing(NoChange),
    /// It isn't changed, for a reason that a person can do something about.
    Left(NoChange),
    Managed(BucketOwner),
    Failed(StoreError),
}

impl SetArgs {
    /// Whether it changes nothing, and leaves no file.
    pub(super) fn only_looks(&self) -> bool {
        self.dry_run || self.print.is_some()
    }
}

/// Looks, shows, asks, changes, reads back.
pub(crate) async fn run(
    args: &SetArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    args.refuse_prefixes()?;
    if let Some(form) = args.print {
        let named = shared.connection.meant_store(&shared.given);
        print::refuse_elsewhere(form, named.and_then(StoreEntry::named), args.days)?;
        let buckets: Vec<_> = args.targets.iter().map(TargetArg::bucket).collect();
        return print::write(form, args.days, &buckets, console);
    }
    if !args.yes && !args.dry_run {
        console.check_can_confirm(true, true)?;
    }
    if !args.dry_run {
        check_undo_file(args.undo.as_deref())?;
    }
    let session = Session::connect(settings, console).await?;
    // A store that is known by its name or address is refused before anything is sent; another once it has answered.
    dialect_of(session.entry(), args.days)?;
    let listed = session.store.list_buckets().await;
    let dialect = dialect_of(session.entry(), args.days)?;
    let buckets = args.buckets(&session, listed)?;
    let steps = stream::iter(buckets)
        .map(|bucket| args.look(&session, bucket, dialect, console))
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut exit = match session.store.buckets_missing() {
        Some(MissingBuckets::Perhaps(why)) if args.targets.is_empty() => {
            console.note(why);
            Exit::Done
        }
        Some(MissingBuckets::Some(why)) if args.targets.is_empty() => {
            console.warn(&format!("the list of buckets isn't complete: {why}"), &[]);
            Exit::Partial
        }
        _ => Exit::Done,
    };
    let mut changes = Vec::new();
    let (mut had_one, mut failed) = (0, 0);
    let mut shorter = Vec::new();
    for (bucket, step) in steps {
        let name = bucket.as_str();
        match step {
            Step::Change(change) => changes.push(*change),
            Step::Nothing(why) => {
                had_one += 1;
                if args.targets.len() == 1 {
                    console.note(&format!("{name}: {why}"));
                }
                if matches!(&why, NoChange::Protected { days, .. } if *days < args.days.get()) {
                    shorter.push(name.to_owned());
                }
            }
            Step::Left(why) => {
                console.warn(
                    &format!("bucket `{name}` is left as it is: {why}"),
                    &args.advice(&why),
                );
                exit = exit.worst(Exit::Refused);
            }
            Step::Managed(owner) => {
                let (line, hint) = print::left_to(&owner, name, args.days);
                console.warn(&line, &[hint]);
                exit = exit.worst(Exit::Refused);
            }
            Step::Failed(error) => {
                failed += 1;
                console.warn(&chain(&error), &hints::for_store(&error));
                exit = exit.worst(Exit::Partial);
            }
        }
    }
    if had_one > 0 && args.targets.len() != 1 {
        let words = counted(had_one, "bucket");
        console.note(&format!("{words} with such a rule already"));
    }
    if !shorter.is_empty() {
        let names = match shorter.len() {
            // More are no help: `lifecycle check` lists them.
            many @ 6.. => counted(many as u64, "bucket"),
            _ => shorter.join(", "),
        };
        console.note(&format!(
            "{names}: aborted sooner than {} already. A second rule with more days would change nothing, and partsweep makes no rule longer.",
            counted(args.days.get().into(), "day")
        ));
    }
    if changes.is_empty() {
        console.note(nothing_to_change(failed));
        return Ok(exit);
    }
    let buckets: Vec<_> = changes.iter().map(LifecycleChange::bucket).collect();
    let old = args
        .old_uploads(&session, shared, &buckets, console)
        .await?;
    let agreed = AgreedChanges {
        session: &session,
        console,
        undo: args.undo.clone(),
        agreement: Agreement::of(args.dry_run, args.yes),
        at_once: at_once(settings),
        consequence: consequence(args.days, session.entry(), &old),
    };
    Ok(agreed.carry_out(changes).await?.worst(exit))
}

/// What the rule does, as far as it is known of the store.
fn consequence(days: NonZeroU32, entry: Option<&StoreEntry>, old: &OldUploads) -> String {
    let after = counted(days.get().into(), "day");
    let counts_from_last_part = entry.is_some_and(|entry| entry.rule_counts_from_last_part);
    let does = match counts_from_last_part {
        true => format!("The store aborts each upload {after} after its last part came."),
        false => format!(
            "The store aborts each upload {after} after its start, also one that is still running."
        ),
    };
    match entry {
        Some(entry) if entry.rule_spares_older => {
            format!(
                "{does} Uploads that were started before the rule stay, says {}.",
                entry.profile.name
            )
        }
        // Which of them are old enough isn't known by their start.
        Some(_) if counts_from_last_part => does,
        _ => does + &old.words(days),
    }
}

/// In whose words this store takes the rule; refused before anything is sent where it can't keep one.
pub(super) fn dialect_of(
    entry: Option<&StoreEntry>,
    days: NonZeroU32,
) -> Result<RuleDialect, Failure> {
    let Some(entry) = entry else {
        return Ok(RuleDialect::S3);
    };
    let refused = |what: &str| {
        // One sentence: what the store does instead, and what can be done at any.
        let mut ways = Vec::new();
        if let Some(days) = entry.cleans_up_after_days {
            let note = match entry.clean_up_note {
                "" => String::new(),
                note => format!(" ({note})"),
            };
            let days = counted(days.into(), "day");
            ways.push(format!(
                "it aborts incomplete uploads by itself after {days}{note}"
            ));
        }
        let note = entry.lifecycle_note.trim_end_matches('.');
        let mut letters = note.chars();
        if let Some(first) = letters.next() {
            ways.push(first.to_lowercase().chain(letters).collect());
        }
        ways.push("`partsweep clean --yes` in cron does it at any store".to_owned());
        Failure::told(
            Exit::Refused,
            format!("{} {what}: nothing was changed", entry.profile.name),
        )
        .hint(ways.join("; "))
    };
    let own = entry.cleans_up_after_days.map(u32::from);
    match entry.abort_rule {
        AbortRule::Sooner if own.is_some_and(|own| days.get() >= own) => {
            Err(refused("takes such a rule only with fewer days"))
        }
        AbortRule::Sooner => Ok(RuleDialect::S3),
        AbortRule::Unknown | AbortRule::Works | AbortRule::FilterOnly => Ok(RuleDialect::S3),
        AbortRule::Google => Ok(RuleDialect::Google),
        AbortRule::Oss => Ok(RuleDialect::Oss),
        AbortRule::OwnDialect => Err(refused("takes such a rule in its own API only")),
        AbortRule::Dropped => Err(refused("takes such a rule and drops it")),
        AbortRule::Refused => Err(refused(
            "refuses a rule that only aborts incomplete uploads",
        )),
        AbortRule::Unsupported => Err(refused(
            "has no lifecycle rules that abort incomplete uploads",
        )),
    }
}

impl SetArgs {
    /// Looks for the uploads that the rule will abort as soon as it is there.
    async fn old_uploads(
        &self,
        session: &Session,
        shared: &SharedArgs,
        buckets: &[&BucketName],
        console: &Console,
    ) -> Result<OldUploads, Failure> {
        let none = SelectionArgs::default();
        let mut options = ScanOptions::new(&[], &none, shared, Sizes::ToDecide)?;
        let targets = buckets.iter().map(|bucket| Target {
            bucket: (*bucket).clone(),
            prefix: String::new(),
        });
        options.request.targets = Targets::Named(targets.collect());
        let limit = SignedDuration::from_hours(24 * i64::from(self.days.get()));
        let mut old = OldUploads::default();
        let mut run = ScanRun::start(session, &options, console);
        loop {
            match run.next().await {
                Ok(None) => break,
                Ok(Some(ScanEvent::Found(finding))) => old.add(&finding, limit, session.started),
                Ok(Some(ScanEvent::BucketDone(summary))) => {
                    old.is_partial |= !summary.listing.is_complete();
                }
                Ok(Some(_)) => {}
                // The rule may be set by who may not list uploads.
                Err(_) => {
                    old.is_partial = true;
                    break;
                }
            }
        }
        Ok(old)
    }

    fn refuse_prefixes(&self) -> Result<(), Failure> {
        match self.targets.iter().find(|target| target.has_prefix()) {
            Some(target) => Err(Failure::usage(format!(
                "s3://{}/… is a prefix, and the rule is for a whole bucket",
                target.bucket()
            ))
            .hint(format!("without it: s3://{}", target.bucket()))),
            None => Ok(()),
        }
    }

    /// The buckets that were named, each once, or all.
    fn buckets(
        &self,
        session: &Session,
        listed: Result<BucketList, StoreError>,
    ) -> Result<Vec<BucketName>, Failure> {
        if self.targets.is_empty() {
            let listed = listed.map_err(|error| session.failure(&error))?;
            return Ok(listed.into_iter().map(|entry| entry.name).collect());
        }
        if let Err(error) = listed
            && !matches!(
                error.kind,
                StoreErrorKind::Denied | StoreErrorKind::Unsupported
            )
        {
            return Err(session.failure(&error));
        }
        let mut names: Vec<BucketName> = Vec::new();
        for target in &self.targets {
            if let Ok(name) = BucketName::new(target.bucket())
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    async fn look(
        &self,
        session: &Session,
        bucket: BucketName,
        dialect: RuleDialect,
        console: &Console,
    ) -> (BucketName, Step) {
        let seen = match session.store.lifecycle(&bucket).await {
            Ok(seen) => seen,
            Err(error) => return (bucket, Step::Failed(error)),
        };
        let step = match LifecycleChange::protect(seen, self.days, dialect, self.shorten) {
            Ok(change) => Step::Change(Box::new(change)),
            Err(why @ NoChange::Protected { .. }) => Step::Nothing(why),
            Err(why) => Step::Left(why),
        };
        if !matches!(step, Step::Change(_)) || self.even_if_managed {
            return (bucket, step);
        }
        match owner_of(session, &bucket, console).await {
            Some(owner) => (bucket, Step::Managed(owner)),
            None => (bucket, step),
        }
    }

    fn advice(&self, why: &NoChange) -> Vec<String> {
        match why {
            NoChange::TooLong { .. } => {
                vec![format!(
                    "--shorten lowers it to {}",
                    counted(self.days.get().into(), "day")
                )]
            }
            NoChange::Full => vec!["remove a rule, or merge two of them, first".to_owned()],
            _ => vec![format!(
                "`partsweep lifecycle set --print aws-cli --days {}` prints the rule, to be added by hand",
                self.days
            )],
        }
    }
}
