//! Saved scans as files: whole or not there, compressed or not.

use std::io::ErrorKind;
use std::path::Path;

use jiff::SignedDuration;
use partsweep_core::Terms;
use partsweep_engine::inventory::{self, InventoryError, check};

use super::{finding, header};

#[test]
fn a_file_is_whole_or_not_there_and_its_form_is_seen() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inventory");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["plan.ndjson", "plan.ndjson.zst"] {
        let path = folder.join(name);
        let mut scan = inventory::file::create(&path, &header()).unwrap();
        scan.finding(&finding("k", 5, true)).unwrap();
        assert!(!path.exists(), "not before it is whole");
        drop(scan);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let mut scan = inventory::file::create(&path, &header()).unwrap();
        for n in 0..1_000 {
            scan.finding(&finding(&format!("k{n}"), 5, true)).unwrap();
        }
        assert_eq!(scan.finish().unwrap().unwrap().sweep_bytes, 5_000);
        let renamed = folder.join("renamed");
        std::fs::rename(&path, &renamed).unwrap();
        let reader = inventory::file::open(&renamed).unwrap();
        let checked = check(reader, false, Terms::older_than(SignedDuration::ZERO)).unwrap();
        assert_eq!(checked.plan.len(), 1_000);
        std::fs::remove_file(renamed).unwrap();
    }
}

#[test]
fn what_is_not_a_file_is_not_waited_for() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match inventory::file::open(folder).err().unwrap() {
        InventoryError::Io { doing, source } => {
            assert_eq!((doing, source.kind()), ("open", ErrorKind::InvalidInput));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_compressed_file_that_was_cut_or_got_longer_is_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("cut.zst");
    let mut scan = inventory::file::create(&path, &header()).unwrap();
    scan.finding(&finding("k", 5, true)).unwrap();
    scan.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let read_file = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let terms = Terms::older_than(SignedDuration::ZERO);
        check(inventory::file::open(&path)?, true, terms)
    };
    assert!(read_file(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(read_file(&whole[..end]).is_err(), "{end} bytes");
    }
    let half = read_file(&whole[..whole.len() / 2]).unwrap_err();
    assert!(matches!(half, InventoryError::Truncated { .. }), "{half:?}");
    let twice = read_file(&whole.repeat(2)).unwrap_err();
    assert!(matches!(twice, InventoryError::AfterEnd { line: 4 }));
    assert!(read_file(&[&whole[..], b"\n"].concat()).is_err());
    std::fs::remove_file(&path).unwrap();
}
