//! ListPartsResult.

use std::borrow::Cow;
use std::mem::take;

use partsweep_core::model::believe::part_bytes;
use partsweep_core::model::checksum::{ChecksumAlgorithm, ShownChecksum, UploadChecksum};
use partsweep_core::{Part, PartPage, UploadAddress};

use crate::xml::key_encoding::may_be;
use crate::xml::{Dates, Node, ReadError, Said, SaidDate, SaidEnd, Tag, walk};

/// Which upload an answer says it is about.
#[derive(Debug, Default)]
pub(crate) struct About<'a> {
    key: Said<Cow<'a, str>>,
    id: Said<Cow<'a, str>>,
}

impl About<'_> {
    /// Whether the answer names this very upload, by key and id. An error if it names another: some
    /// stores do not look at what they were asked for. A key that is shown changed, under the id that
    /// was asked for, is about this upload and proves nothing of its key (law 11).
    pub(crate) fn is_of(&self, upload: &UploadAddress) -> Result<bool, ReadError> {
        let key = upload.key.as_str();
        let same_key = self.key.is(|shown| may_be(shown, key));
        let same_id = self.id.is(|id| id.trim() == upload.id.as_str());
        if same_id == Some(false) || (same_id.is_none() && same_key == Some(false)) {
            let why = "the response is about another upload than the one requested";
            return Err(ReadError::Malformed(why.to_owned()));
        }
        Ok(same_key == Some(true) && same_id == Some(true))
    }
}

/// Reads a whole page, which was asked for behind the part of the number `after`. An entry without a readable number is left
/// out: nothing can be said of it.
pub(crate) fn read(document: &[u8], after: u32) -> Result<(PartPage, About<'_>, Dates), ReadError> {
    const ROOTS: [Tag; 2] = [Tag::ListPartsResult, Tag::ListPartsResponse];
    const NONE: Part = Part {
        number: 0,
        bytes: None,
        last_modified: None,
        etag: None,
    };
    let mut page = PartPage::default();
    let mut about = About::default();
    let mut dates = Dates::default();
    let mut end = SaidEnd::default();
    let mut part = NONE;
    let (mut number, mut date) = (Said::Nothing, SaidDate::default());
    let mut checksums_before = 0;
    let (mut entries, mut most) = (0, None);
    let mut begin: Option<u32> = None;
    // Kept as text only while it may matter.
    let (mut size, mut etag) = (Said::Nothing, Said::Nothing);
    walk(document, &ROOTS, |path, node| match (path, node) {
        ([Tag::Part], Node::Open) => {
            (part, date) = (NONE, SaidDate::default());
            (number, size, etag) = (Said::Nothing, Said::Nothing, Said::Nothing);
            checksums_before = page.checksums.parts.len();
            entries += 1;
        }
        ([Tag::Part], Node::Close) => match take(&mut number).one().flatten() {
            Some(number) => {
                part.number = number;
                // Nothing can be said of a part of no bytes that has two ETags.
                let is_clear = etag != Said::Contradicted || size != Said::One(Some(0));
                let (size, etag) = (take(&mut size).one().flatten(), take(&mut etag).one());
                let bytes = size.and_then(|size| part_bytes(size, etag.as_deref()));
                part.bytes = bytes.filter(|_| is_clear);
                part.etag = etag.as_deref().and_then(md5);
                page.parts.push(part);
                for shown in &mut page.checksums.parts[checksums_before..] {
                    shown.number = number;
                }
            }
            None => {
                page.nameless += 1;
                page.checksums.parts.truncate(checksums_before);
            }
        },
        ([Tag::Part, Tag::PartNumber], Node::Text(text)) => number.hear(text.trim().parse().ok()),
        ([Tag::Part, Tag::Size], Node::Text(text)) => size.hear(text.trim().parse().ok()),
        ([Tag::Part, Tag::ETag], Node::Text(text)) => etag.hear(text),
        ([Tag::Part, Tag::LastModified], Node::Text(text)) => {
            part.last_modified = date.hear(dates.read(&text));
        }
        ([Tag::Part, tag], Node::Text(text)) => {
            // Its number may come after it.
            page.checksums.parts.extend(checksum(*tag, &text));
        }
        ([Tag::ChecksumAlgorithm], Node::Text(text)) => {
            page.checksums.of_upload = of_upload(text.trim());
        }
        ([_, .., Tag::Part] | [.., Tag::Error], Node::Open) => page.nameless += 1,
        ([Tag::MaxParts], Node::Text(text)) => most = text.trim().parse().ok(),
        ([Tag::PartNumberMarker], Node::Text(text)) => begin = text.trim().parse().ok(),
        ([Tag::IsTruncated], Node::Open) => end.begin(),
        ([Tag::IsTruncated], Node::Text(text)) => end.say(&text),
        ([Tag::NextPartNumberMarker], Node::Text(text)) => page.next = text.trim().parse().ok(),
        ([Tag::Key], Node::Text(text)) if !text.is_empty() => about.key.hear(text),
        ([Tag::UploadId], Node::Text(text)) if !text.is_empty() => about.id.hear(text),
        _ => {}
    })?;
    // Parts before its beginning were left out, though nobody asked for that.
    page.nameless += u64::from(begin.is_some_and(|begin| begin > after));
    let has_marker = page.next.is_some_and(|next| next > 0);
    (page.truncated, page.end_unclear) = end.goes_on(has_marker);
    page.end_unclear |= most == Some(0) && page.parts.is_empty() && !page.truncated;
    // Or it names a part that it doesn't show.
    let last = page.parts.iter().map(|part| part.number).max();
    let is_short = last.is_some() && page.next > last;
    page.may_go_on = !page.truncated && (is_short || is_full(entries, most));
    Ok((page, about, dates))
}

