//! What was typed, and the ready values that it stands for.
//!
//! Reading arguments has no side effects: nothing is opened, asked or looked up here.

mod connection;
mod defaults;
mod given;
mod keys;
mod misplaced;
mod output;
mod prices;
mod selection;
mod store;
mod sweep;
mod target;

pub(crate) use connection::{ConnectionArgs, only_ceph};
pub(crate) use defaults::with_defaults;
pub(crate) use given::Given;
pub(crate) use keys::KeyArgs;
pub(crate) use misplaced::explain;
pub(crate) use output::{Filters, Format, OneDocument, OutputArgs, ShowArgs, Sort, Top};
pub(crate) use prices::{PriceArgs, TYPED_PRICE};
pub(crate) use selection::{SelectionArgs, age_or_date, size as size_in_bytes};
pub(crate) use store::{LIST, NamedStore, TypedAt, called, list as list_of_stores, named_entry};
pub(crate) use sweep::SweepArgs;
pub(crate) use target::TargetArg;

use std::collections::HashSet;
use std::path::PathBuf;

use partsweep_core::{BucketName, Selection, escape};
use partsweep_engine::inventory::SavedSelection;
use partsweep_engine::{KeySearch, ScanRequest, Sizes, Target, Targets};

use crate::text::error::Failure;

/// The options that every command has.
#[derive(Debug, clap::Args)]
pub(crate) struct SharedArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    /// What was typed.
    #[arg(skip)]
    pub(crate) given: Given,
}

/// The name that was probably meant, if one is close enough.
pub(crate) fn similar(name: &str, names: impl IntoIterator<Item = String>) -> Option<String> {
    let name = name.to_lowercase();
    let distance = |other: &String| strsim::damerau_levenshtein(&name, other);
    let closest = names.into_iter().min_by_key(distance)?;
    // One slip in a short word, two in a long one.
    let slips = if closest.len() > 5 { 2 } else { 1 };
    (distance(&closest) <= slips.max(closest.len() / 4)).then_some(closest)
}

/// Reads the name of a file that is written: standard output is for other things.
pub(crate) fn file_name(text: &str) -> Result<PathBuf, String> {
    match text {
        "-" => {
            Err("a file is needed here: name one, or type ./- for a file of that name".to_owned())
        }
        name => Ok(PathBuf::from(name)),
    }
}

/// What to look at, ready to be done.
#[derive(Debug, Clone)]
pub(crate) struct ScanOptions {
    /// Where, and what is to be swept.
    pub(crate) request: ScanRequest,
    /// The same, as it was typed.
    pub(crate) asked: SavedSelection,
    /// The date that was typed for the age, if it was one.
    pub(crate) since: Option<String>,
    /// Whether buckets are picked by patterns.
    pub(crate) picks_buckets: bool,
    /// Whether a listing that proves nothing counts as complete.
    pub(crate) accept_unproven: bool,
    /// How it is shown.
    pub(crate) format: Format,
    /// Whether it is shown: not where standard output is for a plan.
    pub(crate) is_shown: bool,
    /// How many uploads of a bucket are shown, if that was asked for.
    pub(crate) top: Option<Top>,
    /// How they are shown.
    pub(crate) show: ShowArgs,
    /// Which of them are left out.
    pub(crate) filters: Filters,
    /// The command that aborts what can be aborted, if it is to be told.
    pub(crate) next: Option<NextCommand>,
}

/// A command to type next.
#[derive(Debug, Clone)]
pub(crate) struct NextCommand {
    /// The command with its options.
    pub(crate) command: String,
    /// What was typed as its targets.
    pub(crate) targets: Vec<TargetArg>,
}

impl NextCommand {
    /// As it is typed, without the buckets that can't be listed: it would fail for them, too.
    pub(crate) fn without(&self, failed: &HashSet<BucketName>) -> String {
        let mut command = self.command.clone();
        let is_listed = |target: &&TargetArg| !failed.contains(&Target::from(*target).bucket);
        for target in self.targets.iter().filter(is_listed) {
            command.push_str(&format!(" {}", escape::for_shell(&target.to_string())));
        }
        command
    }
}

impl ScanOptions {
    /// How many keys are asked for one by one in all, if that is known: not how many objects have, and not how many of
    /// a file are left by filters.
    pub(crate) fn keys_to_ask(&self) -> Option<u64> {
        let ScanRequest {
            targets,
            selection,
            search,
            ..
        } = &self.request;
        let is_whole = match targets {
            Targets::Account(_) | Targets::AllUsers(_) => !self.picks_buckets,
            Targets::Named(targets) => targets.iter().all(|target| target.prefix.is_empty()),
        };
        let given = search.given.as_ref().filter(|_| !search.objects)?;
        (is_whole && selection.keys.admits_all()).then(|| given.count())
    }

    /// Checks and compiles what was typed.
    pub(crate) fn new(
        targets: &[TargetArg],
        selection: &SelectionArgs,
        shared: &SharedArgs,
        sizes: Sizes,
    ) -> Result<Self, Failure> {
        let output = &shared.output;
        if shared.given.first_of(&["--top"]).is_some() && output.format() != Format::Table {
            return Err(Failure::usage("--top is for tables only")
                .hint("json, ndjson and csv have every upload: leave it out"));
        }
        let asked = selection.asked(targets);
        let targets = if selection.all_users {
            shared.connection.refuse_all_users(!targets.is_empty())?;
            Targets::AllUsers(selection.buckets()?)
        } else if targets.is_empty() {
            Targets::Account(selection.buckets()?)
        } else if selection.names_buckets() {
            return Err(
                Failure::usage("--bucket and --exclude-bucket choose among all buckets")
                    .hint("leave them out where buckets are named as s3://…"),
            );
        } else {
            Targets::Named(targets.iter().map(Target::from).collect())
        };
        let typed_age = shared.given.value("--older-than");
        Ok(Self {
            since: typed_age.and_then(selection::typed_date),
            asked,
            request: ScanRequest {
                targets,
                selection: Selection {
                    older_than: selection.older_than(),
                    min_size: selection.min_size,
                    // It takes the prices, which are read only when all else was understood.
                    min_cost: None,
                    keys: selection.keys()?,
                },
                sizes,
                concurrency: shared.connection.concurrency.into(),
                search: KeySearch::default(),
            },
            picks_buckets: selection.names_buckets(),
            accept_unproven: selection.accepts_unproven(),
            format: output.format(),
            is_shown: true,
            top: output.top,
            show: ShowArgs::default(),
            filters: Filters::default(),
            next: None,
        })
    }
}
