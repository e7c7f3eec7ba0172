//! A change of a bucket's lifecycle: one rule more or shorter, or what was there before.

use std::num::NonZeroU32;

use thiserror::Error;

use super::document::{LifecycleDocument, MOST_RULES};
use super::protection::{Protection, protection};
use super::rule::AbortAfter;
use crate::model::name::BucketName;
use crate::store::answers::LookTime;

/// The name of our rule: letters and hyphens, which every store takes (IBM has the narrowest set).
pub const OUR_RULE: &str = "partsweep-abort-incomplete";

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What GetBucketLifecycleConfiguration answered for a bucket: the only thing that a change can begin with (law 10).
///
/// Some stores take the deletion of a lifecycle that they don't know for that of the bucket (Swift, `rclone serve`), so a
/// change is sent only where the store has shown that it has lifecycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLifecycle {
    /// The bucket.
    pub bucket: BucketName,
    /// The document; none if the answer was NoSuchLifecycleConfiguration.
    pub document: Option<LifecycleDocument>,
    /// `x-amz-transition-default-minimum-object-size`, if the answer had it: without it a write would reset it.
    pub default_minimum: Option<String>,
    /// When the answer had come: a change is sent only while that is fresh, like an abort (law 4).
    pub answered: LookTime,
}

impl SeenLifecycle {
    /// Whether both hold the same text and the same header.
    pub fn is_still(&self, then: &Self) -> bool {
        let text = |seen: &Self| seen.document.as_ref().map(|it| it.text().to_owned());
        self.bucket == then.bucket
            && text(self) == text(then)
            && self.default_minimum == then.default_minimum
    }

    /// Whether it means the same as a document; an empty one is none.
    pub fn means(&self, document: Option<&LifecycleDocument>) -> bool {
        match (self.document.as_ref(), document) {
            (Some(here), Some(there)) => here.means_the_same_as(there),
            (Some(only), None) | (None, Some(only)) => only.rules().is_empty(),
            (None, None) => true,
        }
    }
}

/// What a bucket had before a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormerLifecycle {
    /// The document; none for none.
    pub document: Option<LifecycleDocument>,
    /// `x-amz-transition-default-minimum-object-size`, as it was shown with it.
    pub default_minimum: Option<String>,
}

/// In whose words a rule is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleDialect {
    /// `AbortIncompleteMultipartUpload`, for the whole bucket by an empty prefix in a `Filter`.
    S3,
    /// The XML API of Google Cloud Storage: `Action` and `Condition`.
    Google,
    /// Alibaba OSS: `AbortMultipartUpload`, a bare `Prefix`.
    Oss,
}

impl RuleDialect {
    /// A rule that aborts what is older, in any bucket.
    fn rule(self, id: &str, days: NonZeroU32, prefix: &str, is_version_1: bool) -> String {
        let tag = |name: &str, inside: &str| format!("<{prefix}{name}>{inside}</{prefix}{name}>");
        let days = days.to_string();
        let inside = match self {
            Self::S3 => {
                let all = tag("Prefix", "");
                [
                    tag("ID", id),
                    if is_version_1 {
                        all
                    } else {
                        tag("Filter", &all)
                    },
                    tag("Status", "Enabled"),
                    tag(
                        "AbortIncompleteMultipartUpload",
                        &tag("DaysAfterInitiation", &days),
                    ),
                ]
                .concat()
            }
            Self::Google => [
                tag(
                    "Action",
                    &format!("<{prefix}AbortIncompleteMultipartUpload/>"),
                ),
                tag("Condition", &tag("Age", &days)),
            ]
            .concat(),
            Self::Oss => [
                tag("ID", id),
                tag("Prefix", ""),
                tag("Status", "Enabled"),
                tag("AbortMultipartUpload", &tag("Days", &days)),
            ]
            .concat(),
        };
        tag("Rule", &inside)
    }
}

