//! The end of one upload, as a journal writes it.

use std::borrow::Cow;

use jiff::Timestamp;
use partsweep_core::{KeepReason, Outcome, OutcomeKind, SweptUpload};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::files::records::{HeadRecord, Moment, SpareRecord};

/// The words of a store's error that are kept, in characters: its operation, code and request id
/// come first.
const LONGEST_ERROR: usize = 2_000;

/// The end of one upload.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OutcomeLine<'a> {
    pub(super) number: u64,
    at: Moment,
    bucket: Cow<'a, str>,
    key: Cow<'a, str>,
    upload_id: Cow<'a, str>,
    pub(super) outcome: OutcomeWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    because: Option<Cow<'a, str>>,
    pub(super) bytes_freed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<HeadRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spare: Option<SpareRecord>,
}

/// An outcome as its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutcomeWord(pub(super) OutcomeKind);

impl Serialize for OutcomeWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl<'de> Deserialize<'de> for OutcomeWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        let kind = OutcomeKind::ALL
            .into_iter()
            .find(|kind| kind.code() == word);
        kind.map(Self)
            .ok_or_else(|| D::Error::custom("an unknown outcome"))
    }
}

impl<'a> OutcomeLine<'a> {
    pub(super) fn new(at: Timestamp, swept: &'a SweptUpload) -> Option<Self> {
        let address = &swept.planned.upload.address;
        let at_risk = match &swept.outcome {
            Outcome::NotReached => return None,
            Outcome::AtRisk(at_risk) => Some(at_risk),
            _ => None,
        };
        let error = swept.outcome.error();
        let spare = at_risk.and_then(|at_risk| at_risk.spare.as_ref());
        Some(Self {
            number: swept.number,
            at: Moment(at),
            bucket: address.bucket.as_str().into(),
            key: address.key.as_str().into(),
            upload_id: address.id.as_str().into(),
            outcome: OutcomeWord(swept.outcome.kind()),
            because: swept.outcome.because().map(Cow::Borrowed),
            bytes_freed: swept.bytes_freed(),
            error: error.map(|error| error.to_string().chars().take(LONGEST_ERROR).collect()),
            object: at_risk.map(|at_risk| (&at_risk.object).into()),
            spare: spare.map(|spare| SpareRecord(spare.name.clone())),
        })
    }
}

impl OutcomeLine<'_> {
    /// Whether there is nothing left to do. A sweep that goes on tries the others again: nothing
    /// of them is counted, and what was sent is in doubt.
    pub(super) fn is_final(&self) -> bool {
        match self.outcome.0 {
            OutcomeKind::Failed
            | OutcomeKind::PartsRemain
            | OutcomeKind::AtRisk
            | OutcomeKind::Unverified => false,
            // For what could not be learned, and can be the next time.
            OutcomeKind::Kept => !self.because.as_deref().is_some_and(is_unclear),
            _ => true,
        }
    }

    /// Whether an object may be in danger all the same.
    pub(super) fn is_danger(&self) -> bool {
        matches!(
            self.outcome.0,
            OutcomeKind::AtRisk | OutcomeKind::Unverified
        )
    }
}

/// Whether an upload is kept for what was not known.
fn is_unclear(because: &str) -> bool {
    [
        KeepReason::AgeUnknown,
        KeepReason::ClockUnproven,
        KeepReason::ObjectNotVisible,
    ]
    .iter()
    .any(|reason| reason.code() == because)
}
