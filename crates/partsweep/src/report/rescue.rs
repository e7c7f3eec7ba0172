//! `partsweep.rescue/1`: one upload and what came of it, or the uploads that look complete.

use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    Activity, DefaultRetention, Footprint, ObjectHead, RescueLook, ResumePlan, RetentionLength,
    StoreError, StoreErrorKind, Upload, UploadAddress,
};
use partsweep_engine::Finding;
use partsweep_engine::rescue::SentSoFar;
use serde::Serialize;

use crate::report::schema::json::{self, Moment};
use crate::report::schema::upload::at_least;

const SCHEMA: &str = "partsweep.rescue/1";

/// What both documents begin with.
#[derive(Debug, Serialize)]
pub(crate) struct RescueHeadRecord {
    schema: &'static str,
    /// `upload` or `list`.
    kind: &'static str,
    endpoint: String,
    started: Moment,
}

impl RescueHeadRecord {
    /// Of one upload, or of a list.
    pub(crate) fn new(kind: &'static str, endpoint: &str) -> Self {
        Self {
            schema: SCHEMA,
            kind,
            endpoint: endpoint.to_owned(),
            started: Moment(Timestamp::now()),
        }
    }
}

/// The upload, as the first look showed it.
#[derive(Debug, Serialize)]
struct RescueUploadRecord {
    bucket: String,
    key: String,
    upload_id: String,
    initiated: Option<Moment>,
    newest_part: Option<Moment>,
    parts: Option<u64>,
    parts_at_least: Option<u64>,
    bytes: Option<u64>,
    bytes_at_least: Option<u64>,
    /// The ETag that an object of these parts has.
    etag: Option<String>,
}

/// An object, as the store shows it.
#[derive(Debug, Serialize)]
struct RescueObjectRecord {
    bytes: Option<u64>,
    etag: Option<String>,
    last_modified: Option<Moment>,
    version: Option<String>,
}

impl RescueObjectRecord {
    fn of(object: &ObjectHead) -> Self {
        Self {
            bytes: object.bytes,
            etag: object.etag.clone(),
            last_modified: object.last_modified.map(Moment),
            version: object.version.as_deref().map(str::to_owned),
        }
    }
}

/// What is at the key.
#[derive(Debug, Serialize)]
struct AtKeyRecord {
    /// `none`, `object` or `not_visible`.
    state: &'static str,
    object: Option<RescueObjectRecord>,
    versions_below: Option<usize>,
}

/// How the bucket locks each new object.
#[derive(Debug, Serialize)]
struct ObjectLockRecord {
    /// `locks`, `none`, `unsupported` or `not_visible`.
    state: &'static str,
    /// `compliance` or `governance`.
    mode: Option<&'static str>,
    days: Option<u32>,
    years: Option<u32>,
}

/// What stands against it.
#[derive(Debug, Serialize)]
struct RescueReasonRecord {
    code: &'static str,
    text: String,
}

/// What is sent of a file.
#[derive(Debug, Serialize)]
struct RescueResumeRecord {
    file: String,
    file_bytes: u64,
    part_bytes: u64,
    parts: u64,
    send_parts: usize,
    send_bytes: u64,
    /// What of it has arrived; nothing was sent in a dry run, or after a refusal.
    sent_parts: u64,
    sent_bytes: u64,
}

