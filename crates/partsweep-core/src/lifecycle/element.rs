//! The elements of a lifecycle document, each with its place in the text.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::document::LifecycleDocumentError;

/// Deeper than any store's dialect goes (rule, filter, and, tag, key: 6).
const DEEPEST: usize = 16;

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// Without its prefix.
    pub(super) name: String,
    /// From `<` to the last `>`.
    pub(super) span: Range<usize>,
    /// Between the tags; none of one that closes itself.
    pub(super) inside: Option<Range<usize>>,
    /// Those directly in it, in order.
    pub(super) children: Vec<Self>,
    /// The text directly in it, with references resolved.
    pub(super) text: String,
}

impl Element {
    /// The first of a name directly in it.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Whether there are two of one of these names directly in it that mean something else.
    pub(super) fn contradicts_itself(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            let mut named = self.children.iter().filter(|child| child.name == *name);
            let first = named.next().map(Self::meaning);
            named.any(|other| Some(other.meaning()) != first)
        })
    }

    /// The text of the first of a name, without the white space around it.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// What it means, whatever its order, white space, prefixes and attributes: equal texts for equal meanings.
    pub(super) fn meaning(&self) -> String {
        if self.children.is_empty() {
            return format!("{}={:?}", self.name, self.value());
        }
        let mut children: Vec<_> = self.children.iter().map(Self::meaning).collect();
        children.sort_unstable();
        format!("{}({})", self.name, children.join(","))
    }

    /// Its text, with the spelling of a number or a date made one. Of a prefix, a tag or a name every character counts:
    /// `007` is another prefix than `7`.
    fn value(&self) -> String {
        let trimmed = self.text.trim();
        if is_number(&self.name)
            && let Ok(number) = trimmed.parse::<u64>()
        {
            return number.to_string();
        }
        if is_date(&self.name)
            && let Ok(date) = trimmed.parse::<Timestamp>()
        {
            return date.to_string();
        }
        self.text.clone()
    }

    /// Counts its values by their path.
    pub(super) fn count_leaves(&self, above: &str, leaves: &mut BTreeMap<String, usize>) {
        let path = format!("{above}/{}", self.name);
        if self.children.is_empty() {
            *leaves
                .entry(format!("{path}={:?}", self.value()))
                .or_default() += 1;
        }
        for child in &self.children {
            child.count_leaves(&path, leaves);
        }
    }
}

/// Whether an element of this name holds a number in the lifecycles of S3, Google Cloud Storage and Alibaba OSS.
fn is_number(name: &str) -> bool {
    name == "Age"
        || name.starts_with("Days")
        || name.ends_with("Days")
        || name.starts_with("ObjectSize")
        || matches!(
            name,
            "NewerNoncurrentVersions" | "NumNewerVersions" | "NumberOfNewerVersions"
        )
}

/// Whether an element of this name holds a date.
fn is_date(name: &str) -> bool {
    name == "Date" || name.starts_with("CreatedBefore") || name.ends_with("TimeBefore")
}

