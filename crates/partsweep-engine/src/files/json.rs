//! JSON that is exact for programs and harmless for terminals (law 9).

use std::io::{self, Write};

use partsweep_core::escape::find_dangerous;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Adds one value, on one line and without a line end.
pub fn write(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
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
        while let Some(at) = find_dangerous(rest) {
            let (before, from) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut tail = from.chars();
            if let Some(dangerous) = tail.next() {
                for unit in dangerous.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            rest = tail.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use partsweep_core::escape;
    use proptest::prelude::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        write(&mut out, &text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_sees_nothing_to_obey_and_a_program_the_exact_text() {
        let hostile = "a\x1b[2J\n\"\\\u{7f}\u{9b}\u{202e}\u{e0041}é\u{1f600}z";
        let json = json(hostile);
        assert!(!json.chars().any(escape::is_dangerous), "{json}");
        assert!(json.contains("é\u{1f600}z"), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    proptest! {
        #[test]
        fn any_text_is_exact_and_harmless(text in any::<String>()) {
            let json = json(&text);
            prop_assert!(!json.chars().any(escape::is_dangerous), "{}", json);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
