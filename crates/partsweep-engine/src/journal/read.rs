//! Reading a journal, whole or cut by a crash.

use std::io::BufRead;
use std::sync::Arc;

use super::entries::JournalHeader;
use super::error::{Attempt, JournalError};
use super::line::{HEADER, JournalLine, RESUMED};
use super::replay::{Recovered, Replay};
use crate::files::lines::{Lines, RawLine};

/// Reads a journal, line by line.
///
/// The last line may be cut: nothing that it announces was done, since it was never flushed. So may
/// a line before, if the next one says that the journal was taken up again behind a cut.
/// Otherwise a line that cannot be read is an error, and so is one that cannot have happened.
pub fn read(input: impl BufRead) -> Result<Recovered, JournalError> {
    let mut lines = Lines::new(input);
    let mut reader = Reader::default();
    while let Some(line) = lines.next().map_err(JournalError::io(Attempt::Read))? {
        reader.take(line)?;
    }
    reader.finish()
}

/// Reads the first line of a journal.
pub(super) fn read_header(input: impl BufRead) -> Result<JournalHeader, JournalError> {
    let mut lines = Lines::new(input);
    let mut reader = Reader::default();
    if let Some(line) = lines.next().map_err(JournalError::io(Attempt::Read))? {
        reader.take(line)?;
    }
    reader.finish().map(|recovered| recovered.header)
}

#[derive(Debug, Default)]
struct Reader {
    /// The number of the line at hand.
    line: u64,
    /// None before the header.
    replay: Option<Replay>,
    /// A line that cannot be read, as long as it may be one that was cut.
    cut: Option<JournalError>,
    /// The last line has no end.
    open: bool,
}

impl Reader {
    fn take(&mut self, raw: RawLine<'_>) -> Result<(), JournalError> {
        self.line += 1;
        self.open = !raw.closed;
        match serde_json::from_slice(raw.bytes) {
            Ok(line) => self.take_whole(line),
            Err(error) => self.take_broken(raw, error),
        }
    }

    fn take_whole(&mut self, line: JournalLine<'_>) -> Result<(), JournalError> {
        if let Some(cut) = self.cut.take()
            && !matches!(line, JournalLine::Resumed { cut: true, .. })
        {
            return Err(cut);
        }
        match (&mut self.replay, line) {
            (Some(replay), line) => replay.apply(self.line, line),
            (None, JournalLine::Header(header)) if header.is_known() => {
                self.replay = Some(Replay::new(header.header()));
                Ok(())
            }
            (None, _) => Err(JournalError::OtherSchema),
        }
    }

    fn take_broken(
        &mut self,
        raw: RawLine<'_>,
        error: serde_json::Error,
    ) -> Result<(), JournalError> {
        if self.replay.is_none() {
            // Nothing follows a line without an end. Only what can have become a header is taken
            // for a journal: it may be begun anew, and any other file is somebody's.
            return Err(match !raw.closed && is_cut(raw.bytes, HEADER) {
                true => JournalError::NoHeader,
                false => JournalError::OtherSchema,
            });
        }
        match self.cut.take() {
            // Taking a journal up again may be cut, too.
            Some(first) if is_cut(raw.bytes, RESUMED) => self.cut = Some(first),
            Some(first) => return Err(first),
            None => {
                self.cut = Some(JournalError::Broken {
                    line: self.line,
                    source: Arc::new(error),
                });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Recovered, JournalError> {
        let replay = self.replay.ok_or(JournalError::NoHeader)?;
        Ok(replay.finish(self.cut.is_some(), self.open))
    }
}

/// Whether a cut line can have become one that starts so.
fn is_cut(bytes: &[u8], start: &[u8]) -> bool {
    start.starts_with(bytes) || bytes.starts_with(start)
}
