//! Journals as files.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use partsweep_core::OutcomeKind;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_engine::SweepTotals;
use partsweep_engine::journal::{After, Attempt, Before, Journal, JournalError, file};

use crate::act::{approved, block_on, header, outcome, swept};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir();
        let folder = folder.join(format!("partsweep-journal-{}-{name}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("state/partsweep/a.journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_sweep_that_was_cut_is_taken_up_again_and_ends() {
    let folder = Folder::new("cut");
    let path = folder.path();
    let plan = approved(2);
    let object = &ObjectSight::Absent;
    let journal = Journal::start(file::create(&path).unwrap(), &header()).unwrap();
    block_on(async {
        for upload in &plan {
            let act = Before::Abort { upload, object };
            journal.before(&act).await.unwrap();
        }
    });
    journal
        .after(&After::Outcome(&swept(0, outcome(0))))
        .unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();

    let (recovered, file) = file::resume(&path).unwrap();
    assert!(recovered.cut && recovered.ended.is_none());
    let numbers: Vec<u64> = recovered
        .in_doubt
        .iter()
        .map(|upload| upload.number)
        .collect();
    assert_eq!(numbers, [0, 1]);
    let journal = Journal::resume(file, &recovered).unwrap();
    for number in [0, 1] {
        let swept = swept(number, outcome(number));
        journal.after(&After::Outcome(&swept)).unwrap();
    }
    block_on(journal.end(&SweepTotals::default())).unwrap();
    drop(journal);

    let (recovered, _) = file::resume(&path).unwrap();
    assert!(recovered.ended.is_some() && !recovered.cut);
    assert_eq!(recovered.in_doubt, []);
    assert_eq!(recovered.done.len(), 2);
    assert_eq!(
        (
            recovered.totals[OutcomeKind::Aborted],
            recovered.totals[OutcomeKind::AlreadyGone]
        ),
        (1, 1)
    );
}

#[test]
fn a_journal_is_held_by_one_as_long_as_it_lives() {
    let folder = Folder::new("held");
    let path = folder.path();
    let journal = Journal::start(file::create(&path).unwrap(), &header()).unwrap();
    let held = file::resume(&path).unwrap_err();
    assert!(matches!(held, JournalError::Held), "{held:?}");
    assert_eq!(held.to_string(), "another partsweep is using this journal");
    let copy = journal.clone();
    drop(journal);
    assert!(matches!(file::resume(&path), Err(JournalError::Held)));
    drop(copy);
    let (recovered, file) = file::resume(&path).unwrap();
    assert_eq!(recovered.header, header());
    assert!(matches!(file::resume(&path), Err(JournalError::Held)));
    drop(file);
    file::resume(&path).unwrap();
}

#[test]
fn nothing_is_written_over() {
    let folder = Folder::new("over");
    let path = folder.path();
    drop(file::create(&path).unwrap());
    match file::create(&path).unwrap_err() {
        JournalError::Io { doing, source } => {
            assert_eq!(
                (doing, source.kind()),
                (Attempt::Create, ErrorKind::AlreadyExists)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_journal_without_a_header_says_that_nothing_was_done() {
    let folder = Folder::new("empty");
    let path = folder.path();
    drop(file::create(&path).unwrap());
    assert!(matches!(file::resume(&path), Err(JournalError::NoHeader)));
}

#[test]
fn only_a_journal_that_was_cut_in_its_header_is_begun_anew() {
    let folder = Folder::new("restart");
    let path = folder.path();
    drop(Journal::start(file::create(&path).unwrap(), &header()).unwrap());
    let whole = fs::read(&path).unwrap();
    assert!(matches!(file::restart(&path), Err(JournalError::Held)));
    for length in [0, 1, 40, whole.len() - 2] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(file::resume(&path), Err(JournalError::NoHeader)));
        let journal = Journal::start(file::restart(&path).unwrap(), &header()).unwrap();
        assert!(matches!(file::restart(&path), Err(JournalError::Held)));
        drop(journal);
        let (recovered, _) = file::resume(&path).unwrap();
        assert_eq!(recovered.header, header());
    }
    for somebodys in ["a thesis", "{\"type\":\"header\"}", "{\"type\":\"heap"] {
        fs::write(&path, somebodys).unwrap();
        assert!(matches!(
            file::resume(&path),
            Err(JournalError::OtherSchema)
        ));
        assert!(matches!(
            file::restart(&path),
            Err(JournalError::OtherSchema)
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), somebodys);
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new("folder");
    for path in [folder.0.clone(), folder.path()] {
        match file::resume(&path).unwrap_err() {
            JournalError::Io { doing, .. } => assert_eq!(doing, Attempt::Open),
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn only_its_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    let path = folder.path();
    let _file = file::create(&path).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}
