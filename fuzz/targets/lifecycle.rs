//! Lifecycle documents: a change of any that can be read adds one rule or lowers one number, and nothing else (law 10).
#![no_main]

use std::num::NonZeroU32;

use libfuzzer_sys::fuzz_target;
use partsweep_core::BucketName;
use partsweep_core::LookTime;
use partsweep_core::lifecycle::change::{
    ChangeKind, FormerLifecycle, LifecycleChange, RuleDialect, SeenLifecycle,
};
use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::lifecycle::protection::{Protection, protection};
use partsweep_core::lifecycle::undo::{PastChange, PastEnd};

fuzz_target!(|input: (u8, &str)| {
    let (how, text) = input;
    let Ok(document) = LifecycleDocument::read(text) else {
        return;
    };
    assert_eq!(document.text(), text, "byte for byte");
    let days = NonZeroU32::new(u32::from(how / 8) + 1).expect("one at least");
    let dialects = [RuleDialect::S3, RuleDialect::Google, RuleDialect::Oss];
    let dialect = dialects[usize::from(how) % dialects.len()];
    let seen = SeenLifecycle {
        bucket: BucketName::new("b").expect("a name"),
        document: Some(document.clone()),
        default_minimum: None,
        answered: LookTime::default(),
    };
    let shorten = how % 2 == 0;
    let Ok(change) = LifecycleChange::protect(seen.clone(), days, dialect, shorten) else {
        return;
    };
    let after = change.after().expect("a document is written");
    let (gone, new) = difference(text, after.text());
    match change.kind() {
        ChangeKind::Add => {
            assert_eq!(after.rules().len(), document.rules().len() + 1);
            // Only a root that was written as one empty element is opened.
            let was_empty = document.rules().is_empty() && gone.trim_start().starts_with('/');
            assert!(gone.is_empty() || was_empty, "{gone:?} was taken away");
            assert!(new.contains("Rule"), "{new:?}");
        }
        ChangeKind::Shorten(_) => {
            assert!(shorten, "nobody agreed to that");
            for number in [gone, new] {
                assert!(
                    number.trim().chars().all(|c| c.is_ascii_digit()),
                    "{number:?}"
                );
            }
        }
        ChangeKind::PutBack => panic!("nothing was to be put back"),
    }
    let protects = protection(after.rules(), days.get());
    assert!(
        matches!(protects, Protection::Protected { .. }),
        "{protects:?}"
    );
    let now = SeenLifecycle {
        document: Some(after.clone()),
        ..seen
    };
    let past = PastChange {
        before: FormerLifecycle {
            document: Some(document.clone()),
            default_minimum: None,
        },
        written: Some(after.clone()),
        shown: None,
        end: PastEnd::Seen,
    };
    let back = past.undo(now).expect("what was there before is put back");
    let expected = (!document.rules().is_empty()).then_some(text);
    assert_eq!(back.change.after().map(LifecycleDocument::text), expected);
});

/// What one text has and the other has not, between what both begin and end with.
fn difference<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let same = |(a, b): &(u8, u8)| a == b;
    let pairs = one.bytes().zip(other.bytes());
    let mut start = pairs.take_while(same).count();
    while !one.is_char_boundary(start) || !other.is_char_boundary(start) {
        start -= 1;
    }
    let (one, other) = (&one[start..], &other[start..]);
    let pairs = one.bytes().rev().zip(other.bytes().rev());
    let mut end = pairs.take_while(same).count();
    while !one.is_char_boundary(one.len() - end) || !other.is_char_boundary(other.len() - end) {
        end -= 1;
    }
    (&one[..one.len() - end], &other[..other.len() - end])
}
