//! Any upload, any damage.

use std::io::Cursor;

use jiff::Timestamp;
use partsweep_core::{Amount, Footprint, KeyProof, PlannedUpload, Upload, UploadAddress};
use partsweep_engine::Finding;
use partsweep_engine::inventory::{Entry, InventoryError, InventoryReader, Removed};
use proptest::prelude::*;

use super::{example, finding, lines, read, saved};

fn amounts() -> impl Strategy<Value = Amount> {
    prop_oneof![
        any::<u64>().prop_map(Amount::Exact),
        any::<u64>().prop_map(Amount::AtLeast),
        Just(Amount::Unknown),
    ]
}

fn moments() -> impl Strategy<Value = Option<Timestamp>> {
    let nanos = -100_000_000_000_000_000_i128..100_000_000_000_000_000_000;
    proptest::option::of(nanos.prop_map(|n| Timestamp::from_nanosecond(n).unwrap()))
}

fn uploads() -> impl Strategy<Value = PlannedUpload> {
    let names = (".{1,20}", "\\PC{1,20}x", any::<bool>());
    (
        names,
        amounts(),
        amounts(),
        moments(),
        moments(),
        any::<bool>(),
    )
        .prop_map(
            |((key, id, exact), parts, bytes, initiated, newest_part, all_dated)| PlannedUpload {
                upload: Upload {
                    address: UploadAddress::new("b\u{202e}", key, id).unwrap(),
                    key_proof: match exact {
                        true => KeyProof::Exact,
                        false => KeyProof::Doubtful,
                    },
                    initiated,
                    storage_class: None,
                    owner: Some("o".into()),
                    initiator: None,
                },
                footprint: Footprint {
                    parts,
                    bytes,
                    newest_part,
                    all_dated,
                },
            },
        )
}

proptest! {
    #[test]
    fn every_upload_comes_back_exactly(planned in uploads()) {
        let finding = Finding {
            upload: planned.upload.clone(),
            footprint: planned.footprint,
            ..finding("k", 1, true)
        };
        let bytes = saved(&[finding]);
        let mut reader = InventoryReader::open(Cursor::new(bytes)).unwrap();
        match reader.next_entry().unwrap() {
            Some(Entry::Upload(upload)) => prop_assert_eq!(upload.planned, planned),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_refused(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = example();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(read(&bytes, true).is_err());
    }

    #[test]
    fn a_file_cut_anywhere_is_refused(at in any::<prop::sample::Index>()) {
        let bytes = example();
        prop_assert!(read(&bytes[..at.index(bytes.len())], true).is_err());
    }

    #[test]
    fn any_lines_may_be_removed_and_none_is_missed(kept in proptest::collection::vec(any::<bool>(), 6)) {
        let whole = lines(&example());
        let keep = |n: usize| n == 0 || n > 6 || kept[n - 1];
        let trimmed: Vec<_> = (0..).zip(&whole).filter(|(n, _)| keep(*n)).map(|(_, line)| line.clone()).collect();
        let trimmed = trimmed.concat();
        // As in `example`: 10 bytes more each, every third one kept by the scan.
        let gone: Vec<u64> = (0..).zip(&kept).filter(|(_, kept)| !**kept).map(|(n, _)| n).collect();
        let swept = || gone.iter().filter(|n| **n % 3 != 2);
        let removed = Removed {
            buckets: 0,
            uploads: gone.len() as u64,
            sweep_uploads: swept().count() as u64,
            sweep_bytes: swept().map(|n| 10 * n).sum(),
        };
        match read(&trimmed, false) {
            Ok(checked) => prop_assert!(gone.is_empty() && checked.removed == removed),
            Err(InventoryError::Edited(told)) => prop_assert!(!gone.is_empty() && told == removed),
            Err(other) => panic!("{other:?}"),
        }
        prop_assert_eq!(read(&trimmed, true).unwrap().removed, removed);
    }

    #[test]
    fn rubbish_is_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes, true).is_err());
        let mut half = example();
        half.truncate(half.len() / 2);
        half.extend(bytes);
        prop_assert!(read(&half, true).is_err());
    }
}
