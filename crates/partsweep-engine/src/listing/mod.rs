//! Walks the listing of one bucket, as far as it allows side by side, within a bounded number of pages.

pub(crate) mod budget;
pub(crate) mod given;
pub(crate) mod page;
pub(crate) mod parallel;
pub(crate) mod search;
pub(crate) mod seen;
pub(crate) mod walk;
