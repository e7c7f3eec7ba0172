//! Sums an upload's parts, page by page.

use jiff::Timestamp;
use partsweep_core::{Footprint, Inspect, PartTally, StoreError, StoreErrorKind, UploadAddress};

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
    let mut after = 0;
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
        let stuck = page.truncated && (added == 0 || next <= after);
        if !page.truncated || stuck {
            return Sizing::Sized {
                footprint: tally.footprint(!stuck),
                now: page.date,
            };
        }
        after = next;
    }
}
