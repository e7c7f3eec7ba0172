//! The lines of a file that may be anything.

use std::io::{self, BufRead, Read as _};

/// The longest line, in bytes, with its end. Keys have at most 1,024 bytes at S3, so a line has a
/// few thousand; a file that is no journal must not fill the memory.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// Reads line by line, in bounded memory.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: R,
    bytes: Vec<u8>,
}

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawLine<'a> {
    /// Without its end; only the beginning of one that is too long.
    pub(crate) bytes: &'a [u8],
    /// It has an end.
    pub(crate) closed: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            bytes: Vec::new(),
        }
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.bytes.clear();
        let limit = LONGEST_LINE as u64;
        let read = (&mut self.input)
            .take(limit)
            .read_until(b'\n', &mut self.bytes)?;
        if read == 0 {
            return Ok(None);
        }
        let mut closed = self.bytes.last() == Some(&b'\n');
        if !closed && read >= LONGEST_LINE {
            closed = self.skip_rest()?;
        } else if closed {
            self.bytes.pop();
        }
        let bytes = &self.bytes;
        Ok(Some(RawLine { bytes, closed }))
    }

    /// Skips the rest of a line that is too long; returns whether it has an end.
    fn skip_rest(&mut self) -> io::Result<bool> {
        loop {
            let bytes = self.input.fill_buf()?;
            let (skipped, found) = match bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (bytes.len(), false),
            };
            self.input.consume(skipped);
            if found || skipped == 0 {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(usize, bool)> {
        // A small buffer, so that lines cross its edges.
        let mut lines = Lines::new(io::BufReader::with_capacity(7, bytes));
        let mut read = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            read.push((line.bytes.len(), line.closed));
        }
        read
    }

    #[test]
    fn lines_come_without_their_ends_and_the_last_may_have_none() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"ab\n\nc\n"), [(2, true), (0, true), (1, true)]);
        assert_eq!(read(b"ab\nc"), [(2, true), (1, false)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_not_held() {
        let long = vec![b'x'; 3 * LONGEST_LINE];
        let closed = [&long[..], b"\nab\n"].concat();
        assert_eq!(read(&closed), [(LONGEST_LINE, true), (2, true)]);
        assert_eq!(read(&long), [(LONGEST_LINE, false)]);
    }

    #[test]
    fn the_longest_line_is_read_whole() {
        let mut line = vec![b'x'; LONGEST_LINE - 1];
        line.extend(b"\nab");
        assert_eq!(read(&line), [(LONGEST_LINE - 1, true), (2, false)]);
    }
}
