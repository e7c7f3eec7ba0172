//! The data of a part that is sent: where its bytes are read, and what they must be.

use std::fmt;
use std::io;
use std::sync::Arc;

use crc_fast::CrcAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::model::checksum::ChecksumAlgorithm;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartDigest {
    /// Its ETag, where ETags of parts are MD5s.
    pub md5: [u8; 16],
    /// What the request is signed with, so that nothing between here and the store can change it.
    pub sha256: [u8; 32],
    /// The checksum that its upload was begun with.
    pub checksum: Option<(ChecksumAlgorithm, Box<[u8]>)>,
}

/// Makes the hashes of data that come in pieces.
#[derive(Debug, Default)]
pub struct PartHasher {
    md5: Md5,
    sha256: Sha256,
    checksum: Option<(ChecksumAlgorithm, Hasher)>,
}

impl PartHasher {
    /// Makes the checksum, too, that an upload was begun with; none if it [can't be computed](ChecksumAlgorithm::is_computed).
    pub fn with(algorithm: Option<ChecksumAlgorithm>) -> Self {
        let hasher = |algorithm| Some((algorithm, Hasher::of(algorithm)?));
        Self {
            checksum: algorithm.and_then(hasher),
            ..Self::default()
        }
    }

    /// More data.
    pub fn add(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.sha256.update(data);
        if let Some((_, hasher)) = &mut self.checksum {
            hasher.add(data);
        }
    }

    /// The hashes of all that was added.
    pub fn finish(self) -> PartDigest {
        let md5: [u8; 16] = self.md5.finalize().into();
        let sha256: [u8; 32] = self.sha256.finalize().into();
        let checksum = self.checksum.map(|(algorithm, hasher)| {
            let value = match hasher {
                Hasher::Crc32(crc) => (crc.finalize() as u32).to_be_bytes().into(),
                Hasher::Crc64(crc) => crc.finalize().to_be_bytes().into(),
                Hasher::Sha1(sha1) => sha1.finalize().as_slice().into(),
                Hasher::Sha512(sha512) => sha512.finalize().as_slice().into(),
                Hasher::Known if algorithm == ChecksumAlgorithm::Md5 => md5.into(),
                Hasher::Known => sha256.into(),
            };
            (algorithm, value)
        });
        PartDigest {
            md5,
            sha256,
            checksum,
        }
    }
}

/// What makes a checksum that not every part has.
#[derive(Debug)]
enum Hasher {
    /// Of 32 bits, in the lower half.
    Crc32(crc_fast::Digest),
    Crc64(crc_fast::Digest),
    Sha1(Sha1),
    Sha512(Box<Sha512>),
    /// It is one of those that every part has.
    Known,
}

impl Hasher {
    fn of(algorithm: ChecksumAlgorithm) -> Option<Self> {
        use ChecksumAlgorithm as Algorithm;
        let crc = crc_fast::Digest::new;
        Some(match algorithm {
            Algorithm::Crc32 => Self::Crc32(crc(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::Crc32c => Self::Crc32(crc(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Crc64Nvme => Self::Crc64(crc(CrcAlgorithm::Crc64Nvme)),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha512 => Self::Sha512(Box::default()),
            Algorithm::Md5 | Algorithm::Sha256 => Self::Known,
            Algorithm::XxHash3 | Algorithm::XxHash64 | Algorithm::XxHash128 => return None,
        })
    }

    fn add(&mut self, data: &[u8]) {
        match self {
            Self::Crc32(crc) | Self::Crc64(crc) => crc.update(data),
            Self::Sha1(sha1) => sha1.update(data),
            Self::Sha512(sha512) => sha512.update(data),
            Self::Known => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of CRC algorithms (reveng), and of FIPS 180 and RFC 1321.
    #[test]
    fn checksums_are_those_that_s3_computes() {
        let of = |algorithm, data: &[u8]| {
            let mut hasher = PartHasher::with(Some(algorithm));
            for piece in data.chunks(4) {
                hasher.add(piece);
            }
            let (named, value) = hasher.finish().checksum?;
            assert_eq!(named, algorithm);
            Some(
                value
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>(),
            )
        };
        use ChecksumAlgorithm as Algorithm;
        let is = |algorithm, data: &str, expected: &str| {
            let found = of(algorithm, data.as_bytes()).unwrap();
            assert!(found.starts_with(expected), "{algorithm:?}: {found}");
        };
        is(Algorithm::Crc32, "123456789", "cbf43926");
        is(Algorithm::Crc32c, "123456789", "e3069283");
        is(Algorithm::Crc64Nvme, "123456789", "ae8b14860a799888");
        is(Algorithm::Md5, "abc", "900150983cd24fb0d6963f7d28e17f72");
        is(
            Algorithm::Sha1,
            "abc",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        );
        is(Algorithm::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223");
        is(Algorithm::Sha512, "abc", "ddaf35a193617abacc417349ae204131");
        for algorithm in Algorithm::ALL {
            assert_eq!(of(algorithm, b"abc").is_some(), algorithm.is_computed());
        }
    }
}
