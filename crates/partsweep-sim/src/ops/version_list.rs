//! ListObjectVersions.

use crate::habits::Habits;
use crate::store::state::Bucket;
use crate::store::versions::{Content, Version};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// Versions on a page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
const PAGE: usize = 1_000;

/// Answers ListObjectVersions: by key, the newest version of each first.
pub(crate) fn list(bucket: &Bucket, call: &Call, habits: &Habits) -> Result<Answer, Refusal> {
    let query = &call.query;
    let prefix = query.filled("prefix").unwrap_or_default();
    let mut all: Vec<(&String, &Version, bool)> = Vec::new();
    for (key, version) in bucket.objects.iter() {
        if key.starts_with(prefix) {
            let is_latest = bucket
                .objects
                .newest(key)
                .is_some_and(|newest| newest.id == version.id);
            all.push((key, version, is_latest));
        }
    }
    // Stable: the versions of a key are told oldest first, so each run of them is turned round.
    all.reverse();
    all.sort_by_key(|(key, ..)| *key);
    let after = (
        query.filled("key-marker"),
        query.filled("version-id-marker"),
    );
    if let Some(marker) = after.0 {
        let at_marker = |(key, version, _): &(&String, &Version, bool)| match after.1 {
            Some(id) => *key == marker && &*version.id == id,
            None => key.as_str() <= marker,
        };
        let skip = all.iter().rposition(at_marker).map_or(0, |at| at + 1);
        all.drain(..skip);
    }
    let truncated = all.len() > PAGE;
    all.truncate(PAGE);
    let mut xml = Xml::new(habits.control, 400 * all.len() + 200);
    let root = "ListVersionsResult";
    xml.root(root);
    xml.text("Name", call.bucket.as_deref().unwrap_or_default());
    xml.text("Prefix", prefix);
    xml.plain("IsTruncated", truncated);
    if let Some((key, version, _)) = all.last().filter(|_| truncated) {
        xml.text("NextKeyMarker", key);
        xml.text("NextVersionIdMarker", &version.id);
    }
    for (key, version, is_latest) in all {
        let element = match &version.content {
            Content::Object(_) => "Version",
            Content::Marker(_) => "DeleteMarker",
        };
        xml.open(element);
        xml.text("Key", key);
        xml.text("VersionId", &version.id);
        xml.plain("IsLatest", is_latest);
        match &version.content {
            Content::Object(object) => {
                xml.time("LastModified", object.modified, true);
                xml.text("ETag", &format!("\"{}\"", object.etag));
                xml.plain("Size", object.size);
                xml.text("StorageClass", &object.attributes.storage_class);
            }
            Content::Marker(time) => xml.time("LastModified", *time, true),
        }
        xml.close(element);
    }
    xml.close(root);
    Answer::document(xml)
}
