//! What an answer means that is not a success.

use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use jiff::SignedDuration;
use partsweep_core::{Operation, StoreErrorKind};

use super::body::{ErrorDocument, describe};
use super::headers::{header, request_id, retry_after, skew};
use crate::net::failure::PROXY_WANTS_PASSWORD;
use crate::net::transport::Received;
use crate::pace::retry::Again;
use crate::xml::ReadError;

/// Bytes of a text of the store's that are kept: S3's own messages have up to 200, and one that does not end
/// would be in every line that tells of it.
const LONGEST_TEXT: usize = 1 << 10;

/// A text of the store's, cut where it is too long to be told.
pub(crate) fn brief(text: String) -> Box<str> {
    if text.len() <= LONGEST_TEXT {
        return text.into();
    }
    let end = text.floor_char_boundary(LONGEST_TEXT - '…'.len_utf8());
    format!("{}…", &text[..end]).into()
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
    /// Nothing but a 400 to a HEAD says so, which can have other reasons.
    pub(crate) only_perhaps: bool,
    pub(crate) region: Option<String>,
    /// It came with S3's error document, code and all.
    pub(crate) is_document: bool,
}

/// Understands an answer that is not a success.
pub(crate) fn understand(operation: Operation, method: &Method, received: &Received) -> Refusal {
    let Received {
        status,
        headers,
        body,
        ..
    } = received;
    let document = match operation {
        Operation::ListAllBuckets | Operation::GetBucketStats => ErrorDocument::of_admin(body),
        _ => None,
    };
    let document = document.or_else(|| ErrorDocument::read(body));
    let is_document = document.is_some();
    let document = document.unwrap_or_default();
    // MinIO names the code of an answer to HEAD, which has no body, here.
    let code = document
        .code
        .or_else(|| header(headers, "x-minio-error-code"));
    let status = *status;
    let region = header(headers, "x-amz-bucket-region")
        .or(document.region)
        .or_else(|| expected_region(document.message.as_deref()?));
    let wrong_region = is_wrong_region(status, code.as_deref(), method)
        || (is_sent_on(status) && region.is_some());
    let is_elsewhere = document.message.as_deref().is_some_and(names_endpoint);
    let leads_away = status.is_redirection() && headers.contains_key(LOCATION);
    let by_code = |code| by_code(operation, code);
    let (kind, again) = match code.as_deref().and_then(by_code) {
        _ if document
            .message
            .as_deref()
            .is_some_and(wants_bucket_in_host) =>
        {
            (StoreErrorKind::WrongAddressing, Again::Never)
        }
        Some((StoreErrorKind::Denied, again)) if is_elsewhere => {
            (StoreErrorKind::WrongRegion, again)
        }
        Some(known) => known,
        None if code.is_some() && wrong_region => (StoreErrorKind::WrongRegion, Again::Never),
        None if (is_sent_on(status) || leads_away) && region.is_none() => {
            (StoreErrorKind::NotS3, Again::Never)
        }
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
    let message = match document.endpoint {
        Some(host) if kind == StoreErrorKind::WrongRegion && region.is_none() => {
            let words = document.message.unwrap_or_default();
            Some(format!("{words} (its endpoint: {host})"))
        }
        _ => document.message,
    };
    let message = message.or_else(|| match kind {
        _ if code.is_none() && status.is_redirection() => Some(sent_on_to(status, headers)),
        StoreErrorKind::NotS3 => {
            Some(compressed(headers).unwrap_or_else(|| describe(body).to_owned()))
        }
        _ if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Some(PROXY_WANTS_PASSWORD.to_owned())
        }
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
        only_perhaps: wrong_region && code.is_none() && status == StatusCode::BAD_REQUEST,
        is_document: is_document && code.is_some(),
        code,
        message,
        wrong_region,
        region,
    }
}

/// A success that could not be read.
pub(crate) fn unreadable(
    operation: Operation,
    method: &Method,
    received: &Received,
    error: ReadError,
) -> Refusal {
    let (kind, again, message) = match error {
        ReadError::Malformed(why) => {
            let why = compressed(&received.headers).unwrap_or(why);
            (StoreErrorKind::Malformed, Again::Unreadable, why)
        }
        ReadError::NotS3 => {
            let why = compressed(&received.headers);
            let why = why.unwrap_or_else(|| describe(&received.body).to_owned());
            (StoreErrorKind::NotS3, Again::Never, why)
        }
        ReadError::Refused if ErrorDocument::read(&received.body).is_some() => {
            // What the code means decides, not the status: a 200 was sent before it was known.
            let mut refusal = understand(operation, method, received);
            if refusal.kind == StoreErrorKind::Refused && refusal.code.is_none() {
                refusal.again = Again::Later;
            }
            return refusal;
        }
        ReadError::Refused => (
            StoreErrorKind::Malformed,
            Again::Unreadable,
            "the error response was truncated".to_owned(),
        ),
    };
    Refusal {
        kind,
        again,
        code: None,
        message: Some(message),
        request_id: request_id(&received.headers),
        wrong_region: false,
        only_perhaps: false,
        region: None,
        is_document: false,
    }
}

/// What is wrong with an answer that is compressed: no request asks for that, so something between changes answers.
/// It isn't decompressed, since nothing would bound what comes of it.
fn compressed(headers: &HeaderMap) -> Option<String> {
    let encoding = header(headers, "content-encoding")?;
    (!encoding.eq_ignore_ascii_case("identity"))
        .then(|| format!("the response is compressed ({encoding}), which wasn't requested"))
}

/// Whether an answer leads elsewhere in a way that S3 has no use for: to a login page, to https.
fn is_sent_on(status: StatusCode) -> bool {
    matches!(status, StatusCode::FOUND | StatusCode::SEE_OTHER)
}

fn sent_on_to(status: StatusCode, headers: &HeaderMap) -> String {
    let Some(location) = header(headers, "location") else {
        return "the bucket is in another region, and the store doesn't say which".to_owned();
    };
    // A query may hold a token, and tells nobody anything.
    let location = location.split(['?', '#']).next().unwrap_or_default();
    let words = format!("the endpoint redirects to {location}");
    match is_sent_on(status) {
        true => format!("{words}: a login page, or the URL to use instead"),
        false => format!("{words}: a proxy's page, or the URL to use instead"),
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
            let moved = matches!(status.as_u16(), 301 | 307 | 308);
            // An answer to HEAD has no body that could name the code.
            moved || (method == Method::HEAD && status == StatusCode::BAD_REQUEST)
        }
    }
}

