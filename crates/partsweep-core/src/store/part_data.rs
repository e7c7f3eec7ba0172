//! The data of a part that is sent: where its bytes are read, and what they must be.

use std::fmt;
use std::io;
use std::sync::Arc;

use md5::Md5;
use sha2::{Digest as _, Sha256};

/// Bytes that can be read again, from any place, for as often as a request is repeated.
pub trait ReadAt: Send + Sync + 'static {
    /// Fills the buffer with the bytes from `offset` on, counted from the first byte of the part. May block.
    ///
    /// # Errors
    ///
    /// What the file system says, also where there are fewer bytes.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
}

/// The hashes of a part: the store refuses data that have others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartDigest {
    /// Its ETag, where ETags of parts are MD5s.
    pub md5: [u8; 16],
    /// What the request is signed with, so that nothing between here and the store can change it.
    pub sha256: [u8; 32],
}

/// Makes both hashes of data that come in pieces.
#[derive(Debug, Default)]
pub struct PartHasher(Md5, Sha256);

impl PartHasher {
    /// More data.
    pub fn add(&mut self, data: &[u8]) {
        self.0.update(data);
        self.1.update(data);
    }

    /// The hashes of all that was added.
    pub fn finish(self) -> PartDigest {
        PartDigest {
            md5: self.0.finalize().into(),
            sha256: self.1.finalize().into(),
        }
    }
}

/// What is sent as a part.
#[derive(Clone)]
pub struct PartData {
    /// Where it is read.
    pub source: Arc<dyn ReadAt>,
    /// What was read when it was hashed.
    pub digest: PartDigest,
}

impl fmt::Debug for PartData {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartData")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
