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
    all: Mutex<Vec<Arc<Usage>>>,
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
    pub(crate) fn make_room(&self) {
        self.close_idle(self.most - 1);
    }

    /// Adds a connection.
    pub(crate) fn add(self: &Arc<Self>) -> Arc<Usage> {
        let new = Arc::new(Usage {
            open: Arc::clone(self),
            answers: AtomicU32::new(0),
            idle_since: AtomicU64::new(BUSY),
            is_closed: AtomicBool::new(false),
            reader: Mutex::default(),
        });
        self.all().push(Arc::clone(&new));
        // Others may have been made meanwhile.
        self.close_idle(self.most);
        new
    }

    /// Closes those that were idle longest, until so many are left.
    fn close_idle(&self, most: usize) {
        loop {
            let mut all = self.all();
            if all.len() <= most {
                return;
            }
            let idle = all.iter().enumerate().filter_map(|(at, usage)| {
                let since = usage.idle_since.load(Ordering::Acquire);
                (since != BUSY).then_some((since, at))
            });
            let Some((_, longest)) = idle.min() else {
                return;
            };
            let longest = all.swap_remove(longest);
            drop(all);
            longest.close();
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Usage>>> {
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
        let is_over = self.is_closed.load(Ordering::Acquire)
            && self.idle_since.load(Ordering::Acquire) != BUSY;
        if !is_over {
            let mut reader = self.reader();
            match &mut *reader {
                Some(waker) => waker.clone_from(context.waker()),
                None => *reader = Some(context.waker().clone()),
            }
        }
        is_over
    }

    /// It is open no longer.
    pub(crate) fn ended(&self) {
        let is_it = |usage: &Arc<Self>| std::ptr::eq(Arc::as_ptr(usage), self);
        let mut all = self.open.all();
        let ended = all.iter().position(is_it).map(|at| all.swap_remove(at));
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
