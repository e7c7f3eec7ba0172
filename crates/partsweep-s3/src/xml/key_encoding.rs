//! Keys of a listing that was asked for with `encoding-type=url`: decoded only where the answer
//! proves that they are encoded.
//!
//! That has to be proven because stores differ: Ceph encodes keys and does not say so, SeaweedFS
//! says so and does not encode, Swift encodes keys but not markers, and a space is `+` on AWS and
//! MinIO, `%20` on Ceph and Garage (all measured). A key that is decoded wrongly is another key.
//!
//! The rule, in this order, for each upload:
//! 1. The plain page shows the key without U+FFFD: that is the key.
//! 2. The plain page shows it with U+FFFD, which stands for one character: a reading of the
//!    encoded key that fits this pattern is the key, if only one does and the encoded text itself
//!    does not.
//! 3. There is no plain page, but `EncodingType` said `url`, each key on the page is made of what
//!    an encoded key is made of, and at least one has an escape: the keys are encoded. A `+` is a
//!    space if the page has `%2B` and no `%20`, itself if it has `%20` and no `%2B`, and open
//!    otherwise.
//! 4. All readings give the same text: that is the key.
//! 5. The key is doubtful. The likeliest reading is kept, so that ListParts can tell.

use std::collections::HashMap;

use partsweep_core::KeyProof;

use crate::xml::uploads::RawPage;

/// What stands in a text for a character that could not be shown.
const LOST: char = '\u{fffd}';

/// What a `+` in an encoded key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plus {
    Space,
    Itself,
}

/// Whether a key that an answer repeats may be this one, encoded or not.
pub(crate) fn may_be(shown: &str, key: &str) -> bool {
    let decoded = |plus| decode(shown, plus).is_some_and(|decoded| decoded == key);
    shown == key || decoded(Plus::Space) || decoded(Plus::Itself)
}

/// Whether a plain page shows every key and marker.
pub(crate) fn shows_all(page: &RawPage<'_>) -> bool {
    page.entries.iter().all(|entry| !entry.key.contains(LOST))
        && !page
            .next_key
            .as_ref()
            .is_some_and(|marker| marker.contains(LOST))
}

/// The keys of `plain`, with those that it could not show looked up in `encoded` by upload id.
pub(crate) fn repair(plain: &RawPage<'_>, encoded: &RawPage<'_>) -> Vec<(String, KeyProof)> {
    let by_id: HashMap<&str, &str> = encoded
        .entries
        .iter()
        .map(|entry| (&*entry.id, &*entry.key))
        .collect();
    let repaired = plain.entries.iter().map(|entry| {
        let shown = &*entry.key;
        if !shown.contains(LOST) {
            return (shown.to_owned(), KeyProof::Exact);
        }
        by_id
            .get(&*entry.id)
            .and_then(|text| fitting(shown, text))
            .map_or_else(
                || (shown.to_owned(), KeyProof::Doubtful),
                |key| (key, KeyProof::Exact),
            )
    });
    repaired.collect()
}

/// The one reading of `encoded` that looks like `shown`.
fn fitting(shown: &str, encoded: &str) -> Option<String> {
    if fits(shown, encoded) {
        return None;
    }
    let mut readings = [Plus::Space, Plus::Itself]
        .into_iter()
        .filter_map(|plus| decode(encoded, plus))
        .filter(|reading| fits(shown, reading) && !reading.contains(LOST));
    let first = readings.next()?;
    readings.all(|other| other == first).then_some(first)
}

fn fits(shown: &str, key: &str) -> bool {
    let mut key = key.chars();
    shown.chars().all(|character| {
        key.next()
            .is_some_and(|other| character == LOST || character == other)
    }) && key.next().is_none()
}

