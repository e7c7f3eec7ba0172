//! Requests as they come: where they go, and what they ask for.

use http::request::Parts;
use http::{HeaderMap, Method};

use super::answer::Refusal;
use super::host::Host;
use super::operation::Operation;
use crate::habits::{EmptyId, Habits};
use crate::percent;

/// A request whose bucket, key and operation are known.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// As it came over the wire.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) virtual_host: bool,
    /// The region whose directory buckets are to be listed.
    pub(crate) directory_region: Option<String>,
    /// It came to an endpoint of AWS for directory buckets.
    pub(crate) is_express: bool,
    pub(crate) bucket: Option<String>,
    /// Decoded; empty if there is none.
    pub(crate) key: String,
    pub(crate) operation: Operation,
}

impl Call {
    /// Reads where the request goes and what it asks for.
    pub(crate) fn read(parts: Parts, habits: &Habits) -> Result<Self, Refusal> {
        let path = parts.uri.path().to_owned();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let host = parts
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let host = Host::read(host);
        let in_host = host.bucket();
        let rest = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = match in_host {
            Some(bucket) => (bucket, rest),
            None => rest.split_once('/').unwrap_or((rest, "")),
        };
        let invalid =
            || Refusal::new(400, "InvalidURI").because("Couldn't parse the specified URI.");
        let bucket = percent::decode(bucket, false).ok_or_else(invalid)?;
        let key = percent::decode(key, false).ok_or_else(invalid)?;
        let bucket = (!bucket.is_empty()).then_some(bucket);
        if habits.has_admin_api
            && in_host.is_none()
            && let Some(operation) = of_administration(&parts.method, bucket.as_deref(), &key)
        {
            return Ok(Self {
                directory_region: None,
                is_express: false,
                virtual_host: false,
                method: parts.method,
                headers: parts.headers,
                operation,
                path,
                query,
                bucket: None,
                key: String::new(),
            });
        }
        let is_express = matches!(host, Host::Directory(_) | Host::DirectoryList(_));
        let operation = match operation(&parts.method, bucket.is_some(), &key, &query, habits) {
            Operation::ListBuckets if is_express => Operation::ListDirectoryBuckets,
            Operation::Other if is_express && key.is_empty() && query.has("session") => {
                Operation::CreateSession
            }
            Operation::PutObject if parts.headers.contains_key(COPY_SOURCE) => {
                Operation::CopyObject
            }
            Operation::UploadPart if parts.headers.contains_key(COPY_SOURCE) => {
                Operation::UploadPartCopy
            }
            operation => operation,
        };
        let directory_region = match host {
            Host::DirectoryList(region) => Some(region.to_owned()),
            _ => None,
        };
        Ok(Self {
            directory_region,
            virtual_host: in_host.is_some(),
            is_express,
            method: parts.method,
            headers: parts.headers,
            operation,
            path,
            query,
            bucket,
            key,
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn has_if_match(&self) -> bool {
        self.headers.contains_key("if-match")
    }

    /// The version id, if one is meant.
    pub(crate) fn version(&self) -> Option<&str> {
        self.query.filled("versionId")
    }

    /// The upload id, empty if there is none.
    pub(crate) fn upload_id(&self) -> &str {
        self.query.get("uploadId").unwrap_or_default()
    }
}

/// A query, decoded. Names are exact: `uploadid` is not `uploadId`.
#[derive(Debug, Default, Clone)]
pub(crate) struct Query {
    pub(crate) raw: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        let decode = |text: &str| percent::decode(text, true).unwrap_or_else(|| text.to_owned());
        let pairs = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        Self {
            raw: raw.to_owned(),
            pairs,
        }
    }

    /// The value of a parameter, empty if it is there without one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter, if it is not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Gives a parameter that is there another value.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        if let Some((_, known)) = self.pairs.iter_mut().find(|(found, _)| found == name) {
            *known = value;
        }
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Sub-resources of a bucket, which make a request something else than one about the bucket.
const SUB_RESOURCES: [&str; 8] = [
    "tagging",
    "versions",
    "uploads",
    "uploadId",
    "lifecycle",
    "policy",
    "acl",
    "versioning",
];

/// What is asked of the administration, which is where a bucket would be named `admin`.
fn of_administration(method: &Method, first: Option<&str>, rest: &str) -> Option<Operation> {
    match (method, first, rest) {
        (&Method::GET, Some("admin"), "metadata/bucket") => Some(Operation::ListAllBuckets),
        (&Method::GET, Some("admin"), "bucket") => Some(Operation::GetBucketStats),
        (_, Some("admin"), _) => Some(Operation::Other),
        _ => None,
    }
}

fn operation(
    method: &Method,
    bucket: bool,
    key: &str,
    query: &Query,
    habits: &Habits,
) -> Operation {
    if !bucket {
        return if method == Method::GET {
            Operation::ListBuckets
        } else {
            Operation::Other
        };
    }
    if key.is_empty() {
        of_bucket(method, query, habits)
    } else {
        of_key(method, query, habits)
    }
}

fn of_bucket(method: &Method, query: &Query, habits: &Habits) -> Operation {
    let sub_resource = SUB_RESOURCES.into_iter().find(|name| query.has(name));
    match (method, sub_resource) {
        (&Method::GET, Some("uploads")) => Operation::ListMultipartUploads,
        (&Method::GET, None) if query.has("location") => Operation::GetBucketLocation,
        (&Method::GET, Some("versions")) => Operation::ListObjectVersions,
        (&Method::GET, Some("versioning")) => Operation::GetBucketVersioning,
        (&Method::GET, _) if query.has("object-lock") => Operation::GetObjectLock,
        (&Method::GET, None) if query.get("list-type") == Some("2") => Operation::ListObjects,
        (&Method::HEAD, None) => Operation::HeadBucket,
        (&Method::PUT, None) => Operation::CreateBucket,
        (&Method::DELETE, None) => Operation::DeleteBucket,
        (&Method::DELETE, Some(name)) if habits.delete_overlooks.contains(&name) => {
            Operation::DeleteBucket
        }
        (&Method::GET, Some("lifecycle")) => Operation::GetBucketLifecycle,
        (&Method::PUT, Some("lifecycle")) => Operation::PutBucketLifecycle,
        (&Method::DELETE, Some("lifecycle")) => Operation::DeleteBucketLifecycle,
        (&Method::GET, Some("tagging")) => Operation::GetBucketTagging,
        _ => Operation::Other,
    }
}

/// Sub-resources of a key, which make a request something else than one about the object.
const KEY_RESOURCES: [&str; 5] = ["tagging", "acl", "retention", "legal-hold", "torrent"];

fn of_key(method: &Method, query: &Query, habits: &Habits) -> Operation {
    if let Some(resource) = KEY_RESOURCES.into_iter().find(|name| query.has(name)) {
        return match (method, resource) {
            (&Method::GET, "tagging") => Operation::GetObjectTagging,
            (&Method::PUT, "tagging") => Operation::PutObjectTagging,
            (&Method::GET, "acl") => Operation::GetObjectAcl,
            (&Method::PUT, "acl") => Operation::PutObjectAcl,
            _ => Operation::Other,
        };
    }
    match (method, query.get("uploadId")) {
        (&Method::POST, None) if query.has("uploads") => Operation::CreateMultipartUpload,
        (&Method::PUT, Some(_)) if query.has("partNumber") => Operation::UploadPart,
        (&Method::GET, Some(_)) => Operation::ListParts,
        (&Method::POST, Some(_)) => Operation::CompleteMultipartUpload,
        (&Method::DELETE, Some("")) if habits.abort.empty == EmptyId::DeletesObject => {
            Operation::DeleteObject
        }
        (&Method::DELETE, Some(_)) => Operation::AbortMultipartUpload,
        (&Method::PUT, None) => Operation::PutObject,
        (&Method::HEAD, _) => Operation::HeadObject,
        (&Method::GET, None) => Operation::GetObject,
        (&Method::DELETE, None) => Operation::DeleteObject,
        _ => Operation::Other,
    }
}

/// The header that makes a PUT a copy.
pub(crate) const COPY_SOURCE: &str = "x-amz-copy-source";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, host: &str, uri: &str, habits: &Habits) -> Call {
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("host", host)
            .body(())
            .unwrap();
        Call::read(request.into_parts().0, habits).unwrap()
    }

