//! Asking for keys one by one, beside the listing: some stores list the uploads of an exact key only (MinIO, older
//! RustFS), or leave others out. What is found so proves no more than the listing: an upload whose key nobody
//! knows stays hidden.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, future, stream};
use partsweep_core::listing::pager::{Pager, Step};
use partsweep_core::provider::profile::PrefixMeaning;
use partsweep_core::{
    BucketName, Inspect, Key, KeyPage, NameFilter, Operation, StoreError, StoreErrorKind,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};

use super::budget::PageBudget;
use super::given::GivenKeys;
use super::page::Listed;
use super::seen::Names;

/// Which keys are asked for one by one.
#[derive(Debug, Clone, Default)]
pub struct KeySearch {
    /// The key of each object in the bucket, and each prefix of one at a `/`.
    pub objects: bool,
    /// Keys that someone gave.
    pub given: Option<GivenKeys>,
}

impl KeySearch {
    /// Whether any key is asked for.
    pub fn is_on(&self) -> bool {
        self.objects || self.given.is_some()
    }
}

/// What asking for keys came to, in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysAsked {
    /// Whether the keys of its objects were asked for.
    pub of_objects: bool,
    /// Whether keys that someone gave were asked for.
    pub given: bool,
    /// Keys that were asked for, with a request or more each.
    pub keys: u64,
    /// Uploads that only this found.
    pub found: u64,
}

impl KeysAsked {
    /// Adds what came of it in another bucket of the same scan.
    pub fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.found += other.found;
    }
}

/// How a search ended.
pub(crate) struct SearchEnd {
    pub(crate) asked: KeysAsked,
    pub(crate) nameless: u64,
    /// Why not every key was asked for: the first reason.
    pub(crate) error: Option<StoreError>,
}

/// What a search needs of its scan.
#[derive(Clone, Copy)]
pub(crate) struct SearchLimits<'a> {
    pub(crate) search: &'a KeySearch,
    /// Which keys are looked at.
    pub(crate) admits: &'a NameFilter,
    /// One permit for each request, over all buckets.
    pub(crate) turns: &'a Semaphore,
    /// Keys that are asked for at once, at most.
    pub(crate) at_once: usize,
}

/// Pages of objects in a row that show none, each with a new token: more lead nowhere.
const MOST_BARREN: u32 = 100;

/// Keys that are taken from a file at once.
const CHUNK: usize = 1_000;

/// Asks for the keys of one bucket.
pub(crate) struct Search<'a, S> {
    pub(crate) store: &'a S,
    pub(crate) bucket: &'a BucketName,
    pub(crate) room: &'a PageBudget,
    pub(crate) limits: SearchLimits<'a>,
    pub(crate) pages: &'a mpsc::Sender<Listed>,
    /// What the listing showed, and what was found since.
    pub(crate) seen: Mutex<Names>,
}

/// What is counted while keys are asked for side by side.
#[derive(Default)]
struct Counts {
    keys: AtomicU64,
    found: AtomicU64,
    nameless: AtomicU64,
    error: Mutex<Option<StoreError>>,
}

impl Counts {
    fn failed(&self, error: StoreError) {
        let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(error);
    }

    /// Whether asking on would fail in the same way.
    fn is_over(&self) -> bool {
        use StoreErrorKind as Kind;
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        error.as_ref().is_some_and(|error| {
            !matches!(
                error.kind,
                Kind::Refused | Kind::Server | Kind::Timeout | Kind::Malformed | Kind::NotS3
            )
        })
    }
}

