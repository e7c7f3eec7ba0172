//! Settings of the environment and the profile, as odd as they may be.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use crate::folder::Folder;
use crate::program::{on, partsweep, run};
use crate::store::Store;

/// The variables of the AWS SDKs and Tools Reference Guide, and the others that are read.
const VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_AUTH_SCHEME_PREFERENCE",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DATA_PATH",
    "AWS_DEFAULTS_MODE",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_REQUEST_COMPRESSION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_ENABLE_ENDPOINT_DISCOVERY",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_EXECUTION_ENV",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_MAX_ATTEMPTS",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
    "AWS_S3_USE_ARN_REGION",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
    "AWS_SDK_UA_APP_ID",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SIGV4A_SIGNING_REGION_SET",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "HOME",
    "SSL_CERT_FILE",
    "TMPDIR",
    "XDG_STATE_HOME",
    "COLUMNS",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "RUST_LOG",
];

fn odd_values() -> Vec<OsString> {
    let texts = [
        "",
        " ",
        "legacy",
        "-1",
        "0",
        "99999999999999999999999",
        "0x10",
        "[",
        "%zz",
        "a\tb\u{7f}\u{202e}\u{e9}\nc",
        "true",
        "TRUE ",
        "/",
    ];
    let mut values: Vec<_> = texts.map(OsString::from).into();
    values.push(OsString::from("x".repeat(60_000)));
    values.push(OsString::from_vec(vec![0xff, 0xfe, b'a']));
    values
}

/// Profile settings of the same guide.
const PROFILE_SETTINGS: &[&str] = &[
    "retry_mode",
    "max_attempts",
    "region",
    "output",
    "defaults_mode",
    "account_id",
    "account_id_endpoint_mode",
    "duration_seconds",
    "metadata_service_timeout",
    "metadata_service_num_attempts",
    "sts_regional_endpoints",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "request_checksum_calculation",
    "response_checksum_validation",
    "request_min_compression_size_bytes",
    "disable_request_compression",
    "sigv4a_signing_region_set",
    "auth_scheme_preference",
    "sdk_ua_app_id",
    "ca_bundle",
    "s3",
    "services",
    "sso_session",
    "sso_account_id",
    "source_profile",
    "role_arn",
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "endpoint_url",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
];

/// Whatever the settings are, it works or says in one line why not.
fn assert_clear(command: &mut Command, what: &str) {
    let output = command.arg("scan").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(matches!(code, Some(0..=3)), "{what}: {code:?} {err}");
    assert!(
        !err.contains("a bug in") && !err.contains("panicked"),
        "{what}: {err}"
    );
    let errors = err.lines().filter(|line| line.starts_with("error:"));
    assert!(errors.count() <= 1, "{what}: {err}");
    let told = code == Some(0) || err.lines().any(|line| !line.trim().is_empty());
    assert!(told, "{what}: {code:?} and not a word");
}

/// Each with the store typed, so that nothing is sent anywhere else.
fn side_by_side<T: Sync>(all: &[T], check: impl Fn(&Store, &Folder, &T) + Sync) {
    const WORKERS: usize = 3;
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let check = &check;
            scope.spawn(move || {
                let (store, folder) = (Store::filled(), Folder::new());
                for one in all.iter().skip(worker).step_by(WORKERS) {
                    check(&store, &folder, one);
                }
            });
        }
    });
}

/// Requests would go to the usual endpoint without a word.
#[test]
fn a_switch_that_is_neither_true_nor_false_is_named() {
    for variable in [
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    ] {
        for value in ["1", "yes", "maybe"] {
            let mut command = partsweep();
            command
                .env("AWS_ACCESS_KEY_ID", "A")
                .env("AWS_SECRET_ACCESS_KEY", "b")
                .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
                .env(variable, value);
            let ran = run(&mut command, &["scan"]);
            assert_eq!(ran.code, Some(1), "{ran:?}");
            let told = format!("error: {variable} is `{value}`, which isn't a known value");
            assert!(ran.err.contains(&told), "{ran:?}");
        }
    }
}

#[test]
fn no_odd_variable_is_more_than_one_clear_line() {
    side_by_side(VARIABLES, |store, _, name| {
        for value in odd_values() {
            let what = format!(
                "{name}={}",
                value.to_string_lossy().chars().take(40).collect::<String>()
            );
            let endpoint = store.sim.endpoint();
            assert_clear(
                on(store)
                    .args(["--endpoint-url", &endpoint])
                    .env(name, &value),
                &what,
            );
            if name.starts_with("AWS_") {
                // Without keys, the rest of the chain is asked.
                let typed = ["--endpoint-url", &*endpoint];
                assert_clear(
                    partsweep().args(typed).env(name, &value),
                    &format!("no keys, {what}"),
                );
            }
        }
    });
}

#[test]
fn no_odd_setting_of_a_profile_is_more_than_one_clear_line() {
    side_by_side(PROFILE_SETTINGS, |store, folder, name| {
        for value in [
            "",
            " ",
            "legacy",
            "0",
            "-1",
            "99999999999999999999999",
            "%zz",
            "[x]",
            "\u{e9}",
        ] {
            let config = folder.file("config");
            std::fs::write(&config, format!("[default]\n{name} = {value}\n")).unwrap();
            let endpoint = store.sim.endpoint();
            let what = format!("{name} = {value}");
            for mut command in [on(store), partsweep()] {
                let command = command.args(["--endpoint-url", &endpoint]);
                assert_clear(command.env("AWS_CONFIG_FILE", &config), &what);
            }
        }
    });
}

#[test]
fn settings_of_retries_that_are_not_for_partsweep_do_not_stop_it() {
    let (store, folder) = (Store::filled(), Folder::new());
    let config = folder.file("config");
    std::fs::write(&config, "[default]\nretry_mode = legacy\nmax_attempts =\n").unwrap();
    for (name, value) in [
        ("AWS_RETRY_MODE", "legacy"),
        ("AWS_MAX_ATTEMPTS", ""),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_CONFIG_FILE", &*config),
    ] {
        let ran = run(on(&store).env(name, value), &["scan"]);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{name}={value}");
    }
}

/// What can't be signed with is named, and nothing is sent.
#[test]
fn keys_and_regions_that_cannot_be_are_named() {
    for (variable, value, told) in [
        (
            "AWS_ACCESS_KEY_ID",
            "SIM\nKEY",
            "the access key has a character that no key has",
        ),
        (
            "AWS_ACCESS_KEY_ID",
            "\u{feff}SIMKEY",
            "the access key has a character that no key has",
        ),
        (
            "AWS_SESSION_TOKEN",
            "abc\ndef",
            "the session token has a character that no key has",
        ),
        ("AWS_REGION", "x y", "AWS_REGION: a region has letters"),
    ] {
        let store = Store::new();
        let ran = run(on(&store).env(variable, value), &["scan"]);
        assert_eq!(ran.code, Some(1), "{variable}: {ran:?}");
        assert!(ran.err.contains(told), "{variable}: {ran:?}");
        assert_eq!(store.sim.total(), 0, "{variable}");
    }
}
