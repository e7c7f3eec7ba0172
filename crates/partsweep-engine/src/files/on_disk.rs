//! A file of JSON lines, each on disk before what it tells of is done (law 7).

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::disk::{create_folders, sync_folder};
use super::json;

/// A file that lines are added to. Only this user can read it; it is locked until it is closed.
#[derive(Debug)]
pub(crate) struct LineFile(Mutex<File>);

impl LineFile {
    /// Makes the file, with the folders above it and its first line. Fails if there is one by this name.
    pub(crate) fn create(path: &Path, header: &impl Serialize) -> io::Result<Self> {
        let above = create_folders(path)?;
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        // Held as long as it is written. Not on every file system, and then nobody can see that.
        let _ = file.try_lock();
        for folder in &above {
            sync_folder(folder)?;
        }
        let lines = Self::on(file);
        lines.add(header)?;
        Ok(lines)
    }

    /// Goes on with a file that is open for appending.
    pub(crate) fn on(file: File) -> Self {
        Self(Mutex::new(file))
    }

    /// Adds a line. On disk when this returns.
    pub(crate) fn add(&self, line: &impl Serialize) -> io::Result<()> {
        let mut text = Vec::new();
        json::write(&mut text, line).map_err(io::Error::other)?;
        text.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text)?;
        file.sync_data()
    }
}
