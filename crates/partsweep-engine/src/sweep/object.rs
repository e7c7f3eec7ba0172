//! What is at the key of an upload.

use std::time::Duration;

use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::{Inspect, Mutate, ObjectHead, StoreError, StoreErrorKind, UploadAddress};

/// Looks at a key before giving up: three, with pauses of 0.25 and 0.5 s.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// Sees what is at the key, asking again where there is no answer. An object that may not be seen
/// is an error here: it was seen before.
pub(super) async fn look<S: Mutate>(
    store: &S,
    address: &UploadAddress,
) -> Result<ObjectSight, StoreError> {
    let mut pause = PAUSE;
    for _ in 1..LOOKS {
        match store.head_object(&address.bucket, &address.key).await {
            Ok(object) => return Ok(sight(object)),
            Err(error) if may_have_been_done(&error) || is_throttled(&error) => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    let object = store.head_object(&address.bucket, &address.key).await?;
    Ok(sight(object))
}

/// Sees what is at the key, once; an object that may not be seen is told as that.
pub(crate) async fn see_object<S: Inspect>(
    store: &S,
    address: &UploadAddress,
) -> Result<ObjectSight, StoreError> {
    match store.head_object(&address.bucket, &address.key).await {
        Ok(object) => Ok(sight(object)),
        Err(error) if error.kind == StoreErrorKind::Denied => Ok(ObjectSight::NotVisible),
        Err(error) => Err(error),
    }
}

fn sight(object: Option<ObjectHead>) -> ObjectSight {
    object.map_or(ObjectSight::Absent, ObjectSight::Present)
}

/// Whether the store asks for fewer requests.
pub(crate) fn is_throttled(error: &StoreError) -> bool {
    error.kind == StoreErrorKind::Throttled
}

/// Whether the store may have done what it was asked although there is no good answer.
pub(crate) fn may_have_been_done(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    matches!(
        error.kind,
        Kind::Timeout | Kind::Server | Kind::Malformed | Kind::NotS3 | Kind::Unreachable
    )
}
