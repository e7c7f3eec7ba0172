//! A saved scan as a plan: whole, young enough, and of this store.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Plan, Terms};
use partsweep_engine::inventory::file::{self, Input};
use partsweep_engine::inventory::{
    Header, InventoryError, InventoryReader, Removed, SavedBucket, check,
};

use super::ApplyArgs;
use super::belongs::belongs;
use crate::args::SharedArgs;
use crate::connect::Session;
use crate::console::Console;
use crate::error::{Failure, chain};
use crate::exit::Exit;
use crate::figures::{self, bytes, count, counted};
use crate::question;

/// The age of a scan beyond which it is not swept: too much may have changed since.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a saved scan says is to be swept.
pub(super) struct SavedPlan {
    /// The plan.
    pub(super) plan: Plan,
    /// How far each bucket was seen.
    pub(super) buckets: Vec<SavedBucket>,
    /// Whether all buckets of the account were scanned.
    pub(super) is_whole_account: bool,
    header: Header,
    removed: Removed,
}

impl SavedPlan {
    /// Reads and checks the file, before anyone is asked for anything.
    pub(super) fn read(
        path: &Path,
        args: &ApplyArgs,
        shared: &SharedArgs,
        console: &Console,
    ) -> Result<Self, Failure> {
        let reader = open(path)?;
        let selection = &reader.header().selection;
        let terms = Terms {
            older_than: shared
                .selection
                .given_age()
                .unwrap_or_default()
                .max(selection.older_than()),
            include_finished: args.sweep.include_finished,
        };
        let is_whole_account = selection.is_whole_account();
        let checked = check(reader, args.allow_edited, terms);
        let checked = checked.map_err(|error| unusable(path, &error))?;
        let saved = Self {
            plan: checked.plan,
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

    fn refuse_if_stale(&self, accepted: bool) -> Result<(), Failure> {
        let age = Timestamp::now().duration_since(self.header.started);
        if age > STALE && !accepted {
            let age = figures::about(age);
            let line = format!("refused: this scan is {age} old, and much may have changed since");
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

    /// Says what it is.
    pub(super) fn tell(&self, console: &Console) {
        console.note(&format!(
            "Scanned {}: {} to sweep ({})",
            figures::minute(self.header.started),
            counted(self.plan.len(), "upload"),
            question::size(self.plan.bytes())
        ));
    }
}

/// Opens a saved scan.
pub(super) fn open(path: &Path) -> Result<InventoryReader<Input>, Failure> {
    file::open(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &InventoryError) -> Failure {
    let line = format!("{}: {}", path.display(), chain(error));
    match error {
        InventoryError::Io { .. } => Failure::told(Exit::Failed, line)
            .hint("nothing was changed; PLAN is a file made with `partsweep scan --save`"),
        InventoryError::Edited(removed) => {
            let line = format!("refused: {line}: {}", in_words(removed));
            Failure::told(Exit::Refused, line)
                .hint("if you removed them, `--allow-edited` accepts what is left")
        }
        InventoryError::OtherSchema(_) => Failure::told(Exit::Refused, format!("refused: {line}"))
            .hint("use the version of partsweep that made it, or scan again"),
        _ => Failure::told(Exit::Refused, format!("refused: {line}"))
            .hint("scan again with `partsweep scan --save`"),
    }
}

fn in_words(removed: &Removed) -> String {
    let mut text = format!(
        "{} less, {} of them to sweep ({})",
        counted(removed.uploads, "upload"),
        count(removed.sweep_uploads),
        bytes(removed.sweep_bytes)
    );
    if removed.buckets > 0 {
        text.push_str(&format!(", {} less", counted(removed.buckets, "bucket")));
    }
    text
}
