use jiff::SignedDuration;

use super::*;
use crate::decide::recheck::ObjectSight;
use crate::rescue::plan::tests::{LIMITS, MIB, TERMS, head, hours_ago, look, part};

const SIZE: u64 = 8 * MIB;

fn md5(number: u32) -> [u8; 16] {
    part(number, 0).etag.unwrap()
}

/// A file of four parts and a bit, which begins as the store has it.
fn file(seen: &RescueLook) -> FileSeen {
    let layout = FileLayout::of(&seen.parts, 4 * SIZE + 3, LIMITS).unwrap();
    FileSeen {
        layout,
        md5s: seen
            .parts
            .iter()
            .map(|part| (part.number, md5(part.number)))
            .collect(),
        own: OwnParts::default(),
    }
}

/// Parts 1 and 3 of five.
fn begun() -> RescueLook {
    look(&[part(1, SIZE), part(3, SIZE)])
}

fn plan_of(seen: &RescueLook, file: FileSeen) -> Result<ResumePlan, Vec<Obstacle>> {
    ResumePlan::of(seen, seen.clone(), file, TERMS, LIMITS)
}

fn against(seen: &RescueLook, file: FileSeen) -> Vec<Obstacle> {
    plan_of(seen, file).err().unwrap_or_default()
}

fn approved(seen: &RescueLook) -> ApprovedResume {
    let plan = plan_of(seen, file(seen)).unwrap();
    let consent = ResumeConsent::to(&plan);
    plan.approve(consent).unwrap().begin(seen.clone()).unwrap()
}

/// All five, the ones that were sent just now.
fn finished() -> RescueLook {
    let sent = |number, bytes| Part {
        last_modified: hours_ago(0),
        ..part(number, bytes)
    };
    look(&[
        part(1, SIZE),
        sent(2, SIZE),
        part(3, SIZE),
        sent(4, SIZE),
        sent(5, 3),
    ])
}

fn sent() -> BTreeMap<u32, [u8; 16]> {
    [2, 4, 5].map(|number| (number, md5(number))).into()
}

#[test]
fn what_is_missing_is_planned_and_only_that_may_be_sent() {
    let seen = begun();
    let approved = approved(&seen);
    let parts: Vec<_> = approved.parts().collect();
    let numbers: Vec<_> = parts.iter().map(|part| part.place().number).collect();
    assert_eq!(numbers, [2, 4, 5]);
    assert!(
        parts
            .iter()
            .all(|part| *part.address() == seen.upload.address)
    );
    assert_eq!(approved.plan().missing_bytes(), 2 * SIZE + 3);
}

#[test]
fn a_part_that_differs_from_the_file_is_named_and_nothing_is_sent() {
    let seen = begun();
    let mut other = file(&seen);
    other.md5s.insert(3, [9; 16]);
    assert_eq!(against(&seen, other), [Obstacle::DiffersFromFile(vec![3])]);
    // It has come since the file was read.
    let mut unread = file(&seen);
    unread.md5s.remove(&1);
    assert_eq!(against(&seen, unread), [Obstacle::PartsChanged]);
    let mut nameless = begun();
    nameless.parts[0].etag = None;
    // Nothing shows that its data differ; before the file is read, there is no MD5 either.
    for mut of_file in [file(&begun()), file(&nameless)] {
        assert_eq!(
            against(&nameless, of_file.clone()),
            [Obstacle::EtagUnknown(vec![1])]
        );
        of_file.md5s.remove(&1);
        assert_eq!(
            against(&nameless, of_file),
            [Obstacle::EtagUnknown(vec![1])]
        );
    }
}

#[test]
fn an_upload_that_is_not_quiet_is_not_resumed() {
    let mut parts = [part(1, SIZE), part(3, SIZE)];
    parts[1].last_modified = hours_ago(2);
    let seen = look(&parts);
    let why = against(&seen, file(&seen));
    assert!(matches!(why[..], [Obstacle::TooYoung { .. }]), "{why:?}");
    // Sent by this program in a run before.
    let mut again = file(&seen);
    let came = hours_ago(2).unwrap();
    again.own.add(3, md5(3), came);
    assert_eq!(against(&seen, again), []);
    // Another client that has the same file sent it again.
    let mut later = file(&seen);
    later
        .own
        .add(3, md5(3), came - SignedDuration::from_mins(16));
    assert_eq!(against(&seen, later).len(), 1);
    let mut other = file(&seen);
    other.own.add(3, [9; 16], came);
    assert_eq!(against(&seen, other).len(), 1);
}

#[test]
fn all_else_that_stands_against_completing_stands_against_sending() {
    let mut seen = begun();
    seen.object = ObjectSight::Present(head(5, "x"));
    let why = against(&seen, file(&seen));
    assert!(matches!(why[..], [Obstacle::ObjectThere { .. }]), "{why:?}");
    let mut nameless = begun();
    nameless.names_upload = false;
    assert_eq!(against(&nameless, file(&nameless)), [Obstacle::NotNamed]);
    let (first, second) = (
        begun(),
        look(&[part(1, SIZE), part(2, SIZE), part(3, SIZE)]),
    );
    let changed = ResumePlan::of(&first, second.clone(), file(&second), TERMS, LIMITS);
    assert_eq!(changed.unwrap_err(), [Obstacle::PartsChanged]);
}

