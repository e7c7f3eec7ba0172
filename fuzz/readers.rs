//! The readers of `partsweep-s3` as a library of their own, with what must hold whatever they read.
//!
//! Built without the rest of the wire: with it, the AWS crates would take most of the build.

#![expect(
    dead_code,
    reason = "of the files that are shared, only what is fuzzed is called"
)]

#[path = "../crates/partsweep-s3/src/xml/mod.rs"]
mod xml;

use std::borrow::Cow;

use partsweep_core::KeyProof;
use xml::uploads::{LongPage, RawPage, RawUpload};
use xml::{buckets, copies, key_encoding as encoding, objects, parts, uploads};

const LOST: char = '\u{fffd}';

/// What every reader makes of a document, in words.
///
/// # Panics
///
/// If a reader lets something through that nothing behind it expects.
pub fn read_all(document: &[u8]) -> Vec<String> {
    let mut read = vec![
        format!("{:?}", parts::read(document, 0)),
        format!("{:?}", buckets::read(document)),
        format!("{:?}", buckets::read_location(document)),
        format!("{:?}", objects::read(document)),
    ];
    read.extend([
        format!("{:?}", copies::copied(document)),
        format!("{:?}", copies::completed(document)),
        format!("{:?}", copies::part_etag(document)),
        format!("{:?}", copies::upload_id(document)),
    ]);
    let listing = uploads::read(document);
    if let Ok(page) = &listing {
        check(page);
        check_long(document, page);
    }
    read.push(format!("{listing:?}"));
    read
}

/// Read in pieces, a page is the same.
fn check_long(document: &[u8], whole: &RawPage<'_>) {
    let mut long = LongPage::new(std::io::Cursor::new(document.to_vec()));
    let mut entries = Vec::new();
    let mut nameless = 0;
    loop {
        let (piece, is_last) = long.next(2).expect("a page that was read whole");
        nameless += piece.nameless;
        entries.extend(piece.entries);
        if is_last {
            let page = RawPage {
                entries,
                nameless,
                ..piece
            };
            assert_eq!(format!("{page:?}"), format!("{whole:?}"));
            return;
        }
    }
}

fn check(page: &RawPage<'_>) {
    for entry in &page.entries {
        assert!(!entry.key.is_empty() && !entry.id.is_empty(), "nameless");
    }
    for keys in [encoding::decode_page(page), encoding::repair(page, page)] {
        assert_eq!(keys.len(), page.entries.len(), "each upload has a key");
        for (key, proof) in &keys {
            assert!(!key.is_empty(), "a key became empty");
            assert!(*proof == KeyProof::Doubtful || !key.contains(LOST));
        }
        encoding::marker(page, &keys);
    }
    encoding::shows_all(page);
}

/// How stores spell keys where they are asked for `encoding-type=url`.
#[derive(Debug, Clone, Copy)]
pub enum Spelling {
    /// AWS, MinIO: a space is `+`.
    Form,
    /// Ceph, Garage: a space is `%20`, a plus `%2B`.
    Percent,
    /// A space is `%20`, a plus stays.
    BarePlus,
}

impl Spelling {
    fn of(self, key: &str) -> String {
        let mut text = String::new();
        for byte in key.bytes() {
            match (self, byte) {
                (Self::Form, b' ') | (Self::BarePlus, b'+') => text.push('+'),
                (_, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' | b'/') => {
                    text.push(char::from(byte));
                }
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
        text
    }
}

/// Checks that keys are read as what they are, or as doubtful: encoded, with a plain page beside
/// that lost every character for which `is_lost`, or without.
///
/// # Panics
///
/// If a key is taken for another one.
pub fn read_keys(keys: &[&str], spelling: Spelling, is_lost: impl Fn(char) -> bool) {
    let spelt: Vec<_> = keys.iter().map(|key| spelling.of(key)).collect();
    let encoded = page(&spelt, true);
    let shown: Vec<_> = keys
        .iter()
        .map(|key| key.replace(&is_lost, &String::from(LOST)))
        .collect();
    // What is not lost must be shown truly: a key that has the sign itself is shown as it is.
    for read in [
        encoding::decode_page(&encoded),
        encoding::repair(&page(&shown, false), &encoded),
    ] {
        for ((key, proof), truth) in read.iter().zip(keys) {
            assert!(
                *proof == KeyProof::Doubtful || key == truth,
                "{key:?} for {truth:?}"
            );
        }
    }
}

fn page(keys: &[String], says_encoded: bool) -> RawPage<'_> {
    let entries = keys.iter().enumerate().map(|(number, key)| RawUpload {
        key: Cow::Borrowed(key),
        id: Cow::Owned(number.to_string()),
        initiated: None,
        storage_class: None,
        owner: None,
        initiator: None,
        ..RawUpload::default()
    });
    RawPage {
        entries: entries.collect(),
        says_encoded,
        ..RawPage::default()
    }
}
