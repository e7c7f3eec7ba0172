//! What would be completed, the consent bound to it, and what a look just before has confirmed (laws 2 and 4).
//!
//! A plan is made only where nothing stands against it; a consent is good for one plan; and only a look that shows the
//! same, behind the same gate, makes of both what [`Complete`](crate::port::Complete) takes.

use super::digest::digest;
use super::gate;
use super::obstacle::Obstacle;
use super::own::OwnParts;
use super::seen::{ObjectMatch, PartLimits, RescueLook, RescueTerms};
use crate::decide::recheck::ObjectSight;
use crate::model::checksum::{ChecksumAlgorithm, PartChecksums};
use crate::model::upload::{Part, UploadAddress};
use crate::plan::NotAsAgreed;
use crate::store::answers::{LookTime, ObjectHead};

/// An upload that may be completed, as far as two looks show.
#[derive(Debug)]
pub struct RescuePlan {
    look: RescueLook,
    bytes: u64,
    terms: RescueTerms,
    limits: PartLimits,
    own: OwnParts,
}

impl RescuePlan {
    /// Decides whether an upload may be completed, from two looks at it.
    ///
    /// # Errors
    ///
    /// Every reason against it.
    pub fn of(
        first: &RescueLook,
        look: RescueLook,
        terms: RescueTerms,
        limits: PartLimits,
    ) -> Result<Self, Vec<Obstacle>> {
        Self::with_own(first, look, terms, limits, OwnParts::default())
    }

    /// The same of an upload of which this program sent parts itself.
    ///
    /// # Errors
    ///
    /// Every reason against it.
    pub(super) fn with_own(
        first: &RescueLook,
        look: RescueLook,
        terms: RescueTerms,
        limits: PartLimits,
        own: OwnParts,
    ) -> Result<Self, Vec<Obstacle>> {
        let obstacles = gate::obstacles(first, &look, terms, limits, &own);
        match look.footprint.bytes.exact() {
            Some(bytes) if obstacles.is_empty() => Ok(Self {
                look,
                bytes,
                terms,
                limits,
                own,
            }),
            None if obstacles.is_empty() => Err(vec![Obstacle::PartsUnknown]),
            _ => Err(obstacles),
        }
    }

    /// Where the upload is.
    pub fn address(&self) -> &UploadAddress {
        &self.look.upload.address
    }

    /// What the look that it rests on showed.
    pub fn look(&self) -> &RescueLook {
        &self.look
    }

    /// What the object would have, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The ETag that the object would have, if the parts' ETags are MD5s.
    pub fn etag(&self) -> Option<&str> {
        self.look.completed_etag.as_deref()
    }

    /// Identifies all that decides what is completed, and over what.
    fn digest(&self) -> [u8; 32] {
        let RescueLook {
            parts,
            checksums,
            object,
            ..
        } = &self.look;
        let rest = (parts, checksums, self.terms, object);
        digest(self.address(), &rest)
    }

    /// Turns it into what may be completed, if the consent was given to this very plan.
    ///
    /// # Errors
    ///
    /// If it was given to another.
    #[expect(clippy::needless_pass_by_value, reason = "a consent is used up")]
    pub fn approve(self, consent: RescueConsent) -> Result<AgreedRescue, NotAsAgreed> {
        match consent.digest == self.digest() {
            true => Ok(AgreedRescue { plan: self }),
            false => Err(NotAsAgreed),
        }
    }
}

/// Someone said yes to completing one upload. Good for that plan, once.
#[derive(Debug)]
pub struct RescueConsent {
    digest: [u8; 32],
}

impl RescueConsent {
    /// Records that the user agreed to this plan: at the prompt, having seen it, or beforehand with `--yes`.
    pub fn to(plan: &RescuePlan) -> Self {
        Self {
            digest: plan.digest(),
        }
    }
}

/// An upload that someone agreed to complete.
#[derive(Debug)]
pub struct AgreedRescue {
    plan: RescuePlan,
}

impl AgreedRescue {
    /// One that was agreed to before its last parts were sent.
    pub(super) fn of_resumed(plan: RescuePlan) -> Self {
        Self { plan }
    }

    /// What was agreed to.
    pub fn plan(&self) -> &RescuePlan {
        &self.plan
    }

    /// Passes the gate once more, with a look from just before (law 4): only what is still as agreed may be completed.
    ///
    /// # Errors
    ///
    /// Every reason against it.
    pub fn confirm(&self, look: RescueLook) -> Result<ApprovedRescue, Vec<Obstacle>> {
        let answered = look.answered;
        let RescuePlan { terms, limits, .. } = self.plan;
        let own = self.plan.own.clone();
        let now = RescuePlan::with_own(&self.plan.look, look, terms, limits, own)?;
        let object = match &now.look.object {
            ObjectSight::Present(object) => Some(object.clone()),
            ObjectSight::Absent | ObjectSight::NotVisible => None,
        };
        Ok(ApprovedRescue {
            address: now.look.upload.address,
            parts: now.look.parts,
            checksums: now.look.checksums,
            bytes: now.bytes,
            etag: now.look.completed_etag,
            object,
            answered,
        })
    }
}

/// A part as a complete names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPart<'a> {
    /// 1 to 10,000.
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    /// In base64.
    pub checksum: Option<(ChecksumAlgorithm, &'a str)>,
}

/// An upload that is to be completed now. Cannot be made but from an [`AgreedRescue`] and a look just before.
#[derive(Debug)]
pub struct ApprovedRescue {
    address: UploadAddress,
    parts: Vec<Part>,
    checksums: PartChecksums,
    bytes: u64,
    etag: Option<Box<str>>,
    object: Option<ObjectHead>,
    answered: LookTime,
}

impl ApprovedRescue {
    /// Where the upload is.
    pub fn address(&self) -> &UploadAddress {
        &self.address
    }

    /// Number and ETag of each part, in hexadecimal, by number, with the checksum that the store wants to see again.
    pub fn parts(&self) -> impl Iterator<Item = NamedPart<'_>> {
        let named = |part: &Part| {
            let etag = part.etag?;
            Some(NamedPart {
                number: part.number,
                etag: etag.iter().map(|byte| format!("{byte:02x}")).collect(),
                checksum: self.checksums.of_part(part.number),
            })
        };
        self.parts.iter().filter_map(named)
    }

    /// How many parts.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// What the object will have, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The ETag that the object will have, if the parts' ETags are MD5s.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// The object that it replaces.
    pub fn replaces(&self) -> Option<&ObjectHead> {
        self.object.as_ref()
    }

    /// When the look that it rests on was answered.
    pub fn answered(&self) -> LookTime {
        self.answered
    }

    /// Whether an object is what this upload was to become; `answered` is the ETag of the store's answer.
    pub fn compare(&self, object: &ObjectHead, answered: Option<&str>) -> ObjectMatch {
        // What was there before and stays is not it, however alike.
        if self.object.as_ref() == Some(object) {
            return ObjectMatch::Other;
        }
        let of = |etag| ObjectMatch::of(object, self.bytes, &[etag], self.count());
        match (of(self.etag()), of(answered)) {
            (ObjectMatch::Same, _) => ObjectMatch::Same,
            (_, ObjectMatch::Same) => ObjectMatch::Answered,
            (matches, _) => matches,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
