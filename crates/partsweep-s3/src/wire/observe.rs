//! Telling an observer of each request as it ends.

use std::time::Duration;

use http::HeaderValue;
use partsweep_core::BucketName;

use super::client::Client;
use super::request::S3Request;
use crate::address::escape::push_path;
use crate::config::observer::{Answered, RequestEnd, RequestObserver};
use crate::net::error::TransportError;
use crate::net::failure::diagnose;
use crate::net::transport::Received;
use crate::reply::headers::date;

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
                date: date(&received.headers),
            }),
            Err(error) => Err(redact(&diagnose(error).message)),
        };
        observer.tell(&RequestEnd {
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
