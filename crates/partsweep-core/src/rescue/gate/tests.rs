use jiff::SignedDuration;

use super::*;
use crate::model::believe::Clock;
use crate::rescue::plan::tests::{LIMITS, MIB, TERMS, against, hours_ago, look, now, part};

/// Parts of these sizes, in MiB.
fn sized(sizes: &[u64]) -> RescueLook {
    let parts = (1..).zip(sizes);
    let parts: Vec<Part> = parts.map(|(n, size)| part(n, size * MIB)).collect();
    look(&parts)
}

/// Parts of 10, 9 and 8 MiB may be the beginning of many.
#[test]
fn a_smaller_last_part_shows_nothing_where_the_sizes_vary() {
    for sizes in [&[20, 6, 30, 5][..], &[10, 9, 8], &[8, 16, 6]] {
        let seen = sized(sizes);
        let last = seen.parts.last().unwrap();
        let (number, bytes) = (last.number, last.bytes.unwrap());
        let vary = Obstacle::SizesVary { number, bytes };
        assert_eq!(against(&seen, TERMS, LIMITS), [vary], "{sizes:?}");
        let size = seen.footprint.bytes.exact();
        let known = RescueTerms { size, ..TERMS };
        assert_eq!(against(&seen, known, LIMITS), [], "{sizes:?}");
    }
    // Of one size, as all common clients send them; or smaller than the store takes before another.
    for sizes in [&[8, 8, 6][..], &[8, 6], &[10, 9, 1]] {
        assert_eq!(against(&sized(sizes), TERMS, LIMITS), [], "{sizes:?}");
    }
}

/// Whoever deletes an object while an upload of its key is left does not want that back.
#[test]
fn an_object_that_left_a_delete_marker_only_is_not_brought_back_unasked() {
    let overwrite = RescueTerms {
        overwrite: true,
        ..TERMS
    };
    let mut seen = sized(&[8, 8, 1]);
    for at in [hours_ago(2), hours_ago(60), None] {
        let left = Vec::new();
        seen.older = OlderVersions::Deleted { at, left };
        let deleted = Obstacle::WasDeleted { versions: 0, at };
        assert_eq!(against(&seen, TERMS, LIMITS), [deleted]);
        assert_eq!(against(&seen, overwrite, LIMITS), []);
    }
}

#[test]
fn a_part_that_is_listed_twice_and_differently_is_named_as_that() {
    let (large, small) = (part(2, 8 * MIB), part(2, 7 * MIB));
    let other = Part {
        etag: Some([9; 16]),
        ..large
    };
    for twice in [[large, small], [large, other]] {
        let seen = look(&[part(1, 8 * MIB), twice[0], twice[1], part(3, MIB)]);
        let found = against(&seen, TERMS, LIMITS);
        assert_eq!(found, [Obstacle::ListedTwice(vec![2])]);
    }
    // Another part's own reason stays.
    let unsized_part = Part {
        bytes: None,
        ..part(3, 0)
    };
    let seen = look(&[part(1, 8 * MIB), large, small, unsized_part, part(4, MIB)]);
    let expected = [
        Obstacle::SizeUnknown(vec![3]),
        Obstacle::ListedTwice(vec![2]),
    ];
    assert_eq!(against(&seen, TERMS, LIMITS), expected);
}

#[test]
fn a_date_in_the_future_is_no_activity_and_no_age() {
    let at_once = RescueTerms {
        quiet_for: SignedDuration::ZERO,
        ..TERMS
    };
    let ahead = |minutes| now() + SignedDuration::from_mins(minutes);
    for (clock, minutes, is_odd) in [
        (Clock::Utc, 15, false),
        (Clock::Utc, 16, true),
        (Clock::NotBehind, 14 * 60, false),
        (Clock::NotBehind, 15 * 60, true),
        (Clock::Unproven, 5 * 365 * 24 * 60, true),
    ] {
        let late = Part {
            last_modified: Some(ahead(minutes)),
            ..part(2, MIB)
        };
        let mut seen = look(&[part(1, 8 * MIB), late]);
        seen.clock = clock;
        let expected: &[_] = match is_odd {
            true => &[Obstacle::FutureDate(ahead(minutes))],
            false => &[],
        };
        assert_eq!(
            against(&seen, at_once, LIMITS),
            expected,
            "{clock:?} {minutes}"
        );
    }
}

#[test]
fn what_cannot_be_seen_at_the_key_is_never_replaced() {
    let overwrite = RescueTerms {
        overwrite: true,
        ..TERMS
    };
    let mut seen = sized(&[8, 8, 1]);
    seen.object = ObjectSight::NotVisible;
    assert_eq!(
        against(&seen, overwrite, LIMITS),
        [Obstacle::ObjectNotVisible]
    );
}
