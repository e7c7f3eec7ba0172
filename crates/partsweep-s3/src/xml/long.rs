//! Reading a document that is too long to be in memory, window by window.
//!
//! The tokens are those of [`Tokens`], which sees one window at a time. A window
//! ends behind a `>`, so that no name, reference or character is cut; what a `>` is part of (a comment,
//! a marked text) cannot be read in it and is read again from its beginning in a longer one.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use super::tokens::{Token, Tokens};
use super::{DEEPEST, Node, ReadError, Tag, malformed};

/// Bytes of a window at first.
const WINDOW: usize = 128 << 10;

/// Bytes of a window at most: one token has no more.
const LONGEST_WINDOW: usize = 4 << 20;

/// Bytes of a text at most, which may be in several tokens: a key has 1,024, each six times as long if it
/// is written as a reference.
const LONGEST_TEXT: usize = 1 << 20;

/// How far a walk came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Walked {
    /// The visitor had enough for now.
    Paused,
    /// The end of the root was there, and nothing behind it.
    Ended,
}

/// Where a walk is.
#[derive(Debug, PartialEq, Eq)]
enum Position {
    BeforeRoot,
    Inside,
    /// Behind the end of the root, where no other element may be.
    Behind,
    End,
}

/// A document that is walked in several goes.
pub(crate) struct LongDocument {
    source: Box<dyn Read + Send>,
    /// What was read of the source, and how much of that was walked.
    window: Vec<u8>,
    walked: usize,
    /// Bytes of a window: of the usual one, and of this one.
    usual: usize,
    wanted: usize,
    /// The source has no more.
    is_all: bool,
    place: Position,
    /// The elements that are open, by their full names and by what they are.
    names: Vec<String>,
    path: Vec<Tag>,
    text: Option<String>,
}

