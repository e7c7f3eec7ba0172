//! One attempt at a request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use partsweep_core::{LookTime, Operation, StoreError, StoreErrorKind};
use tokio::time::Instant;

use super::client::Client;
use super::explain::{about_host, about_path, is_at_tls, may_be_of_region};
use super::prepare::Prepared;
use super::request::S3Request;
use super::session::Session;
use crate::net::collect::{FREE, Spilled};
use crate::net::failure::diagnose;
use crate::net::limits::Limits;
use crate::net::transport::Received;
use crate::pace::limiter::Lane;
use crate::pace::retry::Again;
use crate::reply::refusal::{brief, understand, unreadable};
use crate::xml::ReadError;

/// The longest body but for listings: an error or the access list of an object has a few kB.
const LONGEST_BODY: usize = FREE;

/// The longest page of uploads in memory; a longer one is read from a file. SeaweedFS had up to 2,700
/// entries in 1.5 MB.
const LONGEST_PAGE: usize = 4 << 20;

/// The longest listing of uploads: MinIO, which ignores `max-uploads`, lists a million in as much.
const LONGEST_LISTING: u64 = 512 << 20;

/// The longest page of parts: SeaweedFS lists all 10,000 of an upload in 3 MB, and with checksums
/// it would be twice that.
const LONGEST_PARTS: usize = 8 << 20;

/// The longest page of buckets: 100 bytes each on Ceph, which lists them all at once.
const LONGEST_BUCKETS: usize = 32 << 20;

/// The longest lifecycle: 1,000 rules, the most that S3 takes, have some 700 kB.
const LONGEST_LIFECYCLE: usize = partsweep_core::lifecycle::document::LONGEST_DOCUMENT;

/// The longest that one part may take: 5 GiB at 62 kB a second.
const LONGEST_PART: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an answer may come in drips before it is asked for anew.
const LONGEST_DRIP: Duration = Duration::from_secs(30);

/// How long a request may take, over its attempts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) end: Instant,
    /// What is left of the time without progress: a store that takes each attempt and says nothing is
    /// not waited for once more with each.
    pub(super) patience: Duration,
}

/// How an answer is read.
pub(crate) trait Read<T> {
    /// Whether one that is too long for memory can be read too.
    const LONG: bool;

    /// Reads one that is in memory, whose head came then.
    fn read(&self, headers: &HeaderMap, body: &Bytes, answered: LookTime) -> Result<T, ReadError>;

    /// Reads one that is in a file.
    fn read_long(&self, headers: &HeaderMap, body: Spilled) -> Result<T, ReadError>;
}

impl<T, F: Fn(&HeaderMap, &Bytes) -> Result<T, ReadError>> Read<T> for F {
    const LONG: bool = false;

    fn read(&self, headers: &HeaderMap, body: &Bytes, _: LookTime) -> Result<T, ReadError> {
        self(headers, body)
    }

    fn read_long(&self, _: &HeaderMap, _: Spilled) -> Result<T, ReadError> {
        Err(ReadError::NotS3)
    }
}

/// Of a 404 that may come from whatever stands before the store.
const NOT_FROM_STORE: &str = "a 404 without the request ID that this store's responses have: it may come from a proxy, and proves nothing";

/// One attempt that failed.
pub(super) struct Attempt {
    pub(super) error: StoreError,
    pub(super) again: Again,
    /// The store may have got the request.
    pub(super) may_have_reached: bool,
    /// The answer was about regions; it may have named the right one.
    pub(super) wrong_region: bool,
    pub(super) region: Option<String>,
    pub(super) used_region: Option<Arc<str>>,
    pub(super) used_keys: Option<Credentials>,
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

    /// How it bears on the next attempt. What may have changed something is sent
    /// again only if that does no harm: a look is good for one abort, and only the engine can look
    /// (law 4).
    pub(super) fn again(&self, ask: &S3Request<'_>) -> Again {
        if !ask.repeatable && self.may_have_reached {
            Again::Never
        } else {
            self.again
        }
    }
}

