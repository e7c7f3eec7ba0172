//! What a scan is asked to do.

use partsweep_core::Selection;
use tokio::sync::Semaphore;

use super::sizes::Sizes;
use super::targets::Targets;
use crate::listing::search::{KeySearch, SearchLimits};

/// What to scan and how.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Where.
    pub targets: Targets,
    /// What is to be swept, and which keys are looked at.
    pub selection: Selection,
    /// Which uploads are sized.
    pub sizes: Sizes,
    /// Requests in flight at most.
    pub concurrency: usize,
    /// Keys that are asked for one by one beside the listing.
    pub search: KeySearch,
}

impl ScanRequest {
    /// Whether the buckets of all users are scanned, and counts compared.
    pub(super) fn is_of_all_users(&self) -> bool {
        matches!(self.targets, Targets::AllUsers(_))
    }

    /// The keys that are asked for beside the listing, if any are; a permit of `turns` for each request.
    pub(super) fn search<'a>(&'a self, turns: &'a Semaphore) -> Option<SearchLimits<'a>> {
        self.search.is_on().then_some(SearchLimits {
            search: &self.search,
            admits: &self.selection.keys,
            turns,
            at_once: self.concurrency,
        })
    }
}
