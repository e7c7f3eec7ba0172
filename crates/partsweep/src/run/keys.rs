//! The keys that are asked for one by one beside a listing.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use partsweep_core::{BucketName, escape};
use partsweep_engine::{GivenKeys, KeySearch, Targets};

use crate::args::KeyArgs;
use crate::terminal::console::Console;
use crate::text::error::{Failure, chain};
use crate::text::exit::Exit;
use crate::text::figures::counted;

/// Opens and checks what was named, and says how many requests it takes.
pub(crate) fn search(
    args: &KeyArgs,
    targets: &Targets,
    console: &Console,
) -> Result<KeySearch, Failure> {
    let given = match &args.keys_from {
        Some(path) => Some(given(path, targets)?),
        None => None,
    };
    if let Some(given) = &given {
        let keys = counted(given.count(), "key");
        console.note(&format!(
            "--keys-from has {keys}: a request for each, and more for a key with many uploads"
        ));
    }
    if args.probe_keys {
        console.note(
            "--probe-keys takes a request for each 1,000 objects, and one for each of their keys and prefixes",
        );
    }
    Ok(KeySearch {
        objects: args.probe_keys,
        given,
    })
}

fn given(path: &Path, targets: &Targets) -> Result<GivenKeys, Failure> {
    let shown = path.to_string_lossy();
    let shown = escape::for_terminal(&shown);
    let failed = |error: &dyn std::error::Error| {
        Failure::told(
            Exit::Usage,
            format!("--keys-from {shown}: {}", chain(error)),
        )
    };
    let file = readable_anywhere(path).map_err(|error| failed(&error))?;
    let named = match targets {
        Targets::Account(_) | Targets::AllUsers(_) => None,
        Targets::Named(targets) => Some(targets),
    };
    let sole: Option<BucketName> = named.and_then(|targets| {
        let first = &targets.first()?.bucket;
        let is_sole = targets.iter().all(|target| target.bucket == *first);
        is_sole.then(|| first.clone())
    });
    let keys = GivenKeys::new(file, sole).map_err(|error| failed(&error))?;
    if keys.count() == 0 {
        return Err(Failure::usage(format!("--keys-from {shown} has no keys"))
            .hint("give a key a line, or s3://BUCKET/KEY"));
    }
    let is_scanned = |bucket: &BucketName| {
        named.is_none_or(|targets| targets.iter().any(|target| target.bucket == *bucket))
    };
    if let Some(other) = keys.buckets().find(|bucket| !is_scanned(bucket)) {
        let other = escape::for_terminal(other.as_str());
        return Err(Failure::usage(format!(
            "--keys-from {shown} has keys of bucket `{other}`, which isn't scanned"
        ))
        .hint(format!("name it too: s3://{other}")));
    }
    Ok(keys)
}

/// A file that can be read more than once: what comes from a pipe is copied first.
fn readable_anywhere(path: &Path) -> io::Result<File> {
    let file = match path.as_os_str() == "-" {
        true => File::from(io::stdin().as_fd().try_clone_to_owned()?),
        false => File::open(path)?,
    };
    let metadata = file.metadata()?;
    let kind = metadata.file_type();
    if kind.is_file() && path.as_os_str() != "-" {
        return Ok(file);
    }
    // The keys that someone types end; those of /dev/zero don't.
    let is_null = || fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    let is_device = kind.is_block_device() || kind.is_char_device();
    if is_device && !file.is_terminal() && !is_null() {
        return Err(io::Error::other("it is a device; name a file or a pipe"));
    }
    let mut kept = tempfile::tempfile()?;
    copy_lines(&mut BufReader::new(file), &mut kept)?;
    Ok(kept)
}

/// Copies lines until one is longer than any key: it is an error when it is read, and what follows may have no end.
fn copy_lines(from: &mut impl BufRead, to: &mut File) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let mut limited = from.take(GivenKeys::LONGEST_LINE);
        let count = limited.read_until(b'\n', &mut line)?;
        let is_cut = limited.limit() == 0;
        to.write_all(&line)?;
        if count == 0 || is_cut {
            return Ok(());
        }
    }
}
