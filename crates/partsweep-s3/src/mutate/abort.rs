//! The one request that destroys. Beside it and the deletion of our own spare, no file of this
//! crate may send `DELETE`; a test holds it.

use http::Method;
use partsweep_core::{
    AbortAnswer, ApprovedUpload, LookTime, Operation, StoreError, StoreErrorKind, UploadAddress,
};

use super::mutator::Mutator;
use super::repair::OwnUpload;
use crate::address::escape::push_parameter;
use crate::reply::body::has_no_words;
use crate::wire::request::S3Request;

impl Mutator {
    /// Aborts an upload that someone agreed to sweep (law 2). Sent once for each look, and only while
    /// that is fresh (law 4).
    pub(crate) async fn abort_approved(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> Result<AbortAnswer, StoreError> {
        self.abort(upload.address(), Some(look)).await
    }

    /// Aborts an upload that this process began, and whose complete it never sent.
    pub(crate) async fn abort_own(&self, upload: &OwnUpload) -> Result<AbortAnswer, StoreError> {
        self.abort(upload.address(), None).await
    }

    async fn abort(
        &self,
        upload: &UploadAddress,
        look: Option<LookTime>,
    ) -> Result<AbortAnswer, StoreError> {
        let mut query = String::new();
        push_parameter(&mut query, "uploadId", upload.id.as_str());
        let mut ask = S3Request::new(
            Operation::AbortMultipartUpload,
            Method::DELETE,
            Some(&upload.bucket),
        )
        .with_key(&upload.key)
        .with_query(query);
        if let Some(look) = look {
            ask = ask.decided_on(look);
        }
        match self.client.send(&ask, |_, body| has_no_words(body)).await {
            Ok(()) => Ok(AbortAnswer::Done),
            Err(error) if error.kind == StoreErrorKind::NoSuchUpload => {
                Ok(AbortAnswer::AlreadyGone)
            }
            Err(error) => Err(error),
        }
    }
}
