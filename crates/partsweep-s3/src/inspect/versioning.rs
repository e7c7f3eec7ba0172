//! Whether a bucket keeps versions, or did.

use http::Method;
use partsweep_core::{BucketName, Operation, StoreError};

use super::inspector::Inspector;
use crate::wire::request::S3Request;
use crate::xml::{Node, ReadError, Tag, walk};

impl Inspector {
    /// Whether a deletion without a version leaves a marker.
    pub(crate) async fn keeps_versions(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let ask = S3Request::new(Operation::GetBucketVersioning, Method::GET, Some(bucket))
            .with_query("versioning");
        self.client.send(&ask, |_, body| read(body)).await
    }
}

/// Reads whether a bucket keeps versions, or did: one that never has has no status.
fn read(document: &[u8]) -> Result<bool, ReadError> {
    let mut keeps = false;
    walk(document, &[Tag::VersioningConfiguration], |path, node| {
        if let ([Tag::Status], Node::Text(_)) = (path, node) {
            keeps = true;
        }
    })?;
    Ok(keeps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bucket_without_a_status_never_kept_versions() {
        for (inside, keeps) in [
            ("", false),
            ("<Status>Enabled</Status>", true),
            ("<Status>Suspended</Status>", true),
            ("<Status>Whatever</Status>", true),
            ("<MfaDelete>Disabled</MfaDelete>", false),
        ] {
            let document = format!("<VersioningConfiguration>{inside}</VersioningConfiguration>");
            assert_eq!(read(document.as_bytes()), Ok(keeps), "{inside}");
        }
        for document in ["", "<VersioningConfiguration>", "<html/>"] {
            assert!(read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
