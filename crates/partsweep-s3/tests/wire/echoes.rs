//! What a store, a gateway or a proxy echoes of a request never holds a secret (law 9).

use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Inspect};
use partsweep_s3::{Settings, StaticKeys, Store};

use crate::scripted::{Reply, Request, Scripted, answer};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEBYaDHVuaXF1ZS10b2tlbi1vZi1vdXJz0123456789+/abcdefghijklmnop==";

/// The values of what was sent that nobody may see again.
fn sent(request: &Request) -> String {
    let secret = |line: &&str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("authorization:") || line.starts_with("x-amz-security-token:")
    };
    let lines: Vec<&str> = request.head.lines().filter(secret).collect();
    assert_eq!(lines.len(), 2, "{}", request.head);
    lines.join(" ")
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Breaker 10: the session token reached standard error, JSON and the journal.
#[tokio::test]
async fn an_echo_of_a_request_in_any_field_of_an_error_shows_no_secret() {
    type Echo = fn(&str) -> Reply;
    let echoes: [Echo; 6] = [
        |sent| {
            let body = format!("<Error><Code>AccessDenied</Code><Message>{sent}</Message></Error>");
            answer("403 Forbidden", "", &body)
        },
        |sent| {
            let body = format!("<Error><Code>{sent}</Code><RequestId>{sent}</RequestId></Error>");
            answer("400 Bad Request", "", &body)
        },
        |sent| {
            let body = "<Error><Code>AccessDenied</Code></Error>";
            answer(
                "403 Forbidden",
                &format!("x-amz-request-id: {sent}\r\n"),
                body,
            )
        },
        |sent| {
            let at = sent.replace(' ', "+");
            answer("302 Found", &format!("Location: http://x/{at}\r\n"), "")
        },
        |sent| {
            let body = format!(
                "<Error><Code>A</Code><Message>{}</Message></Error>",
                percent(sent)
            );
            answer("403 Forbidden", "", &body)
        },
        |sent| {
            let upper = sent.to_ascii_uppercase();
            let body = format!("<Error><Code>A</Code><Message>{upper}</Message></Error>");
            answer("403 Forbidden", "", &body)
        },
    ];
    for (number, echo) in echoes.into_iter().enumerate() {
        let server = Scripted::start(move |_, request| echo(&sent(request))).await;
        let store = Store::connect(Settings {
            keys: Some(StaticKeys::new(
                "AKIAIOSFODNN7EXAMPLE",
                SECRET,
                Some(TOKEN.to_owned()),
            )),
            ..server.settings()
        })
        .await
        .unwrap();
        let bucket = BucketName::new("b").unwrap();
        let error = store
            .list_uploads(&bucket, "", &Markers::START)
            .await
            .unwrap_err();
        let shown = format!("{error} {error:?}").to_ascii_lowercase();
        let signature = server.seen()[0]
            .head
            .split_once("Signature=")
            .map(|(_, rest)| rest.lines().next().unwrap().trim().to_owned())
            .unwrap();
        for secret in [SECRET, TOKEN, &signature] {
            for form in [secret.to_owned(), percent(secret)] {
                let form = form.to_ascii_lowercase();
                assert!(!shown.contains(&form), "echo {number}: {shown}");
            }
        }
    }
}

/// Names have to be exact, so a listing that echoes is not redacted: what holds a secret is left out, is
/// counted, and can be neither shown nor aborted.
#[tokio::test]
async fn an_echo_in_a_listing_is_left_out_and_makes_it_incomplete() {
    let listing = |sent: &str| {
        let upload = |key: &str, id: &str, owner: &str| {
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Owner><ID>{owner}</ID></Owner>\
                 <StorageClass>{owner}</StorageClass></Upload>"
            )
        };
        let uploads = [
            upload("plain", "1", sent),
            upload(sent, "2", "o"),
            upload("k", sent, "o"),
            upload(&percent(sent), "3", "o"),
        ];
        format!(
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{}</ListMultipartUploadsResult>",
            uploads.concat()
        )
    };
    let server = Scripted::start(move |_, request| {
        let sent = sent(request);
        let region = format!("x-amz-bucket-region: {sent}\r\n");
        if request.head.contains("?uploads") {
            return answer("200 OK", &region, &listing(&sent));
        }
        let buckets = format!(
            "<ListAllMyBucketsResult><Owner><ID>{sent}</ID></Owner><Buckets>\
             <Bucket><Name>b</Name><BucketRegion>{sent}</BucketRegion></Bucket>\
             <Bucket><Name>{sent}</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        );
        answer("200 OK", "", &buckets)
    })
    .await;
    let store = Store::connect(Settings {
        keys: Some(StaticKeys::new(
            "AKIAIOSFODNN7EXAMPLE",
            SECRET,
            Some(TOKEN.to_owned()),
        )),
        ..server.settings()
    })
    .await
    .unwrap();
    let buckets = store.list_buckets().await.unwrap();
    assert_eq!(buckets.len(), 1);
    assert!(store.buckets_missing().is_some());
    assert_eq!(store.account(), None);
    let bucket = BucketName::new("b").unwrap();
    let page = store
        .list_uploads(&bucket, "", &Markers::START)
        .await
        .unwrap();
    assert_eq!((page.uploads.len(), page.nameless), (1, 3));
    let region = store.region(&bucket);
    let shown = format!("{buckets:?} {:?} {region:?}", page.uploads).to_ascii_lowercase();
    for secret in [TOKEN, "signature=", "aws4-hmac"] {
        assert!(!shown.contains(&secret.to_ascii_lowercase()), "{shown}");
    }
}
