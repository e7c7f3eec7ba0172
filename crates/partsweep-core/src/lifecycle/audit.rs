//! Whether a bucket is protected from uploads that nobody completes: by a rule, by the store itself, or by nothing.

use jiff::SignedDuration;

use super::protection::Protection;
use super::rule::RuleScope;
use crate::provider::profiles::AbortRule;
use crate::store::error::{StoreError, StoreErrorKind};

/// Days that a store has to act on a rule: rules are applied about daily, and count from the next midnight (UTC).
const GRACE: u32 = 2;

/// What is known of a bucket.
#[derive(Debug, Clone, Copy)]
pub struct AuditFacts<'a> {
    /// What its rules come to, or why they can't be seen.
    pub rules: Result<&'a Protection, &'a StoreError>,
    /// What the store makes of such a rule.
    pub abort_rule: AbortRule,
    /// After how many days the store aborts uploads by itself.
    pub cleans_up_after: Option<u16>,
    /// Whether it does that by a rule of the bucket, which another rule replaces.
    pub clean_up_is_rule: bool,
    /// How long ago that was from which the rule or the store counts, of the upload for which it is longest: its start, or
    /// its last part.
    pub oldest: Option<SignedDuration>,
    /// The most days that an upload is to stay.
    pub most_days: u32,
}

/// How well a bucket is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketProtection {
    /// By a rule.
    Protected {
        /// Its name.
        rule: Option<String>,
        /// After how many days it aborts.
        days: u32,
    },
    /// By the store itself.
    StoreCleansUp {
        /// After how many days.
        days: u32,
    },
    /// A rule, or the store, is to abort uploads after so many days, and older ones are there: it doesn't work, or was set
    /// in the last two days.
    Ineffective {
        /// The rule's name; none for the store's own clean-up.
        rule: Option<String>,
        /// After how many days.
        days: u32,
    },
    /// A rule aborts later than asked for.
    TooLong {
        /// Its name.
        rule: Option<String>,
        /// After how many days.
        days: u32,
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
    /// A rule would, if it said clearly after how many days.
    Unclear {
        /// Its name.
        rule: Option<String>,
    },
    /// The store drops such rules, whoever believes that there is one.
    NotKept,
    /// No rule aborts uploads.
    None,
    /// The store has no lifecycle rules.
    Unsupported,
    /// It has them in its own API only, so they can't be seen.
    OwnApi,
    /// The key may not read them.
    Denied,
    /// They couldn't be read.
    Unknown,
}

/// The name of a rule, empty if it has none: where there is no name at all, it is the store itself that cleans up.
fn named(rule: Option<&String>) -> Option<String> {
    Some(rule.cloned().unwrap_or_default())
}

