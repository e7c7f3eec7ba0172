//! The local file that an upload is finished from.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use partsweep_core::store::part_data::{PartDigest, PartHasher, ReadAt};
use partsweep_core::{ChecksumAlgorithm, FilePart};

/// Read at once, in bytes.
const PIECE: usize = 1 << 20;

/// What shows that a file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Which file it is: another may have been put in its place.
    #[cfg(unix)]
    inode: (u64, u64),
    /// When anything of it changed, which nobody can set back: seconds and nanoseconds.
    #[cfg(unix)]
    changed: (i64, i64),
}

impl FileStamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
            #[cfg(unix)]
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// A file that is open, and what it was like then.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    file: Mutex<File>,
    stamp: FileStamp,
}

impl SourceFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let stamp = FileStamp::of(&file.metadata()?);
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            stamp,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes when it was opened.
    pub fn bytes(&self) -> u64 {
        self.stamp.bytes
    }

    /// Whether it was changed since it was opened: its size, its times (also that of its inode, so that setting back the
    /// other hides nothing), or that there is another at its place. One that can't be asked any more counts as changed.
    pub fn has_changed(&self) -> bool {
        let now = std::fs::metadata(&self.path);
        now.map_or(true, |metadata| FileStamp::of(&metadata) != self.stamp)
    }

    /// Reads a part of it, for its hashes and a checksum. Blocks as long as it takes.
    ///
    /// # Errors
    ///
    /// What the file system says, also where the file has become shorter.
    pub fn hash(
        &self,
        part: FilePart,
        checksum: Option<ChecksumAlgorithm>,
    ) -> io::Result<PartDigest> {
        let mut buffer = vec![0; PIECE];
        let mut hasher = PartHasher::with(checksum);
        let mut done = 0;
        while done < part.bytes {
            let left = part.bytes - done;
            let wanted = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            self.fill(part.offset + done, &mut buffer[..wanted])?;
            hasher.add(&buffer[..wanted]);
            done += wanted as u64;
        }
        Ok(hasher.finish())
    }

    fn fill(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(into)
    }
}

/// How much of the missing parts was sent.
#[derive(Debug, Default)]
pub struct SentSoFar {
    on_its_way: AtomicU64,
    parts: AtomicU64,
    bytes: AtomicU64,
}

impl SentSoFar {
    /// Bytes that were read to be sent, whether they have arrived or not.
    pub fn on_its_way(&self) -> u64 {
        self.on_its_way.load(Ordering::Relaxed)
    }

    /// The parts that have arrived, and their bytes.
    pub fn arrived(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.parts), of(&self.bytes))
    }

    pub(super) fn has_arrived(&self, bytes: u64) {
        self.parts.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A part of a file, which counts what was read of it to be sent.
pub(super) struct PartSource {
    pub(super) file: Arc<SourceFile>,
    pub(super) part: FilePart,
    /// Of all parts.
    pub(super) sent: Arc<SentSoFar>,
    /// Bytes of this one, which begins anew when it is sent again.
    so_far: AtomicU64,
}

impl PartSource {
    pub(super) fn new(file: Arc<SourceFile>, part: FilePart, sent: Arc<SentSoFar>) -> Self {
        Self {
            file,
            part,
            sent,
            so_far: AtomicU64::new(0),
        }
    }
}

impl ReadAt for PartSource {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let end = offset + into.len() as u64;
        if end > self.part.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file.fill(self.part.offset + offset, into)?;
        let before = self.so_far.swap(end, Ordering::Relaxed);
        // Wraps where it begins anew: then so much less was sent.
        let more = end.wrapping_sub(before);
        self.sent.on_its_way.fetch_add(more, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(data: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, data).unwrap();
        (folder, path)
    }

    #[test]
    fn a_part_is_hashed_and_read_at_its_place() {
        let data = [vec![1; PIECE], vec![2; PIECE + 5], b"abc".to_vec()].concat();
        let (_folder, path) = file(&data);
        let source = Arc::new(SourceFile::open(&path).unwrap());
        let part = |offset, bytes| FilePart {
            number: 1,
            offset,
            bytes,
        };
        let last = part(data.len() as u64 - 3, 3);
        let digest = source.hash(last, None).unwrap();
        assert_eq!(digest.md5[..4], [0x90, 0x01, 0x50, 0x98]);
        assert_eq!(digest.sha256[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(source.hash(part(0, data.len() as u64 + 1), None).is_err());
        let sent = Arc::new(SentSoFar::default());
        let parts = PartSource::new(Arc::clone(&source), last, Arc::clone(&sent));
        let mut two = [0; 2];
        parts.read_at(0, &mut two).unwrap();
        assert_eq!((&two, sent.on_its_way()), (b"ab", 2));
        // Sent again.
        parts.read_at(0, &mut two[..1]).unwrap();
        assert_eq!(sent.on_its_way(), 1);
        assert!(parts.read_at(2, &mut two).is_err(), "of what follows");
    }

    #[test]
    fn any_change_of_the_file_shows() {
        let (folder, path) = file(b"abc");
        let source = SourceFile::open(&path).unwrap();
        assert!(!source.has_changed());
        std::fs::write(&path, b"abcd").unwrap();
        assert!(source.has_changed(), "longer");
        let source = SourceFile::open(&path).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(source.has_changed(), "written to");
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        let source = SourceFile::open(&path).unwrap();
        // The clock of a file system has steps of some milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::fs::write(&path, b"abcx").unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        assert_eq!(source.has_changed(), cfg!(unix), "with its time set back");
        let source = SourceFile::open(&path).unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, b"abce").unwrap();
        let file = File::options().append(true).open(&other).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(source.has_changed(), "another in its place");
        std::fs::remove_file(&path).unwrap();
        assert!(source.has_changed(), "gone");
    }
}
