//! GetObjectTagging and PutObjectTagging.

use std::collections::BTreeMap;

use crate::habits::Habits;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::markup;
use crate::wire::xml::Xml;

/// Answers GetObjectTagging.
pub(crate) fn write(tags: &BTreeMap<String, String>, habits: &Habits) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 500);
    xml.root("Tagging");
    xml.open("TagSet");
    for (name, value) in tags {
        xml.open("Tag");
        xml.text("Key", name);
        xml.text("Value", value);
        xml.close("Tag");
    }
    xml.close("TagSet");
    xml.close("Tagging");
    Answer::document(xml)
}

/// Reads the document of a PutObjectTagging.
pub(crate) fn parse(document: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let malformed = || Refusal::new(400, "MalformedXML");
    let set = markup::elements(document, "TagSet")
        .next()
        .ok_or_else(malformed)?;
    markup::elements(set, "Tag")
        .map(|tag| Some((markup::text(tag, "Key")?, markup::text(tag, "Value")?)))
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}
