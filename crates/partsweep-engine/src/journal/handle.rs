//! The journal as a sweep uses it.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use partsweep_core::SweepTotals;

use super::entries::{After, Before, JournalHeader};
use super::error::{Attempt, JournalError};
use super::line::{self, JournalLine};
use super::queue::Queue;
use super::replay::Recovered;
use super::sink::JournalSink;

/// A journal that is being written (law 7). Copies write to the same one.
///
/// A thread of its own owns the sink. After the first failure the journal is broken for good:
/// every later call fails with the same error, so that nothing is done that it does not know of.
/// When the last copy is dropped, what is queued is written, and the sink is closed.
#[derive(Clone)]
pub struct Journal {
    writer: Arc<Writer>,
    /// The number of the first upload of the plan at hand.
    first: u64,
}

struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Begins a journal; returns when its header is on disk.
    pub fn start(sink: impl JournalSink, header: &JournalHeader) -> Result<Self, JournalError> {
        Self::open(sink, &line::write(&JournalLine::header(header))?)
    }

    /// Goes on with a journal that was read to its end; returns when it is on disk, with all that
    /// the sweep before may have left in memory.
    ///
    /// A line that was cut is closed first; the next line says that it was.
    pub fn resume(sink: impl JournalSink, recovered: &Recovered) -> Result<Self, JournalError> {
        let line = line::write(&JournalLine::resumed(Timestamp::now(), recovered.cut))?;
        let newline: &[u8] = if recovered.is_open() { b"\n" } else { b"" };
        Self::open(sink, &[newline, &line].concat())
    }

    fn open(mut sink: impl JournalSink, first: &[u8]) -> Result<Self, JournalError> {
        sink.write_all(first)
            .map_err(JournalError::io(Attempt::Write))?;
        sink.sync().map_err(JournalError::io(Attempt::Sync))?;
        let queue = Arc::new(Queue::default());
        let served = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || served.serve(&mut sink))
            .map_err(JournalError::io(Attempt::Start))?;
        let thread = Some(thread);
        Ok(Self {
            writer: Arc::new(Writer { queue, thread }),
            first: 0,
        })
    }

    /// The same journal for one more plan of the same run, whose uploads are numbered after the `uploads` of
    /// the plans before it: each has one number in the whole journal.
    pub fn next_plan(&self, digest: &str, uploads: u64) -> Result<Self, JournalError> {
        let line = JournalLine::plan(Timestamp::now(), digest, uploads);
        self.writer.queue.add(&line::write(&line)?)?;
        Ok(Self {
            writer: Arc::clone(&self.writer),
            first: uploads,
        })
    }

    /// Writes down what is about to be done; returns when it is on disk, and only then may it be
    /// done.
    ///
    /// If the future is dropped, the line may be written all the same: a sweep that takes the
    /// journal up again looks, and finds that nothing was done.
    pub async fn before(&self, act: &Before<'_>) -> Result<(), JournalError> {
        let line = line::write(&JournalLine::before(Timestamp::now(), self.first, act))?;
        self.flushed(&line, false).await
    }

    /// Writes down what was done, with the next group or within 100 ms.
    ///
    /// Fails if the journal is broken already; a failure to write this line is told by the next
    /// call.
    pub fn after(&self, done: &After<'_>) -> Result<(), JournalError> {
        match JournalLine::after(Timestamp::now(), self.first, done) {
            Some(line) => self.writer.queue.add(&line::write(&line)?),
            None => self.writer.queue.check(),
        }
    }

    /// Closes the journal; returns when everything is on disk.
    pub async fn end(&self, totals: &SweepTotals) -> Result<(), JournalError> {
        let line = line::write(&JournalLine::end(Timestamp::now(), totals))?;
        self.flushed(&line, true).await
    }

    async fn flushed(&self, line: &[u8], last: bool) -> Result<(), JournalError> {
        let watch = self.writer.queue.add_and_watch(line, last)?;
        watch.await.unwrap_or(Err(JournalError::Unattended))
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Drop for Writer {
    /// Waits for one write at most.
    fn drop(&mut self) {
        self.queue.leave();
        if let Some(thread) = self.thread.take() {
            // A panic of the sink was told to everyone who waited.
            let _ = thread.join();
        }
    }
}
