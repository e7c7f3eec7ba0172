//! How many requests are in flight: as many as allowed, fewer when the store asks for it.
//!
//! Additive increase, multiplicative decrease: after a throttling answer the limit is halved,
//! once per round trip; each limit's worth of successes adds one again. Where even one at a time is
//! too fast (a near store answers thousands a second), requests are spaced out as well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::retry::LONGEST_ASKED_FOR;

/// The first space between two requests, and the longest: with 1 s, 300 requests at a limit of
/// 150/s took 10 s instead of 2, since the space closes only by successes.
const FIRST_GAP: Duration = Duration::from_millis(5);
const LONGEST_GAP: Duration = Duration::from_millis(100);
/// A shorter space is none: timers are no finer.
const NO_GAP: Duration = Duration::from_millis(1);

/// The gate that every attempt goes through.
#[derive(Debug)]
pub(crate) struct Pace {
    gate: Arc<Semaphore>,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Permits to be taken away as they come back.
    debt: usize,
    successes: usize,
    last_cut: Option<Instant>,
    /// The space between the starts of two requests.
    gap: Duration,
    /// When the next may start.
    next: Option<Instant>,
    /// Until when none may start.
    held: Option<Instant>,
}

/// The right to one request in flight.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    pace: &'a Pace,
    permit: Option<OwnedSemaphorePermit>,
    entered: Instant,
}

impl Pace {
    /// Allows `most` at once, and at least one.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            gate: Arc::new(Semaphore::new(most)),
            most,
            state: Mutex::new(State {
                limit: most,
                debt: 0,
                successes: 0,
                last_cut: None,
                gap: Duration::ZERO,
                next: None,
                held: None,
            }),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn enter(&self) -> Slot<'_> {
        let permit = self.gate.clone().acquire_owned().await;
        if let Some(start) = self.reserve_start() {
            tokio::time::sleep_until(start.into()).await;
        }
        // The semaphore is never closed; if it were, requests would go unpaced, not be lost.
        Slot {
            pace: self,
            permit: permit.ok(),
            entered: Instant::now(),
        }
    }

    /// Starts no request for as long as the store asked for, up to a minute.
    pub(crate) fn hold(&self, asked_for: Duration) {
        let until = Instant::now() + asked_for.min(LONGEST_ASKED_FOR);
        let mut state = self.state();
        state.held = state.held.max(Some(until));
    }

    /// Takes the next start, if requests are spaced out or held.
    fn reserve_start(&self) -> Option<Instant> {
        let mut state = self.state();
        let now = Instant::now();
        state.held = state.held.filter(|held| *held > now);
        if state.gap.is_zero() {
            state.next = None;
            return state.held;
        }
        let start = state.next.max(state.held).map_or(now, |next| next.max(now));
        state.next = Some(start + state.gap);
        Some(start)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// The store answered, and did not mind.
    pub(crate) fn went_well(self) {
        let mut state = self.pace.state();
        state.gap = state.gap * 7 / 8;
        if state.gap >= NO_GAP {
            return;
        }
        state.gap = Duration::ZERO;
        state.successes += 1;
        if state.successes < state.limit || state.limit >= self.pace.most {
            return;
        }
        state.successes = 0;
        state.limit += 1;
        if state.debt > 0 {
            state.debt -= 1;
        } else {
            self.pace.gate.add_permits(1);
        }
    }

    /// The store asked for fewer requests.
    pub(crate) fn was_throttled(self) {
        let mut state = self.pace.state();
        // All that were in flight at the last cut tell of the same moment.
        if state.last_cut.is_some_and(|cut| self.entered < cut) {
            return;
        }
        if state.limit == 1 {
            state.gap = (state.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
        }
        let fewer = (state.limit / 2).max(1);
        let gone = state.limit - fewer;
        state.debt += gone - self.pace.gate.forget_permits(gone);
        state.limit = fewer;
        state.successes = 0;
        state.last_cut = Some(Instant::now());
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        if state.debt > 0
            && let Some(permit) = self.permit.take()
        {
            state.debt -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(pace: &Pace) -> usize {
        pace.state().limit
    }

    #[tokio::test]
    async fn throttling_halves_once_per_round_trip_and_successes_add_one() {
        let pace = Pace::new(8);
        let mut slots = Vec::new();
        for _ in 0..8 {
            slots.push(pace.enter().await);
        }
        for slot in slots {
            slot.was_throttled();
        }
        assert_eq!((limit(&pace), pace.gate.available_permits()), (4, 4));
        for _ in 0..4 {
            pace.enter().await.went_well();
        }
        assert_eq!((limit(&pace), pace.gate.available_permits()), (5, 5));
    }

    #[tokio::test]
    async fn it_never_goes_below_one_nor_above_the_most() {
        let pace = Pace::new(2);
        for _ in 0..5 {
            pace.enter().await.was_throttled();
        }
        assert_eq!((limit(&pace), pace.gate.available_permits()), (1, 1));
        for _ in 0..60 {
            pace.enter().await.went_well();
        }
        assert_eq!((limit(&pace), pace.gate.available_permits()), (2, 2));
    }

    #[tokio::test]
    async fn a_store_that_minds_even_one_at_a_time_gets_them_spaced_out() {
        let pace = Pace::new(1);
        pace.enter().await.was_throttled();
        assert_eq!(pace.state().gap, FIRST_GAP);
        let began = Instant::now();
        for _ in 0..3 {
            drop(pace.enter().await);
        }
        assert!(began.elapsed() >= FIRST_GAP * 2, "{:?}", began.elapsed());
        // Not waited for: each slot would come a longer space later.
        for _ in 0..20 {
            let slot = Slot {
                pace: &pace,
                permit: None,
                entered: Instant::now(),
            };
            slot.was_throttled();
        }
        assert_eq!(pace.state().gap, LONGEST_GAP);
    }

    #[tokio::test]
    async fn successes_close_the_space_again() {
        let pace = Pace::new(1);
        pace.enter().await.was_throttled();
        for _ in 0..20 {
            pace.enter().await.went_well();
        }
        assert_eq!(pace.state().gap, Duration::ZERO);
    }

    #[tokio::test]
    async fn no_request_starts_while_the_store_asks_for_none() {
        let pace = Pace::new(4);
        let asked_for = Duration::from_millis(60);
        pace.hold(asked_for);
        pace.hold(Duration::ZERO);
        let began = Instant::now();
        drop(pace.enter().await);
        assert!(
            began.elapsed() >= asked_for * 9 / 10,
            "{:?}",
            began.elapsed()
        );
        let began = Instant::now();
        drop(pace.enter().await);
        assert!(began.elapsed() < asked_for, "{:?}", began.elapsed());
        pace.hold(Duration::from_secs(3600));
        let held = pace.state().held.unwrap();
        assert!(held <= Instant::now() + LONGEST_ASKED_FOR);
    }

    #[tokio::test]
    async fn a_slot_that_is_dropped_without_news_comes_back() {
        let pace = Pace::new(0);
        drop(pace.enter().await);
        assert_eq!(pace.gate.available_permits(), 1);
    }
}
