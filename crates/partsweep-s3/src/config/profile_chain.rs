//! What is wrong with the settings that lead from a profile to keys: aws-config says only that it found none.

use std::path::Path;

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use crate::config::error::ConnectError;
use crate::config::profile_section::file_of;

/// What `credential_source` can be, by the reference guide of the AWS SDKs.
const SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];

/// A setting that leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The profile that has it, or lacks it.
    pub(crate) profile: String,
    pub(crate) why: String,
    hint: String,
    /// A setting that it has, by which its file is found: both files may have the profile.
    beside: Option<&'static str>,
}

/// Why the selected profile, or the one that is named, can't lead to keys; none if its settings are in order.
pub(crate) async fn why_no_keys(env: &Env, fs: &Fs, named: Option<&str>) -> Option<ConnectError> {
    let selected = named.map(|name| name.to_owned().into());
    let config = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(fs, env, &config, selected).await;
    let Broken {
        profile,
        why,
        hint,
        beside,
    } = broken(&profiles.ok()?)?;
    let file = file_of(env, fs, &profile, beside).await;
    Some(ConnectError::BrokenProfile {
        profile,
        file,
        why,
        hint,
    })
}

/// The first setting that leads nowhere, from the selected profile on.
pub(crate) fn broken(profiles: &ProfileSet) -> Option<Broken> {
    let mut passed: Vec<&str> = Vec::new();
    let mut name = profiles.selected_profile();
    loop {
        let profile = profiles.get_profile(name)?;
        let set = |key| profile.get(key).filter(|value| !value.is_empty());
        let told = |why: String, hint: String| {
            Some(Broken {
                profile: name.to_owned(),
                why,
                hint,
                beside: None,
            })
        };
        if has_keys(profile) && !passed.is_empty() {
            return None;
        }
        if set("role_arn").is_none() {
            if let Some((why, hint)) = of_sso(profiles, profile) {
                return told(why, hint);
            }
            if let Some((set, missing)) = half_keys(profile) {
                let half = told(
                    format!("it has {set}, and no {missing}"),
                    format!("add {missing} there, or remove {set}"),
                );
                return half.map(|half| Broken {
                    beside: Some(set),
                    ..half
                });
            }
            let is_nothing = passed.last().is_some_and(|_| has_nothing(profile));
            return match is_nothing {
                true => told(
                    format!(
                        "it is the source_profile of `{}`, and has no credentials",
                        passed.last().copied().unwrap_or_default()
                    ),
                    "add its keys, or how to get them: `aws configure`, `aws configure sso` or credential_process"
                        .to_owned(),
                ),
                false => None,
            };
        }
        if set("web_identity_token_file").is_some() {
            return None;
        }
        passed.push(name);
        let source = match (set("source_profile"), set("credential_source")) {
            (Some(_), Some(_)) => {
                return told(
                    "it has both source_profile and credential_source".to_owned(),
                    "remove one of them".to_owned(),
                );
            }
            (None, None) => {
                return told(
                    "it has role_arn, and neither source_profile nor credential_source".to_owned(),
                    format!(
                        "add source_profile, the name of the profile whose keys take the role, or credential_source: {}",
                        SOURCES.join(", ")
                    ),
                );
            }
            (None, Some(source)) if is_source(source) => return None,
            (None, Some(source)) => {
                return told(
                    format!("its credential_source is `{source}`, which isn't a known value"),
                    format!("it is one of {}", SOURCES.join(", ")),
                );
            }
            (Some(source), None) => source,
        };
        if profiles.get_profile(source).is_none() {
            let mut known: Vec<&str> = profiles.profiles().filter(|known| *known != name).collect();
            known.sort_unstable();
            let hint = match known.is_empty() {
                true => format!("add the profile `{source}`; there is no other one"),
                false => format!("set source_profile to one of these: {}", known.join(", ")),
            };
            let why = format!("its source_profile is `{source}`, and there is no such profile");
            return told(why, hint);
        }
        // A role of a profile with keys may be taken with these.
        if passed.contains(&source) {
            let is_its_own = source == name && has_keys(profile);
            let circle: Vec<String> = passed
                .iter()
                .skip_while(|passed| **passed != source)
                .chain([&source])
                .map(|name| format!("`{name}`"))
                .collect();
            return match is_its_own {
                true => None,
                false => told(
                    format!(
                        "its source_profile leads in a circle: {}",
                        circle.join(" → ")
                    ),
                    "set source_profile to a profile that has keys".to_owned(),
                ),
            };
        }
        name = source;
    }
}

