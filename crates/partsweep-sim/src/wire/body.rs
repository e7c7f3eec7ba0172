//! Bodies of answers: whole, endless zeros, slow, or cut off.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// Objects read as zeros, this many bytes at a time.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    Whole(Bytes),
    /// As many zeros, made on the way.
    Zeros(u64),
    Slow(Trickle),
    /// Some bytes, then the connection is closed although the framing promises more.
    Cut {
        rest: Bytes,
        /// Whether the connection had the time to send them.
        flushed: bool,
    },
}

/// A body that comes in pieces, with a pause before each.
#[derive(Debug)]
pub(crate) struct Trickle {
    rest: Bytes,
    piece: usize,
    every: Duration,
    pause: Pin<Box<Sleep>>,
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// So many zeros, at most one piece of them, before the connection is closed.
    pub(crate) fn cut_zeros(length: u64) -> Self {
        let size = usize::try_from(length).map_or(ZEROS.len(), |length| length.min(ZEROS.len()));
        Self::Cut {
            rest: Bytes::from_static(&ZEROS[..size]),
            flushed: false,
        }
    }

    pub(crate) fn trickle(rest: Bytes, piece: usize, every: Duration) -> Self {
        Self::Slow(Trickle {
            rest,
            piece: piece.max(1),
            every,
            pause: Box::pin(sleep(every)),
        })
    }
}

/// Why a body ended before its length: a fault wanted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is cut off by a fault")
    }
}

impl std::error::Error for CutOff {}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let body = self.get_mut();
        let data = match body {
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Zeros(left) => {
                let size = usize::try_from(*left).map_or(ZEROS.len(), |left| left.min(ZEROS.len()));
                *left -= size as u64;
                Bytes::from_static(&ZEROS[..size])
            }
            Self::Slow(trickle) => {
                if !trickle.rest.is_empty() {
                    std::task::ready!(trickle.pause.as_mut().poll(cx));
                    trickle.pause = Box::pin(sleep(trickle.every));
                }
                trickle.rest.split_to(trickle.piece.min(trickle.rest.len()))
            }
            Self::Cut {
                rest,
                flushed: true,
            } if rest.is_empty() => {
                return Poll::Ready(Some(Err(CutOff)));
            }
            Self::Cut { rest, flushed } if rest.is_empty() => {
                // hyper sends what it has when the body has nothing for it just now, and
                // throws it away when the body fails.
                *flushed = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Cut { rest, .. } => std::mem::take(rest),
        };
        Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Zeros(left) => *left == 0,
            Self::Slow(trickle) => trickle.rest.is_empty(),
            Self::Cut { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Zeros(left) => SizeHint::with_exact(*left),
            Self::Slow(trickle) => SizeHint::with_exact(trickle.rest.len() as u64),
            Self::Cut { .. } => SizeHint::default(),
        }
    }
}
