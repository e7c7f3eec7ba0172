//! Earlier sweeps that were interrupted and never settled: told until they are.

use std::path::{Path, PathBuf};

use partsweep_core::{Inspect, escape};
use partsweep_engine::journal::{self, JournalError, UnsettledJournal};

use crate::paths;
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::chain;
use crate::text::exit::Exit;
use crate::text::figures::counted;

/// Says which sweeps of this store, with a journal in the state directory, left uploads in doubt,
/// and the command that settles each. That makes a run partial: an object may be losing its data.
///
/// `own`: the journal that this run goes on with itself.
pub(crate) async fn tell(session: &Session, own: Option<&Path>, console: &Console) -> Exit {
    let endpoint = session.store.endpoint();
    let mut doubtful: Vec<_> = journals()
        .into_iter()
        .filter(|path| own != Some(path))
        .filter_map(|path| match journal::left(&path, endpoint) {
            Ok(left) => left.map(|left| (path, Ok(left))),
            Err(error) => Some((path, Err(error))),
        })
        .collect();
    let has_account = |(_, left): &(PathBuf, Result<UnsettledJournal, JournalError>)| {
        left.as_ref()
            .is_ok_and(|left| left.header.account.is_some())
    };
    if session.account().is_none() && doubtful.iter().any(has_account) {
        // Whose this store is, if it can be known; what is wrong with it is told by the command.
        let _ = session.introduce().await;
    }
    let here = session.account();
    let can_hurt = session.store.provider().abort_can_hurt();
    doubtful.retain(|(_, left)| {
        let theirs = left
            .as_ref()
            .ok()
            .and_then(|left| left.header.account.as_ref());
        theirs.is_none() || here.is_none() || theirs == here.as_ref()
    });
    for (path, left) in &doubtful {
        let path = path.to_string_lossy();
        match left {
            Ok(UnsettledJournal { uploads, .. }) => {
                let uploads = counted(*uploads, "upload");
                let then = match can_hurt {
                    true => "if one was completed meanwhile, its object may be losing its data",
                    false => "what became of them was not seen",
                };
                let line = format!(
                    "an earlier run on this store was interrupted with {uploads} in doubt; {then}"
                );
                let (file, options) = (escape::for_shell(&path), session.options());
                let command = format!("partsweep apply --resume --journal {file}{options}");
                console.warn(&line, &[format!("settle it now: {command}")]);
            }
            Err(error) => {
                let line = format!("{path}: {}", chain(error));
                let hint = "what an earlier run left in doubt can't be read".to_owned();
                console.warn(&line, &[hint]);
            }
        }
    }
    match doubtful.is_empty() {
        true => Exit::Done,
        false => Exit::Partial,
    }
}

/// The journals in the state directory, in the order of their names.
fn journals() -> Vec<PathBuf> {
    let directory = paths::state_directory().ok();
    let entries = directory.and_then(|directory| std::fs::read_dir(directory).ok());
    let paths = entries.into_iter().flatten().flatten();
    let mut journals: Vec<_> = paths
        .filter(|entry| is_journal(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    journals.sort();
    journals
}

/// Whether a file has the name of a journal, or of one of an earlier version. What else is in it shows that it
/// is none.
fn is_journal(name: &str) -> bool {
    let number = name
        .rsplit_once(".journal.ndjson-")
        .and_then(|(_, number)| number.parse::<u64>().ok());
    name.ends_with(".ndjson") || number.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_journal_is_none() {
        for name in [
            "20261128T152506Z.ndjson",
            "20261128T152506Z-2.ndjson",
            "apply-0123456789abcdef.ndjson",
            "x.journal.ndjson",
            "x.journal.ndjson-2",
        ] {
            assert!(is_journal(name), "{name}");
        }
        for name in ["x.ndjson.bak", "x.journal.ndjson-", "x.txt", ""] {
            assert!(!is_journal(name), "{name}");
        }
    }
}
