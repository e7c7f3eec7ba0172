use super::*;
use crate::model::footprint::Amount;
use crate::model::upload::{Upload, UploadAddress};
use crate::provider::profiles::{AWS, CEPH, GARAGE, UNKNOWN};

const HOUR: i64 = 3_600;
const NOW: i64 = 1_800_000_000;

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

fn footprint() -> Footprint {
    let newest_part = at(NOW - 49 * HOUR);
    Footprint {
        parts: Amount::Exact(3),
        bytes: Amount::Exact(30),
        newest_part,
        all_dated: true,
    }
}

fn planned() -> PlannedUpload {
    PlannedUpload {
        upload: Upload {
            initiated: at(NOW - 50 * HOUR),
            ..Upload::named(UploadAddress::new("b", "k", "1").unwrap())
        },
        footprint: footprint(),
    }
}

fn looked(footprint: Option<Footprint>, object: ObjectSight) -> Looked {
    Looked {
        footprint,
        object,
        older: OlderVersions::NONE,
        now: at(NOW),
        clock: Clock::Utc,
    }
}

fn day() -> Terms {
    Terms::older_than(SignedDuration::from_hours(24))
}

fn decide(footprint: Option<Footprint>, object: ObjectSight) -> Look {
    looked(footprint, object).decide(&planned(), day(), &CEPH, false)
}

fn object(bytes: u64, modified: i64, etag: &str) -> ObjectSight {
    ObjectSight::Present(ObjectHead {
        bytes: Some(bytes),
        last_modified: at(modified),
        etag: Some(etag.to_owned()),
        version: None,
    })
}

#[test]
fn an_unchanged_upload_without_an_object_is_aborted() {
    assert_eq!(decide(Some(footprint()), ObjectSight::Absent), Look::Abort);
}

#[test]
fn an_object_of_parts_that_was_written_just_now_keeps_it_where_an_abort_can_hurt() {
    let at_work = |modified, etag, store| {
        let looked = looked(Some(footprint()), object(77, modified, etag));
        looked.decide(&planned(), day(), store, false)
    };
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(at_work(NOW - 299, "abc-2", &CEPH), kept);
    assert_eq!(at_work(NOW - 300, "abc-2", &CEPH), Look::Abort);
    assert_eq!(
        at_work(NOW - 299, "abc", &CEPH),
        Look::Abort,
        "sent at once"
    );
    assert_eq!(at_work(NOW - 299, "abc-2", &AWS), Look::Abort);
}

#[test]
fn a_list_without_parts_does_not_clear_an_object_of_parts_that_was_written_just_now() {
    let empty = Footprint {
        parts: Amount::Exact(0),
        bytes: Amount::Exact(0),
        newest_part: None,
        ..footprint()
    };
    let mut planned = planned();
    planned.footprint = empty;
    let decided = |modified, etag, store| {
        let looked = looked(Some(empty), object(77, modified, etag));
        looked.decide(&planned, day(), store, false)
    };
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(decided(NOW - 2, "abc-2", &CEPH), kept);
    assert_eq!(decided(NOW - 300, "abc-2", &CEPH), Look::Abort);
    assert_eq!(decided(NOW - 2, "abc", &CEPH), Look::Abort, "sent at once");
    assert_eq!(decided(NOW - 2, "abc-2", &AWS), Look::Abort);
}

#[test]
fn a_gone_upload_is_gone() {
    assert_eq!(decide(None, ObjectSight::Absent), Look::Gone);
}

#[test]
fn an_upload_that_got_a_part_since_the_plan_is_kept() {
    let grown = Footprint {
        parts: Amount::Exact(4),
        bytes: Amount::Exact(40),
        ..footprint()
    };
    assert_eq!(decide(Some(grown), ObjectSight::Absent), Look::Changed);
    let resent = Footprint {
        newest_part: at(NOW - 48 * HOUR),
        ..footprint()
    };
    assert_eq!(decide(Some(resent), ObjectSight::Absent), Look::Changed);
}

#[test]
fn an_object_as_new_as_the_upload_with_its_size_or_part_count_keeps_it() {
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(
        decide(Some(footprint()), object(30, NOW - HOUR, "abc")),
        kept
    );
    assert_eq!(
        decide(Some(footprint()), object(31, NOW - HOUR, "abc-3")),
        kept
    );
    assert_eq!(
        decide(Some(footprint()), object(30, NOW - 50 * HOUR, "abc")),
        kept,
        "same second"
    );
}

