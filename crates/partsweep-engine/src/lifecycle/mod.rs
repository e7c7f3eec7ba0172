//! Changing the lifecycle of buckets, and undoing it (law 10).

mod change;
mod undo;

pub use change::{ChangeRun, ChangeWait, Changed};
pub use undo::{LifecycleEntry, UndoError, UndoFile, UndoHeader, UndoRead, read_undo};
