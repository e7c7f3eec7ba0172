//! Whose buckets are looked at (law 14).

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::folder::Folder;
use crate::program::{on, partsweep, run};
use crate::sources::Recorder;
use crate::store::Store;
use crate::terminal::Terminal;

/// Report 1: signed with the environment's keys and sent to the profile's endpoint.
#[test]
fn a_profile_that_was_named_wins_over_keys_in_the_environment_and_one_in_the_environment_does_not()
{
    let store = Store::filled();
    let folder = Folder::new();
    let of_profile =
        format!("[b]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    std::fs::write(folder.file("credentials"), of_profile).unwrap();
    let with_wrong_keys = || {
        let mut command = on(&store);
        command
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.file("credentials"))
            .env("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "wrong");
        command
    };
    let named = run(&mut with_wrong_keys(), &["scan", "--profile", "b"]);
    assert_eq!(named.code, Some(0), "{named:?}");
    let note = "using the access key …MSIM of profile `b`, not the one in AWS_ACCESS_KEY_ID";
    assert!(named.err.contains(note), "{named:?}");
    let from_environment = run(with_wrong_keys().env("AWS_PROFILE", "b"), &["scan"]);
    assert_eq!(from_environment.code, Some(1), "{from_environment:?}");
    assert!(
        from_environment.err.contains("InvalidAccessKeyId"),
        "{from_environment:?}"
    );
}

/// The keys of the profile sign requests to a store that isn't its own: that is told.
#[test]
fn an_endpoint_of_the_environment_that_wins_over_that_of_the_profile_is_told() {
    let store = Store::filled();
    let folder = Folder::new();
    let keys = format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    let own = "http://127.0.0.1:9/";
    let services = "services = mine\n[services mine]\ns3 =\n  endpoint_url = http://127.0.0.1:9\n";
    let same = store.sim.endpoint();
    for (config, told) in [
        (format!("endpoint_url = {own}\n"), true),
        (services.to_owned(), true),
        (format!("endpoint_url = {same}\n"), false),
        (format!("endpoint_url = {same}/\n"), false),
        (String::new(), false),
    ] {
        std::fs::write(
            folder.file("config"),
            format!("[profile b]\n{keys}{config}"),
        )
        .unwrap();
        let scan = |args: &[&str], profile: &str| {
            let mut command = on(&store);
            command
                .env("AWS_CONFIG_FILE", folder.file("config"))
                .env("AWS_PROFILE", profile);
            run(&mut command, &[&["scan"][..], args].concat())
        };
        let note = format!(
            "using the endpoint {same} of AWS_ENDPOINT_URL_S3, not the profile's (http://127.0.0.1:9): \
             `--endpoint-url http://127.0.0.1:9` would take it"
        );
        let named = scan(&["--profile", "b"], "");
        assert_eq!(named.code, Some(0), "{named:?}");
        assert_eq!(named.err.contains(&note), told, "{config}: {named:?}");
        // Who named an endpoint, or no profile, made no such choice.
        let endpoint = scan(&["--profile", "b", "--endpoint-url", &same], "");
        assert!(!endpoint.err.contains("using the endpoint"), "{endpoint:?}");
        let configured = scan(&[], "b");
        assert!(
            !configured.err.contains("using the endpoint"),
            "{configured:?}"
        );
        // A default of partsweep's own does the same.
        for (variable, value) in [
            ("PARTSWEEP_ENDPOINT_URL", same.clone()),
            ("PARTSWEEP_STORE", format!("ceph:{same}")),
        ] {
            let by_default = |args: &[&str]| {
                let mut command = on(&store);
                command
                    .env("AWS_CONFIG_FILE", folder.file("config"))
                    .env_remove("AWS_ENDPOINT_URL_S3")
                    .env(variable, &value);
                run(&mut command, &[&["scan"][..], args].concat())
            };
            let named = by_default(&["--profile", "b"]);
            assert_eq!(named.code, Some(0), "{named:?}");
            let note = note.replace("AWS_ENDPOINT_URL_S3", variable);
            assert_eq!(named.err.contains(&note), told, "{config}: {named:?}");
            let typed = by_default(&["--profile", "b", "--endpoint-url", &same]);
            assert!(!typed.err.contains("using the endpoint"), "{typed:?}");
        }
    }
}

/// aws-config passes over such a file, and another store than the one in it would get requests signed by these keys.
#[test]
fn a_file_of_the_aws_tools_that_cannot_be_read_is_an_error_that_names_it() {
    let store = Store::filled();
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("a folder")).unwrap();
    std::fs::write(
        folder.file("latin"),
        b"# Schl\xfcssel\n[default]\nregion = x\n",
    )
    .unwrap();
    for (variable, file, why) in [
        ("AWS_CONFIG_FILE", "latin", "it isn't UTF-8"),
        ("AWS_SHARED_CREDENTIALS_FILE", "latin", "it isn't UTF-8"),
        ("AWS_CONFIG_FILE", "a folder", "Is a directory"),
    ] {
        let run_with = |args: &[&str]| {
            let mut command = on(&store);
            command.env(variable, folder.file(file));
            run(&mut command, args)
        };
        let ran = run_with(&["scan"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains(&format!("{file} can't be read: {why}")),
            "{ran:?}"
        );
        let ran = run_with(&["doctor", "--settings"]);
        assert!(ran.out.contains("can't be read"), "{ran:?}");
        assert_eq!(store.sim.total(), 0);
    }
    // One that isn't there is none.
    let mut command = on(&store);
    command.env("AWS_CONFIG_FILE", folder.file("nothing"));
    assert_eq!(run(&mut command, &["scan"]).code, Some(0));
}

#[test]
fn a_named_profile_without_keys_does_not_fall_back_to_another_account() {
    let store = Store::filled();
    let folder = Folder::new();
    std::fs::write(folder.file("config"), "[profile b]\nregion = us-east-1\n").unwrap();
    let mut command = on(&store);
    command.env("AWS_CONFIG_FILE", folder.file("config"));
    let ran = run(&mut command, &["scan", "--profile", "b"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        store.sim.total(),
        0,
        "nothing was asked by the keys of the environment"
    );
    let hint = "hint: `aws configure --profile b` sets its keys; `aws configure list-profiles`";
    assert!(ran.err.contains(hint), "{ran:?}");
    assert!(!ran.err.contains("name a --profile"), "{ran:?}");
}

/// Others page by the last name and don't say so, or show as many as their limit and say nothing of an end.
#[test]
fn a_list_of_buckets_goes_on_behind_its_last_name_and_a_full_one_is_told() {
    let store = Recorder::answering("200 OK", |head| match () {
        () if head.contains("?uploads") => {
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
        }
        () if head.starts_with("GET /?marker=b ") => {
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>c</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        }
        () => {
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>\
             <IsTruncated>true</IsTruncated></ListAllMyBucketsResult>"
        }
    });
    let nothing = Store::new();
    let mut command = on(&nothing);
    command.env("AWS_ENDPOINT_URL_S3", &store.url);
    let ran = run(&mut command, &["scan", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("\"c\""), "{ran:?}");
    let store = Recorder::answering("200 OK", |head| match head.contains("?uploads") {
        true => {
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
        }
        false => {
            "<ListAllMyBucketsResult><MaxBuckets>1</MaxBuckets><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        }
    });
    let mut command = on(&nothing);
    command.env("AWS_ENDPOINT_URL_S3", &store.url);
    let ran = run(&mut command, &["scan", "--json"]);
    assert!(
        ran.err
            .contains("as many buckets as the store shows at once"),
        "{ran:?}"
    );
    assert!(ran.out.contains("\"bucket_list\":\"unproven\""), "{ran:?}");
}

/// Report 2: of 1,500 buckets 1,000 were seen, and it was called complete.
#[test]
fn a_list_of_buckets_that_is_not_whole_is_partial_in_every_format() {
    let store = Recorder::answering("200 OK", |head| {
        if head.contains("?uploads") {
            return "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
        }
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>\
         <IsTruncated>true</IsTruncated></ListAllMyBucketsResult>"
    });
    let nothing = Store::new();
    let scan = |args: &[&str]| {
        let mut command = on(&nothing);
        run(
            command.env("AWS_ENDPOINT_URL_S3", &store.url),
            &[&["scan"][..], args].concat(),
        )
    };
    let why = "the store says that there are more buckets, but not how to continue";
    for format in ["table", "json", "ndjson", "csv"] {
        let ran = scan(&["--format", format]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.err
                .contains(&format!("the list of buckets may not be whole: {why}")),
            "{ran:?}"
        );
        if format.ends_with("json") {
            let last = ran.out.lines().last().unwrap();
            let text = if format == "json" { &ran.out } else { last };
            let end: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(end["bucket_list"], "partial", "{end}");
            assert_eq!(end["bucket_list_why"], why, "{end}");
        }
    }
    // The bucket that is meant may be one of those that are missing.
    let picked = scan(&["--bucket", "c*"]);
    assert_eq!(picked.code, Some(3), "{picked:?}");
    assert!(picked.err.contains("may not be whole"), "{picked:?}");
    let named = scan(&["--format", "json", "s3://b"]);
    let document: serde_json::Value = serde_json::from_str(&named.out).unwrap();
    assert_eq!(
        (named.code, &document["bucket_list"]),
        (Some(0), &"named".into()),
        "{named:?}"
    );
    let whole = run(&mut on(&Store::filled()), &["scan", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&whole.out).unwrap();
    assert_eq!(document["bucket_list"], "complete");
}

#[test]
fn store_account_and_key_are_named_before_anything_is_asked_or_aborted() {
    let store = Store::filled();
    let endpoint = store.sim.endpoint();
    let place = format!(" at {endpoint}");
    let key = "access key …MSIM of AWS_ACCESS_KEY_ID · account ";
    let mut terminal = Terminal::on(&store, "clean --quiet --no-progress");
    terminal.wait_for(&place);
    terminal.wait_for(key);
    terminal.wait_for("[y/N/list/all/quit/?] ");
    terminal.press("n\n");
    terminal.wait_for("[y/N/list/all/quit/?] ");
    terminal.press("n\n");
    let (_, screen) = terminal.end();
    assert_eq!(screen.matches(key).count(), 1, "once: {screen}");
    assert_eq!(store.changes(), 0);

    let ran = run(&mut on(&store), &["--yes"]);
    let (before, _) = ran.out.split_once("Aborted").unwrap();
    assert!(before.contains(&place) && before.contains(key), "{ran:?}");

    // Keys are asked for with the store that they are for.
    let mut terminal = Terminal::start(&store, "scan --no-progress", &[]);
    terminal.wait_for(&format!("Keys for {endpoint} (they aren't"));
    terminal.wait_for("Access key ID: ");
    terminal.press("\n");
    assert_eq!(terminal.end().0, 1);
}

/// The first line names the key, or the profile that it is of, also where the store names no account.
#[test]
fn the_first_line_says_who_in_every_case() {
    let store = Store::filled();
    let deny = || {
        store
            .sim
            .deny(ACCESS_KEY, None, partsweep_sim::Operation::ListBuckets);
    };
    let folder = Folder::new();
    let keys = format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    std::fs::write(
        folder.file("credentials"),
        format!("[default]\n{keys}[b]\n{keys}"),
    )
    .unwrap();
    let mine = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.file("credentials"), mine).unwrap();
    let of_file = || {
        let mut command = partsweep();
        command
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.file("credentials"))
            .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
        command
    };
    let first = |mut command: Command, args: &[&str]| {
        let ran = run(&mut command, args);
        ran.out.lines().next().unwrap_or_default().to_owned()
    };
    let end = |line: &str| line.split(" · ").skip(1).collect::<Vec<_>>().join(" · ");
    let account = "account 75aa57f09aa0…";
    let key = "access key …MSIM";
    let named = &["scan", "--profile", "b"][..];
    let all = &["scan"][..];
    for (command, args, who) in [
        (
            on(&store),
            all,
            format!("{key} of AWS_ACCESS_KEY_ID · {account}"),
        ),
        (of_file(), all, format!("profile default · {account}")),
        (of_file(), named, format!("profile b · {account}")),
    ] {
        assert_eq!(end(&first(command, args)), who);
    }
    deny();
    let named = &["scan", "--profile", "b", "old"][..];
    for (command, args, who) in [
        (
            on(&store),
            &["scan", "old"][..],
            format!("{key} of AWS_ACCESS_KEY_ID"),
        ),
        (
            of_file(),
            &["scan", "old"],
            format!("profile default · {key}"),
        ),
        (of_file(), named, format!("profile b · {key}")),
        (
            of_file(),
            &["clean", "-n", "old"],
            format!("profile default · {key}"),
        ),
    ] {
        assert_eq!(end(&first(command, args)), who);
    }
    let ran = run(&mut of_file(), &["clean", "--yes", "old"]);
    let line = ran.out.lines().next().unwrap_or_default();
    assert_eq!(end(line), format!("profile default · {key}"), "{ran:?}");
}

fn partsweep_with_keys() -> Command {
    let mut command = partsweep();
    command
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    command
}

/// The URL of a bucket is not that of its store.
#[test]
fn the_url_of_a_bucket_as_endpoint_is_answered_with_what_to_type() {
    let store = Store::filled();
    let url = format!("{}/old", store.sim.endpoint());
    for command in [&["scan"][..], &["clean", "--yes"]] {
        let args = [command, &["--endpoint-url", &url]].concat();
        let ran = run(&mut on(&store), &args);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("has the path /old"), "{ran:?}");
        let hints: Vec<_> = ran
            .err
            .lines()
            .filter(|line| line.starts_with("hint"))
            .collect();
        let store = store.sim.endpoint();
        let hint = format!("s3://old --endpoint-url {store}");
        assert_eq!(hints, [format!("hint: if that is a bucket: {hint}")]);
        let typed: Vec<_> = ["scan"].into_iter().chain(hint.split(' ')).collect();
        let followed = run(&mut partsweep_with_keys(), &typed);
        assert_eq!(followed.code, Some(0), "{followed:?}");
        assert!(
            followed.out.contains("2 uploads (3.0 MB) can be aborted"),
            "{followed:?}"
        );
    }
}
