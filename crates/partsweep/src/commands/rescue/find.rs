//! Which upload is meant, and a look at it.

use partsweep_core::{BucketName, Key, RescueLook, StoreErrorKind, UploadAddress};
use partsweep_engine::rescue::{look, uploads_of};

use super::{RescueCommand, show};
use crate::text::error::Failure;
use crate::text::exit::Exit;
use crate::text::figures::counted;

impl RescueCommand<'_> {
    /// The upload that was named, or the only one of the key.
    pub(super) async fn choose(
        &self,
        bucket: BucketName,
        key: Key,
    ) -> Result<UploadAddress, Failure> {
        if let Some(id) = &self.args.upload_id {
            return UploadAddress::new(bucket.as_str(), key.as_str(), id)
                .map_err(|error| Failure::usage(error.to_string()));
        }
        let listed = uploads_of(&*self.session.store, &bucket, &key).await;
        let (uploads, is_all) = listed.map_err(|error| self.session.failure(&error))?;
        let url = format!("s3://{}/{}", bucket.as_str(), key.as_str());
        match &uploads[..] {
            [only] => Ok(only.address.clone()),
            [] => {
                let failure = Failure::told(
                    Exit::Refused,
                    format!("no incomplete upload of {url} is listed: nothing was changed"),
                );
                Err(match is_all {
                    true => failure
                        .hint("the key must be given whole; `partsweep scan` lists all uploads"),
                    false => {
                        failure.hint("the listing isn't complete: give --upload-id if you know it")
                    }
                })
            }
            several => {
                self.report.borrow_mut().several(several);
                if self.is_table {
                    show::choice(several, self.console)?;
                }
                let line = format!(
                    "{} of {url}: nothing was changed",
                    counted(several.len() as u64, "upload")
                );
                Err(Failure::told(Exit::Refused, line).hint("choose one with --upload-id ID"))
            }
        }
    }

    pub(super) async fn look(&self, address: &UploadAddress) -> Result<RescueLook, Failure> {
        let looked = look(&*self.session.store, address).await;
        looked.map_err(|error| match error.kind {
            StoreErrorKind::NoSuchUpload => Failure::told(
                Exit::Refused,
                format!(
                    "s3://{}/{} has no upload with this id: nothing was changed",
                    address.bucket.as_str(),
                    address.key.as_str()
                ),
            )
            .hint(
                "it may have been completed or aborted; `partsweep scan` lists those that are left",
            ),
            _ => self.session.failure(&error),
        })
    }
}
