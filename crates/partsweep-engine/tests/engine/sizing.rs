//! Pages of parts asked for side by side give what pages one by one give, on stores that page oddly too.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use partsweep_core::provider::profile::Provider;
use partsweep_core::provider::profiles;
use partsweep_core::store::answers::Markers;
use partsweep_core::{
    Amount, BucketList, BucketName, Inspect, KeepReason, Key, NameFilter, ObjectHead,
    OlderVersions, Operation, Part, PartPage, Selection, StoreError, StoreErrorKind, Upload,
    UploadAddress, UploadPage, Verdict,
};
use partsweep_engine::{Finding, KeySearch, ScanEvent, ScanRequest, Sizes, Targets, scan};
use proptest::prelude::*;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::fake::NOW;

const LATENCY: Duration = Duration::from_millis(20);

/// How a store pages parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Numbers above the marker, pages of the same length.
    Plain,
    /// A marker that is no part's number begins from the start.
    UnknownMarkerIsStart,
    /// Each page repeats the part at the marker (SeaweedFS).
    RepeatsTheEdge,
    /// Pages after the first are a part shorter.
    ShortPages,
    /// There is always more.
    NeverEnds,
    /// Behind any marker there is nothing, and that is the end (scality/cloudserver#445).
    NothingBehindMarkers,
    /// Behind any marker the first page comes again, and that is the end.
    FirstPageAgain,
    /// Behind any marker the last part of the first page comes again, and that is the end.
    LastPartAgain,
    /// Behind any marker parts from the middle of the first page come again, and that is the end.
    MiddleAgain,
    /// As `RepeatsTheEdge`, and a full page says that there is more, also where there is none.
    FullPagesRepeatTheEdge,
    /// A full page says that there is more, also where there is none (SeaweedFS).
    FullPagesSayMore,
    /// Each page says that it is the last, also where it is cut.
    EveryPageIsTheLast,
    /// Each page says that it is the last, and markers are ignored.
    FirstPageOnly,
    /// Each page says that it is the last, and behind any marker there is nothing.
    NothingBehindTheLast,
    /// Whether there is more cannot be read.
    EndUnclear,
    /// The marker to go on from is far behind the last part that is shown.
    MarkerLeapsAhead,
}

/// A store with one upload.
struct OneUpload {
    numbers: Vec<u32>,
    page: usize,
    habit: Habit,
    asked: AtomicUsize,
    /// The request that is refused.
    fails: Option<usize>,
    /// The request before which a part of this number comes.
    grows: Option<(usize, u32)>,
}

impl OneUpload {
    fn new(numbers: impl IntoIterator<Item = u32>, page: usize) -> Self {
        Self {
            numbers: numbers.into_iter().collect(),
            page,
            habit: Habit::Plain,
            asked: AtomicUsize::new(0),
            fails: None,
            grows: None,
        }
    }

    fn says_more_when_full(&self) -> bool {
        [Habit::FullPagesSayMore, Habit::FullPagesRepeatTheEdge].contains(&self.habit)
    }

    fn bytes(&self) -> u64 {
        self.numbers.iter().map(|number| size_of(*number)).sum()
    }

