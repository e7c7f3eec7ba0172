//! The rate that the user asked for, over all endpoints.

use std::time::{Duration, Instant};

use super::law::LATE;

/// Spaces requests out so that no second has more than was asked for.
#[derive(Debug)]
pub(super) struct Rate {
    gap: Duration,
    /// When the next request may begin.
    next: Option<Instant>,
}

impl Rate {
    /// At most `rps` a second; 0 is no limit.
    pub(super) fn new(rps: u32) -> Self {
        Self {
            // In a second and the most that a request is late, `rps` begin: so no second has more.
            gap: (Duration::from_secs(1) + LATE)
                .checked_div(rps)
                .unwrap_or_default(),
            next: None,
        }
    }

    /// When the next request may begin; `None` is now.
    pub(super) fn begins_at(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// A request begins.
    pub(super) fn began(&mut self, now: Instant) {
        self.next = (!self.gap.is_zero()).then(|| {
            let earliest = now.checked_sub(LATE).unwrap_or(now);
            self.next.unwrap_or(now).max(earliest) + self.gap
        });
    }
}
