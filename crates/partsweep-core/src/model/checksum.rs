//! The additional checksums of an upload: S3 asks for that of each part again when the upload is completed.
//!
//! AWS's SDKs and its CLI have begun uploads with one since January 2025 (API reference, CreateMultipartUpload; user
//! guide, "Checking object integrity").

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What a checksum is computed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChecksumAlgorithm {
    /// CRC-32 of ISO/HDLC, as in zip files.
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// XXH3 of 64 bits.
    XxHash3,
    /// XXH64.
    XxHash64,
    /// XXH3 of 128 bits.
    XxHash128,
}

impl ChecksumAlgorithm {
    /// All that S3 has.
    pub const ALL: [Self; 10] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::XxHash3,
        Self::XxHash64,
        Self::XxHash128,
    ];

    /// S3's name of it, which its element has after `Checksum` and its header, in lower case, after `x-amz-checksum-`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::XxHash3 => "XXHASH3",
            Self::XxHash64 => "XXHASH64",
            Self::XxHash128 => "XXHASH128",
        }
    }

    /// The one with that name.
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |algorithm: &Self| algorithm.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is_it)
    }

    /// Whether this program can compute it ([`PartHasher`](crate::store::part_data::PartHasher)).
    pub fn is_computed(self) -> bool {
        !matches!(self, Self::XxHash3 | Self::XxHash64 | Self::XxHash128)
    }
}

/// Which checksum an upload was begun with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UploadChecksum {
    /// None, as far as the store shows.
    #[default]
    None,
    /// This one.
    Known(ChecksumAlgorithm),
    /// One of this name, which S3 doesn't have: hostile text.
    Unknown(Box<str>),
}

/// A checksum as a page of parts shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownChecksum {
    /// The number of the part.
    pub number: u32,
    /// What it is computed by.
    pub algorithm: ChecksumAlgorithm,
    /// In base64.
    pub value: Box<str>,
}

/// What a page of parts shows of checksums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageChecksums {
    /// `ChecksumAlgorithm`.
    pub of_upload: UploadChecksum,
    /// Those of the parts.
    pub parts: Vec<ShownChecksum>,
}

/// The checksums of all parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartChecksums {
    of_upload: UploadChecksum,
    /// None where two entries of one part contradict each other (law 13).
    parts: BTreeMap<(u32, ChecksumAlgorithm), Option<Box<str>>>,
}

impl PartChecksums {
    /// Adds what a page shows.
    pub fn add(&mut self, page: &PageChecksums) {
        if page.of_upload != UploadChecksum::None {
            self.of_upload = page.of_upload.clone();
        }
        for shown in &page.parts {
            match self.parts.entry((shown.number, shown.algorithm)) {
                Entry::Vacant(entry) => drop(entry.insert(Some(shown.value.clone()))),
                Entry::Occupied(mut entry) => {
                    if entry.get().as_ref() != Some(&shown.value) {
                        entry.insert(None);
                    }
                }
            }
        }
    }

    /// Which one the upload was begun with. Where the store shows only those of the parts, it is theirs.
    pub fn of_upload(&self) -> UploadChecksum {
        match (&self.of_upload, self.parts.keys().next()) {
            (UploadChecksum::None, Some((_, algorithm))) => UploadChecksum::Known(*algorithm),
            (of_upload, _) => of_upload.clone(),
        }
    }

    /// What the complete has to name for a part, in base64; none if it isn't shown clearly.
    ///
    /// Also if the checksum is one of the whole object (`ChecksumType` `FULL_OBJECT`): MinIO refuses the complete without
    /// (measured on the source release of 2026-02-12), and AWS's own tools name them.
    pub fn of_part(&self, number: u32) -> Option<(ChecksumAlgorithm, &str)> {
        let UploadChecksum::Known(algorithm) = self.of_upload() else {
            return None;
        };
        let value = self.parts.get(&(number, algorithm))?.as_deref();
        value.map(|value| (algorithm, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(number: u32, algorithm: ChecksumAlgorithm, value: &str) -> ShownChecksum {
        ShownChecksum {
            number,
            algorithm,
            value: value.into(),
        }
    }

    fn page(of_upload: UploadChecksum, parts: Vec<ShownChecksum>) -> PageChecksums {
        PageChecksums { of_upload, parts }
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        for algorithm in ChecksumAlgorithm::ALL {
            let lower = algorithm.name().to_lowercase();
            assert_eq!(ChecksumAlgorithm::named(&lower), Some(algorithm));
        }
        assert_eq!(ChecksumAlgorithm::named("CRC"), None);
    }

    #[test]
    fn the_checksum_of_a_part_is_the_one_that_the_upload_was_begun_with() {
        use ChecksumAlgorithm::{Crc32, Sha256};
        let mut all = PartChecksums::default();
        assert_eq!(all.of_upload(), UploadChecksum::None);
        let parts = vec![shown(1, Crc32, "AA=="), shown(1, Sha256, "BB==")];
        all.add(&page(UploadChecksum::Known(Sha256), parts));
        all.add(&page(UploadChecksum::None, vec![shown(2, Sha256, "CC==")]));
        assert_eq!(all.of_upload(), UploadChecksum::Known(Sha256));
        assert_eq!(all.of_part(1), Some((Sha256, "BB==")));
        assert_eq!(all.of_part(2), Some((Sha256, "CC==")));
        assert_eq!(all.of_part(3), None);
    }

    #[test]
    fn what_contradicts_itself_is_not_named() {
        use ChecksumAlgorithm::Crc32;
        let mut all = PartChecksums::default();
        for value in ["AA==", "AA=="] {
            all.add(&page(UploadChecksum::None, vec![shown(1, Crc32, value)]));
        }
        assert_eq!(all.of_part(1), Some((Crc32, "AA==")));
        for value in ["BB==", "AA=="] {
            all.add(&page(UploadChecksum::None, vec![shown(1, Crc32, value)]));
            assert_eq!(all.of_part(1), None);
        }
    }
}
