//! What a host's name says: the bucket, and which of AWS's endpoints it is.

/// What the `Host` header of a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host<'a> {
    /// The store; the bucket is in the path, if there is one.
    Store,
    /// A bucket, or what stands for one: an access point.
    Bucket(&'a str),
    /// A directory bucket of AWS, at the endpoint of its zone.
    Directory(&'a str),
    /// The list of the directory buckets of a region.
    DirectoryList(&'a str),
}

impl<'a> Host<'a> {
    /// Reads `bucket.localhost:port`, `bucket.s3.anything`, and the other endpoints of AWS.
    pub(crate) fn read(host: &'a str) -> Self {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        if let Some(rest) = name.strip_prefix("s3express-control.") {
            return Self::DirectoryList(rest.split('.').next().unwrap_or_default());
        }
        if let Some((bucket, _)) = name.split_once(".s3express-") {
            return Self::Directory(bucket);
        }
        let of_bucket = name.strip_suffix(".localhost");
        let of_bucket = of_bucket.or_else(|| Some(name.split_once(".s3.")?.0));
        let of_bucket = of_bucket.or_else(|| Some(name.split_once(".s3-accesspoint.")?.0));
        of_bucket.map_or(Self::Store, Self::Bucket)
    }

    pub(crate) fn bucket(self) -> Option<&'a str> {
        match self {
            Self::Bucket(bucket) | Self::Directory(bucket) => Some(bucket),
            Self::Store | Self::DirectoryList(_) => None,
        }
    }
}

/// Whether a bucket of AWS is a directory bucket, by its name.
pub(crate) fn is_directory_bucket(name: &str) -> bool {
    let zoned = name.strip_suffix("--x-s3");
    zoned.is_some_and(|name| name.contains("--"))
}
