//! Telling an observer of each request as it ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use partsweep_core::BucketName;

use super::client::Client;
use super::request::S3Request;
use crate::address::escape::push_path;
use crate::net::error::TransportError;
use crate::net::failure::diagnose;
use crate::net::transport::Received;

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
}

impl fmt::Debug for RequestObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestObserver(..)")
    }
}

impl Client {
    /// Tells the observer, if there is one, how an attempt ended. Apart, and not inlined: without an
    /// observer a request costs one branch.
    #[cold]
    #[inline(never)]
    pub(super) fn tell(
        &self,
        observer: &RequestObserver,
        ask: &S3Request<'_>,
        attempt: u32,
        took: Duration,
        exchanged: &Result<Received, TransportError>,
        authorization: Option<&HeaderValue>,
    ) {
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let redact = |text: &str| {
            let clean = self
                .secrets
                .redact_answer(text, authorization.unwrap_or_default());
            clean.into_owned()
        };
        let result = match exchanged {
            Ok(received) => Ok(Answered {
                status: received.status.as_u16(),
                bytes: match &received.spilled {
                    Some(spilled) => spilled.length(),
                    None => received.body.len() as u64,
                },
            }),
            Err(error) => Err(redact(&diagnose(error).message)),
        };
        observer.0(&RequestEnd {
            method: ask.method.to_string(),
            target: redact(&target(ask)),
            attempt,
            took,
            result,
        });
    }
}

/// Bucket, key and parameters of a request.
fn target(ask: &S3Request<'_>) -> String {
    let mut target = String::from("/");
    target.push_str(ask.bucket.map_or("", BucketName::as_str));
    if let Some(key) = ask.key {
        target.push('/');
        push_path(&mut target, key.as_str());
    }
    if !ask.query.is_empty() {
        target.push('?');
        target.push_str(&ask.query);
    }
    target
}
