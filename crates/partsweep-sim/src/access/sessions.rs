//! Sessions with directory buckets of AWS.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::rights::Credential;

/// Keys that are good for one bucket and some time.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Its token comes in a header of its own.
    pub(crate) credential: Credential,
    /// Whose rights it has.
    pub(crate) caller: String,
    pub(crate) bucket: String,
    /// Whether it may change something.
    pub(crate) writes: bool,
    pub(crate) ends: Timestamp,
}

/// How long they are good for.
const LENGTH: SignedDuration = SignedDuration::from_mins(5);

/// All sessions that there ever were, by access key.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_key: HashMap<String, Session>,
}

impl Sessions {
    pub(crate) fn get(&self, access_key: &str) -> Option<&Session> {
        self.by_key.get(access_key)
    }

    /// Begins a session.
    pub(crate) fn begin(
        &mut self,
        caller: &str,
        bucket: &str,
        writes: bool,
        now: Timestamp,
    ) -> Session {
        let number = self.by_key.len();
        let mut credential = Credential::new(
            format!("SESSIONKEYOFSIM{number:05}"),
            format!("a-session-secret-of-{bucket}-{number:05}"),
        );
        credential.session_token = Some(format!("a-session-token-of-{bucket}-{number:05}"));
        let session = Session {
            credential,
            caller: caller.to_owned(),
            bucket: bucket.to_owned(),
            writes,
            ends: now + LENGTH,
        };
        let name = session.credential.access_key.clone();
        self.by_key.insert(name, session.clone());
        session
    }
}
