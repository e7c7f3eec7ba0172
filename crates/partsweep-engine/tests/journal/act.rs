//! Things to write down.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use partsweep_core::decide::recheck::ObjectSight;
use partsweep_core::provider::profiles;
use partsweep_core::{
    Amount, ApprovedUpload, AtRisk, BucketName, Consent, Footprint, KeepReason, KeyProof, Limits,
    ObjectHead, Operation, Outcome, Plan, PlannedUpload, Spare, SpareName, StoreError,
    StoreErrorKind, Terms, Upload, UploadAddress,
};
use partsweep_engine::SweptUpload;
use partsweep_engine::journal::{After, Before, Journal, JournalError, JournalHeader};

/// Text that a terminal could obey and that no encoding may lose.
pub(crate) const HOSTILE: &str = "a/../\"\\\n\u{1b}[2J\u{202e}é\u{1f600} ";

pub(crate) fn time(nanosecond: i128) -> Timestamp {
    Timestamp::from_nanosecond(1_700_000_000_000_000_000 + nanosecond).unwrap()
}

pub(crate) fn header() -> JournalHeader {
    JournalHeader {
        endpoint: "https://s3.example.com".to_owned(),
        account: Some("AKIAEXAMPLE".to_owned()),
        plan: "00ff".to_owned(),
        plan_file: None,
        started: time(123_456_789),
        terms: Terms::older_than(SignedDuration::from_hours(24)),
    }
}

/// Uploads that differ in everything that can differ.
pub(crate) fn planned(number: u64) -> PlannedUpload {
    let amount = match number % 3 {
        0 => Amount::Exact(number),
        1 => Amount::AtLeast(number),
        _ => Amount::Unknown,
    };
    let some = |text: &str| number.is_multiple_of(2).then(|| text.into());
    PlannedUpload {
        upload: Upload {
            address: UploadAddress::new("b", format!("{HOSTILE}{number}"), format!("id-{number}"))
                .unwrap(),
            key_proof: [KeyProof::Exact, KeyProof::Doubtful][number as usize % 2],
            initiated: (!number.is_multiple_of(4)).then(|| time(1)),
            storage_class: some("STANDARD"),
            owner: some(HOSTILE),
            initiator: None,
        },
        footprint: Footprint {
            parts: Amount::Exact(3),
            bytes: amount,
            newest_part: Some(time(i128::from(number))),
            all_dated: !number.is_multiple_of(5),
        },
    }
}

/// The first uploads of a plan that was agreed to.
pub(crate) fn approved(count: u64) -> Vec<ApprovedUpload> {
    let uploads: Vec<_> = (0..count).map(planned).collect();
    let plan = Plan::of(&uploads, header().terms);
    let consent = Consent::to(&plan, &Limits::default(), &profiles::AWS).unwrap();
    plan.approve(consent).unwrap().admit(uploads).unwrap()
}

pub(crate) fn head(seed: u64) -> ObjectHead {
    ObjectHead {
        bytes: Some(seed),
        last_modified: Some(time(0)),
        etag: seed.is_multiple_of(2).then(|| format!("abc-{seed}")),
        version: (seed % 3 == 1).then(|| "v1".into()),
    }
}

pub(crate) fn sight(seed: u64) -> ObjectSight {
    match seed % 3 {
        0 => ObjectSight::Absent,
        1 => ObjectSight::Present(head(seed)),
        _ => ObjectSight::NotVisible,
    }
}

pub(crate) fn spare(number: u64, copy: u64) -> SpareName {
    SpareName::fresh(u128::from(number) << 64 | u128::from(copy))
}

/// Whether a sweep that goes on with the journal tries this upload again.
pub(crate) fn is_tried_again(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Failed(_) | Outcome::PartsRemain | Outcome::AtRisk(_) | Outcome::Unverified(_)
    )
}

/// How many [`outcome`] makes that differ.
pub(crate) const OUTCOMES: u64 = 9;

/// Every way in which an upload can come to its end.
pub(crate) fn outcome(seed: u64) -> Outcome {
    let error = || {
        let bucket = BucketName::new("b").unwrap();
        let kind = StoreErrorKind::Denied;
        StoreError::new(Operation::CopyObject, Some(&bucket), kind).with_message(HOSTILE)
    };
    match seed % OUTCOMES {
        0 => Outcome::Aborted,
        1 => Outcome::AlreadyGone,
        2 => Outcome::PartsRemain,
        3 => Outcome::Changed,
        4 => Outcome::Kept(KeepReason::FinishedObject),
        5 => Outcome::Failed(error()),
        6 => Outcome::Repaired(None),
        7 => Outcome::AtRisk(Box::new(AtRisk {
            object: head(seed),
            spare: seed.is_multiple_of(2).then(|| Spare {
                bucket: BucketName::new("b").unwrap(),
                name: spare(seed, 0),
                version: None,
            }),
            error: error(),
        })),
        _ => Outcome::Unverified(error()),
    }
}

pub(crate) fn swept(number: u64, outcome: Outcome) -> SweptUpload {
    SweptUpload {
        number,
        planned: planned(number),
        outcome,
        shared: false,
    }
}

/// One thing told to a journal.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a few are held")]
pub(crate) enum Act {
    Abort(u64, ObjectSight),
    Repair(u64, ObjectHead, SpareName),
    Rewrite(u64, ObjectHead),
    Aborted(u64),
    SpareGone(u64, SpareName),
    Untouched(u64),
    Outcome(SweptUpload),
}

impl Act {
    pub(crate) async fn tell(
        &self,
        journal: &Journal,
        plan: &[ApprovedUpload],
    ) -> Result<(), JournalError> {
        match self {
            Self::Abort(number, object) => {
                let upload = &plan[*number as usize];
                journal.before(&Before::Abort { upload, object }).await
            }
            Self::Repair(number, object, spare) => {
                let number = *number;
                let act = Before::Repair {
                    number,
                    object,
                    spare,
                };
                journal.before(&act).await
            }
            Self::Rewrite(number, object) => {
                let number = *number;
                journal.before(&Before::Rewrite { number, object }).await
            }
            Self::Aborted(number) => journal.after(&After::Aborted { number: *number }),
            Self::SpareGone(number, spare) => {
                let number = *number;
                journal.after(&After::SpareGone { number, spare })
            }
            Self::Untouched(number) => journal.after(&After::Untouched { number: *number }),
            Self::Outcome(swept) => journal.after(&After::Outcome(swept)),
        }
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}
