//! ListVersionsResult.

use partsweep_core::ObjectHead;
use partsweep_core::model::believe;

use crate::xml::{Dates, Node, ReadError, Tag, goes_on, walk};

/// A page of versions.
#[derive(Debug, Default)]
pub(crate) struct VersionPage {
    /// The key of each version, the current one included, and what is said of it.
    pub(crate) versions: Vec<(String, ObjectHead)>,
    /// Versions and delete markers.
    pub(crate) entries: usize,
    pub(crate) truncated: bool,
    /// What it says of its end means nothing.
    pub(crate) end_unclear: bool,
    pub(crate) next_key: Option<String>,
    pub(crate) next_version: Option<String>,
    /// What its dates were like.
    pub(crate) dates: Dates,
}

/// Reads a whole page. Delete markers are no versions of an object.
pub(crate) fn read(document: &[u8]) -> Result<VersionPage, ReadError> {
    const ROOTS: [Tag; 2] = [Tag::ListVersionsResult, Tag::ListVersionsResponse];
    let nothing = || ObjectHead {
        bytes: None,
        last_modified: None,
        etag: None,
        version: None,
    };
    let mut page = VersionPage::default();
    let mut version = (String::new(), nothing());
    let mut is_truncated = None;
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Version], Node::Open) => version = (String::new(), nothing()),
        ([Tag::Version], Node::Close) => {
            page.entries += 1;
            let whole = std::mem::replace(&mut version, (String::new(), nothing()));
            page.versions.push(whole);
        }
        ([Tag::DeleteMarker], Node::Close) => page.entries += 1,
        ([Tag::Version, field], Node::Text(text)) => match field {
            Tag::Key => version.0 = text.into_owned(),
            Tag::Size => version.1.bytes = text.trim().parse().ok(),
            Tag::LastModified => {
                version.1.last_modified = page.dates.read(&text).and_then(believe::time)
            }
            Tag::ETag => version.1.etag = Some(text.trim().trim_matches('"').to_owned()),
            Tag::VersionId => version.1.version = Some(text.into()),
            _ => {}
        },
        ([Tag::IsTruncated], Node::Text(text)) => is_truncated = Some(text.into_owned()),
        ([Tag::NextKeyMarker], Node::Text(text)) => page.next_key = unless_empty(&text),
        ([Tag::NextVersionIdMarker], Node::Text(text)) => page.next_version = unless_empty(&text),
        _ => {}
    })?;
    let has_marker = page.next_key.is_some() || page.next_version.is_some();
    (page.truncated, page.end_unclear) = goes_on(is_truncated.as_deref(), has_marker);
    Ok(page)
}

fn unless_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_markers_are_none() {
        let document = b"<ListVersionsResult><IsTruncated>true</IsTruncated>\
            <NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>2</NextVersionIdMarker>\
            <DeleteMarker><Key>k</Key><VersionId>3</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
            <Version><Key>k</Key><VersionId>2</VersionId><IsLatest>false</IsLatest>\
            <LastModified>2026-11-20T12:00:00.000Z</LastModified><ETag>&quot;abc-2&quot;</ETag>\
            <Size>30</Size></Version></ListVersionsResult>";
        let page = read(document).unwrap();
        let [(key, head)] = page.versions.as_slice() else {
            panic!("{page:?}");
        };
        assert_eq!((key.as_str(), page.entries), ("k", 2));
        assert_eq!(
            (head.bytes, head.etag.as_deref()),
            (Some(30), Some("abc-2"))
        );
        assert!(head.last_modified.is_some() && page.truncated);
        assert_eq!(page.next_version.as_deref(), Some("2"));
        assert!(read(b"<ListBucketResult/>").is_err());
    }
}
