//! The accounts that this machine has: profiles of the AWS tools, and accounts of other tools.

use std::error::Error;
use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use partsweep_core::escape;

use crate::config::aws::{check_files, endpoint_url, readable_files};
use crate::config::profile_chain::broken;
use crate::config::settings::StaticKeys;
use crate::config::sources::Account;

/// An account that is configured on this machine, without its secrets.
#[derive(Debug, Clone)]
pub struct KnownAccount {
    /// What leads to it: `--profile NAME` or `--from TOOL:NAME`; empty for keys in the environment, which are taken
    /// without an option.
    pub option: String,
    /// Its store's URL, without credentials; none for Amazon S3.
    pub endpoint: Option<String>,
    /// How one logs in.
    pub login: Login,
    /// Where it stands, if it is a file.
    pub file: Option<PathBuf>,
    /// Why it can't be used, if it can't.
    pub error: Option<String>,
}

/// How an account logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// An access key; the end of its id, which is enough to tell two apart.
    Key(String),
    /// AWS IAM Identity Center: `aws sso login`.
    Sso,
    /// A role that another profile or this machine may take.
    Role,
    /// A token of an identity provider, in a file.
    WebIdentity,
    /// A program that gives keys.
    Process,
    /// A session of `aws login`.
    Session,
    /// As the AWS tools log in: the tool has no keys of its own.
    AsAwsTools,
    /// Nothing to log in with.
    Nothing,
}

impl Login {
    /// Of a profile with these settings, in the order of the AWS tools.
    fn of<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> Self {
        let is_set = |key| setting(key).is_some_and(|value| !value.is_empty());
        if is_set("role_arn") && is_set("web_identity_token_file") {
            Self::WebIdentity
        } else if is_set("role_arn") {
            Self::Role
        } else if let Some(id) = setting("aws_access_key_id") {
            Self::Key(key_end(id))
        } else if is_set("sso_session") || is_set("sso_start_url") {
            Self::Sso
        } else if is_set("login_session") {
            Self::Session
        } else if is_set("credential_process") {
            Self::Process
        } else {
            Self::Nothing
        }
    }
}

/// The profiles that lead to the keys of a profile, the environment's, or those of `default`, and how each logs in: a
/// role first, then the profile whose keys take it.
pub(crate) async fn logins(env: &Env, fs: &Fs, named: Option<&str>) -> Vec<(String, Login)> {
    let selected = named.map(|name| name.to_owned().into());
    let files = EnvConfigFiles::default();
    let Ok(profiles) = aws_config::profile::load(fs, env, &files, selected).await else {
        return Vec::new();
    };
    let mut found: Vec<(String, Login)> = Vec::new();
    let mut name = profiles.selected_profile();
    while let Some(profile) = profiles.get_profile(name)
        && found.iter().all(|(known, _)| known != name)
    {
        let login = Login::of(|key| profile.get(key));
        let is_role = login == Login::Role;
        found.push((name.to_owned(), login));
        match profile.get("source_profile") {
            Some(source) if is_role => name = source,
            _ => break,
        }
    }
    let is_known = found.iter().any(|(_, login)| *login != Login::Nothing);
    if !is_known && env.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_ok() {
        return vec![(String::new(), Login::WebIdentity)];
    }
    found
}

/// Whether the profile that `AWS_PROFILE` names, or `default`, says how to log in. If not, keys that are there come from
/// the container or the machine.
pub async fn has_profile_login() -> bool {
    let logins = logins(&Env::real(), &Fs::real(), None).await;
    let mut of_profiles = logins.iter().filter(|(name, _)| !name.is_empty());
    of_profiles.any(|(_, login)| *login != Login::Nothing)
}

/// The end of an access key's id.
pub(crate) fn key_end(id: &str) -> String {
    let start = id.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
    id[start..].to_owned()
}

/// All accounts of this machine: keys in the environment, the profiles of the AWS tools by their names, then the
/// accounts of other tools. What can't be read has an `error`. Sends nothing.
pub async fn accounts_here() -> Vec<KnownAccount> {
    let mut all: Vec<KnownAccount> = of_environment(&Env::real()).into_iter().collect();
    if let Err((path, why)) = check_files(&Env::real()) {
        all.push(unusable("--profile NAME", Some(path), &why));
    }
    let files = readable_files(&Env::real());
    all.extend(profiles(&Env::real(), &Fs::real(), files).await);
    all.extend(
        Account::all()
            .into_iter()
            .map(|(name, file)| of_tool(&name, file)),
    );
    all
}

