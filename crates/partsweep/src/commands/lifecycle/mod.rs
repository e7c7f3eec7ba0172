//! `partsweep lifecycle`: rules that abort incomplete uploads by themselves.

mod agreeing;
mod check;
mod old_uploads;
mod print;
mod set;
mod trouble;
mod undo;

use check::CheckArgs;
use jiff::{SignedDuration, Timestamp};
use partsweep_core::lifecycle::owner::BucketOwner;
use partsweep_core::model::believe;
use partsweep_core::{BucketName, Inspect, StoreErrorKind};
use partsweep_engine::Finding;
use set::SetArgs;
use undo::UndoArgs;

use crate::args::SharedArgs;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;

/// Check and set lifecycle rules that abort incomplete uploads
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct LifecycleArgs {
    #[command(subcommand)]
    command: LifecycleCommand,
}

#[derive(Debug, clap::Subcommand)]
enum LifecycleCommand {
    Check(CheckArgs),
    Set(SetArgs),
    Undo(UndoArgs),
}

impl LifecycleArgs {
    /// Whether it changes nothing, and leaves no file.
    pub(crate) fn only_looks(&self) -> bool {
        match &self.command {
            LifecycleCommand::Check(_) => true,
            LifecycleCommand::Set(args) => args.only_looks(),
            LifecycleCommand::Undo(_) => false,
        }
    }
}

/// When an upload was started, and how long ago that was by the store's clock: a rule counts from there. None without a
/// date that can be believed (law 13). `now`: by this machine, if the store told no time.
fn start_of(finding: &Finding, now: Timestamp) -> Option<(Timestamp, SignedDuration)> {
    let started = finding.upload.initiated.and_then(believe::time)?;
    let now = store_time(finding).unwrap_or(now);
    let ago = now.duration_since(started);
    (ago >= -believe::CLOCKS_APART).then_some((started, ago))
}

/// The time of the store when it showed this upload. What is dated in the future says nothing of it (law 13).
fn store_time(finding: &Finding) -> Option<Timestamp> {
    let (active, idle) = (finding.last_activity.at()?, finding.idle?);
    if idle.is_zero() {
        return None;
    }
    active.checked_add(idle).ok()
}

/// Who owns a bucket's settings, by its tags. Where they can't be seen, that is said.
async fn owner_of(
    session: &Session,
    bucket: &BucketName,
    console: &Console,
) -> Option<BucketOwner> {
    use StoreErrorKind as Kind;
    let tags = session.store.bucket_tags(bucket).await;
    let name = bucket.as_str();
    match &tags {
        Err(error) if error.kind == Kind::Denied => console.note(&format!(
            "{name}: whether another tool owns its settings can't be seen: the key needs {}",
            error.operation.right()
        )),
        Err(error)
            if matches!(
                error.kind,
                Kind::Server
                    | Kind::Throttled
                    | Kind::Timeout
                    | Kind::Unreachable
                    | Kind::Malformed
                    | Kind::NotS3
            ) =>
        {
            let why = chain(error);
            let line = format!("{name}: whether another tool owns its settings isn't known: {why}");
            console.warn(&line, &[]);
        }
        // A store without tags says so in many ways.
        _ => {}
    }
    BucketOwner::of(&tags.unwrap_or_default())
}

/// Runs one of them.
pub(crate) async fn run(
    args: &LifecycleArgs,
    shared: &SharedArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let has_no_format = !matches!(args.command, LifecycleCommand::Check(_));
    if let Some(option) = shared
        .given
        .first_of(&["--format", "--json", "--top"])
        .filter(|_| has_no_format)
    {
        return Err(Failure::usage(format!(
            "{option} has no effect with lifecycle set and undo"
        ))
        .hint("leave it out"));
    }
    match &args.command {
        LifecycleCommand::Check(args) => check::run(args, shared, settings, console).await,
        LifecycleCommand::Set(args) => set::run(args, shared, settings, console).await,
        LifecycleCommand::Undo(args) => undo::run(args, settings, console).await,
    }
}
