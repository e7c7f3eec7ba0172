//! The MD5 of a part, to be compared with its ETag.

use md5::{Digest, Md5};

/// The MD5 of data that come in pieces.
#[derive(Debug, Default)]
pub struct PartMd5(Md5);

impl PartMd5 {
    /// More data.
    pub fn add(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The MD5 of all that was added; the next part begins then.
    pub fn take(&mut self) -> [u8; 16] {
        self.0.finalize_reset().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_own() {
        let mut md5 = PartMd5::default();
        md5.add(b"ab");
        md5.add(b"c");
        let abc = md5.take();
        assert_eq!(abc[..4], [0x90, 0x01, 0x50, 0x98]);
        assert_eq!(md5.take()[..4], [0xd4, 0x1d, 0x8c, 0xd9], "nothing");
        md5.add(b"abc");
        assert_eq!(md5.take(), abc);
    }
}
