use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::model::believe::Clock;
use crate::model::checksum::PartChecksums;
use crate::model::footprint::{Footprint, PartTally};
use crate::model::name::UploadId;
use crate::model::upload::{KeyProof, Upload};
use crate::provider::profiles;
use crate::store::answers::OlderVersions;

pub(in crate::rescue) const MIB: u64 = 1 << 20;

pub(in crate::rescue) const TERMS: RescueTerms = RescueTerms {
    quiet_for: SignedDuration::from_hours(24),
    size: None,
    overwrite: false,
    chosen: false,
};

pub(in crate::rescue) const LIMITS: PartLimits = PartLimits {
    minimum: Some(5 * MIB),
    equal: false,
};

pub(in crate::rescue) fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

pub(in crate::rescue) fn hours_ago(hours: i64) -> Option<Timestamp> {
    Some(now() - SignedDuration::from_hours(hours))
}

pub(in crate::rescue) fn part(number: u32, bytes: u64) -> Part {
    Part {
        number,
        bytes: Some(bytes),
        last_modified: hours_ago(30),
        etag: Some([u8::try_from(number % 251).unwrap(); 16]),
    }
}

pub(in crate::rescue) fn look(parts: &[Part]) -> RescueLook {
    let upload = Upload {
        initiated: hours_ago(31),
        ..Upload::named(UploadAddress::new("b", "k", "1").unwrap())
    };
    let mut tally = PartTally::default();
    tally.add(parts);
    RescueLook {
        footprint: tally.footprint(true, upload.initiated),
        completed_etag: tally.completed_etag(),
        unclear: tally.unclear(),
        parts: tally.into_parts(),
        checksums: PartChecksums::default(),
        upload,
        names_upload: true,
        others: Some(Vec::new()),
        object: ObjectSight::Absent,
        older: OlderVersions::NONE,
        now: Some(now()),
        clock: Clock::Utc,
        answered: LookTime::default(),
    }
}

/// Three parts, the last one smaller.
fn whole() -> RescueLook {
    look(&[part(1, 8 * MIB), part(2, 8 * MIB), part(3, 2 * MIB)])
}

pub(in crate::rescue) fn head(bytes: u64, etag: &str) -> ObjectHead {
    ObjectHead {
        bytes: Some(bytes),
        last_modified: hours_ago(1),
        etag: Some(etag.to_owned()),
        version: None,
    }
}

/// What stands against an upload that two looks show alike.
pub(in crate::rescue) fn against(
    look: &RescueLook,
    terms: RescueTerms,
    limits: PartLimits,
) -> Vec<Obstacle> {
    match RescuePlan::of(look, look.clone(), terms, limits) {
        Ok(_) => Vec::new(),
        Err(obstacles) => obstacles,
    }
}

fn of(look: &RescueLook) -> Vec<Obstacle> {
    against(look, TERMS, LIMITS)
}

#[test]
fn a_whole_quiet_upload_of_a_free_key_may_be_completed() {
    let look = whole();
    let plan = RescuePlan::of(&look, look.clone(), TERMS, LIMITS).unwrap();
    assert_eq!(plan.bytes(), 18 * MIB);
    let etag = plan.etag().unwrap();
    assert!(etag.ends_with("-3") && etag.len() == 34, "{etag}");
}

#[test]
fn an_upload_without_parts_is_not_completed() {
    assert_eq!(of(&look(&[])), [Obstacle::NoParts]);
}

#[test]
fn parts_that_were_not_all_listed_are_not_completed() {
    let mut seen = whole();
    seen.footprint = {
        let mut tally = PartTally::default();
        tally.add(&seen.parts);
        tally.footprint(false, seen.upload.initiated)
    };
    let found = of(&seen);
    assert!(found.contains(&Obstacle::PartsUnknown), "{found:?}");
    seen.footprint = Footprint::UNKNOWN;
    assert!(of(&seen).contains(&Obstacle::PartsUnknown));
    // As many as it is said to have, and not those.
    let mut short = whole();
    short.parts.pop();
    assert!(of(&short).contains(&Obstacle::PartsUnknown));
}

