//! A scan that is saved while it is shown.

use std::fs;
use std::path::{Path, PathBuf};

use partsweep_core::escape;
use partsweep_engine::ScanEvent;
use partsweep_engine::inventory::file::{SavedScan, create};
use partsweep_engine::inventory::{Header, InventoryError, SavedSelection};

use crate::args::{SharedArgs, TargetArg};
use crate::run::session::Session;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::{bytes, counted};

/// A saved scan on its way to its file.
pub(crate) struct Saving {
    path: PathBuf,
    scan: SavedScan,
}

impl Saving {
    /// Begins the file, before the store is asked for anything that takes long.
    pub(crate) fn begin(
        path: &Path,
        targets: &[TargetArg],
        shared: &SharedArgs,
        session: &Session,
        console: &Console,
    ) -> Result<Self, Failure> {
        let header = Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            endpoint: session.store.endpoint().to_owned(),
            account: session.account(),
            started: session.started,
            selection: selection(targets, shared),
        };
        let scan = create(path, &header).map_err(|error| unsaved(path, &error))?;
        let (partial, warn) = (scan.partial().to_owned(), console.warner());
        let line = format!("interrupted: nothing was saved to {}", path.display());
        console.interrupt().at_last(move || {
            // It is not there any more once the scan is saved.
            if fs::remove_file(partial).is_ok() {
                warn(&line);
            }
        });
        let path = path.to_owned();
        Ok(Self { path, scan })
    }

    /// Saves what the engine tells.
    pub(crate) fn event(&mut self, event: &ScanEvent) -> Result<(), Failure> {
        let saved = match event {
            ScanEvent::Found(finding) => self.scan.finding(finding),
            ScanEvent::BucketDone(summary) => self.scan.bucket(summary),
            ScanEvent::Buckets(_)
            | ScanEvent::Listed { .. }
            | ScanEvent::BucketsMissing(_)
            | ScanEvent::AllListed => Ok(()),
        };
        saved.map_err(|error| unsaved(&self.path, &error))
    }

    /// Puts the file in its place, and says what is in it.
    pub(crate) fn finish(self, session: &Session, console: &Console) -> Result<(), Failure> {
        let Self { path, scan } = self;
        let saved = scan.finish().map_err(|error| unsaved(&path, &error))?;
        let Some(saved) = saved else { return Ok(()) };
        console.note(&format!(
            "Saved to {}: {}, {} to sweep ({})",
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
            let options = session.options();
            console.note(&format!(
                "`partsweep apply {path}{options}` sweeps exactly these."
            ));
        }
        Ok(())
    }
}

fn selection(targets: &[TargetArg], shared: &SharedArgs) -> SavedSelection {
    let [include, exclude, bucket, exclude_bucket] = shared.selection.patterns();
    SavedSelection {
        older_than_seconds: shared.selection.older_than().as_secs(),
        min_size: shared.selection.min_size,
        include: include.to_vec(),
        exclude: exclude.to_vec(),
        bucket: bucket.to_vec(),
        exclude_bucket: exclude_bucket.to_vec(),
        targets: targets.iter().map(ToString::to_string).collect(),
    }
}

fn unsaved(path: &Path, error: &InventoryError) -> Failure {
    let line = format!("{}: {}", path.display(), chain(error));
    Failure::told(Exit::Failed, line).hint("nothing was saved; `--save` names another file")
}
