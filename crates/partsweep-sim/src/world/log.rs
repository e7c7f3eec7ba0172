//! What was asked of the server: the last requests, and counters since it started.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::locks::lock;
use crate::wire::operation::Operation;

/// One request and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When it was answered, by the server's clock.
    pub at: Timestamp,
    /// What it was taken for.
    pub operation: Operation,
    /// The bucket, from the path or the host.
    pub bucket: Option<String>,
    /// The key, percent-decoded; empty if there was none.
    pub key: String,
    /// The value of `uploadId`, percent-decoded.
    pub upload_id: Option<String>,
    /// The query as it came over the wire.
    pub query: String,
    /// `x-amz-copy-source` as it came.
    pub copy_source: Option<String>,
    /// The HTTP status; 0 if no answer was sent.
    pub status: u16,
}

/// Remembers the last requests, and counts all.
#[derive(Debug)]
pub(crate) struct Log {
    capacity: usize,
    last: Mutex<VecDeque<Logged>>,
    counts: [AtomicU64; Operation::ALL.len()],
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    refused: AtomicU64,
    connections: AtomicU64,
}

impl Log {
    /// A log of at most `capacity` requests; the counters have no limit.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            last: Mutex::default(),
            counts: [const { AtomicU64::new(0) }; Operation::ALL.len()],
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        }
    }

    /// Counts an answer, and remembers it if anything is remembered.
    pub(crate) fn record(&self, status: u16, logged: impl FnOnce() -> Logged) {
        if matches!(status, 429 | 503) {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        if self.capacity == 0 {
            return;
        }
        let mut last = lock(&self.last);
        if last.len() == self.capacity {
            last.pop_front();
        }
        last.push_back(logged());
    }

    pub(crate) fn last(&self) -> Vec<Logged> {
        lock(&self.last).iter().cloned().collect()
    }

    /// Forgets requests and counters; connections stay counted.
    pub(crate) fn clear(&self) {
        lock(&self.last).clear();
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
        self.most_in_flight.store(0, Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, operation: Operation) -> u64 {
        self.counts[operation as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }

    pub(crate) fn most_in_flight(&self) -> u64 {
        self.most_in_flight.load(Ordering::Relaxed)
    }

    /// Answers that asked for fewer requests.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request, which is in flight until the guard is dropped.
    pub(crate) fn begin(&self, operation: Operation) -> InFlight<'_> {
        self.counts[operation as usize].fetch_add(1, Ordering::Relaxed);
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlight(self)
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a Log);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(status: u16) -> Logged {
        Logged {
            at: Timestamp::UNIX_EPOCH,
            operation: Operation::ListParts,
            bucket: Some("b".to_owned()),
            key: "k".to_owned(),
            upload_id: None,
            query: String::new(),
            copy_source: None,
            status,
        }
    }

    #[test]
    fn the_log_keeps_the_last_requests_only() {
        let log = Log::new(2);
        for status in [503, 204, 404] {
            log.record(status, || logged(status));
        }
        let kept: Vec<u16> = log.last().iter().map(|logged| logged.status).collect();
        assert_eq!(kept, [204, 404]);
        assert_eq!(log.refused(), 1);
    }

    #[test]
    fn the_most_requests_at_once_are_remembered() {
        let log = Log::new(0);
        let one = log.begin(Operation::ListParts);
        let two = log.begin(Operation::AbortMultipartUpload);
        drop((one, two));
        drop(log.begin(Operation::ListParts));
        assert_eq!(
            (
                log.most_in_flight(),
                log.total(),
                log.count(Operation::ListParts)
            ),
            (2, 3, 2)
        );
    }
}
