//! What the headers of an answer tell of an object.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, ETAG, HeaderName, LAST_MODIFIED};
use partsweep_core::ObjectHead;
use partsweep_core::model::believe;

use super::headers::{header, http_date};

/// The version that an answer names; none also for `null`, which says that there are none.
pub(crate) fn version(headers: &HeaderMap) -> Option<Box<str>> {
    let version = header(headers, "x-amz-version-id")?;
    (version != "null").then(|| version.into())
}

/// Reads the answer to a HEAD. A date from before S3 is none (law 13).
pub(crate) fn object(headers: &HeaderMap) -> ObjectHead {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    ObjectHead {
        bytes: value(CONTENT_LENGTH).and_then(|bytes| bytes.parse().ok()),
        last_modified: value(LAST_MODIFIED)
            .and_then(http_date)
            .and_then(believe::time),
        etag: value(ETAG).map(|etag| etag.trim_matches('"').to_owned()),
        version: version(headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_from_before_s3_has_no_date() {
        let of = |date: &'static str| {
            let date = http::HeaderValue::from_static(date);
            object(&HeaderMap::from_iter([(LAST_MODIFIED, date)])).last_modified
        };
        assert!(of("Sat, 28 Nov 2026 20:00:00 GMT").is_some());
        for date in [
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "yesterday",
        ] {
            assert_eq!(of(date), None, "{date}");
        }
    }
}
