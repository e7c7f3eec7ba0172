//! Credentials, cached and refreshed: aws-config's own provider asks anew each time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;

use crate::secrets::Secrets;

/// Temporary keys are renewed when they have less than this left: the time that one request with
/// its retries normally takes, and what AWS's own tools call the mandatory window, halved.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The keys to sign with.
#[derive(Debug)]
pub(crate) struct Keys {
    provider: Option<SharedCredentialsProvider>,
    /// The debug form of [`Credentials`] hides the secret and the token.
    current: RwLock<Option<Credentials>>,
    /// One renewal at a time; the others wait for it.
    renewal: Mutex<()>,
    /// Told of all keys that there ever were.
    secrets: Arc<Secrets>,
}

impl Keys {
    /// Uses these for ever.
    pub(crate) fn fixed(credentials: Credentials, secrets: Arc<Secrets>) -> Self {
        let credentials = trimmed(credentials);
        secrets.learn_keys(&credentials);
        Self {
            secrets,
            provider: None,
            current: RwLock::new(Some(credentials)),
            renewal: Mutex::new(()),
        }
    }

    /// Asks the provider when there are none, or not for long.
    pub(crate) fn renewed_by(provider: SharedCredentialsProvider, secrets: Arc<Secrets>) -> Self {
        Self {
            secrets,
            provider: Some(provider),
            current: RwLock::new(None),
            renewal: Mutex::new(()),
        }
    }

    /// Whether they were given, and are never renewed.
    pub(crate) fn are_fixed(&self) -> bool {
        self.provider.is_none()
    }

    /// Returns keys that are valid now.
    pub(crate) async fn get(&self) -> Result<Credentials, CredentialsError> {
        if let Some(fresh) = self.current(RENEW_BEFORE) {
            return Ok(fresh);
        }
        let Some(provider) = &self.provider else {
            return Err(CredentialsError::not_loaded_no_source());
        };
        let _one_at_a_time = self.renewal.lock().await;
        if let Some(fresh) = self.current(RENEW_BEFORE) {
            return Ok(fresh);
        }
        match provider.provide_credentials().await {
            Ok(new) => {
                let new = checked(trimmed(new))?;
                self.secrets.learn_keys(&new);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(new.clone());
                Ok(new)
            }
            // Keys that still hold for a while are better than none.
            Err(error) => self.current(Duration::ZERO).ok_or(error),
        }
    }

    /// Forgets `refused`, which the store called expired; says whether there can be others.
    pub(crate) fn forget(&self, refused: &Credentials) -> bool {
        if self.provider.is_none() {
            return false;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| {
            current.access_key_id() == refused.access_key_id()
                && current.session_token() == refused.session_token()
        }) {
            *current = None;
        }
        true
    }

    fn current(&self, left: Duration) -> Option<Credentials> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |credentials: &&Credentials| match (credentials.expiry(), &self.provider) {
            (Some(expiry), Some(_)) => expiry > SystemTime::now() + left,
            _ => true,
        };
        current.as_ref().filter(holds).cloned()
    }
}

/// Keys without the white space that a paste or a file leaves at their ends: no key has any, and a line end can't
/// be signed (longhorn/longhorn#2226).
fn trimmed(keys: Credentials) -> Credentials {
    let is_trimmed = |text: &str| text.trim().len() == text.len();
    let (id, secret, token) = (
        keys.access_key_id(),
        keys.secret_access_key(),
        keys.session_token(),
    );
    if is_trimmed(id) && is_trimmed(secret) && token.is_none_or(is_trimmed) {
        return keys;
    }
    let token = token.map(|token| token.trim().to_owned());
    Credentials::new(id.trim(), secret.trim(), token, keys.expiry(), "trimmed")
}

/// Refuses keys that no header can carry: the id and the token go into one, the secret doesn't.
fn checked(keys: Credentials) -> Result<Credentials, CredentialsError> {
    let is_clean = |text: &str| text.chars().all(|c| c.is_ascii() && !c.is_control());
    let what = match keys.session_token() {
        _ if !is_clean(keys.access_key_id()) => "access key",
        Some(token) if !is_clean(token) => "session token",
        _ => return Ok(keys),
    };
    let why = format!(
        "the {what} has a character that no key has: a line end, or a letter that isn't ASCII"
    );
    Err(CredentialsError::invalid_configuration(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::future;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Gives keys that hold for `lifetime`, and counts.
    #[derive(Debug)]
    struct Counting {
        asked: Arc<AtomicU32>,
        lifetime: Duration,
    }

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async {
                let number = self.asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                let expiry = SystemTime::now() + self.lifetime;
                Ok(Credentials::new(
                    format!("key-{number}"),
                    "secret",
                    None,
                    Some(expiry),
                    "test",
                ))
            })
        }
    }

    fn keys(lifetime: Duration) -> (Arc<AtomicU32>, Keys) {
        let asked = Arc::new(AtomicU32::new(0));
        let provider = Counting {
            asked: asked.clone(),
            lifetime,
        };
        (
            asked,
            Keys::renewed_by(SharedCredentialsProvider::new(provider), Arc::default()),
        )
    }

    #[tokio::test]
    async fn many_requests_at_once_ask_the_provider_once() {
        let (asked, keys) = keys(Duration::from_secs(3600));
        let keys = Arc::new(keys);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let keys = keys.clone();
            all.spawn(async move { keys.get().await.unwrap().access_key_id().to_owned() });
        }
        let names = all.join_all().await;
        assert!(names.iter().all(|name| name == "key-0"), "{names:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn keys_that_end_soon_are_renewed() {
        let (asked, keys) = keys(RENEW_BEFORE / 2);
        keys.get().await.unwrap();
        assert_eq!(keys.get().await.unwrap().access_key_id(), "key-1");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn keys_that_the_store_calls_expired_are_asked_for_again_once() {
        let (_, keys) = keys(Duration::from_secs(3600));
        let first = keys.get().await.unwrap();
        assert!(keys.forget(&first));
        let second = keys.get().await.unwrap();
        assert!(
            keys.forget(&first),
            "another request was refused with the old keys"
        );
        assert_eq!(
            keys.get().await.unwrap().access_key_id(),
            second.access_key_id()
        );
        assert!(!Keys::fixed(first.clone(), Arc::default()).forget(&first));
    }
}
