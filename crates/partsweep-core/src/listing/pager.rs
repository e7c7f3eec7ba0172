//! Walking a listing on stores that page oddly.
//!
//! A state machine without I/O: it says what to ask next and takes each page. The rules come
//! from what servers were seen to do (`docs/providers.md`).

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::model::upload::{Upload, UploadAddress};
use crate::store::answers::{Markers, UploadPage};

/// What to ask next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Only keys that start with this.
    pub prefix: String,
    /// Only what comes after these.
    pub after: Markers,
}

/// How the walk stands after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// There is more: ask this.
    Ask(Ask),
    /// The store said that this was all.
    Ended,
    /// The store said that there is more and would not show it: the listing is partial.
    Stuck,
}

/// Pages in a row that bring nothing new before the walk gives up.
///
/// A store that skips entries (Ceph with many parts) may send a short page, never seen empty; a
/// broken one sends new markers for ever.
const MAX_BARREN: u32 = 100;

/// Pages of one walk before it gives up: a billion uploads, in days. A store that makes up uploads for
/// ever is not listed for ever.
const MAX_PAGES: u32 = 1_000_000;

/// Walks one bucket's listing, or the part of it below a prefix.
///
/// Memory does not grow with the bucket: repeats come at the edge of a page (Scality, Ceph by
/// key-marker alone), so only one page of names is kept, and a hash per page to see a circle. Names
/// are kept as 64 bits of a hash that no store can foresee: among two pages, one in ten trillion
/// would hide a name.
#[derive(Debug)]
pub struct Pager {
    prefix: String,
    asked: Ask,
    /// Where the walk goes on after a detour to one key.
    detour: Option<Markers>,
    previous: HashSet<u64>,
    hasher: RandomState,
    seen_markers: HashSet<u64>,
    barren: u32,
    pages: u32,
    key_marker_is_enough: bool,
    /// A key had more uploads than a detour could be led through: the end is not the end.
    incomplete: bool,
    /// A page said that there is more.
    said_more: bool,
    /// The last page was full and said nothing of its end: what is behind it is asked for, once.
    asks_past_end: bool,
    /// Its end, if it had two uploads: with one there is no marker that would bring it again.
    edge: Option<Box<Edge>>,
    /// What a marker before the last upload has to bring again.
    probed: Option<Box<Probe>>,
}

/// The end of a page that said that there is more.
#[derive(Debug)]
struct Edge {
    /// In the form of the markers that the store sent: what it shows next is `last`.
    before_last: Markers,
    before: UploadAddress,
    last: UploadAddress,
}

/// The question whether markers work, since a page behind "there is more" brought nothing new.
#[derive(Debug)]
struct Probe {
    edge: Edge,
    /// Whether that page showed the last upload but one, and the last one.
    showed: (bool, bool),
}

impl Probe {
    /// Whether a page that was asked for by the marker before the last upload shows that upload again,
    /// and not just what was shown by the marker behind it, too. Where a marker's own upload is repeated
    /// (Scality), that is the one before.
    fn is_proven_by(&self, uploads: &[Upload]) -> bool {
        let (showed_before, showed_last) = self.showed;
        let has_last = shows(uploads, &self.edge.last);
        has_last && (!showed_last || (!showed_before && shows(uploads, &self.edge.before)))
    }
}

fn shows(uploads: &[Upload], address: &UploadAddress) -> bool {
    uploads.iter().any(|upload| upload.address == *address)
}

impl Edge {
    /// Of a page, by the names of its last two uploads in the order of the marker that the store sent.
    fn of(page: &UploadPage) -> Option<Self> {
        let addresses = page.uploads.iter().map(|upload| &upload.address);
        let (before, last) = if page.next.id.is_none() && page.next.key.is_some() {
            // By key alone, whatever the order inside the page (Garage).
            let last = addresses.clone().max_by_key(|address| &address.key)?;
            let others = addresses.filter(|address| address.key != last.key);
            (others.max_by_key(|address| &address.key)?, last)
        } else {
            let mut backwards = addresses.rev();
            let last = backwards.next()?;
            (backwards.next()?, last)
        };
        let sent = &page.next;
        let (has_key, has_id) = (sent.key.is_some(), sent.id.is_some());
        // None at all: as they are made up for Swift.
        let (has_key, has_id) = if has_key || has_id {
            (has_key, has_id)
        } else {
            (true, true)
        };
        Some(Self {
            before_last: Markers {
                key: has_key.then(|| before.key.as_str().to_owned()),
                id: has_id.then(|| before.id.as_str().to_owned()),
            },
            before: before.clone(),
            last: last.clone(),
        })
    }
}

