//! Roles that take a code of a device (MFA): aws-config asks for such a role without the code, and is refused.
//!
//! The keys are kept where the AWS CLI keeps its own, so that one log-in does for both.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::profile::ProfileSet;
use aws_credential_types::Credentials;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::config::error::ConnectError;

/// Keys that hold for less than this are not taken from the cache (botocore's mandatory window).
const LEAST_LEFT: Duration = Duration::from_secs(10 * 60);

/// A role of a profile, and the device whose code it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MfaRole {
    pub(crate) profile: String,
    pub(crate) device: String,
    arn: String,
    /// The profile whose keys may take the role.
    pub(crate) source: String,
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

impl MfaRole {
    /// The role of the selected profile, if it takes a code.
    pub(crate) fn of(profiles: &ProfileSet) -> Option<Self> {
        let value = |key| profiles.get(key).filter(|value| !value.is_empty());
        let text = |key| value(key).map(str::to_owned);
        Some(Self {
            profile: profiles.selected_profile().to_owned(),
            device: text("mfa_serial")?,
            arn: text("role_arn")?,
            source: text("source_profile")?,
            session: text("role_session_name"),
            external_id: text("external_id"),
            seconds: value("duration_seconds").and_then(|seconds| seconds.parse().ok()),
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
            ("SerialNumber", Some(&*self.device)),
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
    fn keep(&self, env: &Env, keys: &Credentials) -> Option<()> {
        let file = self.cache_file(env)?;
        let expiry = Timestamp::try_from(keys.expiry()?).ok()?;
        let answer = CachedAnswer {
            credentials: CachedKeys {
                access_key_id: keys.access_key_id().to_owned(),
                secret_access_key: keys.secret_access_key().to_owned(),
                session_token: keys.session_token()?.to_owned(),
                expiration: expiry.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
        };
        let folder = file.parent()?;
        fs::create_dir_all(folder).ok()?;
        // In one step: another tool may read it at any moment. The file is 0600 from its beginning.
        let mut new = tempfile::NamedTempFile::new_in(folder).ok()?;
        new.write_all(&serde_json::to_vec(&answer).ok()?).ok()?;
        new.persist(file).ok()?;
        Some(())
    }

    /// Takes the role with a code of the device. `source`: with the keys that may take it.
    ///
    /// # Errors
    ///
    /// What AWS STS says, for example that the code is wrong or was used before.
    pub(crate) async fn assume(
        &self,
        code: &str,
        source: &SdkConfig,
        env: &Env,
    ) -> Result<Credentials, ConnectError> {
        let session = self.session.clone().unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            format!("partsweep-{}", now.unwrap_or_default().as_secs())
        });
        let answer = aws_sdk_sts::Client::new(source)
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(session)
            .serial_number(&self.device)
            .token_code(code)
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.seconds)
            .send()
            .await
            .map_err(|error| ConnectError::Credentials {
                source: sts_says(&error).into(),
            })?;
        let keys = answer.credentials.ok_or(ConnectError::NoCredentials)?;
        let keys = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            SystemTime::try_from(keys.expiration).ok(),
            "MFA",
        );
        self.keep(env, &keys);
        Ok(keys)
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
            device: "arn:aws:iam::123456789012:mfa/me".to_owned(),
            arn: "arn:aws:iam::123456789012:role/ops".to_owned(),
            source: "default".to_owned(),
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
