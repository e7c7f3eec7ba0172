//! Uploads' beginnings and parts, and finished objects.

use jiff::Timestamp;

use crate::answer::{Answer, Refusal};
use crate::body::Body;
use crate::clock::http_date;
use crate::habits::{Habits, KeyRule};
use crate::operation::Operation;
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

/// Answers HeadObject and GetObject; the data are zeros.
pub(crate) fn read_object(bucket: &Bucket, call: &Call, key: &str) -> Result<Answer, Refusal> {
    let object = bucket.objects.get(key).ok_or_else(Refusal::no_such_key)?;
    let head = call.operation == Operation::HeadObject;
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
    let range = match call.header("range") {
        Some(range) => {
            Some(read_range(range, *size).ok_or_else(|| Refusal::new(416, "InvalidRange"))?)
        }
        None => None,
    };
    let length = range.map_or(*size, |(first, last)| last - first + 1);
    let mut answer = Answer::empty(if range.is_some() { 206 } else { 200 })
        .with("content-type", "application/octet-stream")
        .with("content-length", length.to_string())
        .with("accept-ranges", "bytes")
        .with("etag", format!("\"{etag}\""))
        .with("last-modified", http_date(*modified));
    if let Some((first, last)) = range {
        answer = answer.with("content-range", format!("bytes {first}-{last}/{size}"));
    }
    if !head {
        answer.body = Body::Zeros(length);
    }
    Ok(answer)
}

/// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`: the first and the last byte.
fn read_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = size.checked_sub(1)?;
    let (first, last) = match (first, last) {
        ("", count) => (size.saturating_sub(count.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_within_the_object() {
        assert_eq!(read_range("bytes=0-9", 5), Some((0, 4)));
        assert_eq!(read_range("bytes=2-", 5), Some((2, 4)));
        assert_eq!(read_range("bytes=-2", 5), Some((3, 4)));
        assert_eq!(read_range("bytes=5-", 5), None);
        assert_eq!(read_range("bytes=-1", 0), None);
    }
}
