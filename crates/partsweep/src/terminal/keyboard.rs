//! What a person types: typed after the question, hidden if it is a secret, and not waited for
//! when a signal comes.

use std::io::{self, Write};

use rustix::process::Signal;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcsetattr,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::interrupt::{HeldSignals, Interrupt};

/// What a special character is set to that is none.
const NO_CHARACTER: u8 = if cfg!(any(target_os = "linux", target_os = "android")) {
    0
} else {
    0xff
};

/// Throws away what was typed before there was a question: it answers something else.
pub(crate) fn forget_typed() -> io::Result<()> {
    Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
}

/// Asks a question by a read that blocks; `None` if a signal came first. Such a read ends with the process. The question is shown again when
/// the program goes on after Ctrl-Z: the shell has written over it.
pub(crate) async fn ask<T: Send + 'static>(
    held: &HeldSignals,
    question: String,
    read: impl FnOnce(&str) -> io::Result<T> + Send + 'static,
) -> io::Result<Option<T>> {
    let mut resumed = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let last = question.lines().last().unwrap_or_default().to_owned();
    let mut reading = tokio::task::spawn_blocking(move || read(&question));
    loop {
        tokio::select! {
            biased;
            () = held.signalled() => return Ok(None),
            read = &mut reading => return read.map_err(io::Error::other)?.map(Some),
            Some(()) = resumed.recv() => {
                let mut stderr = io::stderr();
                write!(stderr, "\r{last}")?;
                stderr.flush()?;
            }
        }
    }
}

/// While it lives, the terminal does not show what is typed, and Ctrl-Z does not stop the program: the
/// shell would get a terminal that shows nothing.
pub(crate) struct Hidden {
    before: Termios,
    interrupt: Interrupt,
}

impl Hidden {
    /// Hides what is typed from now on; what was typed before is thrown away. The end of the process
    /// shows it again, also that by a signal.
    pub(crate) fn begin(interrupt: &Interrupt) -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO;
        hidden.local_modes |= LocalModes::ECHONL;
        hidden.special_codes[SpecialCodeIndex::VSUSP] = NO_CHARACTER;
        let shown = before.clone();
        interrupt.at_last(move || show(&shown));
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        let interrupt = interrupt.clone();
        Ok(Self { before, interrupt })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        show(&self.before);
        self.interrupt.nothing_at_last();
    }
}

fn show(before: &Termios) {
    // A terminal that is gone shows nothing anyway.
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
}
