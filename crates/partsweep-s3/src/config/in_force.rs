//! The settings that a connection was made with, and where each comes from.

use std::path::PathBuf;

use crate::config::settings::Addressing;

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    /// The caller gave it.
    Given,
    /// A variable of the environment.
    Variable(&'static str),
    /// A key of a profile in the AWS configuration files.
    Profile {
        /// The profile.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// The section `[services NAME]` of the AWS configuration file.
    Services {
        /// The section's name.
        name: String,
    },
    /// Nobody said it.
    Default,
}

/// A setting with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The setting.
    pub value: T,
    /// Where it comes from.
    pub source: SettingSource,
}

impl<T> Sourced<T> {
    pub(crate) fn new(value: T, source: SettingSource) -> Self {
        Self { value, source }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced::new(change(self.value), self.source)
    }

    /// What was given, else what was found, else a default.
    pub(crate) fn first(given: Option<T>, found: Option<Self>, default: T) -> Self {
        match (given, found) {
            (Some(value), _) => Self::new(value, SettingSource::Given),
            (None, Some(found)) => found,
            (None, None) => Self::new(default, SettingSource::Default),
        }
    }
}

/// The settings of a connection that are no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsInForce {
    /// The store's URL; on AWS that of the configured region. Never has credentials.
    pub endpoint: Sourced<String>,
    /// The endpoint of the profile that was named, where one in the environment won over it.
    pub overruled_endpoint: Option<Sourced<String>>,
    /// The region to sign for, unless the store named another one.
    pub region: Sourced<String>,
    /// How buckets are named in URLs.
    pub addressing: Sourced<Addressing>,
    /// The file of trusted certificates; else those of the system are trusted.
    pub ca_bundle: Option<Sourced<PathBuf>>,
}
