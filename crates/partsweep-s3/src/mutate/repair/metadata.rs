//! What an object has beside its data, carried over to what is written in its place.

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use http::{HeaderMap, HeaderName, Method};
use partsweep_core::{BucketName, Key, ObjectHead, Operation, StoreError, StoreErrorKind};

use crate::mutate::mutator::Mutator;
use crate::reply::headers::header;
use crate::reply::object::object;
use crate::wire::request::S3Request;

/// How and where the data are kept. No copy takes it from its source (AWS user guide, "Copying
/// objects"): without it they would move to the bucket's usual class and encryption.
const KEEPING: [HeaderName; 4] = [
    HeaderName::from_static("x-amz-storage-class"),
    HeaderName::from_static("x-amz-server-side-encryption"),
    HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id"),
    HeaderName::from_static("x-amz-server-side-encryption-bucket-key-enabled"),
];

/// Not taken from the source by a copy either.
const REDIRECT: HeaderName = HeaderName::from_static("x-amz-website-redirect-location");

/// What a copy takes from its source by itself, beside `x-amz-meta-*`.
const SAID: [HeaderName; 6] = [
    CONTENT_TYPE,
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    EXPIRES,
];

/// An object as HEAD shows it.
#[derive(Debug)]
pub(super) struct SeenObject {
    pub(super) object: ObjectHead,
    headers: HeaderMap,
}

impl SeenObject {
    /// Whether it is this object: its ETag, its size, and written at the same moment.
    pub(super) fn is(&self, other: &ObjectHead) -> bool {
        let ObjectHead {
            bytes,
            last_modified,
            etag,
            version: _,
        } = &self.object;
        (bytes, last_modified, etag) == (&other.bytes, &other.last_modified, &other.etag)
    }

    /// The version as it was named, `null` included.
    pub(super) fn named_version(&self) -> Option<String> {
        header(&self.headers, "x-amz-version-id")
    }

    /// What has to be said for a copy to be kept as this object is.
    pub(super) fn keeping(&self) -> Vec<(HeaderName, String)> {
        self.texts(&KEEPING)
    }

    /// What has to be said for a copy to be as this object is.
    pub(super) fn not_copied(&self) -> Vec<(HeaderName, String)> {
        let mut headers = self.keeping();
        headers.extend(self.texts(&[REDIRECT]));
        headers
    }

    /// What has to be said for a new object to be as this one is.
    pub(super) fn all(&self) -> Vec<(HeaderName, String)> {
        let mut headers = self.not_copied();
        headers.extend(self.texts(&SAID));
        let names = self.headers.keys();
        let metadata: Vec<_> = names
            .filter(|name| name.as_str().starts_with("x-amz-meta-"))
            .cloned()
            .collect();
        headers.extend(self.texts(&metadata));
        headers
    }

    /// The headers of these names that are there. What is not UTF-8 cannot be signed and is lost.
    fn texts(&self, names: &[HeaderName]) -> Vec<(HeaderName, String)> {
        let text = |name: &HeaderName| {
            let value = self.headers.get(name)?.as_bytes();
            Some((name.clone(), std::str::from_utf8(value).ok()?.to_owned()))
        };
        names.iter().filter_map(text).collect()
    }
}

impl Mutator {
    /// Looks at an object; [`StoreErrorKind::NoSuchObject`] if the store says that there is none.
    pub(super) async fn see(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<SeenObject, StoreError> {
        let ask = S3Request::new(Operation::HeadObject, Method::HEAD, Some(bucket)).with_key(key);
        let read = |headers: &HeaderMap, _: &_| {
            Ok(SeenObject {
                object: object(headers),
                headers: headers.clone(),
            })
        };
        self.client.send(&ask, read).await.map_err(|mut error| {
            // One that may not come from the store proves nothing.
            if error.status == Some(404) && error.kind == StoreErrorKind::NotS3 {
                error.kind = StoreErrorKind::Server;
            }
            error
        })
    }

    /// Looks at an object that must still be this one; else
    /// [`StoreErrorKind::Changed`].
    pub(super) async fn see_same(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<SeenObject, StoreError> {
        let seen = self.see(bucket, key).await?;
        if seen.is(object) {
            return Ok(seen);
        }
        let error = StoreError::new(Operation::HeadObject, Some(bucket), StoreErrorKind::Changed);
        Err(error.with_message("the object has been replaced"))
    }
}

/// Whether the store refused to tell, rather than failed: then what it does not tell is lost, and
/// the data are saved all the same.
pub(super) fn cannot_be_told(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Denied
            | Kind::Unsupported
            | Kind::Refused
            | Kind::NotS3
            | Kind::Malformed
            | Kind::NoSuchObject
    )
}

/// Whether a write was refused, perhaps only for the grants in it.
pub(super) fn refused(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(error.kind, Kind::Denied | Kind::Refused | Kind::Unsupported)
}
