//! Where the journals of a run are kept (law 7).

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use partsweep_core::{ApprovedPlan, escape};
use partsweep_engine::journal::{self, Journal, JournalError, JournalHeader, Nowhere};

use crate::bug;
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;

/// Makes the journal of each plan that is swept.
#[derive(Debug)]
pub(crate) struct Notebook {
    place: Place,
    /// Journals begun so far.
    begun: u32,
}

#[derive(Debug)]
enum Place {
    /// This file; for further plans of the same run, files beside it.
    File(PathBuf),
    /// A new file in the state directory.
    StateDirectory,
    /// The demo's store forgets everything with the program.
    Nowhere,
}

impl Notebook {
    /// Journals go to this file, or to the state directory.
    pub(crate) fn at(file: Option<&Path>) -> Self {
        let place = file.map_or(Place::StateDirectory, |file| Place::File(file.to_owned()));
        Self { place, begun: 0 }
    }

    /// No journal is kept.
    pub(crate) fn nowhere() -> Self {
        Self {
            place: Place::Nowhere,
            begun: 0,
        }
    }

    /// Sees that a journal can be begun, before anything is scanned or asked: a scan of hours would be for
    /// nothing else.
    pub(crate) fn try_out(&self) -> Result<(), Failure> {
        let (path, folder) = match &self.place {
            Place::Nowhere => return Ok(()),
            Place::File(file) if file.try_exists().unwrap_or(false) => {
                return Err(taken(file, Done::Nothing));
            }
            Place::File(file) => {
                let folder = file
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                (file.clone(), folder.unwrap_or(Path::new(".")).to_owned())
            }
            Place::StateDirectory => (state_directory()?, state_directory()?),
        };
        let probe = folder.join(format!(".partsweep-{}", std::process::id()));
        let tried = journal::file::create(&probe);
        let _ = fs::remove_file(&probe);
        match tried {
            Ok(_) => Ok(()),
            Err(error) => Err(unwritable(Some(&path), &error, Done::Nothing)),
        }
    }

    /// Whether the journals of this run, and of those before, outlive it.
    pub(crate) fn is_kept(&self) -> bool {
        !matches!(self.place, Place::Nowhere)
    }

    /// Begins the journal of a plan, before anything is aborted, and tells where it is.
    pub(crate) fn begin(
        &mut self,
        session: &Session,
        plan: &ApprovedPlan,
        plan_file: Option<&Path>,
        console: &Console,
    ) -> Result<Journal, Failure> {
        let header = header(session, plan, plan_file);
        let done = match self.begun {
            0 => Done::Nothing,
            _ => Done::Others,
        };
        let Some(path) = self.next_path(session)? else {
            let journal = Journal::start(Nowhere, &header);
            return journal.map_err(|error| unwritable(None, &error, done));
        };
        let sink = journal::file::create(&path);
        start_after(done, sink, &path, &header, console)
    }

    fn next_path(&mut self, session: &Session) -> Result<Option<PathBuf>, Failure> {
        self.begun += 1;
        let first = match &self.place {
            Place::Nowhere => return Ok(None),
            Place::File(file) => file.clone(),
            Place::StateDirectory => {
                let time = session.started.strftime("%Y%m%dT%H%M%SZ");
                let name = format!("{time}-{}.journal.ndjson", std::process::id());
                state_directory()?.join(name)
            }
        };
        Ok(Some(match self.begun {
            1 => first,
            n => {
                let mut name = first.into_os_string();
                name.push(format!("-{n}"));
                name.into()
            }
        }))
    }
}

/// Begins a journal in a file that was just made, or emptied; tells where it is.
pub(crate) fn start(
    sink: Result<File, JournalError>,
    path: &Path,
    header: &JournalHeader,
    console: &Console,
) -> Result<Journal, Failure> {
    start_after(Done::Nothing, sink, path, header, console)
}

