//! A look at an upload and at what is around it. All of it is done over [`Inspect`]: it can't change anything.

use futures_util::future;
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::{
    BucketName, Inspect, Key, ListingOrder, OlderVersions, Operation, PartChecksums, PartPage,
    RescueLook, StoreError, StoreErrorKind, Upload, UploadAddress,
};

use crate::scan::size::{self, SizeResult};
use crate::sweep::object::see_object;

/// Pages that are walked for the uploads of one key, where a listing does not end with that key.
const MOST_PAGES: usize = 50;

/// The incomplete uploads of a key, and whether these are all.
///
/// # Errors
///
/// What the store says to a listing.
pub async fn uploads_of(
    store: &impl Inspect,
    bucket: &BucketName,
    key: &Key,
) -> Result<(Vec<Upload>, bool), StoreError> {
    let provider = store.provider();
    // Behind the key come other keys only.
    let is_sorted = matches!(provider.order, ListingOrder::Key | ListingOrder::KeyByPage);
    let mut pager = Pager::new(key.as_str(), provider.key_marker_is_enough);
    let (mut found, mut nameless) = (Vec::new(), 0);
    for _ in 0..MOST_PAGES {
        let ask = pager.ask();
        let mut page = store.list_uploads(bucket, &ask.prefix, &ask.after).await?;
        nameless += page.nameless;
        let step = pager.take(&mut page);
        let has_others = page.uploads.iter().any(|upload| upload.address.key != *key);
        let of_key = page.uploads.into_iter();
        found.extend(of_key.filter(|upload| upload.address.key == *key));
        match step {
            Step::Ask(_) if has_others && is_sorted => return Ok((found, nameless == 0)),
            Step::Ask(_) => {}
            Step::Ended => return Ok((found, nameless == 0)),
            Step::Stuck => break,
        }
    }
    Ok((found, false))
}

/// Looks at an upload, at the others of its key, and then at the key.
///
/// In this order: a complete between the requests is seen as an object, and the parts, whose age counts, are looked at
/// late.
///
/// # Errors
///
/// What the store says; [`StoreErrorKind::NoSuchUpload`] if there is none.
pub async fn look(store: &impl Inspect, address: &UploadAddress) -> Result<RescueLook, StoreError> {
    let (bucket, key) = (&address.bucket, &address.key);
    let listing = uploads_of(store, bucket, key);
    let (listed, older) = future::join(listing, store.older_versions(bucket, key)).await;
    let (upload, others) = of_listed(listed, address);
    let mut checksums = PartChecksums::default();
    let see = |page: &PartPage| checksums.add(&page.checksums);
    let seen = size::size_seeing(store, &upload, see).await;
    let (parts, footprint, now, answered, names_upload) = match seen {
        SizeResult::Sized {
            footprint,
            now,
            answered,
            names_upload,
            parts,
        } => (parts, footprint, now, answered, names_upload),
        SizeResult::Gone => {
            let kind = StoreErrorKind::NoSuchUpload;
            return Err(StoreError::new(Operation::ListParts, Some(bucket), kind));
        }
        SizeResult::Failed { error, .. } => return Err(error),
    };
    let object: ObjectSight = see_object(store, address).await?;
    // A deleted object would come back: that nothing is shown below the key proves nothing then (law 13).
    let is_hidden = object == ObjectSight::Absent && store.may_hide_versions(bucket);
    let older = match older? {
        OlderVersions::Seen(older) if older.is_empty() && is_hidden => OlderVersions::NotVisible,
        older => older,
    };
    Ok(RescueLook {
        upload,
        completed_etag: parts.completed_etag(),
        unclear: parts.unclear(),
        parts: parts.into_parts(),
        checksums,
        footprint,
        names_upload,
        others,
        object,
        older,
        now,
        clock: store.clock(),
        answered,
    })
}

/// The upload as it was listed, and the others of its key. A listing that does not show the upload, which has parts,
/// shows nothing of the others either (law 13).
fn of_listed(
    listed: Result<(Vec<Upload>, bool), StoreError>,
    address: &UploadAddress,
) -> (Upload, Option<Vec<Upload>>) {
    let (mut uploads, is_all) = listed.unwrap_or_default();
    match uploads.iter().position(|upload| upload.address == *address) {
        Some(at) => {
            let upload = uploads.swap_remove(at);
            (upload, Some(uploads).filter(|_| is_all))
        }
        None => (Upload::named(address.clone()), None),
    }
}