/// What keeps a profile with an `sso_session` from logging in, and what to do; none if nothing does. Keys of its own
/// change nothing: aws-config looks for them last.
fn of_sso(profiles: &ProfileSet, profile: &Profile) -> Option<(String, String)> {
    let set = |key| profile.get(key).filter(|value| !value.is_empty());
    let session = set("sso_session")?;
    let again = "`aws configure sso` writes a profile with all that is needed";
    if profiles.sso_session(session).is_none() {
        let mut known: Vec<&str> = profiles.sso_sessions().collect();
        known.sort_unstable();
        let hint = match known.is_empty() {
            true => format!("add the section [sso-session {session}]; {again}"),
            false => format!("set sso_session to one of these: {}", known.join(", ")),
        };
        let why = format!("its sso_session is `{session}`, and there is no such section");
        return Some((why, hint));
    }
    let missing = ["sso_account_id", "sso_role_name"];
    let missing = missing.into_iter().find(|key| set(key).is_none())?;
    let why = format!("it has sso_session, and no {missing}");
    Some((why, format!("add {missing}; {again}")))
}

/// Whether it is one of [`SOURCES`], as aws-config compares them.
fn is_source(value: &str) -> bool {
    let mut known = SOURCES.iter();
    known.any(|known| known.eq_ignore_ascii_case(value))
}

fn has_keys(profile: &Profile) -> bool {
    let is_set = |key| profile.get(key).is_some_and(|value| !value.is_empty());
    is_set("aws_access_key_id") && is_set("aws_secret_access_key")
}

/// The half of a pair of keys that a profile has, and the one that it lacks, if nothing else gives it keys.
fn half_keys(profile: &Profile) -> Option<(&'static str, &'static str)> {
    const ID: &str = "aws_access_key_id";
    const SECRET: &str = "aws_secret_access_key";
    let is_set = |key: &str| profile.get(key).is_some_and(|value| !value.is_empty());
    let has_other = OTHER_WAYS.iter().any(|key| is_set(key));
    match (is_set(ID), is_set(SECRET)) {
        _ if has_other => None,
        (true, false) => Some((ID, SECRET)),
        (false, true) => Some((SECRET, ID)),
        _ => None,
    }
}

/// What gives a profile keys other than its own.
const OTHER_WAYS: [&str; 6] = [
    "sso_session",
    "sso_start_url",
    "login_session",
    "credential_process",
    "credential_source",
    "web_identity_token_file",
];

fn has_nothing(profile: &Profile) -> bool {
    let ways = OTHER_WAYS.iter().chain(&["aws_access_key_id"]);
    ways.copied()
        .all(|key| profile.get(key).is_none_or(str::is_empty))
}

