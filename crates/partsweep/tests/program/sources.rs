//! Which of two sources wins: each row of the tables in `docs/settings.md`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::folder::Folder;
use crate::program::{Run, partsweep, run};

/// A store that refuses all, and keeps what it was asked.
pub(crate) struct Recorder {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn start() -> Self {
        Self::answering(
            "403 Forbidden",
            |_| "<Error><Code>AccessDenied</Code></Error>",
        )
    }

    /// One that answers each request with a document.
    pub(crate) fn answering(
        status: &'static str,
        document: impl Fn(&str) -> &'static str + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let body = document(&head);
                kept.lock().unwrap().push(head);
                let answer = format!(
                    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, heads }
    }

    /// All that it was asked since the last time.
    pub(crate) fn asked(&self) -> String {
        std::mem::take(&mut *self.heads.lock().unwrap()).concat()
    }
}

/// Two stores, and a profile for each in files; `none` has nothing.
struct Rig {
    one: Recorder,
    two: Recorder,
    folder: Folder,
}

impl Rig {
    fn new() -> Self {
        let (one, two, folder) = (Recorder::start(), Recorder::start(), Folder::new());
        let profile = |name: &str, store: &Recorder| {
            format!(
                "[{name}]\naws_access_key_id = KEYOF{name}\naws_secret_access_key = secret-of-{name}\n\
                 region = region-{name}\nendpoint_url = {}\nca_bundle = /nowhere/{name}.pem\n\
                 s3 =\n  addressing_style = path\n",
                store.url
            )
        };
        let config = [
            profile("default", &one).replace("addressing_style = path", "addressing_style = auto"),
            profile("profile two", &two).replace("KEYOFprofile two", "KEYOFtwo"),
            profile("profile styled", &two)
                .replace("addressing_style = path", "addressing_style = virtual"),
            format!(
                "[profile served]\naws_access_key_id = A1\naws_secret_access_key = b\n\
                 endpoint_url = {}\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = {}\n",
                one.url, two.url
            ),
            "[profile none]\noutput = json\n".to_owned(),
        ];
        std::fs::write(
            folder.file("config"),
            config.concat().replace("region-profile ", "region-"),
        )
        .unwrap();
        Self { one, two, folder }
    }

    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> Run {
        let mut command = partsweep();
        command
            .env("AWS_CONFIG_FILE", self.folder.file("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .envs(env.iter().copied());
        run(&mut command, &[&["scan"][..], args].concat())
    }

    /// Runs, and looks for a text in what the one store was asked; the other must not have been.
    fn row(&self, env: &[(&str, &str)], args: &[&str], asked: &Recorder, has: &str) {
        let ran = self.run(env, args);
        let (one, two) = (self.one.asked(), self.two.asked());
        let (of, other) = match asked.url == self.one.url {
            true => (one, two),
            false => (two, one),
        };
        assert!(
            of.contains(has),
            "{env:?} {args:?}: no {has} in {of}\n{ran:?}"
        );
        assert!(other.is_empty(), "{env:?} {args:?}: {other}");
    }
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "KEYOFENV"),
    ("AWS_SECRET_ACCESS_KEY", "secret-of-env"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&KEYS[..], more].concat()
}

#[test]
fn the_profile_and_the_keys_come_from_the_first_source_that_has_them() {
    let rig = Rig::new();
    let (one, two) = (&rig.one, &rig.two);
    rig.row(&[], &[], one, "Credential=KEYOFdefault/");
    rig.row(&[("AWS_PROFILE", "two")], &[], two, "Credential=KEYOFtwo/");
    rig.row(
        &[("AWS_PROFILE", "default")],
        &["--profile", "two"],
        two,
        "Credential=KEYOFtwo/",
    );
    // Keys in the environment win over a profile that nobody typed, and not over one that was.
    rig.row(&KEYS, &[], one, "Credential=KEYOFENV/");
    rig.row(
        &with(&[("AWS_PROFILE", "two")]),
        &[],
        two,
        "Credential=KEYOFENV/",
    );
    rig.row(&KEYS, &["--profile", "two"], two, "Credential=KEYOFtwo/");
    // Nor do web identities and containers win over it.
    let elsewhere = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
    ];
    rig.row(
        &elsewhere,
        &["--profile", "two"],
        two,
        "Credential=KEYOFtwo/",
    );
    let token = with(&[("AWS_SESSION_TOKEN", "token-of-env")]);
    rig.row(&token, &[], one, "x-amz-security-token: token-of-env");
    let ran = rig.run(&token, &["--profile", "two"]);
    assert!(!rig.two.asked().contains("token-of-env"), "{ran:?}");
    // A profile that was named and has no keys is no other account.
    let ran = rig.run(&KEYS, &["--profile", "none", "--endpoint-url", &one.url]);
    assert_eq!((ran.code, one.asked()), (Some(1), String::new()), "{ran:?}");
}

#[test]
fn a_choice_between_a_profile_and_the_environment_is_noted() {
    let rig = Rig::new();
    let said = |env: &[(&str, &str)], args: &[&str]| rig.run(env, args).err;
    let named = said(&KEYS, &["--profile", "two"]);
    let note = "using the access key …Ftwo of profile `two`, not the one in AWS_ACCESS_KEY_ID\n";
    assert!(named.contains(note), "{named}");
    let found = said(&with(&[("AWS_PROFILE", "two")]), &[]);
    let note =
        "using the access key …FENV of AWS_ACCESS_KEY_ID, not that of profile `two` in AWS_PROFILE";
    assert!(found.contains(note), "{found}");
    for (env, args) in [(&KEYS[..], &[][..]), (&[], &["--profile", "two"])] {
        let err = said(env, args);
        assert!(!err.contains("using the access key"), "{err}");
    }
}

