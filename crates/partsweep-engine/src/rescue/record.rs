//! What is completed, on disk before the request leaves (law 7).

use std::fs::{File, TryLockError};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use partsweep_core::{
    ApprovedRescue, FilePart, ObjectHead, OwnParts, ResumePlan, UploadAddress, UploadId,
};
use serde::{Deserialize, Serialize};

use super::source::SourceFile;
use crate::files::on_disk::LineFile;
use crate::files::records::Moment;

/// The name of the format, and its version.
const FORMAT: &str = "partsweep.rescue-record/1";

/// The first line: of which store it is.
#[derive(Debug, Clone, Serialize)]
pub struct RescueHeader {
    format: &'static str,
    /// When it was begun: RFC 3339, UTC.
    started: String,
    endpoint: String,
    account: Option<String>,
}

impl RescueHeader {
    /// A header.
    pub fn new(started: Timestamp, endpoint: &str, account: Option<&str>) -> Self {
        Self {
            format: FORMAT,
            started: started.to_string(),
            endpoint: endpoint.to_owned(),
            account: account.map(str::to_owned),
        }
    }
}

#[derive(Serialize)]
struct CompleteLine<'a> {
    bucket: &'a str,
    key: &'a str,
    upload_id: &'a str,
    parts: usize,
    bytes: u64,
    /// The ETag that the object should have; null if the parts' ETags are no MD5s.
    etag: Option<&'a str>,
    /// The ETag of the object that is replaced; null for none.
    replaces: Option<&'a str>,
}

#[derive(Serialize)]
struct ResumeLine<'a> {
    bucket: &'a str,
    key: &'a str,
    upload_id: &'a str,
    file: String,
    /// Of the whole file.
    file_bytes: u64,
    send_parts: usize,
    send_bytes: u64,
}

/// A part that is about to be sent.
#[derive(Serialize, Deserialize)]
struct PartLine {
    upload_id: String,
    part: u32,
    bytes: u64,
    /// The ETag that it should have: its MD5, in hexadecimal.
    etag: String,
    /// When it was about to be sent, or had arrived: RFC 3339, UTC, by the clock of this machine.
    at: Moment,
    /// The store has it.
    arrived: bool,
}

#[derive(Serialize)]
struct RescueEndLine<'a> {
    upload_id: &'a str,
    outcome: &'a str,
    /// The ETag of the object that is there now.
    etag: Option<&'a str>,
    version: Option<&'a str>,
}

/// A file that is being written. Only this user can read it.
#[derive(Debug)]
pub struct RescueFile(LineFile);

impl RescueFile {
    /// Makes the file, with the folders above it. Fails if there is one by this name.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn create(path: &Path, header: &RescueHeader) -> io::Result<Self> {
        LineFile::create(path, header).map(Self)
    }

    /// Goes on with a file that is open for appending.
    pub fn on(file: std::fs::File) -> Self {
        Self(LineFile::on(file))
    }

    /// Writes down what is to be completed. On disk when this returns.
    pub(super) fn will_complete(&self, rescue: &ApprovedRescue) -> io::Result<()> {
        let address = rescue.address();
        self.0.add(&CompleteLine {
            bucket: address.bucket.as_str(),
            key: address.key.as_str(),
            upload_id: address.id.as_str(),
            parts: rescue.count(),
            bytes: rescue.bytes(),
            etag: rescue.etag(),
            replaces: rescue.replaces().and_then(|object| object.etag.as_deref()),
        })
    }

    /// Writes down that parts of a file are to be sent. On disk when this returns.
    pub(super) fn will_resume(&self, plan: &ResumePlan, file: &SourceFile) -> io::Result<()> {
        let address = plan.address();
        self.0.add(&ResumeLine {
            bucket: address.bucket.as_str(),
            key: address.key.as_str(),
            upload_id: address.id.as_str(),
            file: file.path().display().to_string(),
            file_bytes: file.bytes(),
            send_parts: plan.missing().len(),
            send_bytes: plan.missing_bytes(),
        })
    }

    /// Writes down a part that is to be sent. On disk when this returns: after a crash it is known to be this program's.
    pub(super) fn will_send(&self, id: &str, place: FilePart, md5: &[u8; 16]) -> io::Result<()> {
        self.part(id, place, md5, false)
    }

    /// Writes down that a part has arrived: one that comes later is somebody else's.
    pub(super) fn has_sent(&self, id: &str, place: FilePart, md5: &[u8; 16]) -> io::Result<()> {
        self.part(id, place, md5, true)
    }

    fn part(&self, id: &str, place: FilePart, md5: &[u8; 16], arrived: bool) -> io::Result<()> {
        self.0.add(&PartLine {
            upload_id: id.to_owned(),
            part: place.number,
            bytes: place.bytes,
            etag: md5.iter().map(|byte| format!("{byte:02x}")).collect(),
            at: Moment(Timestamp::now()),
            arrived,
        })
    }

    /// Writes down that it ended before anything was to be completed: `interrupted`, `not_finished`, `gone`.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn unfinished(&self, upload_id: &UploadId, outcome: &str) -> io::Result<()> {
        self.ended(upload_id.as_str(), outcome, None)
    }

    /// Writes down how it ended.
    pub(super) fn ended(
        &self,
        upload_id: &str,
        outcome: &str,
        object: Option<&ObjectHead>,
    ) -> io::Result<()> {
        self.0.add(&RescueEndLine {
            upload_id,
            outcome,
            etag: object.and_then(|object| object.etag.as_deref()),
            version: object.and_then(|object| object.version.as_deref()),
        })
    }
}

