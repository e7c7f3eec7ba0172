//! Hashes, and numbers that follow from them.

use sha2::{Digest, Sha256};

/// The SHA-256 of nothing, in hex.
pub(crate) const EMPTY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A number that follows from a text.
pub(crate) fn hash64(text: &str) -> u64 {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads padded Base64.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (fours, []) = text.as_bytes().as_chunks::<4>() else {
        return None;
    };
    let mut bytes = Vec::with_capacity(fours.len() * 3);
    for four in fours {
        let digits = four.iter().take_while(|byte| **byte != b'=').count();
        let mut group = 0_usize;
        for byte in &four[..digits] {
            group = group << 6 | DIGITS.iter().position(|digit| digit == byte)?;
        }
        group <<= 6 * (4 - digits);
        let [.., high, middle, low] = group.to_be_bytes();
        bytes.extend([high, middle, low].iter().take(digits.checked_sub(1)?));
    }
    Some(bytes)
}

/// Writes bytes as Base64, padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let group = three
            .iter()
            .fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        let group = group << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = DIGITS[group >> (18 - 6 * digit) & 63];
            text.push(if digit > three.len() {
                '='
            } else {
                char::from(value)
            });
        }
    }
    text
}

/// Writes bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        let of = [&b""[..], b"f", b"fo", b"foo", b"foob"].map(base64);
        assert_eq!(of, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
        let back = of.map(|text| from_base64(&text).unwrap());
        assert_eq!(back, [&b""[..], b"f", b"fo", b"foo", b"foob"]);
        for odd in ["Zg=", "Z", "====", "Zm9v!g==", "abc"] {
            assert_eq!(from_base64(odd), None, "{odd}");
        }
    }
}
