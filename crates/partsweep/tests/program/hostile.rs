//! Names that want to be more than names (law 9).

use partsweep_core::escape;

use crate::program::{on, partsweep, run};
use crate::sources::Recorder;
use crate::store::Store;

const KEYS: [&str; 6] = [
    "\x1b[2J\x1b[31mred",
    "two\nlines: freed 9 TB",
    "bidi\u{202e}fdp.exe",
    "=HYPERLINK(\"http://x\",\"y\")",
    "@cell",
    "a,\"b\"\r\n",
];

fn store() -> Store {
    let store = Store::new();
    for key in KEYS {
        store.upload("bucket", key, &[1], 100);
    }
    store
}

#[test]
fn no_output_holds_a_character_that_a_terminal_could_obey() {
    let store = store();
    for format in ["table", "json", "ndjson", "csv"] {
        for args in [
            &["scan", "--format", format][..],
            &["--yes", "--format", format],
        ] {
            let store = if args[0] == "scan" {
                &store
            } else {
                &self::store()
            };
            let ran = run(&mut on(store), args);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            for text in [&ran.out, &ran.err] {
                let bad = text
                    .chars()
                    .find(|c| *c != '\n' && escape::is_dangerous(*c));
                assert_eq!(bad, None, "{args:?}: {text}");
            }
            if format == "table" && args[0] == "scan" {
                assert!(ran.out.contains("two\\nlines: freed 9 TB\n"), "{}", ran.out);
            }
        }
    }
}

#[test]
fn json_holds_the_exact_keys() {
    let store = store();
    let mut exact = KEYS.to_vec();
    exact.sort_unstable();
    let ran = run(&mut on(&store), &["scan", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let uploads = document["buckets"][0]["uploads"].as_array().unwrap();
    let mut keys: Vec<&str> = uploads.iter().map(|u| u["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, exact);
}

#[test]
fn no_cell_starts_a_formula() {
    let store = store();
    let ran = run(&mut on(&store), &["scan", "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(ran.out.as_bytes());
    let mut keys = Vec::new();
    for row in rows.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), 15);
        for cell in &row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
        keys.push(row[1].to_owned());
    }
    assert_eq!(keys.len(), KEYS.len());
    assert!(keys.contains(&"'@cell".to_owned()), "{keys:?}");
}

#[test]
fn a_hostile_target_is_escaped_in_an_error() {
    let ran = run(&mut on(&store()), &["scan", "s3://\u{1b}[2Jb\u{202e}"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let bad = ran
        .out
        .chars()
        .find(|c| *c != '\n' && escape::is_dangerous(*c));
    assert_eq!(bad, None, "{ran:?}");
}

/// `GET /../?uploads` would be about another resource than a bucket.
#[test]
fn a_listed_bucket_whose_name_leads_elsewhere_is_not_asked_for_and_the_others_are() {
    const ODD: [&str; 6] = [".", "..", "good/key", "good?x", "a&#10;b", "a&#x1b;[2Jb"];
    let names = ODD.iter().chain(&["good", "fine"]);
    let buckets: String = names
        .map(|name| format!("<Bucket><Name>{name}</Name></Bucket>"))
        .collect();
    let list: &'static str =
        format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>")
            .leak();
    let store = Recorder::answering("200 OK", move |head| match head.starts_with("GET / ") {
        true => list,
        false => {
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
        }
    });
    let mut command = partsweep();
    command
        .env("AWS_ACCESS_KEY_ID", "A")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_ENDPOINT_URL_S3", &store.url);
    let ran = run(&mut command, &["scan"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let words = "the bucket's name can't be used in a URL";
    assert_eq!(ran.out.matches(words).count(), ODD.len(), "{ran:?}");
    for shown in ["`..`", "`a\\nb`", "`good/key`"] {
        assert!(ran.out.contains(shown), "{shown} {ran:?}");
    }
    let bad = ran
        .out
        .chars()
        .find(|c| *c != '\n' && escape::is_dangerous(*c));
    assert_eq!(bad, None, "{ran:?}");
    let asked = store.asked();
    let lines = asked.lines().filter(|line| line.ends_with(" HTTP/1.1"));
    let mut lines: Vec<_> = lines
        .map(|line| line.split('?').next().unwrap_or_default())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, ["GET / HTTP/1.1", "GET /fine", "GET /good"]);
}
