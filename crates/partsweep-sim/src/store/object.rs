//! A finished object, and what a client says of one beside its data.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::acl::Acl;
use super::data::Hold;
use crate::percent;
use crate::wire::request::Call;

/// A finished object.
#[derive(Debug)]
pub(crate) struct Object {
    /// Bytes.
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) modified: Timestamp,
    /// Bytes of each part, if it was made of parts.
    pub(crate) parts: Vec<u64>,
    pub(crate) attributes: Attributes,
    /// Whether the store has lost the tags that came with it (Ceph, those of an upload).
    pub(crate) tags_lost: bool,
    pub(crate) acl: Acl,
    pub(crate) hold: Hold,
}

/// What a client says of an object when it writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Headers that come back with the object, by their lower-case names: `content-type`,
    /// `cache-control` and the like, and `x-amz-meta-*`.
    pub headers: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The storage class.
    pub storage_class: String,
}

impl Default for Attributes {
    /// No headers, no tags, `STANDARD`.
    fn default() -> Self {
        Self {
            headers: BTreeMap::new(),
            tags: BTreeMap::new(),
            storage_class: STANDARD.to_owned(),
        }
    }
}

/// The storage class of what names none.
pub(crate) const STANDARD: &str = "STANDARD";

/// The headers beside `x-amz-meta-*` that are kept with an object.
const KEPT: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

impl Attributes {
    /// Reads what a request says.
    pub(crate) fn read(call: &Call) -> Self {
        Self {
            headers: Self::headers_of(call),
            tags: Self::tags_of(call),
            storage_class: Self::class_of(call),
        }
    }

    pub(crate) fn headers_of(call: &Call) -> BTreeMap<String, String> {
        call.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .filter(|(name, _)| KEPT.contains(name) || name.starts_with("x-amz-meta-"))
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value).into_owned();
                (name.to_owned(), value)
            })
            .collect()
    }

    pub(crate) fn tags_of(call: &Call) -> BTreeMap<String, String> {
        let decode = |text| percent::decode(text, true).unwrap_or_default();
        call.header("x-amz-tagging")
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    }

    pub(crate) fn class_of(call: &Call) -> String {
        call.header("x-amz-storage-class")
            .unwrap_or(STANDARD)
            .to_owned()
    }
}
