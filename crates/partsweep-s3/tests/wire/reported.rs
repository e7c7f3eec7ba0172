//! What people reported of stores in public, and others of the same kind (`docs/reports.md`).

use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Clock, Inspect, Mutate, StoreError, StoreErrorKind, UploadPage};
use partsweep_s3::{Addressing, Settings, StaticKeys, Store};

use crate::agreed::agreed_to;
use crate::scripted::{Reply, Request, Scripted, answer, error, ok, settings};

const EMPTY: &str =
    "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
const BUCKETS: &str = "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>";

async fn list(store: &Store, bucket: &str) -> Result<UploadPage, StoreError> {
    let bucket = BucketName::new(bucket).unwrap();
    store.list_uploads(&bucket, "", &Markers::START).await
}

fn in_path(request: &Request) -> bool {
    request.has("GET /b?") || request.has("GET /b/")
}

/// Many buckets are listed at once: those that were on their way when the first was refused are asked again, too.
#[tokio::test]
async fn what_one_answer_teaches_holds_for_requests_that_were_on_their_way() {
    let refused = "<Error><Code>SecondLevelDomainForbidden</Code><Message>x</Message></Error>";
    let moved = move |_, request: &Request| match request.has("GET /?") {
        true => ok(EMPTY),
        false => answer("403 Forbidden", "", refused),
    };
    let with_length = |_, request: &Request| {
        let head = request.head.to_lowercase();
        match head.contains("content-length: 0") {
            true => ok(EMPTY),
            false => answer("411 Length Required", "", ""),
        }
    };
    for server in [
        Scripted::start(moved).await,
        Scripted::start(with_length).await,
    ] {
        let store = Store::connect(settings(server.named_url())).await.unwrap();
        let (a, b, c, d) = tokio::join!(
            list(&store, "a"),
            list(&store, "b"),
            list(&store, "c"),
            list(&store, "d")
        );
        for listing in [a, b, c, d] {
            listing.unwrap();
        }
        let seen = server.seen();
        assert!(seen.len() > 5, "they were on their way: {seen:?}");
    }
}

/// Report 9: whoever asked was told to grant a permission.
#[tokio::test]
async fn a_store_that_wants_the_bucket_in_the_host_gets_it_there_from_then_on() {
    let forbidden = |code: &str, message: &str| {
        let document = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        answer("403 Forbidden", "", &document)
    };
    for (code, message) in [
        (
            "SecondLevelDomainForbidden",
            "The bucket you are attempting to access must be addressed using OSS third level domain.",
        ),
        (
            "PathStyleDomainForbidden",
            "The bucket you are attempting to access must be addressed using COS virtual-styled domain.",
        ),
        ("VirtualHostDomainRequired", "x"),
        (
            "AccessDenied",
            "This bucket must be addressed using virtual-hosted style.",
        ),
    ] {
        let server = Scripted::start(move |_, request| match in_path(request) {
            true => forbidden(code, message),
            false => ok(EMPTY),
        })
        .await;
        let store = Store::connect(settings(server.named_url())).await.unwrap();
        for _ in 0..3 {
            list(&store, "b").await.unwrap();
        }
        let seen = server.seen();
        assert_eq!(
            seen.iter().filter(|request| in_path(request)).count(),
            1,
            "{code}: remembered"
        );
        assert!(
            seen[1]
                .head
                .to_ascii_lowercase()
                .contains("host: b.localhost:"),
            "{code}: {:?}",
            seen[1]
        );
        assert_eq!(seen.len(), 4, "{code}");
    }
    // An address of numbers has no names below it, and what was said is done.
    let server = Scripted::start(move |_, _| forbidden("SecondLevelDomainForbidden", "x")).await;
    let said = Settings {
        addressing: Some(Addressing::Path),
        ..settings(server.named_url())
    };
    for settings in [settings(server.url()), said] {
        let before = server.seen().len();
        let store = Store::connect(settings).await.unwrap();
        let error = list(&store, "b").await.unwrap_err();
        assert_eq!(
            (error.kind, server.seen().len() - before),
            (StoreErrorKind::WrongAddressing, 1)
        );
    }
    // Asked for in the host, too, it refuses for another reason: that is told.
    let server = Scripted::start(move |_, request| match in_path(request) {
        true => forbidden("SecondLevelDomainForbidden", "x"),
        false => error("403 Forbidden", "AccessDenied"),
    })
    .await;
    let store = Store::connect(settings(server.named_url())).await.unwrap();
    assert_eq!(
        list(&store, "b").await.unwrap_err().kind,
        StoreErrorKind::Denied
    );
}

