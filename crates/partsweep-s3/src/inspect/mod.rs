//! The requests that look.

mod administration;
mod buckets;
mod directory_buckets;
mod head;
mod impossible;
pub(crate) mod inspector;
mod intern;
mod keys;
mod lifecycle;
mod long_pages;
mod object_lock;
mod parts;
mod uploads;
mod versioning;
mod versions;
mod visible;
