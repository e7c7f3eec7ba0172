//! Who may come in, and what they may not do.

use std::collections::{HashMap, HashSet};

use crate::wire::operation::Operation;

/// An access key with its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The public half; also the name of the caller.
    pub access_key: String,
    /// The secret half.
    pub secret_key: String,
    /// The token of temporary credentials, which must then come with each request.
    pub session_token: Option<String>,
}

impl Credential {
    /// A credential without a session token.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            session_token: None,
        }
    }

    /// The one that a server has unless told otherwise.
    pub fn simulated() -> Self {
        Self::new(
            crate::access::rights::ACCESS_KEY,
            crate::access::rights::SECRET_KEY,
        )
    }
}

/// Leaves the secrets out.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

/// The credentials, and what each is denied. Everything is allowed at first.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    credentials: HashMap<String, Credential>,
    denied: HashSet<(String, Option<String>, Operation)>,
}

impl Rights {
    pub(crate) fn new(credentials: Vec<Credential>) -> Self {
        let credentials = credentials
            .into_iter()
            .map(|known| (known.access_key.clone(), known))
            .collect();
        Self {
            credentials,
            denied: HashSet::new(),
        }
    }

    pub(crate) fn add(&mut self, credential: Credential) {
        self.credentials
            .insert(credential.access_key.clone(), credential);
    }

    pub(crate) fn credential(&self, access_key: &str) -> Option<&Credential> {
        self.credentials.get(access_key)
    }

    /// Denies an operation in one bucket, or in all.
    pub(crate) fn deny(&mut self, access_key: &str, bucket: Option<&str>, operation: Operation) {
        self.denied
            .insert((access_key.to_owned(), bucket.map(str::to_owned), operation));
    }

    pub(crate) fn allow_all(&mut self, access_key: &str) {
        self.denied.retain(|(denied, _, _)| denied != access_key);
    }

    pub(crate) fn may(&self, access_key: &str, bucket: Option<&str>, operation: Operation) -> bool {
        if self.denied.is_empty() {
            return true;
        }
        let denied = |bucket: Option<&str>| {
            self.denied
                .contains(&(access_key.to_owned(), bucket.map(str::to_owned), operation))
        };
        !(denied(None) || bucket.is_some() && denied(bucket))
    }

    /// Whether a caller may do nothing at all in a bucket.
    pub(crate) fn may_nothing(&self, access_key: &str, bucket: &str) -> bool {
        Operation::ALL
            .into_iter()
            .all(|operation| !self.may(access_key, Some(bucket), operation))
    }
}

/// The access key that a server knows unless told otherwise.
pub const ACCESS_KEY: &str = "SIMSIMSIMSIMSIMSIMSIM";

/// Its secret key, which is none.
pub const SECRET_KEY: &str = "not-a-secret-only-a-simulation";

/// The canonical user id of the owner of all buckets.
pub(crate) const OWNER: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_denied_in_one_bucket_or_in_all() {
        let mut rights = Rights::new(vec![Credential::simulated()]);
        rights.deny("A", Some("b"), Operation::ListParts);
        rights.deny("A", None, Operation::ListBuckets);
        assert!(!rights.may("A", Some("b"), Operation::ListParts));
        assert!(rights.may("A", Some("c"), Operation::ListParts));
        assert!(rights.may("B", Some("b"), Operation::ListParts));
        assert!(!rights.may("A", None, Operation::ListBuckets));
        assert!(!rights.may_nothing("A", "b"));
    }

    #[test]
    fn a_credential_does_not_print_its_secret() {
        let shown = format!("{:?}", Credential::new("public", "hidden"));
        assert!(
            shown.contains("public") && !shown.contains("hidden"),
            "{shown}"
        );
    }
}
