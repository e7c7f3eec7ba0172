//! A saved scan as a plan: whole, young enough, and of this store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Amount, BucketName, Plan, Terms, escape};
use partsweep_engine::inventory::file::{self, Input};
use partsweep_engine::inventory::{
    Header, InventoryError, InventoryReader, Removed, SavedBucket, check,
};

use partsweep_engine::journal::{self, JournalError};

use super::{ApplyArgs, journal_failure};
use crate::paths;
use crate::run::belongs::belongs;
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{self, bytes, count, counted};
use crate::text::sum::Sum;

/// The age of a scan beyond which it is not swept: too much may have changed since.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a saved scan says is to be swept.
pub(super) struct SavedPlan {
    /// The plan.
    pub(super) plan: Plan,
    /// The same by bucket: how many uploads, and their bytes.
    pub(super) by_bucket: BTreeMap<BucketName, (u64, Amount)>,
    /// How far each bucket was seen.
    pub(super) buckets: Vec<SavedBucket>,
    /// Whether all buckets of the account were scanned.
    pub(super) is_whole_account: bool,
    /// Names the scan and what is to be swept of it, whatever the terms.
    pub(super) id: String,
    header: Header,
    removed: Removed,
}

impl SavedPlan {
    /// Reads and checks the file, before anyone is asked for anything.
    pub(super) fn read(path: &Path, args: &ApplyArgs, console: &Console) -> Result<Self, Failure> {
        let reader = open(path)?;
        let selection = &reader.header().selection;
        let given = args.older_than;
        if let Some(given) = given.filter(|given| *given < selection.older_than()) {
            return Err(refuse_lower(given, selection.older_than()));
        }
        let terms = Terms {
            older_than: whole_seconds(given.unwrap_or_default()).max(selection.older_than()),
            include_finished: args.sweep.include_finished,
        };
        let is_whole_account = selection.is_whole_account();
        let check = |reader, terms| {
            check(reader, args.allow_edited, terms).map_err(|error| plan_failure(path, &error))
        };
        let mut checked = check(reader, terms)?;
        if args.resume
            && let Some(begun) = began_on(&journal_of(args, &checked.id)?)?
            && begun != terms
        {
            refuse_other_terms(begun, given.map(|_| terms.older_than), terms)?;
            checked = check(open(path)?, begun)?;
        }
        let saved = Self {
            plan: checked.plan,
            by_bucket: checked.by_bucket,
            id: checked.id,
            buckets: checked.buckets,
            is_whole_account,
            header: checked.header,
            removed: checked.removed,
        };
        saved.refuse_if_stale(args.stale_plan_ok)?;
        if saved.removed != Removed::default() {
            console.warn(
                &format!("lines were removed: {}", in_words(&saved.removed)),
                &[],
            );
        }
        for bucket in &checked.untold_buckets {
            let line = format!(
                "the line of bucket `{}` was removed: how far it was listed is not known",
                bucket.as_str()
            );
            console.warn(&line, &[]);
        }
        for bucket in &saved.buckets {
            if bucket.listing != "complete" {
                let line = format!("bucket `{}` was listed as {}", bucket.name, bucket.listing);
                console.warn(&line, &[]);
            }
        }
        Ok(saved)
    }

    /// The store that was scanned.
    pub(super) fn endpoint(&self) -> &str {
        &self.header.endpoint
    }

    fn refuse_if_stale(&self, accepted: bool) -> Result<(), Failure> {
        let age = Timestamp::now().duration_since(self.header.started);
        if age > STALE && !accepted {
            let age = figures::about(age);
            let line = format!("this scan is {age} old, and much may have changed since");
            return Err(Failure::told(Exit::Refused, line)
                .hint("scan again, or accept it with `--stale-plan-ok`"));
        }
        Ok(())
    }

    /// Refuses the plan of another store or account.
    pub(super) async fn fits(&self, session: &Session) -> Result<(), Failure> {
        let Header {
            endpoint, account, ..
        } = &self.header;
        belongs("scan", endpoint, account.as_deref(), session).await
    }

    /// Says what it is: its file, its age, and what it aborts.
    pub(super) fn words(&self, path: &Path) -> String {
        let path = path.to_string_lossy();
        let age = Timestamp::now().duration_since(self.header.started);
        format!(
            "Plan {}, scanned {} UTC ({} ago): {} to abort, {}",
            escape::for_terminal(&path),
            figures::minute(self.header.started),
            figures::about(age),
            counted(self.plan.len(), "upload"),
            Sum::from(self.plan.bytes()).words()
        )
    }
}

