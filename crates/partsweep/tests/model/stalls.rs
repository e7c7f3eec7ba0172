//! How long our thread was kept from its work: a busy machine makes looks old that are not.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often it is found out. A delay as long as this is none.
const TICK: Duration = Duration::from_millis(10);

thread_local! {
    // Each of the two stores is played on one thread, with its servers.
    static LOST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static TICKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A moment, and how much had been lost by then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    at: Instant,
    lost: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let lost = LOST.get() + since_tick();
        Self {
            at: Instant::now(),
            lost,
        }
    }

    /// The time since, without what was lost.
    pub(crate) fn elapsed(self) -> Duration {
        let now = Self::now();
        let lost = now.lost.saturating_sub(self.lost);
        now.at.duration_since(self.at).saturating_sub(lost)
    }
}

/// What has been lost since the last tick.
fn since_tick() -> Duration {
    let passed = TICKED.get().map(|tick| tick.elapsed());
    passed.unwrap_or_default().saturating_sub(2 * TICK)
}

/// Finds it out, for as long as this is polled on the thread that plays.
pub(crate) async fn find_out() {
    loop {
        TICKED.set(Some(Instant::now()));
        tokio::time::sleep(TICK).await;
        LOST.set(LOST.get() + since_tick());
    }
}
