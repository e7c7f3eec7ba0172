//! Roles that take a code of a device (MFA): aws-config asks for such a role without the code, and is refused.
//!
//! The keys are kept where the AWS CLI keeps its own, so that one log-in does for both.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::config::error::ConnectError;

/// Keys that hold for less than this are not taken from the cache (botocore's mandatory window).
const LEAST_LEFT: Duration = Duration::from_secs(10 * 60);

/// A role of a profile, and the device whose code it takes, if it takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MfaRole {
    pub(crate) profile: String,
    pub(crate) device: Option<String>,
    arn: String,
    session: Option<String>,
    external_id: Option<String>,
    seconds: Option<i32>,
}

/// What the AWS CLI writes into its cache.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CachedAnswer {
    credentials: CachedKeys,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CachedKeys {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

/// Roles that are taken one with the keys of another, as the AWS CLI takes them.
pub(crate) struct RoleChain {
    /// That of the selected profile first, and behind each the one whose keys take it.
    pub(crate) roles: Vec<MfaRole>,
    /// What takes the last of them.
    pub(crate) base: ChainBase,
}

/// Where a chain of roles begins.
pub(crate) enum ChainBase {
    /// Keys that stand in a profile.
    Keys(Credentials),
    /// A profile that says where its keys come from.
    Profile(String),
}

impl RoleChain {
    /// The roles from the selected profile on, if one of them takes a code: else aws-config takes them.
    pub(crate) fn of(profiles: &ProfileSet) -> Option<Self> {
        let mut name = profiles.selected_profile();
        let mut roles: Vec<MfaRole> = Vec::new();
        let base = loop {
            let profile = profiles.get_profile(name)?;
            // Keys that stand in a profile win over its role, if another role is taken with it.
            let keys = static_keys(profile).filter(|_| !roles.is_empty());
            let next = text(profile, "source_profile").zip(MfaRole::of(name, profile));
            match (keys, next) {
                (Some(keys), _) => break ChainBase::Keys(keys),
                (None, None) => break ChainBase::Profile(name.to_owned()),
                // They lead in a circle: aws-config says so.
                (None, Some(_)) if roles.iter().any(|role| role.profile == name) => return None,
                (None, Some((_, role))) => {
                    roles.push(role);
                    name = profile.get("source_profile")?;
                }
            }
        };
        let takes_code = roles.iter().any(|role| role.device.is_some());
        takes_code.then_some(Self { roles, base })
    }
}

fn text(profile: &Profile, key: &str) -> Option<String> {
    let value = profile.get(key).filter(|value| !value.is_empty());
    value.map(str::to_owned)
}

fn static_keys(profile: &Profile) -> Option<Credentials> {
    let (id, secret) =
        text(profile, "aws_access_key_id").zip(text(profile, "aws_secret_access_key"))?;
    let token = text(profile, "aws_session_token");
    Some(Credentials::new(id, secret, token, None, "profile"))
}

impl MfaRole {
    fn of(name: &str, profile: &Profile) -> Option<Self> {
        Some(Self {
            profile: name.to_owned(),
            device: text(profile, "mfa_serial"),
            arn: text(profile, "role_arn")?,
            session: text(profile, "role_session_name"),
            external_id: text(profile, "external_id"),
            seconds: text(profile, "duration_seconds").and_then(|seconds| seconds.parse().ok()),
        })
    }

    /// The name of its file in the cache: the SHA-1 of the request as Python writes it in JSON, with its names in
    /// order (`botocore.credentials.AssumeRoleCredentialFetcher._create_cache_key`).
    fn cache_name(&self) -> String {
        let mut fields = Vec::new();
        if let Some(seconds) = self.seconds {
            fields.push(format!("\"DurationSeconds\": {seconds}"));
        }
        let texts = [
            ("ExternalId", self.external_id.as_deref()),
            ("RoleArn", Some(&*self.arn)),
            ("RoleSessionName", self.session.as_deref()),
            ("SerialNumber", self.device.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                fields.push(format!("\"{name}\": {}", python_string(text)));
            }
        }
        let request = format!("{{{}}}", fields.join(", "));
        let digest = Sha1::digest(request.as_bytes());
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            + ".json"
    }

    fn cache_file(&self, env: &Env) -> Option<PathBuf> {
        let home = env.get("HOME").ok().filter(|home| !home.is_empty())?;
        let folder = PathBuf::from(home).join(".aws/cli/cache");
        Some(folder.join(self.cache_name()))
    }

    /// Keys of an earlier log-in, of this program or of the AWS CLI, that hold for a while.
    pub(crate) fn cached(&self, env: &Env) -> Option<Credentials> {
        let text = fs::read(self.cache_file(env)?).ok()?;
        let CachedAnswer { credentials } = serde_json::from_slice(&text).ok()?;
        // The AWS CLI has written `UTC` for `Z`.
        let expiration = credentials.expiration.replace("UTC", "Z");
        let expiry: Timestamp = expiration.parse().ok()?;
        let since_epoch = u64::try_from(expiry.as_second()).ok()?;
        let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch);
        (expiry > SystemTime::now() + LEAST_LEFT).then(|| {
            Credentials::new(
                credentials.access_key_id,
                credentials.secret_access_key,
                Some(credentials.session_token),
                Some(expiry),
                "MFA, cached",
            )
        })
    }

    /// Keeps keys for the next run, readable by their owner alone. Where that fails, the next run asks again.
    ///
    /// # Errors
    ///
    /// Why they could not be kept.
    pub(crate) fn keep(&self, env: &Env, keys: &Credentials) -> Result<(), String> {
        let file = self.cache_file(env).ok_or("HOME isn't set")?;
        let expiry = keys.expiry().and_then(|at| Timestamp::try_from(at).ok());
        let expiry = expiry.ok_or("AWS STS didn't say how long they hold")?;
        let answer = CachedAnswer {
            credentials: CachedKeys {
                access_key_id: keys.access_key_id().to_owned(),
                secret_access_key: keys.secret_access_key().to_owned(),
                session_token: keys.session_token().unwrap_or_default().to_owned(),
                expiration: expiry.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
        };
        let text = serde_json::to_vec(&answer).map_err(|error| error.to_string())?;
        let folder = file.parent().ok_or("HOME isn't a folder")?;
        let write = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            // In one step: another tool may read it at any moment. The file is 0600 from its beginning.
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(&text)?;
            new.persist(&file)?;
            Ok(())
        };
        write().map_err(|error| format!("{}: {error}", folder.display()))
    }

    /// Takes the role, with a code of the device if it takes one. `source`: with the keys that may take it.
    ///
    /// # Errors
    ///
    /// What AWS STS says, for example that the code is wrong or was used before.
    pub(crate) async fn assume(
        &self,
        code: Option<&str>,
        source: &SdkConfig,
    ) -> Result<Credentials, ConnectError> {
        let session = self.session.clone().unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            format!("partsweep-{}", now.unwrap_or_default().as_secs())
        });
        let answer = aws_sdk_sts::Client::new(source)
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(session)
            .set_serial_number(self.device.clone())
            .set_token_code(code.map(str::to_owned))
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.seconds)
            .send()
            .await
            .map_err(|error| ConnectError::Credentials {
                // What isn't said by AWS STS is told by its kind.
                source: match error
                    .as_service_error()
                    .and_then(ProvideErrorMetadata::code)
                {
                    Some(_) => sts_says(&error).into(),
                    None => error.into(),
                },
                logins: Vec::new(),
            })?;
        let keys = answer.credentials.ok_or(ConnectError::NoCredentials)?;
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            SystemTime::try_from(keys.expiration).ok(),
            "MFA",
        ))
    }
}

