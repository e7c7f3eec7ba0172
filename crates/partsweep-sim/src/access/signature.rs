//! AWS Signature Version 4 in the Authorization header, checked from scratch.
//!
//! It shares no code with the signer of the client, so that a mistake there cannot hide here.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::collections::HashMap;
use std::sync::Mutex;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::locks::lock;
use crate::percent::{self, Space};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The fields of an Authorization header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) access_key: &'a str,
    /// `YYYYMMDD`.
    pub(crate) day: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    /// Lower-case names, in the order given.
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the header; `None` if it is no Signature Version 4.
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let fields = header.strip_prefix(ALGORITHM)?;
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        // From the right: an access key may hold slashes, the rest of the scope may not.
        let mut scope = field("Credential")?.rsplitn(5, '/');
        if scope.next() != Some("aws4_request") {
            return None;
        }
        let (service, region, day) = (scope.next()?, scope.next()?, scope.next()?);
        Some(Self {
            access_key: scope.next()?,
            day,
            region,
            service,
            signed_headers: field("SignedHeaders")?.split(';').collect(),
            signature: field("Signature")?,
        })
    }

    /// Whether `host` and every `x-amz-*` header that came are signed, as AWS demands.
    pub(crate) fn covers(&self, headers: &HeaderMap) -> bool {
        self.signed_headers.contains(&"host")
            && headers
                .keys()
                .filter(|name| name.as_str().starts_with("x-amz-"))
                .all(|name| self.signed_headers.contains(&name.as_str()))
    }
}

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// The path as it came over the wire: S3 normalises nothing.
    pub(crate) path: &'a str,
    /// The query as it came over the wire.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(crate) date: &'a str,
    /// The value of `x-amz-content-sha256`.
    pub(crate) payload: &'a str,
}

/// Computes signatures, remembering the keys that were derived.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    /// By secret, day and region.
    keys: Mutex<HashMap<(String, String, String), [u8; 32]>>,
}

impl Verifier {
    /// Returns the signature that the request must bear, in hex; `None` if a signed header is
    /// missing.
    pub(crate) fn signature(
        &self,
        secret_key: &str,
        authorization: &Authorization<'_>,
        request: Signed<'_>,
    ) -> Option<String> {
        let Authorization {
            day,
            region,
            service,
            ..
        } = authorization;
        let canonical = canonical_request(&authorization.signed_headers, request)?;
        let hash = hex(&Sha256::digest(canonical.as_bytes()));
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{day}/{region}/{service}/aws4_request\n{hash}",
            request.date
        );
        let key = self.key(secret_key, day, region, service);
        Some(hex(&hmac(&key, to_sign.as_bytes())))
    }

    fn key(&self, secret_key: &str, day: &str, region: &str, service: &str) -> [u8; 32] {
        let name = (
            secret_key.to_owned(),
            format!("{day}/{service}"),
            region.to_owned(),
        );
        *lock(&self.keys).entry(name).or_insert_with(|| {
            let first = hmac(format!("AWS4{secret_key}").as_bytes(), day.as_bytes());
            let second = hmac(&first, region.as_bytes());
            let third = hmac(&second, service.as_bytes());
            hmac(&third, b"aws4_request")
        })
    }
}

fn canonical_request(signed_headers: &[&str], request: Signed<'_>) -> Option<String> {
    let mut text = String::with_capacity(512);
    for line in [
        request.method,
        request.path,
        &canonical_query(request.query),
    ] {
        text.push_str(line);
        text.push('\n');
    }
    for name in signed_headers {
        text.push_str(name);
        let mut values = request.headers.get_all(*name).iter().peekable();
        values.peek()?;
        for (index, value) in values.enumerate() {
            text.push(if index == 0 { ':' } else { ',' });
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            for (index, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
                text.push_str(if index == 0 { "" } else { " " });
                text.push_str(word);
            }
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    text.push_str(request.payload);
    Some(text)
}

/// Sorts the query by its encoded names and values; encodes it anew, as S3 does with what it
/// has decoded.
fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        percent::decode(text, true).map_or_else(
            || text.to_owned(),
            |text| percent::encode(&text, b"", Space::Percent),
        )
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::EMPTY_SHA256;

    const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// The examples on the page that the module's documentation names.
    #[track_caller]
    fn check(signed_headers: &str, path: &str, query: &str, range: bool, expected: &str) {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders={signed_headers},Signature={expected}"
        );
        let authorization = Authorization::parse(&header).unwrap();
        assert_eq!(authorization.access_key, ACCESS_KEY);
        let mut headers = HeaderMap::new();
        headers.insert("host", "examplebucket.s3.amazonaws.com".parse().unwrap());
        headers.insert("x-amz-content-sha256", EMPTY_SHA256.parse().unwrap());
        headers.insert("x-amz-date", "20130524T000000Z".parse().unwrap());
        if range {
            headers.insert("range", "bytes=0-9".parse().unwrap());
        }
        assert!(authorization.covers(&headers));
        let request = Signed {
            method: "GET",
            path,
            query,
            headers: &headers,
            date: "20130524T000000Z",
            payload: EMPTY_SHA256,
        };
        let signature = Verifier::default().signature(SECRET_KEY, &authorization, request);
        assert_eq!(signature.as_deref(), Some(authorization.signature));
    }

    #[test]
    fn the_published_examples_of_aws_are_reproduced() {
        check(
            "host;range;x-amz-content-sha256;x-amz-date",
            "/test.txt",
            "",
            true,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        );
        let plain = "host;x-amz-content-sha256;x-amz-date";
        check(
            plain,
            "/",
            "lifecycle",
            false,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        );
        check(
            plain,
            "/",
            "max-keys=2&prefix=J",
            false,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        );
    }

    #[test]
    fn an_unsigned_amz_header_is_noticed() {
        let header = "AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws4_request, \
                      SignedHeaders=host, Signature=00";
        let authorization = Authorization::parse(header).unwrap();
        let mut headers = HeaderMap::new();
        assert!(authorization.covers(&headers));
        headers.insert("x-amz-acl", "private".parse().unwrap());
        assert!(!authorization.covers(&headers));
    }

    #[test]
    fn a_query_is_sorted_after_encoding() {
        assert_eq!(
            canonical_query("uploads&b=+&a=%7e&A=ü"),
            "A=%C3%BC&a=~&b=%20&uploads="
        );
    }
}
