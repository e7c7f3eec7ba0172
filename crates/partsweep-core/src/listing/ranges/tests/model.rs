//! A listing that is walked side by side without a clock: time is counted in latencies

use std::cmp::Ordering;

use crate::listing::ranges::{ListingOrder, RangeId, Ranges};
use crate::model::upload::{Upload, UploadAddress};

use super::shapes::mix;

pub(super) fn upload(key: &str, id: &str) -> Upload {
    Upload::named(UploadAddress::new("b", key, id).unwrap())
}

/// A store in memory: what it lists, in its order.
pub(super) struct Listing {
    order: ListingOrder,
    pub(super) uploads: Vec<Upload>,
    page: usize,
}

impl Listing {
    pub(super) fn new(keys: &[String], order: ListingOrder, page: usize) -> Self {
        let mut uploads: Vec<_> = (0..)
            .zip(keys)
            .map(|(n, key)| upload(key, &format!("{:016x}", mix(n))))
            .collect();
        uploads.sort_by(|a, b| {
            let (a, b) = (&a.address, &b.address);
            match order {
                ListingOrder::EntryName => {
                    let name =
                        |a: &UploadAddress| format!("{}.{}.meta", a.key.as_str(), a.id.as_str());
                    name(a).cmp(&name(b))
                }
                _ => a.cmp(b),
            }
        });
        Self {
            order,
            uploads,
            page,
        }
    }

    pub(super) fn names(&self) -> Vec<(String, String)> {
        self.uploads.iter().map(name).collect()
    }
}

pub(super) struct Walked {
    /// In latencies.
    pub(super) time: f64,
    pub(super) pages: usize,
    pub(super) seen: Vec<(String, String)>,
}

/// Walks it with so many pages asked for at once. Each takes one latency, and at random up to
/// `jitter` more.
pub(super) fn walk(listing: &Listing, workers: usize, jitter: f64) -> Walked {
    let page_at = |at: usize| {
        let end = (at + listing.page).min(listing.uploads.len());
        let mut page = listing.uploads[at..end].to_vec();
        if listing.order == ListingOrder::KeyByPage {
            page.sort_by(|a, b| a.address.id.cmp(&b.address.id));
        }
        (page, end)
    };
    let (first, next) = page_at(0);
    let mut walked = Walked {
        time: 1.0,
        pages: 1,
        seen: first.iter().map(name).collect(),
    };
    let Some(mut ranges) = Ranges::new(listing.order, "", first) else {
        assert!(listing.uploads.is_empty());
        return walked;
    };
    // When a page comes, of which range, from where on.
    let mut asked: Vec<(f64, RangeId, usize)> = Vec::new();
    let mut ask = |asked: &mut Vec<_>, now: f64, id, at| {
        walked.pages += 1;
        let random = mix(walked.pages as u64) as f64 / u64::MAX as f64;
        asked.push((now + 1.0 + jitter * random, id, at));
    };
    if next < listing.uploads.len() {
        ask(&mut asked, walked.time, Ranges::FIRST, next);
    }
    loop {
        if !asked.is_empty() {
            for id in ranges.split(workers - asked.len()) {
                let cut = ranges.start(id).unwrap();
                let at = listing.uploads.partition_point(|upload| {
                    listing.order.side(&upload.address, cut) != Ordering::Greater
                });
                ask(&mut asked, walked.time, id, at);
            }
        }
        let Some(soonest) = (0..asked.len()).min_by(|a, b| asked[*a].0.total_cmp(&asked[*b].0))
        else {
            return walked;
        };
        let (now, id, at) = asked.remove(soonest);
        walked.time = now;
        let (mut uploads, next) = page_at(at);
        let look = ranges.look(id, &mut uploads).unwrap();
        let taken = ranges.take(id, look, &mut uploads, next == listing.uploads.len());
        assert_eq!(taken.seam, None);
        walked.seen.extend(uploads.iter().map(name));
        if !taken.is_over {
            ask(&mut asked, now, id, next);
        }
    }
}

fn name(upload: &Upload) -> (String, String) {
    let UploadAddress { key, id, .. } = &upload.address;
    (key.as_str().to_owned(), id.as_str().to_owned())
}
