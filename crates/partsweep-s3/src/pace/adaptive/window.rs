//! How many requests may be in flight.

use std::time::{Duration, Instant};

/// In flight at the start: a quarter of what is allowed, and so many at least. Who allows 256 knows that
/// the store is not small: 5,000 uploads are sized 20 ms sooner than from 32.
const FIRST: usize = 32;
const FIRST_PART: usize = 4;

/// The size at which the store refused is tried again after that time and so many answers, so that
/// trying it costs less than 1 %.
const FORGET: Duration = Duration::from_secs(2);
const FORGET_ANSWERS: usize = 200;

/// Slow start, additive increase, multiplicative decrease.
#[derive(Debug)]
pub(in crate::pace) struct Window {
    most: usize,
    size: usize,
    /// The size at which the store refused last.
    refused: Option<usize>,
    /// When it was last closed, and the answers since.
    closed: Option<Instant>,
    answers: usize,
    /// Answers since it was last opened.
    round: usize,
}

impl Window {
    /// Opens to `most` at most, at least one.
    pub(in crate::pace) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            size: most.min(FIRST.max(most / FIRST_PART)),
            refused: None,
            closed: None,
            answers: 0,
            round: 0,
        }
    }

    pub(in crate::pace) fn size(&self) -> usize {
        self.size
    }

    /// Whether it is the size that was refused last that is tried again.
    pub(in crate::pace) fn is_probing(&self, in_flight: usize) -> bool {
        self.is_full(in_flight) && self.refused.is_some_and(|refused| self.size >= refused)
    }

    /// Opens: doubles each round trip until the store first refused. Then it goes back to where it
    /// was refused in a few round trips, stays there a while, and opens by one each round trip.
    pub(in crate::pace) fn went_well(&mut self, now: Instant, in_flight: usize) {
        self.answers += 1;
        if self.size >= self.most || !self.is_full(in_flight) {
            return;
        }
        let Some(closed) = self.closed else {
            self.size += 1;
            return;
        };
        self.round += 1;
        if self.round < self.size {
            return;
        }
        let back = match self.refused {
            Some(refused) if self.size + 1 >= refused => {
                if now - closed < FORGET || self.answers < FORGET_ANSWERS {
                    return;
                }
                if self.size > refused {
                    self.refused = None;
                }
                1
            }
            Some(refused) => (refused - 1 - self.size) / 4,
            None => 1,
        };
        self.round = 0;
        self.size = (self.size + back.max(1)).min(self.most);
    }

    /// Closes by a half the first time, when it may have been twice too wide, then by a third.
    pub(in crate::pace) fn close(&mut self, now: Instant, in_flight: usize) {
        let size = self.size.min(in_flight);
        self.refused = Some(size);
        let fewer = match self.closed {
            None => size / 2,
            Some(_) => size * 7 / 10,
        };
        self.size = fewer.max(1);
        self.closed = Some(now);
        (self.answers, self.round) = (0, 0);
    }

    /// Opens to this size, if it is narrower.
    pub(in crate::pace) fn reopen(&mut self, size: usize) {
        self.size = size.min(self.most).max(self.size);
    }

    fn is_full(&self, in_flight: usize) -> bool {
        in_flight * 10 >= self.size * 9
    }
}
