//! Whether a request may be done: signature, time, region, rights.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::express;
use crate::access::rights::{Credential, Rights};
use crate::access::signature::{Authorization, Signed};
use crate::habits::{Habits, NoRights, RefusalHabits, Regions, Skew, Strangers, Unsigned};
use crate::hash::EMPTY_SHA256;
use crate::locks::read;
use crate::ops::copying::Source;
use crate::store::acl::Acl;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::host::is_directory_bucket;
use crate::wire::operation::Operation;
use crate::wire::payload::{Payload, hash_is_claimed};
use crate::wire::request::Call;
use crate::world::shared::Shared;

/// Why a request is not done.
#[derive(Debug)]
pub(crate) enum Stopped {
    Refused(Refusal),
    /// An answer that is no S3 error.
    Answered(Answer),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Checks a request; returns the access key of the caller.
pub(crate) fn admit(shared: &Shared, call: &Call, payload: &Payload) -> Result<String, Stopped> {
    let habits = &shared.habits;
    let Some(header) = call.header("authorization") else {
        return Err(unsigned(habits, call));
    };
    let malformed = || Refusal::new(400, "AuthorizationHeaderMalformed");
    let authorization = Authorization::parse(header).ok_or_else(malformed)?;
    let RefusalHabits {
        headers,
        signed_headers,
        ..
    } = habits.refusals;
    if headers.iter().any(|name| call.header(name).is_some()) {
        return Err(Refusal::new(501, "NotImplemented").into());
    }
    let mut signed = authorization.signed_headers.iter();
    if signed.any(|name| signed_headers.contains(name)) {
        return Err(Refusal::new(403, "SignatureDoesNotMatch").into());
    }
    if let Some(code) = habits.refusals.paths
        && call.bucket.is_some()
        && !call.virtual_host
    {
        let message = "The bucket must be addressed by a virtual host name";
        return Err(Refusal::new(403, code).because(message).into());
    }
    if call.is_express {
        return express::admit(shared, call, &authorization, payload).map_err(Stopped::from);
    }
    if habits.store == "aws" && call.bucket.as_deref().is_some_and(is_directory_bucket) {
        return Err(Refusal::no_such_bucket().into());
    }
    if authorization.service != "s3" {
        return Err(malformed().because("The service must be \"s3\"").into());
    }
    if !authorization.covers(&call.headers) {
        let message = "There were headers present in the request which were not signed";
        return Err(Refusal::access_denied().because(message).into());
    }
    let rights = read(&shared.rights);
    let credential = rights
        .credential(authorization.access_key)
        .ok_or_else(|| stranger(habits))?;
    check_date(shared, call, &authorization)?;
    check_signature(shared, call, &authorization, credential, payload)?;
    check_region(shared, call, authorization.region)?;
    check_rights(shared, &rights, call, authorization.access_key)?;
    check_more_rights(&rights, call, authorization.access_key)?;
    Ok(authorization.access_key.to_owned())
}

fn unsigned(habits: &Habits, call: &Call) -> Stopped {
    let buckets = call.operation == Operation::ListBuckets;
    match habits.refusals.unsigned {
        Unsigned::Html => Stopped::Answered(Answer::text(
            412,
            "text/html",
            "<html><h1>Bad URL</h1></html>",
        )),
        Unsigned::NoBuckets if buckets => {
            let empty = "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>";
            Stopped::Answered(Answer::text(200, "application/xml", empty))
        }
        Unsigned::NoBuckets | Unsigned::AccessDenied => Refusal::access_denied().into(),
    }
}

pub(super) fn stranger(habits: &Habits) -> Refusal {
    match habits.refusals.strangers {
        Strangers::Told => Refusal::new(403, "InvalidAccessKeyId")
            .because("The AWS Access Key Id you provided does not exist in our records."),
        Strangers::AccessDenied => Refusal::access_denied(),
        Strangers::SignatureDoesNotMatch => bad_signature(habits),
    }
}

fn bad_signature(habits: &Habits) -> Refusal {
    if habits.refusals.strangers == Strangers::AccessDenied {
        return Refusal::access_denied();
    }
    Refusal::new(403, "SignatureDoesNotMatch").because(
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method.",
    )
}

pub(super) fn check_date(
    shared: &Shared,
    call: &Call,
    authorization: &Authorization<'_>,
) -> Result<(), Refusal> {
    let date = call.header("x-amz-date").unwrap_or_default();
    let time = read_date(date).ok_or_else(|| {
        Refusal::access_denied().because("AWS authentication requires a valid Date")
    })?;
    if !date.starts_with(authorization.day) {
        return Err(bad_signature(&shared.habits));
    }
    let off = shared.clock.now().duration_since(time).abs();
    if shared.checks_time && off > limit_of(shared.habits.refusals.skew) {
        return Err(too_skewed(
            shared.habits.refusals.skew,
            date,
            shared.clock.now(),
        ));
    }
    Ok(())
}

/// Reads `YYYYMMDDTHHMMSSZ`.
fn read_date(text: &str) -> Option<Timestamp> {
    let number = |range| {
        let digits: &str = text.get(range)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| digits.parse::<i16>().ok()).flatten()
    };
    let small = |from: usize| i8::try_from(number(from..from + 2)?).ok();
    let marks = (text.len(), text.get(8..9)?, text.get(15..)?);
    if marks != (16, "T", "Z") {
        return None;
    }
    let (year, month, day) = (number(0..4)?, small(4)?, small(6)?);
    let (hour, minute, second) = (small(9)?, small(11)?, small(13)?);
    let date = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    TimeZone::UTC.to_timestamp(date).ok()
}