/// A change that may be sent: made from what was seen, and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleChange {
    before: SeenLifecycle,
    after: Option<LifecycleDocument>,
    default_minimum: Option<String>,
    kind: ChangeKind,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Adds a rule beside those that are there.
    Add,
    /// Lowers the number of days of the rule at this place.
    Shorten(usize),
    /// Puts back what was there before.
    PutBack,
}

/// Why there is nothing to change, or nothing may be changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoChange {
    /// A rule does it already.
    #[error("{} already", aborts(.rule.as_deref(), *.days))]
    Protected {
        /// Its name.
        rule: Option<String>,
        /// After how many days.
        days: u32,
    },
    /// A rule does it later, and shortening it wasn't agreed to.
    #[error("{}", aborts(.rule.as_deref(), *.days))]
    TooLong {
        /// Its name.
        rule: Option<String>,
        /// After how many days.
        days: u32,
    },
    /// A bucket takes no more rules.
    #[error("the bucket has {MOST_RULES} rules, and takes no more")]
    Full,
    /// The document is written in a way that would not bear the change.
    #[error("the lifecycle configuration is written in a way that partsweep doesn't change")]
    Unsure,
    /// It already is as it was before.
    #[error("the lifecycle is as it was before already")]
    AsBefore,
    /// Someone changed it since.
    #[error("the lifecycle was changed since: it isn't what partsweep wrote")]
    ChangedSince,
}

/// What a rule does.
fn aborts(rule: Option<&str>, days: u32) -> String {
    let rule = match rule {
        Some(rule) => format!("rule `{rule}`"),
        None => "a rule".to_owned(),
    };
    let unit = if days == 1 { "day" } else { "days" };
    format!("{rule} aborts incomplete uploads after {days} {unit}")
}

impl LifecycleChange {
    /// Has incomplete uploads aborted after `days`, by a rule for the whole bucket.
    ///
    /// Touches no other rule; shortens one that is too long only with `shorten`.
    ///
    /// # Errors
    ///
    /// Where nothing is to be done, or can't be.
    pub fn protect(
        before: SeenLifecycle,
        days: NonZeroU32,
        dialect: RuleDialect,
        shorten: bool,
    ) -> Result<Self, NoChange> {
        let rules = before.document.as_ref().map_or(&[][..], |it| it.rules());
        let (text, kind) = match protection(rules, days.get()) {
            Protection::Protected { rule, days } => {
                return Err(NoChange::Protected { rule, days });
            }
            Protection::TooLong { rule, days, .. } if !shorten => {
                return Err(NoChange::TooLong { rule, days });
            }
            Protection::TooLong { index, .. } => {
                let document = before.document.as_ref().ok_or(NoChange::Unsure)?;
                let text = with_days(document, index, days).ok_or(NoChange::Unsure)?;
                (text, ChangeKind::Shorten(index))
            }
            Protection::Partly { .. }
            | Protection::Disabled { .. }
            | Protection::Unclear { .. }
            | Protection::None => {
                if rules.len() >= MOST_RULES {
                    return Err(NoChange::Full);
                }
                let text = match &before.document {
                    Some(document) => with_rule(document, days, dialect),
                    None => {
                        let rule = dialect.rule(OUR_RULE, days, "", false);
                        format!(
                            "<LifecycleConfiguration xmlns=\"{NAMESPACE}\">{rule}</LifecycleConfiguration>"
                        )
                    }
                };
                (text, ChangeKind::Add)
            }
        };
        let after = LifecycleDocument::read(text).map_err(|_| NoChange::Unsure)?;
        let change = Self {
            default_minimum: before.default_minimum.clone(),
            before,
            after: Some(after),
            kind,
        };
        change
            .keeps_all_others(days.get())
            .then_some(change)
            .ok_or(NoChange::Unsure)
    }

