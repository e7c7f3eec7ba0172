//! What would be sent of a file to finish an upload, the consent bound to it, and what comes of it (laws 2 to 4).
//!
//! As with a [`RescuePlan`], a plan is made only if nothing stands against it, a consent is good for one plan, and a look
//! just before has to show the same. The upload that is complete then passes the whole gate once more; all that its
//! look may show besides is what was sent.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::digest::digest;
use super::gate;
use super::layout::{FileLayout, FilePart};
use super::obstacle::Obstacle;
use super::own::OwnParts;
use super::plan::{AgreedRescue, RescuePlan};
use super::seen::{PartLimits, RescueLook, RescueTerms};
use crate::model::checksum::{ChecksumAlgorithm, UploadChecksum};
use crate::model::upload::{Part, UploadAddress};
use crate::plan::NotAsAgreed;

/// The parts of a file, and the MD5 of each part of it that is in the store.
#[derive(Debug, Clone)]
pub struct FileSeen {
    /// How the file is divided.
    pub layout: FileLayout,
    /// By number.
    pub md5s: BTreeMap<u32, [u8; 16]>,
    /// What this program sent of it before.
    pub own: OwnParts,
}

impl FileSeen {
    /// The parts that the store has with another ETag than the MD5 of their place in the file. One without an ETag that
    /// is an MD5 is a reason by itself, and one that has come since the file was read wasn't compared: the looks differ
    /// by it.
    fn differing(&self, look: &RescueLook) -> Vec<u32> {
        let differs = look.parts.iter().filter(|part| {
            let md5 = self.md5s.get(&part.number);
            let both = md5.zip(part.etag);
            both.is_some_and(|(md5, etag)| etag != *md5)
        });
        differs.map(|part| part.number).collect()
    }
}

/// An upload that may be finished from a file, as far as two looks show.
#[derive(Debug)]
pub struct ResumePlan {
    look: RescueLook,
    file: FileSeen,
    missing: Vec<FilePart>,
    terms: RescueTerms,
    limits: PartLimits,
}

impl ResumePlan {
    /// Decides whether an upload may be finished from a file, from two looks at it.
    ///
    /// # Errors
    ///
    /// Every reason against it.
    pub fn of(
        first: &RescueLook,
        look: RescueLook,
        file: FileSeen,
        terms: RescueTerms,
        limits: PartLimits,
    ) -> Result<Self, Vec<Obstacle>> {
        let found = gate::obstacles(first, &look, terms, limits, &file.own);
        // What is missing is sent, and the size is the file's.
        let is_filled = |obstacle: &Obstacle| {
            let is_sent = matches!(obstacle, Obstacle::Gaps { .. } | Obstacle::OtherSize { .. });
            is_sent || obstacle.is_of_last_part()
        };
        let mut obstacles: Vec<_> = found.into_iter().filter(|o| !is_filled(o)).collect();
        let differing = file.differing(&look);
        if !differing.is_empty() {
            obstacles.push(Obstacle::DiffersFromFile(differing));
        }
        obstacles.extend(of_checksum(&look));
        let is_compared = |part: &Part| part.etag.is_none() || file.md5s.contains_key(&part.number);
        if !look.parts.iter().all(is_compared) && !obstacles.contains(&Obstacle::PartsChanged) {
            obstacles.push(Obstacle::PartsChanged);
        }
        if !obstacles.is_empty() {
            return Err(obstacles);
        }
        Ok(Self {
            missing: file.layout.missing(&look.parts),
            look,
            file,
            terms,
            limits,
        })
    }

    /// Where the upload is.
    pub fn address(&self) -> &UploadAddress {
        &self.look.upload.address
    }

    /// What the look that it rests on showed.
    pub fn look(&self) -> &RescueLook {
        &self.look
    }

    /// How the file is divided.
    pub fn layout(&self) -> FileLayout {
        self.file.layout
    }

    /// What was sent by this program before.
    pub fn own(&self) -> &OwnParts {
        &self.file.own
    }

    /// The parts that would be sent, by number.
    pub fn missing(&self) -> &[FilePart] {
        &self.missing
    }

    /// How many bytes would be sent.
    pub fn missing_bytes(&self) -> u64 {
        self.missing.iter().map(|part| part.bytes).sum()
    }

    /// Identifies all that decides what is sent and completed, and over what.
    fn digest(&self) -> [u8; 32] {
        let rest = (
            &self.look.parts,
            &self.look.checksums,
            self.file.layout,
            self.terms,
            &self.look.object,
        );
        digest(self.address(), &rest)
    }

    /// Turns it into what may be sent and completed, if the consent was given to this very plan.
    ///
    /// # Errors
    ///
    /// If it was given to another.
    #[expect(clippy::needless_pass_by_value, reason = "a consent is used up")]
    pub fn approve(self, consent: ResumeConsent) -> Result<AgreedResume, NotAsAgreed> {
        match consent.digest == self.digest() {
            true => Ok(AgreedResume { plan: self }),
            false => Err(NotAsAgreed),
        }
    }
}

/// A part without the checksum that its upload was begun with is refused, or spoils the complete.
fn of_checksum(look: &RescueLook) -> Option<Obstacle> {
    let name = match look.checksums.of_upload() {
        UploadChecksum::Known(algorithm) if !algorithm.is_computed() => algorithm.name().into(),
        UploadChecksum::Unknown(name) => name,
        UploadChecksum::Known(_) | UploadChecksum::None => return None,
    };
    Some(Obstacle::ChecksumNotComputed(name))
}

