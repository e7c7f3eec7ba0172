//! ListMultipartUploads: which uploads are on a page, and how the page is written.

mod document;

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use crate::habits::{
    Delimiter, Habits, IdMarker, ListingHabits, Markers, OddNumber, Order, PageSize, Truncated,
};
use crate::hash::{base64, from_base64};
use crate::store::ids;
use crate::store::upload::{Position, Upload};
use crate::store::uploads::Uploads;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::request::{Call, Query};

pub(crate) use document::{write as write_page, write_class, write_people};

/// As many uploads as no bucket has here.
const ALL_ON_ONE: usize = 100_000_000;

/// The uploads on one page.
#[derive(Debug, Default)]
pub(crate) struct UploadsPage<'a> {
    pub(crate) uploads: Vec<Cow<'a, Upload>>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) truncated: bool,
    /// The key and id to go on from: of the last upload, or of the last prefix without an id.
    pub(crate) next: Option<(Arc<str>, Arc<str>)>,
    /// Whether the next page begins with the key that this one ends with.
    pub(crate) within_key: bool,
}

/// Answers ListMultipartUploads.
pub(crate) fn list_uploads(
    uploads: &Uploads,
    call: &Call,
    caller: &str,
    run: u32,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let listing = &habits.listing;
    let query = &call.query;
    if listing.encoding.strict
        && query
            .filled("encoding-type")
            .is_some_and(|kind| kind != "url")
    {
        return Err(Refusal::invalid_argument(
            "Invalid Encoding Method specified in Request",
        ));
    }
    let limit = match listing.has_one_page {
        true => ALL_ON_ONE,
        false => page_size(listing.page, query.get("max-uploads"))?,
    };
    if listing.id_marker == IdMarker::EmptyRefused && query.get("upload-id-marker") == Some("") {
        return Err(Refusal::invalid_argument("upload-id-marker is empty"));
    }
    if listing.markers == Markers::FirstOfNext && uploads.never_had_any() {
        return Err(Refusal::no_such_upload());
    }
    let read;
    let query = match listing.markers {
        Markers::Tokens => {
            read = without_tokens(query)?;
            &read
        }
        _ => query,
    };
    let id_marker = query
        .filled("upload-id-marker")
        .filter(|_| listing.id_marker != IdMarker::Ignored);
    if listing.checks_id_marker && id_marker.is_some_and(|id| !ids::has_form(habits.ids, id)) {
        return Err(Refusal::no_such_upload());
    }
    let prefix = query.filled("prefix");
    if let Some(key) = prefix.filter(|key| listing.keys_or_folders && !key.ends_with('/')) {
        // The key-marker is taken for an upload id, which it has not the form of.
        if query.filled("key-marker").is_some() {
            return Err(Refusal::no_such_upload());
        }
        let page = of_exact_key(uploads, key, None, limit);
        return document::write(&page, call, caller, limit, habits);
    }
    let page = match (listing.from_memory, prefix) {
        (true, None) => from_memory(uploads, run),
        (true, Some(key)) => of_exact_key(uploads, key, id_marker, limit),
        (false, _) => select(uploads, query, (id_marker, limit), listing),
    };
    document::write(&page, call, caller, limit, habits)
}

/// What stands for a name in the markers of a store that doesn't show it.
pub(crate) fn to_token(name: &str) -> String {
    base64(format!("l:{name}").as_bytes())
}

/// What a token stands for.
pub(crate) fn from_token(token: &str) -> Option<String> {
    let text = String::from_utf8(from_base64(token)?).ok()?;
    Some(text.strip_prefix("l:")?.to_owned())
}

/// A query with the markers that its tokens stand for.
fn without_tokens(query: &Query) -> Result<Query, Refusal> {
    let mut query = query.clone();
    for name in ["key-marker", "upload-id-marker"] {
        let Some(token) = query.filled(name) else {
            continue;
        };
        let refused = || Refusal::invalid_argument("the continuation token isn't valid");
        let marker = from_token(token).ok_or_else(refused)?;
        query.set(name, marker);
    }
    Ok(query)
}

