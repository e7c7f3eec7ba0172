//! The parts of an upload that this program sent itself.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::believe::CLOCKS_APART;
use crate::model::upload::Part;

/// Parts that this program sent, or was about to send, as its records say: by number and MD5, each with the time until
/// which it was sent.
///
/// They show no activity of anybody else (law 3). One that the store lists with another ETag is somebody else's, and so
/// is one that came later: whoever else has the same file sends the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnParts(BTreeMap<(u32, [u8; 16]), Timestamp>);

impl OwnParts {
    /// A part with this number and this MD5, which was sent until then by the clock of this machine.
    pub fn add(&mut self, number: u32, md5: [u8; 16], until: Timestamp) {
        let last = self.0.entry((number, md5)).or_insert(until);
        *last = until.max(*last);
    }

    /// Whether a part that the store lists is one of them. The clocks may differ by as much as S3 allows.
    pub fn has(&self, part: &Part) -> bool {
        let until = part.etag.and_then(|etag| self.0.get(&(part.number, etag)));
        let shown = until.zip(part.last_modified);
        shown.is_some_and(|(until, came)| came.duration_since(*until) <= CLOCKS_APART)
    }
}