/// Someone said yes to sending what is missing of one upload, and to completing it. Good for that plan, once.
#[derive(Debug)]
pub struct ResumeConsent {
    digest: [u8; 32],
}

impl ResumeConsent {
    /// Records that the user agreed to this plan: at the prompt, having seen it, or beforehand with `--yes`.
    pub fn to(plan: &ResumePlan) -> Self {
        Self {
            digest: plan.digest(),
        }
    }
}

/// An upload that someone agreed to finish.
#[derive(Debug)]
pub struct AgreedResume {
    plan: ResumePlan,
}

impl AgreedResume {
    /// What was agreed to.
    pub fn plan(&self) -> &ResumePlan {
        &self.plan
    }

    /// Passes the gate once more, with a look from just before (law 4): only to what is still as agreed is anything
    /// sent.
    ///
    /// # Errors
    ///
    /// Every reason against it.
    pub fn begin(self, look: RescueLook) -> Result<ApprovedResume, Vec<Obstacle>> {
        let ResumePlan {
            look: first,
            file,
            terms,
            limits,
            ..
        } = self.plan;
        let plan = ResumePlan::of(&first, look, file, terms, limits)?;
        Ok(ApprovedResume { plan })
    }
}

/// An upload that is finished now. Cannot be made but from an [`AgreedResume`] and a look just before.
#[derive(Debug)]
pub struct ApprovedResume {
    plan: ResumePlan,
}

impl ApprovedResume {
    /// What was agreed to.
    pub fn plan(&self) -> &ResumePlan {
        &self.plan
    }

    /// The parts to be sent, by number.
    pub fn parts(&self) -> impl Iterator<Item = ApprovedPart> {
        self.plan.missing.iter().map(|place| ApprovedPart {
            address: self.plan.address().clone(),
            place: *place,
            checksum: match self.plan.look.checksums.of_upload() {
                UploadChecksum::Known(algorithm) => Some(algorithm),
                UploadChecksum::None | UploadChecksum::Unknown(_) => None,
            },
        })
    }

    /// Passes the gate with what two looks show once all was sent, by number and MD5: nothing may be there but what was
    /// there before, untouched, and what was sent.
    ///
    /// # Errors
    ///
    /// Every reason against completing it.
    pub fn finish(
        self,
        sent: &BTreeMap<u32, [u8; 16]>,
        first: &RescueLook,
        look: RescueLook,
    ) -> Result<AgreedRescue, Vec<Obstacle>> {
        let ResumePlan {
            look: before,
            file: FileSeen {
                layout, mut own, ..
            },
            missing,
            terms,
            limits,
        } = self.plan;
        let mut expected: BTreeMap<u32, (u64, Option<[u8; 16]>)> = BTreeMap::new();
        for place in &missing {
            let md5 = sent.get(&place.number).copied();
            md5.inspect(|md5| own.add(place.number, *md5, Timestamp::MAX));
            expected.insert(place.number, (place.bytes, md5));
        }
        let is_as_sent = |part: &Part| match expected.get(&part.number) {
            Some((bytes, md5)) => md5.is_some() && part.etag == *md5 && part.bytes == Some(*bytes),
            None => before.parts.contains(part),
        };
        let mut obstacles = Vec::new();
        let unlisted = expected.iter().filter(|(number, (_, md5))| {
            let is_listed = |part: &Part| part.number == **number;
            md5.is_some() && !look.parts.iter().any(is_listed)
        });
        let unlisted: Vec<u32> = unlisted.map(|(number, _)| *number).collect();
        let is_whole = (look.parts.len() + unlisted.len()) as u64 == layout.count();
        if !is_whole || !look.parts.iter().all(is_as_sent) {
            obstacles.push(Obstacle::PartsChanged);
        }
        let only_lacks_sent = obstacles.is_empty() && !unlisted.is_empty();
        if !unlisted.is_empty() {
            obstacles.push(Obstacle::SentNotListed(unlisted));
        }
        if before.object != look.object || before.older != look.older {
            obstacles.push(Obstacle::ObjectChanged);
        }
        let size = Some(layout.file());
        let terms = RescueTerms { size, ..terms };
        match RescuePlan::with_own(first, look, terms, limits, own) {
            Ok(plan) if obstacles.is_empty() => Ok(AgreedRescue::of_resumed(plan)),
            Ok(_) => Err(obstacles),
            Err(found) => {
                // That the sum isn't the file's says no more than that the parts are others.
                let says_more = |o: &Obstacle| {
                    let is_said = matches!(o, Obstacle::OtherSize { .. })
                        || (only_lacks_sent && matches!(o, Obstacle::Gaps { .. }));
                    !is_said && !obstacles.contains(o)
                };
                let more = found
                    .into_iter()
                    .filter(|o| obstacles.is_empty() || says_more(o));
                Err(obstacles.iter().cloned().chain(more).collect())
            }
        }
    }
}

/// A part that is to be sent now. Cannot be made but by an [`ApprovedResume`].
#[derive(Debug, Clone)]
pub struct ApprovedPart {
    address: UploadAddress,
    place: FilePart,
    checksum: Option<ChecksumAlgorithm>,
}

impl ApprovedPart {
    /// The upload that it belongs to.
    pub fn address(&self) -> &UploadAddress {
        &self.address
    }

    /// Its number, and where it is in the file.
    pub fn place(&self) -> FilePart {
        self.place
    }

    /// The checksum that the store wants with it: the one that the upload was begun with.
    pub fn checksum(&self) -> Option<ChecksumAlgorithm> {
        self.checksum
    }
}

#[cfg(test)]
mod tests;
