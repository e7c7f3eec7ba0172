//! Collecting the body of an answer: in memory while it is short, then within a room that all answers
//! share, then in a file without a name.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::error::TransportError;
use super::limits::Limits;

/// What each answer may take without asking: a page of 1,000 uploads has 400 kB, with the longest keys
/// twice that.
pub(crate) const FREE: usize = 512 << 10;

/// What all answers that are longer share.
const SHARED: usize = 32 << 20;

/// The room is given in these.
const UNIT: usize = 256 << 10;

/// What all answers that are too long for memory take on disk: two of the longest.
const ON_DISK: u64 = 1 << 30;

/// Bytes a second that an answer brings at least, counted over [`Limits::drip`]: the slowest link that is
/// in use brings ten times as many.
const SLOWEST: u64 = 1_000;

/// After so many of those times an answer has to have come as fast as the slowest link, on the whole: else one of 512 MiB
/// could take a week.
const LONG: u32 = 20;

/// Bytes a second of that link.
const SLOWEST_ON_THE_WHOLE: u64 = 10 * SLOWEST;

/// Room for answers, over all that are in flight.
#[derive(Debug)]
pub(crate) struct ResponseBudget {
    memory: Arc<Semaphore>,
    on_disk: Arc<AtomicU64>,
    /// Where long answers wait, else where the system keeps temporary files.
    folder: Option<PathBuf>,
}

impl ResponseBudget {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            memory: Arc::new(Semaphore::new(SHARED / UNIT)),
            on_disk: Arc::default(),
            folder,
        }
    }

    /// Memory for an answer of this length, if there is so much.
    fn share(&self, length: usize) -> Option<OwnedSemaphorePermit> {
        let memory = Arc::clone(&self.memory);
        memory.try_acquire_many_owned(units(length)).ok()
    }

    /// Memory for an answer of this length. Whoever waits holds none of it, so nobody waits for ever.
    async fn wait_for(&self, length: usize) -> Option<OwnedSemaphorePermit> {
        let memory = Arc::clone(&self.memory);
        memory.acquire_many_owned(units(length)).await.ok()
    }

    fn file(&self) -> io::Result<Spilled> {
        let here = self.folder.as_deref().map(without_a_name);
        let file = match here {
            Some(Ok(file)) => file,
            _ => tempfile::tempfile()?,
        };
        Ok(Spilled {
            file,
            length: 0,
            on_disk: Arc::clone(&self.on_disk),
        })
    }
}

fn without_a_name(folder: &Path) -> io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    tempfile::tempfile_in(folder)
}

fn units(length: usize) -> u32 {
    u32::try_from(length.min(SHARED).div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// An answer in a file that nobody else can open, and that is gone with the program.
#[derive(Debug)]
pub(crate) struct Spilled {
    file: File,
    length: u64,
    on_disk: Arc<AtomicU64>,
}

impl Spilled {
    /// Bytes of the whole body.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    fn add(&mut self, piece: &[u8], limits: Limits) -> Result<(), TransportError> {
        let more = piece.len() as u64;
        self.length += more;
        // Counted before it is written: all together stay below the limit.
        let all = self.on_disk.fetch_add(more, Ordering::Relaxed) + more;
        if self.length > limits.disk {
            return Err(TransportError::TooLong(limits.disk));
        }
        if all > ON_DISK {
            return Err(TransportError::TooMuch(ON_DISK));
        }
        // To the page cache, 64 KiB at most: no task of its own is worth that.
        self.file
            .write_all(piece)
            .map_err(TransportError::TemporaryFile)
    }
}

impl Drop for Spilled {
    fn drop(&mut self) {
        self.on_disk.fetch_sub(self.length, Ordering::Relaxed);
    }
}

impl Read for Spilled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

/// A body: whole, or its beginning and a file that has all of it.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) body: Bytes,
    pub(crate) spilled: Option<Spilled>,
}

