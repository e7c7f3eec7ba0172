//! Keys that can't be had because nobody answers, or something else does.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use crate::folder::Folder;
use crate::program::{Run, partsweep, run};

/// Answers every request with this status and document; gives its URL.
fn answering(status: &'static str, document: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 16_384]);
            let head = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                document.len()
            );
            let _ = stream.write_all(format!("{head}{document}").as_bytes());
        }
    });
    url
}

const NOBODY: &str = "http://127.0.0.1:9";
const NETWORK: &str = "hint: check the network, the proxy";

fn scan(folder: &Folder, profile: &str, endpoint: &str) -> Run {
    let role = "role_arn = arn:aws:iam::123456789012:role/x\nregion = us-east-1\n";
    let at = folder.path().display();
    let config = format!(
        "[profile keys]\naws_access_key_id = AKIA1\naws_secret_access_key = b\n\
         [profile role]\n{role}source_profile = keys\n\
         [profile pod]\n{role}web_identity_token_file = {at}/token\n\
         [profile gone]\n{role}web_identity_token_file = {at}/gone\n\
         [sso-session mine]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n\
         [profile sso]\nsso_session = mine\nsso_account_id = 123456789012\nsso_role_name = r\n"
    );
    fs::write(folder.file("config"), config).unwrap();
    fs::write(folder.file("token"), "a.b.c").unwrap();
    let cache = folder.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    // Named by the SHA-1 of `mine`, as the AWS CLI does.
    let login = r#"{"accessToken":"t","expiresAt":"2999-01-01T00:00:00Z","region":"us-east-1","startUrl":"https://example.com/start"}"#;
    fs::write(
        cache.join("8034c43d15bb7ef42e2cc24255217acfc5f4b2f4.json"),
        login,
    )
    .unwrap();
    let mut command = partsweep();
    command
        .env("HOME", folder.path())
        .env("AWS_CONFIG_FILE", folder.file("config"))
        .env("HTTPS_PROXY", NOBODY)
        .env("AWS_ENDPOINT_URL", endpoint);
    run(&mut command, &["scan", "--profile", profile])
}

#[test]
fn without_a_network_nobody_is_told_to_log_in_again() {
    let folder = Folder::new();
    for profile in ["role", "pod", "sso"] {
        let ran = scan(&folder, profile, NOBODY);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let told = "could not get credentials: no answer from ";
        assert!(
            ran.err.contains(told) && ran.err.contains(NETWORK),
            "{ran:?}"
        );
        assert_eq!(ran.err.matches("hint: ").count(), 1, "{ran:?}");
        assert!(!ran.err.contains("dispatch failure"), "{ran:?}");
    }
}

#[test]
fn an_answer_that_is_not_of_aws_sts_is_told_plainly() {
    let folder = Folder::new();
    for (status, document) in [
        ("200 OK", "<html><p>Please log in</p></html>"),
        ("403 Forbidden", "no entry"),
    ] {
        let endpoint = answering(status, document);
        for profile in ["role", "pod"] {
            let ran = scan(&folder, profile, &endpoint);
            let code = &status[..3];
            let told = format!("something other than AWS STS answered (HTTP {code}, not its XML)");
            assert!(
                ran.err.contains(&told) && ran.err.contains(NETWORK),
                "{ran:?}"
            );
            assert!(!ran.err.contains("StartEl"), "{ran:?}");
        }
    }
}

#[test]
fn a_token_says_whether_it_is_missing_or_refused() {
    let folder = Folder::new();
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>\
                   <RequestId>1</RequestId></ErrorResponse>";
    let endpoint = answering("403 Forbidden", refusal);
    let gone = scan(&folder, "gone", &endpoint);
    let told = format!(
        "its web_identity_token_file {} isn't there",
        folder.file("gone")
    );
    assert!(gone.err.contains(&told), "{gone:?}");
    assert!(!gone.err.contains("expired"), "{gone:?}");
    let refused = scan(&folder, "pod", &endpoint);
    let hint = "check that the token of profile pod hasn't expired";
    assert!(
        refused.err.contains("AccessDenied") && refused.err.contains(hint),
        "{refused:?}"
    );
}
