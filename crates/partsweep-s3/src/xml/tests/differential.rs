//! The readers beside a strict XML library: 10,000 listings, valid and not.

use jiff::Timestamp;
use partsweep_core::model::believe::{self, part_bytes};
use partsweep_core::{BucketName, UploadAddress};
use roxmltree::{Document, Node, ParsingOptions};

use super::documents::{Made, Spoiled, make};
use super::written::Kind;
use crate::xml::key_encoding::may_be;
use crate::xml::{Dates, LongDocument, ReadError, buckets, parts, uploads, versions};

/// What was read, field by field, in words; and how many entries there are.
type Reading = (Vec<String>, usize);

const DOCUMENTS: u64 = 10_000;

#[test]
fn listings_are_read_as_a_strict_library_reads_them_and_spoiled_ones_never_show_more() {
    let (mut valid, mut refused) = (0, 0);
    for number in 0..DOCUMENTS {
        let made = make(number);
        let read = ours(made.kind, &made.document, number);
        let shown = || {
            format!(
                "document {number}: {}",
                String::from_utf8_lossy(&made.document)
            )
        };
        match (strictly(&made), made.spoiled.clone()) {
            (Some(expected), _) => {
                valid += 1;
                let read = read.as_ref().map(forgiven);
                assert_eq!(read, Ok(expected), "{}", shown());
            }
            (None, Spoiled::Error) => assert!(read.is_err(), "{read:?} of {}", shown()),
            (None, Spoiled::Like(like)) => {
                if let Ok(read) = &read {
                    let like = strict(made.kind, &like)
                        .unwrap_or_else(|| panic!("not even {like} is valid, like {}", shown()));
                    assert_eq!(forgiven(read), like, "{}", shown());
                }
            }
            (None, Spoiled::AtMost(most)) => {
                let entries = read.as_ref().map_or(0, |(_, entries)| *entries);
                assert!(entries <= most, "{entries} of {most} in {}", shown());
            }
        }
        refused += usize::from(read.is_err());
    }
    // The documents are what they are meant to be: neither are nearly all valid nor nearly none.
    assert!((5_000..8_000).contains(&valid), "{valid} are valid");
    assert!((1_500..4_500).contains(&refused), "{refused} are refused");
}

/// What is forgiven, as its like is written; and line ends as a strict library gives them: ours keeps them, since
/// they are in keys.
fn forgiven((fields, entries): &Reading) -> Reading {
    let like = |text: &String| {
        text.replace("\\u{1}", "\\u{e001}")
            .replace("\\u{1f}", "\\u{e01f}")
            .replace("\\r\\n", "\\n")
    };
    (fields.iter().map(like).collect(), *entries)
}

/// The upload that parts are asked for.
fn asked() -> UploadAddress {
    UploadAddress::new("bkt", "a b", "k").unwrap()
}

