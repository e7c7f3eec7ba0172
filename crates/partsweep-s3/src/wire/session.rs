//! Sessions with directory buckets of AWS: keys for one bucket and some minutes, which its requests are signed with.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use partsweep_core::{BucketName, Operation, StoreError};
use tokio::time::Instant;

use super::client::Client;
use super::request::S3Request;
use crate::address::zone::zone_of;
use crate::reply::headers::date;
use crate::xml::ReadError;
use crate::xml::session::{SessionKeys, read};

/// A session is renewed when it has less than this left, or half of its time if that is less: a request is signed when
/// its turn has come, and S3 looks at the session when it arrives.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// How long a session is good for where the answer doesn't say so that it can be believed.
const USUAL: Duration = Duration::from_secs(5 * 60);

/// What a session may do. A scan never has one that could change something (law 1).
const MODE: HeaderName = HeaderName::from_static("x-amz-create-session-mode");

/// A session is believed to hold for so long at least: what is asked for with one that ended before is asked anew.
const SHORTEST: Duration = Duration::from_secs(10);

/// Keys of a session, and for how long they are used.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The debug form of [`Credentials`] hides the secret and the token.
    pub(crate) keys: Credentials,
    renew_at: Instant,
    ends: Instant,
}

impl Session {
    /// One that was asked for then, and is good for so long.
    fn new(keys: Credentials, asked: Instant, length: Duration) -> Self {
        let length = length.clamp(SHORTEST, USUAL);
        let before = RENEW_BEFORE.min(length / 2);
        Self {
            keys,
            renew_at: asked + (length - before),
            ends: asked + length,
        }
    }

    fn is_fresh(&self) -> bool {
        self.renew_at > Instant::now()
    }

    /// Whether it is not to be used any more.
    pub(super) fn has_ended(&self) -> bool {
        self.ends <= Instant::now()
    }
}

/// The sessions of one client, by bucket, and by whether they may change something.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<(BucketName, bool), Arc<Kept>>>);

#[derive(Debug, Default)]
struct Kept {
    session: RwLock<Option<Session>>,
    /// One request for a new one at a time, however many wait for it: they share its failure, too.
    renewal: tokio::sync::Mutex<Option<(Instant, StoreError)>>,
}

