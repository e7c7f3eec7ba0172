//! What is behind an answer that makes no sense: the address that was given, or one bucket's region.

use http::{HeaderMap, StatusCode, Uri, header};
use partsweep_core::{BucketName, Operation, StoreError, StoreErrorKind};

use crate::address::bucket_url::BucketUrl;
use crate::net::transport::Received;

/// Codes that a store also answers where the bucket's region isn't enabled, or a session token doesn't hold there
/// (boto/boto3#4580, cloud-custodian#9793).
pub(super) fn may_be_of_region(code: &str) -> bool {
    matches!(
        code,
        "InvalidToken" | "InvalidTokenId" | "InvalidAccessKeyId"
    )
}

/// Where an answer leads that only asks for https: the same host, which a request without TLS was sent to.
fn moved_to_tls(headers: &HeaderMap, status: StatusCode, place: &BucketUrl) -> Option<String> {
    if !status.is_redirection() {
        return None;
    }
    let host = place.origin.strip_prefix("http://")?;
    let location: Uri = headers.get(header::LOCATION)?.to_str().ok()?.parse().ok()?;
    let to = location.authority()?;
    let without_port = host.split(':').next()?;
    let is_same =
        location.scheme_str() == Some("https") && to.host().eq_ignore_ascii_case(without_port);
    is_same.then(|| format!("https://{to}"))
}

/// What servers say on a port for TLS to a request without it: those in Go (MinIO, Garage's proxies), nginx, Apache.
const WANTS_TLS: [&str; 3] = [
    "client sent an http request to an https server",
    "the plain http request was sent to https port",
    "speaking plain http to an ssl-enabled server port",
];

/// Says where the store is if a request without TLS was answered by nothing but that.
pub(super) fn is_at_tls(received: &Received, place: &BucketUrl, endpoint: &str) -> Option<String> {
    if let Some(url) = moved_to_tls(&received.headers, received.status, place) {
        return Some(format!(
            "the endpoint only redirects: the store is at {url}"
        ));
    }
    let host = endpoint.strip_prefix("http://")?;
    // They are short, and a page of theirs has little more.
    let text = &received.body[..received.body.len().min(2 << 10)];
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let is_said = received.status == StatusCode::BAD_REQUEST
        && WANTS_TLS.iter().any(|words| text.contains(words));
    is_said.then(|| format!("this port expects TLS: the store is at https://{host}"))
}

/// Whether an answer is what a store says that takes a bucket for a key.
fn is_of_odd_address(error: &StoreError) -> bool {
    let is_of_key = matches!(
        error.operation,
        Operation::HeadObject | Operation::ListParts | Operation::AbortMultipartUpload
    );
    let is_odd = matches!(
        error.kind,
        StoreErrorKind::NoSuchObject | StoreErrorKind::NoSuchUpload | StoreErrorKind::Refused
    );
    matches!(
        error.kind,
        StoreErrorKind::NotS3 | StoreErrorKind::NoSuchBucket | StoreErrorKind::Unsupported
    ) || (is_odd && !is_of_key)
        || error.code.as_deref() == Some("SignatureDoesNotMatch")
}

/// An endpoint whose host begins with the bucket's name already: with it in the path, too, the store looks for
/// a key (aws/aws-cli#4783).
pub(super) fn about_host(
    endpoint: &str,
    bucket: Option<&BucketName>,
    error: &StoreError,
) -> Option<String> {
    let (scheme, host) = endpoint.split_once("://")?;
    let rest = host.strip_prefix(bucket?.as_str())?.strip_prefix('.')?;
    let is_no_host = matches!(
        error.kind,
        StoreErrorKind::Unreachable | StoreErrorKind::Tls
    );
    (is_no_host || is_of_odd_address(error)).then(|| {
        format!("the endpoint's host begins with the bucket's name: the store's own URL is {scheme}://{rest}")
    })
}

/// A path in the endpoint's URL is behind many answers that make no sense: most often it is a
/// bucket's name.
pub(super) fn about_path(path: &str, error: &StoreError) -> Option<String> {
    (!path.is_empty() && is_of_odd_address(error))
        .then(|| format!("the endpoint URL has the path {path}: leave it out if it names a bucket"))
}
