//! Where the keys of a session come from, and what that is to be said of.

use partsweep_s3::{SettingSource, Settings, SettingsInForce};

/// Whose store it is if the keys are those of the profile that was named, and its store isn't.
///
/// `by_default`: where the endpoint stands, if it is a default of partsweep's.
pub(super) fn overruled_endpoint(
    settings: &SettingsInForce,
    by_default: Option<&str>,
) -> Option<String> {
    let own = settings.overruled_endpoint.as_ref()?;
    let whence = match settings.endpoint.source {
        SettingSource::Variable(variable) => variable,
        _ => by_default?,
    };
    let (used, own) = (&settings.endpoint.value, &own.value);
    Some(format!(
        "using the endpoint {used} of {whence}, not the profile's ({own}): \
         `--endpoint-url {own}` would take it"
    ))
}

/// Where the keys come from, as far as it is known: the rest of the chain (roles, containers, machines) says
/// nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Typed,
    /// Another tool's account: `rclone:NAME`.
    Tool {
        account: String,
    },
    /// A profile on the command line; whether it won over keys in the environment.
    Profile {
        name: String,
        over_environment: bool,
    },
    /// Variables, and the profile in `AWS_PROFILE` that they won over.
    Environment {
        over_profile: Option<String>,
    },
    Configured {
        profile: Option<String>,
    },
    /// No profile: a variable of the container, or the metadata service.
    Machine {
        whence: &'static str,
    },
}

/// Where these settings take the keys from.
///
/// `has_profile_login`: whether the profile of the environment, or `default`, says how to log in.
pub(super) fn origin(settings: &Settings, has_typed_keys: bool, has_profile_login: bool) -> Origin {
    let set = |name| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let in_environment =
        set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some();
    let profile = set("AWS_PROFILE");
    // A tool that takes its keys from where the AWS tools look has none of its own.
    if let (Some(account), true) = (&settings.keys_from, settings.keys.is_some()) {
        let account = account.clone();
        return Origin::Tool { account };
    }
    match &settings.profile {
        _ if settings.isolated => Origin::Tool {
            account: "the demo".to_owned(),
        },
        _ if has_typed_keys => Origin::Typed,
        Some(name) => Origin::Profile {
            name: name.clone(),
            over_environment: in_environment,
        },
        None if in_environment => Origin::Environment {
            over_profile: profile,
        },
        None if has_profile_login => Origin::Configured { profile },
        None => {
            let variable = BEYOND_PROFILES.into_iter().find(|name| set(name).is_some());
            let whence = variable.unwrap_or("the metadata service of this machine");
            Origin::Machine { whence }
        }
    }
}

/// Where the AWS chain looks behind the profiles, in its order.
const BEYOND_PROFILES: [&str; 3] = [
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

impl Origin {
    /// The profile that the keys are of.
    pub(super) fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile { name, .. } => Some(name),
            Self::Configured { profile } => Some(profile.as_deref().unwrap_or("default")),
            Self::Typed | Self::Tool { .. } | Self::Environment { .. } | Self::Machine { .. } => {
                None
            }
        }
    }

    /// Behind the access key.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Typed => " (typed in)".to_owned(),
            Self::Tool { account } => format!(" of {account}"),
            Self::Environment { .. } => " of AWS_ACCESS_KEY_ID".to_owned(),
            Self::Machine { whence } => format!(" of {whence}"),
            Self::Profile { .. } | Self::Configured { .. } => String::new(),
        }
    }

    /// What is to be said where there was a choice.
    pub(super) fn note(&self, key_end: Option<String>) -> Option<String> {
        let key = key_end.map_or_else(
            || "the keys".to_owned(),
            |end| format!("the access key …{end}"),
        );
        match self {
            Self::Profile {
                name,
                over_environment: true,
            } => Some(format!(
                "using {key} of profile `{name}`, not the one in AWS_ACCESS_KEY_ID"
            )),
            Self::Environment {
                over_profile: Some(name),
            } => Some(format!(
                "using {key} of AWS_ACCESS_KEY_ID, not that of profile `{name}` in AWS_PROFILE: \
                 --profile would take it"
            )),
            _ => None,
        }
    }
}
