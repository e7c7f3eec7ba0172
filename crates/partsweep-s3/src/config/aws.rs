//! What the environment and the profile say, by the rules of the AWS tools.

use std::io;
use std::path::{Path, PathBuf};

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::{EnvConfigSource, EnvConfigValue};
use aws_types::origin::Origin;
use aws_types::os_shim_internal::{Env, Fs};

use crate::config::error::ConnectError;
use crate::config::in_force::{SettingSource, Sourced};
use crate::config::settings::{Addressing, Settings, UnknownAddressing};
use crate::config::settings_file::read_regular_file;

/// The settings that are no credentials, each with where it was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Configured {
    pub(crate) endpoint_url: Option<Sourced<String>>,
    /// That of the profile that was named, where the environment has another one.
    pub(crate) overruled_endpoint: Option<Sourced<String>>,
    pub(crate) region: Option<Sourced<String>>,
    pub(crate) addressing: Option<Sourced<Addressing>>,
    pub(crate) ca_bundle: Option<Sourced<PathBuf>>,
    pub(crate) dual_stack: bool,
    pub(crate) fips: bool,
}

impl Configured {
    /// Reads them, each from the first place that has it; what is given is not looked for.
    ///
    /// `config` is the text of the configuration file, where the names of sections are.
    pub(crate) fn read(
        env: &Env,
        profiles: &ProfileSet,
        config: &str,
        given: &Settings,
    ) -> Result<Self, ConnectError> {
        let value = |env_name: &'static str, profile_key: &'static str| {
            let value = EnvConfigValue::new().env(env_name).profile(profile_key);
            let (value, source) = value.load(env, Some(profiles))?;
            let source = match origin(&source) == Origin::shared_environment_variable() {
                true => SettingSource::Variable(env_name),
                false => of_profile(profiles, profile_key),
            };
            Some(Sourced::new(value.into_owned(), source))
        };
        let is_true = |env_name: &'static str, profile_key: &'static str| {
            let Some(set) = value(env_name, profile_key) else {
                return Ok(false);
            };
            match &*set.value.trim().to_ascii_lowercase() {
                "true" => Ok(true),
                "false" | "" => Ok(false),
                // Where it was to be true, requests would go to the usual endpoint without a word.
                _ => Err(match set.source {
                    SettingSource::Variable(variable) => ConnectError::BadVariable {
                        variable,
                        value: set.value,
                        allowed: "it is true or false",
                    },
                    _ => ConnectError::BadSetting {
                        profile: profiles.selected_profile().to_owned(),
                        setting: profile_key,
                        value: set.value,
                        allowed: "it is true or false".to_owned(),
                    },
                }),
            }
        };
        let ignore_endpoints = is_true(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )?;
        let endpoint_url = if ignore_endpoints || given.amazon_s3 || given.endpoint_url.is_some() {
            None
        } else {
            check_services(env, profiles, config)?;
            endpoint_url(env, profiles)
        };
        let is_of_environment =
            |url: &&Sourced<String>| matches!(url.source, SettingSource::Variable(_));
        let is_overruled = endpoint_url
            .as_ref()
            .is_some_and(|url| is_of_environment(&url))
            || given.endpoint_by_default.is_some() && !ignore_endpoints;
        let overruled_endpoint = (is_overruled && given.profile.is_some())
            .then(|| self::endpoint_url(&Env::from_slice(&[]), profiles))
            .flatten();
        Ok(Self {
            endpoint_url,
            overruled_endpoint,
            region: env
                .get("AWS_REGION")
                .ok()
                .filter(|region| !region.is_empty())
                .map(|region| Sourced::new(region, SettingSource::Variable("AWS_REGION")))
                .or_else(|| value("AWS_DEFAULT_REGION", "region"))
                .filter(|region| !region.value.is_empty()),
            addressing: match given.addressing {
                Some(_) => None,
                None => addressing(profiles)?,
            },
            ca_bundle: value("AWS_CA_BUNDLE", "ca_bundle")
                .filter(|path| !path.value.is_empty())
                .map(|path| path.map(PathBuf::from)),
            dual_stack: is_true("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            fips: is_true("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
        })
    }
}

/// What kind of place a value was found in. aws-runtime shows no more of it than this.
fn origin(source: &EnvConfigSource<'_>) -> Origin {
    source.into()
}

/// A key of the profile that was selected.
fn of_profile(profiles: &ProfileSet, key: &'static str) -> SettingSource {
    SettingSource::Profile {
        name: profiles.selected_profile().to_owned(),
        key,
    }
}

fn addressing(profiles: &ProfileSet) -> Result<Option<Sourced<Addressing>>, ConnectError> {
    let style = profiles
        .get("s3")
        .and_then(|block| sub_property(block, "addressing_style"))
        .filter(|style| !style.is_empty());
    let parsed = style.map(|style| {
        let parsed = style.parse();
        parsed
            .map(|style| Sourced::new(style, of_profile(profiles, "addressing_style")))
            .map_err(|allowed: UnknownAddressing| ConnectError::BadSetting {
                profile: profiles.selected_profile().to_owned(),
                setting: "addressing_style",
                value: style.to_owned(),
                allowed: allowed.to_string(),
            })
    });
    parsed.transpose()
}

/// Refuses the name of a `services` section that is not there, if its endpoint would be used:
/// without it requests and their signatures would go to AWS.
fn check_services(env: &Env, profiles: &ProfileSet, config: &str) -> Result<(), ConnectError> {
    let in_env = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    let Some(named) = profiles.get("services") else {
        return Ok(());
    };
    let names: Vec<&str> = services_sections(config).collect();
    if in_env.iter().any(|name| env.get(name).is_ok()) || names.contains(&named) {
        return Ok(());
    }
    let allowed = match names.is_empty() {
        true => format!("the configuration file has no section [services {named}], nor any other"),
        false => format!("the configuration file has these: {}", names.join(", ")),
    };
    Err(ConnectError::BadSetting {
        profile: profiles.selected_profile().to_owned(),
        setting: "services",
        value: named.to_owned(),
        allowed,
    })
}

/// The names in `[services NAME]`: aws-runtime finds a section by its name, but lists none.
fn services_sections(config: &str) -> impl Iterator<Item = &str> {
    config.lines().filter_map(|line| {
        let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
        let (kind, name) = inside.trim().split_once([' ', '\t'])?;
        (kind == "services").then(|| name.trim())
    })
}

/// The configuration file and the credentials file of the AWS tools.
pub(crate) fn files(env: &Env) -> [PathBuf; 2] {
    let home = env.get("HOME").or_else(|_| env.get("USERPROFILE"));
    let file = |variable, usual: &str| {
        let path = env.get(variable).unwrap_or_else(|_| usual.to_owned());
        match (path.strip_prefix("~/"), &home) {
            (Some(rest), Ok(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(path),
        }
    };
    [
        file("AWS_CONFIG_FILE", "~/.aws/config"),
        file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ]
}

/// Refuses a file that is there and can't be read: aws-config passes over it, and another store than the one in it would
/// be asked (law 14).
///
/// # Errors
///
/// The file, and what is wrong with it.
pub(crate) fn check_files(env: &Env) -> Result<(), (PathBuf, String)> {
    let mut bad = files(env).into_iter().filter_map(|path| {
        let why = unreadable(&path)?;
        Some((path, why))
    });
    bad.next().map_or(Ok(()), Err)
}

/// Why a file that is there can't be read by aws-config, which reads it whole, and more than once.
fn unreadable(path: &Path) -> Option<String> {
    match read_regular_file(path) {
        Ok(bytes) if std::str::from_utf8(&bytes).is_ok() => None,
        Ok(_) => Some("it isn't UTF-8".to_owned()),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => None,
            _ => Some(error.to_string()),
        },
    }
}

/// The files for aws-config, without those that can't be read: an endless one would fill the memory.
pub(crate) fn readable_files(env: &Env) -> EnvConfigFiles {
    let [config, credentials] = files(env).map(|path| unreadable(&path).is_none());
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(config)
        .include_default_credentials_file(credentials);
    if !config {
        files = files.with_contents(EnvConfigFileKind::Config, "");
    }
    files.build()
}

/// The text of the configuration file, empty if there is none.
pub(crate) async fn config_text(env: &Env, fs: &Fs) -> String {
    let [path, _] = files(env);
    let bytes = fs.read_to_end(path).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `services` section, `endpoint_url`: the order of
/// botocore and of the SDKs' reference guide, "Service-specific endpoints".
pub(crate) fn endpoint_url(env: &Env, profiles: &ProfileSet) -> Option<Sourced<String>> {
    let value = EnvConfigValue::new()
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .service_id("s3");
    let (url, source) = value.load(env, Some(profiles))?;
    let found = origin(&source);
    let source = if found == Origin::service_environment_variable() {
        SettingSource::Variable("AWS_ENDPOINT_URL_S3")
    } else if found == Origin::shared_environment_variable() {
        SettingSource::Variable("AWS_ENDPOINT_URL")
    } else if found == Origin::service_profile_file() {
        let name = profiles.get("services").unwrap_or_default().to_owned();
        SettingSource::Services { name }
    } else {
        of_profile(profiles, "endpoint_url")
    };
    (!url.is_empty()).then(|| Sourced::new(url.into_owned(), source))
}

/// A nested value of a profile: the parser keeps the indented lines below `s3 =` as one text.
fn sub_property<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_runtime::env_config::file::EnvConfigFiles;

    async fn read(env: &[(&str, &str)], config: &str) -> Configured {
        try_read(env, config, &Settings::default()).await.unwrap()
    }

    async fn try_read(
        env: &[(&str, &str)],
        config: &str,
        given: &Settings,
    ) -> Result<Configured, ConnectError> {
        let mut env = env.to_vec();
        env.push(("AWS_CONFIG_FILE", "/config"));
        let env = Env::from_slice(&env);
        let fs = Fs::from_slice(&[("/config", config)]);
        let profiles = aws_config::profile::load(&fs, &env, &EnvConfigFiles::default(), None).await;
        let text = config_text(&env, &fs).await;
        Configured::read(&env, &profiles.unwrap(), &text, given)
    }

    fn in_profile(key: &'static str) -> SettingSource {
        let name = "default".to_owned();
        SettingSource::Profile { name, key }
    }

    const PROFILE: &str = "[default]\nregion = eu-west-1\nendpoint_url = http://profile\nservices = mine\n\
        s3 =\n  max_concurrent_requests = 3\n  addressing_style = path\n\
        [services mine]\ns3 =\n  endpoint_url = http://services\n";

    #[tokio::test]
    async fn the_endpoint_comes_from_the_first_place_that_has_one() {
        let both = [
            ("AWS_ENDPOINT_URL", "http://any"),
            ("AWS_ENDPOINT_URL_S3", "http://s3"),
        ];
        let endpoint = |configured: Configured| configured.endpoint_url.unwrap();
        let found = |value: &str, source| Sourced::new(value.to_owned(), source);
        let variable = SettingSource::Variable;
        assert_eq!(
            endpoint(read(&both, PROFILE).await),
            found("http://s3", variable("AWS_ENDPOINT_URL_S3"))
        );
        assert_eq!(
            endpoint(read(&both[..1], PROFILE).await),
            found("http://any", variable("AWS_ENDPOINT_URL"))
        );
        let name = "mine".to_owned();
        assert_eq!(
            endpoint(read(&[], PROFILE).await),
            found("http://services", SettingSource::Services { name })
        );
        let plain = "[default]\nendpoint_url = http://profile\n";
        assert_eq!(
            endpoint(read(&[], plain).await),
            found("http://profile", in_profile("endpoint_url"))
        );
    }

    #[tokio::test]
    async fn configured_endpoints_can_be_switched_off() {
        let ignore = [
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ("AWS_ENDPOINT_URL_S3", "http://s3"),
        ];
        assert_eq!(read(&ignore, PROFILE).await.endpoint_url, None);
        let by_profile =
            "[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://profile\n";
        assert_eq!(read(&[], by_profile).await.endpoint_url, None);
    }

    #[tokio::test]
    async fn region_addressing_and_certificates_are_read() {
        let configured = read(&[("AWS_CA_BUNDLE", "/ca.pem")], PROFILE).await;
        let found = |value: &str, source| Some(Sourced::new(value.to_owned(), source));
        let variable = SettingSource::Variable;
        assert_eq!(configured.region, found("eu-west-1", in_profile("region")));
        let style = Sourced::new(Addressing::Path, in_profile("addressing_style"));
        assert_eq!(configured.addressing, Some(style));
        let bundle = Sourced::new(PathBuf::from("/ca.pem"), variable("AWS_CA_BUNDLE"));
        assert_eq!(configured.ca_bundle, Some(bundle));
        let env = [("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b")];
        let region = async |env| read(env, PROFILE).await.region;
        assert_eq!(region(&env).await, found("a", variable("AWS_REGION")));
        let default = found("b", variable("AWS_DEFAULT_REGION"));
        assert_eq!(region(&env[1..]).await, default);
    }

    #[tokio::test]
    async fn a_services_section_that_is_not_there_is_refused_where_it_would_be_used() {
        let config = "[default]\nservices = mien\n[services mine]\ns3 =\n  endpoint_url = http://services\n\
            [services  other ] # no s3\n";
        let nothing = Settings::default();
        let error = try_read(&[], config, &nothing).await.unwrap_err();
        let words = "the profile `default` has `services = mien`, which isn't a known value";
        assert_eq!(error.to_string(), words);
        let hint = "the configuration file has these: mine, other";
        assert_eq!(error.hint().as_deref(), Some(hint));

        let env = [("AWS_ENDPOINT_URL", "http://any")];
        assert!(try_read(&env, config, &nothing).await.is_ok());
        let given = Settings {
            endpoint_url: Some("http://given".to_owned()),
            ..Settings::default()
        };
        assert!(try_read(&[], config, &given).await.is_ok());
        let without_s3 = config.replace("mien", "other");
        assert_eq!(read(&[], &without_s3).await.endpoint_url, None);
    }

    #[tokio::test]
    async fn an_addressing_style_that_is_none_is_refused() {
        let config = "[default]\ns3 =\n  addressing_style = vhost\n";
        let error = try_read(&[], config, &Settings::default())
            .await
            .unwrap_err();
        let words =
            "the profile `default` has `addressing_style = vhost`, which isn't a known value";
        assert_eq!(error.to_string(), words);
        let hint = "the addressing style is one of auto, path and virtual";
        assert_eq!(error.hint().as_deref(), Some(hint));
        let given = Settings {
            addressing: Some(Addressing::Path),
            ..Settings::default()
        };
        assert!(try_read(&[], config, &given).await.is_ok());
    }
}
