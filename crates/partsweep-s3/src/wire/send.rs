//! Attempts at one request until there is an answer.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use partsweep_core::{BucketName, Operation, StoreError, StoreErrorKind};
use tokio::time::Instant;

use super::attempt::{Attempt, Deadline, Read};
use super::client::Client;
use super::request::S3Request;
use crate::pace::retry::{Again, Tries};
use crate::xml::ReadError;

impl Client {
    /// Asks until `read` understands a success, or it makes no sense to ask again.
    ///
    /// A request that is not [repeatable](S3Request::repeatable) is sent again only if the attempt before
    /// was refused for its region or its expired keys, or there was no connection to send it over.
    pub(crate) async fn send<T>(
        &self,
        ask: &S3Request<'_>,
        read: impl Fn(&HeaderMap, &Bytes) -> Result<T, ReadError>,
    ) -> Result<T, StoreError> {
        self.send_and_read(ask, read).await
    }

    /// The same where an answer of any length can be read.
    pub(crate) async fn send_and_read<T>(
        &self,
        ask: &S3Request<'_>,
        read: impl Read<T>,
    ) -> Result<T, StoreError> {
        let answer = self.ask_until_answered(ask, read).await;
        answer.map_err(|error| self.secrets.clean(error))
    }

    async fn ask_until_answered<T>(
        &self,
        ask: &S3Request<'_>,
        read: impl Read<T>,
    ) -> Result<T, StoreError> {
        let mut end = Deadline {
            end: Instant::now() + self.timeouts.total,
            patience: self.timeouts.read,
        };
        let mut tries = Tries::new(ask.unreadable_tries);
        let (mut looked_for_region, mut renewed_keys) = (false, false);
        // What others have learned meanwhile holds for this request, too, which was sent before.
        let mut said_length = false;
        let mut before_move: Option<StoreError> = None;
        let mut number = 0;
        loop {
            number += 1;
            let failed = match self.attempt(ask, &read, &mut end, number).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            if ask.part.is_some() {
                // A part takes as long as its bytes do; what is limited is the time between its attempts.
                end.end = Instant::now() + self.timeouts.total;
            }
            // Refused before anything was done, so that also an abort may be sent again.
            let wants_length = failed.error.status == Some(411)
                || failed.error.code.as_deref() == Some("MissingContentLength");
            if wants_length && !said_length {
                said_length = true;
                self.wants_length.store(true, Ordering::Relaxed);
                continue;
            }
            if failed.error.kind == StoreErrorKind::WrongAddressing
                && before_move.is_none()
                && self.is_put_into_host(ask.bucket)
            {
                before_move = Some(failed.error);
                continue;
            }
            if let Some(refused) = before_move.take_if(|_| is_no_host(&failed.error)) {
                self.places
                    .put_into_path(ask.bucket.map(BucketName::as_str));
                let why = failed.error.message.unwrap_or_default();
                return Err(refused.with_more(&format!(
                    "and in the host's name it can't be reached: {why}"
                )));
            }
            if failed.wrong_region && !looked_for_region && ask.in_region.is_none() {
                looked_for_region = true;
                if self.find_region(ask.bucket, &failed, &mut end).await {
                    continue;
                }
                // A redirect to no other region: the bucket is elsewhere only by its host.
                if self.is_put_into_host(ask.bucket) {
                    continue;
                }
            }
            if !renewed_keys && self.forget_expired(ask, &failed) {
                renewed_keys = true;
                continue;
            }
            if !ask.repeatable
                && let Again::Slower(Some(asked_for)) = failed.again
            {
                // Nobody waits here, so the next request does, whichever it is.
                let region = failed.used_region.as_ref();
                let endpoint = region.map_or_else(
                    || self.endpoint_of(ask),
                    |region| self.endpoint_in(ask, region),
                );
                self.pace.hold(&endpoint, asked_for);
            }
            let again = failed.again(ask);
            // What may be sent once only is not put off: it was decided on what was seen a moment ago.
            // Nor is the second half of a look, whose first half would be old by then (law 4).
            let is_waited_for =
                again == Again::Quickly && ask.repeatable && ask.operation != Operation::HeadObject;
            let pause = self.life.pause().filter(|_| is_waited_for);
            let wait = pause
                .or_else(|| tries.failed(again))
                .filter(|wait| Instant::now() + *wait < end.end)
                .filter(|_| !end.patience.is_zero());
            match wait {
                None => return Err(failed.error),
                Some(Duration::ZERO) => {}
                Some(wait) => {
                    if matches!(again, Again::Slower(_)) {
                        self.pace.is_held(wait);
                    }
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// Puts buckets into the host's name, unless another request has done so; says whether they are there now.
    fn is_put_into_host(&self, bucket: Option<&BucketName>) -> bool {
        let bucket = bucket.map(BucketName::as_str);
        self.places.put_into_host(bucket) || self.places.was_put_into_host(bucket)
    }

    /// Forgets the keys if the store called them expired; says whether there can be others.
    fn forget_expired(&self, ask: &S3Request<'_>, failed: &Attempt) -> bool {
        let code = failed.error.code.as_deref();
        if let (Some(bucket), Some(keys)) = (ask.bucket, &failed.used_keys)
            && matches!(code, Some("ExpiredToken" | "InvalidToken"))
            && self.is_directory_bucket(bucket)
            && self.sessions.forget(bucket, keys)
        {
            return true;
        }
        matches!(code, Some("ExpiredToken" | "TokenRefreshRequired"))
            && failed
                .used_keys
                .as_ref()
                .is_some_and(|keys| self.keys.forget(keys))
    }
}

/// Whether there is no such host, or nobody there that is trusted.
fn is_no_host(error: &StoreError) -> bool {
    matches!(
        error.kind,
        StoreErrorKind::Unreachable | StoreErrorKind::Tls
    )
}
