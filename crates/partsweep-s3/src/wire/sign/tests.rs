//! What is signed is what AWS's own crate would sign.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::Method;
use partsweep_core::Operation;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::address::escape::{push_parameter, push_path};

fn credentials(id: &str, secret: &str, token: Option<String>) -> Credentials {
    Credentials::new(id, secret, token, None, "test")
}

fn s3(region: &Arc<str>) -> Scope<'_> {
    Scope {
        region,
        service: Service::S3,
    }
}

fn signed(uri: &str) -> Request<RequestBody> {
    let credentials = credentials("AKIDEXAMPLE", "sec-ret", Some("tok-en".into()));
    let now = UNIX_EPOCH + Duration::from_secs(1_400_000_000);
    let ask = S3Request::new(Operation::HeadBucket, Method::GET, None);
    let region = "us-east-1".into();
    Signer::default()
        .signed_request(
            &ask,
            uri.parse().unwrap(),
            "h:9000",
            s3(&region),
            &credentials,
            now,
        )
        .unwrap()
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
    let signer = Signer::default();
    let keys = credentials("AKIDEXAMPLE", "sec-ret", None);
    let key = signer.key(
        &keys,
        s3(&"r".into()),
        &Stamp::of(UNIX_EPOCH).unwrap(),
        UNIX_EPOCH,
    );
    let shown = format!("{request:?} {signer:?}");
    for secret in ["AKIDEXAMPLE", "sec-ret", "tok-en", "Signature="] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!shown.contains(&format!("{}", key.unwrap()[0])));
}

/// The signed headers as AWS's crate makes them.
fn reference(
    ask: &S3Request<'_>,
    uri: &str,
    host: &str,
    scope: Scope<'_>,
    credentials: &Credentials,
    now: SystemTime,
) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if scope.service == Service::ExpressSession {
        settings.session_token_name_override = Some("x-amz-s3session-token");
    }
    let identity = credentials.clone().into();
    let params: SigningParams<'_> = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service.name())
        .time(now)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let own = ask.headers.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = std::iter::once(("host", host)).chain(own);
    let body = SignableBody::Bytes(&ask.body);
    let signable = SignableRequest::new(ask.method.as_str(), uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let (headers, query) = instructions.into_parts();
    assert!(query.is_empty());
    headers
        .iter()
        .map(|header| (header.name().to_owned(), header.value().to_owned()))
        .collect()
}

/// Any time from 1970 to 2100, and the edges of days.
fn times() -> impl Strategy<Value = SystemTime> {
    let days = (
        0..47_000u64,
        prop_oneof![Just(0), Just(86_399), 0..86_400u64],
        0..1_000_000_000u32,
    );
    days.prop_map(|(day, second, nanos)| UNIX_EPOCH + Duration::new(day * 86_400 + second, nanos))
}

proptest! {
    #[test]
    fn what_is_signed_is_what_aws_signs(
        method in "GET|HEAD|DELETE|PUT|POST",
        key in "\\PC{0,12}|[ -~]{0,20}|[./]{0,6}|(?s).{0,8}",
        query in vec(("[a-zA-Z -]{1,12}|uploads|uploadId", "\\PC{0,8}|[ -~]{0,30}|(?s).{0,4}"), 0..4),
        bare in proptest::option::of("uploads|acl|location"),
        headers in btree_map("x-amz-meta-[a-z0-9-]{1,8}|if-match|range", "[ -~]{0,20}|[a ]{0,8}", 0..4),
        body in prop_oneof![Just(String::new()), any::<String>()],
        region in "[a-z0-9-]{1,12}",
        host in "[a-z0-9.]{1,12}(:[0-9]{2,4})?",
        id in "[A-Z0-9]{16,20}",
        secret in "[!-~]{1,100}",
        token in proptest::option::of("[!-~]{1,200}"),
        other_secret in "[!-~]{1,40}",
        (now, then) in (times(), times()),
    ) {
        let mut uri = String::from("http://localhost:9000/");
        push_path(&mut uri, &key);
        let mut parameters = bare.unwrap_or_default();
        for (name, value) in &query {
            push_parameter(&mut parameters, name, value);
        }
        if !parameters.is_empty() {
            uri = format!("{uri}?{parameters}");
        }
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.clone()));
        let ask = S3Request::new(Operation::HeadObject, method.parse().unwrap(), None)
            .with_headers(headers)
            .with_body(body);
        let signer = Signer::default();
        let region: Arc<str> = region.into();
        let other = credentials(&id, &other_secret, None);
        let keys = credentials(&id, &secret, token);
        // Kept keys of another secret, another day and of this one.
        for (service, keys, now) in [
            (Service::S3, &other, now),
            (Service::S3, &keys, then),
            (Service::S3, &keys, now),
            (Service::Express, &keys, now),
            (Service::ExpressSession, &other, now),
            (Service::ExpressSession, &keys, now),
            (Service::S3, &keys, now),
        ] {
            let scope = Scope { region: &region, service };
            let request = signer
                .signed_request(&ask, uri.parse().unwrap(), &host, scope, keys, now)
                .unwrap();
            for (name, value) in reference(&ask, &uri, &host, scope, keys, now) {
                let sent = request.headers().get(&name).map(|sent| sent.to_str().unwrap());
                prop_assert_eq!(sent, Some(&*value), "{}", name);
            }
            prop_assert_eq!(request.uri().to_string(), &*uri);
        }
    }
}
