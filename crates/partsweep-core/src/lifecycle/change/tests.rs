//! What a change writes, and that it keeps everything of anybody else.

use proptest::prelude::*;

use super::*;
use crate::lifecycle::undo::{PastChange, PastEnd, UndoBasis};

fn seen(text: Option<&str>) -> SeenLifecycle {
    SeenLifecycle {
        bucket: BucketName::new("b").unwrap(),
        document: text.map(|text| LifecycleDocument::read(text).unwrap()),
        default_minimum: None,
        answered: LookTime::default(),
    }
}

fn days(days: u32) -> NonZeroU32 {
    NonZeroU32::new(days).unwrap()
}

fn protect(text: Option<&str>, shorten: bool) -> Result<LifecycleChange, NoChange> {
    LifecycleChange::protect(seen(text), days(7), RuleDialect::S3, shorten)
}

fn text(change: &LifecycleChange) -> &str {
    change.after().unwrap().text()
}

const OURS: &str = "<Rule><ID>partsweep-abort-incomplete</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

#[test]
fn a_bucket_without_rules_gets_one() {
    let change = protect(None, false).unwrap();
    assert_eq!(
        text(&change),
        format!(
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{OURS}</LifecycleConfiguration>"
        )
    );
    for empty in [
        "<LifecycleConfiguration/>",
        "<LifecycleConfiguration />",
        "<LifecycleConfiguration></LifecycleConfiguration>",
    ] {
        let change = protect(Some(empty), false).unwrap();
        assert_eq!(
            text(&change),
            format!("<LifecycleConfiguration>{OURS}</LifecycleConfiguration>"),
            "{empty}"
        );
    }
}

#[test]
fn all_that_was_there_stays_byte_for_byte() {
    let rule = "<Rule><Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter><!-- mine -->\n <Status>Enabled</Status><Odd a='1'>é&#x20;</Odd></Rule>";
    let document = format!(
        "\u{feff}<?xml version='1.0'?>\r\n<LifecycleConfiguration xmlns='x'>\n  {rule}\n</LifecycleConfiguration>\n<!-- end -->"
    );
    let change = protect(Some(&document), false).unwrap();
    let (before, behind) = document.split_at(document.find(rule).unwrap() + rule.len());
    assert_eq!(text(&change), format!("{before}{OURS}{behind}"));
}

#[test]
fn the_rule_is_written_as_the_document_is() {
    let document = "<n:LifecycleConfiguration xmlns:n=\"x\"><n:Rule><n:ID>partsweep-abort-incomplete</n:ID><n:Prefix>a</n:Prefix>\
                    <n:Status>Enabled</n:Status></n:Rule></n:LifecycleConfiguration>";
    let change = protect(Some(document), false).unwrap();
    assert!(
        text(&change).contains(
            "</n:Rule><n:Rule><n:ID>partsweep-abort-incomplete-2</n:ID><n:Prefix></n:Prefix><n:Status>Enabled</n:Status>"
        ),
        "all rules have a bare prefix: {}",
        text(&change)
    );
    let with_filter = "<LifecycleConfiguration><Rule><Prefix>a</Prefix><Status>Enabled</Status></Rule>\
                       <Rule><Filter/><Status>Enabled</Status></Rule></LifecycleConfiguration>";
    let change = protect(Some(with_filter), false).unwrap();
    assert!(text(&change).contains("<Filter><Prefix></Prefix></Filter>"));
}

#[test]
fn an_abort_of_a_part_of_the_bucket_is_not_touched_and_one_is_added() {
    for scope in [
        "<Prefix>a/</Prefix>",
        "<Filter><Prefix>a/</Prefix></Filter>",
        "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>",
    ] {
        for status in ["Enabled", "Disabled"] {
            let rule = format!(
                "<Rule><ID>x</ID>{scope}<Status>{status}</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1\
                 </DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
            );
            let document = format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>");
            let change = protect(Some(&document), true).unwrap();
            assert_eq!(change.kind(), ChangeKind::Add);
            assert!(
                text(&change)
                    .starts_with(&document[..document.len() - "</LifecycleConfiguration>".len()])
            );
        }
    }
}

