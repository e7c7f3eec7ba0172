//! The paths of `partsweep-s3` that a run goes through most often, as a library of their own.
//!
//! Built without the rest of the wire: the AWS SDK would take most of the build.

#![expect(
    dead_code,
    reason = "of the files that are shared, only what is hot is called"
)]

#[path = "../../crates/partsweep-s3/src/net/body.rs"]
mod body;
#[path = "../../crates/partsweep-s3/src/address/escape.rs"]
mod escape;
#[path = "../../crates/partsweep-s3/src/wire/request.rs"]
mod request;
#[path = "../../crates/partsweep-s3/src/wire/sign.rs"]
mod sign;
#[path = "../../crates/partsweep-s3/src/xml/mod.rs"]
mod xml;

// Where these files look for each other.
mod net {
    pub(crate) use crate::body;
}
mod wire {
    pub(crate) use crate::request;
}
mod pace {
    pub(crate) mod retry {
        pub(crate) const TRIES: u32 = 1;
    }
}

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use http::{Method, Request, Uri};
use partsweep_core::{BucketName, Key, Operation};

use request::S3Request;

/// Reads a page of ListMultipartUploads that was not asked for encoded; says how many uploads it has.
/// `None` if it is no such page.
pub fn read_listing(document: &[u8]) -> Option<usize> {
    xml::uploads::read(document)
        .ok()
        .map(|page| page.entries.len())
}

/// Reads a page of ListParts; says how many parts it has. `None` if it is no such page.
pub fn read_parts(document: &[u8]) -> Option<usize> {
    xml::parts::read(document, 0)
        .ok()
        .map(|(page, ..)| page.parts.len())
}

/// Escapes a key for a URL's path.
pub fn escape_key(key: &str) -> String {
    let mut path = String::new();
    escape::push_path(&mut path, key);
    path
}

/// Who signs ListParts of one upload, again and again.
#[derive(Debug)]
pub struct ListParts {
    signer: sign::Signer,
    credentials: Credentials,
    region: Arc<str>,
    bucket: BucketName,
    key: Key,
    uri: Uri,
    now: SystemTime,
}

impl ListParts {
    /// The host that it asks.
    const HOST: &str = "backups.s3.eu-central-1.amazonaws.com";

    /// Of an upload of this key. `None` if the key cannot be in a URL.
    pub fn of(key: &str) -> Option<Self> {
        let path = escape_key(key);
        let uri = format!("https://{}/{path}?uploadId=2~abcdefghijklmno", Self::HOST);
        Some(Self {
            signer: sign::Signer::default(),
            credentials: Credentials::new("AKIAEXAMPLE", "secret", None, None, "bench"),
            region: "eu-central-1".into(),
            bucket: BucketName::new("backups").ok()?,
            key: Key::new(key).ok()?,
            uri: uri.parse().ok()?,
            now: SystemTime::now(),
        })
    }

    /// The signed request, without its body, which is empty. `None` if it cannot be signed.
    pub fn sign(&self) -> Option<Request<()>> {
        let ask =
            S3Request::new(Operation::ListParts, Method::GET, Some(&self.bucket)).with_key(&self.key);
        let uri = self.uri.clone();
        self.signer
            .signed_request(
                &ask,
                uri,
                Self::HOST,
                sign::Scope {
                    region: &self.region,
                    service: sign::Service::S3,
                },
                &self.credentials,
                self.now,
            )
            .ok()
            .map(|request| request.map(drop))
    }
}
