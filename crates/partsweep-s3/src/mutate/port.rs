//! The port that acts.

use partsweep_core::{
    AbortAnswer, ApprovedUpload, BucketName, Key, LookTime, Mutate, ObjectHead, Spare, SpareName,
    StoreError,
};

use crate::store::Store;

impl Mutate for Store {
    async fn abort_upload(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> Result<AbortAnswer, StoreError> {
        self.abort_approved(upload, look).await
    }

    async fn try_saving(&self, bucket: &BucketName) -> Result<(), StoreError> {
        self.prove_saving(bucket).await
    }

    async fn copy_to_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> Result<Spare, StoreError> {
        self.make_spare(bucket, key, object, name).await
    }

    async fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        self.bring_back(spare, key, object).await
    }

    async fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> Result<(), StoreError> {
        self.rewrite(bucket, key, object).await
    }

    async fn delete_spare(&self, spare: &Spare) -> Result<(), StoreError> {
        self.remove_spare(spare).await
    }
}
