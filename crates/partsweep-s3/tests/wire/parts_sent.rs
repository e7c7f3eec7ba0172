//! Parts of uploads that somebody else began: sent with their hashes, and again where that helps.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::store::part_data::{PartData, PartHasher, ReadAt};
use partsweep_core::{
    AddParts, ApprovedPart, ChecksumAlgorithm, Clock, FileLayout, FileSeen, LookTime,
    OlderVersions, Part, PartChecksums, PartLimits, PartTally, RescueLook, RescueTerms,
    ResumeConsent, ResumePlan, StoreErrorKind, Upload, UploadAddress,
};
use partsweep_sim::{Fault, FaultKind, Habits, Nth, Operation};

use crate::rig::{BUCKET, Rig};

/// More than one piece of what is read at once.
const SIZE: u64 = (1 << 20) + 7;

struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        into.copy_from_slice(&self.0[offset..offset + into.len()]);
        Ok(())
    }
}

fn data(first: u8) -> Vec<u8> {
    (0..SIZE)
        .map(|at| first.wrapping_add((at % 251) as u8))
        .collect()
}

fn hashed(data: &[u8]) -> PartData {
    hashed_with(data, None)
}

fn hashed_with(data: &[u8], checksum: Option<ChecksumAlgorithm>) -> PartData {
    let mut hasher = PartHasher::with(checksum);
    hasher.add(data);
    PartData {
        source: Arc::new(Bytes(data.to_vec())),
        digest: hasher.finish(),
    }
}

/// Part 2 of an upload that has part 1, agreed to.
fn second_part(id: &str) -> ApprovedPart {
    let first = Part {
        number: 1,
        bytes: Some(SIZE),
        last_modified: Some(Timestamp::now()),
        etag: Some([7; 16]),
    };
    let mut tally = PartTally::default();
    tally.add(&[first]);
    let look = RescueLook {
        footprint: tally.footprint(true, None),
        completed_etag: tally.completed_etag(),
        parts: tally.into_parts(),
        checksums: PartChecksums::default(),
        upload: Upload::named(UploadAddress::new(BUCKET, "k", id).unwrap()),
        names_upload: true,
        others: None,
        object: ObjectSight::Absent,
        older: OlderVersions::NONE,
        unclear: Vec::new(),
        now: Some(Timestamp::now()),
        clock: Clock::Utc,
        answered: LookTime::default(),
    };
    let terms = RescueTerms {
        quiet_for: SignedDuration::ZERO,
        size: None,
        overwrite: false,
        chosen: true,
    };
    let limits = PartLimits {
        minimum: None,
        equal: false,
    };
    let file = FileSeen {
        layout: FileLayout::of(&look.parts, 2 * SIZE, limits).unwrap(),
        md5s: BTreeMap::from([(1, [7; 16])]),
        own: partsweep_core::OwnParts::default(),
    };
    let plan = ResumePlan::of(&look, look.clone(), file, terms, limits).unwrap();
    let consent = ResumeConsent::to(&plan);
    let approved = plan.approve(consent).unwrap().begin(look).unwrap();
    approved.parts().next().unwrap()
}

async fn rig() -> (Rig, ApprovedPart) {
    let rig = Rig::start(Habits::aws()).await;
    let id = rig.sim.create_upload(BUCKET, "k").unwrap();
    let part = second_part(&id);
    (rig, part)
}

#[tokio::test]
async fn a_part_is_streamed_with_its_md5_and_a_signature_over_its_data() {
    let (rig, part) = rig().await;
    let data = hashed(&data(0));
    let etag = rig.store.upload_part(&part, &data).await.unwrap();
    assert_eq!(etag, Some(data.digest.md5));
    let uploads = rig.sim.uploads(BUCKET);
    assert_eq!(uploads[0].bytes(), SIZE);
    assert_eq!(rig.sim.count(Operation::UploadPart), 1);
}

/// The file changed after it was hashed.
#[tokio::test]
async fn other_data_than_were_hashed_are_refused_by_the_store() {
    let (rig, part) = rig().await;
    let mut changed = hashed(&data(0));
    changed.source = Arc::new(Bytes(data(1)));
    let refused = rig.store.upload_part(&part, &changed).await;
    assert!(refused.is_err());
    // Also if only its MD5 is another.
    let mut changed = hashed(&data(0));
    changed.digest.md5 = [9; 16];
    let refused = rig.store.upload_part(&part, &changed).await.unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("BadDigest"), "{refused:?}");
    assert_eq!(rig.sim.uploads(BUCKET)[0].bytes(), 0);
}

#[tokio::test]
async fn a_part_is_sent_again_after_what_passes_by_itself() {
    for kind in [
        FaultKind::InternalError,
        FaultKind::SlowDown,
        FaultKind::AnswerLost,
        FaultKind::Reset,
    ] {
        let (rig, part) = rig().await;
        let fault = Fault::new(Operation::UploadPart, Nth::Only(1), kind);
        rig.sim.faults().push(fault);
        let data = hashed(&data(0));
        let etag = rig.store.upload_part(&part, &data).await.unwrap();
        assert_eq!(etag, Some(data.digest.md5));
        assert_eq!(rig.sim.uploads(BUCKET)[0].bytes(), SIZE);
    }
}

/// A line that is slow is no silence.
#[tokio::test]
async fn a_part_that_goes_on_is_not_given_up_however_long_it_takes() {
    struct Slow(Vec<u8>);
    impl ReadAt for Slow {
        fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
            std::thread::sleep(Duration::from_millis(250));
            Bytes(self.0.clone()).read_at(offset, into)
        }
    }
    let (mut rig, part) = rig().await;
    rig.restart_with_patience(Duration::from_millis(700)).await;
    let mut slow = hashed(&data(0));
    slow.source = Arc::new(Slow(data(0)));
    let etag = rig.store.upload_part(&part, &slow).await.unwrap();
    assert_eq!(etag, Some(slow.digest.md5));
    assert_eq!(rig.sim.count(Operation::UploadPart), 1);
    let never = Fault::new(Operation::UploadPart, Nth::Every, FaultKind::NeverAnswers);
    rig.sim.faults().push(never);
    let silent = rig.store.upload_part(&part, &hashed(&data(0))).await;
    assert_eq!(silent.unwrap_err().kind, StoreErrorKind::Timeout);
}

#[tokio::test]
async fn a_part_has_the_checksum_that_its_upload_was_begun_with() {
    let (rig, part) = rig().await;
    let id = rig.sim.uploads(BUCKET)[0].upload_id.clone();
    let checksum = ("CRC32C", false);
    let set = rig.sim.set_checksum(BUCKET, "k", &id, checksum, &[]);
    set.unwrap();
    let refused = rig.store.upload_part(&part, &hashed(&data(0))).await;
    assert_eq!(refused.unwrap_err().code.as_deref(), Some("InvalidRequest"));
    let with = hashed_with(&data(0), Some(ChecksumAlgorithm::Crc32c));
    rig.store.upload_part(&part, &with).await.unwrap();
    let sent = rig.sim.uploads(BUCKET)[0].parts[0].checksum.clone();
    let sent = sent.unwrap();
    // Four bytes.
    assert!(sent.len() == 8 && sent.ends_with("=="), "{sent}");
}
