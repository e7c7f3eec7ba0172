//! Saved scans: whatever was done to a file, its plan names only what the scan saw and would sweep.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use partsweep_core::Terms;
use partsweep_engine::inventory::{Entry, InventoryReader, SavedUpload, check};

/// As the program wrote it.
const SAVED: &[u8] = include_bytes!("../corpus/saved_scan/whole.ndjson");

static SEEN: LazyLock<Vec<SavedUpload>> = LazyLock::new(|| {
    let seen = uploads(SAVED);
    assert!(
        seen.len() > 10,
        "the saved scan that everything is compared with is whole"
    );
    seen
});

fn uploads(file: &[u8]) -> Vec<SavedUpload> {
    let mut uploads = Vec::new();
    if let Ok(mut reader) = InventoryReader::open(file) {
        while let Ok(Some(entry)) = reader.next_entry() {
            uploads.extend(match entry {
                Entry::Upload(upload) => Some(upload),
                Entry::Bucket(_) => None,
            });
        }
    }
    uploads
}

/// One change of a file: of a line, or of a byte.
fn meddle(mut file: Vec<u8>, at: u16, how: u8, byte: u8) -> Vec<u8> {
    let at = usize::from(at);
    let mut lines: Vec<Vec<u8>> = file
        .split_inclusive(|b| *b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if lines.is_empty() {
        return file;
    }
    let (here, there) = (at % lines.len(), usize::from(byte) % lines.len());
    match how % 6 {
        0 => drop(lines.remove(here)),
        1 => lines.swap(here, there),
        2 => lines.insert(here, lines[there].clone()),
        3 => {
            let at = at % file.len();
            file[at] = byte;
            return file;
        }
        4 => {
            file.insert(at % file.len(), byte);
            return file;
        }
        _ => {
            file.truncate(at % file.len());
            return file;
        }
    }
    lines.concat()
}

fuzz_target!(|input: (Vec<(u16, u8, u8)>, &[u8])| {
    let (changes, anything) = input;
    let meddled = changes
        .into_iter()
        .take(16)
        .fold(SAVED.to_vec(), |file, (at, how, byte)| {
            meddle(file, at, how, byte)
        });
    // Each line is held by itself, so lines may be missing; no other may be there.
    let mut left = SEEN.iter();
    for upload in uploads(&meddled) {
        assert!(
            left.any(|seen| *seen == upload),
            "not seen by the scan: {upload:?}"
        );
    }
    let terms = Terms::older_than(jiff::SignedDuration::ZERO);
    for file in [&meddled[..], anything] {
        for allow_edited in [false, true] {
            let Ok(reader) = InventoryReader::open(file) else {
                continue;
            };
            let Ok(checked) = check(reader, allow_edited, terms) else {
                continue;
            };
            if !allow_edited && file.as_ptr() == meddled.as_ptr() {
                assert_eq!(file, SAVED, "a changed file was taken for whole");
            }
            assert!(checked.plan.len() <= uploads(file).len() as u64);
        }
    }
});
