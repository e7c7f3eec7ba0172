//! The lifecycle of a bucket, and its tags.

use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, Method};
use partsweep_core::lifecycle::document::{
    LONGEST_DOCUMENT, LifecycleDocument, LifecycleDocumentError,
};
use partsweep_core::{BucketName, LookTime, Operation, SeenLifecycle, StoreError};

use super::inspector::Inspector;
use crate::net::look_age;
use crate::reply::headers::header;
use crate::wire::request::{DEFAULT_MINIMUM, S3Request};
use crate::xml::{ReadError, tags};

impl Inspector {
    /// The lifecycle of a bucket.
    ///
    /// None is believed only from the one code that says so (law 10): whoever doesn't know lifecycles answers otherwise, and
    /// may take a change for one of the bucket itself.
    pub(crate) async fn lifecycle(&self, bucket: &BucketName) -> Result<SeenLifecycle, StoreError> {
        // From its turn on: in the queue of a low rate, the store hasn't been asked yet. That there is none is told by an error,
        // which doesn't say when it came.
        let asked = Mutex::new(LookTime::default());
        let note = || {
            *asked.lock().unwrap_or_else(PoisonError::into_inner) = look_age::now();
            true
        };
        let ask = S3Request::new(Operation::GetBucketLifecycle, Method::GET, Some(bucket))
            .with_query("lifecycle")
            .begins_if(&note);
        let answer = self.client.send(&ask, |headers, body| {
            Ok((read(body)?, header(headers, DEFAULT_MINIMUM.as_str())))
        });
        let (document, default_minimum) = match answer.await {
            Ok((document, default_minimum)) => (Some(document), default_minimum),
            Err(error) if says_none(&error) => (None, None),
            Err(error) => return Err(error),
        };
        let answered = *asked.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(SeenLifecycle {
            bucket: bucket.clone(),
            document,
            default_minimum,
            answered,
        })
    }

    /// The tags of a bucket; none if it has none.
    pub(crate) async fn bucket_tags(
        &self,
        bucket: &BucketName,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let ask = S3Request::new(Operation::GetBucketTagging, Method::GET, Some(bucket))
            .with_query("tagging");
        let read = |_: &HeaderMap, body: &bytes::Bytes| tags::read(body);
        match self.client.send(&ask, read).await {
            Err(error) if error.code.as_deref() == Some("NoSuchTagSet") => Ok(Vec::new()),
            answer => answer,
        }
    }
}

fn says_none(error: &StoreError) -> bool {
    error.status == Some(404) && error.code.as_deref() == Some("NoSuchLifecycleConfiguration")
}

fn read(body: &[u8]) -> Result<LifecycleDocument, ReadError> {
    let malformed = |why: &dyn std::fmt::Display| ReadError::Malformed(why.to_string());
    if body.len() > LONGEST_DOCUMENT {
        return Err(malformed(
            &"the lifecycle configuration is longer than 4 MiB",
        ));
    }
    let text = std::str::from_utf8(body).map_err(|error| malformed(&error))?;
    LifecycleDocument::read(text).map_err(|error| match &error {
        LifecycleDocumentError::OtherRoot(root) if &**root == "Error" => ReadError::Refused,
        LifecycleDocumentError::OtherRoot(_) => ReadError::NotS3,
        _ => malformed(&error),
    })
}
