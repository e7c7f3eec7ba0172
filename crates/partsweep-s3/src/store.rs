//! A store that was connected to: the ports of the core, each handed on to those who speak the wire.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use partsweep_core::provider::recognise::Sign;
use partsweep_core::store::answers::{Completed, Markers};
use partsweep_core::store::part_data::PartData;
use partsweep_core::{
    AbortAnswer, AddParts, ApprovedPart, ApprovedRescue, ApprovedUpload, BucketList, BucketName,
    BucketStats, Clock, Complete, DefaultRetention, Inspect, Key, KeyPage, LifecycleChange,
    LookTime, ManageLifecycle, MissingBuckets, Mutate, ObjectHead, OlderVersions, PartPage,
    Provider, SeenLifecycle, Spare, SpareName, StoreError, UploadAddress, UploadPage,
};

use crate::config::in_force::{SettingsInForce, Sourced};
use crate::config::machine::key_end;
use crate::inspect::inspector::Inspector;
use crate::mutate::mutator::Mutator;
use crate::wire::caller::caller;
use crate::wire::client::Client;

/// A connection to one store with one set of credentials.
///
/// Implements [`Inspect`], [`Mutate`], [`ManageLifecycle`], [`Complete`] and [`AddParts`].
pub struct Store {
    client: Arc<Client>,
    inspector: Arc<Inspector>,
    mutator: Mutator,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("endpoint", &self.endpoint())
            .finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn over(client: Client) -> Self {
        let client = Arc::new(client);
        let inspector = Arc::new(Inspector::new(Arc::clone(&client)));
        Self {
            mutator: Mutator::new(Arc::clone(&client), Arc::clone(&inspector)),
            inspector,
            client,
        }
    }

    /// The store's URL, for reports; on AWS that of the configured region. Never has credentials.
    pub fn endpoint(&self) -> &str {
        &self.client.endpoint
    }

    /// The id of the account that owns the buckets, as ListBuckets named it; `None` before that, and
    /// on stores that name none.
    pub fn account(&self) -> Option<&str> {
        self.inspector.account()
    }

    /// The end of the access key id in use: enough to tell two apart.
    pub async fn key_id_end(&self) -> Option<String> {
        let keys = self.client.keys.get().await.ok()?;
        Some(key_end(keys.access_key_id()))
    }

    /// Who signs, as AWS STS says: the ARN of a user or of a role's session. None at another store than AWS.
    ///
    /// # Errors
    ///
    /// What AWS STS, or the way to it, says.
    pub async fn caller(&self) -> Option<Result<String, String>> {
        caller(&self.client).await
    }

    /// Whether the keys were given, and not found.
    pub fn has_typed_keys(&self) -> bool {
        self.client.keys.are_fixed()
    }

    /// The settings of this connection, and where each comes from.
    pub fn settings(&self) -> &SettingsInForce {
        &self.client.in_force
    }

    /// The region that requests are signed for where a bucket has none of its own: as configured, or as the
    /// store corrected it.
    pub fn home_region(&self) -> String {
        self.client.regions.home().to_string()
    }

    /// Where requests for a bucket go: the bucket in the host's name or in the path, as answers have shown by now.
    pub async fn url_of(&self, bucket: &BucketName) -> Option<String> {
        let regions = &self.client.regions;
        let (region, home) = (regions.to_use(Some(bucket)), regions.home());
        let place = self.client.places.of(Some(bucket.as_str()), &region, &home);
        let place = place.await.ok()?;
        Some(format!("{}{}", place.origin, place.path))
    }

    /// What each sign says of which store this is, in the order in which they were seen.
    pub fn recognized_by(&self) -> Vec<(&'static str, Sign)> {
        self.client.known.signs()
    }

    /// The first date in a document that could not be read, as the store wrote it.
    pub fn odd_date(&self) -> Option<String> {
        let date = self.client.known.odd_date()?;
        Some(self.client.secrets.redact(&date).into_owned())
    }

    /// Requests sent so far, repeats included.
    pub fn requests(&self) -> u64 {
        self.client.requests.load(Ordering::Relaxed)
    }

    /// For how long it has answered nothing, if it did before and requests fail now: it is waited for.
    pub fn silent(&self) -> Option<Duration> {
        self.client.life.silent()
    }

    /// The proxy that requests to the endpoint go through, without its password.
    pub fn proxy(&self) -> Option<Sourced<String>> {
        self.client.transport.proxy(&self.client.endpoint)
    }

