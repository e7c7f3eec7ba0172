//! Connecting to a store: what was given, the environment and the profile, and keys from the AWS chain.

mod keys;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use aws_config::profile::ProfileSet;
use aws_types::os_shim_internal::{Env, Fs};
use http::uri::Scheme;

use crate::address::bucket_url::Places;
use crate::address::endpoint::Endpoint;
use crate::address::region::Regions;
use crate::config::aws::{Configured, check_files, config_text, readable_files};
use crate::config::credentials::Keys;
use crate::config::error::ConnectError;
use crate::config::in_force::{SettingSource, SettingsInForce, Sourced};
use crate::config::machine::said;
use crate::config::profile_section::unread;
use crate::config::settings::{Addressing, Settings, USUAL_REGION, check_region};
use crate::config::settings_file::read_settings_file;
use crate::net::collect::ResponseBudget;
use crate::net::proxy::{self, Proxies};
use crate::net::tls::{Tls, TlsError};
use crate::net::transport::Transport;
use crate::pace::breaker::CircuitBreaker;
use crate::pace::limiter::Pace;
use crate::reply::known::StoreFacts;
use crate::reply::versions::Versions;
use crate::secrets::Secrets;
use crate::store::Store;
use crate::wire::client::Client;
use crate::wire::session::Sessions;
use crate::wire::sign::Signer;

impl Store {
    /// Reads the configuration and gets credentials once, so that missing ones are known; sends
    /// nothing to the store.
    pub async fn connect(settings: Settings) -> Result<Self, ConnectError> {
        let secrets = Arc::new(Secrets::default());
        let connected = Self::connect_knowing(settings, &secrets).await;
        connected.map_err(|error| error.without(&secrets))
    }

    async fn connect_knowing(
        settings: Settings,
        secrets: &Arc<Secrets>,
    ) -> Result<Self, ConnectError> {
        if settings.isolated {
            let needed = [
                (settings.endpoint_url.is_some(), "an endpoint"),
                (settings.keys.is_some(), "keys"),
            ];
            if let Some((_, what)) = needed.into_iter().find(|(given, _)| !given) {
                return Err(ConnectError::Isolated { what });
            }
        }
        let configured = if settings.isolated {
            Configured::default()
        } else {
            configured(&settings, secrets).await?
        };
        let endpoint = settings
            .endpoint_url
            .as_deref()
            .or(configured.endpoint_url.as_ref().map(|url| &*url.value));
        let endpoint = endpoint.map(Endpoint::parse).transpose()?;
        let region = Sourced::first(
            settings.region.clone(),
            configured.region,
            USUAL_REGION.to_owned(),
        );
        if let Some(why) = bad_region(&region) {
            return Err(ConnectError::BadRegion {
                region: region.value,
                source: why.into(),
            });
        }
        let addressing =
            Sourced::first(settings.addressing, configured.addressing, Addressing::Auto);
        let ca_bundle = match settings.ca_bundle.clone() {
            Some(path) => Some(Sourced::new(path, SettingSource::Given)),
            None => configured.ca_bundle,
        };

        let tls = Arc::new(Tls::new(ca_bundle.as_ref().map(|path| path.value.clone())));
        // Before anything is sent, so that a bad bundle is not found out by a failed request.
        if endpoint
            .as_ref()
            .is_none_or(|endpoint| endpoint.scheme == Scheme::HTTPS)
        {
            tls.config().map_err(tls_error)?;
        }
        let proxies = if settings.isolated {
            Proxies::none()
        } else {
            proxy::learn_passwords(secrets);
            Proxies::from_env()?
        };
        let connections = settings.concurrency.max(1);
        let connect = settings.timeouts.connect;
        let room = ResponseBudget::new(settings.scratch.clone());
        let transport = Transport::new(tls.clone(), proxies, connect, connections, room);
        let keys = match &settings.keys {
            Some(keys) => Keys::fixed(keys.credentials().clone(), Arc::clone(secrets)),
            None => {
                let proxies = Proxies::from_env()?.for_credentials();
                let room = ResponseBudget::new(settings.scratch.clone());
                let transport = Transport::new(tls, proxies, connect, 1, room);
                keys::find(&settings, &region.value, secrets, transport).await?
            }
        };

        let places = Places::new(
            endpoint.clone(),
            addressing.value,
            configured.dual_stack,
            configured.fips,
        );
        let regions = Regions::new(&region.value, places.is_aws());
        let regions = match settings.trusts_region {
            true => regions.trusted(),
            false => regions,
        };
        let is_given = settings.endpoint_url.is_some();
        let endpoint_source = match configured.endpoint_url {
            _ if is_given => SettingSource::Given,
            Some(url) => url.source,
            None => SettingSource::Default,
        };
        // As it would be used, so without credentials.
        let overruled_endpoint = configured.overruled_endpoint.and_then(|own| {
            let parsed = Endpoint::parse(&own.value).ok()?;
            let is_other = endpoint.as_ref().is_none_or(|used| used.url != parsed.url);
            is_other.then(|| Sourced::new(parsed.url, own.source))
        });
        let (endpoint, host) = match endpoint {
            Some(endpoint) => (endpoint.url, endpoint.host),
            None => {
                let place = places.of(None, &regions.home(), &regions.home()).await;
                let place = place.map_err(|source| ConnectError::BadRegion {
                    region: region.value.clone(),
                    source: source.into(),
                })?;
                (place.origin.clone(), place.host.clone())
            }
        };
        let client = Client {
            transport,
            keys,
            secrets: Arc::clone(secrets),
            signer: Signer::default(),
            places,
            regions,
            sessions: Sessions::default(),
            pace: Pace::new(connections, settings.rps),
            timeouts: settings.timeouts,
            requests: AtomicU64::new(0),
            wants_length: AtomicBool::new(false),
            keys_work: AtomicBool::new(false),
            known: StoreFacts::of_host(&host),
            versions: Versions::default(),
            only_endpoint: Arc::from(endpoint.as_str()),
            life: CircuitBreaker::new(settings.timeouts.silence),
            observer: settings.observer,
            in_force: SettingsInForce {
                endpoint: Sourced::new(endpoint.clone(), endpoint_source),
                overruled_endpoint,
                region,
                addressing,
                ca_bundle,
            },
            endpoint,
        };
        Ok(Self::over(client))
    }

