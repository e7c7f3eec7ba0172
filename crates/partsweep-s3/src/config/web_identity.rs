//! The file of the token that a role is taken with: aws-config doesn't name one that it can't read.

use std::io;
use std::path::Path;

use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use crate::config::error::ConnectError;
use crate::config::profile_section::file_of;

/// The file of the token that the selected profile, or the environment, takes a role with, if it can't be read.
pub(crate) async fn bad_token_file(
    env: &Env,
    fs: &Fs,
    named: Option<&str>,
) -> Option<ConnectError> {
    const SETTING: &str = "web_identity_token_file";
    let selected = named.map(|name| name.to_owned().into());
    let config = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(fs, env, &config, selected).await;
    let profiles = profiles.ok()?;
    let mut next = Some(profiles.selected_profile());
    let mut passed: Vec<&str> = Vec::new();
    while let Some(name) = next.filter(|name| !passed.contains(name)) {
        let Some(profile) = profiles.get_profile(name) else {
            break;
        };
        if let Some(path) = profile.get(SETTING).filter(|path| !path.is_empty()) {
            let why = unreadable_token(fs, Path::new(path)).await?;
            return Some(ConnectError::BrokenProfile {
                profile: name.to_owned(),
                file: file_of(env, fs, name, Some(SETTING)).await,
                why: format!("its {SETTING} {path} {why}"),
                hint: "check the path, and that whoever issues the token has written it".to_owned(),
            });
        }
        passed.push(name);
        next = profile.get("source_profile");
    }
    let path = env.get("AWS_WEB_IDENTITY_TOKEN_FILE").ok();
    let path = path.filter(|path| named.is_none() && !path.is_empty())?;
    let why = unreadable_token(fs, Path::new(&path)).await?;
    Some(ConnectError::File {
        path: path.into(),
        why: format!("AWS_WEB_IDENTITY_TOKEN_FILE names it, and it {why}"),
    })
}

/// Why a token can't be read, to follow its path.
async fn unreadable_token(fs: &Fs, path: &Path) -> Option<String> {
    let error = fs.read_to_end(path).await.err()?;
    Some(match error.kind() {
        io::ErrorKind::NotFound => "isn't there".to_owned(),
        _ => format!("can't be read ({error})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[profile pod]\nrole_arn = r\nweb_identity_token_file = /t\n\
        [profile above]\nrole_arn = r\nsource_profile = pod\n\
        [profile keys]\naws_access_key_id = A\naws_secret_access_key = b\n";

    #[tokio::test]
    async fn a_token_that_is_not_there_is_named_with_who_names_it() {
        let fs = Fs::from_slice(&[("/config", CONFIG), ("/there", "token")]);
        let of = async |named, more: &[(&str, &str)]| {
            let env = Env::from_slice(&[&[("AWS_CONFIG_FILE", "/config")], more].concat());
            let error = bad_token_file(&env, &fs, named).await;
            error.map(|error| error.to_string())
        };
        let told = "the profile `pod` in /config can't be used: its web_identity_token_file /t isn't there";
        for named in ["pod", "above"] {
            assert_eq!(of(Some(named), &[]).await.as_deref(), Some(told));
        }
        let missing = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/gone")];
        let told = "/gone can't be read: AWS_WEB_IDENTITY_TOKEN_FILE names it, and it isn't there";
        assert_eq!(of(None, &missing).await.as_deref(), Some(told));
        assert_eq!(of(Some("keys"), &missing).await, None);
        let there = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/there")];
        assert_eq!(of(None, &there).await, None);
    }
}
