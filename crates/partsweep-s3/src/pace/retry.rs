//! When to ask again, and how long to wait before.

use std::time::Duration;

/// Tries for what may pass by itself: a broken connection, a 5xx, a cut answer, silence.
pub(crate) const TRIES: u32 = 4;

/// Tries for a store that asks for fewer requests: with 5 tries a fifth of the calls failed at a
/// limited store, with 10 none (`docs/decisions`).
const THROTTLED_TRIES: u32 = 10;

/// Tries where nothing listens or the name is unknown, so that "no network" is told at once.
const UNREACHABLE_TRIES: u32 = 3;

/// Kept connections that the store had closed, in a row, before it counts as a failure.
const STALE_TRIES: u32 = 8;

const BASE: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(20);

/// The longest wait that a store is given when it asks for one.
pub(crate) const LONGEST_ASKED_FOR: Duration = Duration::from_secs(60);

/// How a failed attempt bears on the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would fail again.
    Never,
    /// A kept connection was closed before an answer: most likely the store had closed it while it
    /// was idle, but the request may have reached it.
    AtOnce,
    /// It may pass by itself.
    Later,
    /// The answer could not be read.
    Unreadable,
    /// Nothing listens there.
    Quickly,
    /// The store wants fewer requests, and may have said when.
    Slower(Option<Duration>),
}

/// The attempts of one request so far.
#[derive(Debug)]
pub(crate) struct Tries {
    unreadable_limit: u32,
    failed: u32,
    throttled: u32,
    stale: u32,
}

impl Tries {
    /// `unreadable_limit`: tries for answers that cannot be read.
    pub(crate) fn new(unreadable_limit: u32) -> Self {
        Self {
            unreadable_limit,
            failed: 0,
            throttled: 0,
            stale: 0,
        }
    }

    /// Counts a failed attempt; returns how long to wait for the next, unless it was the last.
    pub(crate) fn failed(&mut self, again: Again) -> Option<Duration> {
        let limit = match again {
            Again::Never => return None,
            Again::AtOnce if self.stale < STALE_TRIES => {
                self.stale += 1;
                return Some(Duration::ZERO);
            }
            Again::Slower(asked_for) => {
                self.throttled += 1;
                let wait = jittered(BASE, self.throttled);
                return (self.throttled < THROTTLED_TRIES).then(|| match asked_for {
                    Some(asked_for) => asked_for.min(LONGEST_ASKED_FOR) + wait.min(BASE),
                    None => wait,
                });
            }
            Again::AtOnce | Again::Later => TRIES,
            Again::Unreadable => self.unreadable_limit,
            Again::Quickly => UNREACHABLE_TRIES,
        };
        self.failed += 1;
        (self.failed < limit).then(|| jittered(BASE, self.failed))
    }
}

/// Full jitter: anything up to the exponential bound, so that clients that failed together do
/// not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
fn jittered(base: Duration, failures: u32) -> Duration {
    let bound = base
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST);
    bound.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(again: Again) -> (u32, Duration) {
        let mut tries = Tries::new(2);
        let (mut count, mut waited) = (1, Duration::ZERO);
        while let Some(wait) = tries.failed(again) {
            count += 1;
            waited += wait;
        }
        (count, waited)
    }

    #[test]
    fn each_kind_of_failure_has_its_number_of_tries() {
        assert_eq!(tries(Again::Never).0, 1);
        assert_eq!(tries(Again::Later).0, 4);
        assert_eq!(tries(Again::Unreadable).0, 2);
        assert_eq!(tries(Again::Slower(None)).0, 10);
        let (count, waited) = tries(Again::Quickly);
        assert!(count == 3 && waited <= Duration::from_secs(1), "{waited:?}");
    }

    #[test]
    fn stale_connections_are_not_counted_but_do_not_go_on_for_ever() {
        let mut all = Tries::new(2);
        for _ in 0..STALE_TRIES {
            assert_eq!(all.failed(Again::AtOnce), Some(Duration::ZERO));
        }
        assert_eq!(tries(Again::AtOnce).0, STALE_TRIES + TRIES);
    }

    #[test]
    fn waits_are_bounded_and_what_the_store_asks_for_is_kept() {
        for failures in 1..40 {
            assert!(jittered(BASE, failures) <= LONGEST);
        }
        let mut tries = Tries::new(2);
        let wait = tries
            .failed(Again::Slower(Some(Duration::from_secs(3))))
            .unwrap();
        assert!(wait >= Duration::from_secs(3) && wait <= Duration::from_secs(4));
        let wait = tries
            .failed(Again::Slower(Some(Duration::from_secs(3600))))
            .unwrap();
        assert!(wait <= LONGEST_ASKED_FOR + BASE);
    }
}
