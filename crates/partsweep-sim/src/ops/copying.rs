//! CopyObject and UploadPartCopy.

use jiff::Timestamp;

use super::conditions::{OF_SOURCE, OF_SOURCE_ON_CEPH, PLAIN};
use super::uploading::part_number;
use crate::habits::{CopiedData, CopiedTags, Habits, SourceConditions};
use crate::percent;
use crate::store::acl::Acl;
use crate::store::data::Hold;
use crate::store::keys;
use crate::store::object::{Attributes, Object};
use crate::store::state::{Bucket, NewPart, State};
use crate::store::versions::Versioning;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::operation::Operation;
use crate::wire::request::{COPY_SOURCE, Call};
use crate::wire::xml::Xml;

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: Option<String>,
}

impl Source {
    /// Reads `x-amz-copy-source`: `bucket/key`, percent-encoded, with or without a slash before it
    /// and `?versionId=` behind it; `None` if it is not that.
    pub(crate) fn read(call: &Call) -> Option<Self> {
        let header = call.header(COPY_SOURCE)?;
        let (path, version) = match header.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (header, None),
        };
        let path = percent::decode(path, false)?;
        let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/')?;
        Some(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version,
        })
    }

    fn of(call: &Call, habits: &Habits) -> Result<Self, Refusal> {
        let source = Self::read(call).ok_or_else(|| {
            Refusal::invalid_argument("Copy Source must mention the source bucket and key")
        })?;
        let key = keys::kept(habits.keys, &source.key)?.into_owned();
        Ok(Self { key, ..source })
    }

    /// Finds it, and checks what the request demands of it.
    fn find<'a>(
        &self,
        state: &'a State,
        call: &Call,
        habits: &Habits,
    ) -> Result<(&'a Bucket, &'a str, &'a Object), Refusal> {
        let bucket = state.bucket(&self.bucket)?;
        let version = self.version.as_deref();
        let (id, object) = bucket.objects.find(&self.key, version, &habits.objects)?;
        match (habits.objects.copy.conditions, call.operation) {
            (SourceConditions::AsDocumented, _) => OF_SOURCE.check(call, object)?,
            (SourceConditions::Misnamed, Operation::CopyObject) => {
                OF_SOURCE_ON_CEPH.check(call, object)?;
            }
            (SourceConditions::Misnamed, _) => {}
        }
        object.hold.data().readable()?;
        Ok((bucket, id, object))
    }
}

/// Answers CopyObject.
pub(crate) fn copy_object(
    state: &mut State,
    call: &Call,
    (name, key): (&str, &str),
    now: Timestamp,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let copy = &habits.objects.copy;
    let source = Source::of(call, habits)?;
    if copy.conditional {
        PLAIN.check_target(call, state.bucket(name)?.objects.current(key))?;
    }
    let fresh_etag = state.ids.etag();
    let (from, from_version, object) = source.find(state, call, habits)?;
    check_size(object.size, habits)?;
    let same_key = (source.bucket.as_str(), source.key.as_str()) == (name, key);
    if same_key && source.version.is_none() && !changes_anything(call, object) {
        return Err(Refusal::new(400, "InvalidRequest").because(ONTO_ITSELF));
    }
    let keeps_parts = copy.keeps_parts || object.parts.is_empty();
    let mut copied = Object {
        size: object.size,
        etag: if keeps_parts {
            object.etag.clone()
        } else {
            fresh_etag
        },
        modified: now,
        parts: if keeps_parts {
            object.parts.clone()
        } else {
            Vec::new()
        },
        attributes: attributes(call, object, habits),
        tags_lost: object.tags_lost && !replaces(call, "x-amz-metadata-directive"),
        acl: Acl::read(call)?,
        hold: match copy.data {
            CopiedData::Own => Hold::fresh(),
            CopiedData::Shared => object.hold.share(),
        },
    };
    let in_place = same_key && from.objects.overwrites(from_version);
    let told = (from.objects.versioning != Versioning::Never).then(|| from_version.to_owned());
    let etag = copied.etag.clone();
    let objects = &mut state.bucket_mut(name)?.objects;
    if in_place && copy.data == CopiedData::Shared {
        // Measured on Ceph: only what is said of the object is written anew.
        let old = objects.find_mut(key, source.version.as_deref(), &habits.objects)?;
        std::mem::swap(&mut old.hold, &mut copied.hold);
    }
    let version = objects.put(key, copied);
    let mut answer = result("CopyObjectResult", &etag, now, habits)?;
    if copy.tells_versions {
        if let Some(told) = told {
            answer = answer.with("x-amz-copy-source-version-id", told);
        }
        answer = crate::ops::objects::with_version(answer, objects, &version, habits);
    }
    Ok(answer)
}

