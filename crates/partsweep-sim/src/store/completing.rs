//! Completing and aborting uploads, also when one crosses the other.
//!
//! A complete takes a while, and has three moments: it begins; the object is linked and the upload
//! is listed no more; it answers. What an abort does in between differs from store to store.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};

use super::data::Hold;
use super::object::Object;
use super::state::{Bucket, Ended, Linked, PendingComplete};
use super::upload::{About, CHECKSUMS, Checksum, Part, Upload};
use crate::habits::{Checksums, Crossing, Gone, Habits};
use crate::hash::hex;
use crate::wire::answer::Refusal;
use crate::wire::markup;

/// A part that a complete names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPart {
    pub(crate) number: u32,
    /// Without quotes; `None` is not checked.
    pub(crate) etag: Option<String>,
    /// The names of its checksums, and what they are.
    pub(crate) checksums: Vec<(&'static str, String)>,
}

/// The least size of each part but the last, bytes (5 MiB).
const LEAST_PART: u64 = 5 * 1024 * 1024;

impl Bucket {
    /// Begins a complete; `named` is `None` for all parts that are there, whatever their sizes.
    pub(crate) fn begin_complete(
        &mut self,
        key: &str,
        id: &str,
        named: Option<&[NamedPart]>,
        habits: &Habits,
    ) -> Result<(), Refusal> {
        let upload = self
            .uploads
            .get(key, id)
            .ok_or_else(Refusal::no_such_upload)?;
        let mut upload = upload.into_owned();
        if let Some(named) = named {
            check_parts(&upload, named, habits)?;
            upload
                .parts
                .retain(|number, _| named.iter().any(|part| part.number == *number));
        }
        let id = Arc::clone(&upload.id);
        self.completing.insert(
            id,
            PendingComplete {
                upload,
                crossed: false,
                linked: None,
            },
        );
        Ok(())
    }

    /// Makes the object appear, once, and takes the upload out of the listing.
    pub(crate) fn link_complete(&mut self, id: &str, now: Timestamp, habits: &Habits) {
        let Some(PendingComplete {
            upload,
            crossed,
            linked,
        }) = self.completing.get_mut(id)
        else {
            return;
        };
        if linked.is_some() {
            return;
        }
        let (key, id) = (Arc::clone(&upload.key), Arc::clone(&upload.id));
        let doomed = *crossed && habits.complete.crossing == Crossing::LostAtCollection;
        let hold = match (*crossed, habits.complete.crossing) {
            (true, Crossing::NeverAppears) => None,
            (true, Crossing::LostAtOnce) => Some(Hold::segments_gone()),
            (true, Crossing::Whole | Crossing::LostAtCollection) | (false, _) => {
                Some(Hold::fresh())
            }
        };
        let ended = Ended {
            at: now,
            completed: Some(upload.clone()),
        };
        let trigger = hold.as_ref().map(Hold::trigger);
        if let (true, Some(trigger)) = (doomed, &trigger) {
            trigger.pull();
        }
        let version = hold.map(|hold| {
            let object = object_of(upload, now, hold, habits);
            self.objects.put(&key, object)
        });
        *linked = Some(Linked { trigger, version });
        self.uploads.remove(&key, &id);
        self.ended.insert(id, ended);
    }

    /// Ends a complete, which is then answered; returns the object's ETag and version id.
    pub(crate) fn finish_complete(&mut self, id: &str) -> Option<(String, Option<Arc<str>>)> {
        let complete = self.completing.remove(id)?;
        let version = complete.linked.and_then(|linked| linked.version);
        Some((multipart_etag(&complete.upload), version))
    }

    /// The ETag of an upload that was completed before, where that may be asked again.
    pub(crate) fn completed_before(&self, key: &str, id: &str, habits: &Habits) -> Option<String> {
        let completed = self.ended.get(id)?.completed.as_ref()?;
        (habits.complete.repeatable && &*completed.key == key).then(|| multipart_etag(completed))
    }

    /// Aborts an upload; `Ok` is 204.
    pub(crate) fn abort(
        &mut self,
        key: &str,
        id: &str,
        now: Timestamp,
        habits: &Habits,
    ) -> Result<(), Refusal> {
        if self.uploads.remove(key, id).is_some() {
            if let Some(complete) = self.completing.get_mut(id) {
                complete.crossed = true;
            }
            self.ended.insert(
                id.into(),
                Ended {
                    at: now,
                    completed: None,
                },
            );
            return Ok(());
        }
        let linked = self
            .completing
            .get(id)
            .and_then(|complete| complete.linked.as_ref());
        if let (Some(linked), Crossing::LostAtCollection) = (linked, habits.complete.crossing) {
            // Measured on Ceph: an abort that is answered 404 while the complete has not answered
            // yet takes the data away as well.
            if let Some(trigger) = &linked.trigger {
                trigger.pull();
            }
        }
        self.gone(id, now, habits)
    }

