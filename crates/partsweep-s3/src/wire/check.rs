//! What is looked at once more before a request that changes something leaves.

use http::uri::Authority;
use http::{Request, Uri};
use partsweep_core::lifecycle::document::LifecycleDocument;
use partsweep_core::{BucketName, Operation, SpareName};

use super::request::{COPY_SOURCE, S3Request};
use crate::address::bucket_url::BucketUrl;
use crate::address::zone::zone_of;

/// Refuses a request that would change something else than what was meant (law 5).
///
/// An empty upload id deletes the live object on Ceph, Garage and rclone, an empty key the bucket
/// on five servers (measured), and a copy without its source writes an empty object. The types do
/// not allow any of it; this compares the request that is really sent with the place of the bucket.
pub(crate) fn check_before_sending<B>(
    ask: &S3Request<'_>,
    place: &BucketUrl,
    request: &Request<B>,
) -> Result<(), &'static str> {
    if !ask.changes_something() && request.method().is_safe() {
        return Ok(());
    }
    match ask.operation {
        Operation::PutBucketLifecycle | Operation::DeleteBucketLifecycle => {
            check_bucket(ask, place, request.uri())?;
        }
        _ => check_key(ask, place, request.uri())?,
    }
    check_operation(ask, request)
}

/// The URL is the key's.
fn check_key(ask: &S3Request<'_>, place: &BucketUrl, uri: &Uri) -> Result<(), &'static str> {
    let (Some(bucket), Some(key)) = (ask.bucket, ask.key) else {
        return Err("a change without a bucket and a key is not sent");
    };
    check_place(bucket, place, uri)?;
    let mut path = format!("{}/", place.path);
    let before_key = path.len();
    crate::address::escape::push_path(&mut path, key.as_str());
    if path.len() == before_key || uri.path() != path {
        return Err("a change whose URL is not the key's is not sent");
    }
    Ok(())
}

/// The URL is the bucket's own.
fn check_bucket(ask: &S3Request<'_>, place: &BucketUrl, uri: &Uri) -> Result<(), &'static str> {
    let (Some(bucket), None) = (ask.bucket, ask.key) else {
        return Err("a change of a bucket without its name, or with a key, is not sent");
    };
    check_place(bucket, place, uri)?;
    if uri.path().trim_end_matches('/') != place.path {
        return Err("a change whose URL is not the bucket's is not sent");
    }
    Ok(())
}

fn check_place(bucket: &BucketName, place: &BucketUrl, uri: &Uri) -> Result<(), &'static str> {
    if place.bucket.as_deref() != Some(bucket.as_str()) {
        return Err("a change at the place of another bucket is not sent");
    }
    let origin = (uri.scheme_str(), uri.authority().map(Authority::as_str));
    if origin.0.zip(origin.1) != place.origin.split_once("://") {
        return Err("a change on another host than the bucket's is not sent");
    }
    if zone_of(bucket.as_str()).is_some() && place.is_express && !place.path.is_empty() {
        return Err("a change in a directory bucket that is in the path is not sent");
    }
    if !names_the_bucket(bucket.as_str(), place, uri) {
        return Err("a change whose URL does not name the bucket is not sent");
    }
    Ok(())
}

/// Whether the bucket is in the path, or before the host. By itself, not by what the place says of
/// itself: a place that was made wrong would address another bucket.
fn names_the_bucket(bucket: &str, place: &BucketUrl, uri: &Uri) -> bool {
    let mut in_path = String::from("/");
    crate::address::escape::push_path(&mut in_path, bucket);
    let before_host = uri
        .host()
        .and_then(|host| host.strip_prefix(bucket))
        .is_some_and(|rest| rest.starts_with('.'));
    // An access point stands for its bucket in the host, under another name.
    place.path.ends_with(&in_path) || before_host || bucket.starts_with("arn:")
}

/// Method, query and headers are those of the operation that was meant.
fn check_operation<B>(ask: &S3Request<'_>, request: &Request<B>) -> Result<(), &'static str> {
    let query = request.uri().query();
    let source = request.headers().get(COPY_SOURCE);
    let has_source = source.is_some_and(|source| !source.is_empty());
    match (ask.operation, request.method().as_str()) {
        (Operation::AbortMultipartUpload, "DELETE") if !is_only(query, "uploadId=") => {
            Err("an abort without an upload id is not sent")
        }
        (Operation::DeleteObject, "DELETE") if query.is_some() && !is_only(query, "versionId=") => {
            Err("a deletion with odd parameters is not sent")
        }
        (Operation::DeleteObject, "DELETE") if !is_of_spare(ask) => {
            Err("a deletion of anything but a spare copy is not sent")
        }
        (Operation::CopyObject, "PUT") if query.is_some() || !has_source => {
            Err("a copy that has parameters or no source is not sent")
        }
        (Operation::UploadPartCopy, "PUT") if !is_part(query) || !has_source => {
            Err("a part without number, upload id and source is not sent")
        }
        (Operation::UploadPart, "PUT")
            if !is_part(query) || source.is_some() || ask.part.is_none() =>
        {
            Err("a part without number, upload id and data is not sent")
        }
        (operation, _) if ask.part.is_some() && operation != Operation::UploadPart => {
            Err("the data of a part with another request are not sent")
        }
        (Operation::CreateMultipartUpload, "POST") if query != Some("uploads") => {
            Err("the beginning of an upload with other parameters is not sent")
        }
        (Operation::CompleteMultipartUpload, "POST")
            if !is_only(query, "uploadId=") || ask.body.is_empty() =>
        {
            Err("a complete without upload id and parts is not sent")
        }
        // Without its one parameter it would delete the bucket, or make one.
        (Operation::PutBucketLifecycle | Operation::DeleteBucketLifecycle, _)
            if query != Some("lifecycle") =>
        {
            Err("a change of a lifecycle with other parameters is not sent")
        }
        (Operation::PutBucketLifecycle, "PUT") if !is_lifecycle(&ask.body) => {
            Err("a lifecycle that holds no rule is not sent")
        }
        (
            Operation::AbortMultipartUpload
            | Operation::DeleteObject
            | Operation::DeleteBucketLifecycle,
            "DELETE",
        )
        | (
            Operation::CopyObject
            | Operation::UploadPart
            | Operation::UploadPartCopy
            | Operation::PutBucketLifecycle,
            "PUT",
        )
        | (Operation::CreateMultipartUpload | Operation::CompleteMultipartUpload, "POST") => Ok(()),
        _ => Err("a change that is not known is not sent"),
    }
}

/// Whether a query is one parameter, and not empty.
fn is_only(query: Option<&str>, parameter: &str) -> bool {
    let value = query.and_then(|query| query.strip_prefix(parameter));
    value.is_some_and(|value| !value.is_empty() && !value.contains('&'))
}

fn is_part(query: Option<&str>) -> bool {
    let parameters = query.and_then(|query| query.split_once('&'));
    parameters.is_some_and(|(number, id)| {
        is_only(Some(number), "partNumber=") && is_only(Some(id), "uploadId=")
    })
}

/// Whether a body is a lifecycle document with at least one rule: one without removes them all on some stores.
fn is_lifecycle(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body).ok();
    let document = text.and_then(|text| LifecycleDocument::read(text).ok());
    document.is_some_and(|document| !document.rules().is_empty())
}

fn is_of_spare(ask: &S3Request<'_>) -> bool {
    ask.key
        .is_some_and(|key| SpareName::read(key.as_str()).is_some())
}

#[cfg(test)]
mod tests;
