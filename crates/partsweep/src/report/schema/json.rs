//! Writing JSON that is exact for programs and harmless for terminals (law 9).

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use partsweep_engine::files::json;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

/// Writes one value on one line, without a line end.
pub(crate) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut text = Vec::new();
    json::write(&mut text, value)?;
    out.write_all(&text)
}

/// Writes the fields of a value that is an object, without its braces: the tail of an object whose
/// head was written before its end was known.
pub(crate) fn write_fields(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut object = Vec::new();
    json::write(&mut object, value)?;
    // A struct is written as `{…}`.
    let fields = object
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(&object);
    out.write_all(fields)
}

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A time in RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Of the year 9999 at most, so 24 bytes; written by a printer that does not parse a format.
        let mut text = String::with_capacity(32);
        match PRINTER.print_timestamp(&self.0, &mut text) {
            Ok(()) => serializer.serialize_str(&text),
            Err(error) => Err(S::Error::custom(error)),
        }
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
