//! Reading S3's documents: lenient in what fields look like, strict in two things.
//!
//! The root element and its end tag must be there, or nothing is believed: AWS may send a cut
//! document with status 200, and a cut list read as a whole one hides uploads. Everything else
//! is taken as it comes: references to control characters that XML forbids, raw control
//! characters, line ends (kept byte for byte: they are in keys), any namespace or none, unknown
//! and missing elements.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Why a document is not what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It was cut, or is no XML: worth asking again.
    Malformed(String),
    /// It is a document, but not S3's.
    NotS3,
    /// It is S3's error document, in an answer that said 200.
    Refused,
}

macro_rules! tags {
    ($($name:ident),* $(,)?) => {
        /// The elements that are read; local names, whatever the namespace.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Tag {
            /// Any other element.
            Other,
            $(#[doc = stringify!($name)] $name),*
        }

        impl Tag {
            fn of(name: &str) -> Self {
                match name {
                    $(stringify!($name) => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

tags!(
    Bucket,
    BucketRegion,
    Buckets,
    Code,
    ContinuationToken,
    CreateBucketConfiguration,
    EncodingType,
    Endpoint,
    Error,
    HostId,
    ID,
    Initiated,
    Initiator,
    IsTruncated,
    Key,
    LastModified,
    ListAllMyBucketsResponse,
    ListAllMyBucketsResult,
    ListBucketsResult,
    ListMultipartUploadsResponse,
    ListMultipartUploadsResult,
    ListPartsResponse,
    ListPartsResult,
    LocationConstraint,
    Message,
    Name,
    NextKeyMarker,
    NextPartNumberMarker,
    NextUploadIdMarker,
    Owner,
    Part,
    PartNumber,
    Region,
    RequestId,
    Size,
    StorageClass,
    Upload,
    UploadId,
);

/// What the walk comes across, in the document's order.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    /// An element begins.
    Open,
    /// The text of an element that has no elements in it; empty if there was none.
    Text(Cow<'a, str>),
    /// An element ends.
    Close,
}

/// Walks a document whose root must be one of `roots`; `visit` gets the path of each node, from
/// the root's children on, with the element itself last.
pub(crate) fn walk<'a>(
    document: &'a [u8],
    roots: &[Tag],
    mut visit: impl FnMut(&[Tag], Node<'a>),
) -> Result<(), ReadError> {
    let text = std::str::from_utf8(document).map_err(|error| {
        malformed(format!(
            "the document is not UTF-8 at byte {}",
            error.valid_up_to()
        ))
    })?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let root = open_root(&mut reader)?;
    let (root_name, empty) = root;
    if root_name == Tag::Error && !roots.contains(&Tag::Error) {
        return Err(ReadError::Refused);
    }
    if !roots.contains(&root_name) {
        return Err(ReadError::NotS3);
    }
    if empty {
        return Ok(());
    }
    let mut path: Vec<Tag> = Vec::with_capacity(8);
    let mut leaf = Leaf::default();
    loop {
        match next(&mut reader)? {
            Event::Start(start) => {
                path.push(Tag::of(start.local_name().as_ref()));
                leaf.begin();
                visit(&path, Node::Open);
            }
            Event::Empty(start) => {
                path.push(Tag::of(start.local_name().as_ref()));
                visit(&path, Node::Open);
                visit(&path, Node::Text(Cow::Borrowed("")));
                visit(&path, Node::Close);
                path.pop();
                leaf.end();
            }
            Event::End(_) => {
                if path.is_empty() {
                    return Ok(());
                }
                if let Some(text) = leaf.end() {
                    visit(&path, Node::Text(text));
                }
                visit(&path, Node::Close);
                path.pop();
            }
            Event::Text(text) => leaf.add(text.into_inner()),
            Event::CData(text) => leaf.add(text.into_inner()),
            Event::GeneralRef(reference) => leaf.add_char(resolve(&reference)?),
            Event::Eof => return Err(malformed("the document was cut".to_owned())),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// The text of the root, for the one document that is nothing but its root (LocationConstraint).
pub(crate) fn root_text(document: &[u8], root: Tag) -> Result<String, ReadError> {
    // Checks the root and its end; the elements in it are of no interest.
    walk(document, &[root], |_, _| {})?;
    let text = std::str::from_utf8(document).map_err(|error| malformed(error.to_string()))?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut found = String::new();
    if open_root(&mut reader)?.1 {
        return Ok(found);
    }
    while let Event::Text(text) = next(&mut reader)? {
        found.push_str(text.trim());
    }
    Ok(found)
}

fn open_root(reader: &mut Reader<&[u8]>) -> Result<(Tag, bool), ReadError> {
    loop {
        match next(reader)? {
            Event::Start(start) => return Ok((Tag::of(start.local_name().as_ref()), false)),
            Event::Empty(start) => return Ok((Tag::of(start.local_name().as_ref()), true)),
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return Err(malformed("the document is empty or was cut".to_owned())),
            _ => return Err(ReadError::NotS3),
        }
    }
}

fn next<'a>(reader: &mut Reader<&'a [u8]>) -> Result<Event<'a>, ReadError> {
    reader
        .read_event()
        .map_err(|error| malformed(format!("the XML cannot be read: {error}")))
}

fn malformed(why: String) -> ReadError {
    ReadError::Malformed(why)
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, ReadError> {
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character),
            _ => Err(malformed(
                "the document has a reference that means nothing".to_owned(),
            )),
        },
    }
}

/// The text of the innermost element, as long as no element comes in it.
#[derive(Debug, Default)]
struct Leaf<'a> {
    text: Cow<'a, str>,
    open: bool,
}

impl<'a> Leaf<'a> {
    fn begin(&mut self) {
        self.text = Cow::Borrowed("");
        self.open = true;
    }

    /// References split a text into several events: all of them belong to it.
    fn add(&mut self, piece: Cow<'a, str>) {
        if !self.open {
            return;
        }
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }

    fn add_char(&mut self, character: char) {
        if self.open {
            self.text.to_mut().push(character);
        }
    }

    fn end(&mut self) -> Option<Cow<'a, str>> {
        let open = std::mem::replace(&mut self.open, false);
        open.then(|| std::mem::take(&mut self.text))
    }
}

/// A boolean as servers spell it.
pub(crate) fn is_true(text: &str) -> bool {
    let text = text.trim();
    text.eq_ignore_ascii_case("true") || text == "1"
}

/// A moment: 0 to 9 fraction digits; none if it is empty or odd, since a page is not to fail
/// over one date.
pub(crate) fn moment(text: &str) -> Option<jiff::Timestamp> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing_xml;

    fn keys(document: &[u8]) -> Result<Vec<String>, ReadError> {
        let page = listing_xml::read(document)?;
        Ok(page
            .entries
            .iter()
            .map(|entry| entry.key.to_string())
            .collect())
    }

    fn page(key: &str) -> String {
        format!(
            "<ListMultipartUploadsResult><Upload><Key>{key}</Key><UploadId>1</UploadId></Upload>\
             </ListMultipartUploadsResult>"
        )
    }

    #[test]
    fn keys_are_read_character_by_character() {
        let cases = [
            ("a&amp;b&lt;&gt;&quot;&apos;c", "a&b<>\"'c"),
            ("a&#x1;b&#31;c&#x7f;", "a\u{1}b\u{1f}c\u{7f}"),
            ("a\u{1}b", "a\u{1}b"),
            (" a \r\n\t b ", " a \r\n\t b "),
            ("   ", "   "),
            ("a&#x0d;b", "a\rb"),
            ("x<![CDATA[a&amp;]]]]><![CDATA[>b]]>&amp;y", "xa&amp;]]>b&y"),
            ("é\u{fffe}日", "é\u{fffe}日"),
            ("a<!-- no -->b", "ab"),
        ];
        for (text, key) in cases {
            assert_eq!(
                keys(page(text).as_bytes()).as_deref(),
                Ok(&[key.to_owned()][..]),
                "{text:?}"
            );
        }
    }

    #[test]
    fn documents_are_taken_as_servers_spell_them() {
        let upload = "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>";
        let documents = [
            format!(
                "\u{feff}<?xml version='1.0'?>\n<ListMultipartUploadsResult>{upload}</ListMultipartUploadsResult>\n"
            ),
            format!(
                "   \n<?xml version='1.0'?><ListMultipartUploadsResult xmlns=\"urn:x\">{upload}</ListMultipartUploadsResult>"
            ),
            format!(
                "<s3:ListMultipartUploadsResult xmlns:s3='x'>{}</s3:ListMultipartUploadsResult>",
                upload
                    .replace("</", "</s3:")
                    .replace("<U", "<s3:U")
                    .replace("<K", "<s3:K")
            ),
            format!(
                "<ListMultipartUploadsResult><Tenant>t</Tenant><New><Key>no</Key><Upload/></New>{upload}</ListMultipartUploadsResult>"
            ),
            format!(
                "<ListMultipartUploadsResult>{}</ListMultipartUploadsResult>",
                upload.replace("<Key>", "<Deep><Key>other</Key></Deep><Key>")
            ),
        ];
        for document in documents {
            assert_eq!(
                keys(document.as_bytes()).as_deref(),
                Ok(&["k".to_owned()][..]),
                "{document}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_exactly_is_an_error() {
        let malformed = [
            page("&#0;"),
            page("&#xD800;"),
            page("&nbsp;"),
            page("a & b"),
            page("</Key><Key>").replace("</UploadId>", "</uploadid>"),
            "<ListMultipartUploadsResult>".to_owned(),
            "<ListMultipartUploadsResult><Upload></ListMultipartUploadsResult>".to_owned(),
            "<?xml version='1.0'?>".to_owned(),
            String::new(),
        ];
        for document in malformed {
            let read = keys(document.as_bytes());
            assert!(
                matches!(read, Err(ReadError::Malformed(_))),
                "{document}: {read:?}"
            );
        }
        let not_utf8 = [page("a").as_bytes(), b"\xff"].concat();
        assert!(matches!(keys(&not_utf8), Err(ReadError::Malformed(_))));
    }

    #[test]
    fn another_root_is_never_an_empty_list() {
        for document in [
            "<html><p>",
            "<!DOCTYPE html><html>",
            "{}",
            "busy",
            "<ListPartsResult/>",
            "<Upload/>",
        ] {
            assert_eq!(
                keys(document.as_bytes()),
                Err(ReadError::NotS3),
                "{document}"
            );
        }
        assert_eq!(
            keys(b"<Error><Code>x</Code></Error>"),
            Err(ReadError::Refused)
        );
    }

    #[test]
    fn a_document_cut_anywhere_is_an_error() {
        let whole = format!(
            "<?xml version=\"1.0\"?>\n{}",
            page("a&amp;b<![CDATA[c]]>")
                .replace("<Upload>", "<IsTruncated>false</IsTruncated><Upload>")
        );
        assert!(keys(whole.as_bytes()).is_ok());
        for end in 0..whole.len() {
            let read = keys(&whole.as_bytes()[..end]);
            assert!(
                matches!(read, Err(ReadError::Malformed(_))),
                "{}: {read:?}",
                &whole[..end]
            );
        }
    }

    #[test]
    fn odd_values_do_not_fail_a_page() {
        for (text, is) in [
            ("true", true),
            ("True", true),
            ("1", true),
            (" TRUE\n", true),
            ("false", false),
            ("", false),
        ] {
            assert_eq!(is_true(text), is, "{text:?}");
        }
        let known = moment("2026-11-01T00:00:00Z");
        assert!(known.is_some());
        for text in ["2026-11-01T00:00:00.0Z", "2026-11-01T00:00:00.000000000Z"] {
            assert_eq!(moment(text), known, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn the_text_of_a_root_is_read() {
        let text = |document: &str| root_text(document.as_bytes(), Tag::LocationConstraint);
        assert_eq!(
            text("<LocationConstraint>EU</LocationConstraint>").as_deref(),
            Ok("EU")
        );
        assert_eq!(text("<LocationConstraint/>").as_deref(), Ok(""));
        assert!(text("<LocationConstraint>EU").is_err());
    }
}