/// Bytes that give their room back when the last of those who look at them is done.
struct Held {
    bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What came so far.
enum BodySoFar {
    Nothing,
    /// Most answers come in one piece, which needs no copy.
    One(Bytes),
    Many(Pieces, Option<OwnedSemaphorePermit>),
    File(Bytes, Spilled),
}

/// Bytes of a new piece of a body whose length nobody said.
const PIECE: usize = 1 << 20;

/// A body in memory that grows. A buffer that is made twice as long each time, and copied, would take four times as much
/// as the body, before what it left behind is given back.
#[derive(Default)]
struct Pieces {
    full: Vec<BytesMut>,
    last: BytesMut,
}

impl Pieces {
    /// Adds bytes. Below [`FREE`] one buffer grows.
    fn add(&mut self, bytes: &[u8]) {
        let length = self.last.len() + bytes.len();
        if length > FREE && length > self.last.capacity() {
            let next = BytesMut::with_capacity(bytes.len().max(PIECE));
            self.full.push(std::mem::replace(&mut self.last, next));
        }
        self.last.extend_from_slice(bytes);
    }

    /// All of them in one. Each piece is given back as soon as it is copied.
    fn joined(self) -> Bytes {
        if self.full.is_empty() {
            return self.last.freeze();
        }
        let length: usize = self.full.iter().map(BytesMut::len).sum();
        let mut whole = BytesMut::with_capacity(length + self.last.len());
        for piece in self.full.into_iter().chain([self.last]) {
            whole.extend_from_slice(&piece);
        }
        whole.freeze()
    }
}

/// Collects a body. What is too long is an error; of an answer that is no success, the beginning is
/// enough.
pub(crate) async fn collect(
    status: StatusCode,
    headers: &HeaderMap,
    mut body: Incoming,
    limits: Limits,
    end: Instant,
    room: &ResponseBudget,
) -> Result<Collected, TransportError> {
    let mut length = 0;
    let mut pace = BodyPace::new(limits.drip);
    let mut kept = BodySoFar::Nothing;
    loop {
        let now = Instant::now();
        pace.check(now, length)?;
        let silent_at = now + limits.read;
        let frame = match timeout_at(silent_at.min(end), body.frame()).await {
            Err(_) => return Err(limits.overrun(silent_at, end)),
            Ok(None) => break,
            Ok(Some(frame)) => frame.map_err(TransportError::Cut)?,
        };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        length += piece.len();
        if length > FREE && !status.is_success() {
            break;
        }
        kept = match kept {
            BodySoFar::Nothing => BodySoFar::One(piece),
            BodySoFar::File(beginning, mut file) => {
                file.add(&piece, limits)?;
                BodySoFar::File(beginning, file)
            }
            kept => {
                let promised = promised(headers);
                let kept = kept
                    .make_room(length, promised, limits, end, room, &mut pace)
                    .await?;
                kept.with(&piece, limits)?
            }
        };
    }
    kept.finish()
}

fn promised(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    length.parse().ok()
}

impl BodySoFar {
    /// Makes room for a body that has come to this length.
    async fn make_room(
        self,
        length: usize,
        promised: Option<usize>,
        limits: Limits,
        end: Instant,
        room: &ResponseBudget,
        pace: &mut BodyPace,
    ) -> Result<Self, TransportError> {
        let whole = promised.unwrap_or(limits.body).max(length);
        let (mut so_far, share) = match self {
            Self::One(first) => {
                let mut whole = Pieces::default();
                let room = promised.unwrap_or_default().clamp(length, FREE.max(length));
                whole.last.reserve(room);
                whole.add(&first);
                (whole, None)
            }
            Self::Many(whole, share) => (whole, share),
            other => return Ok(other),
        };
        let has_room = length <= FREE || (share.is_some() && length <= limits.body);
        if has_room {
            return Ok(Self::Many(so_far, share));
        }
        let fits = whole <= limits.body && share.is_none();
        let share = match limits.disk {
            0 if !fits => return Err(TransportError::TooLong(limits.body as u64)),
            0 => match timeout_at(end, room.wait_for(whole)).await {
                Err(_) => return Err(TransportError::Slow(limits.whole)),
                Ok(share) => {
                    // Others were waited for, not this answer.
                    *pace = BodyPace::new(limits.drip);
                    share
                }
            },
            _ if fits => room.share(whole),
            _ => None,
        };
        if share.is_some() {
            let rest = promised
                .unwrap_or_default()
                .saturating_sub(so_far.last.len());
            so_far.last.reserve(rest);
            return Ok(Self::Many(so_far, share));
        }
        let mut file = room.file().map_err(TransportError::TemporaryFile)?;
        let so_far = so_far.joined();
        file.add(&so_far, limits)?;
        let beginning = &so_far[..so_far.len().min(BEGINNING)];
        Ok(Self::File(Bytes::copy_from_slice(beginning), file))
    }

