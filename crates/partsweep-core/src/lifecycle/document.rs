//! A lifecycle document: the text as the store gave it, and what its rules mean.

use std::collections::BTreeMap;
use std::ops::Range;

use thiserror::Error;

use super::element::{self, Element};
use super::rule::LifecycleRule;

/// The most rules that a bucket may have (S3 API reference, PutBucketLifecycleConfiguration).
pub const MOST_RULES: usize = 1_000;

/// What is longer is no lifecycle document: 1,000 rules of 4 KiB, in bytes.
pub const LONGEST_DOCUMENT: usize = 4 << 20;

/// Why a document cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LifecycleDocumentError {
    /// It isn't XML, or not whole.
    #[error("the lifecycle configuration can't be read: {0}")]
    Malformed(Box<str>),
    /// It is another document.
    #[error("the answer is a `{0}`, not a lifecycle configuration")]
    OtherRoot(Box<str>),
    /// There is something beside rules in it.
    #[error("the lifecycle configuration has a `{0}`, which isn't known")]
    Unknown(Box<str>),
}

/// A lifecycle document that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleDocument {
    text: String,
    root: Element,
    rules: Vec<LifecycleRule>,
}

impl LifecycleDocument {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Where it isn't whole, has another root than `LifecycleConfiguration`, or holds anything but rules.
    pub fn read(text: impl Into<String>) -> Result<Self, LifecycleDocumentError> {
        let text = text.into();
        let root = element::read(&text)?;
        if root.name != "LifecycleConfiguration" {
            return Err(LifecycleDocumentError::OtherRoot(root.name.into()));
        }
        if !root.text.trim().is_empty() {
            let what = "it has text between its rules";
            return Err(LifecycleDocumentError::Malformed(what.into()));
        }
        if let Some(other) = root.children.iter().find(|child| child.name != "Rule") {
            return Err(LifecycleDocumentError::Unknown(other.name.as_str().into()));
        }
        let rules = root.children.iter().map(LifecycleRule::read).collect();
        Ok(Self { text, root, rules })
    }

    /// The text, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its rules, in order.
    pub fn rules(&self) -> &[LifecycleRule] {
        &self.rules
    }

    /// How often each rule is there, by its meaning: order, white space, the prefix of names, and which of the forms
    /// of "the whole bucket" was written make no difference.
    pub(super) fn meanings(&self) -> BTreeMap<String, usize> {
        let mut meanings = BTreeMap::new();
        for index in 0..self.rules.len() {
            *meanings.entry(self.meaning(index)).or_default() += 1;
        }
        meanings
    }

    /// What a rule means.
    pub(super) fn meaning(&self, index: usize) -> String {
        self.plain_rule(index).meaning()
    }

    /// The values of a rule, each with its path and with how often it is there; its name isn't one.
    pub(super) fn leaves(&self, index: usize) -> BTreeMap<String, usize> {
        let mut rule = self.plain_rule(index);
        rule.children.retain(|child| child.name != "ID");
        let mut leaves = BTreeMap::new();
        for child in &rule.children {
            child.count_leaves("", &mut leaves);
        }
        leaves
    }

    /// A rule with one form for each meaning of its scope.
    fn plain_rule(&self, index: usize) -> Element {
        let mut rule = self.root.children[index].clone();
        // Where it covers the whole bucket, `<Filter/>`, an empty `Prefix` in it or without it are one.
        if self.rules[index].scope.is_whole_bucket() {
            rule.children
                .retain(|child| child.name != "Filter" && child.name != "Prefix");
        } else if rule.child("Filter").is_some() {
            rule.children.retain(|child| child.name != "Prefix");
        } else if let Some(prefix) = rule
            .children
            .iter_mut()
            .find(|child| child.name == "Prefix")
        {
            // `<Prefix>` and `<Filter><Prefix>` are one.
            let bare = prefix.clone();
            prefix.name = "Filter".to_owned();
            prefix.text.clear();
            prefix.children = vec![bare];
        }
        // A condition alone and one in an `And` are one, too.
        for filter in rule.children.iter_mut().filter(|it| it.name == "Filter") {
            if let [and] = &mut *filter.children
                && and.name == "And"
            {
                filter.children = std::mem::take(&mut and.children);
            }
        }
        rule
    }

    /// Whether both say the same.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        self.meanings() == other.meanings()
    }

    /// The document an element a line, indented, for people; texts as they stand in it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.add_lines(&self.root, 0, &mut lines);
        lines
    }

    fn add_lines(&self, element: &Element, depth: usize, lines: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        let name = &element.name;
        if element.children.is_empty() {
            let text = element
                .inside
                .clone()
                .map_or("", |inside| &self.text[inside]);
            lines.push(format!("{indent}<{name}>{text}</{name}>"));
            return;
        }
        lines.push(format!("{indent}<{name}>"));
        for child in &element.children {
            self.add_lines(child, depth + 1, lines);
        }
        lines.push(format!("{indent}</{name}>"));
    }

    pub(super) fn root(&self) -> &Element {
        &self.root
    }

    /// The text of a rule.
    pub fn rule_text(&self, index: usize) -> &str {
        &self.text[self.root.children[index].span.clone()]
    }

    /// The text without a rule; all else is as it is.
    pub(super) fn without_rule(&self, index: usize) -> String {
        let span = &self.root.children[index].span;
        format!("{}{}", &self.text[..span.start], &self.text[span.end..])
    }

    /// Where the number of days of a rule's abort stands.
    pub(super) fn days_span(&self, index: usize) -> Option<Range<usize>> {
        let rule = &self.root.children[index];
        let days = match (rule.child("Action"), rule.child("AbortMultipartUpload")) {
            (Some(_), _) => rule.child("Condition")?.child("Age")?,
            (None, Some(abort)) => abort.child("Days")?,
            (None, None) => rule
                .child("AbortIncompleteMultipartUpload")?
                .child("DaysAfterInitiation")?,
        };
        days.inside.clone()
    }

    /// Whether each of its rules has a bare `Prefix`: such a document takes no `Filter` on AWS.
    pub(super) fn is_of_version_1(&self) -> bool {
        !self.root.children.is_empty()
            && self
                .root
                .children
                .iter()
                .all(|rule| rule.child("Filter").is_none() && rule.child("Prefix").is_some())
    }

    /// The prefix of its elements' names, with the colon: `ns2:`, mostly empty.
    pub(super) fn name_prefix(&self) -> &str {
        let open = &self.text[self.root.span.start + 1..];
        let end = open
            .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .unwrap_or(open.len());
        open[..end].rfind(':').map_or("", |colon| &open[..=colon])
    }

    /// Whether a rule has this name.
    pub(super) fn has_rule_named(&self, id: &str) -> bool {
        self.rules.iter().any(|rule| rule.id.as_deref() == Some(id))
    }
}
