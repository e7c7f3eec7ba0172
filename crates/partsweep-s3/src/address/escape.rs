//! Keys and parameters in a URL, byte for byte.

/// Appends a key to a path: every byte is escaped except unreserved ones and `/`. Nothing is
/// normalised, since `..`, `.` and `//` are legal in keys.
pub(crate) fn push_path(path: &mut String, text: &str) {
    push(path, text, true);
}

/// Why a bucket of this name can't be asked for in a URL; none if it can.
///
/// A server, or a proxy before it, makes another path of one with `..` in it, and of a slash in a name the key of another
/// bucket. No store lets anybody create such a bucket, but an answer may name one. An ARN has slashes.
pub(crate) fn why_no_bucket(name: &str) -> Option<&'static str> {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    if name.is_empty() || name.split('/').any(is_dots) {
        return Some("a URL with this name in it would be another one");
    }
    if name.contains('/') && !name.starts_with("arn:") {
        return Some("a URL would take what follows the slash for a key");
    }
    let is_odd = |character: char| character.is_control() || matches!(character, '?' | '#' | '\\');
    name.contains(is_odd)
        .then_some("it has a character that no bucket's name may have")
}

/// Appends `name=value`, both escaped whole.
pub(crate) fn push_parameter(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    push(query, name, false);
    query.push('=');
    push(query, value, false);
}

fn push(target: &mut String, text: &str, keep_slash: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    target.reserve(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (keep_slash && byte == b'/');
        if plain {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(char::from(HEX[usize::from(byte >> 4)]));
            target.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_key_survives() {
        let path = |key: &str| {
            let mut path = String::new();
            push_path(&mut path, key);
            path
        };
        assert_eq!(path("a b+c%d"), "a%20b%2Bc%25d");
        assert_eq!(path("/lead//../.?#&"), "/lead//../.%3F%23%26");
        assert_eq!(path("é\u{1}\r\n~"), "%C3%A9%01%0D%0A~");
    }

    #[test]
    fn a_bucket_whose_name_would_lead_elsewhere_cannot_be_asked_for() {
        for name in [
            "",
            ".",
            "..",
            "/",
            "a/b",
            "../a",
            "a/..",
            "a?b",
            "a#b",
            "a\\b",
            "a\nb",
            "\u{0}",
            "\u{85}",
            "arn:aws:s3:eu-west-1:1:accesspoint/..",
        ] {
            assert!(why_no_bucket(name).is_some(), "{name:?}");
        }
        for name in [
            "a",
            "...",
            "a..b",
            ".a",
            "A_b",
            "t:b",
            ":b",
            "é",
            "a b",
            "a%2e",
            "arn:aws:s3:eu-west-1:1:accesspoint/a",
        ] {
            assert_eq!(why_no_bucket(name), None, "{name:?}");
        }
    }

    #[test]
    fn parameters_are_escaped_whole() {
        let mut query = String::new();
        push_parameter(&mut query, "key-marker", "a/b+c d");
        push_parameter(&mut query, "uploadId", "2~x&y=");
        assert_eq!(query, "key-marker=a%2Fb%2Bc%20d&uploadId=2~x%26y%3D");
    }
}