/// Entries on a page of uploads or of parts, if a store says nothing else.
const USUAL_PAGE: usize = 1_000;

/// Whether a page has as many entries as it may have, by what is usual or by its own word.
pub(super) fn is_full(entries: usize, most: Option<usize>) -> bool {
    entries > 0 && (entries == USUAL_PAGE || most == Some(entries))
}

/// The longest checksum, that of SHA-512, in base64: characters.
const LONGEST_CHECKSUM: usize = 88;

/// A checksum of a part whose number isn't known yet; none of an element that holds none, and of what is no base64.
fn checksum(tag: Tag, text: &str) -> Option<ShownChecksum> {
    let algorithm = match tag {
        Tag::ChecksumCRC32 => ChecksumAlgorithm::Crc32,
        Tag::ChecksumCRC32C => ChecksumAlgorithm::Crc32c,
        Tag::ChecksumCRC64NVME => ChecksumAlgorithm::Crc64Nvme,
        Tag::ChecksumMD5 => ChecksumAlgorithm::Md5,
        Tag::ChecksumSHA1 => ChecksumAlgorithm::Sha1,
        Tag::ChecksumSHA256 => ChecksumAlgorithm::Sha256,
        Tag::ChecksumSHA512 => ChecksumAlgorithm::Sha512,
        Tag::ChecksumXXHASH3 => ChecksumAlgorithm::XxHash3,
        Tag::ChecksumXXHASH64 => ChecksumAlgorithm::XxHash64,
        Tag::ChecksumXXHASH128 => ChecksumAlgorithm::XxHash128,
        _ => return None,
    };
    let value = text.trim();
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let is_one = (1..=LONGEST_CHECKSUM).contains(&value.len()) && value.bytes().all(is_base64);
    is_one.then(|| ShownChecksum {
        number: 0,
        algorithm,
        value: value.into(),
    })
}

/// Which checksum an upload was begun with.
fn of_upload(name: &str) -> UploadChecksum {
    match ChecksumAlgorithm::named(name) {
        _ if name.is_empty() => UploadChecksum::None,
        Some(algorithm) => UploadChecksum::Known(algorithm),
        None => UploadChecksum::Unknown(name.into()),
    }
}

