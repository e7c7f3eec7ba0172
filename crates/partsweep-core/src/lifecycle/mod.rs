//! Lifecycle configurations: what their rules protect, and changes that touch no rule of anybody else (law 10).

pub mod audit;
pub mod change;
pub mod document;
mod element;
pub mod owner;
pub mod protection;
pub mod read_back;
pub mod rule;
pub mod undo;
