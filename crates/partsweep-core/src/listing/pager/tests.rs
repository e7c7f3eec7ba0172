//! The pages that servers were seen to send, and what is asked after each.

use super::*;
use crate::model::upload::{Upload, UploadAddress};

fn upload(key: &str, id: &str) -> Upload {
    Upload::named(UploadAddress::new("b", key, id).unwrap())
}

fn page(
    names: &[(&str, &str)],
    truncated: bool,
    key: Option<&str>,
    id: Option<&str>,
) -> UploadPage {
    UploadPage {
        uploads: names.iter().map(|(key, id)| upload(key, id)).collect(),
        truncated,
        next: Markers {
            key: key.map(str::to_owned),
            id: id.map(str::to_owned),
        },
        ..UploadPage::default()
    }
}

fn names(page: &UploadPage) -> Vec<String> {
    let name = |u: &Upload| format!("{}:{}", u.address.key.as_str(), u.address.id.as_str());
    page.uploads.iter().map(name).collect()
}

fn asked(step: &Step) -> (&str, Option<&str>, Option<&str>) {
    match step {
        Step::Ask(ask) => (
            &ask.prefix,
            ask.after.key.as_deref(),
            ask.after.id.as_deref(),
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_markers_go_back_as_they_came() {
    let mut pager = Pager::new("", false);
    let step = pager.take(&mut page(&[("a", "1")], true, Some("opaque=="), Some("x")));
    assert_eq!(asked(&step), ("", Some("opaque=="), Some("x")));
    assert_eq!(
        pager.take(&mut page(&[("b", "1")], false, Some("b"), Some("1"))),
        Step::Ended
    );
}

#[test]
fn an_id_marker_alone_goes_back_alone() {
    let mut pager = Pager::new("", false);
    let step = pager.take(&mut page(&[("z", "1")], true, None, Some("1")));
    assert_eq!(
        asked(&step),
        ("", None, Some("1")),
        "SeaweedFS: an invented key-marker loses uploads"
    );
}

#[test]
fn without_markers_the_last_entry_is_used_and_no_progress_ends_it() {
    let mut pager = Pager::new("", false);
    let step = pager.take(&mut page(&[("a", "1")], true, None, None));
    assert_eq!(asked(&step), ("", Some("a"), Some("1")));
    assert_eq!(
        pager.take(&mut page(&[("a", "1")], true, None, None)),
        Step::Stuck
    );
}

#[test]
fn an_empty_truncated_page_without_markers_is_stuck() {
    assert_eq!(
        Pager::new("", false).take(&mut page(&[], true, None, None)),
        Step::Stuck
    );
}

#[test]
fn repeats_at_the_edge_of_a_page_are_dropped() {
    let mut pager = Pager::new("", false);
    pager.take(&mut page(
        &[("a", "1"), ("b", "1")],
        true,
        Some("b"),
        Some("1"),
    ));
    let mut second = page(&[("b", "1"), ("b", "2")], false, None, None);
    pager.take(&mut second);
    assert_eq!(names(&second), ["b:2"]);
}

#[test]
fn a_page_that_comes_again_is_a_circle() {
    let mut pager = Pager::new("", false);
    pager.take(&mut page(&[("a", "1")], true, Some("m"), Some("1")));
    assert_eq!(
        pager.take(&mut page(&[("a", "1")], true, Some("m"), Some("1"))),
        Step::Stuck
    );
}

#[test]
fn new_markers_for_ever_without_uploads_end() {
    let mut pager = Pager::new("", true);
    let end = (0..1_000u32).find(|n| {
        pager.take(&mut page(&[], true, Some(&format!("m{n}")), Some("1"))) == Step::Stuck
    });
    assert_eq!(end, Some(MAX_BARREN - 1));
}

#[test]
fn a_store_that_makes_up_uploads_for_ever_is_not_listed_for_ever() {
    let mut pager = Pager::new("", false);
    pager.pages = MAX_PAGES - 3;
    let steps = [1, 2, 3].map(|n| {
        let (key, marker) = (format!("k{n}"), format!("m{n}"));
        pager.take(&mut page(
            &[(key.as_str(), "1")],
            true,
            Some(&marker),
            Some("1"),
        ))
    });
    assert!(
        matches!(steps, [Step::Ask(_), Step::Ask(_), Step::Stuck]),
        "{steps:?}"
    );
}

#[test]
fn a_key_marker_alone_leads_through_that_key() {
    let mut pager = Pager::new("", false);
    let step = pager.take(&mut page(&[("a", "1"), ("b", "1")], true, Some("b"), None));
    assert_eq!(asked(&step), ("b", None, None), "the rest of key b first");
    let mut same_key = page(&[("b", "1"), ("b", "2"), ("bb", "9")], false, None, None);
    let step = pager.take(&mut same_key);
    assert_eq!(names(&same_key), ["b:2"]);
    assert_eq!(asked(&step), ("", Some("b"), None));
    let mut rest = page(&[("bb", "9")], false, None, None);
    assert_eq!(pager.take(&mut rest), Step::Ended);
    assert_eq!(names(&rest), ["bb:9"]);
}

#[test]
fn a_detour_follows_the_pages_of_its_key() {
    let mut pager = Pager::new("", false);
    pager.take(&mut page(&[("b", "1")], true, Some("b"), None));
    let step = pager.take(&mut page(
        &[("b", "1"), ("b", "2")],
        true,
        Some("b"),
        Some("2"),
    ));
    assert_eq!(asked(&step), ("b", Some("b"), Some("2")));
    let step = pager.take(&mut page(&[("b", "3")], false, None, None));
    assert_eq!(asked(&step), ("", Some("b"), None));
}

#[test]
fn a_key_with_more_uploads_than_can_be_reached_makes_the_listing_partial() {
    // Key-marker only, past the whole key, two on a page: Storj.
    let all = [("b", "1"), ("b", "2"), ("b", "3"), ("c", "1")];
    let mut pager = Pager::new("", false);
    let mut seen = 0;
    let end = loop {
        let ask = pager.ask().clone();
        let after = ask.after.key.as_deref();
        let rest: Vec<_> = (all.iter())
            .filter(|(key, _)| key.starts_with(&ask.prefix) && after.is_none_or(|m| *key > m))
            .copied()
            .collect();
        let shown = &rest[..rest.len().min(2)];
        let key = shown.last().map(|(key, _)| *key);
        let mut answer = page(shown, rest.len() > 2, key, None);
        let step = pager.take(&mut answer);
        seen += answer.uploads.len();
        if !matches!(step, Step::Ask(_)) {
            break step;
        }
    };
    assert_eq!((seen, end), (3, Step::Stuck));
}

#[test]
fn a_marker_with_a_lost_character_is_not_followed() {
    let mut pager = Pager::new("", false);
    let step = pager.take(&mut page(&[("a", "1")], true, Some("a\u{fffd}"), Some("1")));
    assert_eq!(step, Step::Stuck);
}

#[test]
fn a_detour_without_anything_new_ends() {
    let mut pager = Pager::new("", false);
    pager.take(&mut page(&[("b", "1")], true, Some("b"), None));
    let end = (0..1_000u32).find(|n| {
        let marker = format!("m{n}");
        let step = pager.take(&mut page(&[("b", "1")], true, Some(&marker), Some("x")));
        asked(&step).0 != "b"
    });
    assert!(end.is_some());
}

#[test]
fn where_a_key_marker_is_enough_there_is_no_detour() {
    let mut pager = Pager::new("", true);
    let step = pager.take(&mut page(&[("b", "1")], true, Some("b"), None));
    assert_eq!(asked(&step), ("", Some("b"), None));
}

#[test]
fn refused_markers_are_asked_by_key() {
    let mut pager = Pager::new("", false);
    assert_eq!(
        pager.refused(),
        None,
        "there is nothing else to ask at the start"
    );
    pager.take(&mut page(&[("b", "1")], true, Some("b"), Some("1")));
    assert_eq!(pager.refused().unwrap().prefix, "b");
    let mut same_key = page(&[("b", "1"), ("b", "2")], false, None, None);
    let step = pager.take(&mut same_key);
    assert_eq!(
        (names(&same_key).len(), asked(&step)),
        (1, ("", Some("b"), None))
    );
}

#[test]
fn a_store_that_widens_the_prefix_is_narrowed() {
    let mut pager = Pager::new("same.", false);
    let mut answer = page(&[("same", "1"), ("same.txt", "2")], false, None, None);
    pager.take(&mut answer);
    assert_eq!(
        names(&answer),
        ["same.txt:2"],
        "Ceph matches `<key>.<id>.meta`"
    );
}

/// Law 13: an empty page after "there is more" proves nothing by itself. Swift and LocalStack send one
/// behind a full page, and a store whose markers do not work sends one, too.
#[test]
fn an_empty_page_after_more_is_the_end_only_if_markers_are_seen_to_work() {
    let first = || {
        page(
            &[("a", "1"), ("b", "1"), ("c", "1")],
            true,
            Some("c"),
            Some("1"),
        )
    };
    let empty = || page(&[], false, None, None);
    let mut pager = Pager::new("", false);
    pager.take(&mut first());
    let step = pager.take(&mut empty());
    assert_eq!(
        asked(&step),
        ("", Some("b"), Some("1")),
        "the last one but one"
    );
    let mut again = page(&[("c", "1")], false, None, None);
    assert_eq!(pager.take(&mut again), Step::Ended);
    assert!(names(&again).is_empty(), "seen before");

    let mut pager = Pager::new("", false);
    pager.take(&mut first());
    pager.take(&mut empty());
    assert_eq!(
        pager.take(&mut empty()),
        Step::Stuck,
        "markers bring nothing"
    );
}

#[test]
fn what_a_probe_shows_beside_what_it_looks_for_is_kept_and_followed() {
    let mut pager = Pager::new("", false);
    pager.take(&mut page(
        &[("a", "1"), ("b", "1")],
        true,
        Some("b"),
        Some("1"),
    ));
    pager.take(&mut page(&[], false, None, None));
    let mut again = page(&[("b", "1"), ("c", "1")], true, Some("c"), Some("1"));
    let step = pager.take(&mut again);
    assert_eq!(asked(&step), ("", Some("c"), Some("1")));
    assert_eq!(names(&again), ["c:1"]);
}

#[test]
fn a_probe_has_the_form_of_the_stores_own_markers() {
    // SeaweedFS: by id alone; a key-marker would lose uploads.
    let mut pager = Pager::new("", false);
    pager.take(&mut page(&[("z", "1"), ("a", "2")], true, None, Some("2")));
    let step = pager.take(&mut page(&[], false, None, None));
    assert_eq!(asked(&step), ("", None, Some("1")));
    // Garage: by key alone, and inside a page by id.
    let mut pager = Pager::new("", true);
    pager.take(&mut page(
        &[("c", "1"), ("a", "2"), ("b", "3")],
        true,
        Some("c"),
        None,
    ));
    let step = pager.take(&mut page(&[], false, None, None));
    assert_eq!(asked(&step), ("", Some("b"), None));
}

#[test]
fn an_end_that_cannot_be_read_is_no_end() {
    let mut unclear = page(&[("a", "1")], false, None, None);
    unclear.end_unclear = true;
    assert_eq!(Pager::new("", false).take(&mut unclear), Step::Stuck);
}

#[test]
fn an_empty_page_after_one_upload_and_more_proves_nothing() {
    for names in [&[("a", "1")][..], &[]] {
        let mut pager = Pager::new("", false);
        let step = pager.take(&mut page(names, true, Some("a"), Some("1")));
        assert_eq!(asked(&step), ("", Some("a"), Some("1")));
        assert_eq!(pager.take(&mut page(&[], false, None, None)), Step::Stuck);
    }
}

#[test]
fn an_upload_that_a_page_shows_twice_is_as_young_as_either_says() {
    let at = |second| jiff::Timestamp::from_second(second).ok();
    for (first, second, taken) in [
        (at(1_700_000_000), at(1_800_000_000), at(1_800_000_000)),
        (at(1_800_000_000), at(1_700_000_000), at(1_800_000_000)),
        (at(1_700_000_000), None, None),
        (None, at(1_700_000_000), None),
    ] {
        let mut page = page(&[("a", "1"), ("b", "2"), ("a", "1")], false, None, None);
        page.uploads[0].initiated = first;
        page.uploads[2].initiated = second;
        Pager::new("", false).take(&mut page);
        assert_eq!(names(&page), ["a:1", "b:2"]);
        assert_eq!(page.uploads[0].initiated, taken);
    }
}

/// The kind: a page after "there is more" that brings nothing new is no more of an end than an empty one.
#[test]
fn a_page_after_more_that_brings_nothing_new_is_no_end_if_it_comes_by_any_marker() {
    let first = &[("a", "1"), ("b", "1"), ("c", "1")][..];
    for again in [first, &first[2..], &first[1..2], &first[1..]] {
        let mut pager = Pager::new("", false);
        pager.take(&mut page(first, true, Some("c"), Some("1")));
        let mut repeated = page(again, false, None, None);
        let step = pager.take(&mut repeated);
        assert_eq!(asked(&step), ("", Some("b"), Some("1")), "{again:?}");
        assert!(names(&repeated).is_empty(), "{again:?}");
        let step = pager.take(&mut page(again, false, None, None));
        assert_eq!(step, Step::Stuck, "{again:?}");
    }
}

/// Of earlier pages no names are kept.
#[test]
fn an_earlier_page_again_is_no_end_either() {
    let first = &[("a", "1"), ("b", "1")];
    let mut pager = Pager::new("", false);
    pager.take(&mut page(first, true, Some("b"), Some("1")));
    let second = &[("c", "1"), ("d", "1")];
    pager.take(&mut page(second, true, Some("d"), Some("1")));
    let step = pager.take(&mut page(first, false, None, None));
    assert_eq!(asked(&step), ("", Some("c"), Some("1")));
    let step = pager.take(&mut page(first, false, None, None));
    assert_eq!(step, Step::Stuck);
}

/// Scality and Ceph begin a page with the upload at the marker, also where none is behind it.
#[test]
fn a_last_page_of_only_the_upload_at_the_marker_is_the_end_where_markers_work() {
    let first = &[("a", "1"), ("b", "1"), ("c", "1")][..];
    let mut pager = Pager::new("", false);
    pager.take(&mut page(first, true, Some("c"), Some("1")));
    let step = pager.take(&mut page(&first[2..], false, None, None));
    assert_eq!(asked(&step), ("", Some("b"), Some("1")));
    let mut again = page(&first[1..], false, None, None);
    assert_eq!(pager.take(&mut again), Step::Ended);
    assert!(names(&again).is_empty());
}

#[test]
fn a_full_page_that_says_nothing_of_its_end_is_asked_beyond_once() {
    let full = |names| UploadPage {
        may_go_on: true,
        ..page(names, false, None, None)
    };
    let cut = || {
        let mut pager = Pager::new("", false);
        let step = pager.take(&mut full(&[("a", "1"), ("b", "1")]));
        assert_eq!(asked(&step), ("", Some("b"), Some("1")));
        pager
    };
    let nothing = &mut page(&[], false, None, None);
    assert_eq!(cut().take(nothing), Step::Ended);
    // The marker is not understood.
    let again = &mut full(&[("a", "1"), ("b", "1")]);
    assert_eq!(cut().take(again), Step::Ended);
    let edge = &mut page(&[("b", "1")], false, None, None);
    assert_eq!(cut().take(edge), Step::Ended);
    let mut pager = cut();
    let mut rest = full(&[("c", "1"), ("d", "1")]);
    assert_eq!(asked(&pager.take(&mut rest)), ("", Some("d"), Some("1")));
    assert_eq!(names(&rest), ["c:1", "d:1"]);
    assert_eq!(pager.take(nothing), Step::Ended);
    assert_eq!(
        cut().take(&mut page(&[("c", "1")], false, None, None)),
        Step::Ended
    );
    // It says that there is more, and shows nothing of it.
    assert_eq!(cut().take(&mut page(&[], true, None, None)), Step::Stuck);
}
