//! A file with keys that others on this machine can read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use partsweep_core::escape;
use partsweep_s3::Settings;

use crate::terminal::console::Console;

/// Whoever isn't the owner may read it.
const BY_OTHERS: u32 = 0o044;
/// Whoever isn't the owner may go through a folder.
const THROUGH_BY_OTHERS: u32 = 0o011;

/// Warns once if others can read the file that the keys are in. `is_in_aws_files`: they are in those of the AWS
/// tools, unless the settings name another file.
pub(crate) fn warn(settings: &Settings, is_in_aws_files: bool, console: &Console) {
    let file = settings
        .keys_file
        .clone()
        .or_else(|| is_in_aws_files.then(credentials_file).flatten());
    let Some(file) = file else {
        return;
    };
    let Ok(about) = fs::metadata(&file) else {
        return;
    };
    if about.permissions().mode() & BY_OTHERS != 0 && is_reached_by_others(&file) {
        let shown = file.display();
        let path = escape::for_shell(&shown.to_string()).into_owned();
        console.warn(
            &format!("other users of this machine can read the keys in {shown}"),
            &[format!("chmod 600 {path}")],
        );
    }
}

/// Whether others can come to a file: no folder on the way is its owner's alone.
fn is_reached_by_others(file: &Path) -> bool {
    let whole = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let is_open = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & THROUGH_BY_OTHERS != 0)
    };
    whole.ancestors().skip(1).all(is_open)
}

/// The credentials file of the AWS tools.
fn credentials_file() -> Option<PathBuf> {
    let named = std::env::var_os("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let usual = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".aws/credentials"));
    named.or_else(usual)
}
