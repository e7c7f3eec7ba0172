//! ListMultipartUploadsResult.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::xml::{Node, ReadError, Tag, goes_on, moment, walk};

/// The page as the store spelt it: whether keys are encoded is for [`crate::encoding`] to say.
#[derive(Debug, Default)]
pub(crate) struct RawPage<'a> {
    pub(crate) entries: Vec<RawUpload<'a>>,
    /// Entries without a key or an upload id.
    pub(crate) nameless: u64,
    pub(crate) truncated: bool,
    pub(crate) end_unclear: bool,
    pub(crate) next_key: Option<Cow<'a, str>>,
    pub(crate) next_id: Option<Cow<'a, str>>,
    /// `EncodingType` said `url`.
    pub(crate) says_encoded: bool,
}

/// One upload of the page.
#[derive(Debug, Default)]
pub(crate) struct RawUpload<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) initiated: Option<Timestamp>,
    pub(crate) storage_class: Option<Cow<'a, str>>,
    pub(crate) owner: Option<Cow<'a, str>>,
    pub(crate) initiator: Option<Cow<'a, str>>,
}

/// Reads a whole page.
pub(crate) fn read(document: &[u8]) -> Result<RawPage<'_>, ReadError> {
    const ROOTS: [Tag; 2] = [
        Tag::ListMultipartUploadsResult,
        Tag::ListMultipartUploadsResponse,
    ];
    let mut page = RawPage::default();
    let mut upload = RawUpload::default();
    let mut is_truncated = None;
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Upload], Node::Open) => upload = RawUpload::default(),
        ([Tag::Upload], Node::Close) => {
            if upload.key.is_empty() || upload.id.is_empty() {
                page.nameless += 1;
            } else {
                page.entries.push(std::mem::take(&mut upload));
            }
        }
        ([Tag::Upload, field @ ..], Node::Text(text)) => match field {
            [Tag::Key] => upload.key = text,
            [Tag::UploadId] => upload.id = text,
            [Tag::Initiated] => upload.initiated = moment(&text),
            [Tag::StorageClass] => upload.storage_class = unless_empty(text),
            [Tag::Owner, Tag::ID] => upload.owner = unless_empty(text),
            [Tag::Initiator, Tag::ID] => upload.initiator = unless_empty(text),
            _ => {}
        },
        ([Tag::IsTruncated], Node::Text(text)) => is_truncated = Some(text),
        ([Tag::NextKeyMarker], Node::Text(text)) => page.next_key = unless_empty(text),
        ([Tag::NextUploadIdMarker], Node::Text(text)) => page.next_id = unless_empty(text),
        ([Tag::EncodingType], Node::Text(text)) => {
            page.says_encoded = text.trim().eq_ignore_ascii_case("url");
        }
        _ => {}
    })?;
    let has_marker = page.next_key.is_some() || page.next_id.is_some();
    (page.truncated, page.end_unclear) = goes_on(is_truncated.as_deref(), has_marker);
    Ok(page)
}

fn unless_empty(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}
