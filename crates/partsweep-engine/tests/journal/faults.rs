//! A journal that cannot be written stops the sweep before its next act (law 7).

use std::error::Error as _;
use std::io::ErrorKind;

use futures_util::future::join_all;
use partsweep_core::Outcome;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{After, Attempt, Before, Journal, JournalError, Nowhere, read};

use crate::act::{approved, block_on, header, outcome, swept};
use crate::sinks::{Disk, Fault};

const OBJECT: &ObjectSight = &ObjectSight::Absent;

/// Tells of 20 uploads, and returns how many of them might be aborted.
fn sweep_on(disk: &Disk) -> (Journal, Vec<Result<(), JournalError>>) {
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let plan = approved(20);
    let told = block_on(async {
        let mut told = Vec::new();
        for upload in &plan {
            let object = OBJECT;
            told.push(journal.before(&Before::Abort { upload, object }).await);
        }
        told
    });
    (journal, told)
}

fn kind(error: &JournalError) -> (Attempt, ErrorKind) {
    match error {
        JournalError::Io { doing, source } => (*doing, source.kind()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_disk_breaks_the_journal_for_good() {
    for room in (300..2_500).step_by(37) {
        let disk = Disk::failing(Fault {
            room: Some(room),
            ..Fault::default()
        });
        let (journal, told) = sweep_on(&disk);
        let synced = disk.synced();
        let done = told.iter().take_while(|told| told.is_ok()).count();
        assert_eq!(done + 1, synced.lines().count(), "told and on disk, {room}");
        assert!(done < told.len(), "{room}");
        for told in &told[done..] {
            let error = told.as_ref().unwrap_err();
            assert_eq!(kind(error), (Attempt::Write, ErrorKind::StorageFull));
        }
        let swept = swept(0, outcome(0));
        assert!(journal.after(&After::Outcome(&swept)).is_err());
        assert!(block_on(journal.end(&SweepTotals::default())).is_err());
        // What reached the disk can be read, and has all that was done.
        let watched = disk.watched.lock().unwrap();
        let bytes = [&watched.synced[..], &watched.written].concat();
        let recovered = read(&bytes[..]).unwrap();
        assert!(recovered.in_doubt.len() >= done);
    }
}

#[test]
fn a_sync_that_fails_breaks_the_journal_for_good() {
    for sync in 1..20 {
        let disk = Disk::failing(Fault {
            sync: Some(sync),
            ..Fault::default()
        });
        let (_, told) = sweep_on(&disk);
        let done = told.iter().take_while(|told| told.is_ok()).count();
        assert_eq!(done, sync - 1);
        // The next syncs would have worked: whether the lines before are on disk is not known.
        for told in &told[done..] {
            let error = told.as_ref().unwrap_err();
            assert_eq!(kind(error), (Attempt::Sync, ErrorKind::Other));
            assert_eq!(error.source().unwrap().to_string(), "the cable is out");
        }
        assert_eq!(disk.syncs(), sync + 1);
    }
}

#[test]
fn everyone_who_waits_is_told_of_the_failure() {
    let disk = Disk::failing(Fault {
        sync: Some(1),
        ..Fault::default()
    });
    let journal = Journal::start(disk, &header()).unwrap();
    let plan = approved(64);
    let acts = plan.iter().map(|upload| async {
        let object = OBJECT;
        journal.before(&Before::Abort { upload, object }).await
    });
    let told = block_on(join_all(acts));
    assert!(told.iter().all(Result::is_err));
}

#[test]
fn a_line_that_nobody_waited_for_breaks_the_journal_too() {
    let disk = Disk::failing(Fault {
        sync: Some(1),
        ..Fault::default()
    });
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let swept = swept(0, outcome(0));
    journal.after(&After::Outcome(&swept)).unwrap();
    let plan = approved(2);
    let (upload, object) = (&plan[1], OBJECT);
    assert!(block_on(journal.before(&Before::Abort { upload, object })).is_err());
    assert!(journal.after(&After::Outcome(&swept)).is_err());
    // Also where there is nothing to write.
    let not_reached = crate::act::swept(1, Outcome::NotReached);
    assert!(journal.after(&After::Outcome(&not_reached)).is_err());
}

#[test]
fn a_journal_whose_thread_is_gone_lets_nobody_wait() {
    let disk = Disk::failing(Fault {
        panic: Some(3),
        ..Fault::default()
    });
    let (_, told) = sweep_on(&disk);
    let done = told.iter().take_while(|told| told.is_ok()).count();
    assert_eq!(done, 2);
    let gone = |told: &Result<(), _>| matches!(told, Err(JournalError::Unattended));
    assert!(told[done..].iter().all(gone), "{told:?}");
}

#[test]
fn a_header_that_cannot_be_written_starts_nothing() {
    let full = Fault {
        room: Some(10),
        ..Fault::default()
    };
    let error = Journal::start(Disk::failing(full), &header()).unwrap_err();
    assert_eq!(kind(&error), (Attempt::Write, ErrorKind::StorageFull));
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_device_that_is_full_starts_nothing() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let error = Journal::start(full, &header()).unwrap_err();
    assert_eq!(kind(&error), (Attempt::Write, ErrorKind::StorageFull));
    assert_eq!(error.to_string(), "could not write the journal");
}

#[test]
fn a_line_that_could_not_be_read_again_is_not_written() {
    let disk = Disk::default();
    let journal = Journal::start(disk.clone(), &header()).unwrap();
    let mut long = swept(0, Outcome::AlreadyGone);
    let key = "\u{1}".repeat(200_000);
    long.planned.upload.address.key = partsweep_core::Key::new(key).unwrap();
    let told = journal.after(&After::Outcome(&long));
    assert!(matches!(told, Err(JournalError::TooLong { bytes }) if bytes > 1_200_000));
    let short = swept(0, Outcome::AlreadyGone);
    journal.after(&After::Outcome(&short)).unwrap();
    drop(journal);
    assert_eq!(disk.synced().lines().count(), 2);
}

#[test]
fn a_journal_to_nowhere_never_fails() {
    let journal = Journal::start(Nowhere, &header()).unwrap();
    let plan = approved(1);
    let (upload, object) = (&plan[0], OBJECT);
    block_on(journal.before(&Before::Abort { upload, object })).unwrap();
    block_on(journal.end(&SweepTotals::default())).unwrap();
}
