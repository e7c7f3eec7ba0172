//! The text of elements, and what it says.

use std::borrow::Cow;

use quick_xml::events::BytesRef;

use super::{ReadError, malformed};

/// The character that a reference stands for.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Result<char, ReadError> {
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character),
            _ => Err(malformed(
                "the response has an undefined XML entity".to_owned(),
            )),
        },
    }
}

/// The text of the innermost element, as long as no element comes in it.
#[derive(Debug, Default)]
pub(super) struct Leaf<'a> {
    text: Cow<'a, str>,
    open: bool,
}

impl<'a> Leaf<'a> {
    pub(super) fn begin(&mut self) {
        self.text = Cow::Borrowed("");
        self.open = true;
    }

    /// References split a text into several events: all of them belong to it.
    pub(super) fn add(&mut self, piece: Cow<'a, str>) {
        if !self.open {
            return;
        }
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }

    pub(super) fn add_char(&mut self, character: char) {
        if self.open {
            self.text.to_mut().push(character);
        }
    }

    pub(super) fn end(&mut self) -> Option<Cow<'a, str>> {
        let open = std::mem::replace(&mut self.open, false);
        open.then(|| std::mem::take(&mut self.text))
    }
}

/// A boolean as servers spell it.
pub(crate) fn is_true(text: &str) -> bool {
    let text = text.trim();
    text.eq_ignore_ascii_case("true") || text == "1"
}

/// The opposite, which is not whatever else there is.
pub(crate) fn is_false(text: &str) -> bool {
    let text = text.trim();
    text.eq_ignore_ascii_case("false") || text == "0"
}
