//! The keys of a connection that names none: those of the AWS chain, and of roles that take codes.

use std::error::Error;
use std::sync::Arc;

use aws_config::imds::client::error::ImdsError;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_types::os_shim_internal::{Env, Fs};

use crate::config::credentials::Keys;
use crate::config::error::ConnectError;
use crate::config::machine;
use crate::config::mfa::{ChainBase, MfaRole, RoleChain, odd_answer};
use crate::config::process::{self, InTime};
use crate::config::profile_chain;
use crate::config::settings::Settings;
use crate::config::web_identity;
use crate::net::smithy::{SmithyHttp, Unanswered};
use crate::net::transport::Transport;
use crate::secrets::Secrets;

/// The variables that hold keys.
const CREDENTIAL_VARIABLES: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The keys that the settings and the machine lead to.
pub(super) async fn find(
    settings: &Settings,
    region: &str,
    secrets: &Arc<Secrets>,
    transport: Transport,
) -> Result<Keys, ConnectError> {
    let found = match roles(settings).await {
        Some(roles) => keys_of_roles(&roles, secrets, settings, region, transport).await,
        None => chain(secrets, settings, region, transport).await,
    };
    let error = match found {
        Ok(keys) => return Ok(keys),
        Err(error) => error,
    };
    let named = settings.profile.as_deref();
    if matches!(
        error,
        ConnectError::NoCredentials | ConnectError::Credentials { .. }
    ) && let Some(why) = profile_chain::why_no_keys(&Env::real(), &Fs::real(), named).await
    {
        return Err(why);
    }
    if matches!(error, ConnectError::Credentials { .. })
        && let Some(why) = web_identity::bad_token_file(&Env::real(), &Fs::real(), named).await
    {
        return Err(why);
    }
    match error {
        ConnectError::Credentials { source, .. } => {
            if let Some(why) = no_answer(&*source) {
                return Err(ConnectError::NoAnswer { source: why.into() });
            }
            let logins = machine::logins(&Env::real(), &Fs::real(), named).await;
            Err(ConnectError::Credentials { source, logins })
        }
        error => Err(error),
    }
}

/// The roles of which one takes a code, if the chain would come to them: keys in the environment come before the
/// profile that `AWS_PROFILE` names.
async fn roles(settings: &Settings) -> Option<RoleChain> {
    let env = Env::real();
    let has_keys = env.get("AWS_ACCESS_KEY_ID").is_ok_and(|id| !id.is_empty());
    if settings.profile.is_none() && has_keys {
        return None;
    }
    RoleChain::of(&profiles(settings).await?)
}

/// The files of the AWS tools, if they can be read.
async fn profiles(settings: &Settings) -> Option<ProfileSet> {
    let selected = settings.profile.clone().map(Into::into);
    let files = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, selected).await;
    profiles.ok()
}

/// Loads the chain so that its keys come in time, if a program brings them. Its output is bounded, too, unless
/// aws-config takes a role with these keys.
async fn load(loader: ConfigLoader, settings: &Settings, base: Option<&str>) -> SdkConfig {
    let is_of_profile = settings.profile.is_some() || !process::are_in(&Env::real());
    let Some(profiles) = profiles(settings).await.filter(|_| is_of_profile) else {
        return loader.load().await;
    };
    let limit = process::limit(settings.timeouts.read);
    let name = base.unwrap_or_else(|| profiles.selected_profile());
    if let Some(program) = process::of_profile(&profiles, name, limit) {
        return loader.credentials_provider(program).load().await;
    }
    let config = loader.load().await;
    let behind = process::behind(&profiles).map(str::to_owned);
    match behind.zip(config.credentials_provider()) {
        Some((profile, inner)) => {
            let in_time = SharedCredentialsProvider::new(InTime {
                inner,
                profile,
                limit,
            });
            let config = config.into_builder();
            config.credentials_provider(in_time).build()
        }
        None => config,
    }
}

/// Keys of the last of some roles: those of an earlier log-in, or new ones, each role taken with the keys of the one
/// before it.
async fn keys_of_roles(
    roles: &RoleChain,
    secrets: &Arc<Secrets>,
    settings: &Settings,
    region: &str,
    transport: Transport,
) -> Result<Keys, ConnectError> {
    let env = Env::real();
    let known = |role: &MfaRole| {
        let of_this_run = settings.mfa.keys_of(&role.profile);
        of_this_run.or_else(|| role.cached(&env))
    };
    let roles_first = roles.roles.iter().rev();
    // The last one whose keys are there still, and those that are taken with them.
    let reached = roles.roles.iter().find_map(&known);
    let missing = roles.roles.iter().take_while(|role| known(role).is_none());
    let missing = missing.count();
    let mut found = reached;
    for role in roles_first.skip(roles.roles.len() - missing) {
        let code = match &role.device {
            None => None,
            Some(device) => match settings.mfa.code_of(&role.profile) {
                Some(code) => Some(code),
                None => {
                    return Err(ConnectError::NeedsCode {
                        profile: role.profile.clone(),
                        device: device.clone(),
                    });
                }
            },
        };
        let source = match (&found, &roles.base) {
            (Some(keys), _) | (None, ChainBase::Keys(keys)) => {
                // They may come back in an error of AWS STS.
                secrets.learn_keys(keys);
                let keys = SharedCredentialsProvider::new(keys.clone());
                let loader = loader(None, region, transport.clone());
                loader.credentials_provider(keys).load().await
            }
            (None, ChainBase::Profile(name)) => {
                let loader = loader(Some(name), region, transport.clone());
                load(loader, settings, Some(name)).await
            }
        };
        found = Some(take(role, code.as_deref(), &source, settings, &env).await?);
    }
    let found = found.ok_or(ConnectError::NoCredentials)?;
    let keys = Keys::renewed_by(SharedCredentialsProvider::new(found), Arc::clone(secrets));
    let got = keys.get().await;
    got.map(|_| keys)
        .map_err(|error| ConnectError::Credentials {
            source: error.into(),
            logins: Vec::new(),
        })
}