/// A lower age is not what the scan decided by.
fn refuse_lower(given: SignedDuration, scanned: SignedDuration) -> Failure {
    let [given, scanned] = [given, scanned].map(figures::exact);
    let line = format!("`--older-than` {given} is less than the {scanned} that was scanned for");
    Failure::told(Exit::Refused, line)
        .hint("it can only be raised here: scan again with `partsweep scan --save --older-than`")
}

/// The journal of a saved scan. Its name comes from the scan and its uploads, so that a scan cannot
/// be swept twice side by side, and is found again whatever the terms.
pub(super) fn journal_of(args: &ApplyArgs, id: &str) -> Result<PathBuf, Failure> {
    match &args.sweep.journal {
        Some(file) => Ok(file.clone()),
        None => {
            let short = id.get(..16).unwrap_or_default();
            Ok(paths::state_directory()?.join(format!("apply-{short}.ndjson")))
        }
    }
}

/// On what terms the sweep began that is to be gone on with: they are those of the consent that was
/// given. `None` if nothing was done yet.
fn began_on(journal: &Path) -> Result<Option<Terms>, Failure> {
    if !journal.try_exists().unwrap_or(false) {
        return Err(empty_journal_failure(journal));
    }
    match journal::file::peek(journal) {
        Ok(header) => Ok(Some(header.terms)),
        Err(JournalError::NoHeader) => Ok(None),
        Err(error) => Err(journal_failure(journal, &error)),
    }
}

/// Goes on with nothing: the journal of the sweep is not where it is looked for.
pub(super) fn empty_journal_failure(journal: &Path) -> Failure {
    let line = format!("there is no journal {}", journal.display());
    Failure::told(Exit::Refused, line)
        .hint("nothing was changed; if it was started elsewhere, its journal is there: `--journal FILE` names it")
        .hint("if it wasn't started yet, leave out `--resume`")
}

/// Refuses terms that were typed and are not those of the sweep that is gone on with.
fn refuse_other_terms(
    begun: Terms,
    older_than: Option<SignedDuration>,
    asked: Terms,
) -> Result<(), Failure> {
    let line = if older_than.is_some_and(|age| age != begun.older_than) {
        let age = figures::exact(begun.older_than);
        format!("this plan was started with `--older-than` {age}")
    } else if asked.include_finished && !begun.include_finished {
        "this plan was started without `--include-finished`".to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::told(Exit::Refused, line)
        .hint("it goes on as it was started: leave the option out, or make a new plan"))
}

/// Up, never down, as a journal keeps it.
fn whole_seconds(age: SignedDuration) -> SignedDuration {
    let up = i64::from(age.subsec_nanos() > 0);
    SignedDuration::from_secs(age.as_secs().saturating_add(up))
}

/// Opens a saved scan.
pub(super) fn open(path: &Path) -> Result<InventoryReader<Input>, Failure> {
    file::open(path).map_err(|error| plan_failure(path, &error))
}

fn plan_failure(path: &Path, error: &InventoryError) -> Failure {
    let line = format!("{}: {}", path.display(), chain(error));
    match error {
        InventoryError::Io { .. } => Failure::told(Exit::Failed, line)
            .hint("nothing was changed; PLAN is a file made with `partsweep scan --save`"),
        InventoryError::Edited(removed) => {
            let line = format!("{line}: {}", in_words(removed));
            Failure::told(Exit::Refused, line)
                .hint("if you removed them, `--allow-edited` accepts what is left")
        }
        InventoryError::OtherSchema(_) => Failure::told(Exit::Refused, line)
            .hint("use the version of partsweep that made it, or scan again"),
        _ => Failure::told(Exit::Refused, line).hint("scan again with `partsweep scan --save`"),
    }
}

fn in_words(removed: &Removed) -> String {
    let mut text = format!(
        "{} less, of which {} could be aborted ({})",
        counted(removed.uploads, "upload"),
        count(removed.sweep_uploads),
        bytes(removed.sweep_bytes)
    );
    if removed.buckets > 0 {
        text.push_str(&format!(", {} less", counted(removed.buckets, "bucket")));
    }
    text
}
