//! `partsweep.journal/1`: the lines of a journal.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{OutcomeKind, SweepTotals, Terms};
use serde::{Deserialize, Serialize, Serializer};

use super::entries::{After, Before, JournalHeader};
use super::error::JournalError;
use super::outcome::OutcomeLine;
use crate::files::json;
use crate::files::lines::LONGEST_LINE;
use crate::files::records::{HeadRecord, Moment, SightRecord, SpareRecord, UploadRecord};

/// The name and version of the format (`docs/formats.md`).
pub const SCHEMA: &str = "partsweep.journal/1";

/// What a line that says that a journal was taken up again starts with: that line, too, may be cut.
pub(super) const RESUMED: &[u8] = br#"{"type":"resumed","#;

/// What the first line starts with, if this version wrote it.
pub(super) const HEADER: &[u8] = br#"{"type":"header","schema":"partsweep.journal/1","#;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum JournalLine<'a> {
    Header(JournalHeaderLine<'a>),
    Resumed { at: Moment, cut: bool },
    Plan(PlanLine<'a>),
    Before(BeforeLine<'a>),
    After(AfterLine<'a>),
    End { at: Moment, totals: TotalsRecord },
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct JournalHeaderLine<'a> {
    schema: Cow<'a, str>,
    endpoint: Cow<'a, str>,
    account: Option<Cow<'a, str>>,
    plan: Cow<'a, str>,
    plan_file: Option<Cow<'a, str>>,
    started: Moment,
    older_than_seconds: i64,
    include_finished: bool,
}

/// One more plan that was agreed to in the same run: its uploads are numbered from `first`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PlanLine<'a> {
    at: Moment,
    plan: Cow<'a, str>,
    pub(super) first: u64,
}

/// What is about to be done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one is held at a time")]
pub(super) enum BeforeLine<'a> {
    Abort {
        number: u64,
        at: Moment,
        #[serde(flatten)]
        upload: UploadRecord<'a>,
        object: SightRecord<'a>,
    },
    Repair {
        number: u64,
        at: Moment,
        object: HeadRecord<'a>,
        spare: SpareRecord,
    },
    Rewrite {
        number: u64,
        at: Moment,
        object: HeadRecord<'a>,
    },
}

/// What was done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one is held at a time")]
pub(super) enum AfterLine<'a> {
    Aborted {
        number: u64,
        at: Moment,
    },
    SpareGone {
        number: u64,
        at: Moment,
        spare: SpareRecord,
    },
    Untouched {
        number: u64,
        at: Moment,
    },
    Outcome(OutcomeLine<'a>),
}

/// Sums over a sweep, as its end tells them. Of those, only the objects in danger are read again.
#[derive(Debug, Deserialize)]
pub(super) struct TotalsRecord {
    #[serde(skip_deserializing)]
    totals: SweepTotals,
    at_risk: u64,
    unverified: u64,
}

impl Serialize for TotalsRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let freed = ("bytes_freed", self.totals.bytes_freed);
        serializer.collect_map(self.totals.by_code().chain([freed]))
    }
}

impl<'a> JournalLine<'a> {
    pub(super) fn header(header: &'a JournalHeader) -> Self {
        let older_than = header.terms.older_than;
        // Up, never down: a resumed sweep must not take what this one would have kept.
        let up = i64::from(older_than.subsec_nanos() > 0);
        Self::Header(JournalHeaderLine {
            schema: SCHEMA.into(),
            endpoint: header.endpoint.as_str().into(),
            account: header.account.as_deref().map(Cow::Borrowed),
            plan: header.plan.as_str().into(),
            plan_file: header.plan_file.as_deref().map(Cow::Borrowed),
            started: Moment(header.started),
            older_than_seconds: older_than.as_secs().saturating_add(up),
            include_finished: header.terms.include_finished,
        })
    }

    pub(super) fn resumed(at: Timestamp, cut: bool) -> Self {
        Self::Resumed {
            at: Moment(at),
            cut,
        }
    }

    pub(super) fn plan(at: Timestamp, digest: &'a str, first: u64) -> Self {
        Self::Plan(PlanLine {
            at: Moment(at),
            plan: digest.into(),
            first,
        })
    }

    /// `first`: the number of the first upload of the plan at hand.
    pub(super) fn before(at: Timestamp, first: u64, act: &Before<'a>) -> Self {
        let at = Moment(at);
        Self::Before(match *act {
            Before::Abort { upload, object } => BeforeLine::Abort {
                number: first + upload.number(),
                at,
                upload: upload.planned().into(),
                object: object.into(),
            },
            Before::Repair {
                number,
                object,
                spare,
            } => BeforeLine::Repair {
                number: first + number,
                at,
                object: object.into(),
                spare: SpareRecord(spare.clone()),
            },
            Before::Rewrite { number, object } => BeforeLine::Rewrite {
                number: first + number,
                at,
                object: object.into(),
            },
        })
    }

    /// `None` for an upload whose turn did not come.
    pub(super) fn after(at: Timestamp, first: u64, done: &After<'a>) -> Option<Self> {
        let moment = Moment(at);
        Some(Self::After(match *done {
            After::Aborted { number } => AfterLine::Aborted {
                number: first + number,
                at: moment,
            },
            After::SpareGone { number, spare } => AfterLine::SpareGone {
                number: first + number,
                at: moment,
                spare: SpareRecord(spare.clone()),
            },
            After::Untouched { number } => AfterLine::Untouched {
                number: first + number,
                at: moment,
            },
            After::Outcome(swept) => {
                let mut line = OutcomeLine::new(at, swept)?;
                line.number += first;
                AfterLine::Outcome(line)
            }
        }))
    }

    pub(super) fn end(at: Timestamp, totals: &SweepTotals) -> Self {
        Self::End {
            at: Moment(at),
            totals: TotalsRecord {
                totals: *totals,
                at_risk: totals[OutcomeKind::AtRisk],
                unverified: totals[OutcomeKind::Unverified],
            },
        }
    }
}

impl TotalsRecord {
    /// Whether no object was in danger at the end.
    pub(super) fn is_harmless(&self) -> bool {
        self.at_risk + self.unverified == 0
    }
}

impl JournalHeaderLine<'_> {
    /// Whether this version can read what follows.
    pub(super) fn is_known(&self) -> bool {
        self.schema == SCHEMA
    }

    pub(super) fn header(self) -> JournalHeader {
        JournalHeader {
            endpoint: self.endpoint.into_owned(),
            account: self.account.map(Cow::into_owned),
            plan: self.plan.into_owned(),
            plan_file: self.plan_file.map(Cow::into_owned),
            started: self.started.0,
            terms: Terms {
                older_than: SignedDuration::from_secs(self.older_than_seconds),
                include_finished: self.include_finished,
            },
        }
    }
}

/// The bytes of a line, with its end.
pub(super) fn write(line: &JournalLine<'_>) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Vec::with_capacity(512);
    json::write(&mut bytes, line)
        .map_err(|error| JournalError::io(super::Attempt::Write)(error.into()))?;
    bytes.push(b'\n');
    if bytes.len() > LONGEST_LINE {
        return Err(JournalError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}
