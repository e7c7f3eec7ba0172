//! What is put back, and what belongs to someone else.

use super::*;
use crate::lifecycle::change::RuleDialect;
use crate::model::name::BucketName;
use crate::store::answers::LookTime;
use std::num::NonZeroU32;

fn seen(rules: &str) -> SeenLifecycle {
    let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    SeenLifecycle {
        bucket: BucketName::new("b").unwrap(),
        document: (!rules.is_empty()).then(|| LifecycleDocument::read(text).unwrap()),
        default_minimum: None,
        answered: LookTime::default(),
    }
}

const EXPIRY: &str = "<Rule><ID>e</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>5</Days></Expiration></Rule>";
const OURS: &str = "<Rule><ID>partsweep-abort-incomplete</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
    <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

fn judged(before: &str, now: &str) -> ReadBack {
    let days = NonZeroU32::new(7).unwrap();
    let change = LifecycleChange::protect(seen(before), days, RuleDialect::S3, false).unwrap();
    read_back(&change, &seen(now))
}

#[test]
fn a_form_is_no_change_and_neither_is_a_name() {
    let both = [EXPIRY, OURS].concat();
    let turned = [OURS, EXPIRY].concat();
    let renamed = both.replace("partsweep-abort-incomplete", "rule-2");
    let nameless = both.replace("<ID>e</ID>", "");
    for now in [&both, &turned, &renamed, &nameless] {
        assert_eq!(judged(EXPIRY, now), ReadBack::AsWritten, "{now}");
    }
    assert_eq!(judged("", OURS), ReadBack::AsWritten);
    let tmp = "<Prefix>tmp/</Prefix>";
    let in_and = both.replace(tmp, &format!("<And>{tmp}</And>"));
    assert_eq!(judged(EXPIRY, &in_and), ReadBack::AsWritten);
}

#[test]
fn the_document_from_before_may_be_stale() {
    assert_eq!(judged(EXPIRY, EXPIRY), ReadBack::AsBefore);
    assert_eq!(judged("", ""), ReadBack::AsBefore);
}

/// rustfs#7456: a rule that also expires loses its abort and its prefix. A store that takes one rule keeps the last.
#[test]
fn what_the_store_dropped_is_put_back() {
    let without_prefix = EXPIRY.replace("<Filter><Prefix>tmp/</Prefix></Filter>", "<Filter/>");
    let ours_without_abort =
        "<Rule><ID>partsweep-abort-incomplete</ID><Filter/><Status>Enabled</Status></Rule>";
    for now in [
        [&*without_prefix, OURS].concat(),
        OURS.to_owned(),
        [EXPIRY, ours_without_abort].concat(),
        [&*without_prefix, ours_without_abort].concat(),
        ours_without_abort.to_owned(),
    ] {
        assert_eq!(judged(EXPIRY, &now), ReadBack::Damaged, "{now}");
    }
    let days = NonZeroU32::new(7).unwrap();
    let change = LifecycleChange::protect(seen(EXPIRY), days, RuleDialect::S3, false).unwrap();
    let back = put_back_damaged(&change, seen(OURS)).unwrap();
    assert_eq!(back.after(), seen(EXPIRY).document.as_ref());
    assert!(put_back_damaged(&change, seen(&[EXPIRY, OURS].concat())).is_none());
}

#[test]
fn what_someone_else_wrote_is_left() {
    let theirs = EXPIRY
        .replace("<ID>e</ID>", "<ID>theirs</ID>")
        .replace("tmp/", "new/");
    let with_more = [EXPIRY, OURS, &theirs].concat();
    assert_eq!(judged(EXPIRY, &with_more), ReadBack::WithMore);
    let edited = EXPIRY.replace(">5<", ">6<");
    for now in [
        [EXPIRY, &*theirs].concat(),
        theirs.clone(),
        [&*edited, OURS].concat(),
        edited.clone(),
        [EXPIRY, &OURS.replace(">7<", ">9<")].concat(),
    ] {
        assert_eq!(judged(EXPIRY, &now), ReadBack::Foreign, "{now}");
    }
}
