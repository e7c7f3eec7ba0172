//! The requests that look.

pub(crate) mod head;
mod intern;
pub(crate) mod list;
pub(crate) mod long_pages;
mod versioning;
pub(crate) mod versions;
pub(crate) mod visible;
