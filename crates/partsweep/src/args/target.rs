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
    /// Written without `s3://`, so that it may have been meant as something else.
    pub(crate) is_bare: bool,
}

/// Text that names no bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    /// `s3:/x`, `S3:x`.
    #[error("did you mean s3://{0}?")]
    OtherSlashes(String),
    /// `https://…`.
    #[error(
        "a URL isn't a target: name the bucket, and give the store's address with --endpoint-url"
    )]
    Url,
    /// `arn:aws:s3:eu-west-1:1:accesspoint/x`.
    #[error("only ARNs of buckets can be targets: arn:aws:s3:::BUCKET")]
    Arn,
    /// `s3://b?x=1`, `s3://b*`: no store has such a bucket.
    #[error(
        "`{0}` can't be the name of a bucket: give s3://BUCKET or s3://BUCKET/PREFIX, or --bucket for a pattern"
    )]
    NotAName(String),
    /// Nothing that can be a bucket's name.
    #[error("give a bucket as s3://BUCKET or s3://BUCKET/PREFIX")]
    NoBucket,
}

impl FromStr for TargetArg {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let scheme = text
            .get(..3)
            .filter(|scheme| scheme.eq_ignore_ascii_case("s3:"));
        let (path, is_bare) = if let Some(scheme) = scheme {
            let rest = &text[scheme.len()..];
            match rest.strip_prefix("//") {
                Some(path) => (path, false),
                None => {
                    return Err(TargetError::OtherSlashes(
                        rest.trim_start_matches('/').to_owned(),
                    ));
                }
            }
        } else if let Some(arn) = text.strip_prefix("arn:") {
            let (_, path) = arn.split_once(":s3:::").ok_or(TargetError::Arn)?;
            (path, false)
        } else if text.contains("://") {
            return Err(TargetError::Url);
        } else {
            (text, true)
        };
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if is_bare && !can_be_bucket(bucket) {
            return Err(TargetError::NoBucket);
        }
        if bucket.contains(NOT_IN_NAMES) {
            return Err(TargetError::NotAName(bucket.to_owned()));
        }
        Ok(Self {
            bucket: BucketName::new(bucket).map_err(|_| TargetError::NoBucket)?,
            prefix: prefix.to_owned(),
            is_bare,
        })
    }
}

/// What stands in URLs and patterns, and in the name of no bucket, whatever the store.
const NOT_IN_NAMES: [char; 5] = ['?', '*', '#', '&', '='];

/// Whether a word by itself can be a bucket's name (AWS, "General purpose bucket naming rules"; capitals and
/// underscores are in names of old buckets and of other stores).
fn can_be_bucket(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=255).contains(&name.len())
        && name.chars().all(is_part)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

impl TargetArg {
    /// The name of the bucket.
    pub(crate) fn bucket(&self) -> &str {
        self.bucket.as_str()
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
        assert_eq!(parse("S3://b/x"), target("b", "x"));
        assert_eq!(parse("camera-roll"), target("camera-roll", ""));
        assert_eq!(parse("camera-roll/2025/"), target("camera-roll", "2025/"));
        assert_eq!(parse("arn:aws:s3:::b/x"), target("b", "x"));
        assert_eq!(parse("arn:aws-cn:s3:::b"), target("b", ""));
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_right_form() {
        let slashes = |rest: &str| Err(TargetError::OtherSlashes(rest.to_owned()));
        assert_eq!(parse("s3:/x"), slashes("x"));
        assert_eq!(parse("s3:x/y"), slashes("x/y"));
        for text in ["s3://", "s3:///x", "", "/x", "a b", "*.mov", "../x", "~/x"] {
            assert_eq!(parse(text), Err(TargetError::NoBucket), "{text}");
        }
        assert_eq!(parse("https://h/b"), Err(TargetError::Url));
        let access_point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/x";
        assert_eq!(parse(access_point), Err(TargetError::Arn));
    }
}
