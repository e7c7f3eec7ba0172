//! Who sends the requests that change something.

use std::sync::Arc;

use crate::inspect::inspector::Inspector;
use crate::wire::client::Client;

/// Aborts uploads and saves objects. Has what an [`Inspector`] is not given: methods that change.
pub(crate) struct Mutator {
    pub(super) client: Arc<Client>,
    pub(super) inspector: Arc<Inspector>,
}

impl Mutator {
    pub(crate) fn new(client: Arc<Client>, inspector: Arc<Inspector>) -> Self {
        Self { client, inspector }
    }
}