#[test]
fn a_rule_that_is_too_long_is_shortened_only_if_that_was_said() {
    let document = |days: &str| {
        format!(
            "<LifecycleConfiguration><Rule><ID>x</ID><Filter/><Status>Enabled</Status><Expiration><Days>30</Days></Expiration>\
             <AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
             </Rule></LifecycleConfiguration>"
        )
    };
    let rule = Some("x".to_owned());
    assert_eq!(
        protect(Some(&document("30")), false),
        Err(NoChange::TooLong {
            rule: rule.clone(),
            days: 30
        })
    );
    let change = protect(Some(&document("30")), true).unwrap();
    assert_eq!(
        (text(&change), change.kind()),
        (&*document("7"), ChangeKind::Shorten(0))
    );
    for days in ["7", "1"] {
        let protected = NoChange::Protected {
            rule: rule.clone(),
            days: days.parse().unwrap(),
        };
        assert_eq!(
            protect(Some(&document(days)), true),
            Err(protected),
            "never longer"
        );
    }
}

#[test]
fn other_dialects_have_their_own_rule() {
    let google = "<?xml version='1.0'?><LifecycleConfiguration/>";
    let change =
        LifecycleChange::protect(seen(Some(google)), days(3), RuleDialect::Google, false).unwrap();
    assert_eq!(
        text(&change),
        "<?xml version='1.0'?><LifecycleConfiguration><Rule><Action><AbortIncompleteMultipartUpload/></Action>\
         <Condition><Age>3</Age></Condition></Rule></LifecycleConfiguration>"
    );
    let change = LifecycleChange::protect(seen(None), days(3), RuleDialect::Oss, false).unwrap();
    assert!(
        text(&change).contains(
            "<Prefix></Prefix><Status>Enabled</Status><AbortMultipartUpload><Days>3</Days>"
        )
    );
}

#[test]
fn a_full_document_takes_no_more() {
    let rule = "<Rule><Filter/><Status>Enabled</Status></Rule>";
    let document = |count| {
        format!(
            "<LifecycleConfiguration>{}</LifecycleConfiguration>",
            rule.repeat(count)
        )
    };
    assert!(protect(Some(&document(999)), false).is_ok());
    assert_eq!(protect(Some(&document(1_000)), false), Err(NoChange::Full));
}

/// Rules as stores and people write them.
/// Whatever made it: a change that does more, or less, than was meant isn't sent.
#[test]
fn a_change_of_any_other_rule_is_none() {
    let (one, two) = (
        "<Rule><ID>a</ID><Prefix>a</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
        "<Rule><ID>b</ID><Prefix>b</Prefix><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule>",
    );
    let ours = RuleDialect::S3.rule(OUR_RULE, days(7), "", true);
    let document = |rules: &[&str]| {
        format!(
            "<LifecycleConfiguration>{}</LifecycleConfiguration>",
            rules.concat()
        )
    };
    let before = document(&[one, two]);
    let keeps = |rules: &[&str], kind| {
        let change = LifecycleChange {
            before: seen(Some(&before)),
            after: Some(LifecycleDocument::read(document(rules)).unwrap()),
            default_minimum: None,
            kind,
        };
        change.keeps_all_others(7)
    };
    assert!(keeps(&[one, two, &ours], ChangeKind::Add));
    let spaced = two.replace("<Status>", " <Status>");
    let longer = ours.replace(">7<", ">8<");
    let narrower = ours.replace("<Prefix></Prefix>", "<Prefix>a</Prefix>");
    let disabled = ours.replace("Enabled", "Disabled");
    for wrong in [
        &[one, &ours][..],
        &[two, one, &ours],
        &[one, &spaced, &ours],
        &[&ours, one, two],
        &[one, two, two, &ours],
        &[one, two, &ours, two],
        &[one, two],
        &[one, two, &longer],
        &[one, two, &narrower],
        &[one, two, &disabled],
    ] {
        assert!(!keeps(wrong, ChangeKind::Add), "{wrong:?}");
    }
    assert!(!keeps(&[one, &ours], ChangeKind::Shorten(0)));
    assert!(!keeps(&[one, two, &ours], ChangeKind::PutBack));
}

/// Found by fuzzing: it went with the number.
#[test]
fn what_stands_beside_the_number_of_days_is_not_thrown_away() {
    for beside in ["<?keep me?>", "<!-- agreed with Anna -->", "<![CDATA[]]>"] {
        let text = format!(
            "<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
            <DaysAfterInitiation> 90{beside}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"
        );
        let seen = seen(Some(&text));
        let change = LifecycleChange::protect(seen, days(7), RuleDialect::S3, true);
        assert_eq!(change, Err(NoChange::Unsure), "{beside}");
    }
}