fn of_environment(env: &Env) -> Option<KnownAccount> {
    let set = |name| env.get(name).ok().filter(|value| !value.trim().is_empty());
    let id = set("AWS_ACCESS_KEY_ID")?;
    let error = match set("AWS_SECRET_ACCESS_KEY") {
        Some(_) => None,
        None => Some("AWS_SECRET_ACCESS_KEY isn't set".to_owned()),
    };
    let url = set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL"));
    Some(KnownAccount {
        option: String::new(),
        endpoint: url.and_then(|url| shown(&url)),
        login: Login::Key(key_end(&id)),
        file: None,
        error,
    })
}

async fn profiles(env: &Env, fs: &Fs, files: EnvConfigFiles) -> Vec<KnownAccount> {
    let load = async |name: Option<String>| {
        let selected = name.map(Into::into);
        aws_config::profile::load(fs, env, &files, selected).await
    };
    let names = match load(None).await {
        Ok(all) => {
            let mut names: Vec<String> = all.profiles().map(str::to_owned).collect();
            names.sort();
            names
        }
        Err(error) => return vec![unusable("--profile NAME", None, &said(&error))],
    };
    let mut found = Vec::new();
    for name in names {
        if let Ok(profile) = load(Some(name.clone())).await {
            found.push(of_profile(env, &name, &profile));
        }
    }
    found
}

fn of_profile(env: &Env, name: &str, profile: &ProfileSet) -> KnownAccount {
    let is_set = |key| profile.get(key).is_some_and(|value| !value.is_empty());
    let login = Login::of(|key| profile.get(key));
    // One of the environment wins over each.
    let url = endpoint_url(env, profile);
    let endpoint = url.as_ref().and_then(|url| shown(&url.value));
    let error = if url.is_some() && endpoint.is_none() {
        Some("its endpoint isn't a URL that requests can go to".to_owned())
    } else if matches!(login, Login::Key(_)) && !is_set("aws_secret_access_key") {
        Some("it has no aws_secret_access_key".to_owned())
    } else {
        broken(profile).map(|broken| match broken.profile == name {
            true => broken.why,
            false => format!("profile `{}`: {}", broken.profile, broken.why),
        })
    };
    KnownAccount {
        option: option("--profile", name),
        endpoint,
        login,
        file: None,
        error,
    }
}

/// An option with its value, as it is typed.
fn option(option: &str, value: &str) -> String {
    let joint = if value.starts_with('-') { "=" } else { " " };
    format!("{option}{joint}{}", escape::for_shell(value))
}

fn unusable(option: &str, file: Option<PathBuf>, why: &str) -> KnownAccount {
    let error = match &file {
        Some(path) => format!("{} can't be read: {why}", path.display()),
        None => why.to_owned(),
    };
    KnownAccount {
        option: option.to_owned(),
        endpoint: None,
        login: Login::Nothing,
        file,
        error: Some(error),
    }
}

fn of_tool(name: &str, file: PathBuf) -> KnownAccount {
    let option = option("--from", name);
    match Account::read(name) {
        Ok(account) => KnownAccount {
            option,
            endpoint: account.endpoint_url.as_deref().and_then(shown),
            login: match account.keys.as_ref().map(StaticKeys::credentials) {
                Some(keys) => Login::Key(key_end(keys.access_key_id())),
                None => Login::AsAwsTools,
            },
            file: Some(file),
            error: None,
        },
        Err(error) => KnownAccount {
            option,
            endpoint: None,
            login: Login::Nothing,
            file: Some(file),
            error: Some(said(&error)),
        },
    }
}

/// An error with its causes, on one line.
pub(crate) fn said(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    // aws-config writes what is wrong with a line below its number.
    text.replace("\n  ", " ")
}