/// One of several uploads of the key.
#[derive(Debug, Serialize)]
struct RescueChoiceRecord {
    upload_id: String,
    initiated: Option<Moment>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct RescueEnding {
    /// The word for it.
    pub(crate) outcome: &'static str,
    /// What the object is verified by: `size_and_etag`, `size_and_answer` or `size_and_parts`.
    pub(crate) verified_by: Option<&'static str>,
    /// Whether it is the current version at its key.
    pub(crate) is_current: Option<bool>,
    /// The object that is there.
    pub(crate) object: Option<ObjectHead>,
}

/// One upload.
#[derive(Debug, Serialize)]
pub(crate) struct RescueReport {
    #[serde(flatten)]
    head: RescueHeadRecord,
    upload: Option<RescueUploadRecord>,
    at_key: Option<AtKeyRecord>,
    /// How the bucket locks the object; null if nothing was looked at.
    object_lock: Option<ObjectLockRecord>,
    choice: Vec<RescueChoiceRecord>,
    resume: Option<RescueResumeRecord>,
    reasons: Vec<RescueReasonRecord>,
    outcome: &'static str,
    verified_by: Option<&'static str>,
    is_current: Option<bool>,
    object: Option<RescueObjectRecord>,
    record: Option<String>,
    error: Option<String>,
}

impl RescueReport {
    /// Of nothing that was seen yet.
    pub(crate) fn new(endpoint: &str) -> Self {
        Self {
            head: RescueHeadRecord::new("upload", endpoint),
            upload: None,
            at_key: None,
            object_lock: None,
            choice: Vec::new(),
            resume: None,
            reasons: Vec::new(),
            outcome: "failed",
            verified_by: None,
            is_current: None,
            object: None,
            record: None,
            error: None,
        }
    }

    /// Takes what the first look showed.
    pub(crate) fn seen(&mut self, look: &RescueLook) {
        let address = &look.upload.address;
        let (parts, bytes) = (look.footprint.parts, look.footprint.bytes);
        self.upload = Some(RescueUploadRecord {
            bucket: address.bucket.as_str().to_owned(),
            key: address.key.as_str().to_owned(),
            upload_id: address.id.as_str().to_owned(),
            initiated: look.upload.initiated.map(Moment),
            newest_part: look.footprint.newest_part.map(Moment),
            parts: parts.exact(),
            parts_at_least: at_least(parts),
            bytes: bytes.exact(),
            bytes_at_least: at_least(bytes),
            etag: look.completed_etag.as_deref().map(str::to_owned),
        });
        let (state, object) = match &look.object {
            ObjectSight::Absent => ("none", None),
            ObjectSight::NotVisible => ("not_visible", None),
            ObjectSight::Present(object) => ("object", Some(RescueObjectRecord::of(object))),
        };
        let versions_below = look.older.shown().map(<[_]>::len);
        self.at_key = Some(AtKeyRecord {
            state,
            object,
            versions_below,
        });
    }

    /// Takes how the bucket locks the object.
    pub(crate) fn locks(&mut self, seen: &Result<Option<DefaultRetention>, StoreError>) {
        let retention = seen.as_ref().ok().copied().flatten();
        let (days, years) = match retention.map(|retention| retention.length) {
            Some(RetentionLength::Days(days)) => (Some(days), None),
            Some(RetentionLength::Years(years)) => (None, Some(years)),
            None => (None, None),
        };
        let mode = retention.map(|retention| match retention.is_compliance {
            true => "compliance",
            false => "governance",
        });
        let state = match seen {
            Ok(Some(_)) => "locks",
            Ok(None) => "none",
            Err(error) if error.kind == StoreErrorKind::Unsupported => "unsupported",
            // Nothing is taken for none that couldn't be seen (law 8).
            Err(_) => "not_visible",
        };
        self.object_lock = Some(ObjectLockRecord {
            state,
            mode,
            days,
            years,
        });
    }

    /// Takes the uploads of the key, where nobody chose between them.
    pub(crate) fn several(&mut self, uploads: &[Upload]) {
        let choice = uploads.iter().map(|upload| RescueChoiceRecord {
            upload_id: upload.address.id.as_str().to_owned(),
            initiated: upload.initiated.map(Moment),
        });
        self.choice = choice.collect();
        self.outcome = "refused";
    }

    /// Takes what would be sent of a file.
    pub(crate) fn resumes(&mut self, plan: &ResumePlan, file: String) {
        let layout = plan.layout();
        self.resume = Some(RescueResumeRecord {
            file,
            file_bytes: layout.file(),
            part_bytes: layout.size(),
            parts: layout.count(),
            send_parts: plan.missing().len(),
            send_bytes: plan.missing_bytes(),
            sent_parts: 0,
            sent_bytes: 0,
        });
    }

