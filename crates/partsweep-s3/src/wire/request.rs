//! One request as a value, before it has an address.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Method};
use partsweep_core::store::part_data::PartData;
use partsweep_core::{BucketName, Key, LookTime, Operation};

/// Says whether a request may still be sent, after a wait of any length.
#[derive(Clone, Copy)]
pub(crate) struct MayBegin<'a>(pub(crate) &'a (dyn Fn() -> bool + Sync));

impl fmt::Debug for MayBegin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MayBegin")
    }
}

/// What to ask, of which bucket and key.
#[derive(Debug)]
pub(crate) struct S3Request<'a> {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) bucket: Option<&'a BucketName>,
    pub(crate) key: Option<&'a Key>,
    /// What is asked of the store itself, below its URL, as it is sent; empty for none.
    pub(crate) resource: &'static str,
    /// Escaped; empty for none.
    pub(crate) query: String,
    /// Beside those that every request has; all are signed.
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// Empty but for the list of parts of a complete, and a lifecycle.
    pub(crate) body: Bytes,
    /// The data of a part, and how many bytes they are: sent instead of `body`.
    pub(crate) part: Option<(PartData, u64)>,
    /// Whether it does no harm to send it again when it is not known whether the store did it.
    pub(crate) repeatable: bool,
    /// Of an abort, a change of a lifecycle or a complete: when the look that it was decided on was answered.
    pub(crate) look: Option<LookTime>,
    /// Asked once its turn has come: if it says no, nothing is sent.
    pub(crate) may_begin: Option<MayBegin<'a>>,
    /// Asked there and nowhere else, whatever region the bucket or the store has: of the lists of directory buckets.
    pub(crate) in_region: Option<Arc<str>>,
    /// Tries when the answer cannot be read: fewer where there is another way to ask.
    pub(crate) unreadable_tries: u32,
}

impl<'a> S3Request<'a> {
    /// A request without key and parameters.
    pub(crate) fn new(
        operation: Operation,
        method: Method,
        bucket: Option<&'a BucketName>,
    ) -> Self {
        Self {
            operation,
            repeatable: method.is_safe(),
            method,
            bucket,
            key: None,
            resource: "",
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            part: None,
            look: None,
            may_begin: None,
            in_region: None,
            unreadable_tries: crate::pace::retry::TRIES,
        }
    }

    /// Whether it is answered only to the keys of a session where the bucket is a directory bucket.
    pub(crate) fn takes_session(&self) -> bool {
        use Operation as Op;
        !matches!(self.operation, Op::CreateSession | Op::HeadBucket)
    }

    /// Whether it may change something.
    pub(crate) fn changes_something(&self) -> bool {
        !self.method.is_safe()
    }

    /// Whether it is of the kind that has a body, empty or not.
    pub(crate) fn writes(&self) -> bool {
        use Operation as Op;
        let takes_away = matches!(
            self.operation,
            Op::AbortMultipartUpload | Op::DeleteObject | Op::DeleteBucketLifecycle
        );
        self.changes_something() && !takes_away
    }

    /// Lets it be sent again when it is not known whether the store did it.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Is sent only as long as this look is fresh.
    pub(crate) fn decided_on(mut self, look: LookTime) -> Self {
        self.look = Some(look);
        self
    }

    /// Is sent only if that says yes when its turn has come.
    pub(crate) fn begins_if(mut self, may_begin: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.may_begin = Some(MayBegin(may_begin));
        self
    }

    /// Goes to this region.
    pub(crate) fn in_region(mut self, region: Arc<str>) -> Self {
        self.in_region = Some(region);
        self
    }

    /// Adds headers.
    pub(crate) fn with_headers(
        mut self,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
    ) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Sets the body.
    pub(crate) fn with_body(mut self, body: String) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the data of a part.
    pub(crate) fn with_part(mut self, data: PartData, bytes: u64) -> Self {
        self.part = Some((data, bytes));
        self
    }

    /// How many bytes are sent.
    pub(crate) fn length(&self) -> u64 {
        match &self.part {
            Some((_, bytes)) => *bytes,
            None => self.body.len() as u64,
        }
    }

    /// Names the key.
    pub(crate) fn with_key(mut self, key: &'a Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Asks for something of the store itself.
    pub(crate) fn with_resource(mut self, resource: &'static str) -> Self {
        self.resource = resource;
        self
    }

    /// Sets the escaped query.
    pub(crate) fn with_query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }
}

/// How large objects must be to change their storage class by default: a lifecycle that is written without it resets it.
pub(crate) const DEFAULT_MINIMUM: HeaderName =
    HeaderName::from_static("x-amz-transition-default-minimum-object-size");

/// S3 wants it with every lifecycle; a checksum header instead is refused by R2, B2 and others.
pub(crate) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// The header that makes a write a copy.
pub(crate) const COPY_SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");
