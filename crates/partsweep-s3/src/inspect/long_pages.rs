//! Pages of uploads that are longer than was asked for, handed on in pieces of the usual length.
//!
//! MinIO lists a whole bucket at once, whatever was asked for. Such a page is never in memory as a
//! whole: what was not handed on yet waits here, under the markers that the piece before it ended with, as
//! the store itself would have given them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use partsweep_core::BucketName;
use partsweep_core::store::answers::Markers;

use crate::xml::uploads::LongPage;

/// Uploads on a piece: as many as on a page that was asked for.
pub(crate) const PIECE: usize = 1_000;

/// Uploads on a page that is handed on as it is: stores whose pages are of their own length have up to
/// 2,700 on one.
pub(crate) const LONGEST: usize = 4 * PIECE;

/// The pages that were begun.
#[derive(Debug, Default)]
pub(crate) struct LongPages {
    begun: Mutex<HashMap<PageKey, Vec<Begun>>>,
    count: AtomicUsize,
}

/// Where a piece goes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    pub(crate) bucket: BucketName,
    pub(crate) prefix: String,
    pub(crate) after: Markers,
}

/// A page of which pieces were handed on.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) page: LongPage,
    /// It was asked for with `encoding-type=url`.
    pub(crate) encoded: bool,
    /// With the server's `Date`: what is handed on later looks younger than it is.
    pub(crate) headers: HeaderMap,
}

impl LongPages {
    /// The page that goes on here, if there is one. Two walks through one bucket have one each.
    pub(crate) fn take(&self, bucket: &BucketName, prefix: &str, after: &Markers) -> Option<Begun> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let place = PageKey {
            bucket: bucket.clone(),
            prefix: prefix.to_owned(),
            after: after.clone(),
        };
        let mut begun = self.begun();
        let pages = begun.get_mut(&place)?;
        let page = pages.pop();
        if pages.is_empty() {
            begun.remove(&place);
        }
        if page.is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
        page
    }

    pub(crate) fn put(&self, place: PageKey, page: Begun) {
        self.begun().entry(place).or_default().push(page);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn begun(&self) -> MutexGuard<'_, HashMap<PageKey, Vec<Begun>>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
