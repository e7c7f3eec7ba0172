//! PutObject, HeadObject, GetObject, DeleteObject, and what is said of an object beside its data.

use std::sync::Arc;

use jiff::Timestamp;

use super::conditions::PLAIN;
use super::tagging;
use crate::habits::Habits;
use crate::store::acl::{self, Acl};
use crate::store::object::{Attributes, Object, STANDARD};
use crate::store::state::{Bucket, NewObject, State};
use crate::store::upload::About;
use crate::store::versions::{NULL, Objects, Versioning};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::body::Body;
use crate::wire::operation::Operation;
use crate::wire::request::Call;
use crate::world::clock::http_date;

/// Answers PutObject.
pub(crate) fn put_object(
    state: &mut State,
    call: &Call,
    (name, key): (&str, &str),
    (size, modified): (u64, Timestamp),
    habits: &Habits,
) -> Result<Answer, Refusal> {
    PLAIN.check_target(call, state.bucket(name)?.objects.current(key))?;
    let about = About {
        attributes: Attributes::read(call),
        acl: Acl::read(call)?,
    };
    let new = NewObject {
        size,
        modified,
        about,
    };
    let (etag, version) = state.put_object(name, key, new, habits)?;
    let answer = Answer::empty(200).with("etag", format!("\"{etag}\""));
    let objects = &state.bucket(name)?.objects;
    Ok(with_version(answer, objects, &version, habits))
}

/// Adds `x-amz-version-id` where the store tells it.
pub(crate) fn with_version(
    answer: Answer,
    objects: &Objects,
    version: &Arc<str>,
    habits: &Habits,
) -> Answer {
    let kept = objects.versioning != Versioning::Never;
    if kept && (&**version != NULL || habits.objects.tells_null) {
        return answer.with("x-amz-version-id", &**version);
    }
    answer
}

/// Answers HeadObject and GetObject; the data are zeros.
pub(crate) fn read_object(
    bucket: &Bucket,
    call: &Call,
    key: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let (version, object) = bucket.objects.find(key, call.version(), &habits.objects)?;
    let head = call.operation == Operation::HeadObject;
    if !head {
        object.hold.data().readable()?;
    }
    if let Err(refusal) = PLAIN.check(call, object) {
        let not_modified = call.header("if-none-match").is_some() && !call.has_if_match();
        return if not_modified {
            Ok(Answer::empty(304))
        } else {
            Err(refusal)
        };
    }
    let asked = asked_for(call, object, habits)?;
    let length = asked
        .range
        .map_or(object.size, |(first, last)| last - first + 1);
    let status = if asked.range.is_some() { 206 } else { 200 };
    let mut answer =
        described(Answer::empty(status), object).with("content-length", length.to_string());
    if let Some((first, last)) = asked.range {
        let range = format!("bytes {first}-{last}/{}", object.size);
        answer = answer.with("content-range", range);
    }
    if asked.part && !object.parts.is_empty() {
        answer = answer.with("x-amz-mp-parts-count", object.parts.len().to_string());
    }
    if !head {
        answer.body = Body::Zeros(length);
    }
    Ok(with_version(answer, &bucket.objects, version, habits))
}

/// Adds what is known of an object beside its data and its place.
fn described(answer: Answer, object: &Object) -> Answer {
    let mut answer = answer
        .with("content-type", "binary/octet-stream")
        .with("accept-ranges", "bytes")
        .with("etag", format!("\"{}\"", object.etag))
        .with("last-modified", http_date(object.modified));
    for (name, value) in &object.attributes.headers {
        answer = answer.with(name.clone(), value);
    }
    let Attributes {
        tags,
        storage_class,
        ..
    } = &object.attributes;
    // Measured on Ceph: lost tags are counted, as none.
    if !tags.is_empty() || object.tags_lost {
        answer = answer.with("x-amz-tagging-count", tags.len().to_string());
    }
    if storage_class != STANDARD {
        answer = answer.with("x-amz-storage-class", storage_class);
    }
    answer
}

/// Which bytes are asked for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// The first and the last; `None` for all.
    range: Option<(u64, u64)>,
    /// Whether by the number of a part.
    part: bool,
}

fn asked_for(call: &Call, object: &Object, habits: &Habits) -> Result<Asked, Refusal> {
    let part = call
        .query
        .filled("partNumber")
        .filter(|_| habits.objects.part_numbers);
    if let Some(number) = part {
        let range =
            range_of_part(object, number).ok_or_else(|| Refusal::new(416, "InvalidPartNumber"))?;
        return Ok(Asked { range, part: true });
    }
    let range = match call.header("range") {
        None => None,
        Some(range) => {
            let range = read_range(range, object.size);
            Some(range.ok_or_else(|| Refusal::new(416, "InvalidRange"))?)
        }
    };
    Ok(Asked { range, part: false })
}

/// The bytes of a part, `Some(None)` for all; `None` if there is no such part.
fn range_of_part(object: &Object, number: &str) -> Option<Option<(u64, u64)>> {
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    if object.parts.is_empty() {
        return (index == 0).then_some(None);
    }
    let size = *object.parts.get(index)?;
    let first: u64 = object.parts.iter().take(index).sum();
    Some((size > 0).then(|| (first, first + size - 1)))
}

/// Answers DeleteObject.
pub(crate) fn delete_object(
    bucket: &mut Bucket,
    call: &Call,
    key: &str,
    now: Timestamp,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    if habits.objects.conditional_delete && call.has_if_match() {
        let found = bucket.objects.find(key, call.version(), &habits.objects);
        PLAIN.check(call, found?.1)?;
    }
    let deleted = bucket.objects.delete(key, call.version(), now);
    let mut answer = Answer::empty(204);
    if let Some(version) = deleted.version {
        answer = answer.with("x-amz-version-id", &*version);
    }
    if deleted.marker {
        answer = answer.with("x-amz-delete-marker", "true");
    }
    Ok(answer)
}

/// Answers GetObjectTagging and GetObjectAcl.
pub(crate) fn read_about(
    bucket: &Bucket,
    call: &Call,
    key: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let (version, object) = bucket.objects.find(key, call.version(), &habits.objects)?;
    let answer = if call.operation == Operation::GetObjectTagging && object.tags_lost {
        // Measured on Ceph: a 200 with nothing in it.
        Answer::text(200, "application/xml", "")
    } else if call.operation == Operation::GetObjectTagging {
        tagging::write(&object.attributes.tags, habits)?
    } else {
        acl::write(&object.acl, habits)?
    };
    Ok(with_version(answer, &bucket.objects, version, habits))
}

/// Answers PutObjectTagging and PutObjectAcl.
pub(crate) fn write_about(
    bucket: &mut Bucket,
    call: &Call,
    key: &str,
    document: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let object = bucket
        .objects
        .find_mut(key, call.version(), &habits.objects)?;
    if call.operation == Operation::PutObjectTagging {
        object.attributes.tags = tagging::parse(document)?;
        object.tags_lost = false;
    } else {
        object.acl = acl::put(call, document)?;
    }
    Ok(Answer::empty(200))
}

/// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`: the first and the last byte.
pub(crate) fn read_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = size.checked_sub(1)?;
    let (first, last) = match (first, last) {
        ("", count) => (size.saturating_sub(count.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
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
