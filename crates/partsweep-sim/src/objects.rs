//! Uploads' beginnings and parts, and finished objects.

use jiff::Timestamp;

use crate::answer::{Answer, Refusal};
use crate::body::Body;
use crate::clock::http_date;
use crate::habits::{Habits, KeyRule};
use crate::request::Call;
use crate::store::{Bucket, Data, NewPart, NewUpload, Object, State};
use crate::xml::Xml;

/// Answers CreateMultipartUpload.
pub(crate) fn create_upload(
    state: &mut State,
    call: &Call,
    bucket: &str,
    new: NewUpload<'_>,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let id = state.begin_upload(bucket, new, habits)?;
    if habits.keys == KeyRule::Swift && new.key.chars().any(|c| c < ' ') {
        // Measured on Swift: it says 500, and the upload is there.
        return Err(Refusal::new(500, "InternalError"));
    }
    let mut xml = Xml::new(habits.control, 500);
    xml.root("InitiateMultipartUploadResult");
    xml.text("Bucket", call.bucket.as_deref().unwrap_or_default());
    xml.text("Key", new.key);
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
    (size, now): (u64, Timestamp),
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let number = call
        .query
        .get("partNumber")
        .and_then(|text| text.parse().ok())
        .filter(|number| (1..=habits.parts.last_number).contains(number))
        .ok_or_else(|| Refusal::invalid_argument("Part number is out of range"))?;
    let part = NewPart {
        number,
        size,
        modified: now,
    };
    let etag = state.put_part(bucket, key, call.upload_id(), part)?;
    Ok(Answer::empty(200).with("etag", format!("\"{etag}\"")))
}

/// Answers HeadObject and GetObject.
pub(crate) fn read_object(bucket: &Bucket, key: &str, head: bool) -> Result<Answer, Refusal> {
    let object = bucket.objects.get(key).ok_or_else(Refusal::no_such_key)?;
    if !head {
        match object.data {
            Data::Whole | Data::Doomed => {}
            Data::Collected => return Err(Refusal::no_such_key()),
            Data::SegmentsGone => return Err(Refusal::new(409, "Conflict")),
        }
    }
    let Object {
        size,
        etag,
        modified,
        ..
    } = object;
    let mut answer = Answer::empty(200)
        .with("content-type", "application/octet-stream")
        .with("content-length", size.to_string())
        .with("etag", format!("\"{etag}\""))
        .with("last-modified", http_date(*modified));
    if !head {
        answer.body = Body::Zeros(*size);
    }
    Ok(answer)
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
