//! Tagging: the tags of an object or a bucket.

use crate::xml::{Node, ReadError, Tag, walk};

/// Reads the tags, name and value, in order.
pub(crate) fn read(document: &[u8]) -> Result<Vec<(String, String)>, ReadError> {
    // Ceph answers so for an object without tags (measured).
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let mut tags = Vec::new();
    let (mut name, mut value) = (String::new(), String::new());
    walk(document, &[Tag::Tagging], |path, node| match (path, node) {
        ([Tag::TagSet, Tag::Tag], Node::Open) => {
            name.clear();
            value.clear();
        }
        ([Tag::TagSet, Tag::Tag, Tag::Key], Node::Text(text)) => name = text.into_owned(),
        ([Tag::TagSet, Tag::Tag, Tag::Value], Node::Text(text)) => value = text.into_owned(),
        ([Tag::TagSet, Tag::Tag], Node::Close) => {
            tags.push((std::mem::take(&mut name), std::mem::take(&mut value)));
        }
        _ => {}
    })?;
    Ok(tags)
}
