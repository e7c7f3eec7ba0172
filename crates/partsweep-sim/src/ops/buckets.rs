//! ListBuckets, HeadBucket, GetBucketLocation, GetBucketVersioning, CreateBucket, DeleteBucket.

use std::ops::Bound;

use jiff::Timestamp;

use super::listing::{from_token, to_token};
use crate::access::rights::{ACCESS_KEY, OWNER};
use crate::habits::{BucketHabits, Habits, Location};
use crate::store::state::{Bucket, State};
use crate::store::versions::Versioning;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::host::is_directory_bucket;
use crate::wire::request::Call;
use crate::wire::xml::Xml;

/// The most buckets on a page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const MOST_BUCKETS: usize = 10_000;

/// The most buckets on a page of R2.
/// <https://developers.cloudflare.com/r2/api/s3/extensions/>
const MOST_BY_TOKEN: usize = 1_000;

/// Answers ListBuckets.
pub(crate) fn list_buckets(
    state: &State,
    call: &Call,
    caller: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let query = &call.query;
    let BucketHabits {
        paged, by_token, ..
    } = habits.buckets;
    let asked = |name: &str| query.filled(name).filter(|_| paged);
    let limit = match asked("max-buckets") {
        _ if by_token => MOST_BY_TOKEN,
        None => usize::MAX,
        Some(text) => text
            .parse()
            .ok()
            .filter(|count| (1..=MOST_BUCKETS).contains(count))
            .ok_or_else(|| Refusal::invalid_argument("max-buckets is not between 1 and 10000"))?,
    };
    let prefix = asked("prefix").unwrap_or_default();
    let region = asked("bucket-region");
    let tells_region = ["max-buckets", "continuation-token", "prefix"]
        .into_iter()
        .any(|name| asked(name).is_some());
    let token = query.filled("continuation-token").filter(|_| by_token);
    let after = token
        .map(|token| {
            from_token(token).ok_or_else(|| Refusal::invalid_argument("continuation-token"))
        })
        .transpose()?;
    let start = after
        .as_deref()
        .or(asked("continuation-token").filter(|_| !by_token));
    let start = start.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = state
        .buckets
        .range::<str, _>((start, Bound::Unbounded))
        .filter(|(name, _)| name.starts_with(prefix))
        // Of another tenant, so of another user.
        .filter(|(name, _)| !(habits.has_admin_api && name.contains(':')))
        .filter(|(name, _)| habits.store != "aws" || !is_directory_bucket(name))
        .filter(|(_, bucket)| region.is_none_or(|region| region == bucket.region))
        .take(habits.buckets.most.unwrap_or(usize::MAX))
        .peekable();
    let mut xml = Xml::new(habits.control, 1_000);
    let root = "ListAllMyBucketsResult";
    if habits.buckets.namespace {
        xml.root(root);
    } else {
        xml.open(root);
    }
    xml.open("Owner");
    // Each credential that a test adds is another account.
    xml.text("ID", if caller == ACCESS_KEY { OWNER } else { caller });
    xml.close("Owner");
    xml.open("Buckets");
    let mut last = "";
    for (name, bucket) in rest.by_ref().take(limit) {
        xml.open("Bucket");
        xml.text("Name", name);
        match habits.buckets.created {
            Some(constant) => xml.plain("CreationDate", constant),
            None => xml.time("CreationDate", bucket.created, true),
        }
        if tells_region || region.is_some() {
            xml.text("BucketRegion", &bucket.region);
        }
        xml.close("Bucket");
        last = name;
    }
    xml.close("Buckets");
    let goes_on = rest.peek().is_some();
    if by_token {
        xml.plain("IsTruncated", goes_on);
        if goes_on {
            xml.text("NextContinuationToken", &to_token(last));
        }
        // An echo of the question, which leads nowhere.
        if let Some(token) = token {
            xml.text("ContinuationToken", token);
        }
    } else if goes_on {
        xml.text("ContinuationToken", last);
    }
    xml.close(root);
    Answer::document(xml)
}

/// Answers HeadBucket.
pub(crate) fn head_bucket(bucket: &Bucket, habits: &Habits) -> Answer {
    let answer = Answer::empty(200);
    if habits.head_bucket_region {
        return answer.with("x-amz-bucket-region", bucket.region.as_str());
    }
    answer
}

/// Answers GetBucketLocation.
pub(crate) fn location(bucket: &Bucket, habits: &Habits) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 200);
    // AWS's first region has no name here.
    let region = if bucket.region == "us-east-1" {
        ""
    } else {
        &bucket.region
    };
    let inside = match habits.location {
        Location::OddRoot(_) => format!("<LocationConstraint>{region}</LocationConstraint>"),
        Location::Constant(constant) => constant.to_owned(),
        Location::Region => region.to_owned(),
    };
    let root = match habits.location {
        Location::OddRoot(root) => root,
        Location::Constant(_) | Location::Region => "LocationConstraint",
    };
    xml.root(root);
    xml.raw(&inside);
    xml.close(root);
    Answer::document(xml)
}

/// Answers GetBucketVersioning; a bucket that never kept versions has no status.
pub(crate) fn versioning(bucket: &Bucket, habits: &Habits) -> Result<Answer, Refusal> {
    let mut xml = Xml::new(habits.control, 200);
    xml.root("VersioningConfiguration");
    match bucket.objects.versioning {
        Versioning::Never => {}
        Versioning::Enabled => xml.plain("Status", "Enabled"),
        Versioning::Suspended => xml.plain("Status", "Suspended"),
    }
    xml.close("VersioningConfiguration");
    Answer::document(xml)
}

/// Answers CreateBucket; the region is the body's `<LocationConstraint>`, or the server's own.
pub(crate) fn create_bucket(
    state: &mut State,
    name: &str,
    body: &str,
    own_region: &str,
    now: Timestamp,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    if state.buckets.contains_key(name) {
        return Err(Refusal::new(409, "BucketAlreadyOwnedByYou"));
    }
    let region = body
        .split_once("<LocationConstraint>")
        .and_then(|(_, rest)| rest.split_once("</LocationConstraint>"))
        .map_or(own_region, |(region, _)| region);
    state.make_bucket(name, region, now, habits.listing.order);
    Ok(Answer::empty(200).with("location", format!("/{name}")))
}

/// Answers DeleteBucket: objects keep a bucket, unfinished uploads go with it.
pub(crate) fn delete_bucket(state: &mut State, name: &str) -> Result<Answer, Refusal> {
    if !state.bucket(name)?.objects.is_empty() {
        return Err(Refusal::new(409, "BucketNotEmpty"));
    }
    state.buckets.remove(name);
    Ok(Answer::empty(204))
}

/// Answers GetObjectLockConfiguration.
pub(crate) fn object_lock(bucket: &Bucket) -> Result<Answer, Refusal> {
    let Some((mode, days)) = bucket.locks_for else {
        return Err(Refusal::new(404, "ObjectLockConfigurationNotFoundError"));
    };
    let rule = format!("<Mode>{mode}</Mode><Days>{days}</Days>");
    let document = format!(
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>{rule}\
        </DefaultRetention></Rule></ObjectLockConfiguration>"
    );
    Ok(Answer::text(200, "application/xml", document))
}
