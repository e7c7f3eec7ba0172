//! The server's time: `Date`, `Initiated`, `LastModified` and the check of the signature's date.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use crate::locks::lock;

/// A clock that a test can set. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Reading>>);

#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The machine's time, that much ahead.
    System { ahead: SignedDuration },
    /// Stands still.
    Fixed(Timestamp),
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Reading::System {
            ahead: SignedDuration::ZERO,
        })))
    }

    /// A clock that stands at `time` until it is moved.
    pub fn fixed(time: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Reading::Fixed(time))))
    }

    /// Returns the time that the server believes it is.
    pub fn now(&self) -> Timestamp {
        match *lock(&self.0) {
            Reading::System { ahead } => moved(Timestamp::now(), ahead),
            Reading::Fixed(time) => time,
        }
    }

    /// Moves the clock forward, or back if `by` is negative; a running clock goes on running.
    pub fn advance(&self, by: SignedDuration) {
        let mut reading = lock(&self.0);
        *reading = match *reading {
            Reading::System { ahead } => Reading::System {
                ahead: ahead.saturating_add(by),
            },
            Reading::Fixed(time) => Reading::Fixed(moved(time, by)),
        };
    }

    /// Stops the clock at `time`.
    pub fn set(&self, time: Timestamp) {
        *lock(&self.0) = Reading::Fixed(time);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// Adds a duration; at the ends of the calendar the time stays where it is.
fn moved(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}

/// Formats as the `Date` and `Last-Modified` headers do: whole seconds, UTC.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told_and_for_all_its_clones() {
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let clock = Clock::fixed(start);
        let other = clock.clone();
        clock.advance(SignedDuration::from_hours(1));
        assert_eq!(other.now().to_string(), "2026-11-23T13:00:00Z");
        assert_eq!(http_date(other.now()), "Mon, 23 Nov 2026 13:00:00 GMT");
    }

    #[test]
    fn a_system_clock_can_be_wrong_by_an_hour() {
        let clock = Clock::system();
        clock.advance(SignedDuration::from_hours(-1));
        let behind = Timestamp::now().duration_since(clock.now());
        assert!(behind >= SignedDuration::from_mins(59), "{behind}");
    }
}