impl std::fmt::Debug for LongDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LongDocument")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl LongDocument {
    pub(crate) fn new(source: impl Read + Send + 'static) -> Self {
        Self {
            source: Box::new(source),
            window: Vec::new(),
            walked: 0,
            usual: WINDOW,
            wanted: WINDOW,
            is_all: false,
            place: Position::BeforeRoot,
            names: Vec::new(),
            path: Vec::new(),
            text: None,
        }
    }

    /// The same in windows of another length.
    #[cfg(test)]
    pub(super) fn in_windows_of(self, usual: usize) -> Self {
        Self {
            usual,
            wanted: usual,
            ..self
        }
    }

    /// Walks on, as [`walk`](super::walk) does, until the document ends or `visit` breaks.
    pub(crate) fn walk(
        &mut self,
        roots: &[Tag],
        mut visit: impl FnMut(&[Tag], Node<'static>) -> ControlFlow<()>,
    ) -> Result<Walked, ReadError> {
        while self.place != Position::End {
            self.fill()?;
            let end = self.readable();
            let names = std::mem::take(&mut self.names);
            let window = std::mem::take(&mut self.window);
            let went = self.walk_window(roots, &window, end, &names, &mut visit);
            self.window = window;
            let (walked, names, paused) = went?;
            self.names = names;
            if walked == 0 && !paused && self.place != Position::End {
                self.lengthen()?;
            } else {
                self.wanted = self.usual;
            }
            self.walked += walked;
            if paused {
                return Ok(Walked::Paused);
            }
        }
        Ok(Walked::Ended)
    }

    /// Walks what can be read of a window; says how much that was, what is open, and whether the
    /// visitor had enough.
    fn walk_window(
        &mut self,
        roots: &[Tag],
        window: &[u8],
        end: usize,
        names: &[String],
        visit: &mut impl FnMut(&[Tag], Node<'static>) -> ControlFlow<()>,
    ) -> Result<(usize, Vec<String>, bool), ReadError> {
        let window = window.get(..end).unwrap_or_default();
        let mut text = std::str::from_utf8(window).map_err(|_| super::not_utf8())?;
        if self.place == Position::BeforeRoot {
            text = text.strip_prefix('\u{feff}').unwrap_or(text);
        }
        let mut tokens = Tokens::resume(text, names.iter().map(String::as_str));
        let mut paused = false;
        while self.place != Position::End && !paused {
            let before = tokens.mark();
            let token = match tokens.next() {
                Ok(Token::Eof) if self.is_all && self.place == Position::Behind => {
                    self.place = Position::End;
                    break;
                }
                Ok(Token::Eof) if self.is_all => {
                    return Err(malformed("the response was truncated".to_owned()));
                }
                Ok(Token::Eof) => break,
                Ok(token) => token,
                // Perhaps only for its end being in the next window.
                Err(_) if !self.is_all => {
                    tokens.back_to(before);
                    break;
                }
                Err(error) => return Err(error),
            };
            paused = self.take(roots, token, visit)?.is_break();
        }
        let names = tokens.open().map(str::to_owned).collect();
        Ok((end - tokens.left(), names, paused))
    }

    fn take(
        &mut self,
        roots: &[Tag],
        token: Token<'_>,
        visit: &mut impl FnMut(&[Tag], Node<'static>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, ReadError> {
        if self.place == Position::BeforeRoot {
            self.take_before_root(roots, &token)?;
            return Ok(ControlFlow::Continue(()));
        }
        if self.place == Position::Behind {
            return match token {
                Token::Start(_) | Token::Empty(_) | Token::End => Err(super::goes_on()),
                _ => Ok(ControlFlow::Continue(())),
            };
        }
        let mut flow = ControlFlow::Continue(());
        match token {
            Token::Start(name) => {
                if self.path.len() >= DEEPEST {
                    return Err(super::too_deep());
                }
                self.path.push(Tag::of(name));
                self.text = Some(String::new());
                flow = visit(&self.path, Node::Open);
            }
            Token::Empty(name) => {
                self.path.push(Tag::of(name));
                let empty = Node::Text(Cow::Borrowed(""));
                for node in [Node::Open, empty, Node::Close] {
                    if visit(&self.path, node).is_break() {
                        flow = ControlFlow::Break(());
                    }
                }
                self.path.pop();
                self.text = None;
            }
            Token::End if self.path.is_empty() => self.place = Position::Behind,
            Token::End => {
                if let Some(text) = self.text.take() {
                    flow = visit(&self.path, Node::Text(Cow::Owned(text)));
                }
                if visit(&self.path, Node::Close).is_break() {
                    flow = ControlFlow::Break(());
                }
                self.path.pop();
            }
            Token::Text(piece) | Token::Marked(piece) => self.add(&piece)?,
            Token::Char(character) => self.add(character.encode_utf8(&mut [0; 4]))?,
            Token::Eof | Token::Nothing => {}
        }
        Ok(flow)
    }

    fn take_before_root(&mut self, roots: &[Tag], token: &Token<'_>) -> Result<(), ReadError> {
        let (root, place) = match token {
            Token::Start(name) => (Tag::of(name), Position::Inside),
            Token::Empty(name) => (Tag::of(name), Position::Behind),
            Token::Text(text) if text.trim().is_empty() => return Ok(()),
            Token::Nothing => return Ok(()),
            _ => return Err(ReadError::NotS3),
        };
        if root == Tag::Error && !roots.contains(&Tag::Error) {
            return Err(ReadError::Refused);
        }
        if !roots.contains(&root) {
            return Err(ReadError::NotS3);
        }
        self.place = place;
        Ok(())
    }

    fn add(&mut self, piece: &str) -> Result<(), ReadError> {
        let Some(text) = &mut self.text else {
            return Ok(());
        };
        if text.len() + piece.len() > LONGEST_TEXT {
            return Err(too_long());
        }
        text.push_str(piece);
        Ok(())
    }

    /// Drops what was walked, and reads on.
    fn fill(&mut self) -> Result<(), ReadError> {
        self.window.drain(..self.walked);
        self.walked = 0;
        let missing = self.wanted.saturating_sub(self.window.len());
        if missing > 0 && !self.is_all {
            let mut more = (&mut self.source).take(missing as u64);
            let came = more.read_to_end(&mut self.window);
            let came = came
                .map_err(|error| malformed(format!("the response can't be read again: {error}")))?;
            self.is_all = came < missing;
        }
        Ok(())
    }

    /// Up to where the window can be read.
    fn readable(&self) -> usize {
        let window = &self.window;
        match self.is_all {
            true => window.len(),
            // What pads a document is no text of an element, and may be of any length.
            false
                if self.place == Position::Behind
                    && memchr::memchr2(b'<', b'&', window).is_none() =>
            {
                match std::str::from_utf8(window) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => window.len(),
                }
            }
            false => memchr::memrchr(b'>', &self.window).map_or(0, |at| at + 1),
        }
    }

    fn lengthen(&mut self) -> Result<(), ReadError> {
        if self.wanted >= LONGEST_WINDOW {
            return Err(too_long());
        }
        self.wanted *= 2;
        Ok(())
    }
}

fn too_long() -> ReadError {
    malformed("the response has a text that is too long to be a name".to_owned())
}
