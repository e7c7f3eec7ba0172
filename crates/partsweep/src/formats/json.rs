//! Writing JSON that is exact for programs and harmless for terminals (law 9).

use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::escape;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// Writes one value on one line, without a line end.
pub(crate) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Harmless);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes the fields of a value that is an object, without its braces: the tail of an object whose
/// head was written before its end was known.
pub(crate) fn write_fields(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut object = Vec::new();
    write(&mut object, value)?;
    // A struct is written as `{…}`.
    let fields = object
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(&object);
    out.write_all(fields)
}

/// Writes characters that a terminal could obey, or that hide, as `\uXXXX`; programs read the same
/// text.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(escape::is_dangerous) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut tail = rest[at..].chars();
            if let Some(dangerous) = tail.next() {
                for unit in dangerous.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = tail.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// A time in RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_sees_nothing_to_obey_and_a_program_the_exact_text() {
        let hostile = "a\x1b[2J\n\"\\\u{7f}\u{9b}\u{202e}\u{e0041}é\u{1f600}z";
        let json = text(&hostile);
        assert!(!json.chars().any(escape::is_dangerous), "{json}");
        assert!(json.contains("é\u{1f600}z"), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn times_have_milliseconds() {
        let moment = |text: &str| Moment(text.parse().unwrap());
        assert_eq!(
            text(&moment("2026-01-31T12:34:56Z")),
            "\"2026-01-31T12:34:56.000Z\""
        );
        assert_eq!(
            text(&moment("2026-01-31T12:34:56.7899Z")),
            "\"2026-01-31T12:34:56.789Z\""
        );
    }

    #[test]
    fn the_fields_of_an_object_are_written_without_braces() {
        let mut out = Vec::new();
        write_fields(&mut out, &serde_json::json!({"a": {"b": 1}})).unwrap();
        assert_eq!(out, b"\"a\":{\"b\":1}");
    }
}
