//! One flush covers all that wait for it, and nobody goes on before it.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{After, Before, Journal, JournalError};

use crate::act::{approved, block_on, header, outcome, swept};
use crate::sinks::Disk;

const OBJECT: &ObjectSight = &ObjectSight::Absent;

#[test]
fn sixty_four_that_wait_share_a_few_syncs() {
    let disk = Disk::slow(Duration::from_millis(5));
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let plan = approved(64);
    block_on(async {
        for _ in 0..4 {
            let acts = plan.iter().map(|upload| async {
                let object = OBJECT;
                journal.before(&Before::Abort { upload, object }).await
            });
            assert!(join_all(acts).await.iter().all(Result::is_ok));
        }
    });
    // One or two for each round of 64; a few more if this thread has to wait for its turn.
    let syncs = disk.syncs() - 1;
    assert!((4..=32).contains(&syncs), "{syncs} syncs for 256 intents");
    assert_eq!(disk.synced().lines().count(), 257);
}

#[test]
fn no_before_returns_before_its_line_is_synced() {
    let disk = Disk::slow(Duration::from_millis(2));
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    assert_eq!(disk.synced().lines().count(), 1, "the header");
    let plan = approved(64);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    let tasks = plan.into_iter().map(|upload| {
        let (journal, disk) = (journal.clone(), disk.clone());
        runtime.spawn(async move {
            let (upload, object) = (&upload, OBJECT);
            journal
                .before(&Before::Abort { upload, object })
                .await
                .unwrap();
            let line = format!("\"number\":{},", upload.number());
            assert!(disk.synced().contains(&line), "{line}");
        })
    });
    let tasks: Vec<_> = tasks.collect();
    block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn what_nobody_waits_for_is_written_soon_and_in_order() {
    let disk = Disk::default();
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    for number in 0..100 {
        let swept = swept(number, outcome(0));
        journal.after(&After::Outcome(&swept)).unwrap();
    }
    let begun = Instant::now();
    while disk.synced().lines().count() < 101 {
        assert!(begun.elapsed() < Duration::from_secs(10), "never written");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(disk.syncs() < 50, "{} syncs", disk.syncs());
    let written = disk.synced();
    let numbers: Vec<u64> = written.lines().skip(1).map(number_of).collect();
    assert_eq!(numbers, Vec::from_iter(0..100));
}

fn number_of(line: &str) -> u64 {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["number"].as_u64().unwrap()
}

#[test]
fn what_was_told_before_an_intent_is_on_disk_with_it() {
    let disk = Disk::default();
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let plan = approved(2);
    let swept = swept(0, outcome(0));
    journal.after(&After::Outcome(&swept)).unwrap();
    let (upload, object) = (&plan[1], OBJECT);
    block_on(journal.before(&Before::Abort { upload, object })).unwrap();
    let written = disk.synced();
    let numbers: Vec<u64> = written.lines().skip(1).map(number_of).collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn dropping_the_last_copy_writes_what_is_queued() {
    let disk = Disk::default();
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let copy = journal.clone();
    drop(journal);
    let swept = swept(0, outcome(0));
    copy.after(&After::Outcome(&swept)).unwrap();
    drop(copy);
    assert_eq!(disk.synced().lines().count(), 2);
}

#[test]
fn nothing_follows_the_end() {
    let disk = Disk::default();
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    block_on(journal.end(&SweepTotals::default())).unwrap();
    let swept = swept(0, outcome(0));
    let after = journal.after(&After::Outcome(&swept));
    assert!(matches!(after, Err(JournalError::Ended)), "{after:?}");
    let plan = approved(1);
    let (upload, object) = (&plan[0], OBJECT);
    let before = block_on(journal.before(&Before::Abort { upload, object }));
    assert!(matches!(before, Err(JournalError::Ended)), "{before:?}");
    assert_eq!(disk.synced().lines().count(), 2);
}
