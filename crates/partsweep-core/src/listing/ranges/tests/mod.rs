//! How well listings are cut, and that nothing is lost by it

mod model;
mod shapes;

use std::cmp::Ordering;

use proptest::prelude::*;

use self::model::{Listing, upload, walk};
use self::shapes::{SHAPES, keys};
use super::{Boundary, ListingOrder, Ranges};

#[test]
fn on_ceph_a_key_lies_left_of_the_cut_that_is_its_own() {
    let cut = Boundary("a".to_owned());
    let side = |key| ListingOrder::EntryName.side(&upload(key, "2~x").address, &cut);
    assert_eq!(side("a"), Ordering::Less);
    assert_eq!(side("a b"), Ordering::Less, "`a b.` is listed before `a.`");
    assert_eq!(side("a-b"), Ordering::Less);
    assert_eq!(side("a/b"), Ordering::Greater);
    assert_eq!(side("ab"), Ordering::Greater);
    let [spaced, short] = ["a b", "a"].map(|key| upload(key, "1").address);
    assert!(ListingOrder::EntryName.is_ascending(&spaced, &short));
    assert!(!ListingOrder::Key.is_ascending(&spaced, &short));
}

/// 100 pages' worth of keys, 32 at once. A guess more or less is no harm; a shape that falls back to
/// one page after the other is seen here.
#[test]
fn listings_of_every_shape_take_a_fifth_of_the_time_and_at_most_twice_the_pages() {
    const PAGE: usize = 250;
    for name in SHAPES {
        let keys = keys(name, 100 * PAGE);
        for order in [ListingOrder::Key, ListingOrder::EntryName] {
            let walked = walk(&Listing::new(&keys, order, PAGE), 32, 0.0);
            assert_eq!(walked.seen.len(), keys.len());
            let most = if name == "one key" {
                (101.0, 110)
            } else {
                (20.0, 200)
            };
            assert!(
                walked.time <= most.0 && walked.pages <= most.1,
                "{name}: {} latencies, {} pages",
                walked.time,
                walked.pages
            );
        }
    }
}

#[test]
fn a_small_bucket_costs_a_few_pages_more_than_it_has() {
    const PAGE: usize = 250;
    for name in SHAPES {
        for (pages, most) in [(1, 1), (2, 4), (3, 7)] {
            let listing = Listing::new(&keys(name, pages * PAGE), ListingOrder::Key, PAGE);
            let walked = walk(&listing, 32, 0.0);
            assert!(walked.pages <= most, "{name}: {} for {pages}", walked.pages);
            assert!(
                walked.time <= pages as f64,
                "{name}: no slower than one by one"
            );
        }
    }
}

/// Prints what a listing takes: `cargo test --release -p partsweep-core figures -- --ignored --nocapture`.
#[test]
#[ignore = "prints a table and checks little"]
#[expect(clippy::print_stdout, reason = "a table for whoever tunes the cuts")]
fn figures() {
    const PAGE: usize = 1_000;
    for count in [2_500, 5_500, 100_000, 1_000_000] {
        println!(
            "{count} uploads, {} pages; latencies/pages 16, 32, 32 with jitter, 64, 256 at once",
            usize::div_ceil(count, PAGE)
        );
        for name in SHAPES {
            let listing = Listing::new(&keys(name, count), ListingOrder::Key, PAGE);
            print!("  {name:18}");
            for (workers, jitter) in [(16, 0.0), (32, 0.0), (32, 1.0), (64, 0.0), (256, 0.0)] {
                let walked = walk(&listing, workers, jitter);
                assert_eq!(walked.seen.len(), count);
                print!("{:>13}", format!("{:.0}/{}", walked.time, walked.pages));
            }
            println!();
        }
    }
}

fn any_keys() -> impl Strategy<Value = Vec<String>> {
    let many = |key: &'static str| proptest::collection::vec(key, 0..300);
    let shaped =
        (0..SHAPES.len(), 0..300_usize).prop_map(|(shape, count)| keys(SHAPES[shape], count));
    prop_oneof![
        many("[a-z]{1,8}"),
        many("[0-9a-f]{8}"),
        many("logs/202[0-9]/[01][0-9]/[a-c]{1,3}"),
        many("(same|same|same|other)"),
        many("[a-c \\-.!/]{1,4}"),
        many("\\PC{1,4}"),
        many(".{1,3}"),
        many("[\u{1}\u{1f}a\u{7f}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{1,3}"),
        many("a{1,30}b{0,2}"),
        shaped,
    ]
}

proptest! {
    #[test]
    fn every_upload_is_seen_once(
        keys in any_keys(),
        page in 1..12_usize,
        workers in 1..40_usize,
        order in prop_oneof![
            Just(ListingOrder::Key),
            Just(ListingOrder::KeyByPage),
            Just(ListingOrder::EntryName),
        ],
        jitter in 0.0..2.0,
    ) {
        let listing = Listing::new(&keys, order, page);
        let mut seen = walk(&listing, workers, jitter).seen;
        seen.sort();
        let mut all = listing.names();
        all.sort();
        prop_assert_eq!(seen, all);
    }

    #[test]
    fn every_cut_lies_inside_its_range(
        mut ends in proptest::collection::vec("[a-c/é0-2\u{1}\u{d7ff}\u{e000}\u{10ffff}日]{1,6}", 2..40),
        free in 1..40_usize,
        by_entry_name in any::<bool>(),
    ) {
        let order = if by_entry_name { ListingOrder::EntryName } else { ListingOrder::Key };
        ends.sort();
        let uploads = Listing::new(&ends, order, 1).uploads;
        let last = uploads.last().unwrap().address.clone();
        let mut ranges = Ranges::new(order, "", uploads).unwrap();
        let mut before: Option<Boundary> = None;
        for id in ranges.split(free) {
            let cut = ranges.start(id).unwrap().clone();
            prop_assert_eq!(order.side(&last, &cut), Ordering::Less);
            prop_assert!(before.is_none_or(|before| order.is_before(&before, &cut)));
            before = Some(cut);
        }
    }
}
