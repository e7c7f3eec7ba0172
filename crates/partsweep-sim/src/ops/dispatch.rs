//! From an admitted request to its answer.

use std::borrow::Cow;
use std::time::Duration;

use super::conditions::PLAIN;
use super::{
    admin, buckets, copying, express, lifecycle, listing, object_list, objects, parts, uploading,
    version_list,
};
use crate::habits::EmptyId;
use crate::locks::{read, write};
use crate::store::acl::Acl;
use crate::store::completing::named_parts;
use crate::store::keys;
use crate::store::object::Attributes;
use crate::store::state::NewUpload;
use crate::store::upload::About;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::operation::Operation;
use crate::wire::payload::Payload;
use crate::wire::request::Call;
use crate::world::shared::{Shared, pause};

/// Does any operation but CompleteMultipartUpload.
pub(crate) fn perform(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    caller: &str,
) -> Result<Answer, Refusal> {
    let name = &*in_tenant(shared, call.bucket.as_deref().unwrap_or_default(), caller);
    let key = &*keys::kept(shared.habits.keys, &call.key).or_else(|refusal| {
        if call.key.is_empty() {
            Ok("".into())
        } else {
            Err(refusal)
        }
    })?;
    match call.operation {
        Operation::ListBuckets
        | Operation::ListAllBuckets
        | Operation::GetBucketStats
        | Operation::ListDirectoryBuckets
        | Operation::HeadBucket
        | Operation::GetBucketLocation
        | Operation::GetBucketVersioning
        | Operation::ListObjectVersions
        | Operation::ListObjects
        | Operation::ListMultipartUploads
        | Operation::ListParts
        | Operation::HeadObject
        | Operation::GetObject
        | Operation::GetObjectTagging
        | Operation::GetBucketLifecycle
        | Operation::GetBucketTagging
        | Operation::GetObjectLock
        | Operation::GetObjectAcl => look(shared, call, name, key, caller),
        Operation::CreateBucket
        | Operation::DeleteBucket
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::PutBucketLifecycle
        | Operation::DeleteBucketLifecycle
        | Operation::AbortMultipartUpload => act(shared, call, payload, (name, key), caller),
        Operation::PutObject
        | Operation::CopyObject
        | Operation::DeleteObject
        | Operation::PutObjectTagging
        | Operation::PutObjectAcl => act_on_object(shared, call, payload, (name, key)),
        Operation::CreateSession => express::create_session(shared, call, name, caller),
        Operation::CompleteMultipartUpload | Operation::Other => {
            Err(Refusal::new(501, "NotImplemented"))
        }
    }
}

/// The bucket that a caller means by a name: one without a tenant is of the caller's own, and `:bucket` is of none
/// (measured on Ceph 16.2.15). The tenant of a caller is what stands before a `$`.
fn in_tenant<'a>(shared: &Shared, name: &'a str, caller: &str) -> Cow<'a, str> {
    if !shared.habits.has_admin_api || name.is_empty() {
        return name.into();
    }
    match (name.strip_prefix(':'), caller.split_once('$')) {
        (Some(of_none), _) => of_none.into(),
        (None, Some((tenant, _))) if !name.contains(':') => format!("{tenant}:{name}").into(),
        _ => name.into(),
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
        return buckets::list_buckets(&state, call, caller, habits);
    }
    if call.operation == Operation::ListAllBuckets {
        return admin::list_all_buckets(&state, call);
    }
    if call.operation == Operation::GetBucketStats {
        return admin::bucket_stats(&state, call);
    }
    if call.operation == Operation::ListDirectoryBuckets {
        return express::list_directory_buckets(&state, call, habits);
    }
    let bucket = state.bucket(name)?;
    match call.operation {
        Operation::ListMultipartUploads if call.is_express => {
            express::list_uploads(&bucket.uploads, call, caller, habits)
        }
        Operation::HeadBucket => Ok(buckets::head_bucket(bucket, habits)),
        Operation::GetBucketLocation => buckets::location(bucket, habits),
        Operation::GetBucketVersioning => buckets::versioning(bucket, habits),
        Operation::ListObjectVersions => version_list::list(bucket, call, habits),
        Operation::ListObjects => object_list::list(bucket, call, habits),
        Operation::GetObjectLock => buckets::object_lock(bucket),
        Operation::GetBucketLifecycle | Operation::GetBucketTagging => {
            lifecycle::read(bucket, call, habits)
        }
        Operation::ListMultipartUploads => {
            listing::list_uploads(&bucket.uploads, call, caller, state.run, habits)
        }
        Operation::ListParts => parts::list_parts(bucket, call, key, habits),
        Operation::GetObjectTagging | Operation::GetObjectAcl => {
            objects::read_about(bucket, call, key, habits)
        }
        _ => objects::read_object(bucket, call, key, habits),
    }
}

/// Changes buckets and uploads.
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
        Operation::PutBucketLifecycle | Operation::DeleteBucketLifecycle => {
            lifecycle::write(state.bucket_mut(name)?, call, &payload.text, habits)
        }
        Operation::CreateMultipartUpload => {
            let about = About {
                attributes: Attributes::read(call),
                acl: Acl::read(call)?,
            };
            let new = NewUpload {
                key,
                initiated: now,
                initiator: caller,
                storage_class: &Attributes::class_of(call),
                about: Some(about),
            };
            uploading::create_upload(&mut state, call, name, new, habits)
        }
        Operation::UploadPart => {
            uploading::upload_part(&mut state, call, name, key, payload, now, habits)
        }
        Operation::UploadPartCopy => copying::copy_part(&mut state, call, (name, key), now, habits),
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

/// Changes finished objects.
fn act_on_object(
    shared: &Shared,
    call: &Call,
    payload: &Payload,
    (name, key): (&str, &str),
) -> Result<Answer, Refusal> {
    let habits = &shared.habits;
    let now = shared.clock.now();
    let mut state = write(&shared.state);
    match call.operation {
        Operation::PutObject => {
            objects::put_object(&mut state, call, (name, key), (payload.length, now), habits)
        }
        Operation::CopyObject => copying::copy_object(&mut state, call, (name, key), now, habits),
        Operation::DeleteObject => {
            objects::delete_object(state.bucket_mut(name)?, call, key, now, habits)
        }
        _ => objects::write_about(state.bucket_mut(name)?, call, key, &payload.text, habits),
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
            return uploading::completed(call, key, &etag, habits);
        }
        if habits.complete.conditional {
            PLAIN.check_target(call, bucket.objects.current(key))?;
        }
        bucket.begin_complete(key, id, Some(&named), habits)?;
    }
    pause(delay).await;
    let mut state = write(&shared.state);
    let bucket = state.bucket_mut(name)?;
    bucket.link_complete(id, shared.clock.now(), habits);
    let (etag, version) = bucket
        .finish_complete(id)
        .ok_or_else(Refusal::no_such_upload)?;
    let answer = uploading::completed(call, key, &etag, habits)?;
    Ok(match version {
        Some(version) => objects::with_version(answer, &bucket.objects, &version, habits),
        None => answer,
    })
}
