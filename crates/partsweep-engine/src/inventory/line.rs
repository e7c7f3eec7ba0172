//! The lines of a saved scan.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::files::records::{Moment, UploadRecord};
use crate::listing::search::KeysAsked;
use crate::scan::events::BucketSummary;
use crate::scan::index::IndexCheck;

/// The name and version of the format.
pub const SCHEMA: &str = "partsweep.inventory/1";

/// What was scanned, when and how: the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version of partsweep that wrote it.
    pub version: String,
    /// The store, without credentials.
    pub endpoint: String,
    /// Who owns the buckets, as far as the store said so.
    pub account: Option<String>,
    /// When the scan began, by the clock of the machine that made it.
    pub started: Timestamp,
    /// What was asked for.
    pub selection: SavedSelection,
}

/// What was asked for, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSelection {
    /// Seconds without activity before an upload is swept.
    pub older_than_seconds: i64,
    /// Bytes below which an upload is kept.
    pub min_size: u64,
    /// What an upload has to cost a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_cost: Option<SavedCost>,
    /// `--include`
    pub include: Vec<String>,
    /// `--exclude`
    pub exclude: Vec<String>,
    /// `--bucket`
    pub bucket: Vec<String>,
    /// `--exclude-bucket`
    pub exclude_bucket: Vec<String>,
    /// The targets, `s3://BUCKET/PREFIX`; empty for all buckets of the account.
    pub targets: Vec<String>,
    /// Whether the buckets of all users were scanned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_users: bool,
}

/// An amount of money, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCost {
    /// A decimal number: `1.50`.
    pub amount: String,
    /// The code of its currency; none for that of the prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl SavedSelection {
    /// The age, as a duration.
    pub fn older_than(&self) -> SignedDuration {
        SignedDuration::from_secs(self.older_than_seconds.max(0))
    }

    /// Whether all buckets of the account were scanned.
    pub fn is_whole_account(&self) -> bool {
        let is_filtered = !self.bucket.is_empty() || !self.exclude_bucket.is_empty();
        self.targets.is_empty() && !is_filtered && !self.all_users
    }
}

/// How far a bucket was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedBucket {
    /// Its name.
    pub name: String,
    /// `complete`, `unproven`, `partial`, `denied`, `unsupported` or `failed`.
    pub listing: String,
    /// What was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SavedError>,
    /// Uploads that were found in it.
    pub uploads: u64,
    /// Those to be swept.
    pub sweep_uploads: u64,
    /// Findings that are kept only because something could not be learned.
    pub unclear: u64,
    /// Its region, where it is known.
    #[serde(default)]
    pub region: Option<String>,
    /// Uploads that were gone when they came to be sized; `None` in a file that does not say so.
    #[serde(default)]
    pub vanished: Option<u64>,
    /// Uploads that `include` and `exclude` left out; `None` in a file that does not say so.
    #[serde(default)]
    pub excluded: Option<u64>,
    /// What asking for keys one by one came to, if that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_asked: Option<KeysAsked>,
    /// The user who owns it, in a scan of all users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How the listing stands to the store's own count, in a scan of all users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Box<SavedIndex>>,
}

/// How a listing stands to the store's own count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedIndex {
    /// `agrees`, `differs`, `changed` or `failed`.
    pub check: String,
    /// Uploads that were listed; of `agrees` and `differs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<u64>,
    /// Uploads that the index counts; of `agrees` and `differs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
    /// Why the count could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SavedError>,
}

impl From<&IndexCheck> for SavedIndex {
    fn from(check: &IndexCheck) -> Self {
        let (word, numbers, error) = match check {
            IndexCheck::Agrees(uploads) => ("agrees", Some((*uploads, *uploads)), None),
            IndexCheck::Differs { listed, counted } => ("differs", Some((*listed, *counted)), None),
            IndexCheck::Changed => ("changed", None, None),
            IndexCheck::Failed(error) => ("failed", None, Some(error.into())),
            IndexCheck::Unreadable => ("failed", None, None),
        };
        Self {
            check: word.to_owned(),
            listed: numbers.map(|(listed, _)| listed),
            counted: numbers.map(|(_, counted)| counted),
            error,
        }
    }
}

