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

/// A moment: 0 to 9 fraction digits; none if it is empty or odd, since a page is not to fail
/// over one date.
pub(crate) fn moment(text: &str) -> Option<jiff::Timestamp> {
    usual_moment(text.as_bytes()).or_else(|| text.trim().parse().ok())
}

/// A moment as nearly every store writes it: `2026-11-25T22:34:25.000Z`, or without the fraction.
/// Read here, since a listing has one in each entry; what is not exactly so is left to the parser
/// of all forms.
fn usual_moment(text: &[u8]) -> Option<jiff::Timestamp> {
    let (second, fraction) = match text {
        [second @ .., b'.', a, b, c, b'Z'] if second.len() == 19 => (second, [a, b, c]),
        [second @ .., b'Z'] if second.len() == 19 => (second, [&b'0'; 3]),
        _ => return None,
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0, |number: i16, digit| {
            let digit = i16::from(**digit);
            (48..58).contains(&digit).then(|| number * 10 + digit - 48)
        })
    };
    let [
        y,
        e,
        a,
        r,
        b'-',
        m,
        o,
        b'-',
        d,
        i,
        b'T',
        h,
        u,
        b':',
        n,
        t,
        b':',
        s,
        c,
    ] = second
    else {
        return None;
    };
    let small = |digits: &[&u8]| i8::try_from(number(digits)?).ok();
    let date = jiff::civil::Date::new(number(&[y, e, a, r])?, small(&[m, o])?, small(&[d, i])?);
    let milliseconds = i32::from(number(&fraction)?);
    let (hour, minute, second) = (small(&[h, u])?, small(&[n, t])?, small(&[s, c])?);
    let time = jiff::civil::Time::new(hour, minute, second, milliseconds * 1_000_000);
    let datetime = jiff::civil::DateTime::from_parts(date.ok()?, time.ok()?);
    jiff::tz::Offset::UTC.to_timestamp(datetime).ok()
}
