//! Which buckets these credentials may look at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use partsweep_core::BucketName;
use tokio::sync::OnceCell;

/// Which buckets these credentials may look at, each asked for once.
#[derive(Debug, Default)]
pub(crate) struct Visible {
    buckets: Mutex<HashMap<BucketName, Arc<OnceCell<bool>>>>,
}

impl Visible {
    /// Whether they may look at this one: to be asked once.
    pub(crate) fn of(&self, bucket: &BucketName) -> Arc<OnceCell<bool>> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(bucket.clone()).or_default().clone()
    }
}