/// Reads how many entries are asked for.
pub(crate) fn page_size(page: PageSize, asked: Option<&str>) -> Result<usize, Refusal> {
    let refused = || Refusal::invalid_argument("Argument must be an integer between 1 and 1000");
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(page.most);
    };
    let digits = asked.strip_prefix('-').unwrap_or(asked);
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (asked.parse::<u32>(), page.odd) {
        (Ok(count), _) if count > 0 => Ok(page.most.min(count as usize)),
        (_, OddNumber::Endless) if number => Ok(0),
        (_, OddNumber::One) => Ok(1),
        (_, OddNumber::Usual) => Ok(page.most),
        (_, OddNumber::Refused | OddNumber::Endless) => Err(refused()),
    }
}

/// Everything that was begun since the last restart, by the time of its beginning.
fn from_memory(uploads: &Uploads, run: u32) -> UploadsPage<'_> {
    let mut page = UploadsPage {
        uploads: uploads.iter().filter(|upload| upload.run == run).collect(),
        ..UploadsPage::default()
    };
    page.uploads.sort_by_key(|upload| upload.initiated);
    page
}

/// The uploads of one key, by the time of their beginning.
fn of_exact_key<'a>(
    uploads: &'a Uploads,
    key: &str,
    id_marker: Option<&str>,
    limit: usize,
) -> UploadsPage<'a> {
    let mut found: Vec<Cow<'_, Upload>> = uploads.of_key(key).collect();
    found.sort_by_key(|upload| upload.initiated);
    let marker = id_marker.and_then(|id| found.iter().position(|upload| &*upload.id == id));
    let mut rest = found.into_iter().skip(marker.map_or(0, |at| at + 1));
    let on_page: Vec<Cow<'_, Upload>> = rest.by_ref().take(limit).collect();
    let next = on_page
        .last()
        .map(|last| (Arc::clone(&last.key), Arc::clone(&last.id)));
    let truncated = rest.next().is_some();
    UploadsPage {
        uploads: on_page,
        truncated,
        within_key: truncated,
        next,
        prefixes: Vec::new(),
    }
}

/// Where the uploads of a page begin, by its markers and prefix.
fn start(
    uploads: &Uploads,
    query: &Query,
    id: Option<&str>,
    listing: &ListingHabits,
) -> Bound<Position> {
    let key = query
        .filled("key-marker")
        .map(|key| match listing.keys_or_folders {
            true => format!("{}{key}", query.get("prefix").unwrap_or_default()),
            false => key.to_owned(),
        });
    let key = key.as_deref();
    let order = listing.order;
    let after_marker = match (order, key, id) {
        (Order::Id, _, Some(id)) => Bound::Excluded(uploads.position("", id)),
        (Order::Id, _, None) | (_, None, _) => Bound::Unbounded,
        (_, Some(key), Some(id)) if listing.markers == Markers::FirstOfNext => {
            Bound::Included(uploads.position(key, id))
        }
        (_, Some(key), Some(id)) => Bound::Excluded(uploads.position(key, id)),
        // The next text after a text is that with a NUL behind it.
        (Order::KeyThenId, Some(key), None) => Bound::Included(Position::at(&format!("{key}\0"))),
        (Order::Hidden, Some(key), None) => {
            let text = uploads.position(key, "").text;
            Bound::Included(Position::at(&format!("{text}\0")))
        }
        (Order::MetaName, Some(key), None) => {
            Bound::Included(Position::at(&format!("{key}..meta")))
        }
    };
    let prefix = query.filled("prefix").filter(|_| order.shows_keys());
    let at_prefix = prefix.map(Position::at);
    match (after_marker, at_prefix) {
        (Bound::Unbounded, Some(at)) => Bound::Included(at),
        (Bound::Excluded(marker) | Bound::Included(marker), Some(at)) if marker < at => {
            Bound::Included(at)
        }
        (after_marker, _) => after_marker,
    }
}

