//! Each operation as it is sent, and what its answers mean.

use crate::scripted::{Scripted, answer, error, ok, settings};
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    AbortAnswer, BucketName, Inspect, Key, KeyProof, MissingBuckets, Mutate, StoreErrorKind,
    UploadAddress, UploadId,
};
use partsweep_s3::{Addressing, Settings, Store};

fn bucket() -> BucketName {
    BucketName::new("b").unwrap()
}

fn upload(key: &str, id: &str) -> UploadAddress {
    UploadAddress {
        bucket: bucket(),
        key: Key::new(key).unwrap(),
        id: UploadId::new(id).unwrap(),
    }
}

fn listing(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ListMultipartUploadsResult xmlns=\"x\">{inside}</ListMultipartUploadsResult>"
    )
}

#[tokio::test]
async fn buckets_are_listed_to_the_end_wherever_the_store_pages() {
    let server = Scripted::start(|number, _| {
        let token = if number == 0 { "<ContinuationToken>a+b</ContinuationToken>" } else { "" };
        ok(&format!(
            "<ListAllMyBucketsResult><Owner><ID>them</ID></Owner><Buckets><Bucket><Name>b{number}</Name>\
             <BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets>{token}</ListAllMyBucketsResult>"
        ))
    })
    .await;
    let store = server.store().await;
    assert_eq!(store.account(), None);
    let names: Vec<_> = store
        .list_buckets()
        .await
        .unwrap()
        .into_iter()
        .map(|b| b.name)
        .collect();
    assert_eq!(
        names,
        [
            BucketName::new("b0").unwrap(),
            BucketName::new("b1").unwrap()
        ]
    );
    let lines: Vec<_> = server
        .seen()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines, ["GET /", "GET /?continuation-token=a%2Bb"]);
    assert_eq!(store.region(&names[0]).as_deref(), Some("eu-west-1"));
    assert_eq!(store.requests(), 2);
    assert_eq!(store.account(), Some("them"));
}

#[tokio::test]
async fn a_bucket_listing_that_repeats_itself_ends() {
    let server = Scripted::start(|_, _| {
        ok("<ListAllMyBucketsResult><ContinuationToken>x</ContinuationToken></ListAllMyBucketsResult>")
    })
    .await;
    // What repeats the question leads nowhere: R2 sends it on the last page.
    let store = server.store().await;
    assert!(store.list_buckets().await.unwrap().is_empty());
    assert_eq!(store.requests(), 2);
}

