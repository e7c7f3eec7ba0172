//! Connections that are open, over all hosts: their number is bounded.
//!
//! The pool keeps idle connections by host, and each bucket of AWS is a host of its own: ten thousand
//! small buckets would leave thousands of sockets open, and none for the next.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// All connections of one pool.
#[derive(Debug)]
pub(crate) struct Open {
    most: usize,
    /// Counts how often any connection came to rest: tells which did so first.
    rests: AtomicU64,
    all: Mutex<OpenState>,
}

#[derive(Debug, Default)]
struct OpenState {
    open: Vec<Arc<Usage>>,
    /// Those that are being made.
    dialled: usize,
}

/// A place for a connection that is being made; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Dialled(Arc<Open>);

impl Dialled {
    /// It was made.
    pub(crate) fn add(self) -> Arc<Usage> {
        self.0.add()
    }
}

impl Drop for Dialled {
    fn drop(&mut self) {
        self.0.all().dialled -= 1;
    }
}

impl Open {
    /// At most so many, but for those that are all in use.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            rests: AtomicU64::new(0),
            all: Mutex::default(),
        }
    }

    /// Makes room for a connection that is about to be made.
    pub(crate) fn make_room(self: &Arc<Self>) -> Dialled {
        self.all().dialled += 1;
        self.close_idle();
        Dialled(Arc::clone(self))
    }

    fn add(self: &Arc<Self>) -> Arc<Usage> {
        let new = Arc::new(Usage {
            open: Arc::clone(self),
            answers: AtomicU32::new(0),
            idle_since: AtomicU64::new(BUSY),
            is_closed: AtomicBool::new(false),
            reader: Mutex::default(),
        });
        self.all().open.push(Arc::clone(&new));
        new
    }

    /// Closes those that were idle longest, as many as are too many. One that is chosen and used at
    /// the same moment is closed after its answer, and not counted until then.
    fn close_idle(&self) {
        loop {
            let mut all = self.all();
            if all.open.len() + all.dialled <= self.most {
                return;
            }
            let idle = all.open.iter().enumerate().filter_map(|(at, usage)| {
                let since = usage.idle_since.load(Ordering::Acquire);
                (since != BUSY).then_some((since, at))
            });
            let Some((_, longest)) = idle.min() else {
                return;
            };
            let longest = all.open.swap_remove(longest);
            drop(all);
            longest.close();
        }
    }

    fn all(&self) -> MutexGuard<'_, OpenState> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In place of a time: a request is on its way.
const BUSY: u64 = u64::MAX;

/// What a connection is doing.
#[derive(Debug)]
pub(crate) struct Usage {
    open: Arc<Open>,
    answers: AtomicU32,
    /// When it came to rest, by [`Open::rests`].
    idle_since: AtomicU64,
    is_closed: AtomicBool,
    /// Who waits for the other side to say something, also while it is idle.
    reader: Mutex<Option<Waker>>,
}

impl Usage {
    /// The head of an answer came.
    pub(crate) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it has carried answers: then the store may have closed it while it was idle.
    pub(crate) fn was_used(&self) -> bool {
        self.answers.load(Ordering::Relaxed) > 0
    }

    /// Its answer was read to the end.
    pub(crate) fn rests(&self) {
        let now = self.open.rests.fetch_add(1, Ordering::Relaxed);
        self.idle_since.store(now, Ordering::Release);
        if self.is_closed.load(Ordering::Acquire) {
            // It was chosen while a request was about to be written.
            self.wake_reader();
        }
    }

    /// A request is written: from now on it is not closed from here.
    pub(crate) fn writes(&self) {
        self.idle_since.store(BUSY, Ordering::Release);
    }

    /// Whether it is to be closed: then its reader sees its end, as if the store had closed it. Never
    /// while a request is on its way, which would leave open whether that was done.
    pub(crate) fn is_over(&self, context: &Context<'_>) -> bool {
        // First: it may be closed meanwhile.
        let mut reader = self.reader();
        match &mut *reader {
            Some(waker) => waker.clone_from(context.waker()),
            None => *reader = Some(context.waker().clone()),
        }
        drop(reader);
        self.is_closed.load(Ordering::Acquire) && self.idle_since.load(Ordering::Acquire) != BUSY
    }

    /// It is open no longer.
    pub(crate) fn ended(&self) {
        let is_it = |usage: &Arc<Self>| std::ptr::eq(Arc::as_ptr(usage), self);
        let mut all = self.open.all();
        let ended = all.open.iter().position(is_it);
        let ended = ended.map(|at| all.open.swap_remove(at));
        drop(all);
        drop(ended);
    }

    fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.wake_reader();
    }

    fn wake_reader(&self) {
        if let Some(waker) = self.reader().take() {
            waker.wake();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_being_made_count() {
        let open = Arc::new(Open::new(4));
        let usages: Vec<_> = (0..4).map(|_| open.make_room().add()).collect();
        usages[1..].iter().for_each(|usage| usage.rests());
        let dialled: Vec<_> = (0..3).map(|_| open.make_room()).collect();
        let closed = |usage: &Arc<Usage>| usage.is_closed.load(Ordering::Relaxed);
        let is_closed: Vec<_> = usages.iter().map(closed).collect();
        assert_eq!(is_closed, [false, true, true, true], "one is in use");
        drop(dialled);
        usages[0].ended();
        let all = open.all();
        assert_eq!((all.open.len(), all.dialled), (0, 0));
    }

    #[test]
    fn the_one_that_was_idle_longest_is_closed() {
        let open = Arc::new(Open::new(3));
        let usages: Vec<_> = (0..3).map(|_| open.make_room().add()).collect();
        for at in [1, 0, 2] {
            usages[at].rests();
        }
        let _dialled = open.make_room();
        let closed = |usage: &Arc<Usage>| usage.is_closed.load(Ordering::Relaxed);
        let is_closed: Vec<_> = usages.iter().map(closed).collect();
        assert_eq!(is_closed, [false, true, false]);
    }
}
