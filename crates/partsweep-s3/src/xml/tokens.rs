//! The tokens of a document.
//!
//! Nearly all of a listing is `<Name>`, text and `</Name>`. Those are read here, each in a few
//! instructions; whatever else comes is left to quick-xml, token by token. With quick-xml for all of it,
//! reading a page took half of the processor time of a listing (`docs/performance.md`); that both read
//! the same is tested.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::text::resolve;
use super::{ReadError, malformed};

/// One token, as far as it is of interest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An element begins; its name, without a prefix.
    Start(&'a str),
    /// An element that is empty.
    Empty(&'a str),
    /// The innermost element ends.
    End,
    /// A piece of text.
    Text(Cow<'a, str>),
    /// A character that was written as a reference.
    Char(char),
    /// A piece of text that is marked as such (CDATA).
    Marked(Cow<'a, str>),
    /// A comment, a declaration: of no interest.
    Nothing,
    /// The document ends.
    Eof,
}

/// A place between two tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    rest: &'a str,
    open: usize,
    innermost: Option<&'a str>,
}

/// Reads one token after the other.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// The names of the elements that are open, with their prefixes.
    open: Vec<&'a str>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(document: &'a str) -> Self {
        Self {
            rest: document,
            open: Vec::with_capacity(8),
        }
    }

    /// Goes on in a document, of which these elements are open.
    pub(super) fn resume(rest: &'a str, open: impl Iterator<Item = &'a str>) -> Self {
        Self {
            rest,
            open: open.collect(),
        }
    }

    /// Where it is, to come [back](Self::back_to) to.
    pub(super) fn mark(&self) -> Mark<'a> {
        Mark {
            rest: self.rest,
            open: self.open.len(),
            innermost: self.open.last().copied(),
        }
    }

    /// Goes back behind the token before a mark; none but the next was read since.
    pub(super) fn back_to(&mut self, mark: Mark<'a>) {
        self.rest = mark.rest;
        self.open.truncate(mark.open);
        if self.open.len() < mark.open {
            self.open.extend(mark.innermost);
        }
    }

    /// The full names of the elements that are open.
    pub(super) fn open(&self) -> impl Iterator<Item = &'a str> {
        self.open.iter().copied()
    }

    /// Bytes that were not read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next token. Fails at what no parser can read, and at the end of an element that is not the
    /// innermost.
    pub(super) fn next(&mut self) -> Result<Token<'a>, ReadError> {
        let token = match self.rest.as_bytes() {
            [] => Some(Token::Eof),
            [b'<', b'/', ..] => self.plain_end(),
            [b'<', ..] => self.plain_start(),
            [b'&', ..] => None,
            bytes => {
                let end = memchr::memchr2(b'<', b'&', bytes).unwrap_or(bytes.len());
                Some(Token::Text(Cow::Borrowed(self.skip(end))))
            }
        };
        match token {
            Some(token) => Ok(token),
            None => self.any(),
        }
    }

    /// Reads `<Name>` and `<Name/>`.
    fn plain_start(&mut self) -> Option<Token<'a>> {
        let bytes = self.rest.as_bytes();
        let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric();
        let end = 1 + bytes.iter().skip(1).take_while(is_of_name).count();
        if end == 1 {
            return None;
        }
        match bytes.get(end..)? {
            [b'>', ..] => {
                let name = &self.skip(end + 1)[1..end];
                self.open.push(name);
                Some(Token::Start(name))
            }
            [b'/', b'>', ..] => Some(Token::Empty(&self.skip(end + 2)[1..end])),
            _ => None,
        }
    }

    /// Reads `</Name>` of the innermost element.
    fn plain_end(&mut self) -> Option<Token<'a>> {
        let name = *self.open.last()?;
        let rest = self.rest.get(2..)?.strip_prefix(name)?.strip_prefix('>')?;
        self.rest = rest;
        self.open.pop();
        Some(Token::End)
    }

    /// Reads any token.
    fn any(&mut self) -> Result<Token<'a>, ReadError> {
        let document = self.rest;
        let mut reader = Reader::from_str(document);
        // It sees neither what is before nor what is behind: names are compared here.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        // One comment in another: the first one was not closed, and would swallow all that is between them.
        reader.config_mut().check_comments = true;
        let unreadable =
            |error: &dyn std::fmt::Display| malformed(format!("the XML can't be parsed: {error}"));
        let event = reader.read_event().map_err(|error| unreadable(&error))?;
        let read = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        self.skip(read);
        // A name begins right behind its `<`.
        let full = |length: usize| document.get(1..1 + length).unwrap_or_default();
        // A tag that was not closed would swallow the next one, and all that is between their quotes.
        if let Event::Start(tag) | Event::Empty(tag) = &event
            && tag.contains('<')
        {
            return Err(unreadable(&"a tag begins within another"));
        }
        Ok(match event {
            Event::Start(start) => {
                let name = full(start.name().as_ref().len());
                self.open.push(name);
                Token::Start(local(name))
            }
            Event::Empty(start) => Token::Empty(local(full(start.name().as_ref().len()))),
            Event::End(end) => {
                let ends = end.name();
                match self.open.pop() {
                    Some(name) if name == ends.as_ref() => Token::End,
                    Some(name) => {
                        let found = ends.as_ref();
                        return Err(unreadable(&format!("`</{found}>` ends `<{name}>`")));
                    }
                    None => return Err(unreadable(&"an XML element ends that didn't begin")),
                }
            }
            Event::Text(text) => Token::Text(text.into_inner()),
            Event::CData(text) => Token::Marked(text.into_inner()),
            Event::GeneralRef(reference) => Token::Char(resolve(&reference)?),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Token::Nothing,
            Event::Eof => Token::Eof,
        })
    }

    /// Goes on behind so many bytes, and returns them.
    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        skipped
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests;
