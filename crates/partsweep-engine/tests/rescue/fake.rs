//! A store with one upload, which can be completed.

use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::provider::profiles;
use partsweep_core::store::answers::{Completed, Markers};
use partsweep_core::store::part_data::{PartData, PartHasher};
use partsweep_core::{
    AddParts, ApprovedPart, ApprovedRescue, BucketList, BucketName, Clock, Complete, Inspect, Key,
    LookTime, ObjectHead, OlderVersions, Operation, Part, PartPage, Provider, StoreError,
    StoreErrorKind, Upload, UploadAddress, UploadPage,
};

pub(crate) const MIB: u64 = 1 << 20;

/// What becomes of a complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Done,
    /// It is done, and its answer is lost.
    AnswerLost,
    /// It is lost on its way.
    RequestLost,
    /// It is done so many looks after its answer was lost.
    Late(u32),
    /// The answer is yes, and something else is at the key.
    Overwritten,
    /// It is done, below what is current.
    BelowCurrent,
    Refused(StoreErrorKind),
    /// Someone else completed the upload just before, and the condition on the key fails.
    Overtaken,
    /// Someone aborted the upload just before.
    Aborted,
}

/// What becomes of a part that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartEnds {
    Done,
    /// This one is answered with the ETag of other data.
    OtherEtag(u32),
    /// This one is lost on its way.
    Refused(u32),
}

type PartHook = Box<dyn FnMut(u32) + Send>;

type Hook = Box<dyn FnOnce() + Send>;

pub(crate) struct World {
    pub(crate) parts: Vec<Part>,
    pub(crate) is_there: bool,
    pub(crate) is_listed: bool,
    pub(crate) others: Vec<&'static str>,
    pub(crate) object: Option<ObjectHead>,
    pub(crate) older: Vec<ObjectHead>,
    pub(crate) ends: Ends,
    /// Completes whose look is too old.
    pub(crate) slow: u32,
    pub(crate) completes: u32,
    pub(crate) before_complete: Option<Hook>,
    pub(crate) part_ends: PartEnds,
    /// Parts that were sent, by number.
    pub(crate) sent: Vec<u32>,
    pub(crate) before_part: Option<PartHook>,
    late: Option<(u32, ObjectHead)>,
}

pub(crate) struct FakeStore(Mutex<World>);

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn days_ago(days: i64) -> Option<Timestamp> {
    Some(now() - SignedDuration::from_hours(24 * days))
}

pub(crate) fn part(number: u32, bytes: u64) -> Part {
    Part {
        number,
        bytes: Some(bytes),
        last_modified: days_ago(3),
        etag: Some([u8::try_from(number).unwrap(); 16]),
    }
}

pub(crate) fn head(bytes: u64, etag: &str) -> ObjectHead {
    ObjectHead {
        bytes: Some(bytes),
        last_modified: Some(now()),
        etag: Some(etag.to_owned()),
        version: None,
    }
}

pub(crate) fn address() -> UploadAddress {
    UploadAddress::new("b", "k", "1").unwrap()
}

impl FakeStore {
    pub(crate) fn new(ends: Ends) -> Self {
        Self(Mutex::new(World {
            parts: vec![part(1, 8 * MIB), part(2, 8 * MIB), part(3, MIB)],
            is_there: true,
            is_listed: true,
            others: Vec::new(),
            object: None,
            older: Vec::new(),
            ends,
            slow: 0,
            completes: 0,
            before_complete: None,
            part_ends: PartEnds::Done,
            sent: Vec::new(),
            before_part: None,
            late: None,
        }))
    }

    pub(crate) fn with<T>(&self, of: impl FnOnce(&mut World) -> T) -> T {
        of(&mut self.0.lock().unwrap())
    }

    pub(crate) fn completes(&self) -> u32 {
        self.with(|world| world.completes)
    }
}

fn error(operation: Operation, kind: StoreErrorKind) -> StoreError {
    StoreError::new(operation, None, kind)
}

impl Inspect for FakeStore {
    fn provider(&self) -> Provider {
        profiles::CEPH
    }

    fn clock(&self) -> Clock {
        Clock::Utc
    }

    fn region(&self, _: &BucketName) -> Option<String> {
        None
    }

