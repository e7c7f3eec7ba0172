//! Changing the lifecycle of buckets, and undoing it (law 10).

mod change;
mod undo;

pub use change::{ChangeOptions, ChangeWait, Changed, apply};
pub use undo::{LifecycleEntry, UndoError, UndoFile, UndoHeader, UndoRead, read_undo};
