//! The requests that look.

use std::collections::HashSet;
use std::io;
use std::sync::PoisonError;

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketEntry, BucketName, Clock, Inspect, Key, KeyProof, MissingBuckets, ObjectHead,
    OlderVersions, Operation, PartPage, Provider, StoreError, StoreErrorKind, Upload,
    UploadAddress, UploadId, UploadPage,
};

use super::intern::{Interner, LONGEST_NOTE};
use super::long_pages::{Begun, LONGEST, PIECE, Place};
use crate::address::escape::push_parameter;
use crate::net::collect::Spilled;
use crate::net::look_age;
use crate::secrets::Secrets;
use crate::store::Store;
use crate::wire::request::Ask;
use crate::wire::send::Read;
use crate::xml::uploads::{self, LongPage, RawPage};
use crate::xml::{ReadError, buckets, key_encoding, parts};

/// What every store takes: more is cut to it by most and refused by some.
const PAGE: &str = "1000";

/// Where some stores cut a list of buckets.
const CUT_AT: usize = 1_000;

/// Buckets of one account at most: AWS raises the quota up to a million, and nobody shows more.
const MOST_BUCKETS: usize = 1_000_000;

/// Bytes of a key or an upload id that something can be done with. Keys have 1,024 at most; what is longer
/// fits into no line of a saved scan or journal.
const LONGEST_NAME: usize = 64 << 10;

impl Inspect for Store {
    fn provider(&self) -> Provider {
        self.known.provider()
    }

    fn clock(&self) -> Clock {
        self.known.clock()
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        self.regions.known(bucket).map(|region| region.to_string())
    }

    fn buckets_missing(&self) -> Option<MissingBuckets> {
        let missing = self.missing_buckets.lock();
        *missing.unwrap_or_else(PoisonError::into_inner)
    }

