//! What the headers of an answer tell of an object.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, ETAG, HeaderName, LAST_MODIFIED};
use partsweep_core::ObjectHead;

use super::headers::{header, http_date};

/// The version that an answer names; none also for `null`, which says that there are none.
pub(crate) fn version(headers: &HeaderMap) -> Option<Box<str>> {
    let version = header(headers, "x-amz-version-id")?;
    (version != "null").then(|| version.into())
}

/// Reads the answer to a HEAD.
pub(crate) fn object(headers: &HeaderMap) -> ObjectHead {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    ObjectHead {
        bytes: value(CONTENT_LENGTH).and_then(|bytes| bytes.parse().ok()),
        last_modified: value(LAST_MODIFIED).and_then(http_date),
        etag: value(ETAG).map(|etag| etag.trim_matches('"').to_owned()),
        version: version(headers),
    }
}
