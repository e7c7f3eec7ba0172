//! Attempts at one request until there is an answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::provider::{Signals, recognise};
use partsweep_core::{BucketName, Operation, StoreError, StoreErrorKind};
use tokio::time::Instant;

use crate::answer::{ErrorDocument, Refusal, describe, request_id, understand};
use crate::ask::Ask;
use crate::failure::diagnose;
use crate::region::of_location;
use crate::retry::{Again, Tries};
use crate::sign::signed_request;
use crate::store::Store;
use crate::transport::{Patience, Received};
use crate::uri::push_path;
use crate::xml::ReadError;

/// A request that failed for good.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: StoreError,
    /// An attempt before the last may have been carried out by the store.
    pub(crate) reached_before: bool,
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// One attempt that failed.
struct Attempt {
    error: StoreError,
    again: Again,
    may_have_reached: bool,
    /// The answer was about regions; it may have named the right one.
    wrong_region: bool,
    region: Option<String>,
    used_region: Option<Arc<str>>,
    used_keys: Option<Credentials>,
}

impl Attempt {
    fn before_sending(error: StoreError) -> Self {
        Self {
            error,
            again: Again::Never,
            may_have_reached: false,
            wrong_region: false,
            region: None,
            used_region: None,
            used_keys: None,
        }
    }
}

