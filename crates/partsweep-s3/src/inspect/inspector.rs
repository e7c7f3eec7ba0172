//! Who sends the requests that look.

use std::sync::{Arc, Mutex, OnceLock};

use partsweep_core::MissingBuckets;

use super::long_pages::LongPages;
use super::visible::Visible;
use crate::wire::client::Client;

/// What every store takes: more is cut to it by most and refused by some.
pub(super) const PAGE: &str = "1000";

/// Lists and looks, and has no method that changes anything (law 1).
pub(crate) struct Inspector {
    pub(super) client: Arc<Client>,
    pub(super) visible: Visible,
    pub(super) long_pages: LongPages,
    /// Who owns the buckets, as ListBuckets named it.
    pub(super) account: OnceLock<String>,
    /// Why the list of buckets that was shown last is not known to be whole.
    pub(super) missing_buckets: Mutex<Option<MissingBuckets>>,
}

impl Inspector {
    pub(crate) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            visible: Visible::default(),
            long_pages: LongPages::default(),
            account: OnceLock::new(),
            missing_buckets: Mutex::default(),
        }
    }

    /// The id of the account that owns the buckets; `None` before they were listed, and on stores that
    /// name none.
    pub(crate) fn account(&self) -> Option<&str> {
        self.account.get().map(String::as_str)
    }
}
