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
    /// `arn:aws:sqs:eu-west-1:1:x`.
    #[error(
        "only ARNs of buckets and access points can be targets: arn:aws:s3:::BUCKET, \
         arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME"
    )]
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
        } else if text.starts_with("arn:") {
            (text, false)
        } else if text.contains("://") {
            return Err(TargetError::Url);
        } else {
            (text, true)
        };
        let (bucket, prefix) = match path.starts_with("arn:") {
            true => of_arn(path).ok_or(TargetError::Arn)?,
            false => path.split_once('/').unwrap_or((path, "")),
        };
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
/// The bucket and the prefix of an ARN. That of an access point is a bucket's name as a whole, up to the access
/// point's own name; behind it may stand a prefix.
fn of_arn(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.splitn(6, ':').skip(2);
    let (service, region, account) = (fields.next()?, fields.next()?, fields.next()?);
    let resource = fields.next()?;
    let at = arn.len() - resource.len();
    if service == "s3" && region.is_empty() && account.is_empty() {
        return Some(resource.split_once('/').unwrap_or((resource, "")));
    }
    // A directory bucket: the zone in its name leads to its region.
    if service == "s3express"
        && let Some(bucket) = resource.strip_prefix("bucket/")
    {
        return Some(bucket.split_once('/').unwrap_or((bucket, "")));
    }
    if !matches!(service, "s3" | "s3-object-lambda" | "s3-outposts") {
        return None;
    }
    // accesspoint/NAME, outpost/ID/accesspoint/NAME; each slash can be a colon.
    let is_between = |c: char| c == '/' || c == ':';
    let point = resource.find("accesspoint")? + "accesspoint".len();
    let before = &resource[..point];
    let is_point =
        before == "accesspoint" || before.starts_with("outpost") && before.ends_with("accesspoint");
    let name = resource[point..]
        .strip_prefix(is_between)
        .filter(|_| is_point)?;
    let end = name.find('/').unwrap_or(name.len());
    if end == 0 {
        return None;
    }
    let bucket = &arn[..at + point + 1 + end];
    Some((bucket, name[end..].strip_prefix('/').unwrap_or_default()))
}

/// Whether a word by itself can be a bucket's name (AWS, "General purpose bucket naming rules"; capitals and
/// underscores are in names of old buckets and of other stores).
fn can_be_bucket(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=255).contains(&name.len())
        && name.chars().all(is_part)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

impl TargetArg {
    /// Whether it is a part of its bucket.
    pub(crate) fn has_prefix(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// What keys start with: all that follows the bucket.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name of the bucket.
    pub(crate) fn bucket(&self) -> &str {
        self.bucket.as_str()
    }
}

impl TargetArg {
    /// Whether a target, as it is shown, is part of this one.
    pub(crate) fn covers(&self, target: &str) -> bool {
        let whole = self.to_string();
        match self.prefix.as_str() {
            "" => target.starts_with(&format!("{whole}/")),
            _ => target.starts_with(&whole),
        }
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
        let directory = "arn:aws:s3express:us-west-2:123456789012:bucket/b--usw2-az1--x-s3";
        assert_eq!(parse(directory), target("b--usw2-az1--x-s3", ""));
        let below = format!("{directory}/logs/");
        assert_eq!(parse(&below), target("b--usw2-az1--x-s3", "logs/"));
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
        for arn in [
            "arn:aws:sqs:eu-west-1:1:x",
            "arn:aws:s3:eu-west-1:1:job/x",
            "arn:aws:s3:eu-west-1:1:accesspoint/",
            "arn:aws:s3",
            "s3://arn:x",
        ] {
            assert_eq!(parse(arn), Err(TargetError::Arn), "{arn}");
        }
    }

    /// Report 14: the ARN was cut at its slash.
    #[test]
    fn the_arn_of_an_access_point_is_a_bucket_as_a_whole() {
        let point = "arn:aws:s3:us-west-2:123456789012:accesspoint/test";
        let colon = "arn:aws:s3:us-west-2:123456789012:accesspoint:test";
        let many = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap";
        let outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/a";
        let lambda = "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint/x";
        for bucket in [point, colon, many, outpost, lambda] {
            for (behind, prefix) in [
                ("", ""),
                ("/", ""),
                ("/logs/", "logs/"),
                ("/a:b/c", "a:b/c"),
            ] {
                for scheme in ["", "s3://"] {
                    let text = format!("{scheme}{bucket}{behind}");
                    assert_eq!(
                        parse(&text),
                        Ok((bucket.to_owned(), prefix.to_owned())),
                        "{text}"
                    );
                }
            }
        }
        let target: TargetArg = format!("{point}/logs/").parse().unwrap();
        assert_eq!(target.to_string(), format!("s3://{point}/logs/"));
    }
}