impl Client {
    /// Sends a request once; `number` counts its attempts from 1 on. Its turn is waited for as long as it
    /// takes: `end` is put off by that.
    pub(super) async fn attempt<T, R: Read<T>>(
        &self,
        ask: &S3Request<'_>,
        read: &R,
        end: &mut Deadline,
        number: u32,
    ) -> Result<T, Attempt> {
        let fail = |kind| StoreError::new(ask.operation, ask.bucket, kind);
        let (slot, prepared) = loop {
            // Before its turn: to get one is a request, too, which waits for a turn of its own.
            let session = self
                .session_for(ask)
                .await
                .map_err(Attempt::before_sending)?;
            let queued = Instant::now();
            let slot = self
                .pace
                .enter(&self.endpoint_of(ask), Lane::of(ask.operation, ask.bucket))
                .await;
            end.end += queued.elapsed();
            if let Some(given_up) = self.given_up(ask) {
                return Err(given_up);
            }
            // It may have ended in the queue, and another may have been made.
            let session = session.map(|session| self.newest_session(ask, session));
            if session.as_ref().is_some_and(Session::has_ended) {
                continue;
            }
            let prepared = self.prepare(ask, session.as_ref()).await;
            let prepared = prepared.map_err(Attempt::before_sending)?;
            // The bucket may have been found elsewhere meanwhile: then it waits there.
            if slot.is_for(&self.endpoint_in(ask, &prepared.region)) {
                break (slot, prepared);
            }
        };
        let Prepared {
            request,
            place,
            region,
            keys,
        } = prepared;
        if ask.may_begin.is_some_and(|may_begin| !may_begin.0()) {
            let late =
                fail(StoreErrorKind::LookTooOld).with_message("it was stopped before it was sent");
            return Err(Attempt::before_sending(late));
        }
        let limits = self.limits(ask.operation, R::LONG, *end);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let sent = Instant::now();
        let authorization = request.headers().get(header::AUTHORIZATION).cloned();
        let exchanged = match ask.look {
            Some(look) => self.transport.exchange_abort(request, limits, look).await,
            None => self.transport.exchange(request, limits).await,
        };
        if let Some(observer) = &self.observer {
            let took = sent.elapsed();
            self.tell(
                observer,
                ask,
                number,
                took,
                &exchanged,
                authorization.as_ref(),
            );
        }
        let spilled;
        let received = match exchanged {
            Ok(mut received) => {
                self.clean_headers(&mut received.headers);
                spilled = received.spilled.take();
                self.life.answered();
                end.patience = self.timeouts.read;
                received
            }
            Err(error) => {
                let waited = sent.elapsed();
                let failure = diagnose(&error);
                if failure.kind != StoreErrorKind::LookTooOld {
                    self.life.failed(waited);
                }
                if failure.kind == StoreErrorKind::Timeout {
                    slot.was_silent();
                    end.patience = end.patience.saturating_sub(waited);
                }
                let message = format!("{}: {}", place.origin, failure.message);
                return Err(Attempt {
                    again: failure.again,
                    may_have_reached: failure.may_have_reached,
                    ..Attempt::before_sending(fail(failure.kind).with_message(message))
                });
            }
        };
        self.take_note(ask, &received);
        let hear = || self.known.hear(&received.headers, keys.access_key_id());
        let mut refusal = if received.status.is_success() {
            let value = match spilled {
                Some(spilled) => read.read_long(&received.headers, spilled),
                None => read.read(&received.headers, &received.body, received.answered),
            };
            match value {
                Ok(value) => {
                    if !received.body.is_empty() {
                        hear();
                    }
                    slot.went_well();
                    self.keys_work.store(true, Ordering::Relaxed);
                    if let Some(bucket) = ask.bucket {
                        self.regions.confirm(bucket, &region);
                    }
                    return Ok(value);
                }
                Err(error) => unreadable(ask.operation, &ask.method, &received, error),
            }
        } else {
            understand(ask.operation, &ask.method, &received)
        };
        if refusal.is_document {
            hear();
        }
        if ask.operation == Operation::HeadObject
            && received.status == StatusCode::NOT_FOUND
            && refusal.kind == StoreErrorKind::NotS3
        {
            // Without a body nothing else says that the store itself has answered (law 13).
            if self.known.is_from_store(&received.headers) {
                refusal.kind = StoreErrorKind::NoSuchObject;
            } else {
                refusal.message = Some(NOT_FROM_STORE.to_owned());
                refusal.again = Again::Later;
            }
        }
        if refusal.kind == StoreErrorKind::BadCredentials
            && ask.bucket.is_some()
            && refusal.code.as_deref().is_some_and(may_be_of_region)
            && self.keys_work.load(Ordering::Relaxed)
        {
            refusal.kind = StoreErrorKind::RegionNotEnabled;
        }
        if let Some(message) = is_at_tls(&received, &place, &self.endpoint) {
            refusal.kind = StoreErrorKind::NotS3;
            refusal.wrong_region = false;
            refusal.again = Again::Never;
            refusal.message = Some(message);
        }
        match refusal.again {
            Again::Slower(_) => slot.was_throttled(),
            // A store that fails is not asked faster.
            Again::Later | Again::Unreadable => drop(slot),
            _ => slot.went_well(),
        }
        let names_another = refusal
            .region
            .as_deref()
            .is_some_and(|named| named != &*region);
        let wrong_region = refusal.wrong_region
            && (!refusal.only_perhaps
                || names_another
                || !self.regions.is_confirmed(ask.bucket, &region));
        let mut error = fail(refusal.kind);
        let authorization = authorization.as_ref().and_then(|value| value.to_str().ok());
        // Before it is cut: half a secret is not known any more.
        let brief = |text: String| {
            let clean = self
                .secrets
                .redact_answer(&text, authorization.unwrap_or_default());
            brief(clean.into_owned())
        };
        error.status = Some(received.status.as_u16());
        error.code = refusal.code.map(brief);
        let about_path = about_path(self.places.path(), &error)
            .or_else(|| about_host(&self.endpoint, ask.bucket, &error));
        error.message = match (refusal.message, about_path) {
            (Some(message), Some(about)) => Some(format!("{}; {about}", brief(message)).into()),
            (message, about) => message.or(about).map(brief),
        };
        error.request_id = refusal.request_id.map(brief);
        Err(Attempt {
            error,
            again: refusal.again,
            // Also a 503: what answers it may stand in front of what has done it.
            may_have_reached: true,
            wrong_region,
            region: refusal
                .region
                .filter(|region| !self.secrets.are_in_name(region)),
            used_region: Some(region),
            used_keys: Some(keys),
        })
    }

