//! What comes from the environment and its files. A test's own environment cannot be changed
//! safely, so each runs the ignored test below in a process of its own.

use std::path::PathBuf;
use std::process::Command;

use partsweep_core::Inspect;
use partsweep_s3::{ConnectError, Settings, Store};

use crate::scripted::{Scripted, error, ok};

const BUCKETS: &str = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";

/// Connects with nothing given, lists buckets, and says how it went.
#[tokio::test]
#[ignore = "needs the environment that the other tests start it with"]
#[expect(clippy::print_stderr, reason = "the other tests read it there")]
async fn child() {
    let profile = std::env::var("TEST_PROFILE").ok();
    let settings = Settings {
        profile,
        ..Settings::default()
    };
    let outcome = match Store::connect(settings).await {
        Ok(store) => match store.list_buckets().await {
            Ok(_) => format!("listed at {}", store.endpoint()),
            Err(error) => error.to_string(),
        },
        Err(error) => format!("{error} [{}]", variant(&error)),
    };
    eprintln!("outcome: {outcome}");
}

fn variant(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::NoCredentials => "no credentials",
        ConnectError::BadCaBundle { .. } => "bad bundle",
        ConnectError::NoProfile { .. } | ConnectError::Profile { .. } => "profile",
        ConnectError::Credentials { .. } => "credentials",
        ConnectError::BadProxy { .. } => "proxy",
        ConnectError::BadSetting { .. } => "setting",
        ConnectError::HalfKeys { .. } => "half",
        _ => "other",
    }
}

/// Files that disappear with the test.
struct Home {
    folder: PathBuf,
}

impl Home {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("partsweep-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A leftover in the temporary directory fails no test.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs [`child`] with this environment and no other, off the runtime's thread.
async fn outcome(home: &Home, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "environment::child", "--nocapture"])
        .env_clear()
        .env("HOME", &home.folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("outcome: "));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn the_environment_names_store_and_keys() {
    let server = Scripted::start(|_, _| ok(BUCKETS)).await;
    let home = Home::new("environment");
    let url = server.url();
    let environment = [
        ("AWS_ENDPOINT_URL_S3", url.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKFROMENV"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-north-1"),
    ];
    assert_eq!(
        outcome(&home, &environment).await,
        format!("listed at {url}")
    );
    assert!(server.seen()[0].head.contains("Credential=AKFROMENV/"));
    assert!(
        server.seen()[0]
            .head
            .contains("/eu-north-1/s3/aws4_request")
    );
}

#[tokio::test]
async fn a_profile_names_store_and_keys() {
    let server = Scripted::start(|_, _| ok(BUCKETS)).await;
    let home = Home::new("profile");
    let url = server.url();
    let config = format!(
        "[profile mine]\nregion = eu-west-3\nservices = s\n[services s]\ns3 =\n  endpoint_url = {url}\n"
    );
    let config = home.write("config", &config);
    let credentials = home.write(
        "credentials",
        "[mine]\naws_access_key_id = AKFROMFILE\naws_secret_access_key = secret\n",
    );
    let environment = [
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.as_str()),
        ("TEST_PROFILE", "mine"),
    ];
    assert_eq!(
        outcome(&home, &environment).await,
        format!("listed at {url}")
    );
    assert!(server.seen()[0].head.contains("Credential=AKFROMFILE/"));
    let mut other = environment;
    other[2].1 = "other";
    assert_eq!(
        outcome(&home, &other).await,
        "there is no profile `other` in the AWS configuration [profile]"
    );
}

#[tokio::test]
async fn credentials_from_a_container_come_over_our_connections() {
    let expires = "2099-01-01T00:00:00Z";
    let server = Scripted::start(move |_, request| match request.has("/creds") {
        true => ok(&format!(
            "{{\"AccessKeyId\":\"AKFROMTASK\",\"SecretAccessKey\":\"s\",\"Token\":\"tok\",\"Expiration\":\"{expires}\"}}"
        )),
        false => ok(BUCKETS),
    })
    .await;
    let home = Home::new("container");
    let (url, creds) = (server.url(), format!("{}/creds", server.url()));
    let environment = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", creds.as_str()),
    ];
    assert_eq!(
        outcome(&home, &environment).await,
        format!("listed at {url}")
    );
    let last = server.seen().pop().unwrap();
    assert!(
        last.head.contains("Credential=AKFROMTASK/"),
        "{}",
        last.head
    );
    assert!(
        last.head.contains("x-amz-security-token: tok"),
        "{}",
        last.head
    );
}

