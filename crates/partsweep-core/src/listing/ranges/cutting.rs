//! Which ranges a listing is cut into, and what every page tells of them

use std::cmp::Ordering;

use super::alphabet::{KeyModel, common_prefix};
use super::order::{Boundary, ListingOrder};
use super::ruler::KeyMetric;
use crate::model::name::Key;
use crate::model::upload::{Upload, UploadAddress};

/// A range of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RangeId(usize);

/// The ranges of one listing, from the moment that its first page was seen.
///
/// Ranges share no upload: a cut says of every upload on which side it lies.
#[derive(Debug)]
pub struct Ranges {
    order: ListingOrder,
    prefix: String,
    ranges: Vec<Range>,
    alphabet: KeyModel,
    /// Pages that showed something new, and those that did not; a page in parts is both in parts.
    news: f64,
    waste: f64,
    /// Ranges of which no page was seen yet.
    unseen: usize,
    /// Uploads on the largest page.
    page: usize,
}

#[derive(Debug)]
struct Range {
    after: Option<Boundary>,
    end: Option<Boundary>,
    right: Option<usize>,
    /// The first and the last upload of the last page.
    ends: Option<(UploadAddress, UploadAddress)>,
    /// The first key behind `after`, as the range itself was shown it: `None` inside if there is
    /// none.
    head: Option<Option<Key>>,
    /// The same, as the range before it was shown it.
    foretold: Option<Option<Key>>,
    rest: Rest,
    done: bool,
}

/// What is guessed of the rest of a range, behind what was seen of it.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    /// How much of the line a page takes.
    page: f64,
    /// How much of it is left.
    left: f64,
    /// How likely it is that they lie evenly up to the end, and not on any scale.
    even: f64,
    /// How many pages that may be.
    pages: f64,
}

/// What a page shows, before anything of it was dropped.
#[derive(Debug)]
pub struct RangeLook {
    ends: Option<(UploadAddress, UploadAddress)>,
    head: Option<Key>,
    past: Option<Key>,
    count: usize,
}

/// What a page told of its range.
#[derive(Debug)]
pub struct Taken {
    /// The range is over: the page went beyond its end, or the listing ended.
    pub is_over: bool,
    /// Two ranges that were shown different keys at the cut between them.
    pub seam: Option<BoundaryCheck>,
}

/// Two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundaryCheck {
    /// The one that ends at the cut.
    pub left: RangeId,
    /// The one that begins there.
    pub right: RangeId,
}

/// The store does not list in the order that it is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disorder;

/// So many ranges that nothing was seen of yet may be asked for at once: this many, and [`GROWTH`] more for each page
/// that showed something new, and [`COST`] fewer for each that did not. So a listing that cannot be
/// guessed costs twice its pages at most, and a small bucket a few.
const START: f64 = 1.0;
const GROWTH: f64 = 1.5;
const COST: f64 = 1.5;

/// A range is cut while each piece is guessed to hold so many pages.
const LEAST: f64 = 1.5;

/// With so many pages left, if uploads lie evenly, it is as likely as not that they do.
const EVEN: f64 = 300.0;

/// Pieces that a range is cut into at once while it is not known that uploads go on at its end:
/// more of them would ask the same question.
const FEW: usize = 4;

impl Ranges {
    /// Begins with the first page of a listing, as it came; `None` if it is empty or not in order.
    pub fn new(order: ListingOrder, prefix: &str, mut first: Vec<Upload>) -> Option<Self> {
        let mut ranges = Self {
            order,
            prefix: prefix.to_owned(),
            ranges: vec![Range::between(None, None, None)],
            alphabet: KeyModel::default(),
            news: 0.0,
            waste: 0.0,
            unseen: 1,
            page: 0,
        };
        let look = ranges.look(Self::FIRST, &mut first).ok()?;
        look.ends.as_ref()?;
        ranges.take(Self::FIRST, look, &mut first, false);
        Some(ranges)
    }

    /// The range that the first page is of.
    pub const FIRST: RangeId = RangeId(0);

    /// The cut that a range begins behind.
    pub fn start(&self, RangeId(id): RangeId) -> Option<&Boundary> {
        self.ranges.get(id)?.after.as_ref()
    }

    /// Looks at a page of a range, as it came, and arranges it.
    pub fn look(&self, RangeId(id): RangeId, page: &mut [Upload]) -> Result<RangeLook, Disorder> {
        self.order.arrange(page);
        let range = self.ranges.get(id).ok_or(Disorder)?;
        let addresses = || page.iter().map(|upload| &upload.address);
        if !addresses().is_sorted_by(|a, b| self.order.is_ascending(a, b)) {
            return Err(Disorder);
        }
        let ends = page
            .first()
            .zip(page.last())
            .map(|(first, last)| (first.address.clone(), last.address.clone()));
        // A page that begins before its marker shows that the marker was not understood.
        if let Some((first, _)) = &ends {
            let goes_on = match (&range.ends, &range.after) {
                (Some((_, before)), _) => self.order.is_ascending(before, first),
                (None, Some(cut)) => {
                    self.order.side(first, cut) == Ordering::Greater
                        || first.key.as_str() == cut.marker()
                }
                (None, None) => true,
            };
            if !goes_on {
                return Err(Disorder);
            }
        }
        let behind = |cut: &Option<Boundary>| self.order.first_behind(page, cut.as_ref()?);
        Ok(RangeLook {
            head: behind(&range.after),
            past: behind(&range.end),
            count: page.len(),
            ends,
        })
    }

