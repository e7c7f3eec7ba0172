//! Failures that may be of the whole store, held back until it is known whether they are.

use std::collections::VecDeque;

use partsweep_core::{Listing, StoreError, StoreErrorKind};
use partsweep_engine::ScanEvent;

use crate::run::session::Session;
use crate::text::error::Failure;
use crate::text::figures::counted;

/// Lets the events of a scan through, but not the same failure once for every bucket.
///
/// Where all buckets are listed first, that request finds out whether the store can be asked.
/// Where they are named, none does: so the failures of the first buckets wait for one that answers.
#[derive(Debug, Default)]
pub(crate) struct OutageFilter {
    /// Whether the store has answered something; failures are then a bucket's own.
    answered: bool,
    held: Vec<ScanEvent>,
    through: VecDeque<ScanEvent>,
}

impl OutageFilter {
    /// For a store that is known to answer, or not.
    pub(crate) fn new(answered: bool) -> Self {
        Self {
            answered,
            ..Self::default()
        }
    }

    /// Takes an event.
    pub(crate) fn put(&mut self, event: ScanEvent) {
        if !self.answered && failure_of_all(&event).is_some() {
            self.held.push(event);
            return;
        }
        if !matches!(event, ScanEvent::Buckets(_)) {
            self.answered = true;
            self.through.extend(self.held.drain(..));
        }
        self.through.push_back(event);
    }

    /// The next event to be told.
    pub(crate) fn next(&mut self) -> Option<ScanEvent> {
        self.through.pop_front()
    }

    /// The end of the scan: fails if no bucket could be asked for anything.
    pub(crate) fn end(&mut self, session: &Session) -> Result<(), Failure> {
        let Some(error) = self.held.first().and_then(failure_of_all) else {
            return Ok(());
        };
        let failure = session.failure(error);
        Err(match (failure, self.held.len() as u64) {
            // It is not about the bucket that happened to be the first.
            (Failure::Told(mut told), n @ 2..) => {
                if let Some(bucket) = &error.bucket {
                    let bucket = format!("in bucket `{}`", bucket.as_str());
                    let all = format!("in any of the {}", counted(n, "bucket"));
                    told.line = told.line.replacen(&bucket, &all, 1);
                }
                Failure::Told(told)
            }
            (failure, _) => failure,
        })
    }
}

/// The failure of a bucket that says nothing about this bucket: the endpoint, the key, the clock.
fn failure_of_all(event: &ScanEvent) -> Option<&StoreError> {
    use StoreErrorKind as Kind;
    let ScanEvent::BucketDone(summary) = event else {
        return None;
    };
    let Listing::Failed(error) = &summary.listing else {
        return None;
    };
    let of_all = matches!(
        error.kind,
        Kind::NoCredentials
            | Kind::BadCredentials
            | Kind::ClockSkew(_)
            | Kind::NotS3
            | Kind::Unreachable
            | Kind::Tls
            | Kind::Timeout
    );
    of_all.then_some(error)
}
