//! What an answer means that is not a success.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Operation, StoreErrorKind};

use crate::retry::Again;
use crate::transport::Received;
use crate::xml::{Node, ReadError, Tag, walk};

/// S3's error document; every field is the store's own, hostile text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorDocument {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl ErrorDocument {
    /// Reads one; none if the body is not an error document. One that was cut still tells its code.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut document = Self::default();
        let read = walk(body, &[Tag::Error], |path, node| {
            let Node::Text(text) = node else { return };
            let field = match path {
                [Tag::Code] => &mut document.code,
                [Tag::Message] => &mut document.message,
                [Tag::Region] => &mut document.region,
                [Tag::RequestId] => &mut document.request_id,
                _ => return,
            };
            *field = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        });
        match read {
            Err(ReadError::NotS3) => None,
            Err(_) if document.code.is_none() => None,
            _ => Some(document),
        }
    }
}

/// A refusal, understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: StoreErrorKind,
    pub(crate) again: Again,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The request was for another region, and the answer may have named it.
    pub(crate) wrong_region: bool,
    pub(crate) region: Option<String>,
}

/// Understands an answer that is not a success.
pub(crate) fn understand(operation: Operation, method: &Method, received: &Received) -> Refusal {
    let Received {
        status,
        headers,
        body,
    } = received;
    let document = ErrorDocument::read(body);
    let is_document = document.is_some();
    let document = document.unwrap_or_default();
    // MinIO names the code of an answer to HEAD, which has no body, here.
    let code = document
        .code
        .or_else(|| header(headers, "x-minio-error-code"));
    let status = *status;
    let wrong_region = is_wrong_region(status, code.as_deref(), method);
    let region = header(headers, "x-amz-bucket-region")
        .or(document.region)
        .or_else(|| expected_region(document.message.as_deref()?));
    let (kind, again) = match code.as_deref().and_then(|code| by_code(operation, code)) {
        Some(known) => known,
        None if code.is_some() && wrong_region => (StoreErrorKind::WrongRegion, Again::Never),
        None if status.is_redirection() => (StoreErrorKind::WrongRegion, Again::Never),
        None => by_status(
            status,
            is_document,
            body.is_empty() || method == Method::HEAD,
        ),
    };
    let kind = match kind {
        StoreErrorKind::ClockSkew(_) => StoreErrorKind::ClockSkew(skew(headers)),
        _ if is_about_the_clock(
            status,
            code.as_deref(),
            document.message.as_deref(),
            headers,
        ) =>
        {
            StoreErrorKind::ClockSkew(skew(headers))
        }
        kind => kind,
    };
    let message = document.message.or_else(|| match kind {
        StoreErrorKind::NotS3 => Some(describe(body).to_owned()),
        StoreErrorKind::WrongRegion if code.is_none() => Some(match header(headers, "location") {
            Some(location) => format!("the endpoint sends requests on to {location}"),
            None => "the bucket is elsewhere, and the store does not say where".to_owned(),
        }),
        _ if code.is_none() => status.canonical_reason().map(str::to_lowercase),
        _ => None,
    });
    Refusal {
        kind,
        again: match again {
            Again::Slower(_) => Again::Slower(retry_after(headers)),
            again => again,
        },
        request_id: request_id(headers).or(document.request_id),
        code,
        message,
        wrong_region,
        region,
    }
}

fn is_wrong_region(status: StatusCode, code: Option<&str>, method: &Method) -> bool {
    match code {
        Some(
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "Redirect"
            | "IllegalLocationConstraintException"
            | "InvalidLocationConstraint"
            | "InvalidRegion",
        ) => true,
        Some(_) => false,
        None => {
            let moved = matches!(status.as_u16(), 301 | 302 | 307 | 308);
            // An answer to HEAD has no body that could name the code.
            moved || (method == Method::HEAD && status == StatusCode::BAD_REQUEST)
        }
    }
}

