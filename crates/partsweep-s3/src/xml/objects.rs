//! ListBucketResult: the keys of objects.

use crate::xml::{Node, ReadError, Said, SaidEnd, Tag, walk};

/// A page of keys, as the store spelt them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectPage {
    pub(crate) keys: Vec<String>,
    /// Objects without a key, or with two.
    pub(crate) nameless: usize,
    pub(crate) truncated: bool,
    /// What it says of its end means nothing.
    pub(crate) end_unclear: bool,
    /// `NextContinuationToken`, if it isn't empty.
    pub(crate) next: Option<String>,
}

/// Reads a whole page.
pub(crate) fn read(document: &[u8]) -> Result<ObjectPage, ReadError> {
    const ROOTS: [Tag; 2] = [Tag::ListBucketResult, Tag::ListBucketResponse];
    let mut page = ObjectPage::default();
    let mut key = Said::Nothing;
    let mut end = SaidEnd::default();
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Contents], Node::Open) => key = Said::Nothing,
        ([Tag::Contents], Node::Close) => match std::mem::take(&mut key).one() {
            Some(key) => page.keys.push(key),
            None => page.nameless += 1,
        },
        ([Tag::Contents, Tag::Key], Node::Text(text)) if !text.is_empty() => {
            key.hear(text.into_owned());
        }
        ([Tag::IsTruncated], Node::Open) => end.begin(),
        ([Tag::IsTruncated], Node::Text(text)) => end.say(&text),
        ([Tag::NextContinuationToken], Node::Text(text)) => {
            page.next = (!text.is_empty()).then(|| text.into_owned());
        }
        _ => {}
    })?;
    (page.truncated, page.end_unclear) = end.goes_on(page.next.is_some());
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_what_leads_on() {
        let read = |inside: &str| {
            let document = format!("<ListBucketResult>{inside}</ListBucketResult>");
            read(document.as_bytes()).unwrap()
        };
        let page = read(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>\
             <Contents><Key>a b</Key><Owner><ID>o</ID></Owner></Contents><Contents><Key>c</Key></Contents>\
             <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>",
        );
        assert_eq!(page.keys, ["a b", "c"]);
        assert_eq!((page.truncated, page.next.as_deref()), (true, Some("t&1")));
        let odd = "<Contents/><Contents><Key>a</Key><Key>b</Key></Contents><IsTruncated/>";
        let page = read(odd);
        assert_eq!((page.nameless, page.end_unclear), (2, true));
        assert!(super::read(b"<ListMultipartUploadsResult/>").is_err());
    }
}
