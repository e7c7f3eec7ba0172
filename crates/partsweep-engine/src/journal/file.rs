//! A journal as a file: made, locked, taken up again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, ErrorKind};
use std::path::Path;

use super::entries::JournalHeader;
use super::error::{Attempt, JournalError};
use super::read::{read, read_header};
use super::replay::Recovered;
use crate::files::disk::{create_folders, sync_folder};

/// Makes a journal, with the folders above it, that only this user can read: it names keys.
///
/// Fails if there is a file by this name. The file is locked until it is closed.
pub fn create(path: &Path) -> Result<File, JournalError> {
    let above = create_folders(path).map_err(JournalError::io(Attempt::Create))?;
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(JournalError::io(Attempt::Create))?;
    lock(&file)?;
    for folder in &above {
        sync_folder(folder).map_err(JournalError::io(Attempt::Sync))?;
    }
    Ok(file)
}

/// Opens a journal and reads it; what is written to the file is added to its end.
///
/// Refuses one that another process is writing. The file is locked until it is closed.
pub fn resume(path: &Path) -> Result<(Recovered, File), JournalError> {
    let file = open(path)?;
    let recovered = read(BufReader::with_capacity(1 << 16, &file))?;
    Ok((recovered, file))
}

/// Reads a whole journal, whether it is being written or not.
pub fn recover(path: &Path) -> Result<Recovered, JournalError> {
    read(BufReader::with_capacity(1 << 16, open_unlocked(path)?))
}

/// Reads the first line of a journal, whether it is being written or not.
pub fn peek(path: &Path) -> Result<JournalHeader, JournalError> {
    let file = open_unlocked(path)?;
    read_header(BufReader::new(&file))
}

/// Whether a process is writing it.
pub(super) fn is_held(path: &Path) -> Result<bool, JournalError> {
    match open(path) {
        Ok(_) => Ok(false),
        Err(JournalError::Held) => Ok(true),
        Err(error) => Err(error),
    }
}

fn open(path: &Path) -> Result<File, JournalError> {
    let file = open_unlocked(path)?;
    lock(&file)?;
    Ok(file)
}

fn open_unlocked(path: &Path) -> Result<File, JournalError> {
    let open = || {
        // A pipe would wait for someone at its other end.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a file"));
        }
        OpenOptions::new().read(true).append(true).open(path)
    };
    open().map_err(JournalError::io(Attempt::Open))
}

/// Empties a journal that was interrupted before its first line was whole, to begin it anew.
///
/// Refuses any other file, and one that another process is writing: nothing is taken away but what
/// [`resume`] finds to be [`JournalError::NoHeader`]. The file is locked until it is closed.
pub fn restart(path: &Path) -> Result<File, JournalError> {
    let file = open(path)?;
    match read(BufReader::with_capacity(1 << 16, &file)) {
        Err(JournalError::NoHeader) => {
            file.set_len(0).map_err(JournalError::io(Attempt::Write))?;
            Ok(file)
        }
        Err(error) => Err(error),
        // Begun by another process meanwhile.
        Ok(_) => Err(JournalError::Held),
    }
}

fn lock(file: &File) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalError::Held),
        Err(TryLockError::Error(error)) => Err(JournalError::io(Attempt::Lock)(error)),
    }
}
