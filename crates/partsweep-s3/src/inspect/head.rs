//! Looking at an object, and whether the answer can be believed.

use http::Method;
use partsweep_core::{BucketName, Key, ObjectHead, Operation, StoreError, StoreErrorKind};

use super::inspector::Inspector;
use crate::reply::object::object;
use crate::wire::request::S3Request;

/// Of an object in a bucket whose versions cannot be listed.
const HIDDEN: &str =
    "the bucket has versioning, and this key may not list versions (s3:ListBucketVersions)";

impl Inspector {
    /// Returns the object at a key, or `None` if it is proven that there is none.
    ///
    /// [`StoreErrorKind::Denied`] if the store shows neither.
    pub(crate) async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<ObjectHead>, StoreError> {
        let ask = S3Request::new(Operation::HeadObject, Method::HEAD, Some(bucket)).with_key(key);
        let error = match self
            .client
            .send(&ask, |headers, _| Ok(object(headers)))
            .await
        {
            Ok(_) if self.client.versions.hides_some(bucket) => {
                let kind = StoreErrorKind::Denied;
                let error = StoreError::new(Operation::HeadObject, Some(bucket), kind);
                return Err(error.with_message(HIDDEN));
            }
            Ok(head) => return Ok(Some(head)),
            Err(error) => error,
        };
        match error.status {
            // Without a body a missing bucket cannot be told from a missing key, except on MinIO.
            Some(404) if error.kind == StoreErrorKind::NoSuchObject => {
                if !self.may_look_at(bucket).await? {
                    let why = "there may be an object that this key has no permission to see";
                    return Err(not_visible(error, why));
                }
                if self.client.versions.hides_some(bucket) {
                    return Err(not_visible(error, HIDDEN));
                }
                Ok(None)
            }
            // Its region is the right one, or nobody names another: it is about the key.
            Some(400)
                if error.kind == StoreErrorKind::Refused
                    && self.can_have_no_object(bucket, key, &error).await =>
            {
                Ok(None)
            }
            Some(400) if error.kind == StoreErrorKind::Refused => Err(not_visible(
                error,
                "the object is encrypted with a key of its own (SSE-C), and the store shows it only with that key",
            )),
            _ => Err(error),
        }
    }

    /// Whether "no such object" can be believed.
    ///
    /// AWS says "denied" to whoever may not list the bucket; nothing binds other stores to that.
    /// Where an abort can hurt, only a key that may look at the bucket proves anything.
    async fn may_look_at(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        if !self.client.provider().abort_can_hurt() {
            return Ok(true);
        }
        let known = self.visible.of(bucket);
        let may = known.get_or_try_init(|| async {
            let ask = S3Request::new(Operation::HeadBucket, Method::HEAD, Some(bucket));
            match self.client.send(&ask, |_, _| Ok(())).await {
                Ok(()) => Ok(true),
                Err(error) if is_final(&error) => Ok(false),
                Err(error) => Err(error),
            }
        });
        may.await.copied()
    }
}

/// Whether the store refused, rather than failed.
fn is_final(error: &StoreError) -> bool {
    use StoreErrorKind as Kind;
    // Without a body a 404 has no code.
    error.status == Some(404)
        || matches!(
            error.kind,
            Kind::Denied | Kind::NoSuchBucket | Kind::Unsupported | Kind::Refused
        )
}

fn not_visible(mut error: StoreError, why: &str) -> StoreError {
    error.kind = StoreErrorKind::Denied;
    error.with_message(why)
}