impl Pager {
    /// Starts at the beginning.
    ///
    /// `key_marker_is_enough`: on this store a NextKeyMarker without NextUploadIdMarker never
    /// skips uploads of that key (Garage); elsewhere (Storj, lakeFS) they are looked up.
    pub fn new(prefix: &str, key_marker_is_enough: bool) -> Self {
        let asked = Ask {
            prefix: prefix.to_owned(),
            after: Markers::START,
        };
        Self {
            prefix: prefix.to_owned(),
            asked,
            detour: None,
            previous: HashSet::new(),
            hasher: RandomState::new(),
            seen_markers: HashSet::new(),
            barren: 0,
            pages: 0,
            key_marker_is_enough,
            incomplete: false,
            said_more: false,
            asks_past_end: false,
            edge: None,
            probed: None,
        }
    }

    /// Starts behind a key instead of at the beginning.
    #[must_use]
    pub fn behind(mut self, key_marker: &str) -> Self {
        self.asked.after.key = Some(key_marker.to_owned());
        self
    }

    /// The request to send.
    pub fn ask(&self) -> &Ask {
        &self.asked
    }

    /// Takes a page: drops from it what was seen before and what the prefix should have left
    /// out, and says what comes next.
    pub fn take(&mut self, page: &mut UploadPage) -> Step {
        self.pages += 1;
        let last = page.uploads.last().map(|upload| upload.address.clone());
        // What is below the marker is not behind it: an earlier page again. Only the names of the last
        // one are kept.
        let is_before = self.edge.as_ref().is_some_and(|edge| {
            let marker = &edge.last.key;
            self.asked.after.key.as_deref() == Some(marker.as_str())
                && page
                    .uploads
                    .iter()
                    .all(|upload| upload.address.key < *marker)
        });
        let showed = match (&self.edge, page.truncated) {
            (Some(edge), false) => (
                shows(&page.uploads, &edge.before),
                shows(&page.uploads, &edge.last),
            ),
            _ => (false, false),
        };
        let was_past_end = std::mem::take(&mut self.asks_past_end);
        let goes_on = page.truncated || page.may_go_on;
        let edge = goes_on.then(|| Edge::of(page)).flatten();
        let probed = self.probed.take();
        let came_again = probed.map(|probed| probed.is_proven_by(&page.uploads));
        // In order, a longer key comes after all uploads of the key that it begins with.
        let in_order = page.uploads.is_sorted_by_key(|upload| &upload.address.key);
        let mut names = HashSet::with_capacity(page.uploads.len());
        let only_key = self.detour.is_some().then(|| self.asked.prefix.clone());
        let mut repeated = Vec::new();
        page.uploads.retain(|upload| {
            let key = upload.address.key.as_str();
            // Ceph and MinIO match a prefix against other names than the key.
            let wanted =
                key.starts_with(&self.prefix) && only_key.as_ref().is_none_or(|only| key == only);
            let name = self
                .hasher
                .hash_one((&upload.address.key, &upload.address.id));
            let is_repeated = wanted && !names.insert(name);
            if is_repeated {
                repeated.push((name, upload.initiated));
            }
            wanted && !is_repeated && !self.previous.contains(&name)
        });
        for (name, initiated) in repeated {
            let is_it = |upload: &&mut Upload| {
                let address = &upload.address;
                self.hasher.hash_one((&address.key, &address.id)) == name
            };
            if let Some(upload) = page.uploads.iter_mut().find(is_it) {
                // Shown twice, it is as young as either says, and of no age if one does not (law 13).
                let both = upload.initiated.zip(initiated);
                upload.initiated = both.map(|(one, other)| one.max(other));
            }
        }
        self.barren = if page.uploads.is_empty() {
            self.barren + 1
        } else {
            0
        };

        if let Some(after) = self.detour.take() {
            // Of a detour, only the page's uploads of that key count; they are added to the names
            // of the page that led here, whose key they share.
            self.previous.extend(names);
            let at_the_key = last.is_some_and(|last| last.key.as_str() == self.asked.prefix);
            let passed_the_key = in_order && !at_the_key;
            let same_key_goes_on = page.truncated
                && page.next.id.is_some()
                && self.barren < MAX_BARREN
                && at_the_key
                && self.is_new(&page.next);
            if same_key_goes_on {
                self.detour = Some(after);
                self.asked.after = page.next.clone();
            } else {
                self.incomplete |= page.end_unclear || (page.truncated && !passed_the_key);
                self.asked = Ask {
                    prefix: self.prefix.clone(),
                    after,
                };
            }
            return self.ask_again();
        }
        if came_again == Some(false) {
            // The marker brings nothing, whatever is behind it.
            return Step::Stuck;
        }
        let is_nothing_new = page.uploads.is_empty() || is_before;
        if was_past_end && is_nothing_new && !page.truncated {
            // The page before was the last, or the marker is not understood.
            return self.end(page);
        }
        if is_nothing_new && !page.truncated && self.said_more && came_again.is_none() {
            // Nothing new, where there was to be more: the rest was ended meanwhile, or there never was
            // any (Swift and SeaweedFS say so of a full page), or the marker does not work.
            self.previous.extend(names);
            return self.probe(showed);
        }
        self.previous = names;
        // That it says "more" again is a habit of full pages: what is behind it was asked for.
        let is_proven_end = came_again == Some(true) && page.uploads.is_empty();
        let is_answer = came_again.is_some();
        if !page.truncated && (!page.may_go_on || is_nothing_new || is_answer) || is_proven_end {
            return self.end(page);
        }
        self.edge = edge.map(Box::new);
        self.said_more |= page.truncated;
        self.asks_past_end = !page.truncated;
        let next = match (page.next.is_empty(), last) {
            (false, _) => page.next.clone(),
            // Swift sends none when a page has one upload.
            (true, Some(last)) => Markers {
                key: Some(last.key.as_str().to_owned()),
                id: Some(last.id.as_str().to_owned()),
            },
            (true, None) => return Step::Stuck,
        };
        // What stands for a character that was lost is not the marker: it would skip uploads.
        let is_lost = next
            .key
            .as_deref()
            .is_some_and(|key| key.contains('\u{fffd}'));
        if is_lost || !self.is_new(&next) || self.barren >= MAX_BARREN || self.pages >= MAX_PAGES {
            return Step::Stuck;
        }
        match (&next.key, &next.id) {
            (Some(key), None) if !self.key_marker_is_enough => self.look_up(&key.clone(), next),
            _ => {
                self.asked = Ask {
                    prefix: self.prefix.clone(),
                    after: next,
                }
            }
        }
        self.ask_again()
    }