    /// Takes secrets out of the headers of an answer: what is only shown is redacted, what is gone by has
    /// not come.
    fn clean_headers(&self, headers: &mut HeaderMap) {
        const GONE_BY: [&str; 3] = ["etag", "x-amz-version-id", "x-amz-bucket-region"];
        let mut gone = Vec::new();
        for (name, value) in headers.iter_mut() {
            let Ok(text) = value.to_str() else { continue };
            // Access key ids are no secret here: Server and the request id are told from by them.
            if !self.secrets.are_in_name(text) {
                continue;
            }
            if GONE_BY.contains(&name.as_str()) {
                gone.push(name.clone());
            } else {
                let clean = self.secrets.redact(text);
                *value = HeaderValue::from_str(&clean)
                    .unwrap_or_else(|_| HeaderValue::from_static("[redacted]"));
            }
        }
        for name in gone {
            headers.remove(name);
        }
    }

    /// The failure of a request that is not sent, since the store was given up. What may save an object
    /// is always tried (law 12).
    fn given_up(&self, ask: &S3Request<'_>) -> Option<Attempt> {
        if !is_much(ask.operation) {
            return None;
        }
        let (silent, endpoint) = (self.life.given_up()?.as_secs(), &self.endpoint);
        let error = StoreError::new(ask.operation, ask.bucket, StoreErrorKind::Unreachable)
            .with_message(format!(
                "{endpoint}: no response to any request for {silent} s"
            ));
        Some(Attempt::before_sending(error))
    }

    fn limits(&self, operation: Operation, reads_long: bool, end: Deadline) -> Limits {
        let left = end
            .end
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let (read, whole, drip) = match operation {
            Operation::AbortMultipartUpload => (self.timeouts.abort, self.timeouts.abort, None),
            Operation::CopyObject
            | Operation::UploadPartCopy
            | Operation::CompleteMultipartUpload => (self.timeouts.copy, self.timeouts.copy, None),
            // As long as it goes on: a part can have 5 GiB, and a line can be slow.
            Operation::UploadPart => {
                let read = self.timeouts.read;
                let drip = LONGEST_DRIP.min(read / 2);
                return Limits {
                    read,
                    drip: Some(drip),
                    whole: LONGEST_PART,
                    body: LONGEST_BODY,
                    disk: 0,
                };
            }
            _ => {
                let drip = LONGEST_DRIP.min(self.timeouts.read / 2);
                let probe = self.life.probe().filter(|_| is_much(operation));
                let read = probe.map_or(end.patience, |probe| probe.min(end.patience));
                (read, self.timeouts.request, Some(drip))
            }
        };
        let body = match operation {
            Operation::ListMultipartUploads | Operation::ListObjects => LONGEST_PAGE,
            Operation::ListParts => LONGEST_PARTS,
            Operation::ListBuckets
            | Operation::ListAllBuckets
            | Operation::ListDirectoryBuckets => LONGEST_BUCKETS,
            Operation::GetBucketLifecycle => LONGEST_LIFECYCLE,
            _ => LONGEST_BODY,
        };
        Limits {
            read: read.min(left),
            drip,
            whole: whole.min(left),
            body,
            disk: if reads_long { LONGEST_LISTING } else { 0 },
        }
    }

    /// Keeps what an answer tells besides: where the bucket is, and whether it has versions.
    fn take_note(&self, ask: &S3Request<'_>, received: &Received) {
        let headers = &received.headers;
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(bucket) = ask.bucket else {
            return;
        };
        if received.status.is_success()
            && let Some(region) = value("x-amz-bucket-region")
            && !region.is_empty()
        {
            self.regions.learn(bucket, region);
        }
        if ask.operation == Operation::HeadObject
            && (headers.contains_key("x-amz-version-id")
                || headers.contains_key("x-amz-delete-marker"))
        {
            self.versions.hint(bucket);
            if value("x-amz-delete-marker") == Some("true") {
                self.versions.see_marker(bucket);
            }
        }
    }
}

/// What a store that was given up is not asked for any more.
fn is_much(operation: Operation) -> bool {
    use Operation as Op;
    matches!(
        operation,
        Op::ListBuckets
            | Op::ListAllBuckets
            | Op::GetBucketStats
            | Op::ListObjects
            | Op::ListMultipartUploads
            | Op::ListParts
            | Op::AbortMultipartUpload
    )
}