/// The bytes of an ETag that is an MD5, with or without quotes.
pub(crate) fn md5(etag: &str) -> Option<[u8; 16]> {
    let digits = etag.trim().trim_matches('"').as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let nibble = |digit: u8| Some((digit as char).to_digit(16)? as u8);
    let mut bytes = [0; 16];
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What holds parts in another way than S3's isn't an upload without parts.
    #[test]
    fn what_stands_for_parts_that_are_not_shown_makes_a_page_doubtful() {
        for inside in [
            "<Error><Code>InternalError</Code></Error>",
            "<Parts><Part><PartNumber>1</PartNumber></Part></Parts>",
            "<MaxParts>0</MaxParts>",
        ] {
            let page = page(inside);
            assert!(page.nameless > 0 || page.end_unclear, "{inside}");
        }
        let page = page("<MaxParts>1000</MaxParts>");
        assert!(page.nameless == 0 && !page.end_unclear);
    }

    fn page(inside: &str) -> PartPage {
        let document = format!("<ListPartsResult>{inside}</ListPartsResult>");
        read(document.as_bytes(), 0).unwrap().0
    }

    /// Breaker 7: what could not be read counted as the end.
    #[test]
    fn an_end_is_an_end_only_if_that_can_be_read() {
        let ends = |said: &str, next: &str| {
            let next = format!("<NextPartNumberMarker>{next}</NextPartNumberMarker>");
            let page = page(&format!("{said}{next}"));
            (page.truncated, page.end_unclear)
        };
        assert_eq!(
            ends("<IsTruncated>false</IsTruncated>", "7"),
            (false, false)
        );
        assert_eq!(ends("<IsTruncated> TRUE </IsTruncated>", ""), (true, false));
        assert_eq!(ends("", "7"), (true, false));
        assert_eq!(ends("", "0"), (false, false));
        assert_eq!(ends("", ""), (false, false));
        assert_eq!(ends("<IsTruncated>maybe</IsTruncated>", "7"), (true, false));
        assert_eq!(ends("<IsTruncated>maybe</IsTruncated>", ""), (false, true));
        for empty in [
            "<IsTruncated/>",
            "<IsTruncated></IsTruncated>",
            "<IsTruncated> </IsTruncated>",
            "<IsTruncated><a>false</a></IsTruncated>",
        ] {
            assert_eq!(ends(empty, "7"), (true, false), "{empty}");
            assert_eq!(ends(empty, ""), (false, true), "{empty}");
        }
        let twice = "<IsTruncated>true</IsTruncated><IsTruncated>false</IsTruncated>";
        assert_eq!(ends(twice, "7"), (true, false));
        assert_eq!(ends(twice, ""), (true, false));
    }

    #[test]
    fn an_answer_about_another_upload_is_none() {
        let address = UploadAddress::new("b", "a b", "1").unwrap();
        let is_of = |inside: &str| {
            let document = format!("<ListPartsResult>{inside}</ListPartsResult>");
            read(document.as_bytes(), 0).unwrap().1.is_of(&address)
        };
        assert_eq!(is_of("<Key>a b</Key><UploadId>1</UploadId>"), Ok(true));
        assert_eq!(is_of("<Key>a%20b</Key><UploadId>1</UploadId>"), Ok(true));
        assert_eq!(is_of("<Key>a</Key><UploadId>1</UploadId>"), Ok(false));
        assert_eq!(is_of("<UploadId>1</UploadId>"), Ok(false));
        assert_eq!(is_of(""), Ok(false));
        assert!(is_of("<Key>a b</Key><UploadId>2</UploadId>").is_err());
        assert!(is_of("<Key>other</Key>").is_err());
        assert!(is_of("<Key>a b</Key><UploadId>2</UploadId><UploadId>1</UploadId>").is_err());
    }

    /// Report 5.
    #[test]
    fn a_part_of_no_bytes_with_the_etag_of_data_has_no_size() {
        let part = "<Part><PartNumber>1</PartNumber><Size>0</Size>\
            <ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag></Part>";
        assert_eq!(page(part).parts[0].bytes, None);
        let two_etags = "<Part><PartNumber>1</PartNumber><Size>0</Size>\
            <ETag>9e107d9d372bb6826bd81d3542a419d6</ETag><ETag></ETag></Part>";
        assert_eq!(page(two_etags).parts[0].bytes, None);
    }

    #[test]
    fn checksums_are_read_with_the_number_of_their_part_wherever_it_stands() {
        let page = page(
            "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>\
            <Part><ChecksumCRC32>AAAA+/==</ChecksumCRC32><PartNumber>7</PartNumber></Part>\
            <Part><ChecksumCRC32>nobody's</ChecksumCRC32><PartNumber>8</PartNumber></Part>\
            <Part><ChecksumCRC32>BBBB==</ChecksumCRC32></Part>\
            <Part><PartNumber>9</PartNumber><ChecksumSHA256>CCCC</ChecksumSHA256></Part>",
        );
        let of = |number, algorithm, value: &str| ShownChecksum {
            number,
            algorithm,
            value: value.into(),
        };
        let expected = [
            of(7, ChecksumAlgorithm::Crc32, "AAAA+/=="),
            of(9, ChecksumAlgorithm::Sha256, "CCCC"),
        ];
        assert_eq!(page.checksums.parts, expected);
        let crc32 = UploadChecksum::Known(ChecksumAlgorithm::Crc32);
        assert_eq!(page.checksums.of_upload, crc32);
        assert_eq!(page.nameless, 1);
    }

    #[test]
    fn what_comes_twice_in_a_part_and_differs_makes_it_young_or_unknown() {
        let read = |first: &str, second: &str| {
            let number = "<PartNumber>1</PartNumber>";
            page(&format!("<Part>{number}{first}{second}</Part>"))
        };
        let old = "<LastModified>2026-11-01T00:00:00.000Z</LastModified>";
        let young = "<LastModified>2026-11-20T00:00:00.000Z</LastModified>";
        let five = "<Size>5</Size>";
        for (one, other) in [(old, young), (young, old)] {
            let parts = read(one, other).parts;
            assert_eq!(parts[0].last_modified, "2026-11-20T00:00:00Z".parse().ok());
            assert_eq!(read(one, "<LastModified/>").parts[0].last_modified, None);
        }
        assert_eq!(read(five, five).parts[0].bytes, Some(5));
        assert_eq!(read(five, "<Size>7</Size>").parts[0].bytes, None);
        assert_eq!(read("<Size>much</Size>", five).parts[0].bytes, None);
        let other_number = read(five, "<PartNumber>2</PartNumber>");
        assert_eq!((other_number.parts.len(), other_number.nameless), (0, 1));
    }
}