    async fn list_buckets(&self) -> Result<BucketList, StoreError> {
        Ok(BucketList::default())
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        _: &Markers,
    ) -> Result<UploadPage, StoreError> {
        let (others, is_listed) = self.with(|world| (world.others.clone(), world.is_listed));
        let upload = |key: &str, id: &str| Upload {
            initiated: days_ago(4),
            ..Upload::named(UploadAddress::new(bucket.as_str(), key, id).unwrap())
        };
        let mut uploads = vec![upload("k2", "9")];
        uploads.extend(others.into_iter().map(|id| upload("k", id)));
        uploads.extend(is_listed.then(|| upload("k", "1")));
        uploads.retain(|upload| upload.address.key.as_str().starts_with(prefix));
        Ok(UploadPage {
            uploads,
            date: Some(now()),
            ..UploadPage::default()
        })
    }

    async fn list_parts(&self, _: &UploadAddress, _: u32) -> Result<PartPage, StoreError> {
        self.with(|world| {
            if let Some((looks, object)) = world.late.take() {
                match looks {
                    0 => (world.object, world.is_there) = (Some(object), false),
                    looks => world.late = Some((looks - 1, object)),
                }
            }
            match world.is_there {
                true => Ok(PartPage {
                    parts: world.parts.clone(),
                    names_upload: true,
                    answered: LookTime::new(Duration::from_secs(1)),
                    date: Some(now()),
                    ..PartPage::default()
                }),
                false => Err(error(Operation::ListParts, StoreErrorKind::NoSuchUpload)),
            }
        })
    }

    async fn head_object(&self, _: &BucketName, _: &Key) -> Result<Option<ObjectHead>, StoreError> {
        Ok(self.with(|world| world.object.clone()))
    }

    async fn older_versions(&self, _: &BucketName, _: &Key) -> Result<OlderVersions, StoreError> {
        Ok(OlderVersions::Seen(self.with(|world| world.older.clone())))
    }
}

impl AddParts for FakeStore {
    async fn upload_part(
        &self,
        part: &ApprovedPart,
        data: &PartData,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        assert_eq!(*part.address(), address());
        let place = part.place();
        let mut bytes = vec![0; usize::try_from(place.bytes).unwrap()];
        data.source.read_at(0, &mut bytes).unwrap();
        let mut hasher = PartHasher::default();
        hasher.add(&bytes);
        let md5 = hasher.finish().md5;
        self.with(|world| {
            if let Some(hook) = &mut world.before_part {
                hook(place.number);
            }
            match world.part_ends {
                PartEnds::Refused(number) if number == place.number => {
                    return Err(error(Operation::UploadPart, StoreErrorKind::Unreachable));
                }
                _ => {}
            }
            assert_eq!(data.digest.md5, md5, "the store compares them");
            world.parts.push(Part {
                number: place.number,
                bytes: Some(place.bytes),
                last_modified: Some(now()),
                etag: Some(md5),
            });
            world.parts.sort_by_key(|part| part.number);
            world.sent.push(place.number);
            match world.part_ends {
                PartEnds::OtherEtag(number) if number == place.number => Ok(Some([9; 16])),
                _ => Ok(Some(md5)),
            }
        })
    }
}

impl Complete for FakeStore {
    async fn complete_upload(&self, rescue: &ApprovedRescue) -> Result<Completed, StoreError> {
        let hook = self.with(|world| world.before_complete.take());
        if let Some(hook) = hook {
            hook();
        }
        let failed = |kind| Err(error(Operation::CompleteMultipartUpload, kind));
        self.with(|world| {
            if world.slow > 0 {
                world.slow -= 1;
                return failed(StoreErrorKind::LookTooOld);
            }
            world.completes += 1;
            let object = head(rescue.bytes(), rescue.etag().unwrap());
            let completed = Completed {
                etag: object.etag.clone(),
                version: None,
            };
            match world.ends {
                Ends::RequestLost => return failed(StoreErrorKind::Unreachable),
                Ends::Refused(kind) => return failed(kind),
                Ends::Late(looks) => {
                    world.late = Some((looks, object));
                    return failed(StoreErrorKind::Timeout);
                }
                Ends::Aborted => {
                    world.is_there = false;
                    return failed(StoreErrorKind::NoSuchUpload);
                }
                Ends::Overtaken => {
                    (world.object, world.is_there) = (Some(object), false);
                    return failed(StoreErrorKind::Changed);
                }
                Ends::Done | Ends::AnswerLost => world.object = Some(object),
                Ends::Overwritten => world.object = Some(head(5, "x")),
                Ends::BelowCurrent => {
                    world.object = Some(head(5, "x"));
                    world.older.push(object);
                }
            }
            world.is_there = false;
            match world.ends {
                Ends::AnswerLost => failed(StoreErrorKind::Timeout),
                _ => Ok(completed),
            }
        })
    }
}
