//! Keys that a program prints: `credential_process`.
//!
//! aws-config waits for the program as long as it runs, and keeps all that it prints.

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// A program that asks a person for a code, or a server far away, gets at least so long.
const LEAST_TIME: Duration = Duration::from_secs(60);

/// Bytes that a program may print: keys with their token have some kilobytes.
const LONGEST_OUTPUT: u64 = 1 << 20;

/// Settings that aws-config takes keys by before it looks for a program.
const BEFORE_IT: [&str; 8] = [
    "role_arn",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
    "login_session",
];

/// How long a program may take that brings keys. `without_progress`: the time that a store gets.
pub(crate) fn limit(without_progress: Duration) -> Duration {
    without_progress.max(LEAST_TIME)
}

/// The provider of a profile whose keys come from a program and nothing else; none for other profiles.
pub(crate) fn of_profile(
    profiles: &ProfileSet,
    name: &str,
    limit: Duration,
) -> Option<SharedCredentialsProvider> {
    let profile = profiles.get_profile(name)?;
    let command = command_of(profile)?;
    let is_first = BEFORE_IT.iter().all(|key| profile.get(key).is_none());
    is_first.then(|| {
        SharedCredentialsProvider::new(Process {
            profile: name.to_owned(),
            command: command.to_owned(),
            limit,
        })
    })
}

/// The profile with a program that the selected one leads to, itself or by `source_profile`.
pub(crate) fn behind(profiles: &ProfileSet) -> Option<&str> {
    let mut passed: Vec<&str> = Vec::new();
    let mut name = profiles.selected_profile();
    while !passed.contains(&name) {
        let profile = profiles.get_profile(name)?;
        passed.push(name);
        match (profile.get("source_profile"), profile.get("role_arn")) {
            (Some(source), Some(_)) if source != name => name = source,
            _ => return command_of(profile).map(|_| name),
        }
    }
    None
}

/// Whether keys in the environment come before those of any profile.
pub(crate) fn are_in(env: &Env) -> bool {
    let is_set = |name| env.get(name).is_ok_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
}

fn command_of(profile: &Profile) -> Option<&str> {
    profile
        .get("credential_process")
        .filter(|command| !command.is_empty())
}

/// Another provider's keys, if they come in time. For roles that are taken with the keys of a program.
#[derive(Debug)]
pub(crate) struct InTime {
    pub(crate) inner: SharedCredentialsProvider,
    /// The one with the program.
    pub(crate) profile: String,
    pub(crate) limit: Duration,
}

impl ProvideCredentials for InTime {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let keys = self.inner.provide_credentials();
            let keys = tokio::time::timeout(self.limit, keys).await;
            keys.unwrap_or_else(|_| Err(too_late(&self.profile, self.limit)))
        })
    }
}

fn too_late(profile: &str, limit: Duration) -> CredentialsError {
    let seconds = limit.as_secs();
    CredentialsError::provider_error(format!(
        "the credential_process of profile `{profile}` brought no keys in {seconds} s"
    ))
}

/// A program that prints keys.
struct Process {
    profile: String,
    command: String,
    limit: Duration,
}

/// Without the command, whose arguments may be secret.
impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl ProvideCredentials for Process {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let keys = tokio::time::timeout(self.limit, self.keys()).await;
            keys.unwrap_or_else(|_| Err(too_late(&self.profile, self.limit)))
        })
    }
}

impl Process {
    async fn keys(&self) -> Result<Credentials, CredentialsError> {
        let failed = |why: &str| {
            let profile = &self.profile;
            CredentialsError::provider_error(format!(
                "the credential_process of profile `{profile}` {why}"
            ))
        };
        // What it writes to standard error may be a secret.
        let mut program = shell(&self.command)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&format!("can't be run: {error}")))?;
        let mut printed = Vec::new();
        if let Some(output) = program.stdout.take() {
            let mut output = output.take(LONGEST_OUTPUT + 1);
            let read = output.read_to_end(&mut printed).await;
            read.map_err(|error| failed(&format!("can't be read: {error}")))?;
        }
        if printed.len() as u64 > LONGEST_OUTPUT {
            return Err(failed("printed more than 1 MiB, and keys are shorter"));
        }
        let status = program.wait().await;
        let status = status.map_err(|error| failed(&format!("can't be waited for: {error}")))?;
        if !status.success() {
            return Err(failed(&format!(
                "failed ({status}); what it wrote to standard error is not shown"
            )));
        }
        parsed(&printed).map_err(|why| failed(&why))
    }
}

/// A command as the AWS tools run it.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    // As it stands: `cmd.exe` knows no escapes of the C runtime.
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}

