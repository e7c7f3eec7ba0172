//! What goes wrong outside: one line, a hint, the right exit code.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::interrupts::wait_until;
use crate::program::{Run, on, partsweep, run};
use crate::sources::Recorder;
use crate::store::Store;

/// Where nobody listens: a port that was free a moment ago may be another test's by now.
const NOBODY: &str = "http://127.0.0.1:1";

/// One `error:` line with these words, then a `hint:` with those.
fn assert_told(ran: &Run, code: i32, error: &str, hint: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    let lines: Vec<&str> = ran.err.lines().collect();
    let errors = lines.iter().filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 1, "{ran:?}");
    assert!(lines[0].contains(error), "{ran:?}");
    let hints = lines.iter().filter(|line| line.starts_with("hint: "));
    assert!(hints.into_iter().any(|line| line.contains(hint)), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn no_credentials() {
    let store = Store::filled();
    let mut command = partsweep();
    command.env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
    let ran = run(&mut command, &["scan"]);
    assert_told(&ran, 1, "no credentials", "AWS_ACCESS_KEY_ID");
    assert!(!ran.err.contains("--store"), "it is known where: {ran:?}");
    let ran = run(&mut partsweep(), &["scan"]);
    let hint = "for a store other than Amazon S3: --store NAME";
    assert_told(&ran, 1, "no credentials", hint);
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let store = Store::filled();
    let mut command = on(&store);
    command.env("AWS_SECRET_ACCESS_KEY", "wrong-secret-of-someone");
    let ran = run(&mut command, &["scan", "-v"]);
    assert_told(&ran, 1, "SignatureDoesNotMatch", "secret key");
    assert!(!ran.err.contains("wrong-secret-of-someone"));
}

#[test]
fn a_clock_that_is_an_hour_off() {
    let store = Store::filled();
    store.sim.clock().advance(SignedDuration::from_hours(-1));
    let ran = run(&mut on(&store), &["scan"]);
    assert_told(&ran, 1, "RequestTimeTooSkewed", "ahead: set it by NTP");
}

#[test]
fn a_port_that_nobody_listens_on() {
    let store = Store::new();
    let ran = run(&mut on(&store), &["scan", "--endpoint-url", NOBODY]);
    assert_told(&ran, 1, "could not list buckets", "check the endpoint");
}

#[test]
fn where_an_endpoint_comes_from_that_nobody_typed_is_said() {
    let store = Store::new();
    let mut command = on(&store);
    command.env("AWS_ENDPOINT_URL_S3", NOBODY);
    let ran = run(&mut command, &["scan"]);
    let hint = "the endpoint comes from AWS_ENDPOINT_URL_S3";
    assert_told(&ran, 1, "could not list buckets", hint);
    let ran = run(&mut command, &["scan", "--endpoint-url", NOBODY]);
    assert!(!ran.err.contains("comes from"), "{ran:?}");
}

#[test]
fn what_is_wrong_with_all_named_buckets_is_told_once() {
    let store = Store::filled();
    for format in ["table", "json", "ndjson", "csv"] {
        for command in ["scan", "--yes"] {
            let buckets = ["s3://old", "s3://mixed", "--format", format];
            let mut unreachable = on(&store);
            unreachable.args([command, "--endpoint-url", NOBODY]);
            let ran = run(&mut unreachable, &buckets);
            let line = "could not list uploads in any of the 2 buckets: http://127.0.0.1:1: ";
            assert_told(&ran, 1, line, "check the endpoint");
            assert!(!ran.err.contains("`old`"), "{ran:?}");
            let mut wrong = on(&store);
            wrong.env("AWS_SECRET_ACCESS_KEY", "wrong").arg(command);
            let ran = run(&mut wrong, &buckets);
            assert_told(&ran, 1, "SignatureDoesNotMatch", "secret key");
        }
    }
}

#[test]
fn what_is_wrong_with_one_named_bucket_is_its_own() {
    let store = Store::filled();
    let cut = Fault::new(
        Operation::ListMultipartUploads,
        Nth::Every,
        FaultKind::HtmlOk,
    );
    store.sim.faults().push(cut.in_bucket("mixed"));
    let ran = run(&mut on(&store), &["scan", "s3://mixed", "s3://old"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("mixed · not listed"), "{ran:?}");
    assert!(ran.out.contains("b second"), "{ran:?}");
}

#[test]
fn https_where_the_store_speaks_http() {
    let store = Store::new();
    let url = store.sim.endpoint().replace("http://", "https://");
    let ran = run(&mut on(&store), &["scan", "--endpoint-url", &url]);
    assert_told(&ran, 1, "could not list buckets", "http://");
}

#[test]
fn a_server_that_answers_a_web_page() {
    let store = Store::new();
    let page = Fault::new(Operation::ListBuckets, Nth::Every, FaultKind::HtmlOk);
    store.sim.faults().push(page);
    let ran = run(&mut on(&store), &["scan"]);
    assert_told(&ran, 1, "could not list buckets", "no S3 endpoint");
}

#[test]
fn a_bucket_that_is_not_there() {
    let store = Store::filled();
    let ran = run(&mut on(&store), &["scan", "s3://nowhere", "s3://old"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("NoSuchBucket"), "{ran:?}");
    assert!(ran.out.contains("hint: check the spelling"), "{ran:?}");
    assert!(ran.out.contains("b second"), "{ran:?}");
    let ran = run(&mut on(&store), &["scan", "s3://nowhere"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

#[test]
fn a_listing_that_breaks_off_is_partial() {
    let store = Store::new();
    for i in 0..1_001 {
        store.upload("big", &format!("{i:04}"), &[], 100);
    }
    let broken = FaultKind::Refused(403, "AccessDenied");
    let second = Fault::new(Operation::ListMultipartUploads, Nth::Only(2), broken);
    store.sim.faults().push(second);
    let ran = run(&mut on(&store), &["scan"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("partial: there may be more: "), "{ran:?}");
}

#[test]
fn an_abort_that_fails_is_told_and_the_others_are_done() {
    let store = Store::filled();
    let denied = FaultKind::Refused(403, "AccessDenied");
    let abort = Fault::new(Operation::AbortMultipartUpload, Nth::Every, denied).in_bucket("mixed");
    store.sim.faults().push(abort);
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.out
            .contains("could not abort an upload in bucket `mixed`: AccessDenied")
    );
    assert!(
        ran.out
            .contains("Aborted  2 uploads  3.0 MB        in 1 bucket\n"),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("Failed   2 uploads  4.0 MB        the first: could not"),
        "{ran:?}"
    );
    assert!(store.left("old").is_empty());
}

/// Nine minutes without a word looked like a program that hangs.
#[test]
fn a_store_that_asks_to_be_asked_later_is_told_while_it_is_waited_for() {
    let slow = "503 Slow Down\r\nRetry-After: 999999";
    let store = Recorder::answering(slow, |_| "<Error><Code>SlowDown</Code></Error>");
    let mut child = partsweep()
        .env("AWS_ACCESS_KEY_ID", "A")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .args(["scan", "--endpoint-url", &store.url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    stderr.read_line(&mut said).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let words = format!(
        "{} asks for fewer requests: the next one is sent in ",
        store.url
    );
    assert!(said.contains(&words), "{said}");
}

#[test]
fn a_store_that_is_gone_in_the_middle_is_told_while_it_is_waited_for() {
    let store = Store::new();
    for number in 0..300 {
        store.upload("b", &format!("{number:03}"), &[1_000], 100);
    }
    store.sim.latency(Duration::from_millis(50));
    let mut child = on(&store)
        .args(["scan", "--concurrency", "4", "--format", "ndjson"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("a size", || store.sim.count(Operation::ListParts) >= 4);
    drop(store);
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("has not answered for"), "{said}");
    assert!(said.ends_with("it is given up after 60 s\n"), "{said}");
}

/// The store's own list of buckets shows that the endpoint is right.
#[test]
fn a_web_page_for_one_bucket_is_no_wrong_endpoint() {
    let store = Recorder::answering("200 OK", |head| match () {
        () if head.starts_with("GET /odd?") => "<!DOCTYPE html><html><body>Welcome</body></html>",
        () if head.starts_with("GET /b?") => {
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
        }
        () => {
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket><Bucket><Name>odd</Name></Bucket></Buckets>\
             </ListAllMyBucketsResult>"
        }
    });
    let asked = |args: &[&str]| {
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_ENDPOINT_URL_S3", &store.url);
        run(&mut command, args)
    };
    let words = "something else answered for this bucket";
    for args in [
        &["scan"][..],
        &["scan", "--json"],
        &["clean", "--yes"],
        &["scan", "s3://b", "s3://odd"],
    ] {
        let ran = asked(args);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let said = ran.out + &ran.err;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("a web page") && said.contains(words),
            "{said}"
        );
        assert!(!said.contains("console"), "{said}");
    }
    // Nothing else was asked: it may well be the endpoint.
    let ran = asked(&["scan", "s3://odd"]);
    assert_told(&ran, 1, "a web page", "it may be a console");
}

#[test]
fn a_profile_that_leads_to_no_keys_is_named_with_its_setting_and_file() {
    let folder = Folder::new();
    let config = folder.file("config");
    let roles = "[profile typo]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = bsae\n\
        [profile base]\naws_access_key_id = A\naws_secret_access_key = b\n\
        [profile one]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = two\n\
        [profile two]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = one\n\
        [profile alone]\nrole_arn = arn:aws:iam::1:role/r\n";
    std::fs::write(&config, roles).unwrap();
    for (profile, why, hint) in [
        (
            "typo",
            "its source_profile is `bsae`, and there is no such profile",
            "set source_profile to one of these: alone, base",
        ),
        (
            "one",
            "leads in a circle: `one` → `two` → `one`",
            "a profile that has keys",
        ),
        (
            "alone",
            "neither source_profile nor credential_source",
            "add source_profile",
        ),
    ] {
        for named in [true, false] {
            let mut command = partsweep();
            command
                .env("AWS_CONFIG_FILE", &config)
                .env("AWS_ENDPOINT_URL_S3", NOBODY)
                .env("AWS_REGION", "us-east-1")
                .env("AWS_EC2_METADATA_DISABLED", "true");
            let ran = match named {
                true => run(&mut command, &["scan", "--profile", profile]),
                false => run(command.env("AWS_PROFILE", profile), &["scan"]),
            };
            assert_told(&ran, 1, why, hint);
            let file = format!("in {config}");
            assert!(
                ran.err.contains(&file) && !ran.err.contains("no credentials"),
                "{ran:?}"
            );
        }
    }
}

#[test]
fn a_damaged_file_of_certificates_is_named_with_what_is_wrong_with_it() {
    let folder = Folder::new();
    let file = folder.file("ca.pem");
    for (text, words) in [
        ("", "the file is empty"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "its line `-----END CERTIFICATE-----` is missing",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nno base64!\n-----END CERTIFICATE-----\n",
            "isn't base64",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
            "it holds a private key, and no certificate",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_CA_BUNDLE", &file)
            .env("AWS_ENDPOINT_URL_S3", "https://127.0.0.1:1");
        let ran = run(&mut command, &["scan"]);
        assert_told(&ran, 1, words, "PEM file");
        assert!(ran.err.contains(&file), "{ran:?}");
    }
}
