//! What a change is taken back by, and what of others it leaves.

use std::num::NonZeroU32;

use super::*;
use crate::lifecycle::change::RuleDialect;
use crate::model::name::BucketName;
use crate::store::answers::LookTime;

const EXPIRY: &str = "<Rule><ID>e</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule>";
const THEIRS: &str = "<Rule><ID>t</ID><Filter><Prefix>007</Prefix></Filter><Status>Enabled</Status><Expiration><Days> 9</Days></Expiration></Rule>";
const LATE: &str = "<Rule><ID>late</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
    <DaysAfterInitiation>30</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

fn document(rules: &[&str]) -> String {
    format!(
        "<LifecycleConfiguration>{}</LifecycleConfiguration>",
        rules.concat()
    )
}

fn seen(text: Option<&str>) -> SeenLifecycle {
    SeenLifecycle {
        bucket: BucketName::new("b").unwrap(),
        document: text.map(|text| LifecycleDocument::read(text).unwrap()),
        default_minimum: None,
        answered: LookTime::default(),
    }
}

/// A rule of 7 days was set beside these rules; the text of what was written.
fn set(before: &[&str], end: PastEnd) -> (PastChange, String) {
    let before = (!before.is_empty()).then(|| document(before));
    let days = NonZeroU32::new(7).unwrap();
    let seen = seen(before.as_deref());
    let change = LifecycleChange::protect(seen, days, RuleDialect::S3, true).unwrap();
    let past = PastChange {
        before: FormerLifecycle {
            document: change.before().document.clone(),
            default_minimum: None,
        },
        written: change.after().cloned(),
        shown: None,
        end,
    };
    let text = change.after().unwrap().text().to_owned();
    (past, text)
}

fn undone(past: &PastChange, now: Option<&str>) -> Result<(Option<String>, UndoBasis), NoChange> {
    let undo = past.clone().undo(seen(now))?;
    let after = undo.change.after().map(|after| after.text().to_owned());
    Ok((after, undo.basis))
}

#[test]
fn what_was_written_goes_and_what_was_before_comes_back() {
    for rules in [&[][..], &[EXPIRY], &[LATE, EXPIRY]] {
        let before = (!rules.is_empty()).then(|| document(rules));
        let (past, written) = set(rules, PastEnd::Seen);
        let back = Ok((before.clone(), UndoBasis::AsWritten));
        assert_eq!(undone(&past, Some(&written)), back);
        let other_form = written.replace("<Prefix></Prefix>", "<Prefix/>\n");
        assert_eq!(undone(&past, Some(&other_form)), back);
        assert_eq!(undone(&past, before.as_deref()), Err(NoChange::AsBefore));
    }
}

/// Undoing put back the whole document from before, and the rule that somebody had added was gone (law 10).
#[test]
fn rules_that_somebody_added_since_stay_byte_for_byte() {
    let end = "</LifecycleConfiguration>";
    for (rules, left) in [
        (&[][..], document(&[THEIRS])),
        (&[EXPIRY], document(&[EXPIRY, THEIRS])),
        (&[LATE, EXPIRY], document(&[LATE, EXPIRY, THEIRS])),
    ] {
        let (mut past, written) = set(rules, PastEnd::Seen);
        let now = written.replace(end, &format!("{THEIRS}{end}"));
        // Seen at once, or added later.
        for shown in [None, Some(&now)] {
            past.shown = shown.map(|text| LifecycleDocument::read(&**text).unwrap());
            let (after, basis) = undone(&past, Some(&now)).unwrap();
            assert_eq!(basis, UndoBasis::BesideOthers);
            let after = after.unwrap();
            assert!(after.ends_with(left.split_once('>').unwrap().1), "{after}");
        }
        // Someone else's rule of another name that does the same is not the one that goes.
        let twin = now.replace("<Rule><ID>e</ID>", "<Rule><ID>renamed</ID>");
        let (after, _) = undone(&past, Some(&twin)).unwrap();
        let after = after.unwrap();
        assert!(
            !after.contains("<ID>e</ID>") && after.contains(THEIRS),
            "{after}"
        );
    }
}

#[test]
fn what_somebody_edited_is_left() {
    let (past, written) = set(&[EXPIRY], PastEnd::Seen);
    let (killed, _) = set(&[EXPIRY], PastEnd::Unseen);
    for now in [
        written.replace(">5<", ">6<"),
        written.replace(">7<", ">8<"),
        written.replace("tmp/", "0"),
        document(&[THEIRS]),
    ] {
        for past in [&past, &killed] {
            assert_eq!(
                undone(past, Some(&now)),
                Err(NoChange::ChangedSince),
                "{now}"
            );
        }
    }
    // Whoever removes the rule after a change that was seen has removed it; the other may be a store that dropped it.
    let now = document(&[EXPIRY]).replace(
        EXPIRY,
        "<Rule><ID>e</ID><Filter/><Status>Enabled</Status></Rule>",
    );
    assert_eq!(undone(&past, Some(&now)), Err(NoChange::ChangedSince));
    let (after, basis) = undone(&killed, Some(&now)).unwrap();
    assert_eq!(
        (after, basis),
        (Some(document(&[EXPIRY])), UndoBasis::Dropped)
    );
}

/// It may be a store that changes values, or somebody's whole lifecycle: only a person may throw that away.
#[test]
fn what_was_foreign_already_may_be_somebodys() {
    let (mut past, _) = set(&[], PastEnd::Foreign);
    let theirs = document(&[THEIRS]);
    past.shown = Some(LifecycleDocument::read(&*theirs).unwrap());
    let back = Ok((None, UndoBasis::PerhapsTheirs));
    assert_eq!(undone(&past, Some(&theirs)), back);
    let later = document(&[THEIRS, EXPIRY]);
    assert_eq!(undone(&past, Some(&later)), Err(NoChange::ChangedSince));
}

#[test]
fn the_setting_beside_the_rules_comes_back_as_it_was() {
    let (mut past, written) = set(&[EXPIRY], PastEnd::Seen);
    let was = Some("varies_by_storage_class".to_owned());
    past.before.default_minimum = was.clone();
    let reset = |text: &str| SeenLifecycle {
        default_minimum: Some("all_storage_classes_128K".to_owned()),
        ..seen(Some(text))
    };
    let back = past.clone().undo(reset(&written)).unwrap().change;
    assert_eq!(back.default_minimum(), was.as_deref());
    // As it was but for that: nothing that a change of rules undoes, unless the putting back had failed.
    let before = document(&[EXPIRY]);
    let undo = past.clone().undo(reset(&before));
    assert_eq!(undo, Err(NoChange::AsBefore));
    past.end = PastEnd::Ruined;
    let back = past.undo(reset(&before)).unwrap().change;
    assert_eq!(back.default_minimum(), was.as_deref());
}