fn ours(kind: Kind, document: &[u8], number: u64) -> Result<Reading, ReadError> {
    let mut fields = Vec::new();
    let entries;
    match kind {
        Kind::Uploads => {
            let page = uploads::read(document);
            long_is_the_same(document, page.as_ref(), number);
            let page = page?;
            entries = page.entries.len();
            let end = (page.truncated, page.end_unclear);
            fields.extend(page.entries.iter().map(upload_fields));
            fields.push(format!("{} {end:?}", page.nameless));
            fields.push(format!("{:?} {:?}", page.next_key, page.next_id));
            fields.push(page.says_encoded.to_string());
        }
        Kind::Parts => {
            let (page, about, _) = parts::read(document, 0)?;
            entries = page.parts.len();
            fields.extend(page.parts.iter().map(|part| {
                let of = (part.number, part.bytes, part.last_modified, part.etag);
                format!("{of:?}")
            }));
            let end = (page.truncated, page.end_unclear);
            fields.push(format!("{} {end:?} {:?}", page.nameless, page.next));
            fields.push(format!("{:?}", about.is_of(&asked()).ok()));
        }
        Kind::Buckets => {
            let page = buckets::read(document)?;
            entries = page.named;
            let bucket = |bucket: partsweep_core::BucketEntry| {
                format!("{:?} {:?}", bucket.name.as_str(), bucket.region)
            };
            fields.extend(page.buckets.clone().into_iter().map(bucket));
            let end = (page.truncated, page.end_unclear);
            fields.push(format!("{} {end:?}", page.nameless));
            let (token, marker) = (&page.continuation, &page.next_marker);
            fields.push(format!("{token:?} {marker:?} {:?}", page.owner));
        }
        Kind::Versions => {
            let page = versions::read(document)?;
            entries = page.entries.len();
            fields.extend(page.entries.iter().map(|entry| format!("{entry:?}")));
            fields.extend(page.versions.iter().map(|(key, head)| {
                let of = (
                    head.bytes,
                    head.last_modified,
                    &head.etag,
                    head.version.as_deref(),
                );
                format!("{key:?} {of:?}")
            }));
            let end = (page.truncated, page.end_unclear);
            fields.push(format!("{} {end:?}", page.nameless));
            fields.push(format!("{:?} {:?}", page.next_key, page.next_version));
        }
    }
    Ok((fields, entries))
}

fn upload_fields(entry: &uploads::RawUpload<'_>) -> String {
    let names = (&entry.key, &entry.id, entry.initiated);
    let of = (&entry.storage_class, &entry.owner, &entry.initiator);
    format!("{names:?} {of:?}")
}

/// Read window by window and piece by piece, a listing is the same.
fn long_is_the_same(
    document: &[u8],
    whole: Result<&uploads::RawPage<'_>, &ReadError>,
    number: u64,
) {
    let source = std::io::Cursor::new(document.to_vec());
    let window = usize::try_from(number % 97).unwrap() + 1;
    let mut long = uploads::LongPage::of(LongDocument::new(source).in_windows_of(window));
    let mut entries = Vec::new();
    let read = loop {
        match long.next(2) {
            Ok((piece, is_last)) => {
                entries.extend(piece.entries.iter().map(upload_fields));
                if is_last {
                    break Ok(entries);
                }
            }
            Err(error) => break Err(error),
        }
    };
    match (whole, read) {
        (Err(_), Err(_)) => {}
        (Ok(page), Ok(entries)) => {
            let whole: Vec<String> = page.entries.iter().map(upload_fields).collect();
            assert_eq!(entries, whole, "document {number}");
        }
        (whole, long) => panic!("document {number}: {whole:?}, and in pieces {long:?}"),
    }
}

/// What the strict library makes of it; none if it is not valid.
fn strictly(made: &Made) -> Option<Reading> {
    strict(made.kind, std::str::from_utf8(&made.document).ok()?)
}

fn strict(kind: Kind, document: &str) -> Option<Reading> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(document, options).ok()?;
    let root = document.root_element();
    Some(match kind {
        Kind::Uploads => of_uploads(root),
        Kind::Parts => of_parts(root),
        Kind::Buckets => of_buckets(root),
        Kind::Versions => of_versions(root),
    })
}

/// Entries elsewhere than directly in the root, and errors: they stand for what isn't shown.
fn misplaced(root: Node<'_, '_>, entry: &str) -> usize {
    let below = root
        .descendants()
        .filter(|node| *node != root && node.is_element());
    let is_one = |node: &Node<'_, '_>| match node.tag_name().name() {
        "Error" => true,
        name => name == entry && node.parent() != Some(root),
    };
    below.filter(is_one).count()
}

