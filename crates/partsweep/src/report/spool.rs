//! Bytes that wait for their turn: in memory while they are few, then in a file without a name.
//!
//! What is found comes mixed, and is shown bucket by bucket; what is to be swept is known whole
//! before the first abort. Neither may take memory by the upload, so it waits on disk.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::paths;
use crate::text::error::temporary_file_error;

/// Bytes in memory at most, over all streams. A few thousand uploads: most scans touch no disk.
const IN_MEMORY: usize = 1 << 20;

/// Holds streams of bytes.
#[derive(Clone)]
pub(crate) struct Spool(Arc<Mutex<SpoolState>>);

struct SpoolState {
    folder: Option<PathBuf>,
    in_memory_at_most: usize,
    streams: HashMap<u64, Content>,
    next: u64,
    in_memory: usize,
    /// Gone with the program, however it ends: it names keys.
    file: Option<File>,
    /// Where the file ends.
    end: u64,
    /// Bytes in the file that somebody still needs.
    on_disk: u64,
}

/// A stream: what is in the file, piece by piece, then what is still in memory.
#[derive(Default)]
struct Content {
    pieces: Vec<Piece>,
    tail: Vec<u8>,
}

struct Piece {
    at: u64,
    len: u64,
}

impl Default for Spool {
    fn default() -> Self {
        Self::new(None, IN_MEMORY)
    }
}

impl Spool {
    fn new(folder: Option<PathBuf>, in_memory_at_most: usize) -> Self {
        Self(Arc::new(Mutex::new(SpoolState {
            folder,
            in_memory_at_most,
            streams: HashMap::new(),
            next: 0,
            in_memory: 0,
            file: None,
            end: 0,
            on_disk: 0,
        })))
    }

    /// A new stream.
    pub(crate) fn stream(&self) -> Stream {
        let mut held = self.held();
        let id = held.next;
        held.next += 1;
        held.streams.insert(id, Content::default());
        Stream {
            spool: self.clone(),
            id,
        }
    }

    fn held(&self) -> MutexGuard<'_, SpoolState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpoolState {
    fn append(&mut self, id: u64, data: &[u8]) -> io::Result<()> {
        let Some(content) = self.streams.get_mut(&id) else {
            return Ok(());
        };
        content.tail.extend_from_slice(data);
        self.in_memory += data.len();
        if self.in_memory > self.in_memory_at_most {
            self.move_to_disk()?;
        }
        Ok(())
    }

    /// Moves everything that is in memory to the file.
    fn move_to_disk(&mut self) -> io::Result<()> {
        let Self {
            folder,
            streams,
            file,
            end,
            on_disk,
            ..
        } = self;
        let file = match file {
            Some(file) => file,
            None => file.insert(without_a_name(folder.as_deref())?),
        };
        if *on_disk == 0 {
            // Nobody needs what was written before.
            *end = 0;
            file.set_len(0).map_err(temporary_file_error)?;
        }
        file.seek(SeekFrom::Start(*end))
            .map_err(temporary_file_error)?;
        for content in streams.values_mut() {
            let tail = std::mem::take(&mut content.tail);
            if tail.is_empty() {
                continue;
            }
            file.write_all(&tail).map_err(temporary_file_error)?;
            let len = tail.len() as u64;
            match content.pieces.last_mut() {
                Some(last) if last.at + last.len == *end => last.len += len,
                _ => content.pieces.push(Piece { at: *end, len }),
            }
            *end += len;
            *on_disk += len;
        }
        self.in_memory = 0;
        Ok(())
    }

    fn forget(&mut self, id: u64) {
        if let Some(content) = self.streams.remove(&id) {
            self.in_memory -= content.tail.len();
            self.on_disk -= content.pieces.iter().map(|piece| piece.len).sum::<u64>();
        }
    }
}

/// Bytes that are written in one go, and then read. What is dropped is forgotten.
pub(crate) struct Stream {
    spool: Spool,
    id: u64,
}

impl Stream {
    /// Reads what was written.
    pub(crate) fn read(self) -> Reader {
        Reader {
            stream: Arc::new(self),
            piece: 0,
            done: 0,
        }
    }
}

impl Write for Stream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.spool.held().append(self.id, data)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.spool.held().forget(self.id);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.id)
    }
}

