//! What a person types: typed after the question, hidden if it is a secret, and not waited for
//! when a signal comes.

use std::io;

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};

use crate::interrupt::Held;

/// Throws away what was typed before there was a question: it answers something else.
pub(crate) fn forget_typed() -> io::Result<()> {
    Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
}

/// Waits for a read that blocks; `None` if a signal came first. Such a read ends with the process.
pub(crate) async fn wait<T: Send + 'static>(
    held: &Held,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<Option<T>> {
    tokio::select! {
        biased;
        () = held.signalled() => Ok(None),
        read = tokio::task::spawn_blocking(read) => read.map_err(io::Error::other)?.map(Some),
    }
}

/// While it lives, the terminal does not show what is typed.
pub(crate) struct Hidden {
    before: Termios,
}

impl Hidden {
    /// Hides what is typed from now on; what was typed before is thrown away.
    pub(crate) fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO;
        hidden.local_modes |= LocalModes::ECHONL;
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
