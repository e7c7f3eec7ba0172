//! One complete: looked at once more, written down, sent once, verified.

use std::io;
use std::time::Duration;

use partsweep_core::{
    AgreedRescue, ApprovedRescue, Complete, Inspect, ObjectHead, ObjectMatch, Obstacle, StoreError,
    StoreErrorKind,
};
use tokio::time::{Instant, sleep};

use super::look::look;
use super::record::RescueFile;
use crate::sweep::object::{is_throttled, may_have_been_done};

/// The first pause between two looks; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Looks whose complete did not leave in time: after that, the store or the disk is too slow.
const LOOKS: usize = 3;

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct RescueOptions {
    /// For the object to show after the store said that it is there.
    pub visible: Duration,
    /// For an outcome after the store gave no clear answer: it may be assembling the object.
    pub unclear: Duration,
}

impl Default for RescueOptions {
    /// AWS may take several minutes to assemble an object (API reference, CompleteMultipartUpload).
    fn default() -> Self {
        Self {
            visible: Duration::from_secs(15),
            unclear: Duration::from_secs(120),
        }
    }
}

/// What a look showed after the store had refused: someone else may have been faster.
#[derive(Debug)]
pub struct AfterRefusal {
    /// What is at the key; an error if that can't be seen.
    pub object: Result<Option<ObjectHead>, StoreError>,
    /// Whether that is what this upload was to become.
    pub is_the_same: bool,
    /// Whether the upload is still there; none if that can't be seen.
    pub is_left: Option<bool>,
}

/// What came of it.
#[derive(Debug)]
pub enum Rescued {
    /// The object is there.
    Done {
        /// As the store shows it.
        object: ObjectHead,
        /// How surely it is the upload's.
        matches: ObjectMatch,
        /// It is the current version at the key: on AWS that is the one whose upload was begun last.
        is_current: bool,
    },
    /// Something stands against it by now; nothing was sent.
    Stopped(Vec<Obstacle>),
    /// The look just before failed; nothing was sent.
    NotSeen(StoreError),
    /// It could not be written down, so it was not sent (law 7).
    NotWrittenDown(io::Error),
    /// The store refused; what was there afterwards.
    Refused(StoreError, AfterRefusal),
    /// The upload is gone, and no object is there that could be it: someone else aborted it.
    Gone,
    /// The store said yes, and something else is at the key, or nothing.
    Different(Option<ObjectHead>),
    /// There was no clear answer, and the upload is still there.
    StillThere(StoreError),
    /// It may have been done: what the store has can't be seen.
    Unverified(StoreError),
}

impl Rescued {
    /// The word for it in the record.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Stopped(_) => "stopped",
            Self::NotSeen(_) => "not_seen",
            Self::NotWrittenDown(_) => "not_written_down",
            Self::Refused(..) => "refused",
            Self::Gone => "gone",
            Self::Different(_) => "different",
            Self::StillThere(_) => "still_there",
            Self::Unverified(_) => "unverified",
        }
    }
}

/// Completes an upload that someone agreed to complete.
///
/// It is looked at once more just before (law 4), and is on disk before the request leaves (law 7). The request is sent
/// once: only one that certainly was not sent, because its look was too old, is sent after a new look. Then the object
/// is looked at: its size and its ETag say whether it is the upload's.
pub async fn rescue(
    store: &impl Complete,
    agreed: &AgreedRescue,
    record: &RescueFile,
    options: RescueOptions,
) -> Rescued {
    let address = agreed.plan().address();
    let mut is_written = false;
    let mut too_old = None;
    for _ in 0..LOOKS {
        let seen = match look(store, address).await {
            Ok(seen) => seen,
            Err(error) => return Rescued::NotSeen(error),
        };
        let approved = match agreed.confirm(seen) {
            Ok(approved) => approved,
            Err(obstacles) => return Rescued::Stopped(obstacles),
        };
        if !is_written {
            if let Err(error) = record.will_complete(&approved) {
                return Rescued::NotWrittenDown(error);
            }
            is_written = true;
        }
        let rescued = match store.complete_upload(&approved).await {
            Ok(completed) => {
                let end = Instant::now() + options.visible;
                let etag = completed.etag.as_deref();
                verified(store, &approved, etag, end).await
            }
            Err(error) if error.kind == StoreErrorKind::LookTooOld => {
                too_old = Some(error);
                continue;
            }
            Err(error) if error.kind == StoreErrorKind::NoSuchUpload => {
                let end = Instant::now() + options.visible;
                match verified(store, &approved, None, end).await {
                    Rescued::Different(_) => Rescued::Gone,
                    rescued => rescued,
                }
            }
            Err(error) if may_have_been_done(&error) || is_throttled(&error) => {
                settled(store, &approved, error, options).await
            }
            Err(error) => {
                let after = after_refusal(store, &approved).await;
                Rescued::Refused(error, after)
            }
        };
        let object = match &rescued {
            Rescued::Done { object, .. } => Some(object),
            Rescued::Different(object) => object.as_ref(),
            _ => None,
        };
        // The object itself tells it, too.
        let _ = record.ended(address.id.as_str(), rescued.code(), object);
        return rescued;
    }
    match too_old {
        // None of them was sent.
        Some(error) => Rescued::NotSeen(error),
        None => Rescued::Gone,
    }
}