#[test]
fn an_upload_that_the_store_does_not_name_is_not_completed() {
    let mut seen = whole();
    seen.names_upload = false;
    assert_eq!(of(&seen), [Obstacle::NotNamed]);
    let mut seen = whole();
    seen.upload.key_proof = KeyProof::Doubtful;
    assert_eq!(of(&seen), [Obstacle::NotNamed]);
}

#[test]
fn a_hole_in_the_numbers_is_told_with_every_number() {
    let parts = [
        part(2, 8 * MIB),
        part(3, 8 * MIB),
        part(7, 8 * MIB),
        part(9, MIB),
    ];
    let expected = Obstacle::Gaps {
        missing: vec![1..=1, 4..=6, 8..=8],
        count: 5,
        highest: 9,
    };
    assert_eq!(of(&look(&parts)), [expected]);
    let odd = look(&[part(0, 8 * MIB), part(1, MIB)]);
    assert_eq!(of(&odd), [Obstacle::OddNumber(0)]);
}

#[test]
fn a_part_without_size_or_etag_is_unknown_and_never_complete() {
    let unsized_part = Part {
        bytes: None,
        ..part(2, 0)
    };
    let found = of(&look(&[part(1, 8 * MIB), unsized_part, part(3, MIB)]));
    assert_eq!(found, [Obstacle::SizeUnknown(vec![2])]);
    let nameless = Part {
        etag: None,
        ..part(1, 8 * MIB)
    };
    assert_eq!(
        of(&look(&[nameless, part(2, MIB)])),
        [Obstacle::EtagUnknown(vec![1])]
    );
}

#[test]
fn a_part_before_the_last_that_is_too_small_is_refused() {
    let seen = look(&[part(1, 8 * MIB), part(2, 5 * MIB - 1), part(3, MIB)]);
    let small = Obstacle::TooSmall {
        parts: vec![(2, 5 * MIB - 1)],
        minimum: 5 * MIB,
    };
    assert_eq!(of(&seen), [small]);
    let any = PartLimits {
        minimum: None,
        ..LIMITS
    };
    let size = seen.footprint.bytes.exact();
    assert_eq!(against(&seen, RescueTerms { size, ..TERMS }, any), []);
    let empty = look(&[part(1, 0), part(2, 0)]);
    assert!(matches!(
        &against(&empty, TERMS, any)[..],
        [Obstacle::TooSmall { .. }, Obstacle::LastAsLarge { .. }]
    ));
}

#[test]
fn r2_takes_only_equal_parts() {
    let limits = PartLimits::of(&profiles::R2);
    assert!(limits.equal);
    let unequal = |number, bytes| Obstacle::Unequal {
        number,
        bytes,
        first: 8 * MIB,
    };
    let of = |parts: &[Part]| against(&look(parts), TERMS, limits);
    assert_eq!(of(&whole().parts), []);
    let parts = [part(1, 8 * MIB), part(2, 9 * MIB), part(3, MIB)];
    assert_eq!(of(&parts), [unequal(2, 9 * MIB)]);
    let known = RescueTerms {
        size: Some(17 * MIB),
        ..TERMS
    };
    let larger = look(&[part(1, 8 * MIB), part(2, 9 * MIB)]);
    assert_eq!(against(&larger, known, limits), [unequal(2, 9 * MIB)]);
    assert_eq!(against(&larger, known, LIMITS), []);
}

#[test]
fn the_minimum_is_the_stores_own() {
    assert_eq!(PartLimits::of(&profiles::AWS), LIMITS);
    assert_eq!(PartLimits::of(&profiles::UNKNOWN), LIMITS);
    assert_eq!(PartLimits::of(&profiles::GARAGE).minimum, None);
    assert_eq!(PartLimits::of(&profiles::ALIBABA).minimum, Some(102_400));
}