/// A URL without what may be secret; none if it has credentials, with which it can't be used.
fn shown(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next()?;
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    (!authority.contains('@')).then(|| url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_profile_says_where_it_leads_and_how_it_logs_in() {
        let config = "[default]\naws_access_key_id = AKIADEFAULT1234\naws_secret_access_key = hush\n\
            [profile dream]\nendpoint_url = https://objects.example.com\naws_access_key_id = DREAM9876\n\
            aws_secret_access_key = hush\n\
            [profile work]\nsso_session = mine\n[profile ops]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = work\n\
            [profile pod]\nrole_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = /token\n\
            [profile tool]\ncredential_process = /bin/keys\n[profile login]\nlogin_session = x\n[profile empty]\nregion = x\n\
            [profile split]\nservices = mine\nendpoint_url = https://other\n\
            [services mine]\ns3 =\n  endpoint_url = http://user:word@services.example.com\n";
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        let fs = Fs::from_slice(&[("/config", config)]);
        let found = profiles(&env, &fs, EnvConfigFiles::default()).await;
        let told: Vec<_> = found
            .iter()
            .map(|known| {
                (
                    &*known.option,
                    known.endpoint.as_deref(),
                    known.login.clone(),
                )
            })
            .collect();
        let key = |end: &str| Login::Key(end.to_owned());
        assert_eq!(
            told,
            [
                ("--profile default", None, key("1234")),
                (
                    "--profile dream",
                    Some("https://objects.example.com"),
                    key("9876")
                ),
                ("--profile empty", None, Login::Nothing),
                ("--profile login", None, Login::Session),
                ("--profile ops", None, Login::Role),
                ("--profile pod", None, Login::WebIdentity),
                // A URL with a password in it is never shown.
                ("--profile split", None, Login::Nothing),
                ("--profile tool", None, Login::Process),
                ("--profile work", None, Login::Sso),
            ]
        );
        assert!(!format!("{found:?}").contains("hush"));
    }

    #[tokio::test]
    async fn a_profile_whose_role_leads_nowhere_cannot_be_used() {
        let config = "[profile typo]\nrole_arn = r\nsource_profile = none\n\
            [profile up]\nrole_arn = r\nsource_profile = typo\n[profile round]\nrole_arn = r\nsource_profile = round\n";
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        let fs = Fs::from_slice(&[("/config", config)]);
        let found = profiles(&env, &fs, EnvConfigFiles::default()).await;
        let errors: Vec<_> = found
            .iter()
            .filter_map(|known| known.error.as_deref())
            .collect();
        assert_eq!(
            errors,
            [
                "its source_profile leads in a circle: `round` → `round`",
                "its source_profile is `none`, and there is no such profile",
                "profile `typo`: its source_profile is `none`, and there is no such profile",
            ]
        );
    }

    #[tokio::test]
    async fn a_role_leads_to_the_profile_that_takes_it() {
        let config = "[profile work]\nsso_session = mine\n[profile ops]\nrole_arn = r\nsource_profile = work\n\
            [profile round]\nrole_arn = r\nsource_profile = round\n[profile empty]\nregion = x\n";
        let fs = Fs::from_slice(&[("/config", config)]);
        let of = async |named: &str, more: &[(&str, &str)]| {
            let variables = [&[("AWS_CONFIG_FILE", "/config")], more].concat();
            logins(&Env::from_slice(&variables), &fs, Some(named)).await
        };
        let entry = |name: &str, login| (name.to_owned(), login);
        let ops = [entry("ops", Login::Role), entry("work", Login::Sso)];
        assert_eq!(of("ops", &[]).await, ops);
        assert_eq!(of("round", &[]).await, [entry("round", Login::Role)]);
        assert_eq!(of("empty", &[]).await, [entry("empty", Login::Nothing)]);
        let token = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")];
        assert_eq!(of("empty", &token).await, [entry("", Login::WebIdentity)]);
        assert_eq!(of("ops", &token).await, ops);
    }

    #[test]
    fn keys_of_the_environment_are_an_account() {
        let of = |env: &[(&str, &str)]| of_environment(&Env::from_slice(env));
        assert!(of(&[]).is_none());
        let half = of(&[("AWS_ACCESS_KEY_ID", "AKIA1234")]).unwrap();
        assert_eq!(half.login, Login::Key("1234".to_owned()));
        assert!(half.error.unwrap().contains("AWS_SECRET_ACCESS_KEY"));
        let short = of(&[("AWS_ACCESS_KEY_ID", "ab"), ("AWS_SECRET_ACCESS_KEY", "x")]).unwrap();
        assert_eq!(short.login, Login::Key("ab".to_owned()));
    }
}
