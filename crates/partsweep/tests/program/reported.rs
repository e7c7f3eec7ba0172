//! What people reported of stores in public, as a person meets it.

use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation, Setup};

use crate::program::{on, partsweep, run};
use crate::sources::Recorder;
use crate::store::Store;
use crate::terminal::Terminal;

/// Report 16: 300 old uploads without a part each were aborted without a word.
#[test]
fn a_store_that_shows_no_part_of_any_upload_is_told_before_the_question() {
    let store = Store::new();
    store.sim.create_bucket("b");
    for number in 0..8 {
        store.upload("b", &format!("k{number}"), &[], 100);
    }
    let words = "none of these 8 uploads has a part: this store may not list parts";
    let ran = run(&mut on(&store), &["scan"]);
    assert!(ran.err.contains(words), "{ran:?}");
    let mut terminal = Terminal::on(&store, "clean --no-progress");
    terminal.wait_for("none of these 8 uploads has a part");
    terminal.wait_for("[y/N/list/all/quit/?] ");
    terminal.press("q\n");
    terminal.end();
    assert_eq!(store.changes(), 0);
    // One that has a part shows that the store lists them; a few without prove nothing.
    store.upload("b", "with", &[1], 100);
    let ran = run(&mut on(&store), &["scan"]);
    assert!(!ran.err.contains("has a part"), "{ran:?}");
    let few = Store::new();
    few.sim.create_bucket("b");
    few.upload("b", "k", &[], 100);
    let ran = run(&mut on(&few), &["scan"]);
    assert!(!ran.err.contains("has a part"), "{ran:?}");
}

fn of_one_upload(date: &'static str) -> Recorder {
    let document = format!(
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
         <Upload><Key>k</Key><UploadId>1</UploadId><Initiated>{date}</Initiated></Upload></ListMultipartUploadsResult>"
    );
    let document: &'static str = document.leak();
    Recorder::answering("200 OK", move |head| match () {
        () if head.contains("uploadId=") => {
            "<ListPartsResult><Key>k</Key><UploadId>1</UploadId><IsTruncated>false</IsTruncated></ListPartsResult>"
        }
        () => document,
    })
}

/// Report 7: such uploads were kept for ever, and nobody was told why.
#[test]
fn a_date_that_cannot_be_read_is_shown_once() {
    let scan = |date| {
        let store = of_one_upload(date);
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_ENDPOINT_URL_S3", &store.url);
        run(&mut command, &["scan", "s3://b", "--json"])
    };
    let odd = scan("25/11/2025 22:34:25");
    let words = "some of this store's dates can't be read or can't be true, for example `25/11/2025 22:34:25`";
    assert_eq!(
        (odd.code, odd.err.matches(words).count()),
        (Some(3), 1),
        "{odd:?}"
    );
    for date in ["Tue, 25 Nov 2025 22:34:25 GMT", "1764110065"] {
        let read = scan(date);
        assert!(!read.err.contains("can't be read"), "{read:?}");
        assert!(
            read.out
                .contains("\"initiated\":\"2025-11-25T22:34:25.000Z\""),
            "{read:?}"
        );
    }
}

