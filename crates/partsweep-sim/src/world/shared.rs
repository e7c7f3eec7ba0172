//! What all connections to a store share.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use tokio::time::sleep;

use super::clock::{Clock, http_date};
use super::faults::Faults;
use super::log::Log;
use crate::access::rights::Rights;
use crate::access::sessions::Sessions;
use crate::access::signature::Verifier;
use crate::habits::Habits;
use crate::locks::lock;
use crate::store::state::State;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) habits: Habits,
    pub(crate) clock: Clock,
    pub(crate) region: String,
    pub(crate) checks_time: bool,
    pub(crate) state: RwLock<State>,
    pub(crate) rights: RwLock<Rights>,
    pub(crate) sessions: RwLock<Sessions>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) verifier: Verifier,
    pub(crate) request_ids: AtomicU64,
    pub(crate) dates: Dates,
}

/// `Date` headers: the one of this second is kept.
#[derive(Debug, Default)]
pub(crate) struct Dates(Mutex<Option<(i64, HeaderValue)>>);

impl Dates {
    /// The header for that time.
    pub(crate) fn at(&self, now: Timestamp) -> HeaderValue {
        let second = now.as_second();
        let mut kept = lock(&self.0);
        match &*kept {
            Some((of, value)) if *of == second => value.clone(),
            _ => {
                let value = HeaderValue::try_from(http_date(now))
                    .unwrap_or_else(|_| HeaderValue::from_static(""));
                *kept = Some((second, value.clone()));
                value
            }
        }
    }
}

/// How late Tokio's timers are in the mean: the time and the wait of their driver are both rounded
/// up to a millisecond. Measured: 21.8 ms for 20 ms.
const TIMERS_ARE_LATE: Duration = Duration::from_millis(1);

/// Waits that long in the mean; not at all if there is nothing to wait for.
pub(crate) async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time.saturating_sub(TIMERS_ARE_LATE)).await;
    }
}
