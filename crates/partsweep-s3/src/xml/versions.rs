//! ListVersionsResult.

use jiff::Timestamp;
use partsweep_core::ObjectHead;
use partsweep_core::model::believe;

use crate::xml::{Dates, Node, ReadError, Said, SaidDate, SaidEnd, Tag, walk};

/// A page of versions.
#[derive(Debug, Default)]
pub(crate) struct VersionPage {
    /// The key of each version, the current one included, and what is said of it.
    pub(crate) versions: Vec<(String, ObjectHead)>,
    /// The key of each delete marker, and its date.
    pub(crate) markers: Vec<(String, Option<Timestamp>)>,
    /// Versions and delete markers, by key and version id.
    pub(crate) entries: Vec<(String, Option<String>)>,
    /// Entries with two keys: which object they are of is not known.
    pub(crate) nameless: usize,
    pub(crate) truncated: bool,
    /// What it says of its end means nothing.
    pub(crate) end_unclear: bool,
    pub(crate) next_key: Option<String>,
    pub(crate) next_version: Option<String>,
    /// What its dates were like.
    pub(crate) dates: Dates,
}

/// An entry as far as it was read.
#[derive(Debug, Default)]
struct VersionEntry {
    key: Said<String>,
    version: Said<String>,
    bytes: Said<Option<u64>>,
    etag: Said<String>,
    date: SaidDate,
    last_modified: Option<Timestamp>,
}

/// Reads a whole page. Delete markers are no versions of an object.
pub(crate) fn read(document: &[u8]) -> Result<VersionPage, ReadError> {
    const ROOTS: [Tag; 2] = [Tag::ListVersionsResult, Tag::ListVersionsResponse];
    let mut page = VersionPage::default();
    let mut entry = VersionEntry::default();
    let mut end = SaidEnd::default();
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Version | Tag::DeleteMarker], Node::Open) => entry = VersionEntry::default(),
        ([kind @ (Tag::Version | Tag::DeleteMarker)], Node::Close) => {
            let entry = std::mem::take(&mut entry);
            page.nameless += usize::from(entry.key == Said::Contradicted);
            let key = entry.key.one().unwrap_or_default();
            let version = entry.version.one();
            page.entries.push((key.clone(), version.clone()));
            let last_modified = entry.last_modified.and_then(believe::time);
            if *kind == Tag::DeleteMarker {
                page.markers.push((key, last_modified));
            } else {
                let head = ObjectHead {
                    bytes: entry.bytes.one().flatten(),
                    last_modified,
                    etag: entry.etag.one(),
                    version: version.map(Into::into),
                };
                page.versions.push((key, head));
            }
        }
        ([Tag::Version | Tag::DeleteMarker, field], Node::Text(text)) => match field {
            Tag::Key => entry.key.hear(text.into_owned()),
            Tag::Size => entry.bytes.hear(text.trim().parse().ok()),
            Tag::LastModified => entry.last_modified = entry.date.hear(page.dates.read(&text)),
            Tag::ETag => entry.etag.hear(text.trim().trim_matches('"').to_owned()),
            Tag::VersionId => entry.version.hear(text.into_owned()),
            _ => {}
        },
        ([Tag::IsTruncated], Node::Open) => end.begin(),
        ([Tag::IsTruncated], Node::Text(text)) => end.say(&text),
        ([Tag::NextKeyMarker], Node::Text(text)) => page.next_key = unless_empty(&text),
        ([Tag::NextVersionIdMarker], Node::Text(text)) => page.next_version = unless_empty(&text),
        _ => {}
    })?;
    let has_marker = page.next_key.is_some() || page.next_version.is_some();
    (page.truncated, page.end_unclear) = end.goes_on(has_marker);
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
        assert_eq!((key.as_str(), page.entries.len()), ("k", 2));
        assert_eq!(page.markers, [("k".to_owned(), None)]);
        assert_eq!(
            (head.bytes, head.etag.as_deref()),
            (Some(30), Some("abc-2"))
        );
        assert!(head.last_modified.is_some() && page.truncated);
        assert_eq!(page.next_version.as_deref(), Some("2"));
        assert!(read(b"<ListBucketResult/>").is_err());
    }

    #[test]
    fn what_comes_twice_in_a_version_and_differs_makes_it_new_or_unknown() {
        let read = |inside: &str| {
            let version = format!("<Version><Key>k</Key>{inside}</Version>");
            read(format!("<ListVersionsResult>{version}</ListVersionsResult>").as_bytes()).unwrap()
        };
        let old = "<LastModified>2026-11-01T00:00:00.000Z</LastModified>";
        let young = "<LastModified>2026-11-20T00:00:00.000Z</LastModified>";
        for twice in [format!("{old}{young}"), format!("{young}{old}")] {
            let date = read(&twice).versions[0].1.last_modified;
            assert_eq!(date, "2026-11-20T00:00:00Z".parse().ok());
        }
        let sizes = read("<Size>5</Size><Size>6</Size><ETag>a</ETag><ETag>b</ETag>");
        let (_, head) = &sizes.versions[0];
        assert_eq!((head.bytes, &head.etag), (None, &None));
        assert_eq!(read("<Key>l</Key>").nameless, 1);
        assert_eq!(read("<Key>k</Key>").nameless, 0);
    }
}
