//! The request that sends a part of an upload that somebody else began (`partsweep rescue --resume-from`).

use aws_smithy_types::base64;
use http::header::ETAG;
use http::{HeaderName, Method};
use partsweep_core::store::part_data::PartData;
use partsweep_core::{ApprovedPart, Operation, StoreError};

use super::mutator::Mutator;
use crate::address::escape::push_parameter;
use crate::wire::request::{CONTENT_MD5, S3Request};
use crate::xml::parts::md5;

impl Mutator {
    /// Sends a part of an upload that someone agreed to finish (law 2); gives back its ETag, if that is an MD5.
    ///
    /// The payload is always signed, also where TLS protects it: the file is hashed anyway for its MD5, which the store
    /// compares, and every store takes a signed payload. The checksum that the upload was begun with goes along: without
    /// it Amazon S3 refuses the part.
    pub(crate) async fn send_part(
        &self,
        part: &ApprovedPart,
        data: &PartData,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        let (address, place) = (part.address(), part.place());
        let mut query = String::new();
        push_parameter(&mut query, "partNumber", &place.number.to_string());
        push_parameter(&mut query, "uploadId", address.id.as_str());
        let checksum = data.digest.checksum.as_ref().map(|(algorithm, value)| {
            let name = format!("x-amz-checksum-{}", algorithm.name().to_lowercase());
            let name = HeaderName::try_from(name).expect("letters, digits and `-`");
            (name, base64::encode(value))
        });
        let ask = S3Request::new(Operation::UploadPart, Method::PUT, Some(&address.bucket))
            .with_key(&address.key)
            .with_query(query)
            .with_headers([(CONTENT_MD5, base64::encode(data.digest.md5))])
            .with_headers(checksum)
            .with_part(data.clone(), place.bytes)
            // The same part once more takes its own place.
            .repeatable();
        let read = |headers: &http::HeaderMap, _: &bytes::Bytes| {
            let etag = headers.get(ETAG).and_then(|etag| etag.to_str().ok());
            Ok(etag.and_then(md5))
        };
        self.client.send(&ask, read).await
    }
}