/// Reads a stream from its beginning.
#[derive(Debug)]
pub(crate) struct Reader {
    stream: Arc<Stream>,
    /// The piece that is read; behind the last one, the tail.
    piece: usize,
    /// How much of it was read.
    done: u64,
}

impl Reader {
    /// Reads the same from the beginning.
    pub(crate) fn again(&self) -> Self {
        Self {
            stream: Arc::clone(&self.stream),
            piece: 0,
            done: 0,
        }
    }

    /// Writes all of it, and forgets it.
    pub(crate) fn copy_to(mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(()),
                n => out.write_all(buffer.get(..n).unwrap_or_default())?,
            }
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut held = self.stream.spool.held();
        let SpoolState { streams, file, .. } = &mut *held;
        let Some(content) = streams.get(&self.stream.id) else {
            return Ok(0);
        };
        while let (Some(piece), Some(file)) = (content.pieces.get(self.piece), file.as_mut()) {
            let left = piece.len - self.done;
            if left > 0 {
                file.seek(SeekFrom::Start(piece.at + self.done))
                    .map_err(temporary_file_error)?;
                let n = file.take(left).read(buffer).map_err(temporary_file_error)?;
                if n == 0 && !buffer.is_empty() {
                    return Err(temporary_file_error(io::ErrorKind::UnexpectedEof.into()));
                }
                self.done += n as u64;
                return Ok(n);
            }
            self.piece += 1;
            self.done = 0;
        }
        let done = usize::try_from(self.done).unwrap_or(usize::MAX);
        let n = content.tail.get(done..).unwrap_or_default().read(buffer)?;
        self.done += n as u64;
        Ok(n)
    }
}

/// A new file that nobody else can open, in `TMPDIR` if it is set; else where the journals are,
/// because `/tmp` is memory on many machines; else where the system keeps temporary files.
fn without_a_name(folder: Option<&Path>) -> io::Result<File> {
    if let Some(folder) = folder {
        return tempfile::tempfile_in(folder).map_err(temporary_file_error);
    }
    if std::env::var_os("TMPDIR").is_none()
        && let Ok(folder) = paths::state_directory()
        && paths::private_folder(&folder).is_ok()
        && let Ok(file) = tempfile::tempfile_in(&folder)
    {
        return Ok(file);
    }
    tempfile::tempfile().map_err(temporary_file_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(stream: Stream) -> String {
        let mut text = String::new();
        stream.read().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn streams_that_were_written_by_turns_are_read_apart_from_memory_and_from_disk() {
        for in_memory_at_most in [0, 7, 100, 1 << 20] {
            let spool = Spool::new(Some(std::env::temp_dir()), in_memory_at_most);
            let mut streams: Vec<_> = (0..3).map(|_| spool.stream()).collect();
            let mut written = vec![String::new(); 3];
            for n in 0..200_usize {
                let data = format!("{n},");
                streams[n * n % 3].write_all(data.as_bytes()).unwrap();
                written[n * n % 3].push_str(&data);
            }
            for (stream, written) in streams.into_iter().zip(written) {
                assert_eq!(text(stream), written, "{in_memory_at_most}");
            }
        }
    }

    #[test]
    fn what_was_read_can_be_read_again() {
        for in_memory_at_most in [0, 1 << 20] {
            let spool = Spool::new(Some(std::env::temp_dir()), in_memory_at_most);
            let mut stream = spool.stream();
            stream.write_all(b"twice").unwrap();
            let first = stream.read();
            for _ in 0..2 {
                let mut text = String::new();
                first.again().read_to_string(&mut text).unwrap();
                assert_eq!(text, "twice");
            }
            drop(first);
            assert!(spool.held().streams.is_empty());
        }
    }

    #[test]
    fn the_file_begins_anew_when_nobody_needs_it_any_more() {
        let spool = Spool::new(Some(std::env::temp_dir()), 10);
        for _ in 0..100 {
            let mut stream = spool.stream();
            stream.write_all(&[b'x'; 64]).unwrap();
            assert_eq!(text(stream).len(), 64);
        }
        let held = spool.held();
        assert_eq!((held.end, held.on_disk, held.in_memory), (64, 0, 0));
        assert!(held.streams.is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let spool = Spool::new(Some("/nonexistent".into()), 0);
        let error = spool.stream().write_all(b"x").unwrap_err();
        assert!(
            error
                .get_ref()
                .unwrap()
                .is::<crate::text::error::TemporaryFileError>(),
            "{error}"
        );
    }
}
