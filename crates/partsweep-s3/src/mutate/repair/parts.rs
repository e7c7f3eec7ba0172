//! Writing an object anew from itself, in parts: where it is too large to be copied at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::IF_MATCH;
use http::{HeaderMap, HeaderName, Method};
use partsweep_core::{
    BucketName, Key, NamedPart, ObjectHead, Operation, SpareName, StoreError, StoreErrorKind,
    UploadId,
};

use super::metadata::{SeenObject, refused};
use super::pieces::{Piece, pieces};
use super::source::{only_if, quoted, source};
use crate::address::escape::push_parameter;
use crate::mutate::complete::complete_of;
use crate::mutate::mutator::Mutator;
use crate::mutate::own::OwnUpload;
use crate::wire::request::S3Request;
use crate::xml::ReadError;
use crate::xml::copies::{completed, part_etag, upload_id};

const RANGE: HeaderName = HeaderName::from_static("x-amz-copy-source-range");

fn begin<'a>(
    bucket: &'a BucketName,
    key: &'a Key,
    about: &[(HeaderName, String)],
) -> S3Request<'a> {
    S3Request::new(Operation::CreateMultipartUpload, Method::POST, Some(bucket))
        .with_key(key)
        .with_query("uploads")
        .with_headers(about.iter().cloned())
}

fn read_id(_: &HeaderMap, body: &Bytes) -> Result<UploadId, ReadError> {
    let id = upload_id(body)?;
    UploadId::new(id).map_err(|error| ReadError::Malformed(error.to_string()))
}

impl Mutator {
    /// Writes an object anew from itself, if it is still this one.
    pub(crate) async fn rewrite(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        if self.may_mistake(key) {
            let kind = StoreErrorKind::Unsupported;
            let error = StoreError::new(Operation::UploadPartCopy, Some(bucket), kind);
            return Err(error.with_message("the store might misread this key"));
        }
        let seen = self.see_same(bucket, key, object).await?;
        let pieces = pieces(object.bytes.unwrap_or_default());
        if pieces.is_empty() {
            let kind = StoreErrorKind::BadRequest;
            let error = StoreError::new(Operation::UploadPartCopy, Some(bucket), kind);
            return Err(error.with_message("there is no data to rewrite"));
        }
        let upload = self.begin_as(bucket, key, &seen).await?;
        let filled = match self.fill(&upload, object, &pieces).await {
            // Nothing else guards where conditions are overlooked.
            Ok(etags) => self.see_same(bucket, key, object).await.map(|_| etags),
            Err(error) => Err(error),
        };
        match filled {
            Ok(etags) => self.finish(&upload, object, &etags).await,
            Err(error) => {
                // It is told why; a leftover that stays is found by the next scan.
                let _ = self.abort_own(&upload).await;
                Err(error)
            }
        }
    }

    /// Whether the data of another object might be copied: Ceph's UploadPartCopy decodes the key of
    /// its source twice, so that it takes `%41` for `A` and `k?x` for `k` (measured), and overlooks
    /// the condition that would tell them apart.
    fn may_mistake(&self, key: &Key) -> bool {
        self.client.provider().decodes_source_twice && key.as_str().contains(['%', '?'])
    }

    /// Begins an upload under a spare name, to be aborted at once.
    pub(super) async fn begin_nothing(
        &self,
        bucket: &BucketName,
        name: &SpareName,
    ) -> Result<OwnUpload, StoreError> {
        let id = self
            .client
            .send(&begin(bucket, name.key(), &[]), read_id)
            .await?;
        Ok(OwnUpload::begun(bucket, name.key(), id))
    }

    /// Begins an upload whose object will have all that this one has beside its data.
    async fn begin_as(
        &self,
        bucket: &BucketName,
        key: &Key,
        seen: &SeenObject,
    ) -> Result<OwnUpload, StoreError> {
        let mut about = seen.all();
        about.extend(self.tags(bucket, key).await?);
        let list = self.access_list(bucket, key).await?;
        let grants = list
            .filter(|list| !list.is_as_new(self.inspector.account()))
            .and_then(|list| list.headers())
            .unwrap_or_default();
        let ask = begin(bucket, key, &about);
        let id = match self
            .client
            .send(&ask.with_headers(grants.clone()), read_id)
            .await
        {
            // Grants are a right of their own: the data are saved also where it is missing.
            Err(error) if !grants.is_empty() && refused(&error) => {
                self.client
                    .send(&begin(bucket, key, &about), read_id)
                    .await?
            }
            answer => answer?,
        };
        Ok(OwnUpload::begun(bucket, key, id))
    }

