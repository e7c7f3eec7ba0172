//! ListMultipartUploadsResult.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::xml::parts::is_full;
use crate::xml::{Dates, LongDocument, Node, ReadError, SaidDate, SaidEnd, Tag, Walked, walk};

const ROOTS: [Tag; 2] = [
    Tag::ListMultipartUploadsResult,
    Tag::ListMultipartUploadsResponse,
];

/// The page as the store spelt it: whether keys are encoded is for [`crate::xml::key_encoding`] to say.
#[derive(Debug, Default)]
pub(crate) struct RawPage<'a> {
    pub(crate) entries: Vec<RawUpload<'a>>,
    /// Entries without a key or an upload id, or with two; and what else stands for uploads that aren't shown: an upload
    /// elsewhere, an error, keys in groups, which nobody asked for.
    pub(crate) nameless: u64,
    pub(crate) truncated: bool,
    pub(crate) end_unclear: bool,
    /// It is full, and nothing says whether there is more.
    pub(crate) may_go_on: bool,
    /// It is full, and says that it is the last.
    pub(crate) is_full_last: bool,
    pub(crate) next_key: Option<Cow<'a, str>>,
    pub(crate) next_id: Option<Cow<'a, str>>,
    /// `EncodingType` said `url`.
    pub(crate) says_encoded: bool,
    /// What its dates were like.
    pub(crate) dates: Dates,
    /// The entries that it may have, by its own word.
    pub(crate) most: Option<usize>,
    /// It says that it is of keys with a prefix, or behind one: `Prefix` and `KeyMarker`.
    pub(crate) says_part: SaidPart,
}

/// What a page says it is limited to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SaidPart {
    pub(crate) of_prefix: bool,
    pub(crate) behind_key: bool,
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
    /// What `Initiated` said, each time that it came.
    pub(crate) date: SaidDate,
    /// It has two keys or two upload ids.
    pub(crate) is_contradicted: bool,
}

/// Reads a whole page.
pub(crate) fn read(document: &[u8]) -> Result<RawPage<'_>, ReadError> {
    let mut page = RawPage::default();
    let mut upload = RawUpload::default();
    let mut said_end = SaidEnd::default();
    walk(document, &ROOTS, |path, node| {
        take(&mut page, &mut upload, &mut said_end, path, node);
    })?;
    end(&mut page, said_end);
    let is_full_end = !page.truncated && is_full(page.entries.len(), page.most);
    page.may_go_on = is_full_end && said_end.is_absent();
    page.is_full_last = is_full_end && !said_end.is_absent();
    Ok(page)
}

/// What a page that was read to its end says of what comes behind it.
fn end(page: &mut RawPage<'_>, said_end: SaidEnd) {
    let has_marker = page.next_key.is_some() || page.next_id.is_some();
    (page.truncated, page.end_unclear) = said_end.goes_on(has_marker);
    page.end_unclear |= page.most == Some(0) && page.entries.is_empty() && !page.truncated;
}

