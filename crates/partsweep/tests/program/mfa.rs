//! A profile whose role takes a code of a device: asked for at a terminal, and kept as the AWS CLI keeps it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use partsweep_sim::{ACCESS_KEY, Credential, SECRET_KEY};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::program::{partsweep, run};
use crate::store::Store;
use crate::terminal::Terminal;

const WRONG: &str = "000000";

/// AWS STS: gives the simulated store's keys for any code but one.
struct Sts {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Sts {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut head, mut length, mut signer) = (String::new(), 0, String::new());
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap_or(0) > 0 {}
                for line in head.to_lowercase().lines() {
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.parse().unwrap();
                    }
                    if let Some((_, signed)) = line.split_once("credential=") {
                        signer = signed.split('/').next().unwrap().to_uppercase();
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                let body = String::from_utf8(body).unwrap();
                let (status, document) = match body.contains(&format!("TokenCode={WRONG}")) {
                    true => (
                        "403 Forbidden",
                        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>\
                         MultiFactorAuthentication failed with invalid MFA one time pass code. \
                         </Message></Error></ErrorResponse>"
                            .to_owned(),
                    ),
                    false if body.contains("Action=GetCallerIdentity") => (
                        "200 OK",
                        "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                         <Arn>arn:aws:iam::123456789012:user/me</Arn>\
                         </GetCallerIdentityResult></GetCallerIdentityResponse>"
                            .to_owned(),
                    ),
                    false => (
                        "200 OK",
                        format!(
                            "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
                             <AccessKeyId>ASIAOFANHOUR</AccessKeyId>\
                             <SecretAccessKey>{SECRET_KEY}</SecretAccessKey>\
                             <SessionToken>token-of-an-hour</SessionToken>\
                             <Expiration>2099-01-01T00:00:00Z</Expiration>\
                             </Credentials></AssumeRoleResult></AssumeRoleResponse>"
                        ),
                    ),
                };
                kept.lock()
                    .unwrap()
                    .push(format!("{body}&SignedBy={signer}"));
                let answer = format!(
                    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{document}",
                    document.len()
                );
                let _ = stream.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// A store that takes the keys that STS gives.
fn store() -> Store {
    let store = Store::filled();
    store.sim.add_credential(Credential {
        session_token: Some("token-of-an-hour".to_owned()),
        ..Credential::new("ASIAOFANHOUR", SECRET_KEY)
    });
    store
}

fn home() -> Folder {
    let home = Folder::new();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(
        home.path().join(".aws/config"),
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret-of-base\n\
         [profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = base\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/me\nexternal_id = outside\nduration_seconds = 7200\n",
    )
    .unwrap();
    home
}

#[test]
fn the_code_is_asked_for_once_and_its_keys_are_kept() {
    let (store, sts, home) = (store(), Sts::start(), home());
    let folder = home.path().to_str().unwrap();
    let variables = [("HOME", folder), ("AWS_ENDPOINT_URL_STS", &*sts.url)];
    let mut terminal = Terminal::start(&store, "scan --no-progress --profile ops", &variables);
    terminal.wait_for("The role of profile ops takes a code of the MFA device");
    terminal.wait_for("MFA code: ");
    terminal.press("12345\n");
    terminal.wait_for("a code has 6 digits");
    terminal.wait_for("MFA code: ");
    terminal.press(&format!("{WRONG}\n"));
    terminal.wait_for("AWS STS: AccessDenied:");
    terminal.wait_for("MultiFactorAuthentication failed");
    terminal.wait_for("MFA code: ");
    terminal.press("123456\n");
    terminal.wait_for("4 uploads (7.0 MB)");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let asked = sts.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for part in [
        "Action=AssumeRole&",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fops",
        "SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fme",
        "TokenCode=123456",
        "ExternalId=outside",
        "DurationSeconds=7200",
    ] {
        assert!(asked[1].contains(part), "{part}: {asked:?}");
    }
    // The next run takes them, also where nobody can be asked, with the profile named or in the environment.
    for (args, profile) in [(&["scan", "--profile", "ops"][..], ""), (&["scan"], "ops")] {
        let mut command = partsweep();
        command
            .envs(variables)
            .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint())
            .env("AWS_PROFILE", profile);
        let ran = run(&mut command, args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!(ran.out + &ran.err).contains("token-of-an-hour"));
    }
    assert!(sts.asked().is_empty());
}

#[test]
fn where_nobody_can_be_asked_it_is_said_how_to_log_in() {
    let (store, sts, home) = (store(), Sts::start(), home());
    let mut command = partsweep();
    command
        .env("HOME", home.path())
        .env("AWS_ENDPOINT_URL_STS", &sts.url)
        .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
    let ran = run(&mut command, &["scan", "--profile", "ops"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told =
        "the role of profile `ops` takes a code of the MFA device arn:aws:iam::123456789012:mfa/me";
    assert!(ran.err.contains(told), "{ran:?}");
    assert!(
        ran.err
            .contains("aws sts get-caller-identity --profile ops"),
        "{ran:?}"
    );
    assert!(sts.asked().is_empty(), "nothing is tried without a code");
    // Keys in the environment come before a profile in the environment.
    command
        .env("AWS_PROFILE", "ops")
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    let ran = run(&mut partsweep_like(&command), &["scan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// The binary with the same variables, without arguments.
fn partsweep_like(command: &Command) -> Command {
    let mut other = partsweep();
    let set = command.get_envs();
    other.envs(set.filter_map(|(name, value)| Some((name, value?))));
    other
}

/// A role that is taken with the keys of another, each with a device of its own.
#[test]
fn roles_that_are_taken_one_by_another_ask_once_for_each_device() {
    let (store, sts, home) = (store(), Sts::start(), home());
    let config = home.path().join(".aws/config");
    let more = "[profile top]\nrole_arn = arn:aws:iam::123456789012:role/top\nsource_profile = ops\n\
                mfa_serial = arn:aws:iam::123456789012:mfa/other\n\
                [profile easy]\nrole_arn = arn:aws:iam::123456789012:role/easy\nsource_profile = ops\n";
    let text = std::fs::read_to_string(&config).unwrap() + more;
    std::fs::write(&config, text).unwrap();
    let folder = home.path().to_str().unwrap();
    let variables = [("HOME", folder), ("AWS_ENDPOINT_URL_STS", &*sts.url)];
    let mut terminal = Terminal::start(&store, "scan --no-progress --profile top", &variables);
    terminal.wait_for("The role of profile ops takes a code of the MFA device");
    terminal.wait_for("MFA code: ");
    terminal.press("111111\n");
    terminal.wait_for("The role of profile top takes a code of the MFA device");
    terminal.wait_for("MFA code: ");
    terminal.press(&format!("{WRONG}\n"));
    terminal.wait_for("MultiFactorAuthentication failed");
    terminal.wait_for("MFA code: ");
    terminal.press("222222\n");
    terminal.wait_for("4 uploads (7.0 MB)");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("couldn't be kept"), "{screen}");
    let asked = sts.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    for (asked, parts) in asked.iter().zip([
        [
            "role%2Fops",
            "mfa%2Fme",
            "TokenCode=111111",
            "SignedBy=AKIABASE",
        ],
        [
            "role%2Ftop",
            "mfa%2Fother",
            "TokenCode=000000",
            "SignedBy=ASIAOFANHOUR",
        ],
        [
            "role%2Ftop",
            "mfa%2Fother",
            "TokenCode=222222",
            "SignedBy=ASIAOFANHOUR",
        ],
    ]) {
        for part in parts {
            assert!(asked.contains(part), "{part}: {asked}");
        }
    }
    // A role without a device takes the keys that are there, and asks nobody.
    for (profile, requests) in [("easy", 1), ("easy", 0), ("top", 0)] {
        let mut command = partsweep();
        command
            .envs(variables)
            .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint());
        let ran = run(&mut command, &["scan", "--profile", profile]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let asked = sts.asked();
        assert_eq!(asked.len(), requests, "{profile}: {asked:?}");
        assert!(asked.iter().all(|asked| asked.contains("role%2Feasy")));
    }
}

/// Each device is asked for once, although nothing can be kept for the next run: that is said in a line.
#[test]
fn a_cache_that_cannot_be_written_is_told_once() {
    let (store, sts, home) = (store(), Sts::start(), home());
    let aws = home.path().join(".aws");
    std::fs::write(aws.join("cli"), "a file where the cache would be").unwrap();
    let top = "[profile top]\nrole_arn = arn:aws:iam::123456789012:role/top\nsource_profile = ops\n\
               mfa_serial = arn:aws:iam::123456789012:mfa/other\n";
    let text = std::fs::read_to_string(aws.join("config")).unwrap() + top;
    std::fs::write(aws.join("config"), text).unwrap();
    let folder = home.path().to_str().unwrap();
    let variables = [("HOME", folder), ("AWS_ENDPOINT_URL_STS", &*sts.url)];
    let mut terminal = Terminal::start(&store, "scan --no-progress --profile top", &variables);
    for code in ["111111\n", "222222\n"] {
        terminal.wait_for("MFA code: ");
        terminal.press(code);
    }
    terminal.wait_for("4 uploads (7.0 MB)");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let told = "the keys of this log-in couldn't be kept";
    assert_eq!(screen.matches(told).count(), 1, "{screen}");
    assert_eq!(sts.asked().len(), 2, "once for each device");
}

/// At AWS it is known who signs, also if the store can't be reached.
#[test]
fn doctor_says_who_signs_at_aws() {
    let (other, sts) = (Store::filled(), Sts::start());
    let doctor = |sts: &str, args: &[&str]| {
        let mut command = partsweep();
        command
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_ENDPOINT_URL_STS", sts)
            // Nothing listens there.
            .env("HTTPS_PROXY", "http://127.0.0.1:9");
        run(
            &mut command,
            &[&["doctor", "--timeout", "2s"][..], args].concat(),
        )
    };
    let there = ["--store", "aws"];
    let ran = doctor(&sts.url, &there);
    let line = "✓ signs as      arn:aws:iam::123456789012:user/me, says AWS STS";
    assert!(ran.out.contains(line), "{ran:?}");
    let json = doctor(&sts.url, &["--store", "aws", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_valid(&schema("doctor"), &document);
    assert_eq!(document["caller"], "arn:aws:iam::123456789012:user/me");
    assert!(
        sts.asked()
            .iter()
            .all(|asked| asked.contains("Action=GetCallerIdentity"))
    );
    // Where it can't be known it is a note, and another store's keys go nowhere else.
    let ran = doctor("http://127.0.0.1:9", &there);
    assert!(ran.out.contains("! signs as      not known: "), "{ran:?}");
    let ran = doctor(&sts.url, &["--endpoint-url", &other.sim.endpoint()]);
    assert!(!ran.out.contains("signs as"), "{ran:?}");
    assert!(sts.asked().is_empty());
}

#[test]
fn no_code_is_an_end() {
    let (store, sts, home) = (store(), Sts::start(), home());
    let folder = home.path().to_str().unwrap();
    let variables = [("HOME", folder), ("AWS_ENDPOINT_URL_STS", &*sts.url)];
    for (pressed, times, expected) in [
        ("\n", 1, 0),
        ("\x04", 1, 0),
        ("q\n", 1, 0),
        ("000000\n", 3, 3),
    ] {
        let mut terminal = Terminal::start(&store, "scan --no-progress --profile ops", &variables);
        for _ in 0..times {
            terminal.wait_for("MFA code: ");
            terminal.press(pressed);
        }
        let (code, screen) = terminal.end();
        assert_eq!(code, 1, "{screen}");
        assert_eq!(sts.asked().len(), expected, "{screen}");
    }
    assert_eq!(store.sim.total(), 0);
}
