//! The one request that destroys. No other file of this crate may send `DELETE`; a test holds it.

use http::{Method, Uri};
use partsweep_core::{AbortAnswer, Mutate, Operation, StoreError, StoreErrorKind, UploadAddress};

use crate::answer::{ErrorDocument, is_web_page};
use crate::ask::Ask;
use crate::store::Store;
use crate::uri::push_parameter;
use crate::xml::ReadError;

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
        match self.send(&ask, |_, body| is_an_abort(body)).await {
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

/// Checks what came with a success: nothing does, but an error, or a page of something between us
/// and the store, may.
fn is_an_abort(body: &[u8]) -> Result<(), ReadError> {
    if ErrorDocument::read(body).is_some() {
        Err(ReadError::Refused)
    } else if is_web_page(body) {
        Err(ReadError::NotS3)
    } else {
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use partsweep_core::{BucketName, Key};
    use std::path::PathBuf;

    #[test]
    fn a_destructive_request_without_all_its_names_is_not_sent() {
        let (bucket, key) = (BucketName::new("b").unwrap(), Key::new("a/b c").unwrap());
        let check = |bucket, key: Option<&Key>, url: &'static str| {
            let mut ask = Ask::new(Operation::AbortMultipartUpload, Method::DELETE, bucket);
            ask.key = key;
            check_before_sending(&ask, &Uri::from_static(url))
        };
        let (bucket, key) = (Some(&bucket), Some(&key));
        assert_eq!(check(bucket, key, "http://h/b/a/b%20c?uploadId=1"), Ok(()));
        assert_eq!(check(bucket, key, "http://b.h/a/b%20c?uploadId=1"), Ok(()));
        for url in [
            "http://h/b/a/b%20c",
            "http://h/b/a/b%20c?uploadId=",
            "http://h/b/a/b%20c?uploadid=1",
            "http://h/b/a/b%20c?uploadId=&x=1",
            "http://h/b/?uploadId=1",
            "http://h/b?uploadId=1",
            "http://h/a/b%20c?uploadId=1",
            "http://h/b/other?uploadId=1",
        ] {
            assert!(check(bucket, key, url).is_err(), "{url}");
        }
        assert!(check(None, key, "http://h/b/a/b%20c?uploadId=1").is_err());
        assert!(check(bucket, None, "http://h/b/?uploadId=1").is_err());
    }

    #[test]
    fn no_other_file_can_send_a_destructive_request() {
        let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for source in std::fs::read_dir(folder).unwrap() {
                let path = source.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                if path.ends_with("abort.rs") {
                    assert!(text.contains("Method::DELETE"));
                    continue;
                }
                seen += 1;
                for word in [
                    "Method::DELETE",
                    "Method::P",
                    "Method::from_bytes",
                    "\"DELETE\"",
                ] {
                    assert!(!text.contains(word), "{} has {word}", path.display());
                }
            }
        }
        assert!(seen > 20, "the sources were not found");
    }
}
