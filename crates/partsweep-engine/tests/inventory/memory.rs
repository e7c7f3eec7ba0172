//! The peak of memory, as Linux tells it.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::{Activity, Amount, Footprint, Terms, Upload, UploadAddress, Verdict};
use partsweep_engine::inventory::{Header, SavedSelection, Uploads, check, file};
use partsweep_engine::{Finding, PlanSource};

/// Enough to fill the buffers and the window of the compression (2 MiB).
const FEW: u64 = 6_000;
/// So many more; `PARTSWEEP_UPLOADS` sets another number. 300,000 take a minute and a half unoptimised.
const MORE: u64 = 20_000;
/// Even 32 bytes kept of each of them would show.
const LEEWAY_BYTES_EACH: u64 = 32;

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        endpoint: "http://127.0.0.1:9000".to_owned(),
        account: None,
        started: Timestamp::UNIX_EPOCH,
        selection: SavedSelection::default(),
    }
}

fn finding(n: u64) -> Finding {
    Finding {
        upload: Upload {
            initiated: Some(Timestamp::UNIX_EPOCH),
            storage_class: Some("STANDARD".into()),
            ..Upload::named(
                UploadAddress::new(
                    "b",
                    format!("backups/2026/{n:08}.tar"),
                    format!("2~{n:032x}"),
                )
                .unwrap(),
            )
        },
        footprint: Footprint {
            parts: Amount::Exact(1),
            bytes: Amount::Exact(n),
            newest_part: Some(Timestamp::UNIX_EPOCH),
            all_dated: true,
        },
        last_activity: Activity::At(Timestamp::UNIX_EPOCH),
        idle: None,
        verdict: Verdict::Sweep,
        error: None,
    }
}

async fn save_check_and_read_again(path: &Path, uploads: u64) {
    let mut scan = file::create(path, &header()).unwrap();
    for n in 0..uploads {
        scan.finding(&finding(n)).unwrap();
    }
    scan.finish().unwrap();
    let terms = Terms::older_than(SignedDuration::ZERO);
    let checked = check(file::open(path).unwrap(), false, terms).unwrap();
    assert_eq!(checked.plan.len(), uploads);
    let mut source = Uploads::of(file::open(path).unwrap(), terms);
    let mut brought = 0;
    while brought < uploads {
        brought += source.next(1_000).await.unwrap().len() as u64;
    }
}

/// The most memory that this process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

#[tokio::test]
async fn memory_does_not_grow_with_the_number_of_uploads() {
    let more = std::env::var("PARTSWEEP_UPLOADS").map_or(MORE, |number| number.parse().unwrap());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many.ndjson.zst");
    // Twice: the allocator settles after the first large blocks came back.
    for _ in 0..2 {
        save_check_and_read_again(&path, FEW).await;
    }
    let few = peak_kib();
    save_check_and_read_again(&path, FEW + more).await;
    let grown = 1_024 * (peak_kib() - few);
    std::fs::remove_file(&path).unwrap();
    assert!(grown < LEEWAY_BYTES_EACH * more, "{grown} bytes more");
}
