//! Keys that no object can have, by the store's own word.

use http::Method;
use partsweep_core::{BucketName, Key, Operation, StoreError};

use super::inspector::Inspector;
use crate::wire::request::S3Request;

/// The shortest limit that a store has: AWS, Ceph and Swift take keys of up to 1,024 bytes, MinIO 255 between two
/// slashes. A shorter key that is called too long is contradicted by its length (law 13).
const SHORTEST_LIMIT: usize = 255;

impl Inspector {
    /// Whether the store's refusal of a HEAD proves that there is no object at the key, because none can have it.
    ///
    /// Only the code of an error proves that, and an answer to HEAD has no body that could name it: MinIO names
    /// it in a header, elsewhere a request for the tags is refused with it. Neither the status nor the length does: a
    /// 400 is also how an object with a key of its own (SSE-C) is refused, and where uploads may have longer keys
    /// than S3's, objects may, too.
    pub(super) async fn can_have_no_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        refusal: &StoreError,
    ) -> bool {
        if refusal.code.is_some() {
            return says_impossible(refusal, key);
        }
        // Of all that a key is asked for this is the least: it never sends the object.
        let ask = S3Request::new(Operation::GetObjectTagging, Method::GET, Some(bucket))
            .with_key(key)
            .with_query("tagging");
        let answer = self.client.send(&ask, |_, _| Ok(())).await;
        answer.is_err_and(|error| says_impossible(&error, key))
    }
}

/// Whether an error's code says that no object can have this key: AWS and Swift, Huawei OBS, Ceph and Alibaba OSS, MinIO.
pub(super) fn says_impossible(error: &StoreError, key: &Key) -> bool {
    let is_long = key.as_str().len() > SHORTEST_LIMIT;
    error.status == Some(400)
        && match error.code.as_deref() {
            Some("KeyTooLongError" | "KeyTooLong") => is_long,
            Some("InvalidObjectName" | "XMinioInvalidObjectName") => true,
            _ => false,
        }
}
