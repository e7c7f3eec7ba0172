//! What is shown of changes of lifecycles, the question, and the changes themselves, one after the other.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anstyle::{AnsiColor, Style};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::{BucketName, LifecycleChange, escape};
use partsweep_engine::lifecycle::{
    ChangeRun, ChangeWait, Changed, UndoError, UndoFile, UndoHeader,
};
use similar::{ChangeTag, TextDiff};

use crate::paths;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::confirm::confirm;
use crate::terminal::console::Console;
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::counted;
use crate::text::fit;

/// Buckets that are changed side by side, at most: each is four requests, of which one writes.
const MOST_AT_ONCE: usize = 8;

/// Buckets that are changed side by side. A bucket is written within 2 s of a look at it, so the requests for the others
/// may take half of that.
pub(super) fn at_once(settings: SettingsFor<'_>) -> usize {
    let settings = settings(None);
    let by_rate = match usize::try_from(settings.rps) {
        Ok(0) | Err(_) => MOST_AT_ONCE,
        Ok(rps) => rps / 2,
    };
    by_rate.min(settings.concurrency).clamp(1, MOST_AT_ONCE)
}

/// Buckets of which it is told that the store is waited for.
const WAITS_TOLD: u32 = 5;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// Whether someone agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    /// Nothing is to be changed.
    DryRun,
    /// By `--yes`.
    Given,
    /// Not yet.
    Ask,
}

impl Agreement {
    /// What was typed.
    pub(super) fn of(dry_run: bool, yes: bool) -> Self {
        match (dry_run, yes) {
            (true, _) => Self::DryRun,
            (false, true) => Self::Given,
            (false, false) => Self::Ask,
        }
    }
}

/// Changes that are shown, agreed to and carried out.
pub(super) struct AgreedChanges<'a> {
    pub(super) session: &'a Session,
    pub(super) console: &'a Console,
    /// The undo file, if one was named.
    pub(super) undo: Option<PathBuf>,
    pub(super) agreement: Agreement,
    /// Buckets that are changed side by side.
    pub(super) at_once: usize,
    /// What comes of it: a sentence.
    pub(super) consequence: String,
}

