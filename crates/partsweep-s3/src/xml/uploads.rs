//! ListMultipartUploadsResult.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::xml::{Dates, LongDocument, Node, ReadError, Tag, Walked, goes_on, walk};

const ROOTS: [Tag; 2] = [
    Tag::ListMultipartUploadsResult,
    Tag::ListMultipartUploadsResponse,
];

/// The page as the store spelt it: whether keys are encoded is for [`crate::xml::key_encoding`] to say.
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
    /// What its dates were like.
    pub(crate) dates: Dates,
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
    let mut page = RawPage::default();
    let mut upload = RawUpload::default();
    let mut is_truncated = None;
    walk(document, &ROOTS, |path, node| {
        take(&mut page, &mut upload, &mut is_truncated, path, node);
    })?;
    end(&mut page, is_truncated.as_deref());
    Ok(page)
}

/// What a page that was read to its end says of what comes behind it.
fn end(page: &mut RawPage<'_>, is_truncated: Option<&str>) {
    let has_marker = page.next_key.is_some() || page.next_id.is_some();
    (page.truncated, page.end_unclear) = goes_on(is_truncated, has_marker);
}

/// Takes one node of a page.
#[inline]
fn take<'a>(
    page: &mut RawPage<'a>,
    upload: &mut RawUpload<'a>,
    is_truncated: &mut Option<Cow<'a, str>>,
    path: &[Tag],
    node: Node<'a>,
) {
    match (path, node) {
        ([Tag::Upload], Node::Open) => *upload = RawUpload::default(),
        ([Tag::Upload], Node::Close) => {
            if upload.key.is_empty() || upload.id.is_empty() {
                page.nameless += 1;
            } else {
                page.entries.push(std::mem::take(upload));
            }
        }
        ([Tag::Upload, field @ ..], Node::Text(text)) => match field {
            [Tag::Key] => upload.key = text,
            [Tag::UploadId] => upload.id = text,
            [Tag::Initiated] => upload.initiated = page.dates.read(&text),
            [Tag::StorageClass] => upload.storage_class = unless_empty(text),
            [Tag::Owner, Tag::ID] => upload.owner = unless_empty(text),
            [Tag::Initiator, Tag::ID] => upload.initiator = unless_empty(text),
            _ => {}
        },
        ([Tag::IsTruncated], Node::Text(text)) => *is_truncated = Some(text),
        ([Tag::NextKeyMarker], Node::Text(text)) => page.next_key = unless_empty(text),
        ([Tag::NextUploadIdMarker], Node::Text(text)) => page.next_id = unless_empty(text),
        ([Tag::EncodingType], Node::Text(text)) => {
            page.says_encoded = text.trim().eq_ignore_ascii_case("url");
        }
        _ => {}
    }
}

/// A page that is longer than one that was asked for, in pieces.
#[derive(Debug)]
pub(crate) struct LongPage {
    document: LongDocument,
    /// All but its entries.
    page: RawPage<'static>,
    is_truncated: Option<Cow<'static, str>>,
}

impl LongPage {
    pub(crate) fn new(source: impl Read + Send + 'static) -> Self {
        Self {
            document: LongDocument::new(source),
            page: RawPage::default(),
            is_truncated: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn of(document: LongDocument) -> Self {
        Self {
            document,
            page: RawPage::default(),
            is_truncated: None,
        }
    }

    /// The next entries, about as many as these; none are left if it says so. What the page says besides
    /// is whole then.
    pub(crate) fn next(&mut self, about: usize) -> Result<(RawPage<'static>, bool), ReadError> {
        let mut upload = RawUpload::default();
        let (page, is_truncated) = (&mut self.page, &mut self.is_truncated);
        let walked = self.document.walk(&ROOTS, |path, node| {
            // At the next one, so that there is one: an empty page after "there is more" proves nothing.
            let is_next = matches!((path, &node), ([Tag::Upload], Node::Open));
            take(page, &mut upload, is_truncated, path, node);
            match is_next && is_piece(page, about) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        end(page, is_truncated.as_deref());
        let piece = RawPage {
            entries: std::mem::take(&mut page.entries),
            nameless: std::mem::take(&mut page.nameless),
            dates: std::mem::take(&mut page.dates),
            next_key: page.next_key.clone(),
            next_id: page.next_id.clone(),
            ..*page
        };
        Ok((piece, walked == Walked::Ended))
    }
}

/// Whether the entries so far are enough. The last one's key is where the next piece begins, so it is one
/// that can be shown, if such a one comes soon.
fn is_piece(page: &RawPage<'_>, about: usize) -> bool {
    let is_shown = |entry: &RawUpload<'_>| !entry.key.contains(char::REPLACEMENT_CHARACTER);
    page.entries.len() >= about
        && (page.entries.last().is_some_and(is_shown) || page.entries.len() >= 2 * about)
}

fn unless_empty(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}