/// What AWS STS answered, or why it didn't, without the form in which the SDK shows it.
pub(crate) fn sts_says<E>(error: &SdkError<E>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let service = error.as_service_error().map(ProvideErrorMetadata::meta);
    if let Some((code, message)) = service.and_then(|meta| meta.code().zip(meta.message())) {
        return format!("AWS STS: {code}: {}", message.trim());
    }
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    format!("AWS STS gave no usable answer: {last}")
}

/// What is said of an answer that isn't one of AWS STS, if an error is about one.
pub(crate) fn odd_answer<E>(error: &(dyn Error + 'static)) -> Option<String>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let error = error.downcast_ref::<SdkError<E>>()?;
    let status = error.raw_response()?.status();
    let service = error.as_service_error();
    if service.is_some_and(|error| error.code().is_some()) {
        return None;
    }
    Some(format!(
        "something other than AWS STS answered (HTTP {status}, not its XML)"
    ))
}

/// A string as Python's `json.dumps` writes it: in ASCII.
fn python_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> MfaRole {
        MfaRole {
            profile: "ops".to_owned(),
            device: Some("arn:aws:iam::123456789012:mfa/me".to_owned()),
            arn: "arn:aws:iam::123456789012:role/ops".to_owned(),
            session: None,
            external_id: None,
            seconds: None,
        }
    }

    /// Computed by botocore 1.43.
    #[test]
    fn the_cache_is_that_of_the_aws_cli() {
        assert_eq!(
            role().cache_name(),
            "42f273b37ec1354bbda551a6d6014fec6dd86e9c.json"
        );
        let full = MfaRole {
            session: Some("me".to_owned()),
            external_id: Some("é\"x".to_owned()),
            seconds: Some(7200),
            ..role()
        };
        assert_eq!(
            full.cache_name(),
            "607f2c74043ba7517cf5b5dcbb76e1a59ebe031c.json"
        );
    }

    async fn chain(config: &str, profile: &str) -> Option<RoleChain> {
        use aws_runtime::env_config::file::EnvConfigFiles;
        use aws_types::os_shim_internal::Fs;
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        let fs = Fs::from_slice(&[("/config", config)]);
        let selected = Some(profile.to_owned().into());
        let files = EnvConfigFiles::default();
        let profiles = aws_config::profile::load(&fs, &env, &files, selected).await;
        RoleChain::of(&profiles.unwrap())
    }

    #[tokio::test]
    async fn roles_are_followed_to_the_keys_that_take_them() {
        let config = "[profile keys]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n\
            role_arn = ignored\nsource_profile = sso\n\
            [profile inner]\nrole_arn = r1\nsource_profile = keys\nmfa_serial = d1\n\
            [profile outer]\nrole_arn = r2\nsource_profile = inner\n\
            [profile sso]\nsso_session = s\n\
            [profile of-sso]\nrole_arn = r3\nsource_profile = sso\nmfa_serial = d2\n\
            [profile self]\nrole_arn = r4\nsource_profile = self\nmfa_serial = d1\n\
            aws_access_key_id = AKIA2\naws_secret_access_key = s\n\
            [profile a]\nrole_arn = r5\nsource_profile = b\nmfa_serial = d1\n\
            [profile b]\nrole_arn = r6\nsource_profile = a\n\
            [profile plain]\nrole_arn = r7\nsource_profile = keys\n";
        let of = async |profile| {
            let RoleChain { roles, base } = chain(config, profile).await?;
            let roles = roles.into_iter().map(|role| {
                let device = role.device.unwrap_or_default();
                format!("{}:{}:{device}", role.profile, role.arn)
            });
            let base = match base {
                ChainBase::Keys(keys) => keys.access_key_id().to_owned(),
                ChainBase::Profile(name) => name,
            };
            Some(roles.chain([base]).collect::<Vec<_>>().join(" < "))
        };
        let expected = [
            ("outer", Some("outer:r2: < inner:r1:d1 < AKIA1")),
            ("inner", Some("inner:r1:d1 < AKIA1")),
            ("of-sso", Some("of-sso:r3:d2 < sso")),
            ("self", Some("self:r4:d1 < AKIA2")),
            ("a", None),
            ("plain", None),
            ("keys", None),
        ];
        for (profile, chain) in expected {
            assert_eq!(of(profile).await.as_deref(), chain, "{profile}");
        }
    }

    #[test]
    fn keys_are_kept_for_their_owner_and_as_long_as_they_hold() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let env = Env::from_slice(&[("HOME", home.path().to_str().unwrap())]);
        assert!(role().cached(&env).is_none());
        for (left, is_taken) in [(3_600, true), (60, false)] {
            let expiry = SystemTime::now() + Duration::from_secs(left);
            let token = Some("token".to_owned());
            let keys = Credentials::new("ASIA1", "secret", token, Some(expiry), "test");
            role().keep(&env, &keys).unwrap();
            let file = role().cache_file(&env).unwrap();
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let cached = role().cached(&env);
            assert_eq!(cached.is_some(), is_taken, "{left}");
            if let Some(cached) = cached {
                assert_eq!(cached.access_key_id(), "ASIA1");
                assert_eq!(cached.session_token(), Some("token"));
            }
        }
        fs::write(role().cache_file(&env).unwrap(), "{}").unwrap();
        assert!(role().cached(&env).is_none());
    }
}
