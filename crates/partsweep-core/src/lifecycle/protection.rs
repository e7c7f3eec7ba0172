//! What the rules of a bucket do for its incomplete uploads.

use super::rule::{LifecycleRule, RuleScope};

/// How well a bucket's rules protect it from uploads that nobody completes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// A rule that holds aborts every upload of the bucket in time.
    Protected {
        /// Its name.
        rule: Option<String>,
        /// After how many days.
        days: u32,
    },
    /// One does, but later.
    TooLong {
        /// Its name.
        rule: Option<String>,
        /// After how many days.
        days: u32,
        /// Its place among the rules.
        index: usize,
    },
    /// Only some uploads are aborted.
    Partly {
        /// The rule's name.
        rule: Option<String>,
        /// After how many days, if that can be read.
        days: Option<u32>,
        /// Which.
        scope: RuleScope,
    },
    /// A rule would, if it were enabled.
    Disabled {
        /// Its name.
        rule: Option<String>,
        /// After how many days, if that can be read.
        days: Option<u32>,
    },
    /// One would abort all of them, if it said clearly after how many days: what it does isn't known.
    Unclear {
        /// Its name.
        rule: Option<String>,
    },
    /// No rule aborts uploads.
    None,
}

/// What rules come to, where an upload is to be aborted after `most_days` at the latest.
pub fn protection(rules: &[LifecycleRule], most_days: u32) -> Protection {
    let aborting = || {
        let rules = rules.iter().enumerate();
        rules.filter_map(|(index, rule)| Some((index, rule, rule.abort?)))
    };
    let enabled = || aborting().filter(|(_, rule, _)| rule.is_enabled);
    // Of several rules the one with the fewest days acts.
    let whole = enabled()
        .filter(|(_, rule, _)| rule.scope.is_whole_bucket())
        .filter_map(|(index, rule, abort)| Some((abort.days()?, index, rule)))
        .min_by_key(|(days, index, _)| (*days, *index));
    if let Some((days, index, rule)) = whole {
        let rule = rule.id.clone();
        return match days <= most_days {
            true => Protection::Protected { rule, days },
            false => Protection::TooLong { rule, days, index },
        };
    }
    let partly = enabled().find(|(_, rule, _)| !rule.scope.is_whole_bucket());
    if let Some((_, rule, abort)) = partly {
        let (rule, scope) = (rule.id.clone(), rule.scope.clone());
        let days = abort.days();
        return Protection::Partly { rule, days, scope };
    }
    // Those with days that can be read were whole, or partly.
    if let Some((_, rule, _)) = enabled().next() {
        let rule = rule.id.clone();
        return Protection::Unclear { rule };
    }
    match aborting().find(|(_, rule, _)| !rule.is_enabled) {
        Some((_, rule, abort)) => Protection::Disabled {
            rule: rule.id.clone(),
            days: abort.days(),
        },
        None => Protection::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::document::LifecycleDocument;

    fn of(rules: &str) -> Protection {
        let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        protection(LifecycleDocument::read(text).unwrap().rules(), 7)
    }

    const ABORT: &str = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";

    fn with(inside: &str) -> Protection {
        of(&format!(
            "<Rule><ID>r</ID>{inside}<Status>Enabled</Status>{ABORT}</Rule>"
        ))
    }

    #[test]
    fn every_form_of_the_whole_bucket_protects() {
        for whole in [
            "<Filter/>",
            "<Filter></Filter>",
            "<Filter>\n</Filter>",
            "<Filter><Prefix/></Filter>",
            "<Filter><Prefix></Prefix></Filter>",
            "<Filter><And><Prefix/></And></Filter>",
            "<Prefix/>",
            "<Prefix></Prefix>",
            "",
            // terraform-provider-aws#28770: it covers the whole bucket.
            "<Prefix>logs/</Prefix><Filter/>",
        ] {
            let protected = Protection::Protected {
                rule: Some("r".to_owned()),
                days: 7,
            };
            assert_eq!(with(whole), protected, "{whole}");
        }
    }

    #[test]
    fn a_prefix_a_tag_or_a_size_is_not_the_whole_bucket() {
        for (part, words) in [
            ("<Prefix>logs/</Prefix>", "keys that start with `logs/`"),
            (
                "<Filter><Prefix>logs/</Prefix></Filter>",
                "keys that start with `logs/`",
            ),
            ("<Prefix>/</Prefix>", "keys that start with `/`"),
            ("<Prefix>*</Prefix>", "keys that start with `*`"),
            ("<Prefix> </Prefix>", "keys that start with ` `"),
            (
                "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>",
                "objects with a tag",
            ),
            (
                "<Filter><And><Prefix/><Tag><Key>a</Key><Value/></Tag><Tag><Key>b</Key><Value/></Tag></And></Filter>",
                "objects with 2 tags",
            ),
            (
                "<Filter><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan></Filter>",
                "objects of some sizes",
            ),
            ("<Filter><Wish>x</Wish></Filter>", "what its `Wish` says"),
            ("<Filter>logs/</Filter>", "what its `Filter` says"),
            (
                "<Filter><And>x<Prefix/></And></Filter>",
                "what its `And` says",
            ),
            ("<Filter/><Wish>x</Wish>", "what its `Wish` says"),
            (
                "<Tag><Key>a</Key><Value>b</Value></Tag>",
                "objects with a tag",
            ),
        ] {
            match with(part) {
                Protection::Partly { scope, .. } => assert_eq!(scope.to_string(), words),
                other => panic!("{part}: {other:?}"),
            }
        }
    }

    #[test]
    fn of_several_rules_the_one_that_acts_first_counts() {
        let rule = |id: &str, scope: &str, status: &str, days: &str| {
            format!(
                "<Rule><ID>{id}</ID>{scope}<Status>{status}</Status><AbortIncompleteMultipartUpload>\
                 <DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
            )
        };
        let long = rule("long", "<Filter/>", "Enabled", "30");
        let short = rule("short", "<Filter/>", "Enabled", "3");
        let part = rule("part", "<Prefix>a</Prefix>", "Enabled", "1");
        let off = rule("off", "<Filter/>", "Disabled", "1");
        let odd = rule("odd", "<Filter/>", "Enabled", "soon");
        let name = |name: &str| Some(name.to_owned());
        let protected = Protection::Protected {
            rule: name("short"),
            days: 3,
        };
        assert_eq!(of(&[&*off, &part, &long, &short].concat()), protected);
        let too_long = Protection::TooLong {
            rule: name("long"),
            days: 30,
            index: 2,
        };
        assert_eq!(of(&[&*off, &part, &long].concat()), too_long);
        assert!(matches!(
            of(&[&*off, &part].concat()),
            Protection::Partly { days: Some(1), .. }
        ));
        let disabled = |rule: &str, days| Protection::Disabled {
            rule: name(rule),
            days,
        };
        assert_eq!(of(&off), disabled("off", Some(1)));
        let unclear = rule("soon", "<Filter/>", "Disabled", "soon");
        assert_eq!(of(&unclear), disabled("soon", None));
        let unclear = |rule: &str| Protection::Unclear { rule: name(rule) };
        assert_eq!(of(&odd), unclear("odd"));
        for days in ["0", "-1", "7.5", "", "99999999999"] {
            let rule = rule("r", "<Filter/>", "Enabled", days);
            assert_eq!(of(&[&*off, &rule].concat()), unclear("r"), "{days}");
        }
        let expiry =
            "<Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
        assert_eq!(of(expiry), Protection::None);
        assert_eq!(of(""), Protection::None);
        assert_eq!(
            of(&rule("r", "<Filter/>", "enabled", "1")),
            disabled("r", Some(1))
        );
    }

    /// Nobody knows which of two the store follows.
    #[test]
    fn a_rule_that_contradicts_itself_protects_nothing() {
        let of_rule = |inside: &str| of(&format!("<Rule><ID>r</ID>{inside}</Rule>"));
        let abort = |days: &str| {
            let days = days
                .split(' ')
                .map(|days| format!("<DaysAfterInitiation>{days}</DaysAfterInitiation>"));
            let days: String = days.collect();
            format!("<AbortIncompleteMultipartUpload>{days}</AbortIncompleteMultipartUpload>")
        };
        let (on, off) = ("<Status>Enabled</Status>", "<Status>Disabled</Status>");
        let (all, some) = ("<Filter/>", "<Filter><Prefix>tmp/</Prefix></Filter>");
        let (week, both) = (abort("7"), abort("7 70"));
        for inside in [
            format!("{on}{all}{both}"),
            format!("{on}{off}{all}{week}"),
            format!("{on}{all}{some}{week}"),
            format!("{on}{all}{week}{}", abort("70")),
        ] {
            let of = of_rule(&inside);
            assert!(matches!(of, Protection::Unclear { .. }), "{inside}: {of:?}");
        }
        let same = format!("{on}{on}{all}{}", abort("7 7"));
        assert!(matches!(
            of_rule(&same),
            Protection::Protected { days: 7, .. }
        ));
    }

    #[test]
    fn other_dialects_are_read() {
        let google = |condition: &str| {
            of(&format!(
                "<Rule><Action><AbortIncompleteMultipartUpload/></Action><Condition>{condition}</Condition></Rule>"
            ))
        };
        assert_eq!(
            google("<Age>7</Age>"),
            Protection::Protected {
                rule: None,
                days: 7
            }
        );
        assert!(matches!(
            google("<Age>7</Age><MatchesPrefix>a</MatchesPrefix>"),
            Protection::Partly { .. }
        ));
        assert!(matches!(
            google("<Age>7</Age><MatchesSuffix>a</MatchesSuffix>"),
            Protection::Partly { .. }
        ));
        let deletes = "<Rule><Action><Delete/></Action><Condition><Age>1</Age></Condition></Rule>";
        assert_eq!(of(deletes), Protection::None);
        let oss = "<Rule><ID>o</ID><Prefix/><Status>Enabled</Status><AbortMultipartUpload><Days>5</Days></AbortMultipartUpload></Rule>";
        assert_eq!(
            of(oss),
            Protection::Protected {
                rule: Some("o".to_owned()),
                days: 5
            }
        );
    }
}
