//! Reading S3's documents: lenient in what fields look like, strict in two things.
//!
//! The root element and its end tag must be there, or nothing is believed: AWS may send a cut
//! document with status 200, and a cut list read as a whole one hides uploads. Everything else
//! is taken as it comes: references to control characters that XML forbids, raw control
//! characters, line ends (kept byte for byte: they are in keys), any namespace or none, unknown
//! and missing elements.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

pub(crate) use tag::Tag;
use text::{Leaf, resolve};
pub(crate) use text::{is_true, moment};

mod tag;
mod text;

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

#[cfg(test)]
mod tests;