#[test]
fn a_part_in_the_last_24_hours_keeps_an_upload_from_being_completed() {
    let mut seen = whole();
    seen.parts[1].last_modified = hours_ago(2);
    seen.footprint.newest_part = hours_ago(2);
    let young = |hours| Obstacle::TooYoung {
        idle: SignedDuration::from_hours(hours),
        quiet_for: SignedDuration::from_hours(24),
        is_proven: true,
    };
    assert_eq!(of(&seen), [young(2)]);
    let terms = RescueTerms {
        quiet_for: SignedDuration::from_hours(2),
        ..TERMS
    };
    assert_eq!(against(&seen, terms, LIMITS), []);
    let mut seen = whole();
    seen.upload.initiated = hours_ago(3);
    assert!(of(&seen).contains(&young(3)), "nor one begun lately");
    let mut seen = whole();
    seen.clock = Clock::Unproven;
    let unproven = |it: &Obstacle| {
        matches!(
            it,
            Obstacle::TooYoung {
                is_proven: false,
                ..
            }
        )
    };
    assert!(of(&seen).iter().all(unproven));
}

#[test]
fn an_unknown_age_is_never_quiet() {
    let at_once = RescueTerms {
        quiet_for: SignedDuration::ZERO,
        ..TERMS
    };
    let mut seen = whole();
    seen.now = None;
    assert_eq!(against(&seen, at_once, LIMITS), [Obstacle::AgeUnknown]);
    let mut seen = whole();
    seen.footprint.all_dated = false;
    assert_eq!(against(&seen, at_once, LIMITS), [Obstacle::AgeUnknown]);
    let mut seen = whole();
    seen.upload.initiated = Some("1970-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(against(&seen, at_once, LIMITS), [Obstacle::AgeUnknown]);
}

#[test]
fn two_looks_that_differ_are_not_completed() {
    let (first, mut second) = (whole(), whole());
    second.parts[2].etag = Some([9; 16]);
    let plan = RescuePlan::of(&first, second, TERMS, LIMITS);
    assert_eq!(plan.unwrap_err(), [Obstacle::PartsChanged]);
    let mut other = whole();
    other.upload.address.id = UploadId::new("2").unwrap();
    let plan = RescuePlan::of(&first, other, TERMS, LIMITS);
    assert_eq!(plan.unwrap_err(), [Obstacle::PartsChanged]);
    let overwrite = RescueTerms {
        overwrite: true,
        ..TERMS
    };
    let mut written = whole();
    written.object = ObjectSight::Present(head(5, "x"));
    let plan = RescuePlan::of(&first, written, overwrite, LIMITS);
    assert_eq!(plan.unwrap_err(), [Obstacle::ObjectChanged]);
}

#[test]
fn of_several_uploads_of_a_key_someone_has_to_choose() {
    let mut seen = whole();
    let other = Upload::named(UploadAddress::new("b", "k", "2").unwrap());
    let chosen = RescueTerms {
        chosen: true,
        ..TERMS
    };
    for (others, obstacle) in [
        (None, Obstacle::OthersUnknown),
        (
            Some(vec![other.clone()]),
            Obstacle::OtherUploads(vec![other]),
        ),
    ] {
        seen.others = others;
        assert_eq!(of(&seen), [obstacle]);
        assert_eq!(against(&seen, chosen, LIMITS), []);
    }
}

#[test]
fn what_is_at_the_key_is_not_replaced_unasked() {
    let overwrite = RescueTerms {
        overwrite: true,
        ..TERMS
    };
    let mut seen = whole();
    let object = head(5, "x");
    seen.object = ObjectSight::Present(object.clone());
    let is_same = false;
    assert_eq!(of(&seen), [Obstacle::ObjectThere { object, is_same }]);
    assert_eq!(against(&seen, overwrite, LIMITS), []);
    let object = head(18 * MIB, seen.completed_etag.as_deref().unwrap());
    seen.object = ObjectSight::Present(object.clone());
    let is_same = true;
    assert_eq!(of(&seen), [Obstacle::ObjectThere { object, is_same }]);
    let mut deleted = whole();
    deleted.older = OlderVersions::Seen(vec![head(5, "x")]);
    let versions = 1;
    assert_eq!(of(&deleted), [Obstacle::WasDeleted { versions, at: None }]);
    assert_eq!(against(&deleted, overwrite, LIMITS), []);
    deleted.older = OlderVersions::NotVisible;
    assert_eq!(of(&deleted), [Obstacle::VersionsNotVisible]);
}

#[test]
fn a_last_part_as_large_as_the_others_needs_the_size() {
    let seen = look(&[part(1, 8 * MIB), part(2, 8 * MIB)]);
    let as_large = Obstacle::LastAsLarge {
        number: 2,
        bytes: 8 * MIB,
        total: 16 * MIB,
    };
    assert_eq!(of(&seen), [as_large]);
    let said = |size| RescueTerms {
        size: Some(size),
        ..TERMS
    };
    assert_eq!(against(&seen, said(16 * MIB), LIMITS), []);
    let other = Obstacle::OtherSize {
        said: 17 * MIB,
        seen: 16 * MIB,
    };
    assert_eq!(against(&seen, said(17 * MIB), LIMITS), [other]);
    // One alone may be the first of many, unless it is smaller than any but the last can be.
    let alone = |bytes| of(&look(&[part(1, bytes)]));
    assert!(matches!(
        &alone(5 * MIB)[..],
        [Obstacle::LastAsLarge { .. }]
    ));
    assert_eq!(alone(5 * MIB - 1), []);
}

#[test]
fn a_consent_is_good_for_the_rescue_that_was_shown() {
    let plan_of = |seen: &RescueLook| RescuePlan::of(seen, seen.clone(), TERMS, LIMITS).unwrap();
    let (shown, mut changed) = (whole(), whole());
    changed.parts[0].etag = Some([7; 16]);
    let consent = RescueConsent::to(&plan_of(&shown));
    assert!(plan_of(&changed).approve(consent).is_err());
    let consent = RescueConsent::to(&plan_of(&shown));
    assert!(plan_of(&shown).approve(consent).is_ok());
}

#[test]
fn only_what_the_look_just_before_shows_unchanged_is_completed() {
    let agreed = || {
        let plan = RescuePlan::of(&whole(), whole(), TERMS, LIMITS).unwrap();
        let consent = RescueConsent::to(&plan);
        plan.approve(consent).unwrap()
    };
    let mut fresh = whole();
    fresh.answered = LookTime::new(std::time::Duration::from_secs(7));
    let approved = agreed().confirm(fresh.clone()).unwrap();
    assert_eq!(approved.answered(), fresh.answered);
    assert_eq!((approved.count(), approved.bytes()), (3, 18 * MIB));
    assert_eq!(approved.parts().next().unwrap().etag, "01".repeat(16));
    let mut written = fresh.clone();
    written.object = ObjectSight::Present(head(1, "x"));
    assert!(agreed().confirm(written).is_err());
    let mut other = fresh;
    other.parts[2].etag = Some([9; 16]);
    let more = look(&[
        part(1, 8 * MIB),
        part(2, 8 * MIB),
        part(3, 8 * MIB),
        part(4, MIB),
    ]);
    for seen in [other, more] {
        assert_eq!(
            agreed().confirm(seen).unwrap_err(),
            [Obstacle::PartsChanged]
        );
    }
}

#[test]
fn an_object_is_the_rescued_one_by_its_size_and_etag() {
    let plan = RescuePlan::of(&whole(), whole(), TERMS, LIMITS).unwrap();
    let consent = RescueConsent::to(&plan);
    let approved = plan.approve(consent).unwrap().confirm(whole()).unwrap();
    let etag = approved.etag().unwrap().to_owned();
    let of = |bytes, etag: &str| approved.compare(&head(bytes, etag), Some("answered"));
    assert_eq!(of(18 * MIB, &etag), ObjectMatch::Same);
    assert_eq!(of(18 * MIB, "answered"), ObjectMatch::Answered);
    assert_eq!(of(18 * MIB, "another-3"), ObjectMatch::Alike);
    assert_eq!(of(18 * MIB, "another-2"), ObjectMatch::Other);
    assert_eq!(of(18 * MIB - 1, &etag), ObjectMatch::Other);
    assert_eq!(of(18 * MIB, ""), ObjectMatch::Other);
}

#[test]
fn a_checksum_that_changes_between_two_looks_is_a_change() {
    use crate::model::checksum::{ChecksumAlgorithm, PageChecksums, UploadChecksum};
    let (first, mut second) = (whole(), whole());
    second.checksums.add(&PageChecksums {
        of_upload: UploadChecksum::Known(ChecksumAlgorithm::Crc32),
        ..PageChecksums::default()
    });
    let found = RescuePlan::of(&first, second, TERMS, LIMITS).unwrap_err();
    assert_eq!(found, [Obstacle::PartsChanged]);
}
