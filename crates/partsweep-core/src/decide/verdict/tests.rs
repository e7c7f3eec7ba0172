use jiff::SignedDuration;

use super::*;
use crate::model::footprint::Amount;
use crate::model::name::{BucketName, Key, UploadId};
use crate::model::upload::UploadAddress;

#[test]
fn all_reasons_are_listed_once_in_the_order_of_their_numbers() {
    use KeepReason as Why;
    for (place, reason) in KeepReason::ALL.into_iter().enumerate() {
        assert_eq!(reason as usize, place);
        // A new reason does not compile until it is here, and belongs into ALL as well.
        match reason {
            Why::ActiveRecently | Why::IdleTooShort | Why::AgeUnknown => {}
            Why::ClockUnproven | Why::NotSized => {}
            Why::SizingFailed | Why::TooSmall | Why::SizeUnknown | Why::KeyUncertain => {}
            Why::NoSuchUpload | Why::FinishedObject | Why::ObjectNotVisible => {}
            Why::OnlyAgeProtects => {}
            Why::TooCheap | Why::CostUnknown => {}
        }
    }
}

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const LONG_AGO: i64 = 1_300_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn upload(initiated: Option<i64>) -> Upload {
    Upload {
        address: UploadAddress {
            bucket: BucketName::new("b").unwrap(),
            key: Key::new("k").unwrap(),
            id: UploadId::new("1").unwrap(),
        },
        key_proof: KeyProof::Exact,
        initiated: initiated.map(at),
        storage_class: None,
        owner: None,
        initiator: None,
    }
}

fn footprint(bytes: Amount, newest_part: Option<i64>) -> Footprint {
    Footprint {
        parts: Amount::Exact(1),
        bytes,
        newest_part: newest_part.map(at),
        all_dated: true,
    }
}

fn verdict(initiated: Option<i64>, newest: Option<i64>) -> Verdict {
    let footprint = footprint(Amount::Exact(10), newest);
    judge(
        &upload(initiated),
        Some(&footprint),
        &Selection::default(),
        Some(at(NOW)),
        Clock::Utc,
    )
}

#[test]
fn a_part_in_the_last_24_hours_keeps_an_upload_started_a_month_ago() {
    let month_ago = Some(NOW - 30 * DAY);
    assert_eq!(
        verdict(month_ago, Some(NOW - DAY + 1)),
        Verdict::Keep(KeepReason::ActiveRecently)
    );
    assert_eq!(verdict(month_ago, Some(NOW - DAY)), Verdict::Sweep);
}

#[test]
fn what_is_young_and_small_is_small_if_its_size_is_known() {
    let large = Selection {
        min_size: 100,
        ..Selection::default()
    };
    let reason = |bytes| {
        let footprint = footprint(bytes, Some(NOW - 10));
        judge(
            &upload(Some(NOW - 10)),
            Some(&footprint),
            &large,
            Some(at(NOW)),
            Clock::Utc,
        )
        .because()
    };
    assert_eq!(reason(Amount::Exact(99)), "too_small");
    assert_eq!(reason(Amount::Exact(100)), "active_recently");
    assert_eq!(reason(Amount::AtLeast(99)), "active_recently");
}

#[test]
fn what_was_idle_for_a_day_or_more_is_not_called_active() {
    let year = Selection {
        older_than: SignedDuration::from_hours(24 * 365),
        ..Selection::default()
    };
    let reason = |initiated, footprint: Option<&Footprint>| {
        judge(
            &upload(Some(initiated)),
            footprint,
            &year,
            Some(at(NOW)),
            Clock::Utc,
        )
        .because()
    };
    for (age, because) in [
        (DAY - 1, "active_recently"),
        (DAY, "idle_too_short"),
        (239 * DAY, "idle_too_short"),
        (365 * DAY, "inactive"),
    ] {
        let begun = NOW - age;
        let sized = footprint(Amount::Exact(1), Some(begun));
        assert_eq!(reason(begun, Some(&sized)), because);
        let undated = Footprint {
            all_dated: false,
            ..sized
        };
        let (undated, unsized_one) = (reason(begun, Some(&undated)), reason(begun, None));
        if age < 365 * DAY {
            assert_eq!([undated, unsized_one], [because; 2]);
        }
    }
}

#[test]
fn a_young_upload_with_an_old_clock_on_its_part_is_kept() {
    assert_eq!(
        verdict(Some(NOW - 10), Some(NOW - 90 * DAY)),
        Verdict::Keep(KeepReason::ActiveRecently)
    );
}

#[test]
fn unknown_age_is_never_old_even_with_0s() {
    let any_age = Selection {
        older_than: SignedDuration::ZERO,
        ..Selection::default()
    };
    let undated = Footprint {
        all_dated: false,
        ..footprint(Amount::Exact(1), None)
    };
    let kept = Verdict::Keep(KeepReason::AgeUnknown);
    assert_eq!(
        judge(
            &upload(Some(LONG_AGO)),
            Some(&undated),
            &any_age,
            Some(at(NOW)),
            Clock::Utc
        ),
        kept
    );
    let dated = footprint(Amount::Exact(1), Some(LONG_AGO));
    assert_eq!(
        judge(
            &upload(Some(LONG_AGO)),
            Some(&dated),
            &any_age,
            None,
            Clock::Utc
        ),
        kept,
        "no server date"
    );
    assert_eq!(
        judge(
            &upload(Some(LONG_AGO)),
            Some(&dated),
            &any_age,
            Some(at(NOW)),
            Clock::Utc
        ),
        Verdict::Sweep
    );
}

