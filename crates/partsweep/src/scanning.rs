//! A scan that is running, and what its end means.

use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::provider::Provider;
use partsweep_core::{Inspect, KeepReason, Listing, StoreError, Verdict};
use partsweep_engine::{BucketSummary, Finding, ScanEvent, ScanRequest, Totals, scan};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::connect::Session;
use crate::error::Failure;
use crate::exit::Exit;
use crate::progress::Progress;

/// Events held between the engine and whoever reads them: so far the scan runs on while a
/// question waits for its answer. At about 500 bytes each, 2 MB.
const AHEAD: usize = 4_096;

/// A scan in the background. Dropped, it ends.
pub(crate) struct Scanning {
    events: mpsc::Receiver<ScanEvent>,
    task: JoinHandle<Result<(), StoreError>>,
    progress: Progress,
    /// What was seen so far.
    pub(crate) seen: Seen,
}

impl Scanning {
    /// Starts it.
    pub(crate) fn start(session: &Session, request: ScanRequest, progress: Progress) -> Self {
        let (sender, events) = mpsc::channel(AHEAD);
        Self {
            events,
            task: tokio::spawn(scan(Arc::clone(&session.store), request, sender)),
            progress,
            seen: Seen::default(),
        }
    }

    /// The next event, if one is there already.
    pub(crate) fn ready(&mut self) -> Option<ScanEvent> {
        let event = self.events.try_recv().ok()?;
        self.notice(&event);
        Some(event)
    }

    /// The next event, or `None` at the end of the scan.
    pub(crate) async fn next(&mut self) -> Result<Option<ScanEvent>, Failure> {
        if let Some(event) = self.events.recv().await {
            self.notice(&event);
            return Ok(Some(event));
        }
        match (&mut self.task).await {
            Ok(Ok(())) => Ok(None),
            Ok(Err(error)) => Err(Failure::from(&error)),
            Err(panic) => Err(Failure::unexpected(&panic)),
        }
    }

    fn notice(&mut self, event: &ScanEvent) {
        self.progress.scan_event(event);
        match event {
            ScanEvent::Found(finding) => self.seen.finding(finding),
            ScanEvent::BucketDone(summary) => self.seen.bucket(summary),
            ScanEvent::Buckets(_) | ScanEvent::Listed(_) => {}
        }
    }
}

impl Drop for Scanning {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a scan saw, summed up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Buckets looked at.
    pub(crate) buckets: u64,
    /// Those with uploads.
    pub(crate) buckets_with_uploads: u64,
    /// Sums over all of them.
    pub(crate) totals: Totals,
    /// Uploads that are kept only because `--no-size` did not ask for more.
    not_sized: u64,
    /// Buckets that were not seen whole.
    not_whole: u64,
    /// Of these, those whose listing merely proves nothing.
    unproven: u64,
}

impl Seen {
    fn finding(&mut self, finding: &Finding) {
        let not_sized = finding.verdict == Verdict::Keep(KeepReason::NotSized);
        self.not_sized += u64::from(not_sized);
    }

    fn bucket(&mut self, summary: &BucketSummary) {
        self.buckets += 1;
        self.buckets_with_uploads += u64::from(summary.totals.uploads > 0);
        self.totals.add(&summary.totals);
        self.not_whole += u64::from(!summary.is_whole());
        let unproven = matches!(summary.listing, Listing::Unproven { .. }) && summary.unclear == 0;
        self.unproven += u64::from(unproven);
    }

    /// Whether something was denied, failed or stayed unknown (law 8).
    pub(crate) fn exit(&self, accept_unproven: bool) -> Exit {
        let accepted = if accept_unproven { self.unproven } else { 0 };
        if self.not_whole > accepted {
            Exit::Partial
        } else {
            Exit::Done
        }
    }

    /// What `--check` says: whether there is anything to sweep, or, unsized, anything old.
    pub(crate) fn check(&self) -> Exit {
        if self.totals.sweepable_uploads + self.not_sized > 0 {
            Exit::Found
        } else {
            Exit::Done
        }
    }
}

/// The end of a run, for the reports.
pub(crate) struct End {
    /// What was seen.
    pub(crate) seen: Seen,
    /// Which store it was.
    pub(crate) provider: &'static Provider,
    /// When, by this machine's clock.
    pub(crate) finished: Timestamp,
}

impl End {
    /// The end, now.
    pub(crate) fn now(session: &Session, seen: Seen) -> Self {
        Self {
            seen,
            provider: session.store.provider(),
            finished: Timestamp::now(),
        }
    }
}
