//! What was given, what the environment and the profile say, and why that is not enough.

pub(crate) mod aws;
pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod in_force;
pub(crate) mod machine;
pub(crate) mod mfa;
pub(crate) mod mfa_answers;
pub(crate) mod observer;
pub(crate) mod process;
pub(crate) mod profile_chain;
pub(crate) mod profile_section;
pub(crate) mod settings;
pub(crate) mod settings_file;
pub(crate) mod sources;
pub(crate) mod web_identity;