/// The keys of a page that could be had in no other way.
pub(crate) fn decode_page(page: &RawPage<'_>) -> Vec<(String, KeyProof)> {
    let proven = is_proven(page);
    let plus = meaning_of_plus(page);
    let decoded = page.entries.iter().map(|entry| {
        let text = &*entry.key;
        if text.contains(LOST) {
            return (text.to_owned(), KeyProof::Doubtful);
        }
        if !text.contains(['%', '+']) {
            return (text.to_owned(), KeyProof::Exact);
        }
        let plus_is_known = plus.is_some() || !text.contains('+');
        let likeliest = plus.unwrap_or(Plus::Space);
        match decode(text, likeliest) {
            Some(key) if proven && plus_is_known && !key.contains(LOST) => (key, KeyProof::Exact),
            Some(key) if proven => (key, KeyProof::Doubtful),
            _ => (text.to_owned(), KeyProof::Doubtful),
        }
    });
    decoded.collect()
}

/// The NextKeyMarker of an encoded page as it has to be sent: decoded only if it is the encoded
/// text of a key on that page whose reading is exact, and no key's plain text.
pub(crate) fn marker(page: &RawPage<'_>, keys: &[(String, KeyProof)]) -> Option<String> {
    let marker = page.next_key.as_deref()?;
    let is_plain = keys.iter().any(|(key, _)| key == marker);
    let of_key = page
        .entries
        .iter()
        .zip(keys)
        .find(|(entry, _)| entry.key == marker);
    match of_key {
        Some((_, (key, KeyProof::Exact))) if !is_plain => Some(key.clone()),
        _ => Some(marker.to_owned()),
    }
}

