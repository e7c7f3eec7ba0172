//! The traits between the engine and a store, one for each thing that can be done.
//!
//! [`Inspect`] can look, [`Mutate`] can abort and repair, [`ManageLifecycle`] can change a lifecycle, [`Complete`] can
//! complete an upload, [`AddParts`] can send parts of one. A scan takes `impl Inspect`, so a scan that deletes does not
//! compile (law 1), nor does a sweep that changes a lifecycle, sends parts or completes anything, nor a rescue without
//! a file that sends parts.

use std::future::Future;

use crate::lifecycle::change::{LifecycleChange, SeenLifecycle};
use crate::model::believe::Clock;
use crate::model::name::{BucketName, Key};
use crate::model::upload::UploadAddress;
use crate::plan::ApprovedUpload;
use crate::provider::profile::Provider;
use crate::rescue::plan::ApprovedRescue;
use crate::rescue::resume::ApprovedPart;
use crate::store::answers::{
    AbortAnswer, BucketStats, Completed, DefaultRetention, KeyPage, LookTime, Markers,
    MissingBuckets, ObjectHead, OlderVersions, PartPage, UploadPage,
};
use crate::store::bucket_list::BucketList;
use crate::store::error::{Operation, StoreError, StoreErrorKind};
use crate::store::part_data::PartData;
use crate::store::spare::{Spare, SpareName};

/// Looks, and cannot change anything.
pub trait Inspect: Send + Sync + 'static {
    /// What is known of this store by now; [`provider::UNKNOWN`](crate::provider::profiles::UNKNOWN) until it
    /// has answered once. What answers show later can only make it more careful.
    fn provider(&self) -> Provider;

    /// The same for one bucket: AWS has two kinds of them.
    fn provider_of(&self, _bucket: &BucketName) -> Provider {
        self.provider()
    }

    /// How the times in its documents stand to its `Date`, as far as answers have shown.
    fn clock(&self) -> Clock {
        Clock::of(self.provider().times)
    }

    /// Hears of a part that is dated before its upload: the two come from different clocks, so that what seems old by one may
    /// have happened a moment ago (law 13).
    fn hear_of_part_before_upload(&self) {}

    /// The region that a bucket was found in, once it has been asked for anything.
    fn region(&self, bucket: &BucketName) -> Option<String>;

    /// All buckets of the account, in the store's order.
    fn list_buckets(&self) -> impl Future<Output = Result<BucketList, StoreError>> + Send;

    /// The buckets of all users and tenants, as the store's administration lists them.
    /// [`Unsupported`](StoreErrorKind::Unsupported) where there is none, or it isn't known.
    fn list_all_buckets(&self) -> impl Future<Output = Result<BucketList, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        std::future::ready(Err(StoreError::new(Operation::ListAllBuckets, None, kind)))
    }

    /// What the store's administration says of one of those buckets.
    fn bucket_stats(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<BucketStats, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        let error = StoreError::new(Operation::GetBucketStats, Some(bucket), kind);
        std::future::ready(Err(error))
    }

    /// Why the list of buckets that was shown is not known to be whole; none if it is (law 14).
    fn buckets_missing(&self) -> Option<MissingBuckets> {
        None
    }

    /// Whether this key may neither ask whether a bucket keeps versions nor list them, as an answer showed: then no version
    /// below a key that HEAD doesn't show is no proof that there is none. A store that has no such requests isn't meant:
    /// [`hides_versions`](Self::hides_versions) is of any refusal.
    fn may_hide_versions(&self, _: &BucketName) -> bool {
        false
    }

    /// One page of unfinished uploads whose key starts with `prefix`, after the markers.
    ///
    /// A page is returned only if it was whole: its root element and end tag were there.
    fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &Markers,
    ) -> impl Future<Output = Result<UploadPage, StoreError>> + Send;

    /// One page of the keys of the objects whose key starts with `prefix`, after what the page before named as its
    /// `next`. A store without them answers [`Unsupported`](crate::store::error::StoreErrorKind::Unsupported).
    fn list_keys(
        &self,
        bucket: &BucketName,
        _prefix: &str,
        _after: Option<&str>,
    ) -> impl Future<Output = Result<KeyPage, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        let error = StoreError::new(Operation::ListObjects, Some(bucket), kind);
        std::future::ready(Err(error))
    }

    /// One page of an upload's parts with numbers above `after` (0 for the first page).
    fn list_parts(
        &self,
        upload: &UploadAddress,
        after: u32,
    ) -> impl Future<Output = Result<PartPage, StoreError>> + Send;

    /// The object at a key, or `None` if it is proven that there is none.
    ///
    /// [`StoreErrorKind::Denied`] if the store shows neither.
    fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> impl Future<Output = Result<Option<ObjectHead>, StoreError>> + Send;

    /// The versions at a key below the current one, in a bucket that has or had versions: a finished
    /// object may be one of them (law 4). Asks nothing where the bucket has none.
    fn older_versions(
        &self,
        bucket: &BucketName,
        key: &Key,
    ) -> impl Future<Output = Result<OlderVersions, StoreError>> + Send;

    /// The lifecycle of a bucket, as the store gave it.
    ///
    /// An error unless the answer was a lifecycle document, or NoSuchLifecycleConfiguration (law 10).
    fn lifecycle(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<SeenLifecycle, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        let error = StoreError::new(Operation::GetBucketLifecycle, Some(bucket), kind);
        std::future::ready(Err(error))
    }

    /// The tags of a bucket, name and value; those of CloudFormation and Terraform say who owns its settings.
    fn bucket_tags(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<Vec<(String, String)>, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        let error = StoreError::new(Operation::GetBucketTagging, Some(bucket), kind);
        std::future::ready(Err(error))
    }

    /// How a bucket locks each new object; none if it doesn't.
    fn default_retention(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<Option<DefaultRetention>, StoreError>> + Send {
        let kind = StoreErrorKind::Unsupported;
        let error = StoreError::new(Operation::GetObjectLock, Some(bucket), kind);
        std::future::ready(Err(error))
    }

    /// Whether the store refused to show the versions of a bucket, and whether it has any: some stores have none.
    fn hides_versions(&self, _bucket: &BucketName) -> bool {
        false
    }
}