#[test]
fn the_endpoint_comes_from_the_first_source_that_has_one() {
    let rig = Rig::new();
    let (one, two) = (&rig.one, &rig.two);
    let (first, second) = (&*one.url, &*two.url);
    let any = "GET / ";
    rig.row(
        &with(&[("AWS_ENDPOINT_URL_S3", first)]),
        &["--endpoint-url", second],
        two,
        any,
    );
    rig.row(&KEYS, &["--endpoint-url", second], two, any);
    rig.row(
        &KEYS,
        &["--profile", "two", "--endpoint-url", first],
        one,
        any,
    );
    let both = [("AWS_ENDPOINT_URL", first), ("AWS_ENDPOINT_URL_S3", second)];
    rig.row(&with(&both), &[], two, any);
    rig.row(&with(&[("AWS_ENDPOINT_URL", second)]), &[], two, any);
    rig.row(
        &[("AWS_ENDPOINT_URL_S3", first)],
        &["--profile", "two"],
        one,
        any,
    );
    rig.row(
        &[("AWS_ENDPOINT_URL", first)],
        &["--profile", "two"],
        one,
        any,
    );
    rig.row(&[], &["--profile", "served"], two, any);
    rig.row(
        &[("AWS_ENDPOINT_URL", first)],
        &["--profile", "served"],
        one,
        any,
    );
}

#[test]
fn the_region_comes_from_the_first_source_that_has_one() {
    let rig = Rig::new();
    let (one, two) = (&rig.one, &rig.two);
    let both = [("AWS_REGION", "env-one"), ("AWS_DEFAULT_REGION", "env-two")];
    rig.row(&both, &["--region", "typed"], one, "/typed/s3/");
    rig.row(&both, &[], one, "/env-one/s3/");
    rig.row(&both[1..], &[], one, "/env-two/s3/");
    rig.row(&both[..1], &["--profile", "two"], two, "/env-one/s3/");
    rig.row(&both[1..], &["--profile", "two"], two, "/env-two/s3/");
    rig.row(
        &[],
        &["--profile", "two", "--region", "typed"],
        two,
        "/typed/s3/",
    );
    rig.row(&[], &["--profile", "two"], two, "/region-two/s3/");
    let nothing = ["--profile", "served"];
    rig.row(&[], &nothing, two, "/us-east-1/s3/");
}

#[test]
fn the_addressing_comes_from_the_first_source_that_has_one() {
    let rig = Rig::new();
    let host = |virtual_host: bool| match virtual_host {
        true => "host: bucket.localhost",
        false => "GET /bucket?uploads",
    };
    let localhost = rig.two.url.replace("127.0.0.1", "localhost");
    let endpoint = ["--endpoint-url", &*localhost];
    let row = |args: &[&str], virtual_host| {
        let args = [&endpoint[..], args, &["s3://bucket"]].concat();
        let ran = rig.run(&KEYS, &args);
        let asked = rig.two.asked();
        // `bucket.localhost` may not resolve here: then the failure names it.
        let seen = format!(
            "{asked} {}",
            ran.err
                .replace("bucket.localhost", "host: bucket.localhost")
        );
        assert_eq!(seen.contains(host(true)), virtual_host, "{args:?} {seen}");
    };
    row(&[], false);
    row(&["--profile", "styled"], true);
    row(&["--profile", "styled", "--addressing", "path"], false);
    row(&["--profile", "two", "--addressing", "virtual"], true);
}

#[test]
fn the_certificates_come_from_the_first_source_that_has_some() {
    let rig = Rig::new();
    let https = ["--endpoint-url", "https://127.0.0.1:1"];
    let names = |env: &[(&str, &str)], args: &[&str], file: &str| {
        let ran = rig.run(env, &[&https[..], args].concat());
        assert!(ran.err.contains(file), "{file}: {ran:?}");
    };
    let env = with(&[("AWS_CA_BUNDLE", "/nowhere/env.pem")]);
    names(&env, &[], "/nowhere/env.pem");
    names(&env, &["--profile", "two"], "/nowhere/env.pem");
    names(&KEYS, &["--profile", "two"], "/nowhere/profile two.pem");
}

#[test]
fn the_proxy_comes_from_the_environment_only() {
    let rig = Rig::new();
    let (one, two) = (&rig.one, &rig.two);
    let store = ["--endpoint-url", "http://store.invalid"];
    let through = "GET http://store.invalid/ ";
    rig.row(&with(&[("HTTP_PROXY", &two.url)]), &store, two, through);
    rig.row(&with(&[("http_proxy", &two.url)]), &store, two, through);
    rig.row(&with(&[("ALL_PROXY", &two.url)]), &store, two, through);
    let both = [("ALL_PROXY", &*one.url), ("HTTP_PROXY", &*two.url)];
    rig.row(&with(&both), &store, two, through);
    let around = [("HTTP_PROXY", &*one.url), ("NO_PROXY", "127.0.0.1")];
    rig.row(&with(&around), &["--endpoint-url", &two.url], two, "GET / ");
}
