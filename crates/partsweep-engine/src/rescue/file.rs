//! Whether the parts of an upload are those of a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use partsweep_core::Part;
use partsweep_core::rescue::part_md5::PartMd5;

/// Read at once, in bytes.
const PIECE: usize = 1 << 20;

/// What a comparison showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileComparison {
    /// Every part has the MD5 of its place in the file, and the file ends with the last.
    Same,
    /// The file has another length than all parts.
    OtherLength {
        /// The file, in bytes.
        file: u64,
        /// The parts, in bytes.
        parts: u64,
    },
    /// These parts have other ETags than the MD5s of their places in the file.
    Differ(Vec<u32>),
}

/// Compares each part's ETag with the MD5 of its place in a file. `parts` are in their order, each with its size; one
/// without counts as different.
///
/// Reads the whole file, unless its length is another.
///
/// # Errors
///
/// What the file system says.
pub fn compare_file(path: &Path, parts: &[Part]) -> io::Result<FileComparison> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let sizes = parts.iter().map(|part| part.bytes.unwrap_or_default());
    let total = sizes.fold(0, u64::saturating_add);
    if length != total {
        return Ok(FileComparison::OtherLength {
            file: length,
            parts: total,
        });
    }
    let mut buffer = vec![0; PIECE];
    let mut md5 = PartMd5::default();
    let mut differ = Vec::new();
    for part in parts {
        let mut left = part.bytes.unwrap_or_default();
        while left > 0 {
            let wanted = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            // One that became shorter meanwhile is an error.
            file.read_exact(&mut buffer[..wanted])?;
            md5.add(&buffer[..wanted]);
            left -= wanted as u64;
        }
        if part.bytes.is_none() || part.etag != Some(md5.take()) {
            differ.push(part.number);
        }
    }
    Ok(match differ.is_empty() {
        true => FileComparison::Same,
        false => FileComparison::Differ(differ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(data: &[&[u8]]) -> Vec<Part> {
        let mut md5 = PartMd5::default();
        let numbered = (1..).zip(data);
        let part = |(number, data): (u32, &&[u8])| {
            md5.add(data);
            Part {
                number,
                bytes: Some(data.len() as u64),
                last_modified: None,
                etag: Some(md5.take()),
            }
        };
        numbered.map(part).collect()
    }

    #[test]
    fn a_part_that_differs_from_the_file_in_one_byte_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let long = vec![7; PIECE + 5];
        let whole = parts(&[&long, b"abc", b""]);
        std::fs::write(&path, [&long[..], b"abc"].concat()).unwrap();
        assert_eq!(compare_file(&path, &whole).unwrap(), FileComparison::Same);
        std::fs::write(&path, [&long[..], b"abd"].concat()).unwrap();
        let differ = compare_file(&path, &whole).unwrap();
        assert_eq!(differ, FileComparison::Differ(vec![2]));
        std::fs::write(&path, [&long[..], b"abcd"].concat()).unwrap();
        assert!(matches!(
            compare_file(&path, &whole).unwrap(),
            FileComparison::OtherLength { .. }
        ));
        let mut nameless = whole;
        nameless[0].etag = None;
        std::fs::write(&path, [&long[..], b"abc"].concat()).unwrap();
        let differ = compare_file(&path, &nameless).unwrap();
        assert_eq!(differ, FileComparison::Differ(vec![1]));
        assert!(compare_file(&folder.path().join("none"), &nameless).is_err());
    }
}