#[tokio::test]
async fn uploads_are_asked_for_without_empty_parameters_and_read() {
    let server = Scripted::start(|_, _| {
        answer(
            "200 OK",
            "Date: Tue, 24 Nov 2026 00:00:00 GMT\r\n",
            &listing(
                "<IsTruncated>True</IsTruncated><NextKeyMarker>k&amp;2</NextKeyMarker><NextUploadIdMarker/>\
                 <Upload><Key> a&#x1;b\r\n&lt;</Key><UploadId>1</UploadId><Initiated>2026-11-01T00:00:00.3Z</Initiated>\
                 <Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass></Upload>\
                 <Upload><Key>k</Key><UploadId></UploadId></Upload>",
            ),
        )
    })
    .await;
    let page = server
        .store()
        .await
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(server.seen()[0].line, "GET /b?uploads&max-uploads=1000");
    assert_eq!(server.seen().len(), 1);
    let only = &page.uploads[0];
    assert_eq!(only.address.key.as_str(), " a\u{1}b\r\n<");
    assert_eq!(only.key_proof, KeyProof::Exact);
    assert_eq!(
        only.initiated,
        Some("2026-11-01T00:00:00.300Z".parse().unwrap())
    );
    assert_eq!(
        (only.owner.as_deref(), only.initiator.as_deref()),
        (Some("o"), None)
    );
    assert_eq!(
        (page.uploads.len(), page.nameless, page.truncated),
        (1, 1, true)
    );
    assert_eq!(
        page.next,
        Markers {
            key: Some("k&2".into()),
            id: None
        }
    );
    assert_eq!(page.date, Some("2026-11-24T00:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn markers_and_prefix_go_back_escaped() {
    let server = Scripted::start(|_, _| ok(&listing(""))).await;
    let after = Markers {
        key: Some("a/b+c".into()),
        id: Some("2~&".into()),
    };
    server
        .store()
        .await
        .list_uploads(&bucket(), "p q", &after)
        .await
        .unwrap();
    let wanted =
        "GET /b?uploads&max-uploads=1000&prefix=p%20q&key-marker=a%2Fb%2Bc&upload-id-marker=2~%26";
    assert_eq!(server.seen()[0].line, wanted);
}

#[tokio::test]
async fn no_such_upload_as_the_answer_to_a_listing_is_an_empty_page() {
    let server = Scripted::start(|_, _| error("404 Not Found", "NoSuchUpload")).await;
    let page = server
        .store()
        .await
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert!(page.uploads.is_empty() && !page.truncated);
}

/// A store that is known says so of nothing: what it doesn't list isn't none.
#[tokio::test]
async fn no_such_upload_as_the_answer_to_a_listing_is_an_error_where_the_store_is_known() {
    let server = Scripted::start(|_, _| {
        let body = "<Error><Code>NoSuchUpload</Code></Error>";
        answer("404 Not Found", "Server: MinIO\r\n", body)
    })
    .await;
    let store = server.store().await;
    let listed = store.list_uploads(&bucket(), "", &Markers::START).await;
    assert_eq!(listed.unwrap_err().kind, StoreErrorKind::NoSuchUpload);
}

/// What a page says it is limited to, and nobody asked for, leaves something out.
#[tokio::test]
async fn a_listing_of_less_than_was_asked_for_is_not_whole() {
    for (says, prefix, unseen) in [
        ("<KeyMarker>zzz</KeyMarker>", "", 1),
        ("<Prefix>x/</Prefix>", "", 1),
        ("<Prefix>x/</Prefix>", "x/", 0),
        ("<KeyMarker/><Prefix/>", "", 0),
    ] {
        let page = listing(&format!("{says}<IsTruncated>false</IsTruncated>"));
        let server = Scripted::start(move |_, _| ok(&page)).await;
        let store = server.store().await;
        let listed = store.list_uploads(&bucket(), prefix, &Markers::START).await;
        assert_eq!(listed.unwrap().nameless, unseen, "{says} {prefix}");
    }
    for (says, after, unseen, may_go_on) in [
        ("<PartNumberMarker>500</PartNumberMarker>", 0, 1, false),
        ("<PartNumberMarker>500</PartNumberMarker>", 500, 0, false),
        ("<PartNumberMarker>0</PartNumberMarker>", 0, 0, false),
        (
            "<NextPartNumberMarker>2500</NextPartNumberMarker>",
            0,
            0,
            true,
        ),
        (
            "<NextPartNumberMarker>501</NextPartNumberMarker>",
            0,
            0,
            false,
        ),
    ] {
        let page = format!(
            "<ListPartsResult>{says}<IsTruncated>false</IsTruncated><Part><PartNumber>501</PartNumber><Size>5</Size></Part>\
             </ListPartsResult>"
        );
        let server = Scripted::start(move |_, _| ok(&page)).await;
        let upload = UploadAddress::new("b", "k", "1").unwrap();
        let page = server.store().await.list_parts(&upload, after).await;
        let page = page.unwrap();
        assert_eq!(
            (page.nameless, page.may_go_on),
            (unseen, may_go_on),
            "{says}"
        );
    }
}

#[tokio::test]
async fn a_key_that_a_page_cannot_show_is_looked_up_encoded() {
    let server = Scripted::start(|_, request| {
        let (key, says) = match request.has("encoding-type=url") {
            true => ("c%01+d", "<EncodingType>url</EncodingType>"),
            false => ("c\u{fffd} d", ""),
        };
        ok(&listing(&format!(
            "{says}<Upload><Key>{key}</Key><UploadId>1</UploadId></Upload>\
             <Upload><Key>a+b</Key><UploadId>2</UploadId></Upload>"
        )))
    })
    .await;
    let page = server
        .store()
        .await
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    let keys: Vec<_> = page
        .uploads
        .iter()
        .map(|u| (u.address.key.as_str(), u.key_proof))
        .collect();
    assert_eq!(
        keys,
        [("c\u{1} d", KeyProof::Exact), ("a+b", KeyProof::Exact)]
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_asked_for_again_and_then_encoded() {
    let server = Scripted::start(|_, request| match request.has("encoding-type=url") {
        true => ok(&listing(
            "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%01</NextKeyMarker>\
             <Upload><Key>a%01</Key><UploadId>1</UploadId></Upload>",
        )),
        false => ok(&listing("<Upload><Key>a&#0;</Key><UploadId>1</UploadId></Upload>")),
    })
    .await;
    let page = server
        .store()
        .await
        .list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(page.uploads[0].address.key.as_str(), "a\u{1}");
    assert_eq!(page.uploads[0].key_proof, KeyProof::Exact);
    assert_eq!(page.next.key.as_deref(), Some("a\u{1}"));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn parts_are_listed_from_a_number_on() {
    let server = Scripted::start(|_, _| {
        ok("<ListPartsResponse><IsTruncated>1</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker>\
            <Part><PartNumber>7</PartNumber><Size>5</Size><LastModified>2026-11-01T00:00:00Z</LastModified></Part>\
            <Part><PartNumber>x</PartNumber></Part><Part><PartNumber>8</PartNumber><Size></Size></Part></ListPartsResponse>")
    })
    .await;
    let page = server
        .store()
        .await
        .list_parts(&upload("a//../b c", "2~x"), 6)
        .await
        .unwrap();
    let wanted = "GET /b/a//../b%20c?part-number-marker=6&uploadId=2~x";
    assert_eq!(server.seen()[0].line, wanted);
    assert_eq!((page.truncated, page.next), (true, Some(7)));
    let parts: Vec<_> = page
        .parts
        .iter()
        .map(|part| (part.number, part.bytes))
        .collect();
    assert_eq!(parts, [(7, Some(5)), (8, None)]);
}

#[tokio::test]
async fn gone_is_believed_only_from_an_s3_document() {
    let cases = [
        (
            error("404 Not Found", "NoSuchUpload"),
            StoreErrorKind::NoSuchUpload,
        ),
        (
            error("404 Not Found", "NoSuchKey"),
            StoreErrorKind::NoSuchUpload,
        ),
        (
            error("404 Not Found", "NoSuchBucket"),
            StoreErrorKind::NoSuchBucket,
        ),
        (
            answer("404 Not Found", "", "<html>gone</html>"),
            StoreErrorKind::NotS3,
        ),
        (answer("404 Not Found", "", ""), StoreErrorKind::NotS3),
        (
            answer("404 Not Found", "", "<Error><Message>x</Message></Error>"),
            StoreErrorKind::Refused,
        ),
    ];
    for (reply, kind) in cases {
        let shown = format!("{reply:?}");
        let server = Scripted::start(move |_, _| reply.clone()).await;
        let store = server.store().await;
        assert_eq!(
            store
                .list_parts(&upload("k", "1"), 0)
                .await
                .unwrap_err()
                .kind,
            kind,
            "{shown}"
        );
        let aborted = store
            .abort_upload(
                &crate::agreed::agreed(upload("k", "1")),
                crate::agreed::FRESH,
            )
            .await;
        match kind {
            StoreErrorKind::NoSuchUpload => assert_eq!(aborted.unwrap(), AbortAnswer::AlreadyGone),
            _ => assert_eq!(aborted.unwrap_err().kind, kind, "{shown}"),
        }
    }
}

#[tokio::test]
async fn parts_of_a_key_that_a_store_cannot_write_are_asked_for_encoded() {
    let server = Scripted::start(|_, request| match request.has("encoding-type=url") {
        true => ok("<ListPartsResult><Key>a%01</Key><Part><PartNumber>1</PartNumber></Part></ListPartsResult>"),
        false => error("500 Internal Error", "InternalError"),
    })
    .await;
    let store = server.store().await;
    assert_eq!(
        store
            .list_parts(&upload("a\u{1}", "1"), 0)
            .await
            .unwrap()
            .parts
            .len(),
        1
    );
    let plain = store.list_parts(&upload("a", "1"), 0).await.unwrap_err();
    assert_eq!(plain.kind, StoreErrorKind::Server);
}

/// Report 2: R2 pages by `NextContinuationToken` and repeats the question as `ContinuationToken`, others
/// by marker; 500 of 1,500 buckets were never listed, with exit 0.
#[tokio::test]
async fn a_list_of_buckets_that_cannot_be_believed_is_partial() {
    const A: &str = "<Bucket><Name>aaa</Name></Bucket>";
    const B: &str = "<Bucket><Name>bbb</Name></Bucket>";
    const MORE: &str =
        "<IsTruncated>true</IsTruncated><NextContinuationToken>T</NextContinuationToken>";
    const ECHO: &str = "<ContinuationToken>T</ContinuationToken>";
    // The buckets of the first page and what is behind them, the same of the second, whether some are missing.
    for (first, second, missing) in [
        ((A, ""), (B, ""), false),
        ((A, MORE), (B, ""), false),
        ((A, MORE), ("", ""), true),
        ((A, MORE), (A, MORE), true),
        ((A, ECHO), (A, ECHO), true),
        (
            (A, "<NextMarker>aaa</NextMarker>"),
            (A, "<NextMarker>aaa</NextMarker>"),
            true,
        ),
        ((A, "<IsTruncated>maybe</IsTruncated>"), (B, ""), true),
        (
            ("<Bucket><Name>aaa</Name></Bucket><Bucket/>", ""),
            (B, ""),
            true,
        ),
        (("<Bucket><Name/></Bucket>", ""), (B, ""), true),
    ] {
        let server = Scripted::start(move |_, request| {
            let asks_on = request.has("continuation-token=T") || request.has("marker=aaa");
            let (buckets, rest) = if asks_on { second } else { first };
            ok(&format!(
                "<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{rest}</ListAllMyBucketsResult>"
            ))
        })
        .await;
        let store = server.store().await;
        store.list_buckets().await.unwrap();
        let is_missing = matches!(store.buckets_missing(), Some(MissingBuckets::Some(_)));
        assert_eq!(is_missing, missing, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn lists_of_buckets_are_followed_in_every_dialect_and_an_echo_leads_nowhere() {
    let page = |names: std::ops::Range<usize>, rest: &str| {
        let name = |n| format!("<Bucket><Name>b-{n:04}</Name></Bucket>");
        let buckets: String = names.map(name).collect();
        ok(&format!(
            "<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{rest}</ListAllMyBucketsResult>"
        ))
    };
    const MORE: &str = "<IsTruncated>true</IsTruncated>";
    // First page, what leads on, the second page, how many there are, whether some are missing.
    for (first, asked, second, count, missing) in [
        (
            "<NextContinuationToken>T</NextContinuationToken>",
            "continuation-token=T",
            "<ContinuationToken>T</ContinuationToken>",
            1_500,
            false,
        ),
        (
            "<ContinuationToken>T</ContinuationToken>",
            "continuation-token=T",
            "",
            1_500,
            false,
        ),
        (
            "<NextMarker>b-0999</NextMarker>",
            "marker=b-0999",
            "<Marker>b-0999</Marker>",
            1_500,
            false,
        ),
        (
            "<NextContinuationToken>T</NextContinuationToken>",
            "continuation-token=T",
            "<IsTruncated>true</IsTruncated>",
            1_500,
            true,
        ),
        (
            "<NextContinuationToken>T</NextContinuationToken>",
            "continuation-token=T",
            "<NextContinuationToken>U</NextContinuationToken>",
            1_500,
            true,
        ),
        ("", "never", "", 1_000, true),
    ] {
        let server = Scripted::start(move |_, request| {
            if request.has("=U") {
                page(
                    1_000..1_500,
                    "<NextContinuationToken>V</NextContinuationToken>",
                )
            } else if request.has(asked) {
                page(1_000..1_500, second)
            } else {
                page(0..1_000, &format!("{MORE}{first}"))
            }
        })
        .await;
        let store = server.store().await;
        let buckets = store.list_buckets().await.unwrap();
        assert_eq!(buckets.len(), count, "{first} {second}");
        let is_missing = matches!(store.buckets_missing(), Some(MissingBuckets::Some(_)));
        assert_eq!(is_missing, missing, "{first} {second}");
    }
    let server = Scripted::start(move |_, _| page(0..1_000, "")).await;
    let store = server.store().await;
    assert_eq!(store.list_buckets().await.unwrap().len(), 1_000);
    let doubt = store.buckets_missing();
    assert!(
        matches!(doubt, Some(MissingBuckets::Perhaps(_))),
        "{doubt:?}"
    );
}

/// `GET /../?uploads` is about the list of buckets, `GET /a/b?uploads` about a key of another bucket.
#[tokio::test]
async fn a_bucket_whose_name_leads_elsewhere_is_never_asked_for() {
    let server = Scripted::start(|_, _| ok(&listing("<IsTruncated>false</IsTruncated>"))).await;
    let path = server.store().await;
    let host = Store::connect(Settings {
        addressing: Some(Addressing::Virtual),
        ..settings(server.named_url())
    });
    let host = host.await.unwrap();
    for store in [&path, &host] {
        for name in [
            ".", "..", "a/b", "../a", "a?b", "a#b", "a\\b", "a\nb", "a\u{7f}",
        ] {
            let bucket = BucketName::new(name).unwrap();
            let key = Key::new("k").unwrap();
            let listed = store.list_uploads(&bucket, "", &Markers::START).await;
            let error = listed.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::BadRequest, "{error}");
            let words = "the bucket's name can't be used in a URL";
            assert!(error.to_string().contains(words), "{error}");
            assert!(store.head_object(&bucket, &key).await.is_err());
            assert!(store.lifecycle(&bucket).await.is_err());
        }
    }
    assert!(server.seen().is_empty(), "{:?}", server.seen());
    path.list_uploads(&bucket(), "", &Markers::START)
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 1);
}

/// A page of 1,000 uploads without a word about its end: those behind it would be missed (law 13).
#[tokio::test]
async fn a_full_page_without_a_word_of_its_end_may_go_on() {
    for (uploads, inside, may_go_on) in [
        (1_000, "", true),
        (999, "", false),
        // This store isn't recognized.
        (1_000, "<IsTruncated>false</IsTruncated>", true),
        (999, "<IsTruncated>false</IsTruncated>", false),
        (10, "<MaxUploads>10</MaxUploads>", true),
        (10, "<MaxUploads>1000</MaxUploads>", false),
        (1_001, "", false),
    ] {
        let entries: String = (0..uploads)
            .map(|n| format!("<Upload><Key>k{n}</Key><UploadId>{n}</UploadId></Upload>"))
            .collect();
        let parts: String = (1..=uploads)
            .map(|n| format!("<Part><PartNumber>{n}</PartNumber></Part>"))
            .collect();
        let inside_parts = inside.replace("MaxUploads", "MaxParts");
        let (list, parts) = (
            listing(&format!("{inside}{entries}")),
            format!("<ListPartsResult>{inside_parts}{parts}</ListPartsResult>"),
        );
        let server = Scripted::start(move |_, request| match request.has("uploadId=") {
            true => ok(&parts),
            false => ok(&list),
        })
        .await;
        let store = server.store().await;
        let page = store.list_uploads(&bucket(), "", &Markers::START).await;
        assert_eq!(page.unwrap().may_go_on, may_go_on, "{uploads} {inside}");
        let page = store.list_parts(&upload("k", "1"), 0).await.unwrap();
        assert_eq!(page.may_go_on, may_go_on, "{uploads} {inside}");
    }
}