/// Report 12: what the AWS crate says of a feature of its own was shown, and whoever has to renew a token was told to
/// log in with SSO.
#[test]
fn keys_that_cannot_be_had_say_how_to_get_them_by_the_way_that_the_profile_has() {
    let folder = crate::folder::Folder::new();
    let role = "role_arn = arn:aws:iam::123456789012:role/x\nregion = us-east-1\n";
    let config = format!(
        "[profile login]\nlogin_session = arn:aws:iam::123456789012:user/x\nregion = us-east-1\n\
         [sso-session mine]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n\
         [profile sso]\nsso_session = mine\nsso_account_id = 123456789012\nsso_role_name = r\n\
         [profile process]\ncredential_process = /bin/false\n\
         [profile role]\n{role}source_profile = process\n"
    );
    std::fs::write(folder.file("config"), config).unwrap();
    for (profile, hints) in [
        ("login", &["`aws login --profile login`"][..]),
        ("sso", &["`aws sso login --profile sso`"]),
        (
            "process",
            &["run the `credential_process` of profile process"],
        ),
        (
            "role",
            &[
                "the role of profile role has to trust",
                "run the `credential_process` of profile process",
            ],
        ),
    ] {
        let mut command = partsweep();
        command
            .env("HOME", folder.path())
            .env("AWS_CONFIG_FILE", folder.file("config"))
            .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
        let ran = run(&mut command, &["scan", "--profile", profile]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(!ran.err.contains("feature"), "{ran:?}");
        let told = ran.err.lines().filter(|line| line.starts_with("hint: "));
        assert_eq!(told.count(), hints.len() + 1, "{ran:?}");
        for hint in hints {
            assert!(ran.err.contains(hint), "{ran:?}");
        }
    }
}

/// Nobody could see why nothing was old enough.
#[test]
fn a_date_from_before_s3_is_shown_once() {
    let page = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
        <Upload><Key>k</Key><UploadId>1</UploadId><Initiated>0001-01-01T00:00:00Z</Initiated></Upload>\
        <Upload><Key>l</Key><UploadId>2</UploadId><Initiated>1970-01-01T00:00:00.000Z</Initiated></Upload>\
        </ListMultipartUploadsResult>";
    let store = Recorder::answering("200 OK", move |head| match head.contains("?uploads") {
        true => page,
        false => "<ListPartsResult/>",
    });
    let mut command = partsweep();
    command
        .env("AWS_ACCESS_KEY_ID", "A")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_ENDPOINT_URL_S3", &store.url);
    let ran = run(&mut command, &["scan", "s3://b"]);
    let told = "can't be read or can't be true, for example `0001-01-01T00:00:00Z`";
    assert_eq!(ran.err.matches("can't be true").count(), 1, "{ran:?}");
    assert!(ran.err.contains(told), "{ran:?}");
}

/// Report 4, in other words: that the listing by its key doesn't show it any more is the second witness.
#[test]
fn what_is_gone_and_said_so_without_a_code_for_it_is_aborted() {
    for (status, code, ended) in [
        (404, "NotFound", 0),
        (410, "Gone", 0),
        (400, "InvalidUploadId", 0),
        (400, "InvalidRequest", 3),
        (403, "AccessDenied", 3),
    ] {
        let store = Store::new();
        store.upload("b", "k", &[1_000], 100);
        // The scan and the look before the abort come first.
        for nth in 3..10 {
            let refused = FaultKind::Refused(status, code);
            let fault = Fault::new(Operation::ListParts, Nth::Only(nth), refused);
            store.sim.faults().push(fault);
        }
        let ran = run(&mut on(&store), &["clean", "--yes", "--settle", "0s"]);
        assert_eq!(ran.code, Some(ended), "{status} {code}: {ran:?}");
        let is_aborted = ran.out.contains("Aborted  1 upload");
        assert_eq!(is_aborted, ended == 0, "{status} {code}: {ran:?}");
        // Still listed it is not gone, whatever was answered.
        let store = Store::new();
        store.upload("b", "k", &[1_000], 100);
        for nth in 3..10 {
            let refused = FaultKind::Refused(status, code);
            let fault = Fault::new(Operation::ListParts, Nth::Only(nth), refused);
            store.sim.faults().push(fault);
        }
        let nothing = Fault::new(
            Operation::AbortMultipartUpload,
            Nth::Every,
            FaultKind::EmptyOk,
        );
        store.sim.faults().push(nothing);
        let ran = run(&mut on(&store), &["clean", "--yes", "--settle", "0s"]);
        assert_eq!(ran.code, Some(3), "{status} {code}: {ran:?}");
        assert!(!ran.out.contains("Aborted  1 upload"), "{ran:?}");
    }
}

/// Report 11: a bucket that is listed and gone ended a nightly run with 3, for ever. Where NoSuchBucket may mean that
/// a permission is missing (Garage), and where someone named the bucket, it stays so.
#[test]
fn a_bucket_that_is_listed_and_gone_is_told_and_is_no_failure() {
    let answer = |head: &str| match () {
        () if head.starts_with("GET /ghost") => "<Error><Code>NoSuchBucket</Code></Error>",
        () if head.contains("?uploads") => {
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
        }
        () => {
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket><Bucket><Name>ghost</Name></Bucket></Buckets>\
             </ListAllMyBucketsResult>"
        }
    };
    let all_gone =
        move |head: &str| match head.contains("?uploads") || head.starts_with("GET /ghost") {
            true => "<Error><Code>NoSuchBucket</Code></Error>",
            false => answer(head),
        };
    let of = |store: &Recorder, key: &str, args: &[&str]| {
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_ENDPOINT_URL_S3", &store.url);
        run(&mut command, args)
    };
    let ran = of(&Recorder::answering("200 OK", all_gone), "A", &["scan"]);
    assert_eq!(
        ran.code,
        Some(3),
        "all of them are sooner a wrong address: {ran:?}"
    );
    assert!(ran.out.contains("which is hardly true"), "{ran:?}");
    let asked = |command: &str, key: &str, args: &[&str]| {
        let words = [&[command][..], args].concat();
        of(&Recorder::answering("200 OK", answer), key, &words)
    };
    let scan = |key: &str, args: &[&str]| asked("scan", key, args);
    let table = scan("A", &[]);
    assert_eq!(table.code, Some(0), "{table:?}");
    let is_told = |line: &str| line.starts_with("ghost ") && line.ends_with(" gone");
    assert!(
        table.out.lines().any(is_told) && !table.out.contains("hint"),
        "{table:?}"
    );
    let json = scan("A", &["--json"]);
    assert_eq!(json.code, Some(0), "{json:?}");
    assert!(json.out.contains(r#""listing":"gone""#), "{json:?}");
    assert!(
        json.err
            .contains("bucket `ghost` was deleted since the buckets were listed"),
        "{json:?}"
    );
    let clean = asked("clean", "A", &["--yes"]);
    assert_eq!(clean.code, Some(0), "{clean:?}");
    let is_told = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        words == ["Skipped", "1", "bucket", "deleted", "meanwhile:", "ghost"]
    };
    assert!(clean.out.lines().any(is_told), "{clean:?}");
    assert_eq!(scan("A", &["s3://ghost"]).code, Some(3));
    let garage = scan("GK9955a3a9b7de7d0cd8b54dee", &[]);
    assert_eq!(garage.code, Some(3), "{garage:?}");
}

/// The newest part of a live upload stands behind a page that says that it is the last (law 13).
#[test]
fn a_part_behind_a_full_page_that_says_it_is_the_last_keeps_its_upload() {
    let mut habits = Habits::aws();
    habits.parts.each_page_is_last = true;
    let store = Store::with(Setup::new(habits));
    let id = store.upload("b", "live", &[1; 1_000], 100);
    store.upload("b", "whole", &[1; 1_000], 100);
    store.upload("b", "small", &[1; 3], 100);
    store.sim.put_part("b", "live", &id, 1_001, 1).unwrap();
    store.sim.clear_log();
    let ran = run(&mut on(&store), &["scan", "--json"]);
    assert!(ran.out.contains("1001"), "{ran:?}");
    // Of `whole`, also what comes behind its last, and whether markers work.
    assert_eq!(store.sim.count(Operation::ListParts), 2 + 3 + 1);
    let ran = run(
        &mut on(&store),
        &["rescue", "s3://b/live", "--dry-run", "--json"],
    );
    assert!(ran.out.contains("\"parts\":1001,"), "{ran:?}");
    let ran = run(&mut on(&store), &["clean", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(store.left("b"), ["live"]);
}
