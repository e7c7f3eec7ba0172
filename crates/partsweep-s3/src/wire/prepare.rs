//! From an ask to a signed request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::uri::InvalidUri;
use http::{HeaderValue, Request};
use http_body_util::Full;
use partsweep_core::{BucketName, StoreError, StoreErrorKind};

use super::client::Client;
use super::request::S3Request;
use crate::address::bucket_url::{BucketUrl, BucketUrlError};
use crate::address::escape::push_path;

/// A request that is ready, and what it was made of.
pub(crate) struct Prepared {
    pub(crate) request: Request<Full<Bytes>>,
    pub(crate) place: Arc<BucketUrl>,
    pub(crate) region: Arc<str>,
    pub(crate) keys: Credentials,
}

impl Client {
    /// Finds the address and signs.
    pub(crate) async fn prepare(&self, ask: &S3Request<'_>) -> Result<Prepared, StoreError> {
        let fail = |kind| StoreError::new(ask.operation, ask.bucket, kind);
        let region = self.regions.to_use(ask.bucket);
        let keys = self
            .keys
            .get()
            .await
            .map_err(|error| fail(StoreErrorKind::NoCredentials).with_source(error))?;
        let place = self
            .places
            .of(
                ask.bucket.map(BucketName::as_str),
                &region,
                &self.regions.home(),
            )
            .await
            .map_err(|error| {
                let kind = match error {
                    BucketUrlError::Rules(_) => StoreErrorKind::BadRequest,
                    _ => StoreErrorKind::Unsupported,
                };
                fail(kind).with_message(error.to_string())
            })?;
        let unsignable = |error: &dyn std::fmt::Display| {
            let message = format!("the request could not be signed: {error}");
            fail(StoreErrorKind::BadRequest).with_message(message)
        };
        let uri = address(ask, &place)
            .try_into()
            .map_err(|error: InvalidUri| unsignable(&error))?;
        let now = SystemTime::now();
        let mut request = self
            .signer
            .signed_request(ask, uri, &place.host, &place.region, &keys, now)
            .map_err(|error| unsignable(&error))?;
        // Not signed: stores that don't ask for it may look at what is signed only.
        if ask.body.is_empty() && self.wants_length.load(Ordering::Relaxed) {
            let nothing = HeaderValue::from_static("0");
            request.headers_mut().insert(CONTENT_LENGTH, nothing);
        }
        crate::wire::check::check_before_sending(ask, &place, &request)
            .map_err(|why| fail(StoreErrorKind::BadRequest).with_message(why))?;
        Ok(Prepared {
            request,
            place,
            region,
            keys,
        })
    }
}

/// The URL, built byte for byte.
fn address(ask: &S3Request<'_>, place: &BucketUrl) -> String {
    let BucketUrl { origin, path, .. } = place;
    let key = ask.key.map_or("", |key| key.as_str());
    // Room for a few escaped bytes.
    let room = origin.len() + path.len() + key.len() + ask.query.len() + 16;
    let mut uri = String::with_capacity(room);
    uri.push_str(origin);
    uri.push_str(path);
    if ask.key.is_some() {
        uri.push('/');
        push_path(&mut uri, key);
    } else if !ask.resource.is_empty() {
        uri.push_str(ask.resource);
    } else if path.is_empty() {
        uri.push('/');
    }
    if !ask.query.is_empty() {
        uri.push('?');
        uri.push_str(&ask.query);
    }
    uri
}