    fn requests(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Unlike for each number, so that a sum shows which were counted.
fn size_of(number: u32) -> u64 {
    u64::from(number) * u64::from(number) + 1
}

fn part(number: u32) -> Part {
    Part {
        number,
        bytes: Some(size_of(number)),
        last_modified: Timestamp::from_second(NOW - 1_000_000).ok(),
        etag: None,
    }
}

impl Inspect for OneUpload {
    fn provider(&self) -> Provider {
        profiles::AWS
    }

    fn region(&self, _bucket: &BucketName) -> Option<String> {
        None
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        let b = BucketName::new("b").unwrap();
        Ok([&b].into_iter().collect())
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        _prefix: &str,
        _after: &Markers,
    ) -> Result<UploadPage, StoreError> {
        Ok(UploadPage {
            uploads: vec![Upload {
                initiated: Timestamp::from_second(NOW - 2_000_000).ok(),
                ..Upload::named(UploadAddress::new(bucket.as_str(), "k", "1").unwrap())
            }],
            date: Timestamp::from_second(NOW).ok(),
            ..UploadPage::default()
        })
    }

    async fn list_parts(&self, upload: &UploadAddress, after: u32) -> Result<PartPage, StoreError> {
        let request = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::time::sleep(LATENCY).await;
        if self.fails == Some(request) {
            return Err(StoreError::new(
                Operation::ListParts,
                Some(&upload.bucket),
                StoreErrorKind::Denied,
            ));
        }
        let mut numbers: BTreeSet<u32> = self.numbers.iter().copied().collect();
        numbers.extend(
            self.grows
                .filter(|(at, _)| request >= *at)
                .map(|(_, number)| number),
        );
        let start = match self.habit {
            Habit::UnknownMarkerIsStart if !numbers.contains(&after) => 0,
            Habit::RepeatsTheEdge | Habit::FullPagesRepeatTheEdge if after > 0 => after - 1,
            _ => after,
        };
        let length = match self.habit {
            Habit::ShortPages if after > 0 => (self.page - 1).max(1),
            _ => self.page,
        };
        let mut rest: Vec<u32> = numbers.range(start + 1..).copied().collect();
        let shows_nothing = [Habit::NothingBehindMarkers, Habit::NothingBehindTheLast];
        if shows_nothing.contains(&self.habit) && after > 0 {
            rest.clear();
        }
        if after > 0 {
            let first: Vec<u32> = numbers.iter().copied().take(self.page).collect();
            match self.habit {
                Habit::FirstPageAgain | Habit::FirstPageOnly => rest = first,
                Habit::LastPartAgain => rest = first[first.len() - 1..].to_vec(),
                Habit::MiddleAgain => rest = first[first.len() / 2..first.len() - 1].to_vec(),
                _ => {}
            }
        }
        let parts: Vec<Part> = rest.iter().take(length).copied().map(part).collect();
        let is_full = parts.len() == length;
        let truncated = match self.habit {
            Habit::EveryPageIsTheLast | Habit::FirstPageOnly | Habit::NothingBehindTheLast => false,
            _ => {
                rest.len() > parts.len()
                    || self.habit == Habit::NeverEnds
                    || (self.says_more_when_full() && is_full)
            }
        };
        Ok(PartPage {
            truncated,
            may_go_on: is_full && !truncated && self.page > 1,
            nameless: 0,
            next: parts.last().map(|part| match self.habit {
                Habit::MarkerLeapsAhead => part.number + self.page as u32,
                _ => part.number,
            }),
            parts,
            date: Timestamp::from_second(NOW).ok(),
            end_unclear: self.habit == Habit::EndUnclear,
            ..PartPage::default()
        })
    }

    async fn head_object(
        &self,
        _bucket: &BucketName,
        _key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        Ok(None)
    }

    async fn older_versions(
        &self,
        _bucket: &BucketName,
        _key: &Key,
    ) -> Result<OlderVersions, StoreError> {
        Ok(OlderVersions::NONE)
    }
}

async fn sized(store: OneUpload) -> (Finding, Arc<OneUpload>) {
    let store = Arc::new(store);
    let request = ScanRequest {
        targets: Targets::Account(NameFilter::default()),
        selection: Selection::default(),
        sizes: Sizes::All,
        concurrency: 4,
        search: KeySearch::default(),
    };
    let (events, mut news) = mpsc::channel(8);
    let scan = tokio::spawn(scan(Arc::clone(&store), request, events));
    let mut found = None;
    while let Some(event) = news.recv().await {
        if let ScanEvent::Found(finding) = event {
            found = Some(*finding);
        }
    }
    scan.await.unwrap().unwrap();
    (found.unwrap(), store)
}

#[tokio::test(start_paused = true)]
async fn ten_pages_take_half_the_round_trips_and_no_request_more() {
    let began = Instant::now();
    let (found, store) = sized(OneUpload::new(1..=10_000, 1_000)).await;
    assert_eq!(found.footprint.bytes, Amount::Exact(store.bytes()));
    assert_eq!(found.footprint.parts, Amount::Exact(10_000));
    assert_eq!(began.elapsed().as_millis() / LATENCY.as_millis(), 5);
    assert_eq!(store.requests(), 10);
}

#[tokio::test(start_paused = true)]
async fn at_most_three_requests_are_asked_in_vain() {
    for parts in (1..=10_000).step_by(500) {
        let (found, store) = sized(OneUpload::new(1..=parts, 1_000)).await;
        assert_eq!(found.footprint.bytes, Amount::Exact(store.bytes()));
        let needed = parts.div_ceil(1_000) as usize;
        let most = if needed < 3 { needed } else { needed + 3 };
        assert!(
            store.requests() <= most,
            "{parts} parts: {}",
            store.requests()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_middle_that_fails_makes_the_size_a_lower_bound() {
    let mut store = OneUpload::new(1..=10, 1);
    store.fails = Some(4);
    let (found, _) = sized(store).await;
    let seen = (1..=3).map(size_of).sum();
    assert_eq!(found.footprint.bytes, Amount::AtLeast(seen));
    assert!(found.error.is_some());
}

/// The parts between would be neither counted nor seen to be young (law 13).
#[tokio::test(start_paused = true)]
async fn a_marker_that_leaps_ahead_leaves_no_parts_out() {
    let mut store = OneUpload::new(1..=25, 10);
    store.habit = Habit::MarkerLeapsAhead;
    let (finding, _) = sized(store).await;
    assert_eq!(finding.footprint.parts, Amount::Exact(25));
}

#[tokio::test(start_paused = true)]
async fn a_guess_behind_the_end_that_fails_harms_nothing() {
    // Pages 1, 2, 3 and, behind the end, 4.
    let mut store = OneUpload::new(1..=3, 1);
    store.fails = Some(4);
    let (found, store) = sized(store).await;
    assert_eq!(store.requests(), 4);
    assert_eq!(found.footprint.bytes, Amount::Exact(store.bytes()));
}

#[tokio::test(start_paused = true)]
async fn parts_that_come_behind_the_end_leave_the_size_and_the_age_open() {
    let mut store = OneUpload::new(1..=3, 1);
    // The third page says that it is the last, and the one behind it has a part.
    store.grows = Some((4, 9));
    let (found, _) = sized(store).await;
    assert!(!found.footprint.all_dated);
    assert_eq!(found.footprint.bytes.exact(), None);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_ends_is_not_followed_for_ever() {
    let mut store = OneUpload::new(1..=7, 2);
    store.habit = Habit::NeverEnds;
    let (found, store) = sized(store).await;
    assert_eq!(found.footprint.bytes, Amount::AtLeast(store.bytes()));
    assert!(store.requests() < 10, "{}", store.requests());
}

/// A live upload of 2,500 parts would have been aborted, since the page that was cut said that it is the last (law 13).
#[tokio::test(start_paused = true)]
async fn a_full_page_of_parts_that_says_it_is_the_last_is_believed_only_if_nothing_is_behind_it() {
    for (parts, requests) in [
        (999, 1),
        // What comes behind the last, and whether markers work.
        (1_000, 3),
        (1_001, 2),
        (2_500, 3),
        (3_000, 5),
        (10_000, 10),
    ] {
        let mut store = OneUpload::new(1..=parts, 1_000);
        store.habit = Habit::EveryPageIsTheLast;
        let (found, store) = sized(store).await;
        assert_eq!(found.footprint.parts, Amount::Exact(u64::from(parts)));
        assert_eq!(store.requests(), requests, "{parts}");
    }
    // Where markers bring nothing, there may be more, and its newest part may be minutes old.
    for habit in [Habit::FirstPageOnly, Habit::NothingBehindTheLast] {
        for parts in [1_000, 2_500] {
            let mut store = OneUpload::new(1..=parts, 1_000);
            store.habit = habit;
            let (found, store) = sized(store).await;
            assert_eq!(found.footprint.parts, Amount::AtLeast(1_000));
            assert_eq!(found.verdict, Verdict::Keep(KeepReason::SizingFailed));
            assert_eq!(store.requests(), 3);
        }
    }
    let mut store = OneUpload::new(1..=1_000, 1_000);
    store.fails = Some(2);
    let (found, _) = sized(store).await;
    assert_eq!(found.footprint.parts, Amount::AtLeast(1_000));
}

/// With a single part there is no marker before it that could be tried.
#[tokio::test(start_paused = true)]
async fn an_empty_page_after_a_single_part_and_more_proves_nothing() {
    let mut store = OneUpload::new(1..=2, 1);
    store.habit = Habit::NothingBehindMarkers;
    let (found, _) = sized(store).await;
    assert_eq!(found.footprint.bytes, Amount::AtLeast(size_of(1)));
    assert_eq!(found.verdict, Verdict::Keep(KeepReason::SizingFailed));
}

/// Report 3: a live upload of 2,500 parts would have been aborted, since an empty page hid the newest.
#[tokio::test(start_paused = true)]
async fn an_empty_page_after_more_hides_parts_if_markers_bring_nothing() {
    let mut store = OneUpload::new(1..=2_500, 1_000);
    store.habit = Habit::NothingBehindMarkers;
    let (found, store) = sized(store).await;
    let seen = (1..=1_000).map(size_of).sum();
    assert_eq!(found.footprint.bytes, Amount::AtLeast(seen));
    assert_eq!(found.verdict, Verdict::Keep(KeepReason::SizingFailed));
    assert_eq!(
        store.requests(),
        3,
        "the marker, and one more to see whether markers work"
    );
}

/// What a page after "there is more" shows again is no more of an end than an empty page.
#[tokio::test(start_paused = true)]
async fn a_page_after_more_that_brings_nothing_new_hides_parts_if_markers_bring_nothing() {
    for habit in [
        Habit::FirstPageAgain,
        Habit::LastPartAgain,
        Habit::MiddleAgain,
    ] {
        for (count, page) in [(2_500, 1_000), (7, 3), (1_001, 1_000)] {
            let mut store = OneUpload::new(1..=count, page);
            store.habit = habit;
            let (found, store) = sized(store).await;
            let seen = (1..=page as u32).map(size_of).sum();
            let case = format!("{habit:?}, {count} in pages of {page}");
            assert_eq!(found.footprint.bytes, Amount::AtLeast(seen), "{case}");
            let kept = Verdict::Keep(KeepReason::SizingFailed);
            assert_eq!(found.verdict, kept, "{case}");
            assert_eq!(store.requests(), 3, "{case}");
        }
    }
}

/// SeaweedFS shows the part at the marker again, also where there is none behind it.
#[tokio::test(start_paused = true)]
async fn a_last_page_of_only_the_part_at_the_marker_is_the_end_where_markers_work() {
    for (count, page) in [(2, 2), (6, 3), (9, 5), (1_000, 1_000), (1_999, 1_000)] {
        let mut store = OneUpload::new(1..=count, page);
        store.habit = Habit::FullPagesRepeatTheEdge;
        let (found, store) = sized(store).await;
        let case = format!("{count} in pages of {page}");
        assert_eq!(
            found.footprint.bytes,
            Amount::Exact(store.bytes()),
            "{case}"
        );
        assert_eq!(found.verdict, Verdict::Sweep, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_behind_a_full_one_is_the_end_where_markers_work() {
    for count in [2, 4, 1_000, 2_000] {
        let mut store = OneUpload::new(1..=count, count.div_ceil(2) as usize);
        store.habit = Habit::FullPagesSayMore;
        let (found, store) = sized(store).await;
        assert_eq!(
            found.footprint.bytes,
            Amount::Exact(store.bytes()),
            "{count}"
        );
        assert_eq!(found.verdict, Verdict::Sweep, "{count}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_read_leaves_size_and_age_open() {
    let mut store = OneUpload::new(1..=3, 10);
    store.habit = Habit::EndUnclear;
    let (found, store) = sized(store).await;
    assert_eq!(found.footprint.bytes, Amount::AtLeast(store.bytes()));
    assert_eq!(found.verdict, Verdict::Keep(KeepReason::SizingFailed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_numbers_in_pages_of_any_length_are_summed_exactly(
        dense in 0u32..60,
        sparse in proptest::collection::btree_set(1u32..=10_000, 0..20),
        page in 1usize..12,
        habit in prop::sample::select(&[
            Habit::Plain,
            Habit::UnknownMarkerIsStart,
            Habit::RepeatsTheEdge,
            Habit::ShortPages,
            Habit::FullPagesSayMore,
            Habit::FullPagesRepeatTheEdge,
        ][..]),
    ) {
        let numbers: BTreeSet<u32> = (1..=dense).chain(sparse).collect();
        // A page that only repeats the edge shows nothing new, one by one too.
        let page = match habit {
            Habit::RepeatsTheEdge => page + 1,
            // Nor is a page of two enough there to show that markers work.
            Habit::FullPagesRepeatTheEdge => page + 2,
            // A single part that fills a page leaves no marker to be tried.
            Habit::FullPagesSayMore => page.max(2),
            _ => page,
        };
        let mut store = OneUpload::new(numbers.iter().copied(), page);
        store.habit = habit;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (found, store) = runtime.block_on(sized(store));
        prop_assert_eq!(found.footprint.bytes, Amount::Exact(store.bytes()));
        prop_assert_eq!(found.footprint.parts, Amount::Exact(numbers.len() as u64));
    }
}

#[tokio::test]
async fn the_age_of_a_look_counts_from_its_first_page() {
    let store = crate::fake::FakeStore::new(&["a"]);
    store.add_old("a", "k", "1", &[10, 20, 30]);
    store.world().parts_page = 1;
    crate::sweep::sweep_all(&store).await;
    let world = store.world();
    // The scan took four requests, so the look begins with the fifth.
    assert_eq!(world.looks, [5], "of {} answers", world.answers);
}
