//! What is shown of an upload before it is completed.

use std::io::{self, Write};

use jiff::Timestamp;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    DefaultRetention, ObjectHead, OlderVersions, RescueLook, RetentionLength, Upload,
    UploadChecksum, escape,
};

use crate::terminal::console::Console;
use crate::text::figures::{about, amount, bytes, count, counted, minute};
use crate::text::fit::wrapped;

/// The columns before a value.
const BEFORE_VALUE: usize = 15;

/// The upload, its parts, what is at the key, and what the object would be.
pub(super) fn upload(
    look: &RescueLook,
    retention: Option<DefaultRetention>,
    console: &Console,
) -> io::Result<()> {
    let mut output = console.styled_output();
    let address = &look.upload.address;
    let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
    writeln!(output, "\n{}", escape::for_terminal(&url))?;
    let rows = [
        (
            "Upload ID",
            escape::for_terminal(address.id.as_str()).into_owned(),
        ),
        ("Started", since(look.upload.initiated, look)),
        ("Newest part", since(look.footprint.newest_part, look)),
        ("Parts", parts(look)),
        ("Size", size(look)),
        (
            "ETag",
            match &look.completed_etag {
                _ if look.parts.is_empty() => "none without parts".to_owned(),
                _ if missing(look) > 0 => "depends on the parts that are missing".to_owned(),
                Some(etag) => format!("{etag} (computed)"),
                None => "can't be computed".to_owned(),
            },
        ),
        ("At the key", at_the_key(look)),
    ];
    let checksum = checksum(look).map(|value| ("Checksum", value));
    let lock = retention.map(|retention| ("Object Lock", locked(retention)));
    for (name, value) in rows.into_iter().chain(checksum).chain(lock) {
        // Ids and ETags are copied: they stay whole.
        let is_copied = matches!(name, "Upload ID" | "ETag");
        let width = console.width().filter(|_| !is_copied);
        row(name, &value, width, &mut *output)?;
    }
    writeln!(output)?;
    output.flush()
}

/// A name and its value, broken between words.
pub(super) fn row(
    name: &str,
    value: &str,
    width: Option<usize>,
    output: &mut dyn Write,
) -> io::Result<()> {
    let value = wrapped(value, width, BEFORE_VALUE);
    writeln!(output, "  {name:<12} {value}")
}

/// The uploads of a key, to choose one.
pub(super) fn choice(uploads: &[Upload], console: &Console) -> io::Result<()> {
    let mut output = console.styled_output();
    writeln!(output, "Started (UTC)     Upload ID")?;
    for upload in uploads {
        let started = upload
            .initiated
            .map_or_else(|| "unknown".to_owned(), minute);
        let id = escape::for_terminal(upload.address.id.as_str()).into_owned();
        writeln!(output, "{started:<17} {id}")?;
    }
    output.flush()
}

fn since(time: Option<Timestamp>, look: &RescueLook) -> String {
    let Some(time) = time else {
        return "unknown".to_owned();
    };
    if !look.clock.is_proven() {
        return format!("{} by the store's dates", minute(time));
    }
    let now = look.now.filter(|now| look.clock.can_be(time, *now));
    let ago = now.and_then(|now| look.clock.age(time, now));
    let ago = ago.map_or_else(String::new, |ago| format!(", {} ago", about(ago)));
    format!("{} UTC{ago}", minute(time))
}

/// For how long the object can't be deleted.
fn locked(retention: DefaultRetention) -> String {
    let length = match retention.length {
        RetentionLength::Days(days) => counted(days.into(), "day"),
        RetentionLength::Years(years) => counted(years.into(), "year"),
    };
    match retention.is_compliance {
        true => format!("nobody can delete the object for {length} (compliance mode)"),
        false => format!(
            "the object can be deleted for {length} only by s3:BypassGovernanceRetention (governance mode)"
        ),
    }
}

