//! What is told of each request, and to whom.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// One attempt at a request that has ended. Nothing in it is a secret: headers, and with them keys,
/// tokens and signatures, are left out, and what a name or an error echoes of them is redacted (law 9).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestEnd {
    /// `GET`
    pub method: String,
    /// Bucket, key and parameters, without the host, and the same however the bucket is addressed:
    /// `/bucket/key?uploadId=1`. Keys and parameters are percent-encoded as they were sent; a store
    /// may have chosen them, so a terminal needs the whole made harmless.
    pub target: String,
    /// From 1 on.
    pub attempt: u32,
    /// From sending to the end of the response, or to the failure.
    pub took: Duration,
    /// What came of it.
    pub result: Result<Answered, String>,
}

/// A response that came whole, whatever it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Bytes of the body.
    pub bytes: u64,
    /// The server's clock, to the second.
    pub date: Option<Timestamp>,
}

/// What is told of each request to the store, repeats included, as it ends.
///
/// Requests for credentials (STS, SSO, the metadata service) are not told: their URLs and answers hold
/// secrets that nobody knows yet. It is called where requests are sent, so it holds them up.
#[derive(Clone)]
pub struct RequestObserver(Arc<dyn Fn(&RequestEnd) + Send + Sync>);

impl RequestObserver {
    /// Calls this for each request.
    pub fn new(observe: impl Fn(&RequestEnd) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Calls this one after another, if there is one.
    #[must_use]
    pub fn after(self, first: Option<Self>) -> Self {
        match first {
            None => self,
            Some(first) => Self::new(move |end| {
                first.tell(end);
                self.tell(end);
            }),
        }
    }

    /// Tells it.
    pub(crate) fn tell(&self, end: &RequestEnd) {
        (self.0)(end);
    }
}

impl fmt::Debug for RequestObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestObserver(..)")
    }
}
