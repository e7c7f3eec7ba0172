//! `--from`: store and keys of an account that another tool is configured with.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use partsweep_sim::{ACCESS_KEY, SECRET_KEY};

use crate::formats::{assert_valid, schema};
use crate::program::{Run, partsweep, run};
use crate::store::Store;

/// A home folder with these files, and the simulated store's endpoint and keys in them.
struct Home(tempfile::TempDir);

impl Home {
    fn new(store: &Store, files: &[(&str, &str)]) -> Self {
        // Below /tmp, where others can come: a target folder may be in someone's own.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let endpoint = store.sim.endpoint();
        let (_, host) = endpoint.split_once("://").unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = text
                .replace("ENDPOINT", &endpoint)
                .replace("HOST", host)
                .replace("AKID", ACCESS_KEY)
                .replace("SECRET", SECRET_KEY);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self(folder)
    }

    fn run(&self, variables: &[(&str, &str)], args: &[&str]) -> Run {
        let mut command = partsweep();
        command
            .env("HOME", self.0.path())
            .envs(variables.iter().copied());
        run(&mut command, args)
    }
}

const RCLONE: (&str, &str) = (
    ".config/rclone/rclone.conf",
    "[dream]\ntype = s3\naccess_key_id = AKID\nsecret_access_key = SECRET\nendpoint = ENDPOINT\n",
);

