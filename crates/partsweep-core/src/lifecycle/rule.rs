//! One lifecycle rule, as far as incomplete uploads go.

use std::fmt;

use super::element::Element;

/// Which uploads a rule is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleScope {
    /// Only keys that start with this; empty for all.
    pub prefix: String,
    /// Tags that it asks for: an upload has none, whatever its object will have.
    pub tags: usize,
    /// It asks for a size of objects: an upload has none either.
    pub has_size: bool,
    /// It has a condition that isn't known here.
    pub other: Option<String>,
}

impl RuleScope {
    /// Whether it covers every upload of the bucket.
    pub fn is_whole_bucket(&self) -> bool {
        *self == Self::default()
    }
}

/// To follow "only".
impl fmt::Display for RuleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.prefix.is_empty() {
            parts.push(format!("keys that start with `{}`", self.prefix));
        }
        match self.tags {
            0 => {}
            1 => parts.push("objects with a tag".to_owned()),
            tags => parts.push(format!("objects with {tags} tags")),
        }
        if self.has_size {
            parts.push("objects of some sizes".to_owned());
        }
        if let Some(other) = &self.other {
            parts.push(format!("what its `{other}` says"));
        }
        f.write_str(&parts.join(" and "))
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its name, if it has one: hostile text.
    pub id: Option<String>,
    /// Whether the store applies it.
    pub is_enabled: bool,
    /// Which objects and uploads it is about.
    pub scope: RuleScope,
    /// After how many days it aborts an incomplete upload; none if it does nothing of the kind.
    pub abort: Option<AbortAfter>,
}

/// When a rule aborts an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortAfter {
    /// So many days after it was started; on Alibaba OSS, after its last part.
    Days(u32),
    /// What stands there is no number of days, or 0.
    Unclear,
}

impl AbortAfter {
    /// After how many days; none if that can't be read.
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Days(days) => Some(days),
            Self::Unclear => None,
        }
    }
}

impl LifecycleRule {
    /// Reads a `Rule` of any dialect: S3, Google Cloud Storage's XML API, Alibaba OSS.
    pub(super) fn read(rule: &Element) -> Self {
        let google = rule.child("Action");
        let is_contradicted = is_contradicted(rule);
        Self {
            id: rule
                .text_of("ID")
                .filter(|id| !id.is_empty())
                .map(str::to_owned),
            // Google's rules have no status: those that are there hold.
            is_enabled: match rule.text_of("Status") {
                Some(status) => status == "Enabled",
                None => google.is_some(),
            },
            scope: match google {
                Some(_) => google_scope(rule.child("Condition")),
                None => scope(rule),
            },
            abort: match google {
                Some(action) => action.child("AbortIncompleteMultipartUpload").map(|_| {
                    days(
                        rule.child("Condition")
                            .and_then(|condition| condition.text_of("Age")),
                    )
                }),
                None => abort(rule),
            }
            .map(|abort| match is_contradicted {
                true => AbortAfter::Unclear,
                false => abort,
            }),
        }
    }
}

/// Whether a rule says two things where there can be one: nobody knows which the store follows (law 13).
fn is_contradicted(rule: &Element) -> bool {
    const ONCE: [&str; 7] = [
        "Status",
        "Filter",
        "Prefix",
        "AbortIncompleteMultipartUpload",
        "AbortMultipartUpload",
        "Action",
        "Condition",
    ];
    let within = [
        "AbortIncompleteMultipartUpload",
        "AbortMultipartUpload",
        "Condition",
    ];
    rule.contradicts_itself(&ONCE)
        || within
            .iter()
            .filter_map(|name| rule.child(name))
            .any(|child| child.contradicts_itself(&["DaysAfterInitiation", "Days", "Age"]))
}

/// When it aborts, in S3's words or OSS's.
fn abort(rule: &Element) -> Option<AbortAfter> {
    let of_s3 = rule.child("AbortIncompleteMultipartUpload");
    let of_oss = rule.child("AbortMultipartUpload");
    match (of_s3, of_oss) {
        (Some(abort), _) => Some(days(abort.text_of("DaysAfterInitiation"))),
        (None, Some(abort)) => Some(days(abort.text_of("Days"))),
        (None, None) => None,
    }
}

fn days(text: Option<&str>) -> AbortAfter {
    // 0 is refused by most stores, and of those that keep it one follows it and one doesn't (measured).
    match text.and_then(|text| text.parse().ok()) {
        Some(days) if days > 0 => AbortAfter::Days(days),
        _ => AbortAfter::Unclear,
    }
}

/// The `Filter` counts where there is one. Beside a `Filter`, `Prefix` counts for nothing: a rule with an empty filter
/// and a prefix was seen to cover the whole bucket (hashicorp/terraform-provider-aws#28770).
fn scope(rule: &Element) -> RuleScope {
    let mut scope = RuleScope::default();
    match (rule.child("Filter"), rule.child("Prefix")) {
        (Some(filter), _) => conditions(filter, &mut scope),
        (None, Some(prefix)) => scope.prefix.clone_from(&prefix.text),
        // AWS takes none without either; a store that shows one applies it to all.
        (None, None) => {}
    }
    for beside in &rule.children {
        match beside.name.as_str() {
            // Alibaba OSS has its tags here.
            "Tag" => scope.tags += 1,
            name if is_of_rule(name) => {}
            name => scope.other = Some(name.to_owned()),
        }
    }
    scope
}

/// Whether an element directly in a rule is known to narrow nothing, or is read elsewhere. Actions are many: S3's, and
/// those of other stores by the same words (`DelMarkerExpiration`).
fn is_of_rule(name: &str) -> bool {
    matches!(name, "ID" | "Status" | "Filter" | "Prefix" | "AtimeBase")
        || ["Expiration", "Transition", "Abort"]
            .iter()
            .any(|action| name.contains(action))
}

fn conditions(within: &Element, scope: &mut RuleScope) {
    // What a filter says without an element isn't known to be nothing (law 13).
    if !within.text.trim().is_empty() {
        scope.other = Some(within.name.clone());
    }
    for condition in &within.children {
        match condition.name.as_str() {
            "Prefix" => {
                // Two prefixes cannot both hold unless one begins with the other; the longer is the narrower.
                if condition.text.len() > scope.prefix.len() {
                    scope.prefix.clone_from(&condition.text);
                }
            }
            "Tag" => scope.tags += 1,
            "ObjectSizeGreaterThan" | "ObjectSizeLessThan" => scope.has_size = true,
            "And" => conditions(condition, scope),
            other => scope.other = Some(other.to_owned()),
        }
    }
}

/// `Condition` of Google Cloud Storage: with an abort it may have `Age`, `MatchesPrefix` and `MatchesSuffix`.
fn google_scope(condition: Option<&Element>) -> RuleScope {
    let mut scope = RuleScope::default();
    for one in condition.iter().flat_map(|all| &all.children) {
        match one.name.as_str() {
            "Age" => {}
            "MatchesPrefix" if scope.prefix.is_empty() => scope.prefix.clone_from(&one.text),
            other => scope.other = Some(other.to_owned()),
        }
    }
    scope
}