    /// Takes what has arrived of it.
    pub(crate) fn sent(&mut self, so_far: &SentSoFar) {
        if let Some(resume) = &mut self.resume {
            (resume.sent_parts, resume.sent_bytes) = so_far.arrived();
        }
    }

    /// Takes a reason against it.
    pub(crate) fn refused(&mut self, code: &'static str, text: &str) {
        let text = text.to_owned();
        self.reasons.push(RescueReasonRecord { code, text });
        self.outcome = "refused";
    }

    /// Takes where the record is.
    pub(crate) fn recorded(&mut self, path: String) {
        self.record = Some(path);
    }

    /// Takes what came of it.
    pub(crate) fn ended(&mut self, ending: &RescueEnding) {
        self.outcome = ending.outcome;
        self.verified_by = ending.verified_by;
        self.is_current = ending.is_current;
        self.object = ending.object.as_ref().map(RescueObjectRecord::of);
    }

    /// Takes why it ended early.
    pub(crate) fn failed(&mut self, line: String) {
        self.error = Some(line);
    }

    /// Writes the document, if anything was seen.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.upload.is_none() && self.choice.is_empty() {
            return Ok(());
        }
        write_document(out, self)
    }
}

/// One upload of a list.
#[derive(Debug, Serialize)]
pub(crate) struct RescueListedRecord {
    bucket: String,
    key: String,
    upload_id: String,
    initiated: Option<Moment>,
    last_activity: Option<Moment>,
    parts: Option<u64>,
    parts_at_least: Option<u64>,
    bytes: Option<u64>,
    bytes_at_least: Option<u64>,
    /// `complete`, `may_be_complete`, `parts_missing`, `not_complete` or `unknown`.
    looks: &'static str,
    /// Whether the key has others, or that isn't known.
    has_others: bool,
    /// Why it isn't complete, or isn't surely.
    reasons: Vec<&'static str>,
    /// What completes it, as it is typed.
    command: Option<String>,
    error: Option<String>,
}

/// How an upload of a list looks.
#[derive(Debug)]
pub(crate) struct Looks {
    /// The word for it.
    pub(crate) word: &'static str,
    /// Whether the key has others, or that isn't known.
    pub(crate) has_others: bool,
    /// The words for what stands against it.
    pub(crate) reasons: Vec<&'static str>,
    /// What completes it.
    pub(crate) command: Option<String>,
    /// Why it could not be seen.
    pub(crate) error: Option<String>,
}

impl RescueListedRecord {
    /// Of an upload that a scan found.
    pub(crate) fn of(finding: &Finding, looks: Looks) -> Self {
        let UploadAddress { bucket, key, id } = &finding.upload.address;
        let last_activity = match finding.last_activity {
            Activity::At(time) => Some(Moment(time)),
            Activity::Unknown => None,
        };
        let Footprint { parts, bytes, .. } = finding.footprint;
        Self {
            bucket: bucket.as_str().to_owned(),
            key: key.as_str().to_owned(),
            upload_id: id.as_str().to_owned(),
            initiated: finding.upload.initiated.map(Moment),
            last_activity,
            parts: parts.exact(),
            parts_at_least: at_least(parts),
            bytes: bytes.exact(),
            bytes_at_least: at_least(bytes),
            looks: looks.word,
            has_others: looks.has_others,
            reasons: looks.reasons,
            command: looks.command,
            error: looks.error,
        }
    }
}

/// The uploads that were looked at.
#[derive(Debug, Serialize)]
pub(crate) struct RescueListRecord {
    #[serde(flatten)]
    pub(crate) head: RescueHeadRecord,
    pub(crate) quiet_for_seconds: i64,
    pub(crate) uploads: Vec<RescueListedRecord>,
    /// Uploads with parts that were active lately.
    pub(crate) active: u64,
    /// Smaller ones, beyond the most that are looked at.
    pub(crate) not_looked_at: u64,
    /// All buckets could be listed to their end, as far as can be seen.
    pub(crate) listing_complete: bool,
}

/// Writes a document on a line of its own.
pub(crate) fn write_document(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    json::write(out, document)?;
    out.write_all(b"\n")?;
    out.flush()
}
