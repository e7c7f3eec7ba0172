//! How long an answer may take, and how long it may be.

use std::time::Duration;

use tokio::time::Instant;

use super::error::TransportError;

/// How long to wait for an answer, and how long it may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Silence.
    pub(crate) read: Duration,
    /// How long the body may come in drips; `None` where a store sends blanks while it works.
    pub(crate) drip: Option<Duration>,
    /// The whole exchange.
    pub(crate) whole: Duration,
    /// Bytes of the body in memory.
    pub(crate) body: usize,
    /// Bytes of a body that is longer, on disk; 0 if it is then too long.
    pub(crate) disk: u64,
}

impl Limits {
    /// Which of the limits was met first.
    pub(crate) fn overrun(&self, silent_at: Instant, end: Instant) -> TransportError {
        if silent_at <= end {
            TransportError::Silent(self.read)
        } else {
            TransportError::Slow(self.whole)
        }
    }
}
