//! Sums an upload's parts, page by page.

use jiff::Timestamp;
use partsweep_core::{Footprint, Inspect, PartTally, StoreError, StoreErrorKind, UploadAddress};

/// The highest part number that is followed: 10,000 at S3, 10,001 on Ceph. A store that goes on
/// beyond shows parts without end.
const MOST_PARTS: u32 = 10_001;

/// What asking for an upload's parts gave.
#[derive(Debug)]
pub(crate) enum Sizing {
    /// The store listed them.
    Sized {
        /// Their sum.
        footprint: Footprint,
        /// The server's `Date` at the last page.
        now: Option<Timestamp>,
    },
    /// There is no such upload (any more).
    Gone,
    /// The store did not list them all.
    Failed {
        /// What was seen until then.
        footprint: Footprint,
        /// Why.
        error: StoreError,
    },
}

/// Lists an upload's parts to the end.
pub(crate) async fn size<S: Inspect>(store: &S, upload: &UploadAddress) -> Sizing {
    let mut tally = PartTally::default();
    let (mut after, mut nameless) = (0, 0);
    loop {
        let page = match store.list_parts(upload, after).await {
            Ok(page) => page,
            Err(error) if error.kind == StoreErrorKind::NoSuchUpload => return Sizing::Gone,
            Err(error) => {
                return Sizing::Failed {
                    footprint: tally.footprint(false),
                    error,
                };
            }
        };
        let added = tally.add(&page.parts);
        // Absent, 0 or lower than what was listed on SeaweedFS, Supabase and Ceph.
        let next = page.next.unwrap_or(0).max(tally.highest());
        // A store that says "more" and shows nothing new has shown what it will: whether it is
        // all is open, so the age is not known and nothing is swept.
        let stuck = page.truncated && (added == 0 || next <= after || next > MOST_PARTS);
        nameless += page.nameless;
        if !page.truncated || stuck {
            return Sizing::Sized {
                footprint: tally.footprint(!stuck && nameless == 0),
                now: page.date,
            };
        }
        after = next;
    }
}
