//! Why there is no whole answer.

use std::io;
use std::time::Duration;

use hyper_util::client::legacy::Error as ClientError;

use super::look_age::TooOld;

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    /// An abort whose look had become too old before it could be written: nothing was sent.
    #[error(transparent)]
    LookTooOld(#[from] TooOld),
    /// A kept connection had been closed.
    #[error("a reused connection had been closed")]
    Stale(#[source] ClientError),
    #[error("could not send the request")]
    Send(#[source] ClientError),
    #[error("the response was cut off")]
    Cut(#[source] hyper::Error),
    #[error("no response within {} s", .0.as_secs())]
    Silent(Duration),
    /// Bytes a second.
    #[error("the response came at less than {} kB a second for {} s", .0 / 1_000, .1.as_secs())]
    Dripping(u64, Duration),
    #[error("the response was not complete within {} s", .0.as_secs())]
    Slow(Duration),
    /// The limit in bytes.
    #[error("the response is longer than {}", size(*.0))]
    TooLong(u64),
    /// The limit in bytes.
    #[error("the response is too long: together with others in flight it exceeds {}", size(*.0))]
    TooMuch(u64),
    #[error("the response is too long for memory and could not be written to a temporary file")]
    TemporaryFile(#[source] io::Error),
}

/// A limit, for people.
fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}
