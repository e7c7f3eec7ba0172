//! Sinks that watch, and sinks that fail.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partsweep_engine::journal::JournalSink;

/// What a sink was asked for.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Written, and not yet synced.
    pub(crate) written: Vec<u8>,
    /// On disk.
    pub(crate) synced: Vec<u8>,
    pub(crate) writes: usize,
    pub(crate) syncs: usize,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fault {
    /// The disk has room for so many bytes.
    pub(crate) room: Option<usize>,
    /// The sync with this number fails, from 0.
    pub(crate) sync: Option<usize>,
    /// The sync with this number panics, from 0.
    pub(crate) panic: Option<usize>,
}

/// A disk that takes a while to sync, as real ones do, and may fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    pub(crate) watched: Arc<Mutex<Watched>>,
    pub(crate) takes: Duration,
    pub(crate) fault: Fault,
}

impl Disk {
    pub(crate) fn failing(fault: Fault) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }

    pub(crate) fn slow(takes: Duration) -> Self {
        Self {
            takes,
            ..Self::default()
        }
    }

    pub(crate) fn synced(&self) -> String {
        String::from_utf8(self.watched.lock().unwrap().synced.clone()).unwrap()
    }

    pub(crate) fn syncs(&self) -> usize {
        self.watched.lock().unwrap().syncs
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut watched = self.watched.lock().unwrap();
        let held = watched.written.len() + watched.synced.len();
        let room = self.fault.room.map_or(bytes.len(), |room| room - held);
        if room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(room);
        watched.writes += 1;
        watched.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl JournalSink for Disk {
    fn sync(&mut self) -> io::Result<()> {
        let number = {
            let mut watched = self.watched.lock().unwrap();
            watched.syncs += 1;
            watched.syncs - 1
        };
        assert_ne!(self.fault.panic, Some(number), "as asked for");
        if self.fault.sync == Some(number) {
            return Err(io::Error::other("the cable is out"));
        }
        std::thread::sleep(self.takes);
        let mut watched = self.watched.lock().unwrap();
        let written = std::mem::take(&mut watched.written);
        watched.synced.extend(written);
        Ok(())
    }
}