/// Reads a whole document into its root element.
pub(super) fn read(text: &str) -> Result<Element, LifecycleDocumentError> {
    let malformed = |what: &str| LifecycleDocumentError::Malformed(what.into());
    // The reader skips it, and doesn't count it.
    let body = text.trim_start_matches('\u{feff}');
    let skipped = text.len() - body.len();
    let mut reader = Reader::from_str(body);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let from = skipped + position(&reader);
        let event = reader
            .read_event()
            .map_err(|error| malformed(&error.to_string()))?;
        let to = skipped + position(&reader);
        let ended = match event {
            Event::Start(tag) => {
                if open.len() == DEEPEST {
                    return Err(malformed("its elements are nested too deeply"));
                }
                open.push(Element {
                    name: name_of(&tag),
                    span: from..to,
                    inside: Some(to..to),
                    children: Vec::new(),
                    text: String::new(),
                });
                None
            }
            Event::Empty(tag) => Some(Element {
                name: name_of(&tag),
                span: from..to,
                inside: None,
                children: Vec::new(),
                text: String::new(),
            }),
            Event::End(_) => {
                // quick-xml has compared the names.
                let mut element = open
                    .pop()
                    .ok_or_else(|| malformed("an end without a start"))?;
                element.span.end = to;
                if let Some(inside) = &mut element.inside {
                    inside.end = from;
                }
                Some(element)
            }
            Event::Text(found) => {
                say(&mut open, &found, true)?;
                None
            }
            Event::CData(found) => {
                say(&mut open, &found, false)?;
                None
            }
            Event::GeneralRef(found) => {
                let said = match found.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    Ok(None) => {
                        let known = quick_xml::escape::resolve_predefined_entity(&found);
                        known
                            .ok_or_else(|| malformed("it has an unknown entity"))?
                            .to_owned()
                    }
                    Err(error) => return Err(malformed(&error.to_string())),
                };
                say(&mut open, &said, false)?;
                None
            }
            // What it declares could change the meaning of everything else.
            Event::DocType(_) => return Err(malformed("it has a document type")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
            Event::Eof => break,
        };
        let Some(element) = ended else { continue };
        match open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if root.is_none() => root = Some(element),
            None => return Err(malformed("it has two roots")),
        }
    }
    if !open.is_empty() {
        return Err(malformed("it ends in the middle"));
    }
    root.ok_or_else(|| malformed("it is empty"))
}

/// Adds a text to the element that it stands in; outside of the root there is none but white space.
fn say(
    open: &mut [Element],
    said: &str,
    may_be_outside: bool,
) -> Result<(), LifecycleDocumentError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(said),
        None if may_be_outside && said.trim().is_empty() => {}
        None => {
            let what = "it has text outside of its root";
            return Err(LifecycleDocumentError::Malformed(what.into()));
        }
    }
    Ok(())
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn name_of(tag: &BytesStart<'_>) -> String {
    tag.local_name().as_ref().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_knows_its_place() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<a:R x=\"1\">\n <a:B>1 &lt;&#x32;<!-- c --></a:B><C/></a:R>\n";
        let root = read(text).unwrap();
        assert_eq!(
            (root.name.as_str(), &text[root.span.clone()][..5]),
            ("R", "<a:R ")
        );
        let b = root.child("B").unwrap();
        assert_eq!(b.text, "1 <2");
        assert_eq!(&text[b.span.clone()], "<a:B>1 &lt;&#x32;<!-- c --></a:B>");
        assert_eq!(&text[b.inside.clone().unwrap()], "1 &lt;&#x32;<!-- c -->");
        assert_eq!(root.child("C").unwrap().inside, None);
        assert!(text[..root.inside.clone().unwrap().end].ends_with("<C/>"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in [
            "",
            " ",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "x<a/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&b;</a>",
            "<a><![CDATA[x</a>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = "<a>".repeat(17) + &"</a>".repeat(17);
        assert!(read(&deep).is_err());
    }

    #[test]
    fn meaning_has_no_order_and_one_spelling_of_numbers_and_dates() {
        let meaning = |text: &str| read(text).unwrap().meaning();
        assert_eq!(
            meaning("<R><Days>7</Days><Date>2030-01-01T00:00:00Z</Date></R>"),
            meaning(
                "<x:R xmlns:x=\"y\"><x:Date> 2030-01-01T00:00:00.000Z</x:Date>\n<x:Days> 07\n</x:Days></x:R>"
            )
        );
        for name in ["Prefix", "Key", "Value", "ID", "MatchesPrefix", "Unknown"] {
            for (one, other) in [
                ("007", "7"),
                ("+7", "7"),
                (" 7", "7"),
                ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z"),
            ] {
                let of = |text| meaning(&format!("<R><{name}>{text}</{name}></R>"));
                assert_ne!(of(one), of(other), "{name}: `{one}` and `{other}`");
            }
        }
        assert_ne!(meaning("<R><A>7</A></R>"), meaning("<R><A>8</A></R>"));
        assert_ne!(meaning("<R><A> a</A></R>"), meaning("<R><A>a</A></R>"));
        assert_ne!(meaning("<R><A/><A/></R>"), meaning("<R><A/></R>"));
    }
}
