//! A scan that is saved while it is shown.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use partsweep_core::escape;
use partsweep_engine::ScanEvent;
use partsweep_engine::inventory::file::{SavedScan, create};
use partsweep_engine::inventory::{Header, InventoryError, SavedSelection};
use tempfile::TempDir;

use crate::paths;
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{bytes, counted};

/// A saved scan on its way to its file.
pub(crate) struct PlanFile {
    path: PathBuf,
    scan: SavedScan,
    /// For standard output it waits here until it is whole: a plan that was cut is none.
    waits_in: Option<TempDir>,
}

/// Whether a plan goes to standard output.
pub(crate) fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl PlanFile {
    /// Begins the file, before the store is asked for anything that takes long.
    pub(crate) fn begin(
        path: &Path,
        asked: &SavedSelection,
        session: &Session,
        console: &Console,
    ) -> Result<Self, Failure> {
        let waits_in = match is_output(path) {
            true => Some(private_folder().map_err(|error| buffer_failure(&error))?),
            false => None,
        };
        let waiting = waits_in
            .as_ref()
            .map(|folder| folder.path().join("plan.ndjson"));
        let path = waiting.as_deref().unwrap_or(path);
        let header = Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            endpoint: session.store.endpoint().to_owned(),
            account: session.account(),
            started: session.started,
            selection: asked.clone(),
        };
        let scan = create(path, &header).map_err(|error| save_failure(path, &error))?;
        let (partial, warn) = (scan.partial().to_owned(), console.warner());
        let line = match waits_in {
            Some(_) => "interrupted: no plan was written".to_owned(),
            None => format!("interrupted: nothing was saved to {}", path.display()),
        };
        console.interrupt().at_last(move || {
            // It is not there any more once the scan is saved.
            if fs::remove_file(partial).is_ok() {
                warn(&line);
            }
        });
        let path = path.to_owned();
        Ok(Self {
            path,
            scan,
            waits_in,
        })
    }

    /// Saves what the engine tells.
    pub(crate) fn event(&mut self, event: &ScanEvent) -> Result<(), Failure> {
        let saved = match event {
            ScanEvent::Found(finding) => self.scan.finding(finding),
            ScanEvent::BucketDone(summary) => self.scan.bucket(summary),
            ScanEvent::Buckets(_)
            | ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed
            | ScanEvent::KeysAsked(_) => Ok(()),
        };
        saved.map_err(|error| save_failure(&self.path, &error))
    }

    /// Puts the file in its place, and says what is in it.
    pub(crate) fn finish(self, console: &Console) -> Result<(), Failure> {
        let Self {
            path,
            scan,
            waits_in,
        } = self;
        let saved = scan.finish().map_err(|error| save_failure(&path, &error))?;
        if waits_in.is_some() {
            let mut output = console.plain_output();
            let mut plan = fs::File::open(&path).map_err(|error| buffer_failure(&error))?;
            io::copy(&mut plan, &mut output)?;
            return Ok(output.flush()?);
        }
        let Some(saved) = saved else { return Ok(()) };
        console.note(&format!(
            "Saved to {}: {}, of which {} can be aborted ({})",
            path.display(),
            counted(saved.uploads, "upload"),
            crate::text::figures::count(saved.sweep_uploads),
            bytes(saved.sweep_bytes)
        ));
        if saved.sweep_uploads > 0 {
            // A name that begins with a dash would be an option.
            let path = match path.to_string_lossy() {
                path if path.starts_with('-') => format!("./{path}"),
                path => path.into_owned(),
            };
            let path = escape::for_shell(&path);
            let options = console.store_again();
            console.note(&format!(
                "`partsweep apply {path}{options}` aborts exactly these."
            ));
        }
        Ok(())
    }
}

/// A folder for what waits, removed with what is in it.
fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("partsweep-");
    match paths::scratch() {
        Some(folder) => {
            paths::private_folder(&folder)?;
            builder.tempdir_in(folder)
        }
        None => builder.tempdir(),
    }
}

fn buffer_failure(error: &io::Error) -> Failure {
    Failure::told(
        Exit::Failed,
        format!("the plan can't be kept until it is whole: {error}"),
    )
    .hint("TMPDIR names another folder, or give `--save` a file")
}

fn save_failure(path: &Path, error: &InventoryError) -> Failure {
    let line = format!("{}: {}", path.display(), chain(error));
    Failure::told(Exit::Failed, line).hint("nothing was saved; `--save` names another file")
}
