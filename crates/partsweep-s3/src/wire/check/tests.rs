//! What is not sent, and which file may send what.

use super::*;
use http::Method;
use partsweep_core::{BucketName, Key};
use std::path::PathBuf;

fn place(origin: &str, path: &str) -> BucketUrl {
    BucketUrl {
        bucket: Some("b".into()),
        origin: origin.to_owned(),
        host: String::new(),
        path: path.to_owned(),
        region: "us-east-1".into(),
        is_express: false,
    }
}

/// In the path it would be a key of what else is there.
#[test]
fn a_change_in_a_directory_bucket_is_sent_to_its_own_host_only() {
    const BUCKET: &str = "b--use1-az4--x-s3";
    let (bucket, key) = (BucketName::new(BUCKET).unwrap(), Key::new("k").unwrap());
    let check = |origin: String, path: String| {
        let ask = S3Request::new(
            Operation::AbortMultipartUpload,
            Method::DELETE,
            Some(&bucket),
        );
        let request = Request::delete(format!("{origin}{path}/k?uploadId=1"));
        let place = BucketUrl {
            bucket: Some(BUCKET.into()),
            is_express: true,
            ..place(&origin, &path)
        };
        check_before_sending(&ask.with_key(&key), &place, &request.body(()).unwrap())
    };
    let zone = "s3express-use1-az4.us-east-1.amazonaws.com";
    assert_eq!(
        check(format!("https://{BUCKET}.{zone}"), String::new()),
        Ok(())
    );
    for origin in ["https://s3.us-east-1.amazonaws.com", "https://h"] {
        assert!(check(origin.to_owned(), format!("/{BUCKET}")).is_err());
    }
    assert!(check(format!("https://{zone}"), String::new()).is_err());
}

#[test]
fn a_destructive_request_without_all_its_names_is_not_sent() {
    let (bucket, key) = (BucketName::new("b").unwrap(), Key::new("a/b c").unwrap());
    let by_path = place("http://h", "/b");
    let by_host = place("http://b.h", "");
    let check_at = |place: &BucketUrl, bucket, key: Option<&Key>, url: &'static str| {
        let mut ask = S3Request::new(Operation::AbortMultipartUpload, Method::DELETE, bucket);
        ask.key = key;
        let request = Request::delete(url).body(()).unwrap();
        check_before_sending(&ask, place, &request)
    };
    let check = |bucket, key, url| check_at(&by_path, bucket, key, url);
    let (bucket, key) = (Some(&bucket), Some(&key));
    assert_eq!(check(bucket, key, "http://h/b/a/b%20c?uploadId=1"), Ok(()));
    let at_host = "http://b.h/a/b%20c?uploadId=1";
    assert_eq!(check_at(&by_host, bucket, key, at_host), Ok(()));
    for url in [
        "http://h/b/a/b%20c",
        "http://h/b/a/b%20c?uploadId=",
        "http://h/b/a/b%20c?uploadid=1",
        "http://h/b/a/b%20c?uploadId=&x=1",
        "http://h/b/?uploadId=1",
        "http://h/b?uploadId=1",
        "http://h/a/b%20c?uploadId=1",
        "http://h/b/other?uploadId=1",
        "http://h/b/b/a/b%20c?uploadId=1",
        "http://h/b/x/a/b%20c?uploadId=1",
        "http://h/b-2/a/b%20c?uploadId=1",
        "http://h/b/a/b%2520c?uploadId=1",
        "http://h:81/b/a/b%20c?uploadId=1",
        "https://h/b/a/b%20c?uploadId=1",
        "http://b.evil/a/b%20c?uploadId=1",
        "http://b-2.h/a/b%20c?uploadId=1",
        "http://b.h/a/b%20c?uploadId=1",
    ] {
        assert!(check(bucket, key, url).is_err(), "{url}");
    }
    // A place that does not name its bucket would address bucket `a` here.
    let nowhere = place("http://h", "");
    let elsewhere = "http://h/a/b%20c?uploadId=1";
    assert!(check_at(&nowhere, bucket, key, elsewhere).is_err());
    let other_path = place("http://h", "/other");
    let elsewhere = "http://h/other/a/b%20c?uploadId=1";
    assert!(check_at(&other_path, bucket, key, elsewhere).is_err());
    for url in [
        "http://b.h/b/a/b%20c?uploadId=1",
        "http://b2.h/a/b%20c?uploadId=1",
    ] {
        assert!(check_at(&by_host, bucket, key, url).is_err(), "{url}");
    }
    let other = BucketUrl {
        bucket: Some("b2".into()),
        ..place("http://h", "/b")
    };
    let url = "http://h/b/a/b%20c?uploadId=1";
    assert!(check_at(&other, bucket, key, url).is_err());
    let none = BucketUrl {
        bucket: None,
        ..place("http://h", "/b")
    };
    assert!(check_at(&none, bucket, key, url).is_err());
    assert!(check(None, key, "http://h/b/a/b%20c?uploadId=1").is_err());
    assert!(check(bucket, None, "http://h/b/?uploadId=1").is_err());
}