/// Acts.
pub trait Mutate: Inspect {
    /// Aborts one upload.
    ///
    /// Destroys its parts for good. Takes only an upload of a plan that someone agreed to (law 2);
    /// the engine's sweep calls it right after a look (law 4); the address cannot be empty (law 5).
    ///
    /// `look` is when the first answer of that look had come. If it is too old when the request would
    /// leave, whatever it waited for, nothing is sent:
    /// [`LookTooOld`](crate::store::error::StoreErrorKind::LookTooOld).
    fn abort_upload(
        &self,
        upload: &ApprovedUpload,
        look: LookTime,
    ) -> impl Future<Output = Result<AbortAnswer, StoreError>> + Send;

    /// Finds out whether an object could be saved in this bucket: copies and deletes what does not
    /// exist, and begins and aborts an upload, under spare names of our own (law 5). Leaves
    /// nothing. `Denied` says that a right is missing, `Unsupported` that the store has no copies.
    fn try_saving(
        &self,
        bucket: &BucketName,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Copies an object to a spare key, if it is still `object` (`x-amz-copy-source-if-match`):
    /// with its metadata, tags and, as far as it differs from the default, its ACL.
    ///
    /// `Changed` if it is another object by now, `TooLarge` if the store copies no object of this
    /// size at once, `NoSuchObject` if it is gone.
    fn copy_to_spare(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
        name: &SpareName,
    ) -> impl Future<Output = Result<Spare, StoreError>> + Send;

    /// Copies the spare back over the object that it was made from, keeping the ACL that the
    /// object has. The store is asked to do so only if the object still has this ETag (`If-Match`);
    /// where it does not know the condition, only the caller's look just before protects.
    fn copy_back(
        &self,
        spare: &Spare,
        key: &Key,
        object: &ObjectHead,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes an object anew from itself in parts of at most 5 GiB, with its metadata, tags and
    /// ACL: for objects that are too large to be copied at once. `Changed` as above.
    fn rewrite_in_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        object: &ObjectHead,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes a spare copy. Done also if there is none any more.
    fn delete_spare(&self, spare: &Spare) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Changes the lifecycle of a bucket.
pub trait ManageLifecycle: Inspect {
    /// Writes what a change says: the document, or no lifecycle at all.
    ///
    /// Sent with the header that the look had, and only while that look is fresh:
    /// [`LookTooOld`](crate::store::error::StoreErrorKind::LookTooOld). Sent once; a store that is busy with another
    /// change answers [`Server`](crate::store::error::StoreErrorKind::Server) with the code OperationAborted. `may_begin` is
    /// asked once its turn has come, after any wait for a rate: if it says no, nothing is sent, and the error is the same
    /// as for a look that is too old.
    fn change_lifecycle(
        &self,
        change: &LifecycleChange,
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Completes uploads.
pub trait Complete: Inspect {
    /// Completes one upload: its parts become the object at its key, in place of what is there.
    ///
    /// Takes only what someone agreed to (law 2) and a look just before has confirmed (law 4). Sent once, and only while
    /// that look is fresh: [`LookTooOld`](crate::store::error::StoreErrorKind::LookTooOld). Where the store honours
    /// conditions, it is done only if the key still has what that look saw:
    /// [`Changed`](crate::store::error::StoreErrorKind::Changed). Without a clear answer it may have been done.
    fn complete_upload(
        &self,
        rescue: &ApprovedRescue,
    ) -> impl Future<Output = Result<Completed, StoreError>> + Send;
}

/// Sends parts of uploads that somebody else began.
pub trait AddParts: Inspect {
    /// Sends one part, as large as its place says; gives back its ETag, if that is an MD5.
    ///
    /// Takes only a part of an upload that someone agreed to finish (law 2), which was missing when it was looked at
    /// just before the first part was sent (law 4). The data are sent with their MD5 and signed with their SHA-256, so
    /// the store refuses others. Sent again if that may help: a part takes the place of the one of its number.
    fn upload_part(
        &self,
        part: &ApprovedPart,
        data: &PartData,
    ) -> impl Future<Output = Result<Option<[u8; 16]>, StoreError>> + Send;
}
