//! Deleting our own spare copy: beside an abort, the only `DELETE`.

use bytes::Bytes;
use http::{HeaderMap, Method};
use partsweep_core::{Operation, Spare, StoreError, StoreErrorKind};

use crate::address::escape::push_parameter;
use crate::mutate::mutator::Mutator;
use crate::reply::body::has_no_words;
use crate::reply::headers::header;
use crate::wire::request::S3Request;

/// Versions under one spare name at most: one, and one more for each time that its copy was sent
/// again.
const ROUNDS: usize = 12;

impl Mutator {
    /// Deletes a spare copy, all its versions, and leaves no marker.
    pub(crate) async fn remove_spare(&self, spare: &Spare) -> Result<(), StoreError> {
        let mut version = spare.version.as_deref().map(str::to_owned);
        for round in 0..ROUNDS {
            if version.is_none() {
                match self.see(&spare.bucket, spare.name.key()).await {
                    Ok(seen) => version = seen.named_version(),
                    Err(error) if error.kind == StoreErrorKind::NoSuchObject => return Ok(()),
                    // What was known of is deleted.
                    Err(_) if round > 0 => return Ok(()),
                    Err(_) => {}
                }
            }
            let version = version.take();
            let marker = self.delete_one(spare, version.as_deref()).await?;
            if let Some(marker) = marker.filter(|_| version.is_none()) {
                self.delete_one(spare, Some(&marker)).await?;
            }
        }
        let kind = StoreErrorKind::Server;
        let error = StoreError::new(Operation::DeleteObject, Some(&spare.bucket), kind);
        Err(error.with_message("the spare copy is still there after it was deleted"))
    }

    /// Deletes what a name of ours never had, by this version or without one; leaves no marker.
    pub(super) async fn delete_nothing_of(&self, spare: &Spare) -> Result<(), StoreError> {
        let marker = self.delete_one(spare, spare.version.as_deref()).await?;
        if let Some(marker) = marker {
            self.delete_one(spare, Some(&marker)).await?;
        }
        Ok(())
    }

    /// Deletes one version, or without one what is there. Gives back the marker that this left.
    async fn delete_one(
        &self,
        spare: &Spare,
        version: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let mut ask = S3Request::new(Operation::DeleteObject, Method::DELETE, Some(&spare.bucket))
            .with_key(spare.name.key());
        if let Some(version) = version {
            let mut query = String::new();
            push_parameter(&mut query, "versionId", version);
            // Without a version, a second one could leave a second marker.
            ask = ask.with_query(query).repeatable();
        }
        let read = |headers: &HeaderMap, body: &Bytes| {
            has_no_words(body)?;
            let is_marker = header(headers, "x-amz-delete-marker").as_deref() == Some("true");
            Ok(header(headers, "x-amz-version-id").filter(|_| is_marker))
        };
        match self.client.send(&ask, read).await {
            Err(error) if error.kind == StoreErrorKind::NoSuchObject => Ok(None),
            answer => answer,
        }
    }
}
