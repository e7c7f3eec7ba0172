//! Why there is no store to talk to.

use std::error::Error;
use std::path::PathBuf;

use crate::config::machine::Login;
use crate::config::profile_chain::in_file;
use crate::secrets::Secrets;

/// Why [`Store::connect`](crate::Store::connect) failed, before any request to the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No credentials anywhere in the chain: the moment to ask a person for them.
    #[error("no credentials were found")]
    NoCredentials,
    /// No credentials anywhere, but one half of a pair in the environment.
    #[error("{set} is set, but {missing} is not")]
    HalfKeys {
        /// The variable that is there.
        set: &'static str,
        /// The one that belongs to it.
        missing: &'static str,
    },
    /// A variable that holds credentials is no text.
    #[error("{variable} isn't valid UTF-8")]
    NotText {
        /// The variable. Its value may be a secret.
        variable: &'static str,
    },
    /// The profile's role takes a code of a device, which nobody gave.
    #[error("the role of profile `{profile}` takes a code of the MFA device {device}")]
    NeedsCode {
        /// The profile.
        profile: String,
        /// The device's ARN or serial number.
        device: String,
    },
    /// A file of the AWS tools is there and can't be read: it may name another store, and other keys.
    #[error("{} can't be read: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There are credentials somewhere, but they could not be had.
    #[error("could not get credentials")]
    Credentials {
        /// What the provider said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
        /// The profiles that lead to them, and how each logs in: a role first, then the one whose keys take it. One
        /// without a name stands for the environment.
        logins: Vec<(String, Login)>,
    },
    /// Whoever gives the credentials didn't answer, or something else did in its place: the log-in may well be in order.
    #[error("could not get credentials")]
    NoAnswer {
        /// Who, and what came instead.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The endpoint is not a URL that requests can go to.
    #[error("the endpoint `{endpoint}` cannot be used: {why}")]
    BadEndpoint {
        /// The URL, without anything before an `@`.
        endpoint: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A proxy variable is not a URL that requests can go through.
    #[error("the proxy in {variable} cannot be used: {why}")]
    BadProxy {
        /// The variable. Its value may hold a password.
        variable: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file of trusted certificates cannot be used.
    #[error("the certificates in `{path}` cannot be used")]
    BadCaBundle {
        /// The file, from `AWS_CA_BUNDLE` or the profile's `ca_bundle`.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// This machine has no trusted certificates.
    #[error("this machine has no trusted root certificates")]
    NoRoots {
        /// What was tried.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The AWS configuration files have no such profile.
    #[error("there is no profile `{name}` in the AWS configuration")]
    NoProfile {
        /// Its name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A setting of a profile, or of one that it names, leads to no keys.
    #[error("the profile `{profile}`{} can't be used: {why}", in_file(file.as_deref()))]
    BrokenProfile {
        /// The profile that has the setting, or lacks it.
        profile: String,
        /// The file that it stands in, if that was found.
        file: Option<PathBuf>,
        /// The setting, and what is wrong with it.
        why: String,
        /// What to do about it.
        hint: String,
    },
    /// The configuration files cannot be read.
    #[error("the profile `{name}` cannot be used")]
    Profile {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A setting of the profile has a value that means nothing.
    #[error("the profile `{profile}` has `{setting} = {value}`, which isn't a known value")]
    BadSetting {
        /// The profile.
        profile: String,
        /// The setting's name.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What it can be, in words.
        allowed: String,
    },
    /// A variable has a value that means nothing.
    #[error("{variable} is `{value}`, which isn't a known value")]
    BadVariable {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it can be, in words.
        allowed: &'static str,
    },
    /// The region is not one that AWS's rules accept.
    #[error("the region `{region}` cannot be used")]
    BadRegion {
        /// The region.
        region: String,
        /// What the rules say.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An isolated store was asked for without saying where it is or with which keys.
    #[error("isolated settings need {what}")]
    Isolated {
        /// What is missing.
        what: &'static str,
    },
}

impl ConnectError {
    /// The same without the secrets that its texts may hold.
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        let clean = |source: &mut Box<dyn Error + Send + Sync>| {
            if let Some(clean) = secrets.clean_cause(&**source) {
                *source = Box::new(clean);
            }
        };
        match &mut self {
            Self::Credentials { source, .. }
            | Self::NoAnswer { source }
            | Self::BadCaBundle { source, .. }
            | Self::BadRegion { source, .. }
            | Self::Profile { source, .. } => clean(source),
            Self::NoRoots { source } => source.as_mut().into_iter().for_each(clean),
            Self::BadSetting { value, .. } | Self::BadVariable { value, .. } => {
                *value = secrets.redact(value).into_owned();
            }
            _ => {}
        }
        self
    }

    /// What to do about it, to follow `hint:`.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotText { variable } => Some(format!("set {variable} again, or unset it")),
            Self::HalfKeys { missing, set } => Some(format!("set {missing}, or unset {set}")),
            Self::BadProxy { .. } => Some(
                "write it like http://proxy.example.com:3128, or http://USER:PASSWORD@HOST:PORT \
                 with %-escapes in the password"
                    .to_owned(),
            ),
            Self::BadSetting { allowed, .. } => Some(allowed.clone()),
            Self::BrokenProfile { hint, .. } => Some(hint.clone()),
            Self::BadVariable { allowed, .. } => Some((*allowed).to_owned()),
            Self::BadEndpoint { .. } => Some(
                "write it like https://objects.example.com or http://127.0.0.1:9000".to_owned(),
            ),
            Self::BadCaBundle { .. } => Some(
                "AWS_CA_BUNDLE (or ca_bundle in the profile) must name a readable PEM file"
                    .to_owned(),
            ),
            Self::NoRoots { .. } => Some(
                "install the system's CA certificates, or name a PEM file in AWS_CA_BUNDLE"
                    .to_owned(),
            ),
            Self::Profile { .. } => Some(
                "correct that line: a setting is `name = value`, below a line [profile NAME]".to_owned(),
            ),
            Self::NoAnswer { .. } => Some(
                "check the network, the proxy (HTTPS_PROXY, NO_PROXY) and, if one is set, the endpoint of the service \
                 (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS)"
                    .to_owned(),
            ),
            Self::NoProfile { name, known } => Some(match known.as_slice() {
                [] => format!("`aws configure --profile {name}` makes it; there is no other one"),
                known => format!("there are: {}", known.join(", ")),
            }),
            // How keys and a region are given is the program's matter.
            Self::NoCredentials
            | Self::NeedsCode { .. }
            | Self::File { .. }
            | Self::Credentials { .. }
            | Self::BadRegion { .. }
            | Self::Isolated { .. } => None,
        }
    }
}
