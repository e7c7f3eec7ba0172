//! `rescue --resume-from`: an upload is finished from the local file, and any doubt leaves everything as it is.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::rescue::part_md5::PartMd5;
use partsweep_sim::{Fault, FaultKind, Nth, Operation};

use crate::folder::Folder;
use crate::formats::{assert_valid, schema};
use crate::interrupts::{signal, wait_until};
use crate::program::{Run, on, run, told};
use crate::store::Store;
use crate::terminal::Terminal;

const SIZE: usize = 5 << 20;
const BYTES: usize = 3 * SIZE + 1_000;

/// A file of three parts and a bit, and an upload of it that was left days ago.
struct Begun {
    store: Store,
    _folder: Folder,
    file: String,
    id: String,
}

fn data() -> Vec<u8> {
    (0_u32..).flat_map(u32::to_be_bytes).take(BYTES).collect()
}

fn begun_at(hours_ago: i64) -> Begun {
    let (store, folder) = (Store::new(), Folder::new());
    let file = folder.file("local file");
    let data = data();
    std::fs::write(&file, &data).unwrap();
    let id = store.upload("b", "k", &[], hours_ago);
    let time = Timestamp::now() - SignedDuration::from_hours(hours_ago);
    for number in [1, 3] {
        let begin = (number - 1) * SIZE;
        let part = (u32::try_from(number).unwrap(), &data[begin..begin + SIZE]);
        store.sim.put_data_at("b", "k", &id, part, time).unwrap();
    }
    Begun {
        store,
        _folder: folder,
        file,
        id,
    }
}

fn begun() -> Begun {
    begun_at(72)
}

/// The ETag that S3 gives to the whole file in these parts.
fn expected_etag() -> String {
    let (mut of_part, mut of_all) = (PartMd5::default(), PartMd5::default());
    for part in data().chunks(SIZE) {
        of_part.add(part);
        of_all.add(&of_part.take());
    }
    let hex: String = of_all
        .take()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hex}-4")
}