fn of_uploads(root: Node<'_, '_>) -> Reading {
    let (mut fields, mut nameless) = (Vec::new(), misplaced(root, "Upload"));
    let groups = elements(root, "CommonPrefixes").flat_map(|group| texts(group, "Prefix"));
    nameless += groups.filter(|text| !text.is_empty()).count();
    for upload in elements(root, "Upload") {
        let (Some(key), Some(id)) = (name(upload, "Key"), name(upload, "UploadId")) else {
            nameless += 1;
            continue;
        };
        let who = |element| {
            let all = elements(upload, element).flat_map(|who| texts(who, "ID"));
            all.last().filter(|id| !id.is_empty())
        };
        let names = (key, id, date(upload, "Initiated"));
        let of = (last(upload, "StorageClass"), who("Owner"), who("Initiator"));
        fields.push(format!("{names:?} {of:?}"));
    }
    let entries = fields.len();
    let next = (
        last(root, "NextKeyMarker"),
        last(root, "NextUploadIdMarker"),
    );
    let end = end(root, next != (None, None));
    fields.push(format!("{nameless} {end:?}"));
    fields.push(format!("{:?} {:?}", next.0, next.1));
    let encoding = texts(root, "EncodingType").last();
    let is_url = encoding.is_some_and(|text| text.trim().eq_ignore_ascii_case("url"));
    fields.push(is_url.to_string());
    (fields, entries)
}

fn of_parts(root: Node<'_, '_>) -> Reading {
    let (mut fields, mut nameless) = (Vec::new(), misplaced(root, "Part"));
    for part in elements(root, "Part") {
        let Some(Some(number)) = one(texts(part, "PartNumber").map(|text| parsed::<u32>(&text)))
        else {
            nameless += 1;
            continue;
        };
        let size = one(texts(part, "Size").map(|text| parsed::<u64>(&text))).flatten();
        let etag = one(texts(part, "ETag"));
        let is_unclear = etag.is_none() && texts(part, "ETag").next().is_some() && size == Some(0);
        let bytes = size.and_then(|size| part_bytes(size, etag.as_deref()));
        let of = (
            number,
            bytes.filter(|_| !is_unclear),
            date(part, "LastModified"),
            etag.as_deref().and_then(md5),
        );
        fields.push(format!("{of:?}"));
    }
    let entries = fields.len();
    let next = texts(root, "NextPartNumberMarker").last();
    let next = next.and_then(|text| parsed::<u32>(&text));
    let end = end(root, next.is_some_and(|next| next > 0));
    fields.push(format!("{nameless} {end:?} {next:?}"));
    let asked = asked();
    let is = |name, same: &dyn Fn(&str) -> bool| {
        let mut named = texts(root, name).filter(|text| !text.is_empty()).peekable();
        named.peek()?;
        Some(one(named).is_some_and(|text| same(&text)))
    };
    let key = is("Key", &|shown| may_be(shown, asked.key.as_str()));
    let id = is("UploadId", &|shown| shown.trim() == asked.id.as_str());
    let is_of_another = id == Some(false) || (id.is_none() && key == Some(false));
    let is_of = (!is_of_another).then_some((key, id) == (Some(true), Some(true)));
    fields.push(format!("{is_of:?}"));
    (fields, entries)
}

fn of_buckets(root: Node<'_, '_>) -> Reading {
    let (mut fields, mut nameless) = (Vec::new(), misplaced(root, ""));
    let (mut entries, mut names_before) = (0, Vec::new());
    for bucket in elements(root, "Buckets").flat_map(|all| elements(all, "Bucket")) {
        let names = texts(bucket, "Name").map(|text| BucketName::new(text).ok());
        let Some(Some(name)) = one(names) else {
            nameless += 1;
            continue;
        };
        entries += 1;
        // Of two, the first counts.
        if names_before.contains(&name) {
            continue;
        }
        names_before.push(name.clone());
        let region = texts(bucket, "BucketRegion").filter(|text| !text.is_empty());
        fields.push(format!("{:?} {:?}", name.as_str(), region.last()));
    }
    fields.push(format!("{nameless} {:?}", end(root, false)));
    let named = |name| texts(root, name).filter(|text| !text.is_empty()).last();
    let owners = elements(root, "Owner").flat_map(|owner| texts(owner, "ID"));
    let owner = owners.filter(|text| !text.is_empty()).last();
    let (token, marker) = (named("ContinuationToken"), named("NextMarker"));
    fields.push(format!("{token:?} {marker:?} {owner:?}"));
    (fields, entries)
}

