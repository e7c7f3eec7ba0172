//! List → size → verdict, for many buckets side by side.

use std::sync::Arc;

use partsweep_core::{Inspect, Selection, StoreError};
use tokio::sync::mpsc;

use crate::finding::ScanEvent;
use crate::target::Targets;

/// What to scan and how.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Where.
    pub targets: Targets,
    /// What is to be swept, and which keys are looked at.
    pub selection: Selection,
    /// Whether to ask for each upload's parts. Without them no size and no last activity is
    /// known, so nothing can be judged fit to sweep.
    pub size: bool,
    /// Requests in flight at most.
    pub concurrency: usize,
}

/// Scans, sending what it finds as it comes.
///
/// Fails only if the buckets cannot be listed at all; what goes wrong in one bucket is told in
/// its summary, and the others go on (law 8). Ends early, without an error, if the receiver of
/// `events` is dropped.
pub async fn scan<S: Inspect>(
    store: Arc<S>,
    request: ScanRequest,
    events: mpsc::Sender<ScanEvent>,
) -> Result<(), StoreError> {
    let _ = (store, request, events);
    std::future::pending().await
}