/// Report 10: one bucket in a region that isn't enabled, and the access key was called wrong.
#[tokio::test]
async fn a_bucket_whose_region_is_not_enabled_does_not_make_the_keys_wrong() {
    for code in ["InvalidToken", "InvalidAccessKeyId", "InvalidTokenId"] {
        let server = Scripted::start(move |_, request| match () {
            () if request.has("GET /far") => error("400 Bad Request", code),
            () if request.has("GET /b?") => ok(EMPTY),
            () => ok(BUCKETS),
        })
        .await;
        let store = server.store().await;
        // Nothing shows yet that the keys are good.
        assert_eq!(
            list(&store, "far").await.unwrap_err().kind,
            StoreErrorKind::BadCredentials,
            "{code}"
        );
        store.list_buckets().await.unwrap();
        assert_eq!(
            list(&store, "far").await.unwrap_err().kind,
            StoreErrorKind::RegionNotEnabled,
            "{code}"
        );
        list(&store, "b").await.unwrap();
    }
    let server = Scripted::start(|_, request| match request.has("GET /b?") {
        true => error("403 Forbidden", "SignatureDoesNotMatch"),
        false => ok(BUCKETS),
    })
    .await;
    let store = server.store().await;
    store.list_buckets().await.unwrap();
    assert_eq!(
        list(&store, "b").await.unwrap_err().kind,
        StoreErrorKind::BadCredentials
    );
}

/// Report 13: 411 ended everything.
#[tokio::test]
async fn a_store_that_wants_a_length_gets_one_from_then_on() {
    let has_length = |request: &Request| {
        request
            .head
            .to_ascii_lowercase()
            .contains("content-length: 0")
    };
    for (status, code) in [
        ("400 Bad Request", "MissingContentLength"),
        ("411 Length Required", "LengthRequired"),
    ] {
        let server = Scripted::start(move |_, request| match has_length(request) {
            true => ok(BUCKETS),
            false => error(status, code),
        })
        .await;
        server.store().await.list_buckets().await.unwrap();
        assert_eq!(server.seen().len(), 2, "{code}");
    }
    let server = Scripted::start(move |_, request| match () {
        () if !has_length(request) => error("411 Length Required", "MissingContentLength"),
        () if request.has("DELETE") => answer("204 No Content", "", ""),
        () if request.has("uploadId") => {
            ok("<ListPartsResult><Key>k</Key><UploadId>1</UploadId></ListPartsResult>")
        }
        () if request.has("uploads") => ok(EMPTY),
        () => ok(BUCKETS),
    })
    .await;
    let store = server.store().await;
    store.list_buckets().await.unwrap();
    list(&store, "b").await.unwrap();
    let upload = agreed_to("b", "k", "1");
    let look = store
        .list_parts(upload.address(), 0)
        .await
        .unwrap()
        .answered;
    store.abort_upload(&upload, look).await.unwrap();
    let seen = server.seen();
    let without = seen.iter().filter(|request| !has_length(request)).count();
    assert_eq!((without, seen.len()), (1, 5), "{seen:?}");
    assert!(
        !seen[1]
            .head
            .to_ascii_lowercase()
            .contains("signedheaders=content-length"),
        "not signed"
    );
    // One that wants it in spite of that is not asked for ever; and nobody else gets it.
    let server = Scripted::start(|_, _| error("411 Length Required", "MissingContentLength")).await;
    let store = server.store().await;
    assert_eq!(store.list_buckets().await.unwrap_err().status, Some(411));
    assert_eq!(server.seen().len(), 2);
    let server = Scripted::start(|_, _| ok(BUCKETS)).await;
    server.store().await.list_buckets().await.unwrap();
    assert!(!has_length(&server.seen()[0]));
}