    /// Whether the environment or the profile says where the store is.
    pub async fn has_configured_endpoint(settings: &Settings) -> bool {
        let configured = configured(settings, &Secrets::default()).await;
        configured.is_ok_and(|configured| configured.endpoint_url.is_some())
    }

    /// Whether the profile that was named is there; what else may be wrong is found when connecting.
    ///
    /// # Errors
    ///
    /// [`ConnectError::NoProfile`], with those that there are.
    pub async fn check_profile(settings: &Settings) -> Result<(), ConnectError> {
        match configured(settings, &Secrets::default()).await {
            Err(error @ ConnectError::NoProfile { .. }) => Err(error),
            _ => Ok(()),
        }
    }

    /// Where requests would go with these settings: the URL of the endpoint, or Amazon S3.
    pub async fn place_of(settings: &Settings) -> String {
        let given = match &settings.endpoint_url {
            Some(url) => Some(url.clone()),
            None => configured(settings, &Secrets::default())
                .await
                .ok()
                .and_then(|configured| configured.endpoint_url)
                .map(|url| url.value),
        };
        let endpoint = given.and_then(|url| Endpoint::parse(&url).ok());
        endpoint.map_or_else(|| "Amazon S3".to_owned(), |endpoint| endpoint.url)
    }
}

async fn configured(settings: &Settings, secrets: &Secrets) -> Result<Configured, ConnectError> {
    let env = Env::real();
    let needs_files =
        settings.keys.is_none() || settings.endpoint_url.is_none() && !settings.amazon_s3;
    let checked = check_files(&env);
    let can_be_read = checked.is_ok();
    if needs_files {
        checked.map_err(|(path, why)| ConnectError::File { path, why })?;
    }
    let selected = settings.profile.clone().map(Into::into);
    let files = readable_files(&env);
    let profiles = aws_config::profile::load(&Fs::real(), &env, &files, selected).await;
    let named = settings
        .profile
        .clone()
        .or_else(|| env.get("AWS_PROFILE").ok());
    // What the AWS tools are set to is no matter where another tool's account was named.
    let is_meant = settings.profile.is_some() || needs_files;
    let profiles: ProfileSet = match profiles {
        Ok(profiles) => profiles,
        Err(_) if !is_meant => ProfileSet::default(),
        Err(error) => {
            return Err(ConnectError::Profile {
                name: named.unwrap_or_else(|| "default".to_owned()),
                source: said(&error).into(),
            });
        }
    };
    learn_configured(&env, &profiles, secrets);
    let is_missing = |name: &String| !name.is_empty() && profiles.get_profile(name).is_none();
    if let Some(name) = named.filter(is_missing).filter(|_| is_meant) {
        if can_be_read && let Some(error) = unread(&env, &Fs::real(), &name).await {
            return Err(error);
        }
        let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
        known.sort();
        return Err(ConnectError::NoProfile { name, known });
    }
    let config = match can_be_read {
        true => config_text(&env, &Fs::real()).await,
        false => String::new(),
    };
    Configured::read(&env, &profiles, &config, settings)
}

/// Keeps what may come back in an error before there are keys: from STS, from a container's agent.
fn learn_configured(env: &Env, profiles: &ProfileSet, secrets: &Secrets) {
    let variables = [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ];
    for secret in variables.iter().filter_map(|name| env.get(name).ok()) {
        secrets.learn(&secret);
    }
    let files = [
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    for file in files.iter().filter_map(|name| env.get(name).ok()) {
        if let Ok(secret) = read_settings_file(Path::new(&file)) {
            secrets.learn(&String::from_utf8_lossy(&secret));
        }
    }
    for profile in profiles
        .profiles()
        .filter_map(|name| profiles.get_profile(name))
    {
        for name in ["aws_secret_access_key", "aws_session_token"] {
            if let Some(secret) = profile.get(name) {
                secrets.learn(secret);
            }
        }
    }
}

fn tls_error(error: TlsError) -> ConnectError {
    match error {
        TlsError::Bundle { path, why } => ConnectError::BadCaBundle {
            path,
            source: why.into(),
        },
        error => ConnectError::NoRoots {
            source: Some(error.into()),
        },
    }
}

/// Why a region can't be used, with where it comes from.
fn bad_region(region: &Sourced<String>) -> Option<String> {
    let why = check_region(&region.value).err()?;
    let of = match &region.source {
        SettingSource::Variable(name) => format!("{name}: "),
        SettingSource::Profile { name, key } => format!("`{key}` of profile `{name}`: "),
        _ => String::new(),
    };
    Some(format!("{of}{why}"))
}
