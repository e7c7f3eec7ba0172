//! `doctor`: what it finds out about each store and each set of permissions, without changing anything.

use jiff::{SignedDuration, Timestamp};
use partsweep_sim::{
    ACCESS_KEY, Clock, Fault, FaultKind, Habits, Nth, Operation, SECRET_KEY, Setup,
};
use serde_json::Value;

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::program::{Run, on, partsweep, run};
use crate::screens::seen;
use crate::store::Store;
use crate::terminal::Terminal;

/// All that a doctor may ask for.
const LOOKS: [Operation; 10] = [
    Operation::ListBuckets,
    Operation::HeadBucket,
    Operation::GetBucketLocation,
    Operation::ListMultipartUploads,
    Operation::ListParts,
    Operation::HeadObject,
    Operation::GetBucketVersioning,
    Operation::ListObjectVersions,
    Operation::GetObject,
    Operation::GetBucketLifecycle,
];

/// Nothing was asked for that could change anything (law 1), and no secret was said (law 9).
fn assert_harmless(store: &Store, ran: &Run) {
    let looks: u64 = LOOKS.iter().map(|look| store.sim.count(*look)).sum();
    assert_eq!(store.sim.total(), looks, "{:?}", store.sim.log());
    assert_eq!(store.changes(), 0);
    assert_eq!(store.sim.count(Operation::GetObject), 0);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(
        !said.contains(SECRET_KEY) && !said.contains(ACCESS_KEY),
        "{said}"
    );
}

fn doctor(store: &Store, args: &[&str]) -> Run {
    let ran = run(&mut on(store), &[&["doctor"][..], args].concat());
    assert_harmless(store, &ran);
    ran
}

