//! Which upload is meant, and a look at it.

use partsweep_core::{BucketName, Inspect, Key, RescueLook, StoreErrorKind, UploadAddress};
use partsweep_engine::rescue::{look, recorded_etag, uploads_of};

use super::{RescueCommand, show};
use crate::paths;
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
        match look(&*self.session.store, address).await {
            Ok(look) => Ok(look),
            Err(error) if error.kind == StoreErrorKind::NoSuchUpload => {
                Err(self.gone_before(address).await)
            }
            Err(error) => Err(self.session.failure(&error)),
        }
    }

    /// There is no such upload: says what is at its key, and whether it is what an earlier run set out to make of it.
    async fn gone_before(&self, address: &UploadAddress) -> Failure {
        let url = format!("s3://{}/{}", address.bucket.as_str(), address.key.as_str());
        let object = self
            .session
            .store
            .head_object(&address.bucket, &address.key);
        let object = object.await.ok().flatten();
        let there = object.as_ref().map_or_else(String::new, |object| {
            format!("; {} is at its key", show::described(object))
        });
        let line = format!("{url} has no upload with this id{there}: nothing was changed");
        let failure = Failure::told(Exit::Refused, line);
        let state = paths::state_directory().ok();
        let expected =
            state.and_then(|folder| recorded_etag(&folder, self.session.store.endpoint(), address));
        let is_it = object
            .and_then(|object| object.etag)
            .zip(expected)
            .is_some_and(|(etag, expected)| etag.trim_matches('"').eq_ignore_ascii_case(&expected));
        failure.hint(match is_it {
            true => {
                "an earlier run on this machine set out to complete it, and the object has the ETag that it was to have: it is complete"
            }
            false => {
                "it may have been completed or aborted; `partsweep scan` lists those that are left"
            }
        })
    }
}
