//! Faults: what a server does wrong, and when.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::locks::lock;
use crate::wire::operation::Operation;

/// Something that goes wrong with some requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The operation it befalls; `None` means any.
    pub operation: Option<Operation>,
    /// Which of the requests that match, counted from when the fault was set.
    pub nth: Nth,
    /// The bucket it befalls; `None` means any.
    pub bucket: Option<String>,
    /// What happens.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of one operation in any bucket.
    pub fn new(operation: Operation, nth: Nth, kind: FaultKind) -> Self {
        Self {
            operation: Some(operation),
            nth,
            bucket: None,
            kind,
        }
    }

    /// Narrows it to one bucket.
    #[must_use]
    pub fn in_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }
}

/// Which requests a fault befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// That one alone, counted from 1.
    Only(u64),
    /// The first so many.
    First(u64),
    /// All.
    Every,
}

impl Nth {
    fn includes(self, count: u64) -> bool {
        match self {
            Self::Only(nth) => count == nth,
            Self::First(last) => count <= last,
            Self::Every => true,
        }
    }
}

/// What goes wrong.
///
/// Where it is not said otherwise, the operation is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// 503 SlowDown.
    SlowDown,
    /// 500 InternalError.
    InternalError,
    /// 429 TooManyRequests.
    TooManyRequests,
    /// Another error: HTTP status and code.
    Refused(u16, &'static str),
    /// The connection is reset before the answer.
    Reset,
    /// The operation is done, then the connection is reset: its answer is lost.
    AnswerLost,
    /// The operation is done after that time. For a complete, it is begun, then finished after it.
    Slow(Duration),
    /// The operation is done, the answer comes that many bytes at a time, with a pause before each.
    Trickle {
        /// Bytes at a time.
        bytes: usize,
        /// The pause.
        every: Duration,
    },
    /// The operation is done, the document is cut in half; the framing is right.
    CutDocument,
    /// The operation is done, the document or the data are cut in half, and the connection closed in
    /// their middle.
    CutConnection,
    /// 200 with an `<Error>` document of that code.
    ErrorInOk(&'static str),
    /// 200 with an HTML page.
    HtmlOk,
    /// 502 with an HTML page.
    HtmlBadGateway,
    /// 200 with nothing.
    EmptyOk,
    /// No answer, ever; the connection stays open until the client leaves.
    NeverAnswers,
}

/// The faults that are set, the rate limit, and the latency.
#[derive(Debug, Default)]
pub struct Faults {
    set: Mutex<Vec<Armed>>,
    limit: Mutex<Option<RateLimit>>,
    latency: Mutex<Duration>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: u64,
}

#[derive(Debug)]
struct RateLimit {
    per_second: usize,
    /// When the last requests were let in, at most `per_second`.
    admitted: VecDeque<Instant>,
}

impl Faults {
    /// Sets a fault. If several befall one request, the one that was set first happens.
    pub fn push(&self, fault: Fault) {
        lock(&self.set).push(Armed { fault, seen: 0 });
    }

    /// Takes all faults back, the rate limit and the latency too.
    pub fn clear(&self) {
        lock(&self.set).clear();
        *lock(&self.limit) = None;
        *lock(&self.latency) = Duration::ZERO;
    }

    /// Answers 503 SlowDown to what exceeds so many requests within any second; 0 lifts the limit.
    pub fn rate_limit(&self, per_second: usize) {
        *lock(&self.limit) = (per_second > 0).then(|| RateLimit {
            per_second,
            admitted: VecDeque::new(),
        });
    }

    /// Waits that long before each request is done.
    pub fn latency(&self, latency: Duration) {
        *lock(&self.latency) = latency;
    }

    pub(crate) fn current_latency(&self) -> Duration {
        *lock(&self.latency)
    }

    /// Counts the request for all faults, and returns what befalls it.
    pub(crate) fn befall(&self, operation: Operation, bucket: Option<&str>) -> Option<FaultKind> {
        if self.over_limit(Instant::now()) {
            return Some(FaultKind::SlowDown);
        }
        let mut hit = None;
        for Armed { fault, seen } in lock(&self.set).iter_mut() {
            let matches = fault.operation.is_none_or(|wanted| wanted == operation)
                && fault
                    .bucket
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == bucket);
            if matches {
                *seen += 1;
                if hit.is_none() && fault.nth.includes(*seen) {
                    hit = Some(fault.kind);
                }
            }
        }
        hit
    }

    fn over_limit(&self, now: Instant) -> bool {
        let mut limit = lock(&self.limit);
        let Some(RateLimit {
            per_second,
            admitted,
        }) = limit.as_mut()
        else {
            return false;
        };
        if admitted.len() >= *per_second {
            if admitted
                .front()
                .is_some_and(|first| now - *first < Duration::from_secs(1))
            {
                return true;
            }
            admitted.pop_front();
        }
        admitted.push_back(now);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_befalls_the_request_it_is_meant_for() {
        let faults = Faults::default();
        let list = Operation::ListParts;
        faults.push(Fault::new(list, Nth::Only(2), FaultKind::Reset).in_bucket("b"));
        faults.push(Fault::new(list, Nth::First(3), FaultKind::SlowDown));
        assert_eq!(faults.befall(Operation::HeadObject, Some("b")), None);
        let mut hits = Vec::new();
        for _ in 0..4 {
            hits.push(faults.befall(list, Some("b")));
        }
        let slow = Some(FaultKind::SlowDown);
        assert_eq!(hits, [slow, Some(FaultKind::Reset), slow, None]);
    }

    #[test]
    fn the_rate_limit_lets_in_so_many_in_any_second() {
        let faults = Faults::default();
        faults.rate_limit(2);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let over: Vec<bool> = [0, 500, 900, 1_000, 1_100, 1_500]
            .map(|millis| faults.over_limit(at(millis)))
            .into();
        assert_eq!(over, [false, false, true, false, true, false]);
    }
}
