//! What saved scans and journals have in common: lines, JSON that is safe for terminals, records.

pub(crate) mod disk;
pub mod json;
pub(crate) mod lines;
pub(crate) mod on_disk;
pub(crate) mod records;
