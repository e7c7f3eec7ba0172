//! ListPartsResult.

use partsweep_core::{Part, PartPage};

use crate::xml::{Node, ReadError, Tag, is_true, moment, walk};

/// Reads a whole page. An entry without a readable number is left out: nothing can be said of it.
pub(crate) fn read(document: &[u8]) -> Result<PartPage, ReadError> {
    const ROOTS: [Tag; 2] = [Tag::ListPartsResult, Tag::ListPartsResponse];
    const NONE: Part = Part {
        number: 0,
        bytes: None,
        last_modified: None,
    };
    let mut page = PartPage::default();
    let (mut part, mut numbered) = (NONE, false);
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Part], Node::Open) => (part, numbered) = (NONE, false),
        ([Tag::Part], Node::Close) if numbered => page.parts.push(part),
        ([Tag::Part], Node::Close) => page.nameless += 1,
        ([Tag::Part, Tag::PartNumber], Node::Text(text)) => {
            let number = text.trim().parse();
            numbered = number.is_ok();
            part.number = number.unwrap_or_default();
        }
        ([Tag::Part, Tag::Size], Node::Text(text)) => part.bytes = text.trim().parse().ok(),
        ([Tag::Part, Tag::LastModified], Node::Text(text)) => part.last_modified = moment(&text),
        ([Tag::IsTruncated], Node::Text(text)) => page.truncated = is_true(&text),
        ([Tag::NextPartNumberMarker], Node::Text(text)) => page.next = text.trim().parse().ok(),
        _ => {}
    })?;
    Ok(page)
}
