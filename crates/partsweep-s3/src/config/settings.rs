//! What the caller gives; the rest comes from the environment and the profile.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use aws_credential_types::Credentials;

use crate::config::mfa_answers::MfaAnswers;
use crate::config::observer::RequestObserver;

/// The region where none is named: AWS's first, and what most other stores take for their own.
pub(crate) const USUAL_REGION: &str = "us-east-1";

/// Refuses what can't become part of signatures and of host names. Empty is no region, as in the environment.
///
/// # Errors
///
/// What a region has.
pub fn check_region(text: &str) -> Result<(), &'static str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match text.chars().all(is_part) {
        true => Ok(()),
        false => Err("a region has letters, digits, `-`, `_` and `.` only"),
    }
}

/// How to reach a store. Everything that is `None` is looked up where the AWS tools look it up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile; else `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// The store's URL; else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's `services`
    /// section, the profile's `endpoint_url`; else AWS.
    pub endpoint_url: Option<String>,
    /// PEM file of the certificates to trust; else `AWS_CA_BUNDLE`, the profile's `ca_bundle`, else those of the system.
    pub ca_bundle: Option<PathBuf>,
    /// Where the keys come from, if it isn't where the AWS tools look, for whoever tells of it. Changes nothing.
    pub keys_from: Option<String>,
    /// The file that they are in. Changes nothing.
    pub keys_file: Option<PathBuf>,
    /// Whether the endpoint comes from there, too. Changes nothing.
    pub endpoint_from_there: bool,
    /// Where the endpoint stands, if that is a default and the profile was named before it: then the profile's own is
    /// told, too. Changes nothing.
    pub endpoint_by_default: Option<String>,
    /// What a person called the store, for whoever tells of it. Changes nothing.
    pub store_name: Option<String>,
    /// Amazon S3 was named: no endpoint that is configured counts.
    pub amazon_s3: bool,
    /// The region; else `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`; else
    /// `us-east-1`. A bucket's own region is found by itself.
    pub region: Option<String>,
    /// Whether a bucket is taken to be in that region if a request that was signed for it is a success and nothing else is
    /// known: Amazon S3 behind another address. Prices depend on it, and no request does.
    pub trusts_region: bool,
    /// How a bucket is named in the URL; else the profile's `s3 = addressing_style`; else
    /// [`Addressing::Auto`].
    pub addressing: Option<Addressing>,
    /// Requests in flight at most, over all buckets; 0 counts as 1.
    pub concurrency: usize,
    /// Requests begun in any second at most; 0 for no limit but the store's.
    pub rps: u32,
    /// Keys to use instead of the AWS chain.
    pub keys: Option<StaticKeys>,
    /// The codes of devices that roles of the profile ask for, and what came of them. Copies share it.
    pub mfa: MfaAnswers,
    /// Reads no environment variable and no file: needs `endpoint_url` and `keys`, uses no proxy.
    /// Only an https endpoint still has the system's certificates loaded.
    pub isolated: bool,
    /// When to give up.
    pub timeouts: Timeouts,
    /// Where answers wait that are too long for memory; else where the system keeps temporary files.
    pub scratch: Option<PathBuf>,
    /// Told of each request to the store as it ends; `None` costs a branch.
    pub observer: Option<RequestObserver>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: None,
            endpoint_url: None,
            ca_bundle: None,
            keys_from: None,
            keys_file: None,
            endpoint_from_there: false,
            endpoint_by_default: None,
            store_name: None,
            amazon_s3: false,
            region: None,
            trusts_region: false,
            addressing: None,
            concurrency: 64,
            rps: 0,
            keys: None,
            mfa: MfaAnswers::default(),
            isolated: false,
            timeouts: Timeouts::default(),
            scratch: None,
            observer: None,
        }
    }
}

/// How a bucket is named in the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// As a host where AWS takes it, in the path everywhere else.
    Auto,
    /// `https://host/bucket/key`
    Path,
    /// `https://bucket.host/key`
    Virtual,
}