/// Looks once at what is there after a refusal.
async fn after_refusal(store: &impl Inspect, rescue: &ApprovedRescue) -> AfterRefusal {
    let address = rescue.address();
    let object = store.head_object(&address.bucket, &address.key).await;
    let is_the_same = matches!(&object, Ok(Some(object))
        if rescue.compare(object, None) == ObjectMatch::Same);
    let is_left = match store.list_parts(address, 0).await {
        Ok(_) => Some(true),
        Err(error) if error.kind == StoreErrorKind::NoSuchUpload => Some(false),
        Err(_) => None,
    };
    AfterRefusal {
        object,
        is_the_same,
        is_left,
    }
}

/// Looks at the key until it shows the object, or the time is over.
async fn verified(
    store: &impl Inspect,
    rescue: &ApprovedRescue,
    answered: Option<&str>,
    end: Instant,
) -> Rescued {
    let mut pause = FIRST_PAUSE;
    loop {
        let seen = sight(store, rescue, answered).await;
        if let Ok(Sight::Rescued(rescued)) = seen {
            return *rescued;
        }
        if Instant::now() + pause >= end {
            return match seen {
                Err(error) => Rescued::Unverified(error),
                Ok(Sight::Other(object)) => Rescued::Different(object),
                Ok(Sight::Rescued(rescued)) => *rescued,
            };
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Finds out what became of a request without a clear answer. It is never sent again: the store may be at work.
async fn settled(
    store: &impl Inspect,
    rescue: &ApprovedRescue,
    doubt: StoreError,
    options: RescueOptions,
) -> Rescued {
    let end = Instant::now() + options.unclear;
    let mut pause = FIRST_PAUSE;
    loop {
        let seen = sight(store, rescue, None).await;
        if let Ok(Sight::Rescued(rescued)) = seen {
            return *rescued;
        }
        let listed = store.list_parts(rescue.address(), 0).await;
        let is_gone = matches!(&listed, Err(error) if error.kind == StoreErrorKind::NoSuchUpload);
        if is_gone {
            // The object shows after the upload is gone, if at all.
            let soon = Instant::now() + options.visible;
            return match verified(store, rescue, None, soon).await {
                Rescued::Different(_) => Rescued::Gone,
                rescued => rescued,
            };
        }
        if Instant::now() + pause >= end {
            return match (seen, listed) {
                (Ok(_), Ok(_)) => Rescued::StillThere(doubt),
                _ => Rescued::Unverified(doubt),
            };
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What the key shows.
enum Sight {
    /// The rescued object, as the current version or below it.
    Rescued(Box<Rescued>),
    Other(Option<ObjectHead>),
}

async fn sight(
    store: &impl Inspect,
    rescue: &ApprovedRescue,
    answered: Option<&str>,
) -> Result<Sight, StoreError> {
    let address = rescue.address();
    let done = |object: &ObjectHead, is_current| {
        let matches = rescue.compare(object, answered);
        let is_it = matches != ObjectMatch::Other;
        is_it.then(|| {
            let object = object.clone();
            Sight::Rescued(Box::new(Rescued::Done {
                object,
                matches,
                is_current,
            }))
        })
    };
    let object = store.head_object(&address.bucket, &address.key).await?;
    if let Some(sight) = object.as_ref().and_then(|object| done(object, true)) {
        return Ok(sight);
    }
    let older = store.older_versions(&address.bucket, &address.key).await?;
    let mut versions = older.shown().unwrap_or_default().iter();
    let below = versions.find_map(|object| done(object, false));
    Ok(below.unwrap_or(Sight::Other(object)))
}
