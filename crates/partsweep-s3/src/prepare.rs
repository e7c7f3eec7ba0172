//! From an ask to a signed request.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use partsweep_core::{BucketName, StoreError, StoreErrorKind};

use crate::ask::Ask;
use crate::place::{Place, PlaceError};
use crate::sign::signed_request;
use crate::store::Store;
use crate::uri::push_path;

/// A request that is ready, and what it was made of.
pub(crate) struct Prepared {
    pub(crate) request: Request<Full<Bytes>>,
    pub(crate) place: Arc<Place>,
    pub(crate) region: Arc<str>,
    pub(crate) keys: Credentials,
}

impl Store {
    /// Finds the address and signs.
    pub(crate) async fn prepare(&self, ask: &Ask<'_>) -> Result<Prepared, StoreError> {
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
                    PlaceError::Rules(_) => StoreErrorKind::BadRequest,
                    _ => StoreErrorKind::Unsupported,
                };
                fail(kind).with_message(error.to_string())
            })?;
        let uri = address(ask, &place);
        let now = SystemTime::now();
        let request =
            signed_request(ask, &uri, &place.host, &place.region, &keys, now).map_err(|error| {
                let message = format!("the request could not be signed: {error}");
                fail(StoreErrorKind::BadRequest).with_message(message)
            })?;
        crate::check::check_before_sending(ask, &place, &request)
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
fn address(ask: &Ask<'_>, place: &Place) -> String {
    let mut uri = format!("{}{}", place.origin, place.path);
    if let Some(key) = ask.key {
        uri.push('/');
        push_path(&mut uri, key.as_str());
    } else if place.path.is_empty() {
        uri.push('/');
    }
    if !ask.query.is_empty() {
        uri.push('?');
        uri.push_str(&ask.query);
    }
    uri
}