    /// For how much longer a request waits because the store asked for fewer, if one does.
    pub fn held_for(&self) -> Option<Duration> {
        self.client.pace.held_for()
    }

    /// Whether it ever answered.
    pub fn has_answered(&self) -> bool {
        self.client.life.has_answered()
    }

    /// How long it may answer nothing before it is given up.
    pub fn patience(&self) -> Duration {
        self.client.timeouts.silence
    }
}

impl Inspect for Store {
    fn provider(&self) -> Provider {
        self.client.provider()
    }

    fn provider_of(&self, bucket: &BucketName) -> Provider {
        let store = self.client.provider();
        match self.client.is_directory_bucket(bucket) {
            true => store.of_directory_bucket(),
            false => store,
        }
    }

    fn clock(&self) -> Clock {
        self.client.known.clock()
    }

    fn hear_of_part_before_upload(&self) {
        self.client.known.doubt_clock();
    }

    fn region(&self, bucket: &BucketName) -> Option<String> {
        let region = self.client.regions.known(bucket);
        region.map(|region| region.to_string())
    }

    fn buckets_missing(&self) -> Option<MissingBuckets> {
        self.inspector.buckets_missing()
    }

    fn list_buckets(&self) -> impl Future<Output = Result<BucketList, StoreError>> + Send {
        self.inspector.list_buckets()
    }

    fn list_all_buckets(&self) -> impl Future<Output = Result<BucketList, StoreError>> + Send {
        self.inspector.list_all_buckets()
    }

    fn bucket_stats(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<BucketStats, StoreError>> + Send {
        self.inspector.bucket_stats(bucket)
    }

    fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> impl Future<Output = Result<UploadPage, StoreError>> + Send {
        self.inspector.list_uploads(bucket, prefix, after)
    }

    fn list_keys(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<KeyPage, StoreError>> + Send {
        self.inspector.list_keys(bucket, prefix, after)
    }

    fn list_parts(
        &self,
        upload: &UploadAddress,
        after: u32,
    ) -> impl Future<Output = Result<PartPage, StoreError>> + Send {
        self.inspector.list_parts(upload, after)
    }

    fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> impl Future<Output = Result<Option<ObjectHead>, StoreError>> + Send {
        self.inspector.head_object(bucket, key)
    }

    fn may_hide_versions(&self, bucket: &BucketName) -> bool {
        self.client.versions.are_hidden(bucket)
    }

    fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> impl Future<Output = Result<OlderVersions, StoreError>> + Send {
        self.inspector.older_versions(bucket, key)
    }

    fn lifecycle(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<SeenLifecycle, StoreError>> + Send {
        self.inspector.lifecycle(bucket)
    }

    fn bucket_tags(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<Vec<(String, String)>, StoreError>> + Send {
        self.inspector.bucket_tags(bucket)
    }

    fn default_retention(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<Option<DefaultRetention>, StoreError>> + Send {
        self.inspector.default_retention(bucket)
    }

    fn hides_versions(&self, bucket: &BucketName) -> bool {
        self.client.versions.is_denied(bucket)
    }
}

impl Mutate for Store {
    fn abort_upload(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> impl Future<Output = Result<AbortAnswer, StoreError>> + Send {
        self.mutator.abort_approved(upload, look)
    }

    fn try_saving(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.mutator.prove_saving(bucket)
    }

    fn copy_to_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> impl Future<Output = Result<Spare, StoreError>> + Send {
        self.mutator.make_spare(bucket, key, object, name)
    }

    fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.mutator.bring_back(spare, key, object)
    }

    fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.mutator.rewrite(bucket, key, object)
    }

    fn delete_spare(&self, spare: &Spare) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.mutator.remove_spare(spare)
    }
}

impl ManageLifecycle for Store {
    fn change_lifecycle(
        &self,
        change: &LifecycleChange,
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.mutator.write_lifecycle(change, may_begin)
    }
}

impl AddParts for Store {
    fn upload_part(
        &self,
        part: &ApprovedPart,
        data: &PartData,
    ) -> impl Future<Output = Result<Option<[u8; 16]>, StoreError>> + Send {
        self.mutator.send_part(part, data)
    }
}

impl Complete for Store {
    fn complete_upload(
        &self,
        rescue: &ApprovedRescue,
    ) -> impl Future<Output = Result<Completed, StoreError>> + Send {
        self.mutator.complete_approved(rescue)
    }
}
