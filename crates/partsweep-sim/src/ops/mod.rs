//! The operations of S3, one file for each kind.

mod admin;
pub(crate) mod buckets;
mod checksums;
pub(crate) mod conditions;
pub(crate) mod copying;
pub(crate) mod dispatch;
mod express;
pub(crate) mod lifecycle;
pub(crate) mod listing;
pub(crate) mod object_list;
mod objects;
pub(crate) mod parts;
pub(crate) mod tagging;
pub(crate) mod uploading;
pub(crate) mod version_list;
