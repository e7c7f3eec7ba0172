//! From an ask to a signed request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use http::header::CONTENT_LENGTH;
use http::uri::InvalidUri;
use http::{HeaderValue, Request};
use partsweep_core::{BucketName, StoreError, StoreErrorKind};

use super::client::Client;
use super::request::S3Request;
use super::session::Session;
use super::sign::{Scope, Service};
use crate::address::bucket_url::{BucketUrl, BucketUrlError, EXPRESS};
use crate::address::escape::{push_path, why_no_bucket};
use crate::net::body::RequestBody;

/// A request that is ready, and what it was made of.
pub(crate) struct Prepared {
    pub(crate) request: Request<RequestBody>,
    pub(crate) place: Arc<BucketUrl>,
    pub(crate) region: Arc<str>,
    pub(crate) keys: Credentials,
}

impl Client {
    /// Finds the address and signs.
    ///
    /// `session`: where the bucket is a directory bucket, and the request takes one.
    pub(crate) async fn prepare(
        &self,
        ask: &S3Request<'_>,
        session: Option<&Session>,
    ) -> Result<Prepared, StoreError> {
        let fail = |kind| StoreError::new(ask.operation, ask.bucket, kind);
        // Nothing is sent that would be about something else (law 14).
        if let Some(why) = ask.bucket.and_then(|bucket| why_no_bucket(bucket.as_str())) {
            let message = format!("the bucket's name can't be used in a URL: {why}");
            return Err(fail(StoreErrorKind::BadRequest).with_message(message));
        }
        let region = self.region_of(ask);
        let place = match &ask.in_region {
            Some(region) => self.places.of_directory_list(region).await,
            None => {
                let (bucket, home) = (ask.bucket.map(BucketName::as_str), self.regions.home());
                self.places.of(bucket, &region, &home).await
            }
        };
        let place = place.map_err(|error| {
            let kind = match error {
                BucketUrlError::Rules(_) => StoreErrorKind::BadRequest,
                BucketUrlError::ManyRegions => StoreErrorKind::Unsupported,
            };
            fail(kind).with_message(error.to_string())
        })?;
        let (service, keys) = match session.filter(|_| place.is_express) {
            Some(session) => (Service::ExpressSession, session.keys.clone()),
            None => {
                let keys = self.keys.get().await;
                let keys =
                    keys.map_err(|error| fail(StoreErrorKind::NoCredentials).with_source(error))?;
                match place.is_express {
                    true => (Service::Express, keys),
                    false => (Service::S3, keys),
                }
            }
        };
        let unsignable = |error: &dyn std::fmt::Display| {
            let message = format!("the request could not be signed: {error}");
            fail(StoreErrorKind::BadRequest).with_message(message)
        };
        let uri = address(ask, &place)
            .try_into()
            .map_err(|error: InvalidUri| unsignable(&error))?;
        let now = SystemTime::now();
        let scope = Scope {
            region: &place.region,
            service,
        };
        let mut request = self
            .signer
            .signed_request(ask, uri, &place.host, scope, &keys, now)
            .map_err(|error| unsignable(&error))?;
        // Not signed: stores that don't ask for it may look at what is signed only.
        if ask.length() == 0 && self.wants_length.load(Ordering::Relaxed) {
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

impl Client {
    /// The region that a request is for.
    pub(super) fn region_of(&self, ask: &S3Request<'_>) -> Arc<str> {
        let given = ask.in_region.clone();
        given.unwrap_or_else(|| self.regions.to_use(ask.bucket))
    }

    /// The endpoint that a request would go to now, by the name that the pace knows it by.
    pub(super) fn endpoint_of(&self, ask: &S3Request<'_>) -> Arc<str> {
        self.endpoint_in(ask, &self.region_of(ask))
    }

    /// By its region where each has an endpoint; elsewhere all are one. Those of directory buckets are apart: what one
    /// does says nothing about the other.
    pub(super) fn endpoint_in(&self, ask: &S3Request<'_>, region: &Arc<str>) -> Arc<str> {
        let is_express = || match ask.bucket {
            Some(bucket) => self.is_directory_bucket(bucket),
            None => ask.in_region.is_some(),
        };
        if !self.places.has_regions_apart() {
            Arc::clone(&self.only_endpoint)
        } else if is_express() {
            format!("{EXPRESS}.{region}").into()
        } else {
            Arc::clone(region)
        }
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