/// Another run of this program is sending parts of the upload; it writes this record.
#[derive(Debug)]
pub struct SendingNow(pub PathBuf);

/// The parts of an upload that this program sent, or was about to send, by all records in a folder. What can't be read
/// says nothing: then they count as somebody else's.
///
/// # Errors
///
/// If one of these records is being written, for whatever endpoint: a store can have several names.
pub fn own_parts(
    folder: &Path,
    endpoint: &str,
    address: &UploadAddress,
) -> Result<OwnParts, SendingNow> {
    let mut own = OwnParts::default();
    for (path, file) in records(folder) {
        let is_named = each_line(&file, endpoint, address, |line| {
            let part: Option<PartLine> = serde_json::from_str(line).ok();
            if let Some(part) = part
                && let Some(md5) = md5_of(&part.etag)
            {
                own.add(part.part, md5, part.at.0);
            }
        });
        if is_named && matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return Err(SendingNow(path));
        }
    }
    Ok(own)
}

/// The ETag that the object of an upload was to have which this program set out to complete, by the records in this
/// folder; none if there is none, or it couldn't be computed.
pub fn recorded_etag(folder: &Path, endpoint: &str, address: &UploadAddress) -> Option<String> {
    let mut found = None;
    for (_, file) in records(folder) {
        each_line(&file, endpoint, address, |line| {
            let line: Option<CompletedLine> = serde_json::from_str(line).ok();
            found = line.and_then(|line| line.etag).or(found.take());
        });
    }
    found
}

/// Gives each line of a record that is about an upload of an endpoint to `see`; returns whether it has any, of whatever
/// endpoint.
///
/// An id alone says little: some stores count their uploads in each bucket. A line without bucket and key is about the
/// upload that a line before it names.
fn each_line(
    file: &File,
    endpoint: &str,
    address: &UploadAddress,
    mut see: impl FnMut(&str),
) -> bool {
    let (mut is_of_store, mut is_of_upload, mut is_named) = (true, false, false);
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        let Ok(named) = serde_json::from_str::<NamedLine>(&line) else {
            continue;
        };
        if let Some(of) = &named.endpoint {
            is_of_store = of == endpoint;
        }
        if let (Some(bucket), Some(key)) = (&named.bucket, &named.key) {
            is_of_upload = bucket == address.bucket.as_str() && key == address.key.as_str();
        }
        let is_of_id = named.upload_id.as_deref() == Some(address.id.as_str());
        if is_of_upload && is_of_id {
            is_named = true;
            if is_of_store {
                see(&line);
            }
        }
    }
    is_named
}

/// The records in a folder that can be read, with their names.
fn records(folder: &Path) -> impl Iterator<Item = (PathBuf, File)> + use<> {
    let is_record = |name: &str| name.starts_with("rescue-") && name.ends_with(".ndjson");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found = entries.filter(move |entry| entry.file_name().to_str().is_some_and(is_record));
    found.filter_map(|entry| Some((entry.path(), File::open(entry.path()).ok()?)))
}

/// What the line has with which a complete begins.
#[derive(Deserialize)]
struct CompletedLine {
    /// How many parts: other lines about an upload don't say.
    #[serde(rename = "parts")]
    _parts: u64,
    etag: Option<String>,
}

/// What a line says of the store and the upload that it is about.
#[derive(Deserialize)]
struct NamedLine {
    endpoint: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    upload_id: Option<String>,
}

fn md5_of(etag: &str) -> Option<[u8; 16]> {
    (etag.len() == 32).then_some(())?;
    let number = u128::from_str_radix(etag, 16).ok()?;
    Some(number.to_be_bytes())
}
