//! How old a look may be when its abort leaves (law 4).
//!
//! Between a look and its abort there can be a queue, a rate, a refusal with `Retry-After`, a new
//! connection, or a night in which this machine was suspended; and in all that time the upload's owner
//! may have gone on. So the age is compared where the first byte of the request is written, and by a
//! clock that goes on while the machine does not.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use partsweep_core::LookTime;

/// The age of the oldest look that an abort may be sent on.
///
/// Measured (`tests/servers/window`): 99 of 100 aborts leave within 0.4 s of their look, at 64 at once
/// on a busy machine. Two seconds are five times as long, and let a sweep go on at one request a second:
/// the parts, the key and the abort are two seconds from the first to the last.
pub(crate) const MOST_AGE: Duration = Duration::from_secs(2);

/// The methods of the requests that rest on a look: an abort, a change of a lifecycle, a complete.
const RESTING_ON_LOOKS: [&[u8]; 3] = [b"DELETE", b"PUT", b"POST"];

/// By what a request is found: the beginning of its first line.
fn name(method: &str, target: &str) -> String {
    format!("{method} {target}")
}

/// Now, by the clock of looks.
pub(crate) fn now() -> LookTime {
    LookTime::new(since_boot())
}

/// The time since the machine was started, suspended or not.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    // Neither is ever negative.
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The monotonic clock of Darwin goes on while the machine is suspended; elsewhere nothing better is
/// known.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    // Apart from the default of a look, which is long ago.
    MOST_AGE * 2 + START.get_or_init(Instant::now).elapsed()
}

/// Whether an abort may still leave on this look.
pub(crate) fn is_fresh(look: LookTime) -> bool {
    look.until(now()) <= MOST_AGE
}

/// An abort that was not sent: its look is too old.
#[derive(Debug, thiserror::Error)]
#[error("the check just before it is more than {} s old", MOST_AGE.as_secs())]
pub(crate) struct TooOld;

/// The aborts that are on their way to a connection, with their looks.
///
/// A connection knows no more of a request than its bytes, so an abort is found by the target of its
/// request line. Two that have the same, in buckets that are hosts, share the older look.
#[derive(Debug, Default)]
pub(crate) struct Aborts(Mutex<HashMap<String, OnItsWay>>);

#[derive(Debug)]
struct OnItsWay {
    oldest: LookTime,
    count: usize,
    /// It was not written.
    refused: bool,
}

impl Aborts {
    /// An abort of that target is about to be handed over; it is on its way until the end of the answer.
    pub(crate) fn announce(
        self: &Arc<Self>,
        method: &str,
        target: &str,
        look: LookTime,
    ) -> Announced {
        let target = name(method, target);
        let mut all = self.all();
        let entry = all.entry(target.clone()).or_insert(OnItsWay {
            oldest: look,
            count: 0,
            refused: false,
        });
        entry.oldest = entry.oldest.min(look);
        entry.count += 1;
        Announced {
            aborts: Arc::clone(self),
            target,
        }
    }

    /// Asked of all that is written to a connection, before it is: an error if it begins an abort, a change of a
    /// lifecycle or a complete whose look is too old.
    pub(crate) fn check(&self, data: &[u8]) -> io::Result<()> {
        let mut words = data.split(|byte| *byte == b' ');
        let method = words.next().unwrap_or_default();
        if !RESTING_ON_LOOKS.contains(&method) {
            return Ok(());
        }
        let target = words.next().unwrap_or_default();
        let target = String::from_utf8_lossy(target);
        // In the absolute form, for a proxy.
        let target = match target.split_once("://") {
            Some((_, behind)) if !target.starts_with('/') => {
                behind.find('/').map_or("", |at| &behind[at..])
            }
            _ => &*target,
        };
        let name = name(&String::from_utf8_lossy(method), target);
        match self.all().get_mut(&name) {
            Some(entry) if !is_fresh(entry.oldest) => {
                entry.refused = true;
                Err(io::Error::other(TooOld))
            }
            _ => Ok(()),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, OnItsWay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An abort that is on its way until this is dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    aborts: Arc<Aborts>,
    target: String,
}

impl Announced {
    /// Whether it is certain that nothing of it was written.
    pub(crate) fn was_refused(&self) -> bool {
        let all = self.aborts.all();
        let entry = all.get(&self.target);
        entry.is_some_and(|entry| entry.refused && entry.count == 1)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let mut all = self.aborts.all();
        if let Some(entry) = all.get_mut(&self.target) {
            entry.count -= 1;
            if entry.count == 0 {
                all.remove(&self.target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(seconds: f64) -> LookTime {
        LookTime::new(since_boot().saturating_sub(Duration::from_secs_f64(seconds)))
    }

    #[test]
    fn a_look_is_fresh_for_two_seconds_and_one_without_a_time_never() {
        assert!(is_fresh(now()) && is_fresh(ago(1.8)));
        assert!(!is_fresh(ago(2.1)) && !is_fresh(LookTime::default()));
    }

    #[test]
    fn an_abort_is_not_written_once_its_look_is_too_old() {
        let aborts = Arc::new(Aborts::default());
        let old = aborts.announce("DELETE", "/b/k?uploadId=1", ago(2.5));
        let new = aborts.announce("DELETE", "/b/l?uploadId=2", now());
        let written = |line: &str| aborts.check(format!("{line} HTTP/1.1\r\n").as_bytes());
        for line in [
            "DELETE /b/k?uploadId=1",
            "DELETE http://127.0.0.1:9000/b/k?uploadId=1",
        ] {
            let error = written(line).unwrap_err();
            let cause = error.get_ref().unwrap();
            assert!(cause.is::<TooOld>());
        }
        assert!(old.was_refused() && !new.was_refused());
        assert!(written("DELETE /b/l?uploadId=2").is_ok());
        assert!(written("GET /b/k?uploadId=1").is_ok());
        // A spare, which no look is needed for.
        assert!(written("DELETE /b/.partsweep-spare-1").is_ok());
        let both = aborts.announce("DELETE", "/b/k?uploadId=1", now());
        assert!(!old.was_refused(), "one of the two");
        assert!(
            written("DELETE /b/k?uploadId=1").is_err(),
            "the older counts"
        );
        let complete = aborts.announce("POST", "/b/k?uploadId=1", ago(2.5));
        assert!(written("POST /b/k?uploadId=1").is_err());
        assert!(complete.was_refused());
        // One of an upload of our own, which no look is needed for.
        assert!(written("POST /b/k?uploads").is_ok());
        drop((old, new, complete));
        assert!(
            written("DELETE /b/k?uploadId=1").is_err(),
            "and goes with the last"
        );
        drop(both);
        assert!(aborts.all().is_empty());
    }
}
