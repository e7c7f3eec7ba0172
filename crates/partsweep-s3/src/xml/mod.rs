//! Reading S3's documents: lenient in what fields look like, strict in two things.
//!
//! The root element and its end tag must be there and no other element behind it, or nothing is believed: AWS may
//! send a cut document with status 200, and a cut list read as a whole one hides uploads. Everything else
//! is taken as it comes: references to control characters that XML forbids, raw control
//! characters, line ends (kept byte for byte: they are in keys), any namespace or none, unknown
//! and missing elements.

use std::borrow::Cow;

pub(crate) use dates::Dates;
pub(crate) use long::{LongDocument, Walked};
pub(crate) use said::{Said, SaidDate, SaidEnd};
pub(crate) use tag::Tag;
use text::Leaf;
use tokens::{Token, Tokens};

mod dates;
mod long;
mod said;
mod tag;
mod text;
mod tokens;

/// Elements in elements: S3's own documents have five, and each level takes memory.
const DEEPEST: usize = 64;

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
    let mut tokens = Tokens::new(text_of(document)?);
    let (root, is_empty) = open_root(&mut tokens)?;
    if root == Tag::Error && !roots.contains(&Tag::Error) {
        return Err(ReadError::Refused);
    }
    if !roots.contains(&root) {
        return Err(ReadError::NotS3);
    }
    if is_empty {
        return nothing_behind(&mut tokens);
    }
    let mut path: Vec<Tag> = Vec::with_capacity(8);
    let mut leaf = Leaf::default();
    loop {
        match tokens.next()? {
            Token::Start(name) => {
                if path.len() >= DEEPEST {
                    return Err(too_deep());
                }
                path.push(Tag::of(name));
                leaf.begin();
                visit(&path, Node::Open);
            }
            Token::Empty(name) => {
                path.push(Tag::of(name));
                visit(&path, Node::Open);
                visit(&path, Node::Text(Cow::Borrowed("")));
                visit(&path, Node::Close);
                path.pop();
                leaf.end();
            }
            Token::End => {
                if path.is_empty() {
                    return nothing_behind(&mut tokens);
                }
                if let Some(text) = leaf.end() {
                    visit(&path, Node::Text(text));
                }
                visit(&path, Node::Close);
                path.pop();
            }
            Token::Text(text) | Token::Marked(text) => leaf.add(text),
            Token::Char(character) => leaf.add_char(character),
            Token::Eof => return Err(malformed("the response was truncated".to_owned())),
            Token::Nothing => {}
        }
    }
}

/// The document as text, without a byte order mark.
fn text_of(document: &[u8]) -> Result<&str, ReadError> {
    let text = std::str::from_utf8(document).map_err(|error| {
        let at = error.valid_up_to();
        malformed(format!("the response isn't valid UTF-8 at byte {at}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The text of the root, for the one document that is nothing but its root (LocationConstraint).
pub(crate) fn root_text(document: &[u8], root: Tag) -> Result<String, ReadError> {
    // Checks the root and its end; the elements in it are of no interest.
    walk(document, &[root], |_, _| {})?;
    let mut tokens = Tokens::new(text_of(document)?);
    let mut found = String::new();
    if open_root(&mut tokens)?.1 {
        return Ok(found);
    }
    while let Token::Text(text) = tokens.next()? {
        found.push_str(text.trim());
    }
    Ok(found)
}

/// The root, and whether it is empty.
fn open_root(tokens: &mut Tokens<'_>) -> Result<(Tag, bool), ReadError> {
    loop {
        match tokens.next()? {
            Token::Start(name) => return Ok((Tag::of(name), false)),
            Token::Empty(name) => return Ok((Tag::of(name), true)),
            Token::Text(text) if text.trim().is_empty() => {}
            Token::Nothing => {}
            Token::Eof => {
                return Err(malformed(
                    "the response is empty or was truncated".to_owned(),
                ));
            }
            _ => return Err(ReadError::NotS3),
        }
    }
}

/// Reads on to the end of the document. Another element behind the root would be one more document, perhaps with
/// entries that the first one doesn't have: no part of them is a whole list.
fn nothing_behind(tokens: &mut Tokens<'_>) -> Result<(), ReadError> {
    loop {
        match tokens.next()? {
            Token::Start(_) | Token::Empty(_) | Token::End => return Err(goes_on()),
            Token::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn goes_on() -> ReadError {
    malformed("the response goes on after its end".to_owned())
}

fn too_deep() -> ReadError {
    malformed("the response has elements nested too deeply".to_owned())
}

fn not_utf8() -> ReadError {
    malformed("the response isn't valid UTF-8".to_owned())
}

fn malformed(why: String) -> ReadError {
    ReadError::Malformed(why)
}

pub(crate) mod buckets;
pub(crate) mod copies;
pub(crate) mod key_encoding;
pub(crate) mod objects;
pub(crate) mod parts;
pub(crate) mod retention;
pub(crate) mod session;
pub(crate) mod tags;
#[cfg(test)]
mod tests;
pub(crate) mod uploads;
pub(crate) mod versions;
