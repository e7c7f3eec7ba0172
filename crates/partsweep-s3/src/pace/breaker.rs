//! Whether the store is there at all, by all requests.
//!
//! A gateway that restarts is waited for. One that stays away is not asked three times for each of a
//! million uploads: it is given up, and asked once a second whether it is back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two attempts at a store that was there a moment ago, and that nothing listens at now.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a store that was given up has to answer.
const PROBE: Duration = Duration::from_secs(5);

/// Without a failure for so long, nobody asked: longer than a connection is waited for. What comes then
/// begins anew.
const UNASKED: Duration = Duration::from_secs(15);

/// What is known of it.
#[derive(Debug)]
pub(crate) struct CircuitBreaker {
    patience: Duration,
    state: Mutex<BreakerState>,
    is_given_up: AtomicBool,
}

#[derive(Debug, Default)]
struct BreakerState {
    /// The last answer.
    answered: Option<Instant>,
    /// Since when there was no answer, to judge by the first request that failed.
    silent_since: Option<Instant>,
    /// The last failure.
    failed: Option<Instant>,
    asked: Option<Instant>,
}

impl BreakerState {
    /// For how long it has been silent, as far as it was asked.
    fn silent(&self) -> Option<Duration> {
        let is_asked = self.failed.is_some_and(|failed| failed.elapsed() < UNASKED);
        let since = self.silent_since.filter(|_| is_asked);
        since.map(|since| since.elapsed())
    }
}

impl CircuitBreaker {
    /// `patience`: how long it may be silent before it is given up.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::default(),
            is_given_up: AtomicBool::new(false),
        }
    }

    /// It answered, whatever it was.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.answered = Some(Instant::now());
        state.silent_since = None;
        self.is_given_up.store(false, Ordering::Relaxed);
    }

    /// A request that waited for so long had no answer: a store that takes requests and says nothing
    /// was silent all that time, but for what it answered to others.
    pub(crate) fn failed(&self, waited: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        if state.silent().is_none() {
            let sent = now.checked_sub(waited);
            state.silent_since = sent.max(state.answered).or(Some(now));
        }
        state.failed = Some(now);
        // The next that asks whether it is back waits from here on.
        if state.asked.is_some() {
            state.asked = Some(now);
        }
    }

    /// How long to wait before it is tried again, where nothing listens; `None` where it has never
    /// answered, or is given up.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let state = self.state();
        let silent = state.silent()?;
        let is_waited_for = state.answered.is_some() && silent < self.patience;
        // Not all at the same moment.
        is_waited_for.then(|| {
            PAUSE
                .min(self.patience / 4)
                .mul_f64(0.5 + fastrand::f64() / 2.0)
        })
    }

    /// For how long it has been silent, if it was there before.
    pub(crate) fn silent(&self) -> Option<Duration> {
        let state = self.state();
        state.silent().filter(|_| state.answered.is_some())
    }

    /// Whether it ever answered.
    pub(crate) fn has_answered(&self) -> bool {
        self.state().answered.is_some()
    }

    /// For how long it has been silent, if nothing is to be sent for that; once a second, something is.
    pub(crate) fn given_up(&self) -> Option<Duration> {
        let mut state = self.state();
        let silent = state.silent()?;
        if silent < self.patience {
            return None;
        }
        if state.asked.is_none_or(|asked| asked.elapsed() >= PAUSE) {
            state.asked = Some(Instant::now());
            self.is_given_up.store(true, Ordering::Relaxed);
            return None;
        }
        Some(silent)
    }

    /// How long a request is to wait that only asks whether it is back: it need not be waited for as
    /// those were that found it silent.
    pub(crate) fn probe(&self) -> Option<Duration> {
        let is_given_up = self.is_given_up.load(Ordering::Relaxed);
        is_given_up.then_some(PROBE)
    }

    fn state(&self) -> MutexGuard<'_, BreakerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_never_answered_is_not_waited_for() {
        let life = CircuitBreaker::new(Duration::from_secs(30));
        life.failed(Duration::ZERO);
        assert_eq!((life.pause(), life.silent()), (None, None));
    }

    #[test]
    fn a_store_that_says_nothing_is_given_up_after_the_first_request_that_waited_as_long() {
        let life = CircuitBreaker::new(Duration::from_secs(60));
        life.failed(Duration::from_secs(60));
        assert_eq!(life.given_up(), None, "whether it is back");
        assert!(life.given_up().is_some());
    }

    #[test]
    fn what_others_were_answered_meanwhile_is_no_silence() {
        let life = CircuitBreaker::new(Duration::from_secs(60));
        life.answered();
        life.failed(Duration::from_secs(60));
        let silent = life.silent();
        assert!(
            silent.is_some_and(|silent| silent < Duration::from_secs(1)),
            "{silent:?}"
        );
    }

    #[test]
    fn time_in_which_nobody_asked_is_no_silence() {
        let life = CircuitBreaker::new(Duration::from_secs(30));
        life.answered();
        life.failed(Duration::ZERO);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60));
        life.state().silent_since = long_ago;
        assert_eq!(life.given_up(), None, "asked now");
        assert!(life.given_up().is_some());
        life.state().failed = long_ago;
        assert_eq!((life.given_up(), life.silent()), (None, None));
        life.failed(Duration::ZERO);
        assert!(
            life.silent()
                .is_some_and(|silent| silent < Duration::from_secs(1))
        );
    }

    #[test]
    fn one_that_did_is_waited_for_and_then_given_up_but_for_a_request_a_second() {
        let life = CircuitBreaker::new(Duration::from_millis(50));
        life.answered();
        life.failed(Duration::ZERO);
        assert!(life.pause().is_some_and(|pause| pause <= PAUSE));
        assert_eq!(life.given_up(), None);
        std::thread::sleep(Duration::from_millis(60));
        assert_eq!(life.pause(), None);
        assert_eq!(life.given_up(), None, "whether it is back");
        assert!(
            life.given_up()
                .is_some_and(|silent| silent.as_millis() >= 50)
        );
        life.answered();
        assert_eq!((life.given_up(), life.silent()), (None, None));
    }
}
