//! The rate that the user asked for, over all endpoints.

use std::time::{Duration, Instant};

use super::adaptive::limit::LATE;

/// Up to this rate each request waits for its very moment, counted from the one before it. At one a
/// second the parts, the key and the abort of an upload then leave within the two seconds that a look is
/// fresh for (`net/look_age.rs`); with room for lateness they never would.
const EXACT: u32 = 2;

/// Timers wake up to this much too late.
pub(super) const TIMER: Duration = Duration::from_millis(2);

/// Spaces requests out so that no second has more than was asked for.
#[derive(Debug)]
pub(super) struct FixedRate {
    gap: Duration,
    is_exact: bool,
    /// When the next request may begin.
    next: Option<Instant>,
}

impl FixedRate {
    /// At most `rps` a second; 0 is no limit.
    pub(super) fn new(rps: u32) -> Self {
        let is_exact = rps <= EXACT;
        // In a second and the most that a request is late, `rps` begin: so no second has more.
        let late = if is_exact { Duration::ZERO } else { LATE };
        Self {
            gap: (Duration::from_secs(1) + late)
                .checked_div(rps)
                .unwrap_or_default(),
            is_exact,
            next: None,
        }
    }

    /// Whether what waits has to begin at the very moment.
    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// When the next request may begin; `None` is now.
    pub(super) fn begins_at(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// A request begins.
    pub(super) fn began(&mut self, now: Instant) {
        self.next = (!self.gap.is_zero()).then(|| {
            let late = if self.is_exact { Duration::ZERO } else { LATE };
            let earliest = now.checked_sub(late).unwrap_or(now);
            self.next.unwrap_or(now).max(earliest) + self.gap
        });
    }
}