/// The additional checksum that the upload was begun with.
fn checksum(look: &RescueLook) -> Option<String> {
    match look.checksums.of_upload() {
        UploadChecksum::None => None,
        UploadChecksum::Known(algorithm) => Some(algorithm.name().to_owned()),
        UploadChecksum::Unknown(name) => Some(escape::for_terminal(&name).into_owned()),
    }
}

/// How many parts are missing below the highest.
fn missing(look: &RescueLook) -> u64 {
    let last = look.parts.last().map_or(0, |last| u64::from(last.number));
    last.saturating_sub(look.parts.len() as u64)
}

fn parts(look: &RescueLook) -> String {
    let (Some(first), Some(last)) = (look.parts.first(), look.parts.last()) else {
        return amount(look.footprint.parts);
    };
    let numbers = format!(
        "{}, numbered {} to {}",
        amount(look.footprint.parts),
        first.number,
        last.number
    );
    let missing = match missing(look) {
        0 => "none missing".to_owned(),
        missing => format!("{} missing", count(missing)),
    };
    let (_, before) = look.parts.split_last().unwrap_or((last, &[]));
    let sizes = before.iter().map(|part| part.bytes);
    let sized = |size: Option<u64>| size.map_or_else(|| "?".to_owned(), bytes);
    let sizes = match (sizes.clone().min(), sizes.max()) {
        (Some(least), Some(most)) if least == most && most == last.bytes => {
            format!("; {} each", sized(most))
        }
        (Some(least), Some(most)) if least == most => {
            let (each, last_one) = (sized(most), sized(last.bytes));
            // Not by much, but it is another size.
            let last_one = match (last.bytes, each == last_one) {
                (Some(bytes), true) => format!("{} bytes", count(bytes)),
                _ => last_one,
            };
            format!("; {each} each, the last {last_one}")
        }
        (Some(least), Some(most)) => {
            let last = sized(last.bytes);
            // Not by much, but they are of different sizes.
            let sized = |size: Option<u64>| match sized(least) == sized(most) {
                true => size.map_or_else(|| "?".to_owned(), |size| count(size) + " bytes"),
                false => sized(size),
            };
            format!("; {} to {}, the last {last}", sized(least), sized(most))
        }
        _ => String::new(),
    };
    format!("{numbers}, {missing}{sizes}")
}

fn size(look: &RescueLook) -> String {
    match look.footprint.bytes.exact() {
        Some(total) if missing(look) > 0 => {
            format!(
                "{} ({total} bytes) in the parts that are there",
                bytes(total)
            )
        }
        Some(total) => format!("{} ({total} bytes)", bytes(total)),
        None if look.footprint.bytes.known() == 0 => "unknown".to_owned(),
        None => format!("at least {}", bytes(look.footprint.bytes.known())),
    }
}

fn at_the_key(look: &RescueLook) -> String {
    let older = match look.older.shown() {
        Some([]) => String::new(),
        Some(older) => format!("; {} below it", counted(older.len() as u64, "version")),
        None => "; older versions can't be seen".to_owned(),
    };
    let object = match &look.object {
        ObjectSight::Absent if matches!(look.older, OlderVersions::Deleted { .. }) => {
            "no object: it was deleted".to_owned()
        }
        ObjectSight::Absent => "no object".to_owned(),
        ObjectSight::NotVisible => "can't be seen".to_owned(),
        ObjectSight::Present(object) => described(object),
    };
    format!("{object}{older}")
}

/// Size, date and ETag of an object.
pub(super) fn described(object: &ObjectHead) -> String {
    let size = object
        .bytes
        .map_or_else(|| "unknown size".to_owned(), bytes);
    let mut words = format!("an object of {size}");
    if let Some(time) = object.last_modified {
        words.push_str(&format!(", last modified {} UTC", minute(time)));
    }
    if let Some(etag) = &object.etag {
        words.push_str(&format!(", ETag {}", escape::for_terminal(etag)));
    }
    words
}