    /// The end, as this page says.
    fn end(&self, page: &UploadPage) -> Step {
        match self.incomplete || page.end_unclear {
            true => Step::Stuck,
            false => Step::Ended,
        }
    }

    /// Asks for the last upload again, by a marker before it, to see whether markers work.
    fn probe(&mut self, showed: (bool, bool)) -> Step {
        let Some(edge) = self.edge.take() else {
            return Step::Stuck;
        };
        self.asked = Ask {
            prefix: self.prefix.clone(),
            after: edge.before_last.clone(),
        };
        self.probed = Some(Box::new(Probe {
            edge: *edge,
            showed,
        }));
        self.ask_again()
    }

    /// Takes the news that the store refused its own markers (400 InvalidArgument: versitygw
    /// 1.2 and later); returns what to ask instead, if there is anything.
    pub fn refused(&mut self) -> Option<Ask> {
        let Markers {
            key: Some(key),
            id: Some(_),
        } = self.asked.after.clone()
        else {
            return None;
        };
        // Once a key: a store that refuses the markers of that detour too is asked no more.
        if self.detour.is_some()
            || !self.is_new(&Markers {
                key: Some(key.clone()),
                id: None,
            })
        {
            return None;
        }
        self.look_up(
            &key,
            Markers {
                key: Some(key.clone()),
                id: None,
            },
        );
        Some(self.asked.clone())
    }

    /// Lists one key by itself before going on, since key-marker alone skips the rest of that key.
    fn look_up(&mut self, key: &str, then: Markers) {
        self.detour = Some(then);
        self.asked = Ask {
            prefix: key.to_owned(),
            after: Markers::START,
        };
    }

    fn ask_again(&self) -> Step {
        Step::Ask(self.asked.clone())
    }

    fn is_new(&mut self, markers: &Markers) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.detour.is_some(), &self.asked.prefix, markers).hash(&mut hasher);
        self.seen_markers.insert(hasher.finish())
    }
}

#[cfg(test)]
mod tests;