/// Takes a role, and keeps its keys: for this run, and for others where that can be.
async fn take(
    role: &MfaRole,
    code: Option<&str>,
    source: &SdkConfig,
    settings: &Settings,
    env: &Env,
) -> Result<aws_credential_types::Credentials, ConnectError> {
    let keys = role.assume(code, source).await?;
    if let Err(why) = role.keep(env, &keys) {
        settings.mfa.could_not_keep(why);
    }
    settings.mfa.took(&role.profile, keys.clone());
    Ok(keys)
}

/// The AWS chain of a profile, or of the environment.
///
/// Given, AWS_RETRY_MODE, AWS_MAX_ATTEMPTS and their like in the profile are not read: they are for the SDK's own
/// requests, and aws-config panics on values that it does not know (`legacy`).
fn loader(profile: Option<&str>, region: &str, transport: Transport) -> ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard())
        .region(Region::new(region.to_owned()))
        .http_client(SmithyHttp::new(transport.clone()));
    let Some(profile) = profile else {
        return loader;
    };
    // What was named wins over keys that happen to be in the environment, which the chain would take first: else
    // this account's uploads would be swept by that one's endpoint (law 14).
    let from = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_http_client(SmithyHttp::new(transport));
    let of_profile = ProfileFileCredentialsProvider::builder()
        .configure(&from)
        .profile_name(profile)
        .build();
    loader
        .profile_name(profile)
        .credentials_provider(of_profile)
}

/// The AWS chain, asked once.
async fn chain(
    secrets: &Arc<Secrets>,
    settings: &Settings,
    region: &str,
    transport: Transport,
) -> Result<Keys, ConnectError> {
    // aws-config would show what they hold.
    let is_no_text =
        |name: &&str| matches!(std::env::var(name), Err(std::env::VarError::NotUnicode(_)));
    if let Some(variable) = CREDENTIAL_VARIABLES.into_iter().find(is_no_text) {
        return Err(ConnectError::NotText { variable });
    }
    let loader = loader(settings.profile.as_deref(), region, transport);
    let config = load(loader, settings, None).await;
    let provider: SharedCredentialsProvider = config
        .credentials_provider()
        .ok_or(ConnectError::NoCredentials)?;
    let keys = Keys::renewed_by(provider, Arc::clone(secrets));
    match keys.get().await {
        Ok(_) => Ok(keys),
        Err(CredentialsError::CredentialsNotLoaded(_)) if settings.profile.is_some() => {
            Err(ConnectError::NoCredentials)
        }
        Err(CredentialsError::CredentialsNotLoaded(_)) => Err(no_credentials(&Env::real())),
        // The last of the chain: a machine whose metadata service refuses has no credentials, and
        // whoever sits there has to be asked for them.
        Err(error) if is_about_metadata(&error) => Err(no_credentials(&Env::real())),
        Err(error) => Err(ConnectError::Credentials {
            source: error.into(),
            logins: Vec::new(),
        }),
    }
}

/// Why there are none: half a pair in the environment is a mistake that nobody has to be asked about.
fn no_credentials(env: &Env) -> ConnectError {
    const ID: &str = "AWS_ACCESS_KEY_ID";
    const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    let has = |name| env.get(name).is_ok_and(|value| !value.trim().is_empty());
    let (set, missing) = match (has(ID), has(SECRET)) {
        (true, false) => (ID, SECRET),
        (false, true) => (SECRET, ID),
        _ => return ConnectError::NoCredentials,
    };
    ConnectError::HalfKeys { set, missing }
}

/// Who didn't answer a request for credentials, or what did in place of AWS STS; none if it is about anything else.
fn no_answer(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(unanswered) = error.downcast_ref::<Unanswered>() {
            return Some(unanswered.to_string());
        }
        let odd = odd_answer::<AssumeRoleError>(error)
            .or_else(|| odd_answer::<AssumeRoleWithWebIdentityError>(error));
        if odd.is_some() {
            return odd;
        }
        cause = error.source();
    }
    None
}

/// Whether an error comes from the instance metadata service.
fn is_about_metadata(error: &CredentialsError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<ImdsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