impl Kept {
    fn last(&self) -> Option<Session> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        session.clone()
    }

    fn fresh(&self) -> Option<Session> {
        self.last().filter(Session::is_fresh)
    }

    fn put(&self, new: Option<Session>) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// The session that there is, or a new one.
    async fn get(
        &self,
        create: impl Future<Output = Result<Session, StoreError>>,
    ) -> Result<Session, StoreError> {
        if let Some(session) = self.fresh() {
            return Ok(session);
        }
        let asked = Instant::now();
        let mut failed = self.renewal.lock().await;
        if let Some(session) = self.fresh() {
            return Ok(session);
        }
        // It failed while this one waited for it.
        if let Some((_, error)) = failed.as_ref().filter(|(at, _)| *at > asked) {
            return Err(error.clone());
        }
        match create.await {
            Ok(session) => {
                self.put(Some(session.clone()));
                Ok(session)
            }
            Err(error) => {
                *failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

impl Sessions {
    fn of(&self, bucket: &BucketName, writes: bool) -> Arc<Kept> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((bucket.clone(), writes)).or_default())
    }

    /// Forgets the session whose keys these are; says whether there is one.
    pub(super) fn forget(&self, bucket: &BucketName, refused: &Credentials) -> bool {
        let is_of_session = |writes| {
            let kept = self.of(bucket, writes);
            let token = refused.session_token();
            let is_it = |session: &Session| session.keys.session_token() == token;
            let is_it = kept.last().as_ref().is_some_and(is_it);
            if is_it {
                kept.put(None);
            }
            is_it
        };
        // Both, whichever it is.
        is_of_session(false) | is_of_session(true)
    }
}

impl Client {
    /// The session that a request is signed with: none where it takes none.
    pub(super) async fn session_for(
        &self,
        ask: &S3Request<'_>,
    ) -> Result<Option<Session>, StoreError> {
        match ask.bucket {
            Some(bucket) if ask.takes_session() && self.is_directory_bucket(bucket) => {
                let session = self.session_of(bucket, ask.changes_something());
                session.await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Whether it is a directory bucket of AWS: elsewhere a name is a name.
    pub(crate) fn is_directory_bucket(&self, bucket: &BucketName) -> bool {
        zone_of(bucket.as_str()).is_some() && self.places.is_aws()
    }

    /// Asks for a session, which is a request like any other. Boxed, since that request is sent as this one is.
    fn session_of<'a>(
        &'a self,
        bucket: &'a BucketName,
        writes: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Session, StoreError>> + Send + 'a>> {
        Box::pin(async move {
            let kept = self.sessions.of(bucket, writes);
            kept.get(self.create_session(bucket, writes)).await
        })
    }

    /// The newest session by now, of which there was one before.
    pub(super) fn newest_session(&self, ask: &S3Request<'_>, before: Session) -> Session {
        let kept = ask
            .bucket
            .map(|bucket| self.sessions.of(bucket, ask.changes_something()));
        kept.and_then(|kept| kept.last()).unwrap_or(before)
    }

    async fn create_session(
        &self,
        bucket: &BucketName,
        writes: bool,
    ) -> Result<Session, StoreError> {
        let mode = if writes { "ReadWrite" } else { "ReadOnly" };
        let ask = S3Request::new(Operation::CreateSession, Method::GET, Some(bucket))
            .with_query("session")
            .with_headers([(MODE, mode.to_owned())]);
        let begun = Instant::now();
        let read = |headers: &HeaderMap, body: &Bytes| {
            let keys = read(body)?;
            // By the store's own clock: ours may be off.
            let left = keys
                .ends
                .zip(date(headers))
                .map(|(ends, now)| ends.duration_since(now));
            let left = left.and_then(|left| Duration::try_from(left).ok());
            Ok::<_, ReadError>((keys, left.unwrap_or(USUAL)))
        };
        let (
            SessionKeys {
                id, secret, token, ..
            },
            left,
        ) = self.send(&ask, read).await?;
        let keys = Credentials::new(id, secret, Some(token), None, "session");
        self.secrets.learn_keys(&keys);
        Ok(Session::new(keys, begun, left))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use partsweep_core::StoreErrorKind;

    use super::*;

    const BUCKET: &str = "b--use1-az4--x-s3";

    /// Counts the sessions that are asked for; each takes a moment.
    async fn create(
        asked: &AtomicU32,
        length: Duration,
        fails: bool,
    ) -> Result<Session, StoreError> {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        if fails {
            let kind = StoreErrorKind::Denied;
            return Err(StoreError::new(Operation::CreateSession, None, kind));
        }
        let token = Some(format!("token-{number}"));
        let keys = Credentials::new("id", "secret", token, None, "test");
        Ok(Session::new(keys, begun, length))
    }

    #[tokio::test(start_paused = true)]
    async fn many_requests_ask_for_one_session_and_share_its_failure() {
        for fails in [false, true] {
            let (kept, asked) = (Arc::new(Kept::default()), Arc::new(AtomicU32::new(0)));
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..50 {
                let (kept, asked) = (Arc::clone(&kept), Arc::clone(&asked));
                all.spawn(async move { kept.get(create(&asked, USUAL, fails)).await.is_err() });
            }
            assert_eq!(all.join_all().await, [fails; 50]);
            assert_eq!(asked.load(Ordering::SeqCst), 1);
            // Who comes later asks anew where it failed.
            let _ = kept.get(create(&asked, USUAL, fails)).await;
            assert_eq!(asked.load(Ordering::SeqCst), 1 + u32::from(fails));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_renewed_before_it_ends() {
        for (told, used) in [(300, 240), (60, 30), (0, 5), (1_000_000, 240)] {
            let (kept, asked) = (Kept::default(), AtomicU32::new(0));
            let length = Duration::from_secs(told);
            let session = kept.get(create(&asked, length, false)).await.unwrap();
            tokio::time::sleep(Duration::from_secs(used - 1)).await;
            kept.get(create(&asked, length, false)).await.unwrap();
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{told}");
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert!(!session.has_ended());
            kept.get(create(&asked, length, false)).await.unwrap();
            assert_eq!(asked.load(Ordering::SeqCst), 2, "{told}");
        }
    }

    #[tokio::test]
    async fn only_the_session_that_was_refused_is_forgotten() {
        let bucket = BucketName::new(BUCKET).unwrap();
        let (sessions, asked) = (Sessions::default(), AtomicU32::new(0));
        let get = async |writes| {
            let kept = sessions.of(&bucket, writes);
            kept.get(create(&asked, USUAL, false)).await.unwrap().keys
        };
        let (first, writing) = (get(false).await, get(true).await);
        assert!(sessions.forget(&bucket, &first));
        assert!(!sessions.forget(&bucket, &first), "it is gone");
        let second = get(false).await;
        assert_ne!(first.session_token(), second.session_token());
        assert_eq!(get(true).await.session_token(), writing.session_token());
        let others = Credentials::new("id", "secret", None, None, "test");
        assert!(!sessions.forget(&bucket, &others));
    }
}