impl AgreedChanges<'_> {
    pub(super) async fn carry_out(&self, changes: Vec<LifecycleChange>) -> Result<Exit, Failure> {
        self.show(&changes).await?;
        match self.agreement {
            Agreement::DryRun => {
                let buckets = counted(changes.len() as u64, "bucket");
                self.console.note(&format!(
                    "{buckets} would be changed. This was a dry run: nothing was changed."
                ));
                return Ok(Exit::Done);
            }
            Agreement::Given => {}
            Agreement::Ask => self.ask(&changes).await?,
        }
        let path = self.undo_path()?;
        let store = &self.session.store;
        let header = UndoHeader::new(Timestamp::now(), store.endpoint(), store.account());
        let undo = UndoFile::create(&path, &header).map_err(|error| undo_failure(&path, &error))?;
        let shown = escape::for_shell(&path.display().to_string()).into_owned();
        self.console
            .note(&format!("What was there before is in {shown}"));
        let held = self.console.interrupt().hold();
        let told = AtomicU32::new(0);
        let run = ChangeRun::new(&**store, &undo, held.token());
        let mut results = stream::iter(changes)
            .map(|change| {
                let bucket = change.bucket().clone();
                let has_rules = change.has_rules();
                let (run, told) = (&run, &told);
                async move {
                    let waits = |wait| self.tell_wait(&bucket, wait, told);
                    let changed = run.apply(change, &waits).await;
                    (bucket, has_rules, changed)
                }
            })
            .buffered(self.at_once);
        let mut output = self.console.styled_output();
        let (mut done, mut left, mut exit) = (0, 0, Exit::Done);
        let mut stop_was_told = false;
        loop {
            let next = tokio::select! {
                next = results.next() => next,
                () = held.signalled(), if !stop_was_told => {
                    stop_was_told = true;
                    self.console.note("Stopping: what was sent is still read back, for up to a minute.");
                    self.console.note("Press Ctrl-C again to stop at once.");
                    continue;
                }
            };
            let Some((bucket, has_rules, changed)) = next else {
                break;
            };
            let name = escape::for_terminal(bucket.as_str()).into_owned();
            match changed {
                Changed::Interrupted(_) => {
                    left += 1;
                    exit = exit.worst(Exit::Interrupted);
                }
                Changed::Done { with_more } => {
                    done += 1;
                    let more = match with_more {
                        true => ", beside rules that someone added meanwhile",
                        false => "",
                    };
                    writeln!(output, "{name}: changed, and read back{more}")?;
                    output.flush()?;
                }
                changed => {
                    done += u64::from(matches!(changed, Changed::OtherDefault { .. }));
                    let (line, hints) = self.trouble(bucket.as_str(), &changed, &shown, has_rules);
                    self.console.warn(&line, &hints);
                    exit = exit.worst(Exit::Partial);
                }
            }
        }
        drop(results);
        if held.is_signalled() {
            exit = exit.worst(Exit::Interrupted);
        }
        // Without its end, the file only says less than it could.
        let _ = undo.close();
        if left > 0 {
            let buckets = counted(left, "bucket");
            self.console
                .warn(&format!("interrupted: {buckets} not changed"), &[]);
        }
        if done > 0 {
            self.console
                .note(&format!("{} changed.", counted(done, "bucket")));
            let program = self.console.program();
            let options = self.session.options();
            self.console.note(&format!(
                "To undo it: `{program} lifecycle undo{options} {shown}`"
            ));
        }
        Ok(exit)
    }

    /// Says what is waited for, of the first buckets.
    fn tell_wait(&self, bucket: &BucketName, wait: ChangeWait, told: &AtomicU32) {
        if told.fetch_add(1, Ordering::Relaxed) >= WAITS_TOLD {
            return;
        }
        let name = escape::for_terminal(bucket.as_str());
        let (what, most) = match wait {
            ChangeWait::Busy(most) => ("is busy with another change of it", most),
            ChangeWait::Throttled(most) => ("is asking for fewer requests", most),
            ChangeWait::Late(most) => (
                "answers too slowly to be changed within 2 s of a look at it",
                most,
            ),
            ChangeWait::ReadBack(most) => ("hasn't shown the change twice in a row yet", most),
        };
        self.console.note(&format!(
            "{name}: the store {what}; waiting up to {} s",
            most.as_secs()
        ));
    }

    /// The differences; those that are the same in several buckets once.
    async fn show(&self, changes: &[LifecycleChange]) -> Result<(), Failure> {
        let place = self.session.place().await;
        self.console.place(&place, true)?;
        let mut groups: Vec<(Difference, Vec<&str>)> = Vec::new();
        let mut places: BTreeMap<Vec<(bool, String)>, usize> = BTreeMap::new();
        for change in changes {
            let lines = difference(change);
            let key = lines
                .iter()
                .map(|(tag, line)| (*tag == ChangeTag::Insert, line.clone()));
            let at = *places.entry(key.collect()).or_insert_with(|| {
                groups.push((lines, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(change.bucket().as_str());
        }
        let mut output = self.console.styled_output();
        let width = self.console.width();
        for (lines, buckets) in groups {
            // Every one: nothing is agreed to that was not named (law 14).
            let named = buckets.iter().map(|name| escape::for_terminal(name));
            writeln!(output, "\n{}", fit::flow(named, ", ", 0, 2, width))?;
            for (tag, line) in lines {
                let line = escape::for_terminal(&line).into_owned();
                match tag {
                    ChangeTag::Insert => writeln!(output, "{ADDED}+ {line}{ADDED:#}")?,
                    ChangeTag::Delete => writeln!(output, "{REMOVED}- {line}{REMOVED:#}")?,
                    ChangeTag::Equal => writeln!(output, "  {line}")?,
                }
            }
        }
        let consequence = fit::wrapped(&self.consequence, width, 0);
        writeln!(output, "\n{consequence}")?;
        output.flush()?;
        Ok(())
    }

    async fn ask(&self, changes: &[LifecycleChange]) -> Result<(), Failure> {
        let buckets = match changes {
            [only] => escape::for_terminal(only.bucket().as_str()).into_owned(),
            _ => counted(changes.len() as u64, "bucket"),
        };
        let question = format!("Change the lifecycle of {buckets}? [y/N] ");
        let explained = "  answer y to change it, n or Enter to change nothing";
        confirm(self.console, question, explained).await
    }

    fn undo_path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.undo {
            return Ok(path.clone());
        }
        paths::new_state_file("lifecycle-undo")
    }
}

/// The lines of a difference.
type Difference = Vec<(ChangeTag, String)>;

/// The lines of a change, with what stays around them.
fn difference(change: &LifecycleChange) -> Difference {
    let lines = |document: Option<&LifecycleDocument>| match document {
        Some(document) => document.lines().join("\n") + "\n",
        None => String::new(),
    };
    let before = lines(change.before().document.as_ref());
    let after = lines(change.after());
    let diff = TextDiff::from_lines(&before, &after);
    let left_out = || (ChangeTag::Equal, "…".to_owned());
    let mut shown = Vec::new();
    let mut end = 0;
    for group in diff.grouped_ops(2) {
        let first = group.first().map_or(end, |op| op.old_range().start);
        if first > end {
            shown.push(left_out());
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        shown.extend(changes.map(|line| (line.tag(), line.value().trim_end().to_owned())));
        end = group.last().map_or(end, |op| op.old_range().end);
    }
    if end < before.lines().count() {
        shown.push(left_out());
    }
    shown
}

/// What is said at the end if nothing is to be changed; so many buckets couldn't be read.
pub(super) fn nothing_to_change(failed: usize) -> &'static str {
    match failed {
        0 => "Nothing to change.",
        _ => "No bucket was changed.",
    }
}

/// Sees, before anything is sent, that there is room for an undo file that was named: no file of its name, and its folder.
pub(super) fn check_undo_file(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else {
        return Ok(());
    };
    if path.try_exists().unwrap_or(false) {
        let line = format!("{} exists already: nothing was changed", path.display());
        return Err(Failure::told(Exit::Refused, line).hint("--undo FILE names a new file"));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let error = UndoError::Io(ErrorKind::NotFound.into());
            Err(undo_failure(path, &error))
        }
        _ => Ok(()),
    }
}

fn undo_failure(path: &Path, error: &UndoError) -> Failure {
    let line = format!(
        "could not create {}: {error}: nothing was changed",
        path.display()
    );
    Failure::told(Exit::Failed, line).hint("--undo FILE names another file")
}