/// Report 15: a line end behind the key, which no header can hold.
#[tokio::test]
async fn white_space_at_the_ends_of_keys_is_no_part_of_them() {
    for (id, secret, token) in [
        ("AKIDEXAMPLE\n", "sec-ret", None),
        (" AKIDEXAMPLE", "sec-ret\r\n", None),
        ("AKIDEXAMPLE", "sec-ret", Some("tok-en\n")),
    ] {
        let server = Scripted::start(|_, _| ok(BUCKETS)).await;
        let settings = Settings {
            keys: Some(StaticKeys::new(id, secret, token.map(str::to_owned))),
            ..server.settings()
        };
        let store = Store::connect(settings).await.unwrap();
        store.list_buckets().await.unwrap();
        let head = server.seen()[0].head.clone();
        assert!(head.contains("Credential=AKIDEXAMPLE/"), "{head}");
        assert_eq!(head.contains("tok-en"), token.is_some(), "{head}");
    }
}

/// Report 17: no hint, or one about regions.
#[tokio::test]
async fn an_endpoint_that_names_the_bucket_or_another_scheme_is_told_with_the_right_one() {
    let server = Scripted::start(|_, _| error("404 Not Found", "NoSuchKey")).await;
    let with_bucket = server.named_url().replace("localhost", "b.localhost");
    let store = Store::connect(settings(with_bucket)).await.unwrap();
    let told = list(&store, "b").await.unwrap_err().to_string();
    let url = format!(
        "the endpoint's host begins with the bucket's name: the store's own URL is {}",
        server.named_url()
    );
    assert!(told.contains(&url), "{told}");
    let other = list(&store, "c").await.unwrap_err().to_string();
    assert!(!other.contains("begins with"), "{other}");

    for (status, to, expected) in [
        (
            "301 Moved Permanently",
            "https://localhost/b?uploads",
            Some("https://localhost"),
        ),
        (
            "308 Permanent Redirect",
            "https://localhost:8443/b",
            Some("https://localhost:8443"),
        ),
        ("302 Found", "https://localhost/", Some("https://localhost")),
        ("307 Temporary Redirect", "http://localhost/b", None),
        ("302 Found", "https://login.example/", None),
    ] {
        let location = format!("Location: {to}\r\n");
        let server = Scripted::start(move |_, _| answer(status, &location, "")).await;
        let store = Store::connect(settings(server.named_url())).await.unwrap();
        let error = list(&store, "b").await.unwrap_err();
        let told = error.to_string();
        match expected {
            Some(url) => {
                assert_eq!(error.kind, StoreErrorKind::NotS3, "{told}");
                assert!(
                    told.contains(&format!("only redirects: the store is at {url} ")),
                    "{told}"
                );
                assert_eq!(
                    server.seen().len(),
                    1,
                    "no credentials follow, and no region is looked for"
                );
            }
            None => assert!(!told.contains("only redirects"), "{told}"),
        }
    }
}

fn upload_of(date: &str) -> Reply {
    ok(&format!(
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
         <Upload><Key>k</Key><UploadId>1</UploadId><Initiated>{date}</Initiated></Upload></ListMultipartUploadsResult>"
    ))
}

/// Report 7: dates in another form were no dates, and nobody was told. One without a zone is good for what is
/// safe: what it makes seem old may have happened a moment ago, also on a store whose profile says UTC.
#[tokio::test]
async fn dates_are_read_in_every_form_and_what_cannot_be_read_is_kept_to_be_shown() {
    let ceph = |reply: Reply| match reply {
        Reply::Bytes(bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            let named = text.replacen("\r\n", "\r\nServer: Ceph Object Gateway (squid)\r\n", 1);
            Reply::Bytes(named.into_bytes())
        }
        other => other,
    };
    for (date, is_read, clock, odd) in [
        ("Wed, 25 Nov 2026 22:34:25 GMT", true, Clock::Utc, None),
        ("1795646065", true, Clock::Utc, None),
        ("2026-11-25 22:34:25", true, Clock::Unproven, None),
        (
            "25/11/2026 22:34:25",
            false,
            Clock::Utc,
            Some("25/11/2026 22:34:25"),
        ),
    ] {
        let server = Scripted::start(move |_, _| ceph(upload_of(date))).await;
        let store = server.store().await;
        let page = list(&store, "b").await.unwrap();
        assert_eq!(page.uploads[0].initiated.is_some(), is_read, "{date}");
        assert_eq!(store.clock(), clock, "{date}");
        assert_eq!(store.odd_date().as_deref(), odd, "{date}");
    }
}
