//! What `partsweep doctor` found out: facts, the lines that a person reads of them, and one document.
//!
//! | module | what it holds |
//! |---|---|
//! | [`lines`] | the settings, the connection and the store, each fact as a line with its mark |
//! | [`permissions`] | the lines on what the key may do |
//! | [`trust`] | the lines on what can be trusted at this store |
//! | [`table`] | the lines at a terminal |
//! | [`document`] | `partsweep.doctor/1` |
//! | [`policy`] | the least permissions that a key needs, in the language of its store |
//! | [`accounts`] | the accounts of this machine, as lines and as `partsweep.accounts/1` |

pub(crate) mod accounts;
pub(crate) mod document;
pub(crate) mod lines;
mod permissions;
pub(crate) mod policy;
pub(crate) mod table;
mod trust;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::recognise::Sign;
use partsweep_core::{Clock, MissingBuckets, Provider};
use partsweep_engine::doctor::{BucketAccess, Examination, Tried};

use crate::text::exit::Exit;

/// A setting in force.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its value; never a secret.
    pub(crate) value: String,
    /// Where it comes from, to follow a comma.
    pub(crate) from: String,
    /// Whether it won over another one, or the store corrected it.
    pub(crate) is_doubtful: bool,
}

/// All that was found out.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    /// The store's URL.
    pub(crate) endpoint: String,
    /// When the command began, by this machine's clock.
    pub(crate) started: Timestamp,
    /// When everything was known.
    pub(crate) finished: Timestamp,
    /// The settings in force.
    pub(crate) settings: Vec<Setting>,
    /// What is known of the store.
    pub(crate) provider: Provider,
    /// The name of the store that was named.
    pub(crate) named: Option<&'static str>,
    /// What it was recognized by.
    pub(crate) signs: Vec<(&'static str, Sign)>,
    /// Who owns the buckets.
    pub(crate) account: Option<String>,
    /// Who signs, as AWS STS says it, or why it doesn't; none at other stores.
    pub(crate) caller: Option<Result<String, String>>,
    /// What to do where there are no keys, so that nothing was asked.
    pub(crate) key_hints: Vec<String>,
    /// How far this machine's clock is ahead of the store's.
    pub(crate) clock_ahead: Option<SignedDuration>,
    /// The median time of an answer.
    pub(crate) round_trip: Option<Duration>,
    /// How many answers that is the median of.
    pub(crate) answers: usize,
    /// How its documents' times stand to its clock.
    pub(crate) document_clock: Clock,
    /// A date that can't be read.
    pub(crate) odd_date: Option<String>,
    /// What the requests showed.
    pub(crate) examination: Examination,
    /// Region and URL of each bucket that was tried.
    pub(crate) places: Vec<(Option<String>, Option<String>)>,
    /// Why the list of buckets is not known to be whole.
    pub(crate) missing: Option<MissingBuckets>,
    /// Whether buckets were named.
    pub(crate) is_named: bool,
    /// The options that lead to the same store, each with a space before it.
    pub(crate) options: String,
    /// The buckets that were named, as words for a shell, each with a space before it.
    pub(crate) targets: String,
    /// What is typed in front of a command.
    pub(crate) program: &'static str,
}

impl Diagnosis {
    /// There are no keys, and this is what to do about it.
    pub(crate) fn lacks_keys(&mut self, hints: Vec<String>) {
        if let Some(keys) = self.settings.iter_mut().find(|known| known.name == "keys") {
            keys.value = "none".to_owned();
            "so nothing was asked".clone_into(&mut keys.from);
            keys.is_doubtful = true;
        }
        self.key_hints = hints;
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        let Examination {
            buckets, access, ..
        } = &self.examination;
        let is_uncounted = self.examination.counts.as_ref();
        let is_uncounted = is_uncounted.is_some_and(Tried::is_trouble);
        let is_partial = is_uncounted
            || access.iter().any(BucketAccess::is_trouble)
            // As for a scan: sooner a wrong address than an account without a bucket left.
            || !access.is_empty() && access.iter().all(BucketAccess::is_gone)
            || buckets.is_err() && !self.is_named
            || matches!(self.missing, Some(MissingBuckets::Some(_)));
        match (self.examination.is_connected(), is_partial) {
            (false, _) => Exit::Failed,
            (true, true) => Exit::Partial,
            (true, false) => Exit::Done,
        }
    }

    /// The next command to type.
    pub(crate) fn next(&self) -> String {
        let Self {
            program,
            options,
            targets,
            ..
        } = self;
        let access = &self.examination.access;
        let lists_some = access
            .iter()
            .any(|bucket| matches!(bucket.list_uploads, Tried::Allowed));
        match (&self.examination.buckets, lists_some) {
            _ if !self.key_hints.is_empty() => format!("{program} doctor --settings"),
            _ if !self.examination.is_connected() => {
                format!("{program} doctor{options}{targets}")
            }
            (Err(_), false) if !self.is_named => format!("{program} doctor{options} s3://BUCKET"),
            (Ok(0), _) | (_, true) => format!("{program} scan{options}{targets}"),
            _ => format!("{program} doctor{options}{targets}"),
        }
    }
}
