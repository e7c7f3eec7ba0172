//! Uploads that were listed and unknown a moment later (law 11).

use std::collections::HashSet;

use partsweep_core::{BucketName, Inspect, Listing, Upload, UploadAddress};
use tokio::sync::mpsc;

use crate::listing::budget::PageBudget;
use crate::listing::page::Listed;
use crate::listing::walk;

/// What a new listing says of uploads that the store did not know.
pub(crate) struct Searched {
    /// Still listed: an entry without an upload, or a key that the listing shows changed.
    pub(crate) still_listed: Vec<Upload>,
    /// In no listing any more: completed or aborted by someone else.
    pub(crate) vanished: u64,
    /// Not found in a listing that broke off: open.
    pub(crate) open: u64,
}

/// Lists the bucket again and looks for `missing` in it.
///
/// "No such upload" alone is not believed: a store that changes keys in its listing (encodes them
/// without saying so, trims them) answers it for uploads that are there and billed. The whole
/// bucket is listed, since a prefix or a marker made of such a key would miss them too; at 1,000
/// uploads a page that is little beside the sizing.
pub(crate) async fn search<S: Inspect>(
    store: &S,
    bucket: &BucketName,
    prefixes: &[String],
    room: &PageBudget,
    mut missing: HashSet<UploadAddress>,
) -> Searched {
    let (pages, mut listed) = mpsc::channel::<Listed>(1);
    let mut still_listed = Vec::new();
    let look_through = async {
        while let Some(page) = listed.recv().await {
            let found = page.uploads.into_iter();
            still_listed.extend(found.filter(|upload| missing.remove(&upload.address)));
            if missing.is_empty() {
                // Ends the listing: the receiver is dropped.
                break;
            }
        }
        drop(listed);
        missing.len() as u64
    };
    let (walked, left) = tokio::join!(
        walk::list(store, bucket, prefixes, (room, None), pages, None),
        look_through
    );
    let whole = matches!(walked.listing, Listing::Complete | Listing::Unproven { .. });
    Searched {
        still_listed,
        vanished: if whole { left } else { 0 },
        open: if whole { 0 } else { left },
    }
}
