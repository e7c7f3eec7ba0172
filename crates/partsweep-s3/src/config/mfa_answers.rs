//! Codes of devices that were asked for, and the keys that they brought in this run.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::Credentials;

/// Codes for logging in (MFA), each for one role and one attempt, and the keys of roles that were taken. Copies share
/// them. They aren't shown.
#[derive(Clone, Default)]
pub struct MfaAnswers(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    codes: HashMap<String, String>,
    keys: HashMap<String, Credentials>,
    unkept: Option<String>,
}

impl fmt::Debug for MfaAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MfaAnswers(..)")
    }
}

impl MfaAnswers {
    /// Gives the code for the role of a profile. It is used once: no device shows a code that is taken twice.
    pub fn give(&self, profile: &str, code: String) {
        self.locked().codes.insert(profile.to_owned(), code);
    }

    /// Why keys could not be kept for the next run, told once.
    pub fn take_unkept(&self) -> Option<String> {
        self.locked().unkept.take()
    }

    pub(crate) fn code_of(&self, profile: &str) -> Option<String> {
        self.locked().codes.remove(profile)
    }

    /// The keys of a role that was taken in this run.
    pub(crate) fn keys_of(&self, profile: &str) -> Option<Credentials> {
        self.locked().keys.get(profile).cloned()
    }

    pub(crate) fn took(&self, profile: &str, keys: Credentials) {
        self.locked().keys.insert(profile.to_owned(), keys);
    }

    pub(crate) fn could_not_keep(&self, why: String) {
        self.locked().unkept.get_or_insert(why);
    }

    fn locked(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