impl Store {
    /// Asks until `read` understands a success, or it makes no sense to ask again.
    pub(crate) async fn send<T>(
        &self,
        ask: &Ask<'_>,
        read: impl Fn(&HeaderMap, &Bytes) -> Result<T, ReadError>,
    ) -> Result<T, Failed> {
        let end = Instant::now() + self.timeouts.total;
        let mut tries = Tries::new(ask.unreadable_tries);
        let (mut looked_for_region, mut renewed_keys, mut reached_before) = (false, false, false);
        loop {
            let failed = match self.attempt(ask, &read, end).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            if failed.wrong_region && !looked_for_region {
                looked_for_region = true;
                if self.find_region(ask.bucket, &failed, end).await {
                    continue;
                }
            }
            if !renewed_keys
                && matches!(
                    failed.error.code.as_deref(),
                    Some("ExpiredToken" | "TokenRefreshRequired")
                )
                && failed
                    .used_keys
                    .as_ref()
                    .is_some_and(|keys| self.keys.forget(keys))
            {
                renewed_keys = true;
                continue;
            }
            let wait = tries
                .failed(failed.again)
                .filter(|wait| Instant::now() + *wait < end);
            let Some(wait) = wait else {
                return Err(Failed {
                    error: failed.error,
                    reached_before,
                });
            };
            reached_before |= failed.may_have_reached;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
    }

    async fn attempt<T>(
        &self,
        ask: &Ask<'_>,
        read: &impl Fn(&HeaderMap, &Bytes) -> Result<T, ReadError>,
        end: Instant,
    ) -> Result<T, Attempt> {
        let slot = self.pace.enter().await;
        let fail = |kind| StoreError::new(ask.operation, ask.bucket, kind);
        let region = self.regions.to_use(ask.bucket);
        let keys = self.keys.get().await.map_err(|error| {
            Attempt::before_sending(fail(StoreErrorKind::NoCredentials).with_source(error))
        })?;
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
                    crate::place::PlaceError::Rules(_) => StoreErrorKind::BadRequest,
                    _ => StoreErrorKind::Unsupported,
                };
                Attempt::before_sending(fail(kind).with_message(error.to_string()))
            })?;
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
        let request = signed_request(
            &ask.method,
            &uri,
            &place.host,
            &place.region,
            &keys,
            SystemTime::now(),
        )
        .map_err(|error| {
            let message = format!("the request could not be signed: {error}");
            Attempt::before_sending(fail(StoreErrorKind::BadRequest).with_message(message))
        })?;
        crate::abort::check_before_sending(ask, request.uri()).map_err(|why| {
            Attempt::before_sending(fail(StoreErrorKind::BadRequest).with_message(why))
        })?;
        let patience = self.patience(ask.operation, end);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let received = self
            .transport
            .exchange(request, patience)
            .await
            .map_err(|error| {
                let failure = diagnose(&error);
                Attempt {
                    again: failure.again,
                    may_have_reached: failure.may_have_reached,
                    ..Attempt::before_sending(fail(failure.kind).with_message(failure.message))
                }
            })?;
        self.take_note(ask.bucket, &keys, &received);
        let refusal = if received.status.is_success() {
            match read(&received.headers, &received.body) {
                Ok(value) => {
                    slot.went_well();
                    if self.places.is_aws()
                        && let Some(bucket) = ask.bucket
                    {
                        self.regions.learn(bucket, &region);
                    }
                    return Ok(value);
                }
                Err(error) => unreadable(ask, &received, error),
            }
        } else {
            understand(ask.operation, &ask.method, &received)
        };
        match refusal.again {
            Again::Slower(_) => slot.was_throttled(),
            // A store that fails is not asked faster.
            Again::Later | Again::Unreadable => drop(slot),
            _ => slot.went_well(),
        }
        let mut error = fail(refusal.kind);
        error.status = Some(received.status.as_u16());
        error.code = refusal.code.map(Into::into);
        error.message = refusal.message.map(Into::into);
        error.request_id = refusal.request_id.map(Into::into);
        Err(Attempt {
            error,
            again: refusal.again,
            // A store that asks for fewer requests has turned this one away.
            may_have_reached: matches!(refusal.again, Again::Later | Again::Unreadable),
            wrong_region: refusal.wrong_region,
            region: refusal.region,
            used_region: Some(region),
            used_keys: Some(keys),
        })
    }

    fn patience(&self, operation: Operation, end: Instant) -> Patience {
        let left = end
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let (read, whole) = match operation {
            Operation::AbortMultipartUpload => (self.timeouts.abort, self.timeouts.abort),
            _ => (self.timeouts.read, self.timeouts.request),
        };
        Patience {
            read: read.min(left),
            whole: whole.min(left),
        }
    }

    /// Keeps what an answer tells besides: who sent it, and where the bucket is.
    fn take_note(&self, bucket: Option<&BucketName>, keys: &Credentials, received: &Received) {
        let headers = &received.headers;
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if self.provider.get().is_none() {
            let provider = recognise(&Signals {
                host: &self.host,
                server: value("server"),
                request_id: value("x-amz-request-id"),
                access_key: Some(keys.access_key_id()),
                openstack: headers.contains_key("x-trans-id")
                    || headers.contains_key("x-openstack-request-id"),
                rgw: headers
                    .keys()
                    .any(|name| name.as_str().starts_with("x-rgw-")),
            });
            self.keep_provider(provider);
        }
        if received.status.is_success()
            && let (Some(bucket), Some(region)) = (bucket, value("x-amz-bucket-region"))
            && !region.is_empty()
        {
            self.regions.learn(bucket, region);
        }
    }

    /// Finds the region that a request should have been for; says whether it is another.
    async fn find_region(
        &self,
        bucket: Option<&BucketName>,
        failed: &Attempt,
        end: Instant,
    ) -> bool {
        let used = failed.used_region.as_deref().unwrap_or_default();
        let is_news =
            |region: &Option<String>| region.as_deref().is_some_and(|region| region != used);
        let mut found = failed.region.clone().filter(|region| !region.is_empty());
        if !is_news(&found)
            && let Some(bucket) = bucket
        {
            found = self.ask_for_region(bucket, end).await;
        }
        match found.filter(|region| region != used) {
            Some(region) => {
                self.regions.correct(bucket, &region);
                true
            }
            None => false,
        }
    }

    /// HeadBucket names the region whatever else it answers; GetBucketLocation needs a right.
    async fn ask_for_region(&self, bucket: &BucketName, end: Instant) -> Option<String> {
        let head = Ask::new(Operation::HeadBucket, Method::HEAD, Some(bucket));
        let named = |headers: &HeaderMap, _: &Bytes| {
            let region = headers
                .get("x-amz-bucket-region")
                .and_then(|value| value.to_str().ok());
            Ok(region.map(str::to_owned))
        };
        let region = match self.attempt(&head, &named, end).await {
            Ok(region) => region,
            Err(failed) => failed.region,
        };
        if region.is_some() {
            return region;
        }
        let location = Ask::new(Operation::GetBucketLocation, Method::GET, Some(bucket))
            .with_query("location");
        let read = |_: &HeaderMap, body: &Bytes| crate::buckets_xml::read_location(body);
        match self.attempt(&location, &read, end).await {
            Ok(constraint) => Some(of_location(&constraint).to_owned()),
            Err(failed) => failed.region,
        }
    }
}

/// A success that could not be read.
fn unreadable(ask: &Ask<'_>, received: &Received, error: ReadError) -> Refusal {
    let (kind, again, message) = match error {
        ReadError::Malformed(why) => (StoreErrorKind::Malformed, Again::Unreadable, why),
        ReadError::NotS3 => (
            StoreErrorKind::NotS3,
            Again::Never,
            describe(&received.body).to_owned(),
        ),
        ReadError::Refused if ErrorDocument::read(&received.body).is_some() => {
            // What the code means decides, not the status: a 200 was sent before it was known.
            let mut refusal = understand(ask.operation, &ask.method, received);
            if refusal.kind == StoreErrorKind::Refused && refusal.code.is_none() {
                refusal.again = Again::Later;
            }
            return refusal;
        }
        ReadError::Refused => (
            StoreErrorKind::Malformed,
            Again::Unreadable,
            "an error document was cut".to_owned(),
        ),
    };
    Refusal {
        kind,
        again,
        code: None,
        message: Some(message),
        request_id: request_id(&received.headers),
        wrong_region: false,
        region: None,
    }
}