#[test]
fn what_was_not_sized_or_could_not_be_is_kept() {
    let judged = |footprint| {
        judge(
            &upload(Some(LONG_AGO)),
            footprint,
            &Selection::default(),
            Some(at(NOW)),
            Clock::Utc,
        )
    };
    assert_eq!(judged(None), Verdict::Keep(KeepReason::NotSized));
    assert_eq!(
        judged(Some(&Footprint::UNKNOWN)),
        Verdict::Keep(KeepReason::SizingFailed)
    );
}

#[test]
fn min_size_needs_a_proven_size() {
    let large = Selection {
        min_size: 100,
        ..Selection::default()
    };
    let judged = |bytes| {
        judge(
            &upload(Some(LONG_AGO)),
            Some(&footprint(bytes, Some(LONG_AGO))),
            &large,
            Some(at(NOW)),
            Clock::Utc,
        )
    };
    assert_eq!(
        judged(Amount::Exact(99)),
        Verdict::Keep(KeepReason::TooSmall)
    );
    assert_eq!(
        judged(Amount::AtLeast(99)),
        Verdict::Keep(KeepReason::SizeUnknown)
    );
    assert_eq!(judged(Amount::Exact(100)), Verdict::Sweep);
}

#[test]
fn a_doubtful_key_is_kept_whatever_its_age() {
    let doubtful = Upload {
        key_proof: KeyProof::Doubtful,
        ..upload(Some(LONG_AGO))
    };
    let judged = judge(
        &doubtful,
        Some(&footprint(Amount::Exact(1), Some(LONG_AGO))),
        &Selection::default(),
        Some(at(NOW)),
        Clock::Utc,
    );
    assert_eq!(judged, Verdict::Keep(KeepReason::KeyUncertain));
}

#[test]
fn what_is_old_only_by_a_clock_that_may_be_local_is_kept() {
    let judged = |age_hours: i64, clock| {
        let time = NOW - age_hours * 3_600;
        let selection = Selection {
            older_than: SignedDuration::from_hours(6),
            ..Selection::default()
        };
        let footprint = footprint(Amount::Exact(1), Some(time));
        judge(
            &upload(Some(time)),
            Some(&footprint),
            &selection,
            Some(at(NOW)),
            clock,
        )
    };
    let unproven = Verdict::Keep(KeepReason::ClockUnproven);
    assert_eq!(judged(8, Clock::Unproven), unproven);
    assert_eq!(judged(8, Clock::NotBehind), Verdict::Sweep);
    assert_eq!(judged(20, Clock::Unproven), Verdict::Sweep);
    let young = Verdict::Keep(KeepReason::ActiveRecently);
    assert_eq!(judged(5, Clock::Unproven), young);
    assert_eq!(
        judged(13, Clock::Behind(SignedDuration::from_hours(8))),
        young
    );
    assert_eq!(
        judged(14, Clock::Behind(SignedDuration::from_hours(8))),
        Verdict::Sweep
    );
}

#[test]
fn by_a_clock_that_is_untrue_nothing_is_old() {
    let any_age = Selection {
        older_than: SignedDuration::ZERO,
        ..Selection::default()
    };
    for selection in [Selection::default(), any_age] {
        let judged = judge(
            &upload(Some(LONG_AGO)),
            Some(&footprint(Amount::Exact(1), Some(LONG_AGO))),
            &selection,
            Some(at(NOW)),
            Clock::Untrue,
        );
        assert_eq!(judged, Verdict::Keep(KeepReason::AgeUnknown));
    }
}

#[test]
fn a_time_that_is_yet_to_come_is_no_age() {
    let kept = Verdict::Keep(KeepReason::AgeUnknown);
    assert_eq!(verdict(Some(NOW - DAY), Some(NOW + DAY)), kept);
    let any_age = Selection {
        older_than: SignedDuration::ZERO,
        ..Selection::default()
    };
    let parts = footprint(Amount::Exact(1), Some(NOW + 1));
    let judged = judge(
        &upload(Some(NOW)),
        Some(&parts),
        &any_age,
        Some(at(NOW)),
        Clock::Utc,
    );
    assert_eq!(judged, Verdict::Sweep, "whole seconds");
}

#[test]
fn what_an_upload_costs_only_ever_keeps_more() {
    use KeepReason as Why;
    let all = KeepReason::ALL.map(Verdict::Keep);
    for verdict in all.into_iter().chain([Verdict::Sweep]) {
        assert_eq!(verdict.with_cost(CostMatch::Enough), verdict);
        for cost in [
            CostMatch::TooLittle,
            CostMatch::Unknown,
            CostMatch::SizeUnknown,
        ] {
            assert_ne!(
                verdict.with_cost(cost),
                Verdict::Sweep,
                "{verdict:?} {cost:?}"
            );
        }
    }
    let swept = |cost| Verdict::Sweep.with_cost(cost);
    assert_eq!(swept(CostMatch::TooLittle), Verdict::Keep(Why::TooCheap));
    assert_eq!(swept(CostMatch::Unknown), Verdict::Keep(Why::CostUnknown));
    assert_eq!(
        swept(CostMatch::SizeUnknown),
        Verdict::Keep(Why::SizeUnknown)
    );
    let young = Verdict::Keep(Why::ActiveRecently);
    assert_eq!(
        young.with_cost(CostMatch::TooLittle),
        Verdict::Keep(Why::TooCheap)
    );
    assert_eq!(young.with_cost(CostMatch::Unknown), young);
}
