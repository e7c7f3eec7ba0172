//! Where the journals of a run are kept (law 7).

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use partsweep_core::{ApprovedPlan, escape};
use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{self, Journal, JournalError, JournalHeader, Nowhere};

use crate::bug;
use crate::paths;
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;

/// The journal of a run: one file, whatever the number of plans that are agreed to in it.
#[derive(Debug)]
pub(crate) struct Journals {
    place: Place,
    /// The file, once it was chosen.
    chosen: Option<PathBuf>,
    /// Whether it was told where it is.
    is_told: bool,
    begun: Option<Begun>,
}

/// A journal that is being written.
#[derive(Debug)]
struct Begun {
    journal: Journal,
    /// Uploads of the plans so far.
    uploads: u64,
}

#[derive(Debug)]
enum Place {
    /// This file.
    File(PathBuf),
    /// A new file in the state directory.
    StateDirectory,
    /// The demo's store forgets everything with the program.
    Nowhere,
}

impl Journals {
    /// Journals go to this file, or to the state directory.
    pub(crate) fn at(file: Option<&Path>) -> Self {
        let place = file.map_or(Place::StateDirectory, |file| Place::File(file.to_owned()));
        Self::new(place)
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            chosen: None,
            is_told: false,
            begun: None,
        }
    }

    /// No journal is kept.
    pub(crate) fn nowhere() -> Self {
        Self::new(Place::Nowhere)
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
            Place::StateDirectory => (paths::state_directory()?, paths::state_directory()?),
        };
        let probe = folder.join(format!(".partsweep-{}", std::process::id()));
        let tried = journal::file::create(&probe);
        let _ = fs::remove_file(&probe);
        match tried {
            Ok(_) => Ok(()),
            Err(error) => match in_the_way(&probe) {
                // Of the state directory itself `journal_failure` would say that it exists already.
                Some(line) => Err(blocked(&line, Done::Nothing)),
                None => Err(journal_failure(Some(&path), &error, Done::Nothing)),
            },
        }
    }

    /// Whether the journals of this run, and of those before, outlive it.
    pub(crate) fn is_kept(&self) -> bool {
        !matches!(self.place, Place::Nowhere)
    }

    /// Where the journal will be, to be told before the first question; none if none is kept. The file is made
    /// with the first plan: a run that aborts nothing leaves none.
    pub(crate) fn shown(&mut self, session: &Session) -> Result<Option<String>, Failure> {
        let Some(path) = self.path(session)? else {
            return Ok(None);
        };
        self.is_told = true;
        Ok(Some(escape::for_terminal(&below_home(&path)).into_owned()))
    }

    /// Writes one more plan to the journal of this run, before anything of it is aborted. Makes the file
    /// with the first, and tells where it is, unless that was told.
    pub(crate) fn begin(
        &mut self,
        session: &Session,
        plan: &ApprovedPlan,
        console: &Console,
    ) -> Result<Journal, Failure> {
        let uploads = plan.summary().uploads;
        if let Some(begun) = &mut self.begun {
            let next = begun
                .journal
                .next_plan(&plan.digest().to_string(), begun.uploads);
            let next = next
                .map_err(|error| journal_failure(self.chosen.as_deref(), &error, Done::Others))?;
            begun.uploads += uploads;
            return Ok(next);
        }
        let header = header(session, plan, None);
        let journal = loop {
            let Some(path) = self.path(session)? else {
                let journal = Journal::start(Nowhere, &header);
                break journal.map_err(|error| journal_failure(None, &error, Done::Nothing))?;
            };
            let sink = journal::file::create(&path);
            if let Err(JournalError::Io { source, .. }) = &sink
                && source.kind() == ErrorKind::AlreadyExists
                && matches!(self.place, Place::StateDirectory)
            {
                // Another run chose the same name since.
                self.chosen = None;
                self.is_told = false;
                continue;
            }
            break start_told(!self.is_told, sink, &path, &header, console)?;
        };
        self.begun = Some(Begun {
            journal: journal.clone(),
            uploads,
        });
        Ok(journal)
    }

    /// Closes the journal, with the sums of all plans.
    pub(crate) async fn end(&mut self, totals: &SweepTotals) -> Result<(), Failure> {
        let Some(begun) = self.begun.take() else {
            return Ok(());
        };
        let ended = begun.journal.end(totals).await;
        ended.map_err(|error| Failure::told(Exit::Failed, chain(&error)))
    }

    fn path(&mut self, session: &Session) -> Result<Option<PathBuf>, Failure> {
        if self.chosen.is_none() {
            self.chosen = match &self.place {
                Place::Nowhere => None,
                Place::File(file) => Some(file.clone()),
                Place::StateDirectory => Some(new_name(&paths::state_directory()?, session)),
            };
        }
        Ok(self.chosen.clone())
    }
}

/// `20261128T152506Z.ndjson`, or with a number if there is one.
fn new_name(folder: &Path, session: &Session) -> PathBuf {
    let time = session.started.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut path = folder.join(format!("{time}.ndjson"));
    let mut number = 1_u64;
    while fs::symlink_metadata(&path).is_ok() {
        number += 1;
        path = folder.join(format!("{time}-{number}.ndjson"));
    }
    path
}

/// A path as a shell understands it, with `~` for the home directory.
fn below_home(path: &Path) -> String {
    let home = std::env::home_dir().filter(|home| home.is_absolute() && home.parent().is_some());
    match home.and_then(|home| Some(path.strip_prefix(home).ok()?.to_owned())) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// Begins a journal in a file that was just made, or emptied; tells where it is.
pub(crate) fn start(
    sink: Result<File, JournalError>,
    path: &Path,
    header: &JournalHeader,
    console: &Console,
) -> Result<Journal, Failure> {
    start_told(true, sink, path, header, console)
}

/// Likewise; `tells` where it is, or that was told.
fn start_told(
    tells: bool,
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
    let journal = journal.map_err(|error| journal_failure(Some(path), &error, Done::Nothing))?;
    if tells {
        console.note(&format!("Journal: {}", path.display()));
    }
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

/// What was done before a journal could not be begun.
#[derive(Debug, Clone, Copy)]
enum Done {
    Nothing,
    /// Uploads of other buckets were aborted by the same run.
    Others,
}

impl Done {
    /// What that means for whoever reads of the failure.
    fn so(self) -> &'static str {
        match self {
            Self::Nothing => "nothing was changed",
            Self::Others => "nothing more was aborted",
        }
    }
}

/// A file that is not written over.
fn taken(path: &Path, done: Done) -> Failure {
    let line = format!("{} exists already", path.display());
    let so = done.so();
    Failure::told(Exit::Refused, line)
        .hint(format!("{so}; `--journal FILE` names a new file"))
        .hint(format!(
            "`apply --resume --journal {}` settles what its run left in doubt",
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

/// A journal whose place is taken by something else.
fn blocked(line: &str, done: Done) -> Failure {
    let line = format!("the journal cannot be written, so {}: {line}", done.so());
    Failure::told(Exit::Failed, line).hint("`--journal FILE` names another file for it")
}

/// A journal that cannot be begun: nothing is swept without one.
fn journal_failure(path: Option<&Path>, error: &JournalError, done: Done) -> Failure {
    if let Some(path) = path {
        if let Some(line) = in_the_way(path) {
            return blocked(&line, done);
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
