//! What a copy is made from.

use http::HeaderName;
use partsweep_core::{BucketName, Key, ObjectHead};

use crate::address::escape::{push_parameter, push_path};
use crate::wire::request::COPY_SOURCE;

/// As documented, and as Ceph calls it.
const IF_MATCH: [HeaderName; 2] = [
    HeaderName::from_static("x-amz-copy-source-if-match"),
    HeaderName::from_static("x-amz-copy-if-match"),
];

/// The header that names a source: bucket and key, escaped byte for byte, and its version.
pub(super) fn source(
    bucket: &BucketName,
    key: &Key,
    version: Option<&str>,
) -> (HeaderName, String) {
    let mut value = String::new();
    push_path(&mut value, bucket.as_str());
    value.push('/');
    push_path(&mut value, key.as_str());
    if let Some(version) = version {
        let mut query = String::new();
        push_parameter(&mut query, "versionId", version);
        value.push('?');
        value.push_str(&query);
    }
    (COPY_SOURCE, value)
}

/// The headers by which the store refuses (412) when the source is not this object any more.
pub(super) fn only_if(object: &ObjectHead) -> impl Iterator<Item = (HeaderName, String)> {
    let etag = object.etag.as_deref().map(quoted);
    etag.into_iter()
        .flat_map(|etag| IF_MATCH.map(|name| (name, etag.clone())))
}

/// An ETag as headers and documents have it.
pub(in crate::mutate) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_the_source_is_escaped() {
        let bucket = BucketName::new("b").unwrap();
        let of = |key: &str, version| source(&bucket, &Key::new(key).unwrap(), version).1;
        assert_eq!(of("a b+c%d?e", None), "b/a%20b%2Bc%25d%3Fe");
        assert_eq!(of("/x//../é\u{1}", None), "b//x//../%C3%A9%01");
        assert_eq!(of("k", Some("v/1")), "b/k?versionId=v%2F1");
    }
}
