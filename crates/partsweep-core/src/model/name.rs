//! Bucket, key and upload id: never empty.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A name was empty where a store would act on something else instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {what} is empty")]
pub struct EmptyName {
    /// Which name: `bucket name`, `key` or `upload id`.
    pub what: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $is_empty:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Takes the name as it is, byte for byte; refuses an empty one.
            pub fn new(text: impl AsRef<str>) -> Result<Self, EmptyName> {
                let text = text.as_ref();
                let is_empty: fn(&str) -> bool = $is_empty;
                if is_empty(text) {
                    return Err(EmptyName { what: $what });
                }
                Ok(Self(Arc::from(text)))
            }

            /// The exact name, as the store knows it: hostile text, to be escaped before it is shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name!(
    /// The name of a bucket.
    BucketName,
    "bucket name",
    str::is_empty
);

name!(
    /// The key of an object or upload: UTF-8, at most 1,024 bytes at S3, any character allowed.
    ///
    /// Never empty (law 5): an abort with an empty key deletes the bucket on Garage, SeaweedFS,
    /// MinIO, LocalStack and moto (measured).
    Key,
    "key",
    str::is_empty
);

impl Key {
    /// A key that starts with a dot, so it is not empty.
    pub(crate) fn after_dot(rest: &str) -> Self {
        Self(Arc::from(format!(".{rest}")))
    }
}

name!(
    /// The id that a store gave to an upload: opaque.
    ///
    /// Never empty (law 5): an abort with an empty id deletes the live object on Ceph, Garage and
    /// rclone (measured). Nor blank: a gateway that trims it makes it empty.
    UploadId,
    "upload id",
    |text| text.trim().is_empty()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_ever_empty() {
        assert_eq!(BucketName::new("").unwrap_err().what, "bucket name");
        assert_eq!(Key::new("").unwrap_err().what, "key");
        assert_eq!(UploadId::new("").unwrap_err().what, "upload id");
        assert!(UploadId::new("\n  ").is_err(), "a gateway may trim it");
    }

    #[test]
    fn a_name_is_kept_byte_for_byte() {
        for text in [" ", "/", "..", "a//b", "\u{1}", "é", "e\u{301}"] {
            assert_eq!(Key::new(text).unwrap().as_str(), text);
        }
    }
}