impl From<&BucketSummary> for SavedBucket {
    fn from(summary: &BucketSummary) -> Self {
        Self {
            name: summary.name.as_str().to_owned(),
            listing: summary.listing.code().to_owned(),
            error: summary.listing.error().map(Into::into),
            uploads: summary.totals.uploads,
            sweep_uploads: summary.totals.sweepable_uploads,
            unclear: summary.unclear,
            region: summary.region.clone(),
            vanished: Some(summary.vanished),
            excluded: Some(summary.excluded),
            keys_asked: summary.asked,
            owner: summary.owner.clone(),
            index: (summary.index.as_ref()).map(|check| Box::new(check.into())),
        }
    }
}

/// Why a bucket was not seen whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedError {
    /// What class of failure it was, in a word.
    pub kind: String,
    /// What was asked.
    pub operation: String,
    /// The S3 error code: hostile text.
    pub code: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The S3 message, or what was wrong in our words.
    pub message: Option<String>,
    /// The store's request id.
    pub request_id: Option<String>,
}

impl From<&StoreError> for SavedError {
    fn from(error: &StoreError) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Self {
            kind: error.kind.code().to_owned(),
            operation: error.operation.name().to_owned(),
            code: text(&error.code),
            status: error.status,
            message: text(&error.message),
            request_id: text(&error.request_id),
        }
    }
}

/// What a line says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum InventoryLine<'a> {
    Header(InventoryHeaderLine<'a>),
    Upload {
        n: u64,
        #[serde(flatten, borrow)]
        upload: Box<UploadRecord<'a>>,
        verdict: SavedVerdict,
        because: Cow<'a, str>,
    },
    Bucket {
        n: u64,
        #[serde(flatten)]
        bucket: SavedBucket,
    },
    End(EndLine),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct InventoryHeaderLine<'a> {
    pub(super) schema: Cow<'a, str>,
    /// 128 random bits: no line of another file fits this one.
    pub(super) id: Cow<'a, str>,
    version: Cow<'a, str>,
    endpoint: Cow<'a, str>,
    account: Option<Cow<'a, str>>,
    started: Moment,
    selection: Cow<'a, SavedSelection>,
}

impl<'a> InventoryHeaderLine<'a> {
    pub(super) fn new(header: &'a Header, id: String) -> Self {
        Self {
            schema: SCHEMA.into(),
            id: id.into(),
            version: header.version.as_str().into(),
            endpoint: header.endpoint.as_str().into(),
            account: header.account.as_deref().map(Into::into),
            started: Moment(header.started),
            selection: Cow::Borrowed(&header.selection),
        }
    }
}

impl From<InventoryHeaderLine<'_>> for Header {
    fn from(line: InventoryHeaderLine<'_>) -> Self {
        Self {
            version: line.version.into_owned(),
            endpoint: line.endpoint.into_owned(),
            account: line.account.map(Cow::into_owned),
            started: line.started.0,
            selection: line.selection.into_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SavedVerdict {
    Sweep,
    Keep,
}

/// The closing line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndLine {
    pub(super) n: u64,
    #[serde(flatten)]
    pub(super) sums: Sums,
    /// SHA-256 of every byte before this line.
    pub(super) sha256: String,
}

/// What the lines add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) buckets: u64,
    pub(super) uploads: u64,
    pub(super) sweep_uploads: u64,
    /// The known ones added up.
    pub(super) sweep_bytes: u64,
}

/// Binds lines to their header.
#[derive(Debug, Clone)]
pub(super) struct Seal([u8; 32]);

/// `,"check":"0123456789abcdef"}`
const CHECK: &str = ",\"check\":\"";
const DIGITS: usize = 16;

impl Seal {
    /// The seal of this header line, without its end.
    pub(super) fn of(header: &[u8]) -> Self {
        Self(Sha256::digest(header).into())
    }

    /// Adds the check to a JSON object.
    pub(super) fn close(&self, object: &mut Vec<u8>) {
        object.pop();
        let check = self.check(object);
        for text in [CHECK, &check, "\"}"] {
            object.extend_from_slice(text.as_bytes());
        }
    }

    /// Whether a line is as it was written under this header.
    pub(super) fn holds(&self, line: &[u8]) -> bool {
        let Some((content, check)) = line
            .strip_suffix(b"\"}")
            .and_then(|line| line.split_at_checked(line.len().checked_sub(DIGITS)?))
        else {
            return false;
        };
        content
            .strip_suffix(CHECK.as_bytes())
            .is_some_and(|content| self.check(content).as_bytes() == check)
    }

    /// A digest of content under this header.
    pub(super) fn with(&self, content: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(content);
        hex(&hash.finalize())
    }

    fn check(&self, content: &[u8]) -> String {
        let mut digest = self.with(content);
        digest.truncate(DIGITS);
        digest
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