/// Picks the uploads of a page.
fn select<'a>(
    uploads: &'a Uploads,
    query: &Query,
    (id_marker, limit): (Option<&str>, usize),
    listing: &ListingHabits,
) -> UploadsPage<'a> {
    let order = listing.order;
    let mut page = UploadsPage::default();
    if limit == 0 {
        // Measured on Ceph: a page of nothing that says there is more.
        page.truncated = true;
        return page;
    }
    let delimiter = query
        .get("delimiter")
        .filter(|_| listing.delimiter != Delimiter::Ignored);
    if delimiter == Some("") && listing.delimiter == Delimiter::EmptyHidesAll {
        page.prefixes.push(String::new());
        return page;
    }
    let delimiter = delimiter.filter(|text| !text.is_empty());
    let prefix = query.get("prefix").unwrap_or_default();
    let only_key = query.filled("key-marker").filter(|_| order == Order::Id);
    let groups_after = query.filled("key-marker").unwrap_or_default();
    let mut entries_left = entries_on_a_page(limit);
    let mut from = start(uploads, query, id_marker, listing);
    let end = listing.most.and_then(|most| {
        let (end, _) = uploads.from(Bound::Unbounded, false).nth(most)?;
        Some(end.into_owned())
    });
    'ranges: loop {
        for (position, upload) in uploads.from(from, listing.parts_fill_pages) {
            if end.as_ref().is_some_and(|end| *position >= *end) {
                break 'ranges;
            }
            let text = match order.shows_keys() {
                true => &*position.text,
                false => &*upload.key,
            };
            let Some(rest) = text.strip_prefix(prefix) else {
                if !order.shows_keys() {
                    continue;
                }
                break 'ranges;
            };
            if only_key.is_some_and(|key| key != &*upload.key) {
                continue;
            }
            let group = delimiter.and_then(|text| Some(rest.find(text)? + text.len()));
            if group.is_some() && listing.delimiter == Delimiter::Hides {
                continue;
            }
            if page.uploads.len() + page.prefixes.len() == limit || entries_left == 0 {
                page.truncated = true;
                if listing.markers == Markers::FirstOfNext {
                    page.next = Some((Arc::clone(&upload.key), Arc::clone(&upload.id)));
                }
                page.within_key = page
                    .uploads
                    .last()
                    .is_some_and(|last| last.key == upload.key);
                break 'ranges;
            }
            if let Some(end) = group {
                let group = format!("{prefix}{}", &rest[..end]);
                let next = after_all_with(&group);
                if *group > *groups_after {
                    page.next = Some((group.as_str().into(), "".into()));
                    page.prefixes.push(group);
                }
                let Some(next) = next else { break 'ranges };
                from = Bound::Included(Position::at(&next));
                continue 'ranges;
            }
            if listing.parts_fill_pages {
                entries_left = entries_left.saturating_sub(1 + upload.parts.len());
            }
            page.next = Some((Arc::clone(&upload.key), Arc::clone(&upload.id)));
            page.uploads.push(upload);
        }
        break;
    }
    if listing.truncated == Truncated::Full {
        page.truncated = page.uploads.len() + page.prefixes.len() >= limit;
    }
    if listing.page_by_id {
        page.uploads.sort_by(|a, b| a.id.cmp(&b.id));
    }
    page
}

/// How many entries of uploads and parts Ceph looks at for a page.
///
/// Measured: pages of 556 for 1,000 asked and of 2 for 3 asked, when each upload has 2 parts.
fn entries_on_a_page(limit: usize) -> usize {
    limit * 5 / 3 + 1
}

/// The least text that is greater than all that begin with `prefix`; `None` if there is none.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut chars = prefix.chars();
    while let Some(last) = chars.next_back() {
        // Past the surrogates, which are no characters.
        let next = if last == '\u{d7ff}' {
            0xe000
        } else {
            u32::from(last) + 1
        };
        if let Some(next) = char::from_u32(next) {
            return Some(format!("{}{next}", chars.as_str()));
        }
    }
    None
}
