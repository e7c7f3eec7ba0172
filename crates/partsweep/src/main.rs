//! Finds, sizes and removes what unfinished multipart uploads leave in S3 buckets.
fn main() {}
