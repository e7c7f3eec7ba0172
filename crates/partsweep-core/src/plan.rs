//! What will be swept, and the consent bound to it (law 2).

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::activity::Activity;
use crate::footprint::{Amount, Footprint};
use crate::upload::Upload;

/// One upload that a plan names, as it was when it was sized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUpload {
    /// The upload.
    pub upload: Upload,
    /// Its parts then. The look before the abort compares with this.
    pub footprint: Footprint,
}

/// Identifies the exact contents of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlanDigest([u8; 32]);

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The uploads that are to be swept, and how old they had to be. Nothing else is ever aborted.
#[derive(Debug)]
pub struct Plan {
    uploads: Vec<PlannedUpload>,
    older_than: SignedDuration,
}

impl Plan {
    /// Makes a plan of these uploads.
    pub fn new(uploads: Vec<PlannedUpload>, older_than: SignedDuration) -> Self {
        Self {
            uploads,
            older_than,
        }
    }

    /// What it names.
    pub fn uploads(&self) -> &[PlannedUpload] {
        &self.uploads
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.uploads.len()
    }

    /// Whether there is nothing to sweep.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty()
    }

    /// The sum of their bytes; at least, if a size is not known.
    pub fn bytes(&self) -> Amount {
        let sizes = || self.uploads.iter().map(|planned| planned.footprint.bytes);
        let known = sizes().map(Amount::known).fold(0u64, u64::saturating_add);
        if sizes().all(|bytes| bytes.exact().is_some()) {
            Amount::Exact(known)
        } else {
            Amount::AtLeast(known)
        }
    }

    /// SHA-256 over everything that decides what is swept: names, sizes, times and the age limit.
    pub fn digest(&self) -> PlanDigest {
        let mut hash = Sha256::new();
        hash.update(self.older_than.as_secs().to_be_bytes());
        for PlannedUpload { upload, footprint } in &self.uploads {
            let address = &upload.address;
            for name in [
                address.bucket.as_str(),
                address.key.as_str(),
                address.id.as_str(),
            ] {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name);
            }
            for amount in [footprint.parts, footprint.bytes] {
                hash.update([matches!(amount, Amount::Exact(_)).into()]);
                hash.update(amount.known().to_be_bytes());
            }
            for time in [upload.initiated, footprint.newest_part] {
                hash.update(
                    time.map_or(i128::MIN, Timestamp::as_nanosecond)
                        .to_be_bytes(),
                );
            }
        }
        PlanDigest(hash.finalize().into())
    }

    /// The oldest and the newest last activity among the uploads.
    pub fn activity_range(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || {
            let activity = |planned: &PlannedUpload| {
                Activity::of(planned.upload.initiated, &planned.footprint).at()
            };
            self.uploads.iter().filter_map(activity)
        };
        times().min().zip(times().max())
    }

    /// Turns the plan into one that may be swept, if the consent was given to this very plan.
    #[expect(clippy::needless_pass_by_value, reason = "a consent is used up")]
    pub fn approve(self, consent: Consent) -> Result<ApprovedPlan, ConsentError> {
        let Consent { digest } = consent;
        if digest == self.digest() {
            Ok(ApprovedPlan { plan: self })
        } else {
            Err(ConsentError::OtherPlan)
        }
    }
}

/// Someone said yes to one plan. Good for that plan, once.
#[derive(Debug)]
pub struct Consent {
    digest: PlanDigest,
}

impl Consent {
    /// Records that the user agreed to this plan: at the prompt, having seen its count and bytes,
    /// or beforehand with `--yes`. Refused if the plan is over a limit.
    pub fn to(plan: &Plan, limits: &Limits) -> Result<Self, ConsentError> {
        limits.check(plan.len() as u64, plan.bytes())?;
        Ok(Self {
            digest: plan.digest(),
        })
    }
}

/// A plan that someone consented to: what a sweep takes, and uses up.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Plan,
}

impl ApprovedPlan {
    /// The uploads and the age limit, to be swept.
    pub fn into_parts(self) -> (Vec<PlannedUpload>, SignedDuration) {
        (self.plan.uploads, self.plan.older_than)
    }
}

/// The most that one run may sweep. Checked on everything that was chosen, before the first abort.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// `--max-uploads`
    pub max_uploads: Option<u64>,
    /// `--max-bytes`
    pub max_bytes: Option<u64>,
}

impl Limits {
    /// Whether there is a limit at all.
    pub fn any(&self) -> bool {
        self.max_uploads.is_some() || self.max_bytes.is_some()
    }