fn of_versions(root: Node<'_, '_>) -> Reading {
    let (mut fields, mut heads, mut nameless) = (Vec::new(), Vec::new(), 0);
    let is_entry = |child: &Node<'_, '_>| {
        child.is_element() && matches!(child.tag_name().name(), "Version" | "DeleteMarker")
    };
    for version in root.children().filter(is_entry) {
        let keys: Vec<String> = texts(version, "Key").collect();
        let key = one(keys.iter().cloned());
        nameless += usize::from(key.is_none() && !keys.is_empty());
        let entry = (key.unwrap_or_default(), one(texts(version, "VersionId")));
        if version.tag_name().name() == "Version" {
            let size = one(texts(version, "Size").map(|text| parsed::<u64>(&text))).flatten();
            let unquoted = |text: String| text.trim().trim_matches('"').to_owned();
            let etag = one(texts(version, "ETag").map(unquoted));
            let modified = date(version, "LastModified").and_then(believe::time);
            let of = (size, modified, &etag, entry.1.as_deref());
            heads.push(format!("{:?} {of:?}", entry.0));
        }
        fields.push(format!("{entry:?}"));
    }
    let entries = fields.len();
    fields.extend(heads);
    let next = (
        last(root, "NextKeyMarker"),
        last(root, "NextVersionIdMarker"),
    );
    let end = end(root, next != (None, None));
    fields.push(format!("{nameless} {end:?}"));
    fields.push(format!("{:?} {:?}", next.0, next.1));
    (fields, entries)
}

/// The children of this local name, whatever their namespace.
fn elements<'a, 'b>(of: Node<'a, 'b>, name: &str) -> impl Iterator<Item = Node<'a, 'b>> {
    let is_named =
        move |child: &Node<'_, '_>| child.is_element() && child.tag_name().name() == name;
    of.children().filter(is_named)
}

/// The texts of the children of this name that have no elements in them.
fn texts(of: Node<'_, '_>, name: &str) -> impl Iterator<Item = String> {
    let leaves = elements(of, name).filter(|leaf| !leaf.children().any(|child| child.is_element()));
    leaves.map(|leaf| {
        let pieces = leaf.children().filter(Node::is_text);
        pieces.filter_map(|piece| piece.text()).collect()
    })
}

/// The last text of this name, unless it is empty.
fn last(of: Node<'_, '_>, name: &str) -> Option<String> {
    texts(of, name).last().filter(|text| !text.is_empty())
}

/// A name that an entry has to have: from the first one on, all are the same.
fn name(of: Node<'_, '_>, name: &str) -> Option<String> {
    one(texts(of, name).skip_while(String::is_empty))
}

/// What all say; none if there is none or they differ.
fn one<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

/// The youngest of all dates of this name; none if one can't be read.
fn date(of: Node<'_, '_>, name: &str) -> Option<Timestamp> {
    let all: Option<Vec<Timestamp>> = texts(of, name)
        .map(|text| Dates::default().read(&text))
        .collect();
    all?.into_iter().max()
}

fn md5(etag: &str) -> Option<[u8; 16]> {
    let digits = etag.trim().trim_matches('"');
    let is_md5 = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_md5);
    number.map(u128::to_be_bytes)
}

/// Whether there is more, and whether that is unclear.
fn end(root: Node<'_, '_>, has_marker: bool) -> (bool, bool) {
    let times = elements(root, "IsTruncated").count();
    let said: Vec<String> = texts(root, "IsTruncated")
        .map(|text| text.trim().to_ascii_lowercase())
        .collect();
    let count = |words: [&str; 2]| said.iter().filter(|word| words.contains(&&***word)).count();
    match (times, count(["true", "1"]), count(["false", "0"])) {
        (_, 1.., _) => (true, false),
        (0, ..) => (has_marker, false),
        (times, _, ends) if ends == times => (false, false),
        _ => (has_marker, !has_marker),
    }
}
