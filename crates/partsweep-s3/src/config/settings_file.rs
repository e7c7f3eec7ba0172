//! Reading a file of settings, which ends: no device, no named pipe, and nothing endless.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes that are read at most. A file of settings has a few kB.
const LIMIT: u64 = 16 << 20;

/// Reads a regular file, or a pipe that the shell made (`<(command)`), which ends when its command does.
///
/// # Errors
///
/// If it can't be read, is a device (`/dev/null` is an empty file) or a named pipe, or is larger than 16 MiB.
pub fn read_settings_file(path: &Path) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?.file_type();
    if is_null(path) {
        return Ok(Vec::new());
    }
    if is_device(kind) {
        return refused("it is a device; name a regular file");
    }
    // To open one waits until another program writes to it, which may be never.
    if is_pipe(kind) && !is_of_shell(path) {
        return refused("it is a named pipe (FIFO); name a regular file");
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return refused("it is larger than 16 MiB, so it isn't a settings file; name another file");
    }
    Ok(bytes)
}

/// The same where others read it again: a pipe can be read once only.
///
/// # Errors
///
/// As [`read_settings_file`], and if it is a pipe.
pub(crate) fn read_regular_file(path: &Path) -> io::Result<Vec<u8>> {
    match fs::metadata(path)?.file_type() {
        kind if is_pipe(kind) => refused("it is a pipe; name a regular file"),
        _ => read_settings_file(path),
    }
}

fn refused<T>(why: &str) -> io::Result<T> {
    Err(io::Error::other(why))
}

/// Whether a path is one of an open file, as the shell names its pipes.
fn is_of_shell(path: &Path) -> bool {
    ["/dev/fd", "/proc"].iter().any(|of| path.starts_with(of)) || path == Path::new("/dev/stdin")
}

fn is_null(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"))
}

#[cfg(unix)]
fn is_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_char_device() || kind.is_block_device()
}

#[cfg(unix)]
fn is_pipe(kind: fs::FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_device(_: fs::FileType) -> bool {
    false
}

#[cfg(not(unix))]
fn is_pipe(_: fs::FileType) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn what_has_no_end_is_no_settings_file() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(LIMIT + 1).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for (path, why) in [
            (Path::new("/dev/zero"), "it is a device"),
            (&link, "it is a device"),
            (&fifo, "it is a named pipe"),
            (&large, "it is larger than 16 MiB"),
        ] {
            for read in [read_settings_file, read_regular_file] {
                let error = read(path).unwrap_err().to_string();
                assert!(
                    error.starts_with(why) || error.starts_with("it is a pipe"),
                    "{error}"
                );
            }
        }
        let null = read_settings_file(Path::new("/dev/null")).unwrap();
        assert!(null.is_empty());
        let link = folder.path().join("to-file");
        fs::write(folder.path().join("file"), "x = y").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert_eq!(read_settings_file(&link).unwrap(), b"x = y");
    }

    #[test]
    fn a_pipe_of_the_shell_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"[a]\n").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        let path = Path::new(&path);
        let error = read_regular_file(path).unwrap_err().to_string();
        assert!(error.starts_with("it is a pipe"), "{error}");
        assert_eq!(read_settings_file(path).unwrap(), b"[a]\n");
    }
}