#[test]
fn a_missing_size_clears_no_object() {
    let kept = Look::Keep(KeepReason::FinishedObject);
    let unsized_object = ObjectSight::Present(ObjectHead {
        bytes: None,
        last_modified: at(NOW - HOUR),
        etag: Some("abc".to_owned()),
        version: None,
    });
    assert_eq!(decide(Some(footprint()), unsized_object), kept);
    let footprint = Footprint {
        bytes: Amount::Unknown,
        ..footprint()
    };
    let planned = PlannedUpload {
        footprint,
        ..planned()
    };
    let looked = looked(Some(footprint), object(30, NOW - HOUR, "abc"));
    assert_eq!(looked.decide(&planned, day(), &CEPH, false), kept);
}

#[test]
fn an_older_or_different_object_does_not_keep_it() {
    assert_eq!(
        decide(Some(footprint()), object(30, NOW - 51 * HOUR, "abc-3")),
        Look::Abort
    );
    assert_eq!(
        decide(Some(footprint()), object(31, NOW - HOUR, "abc-2")),
        Look::Abort
    );
}

#[test]
fn an_object_that_cannot_be_seen_keeps_it_only_where_an_abort_can_hurt() {
    let looked = looked(Some(footprint()), ObjectSight::NotVisible);
    assert_eq!(
        looked.decide(&planned(), day(), &CEPH, false),
        Look::Keep(KeepReason::ObjectNotVisible)
    );
    assert_eq!(looked.decide(&planned(), day(), &AWS, false), Look::Abort);
}

#[test]
fn without_the_servers_date_nothing_is_aborted() {
    let looked = Looked {
        now: None,
        ..looked(Some(footprint()), ObjectSight::Absent)
    };
    let terms = Terms::older_than(SignedDuration::ZERO);
    let decided = looked.decide(&planned(), terms, &AWS, false);
    assert_eq!(decided, Look::Keep(KeepReason::AgeUnknown));
}

#[test]
fn the_age_is_counted_again_at_the_look() {
    let looked = looked(Some(footprint()), ObjectSight::Absent);
    let terms = Terms::older_than(SignedDuration::from_hours(72));
    let decided = looked.decide(&planned(), terms, &AWS, false);
    assert_eq!(decided, Look::Keep(KeepReason::IdleTooShort));
}

#[test]
fn a_finished_object_is_no_reason_only_if_asked_for_and_where_it_is_safe() {
    let looked = looked(Some(footprint()), object(30, NOW - HOUR, "abc-3"));
    let terms = Terms {
        include_finished: true,
        ..Terms::older_than(SignedDuration::from_hours(24))
    };
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(looked.decide(&planned(), terms, &AWS, false), Look::Abort);
    assert_eq!(looked.decide(&planned(), terms, &CEPH, false), kept);
}

#[test]
fn an_object_that_was_not_there_or_is_another_has_appeared() {
    let old = object(30, NOW - HOUR, "abc");
    let new = object(30, NOW, "abc");
    assert!(ObjectSight::Absent.appeared(&new).is_some());
    assert!(old.appeared(&new).is_some(), "the same again, newer");
    assert!(ObjectSight::NotVisible.appeared(&new).is_some());
    assert!(old.appeared(&old).is_none());
    assert!(old.appeared(&ObjectSight::Absent).is_none());
}

/// Breaker 8: the finished object was overwritten, or is behind a delete marker.
#[test]
fn a_finished_object_that_is_an_older_version_keeps_it() {
    let finished = |older| {
        let looked = Looked {
            older,
            ..looked(Some(footprint()), ObjectSight::Absent)
        };
        let decided = [&CEPH, &AWS].map(|store| looked.decide(&planned(), day(), store, false));
        assert_eq!(decided[0], decided[1]);
        decided[0]
    };
    let ObjectSight::Present(object) = object(30, NOW - HOUR, "abc-3") else {
        unreachable!()
    };
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(finished(OlderVersions::Seen(vec![object])), kept);
    assert_eq!(finished(OlderVersions::NONE), Look::Abort);
}

#[test]
fn older_versions_that_cannot_be_seen_keep_it_where_an_abort_can_hurt() {
    let looked = Looked {
        older: OlderVersions::NotVisible,
        ..looked(Some(footprint()), ObjectSight::Absent)
    };
    let kept = Look::Keep(KeepReason::ObjectNotVisible);
    assert_eq!(looked.decide(&planned(), day(), &CEPH, false), kept);
    assert_eq!(looked.decide(&planned(), day(), &AWS, false), Look::Abort);
}