#[test]
fn a_consent_to_resume_is_good_for_its_own_plan_only() {
    let seen = begun();
    let plan = plan_of(&seen, file(&seen)).unwrap();
    let mut larger = file(&seen);
    larger.layout = FileLayout::of(&seen.parts, 5 * SIZE, LIMITS).unwrap();
    let other = plan_of(&seen, larger).unwrap();
    let consent = ResumeConsent::to(&plan);
    assert!(other.approve(consent).is_err());
}

#[test]
fn nothing_is_sent_to_what_changed_since_it_was_agreed_to() {
    let seen = begun();
    let plan = plan_of(&seen, file(&seen)).unwrap();
    let consent = ResumeConsent::to(&plan);
    let agreed = plan.approve(consent).unwrap();
    let now = look(&[part(1, SIZE), part(2, SIZE), part(3, SIZE)]);
    let why = agreed.begin(now).unwrap_err();
    assert!(why.contains(&Obstacle::PartsChanged), "{why:?}");
}

#[test]
fn what_was_sent_is_no_activity_and_the_whole_may_be_completed() {
    let now = finished();
    let agreed = approved(&begun())
        .finish(&sent(), &now, now.clone())
        .unwrap();
    assert_eq!(agreed.plan().bytes(), 4 * SIZE + 3);
    assert!(agreed.confirm(now).is_ok());
}

#[test]
fn only_what_was_there_and_what_was_sent_is_completed() {
    let refused = |change: fn(&mut Vec<Part>)| {
        let mut parts = finished().parts;
        change(&mut parts);
        let now = look(&parts);
        let finished = approved(&begun()).finish(&sent(), &now, now.clone());
        finished.unwrap_err()
    };
    let changes: [fn(&mut Vec<Part>); 5] = [
        |parts| parts[1].etag = Some([9; 16]),
        |parts| parts[1].bytes = Some(SIZE - 1),
        |parts| parts[0].last_modified = hours_ago(0),
        |parts| parts.push(part(6, 3)),
        |parts| parts.retain(|part| part.number != 1),
    ];
    for change in changes {
        let why = refused(change);
        assert!(why.contains(&Obstacle::PartsChanged), "{why:?}");
    }
    let mut now = finished();
    now.object = ObjectSight::Present(head(5, "x"));
    let why = approved(&begun()).finish(&sent(), &now, now.clone());
    assert!(why.unwrap_err().contains(&Obstacle::ObjectChanged));
    let now = finished();
    let unsent = approved(&begun()).finish(&BTreeMap::new(), &now, now.clone());
    assert!(unsent.unwrap_err().contains(&Obstacle::PartsChanged));
}

/// A store that answers with the right ETag and keeps nothing: no part is missing that nobody sent.
#[test]
fn a_part_that_was_sent_and_is_not_listed_is_named_as_that() {
    let without = |numbers: &[u32]| {
        let parts = finished().parts.into_iter();
        let kept: Vec<_> = parts
            .filter(|part| !numbers.contains(&part.number))
            .collect();
        look(&kept)
    };
    for numbers in [&[2][..], &[5], &[2, 4, 5]] {
        let now = without(numbers);
        let why = approved(&begun()).finish(&sent(), &now, now.clone());
        assert_eq!(why.unwrap_err(), [Obstacle::SentNotListed(numbers.into())]);
    }
    // One that was there before.
    let now = without(&[1]);
    let why = approved(&begun()).finish(&sent(), &now, now.clone());
    assert_eq!(why.unwrap_err()[0], Obstacle::PartsChanged);
}

#[test]
fn nothing_is_sent_to_an_upload_whose_checksum_cannot_be_computed() {
    use crate::model::checksum::{ChecksumAlgorithm, PageChecksums, UploadChecksum};
    let with = |of_upload| {
        let mut seen = begun();
        seen.checksums.add(&PageChecksums {
            of_upload,
            ..PageChecksums::default()
        });
        seen
    };
    for (of_upload, name) in [
        (UploadChecksum::Known(ChecksumAlgorithm::XxHash3), "XXHASH3"),
        (UploadChecksum::Unknown("CRC128".into()), "CRC128"),
    ] {
        let seen = with(of_upload);
        let expected = [Obstacle::ChecksumNotComputed(name.into())];
        assert_eq!(against(&seen, file(&seen)), expected);
    }
    let seen = with(UploadChecksum::Known(ChecksumAlgorithm::Sha1));
    let parts: Vec<_> = approved(&seen).parts().collect();
    assert!(
        parts
            .iter()
            .all(|part| part.checksum() == Some(ChecksumAlgorithm::Sha1))
    );
}
