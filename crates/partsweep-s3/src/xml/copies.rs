//! What stores answer to copies.

use crate::xml::{Node, ReadError, Tag, walk};

/// Checks that a copy was made: a 200 is sent before it is known.
pub(crate) fn copied(document: &[u8]) -> Result<(), ReadError> {
    walk(document, &[Tag::CopyObjectResult], |_, _| {})
}

/// Checks that an upload was completed.
pub(crate) fn completed(document: &[u8]) -> Result<(), ReadError> {
    walk(document, &[Tag::CompleteMultipartUploadResult], |_, _| {})
}

/// The ETag of a copied part, without its quotes.
pub(crate) fn part_etag(document: &[u8]) -> Result<String, ReadError> {
    let etag = one(document, Tag::CopyPartResult, Tag::ETag)?;
    Ok(etag.trim().trim_matches('"').to_owned())
}

/// The id of an upload that was begun.
pub(crate) fn upload_id(document: &[u8]) -> Result<String, ReadError> {
    one(document, Tag::InitiateMultipartUploadResult, Tag::UploadId)
}

/// The text of one child of the root, which must be there.
fn one(document: &[u8], root: Tag, wanted: Tag) -> Result<String, ReadError> {
    let mut found = String::new();
    walk(document, &[root], |path, node| {
        if let ([tag], Node::Text(text)) = (path, node)
            && *tag == wanted
        {
            found = text.into_owned();
        }
    })?;
    if found.trim().is_empty() {
        return Err(ReadError::Malformed(format!(
            "the response has no {wanted:?}"
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_believed_only_from_its_own_document() {
        assert_eq!(
            copied(b"\n<CopyObjectResult><ETag>x</ETag></CopyObjectResult>"),
            Ok(())
        );
        for document in ["", "<CopyObjectResult><ETag>", "<?xml version='1.0'?>\n\n"] {
            assert!(
                matches!(copied(document.as_bytes()), Err(ReadError::Malformed(_))),
                "{document}"
            );
        }
        assert_eq!(copied(b"<html/>"), Err(ReadError::NotS3));
        assert_eq!(
            copied(b"<Error><Code>InternalError</Code></Error>"),
            Err(ReadError::Refused)
        );
    }

    #[test]
    fn the_etag_of_a_part_is_read_with_or_without_quotes() {
        for etag in ["abc", "&quot;abc&quot;", "\"abc\""] {
            let document = format!("<CopyPartResult><ETag>{etag}</ETag></CopyPartResult>");
            assert_eq!(part_etag(document.as_bytes()).as_deref(), Ok("abc"));
        }
        assert!(part_etag(b"<CopyPartResult><ETag/></CopyPartResult>").is_err());
    }
}