    /// Refuses what is over a limit, or cannot be shown to be under it.
    pub fn check(&self, uploads: u64, bytes: Amount) -> Result<(), ConsentError> {
        if let Some(limit) = self.max_uploads.filter(|limit| uploads > *limit) {
            return Err(ConsentError::TooManyUploads {
                chosen: uploads,
                limit,
            });
        }
        match (self.max_bytes, bytes) {
            (Some(limit), bytes) if bytes.known() > limit => Err(ConsentError::TooManyBytes {
                chosen: bytes.known(),
                limit,
            }),
            (Some(limit), Amount::AtLeast(_) | Amount::Unknown) => {
                Err(ConsentError::BytesUnknown { limit })
            }
            _ => Ok(()),
        }
    }
}

/// Why a plan is not swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// More uploads than `--max-uploads`.
    #[error("{chosen} uploads were chosen, and --max-uploads is {limit}")]
    TooManyUploads {
        /// Chosen.
        chosen: u64,
        /// Allowed.
        limit: u64,
    },
    /// More bytes than `--max-bytes`.
    #[error("{chosen} bytes were chosen, and --max-bytes is {limit}")]
    TooManyBytes {
        /// Chosen, in bytes.
        chosen: u64,
        /// Allowed, in bytes.
        limit: u64,
    },
    /// The store does not say how large some of them are.
    #[error("some sizes are unknown, so --max-bytes {limit} cannot be checked")]
    BytesUnknown {
        /// Allowed, in bytes.
        limit: u64,
    },
    /// The consent was given to another plan.
    #[error("the consent was given to another plan")]
    OtherPlan,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{BucketName, Key, UploadId};
    use crate::upload::{KeyProof, UploadAddress};

    fn planned(key: &str, bytes: Amount) -> PlannedUpload {
        PlannedUpload {
            upload: Upload {
                address: UploadAddress {
                    bucket: BucketName::new("b").unwrap(),
                    key: Key::new(key).unwrap(),
                    id: UploadId::new("1").unwrap(),
                },
                key_proof: KeyProof::Exact,
                initiated: Timestamp::from_second(1).ok(),
                storage_class: None,
                owner: None,
                initiator: None,
            },
            footprint: Footprint {
                parts: Amount::Exact(1),
                bytes,
                newest_part: None,
                all_dated: true,
            },
        }
    }

    fn plan(keys: &[&str]) -> Plan {
        let uploads = keys
            .iter()
            .map(|key| planned(key, Amount::Exact(10)))
            .collect();
        Plan::new(uploads, SignedDuration::from_hours(24))
    }

    #[test]
    fn consent_is_good_for_the_plan_it_was_given_to_and_for_no_other() {
        let no_limits = Limits::default();
        let small = plan(&["a"]);
        let consent = Consent::to(&small, &no_limits).unwrap();
        assert_eq!(
            plan(&["a", "b"]).approve(consent).unwrap_err(),
            ConsentError::OtherPlan
        );
        let consent = Consent::to(&small, &no_limits).unwrap();
        assert_eq!(small.approve(consent).unwrap().into_parts().0.len(), 1);
    }

    #[test]
    fn the_digest_sees_names_sizes_and_the_age_limit() {
        assert_eq!(plan(&["a", "b"]).digest(), plan(&["a", "b"]).digest());
        assert_ne!(plan(&["ab", "c"]).digest(), plan(&["a", "bc"]).digest());
        let larger = Plan::new(
            vec![planned("a", Amount::Exact(11))],
            SignedDuration::from_hours(24),
        );
        assert_ne!(larger.digest(), plan(&["a"]).digest());
        let younger = Plan::new(vec![planned("a", Amount::Exact(10))], SignedDuration::ZERO);
        assert_ne!(younger.digest(), plan(&["a"]).digest());
    }

    #[test]
    fn a_limit_refuses_the_whole_plan() {
        let plan = plan(&["a", "b"]);
        let limits = |max_uploads, max_bytes| Limits {
            max_uploads,
            max_bytes,
        };
        let error = |limits: Limits| Consent::to(&plan, &limits).unwrap_err();
        assert_eq!(
            error(limits(Some(1), None)),
            ConsentError::TooManyUploads {
                chosen: 2,
                limit: 1
            }
        );
        assert_eq!(
            error(limits(None, Some(19))),
            ConsentError::TooManyBytes {
                chosen: 20,
                limit: 19
            }
        );
        assert!(Consent::to(&plan, &limits(Some(2), Some(20))).is_ok());
    }

    #[test]
    fn an_unknown_size_is_not_under_a_limit() {
        let plan = Plan::new(vec![planned("a", Amount::Unknown)], SignedDuration::ZERO);
        let limits = Limits {
            max_uploads: None,
            max_bytes: Some(1_000),
        };
        assert_eq!(
            Consent::to(&plan, &limits).unwrap_err(),
            ConsentError::BytesUnknown { limit: 1_000 }
        );
    }
}
