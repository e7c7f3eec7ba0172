//! ListParts.

use std::borrow::Cow;
use std::ops::Bound;

use super::listing::{page_size, write_class, write_people};
use crate::habits::{Class, Habits, PartOrder, People};
use crate::store::state::{Bucket, Ended};
use crate::store::upload::{Checksum, Part, Upload};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// About how many bytes a part takes on a page.
const PART_BYTES: usize = 200;

/// Answers ListParts.
pub(crate) fn list_parts(
    bucket: &Bucket,
    call: &Call,
    key: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let Some(upload) = find(bucket, key, call.upload_id(), habits) else {
        return Err(Refusal {
            code: habits.parts.missing,
            ..Refusal::no_such_upload()
        });
    };
    let limit = page_size(habits.parts.page, call.query.get("max-parts"))?;
    let marker = match call.query.filled("part-number-marker") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::invalid_argument("Invalid part-number-marker"))?,
    };
    let (parts, more) = page(&upload, marker, limit, habits.parts.order);
    // Measured on Ceph: a page of nothing says that there is more.
    write(
        &upload,
        call,
        PartsPage {
            marker,
            limit,
            parts,
            truncated: (more && !habits.parts.each_page_is_last) || limit == 0,
        },
        habits,
    )
}

fn find<'a>(bucket: &'a Bucket, key: &str, id: &str, habits: &Habits) -> Option<Cow<'a, Upload>> {
    let live = bucket.uploads.get(key, id);
    if live.is_some() || !habits.parts.after_complete {
        return live;
    }
    let ended: &Ended = bucket.ended.get(id)?;
    ended
        .completed
        .as_ref()
        .filter(|upload| &*upload.key == key)
        .map(Cow::Borrowed)
}

/// The parts on a page, and whether there are more.
fn page(upload: &Upload, marker: u32, limit: usize, order: PartOrder) -> (Vec<(u32, &Part)>, bool) {
    let after = upload
        .parts
        .range((Bound::Excluded(marker), Bound::Unbounded));
    let mut found: Vec<(u32, &Part)> = match order {
        PartOrder::Number => after
            .take(limit + 1)
            .map(|(number, part)| (*number, part))
            .collect(),
        PartOrder::Text => {
            let text = |number: u32| format!("{number:04}");
            let mut all: Vec<_> = upload
                .parts
                .iter()
                .map(|(number, part)| (*number, part))
                .filter(|(number, _)| marker == 0 || text(*number) > text(marker))
                .collect();
            all.sort_by_key(|(number, _)| text(*number));
            all
        }
    };
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

struct PartsPage<'a> {
    marker: u32,
    limit: usize,
    parts: Vec<(u32, &'a Part)>,
    truncated: bool,
}

fn write(
    upload: &Upload,
    call: &Call,
    page: PartsPage<'_>,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 1_000 + page.parts.len() * PART_BYTES);
    xml.root("ListPartsResult");
    xml.text("Bucket", call.bucket.as_deref().unwrap_or_default());
    xml.text("Key", &upload.key);
    xml.text("UploadId", &upload.id);
    match habits.parts.people {
        // Measured on Ceph.
        People::Caller => {
            xml.open("Owner");
            xml.plain("ID", "");
            xml.plain("DisplayName", "");
            xml.close("Owner");
        }
        people => write_people(&mut xml, people, "", &upload.initiator),
    }
    let class = if habits.listing.class == Class::Absent {
        Class::Standard
    } else {
        habits.listing.class
    };
    write_class(&mut xml, class, &upload.storage_class);
    if let Some(Checksum { name, is_of_object }) = upload.checksum {
        xml.plain("ChecksumAlgorithm", name);
        let kind = if is_of_object {
            "FULL_OBJECT"
        } else {
            "COMPOSITE"
        };
        xml.plain("ChecksumType", kind);
    }
    xml.plain("PartNumberMarker", page.marker);
    let next = page.parts.last().map_or(0, |(number, _)| *number);
    let zero = habits.parts.zero_at_end && !page.truncated;
    xml.plain("NextPartNumberMarker", if zero { 0 } else { next });
    xml.plain("MaxParts", page.limit);
    xml.plain("IsTruncated", page.truncated);
    for (number, part) in page.parts {
        xml.open("Part");
        xml.plain("PartNumber", number);
        match habits.parts.zoneless_times {
            true => xml.plain(
                "LastModified",
                part.modified.strftime("%a %b %d %H:%M:%S %Y"),
            ),
            false => xml.time("LastModified", part.modified, true),
        }
        xml.open("ETag");
        xml.escape("\"");
        xml.escape(&part.etag);
        xml.escape("\"");
        xml.close("ETag");
        if let (Some(checksum), Some(value)) = (upload.checksum, &part.checksum) {
            xml.text(&format!("Checksum{}", checksum.name), value);
        }
        if habits.parts.sizes {
            xml.plain("Size", part.size);
        }
        xml.close("Part");
    }
    xml.close("ListPartsResult");
    Answer::document(xml)
}
