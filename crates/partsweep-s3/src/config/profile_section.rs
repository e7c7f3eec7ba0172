//! The section of a profile in the files of the AWS tools, as it is written: aws-config doesn't say where one stands.

use std::path::PathBuf;

use aws_types::os_shim_internal::{Env, Fs};

use crate::config::aws::files;
use crate::config::error::ConnectError;

/// Why a profile that a file has isn't read: aws-config passes over section names that it doesn't like.
pub(crate) async fn unread(env: &Env, fs: &Fs, profile: &str) -> Option<ConnectError> {
    let file = file_of(env, fs, profile, None).await?;
    Some(ConnectError::BrokenProfile {
        profile: profile.to_owned(),
        file: Some(file),
        why: "the AWS SDK doesn't read its section as it is written".to_owned(),
        hint: "write [profile NAME] in the configuration file and [NAME] in the credentials file, with a name \
               without white space and quotes"
            .to_owned(),
    })
}

/// The file that has the section of a profile, with a setting in it: the configuration file, if both have one.
pub(crate) async fn file_of(
    env: &Env,
    fs: &Fs,
    profile: &str,
    setting: Option<&'static str>,
) -> Option<PathBuf> {
    for path in files(env) {
        let bytes = fs.read_to_end(&path).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        while lines.any(|line| is_section_of(line, profile)) {
            let mut inside = lines.clone().take_while(|line| !line.starts_with('['));
            let is_set = |line: &str| line.split('=').next().map(str::trim) == setting;
            if setting.is_none() || inside.any(is_set) {
                return Some(path);
            }
        }
    }
    None
}

fn is_section_of(line: &str, profile: &str) -> bool {
    let inside = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(inside, _)| {
        let inside = inside.trim();
        let name = inside.strip_prefix("profile").map(str::trim_start);
        let quoted = |name: &str| name.trim_matches(['"', '\'']) == profile;
        inside == profile || name.is_some_and(quoted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_section_that_the_sdk_does_not_read_is_told_from_one_that_is_not_there() {
        let config = "[profile \"sp ace\"]\n[bare]\n";
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        let fs = Fs::from_slice(&[("/config", config)]);
        for name in ["sp ace", "bare"] {
            let error = unread(&env, &fs, name).await.unwrap();
            let told =
                format!("the profile `{name}` in /config can't be used: the AWS SDK doesn't read");
            assert!(error.to_string().starts_with(&told), "{error}");
        }
        assert!(unread(&env, &fs, "nosuch").await.is_none());
    }
}
