//! Signature Version 4, with the signing key kept for its day.
//!
//! The cryptography is AWS's own crate's; what is signed is written here, and proven to be what that
//! crate would sign (`docs/decisions/004-signing-with-a-kept-key.md`).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header};
use http_body_util::Full;
use jiff::Timestamp;
use jiff::tz::Offset;
use sha2::{Digest, Sha256};

use crate::net::body::{PartBody, RequestBody};
use crate::wire::request::S3Request;

type SignError = Box<dyn std::error::Error + Send + Sync>;

/// Which program asks. Some stores' operators look here first when load is odd.
const USER_AGENT: &str = concat!("partsweep/", env!("CARGO_PKG_VERSION"));

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const HASH: &str = "x-amz-content-sha256";
const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";
const SESSION_TOKEN: &str = "x-amz-s3session-token";

/// SHA-256 of nothing: nearly all requests have no body.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What a signature holds for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a Arc<str>,
    pub(crate) service: Service,
}

/// The service that a request is signed for, and whose keys it is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    S3,
    /// S3 Express One Zone, with the keys that S3 is asked with: what makes a session, and what lists buckets.
    Express,
    /// The same with the keys of a session, whose token has a header of its own.
    ExpressSession,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Express | Self::ExpressSession => "s3express",
        }
    }

    fn token_header(self) -> &'static str {
        match self {
            Self::S3 | Self::Express => TOKEN,
            Self::ExpressSession => SESSION_TOKEN,
        }
    }
}

/// Signs requests. Keeps the signing keys, whose making takes longer than all the rest.
#[derive(Default)]
pub(crate) struct Signer {
    /// By region and service. Few: those of the buckets.
    kept: RwLock<HashMap<(Arc<str>, Service), SigningKey>>,
}

/// A signing key with what it was made from.
struct SigningKey {
    /// `20261125`
    day: [u8; 8],
    /// Whose secret it was.
    credentials: Credentials,
    key: [u8; 32],
}

impl fmt::Debug for Signer {
    /// A signing key is a secret for a day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// Makes a signed request with the headers and the body of an ask.
    ///
    /// The path is signed as it is sent: escaped once, never normalised, as S3 wants it. The query
    /// is signed as it is sent too, but for its order: it was escaped as the signature wants it,
    /// every byte but the unreserved ones ([`push_parameter`](crate::address::escape::push_parameter)).
    pub(crate) fn signed_request(
        &self,
        ask: &S3Request<'_>,
        uri: Uri,
        host: &str,
        scope: Scope<'_>,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<Request<RequestBody>, SignError> {
        let token_header = scope.service.token_header();
        let stamp = Stamp::of(now)?;
        let hash: Bytes = match &ask.part {
            Some((data, _)) => hex(&data.digest.sha256).into(),
            None if ask.body.is_empty() => Bytes::from_static(HASH_OF_NOTHING.as_bytes()),
            None => hex(&Sha256::digest(&ask.body)).into(),
        };
        let mut signed = Vec::with_capacity(4 + ask.headers.len());
        signed.push(("host", host));
        signed.push((HASH, std::str::from_utf8(&hash)?));
        signed.push((DATE, stamp.second()));
        let token = credentials.session_token();
        signed.extend(token.map(|token| (token_header, token)));
        let own = ask.headers.iter();
        signed.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
        // Names come once each, as they are sent.
        signed.sort_unstable_by_key(|(name, _)| *name);
        let names: Vec<_> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");

        let canonical = canonical(
            ask.method.as_str(),
            &uri,
            &signed,
            &names,
            signed_hash(&signed),
        );
        let scope_text = format!(
            "{}/{}/{}/aws4_request",
            stamp.day(),
            scope.region,
            scope.service.name()
        );
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{scope_text}\n{}",
            stamp.second(),
            hex(&Sha256::digest(canonical))
        );
        let key = self.key(credentials, scope, &stamp, now)?;
        let signature = calculate_signature(key, to_sign.as_bytes());
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope_text}, SignedHeaders={names}, Signature={signature}",
            credentials.access_key_id()
        );

        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(header::HOST, HeaderValue::from_str(host)?);
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        // A proxy that compresses would hand out bytes that no XML reader understands.
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        if ask.writes() {
            // Of an empty body nobody says the length by himself, and Ceph refuses to copy a part
            // without it (411, measured).
            headers.insert(header::CONTENT_LENGTH, ask.length().into());
        }
        for (name, value) in &ask.headers {
            headers.insert(name, HeaderValue::from_str(value)?);
        }
        let at = HeaderValue::from_str(stamp.second())?;
        headers.insert(HeaderName::from_static(DATE), at);
        let hash = HeaderValue::from_maybe_shared(hash.clone())?;
        headers.insert(HeaderName::from_static(HASH), hash);
        headers.insert(header::AUTHORIZATION, secret(authorization.into())?);
        if let Some(token) = credentials.session_token() {
            let token = secret(Bytes::copy_from_slice(token.as_bytes()))?;
            headers.insert(HeaderName::from_static(token_header), token);
        }

        let body = match &ask.part {
            Some((data, bytes)) => {
                RequestBody::Part(PartBody::new(Arc::clone(&data.source), *bytes))
            }
            None => RequestBody::Whole(Full::new(ask.body.clone())),
        };
        let mut request = Request::new(body);
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// The key of this day, region and secret.
    fn key(
        &self,
        credentials: &Credentials,
        scope: Scope<'_>,
        stamp: &Stamp,
        now: SystemTime,
    ) -> Result<[u8; 32], SignError> {
        let secret = credentials.secret_access_key();
        let is_it = |kept: &&SigningKey| {
            kept.day == *stamp.day().as_bytes() && kept.credentials.secret_access_key() == secret
        };
        let name = (Arc::clone(scope.region), scope.service);
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.get(&name).filter(is_it) {
            return Ok(kept.key);
        }
        drop(kept);
        let made = generate_signing_key(secret, now, scope.region, scope.service.name());
        let key = made.as_ref().try_into()?;
        let new = SigningKey {
            day: stamp.day().as_bytes().try_into()?,
            credentials: credentials.clone(),
            key,
        };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name, new);
        Ok(key)
    }
}

