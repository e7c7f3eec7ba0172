//! The requests that look.

pub(crate) mod head;
pub(crate) mod list;
pub(crate) mod long_pages;
pub(crate) mod versions;
