//! A text as it may be meant, and where signatures stand in it.

use std::ops::Range;

use memchr::memmem;

/// What an `Authorization` header begins with.
pub(super) const SCHEME: &str = "aws4-hmac-sha256";

/// What a signature is called, in headers and in queries.
pub(super) const SIGNATURE: &[u8] = b"signature";

/// The characters that a text in Base64, in hexadecimal or a token consists of.
pub(super) fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// What an escape begins with: of URLs, of JSON, of XML and HTML.
pub(super) const ESCAPES: [u8; 3] = [b'%', b'\\', b'&'];

/// The byte that an escape at the beginning of a text stands for, and how long the escape is.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, radix).ok()
    };
    match text {
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        // The first two digits of the four are zeros in ASCII.
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((number(&[*high, *low], 16)?, 6)),
        [b'\\', escaped, ..] => Some((*escaped, 2)),
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(8).position(|byte| *byte == b';')?;
            let byte = match &rest[..end] {
                [b'x', digits @ ..] => number(digits, 16)?,
                digits => number(digits, 10)?,
            };
            Some((byte, end + 3))
        }
        _ => None,
    }
}

/// A text as it may be meant: in lower case, and with escapes undone.
pub(super) struct View {
    pub(super) text: Vec<u8>,
    /// Where each byte comes from; one more for the end.
    from: Vec<usize>,
}

/// A text as it is, and with its escapes undone once and twice.
pub(super) fn views(text: &str) -> Vec<View> {
    let plain = View {
        text: text.to_ascii_lowercase().into_bytes(),
        from: (0..=text.len()).collect(),
    };
    let mut views = vec![plain];
    for _ in 0..2 {
        match views[views.len() - 1].unescaped() {
            Some(view) => views.push(view),
            None => break,
        }
    }
    views
}

impl View {
    fn unescaped(&self) -> Option<Self> {
        let [url, json, xml] = ESCAPES;
        memchr::memchr3(url, json, xml, &self.text)?;
        let (mut text, mut from) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.text.len() {
            from.push(self.from[at]);
            let (byte, length) = escape(&self.text[at..]).unwrap_or((self.text[at], 1));
            text.push(byte.to_ascii_lowercase());
            at += length;
        }
        from.push(self.from[self.text.len()]);
        (text.len() < self.text.len()).then_some(Self { text, from })
    }

    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.from[range.start]..self.from[range.end]
    }

    /// All of the token that a range is in.
    pub(super) fn spread(&self, range: Range<usize>) -> Range<usize> {
        let before = self.text[..range.start].iter().rev();
        let start = range.start - before.take_while(|byte| is_of_token(**byte)).count();
        let behind = self.text[range.end..].iter();
        let end = range.end + behind.take_while(|byte| is_of_token(**byte)).count();
        start..end
    }

    /// Values of `Authorization`, and signatures by themselves, whoever made them.
    pub(super) fn authorizations(&self) -> Vec<Range<usize>> {
        let is_hex = |byte: &&u8| byte.is_ascii_hexdigit();
        let mut ranges = Vec::new();
        for at in memmem::find_iter(&self.text, SIGNATURE) {
            let mut start = at + SIGNATURE.len();
            let between = self.text[start..].iter();
            start += between
                .take_while(|byte| matches!(byte, b'=' | b':' | b'"' | b' '))
                .count();
            let digits = self.text[start..].iter().take_while(is_hex).count();
            if digits >= 32 {
                ranges.push(start..start + digits);
            }
        }
        for start in memmem::find_iter(&self.text, SCHEME.as_bytes()) {
            let signed = ranges.iter().find(|range| range.start > start);
            let plain = self.text[start..]
                .iter()
                .take_while(|byte| !byte.is_ascii_control());
            let end = match signed {
                Some(range) if range.end - start < 4_096 => range.end,
                _ if self.text[start..].starts_with(b"aws4-hmac-sha256 credential") => {
                    start + plain.count()
                }
                _ => start + SCHEME.len(),
            };
            ranges.push(start..end);
        }
        ranges
    }
}
