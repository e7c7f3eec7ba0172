//! Bodies of requests: a few bytes in memory, or a part that is read while it is sent.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use partsweep_core::store::part_data::ReadAt;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;

/// Read and sent at once, in bytes: a part can have 5 GiB, and several are sent side by side.
const PIECE: u64 = 256 << 10;

/// The body of a request.
pub(crate) enum RequestBody {
    Whole(Full<Bytes>),
    Part(PartBody),
}

impl Default for RequestBody {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl fmt::Debug for RequestBody {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}

impl RequestBody {
    /// Tells when it last went on; none of one that is in memory, which is sent at once.
    pub(crate) fn progress(&self) -> Option<BodyProgress> {
        match self {
            Self::Whole(_) => None,
            Self::Part(part) => Some(part.progress.clone()),
        }
    }
}

/// When a body last went on, while somebody else sends it.
#[derive(Debug, Clone)]
pub(crate) struct BodyProgress(Arc<Mutex<Instant>>);

impl BodyProgress {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// When the last piece was handed to the connection.
    pub(crate) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// A part that is read piece by piece, as fast as the connection takes it.
pub(crate) struct PartBody {
    source: Arc<dyn ReadAt>,
    at: u64,
    length: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    /// The pieces before, to be filled again once they were sent: memory that one thread gets and another gives back is
    /// kept by the allocator, so that the whole part would come to be in memory (measured).
    kept: Vec<Bytes>,
    progress: BodyProgress,
}

impl PartBody {
    /// So many bytes, from the first.
    pub(crate) fn new(source: Arc<dyn ReadAt>, length: u64) -> Self {
        Self {
            source,
            at: 0,
            length,
            reading: None,
            kept: Vec::new(),
            progress: BodyProgress::new(),
        }
    }

    fn read_next(&mut self) -> JoinHandle<io::Result<Bytes>> {
        let (source, at) = (Arc::clone(&self.source), self.at);
        let size = usize::try_from((self.length - at).min(PIECE)).unwrap_or(0);
        let sent = self.kept.iter().position(Bytes::is_unique);
        let sent = sent.and_then(|at| self.kept.swap_remove(at).try_into_mut().ok());
        let mut piece = sent.unwrap_or_default();
        piece.resize(size, 0);
        spawn_blocking(move || {
            source.read_at(at, &mut piece)?;
            Ok(piece.freeze())
        })
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        // Asked for the next piece, the connection has taken the one before.
        self.progress.now();
        if self.at == self.length {
            return Poll::Ready(None);
        }
        let mut reading = self.reading.take().unwrap_or_else(|| self.read_next());
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let piece = read.map_err(io::Error::other).flatten();
        let piece = piece.inspect(|piece| {
            self.at += piece.len() as u64;
            self.kept.push(piece.clone());
        });
        Poll::Ready(Some(piece.map(Frame::data)))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                // It is in memory, and can't fail.
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Part(part) => part.poll_piece(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Part(part) => part.at == part.length,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Part(part) => SizeHint::with_exact(part.length - part.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http_body_util::BodyExt as _;

    use super::*;

    struct Counting;

    impl ReadAt for Counting {
        fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
            for (at, byte) in (offset..).zip(into) {
                *byte = (at % 251) as u8;
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_part_is_sent_whole_from_a_few_pieces_of_memory() {
        let length = 20 * PIECE + 3;
        let mut body = RequestBody::Part(PartBody::new(Arc::new(Counting), length));
        let (mut sent, mut places) = (0_u64, HashSet::new());
        // The connection still has the one before.
        let mut before = Bytes::new();
        while let Some(frame) = body.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            assert_eq!(u64::from(piece[0]), sent % 251);
            sent += piece.len() as u64;
            places.insert(piece.as_ptr());
            assert_eq!(u64::from(piece[piece.len() - 1]), (sent - 1) % 251);
            before = piece;
        }
        assert!(!before.is_empty() && body.is_end_stream());
        assert_eq!(sent, length);
        assert!(places.len() <= 3, "{}", places.len());
    }
}
