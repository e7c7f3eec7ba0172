//! Keys that someone gave, to be asked for one by one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use partsweep_core::BucketName;

/// Keys of a file, a line each: `s3://BUCKET/KEY`, or the key alone where only one bucket is meant.
///
/// They stay in the file: it is read once to check it, and once for each bucket that has keys in it.
#[derive(Debug, Clone)]
pub struct GivenKeys {
    file: Arc<File>,
    sole: Option<BucketName>,
    counts: Arc<HashMap<BucketName, u64>>,
}

/// Why a file holds no keys.
#[derive(Debug, thiserror::Error)]
pub enum GivenKeysError {
    /// It can't be read.
    #[error("the keys can't be read")]
    Io(#[source] io::Error),
    /// One of its lines is no key.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl GivenKeys {
    /// Bytes of a line: keys have 1,024 at S3, and something that is no list of keys must not fill the memory.
    pub const LONGEST_LINE: u64 = 64 << 10;

    /// Checks a file, which must be one that can be read at any place. A key alone is one of `sole`.
    pub fn new(file: File, sole: Option<BucketName>) -> Result<Self, GivenKeysError> {
        let file = Arc::new(file);
        let mut counts = HashMap::new();
        for key in KeyLines::new(&file, sole.as_ref()) {
            let (bucket, _) = key?;
            *counts.entry(bucket).or_default() += 1;
        }
        Ok(Self {
            file,
            sole,
            counts: Arc::new(counts),
        })
    }

    /// The buckets that have keys in it.
    pub fn buckets(&self) -> impl Iterator<Item = &BucketName> {
        self.counts.keys()
    }

    /// How many there are, over all buckets.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The keys of one bucket.
    pub(crate) fn of<'a>(
        &'a self,
        bucket: &'a BucketName,
    ) -> Option<impl Iterator<Item = Result<String, GivenKeysError>> + 'a> {
        self.counts.contains_key(bucket).then(|| {
            let lines = KeyLines::new(&self.file, self.sole.as_ref());
            lines.filter_map(move |line| match line {
                Ok((of, key)) => (of == *bucket).then_some(Ok(key)),
                Err(error) => Some(Err(error)),
            })
        })
    }
}

/// The lines of a file, from its beginning.
struct KeyLines<'a> {
    reader: BufReader<FromStart<'a>>,
    sole: Option<&'a BucketName>,
    number: u64,
}

impl<'a> KeyLines<'a> {
    fn new(file: &'a File, sole: Option<&'a BucketName>) -> Self {
        Self {
            reader: BufReader::new(FromStart { file, at: 0 }),
            sole,
            number: 0,
        }
    }
}

impl Iterator for KeyLines<'_> {
    type Item = Result<(BucketName, String), GivenKeysError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            let mut limited = (&mut self.reader).take(GivenKeys::LONGEST_LINE);
            match limited.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if limited.limit() == 0 => {
                    let why = "too long to be a key";
                    return Some(Err(GivenKeysError::Line {
                        line: self.number,
                        why,
                    }));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(GivenKeysError::Io(error))),
            }
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // A mark that editors on Windows put there is no part of the first key.
            let mark: &[u8] = if self.number == 1 {
                b"\xef\xbb\xbf"
            } else {
                b""
            };
            let line = line.strip_prefix(mark).unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let number = self.number;
            let key = std::str::from_utf8(line)
                .map_err(|_| "not UTF-8")
                .and_then(|line| key_of(line, self.sole));
            return Some(key.map_err(|why| GivenKeysError::Line { line: number, why }));
        }
    }
}

/// The key that a line names, and its bucket.
fn key_of(line: &str, sole: Option<&BucketName>) -> Result<(BucketName, String), &'static str> {
    let (bucket, key) = match line.strip_prefix("s3://") {
        Some(path) => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            let bucket = BucketName::new(bucket).map_err(|_| "s3:// without a bucket")?;
            (bucket, key)
        }
        None => {
            let sole = sole.ok_or("give s3://BUCKET/KEY, or name one bucket to scan")?;
            (sole.clone(), line)
        }
    };
    match key {
        "" => Err("s3://BUCKET/ without a key"),
        key => Ok((bucket, key.to_owned())),
    }
}

/// Reads a file from its beginning, wherever others are in it.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn keys(text: &[u8], sole: Option<&str>) -> Result<GivenKeys, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let sole = sole.map(|name| BucketName::new(name).unwrap());
        GivenKeys::new(file, sole).map_err(|error| error.to_string())
    }

    #[test]
    fn each_bucket_gets_its_keys_and_a_key_alone_is_of_the_only_one() {
        let keys = keys(
            b"\xef\xbb\xbfa/b\r\n\ns3://two/k e\ny\n s3://x",
            Some("one"),
        )
        .unwrap();
        let of = |name: &str| -> Vec<String> {
            let bucket = BucketName::new(name).unwrap();
            let keys = keys.of(&bucket).into_iter().flatten();
            keys.map(Result::unwrap).collect()
        };
        assert_eq!(of("one"), ["a/b", "y", " s3://x"]);
        assert_eq!(of("two"), ["k e"]);
        assert_eq!((of("three").len(), keys.count()), (0, 4));
    }

    #[test]
    fn what_is_no_key_is_told_by_its_line() {
        for (text, sole, told) in [
            (&b"k\n"[..], None, "line 1: give s3://BUCKET/KEY"),
            (b"\ns3://b\n", None, "line 2: s3://BUCKET/ without a key"),
            (b"s3:///k", Some("b"), "line 1: s3:// without a bucket"),
            (b"k\n\xff", Some("b"), "line 2: not UTF-8"),
            (&[b'k'; 70_000], Some("b"), "line 1: too long"),
        ] {
            let error = keys(text, sole).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
        assert_eq!(keys(b"", None).unwrap().count(), 0);
    }
}
