//! What the headers of an answer tell.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

/// A header's text, unless it is empty.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
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

/// How far our clock is ahead of the server's.
pub(crate) fn skew(headers: &HeaderMap) -> Option<SignedDuration> {
    let ours = Timestamp::try_from(SystemTime::now()).ok()?;
    Some(ours.duration_since(date(headers)?))
}

/// How long the store wants us to wait. Only seconds: no store was seen to send a date here.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