/// Everything that the text of an encoded key may mean, itself included.
pub(crate) fn readings(text: &str) -> impl Iterator<Item = String> {
    let decoded = [Plus::Space, Plus::Itself].map(|plus| decode(text, plus));
    let mut readings = vec![text.to_owned()];
    for reading in decoded.into_iter().flatten() {
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings.into_iter()
}

fn is_proven(page: &RawPage<'_>) -> bool {
    page.says_encoded
        && page.entries.iter().all(|entry| is_encoded_text(&entry.key))
        && page.entries.iter().any(|entry| entry.key.contains('%'))
}

fn meaning_of_plus(page: &RawPage<'_>) -> Option<Plus> {
    let has = |escapes: [&str; 2]| {
        page.entries
            .iter()
            .any(|entry| escapes.iter().any(|escape| entry.key.contains(escape)))
    };
    match (has(["%20", "%20"]), has(["%2B", "%2b"])) {
        (false, true) => Some(Plus::Space),
        (true, false) => Some(Plus::Itself),
        _ => None,
    }
}

/// Whether a text is made only of what encoders leave plain, and of whole escapes.
fn is_encoded_text(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let legal = match byte {
            b'%' => {
                let mut hex = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                hex() && hex()
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~/+*!'(),:;=@&$".contains(&byte),
        };
        if !legal {
            return false;
        }
    }
    true
}

fn decode(text: &str, plus: Plus) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if plus == Plus::Space => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::uploads::RawUpload;
    use std::borrow::Cow;

    fn page<'a>(keys: &[&'a str], says_encoded: bool) -> RawPage<'a> {
        let entry = |(number, key): (usize, &&'a str)| RawUpload {
            key: Cow::Borrowed(*key),
            id: Cow::Owned(number.to_string()),
            ..RawUpload::default()
        };
        RawPage {
            entries: keys.iter().enumerate().map(entry).collect(),
            says_encoded,
            ..RawPage::default()
        }
    }

    fn repaired(plain: &str, encoded: &str) -> (String, KeyProof) {
        repair(&page(&[plain], false), &page(&[encoded], true)).remove(0)
    }

    fn decoded(keys: &[&str], says_encoded: bool) -> Vec<(String, KeyProof)> {
        decode_page(&page(keys, says_encoded))
    }

    fn exact(key: &str) -> (String, KeyProof) {
        (key.to_owned(), KeyProof::Exact)
    }

    fn doubtful(key: &str) -> (String, KeyProof) {
        (key.to_owned(), KeyProof::Doubtful)
    }

    #[test]
    fn a_key_that_the_plain_page_shows_is_that_key() {
        assert_eq!(repaired("a%20b+c", "a%2520b%2Bc"), exact("a%20b+c"));
    }

    #[test]
    fn a_lost_character_is_taken_from_the_reading_that_fits() {
        assert_eq!(repaired("c\u{fffd}x", "c%01x"), exact("c\u{1}x"));
        // MinIO: a space is a plus, a plus is %2B.
        assert_eq!(repaired("a b+\u{fffd}", "a+b%2B%01"), exact("a b+\u{1}"));
        // A store that leaves a plus as it is.
        assert_eq!(repaired("a+b\u{fffd}", "a+b%01"), exact("a+b\u{1}"));
    }

    #[test]
    fn a_lost_character_that_no_reading_or_two_readings_explain_stays_doubtful() {
        // SeaweedFS: says so, and does not encode.
        assert_eq!(repaired("c\u{fffd}x", "c\u{fffd}x"), doubtful("c\u{fffd}x"));
        assert_eq!(repaired("c\u{fffd}x", "other%01"), doubtful("c\u{fffd}x"));
        // The lost character may be a plus or a space.
        assert_eq!(repaired("a\u{fffd}", "a+"), doubtful("a\u{fffd}"));
        assert_eq!(
            repaired("a\u{fffd}\u{fffd}", "a+%01"),
            doubtful("a\u{fffd}\u{fffd}")
        );
        // The character itself is in the key.
        assert_eq!(repaired("c\u{fffd}", "c%EF%BF%BD"), doubtful("c\u{fffd}"));
        let other_upload = repair(&page(&["\u{fffd}"], false), &page(&[], true));
        assert_eq!(other_upload, [doubtful("\u{fffd}")]);
    }

    #[test]
    fn without_a_plain_page_encoding_has_to_be_said_and_seen() {
        assert_eq!(decoded(&["a%01", "b"], true), [exact("a\u{1}"), exact("b")]);
        assert_eq!(
            decoded(&["a%01", "b"], false),
            [doubtful("a%01"), exact("b")]
        );
        // A character that an encoder would not leave: nothing is encoded.
        assert_eq!(
            decoded(&["a%41", "b c"], true),
            [doubtful("a%41"), exact("b c")]
        );
        assert_eq!(
            decoded(&["100%", "b%20"], true),
            [doubtful("100%"), doubtful("b%20")]
        );
        // Bytes that are no text.
        assert_eq!(
            decoded(&["a%FF", "b%20"], true),
            [doubtful("a%FF"), exact("b ")]
        );
    }

    #[test]
    fn a_plus_is_what_the_page_shows_it_to_be() {
        assert_eq!(decoded(&["a+b", "%2B"], true), [exact("a b"), exact("+")]);
        assert_eq!(decoded(&["a+b", "%20"], true), [exact("a+b"), exact(" ")]);
        assert_eq!(
            decoded(&["a+b", "%01"], true),
            [doubtful("a b"), exact("\u{1}")]
        );
        assert_eq!(
            decoded(&["a+b", "%20%2B"], true),
            [doubtful("a b"), exact(" +")]
        );
    }

    #[test]
    fn a_marker_is_decoded_only_as_a_key_of_its_page_was() {
        let marker_of = |keys: &[&'static str], next: &'static str| {
            let mut page = page(keys, true);
            page.next_key = Some(Cow::Borrowed(next));
            let keys = decode_page(&page);
            marker(&page, &keys).unwrap()
        };
        assert_eq!(marker_of(&["a%01"], "a%01"), "a\u{1}");
        assert_eq!(
            marker_of(&["a%01"], "a\u{1}"),
            "a\u{1}",
            "Ceph and Swift send it plain"
        );
        assert_eq!(marker_of(&["a%01"], "opaque%3D"), "opaque%3D");
        // It is the encoded text of one key and the plain text of another.
        assert_eq!(marker_of(&["a%2520b", "a%20b"], "a%20b"), "a%20b");
        assert_eq!(
            marker_of(&["a+b", "%01"], "a+b"),
            "a+b",
            "a doubtful key decides nothing"
        );
    }
}
