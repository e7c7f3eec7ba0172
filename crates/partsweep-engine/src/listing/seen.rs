//! Which uploads were seen, so that none is sent twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use partsweep_core::{Upload, UploadAddress};

/// Remembers which uploads were seen, by 64 bits of each: among 250,000 one in a billion runs would
/// take two for one.
#[derive(Debug, Default)]
pub(crate) struct Names {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl Names {
    /// Adds an upload; false if it was there.
    pub(crate) fn insert(&mut self, upload: &Upload) -> bool {
        self.hashes.insert(hash(&self.hasher, upload))
    }

    pub(crate) fn extend(&mut self, uploads: &[Upload]) {
        for upload in uploads {
            self.insert(upload);
        }
    }
}

/// [`Names`] of uploads that are all different, which are looked up later or, mostly, never: a place
/// in a table for each would cost more than its hash.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    hashes: Vec<u64>,
    hasher: RandomState,
}

impl Noted {
    pub(crate) fn extend(&mut self, uploads: &[Upload]) {
        let hashes = uploads.iter().map(|upload| hash(&self.hasher, upload));
        self.hashes.extend(hashes);
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// For looking them up.
    pub(crate) fn names(self) -> Names {
        Names {
            hashes: self.hashes.into_iter().collect(),
            hasher: self.hasher,
        }
    }
}

fn hash(hasher: &RandomState, upload: &Upload) -> u64 {
    let UploadAddress { key, id, .. } = &upload.address;
    hasher.hash_one((key, id))
}
