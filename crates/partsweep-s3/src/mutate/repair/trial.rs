//! Whether an object could be saved in a bucket: tried on nothing, under names that nobody has.
//!
//! Measured on Ceph 16.2.15 with bucket policies (`docs/providers.md`): a copy of what does not
//! exist is a 404 whatever the rights, so the rights are asked for one by one.

use partsweep_core::model::believe;
use partsweep_core::model::random::random;
use partsweep_core::provider::profiles::{CEPH, UNKNOWN};
use partsweep_core::provider::recognise::Sign;
use partsweep_core::store::answers::Markers;
use partsweep_core::{BucketName, Clock, Spare, SpareName, StoreError, StoreErrorKind, UploadPage};

use crate::mutate::mutator::Mutator;
use crate::mutate::own::OwnUpload;

/// Aborts of our own empty upload at most, while they are not answered.
const ABORTS: usize = 3;

impl Mutator {
    /// Finds out whether an object could be saved here; leaves nothing.
    pub(crate) async fn prove_saving(&self, bucket: &BucketName) -> Result<(), StoreError> {
        if self.client.provider().id == UNKNOWN.id {
            // Only looks, and shows which store this is if nothing has answered yet.
            let _ = self.inspector.keeps_versions(bucket).await;
        }
        if !self.crashes_on_a_missing_source() {
            self.copy_nothing(bucket).await?;
        }
        self.write_nothing(bucket).await?;
        self.delete_nothing(bucket).await
    }

    /// Whether a copy of what does not exist may end the gateway for everybody: Ceph's crashes if a user with the
    /// admin or system flag asks for one (measured on 16.2.15; ceph/ceph#50648, tracker 58035). Nothing is lost by not
    /// asking, since its answer shows no right, and it is known to have copies.
    fn crashes_on_a_missing_source(&self) -> bool {
        let signs = self.client.known.signs();
        let is_gateway = signs.iter().any(|(_, sign)| *sign == Sign::GatewayHeaders);
        is_gateway || self.client.provider().id == CEPH.id
    }

    /// Begins an upload under a name of our own and aborts it: that takes the right that copies
    /// take. Not without the right to abort, which is tried first: else it would stay.
    async fn write_nothing(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let name = SpareName::random();
        if let Some(nobodys) = OwnUpload::nobodys(bucket, &name, random())
            && let Err(error) = self.abort_own(&nobodys).await
            && error.kind == StoreErrorKind::Denied
        {
            return Err(error);
        }
        let upload = self.begin_nothing(bucket, &name).await?;
        self.compare_clocks(bucket, &upload).await;
        let mut answer = self.abort_own(&upload).await;
        for _ in 1..ABORTS {
            if answer.is_ok() {
                break;
            }
            answer = self.abort_own(&upload).await;
        }
        answer.map(|_| ()).map_err(|error| {
            let stays = format!("the empty upload {} is left behind", name.key().as_str());
            match error.message.clone() {
                Some(message) => error.with_message(format!("{message}; {stays}")),
                None => error.with_message(stays),
            }
        })
    }

    /// Reads when an upload that was begun a moment ago was begun, where documents may show local time
    /// (law 13). What cannot be read proves nothing.
    async fn compare_clocks(&self, bucket: &BucketName, upload: &OwnUpload) {
        if self.client.known.clock() == Clock::Utc {
            return;
        }
        let address = upload.address();
        let listed = self
            .inspector
            .list_uploads(bucket, address.key.as_str(), &Markers::START)
            .await;
        let Ok(UploadPage { uploads, date, .. }) = listed else {
            return;
        };
        let ours = uploads.iter().find(|listed| listed.address == *address);
        let initiated = ours.and_then(|upload| believe::time(upload.initiated?));
        if let (Some(initiated), Some(date)) = (initiated, date) {
            self.client
                .known
                .keep_clock(Clock::shown_by_ours(initiated, date));
        }
    }

    /// Deletes what does not exist, by the right that the deletion of a spare takes here. In a
    /// bucket that keeps versions it names one: without, it would leave a marker. Where it is not
    /// known whether the bucket does, nothing is tried.
    async fn delete_nothing(&self, bucket: &BucketName) -> Result<(), StoreError> {
        let version = match self.inspector.keeps_versions(bucket).await {
            Ok(false) => None,
            Ok(true) => Some("null".into()),
            Err(_) => return Ok(()),
        };
        let spare = Spare {
            bucket: bucket.clone(),
            name: SpareName::random(),
            version,
        };
        self.delete_nothing_of(&spare).await
    }
}