fn start_after(
    done: Done,
    sink: Result<File, JournalError>,
    path: &Path,
    header: &JournalHeader,
    console: &Console,
) -> Result<Journal, Failure> {
    let journal = sink.and_then(|sink| {
        Journal::start(sink, header).inspect_err(|_| {
            // Nothing was done under it: what is left of it would only stand in the way.
            let _ = fs::remove_file(path);
        })
    });
    let journal = journal.map_err(|error| unwritable(Some(path), &error, done))?;
    console.note(&format!("Journal: {}", path.display()));
    let file = escape::for_shell(&path.to_string_lossy()).into_owned();
    bug::is_settled_by(format!("partsweep apply --resume --journal {file}"));
    Ok(journal)
}

/// What a journal says of the sweep.
pub(crate) fn header(
    session: &Session,
    plan: &ApprovedPlan,
    plan_file: Option<&Path>,
) -> JournalHeader {
    JournalHeader {
        endpoint: session.store.endpoint().to_owned(),
        account: session.account(),
        plan: plan.digest().to_string(),
        plan_file: plan_file.map(|path| path.display().to_string()),
        started: Timestamp::now(),
        terms: plan.terms(),
    }
}

/// Where the program keeps what outlives it (XDG base directories): `partsweep` in
/// `$XDG_STATE_HOME`, else in `~/.local/state`.
pub(crate) fn state_directory() -> Result<PathBuf, Failure> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    std::env::var_os("XDG_STATE_HOME")
        .and_then(|path| absolute(path.into()))
        .or_else(|| {
            std::env::home_dir()
                .and_then(absolute)
                .map(|home| home.join(".local/state"))
        })
        .map(|state| state.join("partsweep"))
        .ok_or_else(|| {
            Failure::told(
                Exit::Failed,
                "there is no home directory to keep the journal in",
            )
            .hint("`--journal FILE` names a file for it")
        })
}

/// What was done before a journal could not be begun.
#[derive(Debug, Clone, Copy)]
enum Done {
    Nothing,
    /// Other buckets were swept by the same run.
    Others,
}

impl Done {
    /// What that means for whoever reads of the failure.
    fn so(self) -> &'static str {
        match self {
            Self::Nothing => "nothing was changed",
            Self::Others => "this bucket and those behind it were not swept",
        }
    }
}

/// A file that is not written over.
fn taken(path: &Path, done: Done) -> Failure {
    let line = format!("refused: {} exists already", path.display());
    let so = done.so();
    Failure::told(Exit::Refused, line)
        .hint(format!("{so}; `--journal FILE` names a new file"))
        .hint(format!(
            "`partsweep apply --resume --journal {}` settles what its sweep left in doubt",
            escape::for_shell(&path.to_string_lossy())
        ))
}

/// What stands where a folder has to be, or a link that leads to nothing.
fn in_the_way(path: &Path) -> Option<String> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let place = path.ancestors().find(|place| is_there(place))?;
    let shown = place.display();
    match fs::metadata(place) {
        Ok(found) if place != path && !found.is_dir() => {
            Some(format!("{shown} is a file, and a folder is needed there"))
        }
        Ok(_) => None,
        Err(_) => Some(format!("{shown} is a link to something that is not there")),
    }
}

/// A journal that cannot be begun: nothing is swept without one.
fn unwritable(path: Option<&Path>, error: &JournalError, done: Done) -> Failure {
    if let Some(path) = path {
        if let Some(line) = in_the_way(path) {
            let line = format!("the journal cannot be written, so {}: {line}", done.so());
            return Failure::told(Exit::Failed, line)
                .hint("`--journal FILE` names another file for it");
        }
        if let JournalError::Io { source, .. } = error
            && source.kind() == ErrorKind::AlreadyExists
        {
            return taken(path, done);
        }
    }
    let place = path.map_or_else(String::new, |path| format!(" {}", path.display()));
    let line = format!(
        "the journal{place} cannot be written, so {}: {}",
        done.so(),
        chain(error)
    );
    Failure::told(Exit::Failed, line).hint("`--journal FILE` names another file for it")
}
