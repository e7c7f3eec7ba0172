use super::*;
use crate::secrets::base64::base64;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn secrets() -> Secrets {
    let secrets = Secrets::default();
    let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET, None, None, "test");
    secrets.learn_keys(&keys);
    secrets
}

#[test]
fn a_secret_is_taken_out_however_it_is_written() {
    let secrets = secrets();
    for (text, clean) in [
        (format!("no {SECRET}!"), "no [redacted]!"),
        (
            format!("no {}!", SECRET.to_ascii_uppercase()),
            "no [redacted]!",
        ),
        (
            format!("no {}!", SECRET.to_ascii_lowercase()),
            "no [redacted]!",
        ),
        (
            format!("no {}!", SECRET.replace('/', "%2F").replace('+', "%2b")),
            "no [redacted]!",
        ),
        (
            format!("no {}!", SECRET.replace('/', "%252F")),
            "no [redacted]!",
        ),
        (
            format!("no {}!", SECRET.replace('/', "\\/")),
            "no [redacted]!",
        ),
        (
            format!(
                "no {}!",
                SECRET.replace('/', "\\u002F").replace('+', "\\u002b")
            ),
            "no [redacted]!",
        ),
        (
            format!(
                "no {}!",
                SECRET.replace('/', "&#x2F;").replace('+', "&#43;")
            ),
            "no [redacted]!",
        ),
        (format!("{SECRET}{SECRET} "), "[redacted][redacted] "),
        (format!("no %{SECRET}!"), "no %[redacted]!"),
    ] {
        assert_eq!(secrets.redact(&text), clean, "{text}");
    }
    for before in ["", "u", "us", "user:"] {
        let encoded = base64(format!("{before}{SECRET}xy").as_bytes());
        let clean = secrets.redact(&encoded).into_owned();
        assert_eq!(clean, REDACTED, "{encoded}");
    }
    let plain = "could not list: AccessDenied 100%";
    assert!(matches!(secrets.redact(plain), Cow::Borrowed(_)));
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    let secrets = secrets();
    secrets.learn("sixsix");
    let long = "x".repeat(90);
    for before in 0..40 {
        for secret in [SECRET, "sixsix", "SixSIX", "AKIAIOSFODNN7EXAMPLE"] {
            for after in [0, 1, 2, 3, 50] {
                let text = format!("{}{secret}{}", &long[..before], &long[..after]);
                assert!(!secrets.redact(&text).contains(secret), "{text}");
            }
        }
        let name = format!("{}{SECRET}", &long[..before]);
        assert!(secrets.are_in_name(&name), "{name}");
    }
    assert_eq!(secrets.redact(&long), long);
}

#[test]
fn an_access_key_is_shown_by_its_end_only() {
    let clean = secrets()
        .redact("no key AKIAIOSFODNN7EXAMPLE here")
        .into_owned();
    assert_eq!(clean, "no key …MPLE here");
}

#[test]
fn an_authorization_is_taken_out_whoever_made_it() {
    let signature = "0123456789abcdef".repeat(4);
    let header = format!(
        "AWS4-HMAC-SHA256 Credential=X/20261128/r/s3/aws4_request, SignedHeaders=host, Signature={signature}"
    );
    let secrets = secrets();
    assert_eq!(
        secrets.redact(&format!("got <{header}>")),
        "got <[redacted]>"
    );
    let query = format!("?X-Amz-Signature={signature}&x=1");
    assert_eq!(secrets.redact(&query), "?X-Amz-Signature=[redacted]&x=1");
    let alone = format!("wrong: {signature}.");
    assert_eq!(secrets.redact_answer(&alone, &header), "wrong: [redacted].");
    // The id of an account is as long.
    assert_eq!(secrets.redact(&alone), alone);
    assert!(!secrets.redact(&base64(header.as_bytes())).contains("QVdT"));
}

#[test]
fn a_token_that_was_cut_is_still_known_and_old_ones_stay_known() {
    let secrets = secrets();
    let token: String = (0..400_u32)
        .map(|i| char::from(b'a' + (i * 7 % 26) as u8))
        .collect();
    let keys = Credentials::new(
        "AKIA2",
        "another-secret-of-some-length",
        Some(token.clone()),
        None,
        "t",
    );
    secrets.learn_keys(&keys);
    assert_eq!(
        secrets.redact(&format!("x {} y", &token[30..100])),
        "x [redacted] y"
    );
    assert_eq!(secrets.redact(SECRET), REDACTED);
}

#[test]
fn a_name_with_a_secret_is_none() {
    let secrets = secrets();
    for name in [
        SECRET.to_owned(),
        format!("a/{SECRET}"),
        format!("{}{SECRET}/b", "long/".repeat(50)),
        format!("a/{}", SECRET.replace('/', "%2F")),
        format!("a/{}", SECRET.to_ascii_lowercase()),
        format!("a/{}", base64(format!("u:{SECRET}").as_bytes())),
        "AWS4-HMAC-SHA256 Credential=x".to_owned(),
    ] {
        assert!(secrets.are_in_name(&name), "{name}");
    }
    secrets.learn("minioadmin");
    for name in [
        "minioadmin/backup",
        "AKIAIOSFODNN7EXAMPLE",
        "",
        "100%/a b.tar",
        &"k".repeat(1_024),
    ] {
        assert!(!secrets.are_in_name(name), "{name}");
    }
    assert_eq!(secrets.redact("wrong minioadmin"), "wrong [redacted]");
}

#[test]
fn what_causes_an_error_is_cleaned_too() {
    let secrets = secrets();
    let cause = std::io::Error::other(format!("exited with code 1. Stderr: {SECRET} and more"));
    let clean = secrets.clean_cause(&cause).unwrap().to_string();
    assert_eq!(
        clean,
        "exited with code 1. what it wrote to standard error is not shown"
    );
    assert!(
        secrets
            .clean_cause(&std::io::Error::other("plain"))
            .is_none()
    );
}