/// A command as the AWS tools run it.
#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// Reads `{"Version": 1, "AccessKeyId": …}`; names count in any case, as with aws-config.
fn parsed(printed: &[u8]) -> Result<Credentials, String> {
    let document: Map<String, Value> = serde_json::from_slice(printed)
        // The error's own text may quote what stands there.
        .map_err(|_| "printed something else than its keys as JSON".to_owned())?;
    let value = |name: &str| {
        let mut fields = document.iter();
        let field = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value)
    };
    let text = |name: &str| value(name).and_then(Value::as_str).map(str::to_owned);
    if value("Version").and_then(Value::as_i64) != Some(1) {
        return Err("printed no `\"Version\": 1`".to_owned());
    }
    let needed = |name: &str| text(name).ok_or_else(|| format!("printed no {name}"));
    let expiry = match text("Expiration") {
        None => None,
        Some(text) => {
            let time = text.parse::<Timestamp>().ok();
            let seconds = time.and_then(|time| u64::try_from(time.as_second()).ok());
            let seconds = seconds.ok_or("printed an Expiration that isn't a date")?;
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            if expiry <= SystemTime::now() {
                return Err("printed keys that have expired: it has to get new ones".to_owned());
            }
            Some(expiry)
        }
    };
    Ok(Credentials::new(
        needed("AccessKeyId")?,
        needed("SecretAccessKey")?,
        text("SessionToken"),
        expiry,
        "CredentialProcess",
    ))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::error::Error;

    use super::*;

    async fn got(command: &str, limit: Duration) -> Result<Credentials, String> {
        let process = Process {
            profile: "p".to_owned(),
            command: command.to_owned(),
            limit,
        };
        let keys = process.provide_credentials().await;
        keys.map_err(|error| error.source().map(ToString::to_string).unwrap_or_default())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_program_that_prints_keys_is_read() {
        let keys = got(
            r#"echo '{"version":1,"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"t","Expiration":"2030-01-01T00:00:00+00:00"}'"#,
            LONG,
        );
        let keys = keys.await.unwrap();
        let read = (keys.access_key_id(), keys.secret_access_key());
        assert_eq!((read, keys.session_token()), (("a", "s"), Some("t")));
        assert!(keys.expiry().is_some());
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_given_up() {
        let why = got("sleep 30", Duration::from_millis(50))
            .await
            .unwrap_err();
        assert!(
            why.starts_with("the credential_process of profile `p` brought no keys in "),
            "{why}"
        );
        assert_eq!(limit(Duration::from_secs(5)), LEAST_TIME);
        assert_eq!(limit(Duration::from_secs(90)), Duration::from_secs(90));
    }

    #[tokio::test]
    async fn a_program_that_prints_without_end_is_given_up() {
        let why = got("yes", LONG).await.unwrap_err();
        assert!(why.contains("printed more than 1 MiB"), "{why}");
    }

    #[tokio::test]
    async fn a_program_that_fails_or_prints_no_keys_shows_nothing_of_its_output() {
        for (command, why) in [
            ("echo hush >&2; exit 3", "failed (exit status: 3)"),
            ("echo hush", "something else than its keys as JSON"),
            (r#"echo '{"AccessKeyId":"hush"}'"#, "no `\"Version\": 1`"),
            (
                r#"echo '{"Version":1,"AccessKeyId":"hush"}'"#,
                "printed no SecretAccessKey",
            ),
            (
                r#"echo '{"Version":1,"AccessKeyId":"hush","SecretAccessKey":"hush","Expiration":"2020-01-01T00:00:00Z"}'"#,
                "printed keys that have expired",
            ),
        ] {
            let text = got(command, LONG).await.unwrap_err();
            assert!(text.contains(why) && !text.contains("hush"), "{text}");
        }
    }

    #[tokio::test]
    async fn the_profile_with_the_program_is_found_behind_a_role() {
        let config = "[default]\ncredential_process = x\n[profile role]\nrole_arn = r\nsource_profile = default\n\
            [profile round]\nrole_arn = r\nsource_profile = other\n[profile other]\nrole_arn = r\nsource_profile = round\n";
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        let fs = aws_types::os_shim_internal::Fs::from_slice(&[("/config", config)]);
        for (named, found, is_own) in [
            ("default", Some("default"), true),
            ("role", Some("default"), false),
            ("round", None, false),
        ] {
            let files = aws_runtime::env_config::file::EnvConfigFiles::default();
            let selected = Some(named.to_owned().into());
            let profiles = aws_config::profile::load(&fs, &env, &files, selected).await;
            let profiles = profiles.unwrap();
            assert_eq!(behind(&profiles), found);
            assert_eq!(of_profile(&profiles, named, LONG).is_some(), is_own);
        }
    }
}
