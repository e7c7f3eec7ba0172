//! How a page of uploads is written.

use super::{UploadsPage, to_token};
use crate::access::rights::OWNER;
use crate::habits::{
    Class, Echo, Encoded, Encoding, Habits, Initiated, ListingHabits, Markers, People,
};
use crate::percent;
use crate::store::upload::Upload;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// Writes names as this store does, encoded or not.
struct Names {
    encoding: Encoding,
    asked: bool,
}

impl Names {
    fn encode(&self, text: &str) -> String {
        let kept: &[u8] = match (self.encoding.slash, self.encoding.fields) {
            (true, _) => b"",
            // Measured on Ceph.
            (false, Encoded::Key) => b"/*",
            (false, _) => b"/",
        };
        percent::encode(text, kept, self.encoding.space)
    }

    fn key(&self, xml: &mut Xml, name: &str, text: &str) {
        if self.asked && self.encoding.fields != Encoded::Nothing {
            xml.text(name, &self.encode(text));
        } else {
            xml.text(name, text);
        }
    }

    /// Writes a prefix, delimiter or marker.
    fn other(&self, xml: &mut Xml, name: &str, text: &str) {
        if self.asked && self.encoding.fields == Encoded::All {
            xml.text(name, &self.encode(text));
        } else {
            xml.text(name, text);
        }
    }
}

/// About how many bytes an upload takes on a page.
const UPLOAD_BYTES: usize = 600;

/// Writes a page as this store does.
pub(crate) fn write(
    page: &UploadsPage<'_>,
    call: &Call,
    caller: &str,
    limit: usize,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let listing = &habits.listing;
    let query = &call.query;
    let asked = query.get("encoding-type");
    let names = Names {
        encoding: listing.encoding,
        asked: asked == Some("url"),
    };
    let mut xml = Xml::new(habits.control, 1_000 + page.uploads.len() * UPLOAD_BYTES);
    xml.root("ListMultipartUploadsResult");
    xml.text(
        listing.bucket_element,
        call.bucket.as_deref().unwrap_or_default(),
    );
    for (name, parameter) in [
        ("KeyMarker", "key-marker"),
        ("UploadIdMarker", "upload-id-marker"),
        ("Prefix", "prefix"),
        ("Delimiter", "delimiter"),
    ] {
        let value = query.get(parameter).unwrap_or_default();
        if name == "UploadIdMarker" && (listing.empty_elements || !value.is_empty()) {
            xml.text(name, value);
        } else if !value.is_empty() || (listing.empty_elements && name != "Delimiter") {
            names.other(&mut xml, name, value);
        }
    }
    write_next(&mut xml, &names, page, listing.markers);
    xml.plain("MaxUploads", limit);
    let echoed = match listing.encoding.echo {
        Echo::Never => None,
        Echo::Url => asked.filter(|kind| *kind == "url"),
        Echo::Any => asked,
        Echo::Always => Some(asked.unwrap_or_default()),
    };
    if let Some(kind) = echoed {
        xml.text("EncodingType", kind);
    }
    if page.truncated || listing.markers != Markers::FirstOfNext {
        xml.plain("IsTruncated", page.truncated);
    }
    for upload in &page.uploads {
        write_upload(&mut xml, &names, upload, caller, listing);
    }
    for prefix in &page.prefixes {
        xml.open("CommonPrefixes");
        names.other(&mut xml, "Prefix", prefix);
        xml.close("CommonPrefixes");
    }
    xml.close("ListMultipartUploadsResult");
    Answer::document(xml)
}

fn write_next(xml: &mut Xml, names: &Names, page: &UploadsPage<'_>, markers: Markers) {
    let (key, id) = page
        .next
        .as_ref()
        .map_or(("", ""), |(key, id)| (&**key, &**id));
    if markers == Markers::Tokens {
        if page.truncated {
            xml.text("NextKeyMarker", &to_token(key));
            xml.text("NextUploadIdMarker", &to_token(id));
        }
        return;
    }
    let (key, id) = match markers {
        Markers::Both => (
            page.next.is_some().then_some(key),
            page.next.is_some().then_some(id),
        ),
        Markers::IdWithinKey => (
            page.truncated.then_some(key),
            (page.truncated && page.within_key).then_some(id),
        ),
        Markers::IdAlone => (None, page.truncated.then_some(id)),
        Markers::BothIfMore | Markers::FirstOfNext | Markers::Tokens => {
            (page.truncated.then_some(key), page.truncated.then_some(id))
        }
        Markers::KeyAlone => (page.truncated.then_some(key), None),
        Markers::EmptyAtEnd if page.truncated => (Some(key), Some(id)),
        Markers::EmptyAtOne if page.uploads.len() > 1 => (Some(key), Some(id)),
        Markers::EmptyAtEnd | Markers::EmptyAtOne => (Some(""), Some("")),
    };
    if let Some(key) = key {
        names.other(xml, "NextKeyMarker", key);
    }
    if let Some(id) = id {
        xml.text("NextUploadIdMarker", id);
    }
}

fn write_upload(
    xml: &mut Xml,
    names: &Names,
    upload: &Upload,
    caller: &str,
    listing: &ListingHabits,
) {
    xml.open("Upload");
    names.key(xml, "Key", &upload.key);
    xml.text("UploadId", &upload.id);
    write_people(xml, listing.people, caller, &upload.initiator);
    write_class(xml, listing.class, &upload.storage_class);
    match listing.initiated {
        Initiated::Millis => xml.time("Initiated", upload.initiated, true),
        Initiated::Seconds => xml.time("Initiated", upload.initiated, false),
        Initiated::ShortFraction => {
            let time = upload.initiated.strftime("%Y-%m-%dT%H:%M:%S%.fZ");
            xml.plain("Initiated", time);
        }
        Initiated::Constant(time) => xml.plain("Initiated", time),
        Initiated::Absent => {}
    }
    xml.close("Upload");
}

/// Writes `<Initiator>` and `<Owner>`.
pub(crate) fn write_people(xml: &mut Xml, people: People, caller: &str, initiator: &str) {
    let (prefix, initiator, owner, name) = match people {
        People::Real => ("arn:aws:iam::123456789012:user/", initiator, OWNER, None),
        People::Caller => ("", caller, caller, Some(caller)),
        People::Dummy(id, name) => ("", id, id, Some(name)),
        People::Empty => ("", "", "", Some("")),
        People::Absent => return,
    };
    for (element, prefix, id) in [("Initiator", prefix, initiator), ("Owner", "", owner)] {
        xml.open(element);
        xml.open("ID");
        xml.raw(prefix);
        xml.escape(id);
        xml.close("ID");
        if let Some(name) = name {
            xml.text("DisplayName", name);
        }
        xml.close(element);
    }
}

/// Writes `<StorageClass>`.
pub(crate) fn write_class(xml: &mut Xml, class: Class, real: &str) {
    match class {
        Class::Real => xml.text("StorageClass", real),
        Class::Standard => xml.plain("StorageClass", "STANDARD"),
        Class::Empty => xml.plain("StorageClass", ""),
        Class::Absent => {}
    }
}
