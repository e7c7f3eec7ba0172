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

/// Checks that an upload was completed; the object's ETag without its quotes, if it is named.
pub(crate) fn completed_etag(document: &[u8]) -> Result<Option<String>, ReadError> {
    let mut etag = String::new();
    walk(
        document,
        &[Tag::CompleteMultipartUploadResult],
        |path, node| {
            if let ([Tag::ETag], Node::Text(text)) = (path, node) {
                etag = text.trim().trim_matches('"').to_owned();
            }
        },
    )?;
    Ok(Some(etag).filter(|etag| !etag.is_empty()))
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
    fn an_upload_is_completed_only_by_the_word_for_it_and_after_any_white_space() {
        let inside = "<ETag>&quot;ab-2&quot;</ETag></CompleteMultipartUploadResult>";
        for before in [
            "",
            " ",
            "\n\n \t\n",
            "<?xml version='1.0'?>\n",
            "  \n<?xml version='1.0'?>\n",
        ] {
            let document = format!("{before}<CompleteMultipartUploadResult>{inside}");
            let etag = completed_etag(document.as_bytes());
            assert_eq!(etag, Ok(Some("ab-2".to_owned())), "{before:?}");
        }
        let silent = completed_etag(b"<CompleteMultipartUploadResult/>");
        assert_eq!(silent, Ok(None));
        let late = b"   \n<?xml version='1.0'?><Error><Code>InternalError</Code></Error>";
        assert_eq!(completed_etag(late), Err(ReadError::Refused));
        for cut in [
            &b"  \n \n"[..],
            b"",
            b"<CompleteMultipartUploadResult><ETag>",
        ] {
            assert!(matches!(completed_etag(cut), Err(ReadError::Malformed(_))));
        }
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