    async fn list_buckets(&self) -> Result<Vec<BucketEntry>, StoreError> {
        let mut buckets = Vec::new();
        let (mut seen, mut names) = (HashSet::new(), HashSet::new());
        let mut asked: Option<(&'static str, String)> = None;
        let mut missing = None;
        let mut echoes = 0;
        loop {
            let mut query = String::new();
            // AWS names the buckets' regions only if a parameter is sent; others may refuse it.
            if self.places.is_aws() {
                push_parameter(&mut query, "max-buckets", PAGE);
            }
            if let Some((name, value)) = &asked {
                push_parameter(&mut query, name, value);
            }
            let ask = Ask::new(Operation::ListBuckets, Method::GET, None).with_query(query);
            let page = match self.send(&ask, |_, body| buckets::read(body)).await {
                Ok(page) => page,
                // What was seen is there.
                Err(_) if asked.is_some() && !buckets.is_empty() => {
                    missing = Some(MissingBuckets::Some(
                        "the store failed to show its next page",
                    ));
                    break;
                }
                Err(error) => return Err(error),
            };
            let next = page.next(asked.as_ref());
            let count = page.buckets.len();
            let before = names.len();
            // A name or a region with a secret in it is an echo, not a bucket of the account.
            let mut shown = page.buckets;
            shown.retain(|bucket| !self.secrets.are_in_name(bucket.name.as_str()));
            echoes += count - shown.len();
            for bucket in &mut shown {
                let region = bucket.region.take();
                bucket.region = region.filter(|region| !self.secrets.are_in_name(region));
            }
            let new = shown.into_iter();
            buckets.extend(new.filter(|bucket| names.insert(bucket.name.clone())));
            if buckets.len() > MOST_BUCKETS {
                missing = Some(MissingBuckets::Some("the store lists buckets without end"));
                break;
            }
            let is_account =
                |owner: &String| owner.len() <= LONGEST_NOTE && !self.secrets.are_in_name(owner);
            if let Some(owner) = page.owner.filter(is_account) {
                // The same on every page.
                let _ = self.account.set(owner);
            }
            match next {
                Some(next) if !seen.insert(next.clone()) => {
                    missing = Some(MissingBuckets::Some(
                        "the store shows the same page for ever",
                    ));
                    break;
                }
                Some(_) if asked.is_some() && names.len() == before => {
                    missing = Some(MissingBuckets::Some(
                        "the store says that there is more, and shows nothing new",
                    ));
                    break;
                }
                Some(next) => asked = Some(next),
                None if page.truncated => {
                    missing = Some(MissingBuckets::Some(
                        "the store says that there is more, and not how to go on",
                    ));
                    break;
                }
                // Some cut the list there without a word (scality/cloudserver#633).
                None if count == CUT_AT && asked.is_none() && !self.places.is_aws() => {
                    missing = Some(MissingBuckets::Perhaps(
                        "the list of buckets has exactly 1,000, where some stores cut it without saying so",
                    ));
                    break;
                }
                None => break,
            }
        }
        if echoes > 0 {
            missing = Some(MissingBuckets::Some(
                "the names of some buckets hold secrets that were sent, and are not shown",
            ));
        }
        *self
            .missing_buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = missing;
        for bucket in &buckets {
            if let Some(region) = &bucket.region {
                self.regions.learn(&bucket.name, region);
            }
        }
        Ok(buckets)
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        if let Some(begun) = self.long_pages.take(bucket, prefix, after) {
            return self.next_piece(bucket, prefix, begun);
        }
        let plain = match self.list_page(bucket, prefix, after, false).await {
            Ok(page) if page.shows_all => return Ok(page.upload_page),
            // rclone says so of a bucket that never had an upload; of a later page it is no end
            // (Garage says so of an upload-id-marker that it does not know).
            Err(error)
                if error.kind == StoreErrorKind::NoSuchUpload && *after == Markers::START =>
            {
                return Ok(UploadPage::default());
            }
            Ok(page) => Ok(page),
            Err(error)
                if matches!(
                    error.kind,
                    StoreErrorKind::Malformed | StoreErrorKind::Server
                ) =>
            {
                Err(error)
            }
            Err(error) => return Err(error),
        };
        let encoded = self.list_page(bucket, prefix, after, true).await;
        match (plain, encoded) {
            (Ok(plain), Ok(encoded)) => Ok(mended(bucket, plain, &encoded, &self.secrets)),
            // The keys that it could not show stay doubtful.
            (Ok(plain), Err(_)) => Ok(plain.upload_page),
            (Err(_), Ok(encoded)) => Ok(encoded.upload_page),
            (Err(error), Err(_)) => Err(error),
        }
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        match self.part_page(upload, after, false).await {
            // Swift cannot write such a key into its answer, unless it may encode it.
            Err(error)
                if matches!(
                    error.kind,
                    StoreErrorKind::Malformed | StoreErrorKind::Server
                ) && upload.key.as_str().contains(char::is_control) =>
            {
                self.part_page(upload, after, true).await.map_err(|_| error)
            }
            answer => answer,
        }
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        self.look_at_object(bucket, key).await
    }

    async fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        self.look_at_older(bucket, key).await
    }
}

/// A page of a listing with the text it was read from, which mending looks at again.
struct ListedPage {
    upload_page: UploadPage,
    /// No key or marker has a character that could not be shown.
    shows_all: bool,
    text: Bytes,
}

impl Store {
    /// Asks for a page of parts. An answer about another upload is none.
    async fn part_page(
        &self,
        upload: &UploadAddress,
        after: u32,
        encoded: bool,
    ) -> Result<PartPage, StoreError> {
        let mut query = String::new();
        if encoded {
            push_parameter(&mut query, "encoding-type", "url");
        }
        // No `max-parts`: every store's own page has 1,000 or more. SeaweedFS's has all 10,000, and
        // asked for 1,000 it puts part 10,000 on the first page and loses those between.
        if after > 0 {
            push_parameter(&mut query, "part-number-marker", &after.to_string());
        }
        push_parameter(&mut query, "uploadId", upload.id.as_str());
        let ask = Ask::new(Operation::ListParts, Method::GET, Some(&upload.bucket))
            .with_key(&upload.key)
            .with_query(query);
        let read = |headers: &HeaderMap, body: &Bytes| {
            let (mut page, about) = parts::read(body)?;
            page.names_upload = about.is_of(upload)?;
            let newest = page
                .parts
                .iter()
                .filter_map(|part| part.last_modified)
                .max();
            page.date = self.known.now(headers, newest);
            page.answered = look_age::now();
            Ok(page)
        };
        self.send(&ask, read).await
    }

