//! Where requests go: the endpoint, the URL of a bucket, its region, and how names are written in a URL.

pub(crate) mod bucket_url;
pub(crate) mod endpoint;
pub(crate) mod escape;
mod of_buckets;
pub(crate) mod region;
pub(crate) mod zone;
