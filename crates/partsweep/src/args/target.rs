//! Where to look: `s3://bucket` or `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

use partsweep_core::BucketName;
use partsweep_engine::Target;

/// A bucket, or the keys in it that start with a prefix, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetArg {
    bucket: BucketName,
    prefix: String,
}

/// Text that names no bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    /// A command in the wrong place.
    #[error("`{0}` is a command: put it before the other arguments")]
    Command(String),
    /// No `s3://`.
    #[error("a target is written as s3://{0}")]
    NoScheme(String),
    /// Nothing after `s3://`.
    #[error("a target is written as s3://BUCKET or s3://BUCKET/PREFIX")]
    NoBucket,
}

impl FromStr for TargetArg {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let Some(path) = text.strip_prefix("s3://") else {
            let looks_like_url = text.contains("://");
            return Err(match text {
                "scan" | "clean" | "apply" | "demo" => TargetError::Command(text.to_owned()),
                _ if text.is_empty() || looks_like_url => TargetError::NoBucket,
                _ => TargetError::NoScheme(text.to_owned()),
            });
        };
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self {
            bucket: BucketName::new(bucket).map_err(|_| TargetError::NoBucket)?,
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for TargetArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket.as_str())?;
        match self.prefix.as_str() {
            "" => Ok(()),
            prefix => write!(f, "/{prefix}"),
        }
    }
}

impl From<&TargetArg> for Target {
    fn from(arg: &TargetArg) -> Self {
        Self {
            bucket: arg.bucket.clone(),
            prefix: arg.prefix.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, String), TargetError> {
        text.parse::<TargetArg>()
            .map(|arg| (arg.bucket.as_str().to_owned(), arg.prefix))
    }

    #[test]
    fn a_prefix_is_all_that_follows_the_bucket() {
        let target = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(parse("s3://b"), target("b", ""));
        assert_eq!(parse("s3://b/"), target("b", ""));
        assert_eq!(parse("s3://b//x/ y"), target("b", "/x/ y"));
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_right_form() {
        assert_eq!(parse("b/x"), Err(TargetError::NoScheme("b/x".to_owned())));
        assert_eq!(parse("s3://"), Err(TargetError::NoBucket));
        assert_eq!(parse("s3:///x"), Err(TargetError::NoBucket));
        assert_eq!(parse("https://h/b"), Err(TargetError::NoBucket));
        assert_eq!(parse("scan"), Err(TargetError::Command("scan".to_owned())));
    }
}
