//! The one request that destroys. No other file of this crate may send `DELETE`; a test holds it.

use http::uri::Authority;
use http::{Method, Uri};
use partsweep_core::{AbortAnswer, Mutate, Operation, StoreError, StoreErrorKind, UploadAddress};

use crate::ask::Ask;
use crate::body::{ErrorDocument, is_web_page};
use crate::place::Place;
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
            Err(error) if error.kind == StoreErrorKind::NoSuchUpload => {
                Ok(AbortAnswer::AlreadyGone)
            }
            Err(error) => Err(error),
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
/// on five servers (measured). The types do not allow either; this compares the URL that is really
/// sent with the place of the bucket.
pub(crate) fn check_before_sending(
    ask: &Ask<'_>,
    place: &Place,
    uri: &Uri,
) -> Result<(), &'static str> {
    if !ask.is_destructive() {
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
    if place.bucket.as_deref() != Some(bucket.as_str()) {
        return Err("an abort at the place of another bucket is not sent");
    }
    let origin = (uri.scheme_str(), uri.authority().map(Authority::as_str));
    if origin.0.zip(origin.1) != place.origin.split_once("://") {
        return Err("an abort to another host than the bucket's is not sent");
    }
    let mut path = format!("{}/", place.path);
    let before_key = path.len();
    crate::uri::push_path(&mut path, key.as_str());
    if path.len() == before_key || uri.path() != path {
        return Err("an abort whose URL is not the key's is not sent");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use partsweep_core::{BucketName, Key};
    use std::path::PathBuf;

    fn place(origin: &str, path: &str) -> Place {
        Place {
            bucket: Some("b".into()),
            origin: origin.to_owned(),
            host: String::new(),
            path: path.to_owned(),
            region: "us-east-1".into(),
        }
    }

    #[test]
    fn a_destructive_request_without_all_its_names_is_not_sent() {
        let (bucket, key) = (BucketName::new("b").unwrap(), Key::new("a/b c").unwrap());
        let by_path = place("http://h", "/b");
        let by_host = place("http://b.h", "");
        let check_at = |place: &Place, bucket, key: Option<&Key>, url: &'static str| {
            let mut ask = Ask::new(Operation::AbortMultipartUpload, Method::DELETE, bucket);
            ask.key = key;
            check_before_sending(&ask, place, &Uri::from_static(url))
        };
        let check = |bucket, key, url| check_at(&by_path, bucket, key, url);
        let (bucket, key) = (Some(&bucket), Some(&key));
        assert_eq!(check(bucket, key, "http://h/b/a/b%20c?uploadId=1"), Ok(()));
        let at_host = "http://b.h/a/b%20c?uploadId=1";
        assert_eq!(check_at(&by_host, bucket, key, at_host), Ok(()));
        for url in [
            "http://h/b/a/b%20c",
            "http://h/b/a/b%20c?uploadId=",
            "http://h/b/a/b%20c?uploadid=1",
            "http://h/b/a/b%20c?uploadId=&x=1",
            "http://h/b/?uploadId=1",
            "http://h/b?uploadId=1",
            "http://h/a/b%20c?uploadId=1",
            "http://h/b/other?uploadId=1",
            "http://h/b/b/a/b%20c?uploadId=1",
            "http://h/b/x/a/b%20c?uploadId=1",
            "http://h/b-2/a/b%20c?uploadId=1",
            "http://h/b/a/b%2520c?uploadId=1",
            "http://h:81/b/a/b%20c?uploadId=1",
            "https://h/b/a/b%20c?uploadId=1",
            "http://b.evil/a/b%20c?uploadId=1",
            "http://b-2.h/a/b%20c?uploadId=1",
            "http://b.h/a/b%20c?uploadId=1",
        ] {
            assert!(check(bucket, key, url).is_err(), "{url}");
        }
        for url in [
            "http://b.h/b/a/b%20c?uploadId=1",
            "http://b2.h/a/b%20c?uploadId=1",
        ] {
            assert!(check_at(&by_host, bucket, key, url).is_err(), "{url}");
        }
        let other = Place {
            bucket: Some("b2".into()),
            ..place("http://h", "/b")
        };
        let url = "http://h/b/a/b%20c?uploadId=1";
        assert!(check_at(&other, bucket, key, url).is_err());
        let none = Place {
            bucket: None,
            ..place("http://h", "/b")
        };
        assert!(check_at(&none, bucket, key, url).is_err());
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
