//! Which buckets have versions, as far as answers have shown (law 4).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use partsweep_core::BucketName;
use tokio::sync::OnceCell;

/// What is known of the versions in each bucket.
#[derive(Debug, Default)]
pub(crate) struct Versions(Mutex<VersionFacts>);

#[derive(Debug, Default)]
struct VersionFacts {
    /// Whether a bucket has or had versions: asked once; `None` if the key may not ask.
    kept: HashMap<BucketName, Arc<OnceCell<Option<bool>>>>,
    /// An object of it was seen to be a version.
    hinted: HashSet<BucketName>,
    /// A delete marker was seen at a key of it.
    marked: HashSet<BucketName>,
    /// Its versions may not be listed.
    denied: HashSet<BucketName>,
    /// Of these, those of which it may not be asked either whether there are any.
    hidden: HashSet<BucketName>,
}

impl Versions {
    /// An answer showed that the bucket has versions.
    pub(crate) fn hint(&self, bucket: &BucketName) {
        let mut state = self.state();
        if !state.hinted.contains(bucket) {
            state.hinted.insert(bucket.clone());
        }
    }

    /// Whether there are versions that may not be seen.
    pub(crate) fn hides_some(&self, bucket: &BucketName) -> bool {
        let state = self.state();
        state.denied.contains(bucket) && state.hinted.contains(bucket)
    }

    /// Whether a bucket has or had versions: to be asked once.
    pub(crate) fn of(&self, bucket: &BucketName) -> Arc<OnceCell<Option<bool>>> {
        let mut state = self.state();
        Arc::clone(state.kept.entry(bucket.clone()).or_default())
    }

    /// Its versions may not be listed.
    pub(crate) fn deny(&self, bucket: &BucketName) {
        self.state().denied.insert(bucket.clone());
    }

    /// Nor may it be asked whether there are any.
    pub(crate) fn hide(&self, bucket: &BucketName) {
        self.state().hidden.insert(bucket.clone());
    }

    /// A key of it has a delete marker, by HEAD.
    pub(crate) fn see_marker(&self, bucket: &BucketName) {
        self.state().marked.insert(bucket.clone());
    }

    /// Whether neither may be asked, or the bucket is said to have none and a delete marker shows that it has.
    pub(crate) fn are_hidden(&self, bucket: &BucketName) -> bool {
        let state = self.state();
        let kept = state.kept.get(bucket).and_then(|kept| kept.get());
        let is_denied = kept == Some(&Some(false));
        state.hidden.contains(bucket) || (is_denied && state.marked.contains(bucket))
    }

    /// Whether its versions may not be listed, by an answer.
    pub(crate) fn is_denied(&self, bucket: &BucketName) -> bool {
        self.state().denied.contains(bucket)
    }

    fn state(&self) -> MutexGuard<'_, VersionFacts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
