//! Signature Version 4, by AWS's own crate.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::Full;

use crate::ask::Ask;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Which program asks. Some stores' operators look here first when load is odd.
const USER_AGENT: &str = concat!("partsweep/", env!("CARGO_PKG_VERSION"));

/// Makes a signed request with the headers and the body of an ask.
///
/// The path is signed as it is sent: escaped once, never normalised, as S3 wants it.
pub(crate) fn signed_request(
    ask: &Ask<'_>,
    uri: &str,
    host: &str,
    region: &str,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<Request<Full<Bytes>>, BoxError> {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity = credentials.clone().into();
    let params: SigningParams<'_> = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let method = &ask.method;
    let own = ask.headers.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = std::iter::once(("host", host)).chain(own);
    let body = SignableBody::Bytes(&ask.body);
    let signable = SignableRequest::new(method.as_str(), uri, headers, body)?;
    let (instructions, _signature) = sign(signable, &params)?.into_parts();
    let mut request = Request::builder()
        .method(method.clone())
        .uri(uri)
        .header(header::HOST, host)
        .header(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))
        // A proxy that compresses would hand out bytes that no XML reader understands.
        .header(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )
        .body(Full::new(ask.body.clone()))?;
    if ask.writes() {
        // Of an empty body nobody says the length by himself, and Ceph refuses to copy a part
        // without it (411, measured).
        let length = HeaderValue::from(ask.body.len());
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    for (name, value) in &ask.headers {
        let value = HeaderValue::from_str(value)?;
        request.headers_mut().insert(name, value);
    }
    let (signed_headers, _query) = instructions.into_parts();
    for signed in signed_headers {
        let mut value = HeaderValue::from_str(signed.value())?;
        // Keeps it out of every debug print.
        value.set_sensitive(signed.sensitive() || signed.name() == "authorization");
        request.headers_mut().insert(signed.name(), value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use partsweep_core::Operation;
    use std::time::{Duration, UNIX_EPOCH};

    fn signed(uri: &str) -> Request<Full<Bytes>> {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "sec-ret",
            Some("tok-en".into()),
            None,
            "test",
        );
        let now = UNIX_EPOCH + Duration::from_secs(1_400_000_000);
        let ask = Ask::new(Operation::HeadBucket, Method::GET, None);
        signed_request(&ask, uri, "h:9000", "us-east-1", &credentials, now).unwrap()
    }

    #[test]
    fn the_path_is_sent_as_it_was_built() {
        for path in ["/b/..", "/b/a/../b", "/b//", "/b/.", "/b/%20%2B"] {
            assert_eq!(signed(&format!("http://h:9000{path}")).uri().path(), path);
        }
    }

    #[test]
    fn debug_shows_neither_signature_nor_token() {
        let request = signed("http://h:9000/b?uploads");
        assert!(request.headers().contains_key("x-amz-content-sha256"));
        let shown = format!("{request:?}");
        for secret in ["AKIDEXAMPLE", "sec-ret", "tok-en", "Signature="] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