    #[test]
    fn keys_are_taken_byte_for_byte() {
        for (path, key) in [
            ("/b/a/../b", "a/../b"),
            ("/b//lead", "/lead"),
            ("/b/..", ".."),
            ("/b/a+b%20c%2Fd%01", "a+b c/d\u{1}"),
        ] {
            let call = read("HEAD", "127.0.0.1:9000", path, &Habits::aws());
            assert_eq!(
                (call.bucket.as_deref(), call.key.as_str()),
                (Some("b"), key)
            );
            assert_eq!(call.path, path);
        }
    }

    #[test]
    fn a_bucket_may_be_in_the_host() {
        for host in [
            "b.b.localhost:81",
            "b.b.localhost",
            "b.b.s3.eu-west-1.example.com",
        ] {
            let call = read("GET", host, "/?uploads", &Habits::aws());
            assert_eq!(call.bucket.as_deref(), Some("b.b"), "{host}");
            assert_eq!(call.operation, Operation::ListMultipartUploads);
        }
        assert_eq!(
            read("GET", "localhost:81", "/", &Habits::aws()).bucket,
            None
        );
    }

    #[test]
    fn what_an_abort_without_an_id_or_a_key_does_depends_on_the_store() {
        let operation = |uri: &str, habits: &Habits| read("DELETE", "h", uri, habits).operation;
        let (aws, ceph, garage) = (Habits::aws(), Habits::ceph(), Habits::garage());
        for habits in [&aws, &ceph, &garage] {
            assert_eq!(
                operation("/b/k?uploadId=x", habits),
                Operation::AbortMultipartUpload
            );
            assert_eq!(
                operation("/b/k?uploadid=x", habits),
                Operation::DeleteObject
            );
        }
        for uri in ["/b/k?uploadId=", "/b/k?uploadId"] {
            assert_eq!(operation(uri, &aws), Operation::AbortMultipartUpload);
            assert_eq!(operation(uri, &ceph), Operation::DeleteObject);
        }
        assert_eq!(
            operation("/b/?uploadId=x", &garage),
            Operation::DeleteBucket
        );
        assert_eq!(operation("/b/?uploadId=x", &aws), Operation::Other);
        assert_eq!(
            operation("/b?lifecycle", &Habits::swift()),
            Operation::DeleteBucket
        );
    }
}