    /// Asks for one page of uploads, plain or with `encoding-type=url`. No parameter is ever empty
    /// (`delimiter=` alone hides all uploads on Swift), and there is never a delimiter.
    async fn list_page(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
        encoded: bool,
    ) -> Result<ListedPage, StoreError> {
        let mut query = String::from("uploads");
        push_parameter(&mut query, "max-uploads", PAGE);
        if encoded {
            push_parameter(&mut query, "encoding-type", "url");
        }
        let optional = [
            ("prefix", Some(prefix).filter(|prefix| !prefix.is_empty())),
            ("key-marker", after.key.as_deref()),
            ("upload-id-marker", after.id.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                push_parameter(&mut query, name, value);
            }
        }
        let mut ask =
            Ask::new(Operation::ListMultipartUploads, Method::GET, Some(bucket)).with_query(query);
        if !encoded {
            // A page that cannot be read plainly twice is asked for encoded.
            ask.unreadable_tries = 2;
        }
        let read = |headers: &HeaderMap, body: &Bytes| {
            let raw = uploads::read(body)?;
            let shows_all = key_encoding::shows_all(&raw);
            if shows_all && raw.entries.len() > LONGEST {
                drop(raw);
                return long_page(Begun {
                    page: LongPage::new(io::Cursor::new(body.clone())),
                    encoded,
                    headers: headers.clone(),
                });
            }
            Ok(Listed::Whole(ListedPage {
                upload_page: self.upload_page(bucket, &raw, encoded, headers),
                shows_all,
                text: body.clone(),
            }))
        };
        let long = |headers: &HeaderMap, spilled: Spilled| {
            long_page(Begun {
                page: LongPage::new(spilled),
                encoded,
                headers: headers.clone(),
            })
        };
        match self.send_and_read(&ask, ReadPage { read, long }).await? {
            Listed::Whole(page) => Ok(page),
            Listed::Long(begun) => Ok(ListedPage {
                upload_page: self.next_piece(bucket, prefix, *begun)?,
                // What cannot be shown stays doubtful: the other listing is as long.
                shows_all: true,
                text: Bytes::new(),
            }),
        }
    }

    /// The page that a raw one is.
    fn upload_page(
        &self,
        bucket: &BucketName,
        raw: &RawPage<'_>,
        encoded: bool,
        headers: &HeaderMap,
    ) -> UploadPage {
        let (keys, next_key) = if encoded {
            let keys = key_encoding::decode_page(raw);
            let next_key = key_encoding::marker(raw, &keys);
            (Some(keys), next_key)
        } else {
            (None, raw.next_key.as_deref().map(str::to_owned))
        };
        let next = Markers {
            key: next_key,
            id: raw.next_id.as_deref().map(str::to_owned),
        };
        let newest = raw.entries.iter().filter_map(|entry| entry.initiated).max();
        let mut page = UploadPage {
            uploads: Vec::new(),
            truncated: raw.truncated,
            end_unclear: raw.end_unclear,
            next,
            date: self.known.now(headers, newest),
            nameless: raw.nameless,
        };
        take_uploads(&mut page, bucket, raw, keys, &self.secrets);
        page
    }

    /// The next piece of a page that is longer than was asked for.
    fn next_piece(
        &self,
        bucket: &BucketName,
        prefix: &str,
        mut begun: Begun,
    ) -> Result<UploadPage, StoreError> {
        let unreadable = |error: ReadError| {
            let kind = match error {
                ReadError::NotS3 => StoreErrorKind::NotS3,
                ReadError::Malformed(_) | ReadError::Refused => StoreErrorKind::Malformed,
            };
            let why = match error {
                ReadError::Malformed(why) => why,
                ReadError::NotS3 | ReadError::Refused => "the answer is not S3's".to_owned(),
            };
            StoreError::new(Operation::ListMultipartUploads, Some(bucket), kind).with_message(why)
        };
        loop {
            let (raw, is_last) = begun.page.next(PIECE).map_err(unreadable)?;
            let mut page = self.upload_page(bucket, &raw, begun.encoded, &begun.headers);
            if is_last {
                return Ok(page);
            }
            let Some(last) = page.uploads.last() else {
                continue;
            };
            (page.truncated, page.end_unclear) = (true, false);
            page.next = Markers {
                key: Some(last.address.key.as_str().to_owned()),
                id: Some(last.address.id.as_str().to_owned()),
            };
            let place = Place {
                bucket: bucket.clone(),
                prefix: prefix.to_owned(),
                after: page.next.clone(),
            };
            self.long_pages.put(place, begun);
            return Ok(page);
        }
    }
}

