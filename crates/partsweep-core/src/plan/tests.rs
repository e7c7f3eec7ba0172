//! What a consent is good for, and what it is not.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::model::upload::UploadAddress;
use crate::provider::profiles;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn planned(key: &str, bytes: Amount) -> PlannedUpload {
    PlannedUpload {
        upload: Upload {
            initiated: Timestamp::from_second(1_700_000_001).ok(),
            ..Upload::named(UploadAddress::new("b", key, "1").unwrap())
        },
        footprint: Footprint {
            parts: Amount::Exact(1),
            bytes,
            newest_part: None,
            all_dated: true,
        },
    }
}

fn uploads(keys: &[&str]) -> Vec<PlannedUpload> {
    let ten = |key: &&str| planned(key, Amount::Exact(10));
    keys.iter().map(ten).collect()
}

fn plan(keys: &[&str]) -> Plan {
    Plan::of(&uploads(keys), Terms::older_than(DAY))
}

fn agree(plan: &Plan) -> Consent {
    Consent::to(plan, &Limits::default(), &profiles::AWS).unwrap()
}

#[test]
fn a_consent_is_good_for_its_own_plan_only() {
    let (small, large) = (plan(&["a"]), plan(&["a", "b"]));
    assert_eq!(
        large.approve(agree(&small)).unwrap_err(),
        ConsentError::OtherPlan
    );
    let consent = agree(&small);
    let mut approved = small.approve(consent).unwrap();
    assert_eq!(approved.admit(uploads(&["a"])).unwrap().len(), 1);
    assert_eq!(approved.left(), 0);
}

#[test]
fn only_what_was_agreed_to_is_admitted_and_only_once() {
    let plan = plan(&["a", "b"]);
    let consent = agree(&plan);
    let mut approved = plan.approve(consent).unwrap();
    for other in [&["a"][..], &["a", "c"], &["a", "b", "c"], &["b", "a"], &[]] {
        assert_eq!(approved.admit(uploads(other)).unwrap_err(), NotAsAgreed);
    }
    let admitted = approved.admit(uploads(&["a", "b"])).unwrap();
    let numbers: Vec<_> = admitted.iter().map(ApprovedUpload::number).collect();
    assert_eq!(numbers, [0, 1]);
    assert_eq!(
        approved.admit(uploads(&["a", "b"])).unwrap_err(),
        NotAsAgreed
    );
}

#[test]
fn a_long_plan_is_admitted_a_thousand_at_a_time() {
    let keys: Vec<_> = (0..2_500).map(|n| format!("k{n:04}")).collect();
    let all: Vec<_> = keys
        .iter()
        .map(|key| planned(key, Amount::Exact(1)))
        .collect();
    let plan = Plan::of(&all, Terms::older_than(DAY));
    let consent = agree(&plan);
    let mut approved = plan.approve(consent).unwrap();
    let mut rest = all.as_slice();
    let mut last = None;
    while approved.left() > 0 {
        let (now, later) = rest.split_at(approved.next_chunk());
        rest = later;
        last = approved
            .admit(now.to_vec())
            .unwrap()
            .last()
            .map(ApprovedUpload::number);
    }
    assert_eq!((rest.len(), last), (0, Some(2_499)));
}

#[test]
fn the_digest_depends_on_everything_that_is_swept() {
    assert_eq!(plan(&["a", "b"]).digest(), plan(&["a", "b"]).digest());
    assert_ne!(plan(&["ab", "c"]).digest(), plan(&["a", "bc"]).digest());
    let larger = [planned("a", Amount::Exact(11))];
    let larger = Plan::of(&larger, Terms::older_than(DAY));
    assert_ne!(larger.digest(), plan(&["a"]).digest());
    let younger = Terms::older_than(SignedDuration::ZERO);
    let younger = Plan::of(&uploads(&["a"]), younger);
    assert_ne!(younger.digest(), plan(&["a"]).digest());
    let finished = Terms {
        include_finished: true,
        ..Terms::older_than(DAY)
    };
    let finished = Plan::of(&uploads(&["a"]), finished);
    assert_ne!(finished.digest(), plan(&["a"]).digest());
}

#[test]
fn the_summary_shows_the_three_largest() {
    let sizes = [5, 90, 7, 90, 30];
    let all: Vec<_> = (0..)
        .zip(sizes)
        .map(|(n, bytes)| planned(&format!("k{n}"), Amount::Exact(bytes)))
        .collect();
    let plan = Plan::of(&all, Terms::older_than(DAY));
    let shown: Vec<_> = plan
        .summary()
        .largest
        .iter()
        .map(|planned| planned.upload.address.key.as_str())
        .collect();
    assert_eq!(shown, ["k1", "k3", "k4"]);
    assert_eq!(plan.bytes(), Amount::Exact(222));
    assert_eq!(
        plan.summary().oldest,
        Timestamp::from_second(1_700_000_001).ok()
    );
}

#[test]
fn a_limit_refuses_the_whole_plan() {
    let plan = plan(&["a", "b"]);
    let limits = |max_uploads, max_bytes| Limits {
        max_uploads,
        max_bytes,
        ..Limits::default()
    };
    let error = |limits: Limits| Consent::to(&plan, &limits, &profiles::AWS).unwrap_err();
    assert_eq!(
        error(limits(Some(1), None)),
        ConsentError::TooManyUploads {
            chosen: 2,
            limit: 1
        }
    );
    assert_eq!(
        error(limits(None, Some(19))),
        ConsentError::TooManyBytes {
            chosen: 20,
            limit: 19
        }
    );
    assert!(Consent::to(&plan, &limits(Some(2), Some(20)), &profiles::AWS).is_ok());
}

#[test]
fn an_unknown_size_is_not_under_a_limit() {
    let plan = Plan::of(&[planned("a", Amount::Unknown)], Terms::older_than(DAY));
    let limits = Limits {
        max_bytes: Some(1_000),
        ..Limits::default()
    };
    assert_eq!(
        Consent::to(&plan, &limits, &profiles::AWS).unwrap_err(),
        ConsentError::BytesUnknown { limit: 1_000 }
    );
}

#[test]
fn young_uploads_are_swept_where_nothing_can_be_repaired_only_at_ones_own_risk() {
    let plan = |minutes| {
        let terms = Terms::older_than(SignedDuration::from_mins(minutes));
        Plan::of(&uploads(&["a"]), terms)
    };
    let consent = |minutes, store, risk_live| {
        let limits = Limits {
            risk_live,
            ..Limits::default()
        };
        Consent::to(&plan(minutes), &limits, store)
    };
    // What is not known may be one of them.
    for store in [&profiles::SWIFT, &profiles::GARAGE, &profiles::UNKNOWN] {
        let store_name = store.name;
        assert_eq!(
            consent(59, store, false).unwrap_err(),
            ConsentError::TooYoung { store: store_name }
        );
        assert!(consent(60, store, false).is_ok());
        assert!(consent(0, store, true).is_ok());
    }
    for store in [&profiles::CEPH, &profiles::AWS] {
        assert!(consent(0, store, false).is_ok());
    }
}
