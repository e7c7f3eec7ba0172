//! A listing that is walked side by side without a clock: in rounds, each one latency long

use crate::name::{BucketName, Key, UploadId};
use crate::ranges::{ListingOrder, Ranges};
use crate::upload::{KeyProof, Upload, UploadAddress};

use super::shapes::mix;

pub(super) fn upload(key: &str, id: &str) -> Upload {
    Upload {
        address: UploadAddress {
            bucket: BucketName::new("b").unwrap(),
            key: Key::new(key).unwrap(),
            id: UploadId::new(id).unwrap(),
        },
        key_proof: KeyProof::Exact,
        initiated: None,
        storage_class: None,
        owner: None,
        initiator: None,
    }
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
    pub(super) rounds: usize,
    pub(super) pages: usize,
    pub(super) seen: Vec<(String, String)>,
}

/// Walks it in rounds: each takes one page of every range that is being walked.
pub(super) fn walk(listing: &Listing, workers: usize) -> Walked {
    let page_at = |at: usize| {
        let end = (at + listing.page).min(listing.uploads.len());
        (listing.uploads[at..end].to_vec(), end)
    };
    let (first, next) = page_at(0);
    let mut seen = first.clone();
    let Some(mut ranges) = Ranges::new(listing.order, "", first) else {
        assert!(listing.uploads.is_empty());
        return Walked {
            rounds: 1,
            pages: 1,
            seen: Vec::new(),
        };
    };
    let mut walking = vec![];
    if next < listing.uploads.len() {
        walking.push((Ranges::FIRST, next));
    }
    let (mut rounds, mut pages) = (1, 1);
    while !walking.is_empty() {
        let start = |ranges: &Ranges, id| {
            let cut = ranges.start(id).unwrap();
            listing.uploads.partition_point(|upload| {
                listing.order.side(&upload.address, cut) != std::cmp::Ordering::Greater
            })
        };
        for id in ranges.split(workers - walking.len()) {
            walking.push((id, start(&ranges, id)));
        }
        rounds += 1;
        let mut go_on = vec![];
        for (id, at) in std::mem::take(&mut walking) {
            pages += 1;
            let (mut uploads, next) = page_at(at);
            let look = ranges.look(id, &mut uploads).unwrap();
            let taken = ranges.take(id, look, &mut uploads, next == listing.uploads.len());
            assert_eq!(taken.seam, None);
            seen.append(&mut uploads);
            if !taken.is_over {
                go_on.push((id, next));
            }
        }
        walking = go_on;
    }
    Walked {
        rounds,
        pages,
        seen: seen.iter().map(name).collect(),
    }
}

fn name(upload: &Upload) -> (String, String) {
    let UploadAddress { key, id, .. } = &upload.address;
    (key.as_str().to_owned(), id.as_str().to_owned())
}
