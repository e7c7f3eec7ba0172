//! Uploads, objects and times as a journal writes them, and back again.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{
    Amount, BucketName, Footprint, Key, KeyProof, ObjectHead, PlannedUpload, SpareName, Upload,
    UploadAddress, UploadId,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Text<'a> = Cow<'a, str>;

/// A time in RFC 3339, UTC, exact: the look compares times of the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// An upload as it was planned: everything, so that a journal alone is enough to settle it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UploadRecord<'a> {
    bucket: Text<'a>,
    key: Text<'a>,
    upload_id: Text<'a>,
    key_exact: bool,
    initiated: Option<Moment>,
    parts: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts_at_least: Option<u64>,
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes_at_least: Option<u64>,
    newest_part: Option<Moment>,
    all_dated: bool,
    storage_class: Option<Text<'a>>,
    owner: Option<Text<'a>>,
    initiator: Option<Text<'a>>,
}

impl<'a> From<&'a PlannedUpload> for UploadRecord<'a> {
    fn from(PlannedUpload { upload, footprint }: &'a PlannedUpload) -> Self {
        let text = |text: &'a Option<Arc<str>>| text.as_deref().map(Cow::Borrowed);
        Self {
            bucket: upload.address.bucket.as_str().into(),
            key: upload.address.key.as_str().into(),
            upload_id: upload.address.id.as_str().into(),
            key_exact: upload.key_proof == KeyProof::Exact,
            initiated: upload.initiated.map(Moment),
            parts: footprint.parts.exact(),
            parts_at_least: at_least(footprint.parts),
            bytes: footprint.bytes.exact(),
            bytes_at_least: at_least(footprint.bytes),
            newest_part: footprint.newest_part.map(Moment),
            all_dated: footprint.all_dated,
            storage_class: text(&upload.storage_class),
            owner: text(&upload.owner),
            initiator: text(&upload.initiator),
        }
    }
}

impl UploadRecord<'_> {
    /// The upload; fails for one that could not be aborted (law 5).
    pub(crate) fn planned(self) -> serde_json::Result<PlannedUpload> {
        let text = |text: Option<Text<'_>>| text.map(|text| Arc::from(&*text));
        let address = UploadAddress {
            bucket: BucketName::new(self.bucket).map_err(serde_json::Error::custom)?,
            key: Key::new(self.key).map_err(serde_json::Error::custom)?,
            id: UploadId::new(self.upload_id).map_err(serde_json::Error::custom)?,
        };
        let key_proof = match self.key_exact {
            true => KeyProof::Exact,
            false => KeyProof::Doubtful,
        };
        Ok(PlannedUpload {
            upload: Upload {
                address,
                key_proof,
                initiated: self.initiated.map(|moment| moment.0),
                storage_class: text(self.storage_class),
                owner: text(self.owner),
                initiator: text(self.initiator),
            },
            footprint: Footprint {
                parts: amount(self.parts, self.parts_at_least)?,
                bytes: amount(self.bytes, self.bytes_at_least)?,
                newest_part: self.newest_part.map(|moment| moment.0),
                all_dated: self.all_dated,
            },
        })
    }
}

fn at_least(amount: Amount) -> Option<u64> {
    match amount {
        Amount::AtLeast(n) => Some(n),
        Amount::Exact(_) | Amount::Unknown => None,
    }
}

fn amount(exact: Option<u64>, at_least: Option<u64>) -> serde_json::Result<Amount> {
    match (exact, at_least) {
        (Some(n), None) => Ok(Amount::Exact(n)),
        (None, Some(n)) => Ok(Amount::AtLeast(n)),
        (None, None) => Ok(Amount::Unknown),
        (Some(_), Some(_)) => Err(serde_json::Error::custom("an amount is exact and is not")),
    }
}

/// A finished object.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeadRecord<'a> {
    bytes: Option<u64>,
    last_modified: Option<Moment>,
    etag: Option<Text<'a>>,
    version: Option<Text<'a>>,
}

impl<'a> From<&'a ObjectHead> for HeadRecord<'a> {
    fn from(object: &'a ObjectHead) -> Self {
        Self {
            bytes: object.bytes,
            last_modified: object.last_modified.map(Moment),
            etag: object.etag.as_deref().map(Cow::Borrowed),
            version: object.version.as_deref().map(Cow::Borrowed),
        }
    }
}

impl From<HeadRecord<'_>> for ObjectHead {
    fn from(record: HeadRecord<'_>) -> Self {
        Self {
            bytes: record.bytes,
            last_modified: record.last_modified.map(|moment| moment.0),
            etag: record.etag.map(Cow::into_owned),
            version: record
                .version
                .map(|version| version.into_owned().into_boxed_str()),
        }
    }
}

/// What was seen at a key: `null`, an object, or `"not_visible"`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SightRecord<'a> {
    Absent(()),
    Present(HeadRecord<'a>),
    NotVisible(NotVisible),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum NotVisible {
    #[serde(rename = "not_visible")]
    NotVisible,
}

impl<'a> From<&'a ObjectSight> for SightRecord<'a> {
    fn from(sight: &'a ObjectSight) -> Self {
        match sight {
            ObjectSight::Absent => Self::Absent(()),
            ObjectSight::Present(object) => Self::Present(object.into()),
            ObjectSight::NotVisible => Self::NotVisible(NotVisible::NotVisible),
        }
    }
}

impl From<SightRecord<'_>> for ObjectSight {
    fn from(record: SightRecord<'_>) -> Self {
        match record {
            SightRecord::Absent(()) => Self::Absent,
            SightRecord::Present(object) => Self::Present(object.into()),
            SightRecord::NotVisible(NotVisible::NotVisible) => Self::NotVisible,
        }
    }
}

/// The name of a spare copy; nothing else can be read as one.
#[derive(Debug, Clone)]
pub(crate) struct SpareRecord(pub(crate) SpareName);

impl Serialize for SpareRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.key().as_str())
    }
}

impl<'de> Deserialize<'de> for SpareRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let name = SpareName::read(&name).map(Self);
        name.ok_or_else(|| D::Error::custom("not the name of a spare copy"))
    }
}