    /// Takes a page that was looked at: drops what does not lie in the range, and learns.
    ///
    /// `is_end`: the store said that the listing ends with it.
    pub fn take(
        &mut self,
        RangeId(id): RangeId,
        look: RangeLook,
        uploads: &mut Vec<Upload>,
        is_end: bool,
    ) -> Taken {
        self.page = self.page.max(look.count);
        self.alphabet
            .learn(uploads.iter().map(|upload| upload.address.key.as_str()));
        let Some(range) = self.ranges.get_mut(id) else {
            return Taken {
                is_over: true,
                seam: None,
            };
        };
        let order = self.order;
        uploads.retain(|upload| {
            let is_behind = |cut| order.side(&upload.address, cut) == Ordering::Greater;
            range.after.as_ref().is_none_or(is_behind) && !range.end.as_ref().is_some_and(is_behind)
        });
        let new = uploads.len() as f64 / self.page.max(1) as f64;
        self.news += new;
        self.waste += 1.0 - new;
        if range.ends.is_none() {
            self.unseen -= 1;
        }
        let is_over = is_end || look.past.is_some();
        let begins = range.head.is_none() && (look.head.is_some() || is_end);
        if begins {
            range.head = Some(look.head.clone());
        }
        if let Some((first, last)) = &look.ends {
            self.alphabet.correct(first.key.as_str());
            self.alphabet.correct(last.key.as_str());
        }
        range.ends = look.ends.or(range.ends.take());
        let is_foretold = range
            .foretold
            .as_ref()
            .is_none_or(|foretold| range.head.as_ref() == Some(foretold));
        if begins {
            self.learn_gap(id, look.head.as_ref().map_or("", Key::as_str));
        }
        let mut seam = None;
        if begins && !is_foretold {
            seam = self.left_of(id).map(|left| BoundaryCheck {
                left: RangeId(left),
                right: RangeId(id),
            });
        }
        if is_over {
            seam = self.close(id, look.past).or(seam);
        } else {
            self.guess(id);
        }
        if begins && let Some(left) = self.left_of(id) {
            self.guess(left);
        }
        Taken { is_over, seam }
    }

    /// Learns from what is not there: nothing lies between the cut before a range and its head.
    fn learn_gap(&mut self, id: usize, head: &str) {
        let left = self.left_of(id).and_then(|left| self.ranges.get(left));
        let Some((_, last)) = left.and_then(|left| left.ends.as_ref()) else {
            return;
        };
        let Some(cut) = self.ranges.get(id).and_then(|range| range.after.as_ref()) else {
            return;
        };
        let cut = cut.marker();
        // What keys that are there begin with, and one character more: deeper, the cut stands in
        // what may not be there at all.
        let known = common_prefix(cut, last.key.as_str());
        let more = cut.get(known..).and_then(|rest| rest.chars().next());
        let known = known + more.map_or(0, char::len_utf8);
        let shared = common_prefix(cut, head);
        if shared < known
            && let Some(end) = cut.get(..known)
        {
            let is_whole = known == cut.len();
            self.alphabet.learn_end(end, shared, !is_whole);
        }
    }

    /// A range came to its end; `past` is the first key behind it.
    fn close(&mut self, id: usize, past: Option<Key>) -> Option<BoundaryCheck> {
        let range = self.ranges.get_mut(id)?;
        range.done = true;
        range.rest = Rest::default();
        let right = range.right?;
        let neighbour = self.ranges.get_mut(right)?;
        let foretold = neighbour.foretold.insert(past);
        let is_doubt = neighbour.head.as_ref().is_some_and(|head| head != foretold);
        is_doubt.then_some(BoundaryCheck {
            left: RangeId(id),
            right: RangeId(right),
        })
    }

    fn left_of(&self, id: usize) -> Option<usize> {
        self.ranges.iter().position(|range| range.right == Some(id))
    }