    /// Answers an abort that found no upload.
    fn gone(&self, id: &str, now: Timestamp, habits: &Habits) -> Result<(), Refusal> {
        let (gone, since) = match self.ended.get(id) {
            Some(Ended {
                completed: Some(_),
                at,
            }) => (habits.abort.completed, *at),
            Some(Ended {
                completed: None,
                at,
            }) => (habits.abort.again, *at),
            None => (habits.abort.unknown, now),
        };
        let young = now.duration_since(since) < SignedDuration::from_hours(24);
        match gone {
            Gone::NoContent => Ok(()),
            Gone::NoContentForADay if young => Ok(()),
            Gone::NoContentForADay | Gone::NoSuchUpload => Err(Refusal::no_such_upload()),
            Gone::NoSuchKey => Err(Refusal::no_such_key()),
        }
    }
}

fn object_of(upload: &Upload, now: Timestamp, hold: Hold, habits: &Habits) -> Object {
    let parts: Vec<u64> = upload.parts.values().map(|part| part.size).collect();
    let About {
        mut attributes,
        acl,
    } = upload.about.as_deref().cloned().unwrap_or_default();
    let tags_lost = !habits.objects.tags_of_uploads && !attributes.tags.is_empty();
    if tags_lost {
        attributes.tags.clear();
    }
    attributes.storage_class = upload.storage_class.to_string();
    Object {
        size: parts.iter().sum(),
        etag: multipart_etag(upload),
        modified: now,
        parts,
        attributes,
        tags_lost,
        acl,
        hold,
    }
}

/// The MD5 of the parts' ETags, which are hexadecimal, and how many they are, as S3 does.
pub(crate) fn multipart_etag(upload: &Upload) -> String {
    let mut hash = Md5::new();
    for part in upload.parts.values() {
        for pair in part.etag.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            hash.update([u8::from_str_radix(pair, 16).unwrap_or_default()]);
        }
    }
    format!("{}-{}", hex(&hash.finalize()), upload.parts.len())
}

fn check_parts(upload: &Upload, named: &[NamedPart], habits: &Habits) -> Result<(), Refusal> {
    if named.is_empty() {
        return Err(Refusal::new(400, "MalformedXML"));
    }
    if !habits.complete.any_order && !named.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Refusal::new(400, "InvalidPartOrder"));
    }
    let last = named.iter().map(|part| part.number).max();
    for part in named {
        let stored = upload
            .parts
            .get(&part.number)
            .filter(|stored| part.etag.as_ref().is_none_or(|etag| *etag == stored.etag))
            .ok_or_else(|| Refusal::new(400, "InvalidPart"))?;
        check_checksum(upload, part, stored, habits)?;
        if stored.size < LEAST_PART && Some(part.number) != last {
            return Err(Refusal::new(400, "EntityTooSmall"));
        }
    }
    Ok(())
}

/// Refuses a part without the checksum that its upload was begun with, if that is one of each part, or with another.
fn check_checksum(
    upload: &Upload,
    part: &NamedPart,
    stored: &Part,
    habits: &Habits,
) -> Result<(), Refusal> {
    let Some(Checksum { name, is_of_object }) = upload.checksum else {
        return Ok(());
    };
    let named = part.checksums.iter().find(|(of, _)| *of == name);
    match named {
        Some((_, value)) if Some(value.as_str()) == stored.checksum.as_deref() => Ok(()),
        Some(_) => Err(Refusal::new(400, "InvalidPart")),
        None if is_of_object && habits.parts.checksums == Checksums::OfParts => Ok(()),
        None => Err(Refusal::new(400, "InvalidRequest")),
    }
}

/// Reads the parts that a CompleteMultipartUpload document names; `None` if it is not one.
pub(crate) fn named_parts(document: &str) -> Option<Vec<NamedPart>> {
    if !document.contains("</CompleteMultipartUpload>") {
        return None;
    }
    markup::elements(document, "Part")
        .map(|part| {
            let etag = markup::text(part, "ETag").map(|etag| etag.trim_matches('"').to_owned());
            let checksum = |name| Some((name, markup::text(part, &format!("Checksum{name}"))?));
            Some(NamedPart {
                checksums: CHECKSUMS.into_iter().filter_map(checksum).collect(),
                number: markup::text(part, "PartNumber")?.parse().ok()?,
                etag,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_a_complete_names_are_read() {
        let document = "<CompleteMultipartUpload><Part><ETag>&quot;a&quot;</ETag><ChecksumSHA1>AAAA</ChecksumSHA1><PartNumber>2\
                        </PartNumber></Part></CompleteMultipartUpload>";
        let part = NamedPart {
            number: 2,
            etag: Some("a".to_owned()),
            checksums: vec![("SHA1", "AAAA".to_owned())],
        };
        assert_eq!(named_parts(document), Some(vec![part]));
        assert_eq!(named_parts("<CompleteMultipartUpload><Part>"), None);
        assert_eq!(named_parts("<html/>"), None);
    }
}
