//! One request as a value, before it has an address.

use http::Method;
use partsweep_core::{BucketName, Key, Operation};

/// What to ask, of which bucket and key. The bodies of all our requests are empty.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) bucket: Option<&'a BucketName>,
    pub(crate) key: Option<&'a Key>,
    /// Escaped; empty for none.
    pub(crate) query: String,
    /// Tries when the answer cannot be read: fewer where there is another way to ask.
    pub(crate) unreadable_tries: u32,
}

impl<'a> Ask<'a> {
    /// A request without key and parameters.
    pub(crate) fn new(
        operation: Operation,
        method: Method,
        bucket: Option<&'a BucketName>,
    ) -> Self {
        Self {
            operation,
            method,
            bucket,
            key: None,
            query: String::new(),
            unreadable_tries: crate::retry::TRIES,
        }
    }

    /// Whether it may change something.
    pub(crate) fn is_destructive(&self) -> bool {
        !self.method.is_safe()
    }

    /// Names the key.
    pub(crate) fn with_key(mut self, key: &'a Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the escaped query.
    pub(crate) fn with_query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }
}
