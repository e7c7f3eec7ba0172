//! The journal of a sweep (law 7): one line before and one after each act, on disk before the
//! request leaves, so that after a crash it is known what was done and what is in doubt.
//!
//! | part | what it does |
//! |---|---|
//! | [`Journal`] | takes lines from a sweep and answers when they are on disk |
//! | [`JournalSink`] | a place that lines are written to |
//! | [`mod@file`] | a journal as a file: made, locked, taken up again |
//! | [`left()`] | whether a sweep that is over left something in doubt |
//! | [`read()`] | what a journal tells, whole or cut by a crash |

mod done;
mod error;
mod handle;
mod line;
mod outcome;
mod queue;
mod read;
mod replay;
mod sink;

pub(crate) mod entries;
pub mod file;
pub(crate) mod unsettled;

pub use done::Done;
pub use entries::{After, Before, JournalHeader};
pub use error::{Attempt, JournalError, Misfit};
pub use handle::Journal;
pub use line::SCHEMA;
pub use read::read;
pub use replay::{InDoubt, Recovered, Stage};
pub use sink::{JournalSink, Memory, Nowhere};
pub use unsettled::{UnsettledJournal, left};
