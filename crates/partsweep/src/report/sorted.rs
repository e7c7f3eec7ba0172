//! Lines in order, however many there are: sorted in runs, which wait in the spool.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io::{self, BufReader, Read, Write};

use jiff::Timestamp;

use crate::report::spool::{Reader, Spool, Stream};

/// Lines in memory, over which they are sorted: some hundred kilobytes for each bucket that is open.
const RUN: usize = 1_000;

/// Runs that are merged into one. Each is read through a buffer, so there are never many.
const FAN: usize = 64;

/// Bytes that are read of a run at once.
const BUFFER: usize = 4 << 10;

/// A line with what it is sorted by: its rank, then its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortedLine {
    pub(super) rank: Rank,
    pub(super) key: String,
    pub(super) initiated: Option<Timestamp>,
    pub(super) text: Vec<u8>,
}

/// Where something stands among others: the lower, the earlier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(pub(super) u64, pub(super) u64);

impl Ord for SortedLine {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.rank, &self.key, self.initiated, &self.text).cmp(&(
            other.rank,
            &other.key,
            other.initiated,
            &other.text,
        ))
    }
}

impl PartialOrd for SortedLine {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl SortedLine {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let time = self.initiated.map(Timestamp::as_nanosecond);
        out.write_all(&[u8::from(time.is_some())])?;
        let Rank(first, second) = self.rank;
        for rank in [first, second] {
            out.write_all(&rank.to_le_bytes())?;
        }
        out.write_all(&time.unwrap_or_default().to_le_bytes())?;
        for bytes in [self.key.as_bytes(), &self.text] {
            out.write_all(&(bytes.len() as u64).to_le_bytes())?;
            out.write_all(bytes)?;
        }
        Ok(())
    }

    /// The next line, if there is one.
    fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut has_time = [0];
        if from.read(&mut has_time)? == 0 {
            return Ok(None);
        }
        let rank = Rank(read_number(from)?, read_number(from)?);
        let mut time = [0; 16];
        from.read_exact(&mut time)?;
        let time = Timestamp::from_nanosecond(i128::from_le_bytes(time)).ok();
        let key = String::from_utf8(read_bytes(from)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some(Self {
            rank,
            key,
            initiated: time.filter(|_| has_time == [1]),
            text: read_bytes(from)?,
        }))
    }
}

fn read_number(from: &mut impl Read) -> io::Result<u64> {
    let mut number = [0; 8];
    from.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn read_bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = read_number(from)?;
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes lines in any order.
pub(super) struct Sorted {
    spool: Spool,
    lines: Vec<SortedLine>,
    /// Sorted runs: those of one level are merged into one of the next when there are [`FAN`] of them.
    levels: Vec<Vec<Stream>>,
}

impl Sorted {
    pub(super) fn new(spool: Spool) -> Self {
        Self {
            spool,
            lines: Vec::new(),
            levels: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, line: SortedLine) -> io::Result<()> {
        self.lines.push(line);
        if self.lines.len() < RUN {
            return Ok(());
        }
        self.lines.sort_unstable();
        let mut run = self.spool.stream();
        for line in self.lines.drain(..) {
            line.write(&mut run)?;
        }
        self.put(0, run)
    }

    fn put(&mut self, level: usize, run: Stream) -> io::Result<()> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        let Some(runs) = self.levels.get_mut(level) else {
            return Ok(());
        };
        runs.push(run);
        if runs.len() < FAN {
            return Ok(());
        }
        let runs = std::mem::take(runs);
        let mut merged = self.spool.stream();
        merge(runs, Vec::new(), &mut |line| line.write(&mut merged))?;
        self.put(level + 1, merged)
    }

    /// Gives all lines, in order.
    pub(super) fn give(
        &mut self,
        take: &mut dyn FnMut(&SortedLine) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_unstable();
        let runs = std::mem::take(&mut self.levels).into_iter().flatten();
        merge(runs.collect(), lines, take)
    }
}

/// Where the next line of a merge comes from.
enum LineSource {
    Run(BufReader<Reader>),
    Memory(std::vec::IntoIter<SortedLine>),
}

impl LineSource {
    fn next(&mut self) -> io::Result<Option<SortedLine>> {
        match self {
            Self::Run(run) => SortedLine::read(run),
            Self::Memory(lines) => Ok(lines.next()),
        }
    }
}

fn merge(
    runs: Vec<Stream>,
    lines: Vec<SortedLine>,
    take: &mut dyn FnMut(&SortedLine) -> io::Result<()>,
) -> io::Result<()> {
    let readers = runs
        .into_iter()
        .map(|run| BufReader::with_capacity(BUFFER, run.read()));
    let mut sources: Vec<LineSource> = readers.map(LineSource::Run).collect();
    sources.push(LineSource::Memory(lines.into_iter()));
    let mut next = BinaryHeap::new();
    for (number, source) in sources.iter_mut().enumerate() {
        if let Some(line) = source.next()? {
            next.push(Reverse((line, number)));
        }
    }
    while let Some(Reverse((line, number))) = next.pop() {
        take(&line)?;
        if let Some(source) = sources.get_mut(number)
            && let Some(line) = source.next()?
        {
            next.push(Reverse((line, number)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_by_rank_and_then_by_key_from_memory_and_from_all_levels() {
        for count in [0, 1, RUN - 1, RUN, 3 * RUN + 7, (FAN + 2) * RUN + 1] {
            let mut sorted = Sorted::new(Spool::default());
            let mut expected = Vec::new();
            for number in 0..count {
                // In no order, some ranks and some keys twice.
                let key = format!("{:07}é", number * 7_919 % (count / 2 + 1));
                let initiated = Timestamp::from_second(number as i64 % 5).ok();
                let line = SortedLine {
                    rank: Rank(number as u64 % 3, u64::MAX - number as u64 % 7),
                    text: format!("{key} of {number}\n").into_bytes(),
                    initiated: initiated.filter(|_| number % 3 != 0),
                    key,
                };
                expected.push(line.clone());
                sorted.add(line).unwrap();
            }
            expected.sort();
            let mut given = Vec::new();
            sorted
                .give(&mut |line| {
                    given.push(line.clone());
                    Ok(())
                })
                .unwrap();
            assert!(given == expected, "{count}");
        }
    }
}
