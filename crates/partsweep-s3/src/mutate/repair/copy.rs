//! CopyObject: to a spare key and back.

use http::header::IF_MATCH;
use http::{HeaderMap, HeaderName, Method};
use partsweep_core::{
    BucketName, Key, ObjectHead, Operation, Spare, SpareName, StoreError, StoreErrorKind,
};

use super::metadata::{SeenObject, refused};
use super::source::{only_if, quoted, source};
use crate::mutate::mutator::Mutator;
use crate::reply::headers::header;
use crate::wire::request::S3Request;
use crate::xml::copies::copied;

/// The largest object that AWS copies at once (API reference, CopyObject).
const LARGEST_COPY: u64 = 5 << 30;

const DIRECTIVE: HeaderName = HeaderName::from_static("x-amz-metadata-directive");

/// A copy of `from` to a key of the same bucket.
fn copy<'a>(bucket: &'a BucketName, key: &'a Key, from: (&Key, Option<&str>)) -> S3Request<'a> {
    let directive = (DIRECTIVE, "COPY".to_owned());
    S3Request::new(Operation::CopyObject, Method::PUT, Some(bucket))
        .with_key(key)
        .with_headers([source(bucket, from.0, from.1), directive])
}

impl Mutator {
    /// Asks for a copy of what does not exist to a name that nobody has.
    pub(crate) async fn copy_nothing(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let [from, name] = [(); 2].map(|()| SpareName::random());
        let ask = copy(bucket, name.key(), (from.key(), None)).repeatable();
        match self.client.send(&ask, |_, body| copied(body)).await {
            Err(error) if error.kind == StoreErrorKind::NoSuchObject => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let spare = Spare {
                    bucket: bucket.clone(),
                    name,
                    version: None,
                };
                // Whatever it has made.
                let _ = self.remove_spare(&spare).await;
                let kind = StoreErrorKind::Unsupported;
                let error = StoreError::new(Operation::CopyObject, Some(bucket), kind);
                Err(error
                    .with_message("the store claims to have copied an object that doesn't exist"))
            }
        }
    }

    /// Copies an object to a spare key, if it is still this one. May be sent again: a version that
    /// this leaves under the name goes with the spare.
    pub(crate) async fn make_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> Result<Spare, StoreError> {
        let seen = self.see_same(bucket, key, object).await?;
        let ask = copy(bucket, name.key(), (key, object.version.as_deref()))
            .with_headers(only_if(object))
            .with_headers(seen.keeping())
            .repeatable();
        let read = |headers: &HeaderMap, body: &bytes::Bytes| {
            copied(body)?;
            Ok(header(headers, "x-amz-version-id"))
        };
        let told = self.client.send(&ask, read).await;
        let version = match told.map_err(|error| about_size(error, object))? {
            Some(version) => Some(version),
            // Ceph does not tell it (measured). The copy is made, whatever the look says.
            None => match self.see(bucket, name.key()).await {
                Ok(seen) => seen.named_version(),
                Err(_) => None,
            },
        };
        Ok(Spare {
            bucket: bucket.clone(),
            name: name.clone(),
            version: version.filter(|version| version != "null").map(Into::into),
        })
    }

    /// Copies a spare back over the object that it was made from, with what a copy does not take
    /// along. Sent once: the caller looks before it asks again.
    pub(crate) async fn bring_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        let grants = self.grants_to_keep(spare, key).await?;
        let seen = self.see_same(&spare.bucket, key, object).await;
        let seen = seen.map_err(|mut error| {
            if error.kind == StoreErrorKind::NoSuchObject {
                // Deleted by someone: not to be brought back to life.
                error.kind = StoreErrorKind::Changed;
            }
            error
        })?;
        let answer = self.copy_over(spare, key, &seen, &grants).await;
        match answer {
            // The data are saved also where the list cannot be.
            Err(error) if !grants.is_empty() && refused(&error) => {
                self.copy_over(spare, key, &seen, &[]).await
            }
            answer => answer,
        }
    }

    async fn copy_over(
        &self,
        spare: &Spare,
        key: &Key,
        seen: &SeenObject,
        grants: &[(HeaderName, String)],
    ) -> Result<(), StoreError> {
        let from = (spare.name.key(), spare.version.as_deref());
        let condition = self.if_match(&seen.object);
        let ask = copy(&spare.bucket, key, from)
            .with_headers(seen.not_copied())
            .with_headers(condition)
            .with_headers(grants.iter().cloned());
        self.client.send(&ask, |_, body| copied(body)).await
    }

    /// The condition on what a copy overwrites, where it is known to be honoured (AWS) or overlooked
    /// (Ceph, measured). Elsewhere it may be refused, or taken for one on the source.
    fn if_match(&self, object: &ObjectHead) -> Option<(HeaderName, String)> {
        let is_known = self.client.provider().if_match_on_copy;
        let etag = object.etag.as_deref().filter(|_| is_known)?;
        Some((IF_MATCH, quoted(etag)))
    }

    /// The grants of an object that a copy of its spare would not have by itself.
    async fn grants_to_keep(
        &self,
        spare: &Spare,
        key: &Key,
    ) -> Result<Vec<(HeaderName, String)>, StoreError> {
        let Some(list) = self.access_list(&spare.bucket, key).await? else {
            return Ok(Vec::new());
        };
        let usual = self.access_list(&spare.bucket, spare.name.key()).await?;
        if usual.is_some_and(|usual| usual.grants_as(&list)) {
            return Ok(Vec::new());
        }
        Ok(list.headers().unwrap_or_default())
    }
}

/// Tells a refusal for the object's size from others of the same code.
fn about_size(mut error: StoreError, object: &ObjectHead) -> StoreError {
    let is_over = object.bytes.is_some_and(|bytes| bytes > LARGEST_COPY);
    let says_so = |message: &str| message.contains("maximum allowable size");
    let is_about = match error.code.as_deref() {
        Some("InvalidRequest") => is_over || error.message.as_deref().is_some_and(says_so),
        _ => error.status == Some(413),
    };
    if is_about {
        error.kind = StoreErrorKind::TooLarge;
    }
    error
}
