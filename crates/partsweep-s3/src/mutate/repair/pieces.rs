//! The parts that an object is written anew in, and the list of them.

/// S3 takes no smaller parts than 5 MiB; below this, requests cost more than data.
const LEAST_PART: u64 = 8 << 20;

/// The largest part that is copied (API reference, UploadPartCopy).
const LARGEST_PART: u64 = 5 << 30;

/// Parts that are aimed at, far from the 10,000 that S3 takes.
const PARTS: u64 = 1_000;

/// One part of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// From 1.
    pub(super) number: u32,
    pub(super) first: u64,
    pub(super) last: u64,
}

/// An object in equal parts, but for the last.
pub(super) fn pieces(bytes: u64) -> Vec<Piece> {
    let size = bytes.div_ceil(PARTS).clamp(LEAST_PART, LARGEST_PART);
    let mut pieces = Vec::new();
    let mut first = 0;
    while first < bytes {
        let end = bytes.min(first + size);
        pieces.push(Piece {
            number: pieces.len() as u32 + 1,
            first,
            last: end - 1,
        });
        first = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_whole_and_within_the_limits() {
        for bytes in [
            1,
            LEAST_PART,
            LEAST_PART + 1,
            5 << 30,
            (5 << 30) + 1,
            (6 << 40) + 7,
        ] {
            let pieces = pieces(bytes);
            assert!(pieces.len() <= 10_000, "{bytes}");
            let mut next = 0;
            for (index, piece) in pieces.iter().enumerate() {
                assert_eq!((piece.number as usize, piece.first), (index + 1, next));
                let size = piece.last - piece.first + 1;
                assert!(size <= LARGEST_PART);
                if index + 1 < pieces.len() {
                    assert_eq!(size, pieces[0].last + 1, "{bytes}");
                    assert!(size >= LEAST_PART);
                }
                next = piece.last + 1;
            }
            assert_eq!(next, bytes);
        }
        assert!(pieces(0).is_empty());
    }
}
