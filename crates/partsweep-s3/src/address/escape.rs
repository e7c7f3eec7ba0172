//! Keys and parameters in a URL, byte for byte.

/// Appends a key to a path: every byte is escaped except unreserved ones and `/`. Nothing is
/// normalised, since `..`, `.` and `//` are legal in keys.
pub(crate) fn push_path(path: &mut String, text: &str) {
    push(path, text, true);
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
    fn parameters_are_escaped_whole() {
        let mut query = String::new();
        push_parameter(&mut query, "key-marker", "a/b+c d");
        push_parameter(&mut query, "uploadId", "2~x&y=");
        assert_eq!(query, "key-marker=a%2Fb%2Bc%20d&uploadId=2~x%26y%3D");
    }
}
