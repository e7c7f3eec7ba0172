//! The store with everything around it: its clock, its faults, its log, and what foreign clients do.

pub(crate) mod clock;
pub(crate) mod contents;
mod demo_data;
pub(crate) mod faults;
pub(crate) mod foreign_writer;
pub(crate) mod handle;
pub(crate) mod log;
pub(crate) mod setup;
pub(crate) mod shared;