impl BucketProtection {
    /// Judges a bucket.
    pub fn of(facts: AuditFacts<'_>) -> Self {
        let outlived = |days: u32| {
            let end = SignedDuration::from_hours(24 * i64::from(days.saturating_add(GRACE)));
            facts.oldest.is_some_and(|oldest| oldest > end)
        };
        if let Ok(Protection::Protected { rule, days }) = facts.rules {
            let (rule, days) = (named(rule.as_ref()), *days);
            return match outlived(days) {
                true => Self::Ineffective { rule, days },
                false => Self::Protected { rule, days },
            };
        }
        // A rule that is there takes its place.
        let is_replaced =
            facts.clean_up_is_rule && matches!(facts.rules, Ok(Protection::TooLong { .. }));
        let own = facts
            .cleans_up_after
            .filter(|_| !is_replaced)
            .map(u32::from);
        if let Some(days) = own.filter(|days| *days <= facts.most_days) {
            return match outlived(days) {
                true => Self::Ineffective { rule: None, days },
                false => Self::StoreCleansUp { days },
            };
        }
        match facts.rules {
            // It has no rules, or none that it shows, whatever it answers when it is asked for them.
            Ok(Protection::None) if own.is_none() && facts.abort_rule == AbortRule::Unsupported => {
                Self::Unsupported
            }
            Ok(Protection::None) if own.is_none() && facts.abort_rule == AbortRule::OwnDialect => {
                Self::OwnApi
            }
            Ok(Protection::Protected { .. } | Protection::None)
                if matches!(facts.abort_rule, AbortRule::Dropped | AbortRule::Refused) =>
            {
                Self::NotKept
            }
            Ok(Protection::Protected { .. } | Protection::None) => match own {
                Some(days) if outlived(days) => Self::Ineffective { rule: None, days },
                Some(days) => Self::TooLong { rule: None, days },
                None => Self::None,
            },
            Ok(Protection::TooLong { rule, days, .. }) => {
                let (rule, days) = (named(rule.as_ref()), *days);
                match outlived(days) {
                    true => Self::Ineffective { rule, days },
                    false => Self::TooLong { rule, days },
                }
            }
            Ok(Protection::Partly { rule, days, scope }) => Self::Partly {
                rule: rule.clone(),
                days: *days,
                scope: scope.clone(),
            },
            Ok(Protection::Disabled { rule, days }) => Self::Disabled {
                rule: rule.clone(),
                days: *days,
            },
            Ok(Protection::Unclear { rule }) => Self::Unclear { rule: rule.clone() },
            Err(error) => match error.kind {
                StoreErrorKind::Denied => Self::Denied,
                // What can't be seen isn't none (law 8).
                StoreErrorKind::Unsupported if facts.abort_rule == AbortRule::OwnDialect => {
                    Self::OwnApi
                }
                StoreErrorKind::Unsupported => Self::Unsupported,
                _ => Self::Unknown,
            },
        }
    }

    /// Whether uploads that nobody completes go by themselves, as far as can be seen.
    pub fn works(&self) -> bool {
        matches!(self, Self::Protected { .. } | Self::StoreCleansUp { .. })
    }

