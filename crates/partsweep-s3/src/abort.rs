//! The one request that destroys. No other file of this crate may send `DELETE`; a test holds it.

use http::{Method, Uri};
use partsweep_core::{AbortAnswer, Mutate, Operation, StoreError, StoreErrorKind, UploadAddress};

use crate::ask::Ask;
use crate::store::Store;
use crate::uri::push_parameter;

impl Mutate for Store {
    async fn abort_upload(&self, upload: &UploadAddress) -> Result<AbortAnswer, StoreError> {
        let mut query = String::new();
        push_parameter(&mut query, "uploadId", upload.id.as_str());
        let ask = Ask::new(
            Operation::AbortMultipartUpload,
            Method::DELETE,
            Some(&upload.bucket),
        )
        .with_key(&upload.key)
        .with_query(query);
        match self.send(&ask, |_, _| Ok(())).await {
            Ok(()) => Ok(AbortAnswer::Done),
            Err(failed) if failed.error.kind == StoreErrorKind::NoSuchUpload => {
                // The attempt before may have done it and lost its answer.
                Ok(if failed.reached_before {
                    AbortAnswer::Done
                } else {
                    AbortAnswer::AlreadyGone
                })
            }
            Err(failed) => Err(failed.error),
        }
    }
}

/// Refuses a destructive request that would not be an abort of one upload (law 5).
///
/// An empty upload id deletes the live object on Ceph, Garage and rclone, an empty key the bucket
/// on five servers (measured). The types do not allow either; this looks at the URL that is really
/// sent.
pub(crate) fn check_before_sending(ask: &Ask<'_>, uri: &Uri) -> Result<(), &'static str> {
    if ask.method != Method::DELETE {
        return Ok(());
    }
    let id = uri
        .query()
        .and_then(|query| query.strip_prefix("uploadId="))
        .unwrap_or_default();
    if id.is_empty() || id.contains('&') {
        return Err("an abort without an upload id is not sent");
    }
    let (Some(bucket), Some(key)) = (ask.bucket, ask.key) else {
        return Err("an abort without a bucket and a key is not sent");
    };
    let mut end = String::from("/");
    crate::uri::push_path(&mut end, key.as_str());
    let Some(before) = uri.path().strip_suffix(&end) else {
        return Err("an abort whose URL does not end in the key is not sent");
    };
    let mut in_path = String::from("/");
    crate::uri::push_path(&mut in_path, bucket.as_str());
    let in_host = uri
        .host()
        .is_some_and(|host| host.starts_with(bucket.as_str()));
    // An access point stands for its bucket in the host, under another name.
    let is_arn = bucket.as_str().starts_with("arn:");
    if key.as_str().is_empty() || !(before.ends_with(&in_path) || in_host || is_arn) {
        return Err("an abort whose URL does not name the bucket is not sent");
    }
    Ok(())
}