fn by_code(operation: Operation, code: &str) -> Option<(StoreErrorKind, Again)> {
    use StoreErrorKind as Kind;
    let of_upload = matches!(
        operation,
        Operation::ListParts | Operation::AbortMultipartUpload
    );
    Some(match code {
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "Forbidden" => {
            (Kind::Denied, Again::Never)
        }
        "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "InvalidTokenId"
        | "InvalidToken"
        | "ExpiredToken"
        | "TokenRefreshRequired"
        | "UserSuspended"
        | "InvalidSecurity"
        | "NotSignedUp" => (Kind::BadCredentials, Again::Never),
        "RequestTimeTooSkewed" => (Kind::ClockSkew(None), Again::Never),
        "NoSuchBucket" => (Kind::NoSuchBucket, Again::Never),
        "NoSuchUpload" => (Kind::NoSuchUpload, Again::Never),
        // Ceph's ListParts, Swift's abort.
        "NoSuchKey" if of_upload => (Kind::NoSuchUpload, Again::Never),
        "NotImplemented" | "MethodNotAllowed" => (Kind::Unsupported, Again::Never),
        "SlowDown"
        | "ServiceUnavailable"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "BandwidthLimitExceeded"
        | "SlowDownRead"
        | "SlowDownWrite"
        | "ProvisionedThroughputExceededException" => (Kind::Throttled, Again::Slower(None)),
        "InternalError" | "OperationAborted" | "XMinioServerNotInitialized" => {
            (Kind::Server, Again::Later)
        }
        "RequestTimeout" => (Kind::Timeout, Again::Later),
        _ => return None,
    })
}

fn by_status(status: StatusCode, is_document: bool, no_body: bool) -> (StoreErrorKind, Again) {
    use StoreErrorKind as Kind;
    match status.as_u16() {
        429 | 503 => (Kind::Throttled, Again::Slower(None)),
        405 | 501 => (Kind::Unsupported, Again::Never),
        407 => (Kind::Unreachable, Again::Never),
        500.. => (Kind::Server, Again::Later),
        401 | 403 if is_document || no_body => (Kind::Denied, Again::Never),
        // "Gone" is never believed from a page (law 11).
        _ if !is_document && (!no_body || status == StatusCode::NOT_FOUND) => {
            (Kind::NotS3, Again::Never)
        }
        _ => (Kind::Refused, Again::Never),
    }
}

/// Some stores name the region only in words: `the region 'us-east-1' is wrong; expecting 'eu-1'`.
fn expected_region(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("expecting '")?;
    let (region, _) = rest.split_once('\'')?;
    (!region.is_empty()).then(|| region.to_owned())
}

/// Garage and rclone say with general codes that a clock is off.
fn is_about_the_clock(
    status: StatusCode,
    code: Option<&str>,
    message: Option<&str>,
    headers: &HeaderMap,
) -> bool {
    if status != StatusCode::BAD_REQUEST {
        return false;
    }
    // S3 allows 15 minutes; a third of it is no longer the time that the answer took.
    let is_off = || skew(headers).is_some_and(|skew| skew.abs() > SignedDuration::from_mins(5));
    message.is_some_and(|message| message.contains("Date is too old"))
        || (code == Some("AccessDenied") && is_off())
}

/// Whether a body is HTML.
pub(crate) fn is_web_page(body: &[u8]) -> bool {
    let start = beginning(body);
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

fn beginning(body: &[u8]) -> String {
    let start = &body[..body.len().min(512)];
    String::from_utf8_lossy(start)
        .trim_start()
        .to_ascii_lowercase()
}

/// What a body is that is not S3's.
pub(crate) fn describe(body: &[u8]) -> &'static str {
    let start = beginning(body);
    if start.is_empty() {
        "the answer is empty"
    } else if is_web_page(body) {
        "the answer is a web page, not S3's"
    } else if start.starts_with(['{', '[']) {
        "the answer is JSON, not S3's"
    } else {
        "the answer is not S3's"
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The id that a vendor's support asks for.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    [
        "x-amz-request-id",
        "x-trans-id",
        "x-openstack-request-id",
        "x-amz-id-2",
    ]
    .into_iter()
    .find_map(|name| header(headers, name))
}

/// The server's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// A date as HTTP writes it: `Tue, 24 Nov 2026 00:00:00 GMT`.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

fn skew(headers: &HeaderMap) -> Option<SignedDuration> {
    let ours = Timestamp::try_from(SystemTime::now()).ok()?;
    Some(ours.duration_since(date(headers)?))
}

/// Only seconds: no store was seen to send a date here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
