//! From an admitted request to its answer.

use std::time::Duration;

use crate::admission::Payload;
use crate::answer::{Answer, Refusal};
use crate::completing::named_parts;
use crate::habits::EmptyId;
use crate::keys;
use crate::locks::{read, write};
use crate::operation::Operation;
use crate::request::Call;
use crate::server::{Shared, pause};
use crate::store::NewUpload;
use crate::{buckets, listing, objects, parts};

/// Does any operation but CompleteMultipartUpload.
pub(crate) fn perform(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    caller: &str,
) -> Result<Answer, Refusal> {
    let name = call.bucket.as_deref().unwrap_or_default();
    let key = &*keys::kept(shared.habits.keys, &call.key).or_else(|refusal| {
        if call.key.is_empty() {
            Ok("".into())
        } else {
            Err(refusal)
        }
    })?;
    match call.operation {
        Operation::ListBuckets
        | Operation::HeadBucket
        | Operation::GetBucketLocation
        | Operation::ListMultipartUploads
        | Operation::ListParts
        | Operation::HeadObject
        | Operation::GetObject => look(shared, call, name, key, caller),
        Operation::CreateBucket
        | Operation::DeleteBucket
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::AbortMultipartUpload
        | Operation::PutObject
        | Operation::DeleteObject => act(shared, call, payload, (name, key), caller),
        Operation::CompleteMultipartUpload | Operation::Other => {
            Err(Refusal::new(501, "NotImplemented"))
        }
    }
}

fn look(
    shared: &Shared,
    call: &Call,
    name: &str,
    key: &str,
    caller: &str,
) -> Result<Answer, Refusal> {
    let habits = &shared.habits;
    let state = read(&shared.state);
    if call.operation == Operation::ListBuckets {
        return buckets::list_buckets(&state, call, habits);
    }
    let bucket = state.bucket(name)?;
    match call.operation {
        Operation::HeadBucket => Ok(buckets::head_bucket(bucket, habits)),
        Operation::GetBucketLocation => buckets::location(bucket, habits),
        Operation::ListMultipartUploads => {
            listing::list_uploads(&bucket.uploads, call, caller, state.run, habits)
        }
        Operation::ListParts => parts::list_parts(bucket, call, key, habits),
        _ => objects::read_object(bucket, call, key),
    }
}

fn act(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    (name, key): (&str, &str),
    caller: &str,
) -> Result<Answer, Refusal> {
    let habits = &shared.habits;
    let now = shared.clock.now();
    let mut state = write(&shared.state);
    match call.operation {
        Operation::CreateBucket => {
            buckets::create_bucket(&mut state, name, &payload.text, &shared.region, now, habits)
        }
        Operation::DeleteBucket => buckets::delete_bucket(&mut state, name),
        Operation::CreateMultipartUpload => {
            let storage_class = call.header("x-amz-storage-class").unwrap_or("STANDARD");
            let new = NewUpload {
                key,
                initiated: now,
                initiator: caller,
                storage_class,
            };
            objects::create_upload(&mut state, call, name, new, habits)
        }
        Operation::UploadPart => {
            objects::upload_part(&mut state, call, name, key, (payload.length, now), habits)
        }
        Operation::PutObject => {
            let etag = state.put_object(name, key, payload.length, now, habits)?;
            Ok(Answer::empty(200).with("etag", format!("\"{etag}\"")))
        }
        Operation::DeleteObject => {
            state.bucket_mut(name)?.objects.remove(key);
            Ok(Answer::empty(204))
        }
        _ => {
            let bucket = state.bucket_mut(name)?;
            match (call.upload_id(), habits.abort.empty) {
                ("", EmptyId::NoContent) => {}
                ("", _) => return Err(Refusal::no_such_upload()),
                (id, _) => bucket.abort(key, id, now, habits)?,
            }
            Ok(Answer::empty(204))
        }
    }
}

/// Does CompleteMultipartUpload: begins it, and finishes it after `delay`, so that an abort can
/// cross it.
pub(crate) async fn complete(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    delay: Duration,
) -> Result<Answer, Refusal> {
    let habits = &shared.habits;
    let name = call.bucket.as_deref().unwrap_or_default();
    let key = &*keys::kept(habits.keys, &call.key)?;
    let id = call.upload_id();
    let named = named_parts(&payload.text).ok_or_else(|| Refusal::new(400, "MalformedXML"))?;
    {
        let mut state = write(&shared.state);
        let bucket = state.bucket_mut(name)?;
        if let Some(etag) = bucket.completed_before(key, id, habits) {
            return objects::completed(call, key, &etag, habits);
        }
        let absent_only = call.header("if-none-match") == Some("*");
        if absent_only && habits.complete.conditional && bucket.objects.contains_key(key) {
            return Err(Refusal::new(412, "PreconditionFailed"));
        }
        bucket.begin_complete(key, id, Some(&named), habits)?;
    }
    pause(delay).await;
    let mut state = write(&shared.state);
    let bucket = state.bucket_mut(name)?;
    bucket.link_complete(id, shared.clock.now(), habits);
    let etag = bucket
        .finish_complete(id)
        .ok_or_else(Refusal::no_such_upload)?;
    objects::completed(call, key, &etag, habits)
}
