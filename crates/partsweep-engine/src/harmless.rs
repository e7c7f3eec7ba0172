//! JSON that is exact for programs and harmless for terminals (law 9).

use std::io::{self, Write};

use partsweep_core::escape;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Adds one value, on one line and without a line end.
pub(crate) fn write(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless))
}

/// Writes characters that a terminal could obey, or that hide, as `\uXXXX`; programs read the same
/// text.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((before, after)) = rest.split_once(escape::is_dangerous) {
            out.write_all(before.as_bytes())?;
            let dangerous = &rest[before.len()..rest.len() - after.len()];
            for unit in dangerous.encode_utf16() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_nothing_to_obey_and_a_program_the_exact_text() {
        let hostile = "a\x1b[2J\n\"\\\u{7f}\u{9b}\u{202e}\u{e0041}é\u{1f600}z";
        let mut out = Vec::new();
        write(&mut out, &hostile).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(!json.chars().any(escape::is_dangerous), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
