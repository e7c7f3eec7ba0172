//! CreateMultipartUpload, UploadPart, and the answer to a complete.

use jiff::Timestamp;

use super::checksums;
use crate::habits::{Habits, KeyRule};
use crate::hash::base64;
use crate::store::state::{NewPart, NewUpload, State};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::payload::Payload;
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// Answers CreateMultipartUpload.
pub(crate) fn create_upload(
    state: &mut State,
    call: &Call,
    bucket: &str,
    new: NewUpload<'_>,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let key = new.key;
    let checksum = checksums::of_upload(call, habits)?;
    let id = state.begin_upload(bucket, new, habits)?;
    if let Some(upload) = state.bucket_mut(bucket)?.uploads.get_mut(key, &id) {
        upload.checksum = checksum;
    }
    if habits.keys == KeyRule::Swift && key.chars().any(|c| c < ' ') {
        // Measured on Swift: it says 500, and the upload is there.
        return Err(Refusal::new(500, "InternalError"));
    }
    let mut xml = Xml::new(habits.control, 500);
    xml.root("InitiateMultipartUploadResult");
    xml.text("Bucket", call.bucket.as_deref().unwrap_or_default());
    xml.text("Key", key);
    xml.text("UploadId", &id);
    xml.close("InitiateMultipartUploadResult");
    Answer::document(xml)
}

/// Answers UploadPart.
pub(crate) fn upload_part(
    state: &mut State,
    call: &Call,
    bucket: &str,
    key: &str,
    payload: &Payload,
    now: Timestamp,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    if let (Some(claimed), Some(md5)) = (call.header("content-md5"), payload.md5)
        && claimed != base64(&md5)
    {
        return Err(Refusal::new(400, "BadDigest"));
    }
    let part = NewPart {
        number: part_number(call, habits)?,
        size: payload.length,
        modified: now,
        md5: payload.md5,
    };
    let id = call.upload_id();
    let checksum = match state.bucket_mut(bucket)?.uploads.get_mut(key, id) {
        Some(upload) => checksums::of_part(call, upload, habits)?,
        None => None,
    };
    let etag = state.put_part(bucket, key, id, part)?;
    let uploads = &mut state.bucket_mut(bucket)?.uploads;
    let stored = uploads.get_mut(key, id);
    if let Some(stored) = stored.and_then(|upload| upload.parts.get_mut(&part.number)) {
        stored.checksum = checksum;
    }
    Ok(Answer::empty(200).with("etag", format!("\"{etag}\"")))
}

/// Reads the number of a part.
pub(crate) fn part_number(call: &Call, habits: &Habits) -> Result<u32, Refusal> {
    call.query
        .get("partNumber")
        .and_then(|text| text.parse().ok())
        .filter(|number| (1..=habits.parts.last_number).contains(number))
        .ok_or_else(|| Refusal::invalid_argument("Part number is out of range"))
}

/// Writes the answer to a complete.
pub(crate) fn completed(
    call: &Call,
    key: &str,
    etag: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let bucket = call.bucket.as_deref().unwrap_or_default();
    let mut xml = Xml::new(habits.control, 500);
    xml.root("CompleteMultipartUploadResult");
    xml.text("Location", &format!("http://s3.localhost/{bucket}/{key}"));
    xml.text("Bucket", bucket);
    xml.text("Key", key);
    xml.text("ETag", &format!("\"{etag}\""));
    xml.close("CompleteMultipartUploadResult");
    Answer::document(xml)
}
