//! What the environment and the profile say, by the rules of the AWS tools.

use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::EnvConfigValue;
use aws_types::os_shim_internal::Env;

use crate::settings::Addressing;

/// The settings that are no credentials.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Configured {
    pub(crate) endpoint_url: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) addressing: Option<Addressing>,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) dual_stack: bool,
    pub(crate) fips: bool,
}

impl Configured {
    /// Reads them, each from the first place that has it.
    pub(crate) fn read(env: &Env, profiles: &ProfileSet) -> Self {
        let value = |env_name: &'static str, profile_key: &'static str| {
            let value = EnvConfigValue::new().env(env_name).profile(profile_key);
            value
                .load(env, Some(profiles))
                .map(|(value, _)| value.into_owned())
        };
        let is_true = |env_name, profile_key| {
            value(env_name, profile_key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let ignore_endpoints = is_true(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        );
        Self {
            endpoint_url: (!ignore_endpoints)
                .then(|| endpoint_url(env, profiles))
                .flatten(),
            region: env
                .get("AWS_REGION")
                .ok()
                .filter(|region| !region.is_empty())
                .or_else(|| value("AWS_DEFAULT_REGION", "region"))
                .filter(|region| !region.is_empty()),
            addressing: profiles
                .get("s3")
                .and_then(|block| sub_property(block, "addressing_style"))
                .and_then(|style| style.parse().ok()),
            ca_bundle: value("AWS_CA_BUNDLE", "ca_bundle")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            dual_stack: is_true("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            fips: is_true("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
        }
    }
}

/// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `services` section, `endpoint_url`: the order of
/// botocore and of the SDKs' reference guide, "Service-specific endpoints".
fn endpoint_url(env: &Env, profiles: &ProfileSet) -> Option<String> {
    EnvConfigValue::new()
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .service_id("s3")
        .load(env, Some(profiles))
        .map(|(url, _)| url.into_owned())
        .filter(|url| !url.is_empty())
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
    use aws_types::os_shim_internal::Fs;

    async fn read(env: &[(&str, &str)], config: &str) -> Configured {
        let mut env = env.to_vec();
        env.push(("AWS_CONFIG_FILE", "/config"));
        let env = Env::from_slice(&env);
        let fs = Fs::from_slice(&[("/config", config)]);
        let profiles = aws_config::profile::load(&fs, &env, &EnvConfigFiles::default(), None).await;
        Configured::read(&env, &profiles.unwrap())
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
        assert_eq!(endpoint(read(&both, PROFILE).await), "http://s3");
        assert_eq!(endpoint(read(&both[..1], PROFILE).await), "http://any");
        assert_eq!(endpoint(read(&[], PROFILE).await), "http://services");
        let plain = "[default]\nendpoint_url = http://profile\n";
        assert_eq!(endpoint(read(&[], plain).await), "http://profile");
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
        assert_eq!(configured.region.as_deref(), Some("eu-west-1"));
        assert_eq!(configured.addressing, Some(Addressing::Path));
        assert_eq!(configured.ca_bundle, Some(PathBuf::from("/ca.pem")));
        let env = [("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b")];
        assert_eq!(read(&env, PROFILE).await.region.as_deref(), Some("a"));
        assert_eq!(read(&env[1..], PROFILE).await.region.as_deref(), Some("b"));
    }
}