fn by_code(operation: Operation, code: &str) -> Option<(StoreErrorKind, Again)> {
    use StoreErrorKind as Kind;
    let of_upload = matches!(
        operation,
        Operation::ListParts | Operation::AbortMultipartUpload | Operation::CompleteMultipartUpload
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
        | "ExpiredTokenException"
        | "SecurityTokenExpired"
        | "TokenRefreshRequired"
        | "UserSuspended"
        | "InvalidSecurity"
        | "NotSignedUp" => (Kind::BadCredentials, Again::Never),
        "RequestTimeTooSkewed" => (Kind::ClockSkew(None), Again::Never),
        // Alibaba OSS, Tencent COS, Huawei OBS.
        "SecondLevelDomainForbidden"
        | "PathStyleDomainForbidden"
        | "PathStyleForbidden"
        | "VirtualHostDomainRequired"
        | "VirtualHostStyleRequired"
        | "InvalidDomainStyle" => (Kind::WrongAddressing, Again::Never),
        "NoSuchBucket" | "BucketNotFound" => (Kind::NoSuchBucket, Again::Never),
        "NoSuchUpload" => (Kind::NoSuchUpload, Again::Never),
        // Ceph's ListParts, Swift's abort.
        "NoSuchKey" if of_upload => (Kind::NoSuchUpload, Again::Never),
        "NoSuchKey" | "NoSuchVersion" => (Kind::NoSuchObject, Again::Never),
        // The second is AWS's, for writes that cross.
        "PreconditionFailed" | "ConditionalRequestConflict" => (Kind::Changed, Again::Never),
        "EntityTooLarge" => (Kind::TooLarge, Again::Never),
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
        412 if is_document || no_body => (Kind::Changed, Again::Never),
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

/// Some stores say only in words that the bucket belongs into the host's name: `must be addressed using OSS third
/// level domain`, `using COS virtual-styled domain`. AWS's `must be addressed using the specified endpoint` is
/// about the region.
fn wants_bucket_in_host(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let ways = [
        "third level domain",
        "virtual-styled",
        "virtual-hosted",
        "virtual host",
        "virtual-host",
    ];
    let is_by_host =
        message.contains("must be addressed using") && ways.iter().any(|way| message.contains(way));
    let is_not_by_path = ["path-style", "path style"]
        .iter()
        .any(|way| message.contains(way))
        && [
            "not supported",
            "not allowed",
            "no longer",
            "forbidden",
            "disabled",
        ]
        .iter()
        .any(|word| message.contains(word));
    is_by_host || is_not_by_path
}

/// What AWS and Alibaba OSS say of a bucket that is at another endpoint, which they name beside it. OSS calls it a 403.
fn names_endpoint(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("must be addressed using the specified endpoint")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_end_is_cut_between_two_characters() {
        for text in ["x".repeat(1 << 20), "é".repeat(1 << 19), "日".repeat(1_000)] {
            let brief = brief(text.clone());
            assert!(brief.len() <= LONGEST_TEXT && brief.len() > LONGEST_TEXT - 4);
            let kept = brief.strip_suffix('…').unwrap();
            assert!(text.starts_with(kept));
        }
        let whole = "x".repeat(LONGEST_TEXT);
        assert_eq!(*brief(whole.clone()), *whole);
    }
}
