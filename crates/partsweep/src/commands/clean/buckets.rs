//! Scanned buckets, one after the other.

use std::collections::VecDeque;

use crate::error::Failure;
use crate::order::{BucketScan, InOrder};
use crate::scanning::{Scanning, Seen};

/// Scanned buckets, in order.
pub(super) enum Buckets {
    /// The scan goes on while a question waits.
    Coming(Box<Scanning>, InOrder),
    /// The scan is done.
    Collected(VecDeque<BucketScan>, Seen),
}

impl Buckets {
    /// The buckets of a scan, as they come.
    pub(super) fn of(scanning: Scanning) -> Self {
        Self::Coming(Box::new(scanning), InOrder::default())
    }

    /// The next bucket; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<BucketScan>, Failure> {
        match self {
            Self::Collected(scans, _) => Ok(scans.pop_front()),
            Self::Coming(scanning, order) => loop {
                if let Some(scan) = order.next() {
                    return Ok(Some(scan));
                }
                match scanning.next().await? {
                    Some(event) => order.take(event),
                    None => return Ok(None),
                }
            },
        }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        match self {
            Self::Collected(_, seen) => *seen,
            Self::Coming(scanning, _) => scanning.seen,
        }
    }
}