/// What this machine has, with what to type, and no secret.
#[test]
fn doctor_lists_the_accounts_of_this_machine() {
    let store = Store::filled();
    let mc = r#"{"version":"10","aliases":{"mine":{"url":"ENDPOINT","accessKey":"AKID","secretKey":"SECRET","api":"S3v4","path":"auto"}}}"#;
    let files = [
        RCLONE,
        (".mc/config.json", mc),
        (
            ".aws/config",
            "[profile work]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n\
             [sso-session x]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n",
        ),
        (
            ".aws/credentials",
            "[dream]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\nendpoint_url = ENDPOINT\n",
        ),
        (".s3cfg", "[default]\naccess_key = AKID\n"),
    ];
    let home = Home::new(&store, &files);
    let ran = home.run(&[], &["doctor", "--settings"]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
    let endpoint = store.sim.endpoint();
    for line in [
        format!("--profile dream      {endpoint}  access key …MSIM"),
        format!("--from rclone:dream  {endpoint}  access key …MSIM"),
        format!("--from mc:mine       {endpoint}  access key …MSIM"),
        format!(
            "{:19}  {:endpoint$}  SSO (`aws sso login`)",
            "--profile work",
            "Amazon S3",
            endpoint = endpoint.len()
        ),
        format!(
            "{:19}  {:endpoint$}  can't be used: ",
            "--from s3cmd",
            "?",
            endpoint = endpoint.len()
        ),
    ] {
        assert!(ran.out.contains(&line), "{line}:\n{}", ran.out);
    }
    assert!(
        ran.out
            .ends_with("\nNext: partsweep doctor --profile dream\n"),
        "{}",
        ran.out
    );
    let json = home.run(
        &[
            ("AWS_ACCESS_KEY_ID", "AKIAOFTHEENV"),
            ("AWS_SECRET_ACCESS_KEY", "word"),
        ],
        &["doctor", "--settings", "--json"],
    );
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_valid(&schema("accounts"), &document);
    assert_eq!(document["accounts"][0]["key_end"], "EENV");
    for told in [ran.out, json.out] {
        assert!(
            !told.contains(SECRET_KEY) && !told.contains("word"),
            "{told}"
        );
    }
    assert_eq!(store.sim.total(), 0, "nothing is sent");
    let broken = Home::new(
        &store,
        &[
            (
                ".config/rclone/rclone.conf",
                "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nAAAA\n",
            ),
            (".mc/config.json", "no json"),
            (
                ".aws/config",
                "[profile half]\naws_access_key_id = AKID\n[profile -dash]\nendpoint_url = no url\n",
            ),
        ],
    );
    let ran = broken.run(&[], &["doctor", "--settings"]);
    for line in [
        "--profile half ",
        "it has no aws_secret_access_key",
        "--profile=-dash",
        "its endpoint isn't a URL",
        "--from rclone ",
        "--from mc ",
        "no JSON of that form",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(!ran.out.contains("Next:"), "nothing is usable: {}", ran.out);
    let none = Home::new(&store, &[]);
    let ran = none.run(&[], &["doctor", "--settings"]);
    assert!(ran.out.starts_with("No account is configured"), "{ran:?}");
    let both = none.run(&[], &["doctor", "--settings", "s3://b"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn every_tool_leads_to_its_store_with_its_keys() {
    let store = Store::filled();
    let mc = r#"{"version":"10","aliases":{"mine":{"url":"ENDPOINT","accessKey":"AKID","secretKey":"SECRET","api":"S3v4","path":"auto"}}}"#;
    let files = [
        RCLONE,
        (".mc/config.json", mc),
        (
            ".s3cfg",
            "[default]\naccess_key = AKID\nsecret_key = SECRET\nhost_base = HOST\nhost_bucket = HOST\nuse_https = False\n",
        ),
        (
            ".boto",
            "[Credentials]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\n[s3]\nhost = HOST\n[Boto]\nis_secure = False\n",
        ),
    ];
    let home = Home::new(&store, &files);
    for called in ["rclone:dream", "mc:mine", "s3cmd", "boto"] {
        let ran = home.run(&[], &["scan", "--from", called]);
        assert_eq!(ran.code, Some(0), "{called}: {ran:?}");
        assert!(
            ran.out.contains(&format!("access key …MSIM of {called}")),
            "{called}: {ran:?}"
        );
        assert!(!ran.err.contains("warning"), "{called}: {ran:?}");
        let next = format!("review and abort them: partsweep clean --from {called}\n");
        assert!(ran.out.ends_with(&next), "{called}: {ran:?}");
        let told = ran.out + &ran.err;
        assert!(told.contains("4 uploads (7.0 MB) can be aborted"), "{told}");
        assert!(
            told.contains(&format!("partsweep clean --from {called}")),
            "{told}"
        );
        assert!(!told.contains(SECRET_KEY), "{told}");
    }
    let endpoint = store.sim.endpoint();
    let s5cmd = [
        ("S3_ENDPOINT_URL", &*endpoint),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    assert_eq!(home.run(&s5cmd, &["scan", "--from", "s5cmd"]).code, Some(0));
}

/// What was typed wins over what was found (law 14).
#[test]
fn an_account_that_was_named_wins_over_the_environment() {
    let (store, other) = (Store::filled(), Store::filled());
    let home = Home::new(&store, &[RCLONE]);
    let there = other.sim.endpoint();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
        ("AWS_SESSION_TOKEN", "wrong"),
        ("AWS_ENDPOINT_URL_S3", &*there),
        ("AWS_PROFILE", "nosuch"),
    ];
    let ran = home.run(&environment[..4], &["scan", "--from", "rclone:dream"]);
    assert_eq!((ran.code, other.sim.total()), (Some(0), 0), "{ran:?}");
    // The endpoint that was typed beside it counts, with the account's keys.
    let before = store.sim.total();
    let ran = home.run(
        &environment[..4],
        &["scan", "--from", "rclone:dream", "--endpoint-url", &there],
    );
    assert_eq!((ran.code, store.sim.total()), (Some(0), before), "{ran:?}");
    assert!(
        ran.out.contains("clean --from rclone:dream --endpoint-url")
            || ran.out.contains("--endpoint-url"),
        "{ran:?}"
    );
    let both = home.run(&[], &["scan", "--from", "rclone:dream", "--profile", "b"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn an_account_that_cannot_be_used_says_why_in_a_line() {
    let store = Store::filled();
    let home = Home::new(&store, &[RCLONE]);
    for (called, code, said) in [
        ("rclone:nosuch", 2, "rclone has no remote `nosuch`"),
        ("rclone", 2, "rclone may have several accounts: name one"),
        ("s3cmd", 1, "s3cmd isn't configured here: there is no "),
        ("s3cmd:nofile", 1, "there is no file `nofile`"),
        ("cyberduck", 2, "unknown tool `cyberduck`"),
    ] {
        let ran = home.run(&[], &["scan", "--from", called]);
        assert_eq!(ran.code, Some(code), "{called}: {ran:?}");
        assert!(
            ran.err.starts_with(&format!("error: {said}")),
            "{called}: {ran:?}"
        );
    }
    assert_eq!(store.sim.total(), 0);
}

#[test]
fn keys_that_others_can_read_get_one_warning() {
    let store = Store::filled();
    let of_aws = "[default]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\n";
    let home = Home::new(&store, &[RCLONE, (".aws/credentials", of_aws)]);
    let endpoint = [("AWS_ENDPOINT_URL", &*store.sim.endpoint())];
    let warning = "other users of this machine can read the keys in ";
    for (file, args) in [
        (
            ".config/rclone/rclone.conf",
            &["scan", "--from", "rclone:dream"][..],
        ),
        (".aws/credentials", &["scan"][..]),
    ] {
        let path = home.0.path().join(file);
        let count = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let ran = home.run(&endpoint, args);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            ran.err.matches(warning).count()
        };
        assert_eq!(
            (count(0o600), count(0o640), count(0o644)),
            (0, 1, 1),
            "{file}"
        );
        // Nobody else comes to it.
        let folder = path.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(count(0o644), 0, "{file}");
    }
}

/// rclone signs with `us-east-1` if the remote has no region, whatever the AWS tools are configured with.
#[test]
fn the_region_of_the_aws_tools_is_not_that_of_another_tool() {
    let store = Store::filled();
    let home = Home::new(
        &store,
        &[RCLONE, (".aws/config", "[default]\nregion = eu-west-3\n")],
    );
    let args = ["doctor", "--from", "rclone:dream", "--json"];
    let ran = home.run(&[("AWS_REGION", "eu-north-1")], &args);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let text = value.to_string();
    assert!(
        !text.contains("eu-west-3") && !text.contains("eu-north-1"),
        "{value:#}"
    );
}

/// Defaults of the environment say neither whose keys are used nor where they are sent (law 14).
#[test]
fn an_account_that_was_typed_is_asked_at_its_own_store_whatever_the_defaults_are() {
    let (own, other) = (Store::filled(), Store::filled());
    let home = Home::new(&own, &[RCLONE]);
    let there = other.sim.endpoint();
    let named = format!("ceph:{there}");
    for default in [
        [("PARTSWEEP_ENDPOINT_URL", &*there)],
        [("PARTSWEEP_STORE", &*named)],
        [("PARTSWEEP_REGION", "eu-central-1")],
    ] {
        let before = own.sim.total();
        let ran = home.run(&default, &["scan", "--from", "rclone:dream"]);
        assert_eq!(ran.code, Some(0), "{default:?}: {ran:?}");
        assert!(own.sim.total() > before, "{default:?}");
        assert_eq!(other.sim.total(), 0, "{default:?}");
    }
    let typed = ["scan", "--from", "rclone:dream", "--endpoint-url", &there];
    assert_eq!(home.run(&[], &typed).code, Some(0));
    assert!(other.sim.total() > 0, "what is typed wins");
}

/// They would be found out only where they are wrong: rclone's account has all that is needed.
#[test]
fn what_the_aws_tools_are_set_to_does_not_stop_the_account_of_another_tool() {
    let store = Store::filled();
    let home = Home::new(&store, &[RCLONE]);
    let broken = Home::new(&store, &[RCLONE, (".aws/config", "[default\nregion\n")]);
    let scan = ["scan", "--from", "rclone:dream"];
    let ran = home.run(&[("AWS_PROFILE", "nosuch")], &scan);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = broken.run(&[], &scan);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let typed = ["scan", "--profile", "nosuch"];
    assert_eq!(
        home.run(&[("PARTSWEEP_FROM", "rclone:dream")], &typed).code,
        Some(2)
    );
}

/// Nobody would know whose buckets are swept: of two settings in one place none wins, and of two places the first one.
#[test]
fn of_two_defaults_that_say_the_same_thing_the_closer_one_wins_or_none() {
    let (own, other) = (Store::filled(), Store::filled());
    let there = other.sim.endpoint();
    let place = format!("ceph:{there}");
    let keys = "[two]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\n";
    let at = |file: &str| {
        let file = (".config/partsweep/config.toml", file);
        Home::new(&own, &[RCLONE, (".aws/credentials", keys), file])
    };
    let from = ("PARTSWEEP_FROM", "rclone:dream");
    let none = at("");
    for (one, two) in [
        (from, ("PARTSWEEP_PROFILE", "two")),
        (
            ("PARTSWEEP_STORE", &*place),
            ("PARTSWEEP_ENDPOINT_URL", &*there),
        ),
    ] {
        let ran = none.run(&[one, two], &["scan"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let both = format!("{} and {} both say", one.0, two.0);
        assert!(ran.err.contains(&both), "{ran:?}");
    }
    let ran = at("from = \"rclone:dream\"\nprofile = \"two\"\n").run(&[], &["scan"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("partsweep/config.toml: from and profile both say"),
        "{ran:?}"
    );
    assert_eq!((own.sim.total(), other.sim.total()), (0, 0));

    // The environment's account is asked at its own store, whatever the file says.
    let file = format!("profile = \"two\"\nendpoint-url = \"{there}\"\n");
    let ran = at(&file).run(&[from], &["scan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(own.sim.total() > 0 && other.sim.total() == 0, "{ran:?}");
    let asked = own.sim.total();
    let endpoint = own.sim.endpoint();
    let file = format!("store = \"{place}\"\n");
    let variables = [
        ("PARTSWEEP_PROFILE", "two"),
        ("PARTSWEEP_ENDPOINT_URL", &*endpoint),
    ];
    let ran = at(&file).run(&variables, &["scan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(own.sim.total() > asked && other.sim.total() == 0, "{ran:?}");
}