const ONTO_ITSELF: &str = "This copy request is illegal because it is trying to copy an object to \
                           itself without changing the object's metadata, storage class, website \
                           redirect location or encryption attributes.";

fn replaces(call: &Call, directive: &str) -> bool {
    call.header(directive) == Some("REPLACE")
}

fn changes_anything(call: &Call, object: &Object) -> bool {
    let class = call.header("x-amz-storage-class");
    replaces(call, "x-amz-metadata-directive")
        || class.is_some_and(|class| class != object.attributes.storage_class)
}

fn attributes(call: &Call, source: &Object, habits: &Habits) -> Attributes {
    let replaced = replaces(call, "x-amz-metadata-directive");
    let tags = match habits.objects.copy.tags {
        CopiedTags::ByDirective if replaces(call, "x-amz-tagging-directive") => {
            Attributes::tags_of(call)
        }
        CopiedTags::WithMetadata if replaced => Default::default(),
        CopiedTags::ByDirective | CopiedTags::WithMetadata => source.attributes.tags.clone(),
    };
    Attributes {
        headers: if replaced {
            Attributes::headers_of(call)
        } else {
            source.attributes.headers.clone()
        },
        tags,
        // It does not come from the source, but from the request or is STANDARD.
        storage_class: Attributes::class_of(call),
    }
}

fn check_size(size: u64, habits: &Habits) -> Result<(), Refusal> {
    match habits.objects.copy.limit {
        Some(limit) if size > limit.most => Err(Refusal::new(400, limit.code).because(
            "The specified copy source is larger than the maximum allowable size for a copy \
             source",
        )),
        _ => Ok(()),
    }
}

/// Answers UploadPartCopy; the part has data of its own on every store.
pub(crate) fn copy_part(
    state: &mut State,
    call: &Call,
    (name, key): (&str, &str),
    now: Timestamp,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    if !habits.objects.copy.parts {
        return Err(Refusal::new(501, "NotImplemented"));
    }
    let number = part_number(call, habits)?;
    let source = Source::of(call, habits)?;
    let (_, _, object) = source.find(state, call, habits)?;
    let size = match call.header("x-amz-copy-source-range") {
        None => object.size,
        Some(range) => {
            let (status, code) = habits.objects.copy.bad_range;
            part_size(range, object.size).ok_or_else(|| Refusal::new(status, code))?
        }
    };
    check_size(size, habits)?;
    let part = NewPart {
        number,
        size,
        modified: now,
        md5: None,
    };
    let etag = state.put_part(name, key, call.upload_id(), part)?;
    result("CopyPartResult", &etag, now, habits)
}

/// Reads `bytes=FIRST-LAST`, both within the source; returns how many bytes that are.
fn part_size(range: &str, size: u64) -> Option<u64> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < size).then(|| last - first + 1)
}

fn result(root: &str, etag: &str, now: Timestamp, habits: &Habits) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 300);
    xml.root(root);
    xml.time("LastModified", now, true);
    if habits.objects.copy.quoted_etag {
        xml.text("ETag", &format!("\"{etag}\""));
    } else {
        xml.text("ETag", etag);
    }
    xml.close(root);
    Answer::document(xml)
}
