//! `partsweep lifecycle undo`: what was there before, where nobody has changed it since.

use std::io::Write as _;
use std::path::PathBuf;

use partsweep_core::lifecycle::change::NoChange;
use partsweep_core::lifecycle::undo::{Undo, UndoBasis};
use partsweep_core::{Inspect, LifecycleChange, escape};
use partsweep_engine::lifecycle::{LifecycleEntry, UndoRead, read_undo};

use super::agreeing::{AgreedChanges, Agreement, at_once, check_undo_file, nothing_to_change};
use crate::args::file_name;
use crate::run::belongs::belongs;
use crate::run::session::{Session, SettingsFor};
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::hints;

/// Put back the lifecycles from before `lifecycle set`
///
/// Only in buckets that still have what partsweep wrote, or less of it if nobody saw that the store kept it: whatever someone
/// changed since is left as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// The file that `lifecycle set` named
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File for what is there now [default: in ~/.local/state/partsweep]
    #[arg(long, value_name = "FILE", value_parser = file_name)]
    undo: Option<PathBuf>,
    /// Print what BUCKET had before, as XML; connect to no store
    #[arg(long, value_name = "BUCKET", conflicts_with_all = ["undo", "yes", "dry_run"])]
    print: Option<String>,
    /// Don't ask for confirmation
    #[arg(short = 'y', long)]
    yes: bool,
    /// Show the difference; change nothing, even with --yes
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Reads the file, shows, asks, puts back.
pub(crate) async fn run(
    args: &UndoArgs,
    settings: SettingsFor<'_>,
    console: &Console,
) -> Result<Exit, Failure> {
    let UndoRead {
        header,
        entries,
        is_whole,
    } = read_undo(&args.file).map_err(|error| {
        let line = format!("could not read {}: {error}", args.file.display());
        Failure::told(Exit::Failed, line).hint("give the file that `lifecycle set` named")
    })?;
    if let Some(bucket) = &args.print {
        return print(bucket, &entries, console);
    }
    if !args.yes && !args.dry_run {
        console.check_can_confirm(true, true)?;
    }
    if !args.dry_run {
        check_undo_file(args.undo.as_deref())?;
    }
    let session = Session::connect(settings, console).await?;
    let account = header.account.as_deref();
    belongs("undo file", &header.endpoint, account, &session).await?;
    let mut exit = Exit::Done;
    if !is_whole {
        let line = format!(
            "{} has no end: that run was interrupted, or the file is cut. Buckets that aren't in it are left as they are",
            args.file.display()
        );
        console.warn(
            &line,
            &["`partsweep lifecycle check` shows which buckets have a rule".to_owned()],
        );
        exit = Exit::Partial;
    }
    let mut changes: Vec<LifecycleChange> = Vec::new();
    let mut left = Vec::new();
    let mut left_hint = None;
    let mut failed = 0;
    // The last change of a bucket is undone first.
    for entry in entries.into_iter().rev() {
        let name = entry.bucket.as_str().to_owned();
        if changes
            .iter()
            .any(|change| *change.bucket() == entry.bucket)
        {
            console.warn(
                &format!(
                    "bucket `{name}` was changed more than once: only the last change is undone"
                ),
                &["run the same command again for the one before".to_owned()],
            );
            exit = exit.worst(Exit::Partial);
            continue;
        }
        let now = match session.store.lifecycle(&entry.bucket).await {
            Ok(now) => now,
            Err(error) => {
                failed += 1;
                console.warn(&chain(&error), &hints::for_store(&error));
                exit = exit.worst(Exit::Partial);
                continue;
            }
        };
        let why = match entry.undo(now) {
            Ok(Undo { basis, .. }) if basis == UndoBasis::PerhapsTheirs && args.yes => {
                "what is there isn't what partsweep wrote, and may be somebody else's; without --yes, you are asked"
                    .to_owned()
            }
            Ok(Undo { change, basis }) => {
                match basis {
                    UndoBasis::AsWritten => {}
                    UndoBasis::BesideOthers => console.note(&format!(
                        "{name}: someone has changed other rules since; these stay, only what partsweep changed is undone"
                    )),
                    UndoBasis::Dropped => console.note(&format!(
                        "{name}: less is there than was written, and no read showed more: the store may have dropped the rest"
                    )),
                    UndoBasis::PerhapsTheirs => console.warn(
                        &format!(
                            "bucket `{name}`: what is there isn't what partsweep wrote: the store or somebody else changed it, \
                             and this puts back what was there before in its place"
                        ),
                        &[],
                    ),
                }
                changes.push(change);
                continue;
            }
            Err(why @ NoChange::AsBefore) => {
                console.note(&format!("{name}: {why}"));
                continue;
            }
            Err(why) => why.to_string(),
        };
        left.push(format!("bucket `{name}` is left as it is: {why}"));
        let file = escape::for_shell(&args.file.display().to_string()).into_owned();
        let bucket = escape::for_shell(&name);
        let program = console.program();
        left_hint.get_or_insert(format!(
            "`{program} lifecycle undo {file} --print {bucket}` prints what it had before"
        ));
        exit = exit.worst(Exit::Refused);
    }
    let mut others = Vec::from_iter(left_hint);
    if !changes.is_empty() && !args.dry_run {
        others.push("`lifecycle undo -n` shows the others".to_owned());
    }
    for (at, line) in left.iter().enumerate() {
        let is_last = at + 1 == left.len();
        console.warn(line, if is_last { &others } else { &[] });
    }
    if changes.is_empty() {
        console.note(nothing_to_change(failed));
        return Ok(exit);
    }
    let agreed = AgreedChanges {
        session: &session,
        console,
        undo: args.undo.clone(),
        agreement: Agreement::of(args.dry_run, args.yes),
        at_once: at_once(settings),
        consequence: "This puts back what was there before.".to_owned(),
    };
    Ok(agreed.carry_out(changes).await?.worst(exit))
}

/// Prints what a bucket had before its last change.
fn print(bucket: &str, entries: &[LifecycleEntry], console: &Console) -> Result<Exit, Failure> {
    let bucket = bucket.strip_prefix("s3://").unwrap_or(bucket);
    let of_bucket = |entry: &&LifecycleEntry| entry.bucket.as_str() == bucket;
    let Some(entry) = entries.iter().rev().find(of_bucket) else {
        let name = escape::for_terminal(bucket);
        return Err(Failure::told(
            Exit::Refused,
            format!("bucket `{name}` isn't in this file"),
        ));
    };
    let Some(document) = &entry.before.document else {
        console.note(&format!("{bucket}: there was no lifecycle before"));
        return Ok(Exit::Done);
    };
    let mut output = console.plain_output();
    match console.shows_data() {
        // Byte for byte, for a file.
        false => writeln!(output, "{}", document.text())?,
        true => {
            for line in document.text().lines() {
                writeln!(output, "{}", escape::for_terminal(line))?;
            }
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}
