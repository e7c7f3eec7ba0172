//! GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration, DeleteBucketLifecycle, GetBucketTagging.

use super::tagging;
use crate::habits::{Habits, LifecycleForm};
use crate::store::lifecycle::{Lifecycle, kept};
use crate::store::state::Bucket;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::operation::Operation;
use crate::wire::request::Call;

/// The header that goes with the document.
const DEFAULT_MINIMUM: &str = "x-amz-transition-default-minimum-object-size";

/// Answers a read of the lifecycle, or of the bucket's tags.
pub(crate) fn read(bucket: &Bucket, call: &Call, habits: &Habits) -> Result<Answer, Refusal> {
    if call.operation == Operation::GetBucketTagging {
        return match bucket.tags.is_empty() {
            true => Err(Refusal::new(404, "NoSuchTagSet")),
            false => tagging::write(&bucket.tags, habits),
        };
    }
    if habits.lifecycle.form == LifecycleForm::Unknown {
        return Err(Refusal::new(501, "NotImplemented"));
    }
    let Some(found) = bucket.lifecycle.shown() else {
        return Err(Refusal::new(404, "NoSuchLifecycleConfiguration"));
    };
    let answer = Answer::text(200, "application/xml", found.text.clone());
    Ok(match &found.default_minimum {
        Some(value) => answer.with(DEFAULT_MINIMUM, value.as_str()),
        None => answer,
    })
}

/// Answers a change of the lifecycle.
pub(crate) fn write(
    bucket: &mut Bucket,
    call: &Call,
    text: &str,
    habits: &Habits,
) -> Result<Answer, Refusal> {
    let own = &habits.lifecycle;
    if own.form == LifecycleForm::Unknown {
        return Err(Refusal::new(501, "NotImplemented"));
    }
    if call.operation == Operation::DeleteBucketLifecycle {
        bucket.lifecycle.set(None, own.stale_reads);
        return Ok(Answer::empty(204));
    }
    let checksums = [
        "content-md5",
        "x-amz-checksum-crc32",
        "x-amz-checksum-sha256",
    ];
    let has_checksum = checksums.iter().any(|name| call.header(name).is_some());
    if own.needs_checksum && !has_checksum {
        return Err(Refusal::new(400, "MissingContentMD5"));
    }
    let new = Lifecycle {
        text: kept(text, own)?,
        default_minimum: own.default_minimum.map(|default| {
            let sent = call.header(DEFAULT_MINIMUM);
            let sent = sent.filter(|_| !own.resets_default_minimum);
            sent.unwrap_or(default).to_owned()
        }),
    };
    bucket.lifecycle.set(Some(new), own.stale_reads);
    Ok(Answer::empty(200))
}