/// The request as the signature sees it.
fn canonical(method: &str, uri: &Uri, headers: &[(&str, &str)], names: &str, hash: &str) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(method);
    text.push('\n');
    text.push_str(uri.path());
    text.push('\n');
    push_sorted(&mut text, uri.query().unwrap_or_default());
    text.push('\n');
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        push_trimmed(&mut text, value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(names);
    text.push('\n');
    text.push_str(hash);
    text
}

fn signed_hash<'a>(headers: &[(&str, &'a str)]) -> &'a str {
    let hash = headers.iter().find(|(name, _)| *name == HASH);
    hash.map_or(HASH_OF_NOTHING, |(_, hash)| hash)
}

/// Appends a query with its parameters by name and then by value; one without a value gets its `=`.
fn push_sorted(text: &mut String, query: &str) {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<_> = parameters
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .collect();
    parameters.sort_unstable();
    for (number, (name, value)) in parameters.into_iter().enumerate() {
        if number > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// Appends a header's value without the spaces around it, and with one for several inside.
fn push_trimmed(text: &mut String, value: &str) {
    let value = value.trim_matches(' ');
    if !value.contains("  ") {
        text.push_str(value);
        return;
    }
    let words = value.split(' ').filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// A header's value that no debug print shows.
fn secret(value: Bytes) -> Result<HeaderValue, SignError> {
    let mut value = HeaderValue::from_maybe_shared(value)?;
    value.set_sensitive(true);
    Ok(value)
}

fn hex(hash: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(hash.len() * 2);
    for byte in hash {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// When a request is signed: `20261125T223425Z`.
struct Stamp(String);

impl Stamp {
    fn of(now: SystemTime) -> Result<Self, SignError> {
        let time = Offset::UTC.to_datetime(Timestamp::try_from(now)?);
        let mut text = String::with_capacity(16);
        let two = |text: &mut String, number: u8| {
            text.push(char::from(b'0' + number / 10 % 10));
            text.push(char::from(b'0' + number % 10));
        };
        let year = u16::try_from(time.year())?;
        two(&mut text, u8::try_from(year / 100)?);
        two(&mut text, u8::try_from(year % 100)?);
        two(&mut text, time.month().unsigned_abs());
        two(&mut text, time.day().unsigned_abs());
        text.push('T');
        two(&mut text, time.hour().unsigned_abs());
        two(&mut text, time.minute().unsigned_abs());
        two(&mut text, time.second().unsigned_abs());
        text.push('Z');
        Ok(Self(text))
    }

    fn second(&self) -> &str {
        &self.0
    }

    fn day(&self) -> &str {
        &self.0[..8]
    }
}

#[cfg(test)]
mod tests;
