//! Percent-encoding, as paths and queries need it and as stores write it into listings.

/// How a store writes a space where it percent-encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// `+`, as in HTML forms.
    Plus,
    /// `%20`.
    Percent,
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes all but letters, digits, `-`, `_`, `.`, `~` and those in `kept`.
pub(crate) fn encode(text: &str, kept: &[u8], space: Space) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' if space == Space::Plus => out.push('+'),
            byte if kept.contains(&byte) => out.push(char::from(byte)),
            byte => {
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out
}

/// Decodes `%XX`, and `+` to a space if asked; `None` if it is no UTF-8, which no S3 key may be.
///
/// A `%` that no two hex digits follow stays, as servers leave it.
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    if !text
        .bytes()
        .any(|byte| byte == b'%' || (plus && byte == b'+'))
    {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let digits = bytes
            .get(at)
            .copied()
            .and_then(digit)
            .zip(bytes.get(at + 1).copied().and_then(digit));
        match (byte, digits) {
            (b'%', Some((high, low))) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_come_back_as_they_were() {
        for key in ["a b+c%d", "dir/ü\u{1}\r\n", "%zz", "~*'()"] {
            assert_eq!(
                decode(&encode(key, b"/", Space::Percent), false).as_deref(),
                Some(key)
            );
            assert_eq!(
                decode(&encode(key, b"", Space::Plus), true).as_deref(),
                Some(key)
            );
        }
    }

    #[test]
    fn a_plus_is_a_space_only_in_a_query() {
        assert_eq!(decode("a+b", false).as_deref(), Some("a+b"));
        assert_eq!(decode("a+b", true).as_deref(), Some("a b"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(decode("%ff", false), None);
    }
}