    /// Whether it could not be seen.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::OwnApi | Self::Denied | Self::Unknown)
    }

    /// The word for it in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Protected { .. } => "protected",
            Self::StoreCleansUp { .. } => "store_cleans_up",
            Self::Ineffective { .. } => "ineffective",
            Self::TooLong { .. } => "too_long",
            Self::Partly { .. } => "partly",
            Self::Disabled { .. } => "disabled",
            Self::Unclear { .. } => "unclear",
            Self::NotKept => "not_kept",
            Self::None => "none",
            Self::Unsupported => "unsupported",
            Self::OwnApi => "own_api",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    /// The rule that it rests on, or that fails.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Protected { rule, .. }
            | Self::Ineffective { rule, .. }
            | Self::TooLong { rule, .. }
            | Self::Partly { rule, .. }
            | Self::Unclear { rule }
            | Self::Disabled { rule, .. } => rule.as_deref().filter(|rule| !rule.is_empty()),
            _ => None,
        }
    }

    /// After how many days uploads are, or were to be, aborted; of a rule for some of them, or that is disabled, its own days.
    pub fn days(&self) -> Option<u32> {
        match self {
            Self::Protected { days, .. }
            | Self::StoreCleansUp { days }
            | Self::Ineffective { days, .. }
            | Self::TooLong { days, .. } => Some(*days),
            Self::Partly { days, .. } | Self::Disabled { days, .. } => *days,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::error::Operation;

    fn judged(
        rules: &Result<Protection, StoreErrorKind>,
        abort_rule: AbortRule,
        own: Option<u16>,
        oldest_days: i64,
    ) -> BucketProtection {
        let error = rules
            .as_ref()
            .err()
            .map(|kind| StoreError::new(Operation::GetBucketLifecycle, None, *kind));
        BucketProtection::of(AuditFacts {
            rules: rules.as_ref().map_err(|_| error.as_ref().unwrap()),
            abort_rule,
            cleans_up_after: own,
            clean_up_is_rule: false,
            oldest: (oldest_days > 0).then(|| SignedDuration::from_hours(24 * oldest_days)),
            most_days: 7,
        })
    }

    fn rule(days: u32) -> Result<Protection, StoreErrorKind> {
        Ok(Protection::Protected {
            rule: Some("r".to_owned()),
            days,
        })
    }

    #[test]
    fn a_rule_that_leaves_older_uploads_is_ineffective_after_two_days_of_grace() {
        for (days, oldest, code) in [
            (7, 0, "protected"),
            (7, 9, "protected"),
            (7, 10, "ineffective"),
            (1, 4, "ineffective"),
        ] {
            assert_eq!(
                judged(&rule(days), AbortRule::Works, None, oldest).code(),
                code,
                "{days} {oldest}"
            );
        }
    }

    #[test]
    fn the_stores_own_clean_up_protects_where_it_is_soon_enough() {
        let none = || Ok(Protection::None);
        for (own, oldest, code) in [
            (1, 2, "store_cleans_up"),
            (7, 8, "store_cleans_up"),
            (7, 12, "ineffective"),
            (30, 8, "too_long"),
            (30, 33, "ineffective"),
        ] {
            assert_eq!(
                judged(&none(), AbortRule::Works, Some(own), oldest).code(),
                code,
                "{own} {oldest}"
            );
        }
        // A store without rules that cleans up by itself.
        let unsupported = Err(StoreErrorKind::Unsupported);
        assert_eq!(
            judged(&unsupported, AbortRule::Unsupported, Some(1), 1).code(),
            "store_cleans_up"
        );
    }

    #[test]
    fn a_rule_that_is_too_long_and_leaves_older_uploads_still_is_one_that_does_not_work() {
        let late = |oldest| {
            let rule = Some("r".to_owned());
            let late = Ok(Protection::TooLong {
                rule,
                days: 30,
                index: 0,
            });
            judged(&late, AbortRule::Works, None, oldest).code()
        };
        assert_eq!((late(20), late(33)), ("too_long", "ineffective"));
    }

    /// The store's own rule of R2 is one of the bucket, which another one replaces; and a rule without a name is one.
    #[test]
    fn a_rule_that_is_there_is_not_taken_for_the_stores_own() {
        let late = Protection::TooLong {
            rule: None,
            days: 30,
            index: 0,
        };
        let facts = |clean_up_is_rule| AuditFacts {
            rules: Ok(&late),
            abort_rule: AbortRule::Works,
            cleans_up_after: Some(7),
            clean_up_is_rule,
            oldest: None,
            most_days: 7,
        };
        assert_eq!(BucketProtection::of(facts(false)).code(), "store_cleans_up");
        let replaced = BucketProtection::of(facts(true));
        let unnamed = Some(String::new());
        let expected = BucketProtection::TooLong {
            rule: unnamed,
            days: 30,
        };
        assert_eq!((&replaced, replaced.rule()), (&expected, None));
    }

    #[test]
    fn what_is_missing_is_told_apart() {
        assert_eq!(
            judged(&Ok(Protection::None), AbortRule::Works, None, 0).code(),
            "none"
        );
        assert_eq!(
            judged(&Ok(Protection::None), AbortRule::Dropped, None, 0).code(),
            "not_kept"
        );
        let disabled = Ok(Protection::Disabled {
            rule: None,
            days: None,
        });
        assert_eq!(
            judged(&disabled, AbortRule::Works, None, 0).code(),
            "disabled"
        );
        for (rule, code) in [
            (AbortRule::Unsupported, "unsupported"),
            (AbortRule::OwnDialect, "own_api"),
        ] {
            assert_eq!(judged(&Ok(Protection::None), rule, None, 0).code(), code);
        }
        let unclear = Ok(Protection::Unclear { rule: None });
        let unclear = judged(&unclear, AbortRule::Works, None, 0);
        assert_eq!((unclear.code(), unclear.works()), ("unclear", false));
        for (kind, code) in [
            (StoreErrorKind::Denied, "denied"),
            (StoreErrorKind::Unsupported, "unsupported"),
            (StoreErrorKind::Timeout, "unknown"),
            (StoreErrorKind::NotS3, "unknown"),
        ] {
            assert_eq!(judged(&Err(kind), AbortRule::Unknown, None, 0).code(), code);
        }
        let unsupported = Err(StoreErrorKind::Unsupported);
        let own = judged(&unsupported, AbortRule::OwnDialect, None, 0);
        assert_eq!((own.code(), own.is_unknown()), ("own_api", true));
    }
}
