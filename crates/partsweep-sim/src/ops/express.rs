//! What AWS does with directory buckets only: their list, their sessions, and listings of uploads in no order.

use std::borrow::Cow;

use crate::habits::Habits;
use crate::hash::hash64;
use crate::locks::{read, write};
use crate::ops::listing::{UploadsPage, page_size, write_page};
use crate::store::state::State;
use crate::store::upload::Upload;
use crate::store::uploads::Uploads;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::host::is_directory_bucket;
use crate::wire::operation::Operation;
use crate::wire::request::Call;
use crate::wire::xml::Xml;
use crate::world::shared::Shared;

/// The most directory buckets on a page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListDirectoryBuckets.html>
const MOST_BUCKETS: usize = 1_000;

/// Answers ListDirectoryBuckets: those of the region that it was signed for. Its token says nothing to anyone else.
pub(crate) fn list_directory_buckets(
    state: &State,
    call: &Call,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let query = &call.query;
    let limit = match query.filled("max-directory-buckets") {
        None => MOST_BUCKETS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|count| (1..=MOST_BUCKETS).contains(count))
            .ok_or_else(|| Refusal::invalid_argument("max-directory-buckets is not valid"))?,
    };
    let region = call.directory_region.as_deref().unwrap_or_default();
    let after = query.filled("continuation-token").unwrap_or_default();
    let mut all: Vec<_> = state
        .buckets
        .iter()
        .filter(|(name, bucket)| is_directory_bucket(name) && bucket.region == region)
        .map(|(name, bucket)| (token(name), name, bucket))
        .filter(|(token, ..)| token.as_str() > after)
        .collect();
    all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let mut xml = Xml::new(habits.control, 1_000);
    xml.root("ListAllMyDirectoryBucketsResult");
    xml.open("Buckets");
    for (_, name, bucket) in all.iter().take(limit) {
        xml.open("Bucket");
        xml.time("CreationDate", bucket.created, true);
        xml.text("Name", name);
        xml.close("Bucket");
    }
    xml.close("Buckets");
    if all.len() > limit {
        xml.text("ContinuationToken", &all[limit - 1].0);
    }
    xml.close("ListAllMyDirectoryBucketsResult");
    Answer::document(xml)
}

/// Answers CreateSession.
pub(crate) fn create_session(
    shared: &Shared,
    call: &Call,
    bucket: &str,
    caller: &str,
) -> Result<Answer, Refusal> {
    read(&shared.state).bucket(bucket)?;
    let writes = match call.header("x-amz-create-session-mode") {
        None | Some("ReadWrite") => true,
        Some("ReadOnly") => false,
        Some(_) => return Err(Refusal::invalid_argument("no such session mode")),
    };
    // Whoever may not abort stands for the condition `s3express:SessionMode` = `ReadOnly`.
    let may_write = read(&shared.rights).may(caller, Some(bucket), Operation::AbortMultipartUpload);
    if writes && !may_write {
        return Err(Refusal::access_denied());
    }
    let now = shared.clock.now();
    let session = write(&shared.sessions).begin(caller, bucket, writes, now);
    let mut xml = Xml::new(shared.habits.control, 1_000);
    xml.root("CreateSessionResult");
    xml.open("Credentials");
    let token = session.credential.session_token.as_deref();
    xml.text("SessionToken", token.unwrap_or_default());
    xml.text("SecretAccessKey", &session.credential.secret_key);
    xml.text("AccessKeyId", &session.credential.access_key);
    xml.time("Expiration", session.ends, true);
    xml.close("Credentials");
    xml.close("CreateSessionResult");
    Answer::document(xml)
}

/// Answers ListMultipartUploads of a directory bucket: in no order that keys or ids have, with a marker that is neither.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
pub(crate) fn list_uploads(
    uploads: &Uploads,
    call: &Call,
    caller: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let query = &call.query;
    let prefix = query.filled("prefix").unwrap_or_default();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        return Err(Refusal::invalid_argument("the prefix must end in a slash"));
    }
    if query.filled("upload-id-marker").is_some() {
        return Err(Refusal::invalid_argument("there is no upload-id-marker"));
    }
    if query.filled("delimiter").is_some() {
        return Err(Refusal::new(501, "NotImplemented"));
    }
    let after = query.filled("key-marker").unwrap_or_default();
    let limit = page_size(habits.listing.page, query.get("max-uploads"))?;
    let place = |upload: &Upload| token(&format!("{} {}", upload.key, upload.id));
    let mut all: Vec<(String, Cow<'_, Upload>)> = uploads
        .iter()
        .filter(|upload| upload.key.starts_with(prefix))
        .map(|upload| (place(&upload), upload))
        .filter(|(token, _)| token.as_str() > after)
        .collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let truncated = all.len() > limit;
    all.truncate(limit);
    let next = all
        .last()
        .map(|(token, _)| (token.as_str().into(), "".into()));
    let page = UploadsPage {
        uploads: all.into_iter().map(|(_, upload)| upload).collect(),
        truncated,
        next,
        ..UploadsPage::default()
    };
    write_page(&page, call, caller, limit, &habits.of_directory_bucket())
}

/// A place in an order that nobody knows.
fn token(name: &str) -> String {
    format!("AAMA{:016x}+/=", hash64(name))
}
