//! The requests that change the lifecycle of a bucket. No other file may send them; a test holds it.

use aws_smithy_types::base64;
use http::Method;
use md5::{Digest, Md5};
use partsweep_core::{LifecycleChange, Operation, StoreError};

use super::mutator::Mutator;
use crate::reply::body::has_no_words;
use crate::wire::request::{CONTENT_MD5, DEFAULT_MINIMUM, S3Request};

impl Mutator {
    /// Writes what a change says, once, while the look that it rests on is fresh, and if it may still begin then.
    pub(crate) async fn write_lifecycle(
        &self,
        change: &LifecycleChange,
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), StoreError> {
        let bucket = Some(change.bucket());
        let look = change.before().answered;
        let ask = match change.after() {
            Some(document) => {
                let body = document.text().to_owned();
                let kept = change.default_minimum().map(str::to_owned);
                S3Request::new(Operation::PutBucketLifecycle, Method::PUT, bucket)
                    .with_headers([(CONTENT_MD5, base64::encode(Md5::digest(&body)))])
                    .with_headers(kept.map(|value| (DEFAULT_MINIMUM, value)))
                    .with_body(body)
            }
            // Sent only to a store that has just shown a lifecycle of this bucket: others take it for the deletion of
            // the bucket (law 10).
            None => S3Request::new(Operation::DeleteBucketLifecycle, Method::DELETE, bucket),
        };
        let ask = ask
            .with_query("lifecycle")
            .decided_on(look)
            .begins_if(may_begin);
        self.client.send(&ask, |_, body| has_no_words(body)).await
    }
}