/// Checks one request for a key.
fn check(ask: &S3Request<'_>, query: &str, source: Option<&str>) -> Result<(), &'static str> {
    let mut path = String::new();
    crate::address::escape::push_path(&mut path, ask.key.unwrap().as_str());
    let mut request = Request::builder()
        .method(ask.method.clone())
        .uri(format!("http://h/b/{path}{query}"));
    if let Some(source) = source {
        request = request.header(COPY_SOURCE, source);
    }
    check_before_sending(ask, &place("http://h", "/b"), &request.body(()).unwrap())
}

#[test]
fn only_a_spare_copy_is_ever_deleted() {
    let bucket = BucketName::new("b").unwrap();
    let delete = |key: &Key, query| {
        let ask =
            S3Request::new(Operation::DeleteObject, Method::DELETE, Some(&bucket)).with_key(key);
        check(&ask, query, None)
    };
    let spare = SpareName::fresh(7);
    for query in ["", "?versionId=1", "?versionId=null"] {
        assert_eq!(delete(spare.key(), query), Ok(()), "{query}");
    }
    for query in [
        "?",
        "?versionId=",
        "?versionid=1",
        "?versionId=1&x",
        "?uploadId=1",
    ] {
        assert!(delete(spare.key(), query).is_err(), "{query}");
    }
    for key in [
        "customer.db",
        ".partsweep-spare-1",
        "x/.partsweep-spare-00000000000000000000000000000007",
    ] {
        assert!(delete(&Key::new(key).unwrap(), "").is_err(), "{key}");
    }
    let ask = S3Request::new(Operation::DeleteObject, Method::DELETE, Some(&bucket))
        .with_key(spare.key());
    let other = Request::delete("http://h/b/customer.db").body(()).unwrap();
    assert!(check_before_sending(&ask, &place("http://h", "/b"), &other).is_err());
}

#[test]
fn a_write_that_is_not_what_it_is_called_is_not_sent() {
    use Operation as Op;
    let (bucket, key) = (BucketName::new("b").unwrap(), Key::new("k").unwrap());
    let write = |operation, method, query, source| {
        let ask = S3Request::new(operation, method, Some(&bucket)).with_key(&key);
        check(&ask.with_body("x".to_owned()), query, source)
    };
    let (put, post) = (Method::PUT, Method::POST);
    let part = "?partNumber=1&uploadId=1";
    let right = [
        (Op::CopyObject, &put, "", Some("b/k")),
        (Op::UploadPartCopy, &put, part, Some("b/k")),
        (Op::CreateMultipartUpload, &post, "?uploads", None),
        (Op::CompleteMultipartUpload, &post, "?uploadId=1", None),
    ];
    for (operation, method, query, source) in right {
        assert_eq!(write(operation, method.clone(), query, source), Ok(()));
    }
    let wrong = [
        (Op::CopyObject, &put, "", None),
        (Op::CopyObject, &put, "", Some("")),
        (Op::CopyObject, &put, part, Some("b/k")),
        (Op::CopyObject, &post, "", Some("b/k")),
        (Op::UploadPartCopy, &put, part, None),
        (Op::UploadPartCopy, &put, "", Some("b/k")),
        (
            Op::UploadPartCopy,
            &put,
            "?partNumber=1&uploadId=",
            Some("b/k"),
        ),
        (Op::UploadPart, &put, part, None),
        (Op::CreateMultipartUpload, &post, "", None),
        (Op::CreateMultipartUpload, &put, "?uploads", None),
        (Op::CompleteMultipartUpload, &post, "?uploadId=", None),
        (Op::HeadObject, &put, "", None),
        (Op::HeadObject, &post, "?uploads", None),
    ];
    for (operation, method, query, source) in wrong {
        let written = write(operation, method.clone(), query, source);
        assert!(written.is_err(), "{operation:?} {method} {query}");
    }
}

#[test]
fn a_change_of_a_lifecycle_names_its_bucket_and_nothing_else() {
    let rule = "<Rule><Filter/><Status>Enabled</Status></Rule>";
    let body = format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>");
    let bucket = BucketName::new("b").unwrap();
    let at = |place: &BucketUrl, method: &Method, url: &str, body: &str| {
        let operation = match *method {
            Method::PUT => Operation::PutBucketLifecycle,
            _ => Operation::DeleteBucketLifecycle,
        };
        let ask = S3Request::new(operation, method.clone(), Some(&bucket));
        let request = Request::builder().method(method).uri(url).body(()).unwrap();
        check_before_sending(&ask.with_body(body.to_owned()), place, &request)
    };
    let (by_path, by_host) = (place("http://h", "/b"), place("http://b.h", ""));
    let check = |method: &Method, url| at(&by_path, method, url, &body);
    for method in [Method::PUT, Method::DELETE] {
        assert_eq!(check(&method, "http://h/b?lifecycle"), Ok(()));
        assert_eq!(
            at(&by_host, &method, "http://b.h/?lifecycle", &body),
            Ok(())
        );
        for url in [
            "http://h/b",
            "http://h/b?",
            "http://h/b?lifecycle=",
            "http://h/b?lifecycle&x",
            "http://h/b?policy",
            "http://h/?lifecycle",
            "http://h/b2?lifecycle",
            "http://h/b/k?lifecycle",
            "http://b.h/?lifecycle",
            "https://h/b?lifecycle",
        ] {
            assert!(check(&method, url).is_err(), "{method} {url}");
        }
    }
    for body in [
        "",
        "<LifecycleConfiguration/>",
        "<LifecycleConfiguration></LifecycleConfiguration>",
        "<Tagging/>",
        "x",
    ] {
        let written = at(&by_path, &Method::PUT, "http://h/b?lifecycle", body);
        assert!(written.is_err(), "{body}");
    }
    let key = Key::new("k").unwrap();
    let ask = S3Request::new(
        Operation::DeleteBucketLifecycle,
        Method::DELETE,
        Some(&bucket),
    )
    .with_key(&key);
    let request = Request::delete("http://h/b?lifecycle").body(()).unwrap();
    assert!(check_before_sending(&ask, &by_path, &request).is_err());
    // The rules of keys hold for what is no change of a bucket.
    let abort = S3Request::new(
        Operation::AbortMultipartUpload,
        Method::DELETE,
        Some(&bucket),
    );
    assert!(check_before_sending(&abort, &by_path, &request).is_err());
}

/// The sources of this crate, by their path from `src`, without tests in files of their own.
fn sources() -> Vec<(String, String)> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for source in std::fs::read_dir(folder).unwrap() {
            let path = source.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                sources.push((name.to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

#[test]
fn no_other_file_can_send_a_destructive_request() {
    let allowed = [
        (
            "Method::DELETE",
            &[
                "mutate/abort.rs",
                "mutate/lifecycle.rs",
                "mutate/repair/spare.rs",
            ][..],
        ),
        (
            "Method::PUT",
            &[
                "mutate/lifecycle.rs",
                "mutate/part.rs",
                "mutate/repair/copy.rs",
                "mutate/repair/parts.rs",
            ],
        ),
        (
            "Method::POST",
            &["mutate/complete.rs", "mutate/repair/parts.rs"],
        ),
        ("Method::PATCH", &[]),
        ("Method::from_bytes", &[]),
        ("Method::try_from", &[]),
        // Compared with what is sent, and made into no request.
        ("\"DELETE\"", &["net/look_age.rs", "wire/check.rs"]),
        ("\"PUT\"", &["net/look_age.rs", "wire/check.rs"]),
        ("\"POST\"", &["net/look_age.rs", "wire/check.rs"]),
    ];
    let sources = sources();
    assert!(sources.len() > 40, "the sources were not found");
    for (word, files) in allowed {
        let has = sources
            .iter()
            // This file; it makes requests, but has no store to send them to.
            .filter(|(name, text)| name != "wire/check/tests.rs" && text.contains(word))
            .map(|(name, _)| name.as_str());
        let mut has: Vec<_> = has.collect();
        has.sort_unstable();
        assert_eq!(has, files, "{word}");
    }
    let check = sources.iter().find(|(name, _)| name == "wire/check.rs");
    assert!(!check.unwrap().1.contains("S3Request::new"));
}
