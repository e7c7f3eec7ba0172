//! The parts of an upload that this program sent itself.

use std::collections::BTreeSet;

use crate::model::upload::Part;

/// Parts that this program sent, or was about to send, as its records say: by number and MD5.
///
/// They show no activity of anybody else (law 3). One that the store lists with another ETag is somebody else's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnParts(BTreeSet<(u32, [u8; 16])>);

impl OwnParts {
    /// A part with this number and this MD5.
    pub fn add(&mut self, number: u32, md5: [u8; 16]) {
        self.0.insert((number, md5));
    }

    /// Whether a part that the store lists is one of them.
    pub fn has(&self, part: &Part) -> bool {
        part.etag
            .is_some_and(|etag| self.0.contains(&(part.number, etag)))
    }
}