/// A page as it was read.
enum Listed {
    Whole(ListedPage),
    /// It is longer than was asked for: nothing of it was read yet.
    Long(Box<Begun>),
}

fn long_page(begun: Begun) -> Result<Listed, ReadError> {
    Ok(Listed::Long(Box::new(begun)))
}

/// Reads pages of uploads, of any length.
struct ReadPage<R, L> {
    read: R,
    long: L,
}

impl<R, L> Read<Listed> for ReadPage<R, L>
where
    R: Fn(&HeaderMap, &Bytes) -> Result<Listed, ReadError>,
    L: Fn(&HeaderMap, Spilled) -> Result<Listed, ReadError>,
{
    const LONG: bool = true;

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<Listed, ReadError> {
        (self.read)(headers, body)
    }

    fn read_long(&self, headers: &HeaderMap, body: Spilled) -> Result<Listed, ReadError> {
        (self.long)(headers, body)
    }
}

/// Fills a page with the uploads of a raw one, under these keys or under those that it shows.
fn take_uploads(
    page: &mut UploadPage,
    bucket: &BucketName,
    raw: &RawPage<'_>,
    keys: Option<Vec<(String, KeyProof)>>,
    secrets: &Secrets,
) {
    page.uploads.reserve(raw.entries.len());
    let [mut class, mut owner, mut initiator] = [const { Interner::new() }; 3];
    let mut keys = keys.map(Vec::into_iter);
    for entry in &raw.entries {
        let known = keys.as_mut().and_then(Iterator::next);
        let (key, key_proof) = match &known {
            Some((key, proof)) => (key.as_str(), *proof),
            None if entry.key.contains(char::REPLACEMENT_CHARACTER) => {
                (&*entry.key, KeyProof::Doubtful)
            }
            None => (&*entry.key, KeyProof::Exact),
        };
        // An echo of what we sent is no name that the store has: shown it would leak, and redacted it
        // would be another (laws 5, 9). It counts as what nothing can be done with.
        let is_echo = || secrets.are_in_name(key) || secrets.are_in_name(&entry.id);
        if key.len().max(entry.id.len()) > LONGEST_NAME || is_echo() {
            page.nameless += 1;
            continue;
        }
        let (Ok(key), Ok(id)) = (Key::new(key), UploadId::new(&entry.id)) else {
            page.nameless += 1;
            continue;
        };
        page.uploads.push(Upload {
            address: UploadAddress {
                bucket: bucket.clone(),
                key,
                id,
            },
            key_proof,
            initiated: entry.initiated,
            storage_class: class.or_new(secrets, entry.storage_class.as_deref()),
            owner: owner.or_new(secrets, entry.owner.as_deref()),
            initiator: initiator.or_new(secrets, entry.initiator.as_deref()),
        });
    }
}

/// The plain page with the keys that it could not show taken from the encoded one.
fn mended(
    bucket: &BucketName,
    plain: ListedPage,
    encoded: &ListedPage,
    secrets: &Secrets,
) -> UploadPage {
    let mut page = plain.upload_page;
    // Both were read before; a text does not change.
    let (Ok(plain), Ok(other)) = (uploads::read(&plain.text), uploads::read(&encoded.text)) else {
        return page;
    };
    let keys = key_encoding::mend(&plain, &other);
    page.uploads.clear();
    page.nameless = plain.nameless;
    take_uploads(&mut page, bucket, &plain, Some(keys), secrets);
    if page
        .next
        .key
        .as_ref()
        .is_some_and(|marker| marker.contains(char::REPLACEMENT_CHARACTER))
    {
        page.next = encoded.upload_page.next.clone();
    }
    page
}