/// A file, to follow the name of a profile.
pub(crate) fn in_file(file: Option<&Path>) -> String {
    file.map_or_else(String::new, |file| format!(" in {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = x\n\
        [profile keys]\naws_access_key_id = A\naws_secret_access_key = b\n\
        [profile fine]\nrole_arn = r\nsource_profile = keys\n\
        [profile own]\nrole_arn = r\nsource_profile = own\naws_access_key_id = A\naws_secret_access_key = b\n\
        [profile machine]\nrole_arn = r\ncredential_source = ec2instancemetadata\n\
        [profile pod]\nrole_arn = r\nweb_identity_token_file = /t\n\
        [profile work]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[profile by-sso]\nrole_arn = r\nsource_profile = work\n\
        [sso-session s]\nsso_region = r\nsso_start_url = u\n\
        [profile no-session]\nsso_session = t\nsso_account_id = 1\nsso_role_name = r\n\
        [profile no-role]\nsso_session = s\nsso_account_id = 1\n\
        [profile by-no-role]\nrole_arn = r\nsource_profile = no-role\n\
        [profile typo]\nrole_arn = r\nsource_profile = kesy\n\
        [profile above]\nrole_arn = r\nsource_profile = typo\n\
        [profile self]\nrole_arn = r\nsource_profile = self\n\
        [profile one]\nrole_arn = r\nsource_profile = two\n[profile two]\nrole_arn = r\nsource_profile = one\n\
        [profile alone]\nrole_arn = r\n\
        [profile both]\nrole_arn = r\nsource_profile = keys\ncredential_source = Environment\n\
        [profile odd]\nrole_arn = r\ncredential_source = EC2\n\
        [profile half]\naws_access_key_id = A\n[profile other-half]\naws_secret_access_key = b\n\
        [profile by-half]\nrole_arn = r\nsource_profile = half\n[profile split]\nregion = x\n\
        [profile half-sso]\naws_access_key_id = A\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n\
        [profile to-nothing]\nrole_arn = r\nsource_profile = default\n";

    async fn said(named: &str) -> Option<(String, String)> {
        let env = Env::from_slice(&[
            ("AWS_CONFIG_FILE", "/config"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/credentials"),
        ]);
        let own = "[credential]\nrole_arn = r\n[split]\naws_access_key_id = A\n";
        let fs = Fs::from_slice(&[("/config", CONFIG), ("/credentials", own)]);
        let error = why_no_keys(&env, &fs, Some(named)).await?;
        Some((error.to_string(), error.hint()?))
    }

    #[tokio::test]
    async fn settings_that_lead_to_keys_are_in_order() {
        for named in [
            "default", "keys", "fine", "own", "machine", "pod", "by-sso", "nobody", "half-sso",
        ] {
            assert_eq!(said(named).await, None, "{named}");
        }
    }

    #[tokio::test]
    async fn a_setting_that_leads_nowhere_is_named_with_its_profile_and_file() {
        for (named, profile, why, hint) in [
            (
                "typo",
                "typo",
                "its source_profile is `kesy`, and there is no such profile",
                "one of these: above, ",
            ),
            ("above", "typo", "its source_profile is `kesy`", "keys"),
            (
                "self",
                "self",
                "leads in a circle: `self` → `self`",
                "that has keys",
            ),
            (
                "one",
                "two",
                "leads in a circle: `one` → `two` → `one`",
                "that has keys",
            ),
            (
                "alone",
                "alone",
                "it has role_arn, and neither",
                "add source_profile",
            ),
            (
                "both",
                "both",
                "both source_profile and credential_source",
                "remove one",
            ),
            (
                "odd",
                "odd",
                "its credential_source is `EC2`",
                "Environment, Ec2InstanceMetadata, EcsContainer",
            ),
            (
                "no-session",
                "no-session",
                "its sso_session is `t`, and there is no such section",
                "one of these: s",
            ),
            (
                "by-no-role",
                "no-role",
                "it has sso_session, and no sso_role_name",
                "`aws configure sso`",
            ),
            (
                "half",
                "half",
                "it has aws_access_key_id, and no aws_secret_access_key",
                "add aws_secret_access_key there",
            ),
            (
                "other-half",
                "other-half",
                "it has aws_secret_access_key, and no aws_access_key_id",
                "add aws_access_key_id there",
            ),
            (
                "by-half",
                "half",
                "it has aws_access_key_id, and no aws_secret_access_key",
                "add aws_secret_access_key there",
            ),
            (
                "to-nothing",
                "default",
                "it is the source_profile of `to-nothing`",
                "aws configure",
            ),
        ] {
            let (text, told) = said(named).await.unwrap();
            let start = format!("the profile `{profile}` in /config can't be used: ");
            assert!(text.starts_with(&start) && text.contains(why), "{text}");
            assert!(told.contains(hint), "{told}");
        }
        let (text, _) = said("credential").await.unwrap();
        assert!(text.contains("in /credentials can't"), "{text}");
        // The section in the configuration file has nothing to do with it.
        let (text, _) = said("split").await.unwrap();
        assert!(
            text.contains("`split` in /credentials can't be used: it has aws_access_key_id"),
            "{text}"
        );
    }
}