fn some_rule() -> impl Strategy<Value = String> {
    let scope = prop_oneof![
        Just(String::new()),
        Just("<Filter/>".to_owned()),
        "[ -~&&[^<&>]]{0,8}".prop_map(|prefix| format!("<Prefix>{prefix}</Prefix>")),
        "[a-z/]{0,8}".prop_map(|prefix| format!("<Filter><Prefix>{prefix}</Prefix></Filter>")),
        Just("<Filter><Tag><Key>a</Key><Value>&lt;</Value></Tag></Filter>".to_owned()),
        Just("<Filter><And><Prefix>a</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>".to_owned()),
    ];
    let action = prop_oneof![
        Just(String::new()),
        (0u32..40).prop_map(|days| format!("<Expiration><Days>{days}</Days></Expiration>")),
        (0u32..40).prop_map(|days| format!(
            "<AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
        )),
        (0u32..40).prop_map(|days| format!("<AbortMultipartUpload><Days>{days}</Days></AbortMultipartUpload>")),
        Just("<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>".to_owned()),
    ];
    let of_s3 = (
        prop::option::of("[a-z-]{1,8}"),
        scope,
        prop::bool::ANY,
        prop::collection::vec(action, 0..3),
        prop_oneof![Just(""), Just("\n  "), Just("<!-- Rule -->")],
    )
        .prop_map(|(id, scope, enabled, actions, space)| {
            let id = id.map(|id| format!("<ID>{id}</ID>")).unwrap_or_default();
            let status = if enabled { "Enabled" } else { "Disabled" };
            format!(
                "<Rule>{space}{id}{scope}{space}<Status>{status}</Status>{}</Rule>{space}",
                actions.concat()
            )
        });
    let of_google = (0u32..40).prop_map(|age| {
        format!("<Rule><Action><AbortIncompleteMultipartUpload/></Action><Condition><Age>{age}</Age></Condition></Rule>")
    });
    prop_oneof![6 => of_s3, 1 => of_google]
}

proptest! {
    #[test]
    fn no_change_loses_or_alters_a_rule(
        rules in prop::collection::vec(some_rule(), 0..6),
        most in 1u32..30,
        shorten in any::<bool>(),
        dialect in prop_oneof![Just(RuleDialect::S3), Just(RuleDialect::Google), Just(RuleDialect::Oss)],
    ) {
        let document = format!("<?xml version=\"1.0\"?>\n<LifecycleConfiguration>{}</LifecycleConfiguration>", rules.concat());
        let before = seen(Some(&document));
        let old = before.document.clone().unwrap();
        let Ok(change) = LifecycleChange::protect(before, days(most), dialect, shorten) else { return Ok(()) };
        let new = change.after().unwrap();
        let shortened = match change.kind() {
            ChangeKind::Shorten(index) => Some(index),
            _ => None,
        };
        for index in 0..old.rules().len() {
            if shortened == Some(index) {
                let (was, is) = (&old.rules()[index], &new.rules()[index]);
                prop_assert_eq!((&was.id, &was.scope), (&is.id, &is.scope));
                prop_assert!(matches!((was.abort, is.abort), (Some(AbortAfter::Days(was)), Some(AbortAfter::Days(is))) if is < was));
            } else {
                prop_assert_eq!(old.rule_text(index), new.rule_text(index));
            }
        }
        let protects = protection(new.rules(), most);
        prop_assert!(matches!(protects, Protection::Protected { .. }), "{:?}", protects);
        // And back again.
        let past = |document: &LifecycleDocument| PastChange {
            before: FormerLifecycle { document: Some(document.clone()), default_minimum: None },
            written: change.after().cloned(),
            shown: None,
            end: PastEnd::Seen,
        };
        let now = SeenLifecycle { document: Some(new.clone()), ..change.before().clone() };
        let back = past(&old).undo(now).unwrap().change;
        prop_assert_eq!(back.after().map_or("", |after| after.text()), if old.rules().is_empty() { "" } else { &document });
        // And beside a rule that somebody adds in front: that one stays, and each of the old ones byte for byte.
        let more = new.text().replacen("<Rule>", "<Rule><Filter><Prefix>theirs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>99</Days></Expiration></Rule><Rule>", 1);
        let more = LifecycleDocument::read(more).unwrap();
        let now = SeenLifecycle { document: Some(more.clone()), ..change.before().clone() };
        let back = past(&old).undo(now).unwrap();
        prop_assert_eq!(back.basis, UndoBasis::BesideOthers);
        let back = back.change.after().unwrap();
        prop_assert_eq!(back.rules().len(), old.rules().len() + 1);
        prop_assert_eq!(back.rule_text(0), more.rule_text(0));
        let (mut kept, mut were): (Vec<_>, Vec<_>) = (0..old.rules().len()).map(|at| (back.leaves(at + 1), old.leaves(at))).unzip();
        kept.sort();
        were.sort();
        prop_assert_eq!(kept, were);
    }
}
