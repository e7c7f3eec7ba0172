//! Where files are kept that nobody named.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::text::error::Failure;
use crate::text::exit::Exit;

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

/// A file of this run in the state directory, by what it is for and when it was begun.
pub(crate) fn new_state_file(what: &str) -> Result<PathBuf, Failure> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let name = format!("{what}-{now}-{}.ndjson", std::process::id());
    Ok(state_directory()?.join(name))
}

/// Where long answers of a store wait, which are as large and as private: `None` for where the system
/// keeps temporary files.
pub(crate) fn scratch() -> Option<PathBuf> {
    match std::env::var_os("TMPDIR") {
        None => state_directory().ok(),
        Some(_) => None,
    }
}

/// Makes a folder that nobody else may read, if it isn't there.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
