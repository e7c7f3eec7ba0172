//! Saved scans as files: written beside their place and moved there when they are whole,
//! compressed if the name ends in `.zst`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{Header, InventoryError, InventoryReader, InventoryWriter, Saved};
use crate::files::disk::sync_folder;
use crate::scan::events::{BucketSummary, Finding};

/// What a compressed file starts with (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The most memory that reading a compressed file may take: 2^27 bytes, the decoder's own default.
const LARGEST_WINDOW: u32 = 27;

/// A saved scan on its way to its file. Dropped, it leaves nothing behind.
pub struct SavedScan {
    writer: Option<InventoryWriter<Out>>,
    partial: PathBuf,
    path: PathBuf,
}

/// Opens a new file beside `path`, that only this user can read: it names keys.
///
/// An existing file is replaced, once the new one is whole; behind a symbolic link, the file that it
/// leads to. What is there and is no file (a device, a pipe, a folder) is refused: it would be
/// replaced too.
pub fn create(path: &Path, header: &Header) -> Result<SavedScan, InventoryError> {
    let path = &place_of(path).map_err(InventoryError::io("write"))?;
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".partial-{}", std::process::id()));
    let partial = PathBuf::from(partial);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = InventoryError::io("write");
    let file = match options.open(&partial) {
        Ok(file) => BufWriter::with_capacity(1 << 16, file),
        Err(error) => return Err(failed(error)),
    };
    let mut saved = SavedScan {
        writer: None,
        partial,
        path: path.to_owned(),
    };
    let begin = || -> io::Result<_> {
        let is_compressed = path.extension().is_some_and(|end| end == "zst");
        let out = match is_compressed {
            // Level 0 stands for the library's default, 3.
            true => Out::Compressed(zstd::Encoder::new(file, 0)?),
            false => Out::Plain(file),
        };
        InventoryWriter::new(out, header)
    };
    saved.writer = Some(begin().map_err(failed)?);
    Ok(saved)
}

/// Where a file of this name is kept, if one may be.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_owned()),
        found => found?,
    };
    let place = match found.is_symlink() {
        true => fs::canonicalize(path)?,
        false => path.to_owned(),
    };
    match fs::metadata(&place)?.is_file() {
        true => Ok(place),
        false => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it exists already and isn't a regular file",
        )),
    }
}

impl SavedScan {
    /// The file until it is whole.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Writes one upload.
    pub fn finding(&mut self, finding: &Finding) -> Result<(), InventoryError> {
        self.write(|writer| writer.finding(finding))
    }

    /// Writes that a bucket is done.
    pub fn bucket(&mut self, summary: &BucketSummary) -> Result<(), InventoryError> {
        self.write(|writer| writer.bucket(summary))
    }

    /// Writes the closing line, brings all to disk and puts the file in its place.
    pub fn finish(mut self) -> Result<Option<Saved>, InventoryError> {
        let Some(writer) = self.writer.take() else {
            return Ok(None);
        };
        let finish = || -> io::Result<Saved> {
            let (out, saved) = writer.finish()?;
            let file = match out {
                Out::Plain(file) => file,
                Out::Compressed(encoder) => encoder.finish()?,
            };
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&self.partial, &self.path)?;
            sync_folder(folder_of(&self.path))?;
            Ok(saved)
        };
        finish().map(Some).map_err(InventoryError::io("write"))
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut InventoryWriter<Out>) -> io::Result<()>,
    ) -> Result<(), InventoryError> {
        match &mut self.writer {
            Some(writer) => write(writer).map_err(InventoryError::io("write")),
            None => Ok(()),
        }
    }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

impl Drop for SavedScan {
    fn drop(&mut self) {
        // Moved to its place, or of no use.
        let _ = fs::remove_file(&self.partial);
    }
}

enum Out {
    Plain(BufWriter<File>),
    Compressed(zstd::Encoder<'static, BufWriter<File>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Compressed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Compressed(out) => out.flush(),
        }
    }
}

/// A file to read from, compressed or not.
pub type Input = Box<dyn BufRead + Send>;

/// Opens a saved scan. Whether it is compressed is seen by what it starts with, not by its name.
pub fn open(path: &Path) -> Result<InventoryReader<Input>, InventoryError> {
    // A pipe cannot be read twice, and it would wait for someone at its other end.
    let open = || match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "not a file")),
    };
    let file = open().map_err(InventoryError::io("open"))?;
    InventoryReader::open(input(file).map_err(InventoryError::io("read"))?)
}

fn input(file: File) -> io::Result<Input> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    if !file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(file));
    }
    let mut decoder = zstd::Decoder::with_buffer(file)?;
    decoder.window_log_max(LARGEST_WINDOW)?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, decoder)))
}