impl Begun {
    /// Resumes, and returns once one of two parts has arrived; the other takes so long.
    fn resumes_slowly(&self, other: Duration) -> Child {
        let fault = Fault::new(Operation::UploadPart, Nth::Only(1), FaultKind::Slow(other));
        self.store.sim.faults().push(fault);
        let child = on(&self.store)
            .args(["rescue", "s3://b/k", "--yes", "--upload-id", &self.id])
            .args(["--resume-from", &self.file, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("the other part", || {
            self.store.sim.uploads("b")[0].parts.len() == 3
        });
        child
    }

    fn resume(&self, args: &[&str]) -> Run {
        let own = [
            "rescue",
            "s3://b/k",
            "--resume-from",
            &self.file,
            "--upload-id",
            &self.id,
        ];
        run(&mut on(&self.store), &[&own[..], args].concat())
    }

    fn is_refused(&self, why: &str) {
        let ran = self.resume(&["--yes"]);
        assert_eq!(ran.code, Some(5), "{why}: {ran:?}");
        assert!(ran.err.contains(why), "{why}: {ran:?}");
        assert!(ran.err.contains("nothing was changed"), "{ran:?}");
        assert_eq!(self.store.changes(), 0, "{why}");
    }

    fn is_whole(&self) {
        let object = self.store.sim.object("b", "k").unwrap();
        assert_eq!(object.size, BYTES as u64);
        assert_eq!(object.etag, expected_etag(), "the data of the file");
        assert!(self.store.left("b").is_empty());
    }

    fn write_byte(&self, at: usize) {
        let mut data = data();
        data[at] ^= 1;
        std::fs::write(Path::new(&self.file), data).unwrap();
    }
}

#[test]
fn what_is_missing_is_sent_and_the_object_is_the_file() {
    let begun = begun();
    let ran = begun.resume(&["-n"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for told in [
        "  To send      2 parts (5.24 MB) from ",
        ", numbered 2, 4\n",
        "  Then         4 parts of 5.24 MB, the last 1.00 kB, the object has 15.73 MB (15729640 bytes)\n",
    ] {
        assert!(ran.out.contains(told), "{told}: {ran:?}");
    }
    assert_eq!(begun.store.changes(), 0);
    let ran = begun.resume(&["--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let done = "Completed s3://b/k: 15.73 MB, verified by its size and ETag";
    assert!(ran.out.contains(done), "{ran:?}");
    begun.is_whole();
    assert_eq!(begun.store.sim.count(Operation::UploadPart), 2);
}

/// As AWS's SDKs begin uploads: the parts are refused without a checksum, and so is the complete.
#[test]
fn an_upload_that_was_begun_with_checksums_is_finished_with_them() {
    for checksum in [("CRC32", false), ("SHA256", false), ("CRC64NVME", true)] {
        let begun = begun();
        let there = [(1, "AAAAAA=="), (3, "AAAAAQ==")];
        let sim = &begun.store.sim;
        let set = sim.set_checksum("b", "k", &begun.id, checksum, &there);
        set.unwrap();
        let ran = begun.resume(&["-n"]);
        let told = format!("  Checksum     {}\n", checksum.0);
        assert!(ran.out.contains(&told), "{ran:?}");
        let ran = begun.resume(&["--yes"]);
        assert_eq!(ran.code, Some(0), "{checksum:?}: {ran:?}");
        begun.is_whole();
    }
}

#[test]
fn a_file_that_is_not_the_uploaded_one_is_refused_by_the_part_that_differs() {
    let begun = begun();
    begun.write_byte(2 * SIZE + 5);
    begun.is_refused("the MD5 of the file differs in part 3");
    std::fs::write(&begun.file, &data()[..2 * SIZE]).unwrap();
    begun.is_refused("the file ends before part 3 (5242880 bytes)");
    let time = Timestamp::now() - SignedDuration::from_hours(72);
    let store = &begun.store.sim;
    store
        .put_data_at("b", "k", &begun.id, (2, b"short"), time)
        .unwrap();
    begun.is_refused("part 2 has 5 bytes, and part 1 has 5242880: the parts aren't of one size");
}

/// 6 MB of 14: part 2 of three like it, or of two.
#[test]
fn where_one_part_fits_two_ways_the_size_of_the_others_is_asked_for() {
    let (store, folder) = (Store::new(), Folder::new());
    let file = folder.file("local file");
    let data = &data()[..14 << 20];
    std::fs::write(&file, data).unwrap();
    let id = store.upload("b", "k", &[], 72);
    let time = Timestamp::now() - SignedDuration::from_hours(72);
    let part = (2, &data[8 << 20..]);
    store.sim.put_data_at("b", "k", &id, part, time).unwrap();
    let resume = |size: &[&str]| {
        let own = ["rescue", "s3://b/k", "--resume-from", &file, "-n"];
        run(&mut on(&store), &[&own[..], size].concat())
    };
    let unclear = resume(&[]);
    assert_eq!(unclear.code, Some(5), "{unclear:?}");
    let asked = "may be the last: give the size of the others with --part-size";
    assert!(unclear.err.contains(asked), "{unclear:?}");
    let last = resume(&["--part-size", "8MiB"]);
    assert_eq!(last.code, Some(0), "{last:?}");
    assert!(last.out.contains("1 part (8.39 MB)"), "{last:?}");
    let other = resume(&["--part-size", "6MiB"]);
    assert_eq!(other.code, Some(5), "{other:?}");
    let differs = "the MD5 of the file differs in part 2";
    assert!(other.err.contains(differs), "{other:?}");
    let alone = run(
        &mut on(&store),
        &["rescue", "s3://b/k", "-n", "--part-size", "6MiB"],
    );
    assert_eq!(alone.code, Some(2), "{alone:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_before_the_store_is_asked() {
    let (store, folder) = (Store::new(), Folder::new());
    let missing = folder.file("missing");
    for (path, why, code) in [
        (&*missing, "could not read", 1),
        ("-", "it can't come from standard input", 2),
        ("/", "isn't a file", 2),
    ] {
        for option in ["--resume-from", "--verify"] {
            let ran = run(&mut on(&store), &["rescue", "s3://b/k", "-n", option, path]);
            assert_eq!(ran.code, Some(code), "{ran:?}");
            assert!(ran.err.contains(why), "{ran:?}");
        }
    }
    assert_eq!(store.sim.count(Operation::ListMultipartUploads), 0);
}

#[test]
fn an_upload_that_somebody_may_still_send_gets_no_part() {
    let begun = begun_at(3);
    begun.is_refused("the upload was active 3 h ago, within the last 24 h");
    let begun = self::begun();
    begun.store.sim.put_object("b", "k", 5).unwrap();
    begun.is_refused("an object of 5 B is at the key");
}

#[test]
fn after_a_lost_connection_the_same_command_goes_on() {
    let begun = begun();
    let lost = Fault::new(Operation::UploadPart, Nth::Every, FaultKind::AnswerLost);
    begun.store.sim.faults().push(lost);
    let ran = begun.resume(&["--yes"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err
            .contains("could not be sent, so nothing was completed"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("the same command goes on from there"),
        "{ran:?}"
    );
    assert!(begun.store.sim.object("b", "k").is_none());
    begun.store.sim.faults().clear();
    // Whatever has arrived meanwhile is this program's own, and no activity of another.
    let ran = begun.resume(&["--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    begun.is_whole();
}

#[test]
fn a_signal_completes_nothing_and_the_same_command_goes_on() {
    let begun = begun();
    let child = begun.resumes_slowly(Duration::from_secs(30));
    signal(&child, "INT");
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(
        ran.err
            .contains("interrupted while parts were sent: nothing was completed"),
        "{ran:?}"
    );
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("rescue"), &value);
    assert_eq!(value["outcome"], "interrupted");
    assert_eq!(value["resume"]["sent_parts"], 1, "{value:#}");
    let record = std::fs::read_to_string(value["record"].as_str().unwrap()).unwrap();
    let last = record.lines().last().unwrap();
    assert!(last.contains("\"outcome\":\"interrupted\""), "{record}");
    assert!(begun.store.sim.object("b", "k").is_none());
    begun.store.sim.faults().clear();
    let ran = begun.resume(&["--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    begun.is_whole();
}

/// Parts of both contents may be in the upload: that is no refusal that left everything as it was.
#[test]
fn a_file_that_changes_after_parts_of_it_were_sent_is_a_partial_result() {
    let begun = begun();
    let child = begun.resumes_slowly(Duration::from_secs(6));
    let file = std::fs::File::options().append(true).open(&begun.file);
    let touched = file
        .unwrap()
        .set_modified(std::time::SystemTime::UNIX_EPOCH);
    touched.unwrap();
    let ran = told(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err
            .contains("changed while its parts were sent: nothing was completed"),
        "{ran:?}"
    );
    assert!(begun.store.sim.object("b", "k").is_none());
}

#[test]
fn it_asks_before_the_first_byte_is_sent() {
    for (typed, code) in [("\n", 5), ("y\n", 0)] {
        let begun = begun();
        let command = format!("rescue s3://b/k --resume-from '{}'", begun.file);
        let mut terminal = Terminal::on(&begun.store, &command);
        terminal.wait_for("Another client was last active on this upload 3 d ago.");
        terminal.wait_for("Send 2 parts (5.24 MB) from");
        terminal.wait_for("becomes an object of 15.73 MB?");
        terminal.wait_for("[y/N] ");
        assert_eq!(begun.store.changes(), 0);
        terminal.press(typed);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, code, "{screen}");
        match code {
            0 => begun.is_whole(),
            _ => assert_eq!(begun.store.changes(), 0),
        }
    }
}

#[test]
fn programs_are_told_what_is_sent_and_what_came_of_it() {
    let begun = begun();
    let ran = begun.resume(&["--yes", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_valid(&schema("rescue"), &value);
    assert_eq!(value["resume"]["send_parts"], 2, "{value:#}");
    assert_eq!(value["resume"]["send_bytes"], SIZE + 1_000);
    assert_eq!(value["resume"]["sent_parts"], 2);
    assert_eq!(value["resume"]["sent_bytes"], SIZE + 1_000);
    assert_eq!(value["outcome"], "done");
    assert_eq!(value["object"]["etag"], *expected_etag());
    begun.is_whole();
}

/// Whoever reads `not_finished` goes on with the same command, which can only fail.
#[test]
fn an_upload_that_another_client_aborts_or_completes_meanwhile_is_gone() {
    for is_completed in [false, true] {
        let begun = begun();
        let sim = &begun.store.sim;
        let slow = FaultKind::Slow(Duration::from_secs(2));
        // The other part arrives.
        sim.faults()
            .push(Fault::new(Operation::UploadPart, Nth::Only(1), slow));
        let child = on(&begun.store)
            .args(["rescue", "s3://b/k", "--yes", "--upload-id", &begun.id])
            .args(["--resume-from", &begun.file, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("the other part", || sim.uploads("b")[0].parts.len() == 3);
        match is_completed {
            true => sim.complete("b", "k", &begun.id).unwrap(),
            false => sim.abort("b", "k", &begun.id).unwrap(),
        }
        let ran = told(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let what = match is_completed {
            true => "is gone, and an object of ",
            false => "is gone, and no object is at its key: someone else aborted it",
        };
        assert!(ran.err.contains(what), "{ran:?}");
        assert!(ran.err.contains("had sent 1 part ("), "{ran:?}");
        assert!(!ran.err.contains("goes on"), "{ran:?}");
        let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_valid(&schema("rescue"), &value);
        assert_eq!(value["outcome"], "gone", "{value:#}");
        assert_eq!(value["object"].is_object(), is_completed, "{value:#}");
        let record = std::fs::read_to_string(value["record"].as_str().unwrap()).unwrap();
        let last = record.lines().last().unwrap();
        assert!(last.contains("\"outcome\":\"gone\""), "{record}");
    }
}
