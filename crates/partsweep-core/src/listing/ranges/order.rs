//! In which order a store lists uploads, and on which side of a cut each lies

use std::cmp::Ordering;

use crate::model::name::Key;
use crate::model::upload::{Upload, UploadAddress};

/// In which order a store lists uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingOrder {
    /// Not known, or none: the listing is walked from its beginning to its end.
    Unknown,
    /// By key, byte by byte.
    Key,
    /// By key from page to page, and inside a page not: Garage sorts that by upload id (measured).
    KeyByPage,
    /// By `<key>.<upload id>.meta`, byte by byte: `a b` comes before `a` (Ceph, measured).
    EntryName,
}

/// A cut between two ranges: everything up to it lies left, the rest right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(pub(super) String);

impl Boundary {
    /// The `key-marker` that the right range begins with.
    pub fn marker(&self) -> &str {
        &self.0
    }
}

impl ListingOrder {
    /// On which side of a cut an upload lies: `Greater` is right of it.
    pub fn side(self, upload: &UploadAddress, Boundary(cut): &Boundary) -> Ordering {
        let key = upload.key.as_str();
        match self {
            Self::Unknown | Self::Key | Self::KeyByPage => key.cmp(cut),
            // All names of the key `cut` itself, `cut.<id>.meta`, lie left: `.` comes before `/`.
            Self::EntryName => entry_name(upload).cmp(cut.bytes().chain([b'/'])),
        }
    }

    /// Brings a page into the order that its store lists pages in.
    pub fn arrange(self, page: &mut [Upload]) {
        if self == Self::KeyByPage {
            page.sort_by(|a, b| a.address.key.cmp(&b.address.key));
        }
    }

    /// The first key of a page that lies right of a cut; the page is arranged.
    pub fn first_behind(self, page: &[Upload], cut: &Boundary) -> Option<Key> {
        let lies_left = |upload: &Upload| self.side(&upload.address, cut) != Ordering::Greater;
        let first = page.partition_point(lies_left);
        page.get(first).map(|upload| upload.address.key.clone())
    }

    /// Whether one cut lies left of another.
    pub(super) fn is_before(self, Boundary(first): &Boundary, Boundary(second): &Boundary) -> bool {
        match self {
            Self::Unknown | Self::Key | Self::KeyByPage => first < second,
            Self::EntryName => {
                let [first, second] = [first, second].map(|cut| cut.bytes().chain([b'/']));
                first.lt(second)
            }
        }
    }

    /// Whether one upload may be listed right after another.
    pub fn is_ascending(self, first: &UploadAddress, second: &UploadAddress) -> bool {
        match self {
            Self::Unknown => false,
            Self::Key | Self::KeyByPage => first.key <= second.key,
            Self::EntryName => entry_name(first).le(entry_name(second)),
        }
    }
}

fn entry_name(upload: &UploadAddress) -> impl Iterator<Item = u8> {
    let key = upload.key.as_str().bytes();
    key.chain([b'.'])
        .chain(upload.id.as_str().bytes())
        .chain(*b".meta")
}
