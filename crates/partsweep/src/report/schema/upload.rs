//! An upload, and an error, in all machine formats.

use partsweep_core::{Activity, Amount, Footprint, ObjectHead, StoreError, Upload};
use partsweep_engine::inventory::SavedError;
use serde::Serialize;

use crate::report::schema::json::Moment;

/// What is known of an upload. Unknown is `null`, never 0.
#[derive(Debug, Serialize)]
pub(crate) struct UploadRecord<'a> {
    pub(crate) key: &'a str,
    pub(crate) upload_id: &'a str,
    pub(crate) initiated: Option<Moment>,
    pub(crate) last_activity: Option<Moment>,
    pub(crate) parts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts_at_least: Option<u64>,
    pub(crate) bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_at_least: Option<u64>,
    pub(crate) storage_class: Option<&'a str>,
    pub(crate) owner: Option<&'a str>,
    pub(crate) initiator: Option<&'a str>,
}

impl<'a> UploadRecord<'a> {
    /// The record of an upload.
    pub(crate) fn new(upload: &'a Upload, footprint: &Footprint) -> Self {
        let last_activity = Activity::of(upload.initiated, footprint).at();
        Self {
            key: upload.address.key.as_str(),
            upload_id: upload.address.id.as_str(),
            initiated: upload.initiated.map(Moment),
            last_activity: last_activity.map(Moment),
            parts: footprint.parts.exact(),
            parts_at_least: at_least(footprint.parts),
            bytes: footprint.bytes.exact(),
            bytes_at_least: at_least(footprint.bytes),
            storage_class: upload.storage_class.as_deref(),
            owner: upload.owner.as_deref(),
            initiator: upload.initiator.as_deref(),
        }
    }
}

/// What is known of an amount that isn't known exactly; none if nothing is.
pub(crate) fn at_least(amount: Amount) -> Option<u64> {
    match amount {
        Amount::AtLeast(n) => Some(n),
        Amount::Exact(_) | Amount::Unknown => None,
    }
}

/// What is known of a finished object.
#[derive(Debug, Serialize)]
pub(crate) struct ObjectRecord<'a> {
    bytes: Option<u64>,
    last_modified: Option<Moment>,
    etag: Option<&'a str>,
    version: Option<&'a str>,
}

impl<'a> From<&'a ObjectHead> for ObjectRecord<'a> {
    fn from(object: &'a ObjectHead) -> Self {
        Self {
            bytes: object.bytes,
            last_modified: object.last_modified.map(Moment),
            etag: object.etag.as_deref(),
            version: object.version.as_deref(),
        }
    }
}

/// A request that failed.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorRecord<'a> {
    kind: &'a str,
    operation: &'a str,
    code: Option<&'a str>,
    status: Option<u16>,
    message: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> From<&'a StoreError> for ErrorRecord<'a> {
    fn from(error: &'a StoreError) -> Self {
        Self {
            kind: error.kind.code(),
            operation: error.operation.name(),
            code: error.code.as_deref(),
            status: error.status,
            message: error.message.as_deref(),
            request_id: error.request_id.as_deref(),
        }
    }
}

impl<'a> From<&'a SavedError> for ErrorRecord<'a> {
    fn from(error: &'a SavedError) -> Self {
        Self {
            kind: &error.kind,
            operation: &error.operation,
            code: error.code.as_deref(),
            status: error.status,
            message: error.message.as_deref(),
            request_id: error.request_id.as_deref(),
        }
    }
}