#[tokio::test]
async fn no_credentials_and_a_bad_bundle_are_known_before_the_first_request() {
    let home = Home::new("nothing");
    let here = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    assert_eq!(
        outcome(&home, &here).await,
        "no credentials were found [no credentials]"
    );
    let bundle = [
        ("AWS_ENDPOINT_URL", "https://127.0.0.1:9"),
        ("AWS_CA_BUNDLE", "/no/such.pem"),
    ];
    assert_eq!(
        outcome(&home, &bundle).await,
        "the certificates in `/no/such.pem` cannot be used [bad bundle]"
    );
}

#[tokio::test]
async fn a_machine_whose_metadata_service_refuses_has_no_credentials() {
    let metadata = Scripted::start(|_, _| error("403 Forbidden", "Disabled")).await;
    let home = Home::new("metadata");
    let url = metadata.url();
    let here = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
    ];
    assert_eq!(
        outcome(&home, &here).await,
        "no credentials were found [no credentials]"
    );
    assert!(!metadata.seen().is_empty(), "it was asked");
}

#[tokio::test]
async fn the_proxy_variables_are_followed_and_no_proxy_is_too() {
    let proxy = Scripted::start(|_, _| ok(BUCKETS)).await;
    let home = Home::new("proxy");
    let url = proxy.url();
    let mut environment = vec![
        ("AWS_ENDPOINT_URL", "http://store.invalid"),
        ("AWS_ACCESS_KEY_ID", "AK"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("HTTP_PROXY", url.as_str()),
    ];
    assert_eq!(
        outcome(&home, &environment).await,
        "listed at http://store.invalid"
    );
    assert_eq!(proxy.seen()[0].line, "GET http://store.invalid/");
    environment.push(("NO_PROXY", ".invalid"));
    let direct = outcome(&home, &environment).await;
    assert_eq!(
        direct,
        "could not list buckets: http://store.invalid: the host name can't be resolved"
    );
}

#[tokio::test]
async fn credentials_of_a_container_never_go_through_a_proxy() {
    let proxy = Scripted::start(|_, _| ok(BUCKETS)).await;
    let container = Scripted::start(|_, _| {
        ok("{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}")
    })
    .await;
    let home = Home::new("container-proxy");
    let (url, creds) = (proxy.url(), format!("{}/creds", container.url()));
    let environment = [
        ("AWS_ENDPOINT_URL", "http://store.invalid"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", creds.as_str()),
        ("HTTP_PROXY", url.as_str()),
    ];
    assert_eq!(
        outcome(&home, &environment).await,
        "listed at http://store.invalid"
    );
    let lines: Vec<_> = proxy
        .seen()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines, ["GET http://store.invalid/"]);
    assert_eq!(container.seen()[0].line, "GET /creds");
}

#[tokio::test]
async fn settings_that_mean_nothing_are_named_before_the_first_request() {
    let home = Home::new("mistakes");
    let here = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let half = [here, ("AWS_SECRET_ACCESS_KEY", "sec-ret")];
    assert_eq!(
        outcome(&home, &half).await,
        "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not [half]"
    );
    let other_half = [here, ("AWS_ACCESS_KEY_ID", "AK")];
    assert_eq!(
        outcome(&home, &other_half).await,
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not [half]"
    );
    let proxy = [here, ("https_proxy", "http://user:sec ret@proxy")];
    assert_eq!(
        outcome(&home, &proxy).await,
        "the proxy in https_proxy cannot be used: it is not a URL [proxy]"
    );
    let config = home.write("config", "[default]\nservices = mien\n[services mine]\n");
    let services = [("AWS_CONFIG_FILE", config.as_str())];
    assert_eq!(
        outcome(&home, &services).await,
        "the profile `default` has `services = mien`, which isn't a known value [setting]"
    );
}
