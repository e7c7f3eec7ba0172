//! Whether the store is there at all, by all requests.
//!
//! A gateway that restarts is waited for. One that stays away is not asked three times for each of a
//! million uploads: it is given up, and asked once a second whether it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two attempts at a store that was there a moment ago, and that nothing listens at now.
const PAUSE: Duration = Duration::from_secs(1);

/// Without a failure for so long, nobody asked: longer than a connection is waited for. What comes then
/// begins anew.
const UNASKED: Duration = Duration::from_secs(15);

/// What is known of it.
#[derive(Debug)]
pub(crate) struct Life {
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    has_answered: bool,
    /// The first failure since the last answer.
    silent_since: Option<Instant>,
    /// The last failure.
    failed: Option<Instant>,
    asked: Option<Instant>,
}

impl State {
    /// For how long it has been silent, as far as it was asked.
    fn silent(&self) -> Option<Duration> {
        let is_asked = self.failed.is_some_and(|failed| failed.elapsed() < UNASKED);
        let since = self.silent_since.filter(|_| is_asked);
        since.map(|since| since.elapsed())
    }
}

impl Life {
    /// `patience`: how long it may be silent before it is given up.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::default(),
        }
    }

    /// It answered, whatever it was.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.has_answered = true;
        state.silent_since = None;
    }

    /// A request had no answer.
    pub(crate) fn failed(&self) {
        let mut state = self.state();
        let now = Instant::now();
        if state.silent().is_none() {
            state.silent_since = Some(now);
        }
        state.failed = Some(now);
    }

    /// How long to wait before it is tried again, where nothing listens; `None` where it has never
    /// answered, or is given up.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let state = self.state();
        let silent = state.silent()?;
        let is_waited_for = state.has_answered && silent < self.patience;
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
        state.silent().filter(|_| state.has_answered)
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
            return None;
        }
        Some(silent)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_never_answered_is_not_waited_for() {
        let life = Life::new(Duration::from_secs(30));
        life.failed();
        assert_eq!((life.pause(), life.silent()), (None, None));
    }

    #[test]
    fn time_in_which_nobody_asked_is_no_silence() {
        let life = Life::new(Duration::from_secs(30));
        life.answered();
        life.failed();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60));
        life.state().silent_since = long_ago;
        assert_eq!(life.given_up(), None, "asked now");
        assert!(life.given_up().is_some());
        life.state().failed = long_ago;
        assert_eq!((life.given_up(), life.silent()), (None, None));
        life.failed();
        assert!(
            life.silent()
                .is_some_and(|silent| silent < Duration::from_secs(1))
        );
    }

    #[test]
    fn one_that_did_is_waited_for_and_then_given_up_but_for_a_request_a_second() {
        let life = Life::new(Duration::from_millis(50));
        life.answered();
        life.failed();
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
