//! Lines on their way to disk, in groups: one flush covers all that wait for it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::error::{Attempt, JournalError};
use super::sink::JournalSink;

/// The longest that a line nobody waits for stays in memory.
const LINGER: Duration = Duration::from_millis(100);

/// Lines are not kept back once there are so many bytes of them.
const LARGE: usize = 256 << 10;

type Answer = Result<(), JournalError>;

/// Lines that are to be written, and those who wait for them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    /// When the oldest of the lines came.
    since: Option<Instant>,
    waiting: Vec<oneshot::Sender<Answer>>,
    /// Why no line is taken any more.
    stopped: Option<JournalError>,
    /// Nobody is left who could bring a line.
    left: bool,
}

#[derive(Debug)]
struct Group {
    lines: Vec<u8>,
    waiting: Vec<oneshot::Sender<Answer>>,
}

impl Queue {
    /// Adds a line that nobody waits for.
    pub(super) fn add(&self, line: &[u8]) -> Result<(), JournalError> {
        let mut state = self.lock();
        state.add(line)?;
        if state.lines.len() == line.len() || state.lines.len() >= LARGE {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Adds a line, and returns what will tell when it is on disk. No line can follow the `last`.
    pub(super) fn add_and_watch(
        &self,
        line: &[u8],
        last: bool,
    ) -> Result<oneshot::Receiver<Answer>, JournalError> {
        let (answer, watch) = oneshot::channel();
        let mut state = self.lock();
        state.add(line)?;
        state.waiting.push(answer);
        if last {
            state.stopped = Some(JournalError::Ended);
        }
        self.news.notify_one();
        Ok(watch)
    }

    /// Fails with the reason if no line is taken any more.
    pub(super) fn check(&self) -> Result<(), JournalError> {
        self.lock().check()
    }

    /// Says that no line will come any more.
    pub(super) fn leave(&self) {
        self.lock().left = true;
        self.news.notify_one();
    }

    /// Writes groups until everyone has left. Keeps the sink as long, even a broken one: its lock
    /// says that a sweep is at work.
    pub(super) fn serve(&self, sink: &mut impl JournalSink) {
        let _unattended = Unattended(self);
        while let Some(group) = self.next_group() {
            let written = sink
                .write_all(&group.lines)
                .map_err(JournalError::io(Attempt::Write))
                .and_then(|()| sink.sync().map_err(JournalError::io(Attempt::Sync)));
            // First of all: whoever is told of the failure must not be able to add a line.
            if let Err(error) = &written {
                self.stop(error);
            }
            for answer in group.waiting {
                // Whoever does not wait any more does not act any more.
                let _ = answer.send(written.clone());
            }
        }
    }

    fn next_group(&self) -> Option<Group> {
        let mut state = self.lock();
        loop {
            state = match state.linger() {
                Some(Duration::ZERO) => return Some(state.take()),
                Some(left) => {
                    let waited = self.news.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None if state.left => return None,
                None => {
                    let waited = self.news.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Takes no line any more, and tells everyone who waits.
    fn stop(&self, error: &JournalError) {
        let mut state = self.lock();
        state.stopped = Some(error.clone());
        for answer in state.take().waiting {
            let _ = answer.send(Err(error.clone()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two of its steps.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self) -> Result<(), JournalError> {
        self.stopped.clone().map_or(Ok(()), Err)
    }

    fn add(&mut self, line: &[u8]) -> Result<(), JournalError> {
        self.check()?;
        self.lines.extend_from_slice(line);
        self.since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// How much longer the lines may stay; `None` if there are none.
    fn linger(&self) -> Option<Duration> {
        let since = self.since?;
        let urgent = self.left || !self.waiting.is_empty() || self.lines.len() >= LARGE;
        Some(match urgent {
            true => Duration::ZERO,
            false => LINGER.saturating_sub(since.elapsed()),
        })
    }

    fn take(&mut self) -> Group {
        self.since = None;
        Group {
            lines: std::mem::take(&mut self.lines),
            waiting: std::mem::take(&mut self.waiting),
        }
    }
}

/// Tells everyone when the thread ends in a way that it should not: a sink that panicked.
struct Unattended<'a>(&'a Queue);

impl Drop for Unattended<'_> {
    fn drop(&mut self) {
        self.0.stop(&JournalError::Unattended);
    }
}
