//! Upload ids and ETags: unlike each other, and the same in each run.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::habits::IdStyle;
use crate::hash::hex;

/// Makes what looks random.
#[derive(Debug, Default)]
pub(crate) struct IdMaker {
    seed: u64,
    count: u64,
}

impl IdMaker {
    /// A maker that makes the same for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// Makes an upload id in the style of a store.
    pub(crate) fn upload_id(&mut self, style: IdStyle, key: &str, initiated: Timestamp) -> String {
        match style {
            IdStyle::Rising => {
                let time = initiated.as_millisecond().max(0);
                self.count += 1;
                let nth = self.count;
                format!("{time:013}.{nth:010}.{}", self.letters(40))
            }
            IdStyle::Ceph => format!("2~{}", self.letters(32)),
            IdStyle::Hex => self.hex(64),
            IdStyle::KeyHash => {
                let hash = hex(&Sha256::digest(key.as_bytes()));
                let uuid = self.hex(32);
                format!(
                    "{}_{}-{}-{}",
                    &hash[..40],
                    &uuid[..8],
                    &uuid[8..16],
                    &uuid[16..]
                )
            }
            IdStyle::Base64 => self.letters(48),
        }
    }

    /// Makes the id of a version of an object.
    pub(crate) fn version_id(&mut self) -> String {
        self.letters(32)
    }

    /// Makes an ETag: 32 hex digits, without quotes.
    ///
    /// It is no MD5: bodies are not kept, and an ETag is opaque.
    pub(crate) fn etag(&mut self) -> String {
        self.hex(32)
    }

    /// The next number of a SplitMix64 sequence.
    pub(crate) fn number(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        finish(self.count.wrapping_mul(GOLDEN).wrapping_add(self.seed))
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.number()));
        }
        text.truncate(digits);
        text
    }

    fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::with_capacity(count);
        while text.len() < count {
            let mut bits = self.number();
            for _ in 0..10.min(count - text.len()) {
                text.push(char::from(LETTERS[(bits & 63) as usize]));
                bits >>= 6;
            }
        }
        text
    }
}

/// What SplitMix64 adds from one number to the next.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The last steps of SplitMix64.
fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number that looks random, always the same one for the same number.
pub(crate) fn mix(number: u64) -> u64 {
    finish(number.wrapping_add(1).wrapping_mul(GOLDEN))
}

/// Whether a text has the form of a store's upload ids.
pub(crate) fn has_form(style: IdStyle, id: &str) -> bool {
    match style {
        IdStyle::Hex => id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        IdStyle::Base64 => id.len() == 48,
        IdStyle::Rising | IdStyle::Ceph | IdStyle::KeyHash => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_their_store_and_differ() {
        let mut maker = IdMaker::default();
        for style in [
            IdStyle::Rising,
            IdStyle::Ceph,
            IdStyle::Hex,
            IdStyle::KeyHash,
            IdStyle::Base64,
        ] {
            let one = maker.upload_id(style, "k", Timestamp::UNIX_EPOCH);
            let two = maker.upload_id(style, "k", Timestamp::UNIX_EPOCH);
            assert_ne!(one, two);
            assert!(has_form(style, &one), "{one}");
        }
        assert!(!has_form(IdStyle::Hex, "include"));
    }

    #[test]
    fn rising_ids_rise_with_time_and_then_with_creation() {
        let mut maker = IdMaker::default();
        let mut id = |second| {
            maker.upload_id(
                IdStyle::Rising,
                "k",
                Timestamp::from_second(second).unwrap(),
            )
        };
        let (late, early, early_too) = (id(1_800_000_000), id(1_700_000_000), id(1_700_000_000));
        assert!(early < early_too && early_too < late);
    }
}
