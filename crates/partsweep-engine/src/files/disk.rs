//! Folders that a new file needs, and their entries on disk.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Makes the folders above a file; returns all that got a new entry, the file's own included.
pub(crate) fn create_folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for folder in path.ancestors().skip(1) {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        changed.push(folder.to_owned());
        if folder.try_exists()? {
            break;
        }
    }
    if let Some(folder) = changed.first() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    Ok(changed)
}

/// Brings the entries of a folder to disk: without it, a crash of the machine can lose a new file
/// although what is in it was synced.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems do not have it.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Not a thing that can be asked for here.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