impl<S: Inspect> Search<'_, S> {
    /// Asks for every key below the prefixes. Ends early if nobody takes the pages, or if no request succeeds.
    pub(crate) async fn run(self, prefixes: &[String]) -> SearchEnd {
        let counts = Counts::default();
        let KeySearch { objects, given } = self.limits.search;
        if let Some(given) = given {
            self.ask_given(given, prefixes, &counts).await;
        }
        if *objects {
            for prefix in prefixes {
                if !self.is_over(&counts) {
                    self.ask_objects(prefix, &counts).await;
                }
            }
        }
        SearchEnd {
            asked: KeysAsked {
                of_objects: *objects,
                given: given.is_some(),
                keys: counts.keys.into_inner(),
                found: counts.found.into_inner(),
            },
            nameless: counts.nameless.into_inner(),
            error: counts
                .error
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn is_over(&self, counts: &Counts) -> bool {
        self.pages.is_closed() || counts.is_over()
    }

    async fn ask_given(&self, given: &GivenKeys, prefixes: &[String], counts: &Counts) {
        let Some(mut keys) = given.of(self.bucket) else {
            return;
        };
        loop {
            let chunk: Result<Vec<String>, _> = keys.by_ref().take(CHUNK).collect();
            let mut chunk = match chunk {
                Ok(chunk) if chunk.is_empty() => return,
                Ok(chunk) => chunk,
                Err(error) => {
                    // It could be read when the scan began.
                    return counts.failed(self.unlisted(&error.to_string()));
                }
            };
            chunk.retain(|key| {
                prefixes
                    .iter()
                    .any(|prefix| key.starts_with(prefix.as_str()))
            });
            self.ask_all(chunk, counts).await;
            if self.is_over(counts) {
                return;
            }
        }
    }

    /// Asks for the keys of a page of objects while the next page is listed.
    async fn ask_objects(&self, prefix: &str, counts: &Counts) {
        let mut before = String::new();
        let mut tokens = std::collections::HashSet::new();
        let (mut shown, mut barren) = (Vec::new(), 0);
        let mut page = self.objects(prefix, None).await;
        loop {
            let KeyPage {
                keys,
                next,
                hides_some,
            } = match page {
                Ok(page) => page,
                Err(error) => return counts.failed(error),
            };
            // A token that is new leads on only if what it leads to is.
            barren = match keys.is_empty() {
                true => barren + 1,
                false => 0,
            };
            let is_same = !keys.is_empty() && keys == shown;
            let is_circle = next.as_ref().is_some_and(|next| {
                is_same || barren > MOST_BARREN || !tokens.insert(next.clone())
            });
            if hides_some || is_circle {
                counts.failed(self.unlisted("the store doesn't show the keys of all objects"));
            }
            let mut chunk = Vec::new();
            for key in &keys {
                chunk.extend(with_prefixes(key, &before, prefix));
                before.clone_from(key);
            }
            shown = keys;
            let next = next.filter(|_| !is_circle);
            let listing = async {
                match &next {
                    Some(next) => Some(self.objects(prefix, Some(next)).await),
                    None => None,
                }
            };
            let (listed, ()) = future::join(listing, self.ask_all(chunk, counts)).await;
            match listed {
                Some(listed) if !self.is_over(counts) => page = listed,
                _ => return,
            }
        }
    }

    async fn objects(&self, prefix: &str, after: Option<&str>) -> Result<KeyPage, StoreError> {
        // Not closed: it belongs to the scan.
        let _turn = self.limits.turns.acquire().await;
        self.store.list_keys(self.bucket, prefix, after).await
    }

    /// Asks for each key, many at once. The pages are sent in here, so that no request waits for a reader with its
    /// turn in hand: the reader may need it before it reads on.
    async fn ask_all(&self, keys: Vec<String>, counts: &Counts) {
        let admitted = keys
            .into_iter()
            .filter(|key| self.limits.admits.admits(key));
        let keys: Vec<Key> = admitted.filter_map(|key| Key::new(key).ok()).collect();
        let asked = keys.len() as u64;
        stream::iter(keys)
            .for_each_concurrent(self.limits.at_once.max(1), |key| async move {
                if self.is_over(counts) {
                    return;
                }
                if let Err(error) = self.ask(&key, counts).await {
                    counts.failed(error);
                }
            })
            .await;
        counts.keys.fetch_add(asked, Ordering::Relaxed);
        // A reader that is gone is noticed at once.
        let _ = self.pages.send(Listed::asked(asked)).await;
    }

    /// Asks for one key: page by page while there is nothing else on the page. Where a prefix is a prefix, longer
    /// keys come behind it, and they are listed anyway.
    async fn ask(&self, key: &Key, counts: &Counts) -> Result<(), StoreError> {
        let store = self.store.provider_of(self.bucket);
        let prefix = store.prefix.to_find(key.as_str());
        let is_folder = store.prefix == PrefixMeaning::Folder || prefix.is_empty();
        let mut pager = Pager::new(prefix, store.key_marker_is_enough);
        loop {
            let ask = pager.ask();
            let mut share = self.room.reserve(true).await;
            let turn = self.limits.turns.acquire().await;
            let listed = self
                .store
                .list_uploads(self.bucket, &ask.prefix, &ask.after)
                .await;
            drop(turn);
            let mut page = match listed {
                Err(error) if is_no_key(&error) => return Ok(()),
                listed => listed?,
            };
            self.room.fit(&mut share, true, page.uploads.len());
            counts.nameless.fetch_add(page.nameless, Ordering::Relaxed);
            let step = pager.take(&mut page);
            let all = page.uploads.len();
            page.uploads.retain(|upload| upload.address.key == *key);
            // A folder's uploads come in no order: those of the key may be on any page.
            let is_all_its_own = is_folder || page.uploads.len() == all;
            {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                page.uploads.retain(|upload| seen.insert(upload));
            }
            if !page.uploads.is_empty() {
                counts
                    .found
                    .fetch_add(page.uploads.len() as u64, Ordering::Relaxed);
                let listed = Listed::found(page.uploads, page.date, share);
                if self.pages.send(listed).await.is_err() {
                    return Ok(());
                }
            }
            match step {
                Step::Ask(_) if is_all_its_own => {}
                Step::Stuck if is_all_its_own => {
                    return Err(self.unlisted("the store doesn't show all uploads of a key"));
                }
                _ => return Ok(()),
            }
        }
    }

    fn unlisted(&self, why: &str) -> StoreError {
        StoreError::new(
            Operation::ListObjects,
            Some(self.bucket),
            StoreErrorKind::Malformed,
        )
        .with_message(why)
    }
}

/// Whether a store says that nothing can have such a key: then no upload has it either.
fn is_no_key(error: &StoreError) -> bool {
    const CODES: [&str; 5] = [
        "KeyTooLongError",
        "KeyTooLong",
        "InvalidObjectName",
        "XMinioInvalidObjectName",
        "XMinioInvalidResourceName",
    ];
    let code = error.code.as_deref();
    error.status == Some(400) && code.is_some_and(|code| CODES.contains(&code))
}

/// A key, and each of its prefixes at a `/` that the key before it didn't have, without the `/` and with it; only
/// what begins with `wanted`.
fn with_prefixes<'a>(
    key: &'a str,
    before: &str,
    wanted: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let same = key
        .bytes()
        .zip(before.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let slashes = key.match_indices('/').map(|(at, _)| at);
    let new = slashes.filter(move |at| *at >= same);
    let prefixes = new.flat_map(move |at| [&key[..at], &key[..=at]]);
    let prefixes = prefixes
        .filter(move |prefix| !prefix.is_empty() && *prefix != key && prefix.starts_with(wanted));
    prefixes.chain([key]).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_the_store_calls_impossible_has_no_upload() {
        let refused = |code: &str, status| {
            let error = StoreError::new(
                Operation::ListMultipartUploads,
                None,
                StoreErrorKind::Refused,
            );
            StoreError {
                code: Some(code.into()),
                status: Some(status),
                ..error
            }
        };
        assert!(is_no_key(&refused("XMinioInvalidObjectName", 400)));
        assert!(is_no_key(&refused("KeyTooLongError", 400)));
        assert!(!is_no_key(&refused("InvalidArgument", 400)));
        assert!(!is_no_key(&refused("KeyTooLongError", 500)));
    }

    #[test]
    fn a_prefix_is_asked_for_once_with_the_keys_that_have_it() {
        let asked =
            |key, before, wanted| -> Vec<String> { with_prefixes(key, before, wanted).collect() };
        assert_eq!(asked("a/b/c", "", ""), ["a", "a/", "a/b", "a/b/", "a/b/c"]);
        assert_eq!(asked("a/b/d", "a/b/c", ""), ["a/b/d"]);
        assert_eq!(asked("a/bc/d", "a/b/c", ""), ["a/bc", "a/bc/", "a/bc/d"]);
        assert_eq!(asked("a/b/c", "", "a/b"), ["a/b", "a/b/", "a/b/c"]);
        assert_eq!(asked("é/x", "è/x", ""), ["é", "é/", "é/x"]);
        assert_eq!(asked("/d/", "", ""), ["/", "/d", "/d/"]);
    }
}