    /// Guesses what is left of a range.
    fn guess(&mut self, id: usize) {
        let Some(range) = self.ranges.get(id).filter(|range| !range.done) else {
            return;
        };
        let Some((first, last)) = &range.ends else {
            return;
        };
        let (first, last) = (first.key.as_str(), last.key.as_str());
        let kept = self.prefix.len();
        let ruler = KeyMetric::new(&self.alphabet, last, kept);
        let left = ruler.to(range.end.as_ref().map(Boundary::marker));
        let page = KeyMetric::new(&self.alphabet, first, kept).to(Some(last));
        let page = page.max(ruler.finest());
        let right = range.right.and_then(|right| self.ranges.get(right));
        let goes_on = match (&range.end, right.and_then(|right| right.head.as_ref())) {
            (Some(_), Some(Some(head))) => ruler.to(Some(head.as_str())) < left * 1.25,
            _ => false,
        };
        let ratio = left / page;
        let even = if goes_on { 1.0 } else { EVEN / (EVEN + ratio) };
        let pages = even * ratio + (1.0 - even) * ratio.max(0.0).sqrt();
        let rest = Rest {
            page,
            left,
            even,
            pages,
        };
        if let Some(range) = self.ranges.get_mut(id) {
            range.rest = rest;
        }
    }

    /// Cuts ranges for as many more to walk side by side, if it is worth it.
    pub fn split(&mut self, free: usize) -> Vec<RangeId> {
        let room = START + GROWTH * self.news - COST * self.waste - self.unseen as f64;
        let mut room = free.min(room.max(0.0) as usize);
        let mut pieces: Vec<(usize, Rest, usize)> = (0..)
            .zip(&self.ranges)
            .filter(|(_, range)| range.rest.pages > 0.0)
            .map(|(id, range)| (id, range.rest, 1))
            .collect();
        while room > 0 {
            let largest = pieces
                .iter_mut()
                .filter(|(_, rest, pieces)| {
                    let is_guess = rest.even < 1.0;
                    rest.pages / (*pieces + 1) as f64 >= LEAST && !(is_guess && *pieces >= FEW)
                })
                .max_by(|(_, a, in_a), (_, b, in_b)| {
                    let share = |rest: &Rest, pieces: &usize| rest.pages / *pieces as f64;
                    share(a, in_a).total_cmp(&share(b, in_b))
                });
            let Some((_, _, pieces)) = largest else { break };
            *pieces += 1;
            room -= 1;
        }
        let mut new = Vec::new();
        for (id, _, pieces) in pieces {
            if pieces > 1 {
                new.extend(self.cut(id, pieces));
            }
        }
        new
    }

    /// Cuts a range into so many pieces, or fewer.
    fn cut(&mut self, id: usize, pieces: usize) -> Vec<RangeId> {
        let cuts = self.cuts(id, pieces);
        let new = self.ranges.len()..self.ranges.len() + cuts.len();
        // Each new range takes the end of the one before it.
        let mut before = id;
        for (next, cut) in new.clone().zip(cuts) {
            let Some(range) = self.ranges.get_mut(before) else {
                break;
            };
            let end = range.end.replace(cut.clone());
            let right = range.right.replace(next);
            self.ranges.push(Range::between(Some(cut), end, right));
            self.unseen += 1;
            before = next;
        }
        if new.is_empty() {
            // Not tried again before there is news of it.
            if let Some(range) = self.ranges.get_mut(id) {
                range.rest.pages = 0.0;
            }
        } else {
            self.guess(id);
        }
        new.map(RangeId).collect()
    }

    /// Where a range may be cut.
    fn cuts(&self, id: usize, pieces: usize) -> Vec<Boundary> {
        let Some(range) = self.ranges.get(id) else {
            return Vec::new();
        };
        let Some((_, last)) = &range.ends else {
            return Vec::new();
        };
        let ruler = KeyMetric::new(&self.alphabet, last.key.as_str(), self.prefix.len());
        let rest = range.rest;
        let distance = |n: usize| rest.distance(n as f64 / pieces as f64);
        let mut cuts: Vec<Boundary> = Vec::new();
        for n in 1..pieces {
            let slack = (distance(n) - distance(n - 1)) / 4.0;
            let Some(text) = ruler.text(distance(n), slack) else {
                continue;
            };
            let cut = Boundary(text);
            // By the store's order, not by that of keys: what was seen lies left of the cut.
            let is_behind = match cuts.last() {
                Some(before) => self.order.is_before(before, &cut),
                None => self.order.side(last, &cut) == Ordering::Less,
            };
            let is_inside = range
                .end
                .as_ref()
                .is_none_or(|end| self.order.is_before(&cut, end));
            if is_behind && is_inside && cut.marker().starts_with(&self.prefix) {
                cuts.push(cut);
            }
        }
        cuts
    }
}

impl Rest {
    /// The distance at which so much of what is left lies before.
    fn distance(&self, share: f64) -> f64 {
        let ratio = self.left / self.page;
        if self.even >= 1.0 || ratio <= 1.0 {
            return self.left * share;
        }
        let before = |scale: f64| self.even * ratio.powf(scale - 1.0) + (1.0 - self.even) * scale;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if before(middle) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.page * ratio.powf(low)
    }
}

impl Range {
    fn between(after: Option<Boundary>, end: Option<Boundary>, right: Option<usize>) -> Self {
        Self {
            after,
            end,
            right,
            ends: None,
            head: None,
            foretold: None,
            rest: Rest::default(),
            done: false,
        }
    }
}
