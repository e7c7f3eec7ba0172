//! Decisions: what to abort and what to skip, and what became of it.

pub mod outcome;
pub mod recheck;
pub mod selection;
pub mod swept;
pub mod verdict;