    /// Copies all parts, four at a time; gives back their ETags by number. After a failure nothing
    /// new is begun, and what is under way is waited for: an abort that crosses a part would leave
    /// its data where nobody finds them (Ceph, measured).
    async fn fill(
        &self,
        upload: &OwnUpload,
        object: &ObjectHead,
        pieces: &[Piece],
    ) -> Result<Vec<(u32, String)>, StoreError> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done = Mutex::new(Vec::with_capacity(pieces.len()));
        let work = || async {
            while !failed.load(Ordering::Relaxed)
                && let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let etag = self.copy_piece(upload, object, *piece).await;
                let etag = etag.inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push((piece.number, etag));
            }
            Ok::<(), StoreError>(())
        };
        let ends = tokio::join!(work(), work(), work(), work());
        for end in [ends.0, ends.1, ends.2, ends.3] {
            end?;
        }
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable();
        Ok(done)
    }

    async fn copy_piece(
        &self,
        upload: &OwnUpload,
        object: &ObjectHead,
        piece: Piece,
    ) -> Result<String, StoreError> {
        let address = upload.address();
        let mut query = String::new();
        push_parameter(&mut query, "partNumber", &piece.number.to_string());
        push_parameter(&mut query, "uploadId", address.id.as_str());
        let version = object.version.as_deref();
        let range = format!("bytes={}-{}", piece.first, piece.last);
        let ask = S3Request::new(
            Operation::UploadPartCopy,
            Method::PUT,
            Some(&address.bucket),
        )
        .with_key(&address.key)
        .with_query(query)
        .with_headers([
            source(&address.bucket, &address.key, version),
            (RANGE, range),
        ])
        .with_headers(only_if(object))
        // The same part once more takes its own place.
        .repeatable();
        self.client.send(&ask, |_, body| part_etag(body)).await
    }

    /// Completes the upload, if the object is still this one. It is aborted only where the store
    /// has refused: an abort that crosses a complete is what destroys objects.
    async fn finish(
        &self,
        upload: &OwnUpload,
        object: &ObjectHead,
        etags: &[(u32, String)],
    ) -> Result<(), StoreError> {
        let mut answer = self.complete(upload, object.etag.as_deref(), etags).await;
        if let Err(error) = &answer
            && error.kind == StoreErrorKind::Unsupported
        {
            // It does not know the condition; the look just before has to do.
            answer = self.complete(upload, None, etags).await;
        }
        let error = match answer {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if is_refusal(&error) {
            let _ = self.abort_own(upload).await;
            return Err(error);
        }
        let address = upload.address();
        let seen = self.see(&address.bucket, &address.key).await;
        match seen {
            Ok(seen) if is_rewritten(&seen, object, etags.len()) => Ok(()),
            _ => Err(error),
        }
    }

    async fn complete(
        &self,
        upload: &OwnUpload,
        only_over: Option<&str>,
        etags: &[(u32, String)],
    ) -> Result<(), StoreError> {
        let parts = etags.iter().map(|(number, etag)| NamedPart {
            number: *number,
            etag: etag.clone(),
            checksum: None,
        });
        let ask = complete_of(upload.address(), parts)
            .with_headers(only_over.map(|etag| (IF_MATCH, quoted(etag))));
        self.client.send(&ask, |_, body| completed(body)).await
    }
}

/// Whether a complete was certainly not done.
fn is_refusal(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    refused(error)
        || matches!(
            error.kind,
            Kind::Changed
                | Kind::TooLarge
                | Kind::BadCredentials
                | Kind::NoCredentials
                | Kind::ClockSkew(_)
                | Kind::BadRequest
        )
}

/// Whether what is there now is the object written anew, not the one before.
fn is_rewritten(seen: &SeenObject, before: &ObjectHead, parts: usize) -> bool {
    let of_parts = format!("-{parts}");
    let etag = seen.object.etag.as_deref();
    !seen.is(before)
        && seen.object.bytes == before.bytes
        && etag.is_some_and(|etag| etag.ends_with(&of_parts))
}