    /// Puts `before` in the place of what is there now, whatever that is: for what the caller has proven to be what it wrote
    /// itself, or the ruin of it, and for what a person has seen and agreed to lose.
    pub(super) fn back_to(now: SeenLifecycle, before: FormerLifecycle) -> Self {
        Self {
            before: now,
            after: before.document.filter(|before| !before.rules().is_empty()),
            default_minimum: before.default_minimum,
            kind: ChangeKind::PutBack,
        }
    }

    /// The same change, resting on a new look; none if that shows anything else.
    pub fn renewed(self, now: SeenLifecycle) -> Option<Self> {
        now.is_still(&self.before).then_some(Self {
            before: now,
            ..self
        })
    }

    /// The bucket.
    pub fn bucket(&self) -> &BucketName {
        &self.before.bucket
    }

    /// What was seen.
    pub fn before(&self) -> &SeenLifecycle {
        &self.before
    }

    /// Whether there were rules.
    pub fn has_rules(&self) -> bool {
        let before = self.before.document.as_ref();
        before.is_some_and(|document| !document.rules().is_empty())
    }

    /// What is to be there; none if the lifecycle is to be deleted.
    pub fn after(&self) -> Option<&LifecycleDocument> {
        self.after.as_ref()
    }

    /// `x-amz-transition-default-minimum-object-size`, as it is to be; none if it isn't sent.
    pub fn default_minimum(&self) -> Option<&str> {
        self.default_minimum.as_deref()
    }

    /// What it does.
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// Whether each rule that was there is there still, byte for byte and in order, and the one that is new or was
    /// shortened is what was meant (law 10).
    fn keeps_all_others(&self, days: u32) -> bool {
        let Some(after) = &self.after else {
            return false;
        };
        let before = self.before.document.as_ref();
        let count = before.map_or(0, |before| before.rules().len());
        let touched = match self.kind {
            ChangeKind::Add => count,
            ChangeKind::Shorten(index) => index,
            ChangeKind::PutBack => return false,
        };
        let is_right = after.rules().get(touched).is_some_and(|rule| {
            rule.is_enabled
                && rule.scope.is_whole_bucket()
                && rule.abort == Some(AbortAfter::Days(days))
        });
        let expected = count + usize::from(self.kind == ChangeKind::Add);
        is_right
            && after.rules().len() == expected
            && (0..count).all(|index| {
                index == touched
                    || before
                        .is_some_and(|before| before.rule_text(index) == after.rule_text(index))
            })
    }
}

/// The text with one rule more, behind the others; all else is as it was.
fn with_rule(document: &LifecycleDocument, days: NonZeroU32, dialect: RuleDialect) -> String {
    let text = document.text();
    let prefix = document.name_prefix();
    let mut id = OUR_RULE.to_owned();
    let mut number = 1;
    while document.has_rule_named(&id) {
        number += 1;
        id = format!("{OUR_RULE}-{number}");
    }
    let rule = dialect.rule(&id, days, prefix, document.is_of_version_1());
    let root = document.root();
    match &root.inside {
        Some(inside) => {
            let last = root
                .children
                .last()
                .map_or(inside.start, |rule| rule.span.end);
            format!("{}{rule}{}", &text[..last], &text[last..])
        }
        // `<LifecycleConfiguration …/>`
        None => {
            let tag = &text[root.span.clone()];
            let open = tag.trim_end_matches('>').trim_end_matches('/').trim_end();
            let (before, behind) = (&text[..root.span.start], &text[root.span.end..]);
            format!("{before}{open}>{rule}</{prefix}LifecycleConfiguration>{behind}")
        }
    }
}

/// The text with another number of days at one place; none if there is more at that place than a number.
pub(super) fn with_days(
    document: &LifecycleDocument,
    index: usize,
    days: NonZeroU32,
) -> Option<String> {
    let at = document.days_span(index)?;
    let text = document.text();
    let number = text[at.clone()].trim().bytes();
    if !number.into_iter().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}{days}{}", &text[..at.start], &text[at.end..]))
}

#[cfg(test)]
mod tests;