/// Breaker 6: a store can prove to be more dangerous after the plan was agreed to.
#[test]
fn a_young_upload_is_kept_where_only_age_proves_to_protect_it() {
    let looked = looked(Some(footprint()), ObjectSight::Absent);
    let young = Terms::older_than(SignedDuration::from_mins(59));
    let kept = Look::Keep(KeepReason::OnlyAgeProtects);
    for store in [&GARAGE, &UNKNOWN] {
        assert_eq!(looked.decide(&planned(), young, store, false), kept);
        assert_eq!(looked.decide(&planned(), young, store, true), Look::Abort);
        assert_eq!(looked.decide(&planned(), day(), store, false), Look::Abort);
    }
    assert_eq!(looked.decide(&planned(), young, &CEPH, false), Look::Abort);
}

/// Report 8.
#[test]
fn an_offset_of_the_stores_clock_is_taken_off_the_age() {
    let looked = Looked {
        clock: Clock::Behind(SignedDuration::from_hours(26)),
        ..looked(Some(footprint()), ObjectSight::Absent)
    };
    let kept = Look::Keep(KeepReason::ActiveRecently);
    assert_eq!(looked.decide(&planned(), day(), &AWS, false), kept);
    // Where nothing shows the clock, that may be why it looks young.
    let looked = Looked {
        clock: Clock::Unproven,
        ..looked
    };
    let terms = Terms {
        older_than: SignedDuration::from_hours(55),
        ..day()
    };
    let kept = Look::Keep(KeepReason::ClockUnproven);
    assert_eq!(looked.decide(&planned(), terms, &AWS, false), kept);
    let looked = Looked {
        clock: Clock::Untrue,
        ..looked
    };
    let kept = Look::Keep(KeepReason::AgeUnknown);
    assert_eq!(looked.decide(&planned(), day(), &AWS, false), kept);
}

#[test]
fn an_object_is_as_new_by_the_clock_of_the_documents_at_its_latest() {
    // The upload seems to be begun after the object was written, by a clock of UTC+8.
    let looked = Looked {
        clock: Clock::NotBehind,
        ..looked(Some(footprint()), object(30, NOW - 55 * HOUR, "abc-3"))
    };
    let kept = Look::Keep(KeepReason::FinishedObject);
    assert_eq!(looked.decide(&planned(), day(), &AWS, false), kept);
}

/// Breaker 3: a plain PUT to the key of an aborted leftover was "repaired".
#[test]
fn only_what_is_provably_the_upload_completed_is_in_danger() {
    let danger = |bytes, etag: &str, store| match object(bytes, NOW, etag) {
        ObjectSight::Present(object) => Danger::of(&object, &footprint(), None, store),
        ObjectSight::Absent | ObjectSight::NotVisible => unreachable!(),
    };
    const MD5: &str = "9e107d9d372bb6826bd81d3542a419d6";
    for store in [&CEPH, &UNKNOWN] {
        assert_eq!(danger(30, "abc-3", store), Danger::Proven);
        assert_eq!(danger(31, "abc-3", store), Danger::Possible, "another size");
        assert_eq!(danger(30, "abc-2", store), Danger::Possible, "other parts");
        assert_eq!(danger(31, MD5, store), Danger::None, "sent at once");
    }
    assert_eq!(danger(30, MD5, &CEPH), Danger::None);
    assert_eq!(danger(30, MD5, &UNKNOWN), Danger::Possible, "its size");
    assert_eq!(danger(31, "opaque", &UNKNOWN), Danger::Possible);
    let unknown = Footprint {
        bytes: Amount::AtLeast(30),
        ..footprint()
    };
    let ObjectSight::Present(object) = object(30, NOW, "abc-3") else {
        unreachable!()
    };
    assert_eq!(Danger::of(&object, &unknown, None, &CEPH), Danger::Possible);
    // Another upload of as many parts and bytes: of the same file in another version, most often.
    let by_etag = |etag| Danger::of(&object, &footprint(), Some(etag), &CEPH);
    assert_eq!(by_etag("abc-3"), Danger::Proven);
    assert_eq!(by_etag("abd-3"), Danger::Possible);
}

#[test]
fn a_version_that_no_list_of_versions_shows_hides_others() {
    let long_ago = |version: Option<&str>| ObjectHead {
        bytes: Some(77),
        last_modified: at(NOW - 99 * HOUR),
        etag: Some("d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        version: version.map(Into::into),
    };
    let decide = |version, older| {
        let object = ObjectSight::Present(long_ago(version));
        let looked = Looked {
            older,
            ..looked(Some(footprint()), object)
        };
        looked.decide(&planned(), day(), &CEPH, false)
    };
    let shown = OlderVersions::Seen(vec![long_ago(Some("v1"))]);
    assert_eq!(decide(Some("v1"), shown), Look::Abort);
    assert_eq!(decide(None, OlderVersions::NONE), Look::Abort);
    let kept = Look::Keep(KeepReason::ObjectNotVisible);
    assert_eq!(decide(Some("v1"), OlderVersions::NONE), kept);
}