/// Takes one node of a page.
#[inline]
fn take<'a>(
    page: &mut RawPage<'a>,
    upload: &mut RawUpload<'a>,
    said_end: &mut SaidEnd,
    path: &[Tag],
    node: Node<'a>,
) {
    match (path, node) {
        ([Tag::Upload], Node::Open) => *upload = RawUpload::default(),
        ([Tag::Upload], Node::Close) => {
            if upload.key.is_empty() || upload.id.is_empty() || upload.is_contradicted {
                page.nameless += 1;
            } else {
                page.entries.push(std::mem::take(upload));
            }
        }
        ([Tag::Upload, field @ ..], Node::Text(text)) => match field {
            [Tag::Key] => upload.is_contradicted |= contradicts(&mut upload.key, text),
            [Tag::UploadId] => upload.is_contradicted |= contradicts(&mut upload.id, text),
            [Tag::Initiated] => upload.initiated = upload.date.hear(page.dates.read(&text)),
            [Tag::StorageClass] => upload.storage_class = unless_empty(text),
            [Tag::Owner, Tag::ID] => upload.owner = unless_empty(text),
            [Tag::Initiator, Tag::ID] => upload.initiator = unless_empty(text),
            _ => {}
        },
        ([_, .., Tag::Upload] | [.., Tag::Error], Node::Open) => page.nameless += 1,
        ([Tag::CommonPrefixes, Tag::Prefix], Node::Text(text)) if !text.is_empty() => {
            page.nameless += 1;
        }
        ([Tag::Prefix], Node::Text(text)) => page.says_part.of_prefix = !text.trim().is_empty(),
        ([Tag::KeyMarker], Node::Text(text)) => page.says_part.behind_key = !text.trim().is_empty(),
        ([Tag::MaxUploads], Node::Text(text)) => page.most = text.trim().parse().ok(),
        ([Tag::IsTruncated], Node::Open) => said_end.begin(),
        ([Tag::IsTruncated], Node::Text(text)) => said_end.say(&text),
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
    said_end: SaidEnd,
}

impl LongPage {
    pub(crate) fn new(source: impl Read + Send + 'static) -> Self {
        Self {
            document: LongDocument::new(source),
            page: RawPage::default(),
            said_end: SaidEnd::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn of(document: LongDocument) -> Self {
        Self {
            document,
            page: RawPage::default(),
            said_end: SaidEnd::default(),
        }
    }

    /// The next entries, about as many as these; none are left if it says so. What the page says besides
    /// is whole then.
    pub(crate) fn next(&mut self, about: usize) -> Result<(RawPage<'static>, bool), ReadError> {
        let mut upload = RawUpload::default();
        let (page, said_end) = (&mut self.page, &mut self.said_end);
        let walked = self.document.walk(&ROOTS, |path, node| {
            // At the next one, so that there is one: an empty page after "there is more" proves nothing.
            let is_next = matches!((path, &node), ([Tag::Upload], Node::Open));
            take(page, &mut upload, said_end, path, node);
            match is_next && is_piece(page, about) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        end(page, *said_end);
        let piece = RawPage {
            entries: std::mem::take(&mut page.entries),
            nameless: std::mem::take(&mut page.nameless),
            // Those of the pieces before, too: the store has written them all.
            dates: page.dates.clone(),
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

/// Takes a text; says whether there was another one before.
fn contradicts<'a>(known: &mut Cow<'a, str>, text: Cow<'a, str>) -> bool {
    let differs = !known.is_empty() && *known != text;
    *known = text;
    differs
}

fn unless_empty(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page that holds uploads in another way than S3's is not empty.
    #[test]
    fn what_stands_for_uploads_that_are_not_shown_makes_a_page_doubtful() {
        let of = |inside: &str| {
            let text = format!(
                "<ListMultipartUploadsResult>{inside}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
            );
            let page = read(text.as_bytes()).unwrap();
            (page.nameless > 0, page.end_unclear)
        };
        let upload = "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>";
        for inside in [
            "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>",
            "<Error><Code>InternalError</Code></Error>",
            "<Uploads><Upload><Key>k</Key><UploadId>1</UploadId></Upload></Uploads>",
            "<Contents><Error/></Contents>",
        ] {
            assert_eq!(of(inside), (true, false), "{inside}");
        }
        assert_eq!(of("<MaxUploads>0</MaxUploads>"), (false, true));
        for inside in [
            "",
            upload,
            "<CommonPrefixes/>",
            "<MaxUploads>1000</MaxUploads>",
        ] {
            assert_eq!(of(inside), (false, false), "{inside}");
        }
        let both = format!("<MaxUploads>0</MaxUploads>{upload}");
        assert_eq!(of(&both), (false, false));
    }

    #[test]
    fn what_comes_twice_in_an_upload_and_differs_makes_it_young_or_nameless() {
        let entry = |inside: &str| {
            let named = "<Key>k</Key><UploadId>1</UploadId>";
            format!("<Upload>{named}{inside}</Upload>")
        };
        let whole = |inside: &str| {
            format!("<ListMultipartUploadsResult>{inside}</ListMultipartUploadsResult>")
        };
        let old = "<Initiated>2026-11-01T00:00:00.000Z</Initiated>";
        let young = "<Initiated>2026-11-20T00:00:00.000Z</Initiated>";
        for twice in [format!("{old}{young}"), format!("{young}{old}")] {
            let document = whole(&entry(&twice));
            let page = read(document.as_bytes()).unwrap();
            assert_eq!(
                page.entries[0].initiated,
                "2026-11-20T00:00:00Z".parse().ok()
            );
        }
        let document = whole(&entry(&format!("{old}<Initiated>long ago</Initiated>")));
        let page = read(document.as_bytes()).unwrap();
        assert_eq!(page.entries[0].initiated, None);
        // Of the next entry nothing was said yet.
        let document = whole(&(entry(young) + &entry(old)));
        let page = read(document.as_bytes()).unwrap();
        assert_eq!(
            page.entries[1].initiated,
            "2026-11-01T00:00:00Z".parse().ok()
        );
        for (other, nameless) in [
            ("<UploadId>2</UploadId>", 1),
            ("<Key>l</Key>", 1),
            ("<Key>k</Key>", 0),
        ] {
            let document = whole(&entry(other));
            let page = read(document.as_bytes()).unwrap();
            assert_eq!(page.nameless, nameless, "{other}");
        }
        for (said, expected) in [
            (
                "<IsTruncated>true</IsTruncated><IsTruncated>false</IsTruncated>",
                (true, false),
            ),
            (
                "<IsTruncated>false</IsTruncated><IsTruncated/>",
                (false, true),
            ),
            ("<IsTruncated/>", (false, true)),
            ("", (false, false)),
        ] {
            let document = whole(said);
            let page = read(document.as_bytes()).unwrap();
            assert_eq!((page.truncated, page.end_unclear), expected, "{said}");
        }
    }
}
