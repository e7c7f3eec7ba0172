//! Writing XML as the stores do, good and bad.

use std::fmt::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::habits::ControlText;

/// The namespace of S3's documents.
pub(crate) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document that grows.
#[derive(Debug)]
pub(crate) struct Xml {
    out: String,
    control: ControlText,
    /// Whether a text could not be written, which makes the whole answer a 500 on such a store.
    failed: bool,
}

impl Xml {
    /// Begins a document of about `size` bytes.
    pub(crate) fn new(control: ControlText, size: usize) -> Self {
        let mut out = String::with_capacity(size);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self {
            out,
            control,
            failed: false,
        }
    }

    /// Opens the root element, in the namespace of S3.
    pub(crate) fn root(&mut self, name: &str) {
        self.push(&["<", name, " xmlns=\"", NAMESPACE, "\">"]);
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.push(&["<", name, ">"]);
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.push(&["</", name, ">"]);
    }

    /// Writes an element with a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.open(name);
        self.escape(text);
        self.close(name);
    }

    /// Writes an element with something that needs no escapes.
    pub(crate) fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.open(name);
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
        self.close(name);
    }

    /// Writes markup as it is.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// Writes an element with a time in UTC, with three digits of a second or none.
    pub(crate) fn time(&mut self, name: &str, time: Timestamp, millis: bool) {
        self.open(name);
        // Digit by digit: formatting by pattern was a tenth of a listing's cost.
        let civil = TimeZone::UTC.to_datetime(time);
        self.digits(civil.year().unsigned_abs().into(), 4);
        for (before, number) in [
            ('-', civil.month()),
            ('-', civil.day()),
            ('T', civil.hour()),
            (':', civil.minute()),
            (':', civil.second()),
        ] {
            self.out.push(before);
            self.digits(number.unsigned_abs().into(), 2);
        }
        if millis {
            self.out.push('.');
            self.digits(civil.millisecond().unsigned_abs().into(), 3);
        }
        self.out.push('Z');
        self.close(name);
    }

    fn digits(&mut self, number: u32, width: u32) {
        for place in (0..width).rev() {
            let digit = number / 10_u32.pow(place) % 10;
            self.out.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
    }

    /// Returns the document; `None` if this store cannot write one of the texts.
    pub(crate) fn finish(self) -> Option<String> {
        (!self.failed).then_some(self.out)
    }

    fn push(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.out.push_str(piece);
        }
    }

    /// Writes a text with its escapes.
    pub(crate) fn escape(&mut self, text: &str) {
        // U+FFFE and U+FFFF begin with EF; nearly no text has any of these bytes.
        let odd = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0x7f | 0xef) || byte < b' ';
        if !text.bytes().any(odd) {
            self.out.push_str(text);
            return;
        }
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| {
            matches!(
                c,
                '&' | '<' | '>' | '"' | '\u{fffe}' | '\u{ffff}' | '\u{7f}'
            ) || c < ' '
        }) {
            self.out.push_str(&rest[..at]);
            rest = &rest[at..];
            let mut chars = rest.chars();
            if let Some(odd) = chars.next() {
                self.escape_char(odd);
            }
            rest = chars.as_str();
        }
        self.out.push_str(rest);
    }

    fn escape_char(&mut self, odd: char) {
        match odd {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            // Go's encoder, which both stores of this kind use, writes quotes by number.
            '"' if self.control == ControlText::Replaced => self.out.push_str("&#34;"),
            '"' => self.out.push_str("&quot;"),
            '\u{7f}' if self.control != ControlText::PaddedReference => self.out.push(odd),
            '\n' | '\t' if self.control != ControlText::Replaced => self.out.push(odd),
            odd => self.control_char(odd),
        }
    }

    fn control_char(&mut self, odd: char) {
        let reference = match (self.control, odd) {
            (ControlText::Raw, _) | (ControlText::PaddedReference, '\u{fffe}' | '\u{ffff}') => {
                return self.out.push(odd);
            }
            (ControlText::PaddedReference, _) => format!("&#x{:02x};", u32::from(odd)),
            (ControlText::Reference, _) | (_, '\r' | '\n' | '\t') => {
                format!("&#x{:x};", u32::from(odd))
            }
            (ControlText::Replaced, _) => "\u{fffd}".to_owned(),
            (ControlText::Fails, _) => {
                self.failed = true;
                return;
            }
        };
        self.out.push_str(&reference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(control: ControlText, text: &str) -> Option<String> {
        let mut xml = Xml::new(control, 0);
        xml.text("K", text);
        xml.finish()
            .map(|text| text.lines().skip(1).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn each_store_writes_control_characters_in_its_own_way() {
        let cases = [
            (
                ControlText::Reference,
                Some("<K>a&#x1;&#xd;&amp;\u{7f}</K>"),
            ),
            (
                ControlText::PaddedReference,
                Some("<K>a&#x01;&#x0d;&amp;&#x7f;</K>"),
            ),
            (ControlText::Raw, Some("<K>a\u{1}\r&amp;\u{7f}</K>")),
            (
                ControlText::Replaced,
                Some("<K>a\u{fffd}&#xd;&amp;\u{7f}</K>"),
            ),
            (ControlText::Fails, None),
        ];
        for (control, expected) in cases {
            assert_eq!(
                written(control, "a\u{1}\r&\u{7f}").as_deref(),
                expected,
                "{control:?}"
            );
        }
    }

    #[test]
    fn times_have_three_digits_or_none() {
        let time: Timestamp = "2026-11-23T01:02:03.0456Z".parse().unwrap();
        let mut xml = Xml::new(ControlText::Reference, 0);
        xml.time("T", time, true);
        xml.time("T", time, false);
        let text = xml.finish().unwrap();
        assert!(
            text.ends_with("<T>2026-11-23T01:02:03.045Z</T><T>2026-11-23T01:02:03Z</T>"),
            "{text}"
        );
    }
}