impl FromStr for Addressing {
    type Err = UnknownAddressing;

    /// Reads `auto`, `path` or `virtual`, the words of the AWS configuration file.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "path" => Ok(Self::Path),
            "virtual" => Ok(Self::Virtual),
            _ => Err(UnknownAddressing),
        }
    }
}

/// A word that is not an addressing style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the addressing style is one of auto, path and virtual")]
pub struct UnknownAddressing;

/// An access key that was typed or made up, instead of one from the AWS chain.
#[derive(Clone)]
pub struct StaticKeys {
    credentials: Credentials,
}

impl StaticKeys {
    /// Takes access key id, secret access key and, for temporary keys, the session token.
    ///
    /// The strings are wiped from memory when the last copy is dropped.
    pub fn new(
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        session_token: Option<String>,
    ) -> Self {
        Self {
            credentials: Credentials::new(access_key, secret_key, session_token, None, "given"),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }
}

/// Shows that there are keys, and nothing of them: even an access key id tells an account.
impl fmt::Debug for StaticKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticKeys(..)")
    }
}

/// How many times the time without progress an abort may take: 15 minutes by default.
const SILENT_WORK: u32 = 15;

/// When to give up on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection, name look-up, proxy and TLS included.
    pub connect: Duration,
    /// Without progress: until an answer starts, between two pieces of it, or while it comes in
    /// drips; over all attempts of a request that looks.
    pub read: Duration,
    /// One attempt as a whole.
    pub request: Duration,
    /// One attempt of an abort, silent until its end: 6,000 parts took 23 s on Ceph (measured),
    /// and an upload can have 10,000.
    pub abort: Duration,
    /// One attempt of a copy, or of putting parts together, silent until its end: where the store
    /// moves the data of a copy, 5 GiB take minutes.
    pub copy: Duration,
    /// All attempts of one request and the waits between them.
    pub total: Duration,
    /// Without an answer to any request, from the first that failed: then the store is given up. Until
    /// then one that has answered before is waited for where nothing listens, but not by aborts.
    pub silence: Duration,
}

impl Timeouts {
    /// Longer than any answer took that was seen to come: a listing of a loaded Ceph needs half of it.
    const WITHOUT_PROGRESS: Duration = Duration::from_secs(60);

    /// Gives up on a request, and on the store, after so long without progress. An abort, which a
    /// store does in silence, has fifteen times as long; what saves an object keeps its own time.
    #[must_use]
    pub fn without_progress(self, longest: Duration) -> Self {
        Self {
            read: longest,
            silence: longest,
            connect: self.connect.min(longest),
            request: self.request.max(longest),
            total: self.total.max(2 * longest),
            abort: self.abort.min(SILENT_WORK * longest),
            ..self
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Self::WITHOUT_PROGRESS,
            request: Duration::from_secs(5 * 60),
            abort: Duration::from_secs(15 * 60),
            copy: Duration::from_secs(15 * 60),
            // Room for the longest attempt, and before it another region and new keys.
            total: Duration::from_secs(30 * 60),
            // A gateway that restarts is back by then.
            silence: Self::WITHOUT_PROGRESS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_has_fifteen_times_the_time_without_progress() {
        let of = |seconds| Timeouts::default().without_progress(Duration::from_secs(seconds));
        let usual = Timeouts::default();
        assert_eq!((of(60).abort, of(600).abort), (usual.abort, usual.abort));
        assert_eq!(of(3).abort, Duration::from_secs(45));
        assert_eq!(
            of(3).copy,
            usual.copy,
            "what saves an object keeps its time"
        );
    }

    #[test]
    fn settings_show_no_keys() {
        let settings = Settings {
            keys: Some(StaticKeys::new(
                "AKIDEXAMPLE",
                "sec-ret",
                Some("tok-en".into()),
            )),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        for secret in ["AKIDEXAMPLE", "sec-ret", "tok-en"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