    fn with(self, piece: &[u8], limits: Limits) -> Result<Self, TransportError> {
        match self {
            Self::Many(mut whole, share) => {
                whole.add(piece);
                Ok(Self::Many(whole, share))
            }
            Self::File(beginning, mut file) => {
                file.add(piece, limits)?;
                Ok(Self::File(beginning, file))
            }
            other => Ok(other),
        }
    }

    fn finish(self) -> Result<Collected, TransportError> {
        let (body, spilled) = match self {
            Self::Nothing => (Bytes::new(), None),
            Self::One(piece) => (piece, None),
            Self::Many(whole, None) => (whole.joined(), None),
            Self::Many(whole, Some(share)) => {
                let bytes = whole.joined();
                let held = Held {
                    bytes,
                    _share: share,
                };
                (Bytes::from_owner(held), None)
            }
            Self::File(beginning, mut file) => {
                file.file.rewind().map_err(TransportError::TemporaryFile)?;
                (beginning, Some(file))
            }
        };
        Ok(Collected { body, spilled })
    }
}

/// Of an answer in a file, enough to say what it is if it is no document.
const BEGINNING: usize = 512;

/// How fast a body comes.
struct BodyPace {
    window: Option<Duration>,
    /// When the body began.
    first: Option<Instant>,
    /// When this window began, and how many bytes had come by then.
    began: Option<(Instant, usize)>,
}

impl BodyPace {
    fn new(window: Option<Duration>) -> Self {
        Self {
            window,
            first: None,
            began: None,
        }
    }

    /// Fails if a window is over in which too little came. Of silence, the caller takes care.
    fn check(&mut self, now: Instant, length: usize) -> Result<(), TransportError> {
        let (Some(window), Some((began, before))) = (self.window, self.began) else {
            self.began = Some((now, length));
            self.first.get_or_insert(now);
            return Ok(());
        };
        let passed = now - began;
        if passed < window {
            return Ok(());
        }
        let is_less = |bytes: usize, least: u64, passed: Duration| {
            bytes as u128 * 1_000 < u128::from(least) * passed.as_millis()
        };
        let in_all = now - self.first.unwrap_or(began);
        let (least, passed) = match in_all >= window * LONG {
            true if is_less(length, SLOWEST_ON_THE_WHOLE, in_all) => (SLOWEST_ON_THE_WHOLE, in_all),
            _ if is_less(length - before, SLOWEST, passed) => (SLOWEST, passed),
            _ => {
                self.began = Some((now, length));
                return Ok(());
            }
        };
        Err(TransportError::Dripping(least, passed))
    }
}

#[cfg(test)]
mod pace_tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    /// How long a body goes on that brings so many bytes a second; none if it may do so for a day.
    fn ends_after(bytes_a_second: usize) -> Option<u64> {
        let begin = Instant::now();
        let mut pace = BodyPace::new(Some(WINDOW));
        (0..86_400).step_by(10).find(|second| {
            let now = begin + Duration::from_secs(*second);
            pace.check(now, bytes_a_second * *second as usize).is_err()
        })
    }

    #[test]
    fn a_body_that_drips_comes_to_an_end() {
        assert_eq!(ends_after(900), Some(30));
        assert_eq!(ends_after(3_000), Some(600));
        assert_eq!(ends_after(11_000), None, "as slow as a link may be");
    }
}
