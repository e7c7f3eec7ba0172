//! Pages of unfinished uploads.

use std::io;

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::provider::profiles::UNKNOWN;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    BucketName, Key, KeyProof, LookTime, Operation, StoreError, StoreErrorKind, Upload,
    UploadAddress, UploadId, UploadPage,
};

use super::inspector::{Inspector, PAGE};
use super::intern::Interner;
use super::long_pages::{Begun, LONGEST, PIECE, PageKey};
use crate::address::escape::push_parameter;
use crate::net::collect::Spilled;
use crate::secrets::Secrets;
use crate::wire::attempt::Read;
use crate::wire::request::S3Request;
use crate::xml::uploads::{self, LongPage, RawPage};
use crate::xml::{ReadError, key_encoding};

/// Bytes of a key or an upload id that something can be done with. Keys have 1,024 at most; what is longer
/// fits into no line of a saved scan or journal.
const LONGEST_NAME: usize = 64 << 10;

/// A page of a listing with the text it was read from, which repair looks at again.
struct ListedPage {
    upload_page: UploadPage,
    /// No key or marker has a character that could not be shown.
    shows_all: bool,
    text: Bytes,
}

impl Inspector {
    /// One page of unfinished uploads, however the store writes its keys.
    pub(crate) async fn list_uploads(
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
            // rclone says so of a bucket that never had an upload, and not who it is; of a later page it is no end
            // (Garage says so of an upload-id-marker that it does not know).
            Err(error)
                if error.kind == StoreErrorKind::NoSuchUpload
                    && *after == Markers::START
                    && matches!(self.client.provider().id, "rclone" | "unknown") =>
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
            (Ok(plain), Ok(encoded)) => Ok(repaired(bucket, plain, &encoded, &self.client.secrets)),
            // The keys that it could not show stay doubtful.
            (Ok(plain), Err(_)) => Ok(plain.upload_page),
            (Err(_), Ok(encoded)) => Ok(encoded.upload_page),
            (Err(error), Err(_)) => Err(error),
        }
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
        let mut ask = S3Request::new(Operation::ListMultipartUploads, Method::GET, Some(bucket))
            .with_query(query);
        if !encoded {
            // A page that cannot be read plainly twice is asked for encoded.
            ask.unreadable_tries = 2;
        }
        let read = |headers: &HeaderMap, body: &Bytes| {
            let mut raw = uploads::read(body)?;
            // Of a part of the bucket that nobody asked for, the rest isn't shown.
            let is_less = raw.says_part.of_prefix && prefix.is_empty()
                || raw.says_part.behind_key && after.key.is_none();
            raw.nameless += u64::from(is_less);
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
                upload_page: self.upload_page(bucket, &mut raw, encoded, headers),
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
        match self
            .client
            .send_and_read(&ask, ReadPage { read, long })
            .await?
        {
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
        raw: &mut RawPage<'_>,
        encoded: bool,
        headers: &HeaderMap,
    ) -> UploadPage {
        self.client.known.see_dates(std::mem::take(&mut raw.dates));
        let raw = &*raw;
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
            // A store that is known tells the truth about its end, or its file says otherwise.
            may_go_on: raw.may_go_on || raw.is_full_last && self.client.provider().id == UNKNOWN.id,
            next,
            date: self.client.known.now(headers, newest),
            nameless: raw.nameless,
        };
        take_uploads(&mut page, bucket, raw, keys, &self.client.secrets);
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
                ReadError::NotS3 | ReadError::Refused => "the response isn't S3's".to_owned(),
            };
            StoreError::new(Operation::ListMultipartUploads, Some(bucket), kind).with_message(why)
        };
        loop {
            let (mut raw, is_last) = begun.page.next(PIECE).map_err(unreadable)?;
            let mut page = self.upload_page(bucket, &mut raw, begun.encoded, &begun.headers);
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
            let place = PageKey {
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

    fn read(&self, headers: &HeaderMap, body: &Bytes, _: LookTime) -> Result<Listed, ReadError> {
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
fn repaired(
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
    let keys = key_encoding::repair(&plain, &other);
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
