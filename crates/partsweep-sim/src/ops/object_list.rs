//! ListObjectsV2.

use crate::habits::Habits;
use crate::percent;
use crate::store::state::Bucket;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// Objects on a page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const PAGE: usize = 1_000;

/// Answers ListObjectsV2: by key, without delimiter. The token is the last key of the page before, which clients
/// can't know.
pub(crate) fn list(bucket: &Bucket, call: &Call, habits: &Habits) -> Result<Answer, Refusal> {
    let query = &call.query;
    let prefix = query.filled("prefix").unwrap_or_default();
    let asked = query.filled("max-keys").and_then(|text| text.parse().ok());
    let most = PAGE.min(asked.unwrap_or(PAGE));
    let token = query.filled("continuation-token");
    let after = token.and_then(|token| token.strip_prefix("after-"));
    if token.is_some() && after.is_none() {
        return Err(Refusal::invalid_argument(
            "The continuation token provided is incorrect",
        ));
    }
    let is_url = query.filled("encoding-type") == Some("url");
    let after = after.or_else(|| query.filled("start-after"));
    let page: Vec<_> = bucket
        .objects
        .behind(after, prefix)
        .take(most + 1)
        .collect();
    let truncated = page.len() > most;
    let page = page.get(..most).unwrap_or(&page);
    let text = |key: &str| match is_url {
        true => percent::encode(key, b"/", habits.listing.encoding.space),
        false => key.to_owned(),
    };
    let mut xml = Xml::new(habits.control, 300 * page.len() + 300);
    let root = "ListBucketResult";
    xml.root(root);
    xml.text("Name", call.bucket.as_deref().unwrap_or_default());
    xml.text("Prefix", &text(prefix));
    xml.plain("KeyCount", page.len());
    xml.plain("MaxKeys", most);
    if is_url {
        xml.text("EncodingType", "url");
    }
    xml.plain("IsTruncated", truncated);
    if let Some((key, _)) = page.last().filter(|_| truncated) {
        xml.text("NextContinuationToken", &format!("after-{key}"));
    }
    for (key, object) in page {
        xml.open("Contents");
        xml.text("Key", &text(key));
        xml.time("LastModified", object.modified, true);
        xml.text("ETag", &format!("\"{}\"", object.etag));
        xml.plain("Size", object.size);
        xml.text("StorageClass", &object.attributes.storage_class);
        xml.close("Contents");
    }
    xml.close(root);
    Answer::document(xml)
}
