//! What is completed, on disk before the request leaves (law 7).

use std::io;
use std::path::Path;

use jiff::Timestamp;
use partsweep_core::{ApprovedRescue, ObjectHead};
use serde::Serialize;

use crate::files::on_disk::LineFile;

/// The name of the format, and its version.
const FORMAT: &str = "partsweep.rescue/1";

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
