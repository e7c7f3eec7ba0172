//! A saved scan is read back exactly, or refused with the reason.

mod any;
mod files;
mod schema;

use std::io::{Cursor, ErrorKind};

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{
    Activity, Amount, BucketName, Footprint, KeepReason, Listing, Terms, Upload, UploadAddress,
    Verdict, escape,
};
use partsweep_engine::inventory::{
    Checked, Header, InventoryError, InventoryReader, InventoryWriter, Removed, SavedBucket,
    SavedCost, SavedSelection, Uploads, check,
};
use partsweep_engine::{BucketSummary, Finding, IndexCheck, PlanSource, Totals};

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        endpoint: "http://127.0.0.1:9000".to_owned(),
        account: Some("me".to_owned()),
        started: "2026-11-24T12:00:00.123456789Z".parse().unwrap(),
        selection: SavedSelection {
            older_than_seconds: 86_400,
            min_cost: Some(SavedCost {
                amount: "1.50".to_owned(),
                currency: Some("USD".to_owned()),
            }),
            include: vec!["*.iso".to_owned()],
            ..SavedSelection::default()
        },
    }
}

fn finding(key: &str, bytes: u64, sweep: bool) -> Finding {
    let at = |second| Timestamp::from_second(second).ok();
    Finding {
        upload: Upload {
            initiated: at(1_700_000_000),
            storage_class: Some("STANDARD".into()),
            ..Upload::named(UploadAddress::new("b", key, "id").unwrap())
        },
        footprint: Footprint {
            parts: Amount::Exact(1),
            bytes: Amount::Exact(bytes),
            newest_part: at(1_700_000_001),
            all_dated: true,
        },
        last_activity: Activity::Unknown,
        idle: None,
        verdict: match sweep {
            true => Verdict::Sweep,
            false => Verdict::Keep(KeepReason::ActiveRecently),
        },
        error: None,
    }
}

fn summary() -> BucketSummary {
    BucketSummary {
        name: BucketName::new("b").unwrap(),
        region: None,
        listing: Listing::Complete,
        totals: Totals::default(),
        vanished: 0,
        excluded: 0,
        unclear: 0,
        asked: None,
        owner: Some("acme$alice".to_owned()),
        index: Some(IndexCheck::Differs {
            listed: 4,
            counted: 5,
        }),
    }
}

fn saved(findings: &[Finding]) -> Vec<u8> {
    let mut writer = InventoryWriter::new(Vec::new(), &header()).unwrap();
    for finding in findings {
        writer.finding(finding).unwrap();
    }
    writer.bucket(&summary()).unwrap();
    writer.finish().unwrap().0
}

fn example() -> Vec<u8> {
    let findings: Vec<_> = (0..6)
        .map(|n| finding(&format!("key {n}\n\u{1}\"é"), 10 * n, n % 3 != 2))
        .collect();
    saved(&findings)
}

fn read(bytes: &[u8], allow_edited: bool) -> Result<Checked, InventoryError> {
    let reader = InventoryReader::open(Cursor::new(bytes.to_vec()))?;
    let terms = Terms::older_than(reader.header().selection.older_than());
    check(reader, allow_edited, terms)
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let ends = bytes.split_inclusive(|byte| *byte == b'\n');
    ends.map(<[u8]>::to_vec).collect()
}

#[test]
fn what_a_file_does_not_say_of_a_bucket_is_not_known() {
    let line = r#"{"name":"b","listing":"complete","uploads":1,"sweep_uploads":1,"unclear":0}"#;
    let bucket: SavedBucket = serde_json::from_str(line).unwrap();
    assert_eq!(
        (bucket.region, bucket.vanished, bucket.excluded),
        (None, None, None)
    );
    let known = SavedBucket::from(&BucketSummary {
        region: Some("eu-central-1".to_owned()),
        vanished: 2,
        excluded: 3,
        ..summary()
    });
    assert_eq!(known.region.as_deref(), Some("eu-central-1"));
    assert_eq!((known.vanished, known.excluded), (Some(2), Some(3)));
}

