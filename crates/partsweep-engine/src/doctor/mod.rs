//! Finding out what a key may do, with requests that only look (law 1).

mod examine;

pub use examine::{BucketAccess, Examination, MOST_BUCKETS, Tried, Tries, examine};
