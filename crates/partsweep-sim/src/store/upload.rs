//! An unfinished upload, and where it stands in the listing.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::acl::Acl;
use super::object::Attributes;
use crate::habits::Order;
use crate::hash::hash64;

/// What a client says of an object beside its data.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) attributes: Attributes,
    pub(crate) acl: Acl,
}

/// An unfinished upload.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) key: Arc<str>,
    pub(crate) id: Arc<str>,
    pub(crate) initiated: Timestamp,
    pub(crate) initiator: Arc<str>,
    pub(crate) storage_class: Arc<str>,
    pub(crate) about: Option<Arc<About>>,
    /// What it was begun with.
    pub(crate) checksum: Option<Checksum>,
    pub(crate) parts: BTreeMap<u32, Part>,
    /// The run of the server that it was begun in.
    pub(crate) run: u32,
}

/// A finished part.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    /// Without quotes.
    pub(crate) etag: String,
    /// In base64, as it was sent.
    pub(crate) checksum: Option<Arc<str>>,
}

/// The additional checksums that are known, by the name that their elements have after `Checksum`.
pub(crate) const CHECKSUMS: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// An additional checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checksum {
    /// Its elements have this after `Checksum`.
    pub(crate) name: &'static str,
    /// Of the whole object, not one for each part.
    pub(crate) is_of_object: bool,
}

/// Where an upload stands in the listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The key, or what the store sorts by instead; empty if it sorts by id alone.
    pub(crate) text: Arc<str>,
    pub(crate) id: Arc<str>,
}

impl Position {
    /// Before all uploads whose text is `text` or greater.
    pub(crate) fn at(text: &str) -> Self {
        Self {
            text: text.into(),
            id: "".into(),
        }
    }

    /// Where an upload of that key and id stands.
    pub(crate) fn of(order: Order, key: &str, id: &str) -> Self {
        let text = match order {
            Order::KeyThenId => key.into(),
            Order::MetaName => format!("{key}.{id}.meta").into(),
            Order::Id => "".into(),
            Order::Hidden => format!("{:016x} {key}", hash64(key)).into(),
        };
        Self {
            text,
            id: id.into(),
        }
    }

    /// Where an upload stands; shares its memory where it can.
    pub(crate) fn of_upload(order: Order, upload: &Upload) -> Self {
        match order {
            Order::KeyThenId => Self {
                text: Arc::clone(&upload.key),
                id: Arc::clone(&upload.id),
            },
            Order::MetaName | Order::Id | Order::Hidden => Self::of(order, &upload.key, &upload.id),
        }
    }
}