#[test]
fn a_whole_file_makes_the_plan_that_was_saved() {
    let checked = read(&example(), false).unwrap();
    assert_eq!(checked.header, header());
    assert_eq!((checked.plan.len(), checked.kept), (4, 2));
    assert_eq!(checked.plan.bytes(), Amount::Exact(80));
    assert_eq!(checked.buckets[0].listing, "complete");
    assert_eq!(checked.removed, Removed::default());
    let day = SignedDuration::from_hours(24);
    assert_eq!(checked.plan.terms(), Terms::older_than(day));
}

#[tokio::test]
async fn the_second_reading_brings_what_the_first_agreed_to() {
    let bytes = example();
    let reader = || InventoryReader::open(Cursor::new(bytes.clone())).unwrap();
    let mut uploads = Uploads::of(reader(), Terms::older_than(SignedDuration::ZERO));
    let brought = uploads.next(1_000).await.unwrap();
    let plan = partsweep_core::Plan::of(&brought, read(&bytes, false).unwrap().plan.terms());
    assert_eq!(plan.digest(), read(&bytes, false).unwrap().plan.digest());
}

#[test]
fn removed_lines_are_accepted_only_if_asked_and_told_exactly() {
    let mut lines = lines(&example());
    // Line 0 is the header; uploads 1 (10 bytes, sweep) and 2 (20 bytes, kept) are removed.
    lines.drain(2..4);
    let trimmed = lines.concat();
    let removed = Removed {
        buckets: 0,
        uploads: 2,
        sweep_uploads: 1,
        sweep_bytes: 10,
    };
    match read(&trimmed, false).unwrap_err() {
        InventoryError::Edited(told) => assert_eq!(told, removed),
        other => panic!("{other:?}"),
    }
    let checked = read(&trimmed, true).unwrap();
    assert_eq!((checked.removed, checked.plan.len()), (removed, 3));
}

#[test]
fn what_was_repeated_moved_or_brought_from_another_file_is_refused() {
    let whole = lines(&example());
    let other = lines(&example());
    let twice = [&whole[..2], &whole[1..]].concat().concat();
    let moved = [&whole[..1], &whole[2..3], &whole[1..2], &whole[3..]]
        .concat()
        .concat();
    let foreign = [&whole[..1], &other[1..2], &whole[2..]].concat().concat();
    for changed in [twice, moved, foreign] {
        let error = read(&changed, true).unwrap_err();
        assert!(matches!(error, InventoryError::Altered { .. }), "{error:?}");
    }
    let longer = [&whole[..], &whole[1..2]].concat().concat();
    let error = read(&longer, true).unwrap_err();
    assert!(matches!(error, InventoryError::AfterEnd { line: 10 }));
}

#[test]
fn what_is_no_saved_scan_is_named_as_such() {
    for other in [
        &b""[..],
        b"\n",
        b"{}\n",
        b"PK\x03\x04",
        b"{\"type\":\"end\"}\n",
    ] {
        let error = read(other, true).unwrap_err();
        assert!(matches!(error, InventoryError::NotAnInventory), "{error:?}");
    }
    let later = String::from_utf8(example()).unwrap();
    let later = later.replacen("partsweep.inventory/1", "partsweep.inventory/2", 1);
    let error = read(later.as_bytes(), true).unwrap_err();
    assert!(matches!(error, InventoryError::OtherSchema(form) if form.ends_with("/2")));
}

#[test]
fn a_terminal_that_shows_the_file_sees_nothing_to_obey() {
    let hostile = "k\u{1b}[2J\u{9b}\u{202e}\u{e0041}";
    let text = String::from_utf8(saved(&[finding(hostile, 1, true)])).unwrap();
    assert!(!text.replace('\n', "").chars().any(escape::is_dangerous));
}

#[test]
fn a_line_that_could_not_be_read_again_is_not_written() {
    let mut writer = InventoryWriter::new(Vec::new(), &header()).unwrap();
    let error = writer.finding(&finding(&"k".repeat(1 << 20), 1, true));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidData);
    let nearly = finding(&"k".repeat((1 << 20) - 1_000), 1, true);
    assert_eq!(read(&saved(&[nearly]), false).unwrap().plan.len(), 1);
}
