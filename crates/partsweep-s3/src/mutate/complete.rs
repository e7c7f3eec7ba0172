//! The one request that completes an upload that somebody else began (`partsweep rescue`).

use bytes::Bytes;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, Method};
use partsweep_core::store::answers::Completed;
use partsweep_core::{
    ApprovedRescue, NamedPart, ObjectHead, Operation, Provider, StoreError, UploadAddress,
};

use super::mutator::Mutator;
use super::repair::source::quoted;
use crate::address::escape::push_parameter;
use crate::reply::object::version;
use crate::wire::request::S3Request;
use crate::xml::ReadError;
use crate::xml::copies::completed_etag;

/// What the object is to have, in bytes (AWS API reference, CompleteMultipartUpload).
const OBJECT_SIZE: HeaderName = HeaderName::from_static("x-amz-mp-object-size");

impl Mutator {
    /// Completes an upload that someone agreed to complete (law 2). Sent once, and only while the look that it rests on
    /// is fresh (law 4); where the store honours it, only if the key still has what that look saw.
    pub(crate) async fn complete_approved(
        &self,
        rescue: &ApprovedRescue,
    ) -> Result<Completed, StoreError> {
        let address = rescue.address();
        let provider = self.client.provider();
        let ask = complete_of(address, rescue.parts())
            .with_headers(conditions(rescue.replaces(), rescue.bytes(), &provider))
            .decided_on(rescue.answered());
        self.client.send(&ask, read).await
    }
}

/// The request that completes an upload of these parts.
pub(super) fn complete_of<'a>(
    address: &'a UploadAddress,
    parts: impl Iterator<Item = NamedPart<'a>>,
) -> S3Request<'a> {
    let mut query = String::new();
    push_parameter(&mut query, "uploadId", address.id.as_str());
    S3Request::new(
        Operation::CompleteMultipartUpload,
        Method::POST,
        Some(&address.bucket),
    )
    .with_key(&address.key)
    .with_query(query)
    .with_body(list_of(parts))
}

/// The document that names the parts, each with its checksum if the store wants to see it again.
fn list_of<'a>(parts: impl Iterator<Item = NamedPart<'a>>) -> String {
    let mut document =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for part in parts {
        let number = part.number;
        let etag = part
            .etag
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        document.push_str(&format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag>"
        ));
        if let Some((algorithm, value)) = part.checksum {
            let name = algorithm.name();
            document.push_str(&format!("<Checksum{name}>{value}</Checksum{name}>"));
        }
        document.push_str("</Part>");
    }
    document.push_str("</CompleteMultipartUpload>");
    document
}

/// The headers by which a store refuses where the key has another object by now, or the parts have another size; only
/// where it is known to honour them: others answer 501 to the whole request.
fn conditions(
    replaces: Option<&ObjectHead>,
    bytes: u64,
    provider: &Provider,
) -> Vec<(HeaderName, String)> {
    let condition = match replaces {
        None => Some((IF_NONE_MATCH, "*".to_owned())),
        Some(object) => {
            let etag = object.etag.as_deref();
            etag.map(|etag| (IF_MATCH, quoted(etag)))
        }
    };
    let condition = condition.filter(|_| provider.if_match_on_complete);
    let size = (OBJECT_SIZE, bytes.to_string());
    let size = Some(size).filter(|_| provider.checks_object_size);
    condition.into_iter().chain(size).collect()
}

fn read(headers: &HeaderMap, body: &Bytes) -> Result<Completed, ReadError> {
    Ok(Completed {
        etag: completed_etag(body)?,
        version: version(headers),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use partsweep_core::ChecksumAlgorithm;
    use partsweep_core::provider::profiles::{AWS, CEPH, UNKNOWN};

    #[test]
    fn the_list_of_parts_is_escaped_and_has_the_checksums_that_are_known() {
        let part = |number, etag: &str, checksum| NamedPart {
            number,
            etag: etag.to_owned(),
            checksum,
        };
        let checksum = Some((ChecksumAlgorithm::Crc64Nvme, "AAAA=="));
        let list = list_of([part(1, "a&b", None), part(2, "c", checksum)].into_iter());
        let expected = "<Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag></Part>\
            <Part><PartNumber>2</PartNumber><ETag>&quot;c&quot;</ETag>\
            <ChecksumCRC64NVME>AAAA==</ChecksumCRC64NVME></Part></CompleteMultipartUpload>";
        assert!(list.ends_with(expected), "{list}");
    }

    #[test]
    fn a_complete_is_done_only_over_what_was_seen_where_the_store_honours_that() {
        let object = ObjectHead {
            bytes: Some(1),
            last_modified: None,
            etag: Some("x".to_owned()),
            version: None,
        };
        let of = |replaces, provider| {
            let headers = conditions(replaces, 18, provider);
            let written = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"));
            written.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(of(None, &AWS), "if-none-match: *, x-amz-mp-object-size: 18");
        let over = of(Some(&object), &AWS);
        assert_eq!(over, "if-match: \"x\", x-amz-mp-object-size: 18");
        assert_eq!(of(None, &CEPH) + &of(Some(&object), &UNKNOWN), "");
    }
}