/// Without what differs from run to run.
fn steady(store: &Store, text: &str) -> String {
    let endpoint = store.sim.endpoint();
    let text = text.replace(&endpoint, "http://STORE").replace('\r', "");
    let lines = text.lines().map(|line| match line.contains("(median of ") {
        true => {
            let start = line.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
            let start = line.find("less than").unwrap_or(start);
            format!("{}TIME (median of N answers)", &line[..start])
        }
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn all_is_said_line_by_line_and_nothing_is_changed() {
    let store = Store::filled();
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.err, "");
    insta::assert_snapshot!(steady(&store, &ran.out));
}

#[test]
fn lines_fit_the_terminal() {
    for columns in [80, 40] {
        let store = Store::with(Setup::new(Habits::ceph()));
        store.upload("old", "a", &[1_000], 72);
        let (code, screen) = Terminal::sized(&store, "doctor", columns).end();
        assert_eq!(code, 0, "{screen}");
        assert_eq!(store.changes(), 0);
        // It sees that no line is wider.
        let plain = seen(&store, &screen, columns.into());
        let name = format!("doctor_at_{columns}_columns");
        insta::assert_snapshot!(name, steady(&store, &plain));
    }
}

#[test]
fn each_store_is_recognized_and_what_to_trust_there_is_said() {
    for (habits, id, said) in [
        (
            Habits::ceph(),
            "ceph",
            "can damage an object that is completed",
        ),
        (Habits::garage(), "unknown", "not recognized"),
        (Habits::minio(), "minio", "may leave uploads out"),
        (Habits::seaweedfs(), "seaweedfs", "recognized by"),
        (Habits::swift(), "swift", "nothing can repair it"),
    ] {
        let store = Store::with(Setup::new(habits));
        store.upload("old", "a", &[1_000], 72);
        let ran = doctor(&store, &[]);
        assert_eq!(ran.code, Some(0), "{id} {ran:?}");
        assert!(ran.out.contains(said), "{id} {}", ran.out);
        assert!(ran.out.ends_with("Next: partsweep scan\n"), "{}", ran.out);
        let ran = doctor(&store, &["--json"]);
        let read: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(read["provider"], id, "{read:#}");
        assert_valid(&schema("doctor"), &read);
    }
}

#[test]
fn what_is_denied_is_named_with_its_bucket_and_its_permission() {
    for (operation, field, permission) in [
        (
            Operation::ListMultipartUploads,
            "list_uploads",
            "s3:ListBucketMultipartUploads",
        ),
        (
            Operation::ListParts,
            "list_parts",
            "s3:ListMultipartUploadParts",
        ),
        (Operation::HeadObject, "see_objects", "s3:GetObject"),
    ] {
        let store = Store::filled();
        store.sim.deny(ACCESS_KEY, Some("old"), operation);
        let ran = doctor(&store, &[]);
        assert_eq!(ran.code, Some(3), "{operation} {ran:?}");
        let line = ran.out.lines().find(|line| line.contains('✗')).unwrap();
        assert!(line.contains("denied in old: needs"), "{line}");
        assert!(line.contains(permission), "{line}");
        let ran = doctor(&store, &["--json"]);
        assert_eq!(ran.code, Some(3));
        let read: Value = serde_json::from_str(&ran.out).unwrap();
        assert_valid(&schema("doctor"), &read);
        for bucket in read["buckets"].as_array().unwrap() {
            let is_denied = bucket["name"] == "old";
            let expected = if is_denied { "denied" } else { "allowed" };
            assert_eq!(bucket[field], expected, "{read:#}");
        }
    }
}

/// HEAD answers 404 there, too.
#[test]
fn nothing_is_said_to_be_allowed_in_a_bucket_that_is_not_there() {
    let store = Store::filled();
    let ran = doctor(&store, &["nosuch", "--json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let read: Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("doctor"), &read);
    let bucket = &read["buckets"][0];
    assert_eq!(bucket["errors"][0]["kind"], "no_such_bucket", "{read:#}");
    assert_eq!(bucket["list_uploads"], "failed", "{read:#}");
    for field in [
        "list_parts",
        "see_objects",
        "see_versions",
        "read_lifecycle",
    ] {
        assert_eq!(bucket[field], "not_tried", "{read:#}");
    }
    assert_eq!(read["next"], "partsweep doctor s3://nosuch");
}

#[test]
fn a_bucket_that_is_listed_and_gone_is_a_note_and_no_trouble_unless_all_are() {
    let store = Store::filled();
    let lose = |bucket: &str| {
        let kind = FaultKind::Refused(404, "NoSuchBucket");
        let fault = Fault::new(Operation::ListMultipartUploads, Nth::Every, kind);
        store.sim.faults().push(fault.in_bucket(bucket));
    };
    lose("old");
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = "! gone          deleted since they were listed: old\n";
    assert!(ran.out.contains(line), "{}", ran.out);
    assert!(!ran.out.contains('✗'), "{}", ran.out);
    let ran = doctor(&store, &["--json"]);
    let read: Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("doctor"), &read);
    let buckets = read["buckets"].as_array().unwrap();
    let old = buckets.iter().find(|bucket| bucket["name"] == "old");
    assert_eq!(old.unwrap()["list_uploads"], "gone", "{read:#}");

    for bucket in buckets {
        lose(bucket["name"].as_str().unwrap());
    }
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("✗ gone"), "{}", ran.out);
}

/// The answer to a HEAD has no words, so that it would look like a missing permission.
#[test]
fn what_is_refused_for_its_address_is_no_missing_permission() {
    let store = Store::filled();
    let kind = FaultKind::Refused(403, "SecondLevelDomainForbidden");
    store.sim.faults().push(Fault {
        operation: None,
        nth: Nth::Every,
        bucket: Some("old".to_owned()),
        kind,
    });
    let ran = doctor(&store, &["old"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("--addressing virtual"), "{}", ran.out);
    assert!(!ran.out.contains("denied in old"), "{}", ran.out);
}

#[test]
fn versions_that_are_not_shown_are_not_said_to_be_seen() {
    let store = Store::filled();
    for operation in [
        Operation::GetBucketVersioning,
        Operation::ListObjectVersions,
    ] {
        store.sim.deny(ACCESS_KEY, None, operation);
    }
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("! see versions  not shown in"),
        "{}",
        ran.out
    );
}

/// A scan doesn't need it, so it is a note, and changes no exit code.
#[test]
fn a_lifecycle_that_cannot_be_read_is_a_note_with_its_permission() {
    let store = Store::filled();
    let said = |store: &Store| {
        let ran = doctor(store, &[]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let read: Value = serde_json::from_str(&doctor(store, &["--json"]).out).unwrap();
        assert_valid(&schema("doctor"), &read);
        (ran.out, read)
    };
    store
        .sim
        .deny(ACCESS_KEY, Some("old"), Operation::GetBucketLifecycle);
    let (out, read) = said(&store);
    let line = "! lifecycle     denied in old: `lifecycle` needs s3:GetLifecycleConfiguration\n";
    assert!(out.contains(line), "{out}");
    assert!(out.contains("✓ lifecycle     can be read in "), "{out}");
    for bucket in read["buckets"].as_array().unwrap() {
        let is_denied = bucket["name"] == "old";
        let expected = if is_denied { "denied" } else { "allowed" };
        assert_eq!(bucket["read_lifecycle"], expected, "{read:#}");
    }
    let swift = Store::with(Setup::new(Habits::swift()));
    swift.upload("old", "a", &[1_000], 72);
    let (out, read) = said(&swift);
    assert!(
        out.contains("! lifecycle     the store has no lifecycle rules\n"),
        "{out}"
    );
    assert_eq!(
        read["buckets"][0]["read_lifecycle"], "not_shown",
        "{read:#}"
    );
}

#[test]
fn a_key_that_may_not_list_buckets_is_told_to_name_one() {
    let store = Store::filled();
    store.sim.deny(ACCESS_KEY, None, Operation::ListBuckets);
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("s3:ListAllMyBuckets"), "{}", ran.out);
    let next = "Next: partsweep doctor s3://BUCKET\n";
    assert!(ran.out.ends_with(next), "{}", ran.out);
    let ran = doctor(&store, &["old", "s3://old/a"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("list uploads  in old\n"), "{}", ran.out);
    assert!(
        ran.out.ends_with("Next: partsweep scan s3://old\n"),
        "{}",
        ran.out
    );
    let ran = doctor(&store, &["s3://old/b", "s3://old/a", "s3://old/ab"]);
    let next = "Next: partsweep scan s3://old/a s3://old/b\n";
    assert!(ran.out.ends_with(next), "{}", ran.out);
}

#[test]
fn without_an_upload_the_parts_are_not_tried_and_that_is_no_trouble() {
    let store = Store::new();
    store.sim.create_bucket("empty");
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = "! list parts    not tried in empty: no incomplete upload to try it on; it needs s3:ListMultipartUploadParts";
    assert!(ran.out.contains(line), "{}", ran.out);
    assert_eq!(store.sim.count(Operation::ListParts), 0);
}

#[test]
fn of_many_buckets_the_first_hundred_are_tried() {
    let store = Store::new();
    for n in 0..103 {
        store.sim.create_bucket(&format!("bucket-{n:03}"));
    }
    let ran = doctor(&store, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("list uploads  in all 100 buckets that were tried"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("3 buckets not tried"), "{}", ran.out);
    assert_eq!(store.sim.count(Operation::ListMultipartUploads), 100);
}

#[test]
fn a_store_that_cannot_be_reached_or_refuses_the_key_says_why_and_what_to_do() {
    let store = Store::filled();
    let screen = |variables: &[(&str, &str)]| {
        let mut command = on(&store);
        let ran = run(command.envs(variables.iter().copied()), &["doctor"]);
        steady(&store, &ran.out)
    };
    let wrong = screen(&[("AWS_SECRET_ACCESS_KEY", "some-other-secret")]);
    let wrong: Vec<_> = wrong.split(", request ").collect();
    let id = wrong[1].find(')').unwrap();
    let wrong = format!("{}{}", wrong[0], &wrong[1][id..]);
    insta::assert_snapshot!("doctor_with_a_wrong_key", wrong);
    let nobody = screen(&[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")]);
    insta::assert_snapshot!("doctor_where_nobody_listens", nobody);
    let mut wrong_key = on(&store);
    wrong_key.env("AWS_SECRET_ACCESS_KEY", "some-other-secret");
    let mut nobody = on(&store);
    nobody.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    let mut no_tls = on(&store);
    let https = store.sim.endpoint().replace("http://", "https://");
    no_tls.env("AWS_ENDPOINT_URL_S3", &https);
    for (mut command, reason, hint) in [
        (wrong_key, "SignatureDoesNotMatch", "check the access key"),
        (nobody, "could not list buckets", "check the endpoint"),
        (no_tls, "could not list buckets", "http:// or https://"),
    ] {
        let ran = run(&mut command, &["doctor", "--timeout", "2s"]);
        assert_harmless(&store, &ran);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let line = ran.out.lines().find(|line| line.contains('✗')).unwrap();
        assert!(line.contains(reason), "{}", ran.out);
        assert!(ran.out.contains(hint), "{}", ran.out);
        assert!(!ran.out.contains("some-other-secret"));
        assert!(ran.out.ends_with("Next: partsweep doctor\n"), "{}", ran.out);
        let ran = run(&mut command, &["--json"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let read: Value = serde_json::from_str(&ran.out).unwrap();
        assert_valid(&schema("doctor"), &read);
        assert_eq!(read["connected"], false);
    }
    let none = run(&mut partsweep(), &["doctor"]);
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.out.contains("no credentials"), "{none:?}");
}

/// A clock that is off by a minute is a note; by an hour, S3 answers nothing else.
#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    for (minutes, code, mark, words) in [
        (3, 0, '!', "3 min behind the store's"),
        (-3, 0, '!', "3 min ahead of the store's"),
        (60, 1, '✗', "is 60 min behind"),
    ] {
        let clock = Clock::system();
        clock.set(Timestamp::now() + SignedDuration::from_mins(minutes));
        let store = Store::with(Setup::new(Habits::aws()).clock(clock));
        let ran = doctor(&store, &[]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.out.contains(words), "{}", ran.out);
        assert!(ran.out.contains(mark), "{}", ran.out);
    }
}

#[test]
fn each_setting_is_told_with_where_it_comes_from() {
    let (store, folder) = (Store::filled(), Folder::new());
    let config = folder.file("config");
    let endpoint = store.sim.endpoint();
    let text = format!(
        "[profile mine]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n\
         region = eu-west-1\nservices = here\ns3 =\n  addressing_style = path\n\
         [services here]\ns3 =\n  endpoint_url = {endpoint}\n"
    );
    std::fs::write(&config, text).unwrap();
    let said = |variables: &[(&str, &str)], args: &[&str], expected: &[&str]| {
        let mut command = partsweep();
        command.env("AWS_CONFIG_FILE", &config);
        command.envs(variables.iter().copied());
        let ran = run(&mut command, &[&["doctor"][..], args].concat());
        assert_harmless(&store, &ran);
        for expected in expected {
            assert!(ran.out.contains(expected), "{expected}: {ran:?}");
        }
        ran
    };
    let keys = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    let of_services = format!("{endpoint}, from section [services here]");
    said(
        &[],
        &["--profile", "mine"],
        &[
            "access key …MSIM, from profile mine",
            &of_services,
            "eu-west-1 was configured, from region of profile mine",
            "path (the bucket in the path), from addressing_style of profile mine",
        ],
    );
    let of_variable = format!("{endpoint}, from AWS_ENDPOINT_URL");
    let variables = [&keys[..], &[("AWS_ENDPOINT_URL", &*endpoint)]].concat();
    said(
        &variables,
        &["--region", "us-east-1"],
        &[
            "access key …MSIM, from AWS_ACCESS_KEY_ID",
            &of_variable,
            "us-east-1, from --region",
            "auto (the bucket in the path), the default",
        ],
    );
    let of_tool = format!("{endpoint}, from s5cmd");
    let variables = [&keys[..], &[("S3_ENDPOINT_URL", &*endpoint)]].concat();
    let next = "Next: partsweep scan --from s5cmd\n";
    said(
        &variables,
        &["--from", "s5cmd"],
        &[&of_tool, "from s5cmd\n", next],
    );
    let of_default = format!("{endpoint}, from PARTSWEEP_ENDPOINT_URL");
    let variables = [&keys[..], &[("PARTSWEEP_ENDPOINT_URL", &*endpoint)]].concat();
    said(&variables, &[], &[&of_default]);
    let ran = said(
        &keys,
        &["--endpoint-url", &endpoint, "--profile", "mine"],
        &[
            "from profile mine, not AWS_ACCESS_KEY_ID",
            "from --endpoint-url",
        ],
    );
    let next = format!("Next: partsweep scan --endpoint-url {endpoint} --profile mine\n");
    assert!(ran.out.ends_with(&next), "{}", ran.out);
}

#[test]
fn forms_that_make_no_sense_here_are_refused() {
    let store = Store::filled();
    for args in [&["-o", "csv"][..], &["-o", "ndjson"], &["--top", "3"]] {
        let ran = doctor(&store, args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
    }
    assert_eq!(store.sim.total(), 0);
}

/// Whoever has no keys yet wants to know what else is set, and a script gets its document.
#[test]
fn without_keys_the_settings_are_shown_and_nothing_is_asked() {
    let store = Store::filled();
    let endpoint = store.sim.endpoint();
    let folder = Folder::new();
    let config = "[profile sso]\nsso_session = mine\nsso_account_id = 123456789012\nsso_role_name = r\n\
                  [sso-session mine]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n";
    std::fs::write(folder.file("config"), config).unwrap();
    let ask = |args: &[&str]| {
        let mut command = partsweep();
        command
            .env("HOME", folder.path())
            .env("AWS_CONFIG_FILE", folder.file("config"))
            .env("HTTP_PROXY", "http://user:pass-word@127.0.0.1:9/");
        let place = ["--region", "eu-north-1", "--endpoint-url", &endpoint];
        run(&mut command, &[&["doctor"][..], &place, args].concat())
    };
    let ran = ask(&["s3://b/some/prefix"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for line in [
        "! keys          none, so nothing was asked\n",
        "eu-north-1, from --region\n",
        "proxy         http://127.0.0.1:9, from HTTP_PROXY\n",
        "no credentials were found",
        "→ set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        // The same command would say the same.
        "Next: partsweep doctor --settings\n",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(!ran.out.contains("pass-word"), "{}", ran.out);
    let ran = ask(&["--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("doctor"), &document);
    assert_eq!(document["connected"], false);
    assert_eq!(document["error"]["kind"], "no_credentials");
    let ran = ask(&["--profile", "sso"]);
    assert!(
        ran.out
            .contains("→ log in again: `aws sso login --profile sso`"),
        "{ran:?}"
    );
    assert_eq!(store.sim.total(), 0);
    // What is wrong with anything else is an error as everywhere.
    let ran = ask(&["--profile", "nosuch"]);
    assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{ran:?}");
}

#[test]
fn at_a_terminal_no_keys_are_asked_for() {
    let store = Store::filled();
    for args in ["doctor", "doctor --endpoint-url http://127.0.0.1:9 s3://b"] {
        let (code, screen) = Terminal::start(&store, args, &[]).end();
        assert_eq!(code, 1, "{screen}");
        for text in [
            "none, so nothing was asked",
            "Next: partsweep doctor --settings",
        ] {
            assert!(screen.contains(text), "{text}: {screen}");
        }
        assert!(!screen.contains("Access key ID"), "{screen}");
    }
    assert_eq!(store.sim.total(), 0);
}