fn limit_of(skew: Skew) -> SignedDuration {
    match skew {
        Skew::QuarterHour => SignedDuration::from_mins(15),
        Skew::Day => SignedDuration::from_hours(24),
    }
}

fn too_skewed(skew: Skew, request_time: &str, now: Timestamp) -> Refusal {
    match skew {
        Skew::QuarterHour => Refusal::new(403, "RequestTimeTooSkewed")
            .because("The difference between the request time and the current time is too large.")
            .detail("RequestTime", request_time)
            .detail("ServerTime", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .detail("MaxAllowedSkewMilliseconds", "900000"),
        Skew::Day => Refusal::new(400, "InvalidRequest").because("Date is too old"),
    }
}

pub(super) fn check_signature(
    shared: &Shared,
    call: &Call,
    authorization: &Authorization<'_>,
    credential: &Credential,
    payload: &Payload,
) -> Result<(), Refusal> {
    let hash = call.header("x-amz-content-sha256").ok_or_else(|| {
        Refusal::new(400, "InvalidRequest")
            .because("Missing required header for this request: x-amz-content-sha256")
    })?;
    if call.header("x-amz-security-token") != credential.session_token.as_deref() {
        return Err(Refusal::new(400, "InvalidToken")
            .because("The provided token is malformed or otherwise invalid."));
    }
    let signed = Signed {
        method: call.method.as_str(),
        path: &call.path,
        query: &call.query.raw,
        headers: &call.headers,
        date: call.header("x-amz-date").unwrap_or_default(),
        payload: hash,
    };
    let expected = shared
        .verifier
        .signature(&credential.secret_key, authorization, signed);
    if expected.as_deref() != Some(authorization.signature) {
        return Err(bad_signature(&shared.habits));
    }
    let sent = payload.sha256.as_deref().unwrap_or(EMPTY_SHA256);
    if hash_is_claimed(hash) && hash != sent {
        return Err(Refusal::new(400, "XAmzContentSHA256Mismatch"));
    }
    Ok(())
}

fn check_region(shared: &Shared, call: &Call, signed_for: &str) -> Result<(), Refusal> {
    let habits = &shared.habits;
    let state = read(&shared.state);
    let bucket = call
        .bucket
        .as_deref()
        .and_then(|name| state.buckets.get(name));
    let region = match (habits.regions, bucket) {
        (Regions::Any, _) => return Ok(()),
        (Regions::OfBucket, Some(bucket)) => &bucket.region,
        (Regions::OfBucket, None) | (Regions::Own, _) => &shared.region,
    };
    // A bucket that is to be created is where its body says.
    if signed_for == region || (bucket.is_none() && call.operation == Operation::CreateBucket) {
        return Ok(());
    }
    let redirects = habits.regions == Regions::OfBucket && bucket.is_some() && !call.virtual_host;
    let refusal = if redirects {
        let name = call.bucket.as_deref().unwrap_or_default();
        Refusal::new(301, "PermanentRedirect")
            .because(
                "The bucket you are attempting to access must be addressed using the \
                      specified endpoint. Please send all future requests to this endpoint.",
            )
            .detail("Endpoint", format!("{name}.s3.{region}.amazonaws.com"))
            .detail("Bucket", name)
    } else {
        Refusal::new(400, "AuthorizationHeaderMalformed")
            .because("The authorization header is malformed; the region is wrong")
            .detail("Region", region)
    };
    Err(with_region(refusal, habits, call, region))
}

/// Adds the region header where the store sends it, which it does whatever the rights.
fn with_region(refusal: Refusal, habits: &Habits, call: &Call, region: &str) -> Refusal {
    let tells = habits.head_bucket_region
        && (call.operation == Operation::HeadBucket || refusal.status == 301);
    if tells {
        refusal.header("x-amz-bucket-region", region)
    } else {
        refusal
    }
}

pub(super) fn check_rights(
    shared: &Shared,
    rights: &Rights,
    call: &Call,
    access_key: &str,
) -> Result<(), Refusal> {
    let habits = &shared.habits;
    let bucket = call.bucket.as_deref();
    if rights.may(access_key, bucket, call.operation) {
        return Ok(());
    }
    if call.operation == Operation::CopyObject
        && habits.objects.copy.source_first
        && !has_source(shared, call)
    {
        return Ok(());
    }
    let hidden = habits.refusals.no_rights == NoRights::NoSuchBucket
        && bucket.is_some_and(|bucket| rights.may_nothing(access_key, bucket));
    if hidden {
        return Err(Refusal::no_such_bucket());
    }
    let state = read(&shared.state);
    let region = bucket
        .and_then(|name| state.buckets.get(name))
        .map(|bucket| &bucket.region);
    Err(match region {
        Some(region) => with_region(Refusal::access_denied(), habits, call, region),
        None => Refusal::access_denied(),
    })
}

fn has_source(shared: &Shared, call: &Call) -> bool {
    let state = read(&shared.state);
    Source::read(call).is_some_and(
        |Source {
             bucket,
             key,
             version,
         }| {
            let bucket = state.buckets.get(&bucket);
            bucket.is_some_and(|bucket| {
                let habits = &shared.habits.objects;
                bucket
                    .objects
                    .find(&key, version.as_deref(), habits)
                    .is_ok()
            })
        },
    )
}

/// A copy also reads its source; tags and grants in a request are rights of their own.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn check_more_rights(rights: &Rights, call: &Call, access_key: &str) -> Result<(), Refusal> {
    let source = Source::read(call);
    let source_bucket = source.as_ref().map(|source| source.bucket.as_str());
    let target = call.bucket.as_deref();
    let tags = call.header("x-amz-tagging").is_some();
    let needed = [
        source_bucket.map(|bucket| (Some(bucket), Operation::GetObject)),
        tags.then_some((target, Operation::PutObjectTagging)),
        Acl::is_in(call).then_some((target, Operation::PutObjectAcl)),
    ];
    let mut needed = needed.into_iter().flatten();
    if needed.all(|(bucket, operation)| rights.may(access_key, bucket, operation)) {
        Ok(())
    } else {
        Err(Refusal::access_denied())
    }
}
